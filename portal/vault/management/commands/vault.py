"""``manage.py vault rewrap``: after a change of CERTHALL_MASTER_KEY_HEX.

Stop the site, set the new key there and the old one in CERTHALL_OLD_MASTER_KEY_HEX, run it, start the site.
Exit 1 when a tenant's key opens with neither.
"""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.actor import Actor
from portal.tenants.models import Tenant
from portal.vault.errors import SealedValueBroken
from portal.vault.rotation import Outcome, rewrap

OLD = "CERTHALL_OLD_MASTER_KEY_HEX"
SAID = {Outcome.REWRAPPED: "已换用新主密钥", Outcome.ALREADY: "已是新主密钥", Outcome.NO_KEY: "还没有密钥"}


class Command(BaseCommand):
    help = "更换主密钥后，重新包装各网厅的密钥"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["rewrap"])

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            old = bytes.fromhex(os.environ[OLD])
        except (KeyError, ValueError):
            raise CommandError(f"请把原来的主密钥（64 位十六进制）放在环境变量 {OLD} 里") from None
        for tenant in Tenant.objects.order_by("slug"):
            try:
                outcome = rewrap(tenant, old_master_key=old, by=Actor.system("vault"))
            except SealedValueBroken:
                raise CommandError(f"{tenant.slug}: 新旧两把主密钥都打不开它的密钥，未作改动") from None
            self.stdout.write(f"{tenant.slug}: {SAID[outcome]}")
