"""manage.py tenant add | invite: open a hall in an installation, and let its first administrator in."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from portal import tenants
from portal.accounts import staff
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.errors import InvalidInput
from portal.tenants import tenant_tx
from portal.tenants.models import RESERVED_SLUGS, Tenant, TenantHost

BY = Actor.system("command line")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


class Command(BaseCommand):
    help = "网厅： add 开设一个网厅并邀请它的第一位管理员；invite 给管理员一条新的邀请链接（例如忘记了密码）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        add = commands.add_parser("add", help="开设网厅")
        add.add_argument("slug", help="短名，用在网址前缀：小写字母、数字和短横线")
        add.add_argument("--name", required=True, help="全称")
        add.add_argument("--short-name", required=True, help="页面左上角的简称")
        add.add_argument("--host", default="", help="它自己的域名；不给则用 /短名/ 前缀")
        add.add_argument("--hotline", default="", help="服务热线")
        add.add_argument("--administrator", default="admin", metavar="用户名", help="第一位网厅管理员")
        invite = commands.add_parser("invite", help="新的邀请链接")
        invite.add_argument("slug")
        invite.add_argument("username")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["what"] == "add":
            self._add(options)
        else:
            self._invite(options["slug"], options["username"])

    def _add(self, options: dict[str, Any]) -> None:
        slug, host = options["slug"], options["host"].lower()
        if slug in RESERVED_SLUGS or Tenant.objects.filter(slug=slug).exists():
            raise CommandError(f"短名 {slug} 已被使用，请换一个。")
        if host and (not _HOST.fullmatch(host) or TenantHost.objects.filter(host=host).exists()):
            raise CommandError(f"域名 {host} 不正确，或已属于别的网厅。")
        tenant = Tenant(slug=slug, name=options["name"], short_name=options["short_name"], hotline=options["hotline"])
        try:
            tenant.full_clean()
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from None
        tenant.save()
        if host:
            TenantHost.objects.create(host=host, tenant=tenant)
        with tenant_tx(tenant, write=True):
            try:
                invited = staff.create(
                    username=options["administrator"],
                    display_name=options["administrator"],
                    roles=[Role.TENANT_ADMINISTRATOR],
                    by=BY,
                )
            except InvalidInput as wrong:
                raise CommandError("；".join(words for found in wrong.fields.values() for words in found)) from None
        self._tell(tenant, invited.token)

    def _invite(self, slug: str, username: str) -> None:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"没有网厅 {slug}。")
        with tenant_tx(tenant, write=True):
            user = User.objects.filter(username=username.lower()).first()
            if user is None or user.is_customer:
                raise CommandError(f"{slug} 没有工作人员 {username}。")
            invited = staff.invite(user, by=BY)
        self._tell(tenant, invited.token)

    def _tell(self, tenant: Tenant, token: str) -> None:
        with tenant_tx(tenant):
            link = tenants.url(tenant, "staff-invitation", token)
        self.stdout.write(f"请把这条链接交给管理员本人，7 天内有效，只能用一次：\n{link}")
