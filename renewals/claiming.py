"""A certificate becomes somebody's by proof of its key, or by a sealed authorisation and a review (RULES P2, P17).

DESIGN §4.
"""

from dataclasses import dataclass, field

from django.utils import timezone

from portal import audit, gm, jobs, notices, vault
from portal.accounts import memberships
from portal.accounts.actor import Actor
from portal.accounts.models import MembershipRole, User, VerifiedBy
from portal.accounts.sign_in import lift_restriction
from renewals.choosing import choose_path
from renewals.errors import CertificateUnknown, ClaimRefused, NotRenewable
from renewals.models import Certificate, CertificateContact, CertificateGrant, Order, ProgrammeVersion
from renewals.publishing import current, pack_of
from renewals.steps.claims import may_work_with
from renewals.validation import same_holder, same_name

REGISTRY = Actor.system("certificate registry")
_PROVED_BY = {
    CertificateGrant.Via.KEY_PROOF: VerifiedBy.KEY_PROOF,
    CertificateGrant.Via.REVIEW: VerifiedBy.REVIEW,
}


def registered(der: bytes) -> Certificate:
    """The hall's own entry of this very certificate. CertificateUnknown when there is none, or it isn't one."""
    try:
        read = gm.Certificate.from_der(der)
    except gm.GmError:
        raise CertificateUnknown() from None
    known = Certificate.objects.select_related("organisation").filter(serial=read.serial_hex).first()
    if known is None or bytes(known.signing_der) != read.der:
        raise CertificateUnknown()
    return known


def named(serial: str, organisation: str, code: str) -> Certificate:
    """The certificate that somebody without its key has described, if it may be claimed by a sealed authorisation.

    ClaimRefused alike for an unknown serial, another holder's, one that the key alone may claim (not expired), one
    that can't be renewed: whoever guesses learns nothing (RULES P2). Reserve an attempt first.
    """
    found = None
    for known in Certificate.objects.filter(serial=normal_serial(serial)).select_related("organisation"):
        fits = same_name(organisation, known.holder_name) and same_holder(code, known.holder_code)
        if fits and _takes_papers(known):
            found = known
    if found is None:
        raise ClaimRefused()
    return found


def normal_serial(typed: str) -> str:
    """Upper-case hex without spaces, colons, hyphens and leading zeros, as the registry keeps it."""
    return "".join(typed.split()).replace(":", "").replace("-", "").upper().lstrip("0")


def _takes_papers(certificate: Certificate) -> bool:
    try:
        pack = pack_of(current(certificate.programme_slug))
        _facts, path = choose_path(pack, certificate)
    except (ProgrammeVersion.DoesNotExist, NotRenewable):
        return False
    return any(
        step.kind == "documents" and any(paper.wanted == "unproven_claim" for paper in step.papers)
        for step in pack.path(path).steps
    )


def grant(user: User, certificate: Certificate, *, take_over: bool, by: Actor) -> None:
    """The key was proved in this transaction: ``user`` may work with the certificate from now on.

    ``take_over``: the handlers so far have left, their right ends (taking_over.move_orders takes their orders along).
    Either way they are told. Inside a write tenant_tx.
    """
    had_it = may_work_with(user, certificate)
    ended = "您对它的办理权限已解除。" if take_over else "您仍可以办理。"
    others, is_new = _bind(user, certificate, via=CertificateGrant.Via.KEY_PROOF, take_over=take_over, by=by)
    if had_it:  # a stranger with the number's old account and a key of his own proves nothing about the old one
        lift_restriction(user, by=by, evidence=f"key_proof:{certificate.serial}")
    if is_new or take_over:
        _tell(others, "certificate.claimed", user, certificate, ended=ended)


def grant_by_review(order: Order, by: Actor) -> None:
    """A reviewer has accepted the sealed authorisation: the order's customer may work with its certificates (P2).

    The handlers so far are unbound and told, and their own orders of these certificates end by a job. Inside the
    act that approves; nothing happens to an order whose claim isn't open.
    """
    if order.claim != Order.Claim.SEALED_AUTHORISATION:
        return
    for item in order.items.select_related("certificate__organisation"):
        certificate = item.certificate
        via = CertificateGrant.Via.REVIEW
        others, _is_new = _bind(order.customer, certificate, via=via, take_over=True, by=by)
        _tell(others, "certificate.granted", order.customer, certificate)
        jobs.enqueue(
            "renewals.unbind_orders",
            {"certificate": certificate.public_id, "user": order.customer.public_id},
            key=f"unbind_orders:{order.public_id}:{certificate.public_id}",
        )


@dataclass
class _Others:
    """The handlers so far: accounts, and the CA's contacts who have none here."""

    users: dict[int, User] = field(default_factory=dict)
    contacts: list[CertificateContact] = field(default_factory=list)


def _others(user: User, certificate: Certificate) -> _Others:
    found = _Others()
    grants = CertificateGrant.objects.filter(certificate=certificate, withdrawn_at__isnull=True).exclude(user=user)
    found.users = {grant.user_id: grant.user for grant in grants.select_related("user")}
    for contact in CertificateContact.objects.filter(certificate=certificate, withdrawn_at__isnull=True):
        if user.phone_index and bytes(contact.phone_index or b"") == bytes(user.phone_index):
            continue
        owner = User.objects.filter(phone_index=contact.phone_index).first() if contact.phone_index else None
        if owner is None:
            found.contacts.append(contact)
        else:
            found.users[owner.pk] = owner
    return found


def _bind(
    user: User, certificate: Certificate, *, via: CertificateGrant.Via, take_over: bool, by: Actor
) -> tuple[_Others, bool]:
    """Grant and membership; the others' end with ``take_over``. Who they are, and whether the grant is new."""
    others = _others(user, certificate)
    if take_over:
        now = timezone.now()
        grants = CertificateGrant.objects.filter(certificate=certificate, withdrawn_at__isnull=True)
        grants.exclude(user=user).update(withdrawn_at=now)
        contacts = CertificateContact.objects.filter(certificate=certificate, withdrawn_at__isnull=True)
        contacts.exclude(phone_index=user.phone_index).update(withdrawn_at=now)
    _grant, is_new = CertificateGrant.objects.get_or_create(
        certificate=certificate, user=user, withdrawn_at=None, defaults={"via": via}
    )
    memberships.grant(user, certificate.organisation, role=MembershipRole.HANDLER, verified_by=_PROVED_BY[via], by=by)
    audit.record(
        "certificate.claimed",
        by=by,
        subject=f"certificate:{certificate.public_id}",
        detail={
            "serial": certificate.serial,
            "user": user.public_id,
            "via": str(via),
            "took_over": take_over,
            "others": len(others.users) + len(others.contacts),
        },
    )
    return others, is_new


def _tell(others: _Others, notice: str, user: User, certificate: Certificate, *, ended: str = "") -> None:
    context: dict[str, object] = {"tail": certificate.serial[-4:], "holder": certificate.holder_name, "ended": ended}
    key = f"{notice}:{certificate.public_id}:{user.public_id}:{len(ended)}"
    for _pk, other in sorted(others.users.items()):
        notices.send(notice, to=notices.Recipient(user=other), context=context, key=f"{key}:{other.public_id}")
    for contact in others.contacts:
        phone = vault.reveal(contact, "phone", by=REGISTRY, reason="告知证书改由他人办理")
        notices.send(notice, to=notices.Recipient(phone=phone), context=context, key=f"{key}:{contact.public_id}")
