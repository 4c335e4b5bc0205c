"""Who goes past the audit row or past the tenant, by name: a new module in these lists is a decision."""

import ast
import functools
from pathlib import Path

import pytest
from django.conf import settings

ROOMS = ("portal", "payments", "renewals")

#: opens sealed fields without an audit row, and what for
OPENING = {
    "portal/accounts/second_factor.py": "checks a one-time password; shows its secret once, when it is enrolled",
    "portal/accounts/sms_codes.py": "hands the number that was typed to the SMS service",
    "portal/files/store.py": "a file's own key, for whom a guard lets open it; its name for the same",
    "renewals/producing/first_pins.py": "the key that opens one first PIN, for its one message or mailer",
    "renewals/staff_selectors/order.py": "makes masks of an application's answers; each new personal field needs one",
}
#: the same, many rows at once
OPENING_MANY = {
    "payments/charge_index.py": "compares the accounts of claims with those of a statement; shows neither",
    "renewals/importing/storing.py": "compares an import's contacts with those that are known; shows neither",
    "renewals/reminding.py": "hands phones and addresses to the notices, a portion of reminders at a time",
}
#: switches the tenant's scope off
UNSCOPED: dict[str, str] = {}


@functools.cache
def _names(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return used | {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}


@pytest.mark.parametrize(
    ("name", "known", "home"),
    [
        ("open_field", OPENING, "portal/vault/"),
        ("open_many", OPENING_MANY, "portal/vault/"),
        ("scopes_disabled", UNSCOPED, "portal/tenants/"),
        ("with_scopes_disabled", UNSCOPED, "portal/tenants/"),
        ("data_keys", {}, "portal/vault/"),
        ("tenant_secret", {}, "portal/vault/"),
    ],
)
def test_only_these_modules(name, known, home):
    base = Path(settings.BASE_DIR)
    files = [file for room in ROOMS for file in (base / room).rglob("*.py")]
    found = {str(file.relative_to(base)) for file in files if name in _names(file)}
    assert {file for file in found if not file.startswith(home)} == set(known)
