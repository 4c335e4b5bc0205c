"""`manage.py tenant`: how an installation gets its first hall and its first administrator."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant, TenantHost

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("tenant", *arguments, stdout=out)
    return out.getvalue()


def add(*more: str) -> str:
    return run("add", "newca", "--name", "测试新电子认证有限公司", "--short-name", "新 CA", *more)


def test_a_new_hall_has_one_administrator_who_chooses_a_password_by_the_link() -> None:
    link = re.search(r"http\S+", add("--administrator", "boss"))
    assert link
    tenant = Tenant.objects.get(slug="newca")
    with tenant_tx(tenant):
        user = User.objects.get(username="boss")
        assert list(user.staff_roles.values_list("role", flat=True)) == [Role.TENANT_ADMINISTRATOR]
        assert not user.has_usable_password()
    path = "/" + link[0].split("/", 3)[3]
    assert Client().get(path).status_code == 200


def test_its_own_host_is_in_the_link() -> None:
    assert "//hall.example.cn" in add("--host", "hall.example.cn")
    assert TenantHost.objects.get(host="hall.example.cn").tenant.slug == "newca"


@pytest.mark.parametrize("slug", ["static", "A B", "x"])
def test_a_slug_that_cannot_be_is_refused(slug: str) -> None:
    with pytest.raises(CommandError):
        run("add", slug, "--name", "测试", "--short-name", "测试")
    assert not Tenant.objects.filter(slug=slug).exists()


def test_a_second_invitation_ends_the_first() -> None:
    first = re.search(r"http\S+", add())
    second = re.search(r"http\S+", run("invite", "newca", "admin"))
    assert first
    assert second
    statuses = [Client().get("/" + link[0].split("/", 3)[3]).status_code for link in (first, second)]
    assert statuses == [404, 200]


def test_nobody_of_that_name_is_told() -> None:
    add()
    with pytest.raises(CommandError, match="没有工作人员"):
        run("invite", "newca", "nobody")
