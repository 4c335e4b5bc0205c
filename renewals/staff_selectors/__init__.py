"""Tenant-scoped reads for the staff pages. Nothing here writes."""
