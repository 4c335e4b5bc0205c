"""The error catalogue: the manuals' exact words, each with cause and cure, in pages and help alike (A10, B8, D9)."""

import pytest
from django.test import Client

from renewals.bridge.catalogue import catalogue, faults_of, faults_of_tenant
from renewals.bridge.protocol import ErrorCode
from renewals.bridge.words import page_words

A, B, D = "sscc/epass3000gm", "sscc/epass3003", "szca/jsj-rsa-upgrade"

# RULES B8, in the manual's words
MANUAL_B = {
    "浏览器 CertEnroll Control 插件安装版本错误，请确认已安装 2.0.4.8 版本 CertEnroll Control 插件并启用！",
    "浏览器未安装 JILIN UNIVERSITY INFORMATION TECHNOLOGIES CO.LTD 插件，请按照环境设置步骤操作。",
    "产生申请书失败！",
    "未检测到硬证书 ukey 或 ukey 存储空间已满，请换取新的 ukey 重试更新操作。",
    "证书信息与 CA 系统不一致！",
    "未识别到旧证书信息",
    "由于网络原因或通信网关证书信息不正确导致更新失败，请重新更新或联系管理员。",
    "Pfx 签名证书制作失败!",
    "证书更新成功，下载拦截导致证书保存失败",
}
WRONG_KEY = "更新的证书与您当前 Ekey 的证书主题不符，无法更新证书"  # RULES A10


def test_every_sentence_of_the_manual_is_there_with_cause_and_cure() -> None:
    """RULES B8."""
    of_b = [fault for fault in catalogue() if B in fault.programmes]
    assert {fault.says for fault in of_b} == MANUAL_B
    assert [fault.says for fault in of_b].count("产生申请书失败！") == 2  # two causes: driver, certificate
    for fault in catalogue():
        for each in fault.causes:
            assert each.cause.endswith("。"), fault.name
            assert each.cure.endswith("。"), fault.name


def test_names_are_unique_and_codes_are_known() -> None:
    names = [fault.name for fault in catalogue()]
    assert len(set(names)) == len(names)
    ours = {"COMPONENT_MISSING", "NUMBER_MISMATCH", "CA_REFUSED", "ORDER_ENDED", "SAVE_BLOCKED", "IDENTITY_MISMATCH"}
    assert {code for fault in catalogue() for code in fault.codes} <= set(ErrorCode) | ours


def test_a_page_speaks_as_its_programmes_manual_does() -> None:
    words = page_words(A, "hardware")
    assert words["CERT_NOT_FOUND"]["happened"] == WRONG_KEY
    assert "请重启浏览器或清浏览器的缓存后重试" in words["CERT_NOT_FOUND"]["cure"]  # RULES A10
    assert page_words(B, "file")["CERT_NOT_FOUND"]["happened"] == "未识别到旧证书信息"
    assert page_words(B, "hardware")["KEYGEN_FAILED"]["cure"] == "请检查证书是否有效或硬证书驱动是否正确安装。"
    assert page_words(B, "file")["KEYGEN_FAILED"]["cure"] == "请检查证书是否有效。"
    assert page_words(D, "hardware")["PIN_INCORRECT"]["happened"] == "Login Failed"  # RULES D9
    assert page_words(D, "hardware")["PIN_INCORRECT"]["retries"] == "还可以再试 %(retries_left)s 次。"
    assert page_words(A, "hardware")["KEYGEN_FAILED"] == page_words()["KEYGEN_FAILED"]  # ours, where a manual is silent


def test_a_hall_explains_its_own_programmes() -> None:
    assert {fault.name for fault in faults_of_tenant("netca")} == {"wrong-key", "pulled-out"}
    assert "CERT_NOT_FOUND" not in faults_of("netca/client-renewal", "file")


@pytest.mark.usefixtures("office")
def test_the_help_centre_lists_what_the_pages_say() -> None:
    """RULES A10, B8."""
    page = Client().get("/sscc/help/messages/").text
    assert {said for said in MANUAL_B | {WRONG_KEY} if said not in page} == set()
