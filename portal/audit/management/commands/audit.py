"""``manage.py audit verify [--tenant SLUG] [--heads FILE]`` and ``audit head [--tenant SLUG]``.

verify: checks every chain; exit 1 and the first broken row of each chain that isn't whole.
head: prints each chain's signed head, one line each; keep them away from the database.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit import heads
from portal.audit.verify import Head, read_head, verify
from portal.errors import PortalError
from portal.tenants.models import Tenant
from portal.ui.words import say


class Command(BaseCommand):
    help = "核对审计链，或导出签名的链头"

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, text in (("verify", "核对审计链"), ("head", "导出签名的链头")):
            action = actions.add_parser(name, help=text)
            action.add_argument("--tenant", help="只处理这一家网厅（短名）")
            if name == "verify":
                action.add_argument("--heads", type=Path, help="以前导出的链头文件，一并核对")

    def handle(self, *_args: Any, action: str, tenant: str | None, heads: Path | None = None, **_options: Any) -> None:
        chosen = Tenant.objects.filter(slug=tenant) if tenant else Tenant.objects.all()
        rows = list(chosen.order_by("slug"))
        if tenant and not rows:
            raise CommandError(f"没有短名为 {tenant} 的网厅")
        if action == "head":
            self._head(rows)
        else:
            self._verify(rows, _read(heads))

    def _head(self, tenants: list[Tenant]) -> None:
        for tenant in tenants:
            self.stdout.write(heads.export(read_head(tenant)))

    def _verify(self, tenants: list[Tenant], known: dict[str, list[Head]]) -> None:
        broken = 0
        for tenant in tenants:
            result = verify(tenant, known=known.get(tenant.slug, []))
            if result.finding is None:
                self.stdout.write(f"{tenant.slug}: 完整，共 {result.rows} 条，链头 {result.head.hash.hex()}")
                continue
            broken += 1
            self.stderr.write(f"{tenant.slug}: 第 {result.finding.seq} 条不对：{result.finding.problem}")
        if broken:
            raise CommandError(f"{broken} 条审计链不完整", returncode=1)


def _read(file: Path | None) -> dict[str, list[Head]]:
    if file is None:
        return {}
    try:
        return heads.read(file.read_text("utf-8").splitlines())
    except OSError as error:
        raise CommandError(f"读不到 {file}: {error.strerror}") from error
    except PortalError as error:
        raise CommandError(str(say(error))) from error
