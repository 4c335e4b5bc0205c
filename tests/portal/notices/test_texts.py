"""The texts of notices: defaults in code, a tenant's own versions above them."""

import pytest

from portal import notices
from portal.accounts.actor import Actor
from portal.audit.models import AuditRow
from portal.notices import rendering, texts
from portal.notices.errors import TextRefused
from portal.notices.models import NoticeText
from portal.notices.registry import Channel, Text
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

BY = Actor.system("test")


def test_a_text_is_filled_as_plain_text() -> None:
    text = Text(
        "订单 {{ order }}", "{% if paid %}已付{% else %}未付{% endif %} {% for x in items %}{{ x.name }};{% endfor %}"
    )
    filled = rendering.render(text, {"order": "A<1>\n2", "paid": True, "items": [{"name": "甲&乙"}]})
    assert filled == Text("订单 A<1> 2", "已付 甲&乙;")  # one line in the subject, nothing escaped


def test_the_names_a_text_needs_are_known() -> None:
    body = "{{ a.b }} {% if c and not d == 'x' %}{{ e|default:f }}{% endif %}"
    body += "{% for x in g %}{{ x }}{{ forloop.counter }}{% endfor %}"
    assert rendering.variables(Text("{{ h }}", body)) == {"a", "c", "d", "e", "f", "g", "h"}


def test_a_missing_value_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(ValueError, match="no value for code"):
        rendering.render(Text("", "您的验证码是{{ code }}"), {"cod": "1"})


@pytest.mark.parametrize(
    "body",
    [
        "{% include 'base.html' %}",
        "{% extends 'base.html' %}",
        "{% load static %}",
        "{% debug %}",
        "{% now 'Y' %}",
        "{% if a %}{% csrf_token %}{% endif %}",
        "{{ a|ljust:1000000000 }}",
        "{% for x in a|add:b %}{% endfor %}",
        "{% if a|pprint %}x{% endif %}",
        "{{ a",
        "{% if a %}",
    ],
)
def test_only_variables_if_and_for(body: str) -> None:
    if body == "{{ a":
        assert rendering.variables(Text("", body)) == frozenset()  # no template at all, just text
        return
    with pytest.raises(ValueError, match=r".+"):
        rendering.variables(Text("", body))


def test_a_kind_needs_a_text() -> None:
    with pytest.raises(ValueError, match="no text"):
        notices.register("test.empty")
    with pytest.raises(ValueError, match="subject and a body"):
        notices.register("test.half", email_subject="x")


@pytest.mark.django_db(transaction=True)
def test_the_newest_version_of_the_tenant_counts(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_tx(tenant, write=True):
        for body in ("第一版{{ code }}", "第二版{{ code }} {{ hotline }}"):
            texts.publish("test.code", Channel.SMS, body=body, provider_template="SMS_1", by=BY)
    with tenant_tx(tenant):
        now = texts.current("test.code", Channel.SMS)
        assert (now.text.body, now.version, now.provider_template) == ("第二版{{ code }} {{ hotline }}", 2, "SMS_1")
        assert NoticeText.objects.count() == 2
        assert AuditRow.objects.filter(action="notice_text.published").count() == 2
    with tenant_tx(other_tenant):
        assert texts.current("test.code", Channel.SMS).version == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("body", ["{{ password }}", "{% include 'x' %}", "{% if %}"])
def test_a_tenants_text_is_refused_before_it_is_stored(tenant: Tenant, body: str) -> None:
    with tenant_tx(tenant, write=True), pytest.raises(TextRefused):
        texts.publish("test.code", Channel.SMS, body=body, by=BY)
    with tenant_tx(tenant):
        assert NoticeText.objects.count() == 0
