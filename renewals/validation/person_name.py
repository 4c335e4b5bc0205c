"""The name of a person as it stands on the ID card. RULES C5."""

import re
import unicodedata

from renewals.validation.problems import InvalidValue, Problem

_LATIN = re.compile(r"[A-Za-z][A-Za-z .'-]*[A-Za-z.]", re.ASCII)
_DOTS = str.maketrans(dict.fromkeys("•‧∙・．●｡.", "·"))  # what keyboards offer for the dot of transcribed names


def parse_person_name(text: str) -> str:
    """2 to 50 characters: Han characters (rare ones too) with ·, or a Latin name. InvalidValue.

    Spaces between Han characters are dropped; carriers compare names letter by letter.
    """
    name = " ".join(text.split())
    if not 2 <= len(name) <= 50:
        raise InvalidValue(Problem.PERSON_NAME_FORMAT)
    if _LATIN.fullmatch(name):
        return name
    name = name.replace(" ", "").translate(_DOTS)
    han = name.replace("·", "")
    if len(han) < 2 or name[0] == "·" or name[-1] == "·" or "··" in name or not all(map(_is_han, han)):
        raise InvalidValue(Problem.PERSON_NAME_FORMAT)
    return name


def _is_han(character: str) -> bool:
    return (
        character == "〇"
        or unicodedata.name(character, "").startswith(("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH"))
        or "\U00020000" <= character <= "\U000323af"
    )
