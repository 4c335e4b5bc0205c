"""The liveness check (a live person before the phone, with the ID's face): contract, outcomes, what may go wrong. Pure.

The service has a page of its own, where the person blinks and turns; we send the phone there and ask for the outcome
by our request id. What the camera saw stays with the service: no face video or picture comes to us (RULES Across 6).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class LivenessOutcome(StrEnum):
    PENDING = "pending"  # the person is still at it
    PASSED = "passed"  # a live person, with the face of this name and number
    FAILED = "failed"  # `reason` says why; counts as a try
    DECLINED = "declined"  # the person doesn't want to show the face: a counter or a video call (P4)
    EXPIRED = "expired"  # nobody finished it in time: start again, nothing was decided
    UNAVAILABLE = "unavailable"  # no answer now: ask again later, nothing was decided


class LivenessReason(StrEnum):
    """Why a check failed. The customer's way on differs for each."""

    NOT_LIVE = "not_live"  # a photo, a mask, a screen, or the prompts weren't followed
    FACE_MISMATCH = "face_mismatch"  # a live person, with another face than the ID's
    NO_PHOTO = "no_photo"  # the authority holds no photo of this number to compare with
    POOR_IMAGE = "poor_image"  # too dark, too far, moving


@dataclass(frozen=True, slots=True)
class LivenessPage:
    """``url``: where the phone goes next; None when the service didn't answer (nothing was started)."""

    url: str | None


@dataclass(frozen=True, slots=True)
class LivenessAnswer:
    outcome: LivenessOutcome
    reason: LivenessReason | None = None  # with FAILED alone


class LivenessService(Protocol):
    def start_liveness(self, *, name: str, id_number: str, request_id: str, return_url: str) -> LivenessPage:
        """Start a session. The same request again gives the same page; another one under that id is refused.

        ``return_url``: where the service's page leads afterwards; it brings no result along.
        Raises IdentityReplyInvalid, IdentityRequestRefused.
        """
        ...

    def liveness_result(self, *, request_id: str) -> LivenessAnswer:
        """How that session stands. Raises IdentityReplyInvalid, IdentityRequestRefused (an id that it never saw)."""
        ...
