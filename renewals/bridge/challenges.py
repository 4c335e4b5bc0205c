"""Challenges for the key: single use, 120 s, bound to tenant, visit, purpose and certificate or item.

A challenge is *reserved* in a transaction of its own before the answer is looked at, so that a wrong answer
spends it all the same; the act that believes the answer then marks it proved, once.
"""

from datetime import timedelta

from django.utils import timezone

from portal.accounts.actor import Actor
from portal.gm import Certificate as X509Certificate
from portal.gm import PublicKey
from portal.tenants import current_tenant, links, tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.proof import verify_proof
from renewals.bridge.protocol import CHALLENGE_SECONDS, build_tbs, decode_challenge, new_challenge
from renewals.errors import ChallengeSpent, ProofRefused
from renewals.models import BridgeChallenge, Certificate, Issuance, OrderItem


def origin() -> str:
    """The origin that this tenant's pages have, as the bridge will see it in the Origin header."""
    return links.origin(current_tenant())


def issue(
    purpose: str, *, by: Actor, certificate: Certificate | None = None, item: OrderItem | None = None
) -> dict[str, str]:
    """``{"challenge", "txn"}`` for the bridge. Inside a write tenant_tx.

    ``purpose``: claim, rekey, request, install or resume.
    """
    challenge = new_challenge()
    row = BridgeChallenge(
        challenge=decode_challenge(challenge),
        purpose=purpose,
        certificate=certificate or (item.certificate if item else None),
        item=item,
        user_id=by.user_id,
        session_hash=by.session_hash,
        expires_at=timezone.now() + timedelta(seconds=CHALLENGE_SECONDS),
    )
    row.transaction = transaction_of(item) if item else f"{current_tenant().slug}/{row.public_id}"
    row.save()
    return {"challenge": challenge, "txn": row.transaction}


def transaction_of(item: OrderItem) -> str:
    """The txn under which the bridge keeps the item's new key: one for each certificate that is asked for."""
    live = Issuance.objects.filter(item=item).exclude(state__in=["refused", "withdrawn"]).first()
    return f"{current_tenant().slug}/{(live or item).public_id}"


def reserve(tenant: Tenant, challenge: str, *, by: Actor) -> None:
    """Spend the challenge, in a committed transaction of its own. ChallengeSpent when it was already.

    Call it before the act that redeems it, outside any transaction.
    """
    with tenant_tx(tenant, write=True):
        reserved = BridgeChallenge.objects.filter(
            challenge=as_bytes(challenge),
            session_hash=by.session_hash,
            used_at__isnull=True,
            expires_at__gt=timezone.now(),
        ).update(used_at=timezone.now())
    if reserved != 1:
        raise ChallengeSpent()


def redeem(
    challenge: str,
    signature: bytes,
    *,
    purpose: str,
    action: str,
    signer: X509Certificate | PublicKey,
    by: Actor,
    item: OrderItem | None = None,
) -> bytes:
    """The tbs that was signed, once the signature is the key's over our reserved challenge. Inside the act.

    ChallengeSpent when it isn't reserved for this visit, purpose and item; ProofRefused when it isn't the key's.
    """
    row = BridgeChallenge.objects.filter(
        challenge=as_bytes(challenge),
        purpose=purpose,
        session_hash=by.session_hash,
        used_at__isnull=False,
        proved_at__isnull=True,
        expires_at__gt=timezone.now() - timedelta(seconds=CHALLENGE_SECONDS),
    ).first()
    if row is None or (item is not None and row.item_id != item.pk):
        raise ChallengeSpent()
    here, raw = origin(), bytes(row.challenge)
    if not verify_proof(signer, signature, origin=here, challenge=raw, txn=row.transaction, action=action):
        raise ProofRefused()
    row.proved_at = timezone.now()
    row.save(update_fields=["proved_at"])
    return build_tbs(here, raw, row.transaction, action)


def as_bytes(challenge: str) -> bytes:
    try:
        return decode_challenge(challenge)
    except ValueError:
        raise ChallengeSpent() from None
