"""How far an electronic seal is, for whoever has its step in hand: what page and JSON API share (RULES P7)."""

import base64
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts.actor import Actor, actor_of
from portal.accounts.roles import Role
from portal.files import store
from portal.files.models import StoredFile
from portal.files.receiving import Received, Slot, receive
from portal.ui.parts import RunStage
from renewals import projection
from renewals.bridge.protocol import MIN_BRIDGE_VERSION
from renewals.bridge.words import PAGE_WORDS, page_words
from renewals.errors import OrderNotFound
from renewals.forms.seal import FORMATS, ImpressionForm
from renewals.issuing.requests import parse
from renewals.lifecycle import Kind, Phase, Status, Step, StepState
from renewals.models import OrderItem, SealRecord
from renewals.publishing import pack_of
from renewals.steps import papers
from renewals.steps.seal import PAPER, impression_of, keep_impression, live_seal, transaction_of
from renewals.views.customer import own_order

NEEDS_PROTOCOL = 3  # seal.write, seal.verify


@dataclass(frozen=True)
class Sealing:
    """One item's seal step, for somebody who may work on it. ``by``: the actor for `orders.act`."""

    item: OrderItem
    step: Step
    record: SealRecord | None
    by: Actor

    @property
    def state(self) -> str:
        """ "open" (an impression is looked at), "requested", "made" (to be written), "done", "waiting" or "over"."""
        if self.step.settled:
            return "done"
        if Status(self.item.order.status).terminal:
            return "over"
        if self.step.state in {StepState.OPEN, StepState.RETURNED}:
            return "open"
        if self.step.state is StepState.SUBMITTED:
            return "made" if self.step.phase is Phase.ISSUED else "requested"
        return "waiting"

    @property
    def impression(self) -> StoredFile | None:
        return impression_of(self.item)


def find(request: HttpRequest, item_id: str) -> Sealing:
    """OrderNotFound for everybody who hasn't the step in hand. Inside a tenant_tx."""
    item = (
        OrderItem.objects.select_related("order__programme", "order__organisation", "certificate", "issued")
        .filter(public_id=item_id if item_id.isprintable() else "")
        .first()
    )
    if item is None:
        raise OrderNotFound()
    path = pack_of(item.order.programme).path_spec(item.order.path)
    specs = path.of_kind(Kind.SEAL)
    by = actor_of(request)
    if not specs or not _in_hand(request, item, by, specs[0].hands):
        raise OrderNotFound()
    steps = projection.load_steps(item.order)
    step = next(step for step in steps if step.name == specs[0].name and step.item == item.public_id)
    return Sealing(item, step, live_seal(item), by)


def _in_hand(request: HttpRequest, item: OrderItem, by: Actor, hands: str | None) -> bool:
    if hands is not None:
        return by.kind == "staff" and Role(hands) in by.roles
    return by.kind == "customer" and own_order(request, item.order.public_id) == item.order


def take_impression(request: HttpRequest, found: Sealing) -> Received:
    """What was uploaded as the impression. Outside any transaction."""
    return receive(
        request.tenant,  # type: ignore[attr-defined]
        request.FILES,  # type: ignore[arg-type]
        [Slot("impression", papers.PURPOSE + PAPER, kinds=FORMATS)],
        owner=f"order:{found.item.order.public_id}",
        by=found.by,
        attach=lambda _slot, file: keep_impression(found.item, file),
    )


def state_of(found: Sealing) -> dict[str, Any]:
    """What the page's script needs; no personal data in it."""
    said: dict[str, Any] = {"state": found.state}
    record = found.record
    if found.state == "made" and record is not None and record.certificate is not None:
        certificate = parse(bytes(record.certificate.signing_der))
        said |= {
            "fingerprint": certificate.fingerprint_sm3.hex(),
            "txn": transaction_of(record),
            "seal": base64.b64encode(bytes(record.data or b"")).decode(),
        }
    return said


def page_context(request: HttpRequest, found: Sealing, *, urls: dict[str, str], done: str) -> dict[str, Any]:
    """``urls``: of state, challenge and verify; ``done``: where the page goes once the seal has verified."""
    impression = found.impression
    picture_at = "staff-file" if found.by.kind == "staff" else "file"
    return {
        "sealing": found,
        "record": found.record,
        "holder": found.item.new_name or found.item.certificate.holder_name,
        "issued": found.item.issued,
        "pictures": [reverse(picture_at, args=[picture.public_id]) for picture in store.pictures_of(impression)]
        if impression
        else [],
        "form": ImpressionForm(),
        "impression": impression,
        "run": [
            RunStage("find", _("找到新证书"), "waiting"),
            RunStage("write", _("写入电子签章"), "waiting"),
            RunStage("verify", _("用新证书验证") if found.by.kind == "customer" else _("读回核对"), "waiting"),
        ],
        "config": {
            "bridge": settings.CERTHALL.bridge_url,
            "bridgeVersion": MIN_BRIDGE_VERSION,
            "protocol": NEEDS_PROTOCOL,
            "signed": found.by.kind == "customer",  # at the hall nobody knows the medium's PIN: read back instead
            "csrf": get_token(request),
            "done": done,
            **urls,
        },
        "words": {
            "bridge": page_words(),
            "find": _("正在读取 Ekey…"),
            "write": _("正在写入电子签章"),
            "verify": _("请在证书助手弹出的窗口里输入 Ekey 密码（PIN 码），正在用新证书验证")
            if found.by.kind == "customer"
            else _("正在读回核对"),
            "finished": _("电子签章已写入并验证通过"),
            "wrongKey": _("插入的 Ekey 里没有这张新证书。"),
            "wrongKeyCure": _("请只插上刚装好新证书的那个 Ekey，再点击写入。"),
            "lost": str(PAGE_WORDS["LOST"].happened),
            "lostCure": str(PAGE_WORDS["LOST"].cure),
            "refused": _("电子签章没有写成。"),
        },
    }
