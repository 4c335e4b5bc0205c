"""`manage.py bridge-simulator`: the local key bridge with soft keys, for development and tests."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.pins import PIN_SECONDS
from renewals.bridge.simulator.server import BridgeServer, Options


class Command(BaseCommand):
    help = "模拟本机证书助手：软 Ekey、虚拟 USB 插槽、独立的密码窗口。只用于开发和测试。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        conf = settings.CERTHALL
        parser.add_argument("--port", type=int, default=conf.bridge_port)
        parser.add_argument("--folder", type=Path, default=conf.data_dir / "soft-keys", help="软 Ekey 所在文件夹")
        parser.add_argument("--origin", action="append", default=[], help="允许访问的网站，可重复；默认为本机的门户")
        parser.add_argument("--control-token", default="", help="测试用控制接口的令牌；不给则随机产生并打印")
        parser.add_argument("--auto-pin", default="", help="自动用这个密码回答所有密码请求")
        parser.add_argument("--pin-seconds", type=float, default=PIN_SECONDS, help="等待输入密码的秒数")

    def handle(self, **options: Any) -> None:
        conf = settings.CERTHALL
        if conf.is_production:
            raise CommandError("模拟证书助手的密钥不加密，只能用于开发和测试；生产环境请让客户安装真正的证书助手。")
        given = {"control_token": options["control_token"]} if options["control_token"] else {}
        try:
            server = BridgeServer(
                SoftKeyDesk(options["folder"]),
                Options(
                    port=options["port"],
                    origins=tuple(options["origin"]) or default_origins(conf.site_url),
                    pin_seconds=options["pin_seconds"],
                    auto_pin=options["auto_pin"],
                    **given,
                ),
            )
        except ValueError as error:
            raise CommandError(f"--origin 有误：{error}") from error
        self.stdout.write(f"模拟证书助手 {server.own_origin}  密码窗口 {server.own_origin}/pin")
        if not given:
            self.stdout.write(f"控制令牌 {server.options.control_token}")
        self.stdout.flush()
        try:
            web.run_app(
                server.make_app(),
                host="127.0.0.1",
                port=options["port"],
                print=None,
                access_log=None,
                shutdown_timeout=2.0,
            )
        except OSError as error:
            raise CommandError(
                f"端口 {options['port']} 打不开：{error.strerror}。请关闭占用它的程序，或用 --port 换一个。"
            ) from error


def default_origins(site_url: str) -> tuple[str, ...]:
    """The portal of this installation, under each name a developer may open it by."""
    parts = urlsplit(site_url)
    port = f":{parts.port}" if parts.port else ""
    names = ("127.0.0.1", "localhost", "*.localhost")
    return (site_url, *(f"http://{name}{port}" for name in names))
