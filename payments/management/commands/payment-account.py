"""``manage.py payment-account TENANT wechat|alipay|unionpay|invoice FILE``: an account from a JSON file.

FILE: {"label": …, "base_url": …, "params": {…}, "secrets": {…}}, see docs/payments.md. A secret or key whose value
starts with "@" is read from the file of that name beside FILE. The secrets are sealed; delete the files afterwards.
"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments import accounts
from portal.accounts.actor import Actor
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.ui.words import say


class Command(BaseCommand):
    help = "登记网厅的收款账户（wechat、alipay、unionpay）或开票账户（invoice）；原来启用的账户停用，仍处理旧订单。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="网厅短名")
        parser.add_argument("kind", choices=["wechat", "alipay", "unionpay", "invoice"])
        parser.add_argument("file", type=Path, help="JSON 文件")

    def handle(self, *_args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"没有短名为 {options['tenant']} 的网厅。")
        file: Path = options["file"]
        try:
            data = json.loads(file.read_text("utf-8"))
            label, base_url = str(data["label"]), str(data["base_url"])
            params, secrets = _resolved(data["params"], file.parent), _resolved(data["secrets"], file.parent)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CommandError(f"{file}：不能读取，请核对格式（{type(error).__name__}）。") from error
        by = Actor.system("payment-account")
        try:
            with tenant_tx(tenant, write=True):
                if options["kind"] == "invoice":
                    accounts.add_issuer(label=label, base_url=base_url, params=params, secrets=secrets, by=by)
                else:
                    accounts.add(
                        channel=options["kind"], label=label, base_url=base_url, params=params, secrets=secrets, by=by
                    )
        except PortalError as refusal:
            raise CommandError(say(refusal)) from refusal
        self.stdout.write(f"{tenant.name}：已启用“{label}”。")


def _resolved(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Values with "@file" read in, also one level down (platform_keys)."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found[name] = _resolved(value, folder)
        elif isinstance(value, str) and value.startswith("@"):
            found[name] = (folder / value[1:]).read_text("ascii").strip()
        else:
            found[name] = value
    return found
