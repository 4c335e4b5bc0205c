"""Whether a computer is ready: the pack's checks over what the bridge found (RULES A5, B1, B2, E1). Pure."""

import pytest

from renewals.bridge.readiness import Found, is_ready, judge, question, version_numbers
from renewals.programmes.schema_steps import EnvironmentCheck

KEY = "ab" * 32


def check(what: str, **more: object) -> EnvironmentCheck:
    return EnvironmentCheck.model_validate({"name": "c", "title": "检测", "what": what, "cure": "请处理。"} | more)


def why(what: str, found: str, *, present: bool = True, enabled: bool = True, **wanted: object) -> str:
    said = Found("c", present, enabled, found)
    return judge([check(what, **wanted)], {"c": said}, fingerprint=KEY)[0].why


@pytest.mark.parametrize(
    ("found", "reason"),
    [("2.0.4.8", ""), ("2.0.4.8.", "another_version"), ("2.0.4.7", "another_version"), ("2.0.4.9", "another_version")],
)
def test_an_exact_version_is_that_one_and_no_newer(found: str, reason: str) -> None:
    """RULES B1: CertEnroll Control = 2.0.4.8."""
    assert why("component", found, exact="2.0.4.8") == reason


@pytest.mark.parametrize(
    ("found", "reason"),
    [("2.0.24.42", ""), ("2.0.24.41", "too_old"), ("2.0.25", ""), ("2.0.3.99", "too_old"), ("", "too_old")],
)
def test_a_minimum_is_compared_number_by_number(found: str, reason: str) -> None:
    """RULES B1: JITVCTK Class ≥ 2.0.24.42; 24 is more than 3, and no version is none."""
    assert why("component", found, minimum="2.0.24.42") == reason


def test_present_enabled_and_version_are_told_apart() -> None:
    """RULES B1."""
    assert why("component", "", present=False, exact="2.0.4.8") == "missing"
    assert why("component", "2.0.4.8", enabled=False, exact="2.0.4.8") == "disabled"
    assert why("component", "1.0.0.0", enabled=False, exact="2.0.4.8") == "disabled"


@pytest.mark.parametrize(("found", "reason"), [("1", ""), ("0", "missing"), ("", "missing"), ("2", "several")])
def test_exactly_one_key(found: str, reason: str) -> None:
    """RULES A5."""
    assert why("one_key", found) == reason


def test_the_certificate_is_this_one() -> None:
    """RULES A5, A10: what the bridge calls a fit doesn't count."""
    assert why("certificate", KEY) == ""
    assert why("certificate", "cd" * 32) == "another"
    assert why("certificate", "", present=False) == "missing"


@pytest.mark.parametrize(("found", "reason"), [("4.7.6", ""), ("4.7.5", "too_old"), ("4.7.10", ""), ("5.0.0", "")])
def test_the_bridges_own_version(found: str, reason: str) -> None:
    """RULES E1: at least 4.7.6 for the expired path."""
    assert why("bridge", found, minimum="4.7.6") == reason


def test_an_optional_component_holds_nobody_up_and_silence_fails() -> None:
    """RULES B1: JITVCTKEx Class is optional."""
    optional, mandatory = check("component", mandatory=False), check("driver", name="d")
    judged = judge([optional, mandatory], {"d": Found("d", True, True, "1.0")}, fingerprint=KEY)
    assert [(one.passed, one.mandatory, one.why) for one in judged] == [
        (False, False, "not_reported"),
        (True, True, ""),
    ]
    assert is_ready(judged)
    assert not is_ready(judge([mandatory], {}, fingerprint=KEY))


def test_the_bridge_is_asked_for_just_what_the_pack_wants() -> None:
    checks = [
        check("component", component="JITVCTK Class", minimum="2.0.24.42", class_id="707C7D52"),
        check("component", component="JITVCTKEx Class", minimum="2.1.9.4", mandatory=False),
        check("driver", minimum="1.1.0.0"),
        check("certificate"),
    ]
    asked = question(checks, fingerprint=KEY, key_model="ePass3003", storage="hardware", oldest_bridge="1.0")
    assert asked == {
        "minBridgeVersion": "1.0",
        "minDriverVersion": "1.1.0.0",
        "components": [
            {"name": "JITVCTK Class", "mandatory": True, "minVersion": "2.0.24.42", "classId": "707C7D52"},
            {"name": "JITVCTKEx Class", "mandatory": False, "minVersion": "2.1.9.4"},
        ],
        "certificate": {"fingerprint": KEY, "model": "ePass3003"},
    }


def test_for_a_file_neither_driver_nor_key_is_looked_for() -> None:
    """RULES B2: the old .pfx is imported, no Ekey has a part in it."""
    checks = [check("driver", minimum="1.1.0.0"), check("certificate")]
    asked = question(checks, fingerprint=KEY, key_model="", storage="file", oldest_bridge="1.0")
    assert asked == {"minBridgeVersion": "1.0", "store": "file", "certificate": {"fingerprint": KEY}}


def test_trailing_zeros_and_nonsense() -> None:
    assert version_numbers("3.0.5.0") == version_numbers("3.0.5") == (3, 0, 5)
    for text in ("", "3.", "a", "1.2.3.4.5", "1.2\n"):
        assert version_numbers(text) == ()
