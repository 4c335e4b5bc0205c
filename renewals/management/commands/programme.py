"""manage.py programme check | simulate | show | publish: rule packs before and when they go live."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.ui.words import say
from renewals.importing.errors import ImportRefused
from renewals.programmes import PACKS, RulePack, RulePackInvalid, canonical_json, digest, load_pack
from renewals.programmes.simulating import businesses


class Command(BaseCommand):
    help = "检查规则包（check）、用证书清单试算（simulate）、显示内容（show）、发布给它的网厅（publish）。"
    requires_system_checks: list[str] = []  # a pack can be checked without a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        check = actions.add_parser("check", help="逐行指出错误；有错时退出码为 1")
        check.add_argument("files", nargs="+", type=Path, metavar="FILE")
        dry = actions.add_parser(
            "simulate", help="用一份证书清单试算：每张证书走哪条路径、为什么、费用多少；不登记、不开单"
        )
        dry.add_argument("pack", metavar="FILE", help="一个文件，或租户/业务（如 szca/cgn-sm2）")
        dry.add_argument("--certificates", required=True, type=Path, metavar="CSV", help="CSV、XLS 或 XLSX")
        dry.add_argument("--business", action="append", help="业务类型，可以写多次；不写则试算规则包的每一种")
        dry.add_argument("--on", type=date.fromisoformat, help="假定的日期，如 2026-12-31；不写则为今天")
        dry.add_argument("--csv", action="store_true", help="输出 CSV，金额单位为分")
        show = actions.add_parser("show", help="路径、步骤、价格和摘要")
        show.add_argument("pack", help="租户/业务（如 szca/cgn-sm2），或一个文件")
        show.add_argument("--json", action="store_true", help="只输出规范 JSON，即存入版本的原文")
        publish = actions.add_parser("publish", help="存为网厅的新版本；已发布的版本不能再改")
        publish.add_argument("pack", help="租户/业务（如 szca/cgn-sm2），或一个文件")

    def handle(self, *_args: object, **options: Any) -> None:
        if options["action"] == "check":
            self._check(options["files"])
        elif options["action"] == "simulate":
            self._simulate(_find(options["pack"]), options)
        elif options["action"] == "publish":
            self._publish(_find(options["pack"]))
        else:
            self._show(options["pack"], as_json=options["json"])

    def _check(self, files: list[Path]) -> None:
        faults = 0
        for file in files:
            try:
                pack = load_pack(file)
            except RulePackInvalid as refused:
                faults += len(refused.problems)
                for problem in refused.problems:
                    self.stderr.write(str(problem))
            except OSError as error:
                faults += 1
                self.stderr.write(f"{file}: 打不开这个文件（{error.strerror}）")
            else:
                self.stdout.write(f"{file}: 正确。{pack.key} 第 {pack.version} 版，SM3 {digest(pack)}")
        if faults:
            raise CommandError(f"共 {faults} 处错误，请改正后重新检查。", returncode=1)

    def _simulate(self, pack: RulePack, options: dict[str, Any]) -> None:
        """Exit code 1 where the file, or rows of it, can't be judged."""
        from renewals.management import simulation  # noqa: PLC0415  (check and show need none of it)

        asked = options["business"] or businesses(pack)
        if strange := sorted(set(asked) - set(businesses(pack))):
            raise CommandError(f"{pack.key} 不办理 {'、'.join(strange)}；可以试算：{'、'.join(businesses(pack))}")
        judged = simulation.judge(pack, options["certificates"], asked, options["on"] or timezone.localdate())
        try:
            bad = (
                simulation.print_csv(judged, self.stdout)
                if options["csv"]
                else simulation.print_lines(pack, judged, self.stdout)
            )
        except ImportRefused as refused:
            raise CommandError(say(refused)) from None
        except OSError as error:
            raise CommandError(f"{options['certificates']}: 打不开这个文件（{error.strerror}）") from None
        if bad:
            raise CommandError(f"有 {bad} 行不能判断，请改正后重新试算。", returncode=1)

    def _publish(self, pack: RulePack) -> None:
        from portal.tenants import tenant_tx  # noqa: PLC0415  (check and show work without a database)
        from portal.tenants.models import Tenant  # noqa: PLC0415
        from renewals.publishing import publish  # noqa: PLC0415

        tenant = Tenant.objects.filter(slug=pack.tenant).first()
        if tenant is None:
            raise CommandError(f"没有网厅 {pack.tenant}；请先用 manage.py tenant add 开设。")
        try:
            with tenant_tx(tenant, write=True):
                version = publish(pack)
        except ValueError:
            raise CommandError(
                f"{pack.key} 第 {pack.version} 版已经发布过，内容不同。请把 version 加一后再发布。"
            ) from None
        self.stdout.write(f"{pack.key} 第 {version.version} 版已发布，SM3 {version.digest}")

    def _show(self, name: str, *, as_json: bool) -> None:
        pack = _find(name)
        if as_json:
            self.stdout.write(canonical_json(pack).decode())
            return
        self.stdout.write(f"{pack.title}\n{pack.key} 第 {pack.version} 版，SM3 {digest(pack)}\n")
        for line in pack.tariff:
            self.stdout.write(f"费用 {line.name} {line.price_fen // 100}.{line.price_fen % 100:02d} {line.unit}")
        for path in pack.paths:
            self.stdout.write(f"\n路径 {path.name} {path.title}")
            for condition in path.when:
                self.stdout.write(f"  条件 {condition.field} {condition.operator} {condition.value}")
            for number, step in enumerate(path.steps, 1):
                gates = "，".join(f"{gate.step} {gate.state}" for gate in step.opens_when) or "开单即可"
                self.stdout.write(f"  {number}. {step.name}（{step.kind}）{step.title} ← {gates}")


def _find(name: str) -> RulePack:
    """CommandError when there is no such pack, or it is wrong."""
    file = Path(name) if name.endswith((".yaml", ".yml")) else PACKS / f"{name.replace('/', '-')}.yaml"
    try:
        return load_pack(file)
    except RulePackInvalid as refused:
        raise CommandError("\n".join(str(problem) for problem in refused.problems)) from None
    except OSError:
        known = "、".join(sorted(path.stem.replace("-", "/", 1) for path in PACKS.glob("*.yaml")))
        raise CommandError(f"没有名为 {name} 的规则包；现有：{known}") from None
