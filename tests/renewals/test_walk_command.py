"""`manage.py walk`: the whole of a path in a throw-away world, through the pages' own doors, sandboxes and CA."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.gm import Certificate
from tests.renewals.request_form.scans import page_image, text_of

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(240)


def walk(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "walk", *arguments]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("CERTHALL_", "DJANGO_"))}
    return subprocess.run(command, cwd=ROOT, env=plain, capture_output=True, text=True, check=False)


def test_the_expired_path_ends_with_a_certificate_that_has_proved_itself(tmp_path: Path) -> None:
    """Issue 3: phone, form, scan, transfer, review, installation. Exit 0 only then."""
    done = walk("szca/cgn-sm2", "--path", "expired", "--pay", "bank_transfer", "--json", "--keep", str(tmp_path))
    assert done.returncode == 0, done.stderr[-2000:]
    *strides, summary = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert summary["completed"] is True
    assert [stride["step"] for stride in strides] == [
        "open",
        "consent.accept",
        "application.confirm",
        "identity",
        "liveness on the phone",
        "form printed",
        "request_form.fetch",
        "upload stamped_form, licence",
        "documents.submit",
        "payment.claim_transfer",
        "transfer confirmed",
        "review.approve",
        "issuance.show_code",
        "new key and request",
        "issuance.request",
        "issued",
        "import and verify",
        "issuance.verify",
    ]
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {
        "signing.pem",
        "encryption.pem",
        "ca.pem",
        "request-form.pdf",
        "stamped_form-scan.pdf",
        "licence-paper.jpg",
    }
    signing = Certificate.from_pem((tmp_path / "signing.pem").read_text())
    assert signing.serial_hex == summary["serial"]
    assert "过期证书续期申请表" in text_of((tmp_path / "request-form.pdf").read_bytes())
    scan = page_image((tmp_path / "stamped_form-scan.pdf").read_bytes())
    red = sum(count for count, (r, g, b) in scan.getcolors(1 << 24) if r > 170 and g < 110 and b < 110)
    assert red > 2_000  # the seal


def test_a_path_that_the_pack_does_not_have_is_named() -> None:
    done = walk("szca/cgn-sm2", "--path", "sideways")
    assert done.returncode != 0
    assert "没有路径 sideways；有：unexpired、expired" in done.stderr
