"""What matching reads and what it answers. Money is integer fen; days are the bank's, in the tenant's zone."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from payments.matching.names import KEY_LENGTH, NameKind


@dataclass(frozen=True, slots=True)
class Line:
    """Money that came in, as the bank tells it. ``id`` is ours and unique; texts are "" where the bank is silent."""

    id: str
    amount_fen: int
    payer_name: str
    payer_account: str
    booked_on: date
    remittance_information: str

    def __post_init__(self) -> None:
        if self.amount_fen <= 0:
            raise ValueError("a line to match is money that came in")


class Standing(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class OpenCharge:
    """What somebody owes. Settled and closed ones are suggested only, for money that comes late (RULES P9).

    ``number``: the one asked for in the remark (RULES Across 1). A bundle (P16) is one of these with its own number and
    sum. ``payer_key``: ``names.payer_key(holder_name)``, kept with the charge. ``holder_kind``: where known, better
    than what the name looks like. ``payer_must_be_holder``: RULES C9.
    """

    id: str
    number: str
    open_fen: int
    holder_name: str
    opened_on: date
    payer_key: str
    payer_must_be_holder: bool = True
    holder_kind: NameKind | None = None
    standing: Standing = Standing.OPEN
    total_fen: int = 0  # what it came to in all; 0 where that isn't told

    @property
    def is_open(self) -> bool:
        return self.standing is Standing.OPEN and self.open_fen > 0


@dataclass(frozen=True, slots=True)
class Claim:
    """What a customer says about a transfer (RULES C9, E4), and nobody has confirmed yet. "" is what wasn't said."""

    id: str
    charge: OpenCharge
    payer_name: str
    payer_account: str
    amount_fen: int
    paid_on: date
    remittance_information: str = ""


@dataclass(frozen=True, slots=True)
class NumberRule:
    """How the numbers look that payers are asked for: so many digits, and ``valid`` says whether they hold together.

    A parameter, because whose numbers they are is the business of who asks for money (docs/matching.md).
    """

    length: int
    valid: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Policy:
    """``bank_cuts_names_at``: the bank shows so many characters of a name at most; None where it shows all."""

    bank_cuts_names_at: int | None = None
    days_apart: int = 1  # between the day claimed and the day booked
    most_suggestions: int = 5
    most_of_a_payer: int = 40  # charges, claims or lines looked at; who has more gets no automatic match by claim
    most_in_a_sum: int = 3  # charges that one line pays, lines that pay one charge
    chunk: int = 1_000  # lines that share their look-ups

    def __post_init__(self) -> None:
        if self.bank_cuts_names_at is not None and self.bank_cuts_names_at < KEY_LENGTH:
            raise ValueError(f"names cut below {KEY_LENGTH} characters can't be told apart")


class MatchRule(StrEnum):
    NUMBER = "number"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Match:
    """This line pays this charge in full: nobody needs to look. ``claim_id``: the claim that said so, else ""."""

    line_id: str
    charge_id: str
    amount_fen: int
    rule: MatchRule
    claim_id: str = ""


class Reason(StrEnum):
    """Why a suggestion is one, or what speaks against it. Parameters in brackets; the words live elsewhere."""

    NUMBER = "number"  # (number)
    ONE_WRONG_DIGIT = "one_wrong_digit"  # (written, number), like the three that follow
    SWAPPED_DIGITS = "swapped_digits"
    LOST_DIGIT = "lost_digit"
    EXTRA_DIGIT = "extra_digit"
    GLUED_NUMBER = "glued_number"
    SEVERAL_NUMBERS = "several_numbers"  # (count)
    AMOUNT = "amount"
    HOLDER = "holder"  # the payer is the holder
    HOLDER_CUT = "holder_cut"  # as far as the bank shows the name
    HOLDER_IN_REMARK = "holder_in_remark"  # (named)
    THIRD_PARTY = "third_party"  # (payer, holder)
    CLAIM = "claim"  # (claim, days): name and amount as claimed, so many days apart
    CLAIM_PART = "claim_part"  # (claim): the claim tells what this charge alone comes to, on the same day
    CLAIM_ACCOUNT = "claim_account"  # (claim)
    CLAIM_OTHER_NAME = "claim_other_name"  # (claim): amount and day as claimed, the name isn't
    SUM = "sum"  # (count): the line is the sum of so many charges
    SPLIT = "split"  # (count): so many lines together
    UNDER = "under"  # (fen) still missing
    OVER = "over"  # (fen) too much
    LATE = "late"  # (standing) of a charge that isn't open any more
    SEVERAL_LINES = "several_lines"  # (count): so many lines for this charge
    OTHER_CHARGES = "other_charges"  # (count): this payer has so many others open
    BEFORE_CHARGE = "before_charge"  # (days): booked so long before the charge was opened


@dataclass(frozen=True, slots=True)
class Because:
    reason: Reason
    params: tuple[tuple[str, str | int], ...] = ()

    @classmethod
    def of(cls, reason: Reason, **params: str | int) -> "Because":
        return cls(reason, tuple(params.items()))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """These lines pay these charges. ``credits``: (charge id, fen) for each; ``rest_fen`` is left over.

    Σ credits + rest_fen = Σ lines. ``score`` orders suggestions of one line and means nothing else.
    """

    line_ids: tuple[str, ...]
    credits: tuple[tuple[str, int], ...]
    rest_fen: int
    because: tuple[Because, ...]
    score: int

    @property
    def charge_ids(self) -> tuple[str, ...]:
        return tuple(charge for charge, _ in self.credits)

    @property
    def reasons(self) -> frozenset[Reason]:
        return frozenset(because.reason for because in self.because)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A match, or what a person may choose from, best first; both empty: nothing is known of this money."""

    line: Line
    match: Match | None = None
    suggestions: tuple[Suggestion, ...] = field(default=())


class ChargeIndex(Protocol):
    """What matching asks of where charges, claims and earlier lines are kept: always of many at once.

    Answers come in any order. ``at_most`` is meant for each key; the oldest come first, then by id. All within one
    tenant. A key or number that nothing is known of has no answer.
    """

    def by_number(self, numbers: Collection[str], /) -> Iterable[OpenCharge]:
        """Charges of any standing."""
        ...

    def by_payer(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterable[OpenCharge]:
        """Open charges."""
        ...

    def by_payer_and_amount(self, pairs: Collection[tuple[str, int]], /, *, at_most: int) -> Iterable[OpenCharge]:
        """Open charges of (payer key, fen): exactly so much is open."""
        ...

    def lately_gone(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterable[OpenCharge]:
        """Charges that were settled or closed of late: the youngest come first."""
        ...

    def claims_of_payers(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterable[Claim]:
        """Waiting claims, by ``payer_key`` of the name that they say."""
        ...

    def claims_on(self, charge_ids: Collection[str], /) -> Iterable[Claim]:
        """Waiting claims, whoever they say has paid."""
        ...

    def waiting_by_number(self, numbers: Collection[str], /) -> Iterable[Line]:
        """Lines of earlier statements that nobody has matched, whose remark holds one of these numbers."""
        ...

    def waiting_by_payer(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterable[Line]:
        """Lines of earlier statements that nobody has matched."""
        ...
