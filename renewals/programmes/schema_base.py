"""What every model of a rule pack shares: strict types, no unknown keys, immutable; and the words of errors' hints."""

import re
import string
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

# The application's fields. A form is built from these names; `proves` and the tariff refer to them.
APPLICATION_FIELDS = (
    "term_years",
    "organisation_name",
    "organisation_code",
    "legal_representative",
    "certificate_user_name",
    "business_department",
    "representative_name",
    "representative_id_kind",
    "representative_id_number",
    "representative_mobile",
    "representative_email",
    "invoice_kind",
    "invoice_title",
    "invoice_tax_number",
    "representative_address",
    "recipient_name",
    "recipient_mobile",
    "recipient_address",
    "contacts",
    "collection",
    "collection_address",
    "service_point",
    "seal",
    "replacement_reason",
    "remark",
)

# What an order is for (业务类型). A path names those that it serves; one that names none serves renewal.
Business = Literal["enrolment", "replacement", "renewal", "pin_unblock", "token_model_change", "subject_change"]

# What a sentence may fill in: 剩余天数, 已过期天数, 可续期日期, 介质编号, 证书号, Ekey 型号.
PLACEHOLDERS = frozenset({"days_left", "days_past", "window_opens", "medium_number", "certificate_number", "key_model"})


class PackModel(BaseModel):
    """Base of all parts. ``strict``: "1" is not 1, yes is not true."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _known_placeholders(text: str) -> str:
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        raise ValueError("花括号不成对；要写花括号本身请写 {{ 或 }}") from None
    unknown = sorted(names - PLACEHOLDERS)
    if unknown:
        raise ValueError(f"不认识的占位 {'、'.join(unknown)}；可以用：{'、'.join(sorted(PLACEHOLDERS))}")
    return text


def _application_field(name: str) -> str:
    if name not in APPLICATION_FIELDS:
        raise ValueError(f"申请表没有“{name}”这一栏；可以用：{'、'.join(APPLICATION_FIELDS)}")
    return name


def _iso_date(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError('日期应写成加引号的 "2026-11-01"')
    return text


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]  # a key in code: lower case, _
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]  # stands in addresses: lower case, -
Line = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")]  # one line on a page
Sentence = Annotated[
    str, StringConstraints(min_length=4, max_length=300), AfterValidator(_known_placeholders)
]  # what the customer reads; may fill in PLACEHOLDERS
Body = Annotated[str, StringConstraints(min_length=40, max_length=20_000)]  # paragraphs, blank line between
OrderKind = Annotated[str, StringConstraints(pattern=r"^\d{2}$")]
ApplicationField = Annotated[str, AfterValidator(_application_field)]
IsoDate = Annotated[str, AfterValidator(_iso_date)]
WorkingDays = Annotated[int, Field(ge=1, le=250)]
Days = Annotated[int, Field(ge=0, le=3660)]
Minutes = Annotated[int, Field(ge=1, le=480)]
Fen = Annotated[int, Field(ge=0, le=100_000_000)]

# How a wrong text should look, by the pattern that it missed.
PATTERN_HINTS = {
    r"^[a-z][a-z0-9_]{0,39}$": "小写英文字母开头，只含小写字母、数字和下划线，最长 40 个字符",
    r"^[a-z][a-z0-9-]{0,39}$": "小写英文字母开头，只含小写字母、数字和连字符，最长 40 个字符",
    r"^\d{2}$": '两位数字，加引号，例如 "01"',
    r"^\S(.*\S)?$": "一行文字，两端没有空格",
}
