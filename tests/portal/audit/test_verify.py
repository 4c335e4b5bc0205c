"""``manage.py audit verify`` names the first row that isn't as it was written, and exits 1."""

import json
import tracemalloc
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal import audit
from portal.tenants import tenant_tx

ROWS = 12


@pytest.fixture
def chain(tenant, acting):
    for number in range(ROWS):
        with tenant_tx(tenant, write=True):
            audit.record("order.moved", by=acting, subject=f"order:{number}", detail={"n": number})
    return tenant


def _run(*arguments: str) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("audit", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, err.getvalue()
    return 0, out.getvalue()


def _behind_our_back(tenant, sql: str, *params: int) -> None:
    """As the database's administrator would: below the application's role."""
    with tenant_tx(tenant, write=True), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('role', 'none', true)")
        cursor.execute(sql, params)


@pytest.mark.django_db
def test_a_whole_chain(chain):
    status, said = _run("verify")
    assert status == 0
    assert said.startswith(f"first-ca: 完整，共 {ROWS} 条")


@pytest.mark.django_db
def test_a_tenant_without_acts_is_whole(tenant):
    assert _run("verify", "--tenant", "first-ca")[0] == 0


@pytest.mark.django_db
def test_an_unknown_tenant(tenant):
    assert _run("verify", "--tenant", "nobody")[0] == 1


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "seq"),
    [
        ("UPDATE audit_auditrow SET body = replace(body, '\"n\":6', '\"n\":7') WHERE seq = 7", 7),
        ("UPDATE audit_auditrow SET action = 'order.stopped' WHERE seq = 5", 5),
        ("UPDATE audit_auditrow SET subject = 'order:x' WHERE seq = 5", 5),
        ("UPDATE audit_auditrow SET recorded_at = '2020-01-01 00:00:00+00:00' WHERE seq = 3", 3),
        ("DELETE FROM audit_auditrow WHERE seq = 4", 4),
        ("DELETE FROM audit_auditrow WHERE seq = 1", 1),
        ("DELETE FROM audit_auditrow WHERE seq > 9", 10),
        ("DELETE FROM audit_auditrow", 1),
        ("DELETE FROM audit_audithead", 1),
        ("UPDATE audit_audithead SET seq = 11", 11),
        ("UPDATE audit_auditrow SET seq = seq + 100 WHERE seq = 12", 12),
        ("UPDATE audit_auditrow SET hash = prev_hash WHERE seq = 8", 8),
        ("UPDATE audit_auditrow SET prev_hash = hash WHERE seq = 2", 2),
    ],
)
def test_the_first_broken_row_is_named(chain, sql, seq):
    if connection.vendor == "postgresql":
        sql = sql.replace(
            "replace(body, '\"n\":6', '\"n\":7')",
            "convert_to(replace(convert_from(body, 'UTF8'), '\"n\":6', '\"n\":7'), 'UTF8')",
        )
    else:
        sql = sql.replace("replace(body,", "CAST(replace(CAST(body AS TEXT),").replace(
            "'\"n\":7')", "'\"n\":7') AS BLOB)"
        )
    _behind_our_back(chain, sql)
    status, said = _run("verify", "--tenant", "first-ca")
    assert status == 1
    assert said.startswith(f"first-ca: 第 {seq} 条不对：")


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "seq"),
    [
        ("UPDATE audit_auditrow SET body = replace(body, '\"n\":6', '\"n\":7') WHERE seq = 7", 7),
        ("UPDATE audit_auditrow SET hash = 'x' WHERE seq = 6", 6),
        ("UPDATE audit_auditrow SET prev_hash = 'x' WHERE seq = 5", 5),
        ("UPDATE audit_auditrow SET recorded_at = '2026-99-99 00:00:00' WHERE seq = 4", 4),
        ("UPDATE audit_auditrow SET recorded_at = 'gestern' WHERE seq = 3", 3),
        ("UPDATE audit_audithead SET hash = 'x'", ROWS),
    ],
)
def test_what_the_sqlite_shell_leaves_behind_is_named_as_well(chain, sql, seq):
    """An edit there turns bytes into text and takes any text for a time; PostgreSQL keeps a column to its type."""
    _behind_our_back(chain, sql)
    status, said = _run("verify", "--tenant", "first-ca")
    assert status == 1
    assert said.startswith(f"first-ca: 第 {seq} 条不对：")


@pytest.mark.django_db
def test_one_broken_chain_hides_no_other(chain, other_tenant, acting):
    with tenant_tx(other_tenant, write=True):
        audit.record("a", by=acting, subject="x:1")
    for owner, seq in ((chain, 4), (other_tenant, 1)):
        _behind_our_back(owner, "DELETE FROM audit_auditrow WHERE seq = %s AND tenant_id = %s", seq, owner.pk)
    said = _run("verify")[1]
    assert "first-ca: 第 4 条" in said
    assert "second-ca: 第 1 条" in said


@pytest.mark.django_db
def test_a_chain_cut_with_its_head_is_found_by_an_exported_head(chain, tmp_path):
    file = tmp_path / "heads"
    file.write_text(_run("head")[1], "utf-8")
    assert _run("verify", "--heads", str(file))[0] == 0
    line = json.loads(file.read_text("utf-8"))
    assert (line["tenant"], line["seq"]) == ("first-ca", ROWS)

    # the administrator cuts the last rows and turns the head back
    _behind_our_back(chain, "DELETE FROM audit_auditrow WHERE seq > 9")
    back = "(SELECT hash FROM audit_auditrow WHERE seq = 9)"
    _behind_our_back(chain, f"UPDATE audit_audithead SET seq = 9, hash = {back}")  # noqa: S608
    assert _run("verify")[0] == 0
    status, said = _run("verify", "--heads", str(file))
    assert (status, said) == (1, f"first-ca: 第 10 条不对：链被截短了：导出的链头是第 {ROWS} 条\n")


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"seq": 9}, {"hash": "00" * 32}, {"signature": "3000"}, {"tenant": 1}])
def test_a_changed_head_file_is_refused(chain, tmp_path, change):
    file = tmp_path / "heads"
    file.write_text(json.dumps(json.loads(_run("head")[1]) | change), "utf-8")
    with pytest.raises(CommandError, match="第 1 行不是本系统签发的审计链头"):
        call_command("audit", "verify", "--heads", str(file))


@pytest.mark.django_db
def test_memory_stays_the_same(tenant, acting):
    def peak() -> int:
        tracemalloc.start()
        try:
            assert _run("verify")[0] == 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def add(rows: int) -> None:
        with tenant_tx(tenant, write=True):
            for number in range(rows):
                audit.record("a", by=acting, subject=f"x:{number}", detail={"text": "x" * 500})

    add(1_000)
    few = peak()
    add(4_000)
    assert peak() < few * 1.5
