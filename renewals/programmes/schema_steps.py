"""The steps of a path as a rule pack writes them: one model per kind. DESIGN §1.

Only the kinds that the hall can carry out are listed; another word of the vocabulary is an error when the pack is
read, not when a customer stands in front of it.
"""

from typing import Annotated, Literal

from pydantic import Field

from renewals.lifecycle import KINDS, Gate, Kind, NextActor, StepSpec, StepState
from renewals.programmes.conditions import Condition
from renewals.programmes.schema_base import (
    ApplicationField,
    Body,
    Business,
    Line,
    Minutes,
    Name,
    PackModel,
    Sentence,
    WorkingDays,
)


class OpensWhen(PackModel):
    """Opens when that earlier step is at least in that state."""

    step: Name
    state: Literal["submitted", "done"]


class Answer(PackModel):
    """The application says exactly this."""

    field: ApplicationField
    value: Line


class OnlyIf(PackModel):
    """When a step is needed at all: the order is for one of ``businesses``, every answer and every fact holds."""

    businesses: Annotated[tuple[Business, ...], Field(min_length=1)] | None = None
    answers: Annotated[tuple[Answer, ...], Field(min_length=1)] | None = None
    facts: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None


class StepBase(PackModel):
    """What every step says. ``proves``: the application's fields that its evidence rests on (DESIGN §1).

    ``only_if``: else it is skipped when it opens. ``hands``: who does what the kind would leave to the customer.
    """

    name: Name
    title: Line
    opens_when: tuple[OpensWhen, ...] = ()
    proves: tuple[ApplicationField, ...] = ()
    accepts: tuple[Name, ...] = ()
    working_days: WorkingDays | None = None  # by when whoever acts should have acted
    help: Sentence | None = None  # what to do when it doesn't work
    only_if: OnlyIf | None = None
    hands: Literal["production", "mail_room", "reviewer", "certificate_administrator"] | None = None


class ConsentStep(StepBase):
    """Which texts have to be accepted: the `together` ones with one tick, each `apart` one with its own (C1)."""

    kind: Literal["consent"]
    texts: Annotated[tuple[Name, ...], Field(min_length=1)]


class NoticePart(PackModel):
    """One part of a notice; paragraphs by a blank line."""

    name: Name
    title: Line
    body: Body

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple("".join(part.split("\n")) for part in self.body.strip().split("\n\n"))


class NoticeStep(StepBase):
    """What the customer must know before going on, acknowledged part by part (D2, D3, B5)."""

    kind: Literal["notice"]
    parts: Annotated[tuple[NoticePart, ...], Field(min_length=1)]
    button: Line | None = None  # absent: 我已知悉


class EnvironmentCheck(PackModel):
    """One thing that the customer's bridge looks at (A5, B1).

    ``component``: its name at the bridge, for ``what: component`` and ``driver``. ``minimum`` or ``exact``: the version
    wanted. ``mandatory`` absent: yes.
    """

    name: Name
    title: Line
    what: Literal["bridge", "driver", "component", "one_key", "certificate"]
    component: Line | None = None
    class_id: Line | None = None
    minimum: Line | None = None
    exact: Line | None = None
    mandatory: bool | None = None
    cure: Sentence


class EnvironmentStep(StepBase):
    """Every mandatory check passes before the key is touched (A5, B1, E1)."""

    kind: Literal["environment"]
    checks: Annotated[tuple[EnvironmentCheck, ...], Field(min_length=1)]


class KeyProofStep(StepBase):
    """The old key signs a challenge, item by item."""

    kind: Literal["key_proof"]


class HolderFields(PackModel):
    """What holders of one kind are asked for beside the others: 机构个人 the person who uses it … (C6)."""

    holder_kind: Literal["organisation", "organisation_personal", "organisation_business"]
    fields: Annotated[tuple[ApplicationField, ...], Field(min_length=1)]


class ApplicationStep(StepBase):
    kind: Literal["application"]
    fields: Annotated[tuple[ApplicationField, ...], Field(min_length=1)]
    holder_fields: Annotated[tuple[HolderFields, ...], Field(min_length=1)] | None = None

    def fields_for(self, holder_kind: str) -> tuple[str, ...]:
        """What an application for a certificate of this kind of holder asks for."""
        more = (each.fields for each in self.holder_fields or () if each.holder_kind == holder_kind)
        return (*self.fields, *(field for fields in more for field in fields))

    @property
    def all_fields(self) -> tuple[str, ...]:
        """Every field that some holder is asked for."""
        return (*self.fields, *(field for each in self.holder_fields or () for field in each.fields))


class RequestFormStep(StepBase):
    """The form is printed by the system, once for each version; done when the customer has fetched it (C7)."""

    kind: Literal["request_form"]
    form_title: Line
    notes: tuple[Sentence, ...] = ()  # printed on it


PaperFormat = Literal["pdf", "jpeg", "png", "bmp", "gif", "tiff", "doc", "docx", "xls", "xlsx", "ppt", "pptx"]  # A15


class PaperKind(PackModel):
    """Which of several papers it is: 营业执照, 事业单位法人证书 … (P22)."""

    name: Name
    title: Line


class Paper(PackModel):
    """A paper that is handed in as a scan. ``binds: form``: its QR code must be that of this form version (Across 3).

    ``wanted``: always; of somebody who couldn't prove the key (P2); when the holder is called otherwise now (P11);
    when somebody else has paid (P10); ``optional``: whoever likes adds some (A15).
    """

    name: Name
    title: Line
    help: Sentence | None = None
    wanted: Literal["always", "optional", "unproven_claim", "subject_change", "third_party_payment"]
    binds: Literal["form", "nothing"]
    formats: Annotated[tuple[PaperFormat, ...], Field(min_length=1)]
    kinds: tuple[PaperKind, ...] = ()
    max_files: Annotated[int, Field(ge=1, le=50)] | None = None  # absent: one (A15)


class DocumentsStep(StepBase):
    """Papers, each accepted or sent back on its own by the review that accepts this step (C7, P22)."""

    kind: Literal["documents"]
    papers: Annotated[tuple[Paper, ...], Field(min_length=1)]
    max_file_mib: Annotated[int, Field(ge=1, le=100)]
    max_pages: Annotated[int, Field(ge=1, le=50)]

    def paper(self, name: str) -> Paper:
        """KeyError when the step wants no such paper."""
        for paper in self.papers:
            if paper.name == name:
                return paper
        raise KeyError(name)


class IdentityStep(StepBase):
    """``three_factor``: name, ID number and mobile against the carrier's records; starts by itself (C5, C6).

    ``liveness``: the handler's phone photographs the ID card and runs the liveness check (C8); its link is good for
    ``link_minutes``.
    """

    kind: Literal["identity"]
    method: Literal["three_factor", "liveness"]
    tries: Annotated[int, Field(ge=1, le=20)]  # then staff check at the counter (P4)
    link_minutes: Minutes | None = None


class PaymentStep(StepBase):
    """``transfer_entries``: how many transfers the page takes at once, each checked by itself, without vouchers (E4);
    absent: one at a time, with its voucher (C9).
    """

    kind: Literal["payment"]
    channels: Annotated[tuple[Literal["wechat", "alipay", "unionpay", "bank_transfer"], ...], Field(min_length=1)]
    transfer_entries: Annotated[int, Field(ge=2, le=10)] | None = None


class ReviewReason(PackModel):
    """Why something goes back or is refused. ``title`` for staff, ``words`` for the customer.

    ``about``: a paper or an earlier step that goes back, or "order" for all of it.
    """

    code: Name
    title: Line
    words: Sentence
    about: Name
    outcome: Literal["return", "reject"]


class ReviewStep(StepBase):
    """One reviewer decides; whoever has claimed it holds it for ``lease_minutes`` (C10)."""

    kind: Literal["review"]
    lease_minutes: Minutes
    reasons: Annotated[tuple[ReviewReason, ...], Field(min_length=1)]

    def reason(self, code: str) -> ReviewReason:
        """KeyError when the pack has no such reason."""
        for reason in self.reasons:
            if reason.code == code:
                return reason
        raise KeyError(code)


class MailInStep(StepBase):
    """The key is sent to the CA and checked on arrival, item by item (A12–A16, P14, P15)."""

    kind: Literal["mail_in"]
    wants_form: bool  # the stamped paper form travels in the same parcel


class RevocationStep(StepBase):
    """The old certificate is revoked before the new one is made (D7, 补办)."""

    kind: Literal["revocation"]
    reason: Literal["superseded", "key_compromise", "cessation_of_operation"]


class ProductionStep(StepBase):
    """What the hall makes: a new medium, the customer's own key renewed, or codes to download by (D8, A12, B7).

    ``first_pin``: how a new PIN reaches the handler. ``reset_pin``: two persons reset a mailed-in key's PIN (P14).
    """

    kind: Literal["production"]
    makes: Literal["new_medium", "renewed_key", "download_codes"]
    first_pin: Literal["sms", "mailer", "none"]
    reset_pin: bool | None = None
    key_model: Line | None = None  # of the new medium
    code_days: Annotated[int, Field(ge=1, le=90)] | None = None  # how long download codes are good (B7)

    @property
    def issues(self) -> bool:
        return self.makes != "download_codes"


class DeliveryStep(StepBase):
    """The medium (or envelope) goes to the customer: by post, or handed over against papers (D8, P23)."""

    kind: Literal["delivery"]
    methods: Annotated[tuple[Literal["mail", "pickup"], ...], Field(min_length=1)]
    freight: Literal["collect", "ours"]
    papers: tuple[Literal["receipt", "authorisation_letter"], ...] = ()
    held_days: Annotated[int, Field(ge=1, le=365)] | None = None  # how long an uncollected one is kept (P23)


class SealStep(StepBase):
    """The electronic seal is bound to the new certificate, written, and verifies (P7).

    A seal that stands is bound again by itself; a new one is made from an impression that whoever has the step in hand
    has looked at: a paper called stamp_impression brings it, or it is uploaded at this step. Without a seal the step is
    skipped.
    """

    kind: Literal["seal"]
    new_needs: Literal["impression"]  # what ordering a new one asks for
    width_mm: Annotated[int, Field(ge=10, le=100)] | None = None  # of a new one; absent: 40


class FileDownloadStep(StepBase):
    """Key and .pfx are made on the customer's side; the certificate is fetched with both codes (B6, B7)."""

    kind: Literal["file_download"]
    by: Annotated[tuple[Literal["bridge", "page"], ...], Field(min_length=1)]
    code_days: Annotated[int, Field(ge=1, le=90)]
    repeat_hours: Annotated[int, Field(ge=1, le=168)]
    password_digits: Annotated[int, Field(ge=4, le=12)]
    tries: Annotated[int, Field(ge=1, le=20)]


class PinUnblockStep(StepBase):
    """A locked key takes a new PIN, with an authorisation that the certificate administrator releases (P1)."""

    kind: Literal["pin_unblock"]
    valid_hours: Annotated[int, Field(ge=1, le=168)]  # how long a released authorisation waits


class IssuanceStep(StepBase):
    """requested → issued → installed → verified, resumable by the renewal code."""

    kind: Literal["issuance"]
    vouched_by: Literal["old_key", "approval"]  # who says that the new key belongs to the holder
    renewal_code_days: Annotated[int, Field(ge=1, le=365)]
    into: Literal["key", "file"] | None = None  # absent: key


AnyStep = Annotated[
    ConsentStep
    | NoticeStep
    | EnvironmentStep
    | KeyProofStep
    | ApplicationStep
    | RequestFormStep
    | DocumentsStep
    | IdentityStep
    | PaymentStep
    | MailInStep
    | ReviewStep
    | RevocationStep
    | IssuanceStep
    | SealStep
    | ProductionStep
    | DeliveryStep
    | FileDownloadStep
    | PinUnblockStep,
    Field(discriminator="kind"),
]


def step_spec(step: AnyStep, price_fields: frozenset[str]) -> StepSpec:
    """The lifecycle's view of a step. Payment proves the fields that its price depends on."""
    kind = Kind(step.kind)
    return StepSpec(
        name=step.name,
        kind=kind,
        scope=KINDS[kind].scope,
        opens_when=tuple(Gate(gate.step, StepState(gate.state)) for gate in step.opens_when),
        proves=frozenset(step.proves) | (price_fields if kind is Kind.PAYMENT else frozenset()),
        accepts=step.accepts,
        automatic=isinstance(step, IdentityStep) and step.method == "three_factor",
        skippable=KINDS[kind].skippable or step.only_if is not None,
        working_days=step.working_days,
        issues=isinstance(step, IssuanceStep | FileDownloadStep) or (isinstance(step, ProductionStep) and step.issues),
        hands=NextActor(step.hands) if step.hands else None,
    )
