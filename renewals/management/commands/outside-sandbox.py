"""manage.py outside-sandbox: stand-ins on loopback for the outside services that have no server of their own."""

from argparse import ArgumentParser
from typing import Any

from aiohttp import web
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments.invoicing import sandbox as invoicing
from renewals.identity import liveness_sandbox
from renewals.identity import sandbox as identity


class Command(BaseCommand):
    help = "外部服务的模拟服务器（身份核验、活体检测、电子发票），只供开发和测试，生产环境拒绝启动。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.CERTHALL.outside_sandbox_port)

    def handle(self, *_args: Any, **options: Any) -> None:
        conf = settings.CERTHALL
        if conf.is_production:
            raise CommandError("模拟服务器不能在生产环境运行。请用 CERTHALL_IDENTITY_URL 指向真实的身份核验服务。")
        application = web.Application(client_max_size=64 * 1024)
        url = f"http://127.0.0.1:{options['port']}"
        signer = identity.Sandbox(conf.identity_app, conf.identity_key)
        application.add_routes(identity.routes(signer))
        application.add_routes(liveness_sandbox.routes(liveness_sandbox.LivenessSandbox(signer, url)))
        application.add_routes(
            invoicing.routes(folder=conf.data_dir / "invoice-sandbox", base_url=url, is_production=conf.is_production)
        )
        self.stdout.write(f"外部服务模拟服务器：{url}")
        self.stdout.flush()
        # no access log: what is asked here is personal
        web.run_app(
            application, host="127.0.0.1", port=options["port"], access_log=None, print=None, shutdown_timeout=1
        )
