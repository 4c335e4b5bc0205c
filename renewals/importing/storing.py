"""An entry into the registry: created, updated, or found as it is. What a row leaves empty stays as it was."""

from dataclasses import replace
from typing import Any

from django.utils import timezone

from portal import vault
from portal.accounts.actor import Actor
from portal.accounts.memberships import organisation_named
from portal.accounts.models import Organisation
from portal.tenants import current_tenant
from renewals.importing.entries import Entry, Person, RowProblem, RowRefused
from renewals.models import Certificate, CertificateContact, Gateway, RowOutcome

_NEW_HOLDER = ("holder_name", "holder_code")


def store(entry: Entry, *, by: Actor) -> RowOutcome:
    """Inside a write tenant_tx. RowRefused with nothing written where the registry says otherwise."""
    known = Certificate.objects.select_for_update(of=("self",)).filter(serial=entry.serial).first()
    gateway = Gateway.objects.select_for_update(of=("self",)).filter(code=entry.gateway.get("code", "")).first()
    organisation = _organisation(entry.told, by)
    _check(entry, known, gateway, organisation)
    told = dict(entry.told)
    changed_gateway = False
    if entry.gateway:
        gateway, changed_gateway = _gateway(gateway, entry.gateway, organisation)
        told["gateway"] = gateway
    if known is None:
        known, outcome = _created(entry, told, organisation), RowOutcome.CREATED
    else:
        outcome = RowOutcome.UPDATED if _updated(known, entry, told, organisation) else RowOutcome.UNCHANGED
    changed_people = bool(entry.people) and _name_people(known, entry.people)
    if outcome is RowOutcome.UNCHANGED and (changed_gateway or changed_people):
        return RowOutcome.UPDATED
    return outcome


def _check(entry: Entry, known: Certificate | None, gateway: Gateway | None, organisation: Organisation) -> None:
    problems = []
    if known is not None and bytes(known.signing_der) != entry.signing_der:
        problems.append(RowProblem("certificate", "other_certificate"))
    if gateway is not None and gateway.organisation_id != organisation.pk:
        problems.append(RowProblem("gateway_code", "gateway_of_another"))
    if entry.gateway and gateway is None and "type" not in entry.gateway:
        problems.append(RowProblem("gateway_type", "missing"))
    if problems:
        raise RowRefused(problems)


def _organisation(told: dict[str, Any], by: Actor) -> Organisation:
    """Known by its credit code; an old nine-digit code alone doesn't find one, its name does then."""
    code = told["holder_code"]
    codes = {"credit_code": code} if len(code) == 18 else {"old_code": code}
    return organisation_named(told["holder_name"], by=by, **codes)


def _gateway(known: Gateway | None, told: dict[str, str], organisation: Organisation) -> tuple[Gateway, bool]:
    if known is None:
        return Gateway.objects.create(organisation=organisation, **told), True
    changed = [name for name, value in told.items() if getattr(known, name) != value]
    for name in changed:
        setattr(known, name, told[name])
    if changed:
        known.save(update_fields=changed)
    return known, bool(changed)


def _created(entry: Entry, told: dict[str, Any], organisation: Organisation) -> Certificate:
    fields = {"holder_kind": "organisation", "key_model": "", "medium_number": ""} | told
    return Certificate.objects.create(
        organisation=organisation,
        serial=entry.serial,
        subject=entry.subject,
        algorithm=entry.algorithm,
        not_before=entry.not_before,
        not_after=entry.not_after,
        signing_der=entry.signing_der,
        encryption_der=entry.encryption_der,
        ca_status_at=timezone.now() if "ca_status" in told else None,
        **fields,
    )


def _updated(known: Certificate, entry: Entry, told: dict[str, Any], organisation: Organisation) -> bool:
    wanted = told | {"organisation": organisation}
    if entry.encryption_der is not None:
        wanted["encryption_der"] = entry.encryption_der
    changed = [name for name, value in wanted.items() if _plain(getattr(known, name)) != _plain(value)]
    if "ca_status" in changed:
        known.ca_status_at = timezone.now()
        changed.append("ca_status_at")
        wanted["ca_status_at"] = known.ca_status_at
    for name in changed:
        setattr(known, name, wanted[name])
    if changed:
        known.save(update_fields=changed)
    return bool(changed)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _name_people(certificate: Certificate, people: tuple[Person, ...]) -> bool:
    """The row's people are the certificate's contacts. Who was unbound (RULES P2) isn't bound again by an old list."""
    tenant = current_tenant()
    by_index = {vault.blind_index(tenant, "user.phone", person.phone): person for person in people}
    rows = list(CertificateContact.objects.filter(certificate=certificate))
    kept = [row for row in rows if row.withdrawn_at is None and bytes(row.phone_index) in by_index]
    names, emails = vault.open_many(kept, "name"), vault.open_many(kept, "email")
    changed = False
    for row, name, email in zip(kept, names, emails, strict=True):
        person = by_index[bytes(row.phone_index)]
        person = replace(person, email=person.email or email)
        if (person.name, person.email) != (name, email):
            row.name, row.email, changed = person.name, person.email or None, True
            row.save(update_fields=["name", "email"])
    gone = [row.pk for row in rows if row.withdrawn_at is None and row not in kept]
    if gone:
        CertificateContact.objects.filter(pk__in=gone).update(withdrawn_at=timezone.now())
    new = set(by_index) - {bytes(row.phone_index) for row in rows}
    for index in sorted(new):
        person = by_index[index]
        CertificateContact.objects.create(
            certificate=certificate, name=person.name, phone=person.phone, email=person.email or None
        )
    return changed or bool(gone) or bool(new)
