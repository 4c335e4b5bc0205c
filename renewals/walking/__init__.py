"""Driving an order as its people would, through the same doors as the pages: for `manage.py walk`, demo data, tests."""
