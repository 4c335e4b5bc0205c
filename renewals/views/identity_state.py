"""How far the handler's phone is, in words: for the desktop's page, the phone's, and the polling of both."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from portal.ui.parts import Badge
from portal.ui.parts import Task as TaskRow
from renewals import projection
from renewals.lifecycle import Phase, Step, StepState
from renewals.models import IdentityPhoto, LivenessCheck, Order, PersonalCheck, PhoneSession
from renewals.publishing import pack_of
from renewals.steps.identity import phone, photos, tries

Stage = Literal["none", "later", "phone", "staff", "done", "over"]
SIDES: Final = tuple(IdentityPhoto.Side.values)

FAILED: Final[dict[str, Promise]] = {
    "not_live": gettext_lazy("没有检测到真人。请本人面对手机，按提示慢慢做动作，不要用照片或视频。"),
    "face_mismatch": gettext_lazy(
        "拍到的人与经办人的证件照片不一致。请确认是经办人本人；近期容貌变化较大的，可以改由工作人员核验。"
    ),
    "no_photo": gettext_lazy("没有可以比对的证件照片，再试也不会通过。请改由工作人员当面或视频核验。"),
    "poor_image": gettext_lazy("画面不清晰。请到光线均匀的地方，摘下帽子和墨镜，擦净镜头后再试。"),
}
ENDED: Final[dict[str, Promise]] = {
    "declined": gettext_lazy("您没有继续人脸核验，没有占用次数。可以重新开始，也可以改由工作人员当面或视频核验。"),
    "expired": gettext_lazy("上次检测超时没有完成，没有占用次数。请重新开始。"),
    "unavailable": gettext_lazy("活体检测服务刚才没有应答，没有占用次数。请稍后再试。"),
}
_RETURNED: Final[dict[str, Promise]] = {
    "identity_not_confirmed": gettext_lazy(
        "工作人员没有能确认经办人身份。请经办人本人用手机重新核验，或带齐身份证原件后再约工作人员。"
    ),
    "identity_phone_again": gettext_lazy("已改回用手机核验。"),
}


@dataclass(frozen=True)
class State:
    """``last``: the latest check of this handler; ``link``: the link or phone that hasn't been ended."""

    order: Order
    step: Step | None
    stage: Stage
    sides: frozenset[str]
    last: LivenessCheck | None
    link: PhoneSession | None
    person: PersonalCheck | None
    tries: int
    left: int

    @property
    def taken(self) -> int:
        return len(self.sides)

    @property
    def has_photos(self) -> bool:
        return self.sides == set(SIDES)

    @property
    def is_running(self) -> bool:
        """A session at the service is open."""
        return self.last is not None and self.last.outcome == LivenessCheck.Outcome.PENDING

    @property
    def is_opened(self) -> bool:
        return self.link is not None and self.link.opened_at is not None

    @property
    def is_lapsed(self) -> bool:
        """The code on the screen can't be scanned any more."""
        return self.link is not None and self.link.opened_at is None and self.link.expires_at <= timezone.now()

    @property
    def trouble(self) -> str:
        """What went wrong last, and what to do; "" when nothing did."""
        if self.last is not None and not self._is_older():
            if self.last.outcome == LivenessCheck.Outcome.FAILED:
                return str(FAILED.get(self.last.reason, "")) + self._tries_left()
            if self.last.outcome in ENDED:
                return str(ENDED[self.last.outcome])
        return self.returned if self.step is not None and self.step.state is StepState.RETURNED else ""

    def _tries_left(self) -> str:
        if self.stage != "phone":
            return ""
        return ngettext("还可以再试 %(left)s 次。", "还可以再试 %(left)s 次。", self.left) % {"left": self.left}

    def _is_older(self) -> bool:
        """Staff have decided since."""
        decided = self.person.decided_at if self.person else None
        return self.last is not None and decided is not None and self.last.asked_at < decided

    @property
    def returned(self) -> str:
        """Why it came back, in the pack's words for a reviewer's reason."""
        reason = self.step.reason if self.step else ""
        if reason in _RETURNED:
            return str(_RETURNED[reason])
        for spec in pack_of(self.order.programme).path(self.order.path).steps:
            for offered in getattr(spec, "reasons", ()):
                if offered.code == reason:
                    return str(offered.words)
        return reason

    @property
    def tag(self) -> str:
        """An ETag of everything above."""
        parts = (
            self.order.version,
            sorted(self.sides),
            (self.last.pk, self.last.outcome) if self.last else None,
            (self.link.pk, self.is_opened, self.is_lapsed) if self.link else None,
            (self.person.pk, self.person.wished, self.person.outcome) if self.person else None,
            get_language(),
        )
        return '"' + hashlib.sha256(repr(parts).encode()).hexdigest()[:24] + '"'


def state_of(order: Order) -> State:
    """Six queries."""
    pack, step = pack_of(order.programme), phone.liveness_step(order)
    since = step.since_version if step else 0
    allowed = pack.step_config(order.path, step.name).tries if step else 0  # type: ignore[union-attr]
    return State(
        order=order,
        step=step,
        stage=_stage(order, step),
        sides=frozenset(photos.current(order, since=since)) if step else frozenset(),
        last=tries.checks(order, since=since).last(),
        link=phone.running(order),
        person=PersonalCheck.objects.filter(order=order, step=step.name if step else "").order_by("id").last(),
        tries=allowed,
        left=tries.left(order, allowed, since=since),
    )


def _stage(order: Order, step: Step | None) -> Stage:
    if step is None:
        return "none"
    if step.state is StepState.DONE:
        return "done"
    if projection.load_flags(order).ending is not None:
        return "over"
    if step.state is StepState.SUBMITTED:
        return "staff" if step.phase is Phase.COUNTER else "later"
    return "phone" if step.state in {StepState.OPEN, StepState.RETURNED} else "later"


def rows(state: State) -> Sequence[TaskRow]:
    """What the phone does, one after another."""
    over = state.stage == "done"
    done = [
        state.is_opened or state.taken > 0 or over,
        "front" in state.sides or over,
        "back" in state.sides or over,
        over,
    ]
    titles = [_("手机打开核验页面"), _("拍摄身份证人像面"), _("拍摄身份证国徽面"), _("活体检测")]
    current = done.index(False) if False in done else len(done)
    return [_row(title, done[at], is_next=at == current, running=state.is_running) for at, title in enumerate(titles)]


def _row(title: str, done: bool, *, is_next: bool, running: bool) -> TaskRow:  # noqa: FBT001
    if done:
        return TaskRow(title, "done", Badge(_("已完成"), "success"), "", "")
    if not is_next:
        return TaskRow(title, "waiting", Badge(_("未开始"), "neutral"), "", "")
    return TaskRow(title, "current", Badge(_("正在进行") if running else _("接下来"), "info"), "", "")


def unchanged(request: HttpRequest, tag: str) -> HttpResponse | None:
    """304 for a page that has this already."""
    if request.headers.get("If-None-Match") != tag:
        return None
    return tagged(HttpResponse(status=304), tag)


def tagged(response: HttpResponse, tag: str) -> HttpResponse:
    response["ETag"] = tag
    response["Cache-Control"] = "no-store"
    return response
