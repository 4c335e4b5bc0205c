"""Paths to walk in tests: programme C as shipped, and ones that use the rest of the vocabulary."""

from renewals.lifecycle import KINDS, Gate, Kind, PathSpec, StepSpec, StepState
from renewals.programmes import shipped_packs

PERSON = frozenset({"representative_name", "representative_id_number", "representative_mobile"})


def spec(
    name: str,
    kind: Kind,
    *,
    done: str = "",
    submitted: str = "",
    proves: frozenset[str] = frozenset(),
    accepts: str = "",
    automatic: bool = False,
    working_days: int | None = None,
) -> StepSpec:
    """A step that opens when the named steps (separated by spaces) are done or submitted."""
    gates = [Gate(step, StepState.DONE) for step in done.split()]
    gates += [Gate(step, StepState.SUBMITTED) for step in submitted.split()]
    return StepSpec(
        name=name,
        kind=kind,
        scope=KINDS[kind].scope,
        opens_when=tuple(gates),
        proves=proves,
        accepts=tuple(accepts.split()),
        automatic=automatic,
        skippable=KINDS[kind].skippable,
        working_days=working_days,
        issues=kind in {Kind.ISSUANCE, Kind.PRODUCTION, Kind.FILE_DOWNLOAD},
    )


_CGN = next(p for p in shipped_packs() if p.key == "szca/cgn-sm2")
UNEXPIRED, EXPIRED = _CGN.path_spec("unexpired"), _CGN.path_spec("expired")

# A review that accepts everything before it; the shipped one accepts the papers alone.
REVIEWED = PathSpec(
    "reviewed",
    (
        spec("consent", Kind.CONSENT),
        spec("application", Kind.APPLICATION, done="consent"),
        spec("request_form", Kind.REQUEST_FORM, submitted="application", proves=PERSON | {"organisation_name"}),
        spec("documents", Kind.DOCUMENTS, submitted="request_form", proves=PERSON | {"organisation_name"}),
        spec("identity", Kind.IDENTITY, submitted="application", proves=PERSON),
        spec("payment", Kind.PAYMENT, submitted="documents", done="identity", proves=frozenset({"term_years"})),
        spec(
            "review",
            Kind.REVIEW,
            submitted="payment",
            done="identity",
            accepts="application request_form documents",
            working_days=3,
        ),
        spec("issuance", Kind.ISSUANCE, done="application identity payment review"),
    ),
    frozenset({"term_years"}),
)

# Every item-scoped kind: the old key is proved, mailed in, revoked, a new one made, sealed, delivered and unblocked.
MANY_ITEMS = PathSpec(
    "many-items",
    (
        spec("environment", Kind.ENVIRONMENT),
        spec("key_proof", Kind.KEY_PROOF, done="environment"),
        spec("notice", Kind.NOTICE),
        spec("application", Kind.APPLICATION, done="key_proof notice"),
        spec("payment", Kind.PAYMENT, done="application", proves=frozenset({"term_years"})),
        spec("mail_in", Kind.MAIL_IN, done="application"),
        spec("revocation", Kind.REVOCATION, done="payment mail_in"),
        spec("issuance", Kind.ISSUANCE, done="application payment revocation"),
        spec("seal", Kind.SEAL, done="issuance"),
        spec("production", Kind.PRODUCTION, done="payment", working_days=5),
        spec("delivery", Kind.DELIVERY, done="production issuance"),
        spec("file_download", Kind.FILE_DOWNLOAD, done="issuance"),
        spec("pin_unblock", Kind.PIN_UNBLOCK, done="delivery"),
    ),
    frozenset({"term_years"}),
)

ALL = (UNEXPIRED, EXPIRED, REVIEWED, MANY_ITEMS)
