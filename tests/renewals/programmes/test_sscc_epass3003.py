"""Programme B as shipped says what the manual says. RULES B0–B7, A4, Across 7."""

import pytest

from renewals.bridge.readiness import is_ready, judge
from renewals.programmes import Algorithm, CaStatus, ValidityStart
from renewals.programmes.schema_steps import (
    EnvironmentStep,
    FileDownloadStep,
    IssuanceStep,
    NoticeStep,
    ProductionStep,
)
from tests.renewals.programmes.example import EPASS3003 as PACK
from tests.renewals.programmes.example import chosen, file_facts, gates, kinds, rsa_facts

MISMATCH = "证书信息与 CA 系统不一致！证书信息有误，文件证书命名必须以“#0”结尾，硬件证书不能以“#0”结尾。"
COMPONENTS = [  # B1: the manual's table
    ("CertEnroll Control", "33BBBFD1-0A97-4339-9032-F68F19CB3030", "2.0.4.8", None, None),
    ("JITVCTK Class", "707C7D52-85A8-4584-8954-573EFCE77488", None, "2.0.24.42", None),
    ("JITVCTKEx Class", "B0EF56AD-D711-412D-BE74-A751595F3633", None, "2.1.9.4", False),
]


class TestWhichPath:
    @pytest.mark.parametrize("left", [90, 0, -90])
    def test_inside_the_window(self, left: int) -> None:
        """A4, B5: offline stands beside the online path, for files by codes."""
        assert chosen(PACK, rsa_facts(days_left=left)) == ("hardware", "offline")
        assert chosen(PACK, file_facts(days_left=left)) == ("file", "file_download")

    def test_past_it(self) -> None:
        assert chosen(PACK, rsa_facts(days_left=-91)) == ("offline",)
        assert chosen(PACK, file_facts(days_left=-91)) == ("file_download",)

    def test_before_it(self) -> None:
        assert str(chosen(PACK, rsa_facts(days_left=91))).startswith("证书离到期还有 91 天。")

    @pytest.mark.parametrize("business", ["renewal", "replacement", "enrolment", "pin_unblock"])
    def test_numbers_of_files_end_in_hash_0_and_others_never_do(self, business: str) -> None:
        """B3, in the manual's words."""
        for strange in (file_facts(certificate_number="K00211@1"), rsa_facts(certificate_number="K00201#0")):
            assert str(chosen(PACK, strange, business)).startswith(MISMATCH)

    def test_rsa_alone(self) -> None:
        """B0."""
        assert "只办理 RSA 算法" in str(chosen(PACK, rsa_facts(algorithm=Algorithm.SM2)))

    def test_another_key_model(self) -> None:
        assert "您的型号是 ePass3000GM" in str(chosen(PACK, rsa_facts(key_model="ePass3000GM")))

    def test_frozen_revoked_replaced(self) -> None:
        """B8: 由于…已冻结、注销、更新 → said before anything is tried."""
        for status, words in (
            (CaStatus.FROZEN, "已被冻结"),
            (CaStatus.REVOKED, "已被吊销"),
            (CaStatus.REPLACED, "已经更新过"),
        ):
            assert words in str(chosen(PACK, file_facts(ca_status=status)))

    def test_the_other_businesses(self) -> None:
        assert chosen(PACK, rsa_facts(), "replacement") == ("new_medium",)
        assert chosen(PACK, rsa_facts(), "enrolment") == ("enrolment",)
        assert chosen(PACK, rsa_facts(), "pin_unblock") == ("unblock",)
        assert chosen(PACK, file_facts(), "replacement") == ("file_replacement",)  # B6: a forgotten password
        assert chosen(PACK, file_facts(), "enrolment") == ("file_enrolment",)

    def test_a_file_has_no_pin_and_no_model(self) -> None:
        assert "申请补办" in str(chosen(PACK, file_facts(), "pin_unblock"))
        assert "没有介质型号" in str(chosen(PACK, file_facts(), "token_model_change"))


class TestEnvironment:
    @pytest.mark.parametrize("path", ["hardware", "file"])
    def test_three_components_of_the_table(self, path: str) -> None:
        """B1: exact, at least, optional; class IDs from the manual."""
        environment = PACK.path(path).step("environment")
        assert isinstance(environment, EnvironmentStep)
        found = [check for check in environment.checks if check.what == "component"]
        assert [(c.component, c.class_id, c.exact, c.minimum, c.mandatory) for c in found] == COMPONENTS

    def test_hardware_needs_driver_and_one_key_a_file_only_the_old_certificate(self) -> None:
        """B2."""
        others = {}
        for path in ("hardware", "file"):
            environment = PACK.path(path).step("environment")
            assert isinstance(environment, EnvironmentStep)
            others[path] = [check.what for check in environment.checks if check.what != "component"]
        assert others == {"hardware": ["driver", "one_key", "certificate"], "file": ["certificate"]}


class TestFileOnline:
    def test_asked_a_second_time_then_checked_then_made(self) -> None:
        """B5."""
        assert gates(PACK, "file") == {
            "notice": {},
            "environment": {"notice": "done"},
            "issuance": {"environment": "done"},
        }
        notice, issuance = PACK.path("file").step("notice"), PACK.path("file").step("issuance")
        assert isinstance(notice, NoticeStep)
        assert notice.button == "我已知悉"
        assert "下载拦截" in notice.parts[0].body
        assert "24 小时" in notice.parts[0].body
        assert isinstance(issuance, IssuanceStep)
        assert (issuance.into, issuance.vouched_by) == ("file", "old_key")

    def test_from_the_old_end_as_on_the_key(self) -> None:
        for name in ("hardware", "file", "offline", "file_download"):
            path = PACK.path(name)
            assert (path.validity_start, path.term_years) == (ValidityStart.OLD_END, 5)


class TestFileDownload:
    @pytest.mark.parametrize("path", ["file_download", "file_replacement", "file_enrolment"])
    def test_papers_then_an_envelope_then_the_download(self, path: str) -> None:
        """B6: second confirmation, environment check, then the codes."""
        found = [kind for kind in kinds(PACK, path) if kind != "revocation"]
        assert found == [
            "application",
            "request_form",
            "documents",
            "payment",
            "review",
            "production",
            "delivery",
            "notice",
            "environment",
            "file_download",
        ]

    def test_codes_password_and_hours(self) -> None:
        """B6: six digits; B7: 30 days, 24 hours, by the bridge or the page."""
        download = PACK.path("file_download").step("file_download")
        production = PACK.path("file_download").step("production")
        assert isinstance(download, FileDownloadStep)
        assert (download.password_digits, download.code_days, download.repeat_hours) == (6, 30, 24)
        assert download.by == ("bridge", "page")
        assert isinstance(production, ProductionStep)
        assert (production.makes, production.code_days) == ("download_codes", download.code_days)

    def test_nothing_has_to_be_installed_where_the_page_can_do_it(self) -> None:
        """B7."""
        environment = PACK.path("file_download").step("environment")
        assert isinstance(environment, EnvironmentStep)
        assert {check.mandatory for check in environment.checks} == {False}
        assert is_ready(judge(environment.checks, {}, fingerprint=""))  # no bridge at all

    def test_what_the_customer_acknowledges(self) -> None:
        """B6: a forgotten password means a replacement."""
        notice = PACK.path("file_download").step("notice")
        assert isinstance(notice, NoticeStep)
        said = "".join(part.body for part in notice.parts)
        assert all(words in said for words in ("30 日内", "6 位数字", "不能修改", "补办"))

    def test_a_file_that_went_astray_is_revoked_first(self) -> None:
        revocation = PACK.path("file_replacement").step("revocation")
        assert revocation.only_if is not None
        assert gates(PACK, "file_replacement")["production"]["revocation"] == "done"
        assert PACK.path("file_enrolment").revoke_old == "never"
