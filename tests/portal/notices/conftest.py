"""Two kinds of notices, taken out again after each test."""

from collections.abc import Iterator

import pytest

from portal import notices
from portal.notices import registry


@pytest.fixture(autouse=True)
def _own_kinds() -> Iterator[None]:
    before = dict(registry._kinds)
    notices.register("test.code", sms="您的验证码是{{ code }}，5 分钟内有效。", secret=True)
    notices.register(
        "test.paid",
        sms="您的订单{{ order }}已支付。",
        email_subject="订单{{ order }}已支付",
        email_body="{{ name }}，您好：\n\n订单{{ order }}已支付。{{ tenant_name }} {{ hotline }}",
        in_page="订单{{ order }}已支付。",
    )
    yield
    registry._kinds.clear()
    registry._kinds.update(before)


@pytest.fixture(autouse=True)
def _mail_goes_to_the_inbox(settings: pytest.FixtureRequest) -> None:
    settings.EMAIL_BACKEND = "portal.notices.email.InboxBackend"  # type: ignore[attr-defined]
