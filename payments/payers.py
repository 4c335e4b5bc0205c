"""Whether the name that the bank tells is the one that owes the money (RULES P10). Pure."""

import re
import unicodedata

_UNREAD = re.compile(r"[\s\u200b-\u200f\ufeff]+")


def normal_name(name: str) -> str:
    """Brackets and letters in one width, no spaces, one case: "测试（深圳）有限 公司" → "测试(深圳)有限公司"."""
    return _UNREAD.sub("", unicodedata.normalize("NFKC", name)).casefold()


def same_payer(told: str, owes: str) -> bool:
    """Equal once normalised. An empty name is nobody's; a shortened one is another's until a person has looked."""
    return bool(told) and normal_name(told) == normal_name(owes)
