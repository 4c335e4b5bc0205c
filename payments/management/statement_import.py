"""``manage.py statement import``: what the command does with a file, and how it says what happened."""

from collections.abc import Callable

from payments import bank_accounts, importing, statement_files
from payments.importing import Imported
from payments.models import BankAccount
from payments.money import display
from payments.statement_continuity import gap_before
from portal.accounts.actor import Actor
from portal.files import store
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

ME = Actor.system("statement-import")


def account_of(tenant: Tenant, number: str) -> BankAccount:
    """Raises BankAccountNotFound."""
    with tenant_tx(tenant, write=True):
        bank_accounts.of_payee(by=ME)
        return bank_accounts.get(number)


def import_file(tenant: Tenant, account: BankAccount, data: bytes, name: str) -> Imported:
    """Keep the file, store its lines, match them. Raises StatementRefused."""
    importing.read_for(account, data)  # a refusal leaves nothing behind
    with statement_files.of_bytes(data, name) as accepted:
        file = store.put(
            tenant,
            accepted,
            owner=f"bank_account:{account.public_id}",
            purpose=statement_files.PURPOSE,
            previews=False,
        )
    with tenant_tx(tenant, write=True):
        store.commit(file, by=ME)
        upload = importing.begin(tenant, account, data, by=ME, file=file)
    return importing.run(tenant, upload, data, by=ME)


def say_what_happened(tenant: Tenant, done: Imported, write: Callable[[str], object]) -> None:
    matched = done.matched
    for row in done.statements:
        with tenant_tx(tenant):
            gap = gap_before(row)
        days = f"{row.first_on} 至 {row.last_on}"
        write(f"{row.bank or row.format} {days}：{row.line_count} 笔，其中新的 {row.new_count} 笔")
        write(f"  收入 {display(row.came_fen)}，支出 {display(row.went_fen)}")
        if gap:
            write(f"  期初余额与此前已知的期末余额相差 {display(gap)}：中间可能缺流水，请补齐。")
        if not row.proofs:
            write("  文件里没有可供核对的合计或余额，请人工核对笔数和金额。")
    write(f"新的 {done.new} 笔，已有的 {done.known} 笔")
    write(
        f"自动入账 {matched.number + matched.claim} 笔（订单编号 {matched.number}，转账登记 {matched.claim}），"
        f"此前已人工核对 {matched.known} 笔，待处理 {matched.left} 笔"
    )
