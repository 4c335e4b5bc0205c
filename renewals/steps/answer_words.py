"""What pages call an application's fields and their values, and how much of a personal one they may show."""

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import ServicePoint
from portal.vault import masks
from renewals.programmes.schema import RulePack
from renewals.steps import contacts

LABELS: Final[dict[str, Promise]] = {
    "term_years": _("续期年限"),
    "replacement_reason": _("补办原因"),
    "seal": _("电子签章"),
    "organisation_name": _("单位名称"),
    "organisation_code": _("统一社会信用代码"),
    "legal_representative": _("法定代表人"),
    "certificate_user_name": _("证书使用人"),
    "business_department": _("使用部门或业务"),
    "contacts": _("联系人"),
    "representative_name": _("经办人姓名"),
    "representative_id_kind": _("证件类型"),
    "representative_id_number": _("证件号码"),
    "representative_mobile": _("手机号码"),
    "representative_email": _("电子邮箱"),
    "representative_address": _("经办人地址"),
    "collection": _("领取方式"),
    "collection_address": _("收件地址"),
    "service_point": _("领取网点"),
    "recipient_name": _("收件人姓名"),
    "recipient_mobile": _("收件人手机"),
    "recipient_address": _("收件人地址"),
    "invoice_kind": _("发票类型"),
    "invoice_title": _("发票抬头"),
    "invoice_tax_number": _("纳税人识别号"),
    "remark": _("备注"),
}

COLLECTIONS: Final[dict[str, Promise]] = {"mail": _("邮寄"), "pickup": _("自取")}
REPLACEMENT_REASONS: Final[dict[str, Promise]] = {"lost": _("遗失"), "damaged": _("损坏")}
SEALS: Final[dict[str, Promise]] = {"yes": _("办理"), "no": _("不办理")}

MASKED: Final[Mapping[str, Callable[[str], str]]] = {
    "legal_representative": masks.mask_name,
    "certificate_user_name": masks.mask_name,
    "contacts": contacts.masked_words,
    "representative_name": masks.mask_name,
    "representative_id_number": masks.mask_id_number,
    "representative_mobile": masks.mask_phone,
    "representative_email": masks.mask_email,
    "representative_address": masks.mask_address,
    "collection_address": masks.mask_address,
    "recipient_name": masks.mask_name,
    "recipient_mobile": masks.mask_phone,
    "recipient_address": masks.mask_address,
    "remark": masks.mask_text,
}
"""The fields that stand for a person, or in which anything may stand; the others are an organisation's or a choice."""


def mask(answers: Mapping[str, str]) -> dict[str, str]:
    return {name: MASKED[name](value) if name in MASKED else value for name, value in answers.items()}


def say(pack: RulePack, name: str, value: str) -> str:
    """A value in words: titles of choices, a service point's name, contacts one after the other. Masks stay masks."""
    titles: dict[str, Mapping[str, str | Promise]] = {
        "term_years": {str(term.years): term.title for term in pack.terms},
        "representative_id_kind": {str(kind.name): kind.title for kind in pack.id_kinds},
        "invoice_kind": {str(kind.name): kind.title for kind in pack.invoice_kinds},
        "collection": COLLECTIONS,
        "replacement_reason": REPLACEMENT_REASONS,
        "seal": SEALS,
    }
    if name == "contacts":
        return contacts.words(value) or value
    if name == "service_point":
        return service_point_words(value)
    return str(titles.get(name, {}).get(value, value))


def service_point_words(public_id: str) -> str:
    point = ServicePoint.objects.filter(public_id=public_id).first()
    return f"{point.name}（{point.address}）" if point else public_id
