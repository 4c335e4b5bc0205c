"""What a tester can make go wrong, on the desk page or in a test."""

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from renewals.bridge.protocol import STAGES

SWITCHES = ("container_full", "keygen_fails", "verify_fails", "old_version", "pfx_fails", "saving_blocked")
DONE = "done"  # after the effect, before the answer: the answer is lost, the txn can be repeated


def points() -> tuple[str, ...]:
    """Every `<method>/<stage>` at which a fault can strike, in the order of an operation."""
    return tuple(f"{method}/{stage}" for method, stages in STAGES.items() for stage in (*stages, DONE))


@dataclass(slots=True)
class Faults:
    """`*_at` name a point of `points()` (or `*/<stage>`), strike once and are then cleared."""

    pull_at: str = ""  # the key is pulled out
    swap_at: str = ""  # the key is pulled out and `swap_to` plugged in
    swap_to: str = ""
    crash_at: str = ""  # the bridge's own defect: INTERNAL
    exit_at: str = ""  # the process dies there, as by SIGKILL
    slow_seconds: float = 0.0  # at every stage
    container_full: bool = False
    keygen_fails: bool = False
    verify_fails: bool = False
    pfx_fails: bool = False
    saving_blocked: bool = False
    old_version: bool = False
    driver: Literal["ok", "missing", "old"] = "ok"
    component: Literal["ok", "missing", "old", "disabled"] = "ok"
    component_name: str = ""  # the one that it strikes; "" → all of them
    _known: tuple[str, ...] = field(default_factory=points, repr=False)

    def update(self, changes: dict[str, Any]) -> None:
        """Raises ValueError for an unknown name, point or kind; then nothing is changed."""
        for name, value in changes.items():
            self._check(name, value)
        for name, value in changes.items():
            setattr(self, name, float(value) if name == "slow_seconds" else value)

    def as_dict(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self) if not each.name.startswith("_")}

    def takes(self, name: str, point: str) -> bool:
        """Whether the fault `name` strikes at `point`; if so, it is spent."""
        wanted = getattr(self, name)
        if wanted and wanted in (point, "*/" + point.partition("/")[2]):
            setattr(self, name, "")
            return True
        return False

    def _check(self, name: str, value: object) -> None:
        if name.endswith("_at") and hasattr(self, name):
            good = isinstance(value, str) and (value == "" or value in self._known or value.startswith("*/"))
        elif name == "slow_seconds":
            good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 60
        elif name in ("swap_to", "component_name"):
            good = isinstance(value, str)
        elif name == "driver":
            good = value in ("ok", "missing", "old")
        elif name == "component":
            good = value in ("ok", "missing", "old", "disabled")
        else:
            good = name in SWITCHES and isinstance(value, bool)
        if not good:
            raise ValueError(f"no such fault: {name}")
