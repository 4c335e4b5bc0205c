"""`manage.py bridge-simulator`."""

import importlib

import pytest
from django.core.management import CommandError, call_command, get_commands


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What would be served, instead of serving it."""
    seen: list[object] = []
    monkeypatch.setattr("aiohttp.web.run_app", lambda app, **options: seen.append((app, options)))
    return seen


def test_listens_on_loopback_and_prints_where(
    started: list[tuple[object, dict[str, object]]], tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert get_commands()["bridge-simulator"] == "renewals"
    call_command("bridge-simulator", folder=tmp_path, port=18799)
    assert started[0][1]["host"] == "127.0.0.1"
    assert started[0][1]["port"] == 18799
    out = capsys.readouterr().out
    assert "http://127.0.0.1:18799/pin" in out
    assert "控制令牌" in out


def test_refuses_production(
    started: list[object], settings: object, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.conf.Conf.is_production", property(lambda _: True))
    with pytest.raises(CommandError, match="生产环境"):
        call_command("bridge-simulator", folder=tmp_path)
    assert started == []


def test_wrong_origin_is_named(started: list[object], tmp_path: object) -> None:
    with pytest.raises(CommandError, match="--origin"):
        call_command("bridge-simulator", folder=tmp_path, origin=["szca.example"])
    assert started == []


def test_default_origins_cover_the_names_of_a_developers_portal() -> None:
    command = importlib.import_module("renewals.management.commands.bridge-simulator")
    origins = command.default_origins("http://127.0.0.1:8000")
    assert "http://localhost:8000" in origins
    assert "http://*.localhost:8000" in origins
