"""manage.py certificates import | template | client: the registry's certificates from the CA's files and systems.

Exit code 1: the file was refused, or rows of it were; those are named, and all the others are in.
"""

import csv
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.ui.words import say
from renewals.importing import clients
from renewals.importing.columns import HEADINGS, label
from renewals.importing.errors import ImportRefused
from renewals.importing.tasks import take_file
from renewals.importing.words import say_problem
from renewals.models import ImportRow, ImportRun, RowOutcome

BY = Actor.system("command line")
_SHOWN = 100


class Command(BaseCommand):
    help = "证书登记： import 从 CSV、XLS、XLSX 导入；template 打印空白模板；client 给 CA 的系统开通或停用接口。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        load = actions.add_parser("import", help="导入；正确的行登记，有误的行列出；同一文件可重复导入")
        load.add_argument("file", help="证书文件；- 为标准输入")
        load.add_argument("--tenant", required=True, help="网厅短名")
        actions.add_parser("template", help="打印带表头的空白 CSV")
        client = actions.add_parser("client", help="给一个系统新的接口令牌，原来的随即作废")
        client.add_argument("name", help="系统名称")
        client.add_argument("--tenant", required=True, help="网厅短名")
        client.add_argument("--withdraw", action="store_true", help="只停用，不发新的")

    def handle(self, *_args: Any, **options: Any) -> None:
        actions = {"import": self._import, "template": self._template, "client": self._client}
        actions[options["action"]](options)

    def _import(self, options: dict[str, Any]) -> None:
        tenant = _tenant(options["tenant"])
        name = options["file"]
        try:
            data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            run = take_file(tenant, data, Path(name).name)
        except OSError as error:
            raise CommandError(f"读不了文件 {name}：{error.strerror}") from error
        except ImportRefused as refusal:
            raise CommandError(say(refusal)) from refusal
        counts = f"新登记 {run.created}，更新 {run.updated}，没有变化 {run.unchanged}，未导入 {run.refused}"
        self.stdout.write(f"共 {run.rows_total} 行：{counts}")
        if run.refused:
            self._name_refused(tenant, run)
            raise CommandError(f"有 {run.refused} 行未导入，请改正后重新导入整份文件。", returncode=1)

    def _name_refused(self, tenant: Tenant, run: ImportRun) -> None:
        with tenant_tx(tenant):
            refused = ImportRow.objects.filter(run=run, outcome=RowOutcome.REFUSED).order_by("number")
            for row in refused[:_SHOWN]:
                told = "；".join(say_problem(problem) for problem in row.problems)
                self.stdout.write(f"  第 {row.number} 行：{told}")
        if run.refused > _SHOWN:
            self.stdout.write(f"  ……共 {run.refused} 行")

    def _template(self, _options: dict[str, Any]) -> None:
        csv.writer(self.stdout).writerow([label(field) for field in HEADINGS])

    def _client(self, options: dict[str, Any]) -> None:
        tenant, name = _tenant(options["tenant"]), options["name"]
        with tenant_tx(tenant, write=True):
            if not options["withdraw"]:
                self.stdout.write(clients.register(name, by=BY))
                return
            if not clients.withdraw(name, by=BY):
                raise CommandError(f"没有叫 {name} 的接口账户")
        self.stdout.write(f"已停用 {name}")


def _tenant(slug: str) -> Tenant:
    found = Tenant.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"没有短名为 {slug} 的网厅")
    return found
