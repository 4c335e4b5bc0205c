"""Key proof: the old key signs our challenge before anything else is asked of the customer."""

from pydantic import Base64Bytes, BaseModel, ConfigDict

from renewals.bridge import challenges
from renewals.bridge.protocol import CLAIM
from renewals.issuing.requests import parse
from renewals.steps.base import ActContext, Action, StepKind
from renewals.steps.claims import reserve


class ProofData(BaseModel):
    """The key's signature over the challenge of purpose claim."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    challenge: str
    signature: Base64Bytes


def _prove(act: ActContext, data: ProofData) -> None:
    challenges.redeem(
        data.challenge,
        data.signature,
        purpose="claim",
        action=CLAIM,
        signer=parse(bytes(act.the_item.certificate.signing_der)),
        by=act.by,
        item=act.the_item,
    )
    reserve(act.the_item)
    act.submit()


KIND = StepKind(actions={"prove": Action(_prove, ProofData)})
