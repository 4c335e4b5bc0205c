"""Errors of the tenant room. Both are faults of our code, not of the visitor: they become a 500."""


class TenantTxError(RuntimeError):
    """A rule of ``tenant_tx`` was broken: no transaction, the wrong tenant, or a write inside a read."""


class ForeignTenantError(TenantTxError):
    """A row of another tenant would have been touched."""
