"""The parts of a staff order page as tables and pairs; nothing here reads the database."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.gm import Certificate as X509Certificate
from portal.gm import GmError
from portal.ui.parts import Badge, Column, Event, Link, Pair, Row, Table, Text, Tone
from portal.ui.parts import Task as TaskRow
from renewals.lifecycle import Phase, StepState
from renewals.models import Certificate, IdentityCheck, Issuance, LivenessCheck, PersonalCheck
from renewals.selectors import OrderView, Task
from renewals.staff_forms import RevealForm
from renewals.staff_selectors.order import ApplicationShown, StaffOrderView
from renewals.staff_views.common import actor_words, certificate_badge, day_of, stamp, table, two_lines, when, who
from renewals.staff_views.order_papers import reasons_of
from renewals.steps.answer_words import LABELS, MASKED, say
from renewals.steps.identity.results import IdentityResult
from renewals.words_of_acts import RETURN_REASONS, act_title

PHASES: Final[dict[str, Text]] = {
    Phase.ONLINE: gettext_lazy("等待扫码支付"),
    Phase.TRANSFER: gettext_lazy("查找转账"),
    Phase.COUNTER: gettext_lazy("等待当面核验"),
    Phase.SENT: gettext_lazy("已寄出，等待签收"),
    Phase.READY: gettext_lazy("待领取"),
    Phase.REQUESTED: gettext_lazy("CA 签发中"),
    Phase.ISSUED: gettext_lazy("已签发，等待安装"),
    Phase.INSTALLED: gettext_lazy("已写入，等待验证"),
}
_STATES: Final[dict[StepState, tuple[Text, Tone]]] = {
    StepState.WAITING: (gettext_lazy("未开始"), "neutral"),
    StepState.OPEN: (gettext_lazy("待办理"), "info"),
    StepState.SUBMITTED: (gettext_lazy("处理中"), "info"),
    StepState.DONE: (gettext_lazy("已完成"), "success"),
    StepState.RETURNED: (gettext_lazy("已退回"), "danger"),
    StepState.SKIPPED: (gettext_lazy("不需要"), "neutral"),
}
_OUTCOMES: Final[dict[str, Tone]] = {
    LivenessCheck.Outcome.PASSED: "success",
    LivenessCheck.Outcome.FAILED: "danger",
    LivenessCheck.Outcome.DECLINED: "warning",
    LivenessCheck.Outcome.EXPIRED: "neutral",
    PersonalCheck.Outcome.WAITING: "info",
    PersonalCheck.Outcome.CONFIRMED: "success",
    PersonalCheck.Outcome.NOT_CONFIRMED: "danger",
    PersonalCheck.Outcome.WITHDRAWN: "neutral",
    IdentityCheck.Outcome.PENDING: "info",
    IdentityCheck.Outcome.MATCH: "success",
    IdentityCheck.Outcome.MISMATCH: "danger",
    IdentityCheck.Outcome.NO_RECORD: "danger",
    IdentityCheck.Outcome.UNAVAILABLE: "warning",
}
_ISSUANCE_TONES: Final[dict[str, Tone]] = {
    Issuance.State.PREPARED: "neutral",
    Issuance.State.REQUESTED: "info",
    Issuance.State.ISSUED: "warning",
    Issuance.State.VERIFIED: "success",
    Issuance.State.REFUSED: "danger",
    Issuance.State.WITHDRAWN: "neutral",
}


# -- steps ------------------------------------------------------------------------------------------------------------


def task_rows(view: OrderView) -> list[TaskRow]:
    over = view.derived.status.terminal
    return [_task(view, task, over=over) for task in view.tasks]


def _reason(view: OrderView, reason: str) -> str:
    """Ours, the pack's (a review may give several), or a sentence already."""
    known = reasons_of(view)
    titles = [known[code].title for code in reason.split(",") if code in known]
    return str(RETURN_REASONS.get(reason, "、".join(titles) or reason))


def _task(view: OrderView, task: Task, *, over: bool) -> TaskRow:
    step = task.step
    words, tone = _STATES[step.state]
    if over and not step.settled:
        return TaskRow(task.title, "waiting", Badge(_("未办理")))
    hints = []
    if step.reason:
        hints.append(_reason(view, step.reason))
    if task.acting is not None:
        hints.append(_("轮到%(who)s") % {"who": actor_words(task.acting)})
    if step.evidence is not None:
        hints.append(_("依据申请第 %(n)d 版") % {"n": step.evidence.form_version})
    state = "current" if task.acting is not None and step.state is not StepState.RETURNED else step.state.value
    text = PHASES.get(step.phase, words) if step.phase and not step.settled else words
    return TaskRow(task.title, state, Badge(text, tone), hint=" · ".join(hints))  # type: ignore[arg-type]


def events(view: OrderView) -> list[Event]:
    good = {"payment.settled", "issuance.verify"}
    bad = {"cancel", "cancel_for_customer", "expire", "issuance.refused"}
    return [
        Event(
            act_title(entry.what),
            entry.at,
            who(entry.actor_kind, entry.who),
            tone="success" if entry.what in good else "danger" if entry.what in bad else "neutral",
        )
        for entry in view.timeline
    ]


# -- certificates -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CertificateCard:
    title: Text
    badge: Badge | None
    rows: Sequence[Pair]


def certificate_cards(found: StaffOrderView, *, link: bool) -> list[CertificateCard]:
    """Old and new, item by item; what was issued but isn't installed yet stands there too."""
    cards = []
    for item in found.items:
        old = item.certificate
        cards.append(
            CertificateCard(_("原证书"), certificate_badge(old.ca_status, old.not_after), registered(old, link=link))
        )
        if item.issued is not None:
            badge = certificate_badge(item.issued.ca_status, item.issued.not_after)
            cards.append(CertificateCard(_("新证书"), badge, registered(item.issued, link=link)))
            continue
        made = next((row for row in found.issuances if row.item_id == item.pk and row.signing_certificate), None)
        if made is not None:
            badge = Badge(made.get_state_display(), _ISSUANCE_TONES[made.state])
            cards.append(CertificateCard(_("新证书（尚未装入 Ekey）"), badge, _unregistered(made)))
    return cards


def registered(certificate: Certificate, *, link: bool) -> list[Pair]:
    """A certificate of the registry."""
    serial: object = certificate.serial
    if link:
        serial = Link(certificate.serial, reverse("staff-certificate", args=[certificate.public_id]))
    return [
        Pair(_("序列号"), code(serial)),
        Pair(_("有效期"), f"{day_of(certificate.not_before)} — {day_of(certificate.not_after)}"),
        Pair(_("介质号"), code(certificate.medium_number) if certificate.medium_number else ""),
        Pair(_("介质型号"), certificate.key_model),
        Pair(_("算法"), certificate.algorithm.upper()),
        Pair(_("主题"), certificate.subject),
        *fingerprints(bytes(certificate.signing_der)),
    ]


def _unregistered(made: Issuance) -> list[Pair]:
    der = bytes(made.signing_certificate or b"")
    try:
        parsed = X509Certificate.from_der(der)
    except GmError:
        return [Pair(_("证书"), _("无法解析，请联系系统维护人员。"))]
    return [
        Pair(_("序列号"), code(parsed.serial_hex)),
        Pair(_("有效期"), f"{day_of(parsed.not_before)} — {day_of(parsed.not_after)}"),
        Pair(_("主题"), parsed.subject),
        *fingerprints(der),
    ]


def fingerprints(der: bytes) -> list[Pair]:
    return [
        Pair(_("指纹 SM3"), code(_grouped(hashlib.new("sm3", der).hexdigest()))),
        Pair(_("指纹 SHA-256"), code(_grouped(hashlib.sha256(der).hexdigest()))),
    ]


def _grouped(digest: str) -> str:
    return " ".join(digest[n : n + 8] for n in range(0, len(digest), 8)).upper()


def code(value: object) -> str:
    return format_html('<span class="code">{}</span>', value)


def issuances(rows: Sequence[Issuance]) -> list[CertificateCard]:
    """Each request to the CA with its moments."""
    return [
        CertificateCard(
            row.refusal,
            Badge(row.get_state_display(), _ISSUANCE_TONES[row.state]),
            [
                Pair(_("请求号"), code(row.request_id)),
                Pair(_("开始"), when(row.begun_at)),
                Pair(_("提交 CA"), when(row.requested_at)),
                Pair(_("签发"), when(row.issued_at)),
                Pair(_("装入并验证"), when(row.verified_at)),
            ],
        )
        for row in rows
    ]


# -- application ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldShown:
    """``value`` is a mask where ``is_masked``; ``revealed`` the text that was asked for just now, else ""."""

    name: str
    label: Text
    value: str
    is_masked: bool
    revealed: str
    dialog: str

    def form(self) -> RevealForm:
        return RevealForm(dialog=self.dialog)


def reveal_dialog(version: int, name: str) -> str:
    return f"reveal-{version}-{name}"


@dataclass(frozen=True, slots=True)
class VersionShown:
    version: int
    confirmed_at: str
    fields: Sequence[FieldShown]
    is_erased: bool
    is_latest: bool


def versions(
    applications: Sequence[ApplicationShown], view: OrderView, revealed: Mapping[tuple[int, str], str]
) -> list[VersionShown]:
    shown = []
    for number, row in enumerate(applications):
        answers = row.answers or {}
        fields = [
            FieldShown(
                name=name,
                label=LABELS.get(name, name),
                value=say(view.pack, name, value),
                is_masked=name in MASKED,
                revealed=revealed.get((row.version, name), ""),
                dialog=reveal_dialog(row.version, name),
            )
            for name, value in sorted(answers.items(), key=lambda pair: _ORDER.get(pair[0], 99))
        ]
        shown.append(VersionShown(row.version, when(row.confirmed_at), fields, row.answers is None, number == 0))
    return shown


_ORDER: Final = {name: position for position, name in enumerate(LABELS)}


def checks(found: StaffOrderView) -> Table:
    """Every run of every kind, the latest first: three factors, the phone, a look in person (RULES C6, C8, P4)."""
    columns = [
        Column(gettext_lazy("时间")),
        Column(gettext_lazy("方式")),
        Column(gettext_lazy("结果")),
        Column(gettext_lazy("申请版本"), "number"),
        Column(gettext_lazy("请求号、核验人"), "code"),
    ]
    runs: list[tuple[datetime, Text, IdentityCheck | LivenessCheck | PersonalCheck, str, str]] = [
        *((row.asked_at, _("三要素核对"), row, "", row.request_id) for row in found.checks),
        *(
            (row.asked_at, _("手机活体检测"), row, row.get_reason_display(), row.request_id)
            for row in found.phone_checks
        ),
        *((row.decided_at or row.asked_at, _way(row), row, row.reason, _by(row)) for row in found.looks),
    ]
    runs.sort(key=lambda run: (run[0], run[2].pk), reverse=True)
    return table(
        _("身份核验"),
        columns,
        [
            Row(
                [
                    stamp(at),
                    way,
                    two_lines(Badge(row.get_outcome_display(), _OUTCOMES[row.outcome]), why),
                    row.application.version,
                    who_or_what,
                ]
            )
            for at, way, row, why, who_or_what in runs
        ],
    )


def _way(row: PersonalCheck) -> str:
    return str(PersonalCheck.Method(row.method or row.wished).label) if row.method or row.wished else _("工作人员核验")


def _by(row: PersonalCheck) -> str:
    return (row.decided_by.username or "") if row.decided_by else ""


def person(found: IdentityResult | None) -> list[Pair]:
    """Who the handler's phone, or a colleague, found (RULES C8, P4); nothing where the path has no such step."""
    if found is None:
        return []
    ways = {"liveness": _("手机活体检测"), "counter": _("当面核验"), "video": _("视频核验")}
    outcomes = {
        "passed": _("通过"),
        "waiting": _("等待手机核验"),
        "staff": _("等待工作人员核验"),
        "stale": _("还没有开始"),
    }
    photos = {0: _("没有"), 1: _("缺一面"), 2: _("正反面齐全")}[bool(found.front) + bool(found.back)]
    return [
        Pair(_("核验方式"), ways.get(found.method, found.method)),
        Pair(_("结果"), outcomes[found.outcome]),
        Pair(_("时间"), when(found.at)),
        Pair(_("核验人"), found.by),
        Pair(_("未通过次数"), found.tries),
        Pair(_("身份证照片"), photos),
    ]


def consents(found: StaffOrderView) -> Table:
    columns = [
        Column(gettext_lazy("文件")),
        Column(gettext_lazy("版本")),
        Column(gettext_lazy("同意时间")),
        Column(gettext_lazy("原文摘要 SM3"), "code"),
    ]
    titles = {text.name: text.title for text in found.view.pack.texts}
    return table(
        _("同意记录"),
        columns,
        [
            Row([titles.get(row.text, row.text), row.text_version, stamp(row.given_at), row.text_digest[:16] + "…"])
            for row in found.consents
        ],
    )
