"""The people to ask about a business (RULES A14): several rows in one answer, kept as JSON.

A row is name, mobile, phone, email, kind; all strings. What was typed stays as it is until it is confirmed; ``tidy``
then drops empty rows and writes numbers plainly.
"""

import json
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.vault import masks
from renewals.rules_words import say_problem
from renewals.validation import InvalidValue, parse_mobile, parse_person_name, parse_phone

Row = dict[str, str]

COLUMNS: Final[dict[str, Promise]] = {
    "name": gettext_lazy("姓名"),
    "mobile": gettext_lazy("手机"),
    "phone": gettext_lazy("电话"),
    "email": gettext_lazy("邮箱"),
    "kind": gettext_lazy("类型"),
}
KINDS: Final[dict[str, Promise]] = {
    "business": gettext_lazy("业务联系人"),
    "technical": gettext_lazy("技术联系人"),
    "finance": gettext_lazy("财务联系人"),
}
MOST: Final = 10
LONGEST: Final = 120  # characters of one cell


def rows_of(text: str) -> list[Row]:
    """The rows as typed; [] for nothing, and for what isn't such a list."""
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return []
    if not isinstance(found, list):
        return []
    rows = [row for row in found if isinstance(row, dict)]
    return [{name: str(row.get(name, "")).strip()[:LONGEST] for name in COLUMNS} for row in rows[:MOST]]


def text_of(rows: list[Row]) -> str:
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if rows else ""


def filled(rows: list[Row]) -> list[Row]:
    """Without the rows in which nothing but the kind was chosen."""
    return [row for row in rows if any(value for name, value in row.items() if name != "kind")]


def tidy(text: str) -> str:
    """As it is confirmed. InvalidValue where a cell is wrong."""
    rows = []
    for row in filled(rows_of(text)):
        phone = parse_phone(row["phone"]) if row["phone"] else ""
        rows.append(
            row | {"name": parse_person_name(row["name"]), "mobile": parse_mobile(row["mobile"]), "phone": phone}
        )
    return text_of(rows)


def row_problems(row: Row) -> Row:
    """Column → what is wrong and what to do; empty when the row is right."""
    found: Row = {}
    for name, missing, parse in (
        ("name", _("请填写联系人姓名。"), parse_person_name),
        ("mobile", _("请填写联系人的手机号码。"), parse_mobile),
        ("phone", "", parse_phone),
    ):
        if not row[name]:
            if missing:
                found[name] = missing
            continue
        try:
            parse(row[name])
        except InvalidValue as problem:
            found[name] = say_problem(problem)
    if not row["email"]:
        found["email"] = _("请填写联系人的邮箱。")
    else:
        try:
            validate_email(row["email"])
        except ValidationError:
            found["email"] = _("这个邮箱地址不完整，请按 name@example.cn 的样子填写。")
    if row["kind"] not in KINDS:
        found["kind"] = _("请选择联系人类型。")
    return found


def problems(text: str) -> list[str]:
    """Sentences for the whole answer; [] when it is right."""
    rows = filled(rows_of(text))
    if not rows:
        return [_("请至少填写一位联系人。")]
    return [
        _("第 %(number)s 位联系人：%(what)s") % {"number": number, "what": what}
        for number, row in enumerate(rows, 1)
        for what in row_problems(row).values()
    ]


def words(text: str, *, masked: bool = False) -> str:
    """ "陈晓文 19900000006（业务联系人）；…" for pages."""
    return "；".join(_row_words(row, masked=masked) for row in filled(rows_of(text)))


def masked_words(text: str) -> str:
    return words(text, masked=True)


def _row_words(row: Row, *, masked: bool) -> str:
    parts = [row["name"], row["mobile"], row["phone"], row["email"]]
    if masked:
        rules = (masks.mask_name, masks.mask_phone, masks.mask_phone, masks.mask_email)
        parts = [rule(part) if part else "" for rule, part in zip(rules, parts, strict=True)]
    return _("%(who)s（%(kind)s）") % {
        "who": " ".join(filter(None, parts)),
        "kind": KINDS.get(row["kind"], row["kind"]),
    }
