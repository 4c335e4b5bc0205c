"""manage.py jobs work | list | retry: the workers, and the outbox from the command line."""

import os
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from portal.accounts.actor import Actor
from portal.conf import JobEngine
from portal.jobs import outbox, selectors
from portal.jobs.errors import JobNotDead
from portal.jobs.models import JobState, JobTicket
from portal.jobs.sweeper import Sweeper
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

LOOK_EVERY = 1.0  # seconds: how late a delayed job may start


class Command(BaseCommand):
    help = "后台任务： work 启动工作进程和巡检；list 列出未完成和已停止的任务；retry 重试已停止的任务。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        commands.add_parser("work", help="启动工作进程和巡检，SIGTERM 或 Ctrl-C 时做完手上的任务再退出")
        listing = commands.add_parser("list", help="未完成和已停止的任务")
        listing.add_argument("--tenant", help="只看这个网厅 (slug)")
        again = commands.add_parser("retry", help="重试一项已停止的任务")
        again.add_argument("id", type=int)

    def handle(self, *_args: Any, **options: Any) -> None:
        {"work": self._work, "list": self._list, "retry": self._retry}[options["what"]](options)

    def _work(self, _options: dict[str, Any]) -> None:
        if settings.CERTHALL.job_engine is not JobEngine.EMBEDDED:
            raise CommandError("CERTHALL_JOB_ENGINE=inline 没有工作进程；请改为 embedded。")
        from portal.jobs.engines import embedded  # noqa: PLC0415 (only this command needs the engine itself)

        embedded.die_with_parent()
        connections.close_all()  # the cluster forks: no child may share a connection
        stop = threading.Event()
        cluster = embedded.start_cluster(stop)
        self.stdout.write(f"后台任务已启动 (进程 {os.getpid()})")
        self.stdout.flush()
        sweeper = Sweeper()
        while not stop.wait(LOOK_EVERY) and cluster.sentinel.is_alive():
            sweeper.step()
        if not stop.is_set():
            raise CommandError("后台任务的工作进程意外退出，请查看日志后重新启动。")
        cluster.stop()
        self.stdout.write("后台任务已停止")

    def _list(self, options: dict[str, Any]) -> None:
        tenants = Tenant.objects.order_by("pk")
        if options["tenant"]:
            tenants = tenants.filter(slug=options["tenant"])
        for tenant in tenants:
            with tenant_tx(tenant):
                rows = [*selectors.dead_jobs(), *selectors.unfinished_jobs()]
            for row in rows:
                self.stdout.write(
                    f"{row.id:>8}  {tenant.slug:<12} {row.state_label:<6} {row.handler:<36} "
                    f"×{row.attempts}  {row.run_after:%Y-%m-%d %H:%M:%S}  {row.last_error}"
                )

    def _retry(self, options: dict[str, Any]) -> None:
        ticket = JobTicket.objects.filter(job_id=options["id"]).first()
        if ticket is None:
            raise CommandError(f"没有未完成的任务 {options['id']}；用 jobs list 查看。")
        try:
            with tenant_tx(ticket.tenant_id, write=True):
                job = outbox.retry(ticket.job_id, by=Actor.system("manage.py jobs"))
        except JobNotDead:
            raise CommandError(
                f"任务 {ticket.job_id} 是“{JobState(ticket.state).label}”，只有已停止的任务能重试。"
            ) from None
        self.stdout.write(f"任务 {job.pk} ({job.handler}) 已重新排队")
