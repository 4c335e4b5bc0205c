"""Programme C: which certificates take which path, and the sentence for the others. RULES C2, C3, A4, P12."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from renewals.programmes import (
    Algorithm,
    CaStatus,
    Facts,
    HolderKind,
    NotEligible,
    PathChoice,
    Storage,
    choose_path,
    days_left,
)
from tests.renewals.programmes.example import CGN, facts

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("left", [90, 89, 1, 0])
def test_inside_the_window_the_path_is_unexpired(left: int) -> None:
    assert choose_path(CGN, facts(days_left=left)) == PathChoice("unexpired", facts(days_left=left), ("unexpired",))


def test_a_day_too_early_says_when_to_come_back() -> None:
    assert choose_path(CGN, facts(days_left=91)) == NotEligible(
        "证书离到期还有 91 天。到期前 90 天起可以续期，请从 2026 年 11 月 22 日起再来办理。",
        window_opens=datetime.date(2026, 11, 22),
    )


@pytest.mark.parametrize("past", [1, 90, 400, 4000])
def test_an_expired_certificate_takes_the_long_path(past: int) -> None:
    """RULES C6: the day after the last day, and however long after."""
    chosen = choose_path(CGN, facts(days_left=-past))
    assert isinstance(chosen, PathChoice)
    assert chosen.path == "expired"


def test_the_medium_number_starts_with_3888() -> None:
    """C2: otherwise refused with the reason."""
    for number in ("38870001", "13888", ""):
        refused = choose_path(CGN, facts(medium_number=number))
        assert isinstance(refused, NotEligible)
        assert refused.reason.startswith(f"本业务只办理介质编号以 3888 开头的证书，您的介质编号是 {number}。")


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (facts(algorithm=Algorithm.RSA), "SM2 算法"),
        (facts(storage=Storage.FILE), "不办理文件证书"),
        (facts(holder_kind=HolderKind.INDIVIDUAL), "个人证书"),
        (facts(ca_status=CaStatus.FROZEN), "已被冻结"),
        (facts(ca_status=CaStatus.REVOKED), "已被吊销"),
        (facts(ca_status=CaStatus.REPLACED), "已经更新过"),
    ],
)
def test_other_certificates_are_refused_with_the_reason(other: Facts, says: str) -> None:
    refused = choose_path(CGN, other)
    assert isinstance(refused, NotEligible)
    assert says in refused.reason


def test_what_is_wrong_for_good_is_said_before_what_is_only_early() -> None:
    refused = choose_path(CGN, facts(days_left=200, ca_status=CaStatus.REVOKED))
    assert isinstance(refused, NotEligible)
    assert "已被吊销" in refused.reason


def test_facts_are_kept_with_the_order_and_come_back() -> None:
    assert Facts.from_record(facts(has_seal=True).as_record()) == facts(has_seal=True)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-12-30T15:59:59+00:00", 1),  # 23:59:59 of 30 December in Shanghai
        ("2026-12-30T16:00:00+00:00", 0),  # its last day begins
        ("2026-12-31T15:59:59+00:00", 0),  # and ends: whole days, however late (DESIGN §5)
        ("2026-12-31T16:00:00+00:00", -1),
        ("2026-10-02T00:00:00+08:00", 90),
        ("2026-10-01T23:59:59+08:00", 91),
    ],
)
def test_days_left_are_whole_days_in_the_tenant_s_zone(now: str, left: int) -> None:
    not_after = datetime.datetime(2026, 12, 31, 15, 59, 59, tzinfo=datetime.UTC)
    assert days_left(not_after, datetime.datetime.fromisoformat(now), SHANGHAI) == left
