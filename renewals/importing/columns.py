"""Which column of a certificate file is what. Pure; the headings are those that CAs' exports use, in any order."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CONTACTS: Final = 3  # at most, in a row


def _contacts() -> dict[str, tuple[str, ...]]:
    """联系人2手机 and the like; the first contact's columns go without a number too."""
    parts = {"name": ("姓名", ""), "phone": ("手机", "电话"), "email": ("邮箱",)}
    found: dict[str, tuple[str, ...]] = {}
    for n in range(1, CONTACTS + 1):
        for field, words in parts.items():
            places = (str(n), "") if n == 1 else (str(n),)
            headings = [f"联系人{place}{word}" for place in places for word in words]
            found[f"contact_{field}_{n}"] = (*headings, f"contact_{field}_{n}")
    return found


#: field → headings; the first is the one that the template and the report use
HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "programme": ("业务项目", "项目", "programme"),
    "holder_name": ("单位名称", "机构名称", "公司名称", "持有人", "holder_name"),
    "holder_code": ("统一社会信用代码", "信用代码", "单位代码", "holder_code"),
    "holder_kind": ("持有人类型", "holder_kind"),
    "number": ("证书号", "证书编号", "number"),
    "serial": ("序列号", "证书序列号", "serial"),
    "medium_number": ("介质号", "介质编号", "ekey号", "medium_number"),
    "key_model": ("介质型号", "证书型号", "ekey型号", "key_model"),
    "algorithm": ("算法", "密钥算法", "algorithm"),
    "storage": ("存储方式", "storage"),
    "has_seal": ("电子签章", "电子印章", "has_seal"),
    "kind": ("证书类型", "kind"),
    "not_before": ("生效日期", "生效时间", "not_before"),
    "not_after": ("失效日期", "失效时间", "到期日期", "not_after"),
    "ca_status": ("ca状态", "证书状态", "ca_status"),
    "gateway_code": ("网关编码", "网关号", "gateway_code"),
    "gateway_type": ("网关类型", "gateway_type"),
    "gateway_system": ("所属系统", "gateway_system"),
    "gateway_state": ("网关状态", "gateway_state"),
    "certificate": ("签名证书", "证书", "证书内容", "certificate"),
    "encryption_certificate": ("加密证书", "encryption_certificate"),
    **_contacts(),
}
WANTED: Final = ("programme", "holder_name", "holder_code", "certificate")
HEADER_ROWS: Final = 10  # a title and a remark may stand above the headings

_BY_HEADING: Final = {heading: field for field, headings in HEADINGS.items() for heading in headings}


def label(field: str) -> str:
    """The heading that people know the field by."""
    return HEADINGS[field][0] if field in HEADINGS else field


@dataclass(frozen=True, slots=True)
class Layout:
    """``header``: the index of the row with the headings. ``columns``: field → index. ``unknown``: other headings."""

    header: int
    columns: dict[str, int]
    unknown: tuple[str, ...]
    twice: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(field for field in WANTED if field not in self.columns)


def find_layout(rows: Sequence[Sequence[str]]) -> Layout | None:
    """The first row that names at least two fields; None where none does."""
    for at, row in enumerate(rows[:HEADER_ROWS]):
        layout = _layout(at, row)
        if len(layout.columns) > 1:
            return layout
    return None


def _layout(at: int, row: Sequence[str]) -> Layout:
    columns: dict[str, int] = {}
    unknown, twice = [], []
    for index, cell in enumerate(row):
        heading = normal(cell)
        field = _BY_HEADING.get(heading)
        if field is None:
            unknown += [cell.strip()] if heading else []
        elif field in columns:
            twice.append(label(field))
        else:
            columns[field] = index
    return Layout(at, columns, tuple(unknown), tuple(twice))


def normal(heading: str) -> str:
    """Half-width, lower-case, without spaces and what stands in brackets."""
    plain = unicodedata.normalize("NFKC", heading).lower()
    return "".join(re.sub(r"\(.*?\)|[*:]", "", plain).split())


def cells_of(row: Sequence[str], layout: Layout) -> dict[str, str]:
    """Field → text of the cells that hold something."""
    found = {field: row[index].strip() for field, index in layout.columns.items() if index < len(row)}
    return {field: text for field, text in found.items() if text}
