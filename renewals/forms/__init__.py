"""Forms of the customer's pages."""
