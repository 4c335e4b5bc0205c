"""Digital VAT invoices (数电发票) and their red counterparts: asked for here, issued by an outside issuer."""

from payments.invoicing.requests import request_invoice

__all__ = ["request_invoice"]
