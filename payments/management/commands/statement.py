"""``manage.py statement read FILE [--account A] [--json]``: what the readers see in a bank statement. Stores nothing.

``manage.py statement import --tenant T --account A FILE`` stores and matches it.
``manage.py statement account --tenant T NUMBER`` adds an account; the one that payers are told of is there already.

Exit code 0: read whole. 1: refused, with the reason and the rows. FILE "-" is standard input.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments import bank_accounts, statements
from payments.management import statement_import
from payments.money import display
from payments.statements import RowError, RowsRefused, Statement, StatementLine, StatementRefused, line_identity
from payments.words import ROW_WORDS
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.ui.words import say

_SHOWN_ERRORS = 50


class Command(BaseCommand):
    help = (
        "银行流水：read 按内容识别格式并读取，打印结果，不保存；import 保存并匹配；有任何一处不能确认即以非零状态退出。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        read = actions.add_parser("read", help="读取文件并打印，不保存")
        read.add_argument("file", help="流水文件；- 为标准输入")
        read.add_argument("--account", help="应为哪个账号的流水；不符即拒绝")
        read.add_argument("--mapping", type=Path, help="列含义的 JSON 文件，用于没有专门读取程序的银行")
        read.add_argument("--json", action="store_true", help="以 JSON 打印")
        load = actions.add_parser("import", help="保存并匹配；同一文件可重复导入")
        load.add_argument("file", help="流水文件；- 为标准输入")
        load.add_argument("--tenant", required=True, help="网厅短名")
        load.add_argument("--account", required=True, help="收款账号")
        load.set_defaults(json=False)
        account = actions.add_parser("account", help="登记收款账户")
        account.add_argument("number", help="账号")
        account.add_argument("--tenant", required=True, help="网厅短名")
        account.add_argument("--bank", default="", help="开户行")
        account.add_argument("--name", default="", help="户名")
        account.add_argument("--cuts-names-at", type=int, help="流水中付款户名最多显示几个字")

    def handle(self, *_args: Any, **options: Any) -> None:
        actions = {"read": self._read, "import": self._import, "account": self._account}
        actions[options["action"]](options)

    def _read(self, options: dict[str, Any]) -> None:
        data = _content(options["file"])
        try:
            mapping = _mapping(options["mapping"])
            found = statements.read(data, expected_account=options["account"], mapping=mapping)
        except StatementRefused as refusal:
            self._refuse(refusal, as_json=options["json"])
            raise CommandError(say(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps({"statements": [_told(one) for one in found]}, ensure_ascii=False, indent=1))
            return
        for one in found:
            self._print(one)

    def _import(self, options: dict[str, Any]) -> None:
        tenant, data = _tenant(options["tenant"]), _content(options["file"])
        try:
            account = statement_import.account_of(tenant, options["account"])
            done = statement_import.import_file(tenant, account, data, Path(options["file"]).name)
        except StatementRefused as refusal:
            self._refuse(refusal, as_json=False)
            raise CommandError(say(refusal)) from refusal
        except PortalError as refusal:
            raise CommandError(say(refusal)) from refusal
        statement_import.say_what_happened(tenant, done, self.stdout.write)

    def _account(self, options: dict[str, Any]) -> None:
        tenant = _tenant(options["tenant"])
        number = "".join(options["number"].split())
        with tenant_tx(tenant, write=True):
            made = bank_accounts.add(
                number,
                bank=options["bank"],
                name=options["name"],
                cuts_names_at=options["cuts_names_at"],
                by=statement_import.ME,
            )
        self.stdout.write(f"{tenant.name}：收款账户 {made.number} {made.bank}")

    def _refuse(self, refusal: StatementRefused, *, as_json: bool) -> None:
        rows = refusal.rows if isinstance(refusal, RowsRefused) else ()
        if as_json:
            told = {"code": refusal.code, "words": say(refusal), "rows": [_error(row) for row in rows]}
            self.stdout.write(json.dumps({"refused": told}, ensure_ascii=False, indent=1))
            return
        for row in rows[:_SHOWN_ERRORS]:
            self.stderr.write(f"第 {row.row} 行 {row.column}：{ROW_WORDS[row.code]}（{row.read}）")
        if len(rows) > _SHOWN_ERRORS:
            self.stderr.write(f"…… 另有 {len(rows) - _SHOWN_ERRORS} 处")

    def _print(self, one: Statement) -> None:
        name = f" {one.account_name}" if one.account_name else ""
        self.stdout.write(f"{one.bank or one.format} {one.account}{name}：{len(one.lines)} 笔")
        came = sum(line.amount_fen for line in one.lines if line.amount_fen > 0)
        went = -sum(line.amount_fen for line in one.lines if line.amount_fen < 0)
        self.stdout.write(f"  收入 {display(came)}，支出 {display(went)}")
        if one.opening_fen is not None and one.closing_fen is not None:
            self.stdout.write(f"  期初 {display(one.opening_fen)}，期末 {display(one.closing_fen)}")
        proofs = {"balance": "余额逐笔连续", "ends": "期初加明细等于期末", "totals": "与银行合计一致"}
        held = "、".join(words for proof, words in proofs.items() if proof in one.proofs)
        self.stdout.write(f"  核对：{held or '文件里没有可供核对的合计或余额，请人工核对笔数和金额'}")
        for line in one.lines[:5]:
            self.stdout.write(
                f"  {line.booked_on} {display(line.amount_fen)} {line.counterparty_name} {line.remittance_information}"
            )
        if len(one.lines) > 5:
            self.stdout.write(f"  …… 共 {len(one.lines)} 笔")


def _tenant(slug: str) -> Tenant:
    found = Tenant.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"没有短名为 {slug} 的网厅。")
    return found


def _content(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file}：不能读取（{error.strerror}）。") from error


def _mapping(file: Path | None) -> statements.Mapping | None:
    if file is None:
        return None
    try:
        return statements.Mapping.from_json(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{file}：不能读取，请核对格式（{type(error).__name__}）。") from error


def _told(one: Statement) -> dict[str, Any]:
    return {
        "format": one.format,
        "bank": one.bank,
        "account": one.account,
        "account_named": one.account_named,
        "account_name": one.account_name,
        "currency": one.currency,
        "opening_fen": one.opening_fen,
        "opening_stated": one.opening_stated,
        "closing_fen": one.closing_fen,
        "control": {
            name: getattr(one.control, name)
            for name in ("count", "credit_count", "credit_fen", "debit_count", "debit_fen")
        },
        "newest_first": one.newest_first,
        "proofs": sorted(one.proofs),
        "not_booked": one.not_booked,
        "lines": [_line(line) for line in one.lines],
    }


def _line(line: StatementLine) -> dict[str, Any]:
    told = line._asdict()
    told |= {
        "booked_on": line.booked_on.isoformat(),
        "booked_at": line.booked_at.isoformat() if line.booked_at else None,
        "cells": list(line.cells),
        "direction": line.direction,
        "identity": line_identity(line),
    }
    return told


def _error(row: RowError) -> dict[str, Any]:
    return {
        "row": row.row,
        "column": row.column,
        "code": row.code,
        "read": row.read,
        "words": str(ROW_WORDS[row.code]),
    }
