"""授权委托书: what the organisation seals when the handler can't prove the key (RULES P2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.accounts.actor import Actor
from portal.tenants import current_tenant
from renewals.models import ApplicationVersion, Order
from renewals.steps.application import answers_of, written_by_another

BLANK = "＿＿＿＿＿＿＿＿＿＿"  # to be filled in by hand


@dataclass(frozen=True)
class Letter:
    """A letter to be printed; ``to``, paragraphs, and the lines to sign."""

    title: str
    to: str
    paragraphs: Sequence[str]
    signatures: Sequence[str]


def authorisation_text(order: Order, *, by: Actor) -> Letter:
    """The letter for this order. The ID number is written in by hand, so that no page and no printer keeps it."""
    answers = _answers(order, by)
    item = order.items.select_related("certificate").order_by("id")[0]
    organisation = answers.get("organisation_name") or item.certificate.holder_name
    before = _("（证书上的原名称：%(name)s）") % {"name": item.certificate.holder_name} if item.new_name else ""
    values = {
        "organisation": organisation + before,
        "code": answers.get("organisation_code") or BLANK,
        "name": answers.get("representative_name") or BLANK,
        "id_number": BLANK,
        "mobile": answers.get("representative_mobile") or BLANK,
        "serials": "、".join(item.certificate.serial for item in order.items.all()),
        "number": order.number,
    }
    return Letter(
        title=_("授权委托书"),
        to=current_tenant().name,
        paragraphs=[
            _("%(organisation)s（统一社会信用代码 %(code)s）是数字证书（序列号 %(serials)s）的持有单位。") % values,
            _(
                "现授权%(name)s（居民身份证号码 %(id_number)s，手机号码 %(mobile)s）为经办人，"
                "办理上述证书的续期（订单编号 %(number)s），包括提交申请和资料、缴费、接收更新码和安装新证书。"
            )
            % values,
            _("本单位原来的经办人自本次授权审核通过之日起，不再办理上述证书的业务。"),
            _("本单位承担经办人在授权范围内办理业务的法律责任。授权自盖章之日起至本次续期办结时止，不得转委托。"),
        ],
        signatures=[
            _("经办人（签字）：%(blank)s") % {"blank": BLANK},
            _("法定代表人（签字）：%(blank)s") % {"blank": BLANK},
            _("单位（盖公章）：%(blank)s") % {"blank": BLANK},
            _("日期：＿＿＿＿年＿＿月＿＿日"),
        ],
    )


def _answers(order: Order, by: Actor) -> dict[str, str]:
    confirmed = ApplicationVersion.objects.filter(order=order).order_by("-version").first()
    if confirmed is None or written_by_another(order, confirmed):
        return {}
    return answers_of(confirmed, by=by, reason="生成授权委托书")
