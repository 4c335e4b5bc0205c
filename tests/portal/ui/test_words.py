"""Error code → sentence; an error without words doesn't start."""

import gc
from collections.abc import Iterator

import pytest

from portal.errors import GuardRefused, InvalidInput, PortalError, RateLimited, StaleVersion
from portal.ui import words


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(words, "_registered", dict(words._registered))
    yield
    gc.collect()  # the classes of these tests leave __subclasses__


def test_say_fills_the_params() -> None:
    assert words.say(RateLimited(42)) == "操作过于频繁，请在 42 秒后再试。"
    assert words.say(RateLimited(1799)) == "操作过于频繁，请在 30 分钟后再试。"
    assert words.say(RateLimited(80_000)) == "操作过于频繁，请在 23 小时后再试。"


def test_a_code_of_its_own_is_preferred_and_an_ancestors_is_the_fallback() -> None:
    class OrderMoved(StaleVersion):
        code = "test.order_moved"

    assert words.say(OrderMoved()) == words.say(StaleVersion())
    words.register({"test.order_moved": "订单刚刚有了变化。请刷新。"})
    assert words.say(OrderMoved()) == "订单刚刚有了变化。请刷新。"


def test_params_that_dont_fit_never_break_the_page() -> None:
    class Odd(GuardRefused):
        code = "test.odd"

    words.register({"test.odd": "还差 %(missing)s 项。请补齐。"})
    assert words.say(Odd(other=1)) == words.say(GuardRefused())


def test_the_same_code_with_other_words_is_refused() -> None:
    words.register({"test.once": "一。"})
    with pytest.raises(ValueError, match=r"test\.once"):
        words.register({"test.once": "二。"})


def test_check_names_the_class_without_words() -> None:
    class Unworded(GuardRefused):
        code = "test.unworded"

    [found] = [error for error in words.every_error_has_words() if "test.unworded" in error.msg]
    assert found.id == "ui.E001"
    assert "Unworded" in found.msg
    words.register({"test.unworded": "请返回重试。"})
    assert not [error for error in words.every_error_has_words() if "test.unworded" in error.msg]


def test_every_sentence_of_the_building_says_what_to_do() -> None:
    for code, sentence in words.WORDS.items():
        assert "请" in str(sentence) or "会自动" in str(sentence), code


def test_an_error_keeps_its_params() -> None:
    error = InvalidInput({"term": ["请选择办理年限。"]}, step="application")
    assert error.fields == {"term": ["请选择办理年限。"]}
    assert error.params == {"step": "application"}
    assert isinstance(error, PortalError)
