"""The whole journey of `manage.py walk`: a world is made, one order walks its path, what came out is checked.

It knows no programme: it looks whose turn it is and plays that kind of step (moves/), until the order is over.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from payments import demo as payments_demo
from portal import gm, jobs
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals import orders
from renewals.bridge.simulator import SoftKeyDesk
from renewals.ca_of_tenant import ca_of
from renewals.demo import certificates, halls, people
from renewals.demo.holdings import Holding
from renewals.issuing.requests import split_chain
from renewals.lifecycle import Status
from renewals.models import Certificate, Issuance, Order
from renewals.programmes import RulePack, RulePackInvalid, load_pack, shipped_packs
from renewals.publishing import current, pack_of, publish
from renewals.walking.fitting import fitting
from renewals.walking.moves import MOVES
from renewals.walking.pay_desk import PayDesk
from renewals.walking.scenarios import SCENARIOS, Scenario
from renewals.walking.turns import Turn, turns_of
from renewals.walking.walk import Walk
from renewals.walking.walker import Stride, WalkFailed

TURNS = 120  # that an order of one certificate may take
WAITING = 30.0  # seconds for the CA, the channels and the jobs


class JourneyFailed(Exception):
    """Exit 1: what didn't come about, in words."""


@dataclass(frozen=True)
class Report:
    """``files``: name → content of what was made. ``not_after`` None and ``serial`` "" where nothing was issued."""

    number: str
    serial: str = ""
    not_after: datetime | None = None
    files: dict[str, bytes] = field(default_factory=dict)


def walk(
    programme: str | RulePack,
    path: str,
    *,
    pay: str = "wechat",
    business: str = "",
    nth: int = 0,
    tell: Callable[[Stride], None] = lambda _stride: None,
) -> Report:
    """Walk ``tenant/programme``, that pack or its file, along ``path`` ("" → the first), or a named scenario of it.

    ``pay``: the channel, where the pack has it. ``business``: one that the path serves, "" for its first. ``nth``:
    which walk of this world it is; each has a certificate of its own.
    JourneyFailed.
    """
    pack, scenario = plan(programme, path)
    business = business or scenario.business or pack.path(scenario.path).serves[0]
    tenant = halls.load()[pack.tenant]
    with tenant_tx(tenant, write=True):
        publish(pack)
    people.load_staff(tenant)
    payments_demo.load(tenant)
    desk = SoftKeyDesk(certificates.desk_folder())
    old = certificates.add(tenant, _holding(pack, scenario, business, nth), desk)
    with tenant_tx(tenant, write=True):
        user = people.customer(people.MAIN_CUSTOMER, people.CUSTOMERS[people.MAIN_CUSTOMER])
    made = Walk(
        tenant,
        user,
        desk,
        PayDesk(settings.CERTHALL.pay_sandbox_url),
        tell=tell,
        pay_by=pay,
        hall_desk=SoftKeyDesk(certificates.desk_folder().with_name("hall-keys")),
        said=scenario.said,
        choices=scenario.choices,
    )
    try:
        order = open_order(made, [old], business, scenario.path)
        go_through(made, order)
    except WalkFailed as failed:
        raise JourneyFailed(str(failed)) from failed
    return _checked(made, order, old, scenario.path)


def plan(programme: str | RulePack, path: str) -> tuple[RulePack, Scenario]:
    """The pack and what of it is walked. JourneyFailed says what there is instead; nothing is made yet."""
    pack = programme if isinstance(programme, RulePack) else _pack(programme)
    scenario = SCENARIOS.get((pack.key, path)) or Scenario(path.replace("-", "_") or pack.paths[0].name)
    if scenario.path not in {known.name for known in pack.paths}:
        known = "、".join([*(known.name for known in pack.paths), *(s for p, s in SCENARIOS if p == pack.key)])
        raise JourneyFailed(f"{pack.key} 没有路径 {path}；有：{known}")
    return pack, scenario


def _pack(programme: str) -> RulePack:
    if programme.endswith((".yaml", ".yml")):  # not shipped, perhaps not yet published: try it
        try:
            return load_pack(Path(programme))
        except (RulePackInvalid, OSError) as error:
            raise JourneyFailed(f"{programme}：{error}") from None
    for pack in shipped_packs():
        if pack.key == programme:
            return pack
    known = "、".join(pack.key for pack in shipped_packs())
    raise JourneyFailed(f"没有项目 {programme}；有：{known}")


def _holding(pack: RulePack, scenario: Scenario, business: str, nth: int) -> Holding:
    """A certificate of the main customer that this path takes; its medium or number ends in a number of its own."""
    fits = fitting(pack, scenario.path, business)
    values: Mapping[str, object] = {
        "days_left": fits.days_left,
        "key_model": fits.key_model or "模拟 Ekey",
        "algorithm": fits.algorithm,
        "storage": fits.storage,
        "holder_kind": fits.holder_kind,
        "has_seal": fits.has_seal,
        "number": fits.certificate_number.replace("9999", f"{9999 - nth}"),
        "years": 5,
        **scenario.held,
    }
    return Holding(
        slug=pack.tenant,
        organisation="深圳市测试精密制造有限公司",
        code_body="91440300MA5DEM001",
        medium=fits.medium_number.replace("9999", f"{9999 - nth}"),
        contact=people.MAIN_CUSTOMER,
        programme=pack.slug,
        **values,  # type: ignore[arg-type]
    )


def open_order(walk: Walk, held: list[Certificate], business: str, path: str) -> str:
    """The order's public id."""
    started = time.perf_counter()
    with tenant_tx(walk.tenant, write=True):
        order = orders.open_order(
            programme=current(held[0].programme_slug),
            certificates=held,
            by=walk.by,
            key=f"walk-open:{held[0].public_id}:{business}",
            business=business,
            path=path,
        )
    walk.told("customer", "open", started)
    return order.public_id


def go_through(walk: Walk, order: str, *, until: Callable[[Turn], bool] = lambda _turn: False) -> None:
    """Play whatever somebody can do, in path order, until the order is over or ``until`` says so of the next turn.

    WalkFailed when nobody can do anything, or a step doesn't come to its end.
    """
    played: dict[tuple[str, str | None, str, str | None], int] = {}
    for _ in range(TURNS):
        turn = _next(walk, order)
        if turn is None or until(turn):
            return
        mark = (turn.step, turn.item, turn.state, turn.phase)
        played[mark] = played.get(mark, 0) + 1
        if played[mark] > 2:
            raise WalkFailed(f"“{turn.config.title}”这一步走不下去（{turn.state} {turn.phase or ''}）")
        MOVES[turn.kind](walk, turn)
    raise WalkFailed("步骤太多，订单没有办完")


def _next(walk: Walk, order: str) -> Turn | None:
    """The first turn, once the jobs have run and outside has answered; None when the order is over."""
    ends = time.monotonic() + WAITING
    while True:
        jobs.drain()
        turns = turns_of(walk.tenant, order)
        with tenant_tx(walk.tenant):
            row = Order.objects.get(public_id=order)
        if turns or row.closed_at is not None:
            return turns[0] if turns else None
        if time.monotonic() > ends:
            raise WalkFailed(f"等了 {WAITING:.0f} 秒，订单仍停在 {row.status}（{row.next_actor}）")
        time.sleep(0.05)


_REPLACED = {"on_verified", "on_submit", "on_collect"}


def _checked(walk: Walk, order: str, old: Certificate, path: str) -> Report:
    """The proof: order completed on that path, chain valid, the old certificate gone as the pack says."""
    walk.settle_down()
    with tenant_tx(walk.tenant):
        row = Order.objects.select_related("programme").get(public_id=order)
        issuance = Issuance.objects.filter(item__order=row, state=Issuance.State.VERIFIED).first()
    if (row.status, row.path) != (Status.COMPLETED, path):
        raise JourneyFailed(f"订单停在 {row.status}（路径 {row.path}），没有办完")
    if issuance is None:
        return Report(row.number, files=walk.made)
    signing = gm.Certificate.from_der(bytes(issuance.signing_certificate or b""))
    chain = [gm.Certificate.from_der(der) for der in split_chain(bytes(issuance.chain or b""))]
    leaves = [signing]
    if issuance.encryption_certificate:
        leaves.append(gm.Certificate.from_der(bytes(issuance.encryption_certificate)))
    for leaf in leaves:
        gm.validate_chain(leaf, chain[:-1], chain[-1:], max(leaf.not_before, issuance.issued_at or leaf.not_before))
    _check_the_old_one(walk.tenant, row, old)
    files = {
        "signing.pem": signing.pem.encode(),
        **({"encryption.pem": leaves[1].pem.encode()} if len(leaves) > 1 else {}),
        "ca.pem": "".join(certificate.pem for certificate in chain).encode(),
    }
    return Report(row.number, signing.serial_hex, signing.not_after, files | walk.made)


def _check_the_old_one(tenant: Tenant, order: Order, old: Certificate) -> None:
    """Replaced or revoked where the pack revokes it; a lapsed certificate isn't revoked any more."""
    state = ca_of(tenant).status(old.serial).state
    if pack_of(order.programme).path(order.path).revoke_old in _REPLACED and state == "valid":
        raise JourneyFailed(f"旧证书在 CA 的状态仍是 {state}")
