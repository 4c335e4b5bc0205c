"""``manage.py pay-sandbox``: the payment channels' sandbox, on loopback."""

from typing import Any

from aiohttp import web
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.channels.sandbox.server import make_app
from payments.channels.sandbox.state import Options, SandboxRefused, open_sandbox


class Command(BaseCommand):
    help = "微信支付、支付宝与银联的本机沙箱：真实签名、收银台页面、异步通知、按需故障。拒绝在生产环境运行。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.CERTHALL.pay_sandbox_port)
        parser.add_argument(
            "--retry-scale", type=float, default=1.0, help="通知重试间隔的倍数：1 为真实间隔，0.01 便于测试"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        port: int = options["port"]
        try:
            sandbox = open_sandbox(
                Options(
                    folder=settings.CERTHALL.data_dir / "pay-sandbox",
                    base_url=f"http://127.0.0.1:{port}",
                    is_production=settings.CERTHALL.is_production,
                    retry_scale=options["retry_scale"],
                )
            )
        except SandboxRefused as refused:
            raise CommandError("支付沙箱拒绝在生产环境运行：请在设置中填写真实渠道的商户参数。") from refused
        self.stdout.write(f"支付沙箱 http://127.0.0.1:{port}")
        try:
            web.run_app(make_app(sandbox), host="127.0.0.1", port=port, print=None, access_log=None)
        except OSError as error:
            raise CommandError(f"端口 {port} 已被占用：请换一个 --port，或设置 CERTHALL_PAY_SANDBOX_PORT。") from error
