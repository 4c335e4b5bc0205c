"""Money, numbers, badges, links, tables and pagination as templates draw them."""

import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory

from portal.ui.icons import NAMES, icon
from portal.ui.parts import Badge, Column, Link, Row, Table
from portal.ui.templatetags.ui import in_fours, plain_money


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (0, "¥0.00"),
        (5, "¥0.05"),
        (40_000, "¥400.00"),
        (12_345_678, "¥123,456.78"),
        (-20_000, "-¥200.00"),
        (-5, "-¥0.05"),
    ],
)
def test_money(fen: int, shown: str) -> None:
    assert plain_money(fen) == shown


def test_a_number_to_read_out() -> None:
    assert in_fours("01202611210000172") == "0120 2611 2100 0017 2"


def test_badge_has_words_and_is_escaped() -> None:
    assert str(Badge("待审核<")) == '<span class="badge badge--neutral">待审核&lt;</span>'
    assert "<svg" in str(Badge("已完成", "success"))


def test_link_is_escaped() -> None:
    assert str(Link("查看", '/x?a=1&b="')) == '<a href="/x?a=1&amp;b=&quot;">查看</a>'


def test_icons_are_hidden_from_screen_readers() -> None:
    for name in NAMES:
        assert 'aria-hidden="true"' in icon(name)
    with pytest.raises(KeyError):
        icon("no-such-icon")


def test_table_keeps_its_roles_and_labels_for_the_narrow_form() -> None:
    table = Table([Column("项目"), Column("金额", "money")], [Row(["证书<", Badge("已付", "success")])], caption="费用")
    markup = engines["django"].get_template("ui/table.html").render({"table": table})
    assert 'role="table"' in markup
    assert '<th role="rowheader" scope="row" class="cell--text" data-label="项目">证书&lt;</th>' in markup
    assert 'data-label="金额"><span class="badge badge--success">' in markup


def test_a_row_of_the_wrong_length_is_an_error() -> None:
    table = Table([Column("项目"), Column("金额")], [Row(["证书"])])
    with pytest.raises(ValueError, match="zip"):
        engines["django"].get_template("ui/table.html").render({"table": table})


def _pagination(page: int) -> str:
    request = RequestFactory().get("/orders/", {"q": "测试", "page": page})
    template = engines["django"].from_string("{% load ui %}{% pagination page_obj %}")
    return template.render({"page_obj": Paginator(range(41), 20).get_page(page)}, request)


def test_pagination_in_the_manuals_words() -> None:
    """RULES A6."""
    first = _pagination(1)
    assert "当前第 1 页 共 3 页 41 条记录" in first
    assert first.count('aria-disabled="true"') == 2  # 首页, 上一页
    assert 'href="?q=%E6%B5%8B%E8%AF%95&amp;page=2">下一页' in first
    assert 'href="?q=%E6%B5%8B%E8%AF%95&amp;page=3">末页' in first
    assert _pagination(3).count('aria-disabled="true"') == 2  # 下一页, 末页
