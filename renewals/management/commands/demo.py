"""manage.py demo load | code: the demo halls, and what a demo authenticator shows."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments import demo as payments_demo
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo import certificates, halls, people, programme_orders
from renewals.demo.orders import Demo
from renewals.programmes import shipped_packs
from renewals.publishing import publish
from renewals.walking.pay_desk import PayDesk


class Command(BaseCommand):
    help = "演示数据： load 建立演示网厅、人员、证书和订单（需要沙箱已启动）；code 显示演示账号当前的动态口令。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        load = commands.add_parser("load", help="建立还没有的演示数据")
        load.add_argument("--without-orders", action="store_true", help="不建订单（不需要沙箱）")
        code = commands.add_parser("code", help="演示账号当前的动态口令")
        code.add_argument("account", metavar="网厅/用户名", help="例如 szca/finance")

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.CERTHALL.is_production:
            raise CommandError("演示数据不能装进生产环境。")
        if options["what"] == "code":
            self._code(options["account"])
            return
        load_base()
        if not options["without_orders"]:
            tenants = halls.load()
            desk, pay_desk = SoftKeyDesk(certificates.desk_folder()), PayDesk(settings.CERTHALL.pay_sandbox_url)
            made = Demo(tenants["szca"], desk, pay_desk).load()
            made += programme_orders.load(tenants, desk, pay_desk)
            if made:
                self.stdout.write(f"已建立 {made} 张演示订单")

    def _code(self, account: str) -> None:
        slug, _, username = account.partition("/")
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None or username not in people.STAFF:
            raise CommandError(
                f"没有演示账号 {account}；网厅有 {'、'.join(halls.HALLS)}，用户名有 {'、'.join(people.STAFF)}。"
            )
        self.stdout.write(people.current_code(tenant, username))


def load_base() -> None:
    """Halls, people, programmes, channel accounts and certificates; what is there stays."""
    made = halls.load()
    packs = list(shipped_packs())
    for slug, tenant in made.items():
        with tenant_tx(tenant, write=True):
            for pack in packs:
                if pack.tenant == slug:
                    publish(pack)
        people.load_staff(tenant)
        payments_demo.load(tenant)
        with tenant_tx(tenant, write=True):
            for mobile, name in people.CUSTOMERS.items():
                people.customer(mobile, name)
    certificates.load(made)
