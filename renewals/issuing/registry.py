"""Entering certificates in the registry: what a renewal, a replacement or an enrolment made."""

from dataclasses import dataclass

from portal import audit, vault
from portal.accounts.actor import Actor
from portal.accounts.models import Membership, MembershipRole, User
from renewals.issuing.requests import parse
from renewals.issuing.subjects import model_of, replaced_by
from renewals.models import Certificate, CertificateContact, CertificateGrant, Issuance, OrderItem

REGISTRY = Actor.system("certificate registry")


@dataclass(frozen=True)
class Medium:
    """Where a new certificate lives: on a key with this number, or ("", storage "file") in a file."""

    number: str
    key_model: str
    storage: str = "hardware"


def register_issued(
    item: OrderItem, issuance: Issuance, *, customer_id: int, medium: Medium | None = None
) -> Certificate:
    """The new certificate beside the old one: same holder (by its new name where it has one), gateway and people.

    ``medium``: another one than the old certificate's. An enrolment has no predecessor, and a number of its own.
    """
    old, name = model_of(item), item.new_name
    predecessor = replaced_by(item)
    on = medium or Medium(old.medium_number, old.key_model, old.storage)
    new = parse(bytes(issuance.signing_certificate or b""))
    made = Certificate.objects.create(
        programme_slug=old.programme_slug,
        organisation_id=old.organisation_id,
        serial=new.serial_hex,
        subject=new.subject,
        holder_kind=old.holder_kind,
        holder_name=name or old.holder_name,
        holder_code=old.holder_code,
        medium_number=on.number,
        key_model=on.key_model,
        algorithm=old.algorithm,
        storage=on.storage,
        has_seal=old.has_seal if predecessor else False,
        number=old.number if predecessor else item.new_number,
        gateway_id=old.gateway_id,
        kind=old.kind,
        not_before=new.not_before,
        not_after=new.not_after,
        signing_der=new.der,
        encryption_der=issuance.encryption_certificate,
        predecessor=predecessor,
    )
    if name:
        _rename(item, name)
    granted = set(old.grants.filter(withdrawn_at__isnull=True).values_list("user_id", "via"))
    if not any(user == customer_id for user, _ in granted) and not _acts_as_agent(old, customer_id):
        granted.add((customer_id, CertificateGrant.Via.KEY_PROOF))
    for user, via in granted:
        CertificateGrant.objects.create(certificate=made, user_id=user, via=via)
    for contact in old.contacts.filter(withdrawn_at__isnull=True):
        CertificateContact.objects.create(
            certificate=made,
            name=vault.reveal(contact, "name", by=REGISTRY, reason="证书更新后沿用联系人"),
            phone=vault.reveal(contact, "phone", by=REGISTRY, reason="证书更新后沿用联系人"),
            email=vault.reveal(contact, "email", by=REGISTRY, reason="证书更新后沿用联系人") or None,
        )
    return made


def _acts_as_agent(old: Certificate, customer_id: int) -> bool:
    """An agent's right ends with the authorisation (RULES P16): what they brought home gives them none of their own."""
    customer = User.objects.get(pk=customer_id)
    named = customer.phone_index and old.contacts.filter(withdrawn_at__isnull=True, phone_index=customer.phone_index)
    held = Membership.objects.filter(user=customer, organisation_id=old.organisation_id, role=MembershipRole.AGENT)
    return held.exists() and not (named and named.exists())


def _rename(item: OrderItem, name: str) -> None:
    """The holder is known by its new name once a certificate says so (RULES P11)."""
    organisation = item.order.organisation
    before, organisation.name = organisation.name, name
    organisation.save(update_fields=["name"])
    subject = f"organisation:{organisation.public_id}"
    audit.record("organisation.renamed", by=REGISTRY, subject=subject, detail={"before": before, "after": name})
