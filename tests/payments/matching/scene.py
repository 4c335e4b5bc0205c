"""Charges, claims and lines for the examples; everything invented."""

from datetime import date, timedelta

from payments.matching import Claim, Line, Matcher, MemoryIndex, NumberRule, OpenCharge, Outcome, Policy, payer_key
from payments.matching.names import NameKind
from renewals.validation.order_number import is_order_number, make_order_number

RULE = NumberRule(17, is_order_number)
DAY = date(2026, 11, 20)
HOLDER = "深圳市测试精密制造有限公司"
OTHER = "深圳市测试建筑工程有限公司"
ACCOUNT = "4000020000000012345"


def number(serial: int = 42) -> str:
    return make_order_number("01", date(2026, 11, 18), serial)


def charge(
    id_: str = "c1", fen: int = 20_000, holder: str = HOLDER, *, serial: int = 42, days: int = 2, **more: object
) -> OpenCharge:
    opened = DAY - timedelta(days=days)
    kind = NameKind.ORGANISATION
    return OpenCharge(id_, number(serial), fen, holder, opened, payer_key(holder), holder_kind=kind, **more)  # type: ignore[arg-type]


def line(
    id_: str = "l1",
    fen: int = 20_000,
    payer: str = HOLDER,
    remark: str = "",
    *,
    day: date = DAY,
    account: str = ACCOUNT,
) -> Line:
    return Line(id_, fen, payer, account, day, remark)


def claim(
    of: OpenCharge, id_: str = "t1", fen: int = 20_000, payer: str = HOLDER, *, day: date = DAY, account: str = ACCOUNT
) -> Claim:
    return Claim(id_, of, payer, account, fen, day)


def run(
    lines: list[Line],
    charges: list[OpenCharge],
    claims: list[Claim] | None = None,
    waiting: list[Line] | None = None,
    policy: Policy | None = None,
) -> dict[str, Outcome]:
    matcher = Matcher(MemoryIndex(RULE, charges, claims or [], waiting or []), RULE, policy or Policy())
    matcher.add(lines)
    return {outcome.line.id: outcome for outcome in matcher.outcomes()}


def matched(outcomes: dict[str, Outcome]) -> dict[str, str]:
    """Line → charge."""
    return {id_: outcome.match.charge_id for id_, outcome in outcomes.items() if outcome.match}
