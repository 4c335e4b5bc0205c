"""What can be wrong with a number that somebody typed. Worded in renewals/rules_words.py."""

import unicodedata
from enum import StrEnum

from portal.errors import PortalError


class Problem(StrEnum):
    ID_CARD_OLD = "id_card.old"  # fifteen digits: void since 2013
    ID_CARD_LENGTH = "id_card.length"
    ID_CARD_CHARACTERS = "id_card.characters"
    ID_CARD_BIRTH_DATE = "id_card.birth_date"  # no such day, or in the future
    ID_CARD_CHECK_DIGIT = "id_card.check_digit"
    CREDIT_CODE_LENGTH = "credit_code.length"
    CREDIT_CODE_CHARACTERS = "credit_code.characters"  # among them I, O, S, V, Z, which the standard leaves out
    CREDIT_CODE_CHECK_DIGIT = "credit_code.check_digit"
    ORGANISATION_CODE_FORMAT = "organisation_code.format"
    ORGANISATION_CODE_CHECK_DIGIT = "organisation_code.check_digit"
    ORGANISATION_NAME_LENGTH = "organisation_name.length"
    ORGANISATION_NAME_CHARACTERS = "organisation_name.characters"
    PASSPORT_FORMAT = "passport.format"
    HM_PERMIT_FORMAT = "hm_permit.format"
    FOREIGN_PERMIT_FORMAT = "foreign_permit.format"
    MOBILE_FORMAT = "mobile.format"
    PHONE_FORMAT = "phone.format"
    ADDRESS_LENGTH = "address.length"
    ADDRESS_CHARACTERS = "address.characters"
    ORDER_NUMBER_FORMAT = "order_number.format"
    ORDER_NUMBER_DATE = "order_number.date"
    ORDER_NUMBER_CHECK_DIGIT = "order_number.check_digit"
    INVOICE_TITLE_LENGTH = "invoice_title.length"
    INVOICE_TITLE_CHARACTERS = "invoice_title.characters"
    TAX_NUMBER_MISSING = "tax_number.missing"
    TAX_NUMBER_FORMAT = "tax_number.format"
    TAX_NUMBER_CHECK_DIGIT = "tax_number.check_digit"
    PERSON_NAME_FORMAT = "person_name.format"
    RENEWAL_CODE_FORMAT = "renewal_code.format"
    RENEWAL_CODE_CHECK = "renewal_code.check"
    REFERENCE_NUMBER_LENGTH = "reference_number.length"
    AUTHORIZATION_CODE_LENGTH = "authorization_code.length"


class InvalidValue(PortalError):
    """A typed value is wrong; ``problem`` says how. Carries nothing of the value itself: it may be personal."""

    code = "validation.invalid_value"
    status = 422

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem=problem.value)
        self.problem = problem


def tidy(text: str) -> str:
    """Full-width forms made half-width, spaces and hyphens of all kinds dropped, letters upper-case."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) not in {"Pd", "Cf"})
