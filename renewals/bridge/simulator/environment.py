"""`env.check`: whether this computer is ready, item by item (RULES A5, B1, E1)."""

from typing import Any, Final

from renewals.bridge.protocol import BridgeFault, ErrorCode
from renewals.bridge.simulator.desk import SoftKeyDesk
from renewals.bridge.simulator.key_models import ANY, model_of
from renewals.bridge.simulator.operations import key_info
from renewals.bridge.simulator.run import Run
from renewals.bridge.simulator.soft_key import ContainerState, SoftKey, read_certificate

BRIDGE_VERSION: Final = "5.0.0"
OLD_BRIDGE_VERSION: Final = "4.6.0"
OLD_VERSION: Final = "1.0.0.0"
COMPONENTS: Final = {
    "NetSignCNG": "3.0.5.0",
    "CertEnroll Control": "2.0.4.8",
    "JITVCTK Class": "2.0.24.42",
    "JITVCTKEx Class": "2.1.9.4",
}


def bridge_version(desk: SoftKeyDesk) -> str:
    return OLD_BRIDGE_VERSION if desk.faults.old_version else BRIDGE_VERSION


def numbers(version: str) -> tuple[int, ...]:
    """For comparing: "3.0.5" and "3.0.5.0" are the same."""
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def env_check(run: Run, params: dict[str, Any]) -> dict[str, Any]:
    desk = run.desk
    checks = [
        _bridge(desk, params.get("minBridgeVersion")),
        *(_component(desk, wanted) for wanted in params.get("components", [])),
    ]
    if run.in_files:  # RULES B2: the old .pfx has been imported; neither driver nor key has a part in it
        keys = [run.present()]
    else:
        keys = [] if desk.faults.driver != "ok" else [desk.key(serial) for serial in desk.inserted()]
        checks.append(_driver(desk, keys, params.get("minDriverVersion")))
        checks.append(_one_key(run, len(keys)))
    if "certificate" in params:
        checks.append(_certificate(keys, params["certificate"]))
    return {
        "passed": all(check["passed"] or not check["mandatory"] for check in checks),
        "checks": checks,
        "keys": [key_info(run, key) for key in keys],
    }


def _check(
    check: str,
    name: str,
    *,
    error: ErrorCode | None,
    found: str | None,
    wanted: str | None,
    present: bool = True,
    enabled: bool = True,
    mandatory: bool = True,
) -> dict[str, Any]:
    return {
        "check": check,
        "name": name,
        "passed": error is None,
        "mandatory": mandatory,
        "found": found,
        "wanted": wanted,
        "present": present,
        "enabled": enabled,
        "error": None if error is None else str(error),
    }


def _bridge(desk: SoftKeyDesk, wanted: str | None) -> dict[str, Any]:
    found = bridge_version(desk)
    old = wanted is not None and numbers(found) < numbers(wanted)
    return _check("bridge", "证书助手", error=ErrorCode.BRIDGE_TOO_OLD if old else None, found=found, wanted=wanted)


def _component(desk: SoftKeyDesk, wanted: dict[str, Any]) -> dict[str, Any]:
    struck = desk.faults.component_name in ("", wanted["name"])
    fault = desk.faults.component if struck else "ok"
    version = None if fault == "missing" else COMPONENTS.get(wanted["name"])
    if version is not None and fault == "old":
        version = OLD_VERSION
    enabled = version is not None and fault != "disabled"
    fits = version is not None and (
        ("exactVersion" not in wanted or numbers(version) == numbers(wanted["exactVersion"]))
        and ("minVersion" not in wanted or numbers(version) >= numbers(wanted["minVersion"]))
    )
    return _check(
        "component",
        wanted["name"],
        error=None if fits and enabled else ErrorCode.COMPONENT_VERSION,
        found=version,
        wanted=wanted.get("exactVersion", wanted.get("minVersion")),
        present=version is not None,
        enabled=enabled,
        mandatory=wanted["mandatory"],
    )


def _driver(desk: SoftKeyDesk, keys: list[SoftKey], wanted: str | None) -> dict[str, Any]:
    """The driver of the key that is in; without one, any."""
    missing = desk.faults.driver == "missing"
    version = (model_of(keys[0].model) if keys else ANY).driver_version
    found = None if missing else OLD_VERSION if desk.faults.driver == "old" else version
    error = None
    if found is None:
        error = ErrorCode.DRIVER_MISSING
    elif desk.faults.driver == "old" or (wanted is not None and numbers(found) < numbers(wanted)):
        error = ErrorCode.DRIVER_TOO_OLD
    return _check(
        "driver", "Ekey 驱动", error=error, found=found, wanted=wanted, present=not missing, enabled=not missing
    )


def _one_key(run: Run, count: int) -> dict[str, Any]:
    error = None
    try:
        run.desk.the_only_key()
    except BridgeFault as fault:
        error = fault.code
    return _check("key", "Ekey", error=error, found=str(count), wanted="1", present=count > 0)


def _certificate(keys: list[SoftKey], wanted: dict[str, Any]) -> dict[str, Any]:
    fingerprint = None
    for key in keys:
        if not key.medium_number.startswith(wanted.get("mediumNumberPrefix", "")):
            continue
        if "model" in wanted and key.model != wanted["model"]:
            continue
        fingerprint = fingerprint or _current(key, wanted.get("fingerprint"))
    return _check(
        "certificate",
        "证书",
        error=None if fingerprint else ErrorCode.CERT_NOT_FOUND,
        found=fingerprint,
        wanted=wanted.get("fingerprint"),
        present=fingerprint is not None,
    )


def _current(key: SoftKey, wanted: str | None) -> str | None:
    for container in key.containers:
        if container.state is ContainerState.CURRENT and container.signing_certificate:
            found = read_certificate(container.signing_certificate).fingerprint_sm3.hex()
            if wanted in (None, found):
                return found
    return None
