"""manage.py walk TENANT/PROGRAMME: one order from application to installed certificate, in a throw-away world."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

INSIDE = "CERTHALL_WALK"  # set in the child, whose settings point at the throw-away folder


class Command(BaseCommand):
    help = "在临时的数据库和文件夹里办完一张订单：从申请到证书装好，经过与网页相同的代码、沙箱和 CA。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "programme", metavar="网厅/项目", nargs="?", default="", help="例如 szca/cgn-sm2，或一个规则包文件"
        )
        parser.add_argument("--every", action="store_true", help="把各项目的主要路径都走一遍")
        parser.add_argument("--path", default="", help="路径名，或有名字的场景；不给则取项目的第一条")
        parser.add_argument("--business", default="", help="业务类型；不给则取路径的第一种")
        parser.add_argument(
            "--pay",
            choices=["wechat", "alipay", "unionpay", "bank_transfer"],
            default="wechat",
            help="怎样付款；项目没有这种方式的，用它的第一种",
        )
        parser.add_argument("--json", action="store_true", help="每步输出一行 JSON")
        parser.add_argument("--keep", type=Path, metavar="DIR", help="把产生的证书等文件留在这个文件夹")

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.CERTHALL.is_production:
            raise CommandError("walk 使用沙箱和开发 CA，不能在生产环境运行。")
        if bool(options["programme"]) == options["every"]:
            raise CommandError("请写出要走的项目，例如 szca/cgn-sm2；或者用 --every 把各项目的主要路径都走一遍。")
        if not os.environ.get(INSIDE):
            self._look_first(options)
            raise SystemExit(_in_a_throw_away_folder())
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        with _servers():
            if options["every"]:
                self._walk_every(options)
            else:
                self._walk(options)

    def _look_first(self, options: dict[str, Any]) -> None:
        """Before a world is made: is there such a programme and path?"""
        from renewals.walking.journey import JourneyFailed, plan  # noqa: PLC0415

        try:
            if options["programme"]:
                plan(options["programme"], options["path"])
        except JourneyFailed as failed:
            raise CommandError(str(failed)) from failed

    def _walk_every(self, options: dict[str, Any]) -> None:
        """One after the other in one world; what failed is named at the end."""
        from renewals.walking.scenarios import EVERY  # noqa: PLC0415

        failed = []
        for nth, (programme, path, pay) in enumerate(EVERY):
            if not options["json"]:
                self.stdout.write(f"== {programme} {path}")
            try:
                self._walk(options | {"programme": programme, "path": path, "pay": pay, "business": ""}, nth)
            except CommandError as error:
                failed.append(f"{programme} {path}：{error}")
                self.stderr.write(failed[-1])
        if failed:
            raise CommandError(f"{len(failed)} 条路没有走完：" + "；".join(failed))

    def _walk(self, options: dict[str, Any], nth: int = 0) -> None:
        from renewals.walking.journey import JourneyFailed, walk  # noqa: PLC0415  (tables first)

        try:
            report = walk(
                options["programme"],
                options["path"],
                pay=options["pay"],
                business=options["business"],
                nth=nth,
                tell=lambda stride: self._tell(stride, options),
            )
        except JourneyFailed as failed:
            raise CommandError(str(failed)) from failed
        if options["keep"]:
            options["keep"].mkdir(parents=True, exist_ok=True)
            for name, content in report.files.items():
                (options["keep"] / name).write_bytes(content)
        summary = {
            "completed": True,
            "order": report.number,
            "serial": report.serial,
            "not_after": report.not_after.isoformat() if report.not_after else None,
        }
        done = f"订单 {report.number} 已办完"
        if report.not_after:
            done = f"证书 {report.serial} 已安装并验证，有效期至 {report.not_after:%Y-%m-%d}"
        self.stdout.write(json.dumps(summary) if options["json"] else done)

    def _tell(self, stride: Any, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(
                json.dumps({"actor": stride.actor, "step": stride.what, "milliseconds": stride.milliseconds})
            )
        else:
            self.stdout.write(f"{stride.actor:<9} {stride.what:<28} {stride.milliseconds:>6} ms")
        self.stdout.flush()


def _in_a_throw_away_folder() -> int:
    """Run the same command again with settings of its own; the folder goes when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="certhall-walk-"))
    ports = _free_ports(4)
    names = ("WEB_PORT", "PAY_SANDBOX_PORT", "OUTSIDE_SANDBOX_PORT", "BRIDGE_PORT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CERTHALL_")}
    environment = (
        kept
        | {f"CERTHALL_{name}": str(port) for name, port in zip(names, ports, strict=True)}
        | {"CERTHALL_DATA_DIR": str(folder), "CERTHALL_JOB_ENGINE": "inline", INSIDE: "1"}
    )
    try:
        return subprocess.run([sys.executable, *sys.argv], env=environment, check=False).returncode  # noqa: S603
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class _servers:  # noqa: N801  (a context manager)
    """The sandboxes as processes of their own, and the site in a thread, for the channels' callbacks."""

    def __enter__(self) -> None:
        self._children = [
            subprocess.Popen([sys.executable, sys.argv[0], name], stdout=subprocess.DEVNULL)  # noqa: S603
            for name in ("pay-sandbox", "outside-sandbox")
        ]
        self._site = _site()
        threading.Thread(target=self._site.serve_forever, daemon=True).start()
        conf = settings.CERTHALL
        for port in (conf.pay_sandbox_port, conf.outside_sandbox_port):
            _wait_for(port)

    def __exit__(self, *_: object) -> None:
        self._site.shutdown()
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.wait(timeout=10)


def _site() -> Any:
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: PLC0415
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

    server = ThreadedWSGIServer(("127.0.0.1", settings.CERTHALL.web_port), Quiet)
    server.set_app(get_wsgi_application())
    return server


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise CommandError(f"端口 {port} 上的沙箱没有启动。")
