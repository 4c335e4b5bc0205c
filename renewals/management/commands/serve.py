"""manage.py serve: the whole hall on this machine, for trying it out and for development (script/server).

Every part is a process forked from this one, whose modules are loaded already: that is what makes the second
start quick. Ctrl-C, or the end of any part, stops all of them.
"""

import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from portal.jobs.engines.embedded import die_with_parent
from portal.tenants.models import Tenant
from renewals.demo import halls, missing, people

PATIENCE = 30.0  # seconds for a part to open its port, or to stop
_STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "在本机启动整个网厅：网站、后台任务、沙箱和模拟证书助手。Ctrl-C 停止。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--without-orders", action="store_true", help="第一次启动时不建演示订单")

    def handle(self, *_args: Any, **options: Any) -> None:
        conf = settings.CERTHALL
        if conf.is_production:
            raise CommandError("serve 只用于试用和开发；生产环境请分别启动网站和 manage.py jobs work。")
        self._children: dict[int, str] = {}
        die_with_parent()
        _claim_ports()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        fresh = not Tenant.objects.filter(slug="szca").exists()
        if fresh or missing.base():
            self.stdout.write("第一次启动：正在建立演示数据……" if fresh else "正在补充新的演示数据……")
            self.stdout.flush()
            call_command("demo", "load", "--without-orders")
        for number in _STOPPERS:
            signal.signal(number, _leave)
        try:
            self._start_all()
            if not options["without_orders"] and missing.orders():
                self._fork("演示订单", lambda: call_command("demo", "load"))
            self._tell()
            self._watch()
        except KeyboardInterrupt:
            pass
        finally:
            self._stop_all()

    def _start_all(self) -> None:
        conf = settings.CERTHALL
        self._fork("支付沙箱", lambda: call_command("pay-sandbox"))
        self._fork("外部服务沙箱", lambda: call_command("outside-sandbox"))
        token = conf.bridge_control_token
        self._fork("模拟证书助手", lambda: call_command("bridge-simulator", control_token=token))
        self._fork("网站", _web)
        self._fork("后台任务", lambda: call_command("jobs", "work"))
        for port in (conf.pay_sandbox_port, conf.outside_sandbox_port, conf.bridge_port, conf.web_port):
            self._wait_for(port)

    def _fork(self, name: str, run: Callable[[], object]) -> None:
        connections.close_all()  # no child may share a connection
        self.stdout.flush()
        child = os.fork()
        if child:
            self._children[child] = name
            return
        try:
            os.setpgid(0, 0)  # Ctrl-C reaches this parent alone, which stops the parts in order
            for number in _STOPPERS:
                signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, sys.stdout.fileno())
            run()
        except KeyboardInterrupt:
            os._exit(0)
        except SystemExit as leaving:
            os._exit(leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None))
        except BaseException as error:  # noqa: BLE001  (the child's last word, whatever it is)
            print(f"{name}：{error}", file=sys.stderr)
            os._exit(1)
        os._exit(0)

    def _wait_for(self, port: int) -> None:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            self._reap()
            time.sleep(0.05)
        raise CommandError(f"端口 {port} 在 {PATIENCE:.0f} 秒内没有打开，请查看上面的输出。")

    def _watch(self) -> None:
        while True:
            self._reap()
            time.sleep(0.5)

    def _reap(self) -> None:
        """A part that ended on its own ends everything, but for one that had an end."""
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0 or pid not in self._children:
            return
        name = self._children.pop(pid)
        if name == "演示订单":  # it has an end; broken off, the next start goes on with what is missing
            return
        raise CommandError(f"{name}已退出（代码 {os.waitstatus_to_exitcode(status)}），其余部分一并停止。")

    def _stop_all(self) -> None:
        for number in _STOPPERS:
            signal.signal(number, signal.SIG_IGN)
        for pid in reversed(self._children):
            _signal(pid, signal.SIGTERM)
        ends = time.monotonic() + PATIENCE
        while self._children and time.monotonic() < ends:
            pid, _status = os.waitpid(-1, os.WNOHANG)
            self._children.pop(pid, None)
            if pid == 0:
                time.sleep(0.05)
        for pid in self._children:
            _signal(pid, signal.SIGKILL)
        self.stdout.write("已停止。数据保留在 " + str(settings.CERTHALL.data_dir))

    def _tell(self) -> None:
        site, bridge = settings.CERTHALL.site_url, settings.CERTHALL.bridge_url
        lines = ["", "证书网厅已启动，Ctrl-C 停止。", ""]
        lines += [f"  {details['short_name']:<6} {site}/{slug}/" for slug, details in halls.HALLS.items()]
        lines += [
            "",
            f"  客户登录    手机号 {people.MAIN_CUSTOMER}，短信验证码见 {site}/szca/dev/inbox/",
            f"  工作人员    {site}/szca/staff/sign-in/",
            f"              用户名 {'、'.join(people.STAFF)}，密码 {people.PASSWORD}",
            "              动态口令：.venv/bin/python manage.py demo code szca/reviewer",
            f"  模拟 Ekey   {bridge}/（插拔 Ekey）  {bridge}/pin（输入 PIN，演示 Ekey 的 PIN 是 123456）",
            f"  页面组件    {site}/szca/dev/components/",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _web() -> None:
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415

    class Site(BaseApplication):
        def load_config(self) -> None:
            given = {
                "bind": f"127.0.0.1:{settings.CERTHALL.web_port}",
                "workers": 1,
                "threads": 8,
                "worker_class": "gthread",
                "loglevel": "warning",
                "control_socket_disable": True,
            }
            for name, value in given.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            from portal.wsgi import application  # noqa: PLC0415

            return application

    Site().run()


def _claim_ports() -> None:
    conf = settings.CERTHALL
    for name in ("web_port", "pay_sandbox_port", "outside_sandbox_port", "bridge_port"):
        port = getattr(conf, name)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CommandError(
                    f"端口 {port} 已被占用。请关闭占用它的程序，或换一个：CERTHALL_{name.upper()}=… script/server"
                ) from None


def _leave(*_: object) -> None:
    raise KeyboardInterrupt


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
