"""Entering certificates in the registry: what a renewal made."""

from portal import audit, vault
from portal.accounts.actor import Actor
from renewals.issuing.requests import parse
from renewals.models import Certificate, CertificateContact, CertificateGrant, Issuance, OrderItem

REGISTRY = Actor.system("certificate registry")


def register_issued(item: OrderItem, issuance: Issuance, *, customer_id: int) -> Certificate:
    """The new certificate beside the old one: same holder (by its new name where it has one), key and people."""
    old, name = item.certificate, item.new_name
    new = parse(bytes(issuance.signing_certificate or b""))
    made = Certificate.objects.create(
        programme_slug=old.programme_slug,
        organisation_id=old.organisation_id,
        serial=new.serial_hex,
        subject=new.subject,
        holder_kind=old.holder_kind,
        holder_name=name or old.holder_name,
        holder_code=old.holder_code,
        medium_number=old.medium_number,
        key_model=old.key_model,
        algorithm=old.algorithm,
        storage=old.storage,
        has_seal=old.has_seal,
        not_before=new.not_before,
        not_after=new.not_after,
        signing_der=new.der,
        encryption_der=issuance.encryption_certificate,
        predecessor=old,
    )
    if name:
        _rename(item, name)
    granted = set(old.grants.filter(withdrawn_at__isnull=True).values_list("user_id", "via"))
    if not any(user == customer_id for user, _ in granted):
        granted.add((customer_id, CertificateGrant.Via.KEY_PROOF))
    for user, via in granted:
        CertificateGrant.objects.create(certificate=made, user_id=user, via=via)
    for contact in old.contacts.filter(withdrawn_at__isnull=True):
        CertificateContact.objects.create(
            certificate=made,
            name=vault.reveal(contact, "name", by=REGISTRY, reason="证书更新后沿用联系人"),
            phone=vault.reveal(contact, "phone", by=REGISTRY, reason="证书更新后沿用联系人"),
        )
    return made


def _rename(item: OrderItem, name: str) -> None:
    """The holder is known by its new name once a certificate says so (RULES P11)."""
    organisation = item.order.organisation
    before, organisation.name = organisation.name, name
    organisation.save(update_fields=["name"])
    subject = f"organisation:{organisation.public_id}"
    audit.record("organisation.renamed", by=REGISTRY, subject=subject, detail={"before": before, "after": name})
