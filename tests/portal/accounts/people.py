"""Invented people, and browsers in which they are signed in. For every test that needs somebody."""

import base64
import itertools

from django.http import HttpRequest
from django.test import Client
from django_otp.oath import totp

from portal import vault
from portal.accounts import visits
from portal.accounts.actor import Actor
from portal.accounts.middleware import cookie_name
from portal.accounts.models import StaffRole, StaffTotpDevice, User, UserKind
from portal.accounts.roles import Role
from portal.accounts.sessions import SessionStore
from portal.accounts.sign_in import customer_by_phone
from portal.tenants.models import Tenant
from portal.tenants.transaction import tenant_tx

PASSWORD = "correct horse battery staple"
SYSTEM = Actor.system("tests")
_KEY = "31323334353637383930" * 2
_numbers = itertools.count(1)


def make_customer(tenant: Tenant, phone: str = "19900000001") -> User:
    with tenant_tx(tenant, write=True):
        return customer_by_phone(tenant, phone)[0]


def make_staff(tenant: Tenant, *roles: Role, username: str = "", password: str = "", enrolled: bool = True) -> User:
    """A colleague with an authenticator; without a password unless one is given (Argon2 takes its time)."""
    with tenant_tx(tenant, write=True):
        kind = UserKind.PLATFORM if tenant.is_platform else UserKind.STAFF
        user = User(kind=kind, username=username or f"colleague{next(_numbers)}", display_name="测试员")
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.save()
        for role in roles:
            StaffRole(user=user, role=role).save()
        if enrolled:
            StaffTotpDevice(user=user, key=_KEY).save()
        return user


def token_of(user: User, *, steps: int = 0) -> str:
    """What the user's authenticator shows now, or so many steps from now."""
    with tenant_tx(user.tenant_id):
        device = StaffTotpDevice.objects.get(user=user)
        key = bytes.fromhex(vault.open_field(device, "key"))
    return f"{totp(key, drift=steps):06d}"


def token_for_secret(base32: str) -> str:
    return f"{totp(base64.b32decode(base32)):06d}"


def sign_in(client: Client, user: User) -> Client:
    """Put a session of ``user`` into this browser, as the sign-in pages do."""
    request = HttpRequest()
    request.session = SessionStore()
    request.session.tenant_id = user.tenant_id
    with tenant_tx(user.tenant_id):
        device = StaffTotpDevice.objects.get(user=user) if user.is_staff else None
        visits.begin(request, user, device)
    request.session.save()
    client.cookies[cookie_name(user.tenant)] = request.session.session_key or ""
    return client


def browser_of(user: User) -> Client:
    return sign_in(Client(), user)


def session_of(client: Client, tenant: Tenant) -> SessionStore:
    """What the server keeps for this browser."""
    cookie = client.cookies.get(cookie_name(tenant))
    store = SessionStore(cookie.value if cookie else None)
    store.tenant_id = tenant.pk
    return store


def actor_for(user: User, *roles: Role) -> Actor:
    return Actor("customer" if user.is_customer else "staff", user.pk, user.masked_label, frozenset(roles), "127.0.0.1")
