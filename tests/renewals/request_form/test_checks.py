"""manage.py check says what forms need before a customer does."""

import ctypes
from pathlib import Path

import pytest
from django.core.management import call_command

from renewals.request_form import checks, fonts, subsetting


def test_this_machine_has_everything() -> None:
    assert checks.forms_can_be_cut(None) == []
    assert checks.forms_have_fonts(None) == []


def test_the_subset_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_there(name: str) -> None:
        raise OSError(name)

    subsetting.library.cache_clear()
    monkeypatch.setattr(ctypes, "CDLL", not_there)
    (found,) = checks.forms_can_be_cut(None)
    assert found.id == "renewals.E010"
    assert "libharfbuzz-subset0" in str(found.hint)


def test_no_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts.FontChain.__init__, "__defaults__", ((tmp_path,),))
    (found,) = checks.forms_have_fonts(None)
    assert found.id == "renewals.E011"


def test_no_font_for_rare_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_HANAZONO", "truetype/not-installed/{letter}.ttf")
    (found,) = checks.forms_have_fonts(None)
    assert found.id == "renewals.W011"


def test_the_command_cuts_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("fonts", "build")
    assert "body-regular" in capsys.readouterr().out
