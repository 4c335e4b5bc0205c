"""How fields are drawn: labels, help and errors tied to their controls."""

from html.parser import HTMLParser

from django import forms
from django.template import engines

from portal.ui.forms import FileDrop, OneTimeCodeInput, RadioCards, problems


class Example(forms.Form):
    name = forms.CharField(label="单位名称", help_text="与营业执照一致。")
    remark = forms.CharField(label="备注", required=False)
    term = forms.ChoiceField(
        label="年限",
        help_text="从旧证书到期日接着算。",
        choices=[("1", "1 年"), ("2", "2 年")],
        widget=RadioCards(hints={"1": "至 2027"}, asides={"1": "¥200.00"}),
    )
    code = forms.CharField(label="验证码", widget=OneTimeCodeInput)
    licence = forms.FileField(label="营业执照", widget=FileDrop)
    consent = forms.BooleanField(label="我已阅读并同意", error_messages={"required": "请先勾选。"})
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> None:
        raise forms.ValidationError("订单已提交，请返回订单页查看。")


class Elements(HTMLParser):
    """Every start tag's attributes, by id; and every id."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.by_id: dict[str, dict[str, str | None]] = {}
        self.labels: set[str | None] = set()
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            assert given["id"] not in self.by_id, f"id twice: {given['id']}"
            self.by_id[str(given["id"])] = given
        if tag == "label":
            self.labels.add(given.get("for"))


def _bound() -> Example:
    return Example({"term": "9", "version": "3"})


def test_help_and_error_describe_the_control() -> None:
    found = Elements(str(_bound()))
    assert found.by_id["id_name"]["aria-describedby"] == "id_name_helptext id_name_error"
    assert found.by_id["id_name"]["aria-invalid"] == "true"
    assert {"id_name_helptext", "id_name_error"} <= found.by_id.keys()
    assert "aria-invalid" not in Elements(str(Example())).by_id["id_name"]


def test_every_id_that_is_referred_to_exists() -> None:
    for form in (Example(), _bound()):
        found = Elements(str(form))
        for attributes in found.by_id.values():
            for target in (attributes.get("aria-describedby") or "").split():
                assert target in found.by_id


def test_every_control_has_a_label() -> None:
    found = Elements(str(Example()))
    assert {"id_name", "id_remark", "id_code", "id_licence", "id_consent", "id_term_0", "id_term_1"} <= found.labels


def test_a_group_is_a_fieldset_with_legend_help_and_error() -> None:
    markup = str(_bound()["term"].as_field_group())
    assert '<fieldset aria-describedby="id_term_helptext id_term_error">' in markup
    assert '<legend class="field__label">年限</legend>' in markup
    assert "至 2027" in markup
    assert "¥200.00" in markup


def test_optional_is_said_required_is_the_rule() -> None:
    assert "（选填）" in Example()["remark"].as_field_group()
    assert "（选填）" not in Example()["name"].as_field_group()


def test_a_one_time_code_can_be_filled_in_by_the_phone() -> None:
    code = Elements(str(Example()["code"])).by_id["id_code"]
    assert (code["autocomplete"], code["inputmode"], code["maxlength"]) == ("one-time-code", "numeric", "6")


def test_what_was_typed_is_still_there_after_an_error() -> None:
    assert 'value="甲&amp;乙"' in str(Example({"name": "甲&乙"})["name"])


def test_hidden_fields_are_drawn_once() -> None:
    assert str(Example()).count('name="version"') == 1


def test_the_summary_links_to_the_first_control_of_each_field() -> None:
    assert list(problems(_bound())) == [
        ("", "订单已提交，请返回订单页查看。"),
        ("id_name", "单位名称：请填写此项。"),
        ("id_term_0", "年限：请从给出的选项中选择一项。"),
        ("id_code", "验证码：请填写此项。"),
        ("id_licence", "营业执照：请选择文件。"),
        ("id_consent", "请先勾选。"),
    ]


def test_the_summary_of_a_form_with_a_prefix() -> None:
    assert ("id_second-name", "单位名称：请填写此项。") in list(problems(Example({}, prefix="second")))


class Plain(forms.Form):
    email = forms.EmailField(label="电子邮箱")
    name = forms.CharField(label="姓名", max_length=3)
    date = forms.DateField(label="日期")
    count = forms.IntegerField(label="数量", max_value=200)


def test_fields_say_in_plain_chinese_what_to_do() -> None:
    form = Plain({"email": "a@", "name": "一二三四", "date": "明天", "count": "201"})
    assert form.errors == {
        "email": ["请填写正确的电子邮箱，例如 name@example.com。"],
        "name": ["最多 3 个字，现在是 4 个，请缩短。"],
        "date": ["请填写日期，例如 2026-12-14。"],
        "count": ["请填写不大于 200 的数。"],
    }


def test_no_error_no_summary() -> None:
    template = engines["django"].from_string("{% load ui %}{% error_summary form others %}")
    assert template.render({"form": Example(), "others": []}) == ""
    summary = template.render({"form": _bound(), "others": [("id_x", "请选择。")]})
    assert "有 7 处需要修改" in summary
    assert '<a href="#id_x">请选择。</a>' in summary
    assert 'tabindex="-1"' in summary


def test_an_error_is_escaped() -> None:
    template = engines["django"].from_string("{% load ui %}{% error_summary found %}")
    assert "<b>" not in template.render({"found": [("id_x", "<b>")]})
