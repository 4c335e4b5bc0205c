"""``tenant_tx``: the only way to the rows of a tenant (DESIGN §4).

On PostgreSQL every tenant_tx is a database transaction with the transaction-local settings
``app.tenant`` and ``role``. On SQLite only a writing one is: reads see committed rows one by one.

Hooks:

- ``on_before_commit(fn)``: once, last, inside the transaction. They are kept in Django's own
  ``run_on_commit`` list, because Django drops from it what a rolled-back savepoint had put there.
- ``after_tx(fn)``: when the outermost tenant_tx has ended, whether it committed or not.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django_scopes import scope

from portal.tenants.errors import TenantTxError

if TYPE_CHECKING:
    from portal.tenants.models import Tenant

LAST = 1_000  # the audit chain: its head is locked by nobody who still has something to do


class TenantTx:
    """One outermost tenant_tx: who, whether it writes, and what waits for its end."""

    def __init__(self, tenant_id: int, *, write: bool, tenant: "Tenant | None") -> None:
        self.tenant_id = tenant_id
        self.write = write
        self.connection: Any = connections[DEFAULT_DB_ALIAS]
        self.tenant = tenant
        self.after: list[Callable[[], None]] = []
        self.cache: dict[Any, Any] = {}

    def remember(self, key: Any, value: Any) -> None:
        """Keep ``value`` for this transaction, and no longer than the savepoint it was found in."""
        self.cache[key] = (tuple(connection.savepoint_ids), value)

    def recall(self, key: Any) -> Any:
        """What was remembered, or None: also when the savepoint of that time is gone."""
        savepoints, value = self.cache.get(key, ((), None))
        return value if tuple(connection.savepoint_ids)[: len(savepoints)] == savepoints else None


class _BeforeCommit:
    """An entry of ``run_on_commit`` that we take out and run before the commit."""

    def __init__(self, fn: Callable[..., None], items: tuple[Any, ...], order: int) -> None:
        self.fn, self.items, self.order = fn, items, order

    def __call__(self) -> None:
        raise TenantTxError(f"{self.fn!r} was to run before the commit, not after it")


_current: ContextVar[TenantTx | None] = ContextVar("tenant_tx", default=None)


def current_tx() -> TenantTx | None:
    """The tenant_tx open on this thread's connection, or None."""
    tx = _current.get()
    return tx if tx is not None and tx.connection is connections[DEFAULT_DB_ALIAS] else None


def require_tx(*, write: bool = False) -> TenantTx:
    """The open tenant_tx. Raises TenantTxError when there is none, or none that writes."""
    tx = current_tx()
    if tx is None:
        raise TenantTxError("open a tenant_tx first")
    if write and not tx.write:
        raise TenantTxError("this tenant_tx only reads: open tenant_tx(tenant, write=True) instead")
    return tx


def current_tenant_id() -> int | None:
    """The id of the tenant whose tenant_tx is open, or None."""
    tx = current_tx()
    return tx.tenant_id if tx else None


def current_tenant() -> "Tenant":
    """The tenant whose tenant_tx is open. Raises TenantTxError when none is."""
    tx = require_tx()
    if tx.tenant is None:
        from portal.tenants.models import Tenant  # noqa: PLC0415  which imports this module

        tx.tenant = Tenant.objects.get(pk=tx.tenant_id)
    return tx.tenant


@contextmanager
def tenant_tx(tenant: "Tenant | int", write: bool = False) -> Iterator[TenantTx]:  # noqa: FBT001, FBT002
    """Work on the rows of ``tenant``; ``write=True`` is one durable transaction.

    The same tenant inside joins (a write gets a savepoint, so that its refusal can be caught and
    lived with). Raises TenantTxError for another tenant inside, and for a write inside a read.
    """
    tenant_id, known = (tenant, None) if isinstance(tenant, int) else (tenant.pk, tenant)
    if tenant_id is None:
        raise TenantTxError("the tenant isn't saved yet")
    outer = current_tx()
    if outer is not None:
        with _joined(outer, tenant_id, write=write):
            yield outer
        return
    tx = TenantTx(tenant_id, write=write, tenant=known)
    try:
        with _database(tx), scope(tenant=tenant_id):
            token = _current.set(tx)
            try:
                yield tx
                if write:
                    _run_before_commit()
            finally:
                _current.reset(token)
    finally:
        with ExitStack() as ended:  # runs them all, and raises what one of them raised
            for fn in reversed(tx.after):
                ended.callback(fn)


@contextmanager
def _joined(outer: TenantTx, tenant_id: int, *, write: bool) -> Iterator[None]:
    if outer.tenant_id != tenant_id:
        raise TenantTxError(f"tenant {tenant_id} inside a tenant_tx of tenant {outer.tenant_id}")
    if write and not outer.write:
        raise TenantTxError("a write inside a tenant_tx that reads: open the write first, or leave the read")
    if not write:
        yield
        return
    with transaction.atomic():
        yield


@contextmanager
def _database(tx: TenantTx) -> Iterator[None]:
    """The database transaction, where this database and this tenant_tx have one."""
    on_postgresql = connection.vendor == "postgresql"
    if not tx.write and not on_postgresql:
        yield
        return
    with transaction.atomic(durable=tx.write):
        if on_postgresql:
            tx.connection.enter_tenant(tx.tenant_id)
        yield
        if on_postgresql and len(connection.atomic_blocks) > 1 and not connection.needs_rollback:
            tx.connection.leave_tenant()  # a test's transaction goes on after ours


def on_before_commit(fn: Callable[..., None], *items: Any, order: int = 0) -> None:
    """Run ``fn`` once before the outermost write tenant_tx commits, lowest ``order`` first.

    With ``items`` given, by any number of calls, ``fn(list_of_items)`` gets all of them together,
    but for those given inside a savepoint that was rolled back. Raises TenantTxError outside a write.
    """
    require_tx(write=True)
    entry = _BeforeCommit(fn, items, order)
    _commit_list().append((set(connection.savepoint_ids), entry, False))


def after_tx(fn: Callable[[], None]) -> None:
    """Run ``fn`` when the outermost tenant_tx has ended, committed or not; now when none is open."""
    tx = current_tx()
    if tx is None:
        fn()
    else:
        tx.after.append(fn)


def _run_before_commit() -> None:
    """Run the hooks, also those that hooks add, until none is left."""
    while waiting := [row[1] for row in _commit_list() if isinstance(row[1], _BeforeCommit)]:
        first = min(waiting, key=lambda entry: entry.order)
        same = [entry for entry in waiting if entry.fn == first.fn]
        connection.run_on_commit = [row for row in _commit_list() if row[1] not in same]
        items = [item for entry in same for item in entry.items]
        if items:
            first.fn(items)
        else:
            first.fn()


def _commit_list() -> list[Any]:
    """Django's rows of (savepoint ids, function, robust); it replaces the list when a savepoint goes."""
    found: list[Any] = connection.run_on_commit
    return found
