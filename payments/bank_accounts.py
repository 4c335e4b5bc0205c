"""The tenant's own bank accounts, and the lock under which their lines are stored and used.

Lock order: bank account → line → charge → claim → audit head.
"""

from django.db import transaction

from payments.errors import BankAccountNotFound
from payments.models import BankAccount
from payments.statements import Mapping
from portal import audit
from portal.accounts.actor import Actor
from portal.tenants import current_tenant


def of_payee(*, by: Actor) -> BankAccount | None:
    """In a write tenant_tx: the account that payers are told of; kept here when it is first asked for."""
    payee = current_tenant().payee or {}
    number = "".join(str(payee.get("account", "")).split())
    if not number:
        return None
    known: BankAccount | None = BankAccount.objects.filter(number=number).first()
    return known or add(number, bank=str(payee.get("bank", "")), name=str(payee.get("name", "")), by=by)


def add(number: str, *, bank: str, name: str, by: Actor, cuts_names_at: int | None = None) -> BankAccount:
    """In a write tenant_tx. The number is known already → that account, as it is."""
    with transaction.atomic():
        made, is_new = BankAccount.objects.get_or_create(
            number=number, defaults={"bank": bank[:100], "name": name[:128], "cuts_names_at": cuts_names_at}
        )
    if is_new:
        audit.record("bank_account.added", by=by, subject=f"bank_account:{made.public_id}", detail={"number": number})
    found: BankAccount = made
    return found


def get(number: str) -> BankAccount:
    """By its number, spaces or not. Raises BankAccountNotFound."""
    plain = "".join(number.split())
    found: BankAccount | None = BankAccount.objects.filter(number=plain).first()
    if found is None:
        raise BankAccountNotFound(number=plain)
    return found


def save_mapping(account: BankAccount, mapping: Mapping | None, *, by: Actor) -> None:
    """In a write tenant_tx: how this bank's tables are to be read from now on; None: by the readers again."""
    account.mapping = mapping.as_json() if mapping else {}
    account.save(update_fields=["mapping"])
    audit.record(
        "bank_account.mapped", by=by, subject=f"bank_account:{account.public_id}", detail={"mapping": account.mapping}
    )


def mapping_of(account: BankAccount) -> Mapping | None:
    return Mapping.from_json(account.mapping) if account.mapping else None


def lock(number: str) -> BankAccount | None:
    """In a write tenant_tx, before any charge is locked: nobody else stores or uses this account's lines meanwhile."""
    found: BankAccount | None = BankAccount.objects.select_for_update().filter(number=number).first()
    return found
