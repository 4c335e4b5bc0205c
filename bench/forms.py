"""Request forms a second, beside bare WeasyPrint on the same HTML; sizes; memory over many forms.

    script/bench forms [--forms 200]

Bare is what a first version would do: the HTML and the sheet with the system's Noto Sans CJK, nothing kept between
forms. Both take turns in one process, so that a busy machine slows both. Times are CPU seconds of this process.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from portal.conf import load
from renewals.request_form import qr
from renewals.request_form.data import FormData, digest
from renewals.request_form.fonts import FontChain
from renewals.request_form.render import ASSETS, render, to_html
from tests.renewals.request_form.samples import FORM, named, payload_of, with_certificates

ROUNDS = 12


def main() -> None:
    parser = argparse.ArgumentParser(description="申请表：每秒张数、大小、内存")
    parser.add_argument("--forms", type=int, default=200, help="测内存时连续生成的张数")
    arguments = parser.parse_args()
    fonts = FontChain(load().font_dir)
    fonts.build()

    render(FORM, payload_of(FORM), fonts=fonts)  # before the baseline fills this process with fonts of its own
    begun = memory()
    growth = []
    started = time.process_time()
    for number in range(arguments.forms):
        form = replace(FORM, form_version=number % 999 + 1)
        render(form, payload_of(form), fonts=fonts)
        growth.append(memory())
    spent = time.process_time() - started
    say(
        f"连续 {arguments.forms} 张：{arguments.forms / spent:.1f} 张/CPU 秒；"
        f"内存 {begun:.0f} → {growth[-1]:.0f} MB，后一半增加 {growth[-1] - growth[len(growth) // 2]:.1f} MB\n"
    )

    say(f"{'申请表':<28}{'毫秒':>8}{'张/秒':>8}{'裸 WeasyPrint':>16}{'倍数':>8}{'KB':>8}{'裸 KB':>8}")
    for name, form in {
        "一张证书": FORM,
        "生僻字姓名 𬱖龘㛃": named("𬱖龘㛃"),
        "扩展区姓名 𪛖": named("𪛖"),
        "24 张证书（3 页）": with_certificates(24),
    }.items():
        compare(name, form, fonts)

    page = qr.make(payload_of(FORM))
    say(f"读二维码（只有码的图）：{cpu(lambda: qr.read(page))[0] * 1000:.1f} 毫秒")


def compare(name: str, form: FormData, fonts: FontChain) -> None:
    from weasyprint import CSS, HTML  # noqa: PLC0415

    payload = payload_of(form)
    picture = qr.make(payload)
    html = to_html(form)
    sheet = f'html {{ font-family: "Noto Sans CJK SC" }}\n{(ASSETS / "form.css").read_text("utf-8")}'

    def bare() -> bytes:
        pdf: bytes = HTML(string=html, url_fetcher=_only(picture)).write_pdf(stylesheets=[CSS(string=sheet)])
        return pdf

    ours_times, bare_times = [], []
    ours_pdf = render(form, payload, fonts=fonts)
    bare_pdf = bare()
    for _ in range(ROUNDS):
        ours_times.append(cpu(lambda: render(form, payload, fonts=fonts))[0])
        bare_times.append(cpu(bare)[0])
    ours, theirs = statistics.median(ours_times), statistics.median(bare_times)
    say(
        f"{name:<28}{ours * 1000:>8.0f}{1 / ours:>8.1f}{theirs * 1000:>13.0f} 毫秒{theirs / ours:>8.2f}"
        f"{len(ours_pdf) / 1000:>8.0f}{len(bare_pdf) / 1000:>8.0f}   摘要 {digest(form).hex()[:8]}"
    )


def _only(picture: bytes) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> Any:
            del headers
            return URLFetcherResponse(url, picture, {"Content-Type": "image/png"})

    return Fetcher()


def cpu(work: Callable[[], object]) -> tuple[float, object]:
    """CPU seconds, and what came out."""
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def memory() -> float:
    """Resident megabytes now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a measurement is read on the terminal


if __name__ == "__main__":
    main()
