"""manage.py fonts build: cut the request form's fonts before the first customer needs them."""

from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from renewals.request_form.errors import FontsUnavailable
from renewals.request_form.printing import font_chain


class Command(BaseCommand):
    help = "生成申请表用的字体子集（build）。不运行也可以：第一张申请表会自己生成，只是要多等几秒。"
    requires_system_checks: list[str] = []  # the checks want what this makes possible

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["build"])

    def handle(self, *_args: object, **_options: Any) -> None:
        started = monotonic()
        try:
            files = font_chain().build()
        except FontsUnavailable as error:
            raise CommandError(f"缺少系统字体：请安装 {error.params['package']}（script/bootstrap 会装）。") from error
        for file in files:
            self.stdout.write(f"{file.stat().st_size / 1e6:6.1f} MB  {file.name}")
        self.stdout.write(f"完成，用时 {monotonic() - started:.0f} 秒。")
