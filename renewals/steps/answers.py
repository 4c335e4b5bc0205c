"""What an application says, checked field by field in words that tell what to do (RULES A14, C5, C6, D4, E2)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict

from portal.tenants import current_tenant
from portal.tenants.models import ServicePoint
from renewals.models import Certificate
from renewals.programmes.schema import IdKind, InvoiceKind, RulePack
from renewals.rules_words import say_problem
from renewals.steps import contacts
from renewals.steps.answer_words import REPLACEMENT_REASONS, SEALS
from renewals.validation import (
    parse_address,
    parse_holder_code,
    parse_id_card,
    parse_invoice_title,
    parse_mobile,
    parse_organisation_name,
    parse_person_name,
    parse_tax_number,
    parse_travel_document,
    same_holder,
    same_name,
)
from renewals.validation.problems import InvalidValue, tidy


class Answers(BaseModel):
    """The application's fields as typed; which of them a programme asks for, its pack says."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    term_years: str = ""
    replacement_reason: str = ""
    seal: str = ""
    organisation_name: str = ""
    organisation_code: str = ""
    legal_representative: str = ""
    certificate_user_name: str = ""
    business_department: str = ""
    contacts: str = ""  # JSON, steps/contacts.py
    representative_name: str = ""
    representative_id_kind: str = ""
    representative_id_number: str = ""
    representative_mobile: str = ""
    representative_email: str = ""
    representative_address: str = ""
    collection: str = ""
    collection_address: str = ""
    service_point: str = ""  # public id
    recipient_name: str = ""
    recipient_mobile: str = ""
    recipient_address: str = ""
    invoice_kind: str = ""
    invoice_title: str = ""
    invoice_tax_number: str = ""
    remark: str = ""

    def filled(self) -> dict[str, str]:
        """The non-empty fields that count, tidied: numbers without spaces, names in NFC."""
        filled = {name: value for name, value in self.model_dump().items() if value and self.counts(name)}
        return {name: _TIDY[name](value) if name in _TIDY else value for name, value in filled.items()}

    def counts(self, name: str) -> bool:
        """False for what the chosen way of collection doesn't need: it may stand in the form, and isn't confirmed."""
        return not self.collection or _ONLY_WHEN.get(name, self.collection) == self.collection


# With a way of collection asked for (A14, D4): what the other way needs isn't looked at.
_ONLY_WHEN = {
    "collection_address": "mail",
    "recipient_name": "mail",
    "recipient_mobile": "mail",
    "recipient_address": "mail",
    "service_point": "pickup",
}
RECIPIENT = ("recipient_name", "recipient_mobile", "recipient_address")
REMARK_LENGTH = 200


@dataclass(frozen=True)
class Holder:
    """Whom the certificate names; the application has to be this organisation's (RULES C6)."""

    name: str
    code: str

    @classmethod
    def of(cls, certificate: Certificate) -> "Holder":
        return cls(certificate.holder_name, certificate.holder_code)


_TIDY: dict[str, Callable[[str], str]] = {
    "organisation_name": parse_organisation_name,
    "organisation_code": parse_holder_code,
    "legal_representative": parse_person_name,
    "certificate_user_name": parse_person_name,
    "business_department": parse_organisation_name,
    "contacts": contacts.tidy,
    "representative_name": parse_person_name,
    "representative_id_number": tidy,
    "representative_mobile": parse_mobile,
    "representative_address": parse_address,
    "collection_address": parse_address,
    "recipient_name": parse_person_name,
    "recipient_mobile": parse_mobile,
    "recipient_address": parse_address,
    "invoice_title": parse_invoice_title,
}


def check_answers(
    answers: Answers, pack: RulePack, fields: Iterable[str], holder: Holder | None = None
) -> dict[str, list[str]]:
    """Field → what is wrong and what to do; empty when everything is right."""
    wanted = set(fields)
    found: dict[str, list[str]] = {}
    for name, value in answers.model_dump().items():
        if name not in wanted:
            if value:
                found[name] = [_("本业务不需要填写这一项，请清空。")]
            continue
        if not answers.counts(name):
            continue
        sentences = contacts.problems(value) if name == "contacts" else [_problem(name, value, answers, pack)]
        if any(sentences):
            found[name] = sentences
    if holder is not None and "organisation_code" in wanted and "organisation_code" not in found:
        found |= _another_holder(answers, holder)
    return found


def _another_holder(answers: Answers, holder: Holder) -> dict[str, list[str]]:
    """RULES C6: with another code it is another organisation, and no renewal. A new name alone is a change (P11)."""
    if not holder.code or same_holder(parse_holder_code(answers.organisation_code), holder.code):
        return {}
    sentence = _(
        "这个代码与证书持有单位的不一致，不能续期这张证书。填错了的，请对照营业执照更正；"
        "单位确已换成新代码的，不能续期，请以新单位的名义申请新证书，或拨打服务热线。"
    )
    return {"organisation_code": [sentence]}


def new_name(answers: Answers, holder: Holder) -> str:
    """What the holder is called now, where that isn't what the certificate says (RULES P11); "" otherwise."""
    typed = answers.organisation_name
    return "" if not typed or same_name(typed, holder.name) else parse_organisation_name(typed)


def _problem(name: str, value: str, answers: Answers, pack: RulePack) -> str:
    check = _CHECKS[name]
    try:
        return check(value, answers, pack)
    except InvalidValue as error:
        return say_problem(error)


def _names(offered: Iterable[IdKind | InvoiceKind]) -> tuple[str, ...]:
    return tuple(one.name for one in offered)


def _choice(value: str, offered: Iterable[str], otherwise: str) -> str:
    return "" if value in set(offered) else otherwise


def _id_number(value: str, answers: Answers, pack: RulePack) -> str:
    is_card = answers.representative_id_kind in {"", "id_card"}
    if not value:
        return _("请填写经办人的身份证号码。") if is_card else _("请填写经办人的证件号码。")
    if is_card:
        parse_id_card(value, today=timezone.now().astimezone(ZoneInfo(current_tenant().timezone)).date())
    elif answers.representative_id_kind in {kind.name for kind in pack.id_kinds}:  # else the kind is what is wrong
        parse_travel_document(value, answers.representative_id_kind)
    return ""


def _required(missing: Promise, parse: Callable[[str], object]) -> "Callable[[str, Answers, RulePack], str]":
    """Wanted, and right by its parser (InvalidValue says what is wrong)."""

    def check(value: str, answers: Answers, pack: RulePack) -> str:
        del answers, pack
        if not value:
            return str(missing)
        parse(value)
        return ""

    return check


def _recipient(missing: Promise, parse: Callable[[str], object]) -> "Callable[[str, Answers, RulePack], str]":
    """Whom to send it to. Where nothing is mailed but an invoice courier might be (RULES E8): all of it or nothing."""

    def check(value: str, answers: Answers, pack: RulePack) -> str:
        del pack
        wanted = answers.collection == "mail" or any(getattr(answers, name) for name in RECIPIENT)
        if not value:
            return str(missing) if wanted else ""
        parse(value)
        return ""

    return check


def _service_point(value: str, answers: Answers, pack: RulePack) -> str:
    del answers, pack
    there = bool(value) and ServicePoint.objects.filter(public_id=value[:22]).exists()
    return "" if there else _("请选择到哪个服务网点领取。")


def _remark(value: str, answers: Answers, pack: RulePack) -> str:
    del answers, pack
    return "" if len(value) <= REMARK_LENGTH else _("备注最多 %(most)s 个字，请缩短。") % {"most": REMARK_LENGTH}


def collections_of(pack: RulePack) -> tuple[str, ...]:
    """The ways in which this programme hands over what it made (D4); both where its delivery doesn't say."""
    steps = (step for path in pack.paths for step in path.steps if step.kind == "delivery")
    offered = {method for step in steps for method in getattr(step, "methods", ())}
    return tuple(way for way in ("mail", "pickup") if way in offered or not offered)


def _email(value: str, answers: Answers, pack: RulePack) -> str:
    del answers, pack
    if not value:
        return ""
    try:
        validate_email(value)
    except ValidationError:
        return _("这个邮箱地址不完整，请按 name@example.cn 的样子填写。")
    return ""


def _tax_number(value: str, answers: Answers, pack: RulePack) -> str:
    kind = next((kind for kind in pack.invoice_kinds if kind.name == answers.invoice_kind), None)
    parse_tax_number(value, required=kind is not None and kind.tax_number == "required")
    return ""


_CHECKS: dict[str, Callable[[str, Answers, RulePack], str]] = {
    "term_years": lambda value, _a, pack: _choice(
        value, (str(term.years) for term in pack.terms), _("请选择续期年限。")
    ),
    "organisation_name": _required(gettext_lazy("请填写单位名称，与营业执照上的一致。"), parse_organisation_name),
    "organisation_code": _required(gettext_lazy("请填写统一社会信用代码，在营业执照上。"), parse_holder_code),
    "legal_representative": _required(
        gettext_lazy("请填写法定代表人（负责人）姓名，与营业执照上的一致。"), parse_person_name
    ),
    "certificate_user_name": _required(gettext_lazy("请填写证书使用人的姓名。"), parse_person_name),
    "business_department": _required(gettext_lazy("请填写使用证书的部门或业务名称。"), parse_organisation_name),
    "representative_name": _required(gettext_lazy("请填写经办人姓名，与身份证上的一致。"), parse_person_name),
    "representative_id_kind": lambda value, _a, pack: _choice(
        value, (k.name for k in pack.id_kinds), _("请选择证件类型。")
    ),
    "representative_id_number": _id_number,
    "representative_mobile": _required(gettext_lazy("请填写经办人本人实名登记的手机号码。"), parse_mobile),
    "representative_email": _email,
    "representative_address": _required(gettext_lazy("请填写经办人的联系地址。"), parse_address),
    "contacts": lambda value, _a, _p: "".join(contacts.problems(value)),
    "replacement_reason": lambda value, _a, _p: _choice(value, REPLACEMENT_REASONS, _("请选择补办原因。")),
    "seal": lambda value, _a, _p: _choice(value, SEALS, _("请选择是否办理电子签章。")),
    "collection": lambda value, _a, pack: _choice(value, collections_of(pack), _("请选择领取方式。")),
    "collection_address": _required(gettext_lazy("请填写收件地址，办好后寄到这里。"), parse_address),
    "service_point": _service_point,
    "recipient_name": _recipient(gettext_lazy("请填写收件人姓名。"), parse_person_name),
    "recipient_mobile": _recipient(gettext_lazy("请填写收件人的手机号码，方便快递联系。"), parse_mobile),
    "recipient_address": _recipient(gettext_lazy("请填写收件人地址。"), parse_address),
    "remark": _remark,
    "invoice_kind": lambda value, _a, pack: _choice(value, _names(pack.invoice_kinds), _("请选择发票类型。")),
    "invoice_title": _required(gettext_lazy("请填写发票抬头，一般是单位全称。"), parse_invoice_title),
    "invoice_tax_number": _tax_number,
}
