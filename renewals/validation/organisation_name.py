"""The name of an organisation as it stands in the register; whether two spellings are one name. RULES C6, P10, P11."""

import unicodedata

from renewals.validation.problems import InvalidValue, Problem

_UNSHOWN = {"Cc", "Cf", "Co", "Cs", "Cn"}
_BRACKETS = str.maketrans("〔〕[]【】", "()()()")  # after NFKC, which has narrowed （） and ［］
_DOTS = str.maketrans(dict.fromkeys("•‧∙・．●｡.", "·"))


def parse_organisation_name(text: str) -> str:
    """2 to 100 characters; spaces at the ends dropped, inner ones made one. InvalidValue."""
    name = " ".join(text.split())
    if not 2 <= len(name) <= 100:
        raise InvalidValue(Problem.ORGANISATION_NAME_LENGTH)
    if any(unicodedata.category(character) in _UNSHOWN for character in name) or set(name) & set('<>"&|\\'):
        raise InvalidValue(Problem.ORGANISATION_NAME_CHARACTERS)
    return name


def normal_name(text: str) -> str:
    """What two spellings of one name have in common: width, brackets, dots, capitals and spaces don't count."""
    name = _folded(text)
    while name != (again := _folded(name)):  # a space that goes can bring a letter and its accent together
        name = again
    return name


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(folded.translate(_BRACKETS).translate(_DOTS).split())


def same_name(one: str, other: str) -> bool:
    return normal_name(one) == normal_name(other)
