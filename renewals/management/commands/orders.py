"""``manage.py orders check [--tenant SLUG]``: the projection that lists are made from agrees with the rules."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.tenants.models import Tenant
from renewals.agreement import check


class Command(BaseCommand):
    help = "核对订单：列表所用的状态、下一步办理人等与规则推算的一致"

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        action = actions.add_parser("check", help="逐张核对，遇到第一处不一致即停止，退出码为 1")
        action.add_argument("--tenant", help="只核对这一家网厅（短名）")

    def handle(self, *_args: Any, tenant: str | None, **_options: Any) -> None:
        chosen = Tenant.objects.filter(slug=tenant) if tenant else Tenant.objects.all()
        tenants = list(chosen.order_by("slug"))
        if tenant and not tenants:
            raise CommandError(f"没有短名为 {tenant} 的网厅")
        for one in tenants:
            result = check(one)
            if result.found is not None:
                found = result.found
                raise CommandError(
                    f"{found.tenant}: 订单 {found.number}（{found.public_id}）不一致：{found.problem}", returncode=1
                )
            self.stdout.write(f"{one.slug}: 一致，共 {result.orders} 张")
