"""Faults on demand: what the real channels do on a bad day, whenever a test asks for it.

In a callback: duplicate(times), reorder, delay(seconds), drop, wrong_amount(amount_fen), wrong_merchant,
stale_time(seconds), rotated_serial, bad_signature.
In an answer, by operation (place, query, close, refund, query_refund): error_before_commit, error_after_commit
(500), timeout_after_commit(seconds), bad_answer_signature, pending_refund.
In a bill: bill_missing, bill_not_ready, bill_missing_line, bill_extra_line, bill_changed_line, bill_broken.
"""

from dataclasses import dataclass, field
from typing import Any

CALLBACK_FAULTS = frozenset(
    {"duplicate", "reorder", "delay", "drop", "wrong_amount", "wrong_merchant", "stale_time", "rotated_serial",
     "bad_signature"}
)  # fmt: skip
ANSWER_FAULTS = frozenset(
    {"error_before_commit", "error_after_commit", "timeout_after_commit", "bad_answer_signature", "pending_refund"}
)

BILL_FAULTS = frozenset(
    {"bill_missing", "bill_not_ready", "bill_missing_line", "bill_extra_line", "bill_changed_line", "bill_broken"}
)
ALL_FAULTS = CALLBACK_FAULTS | ANSWER_FAULTS | BILL_FAULTS


@dataclass(slots=True)
class Fault:
    """``count``: how many more messages it hits; "" in channel or operation means any."""

    kind: str
    channel: str = ""
    operation: str = ""
    count: int = 1
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in ALL_FAULTS:
            raise ValueError(f"no such fault: {self.kind[:40]}")
        if self.count < 1:
            raise ValueError("count must be at least 1")


class FaultBox:
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, kind: str, *, channel: str, operation: str = "") -> Fault | None:
        """The fault to apply now, counted down; None for a good day."""
        for fault in self._faults:
            if (
                fault.kind == kind
                and fault.channel in ("", channel)
                and (fault.operation in ("", operation) or not operation)
            ):
                fault.count -= 1
                if fault.count == 0:
                    self._faults.remove(fault)
                return fault
        return None

    def take_callback_faults(self, channel: str) -> dict[str, Fault]:
        """All that hit this callback."""
        taken = {kind: self.take(kind, channel=channel) for kind in sorted(CALLBACK_FAULTS)}
        return {kind: fault for kind, fault in taken.items() if fault is not None}
