"""Mobile numbers of mainland China: eleven digits, 13 to 19 in front. RULES C1, C5."""

import re

from renewals.validation.problems import InvalidValue, Problem, tidy

_MOBILE = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})", re.ASCII)


def parse_mobile(text: str) -> str:
    """Eleven digits, without +86, spaces or hyphens. InvalidValue."""
    match = _MOBILE.fullmatch(tidy(text))
    if match is None:
        raise InvalidValue(Problem.MOBILE_FORMAT)
    return match[1]
