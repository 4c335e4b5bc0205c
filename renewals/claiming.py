"""A certificate becomes somebody's by proof of its key (RULES P2, P17; DESIGN §4)."""

from django.utils import timezone

from portal import audit, gm, notices
from portal.accounts import memberships
from portal.accounts.actor import Actor
from portal.accounts.models import MembershipRole, User, VerifiedBy
from portal.accounts.sign_in import lift_restriction
from renewals.errors import CertificateUnknown
from renewals.models import Certificate, CertificateGrant
from renewals.steps.claims import may_work_with


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


def grant(user: User, certificate: Certificate, *, take_over: bool, by: Actor) -> None:
    """The key was proved in this transaction: ``user`` may work with the certificate from now on.

    ``take_over``: the handlers so far have left, their grants end. Either way they are told. Inside a write tenant_tx.
    """
    had_it = may_work_with(user, certificate)
    others = CertificateGrant.objects.filter(certificate=certificate, withdrawn_at__isnull=True).exclude(user=user)
    told = {grant.user for grant in others.select_related("user")}
    if take_over:
        others.update(withdrawn_at=timezone.now())
    _, is_new = CertificateGrant.objects.get_or_create(
        certificate=certificate,
        user=user,
        withdrawn_at=None,
        defaults={"via": CertificateGrant.Via.KEY_PROOF},
    )
    memberships.grant(
        user, certificate.organisation, role=MembershipRole.HANDLER, verified_by=VerifiedBy.KEY_PROOF, by=by
    )
    if had_it:  # a stranger with the number's old account and a key of his own proves nothing about the old one
        lift_restriction(user, by=by, evidence=f"key_proof:{certificate.serial}")
    audit.record(
        "certificate.claimed",
        by=by,
        subject=f"certificate:{certificate.public_id}",
        detail={"serial": certificate.serial, "took_over": take_over, "others": len(told)},
    )
    if is_new:
        for other in sorted(told, key=lambda each: each.pk):
            notices.send(
                "certificate.claimed",
                to=notices.Recipient(user=other),
                context={
                    "tail": certificate.serial[-4:],
                    "holder": certificate.holder_name,
                    "ended": "您对它的办理权限已解除。" if take_over else "您仍可以办理。",
                },
                key=f"certificate.claimed:{certificate.public_id}:{user.public_id}:{other.public_id}",
            )
