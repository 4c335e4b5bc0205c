"""The application's form, built from the fields that the programme's step names (RULES C5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.ui.forms import PhoneInput, RadioCards
from portal.ui.parts import Text
from portal.ui.templatetags.ui import money
from renewals.forms import collection
from renewals.forms.contacts import ContactsWidget, with_row, without_row
from renewals.forms.fields import AnswerField, ChoiceAnswer
from renewals.programmes.schema import RulePack
from renewals.steps import contacts
from renewals.steps.answers import RECIPIENT, Answers, Holder, check_answers

CREDIT_CODE = 18  # characters; an old organisation code of nine is no tax number
ORGANISATION = frozenset(
    {
        "organisation_name",
        "organisation_code",
        "legal_representative",
        "certificate_user_name",
        "business_department",
    }
)
# The form's sections, in this order: title, the fields that stand in it.
SECTIONS: tuple[tuple[Promise, Callable[[str], bool]], ...] = (
    (gettext_lazy("续期年限"), lambda name: name == "term_years"),
    (gettext_lazy("办理内容"), lambda name: name in {"replacement_reason", "seal"}),
    (gettext_lazy("申请单位"), lambda name: name in ORGANISATION),
    (gettext_lazy("联系人"), lambda name: name == "contacts"),
    (gettext_lazy("经办人"), lambda name: name.startswith("representative_")),
    (gettext_lazy("领取方式"), lambda name: name in {"collection", "collection_address", "service_point"}),
    (gettext_lazy("收件人"), lambda name: name in RECIPIENT),
    (gettext_lazy("发票"), lambda name: name.startswith("invoice_")),
    (gettext_lazy("备注"), lambda name: name == "remark"),
)
COPIED = {"recipient_name": "representative_name", "recipient_mobile": "representative_mobile"}


@dataclass(frozen=True)
class Section:
    """``title`` "" where the only field says it all. ``copies``: 从经办人处拷贝 stands above it (RULES E2)."""

    title: str
    fields: Sequence[forms.BoundField]
    copies: bool = False


class ApplicationForm(forms.Form):
    """``prices``: years → fen. The rules check, in the words of steps/answers.py; nothing typed is changed."""

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        pack: RulePack,
        wanted: Sequence[str],
        prices: Mapping[int, int],
        holder: Holder | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.pack, self.wanted, self.holder = pack, tuple(wanted), holder
        for name in wanted:
            self.fields[name] = _MAKERS[name](pack, prices)

    def clean(self) -> dict[str, Any]:
        answers = Answers(**{name: self.cleaned_data.get(name, "") for name in self.wanted})
        for name, sentences in check_answers(answers, self.pack, self.wanted, self.holder).items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)
            widget = self.fields[name].widget if name in self.fields else None
            if isinstance(widget, ContactsWidget):
                widget.shows_problems = True
        return self.cleaned_data

    def typed(self) -> dict[str, str]:
        """Field → what was sent, right or wrong: what a draft keeps."""
        sent = {name: self.fields[name].widget.value_from_datadict(self.data, self.files, name) for name in self.wanted}
        return {name: str(value or "").strip() for name, value in sent.items()}

    @property
    def sections(self) -> list[Section]:
        found = []
        for title, holds in SECTIONS:
            fields = [self[name] for name in self.wanted if holds(name) and not self[name].is_hidden]
            if fields:
                alone = len(fields) == 1 and fields[0].name in {"term_years", "contacts", "remark"}
                copies = any(field.name in COPIED for field in fields) and "representative_name" in self.fields
                found.append(Section("" if alone else str(title), fields, copies))
        return found


def rearranged(answers: Mapping[str, str], what: str) -> dict[str, str] | None:
    """What a button of the form does to what stands in it: ``contacts:add``, ``contacts:remove:1``,
    ``recipient:copy``. None for any other word."""
    now = dict(answers)
    if what == "contacts:add":
        return now | {"contacts": with_row(now.get("contacts", ""))}
    if what.startswith("contacts:remove:") and (row := what.rpartition(":")[2]).isdecimal():
        return now | {"contacts": without_row(now.get("contacts", ""), int(row))}
    if what == "recipient:copy":
        copied = {name: now.get(source, "") for name, source in COPIED.items()}
        if now.get("representative_address"):
            copied["recipient_address"] = now["representative_address"]
        return now | copied
    return None


def _term(pack: RulePack, prices: Mapping[int, int]) -> forms.Field:
    choices = [(str(term.years), term.title) for term in pack.terms]
    asides: dict[str, Text] = {str(years): money(fen) for years, fen in prices.items()}
    return ChoiceAnswer(label=_("续期年限"), choices=choices, widget=RadioCards(asides=asides))


def _organisation_name(_pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    return AnswerField(
        label=_("单位名称"),
        help_text=_("与营业执照一致。单位改过名的，填写现在的名称，新证书会用新名称。"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


def _organisation_code(_pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    widget = forms.TextInput(
        attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters", "class": "input--20"}
    )
    return AnswerField(
        label=_("统一社会信用代码"),
        help_text=_("18 位，在营业执照上，要与证书持有单位的一致。"),
        max_length=40,
        widget=widget,
    )


def _person(label: Promise, help_text: Promise) -> Callable[[RulePack, Mapping[int, int]], forms.Field]:
    def make(_pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
        widget = forms.TextInput(attrs={"autocomplete": "off", "class": "input--20"})
        return AnswerField(label=str(label), help_text=str(help_text), max_length=60, widget=widget)

    return make


def _department(_pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    return AnswerField(label=_("使用部门或业务"), help_text=_("使用这张证书的部门，或业务系统的名称。"), max_length=120)


def _name(_pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    widget = forms.TextInput(attrs={"autocomplete": "name", "class": "input--20"})
    return AnswerField(label=_("经办人姓名"), help_text=_("与身份证上的一致。"), max_length=60, widget=widget)


def _id_kind(pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    choices = [(str(kind.name), kind.title) for kind in pack.id_kinds]
    if len(choices) == 1:
        return AnswerField(label=_("证件类型"), initial=choices[0][0], widget=forms.HiddenInput)
    others = any(kind.name != "id_card" for kind in pack.id_kinds)
    help_text = _("用居民身份证的可以在线核验；用其他证件的，由工作人员核验。") if others else ""
    return ChoiceAnswer(label=_("证件类型"), help_text=help_text, choices=choices, widget=forms.RadioSelect())


def _id_number(pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    title = _("%(kind)s号码") % {"kind": pack.id_kinds[0].title} if len(pack.id_kinds) == 1 else _("证件号码")
    widget = forms.TextInput(
        attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters", "class": "input--20"}
    )
    return AnswerField(label=title, help_text=_("用于核验身份，加密保存。"), max_length=40, widget=widget)


def _mobile(pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    return AnswerField(
        label=_("手机号码"),
        help_text=_("须是经办人本人实名登记的号码，办理进度和发票链接也发到这个号码。")
        if pack.invoice_kinds
        else _("办理进度用短信发到这个号码。"),
        max_length=20,
        widget=PhoneInput(),
    )


def _email(pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
    words = _("填写后，电子发票链接也发到邮箱。") if pack.invoice_kinds else _("填写后，办理进度也发到邮箱。")
    field = AnswerField(label=_("电子邮箱"), help_text=words, max_length=120, widget=widget)
    field.required = False
    return field


def _invoice_kind(pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    choices = [(str(kind.name), kind.title) for kind in pack.invoice_kinds]
    hints: dict[str, Text] = {
        kind.name: _("需要填写纳税人识别号。") for kind in pack.invoice_kinds if kind.tax_number == "required"
    }
    return ChoiceAnswer(label=_("发票类型"), choices=choices, widget=RadioCards(hints=hints))


def _invoice_title(_pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    widget = forms.TextInput(attrs={"autocomplete": "organization"})
    return AnswerField(label=_("发票抬头"), help_text=_("一般是单位全称。"), max_length=120, widget=widget)


def _tax_number(pack: RulePack, _prices: Mapping[int, int]) -> forms.Field:
    widget = forms.TextInput(
        attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters", "class": "input--20"}
    )
    field = AnswerField(label=_("纳税人识别号"), max_length=40, widget=widget)
    field.required = all(kind.tax_number == "required" for kind in pack.invoice_kinds)
    return field


_MAKERS: dict[str, Callable[[RulePack, Mapping[int, int]], forms.Field]] = {
    "term_years": _term,
    "organisation_name": _organisation_name,
    "organisation_code": _organisation_code,
    "legal_representative": _person(
        gettext_lazy("法定代表人"), gettext_lazy("营业执照上的法定代表人；没有的，填写负责人。")
    ),
    "certificate_user_name": _person(gettext_lazy("证书使用人"), gettext_lazy("证书上写明的本单位人员。")),
    "business_department": _department,
    "representative_name": _name,
    "representative_id_kind": _id_kind,
    "representative_id_number": _id_number,
    "representative_mobile": _mobile,
    "representative_email": _email,
    "invoice_kind": _invoice_kind,
    "invoice_title": _invoice_title,
    "invoice_tax_number": _tax_number,
    **collection.MAKERS,
}


def prefill(
    holder: Holder, pack: RulePack, earlier: Mapping[str, str], own_phone: str, *, proven: bool = True
) -> dict[str, str]:
    """What a new form starts with. ID numbers are typed anew each time: an SMS code alone shows none.

    ``proven`` False: of the certificate nothing is known to this customer, so nothing of it is filled in (RULES P2).
    """
    anew = {"representative_id_number", "replacement_reason", "seal", "remark"}
    known = {name: value for name, value in earlier.items() if name not in anew}
    own = {"representative_mobile": own_phone} if own_phone else {}
    named = {
        "organisation_name": holder.name,
        "organisation_code": holder.code,
        "invoice_title": holder.name,
        "invoice_tax_number": holder.code if len(holder.code) == CREDIT_CODE else "",
    }
    return {
        "term_years": str(pack.terms[0].years) if pack.terms else "",
        "representative_id_kind": pack.id_kinds[0].name if pack.id_kinds else "",
        "invoice_kind": pack.invoice_kinds[0].name if pack.invoice_kinds else "",
        "collection": "mail",
        "contacts": contacts.text_of([{"name": "", "mobile": own_phone, "phone": "", "email": "", "kind": "business"}]),
        **(named if proven else {}),
        **own,
        **known,
    }
