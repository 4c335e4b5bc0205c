"""Numbers of other IDs than the resident identity card (RULES P4): their form alone, a person looks at the document."""

import re

from renewals.validation.problems import InvalidValue, Problem, tidy

_FORMS: dict[str, tuple[re.Pattern[str], Problem]] = {
    "passport": (re.compile(r"[A-Z0-9]{5,17}", re.ASCII), Problem.PASSPORT_FORMAT),
    # 港澳居民来往内地通行证: H or M with 8 digits, 2 more on old ones; 台湾居民来往大陆通行证: 8 or 10 digits
    "hm_permit": (re.compile(r"[HM]\d{8}(?:\d{2})?|\d{8}(?:\d{2})?", re.ASCII), Problem.HM_PERMIT_FORMAT),
    # 外国人永久居留身份证: since 2023 18 digits with 9 in front, before that 3 letters and 12 digits
    "foreign_permit": (re.compile(r"9\d{16}[0-9X]|[A-Z]{3}\d{12}", re.ASCII), Problem.FOREIGN_PERMIT_FORMAT),
}


def parse_travel_document(text: str, kind: str) -> str:
    """The tidy number. InvalidValue; KeyError for a kind that isn't one of these."""
    pattern, problem = _FORMS[kind]
    number = tidy(text)
    if pattern.fullmatch(number) is None:
        raise InvalidValue(problem)
    return number
