"""Names of payers as banks and people write them, and when two of them are one. RULES P10.

Two names are the same only if they are equal after what doesn't matter is taken away: width, brackets, dots, spaces,
capitals, 有限责任公司 for 有限公司, and what a bank adds about the account. A branch or a trade union is not its
company: those have other names.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

#: characters of a name that find it; a bank that shows fewer than these can't be helped
KEY_LENGTH = 16

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPELLINGS = str.maketrans(
    {**dict.fromkeys("〔［【[", "("), **dict.fromkeys("〕］】]", ")"), **dict.fromkeys("•‧∙・．●｡.･", "·")}
)
_ACCOUNT_KIND = re.compile(r"\((?:基本|一般|专用|临时|结算)(?:存款)?(?:账户|帐户|户)\)$")
_HAN = re.compile(r"[㐀-鿿豈-﫿𠀀-𳎯〇]+")
_HAN_WITH_DOT = re.compile(r"[㐀-鿿豈-﫿𠀀-𳎯]+(?:·[㐀-鿿豈-﫿𠀀-𳎯]+)+")
_ORGANISATION = re.compile(
    r"公司|企业|集团|中心|学校|大学|学院|中学|小学|幼儿园|医院|银行|政府|法院|委员会|协会|学会|商会|工会|基金会"
    r"|合作社|事务所|工作室|经营部|商行|研究|个体|合伙|办事处|办公室|俱乐部|[厂店局院所馆社部站行厅]$"
)
_COMPLETE = re.compile(
    r"(?:公司|厂|店|局|院|所|馆|社|部|站|行|厅|中心|学校|大学|中学|小学|幼儿园|委员会|协会|学会|商会|工会|基金会"
    r"|工作室|办事处|办公室|\((?:有限合伙|普通合伙|特殊普通合伙|个体工商户)\))$"
)
_IN_REMARK = re.compile(
    r"[㐀-鿿()·]{2,40}?"
    r"(?:公司|合作社|事务所|研究院|学校|医院|中心|工厂|厂|企业(?:\((?:有限|普通)合伙\))?)"
    r"(?:[㐀-鿿]{2,8}分公司)?"
)
_BEFORE_NAME = re.compile(r"^.*?(?:代为|代付|代缴|代交|替|帮|支付|缴纳|付|交|为|代|是|的)(?=[㐀-鿿])")
_ON_BEHALF = re.compile(r"代[\w()·]{0,40}?[付缴交]|替|代为|垫付|代理")


class NameKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    UNKNOWN = "unknown"


@lru_cache(maxsize=8_192)
def plain_name(text: str) -> str:
    """Width, brackets, dots, capitals, spaces and the bank's note about the account taken away."""
    folded = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold().translate(_SPELLINGS)
    return _ACCOUNT_KIND.sub("", "".join(folded.split()))


def normal_name(text: str) -> str:
    """Two names with the same normal form are one payer."""
    return plain_name(text).replace("有限责任公司", "有限公司")


@lru_cache(maxsize=8_192)
def payer_key(text: str) -> str:
    """What charges, claims and lines are found by: equal for names that are the same, also when a bank cut one.

    Others may share it (a company's branches do). "" for an empty name.
    """
    plain = plain_name(text)
    before_form = plain.partition("有限")[0][:KEY_LENGTH].rstrip("有")
    return before_form or plain[:KEY_LENGTH]


@lru_cache(maxsize=8_192)
def kind_of(text: str) -> NameKind:
    """What a name looks like: two to four Chinese characters are a person, unless they say what they are."""
    plain = plain_name(text)
    if not _HAN.search(plain):
        return NameKind.UNKNOWN
    if _ORGANISATION.search(plain) and len(plain) > 3:
        return NameKind.ORGANISATION
    if _HAN_WITH_DOT.fullmatch(plain):
        return NameKind.PERSON
    if _HAN.fullmatch(plain) and 2 <= len(plain) <= 4:
        return NameKind.PERSON
    return NameKind.ORGANISATION if len(plain) > 4 else NameKind.UNKNOWN


def same_payer(one: str, other: str, *, other_kind: NameKind | None = None) -> bool:
    """Are these one payer? Never a person and an organisation; ``other_kind`` where it is known."""
    if not one or not other:
        return False
    if one != other and normal_name(one) != normal_name(other):
        return False
    return bool(plain_name(one)) and {kind_of(one), other_kind or kind_of(other)} != {
        NameKind.PERSON,
        NameKind.ORGANISATION,
    }


def cut_of(shown: str, whole: str, *, at: int) -> bool:
    """Is ``shown`` the beginning of ``whole``, as a bank shows it that cuts names at ``at`` characters, spaces and all?

    A name that ends with its legal form is complete: the company isn't its branch cut short.
    """
    short, full = plain_name(shown), plain_name(whole)
    enough = len(shown.strip()) >= at and len(short) >= KEY_LENGTH
    return enough and len(short) < len(full) and full.startswith(short) and not _COMPLETE.search(short)


def may_be_one(one: str, other: str) -> bool:
    """Can it not be excluded that these are one payer? For suspicion only: what matches must be ``same_payer``."""
    short, long = sorted((normal_name(one), normal_name(other)), key=len)
    return bool(short) and long.startswith(short)


def organisations_in(remark: str) -> tuple[str, ...]:
    """Names of organisations that a remark holds, as payer's write them for whom they pay: 代…有限公司付."""
    text = "".join(unicodedata.normalize("NFKC", remark).split())
    found = []
    for name in _IN_REMARK.findall(text):
        found.append(name)
        shorter = _BEFORE_NAME.sub("", name)
        if len(shorter) >= 4:
            found.append(shorter)
    return tuple(dict.fromkeys(found))


def says_on_behalf(remark: str) -> bool:
    """Does the remark say that somebody pays for another?"""
    return _ON_BEHALF.search(unicodedata.normalize("NFKC", remark)) is not None
