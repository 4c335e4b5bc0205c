"""Numbers that people type, checked by their standards. Pure; each `parse_…` gives the tidy value or InvalidValue."""

from renewals.validation.contact import parse_address, parse_phone
from renewals.validation.credit_code import (
    parse_credit_code,
    parse_holder_code,
    parse_organisation_code,
    same_holder,
)
from renewals.validation.id_card import IdCard, parse_id_card
from renewals.validation.mobile import parse_mobile
from renewals.validation.order_number import (
    OrderNumber,
    find_order_numbers,
    make_order_number,
    parse_order_number,
)
from renewals.validation.organisation_name import normal_name, parse_organisation_name, same_name
from renewals.validation.person_name import parse_person_name
from renewals.validation.problems import InvalidValue, Problem
from renewals.validation.renewal_code import canonical_renewal_code, format_renewal_code, new_renewal_code
from renewals.validation.tax_number import parse_invoice_title, parse_tax_number
from renewals.validation.travel_document import parse_travel_document

__all__ = [
    "IdCard",
    "InvalidValue",
    "OrderNumber",
    "Problem",
    "canonical_renewal_code",
    "find_order_numbers",
    "format_renewal_code",
    "make_order_number",
    "new_renewal_code",
    "normal_name",
    "parse_address",
    "parse_credit_code",
    "parse_holder_code",
    "parse_id_card",
    "parse_invoice_title",
    "parse_mobile",
    "parse_order_number",
    "parse_organisation_code",
    "parse_organisation_name",
    "parse_person_name",
    "parse_phone",
    "parse_tax_number",
    "parse_travel_document",
    "same_holder",
    "same_name",
]
