"""A dry run of a pack: the path, why, and what it would cost. RULES A4, A17, A18, D5."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from renewals.management.commands.programme import Command
from renewals.programmes.simulating import Cost, Outcome, businesses, simulate
from tests.renewals.programmes.example import CGN, EPASS3000GM, JSJ, facts, gm_facts, tender_facts
from tests.renewals.programmes.test_command import run

CERTIFICATES = """\
单位名称,证书号,介质型号,算法,存储方式,失效日期,证书状态
深圳市测试精密制造有限公司,JSB0101@1,ePass3000GM,SM2,硬件,2026-12-21,有效
深圳市测试精密制造有限公司,JSB0102@1,ePass3000GM,SM2,硬件,2026-08-22,过期
深圳市测试精密制造有限公司,JSB0103@1,ePass3003,SM2,硬件,2026-12-21,有效
"""


def test_a_path_with_its_reasons_and_the_others_that_are_open() -> None:
    assert simulate(EPASS3000GM, gm_facts(days_left=30), "renewal") == Outcome(
        "renewal",
        open=("online", "offline"),
        why=("days_left=30（between [-90, 90]）",),
        costs=(Cost("", 0),),
    )


def test_no_path_with_the_pack_s_own_sentence() -> None:
    outcome = simulate(EPASS3000GM, gm_facts(days_left=91), "renewal")
    assert (outcome.open, outcome.costs) == ((), ())
    assert outcome.reason.startswith("证书离到期还有 91 天。")


def test_a_price_for_each_term() -> None:
    assert simulate(CGN, facts(days_left=30), "renewal").costs == (
        Cost("1 年", 20_000),
        Cost("2 年", 40_000),
        Cost("3 年", 60_000),
    )


def test_what_more_can_be_ordered() -> None:
    """D5."""
    outcome = simulate(JSJ, tender_facts(days_left=450), "token_model_change")
    assert outcome.costs == (Cost("", 0), Cost("电子签章费（按剩余天数）", 22_100))


def test_every_business_of_the_pack() -> None:
    """A13."""
    assert set(businesses(EPASS3000GM)) == {
        *("renewal", "replacement", "token_model_change"),
        *("enrolment", "pin_unblock"),
    }


class TestCommand:
    @pytest.fixture
    def certificates(self, tmp_path: Path) -> Path:
        file = tmp_path / "certificates.csv"
        file.write_text(CERTIFICATES, "utf-8")
        return file

    def simulated(self, file: Path, *more: str) -> str:
        out, _ = run("simulate", "sscc/epass3000gm", "--certificates", str(file), "--on", "2026-11-21", *more)
        return out

    def test_line_by_line_and_a_count_at_the_end(self, certificates: Path) -> None:
        assert self.simulated(certificates, "--business", "renewal").splitlines() == [
            "第 2 行 JSB0101@1 深圳市测试精密制造有限公司 剩余 30 天",
            "  更新：online 在线更新；也可以 offline 线下更新；因为 days_left=30（between [-90, 90]）；费用 0.00 元",
            "第 3 行 JSB0102@1 深圳市测试精密制造有限公司 剩余 -91 天",
            "  更新：offline 线下更新；因为 days_left=-91（between [-1460, 90]）；费用 0.00 元",
            "第 4 行 JSB0103@1 深圳市测试精密制造有限公司 剩余 30 天",
            f"  更新：不能办理。{simulate(EPASS3000GM, gm_facts(key_model='ePass3003'), 'renewal').reason}",
            "",
            "更新 offline：1",
            "更新 online：1",
            "更新 不能办理：1",
        ]

    def test_on_another_day_another_path(self, certificates: Path) -> None:
        out, _ = run(
            *("simulate", "sscc/epass3000gm", "--certificates", str(certificates)),
            *("--on", "2027-03-22", "--business", "renewal"),
        )
        assert "剩余 -91 天\n  更新：offline 线下更新；因为" in out

    def test_as_csv_in_fen(self, certificates: Path) -> None:
        rows = list(csv.DictReader(StringIO(self.simulated(certificates, "--csv", "--business", "enrolment"))))
        assert [(row["row"], row["paths"], row["costs_fen"]) for row in rows] == [
            (number, "enrolment", "-:30000") for number in ("2", "3", "4")
        ]

    def test_a_row_that_can_t_be_judged_is_named_and_the_others_are_judged(self, certificates: Path) -> None:
        certificates.write_text(CERTIFICATES + "深圳市示例海运物流有限公司,JSB0104@1,ePass3000GM,SM9,硬件,明年,有效\n")
        out = StringIO()
        with pytest.raises(CommandError, match="有 1 行不能判断") as exit_:
            self.run_into(out, certificates)
        assert exit_.value.returncode == 1
        assert "第 5 行 深圳市示例海运物流有限公司：算法：不认识这个值" in out.getvalue()
        assert "失效日期：不是日期" in out.getvalue()
        assert "更新 online：1" in out.getvalue()

    @staticmethod
    def run_into(out: StringIO, file: Path) -> None:
        command = Command(stdout=out, stderr=StringIO(), no_color=True)
        call_command(command, "simulate", "sscc/epass3000gm", "--certificates", str(file), "--on", "2026-11-21")

    def test_a_column_that_is_missing_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "few.csv"
        file.write_text("证书号,介质型号\nJSB0101@1,ePass3000GM\n", "utf-8")
        with pytest.raises(CommandError, match="缺少这些列：失效日期、算法"):
            self.simulated(file)

    def test_a_business_that_the_pack_doesn_t_know(self, certificates: Path) -> None:
        with pytest.raises(CommandError, match="不办理 subject_change；可以试算：renewal、"):
            self.simulated(certificates, "--business", "subject_change")

    def test_a_file_that_isn_t_there(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="打不开这个文件"):
            self.simulated(tmp_path / "none.csv")
