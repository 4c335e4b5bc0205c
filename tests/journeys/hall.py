"""The whole hall as `script/server` starts it, in a folder and on ports of its own: site, jobs, sandboxes, bridge."""

import html
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 150.0  # seconds for the first start, which makes the demo data
_PORTS = ("WEB_PORT", "PAY_SANDBOX_PORT", "OUTSIDE_SANDBOX_PORT", "BRIDGE_PORT")


@dataclass
class Hall:
    """A running hall. ``url("szca", "sign-in/")`` is a page of it; ``bridge`` the simulator's address."""

    folder: Path
    ports: dict[str, int]
    process: subprocess.Popen[str] = field(repr=False)

    def url(self, tenant: str, path: str = "") -> str:
        return f"http://127.0.0.1:{self.ports['WEB_PORT']}/{tenant}/{path}"

    @property
    def bridge(self) -> str:
        return f"http://127.0.0.1:{self.ports['BRIDGE_PORT']}"

    @property
    def pay_sandbox(self) -> str:
        return f"http://127.0.0.1:{self.ports['PAY_SANDBOX_PORT']}"

    def manage(self, *arguments: str) -> str:
        """What `manage.py …` prints, run in this hall's own world."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=_environment(self.folder, self.ports),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def bridge_token(self) -> str:
        """Opens the simulator's control API."""
        return (self.folder / "var" / "secrets" / "bridge_control_token").read_text("ascii").strip()

    def inbox(self, tenant: str, to: str) -> list[dict[str, str]]:
        """What went to this mobile or address, newest first: kind, channel, text (tags taken out)."""
        page = httpx.get(self.url(tenant, "dev/inbox/"), params={"to": to}, trust_env=False, timeout=30).text
        cards = re.findall(r'<li class="card" data-kind="([^"]*)" data-channel="([^"]*)">(.*?)</li>', page, re.S)
        return [
            {"kind": kind, "channel": channel, "text": html.unescape(re.sub(r"<[^>]*>", "", body))}
            for kind, channel, body in cards
        ]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=40)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            shutil.rmtree(self.folder, ignore_errors=True)


def start() -> Hall:
    """A fresh hall, up and answering. AssertionError with its output when it doesn't come up."""
    folder = Path(tempfile.mkdtemp(prefix="certhall-hall-"))
    ports = _free_ports()
    log = folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--without-orders"],
            cwd=ROOT,
            env=_environment(folder, ports),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    ends = time.monotonic() + PATIENCE
    while "已启动，Ctrl-C 停止" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.1)
    return Hall(folder, ports, process)


def _environment(folder: Path, ports: dict[str, int]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CERTHALL_", "DJANGO_"))}
    return kept | {"CERTHALL_DATA_DIR": str(folder / "var")} | {f"CERTHALL_{n}": str(p) for n, p in ports.items()}


def _free_ports() -> dict[str, int]:
    sockets = [socket.socket() for _ in _PORTS]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return {name: one.getsockname()[1] for name, one in zip(_PORTS, sockets, strict=True)}
    finally:
        for one in sockets:
            one.close()
