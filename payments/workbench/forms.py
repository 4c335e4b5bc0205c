"""What people type at the workbench. Amounts in yuan become fen, exactly, or an error that says how to write them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.forms import AmountField
from payments.models import Charge
from payments.workbench.deciding import Decision, RestTo, Share

ROWS = 4
REST_CHOICES = [(RestTo.BALANCE.value, _("转入账户余额")), (RestTo.REFUND.value, _("原路退回"))]


class OptionalAmount(AmountField):
    """Nothing typed is 0; what can't be read never is."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "input--10"}
        super().__init__(required=False, max_length=20, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: object) -> int:
        return super().clean(value) if str(value or "").strip() else 0


class SplitForm(forms.Form):
    """Up to ``ROWS`` charges by number, and the rest. ``decision`` once it is valid."""

    use_required_attribute = False

    rest = OptionalAmount(label=_("余款（元）"))
    rest_to = forms.ChoiceField(label=_("余款去向"), choices=REST_CHOICES, required=False)
    holder = forms.CharField(
        label=_("余额归属单位"), max_length=128, required=False, help_text=_("留空即第一笔应收的单位，或付款人。")
    )
    holder_checked = forms.BooleanField(label=_("已核对：付款人就是应收的单位（银行截断或未显示户名）"), required=False)
    note = forms.CharField(label=_("备注"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decision: Decision | None = None
        for row in range(ROWS):
            number = forms.CharField(
                label=_("第 %(n)s 笔 订单编号") % {"n": row + 1},
                max_length=64,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
            )
            self.fields[f"number_{row}"] = number
            self.fields[f"amount_{row}"] = OptionalAmount(label=_("第 %(n)s 笔 金额（元）") % {"n": row + 1})

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"number_{row}"], self[f"amount_{row}"]) for row in range(ROWS)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        shares: list[Share] = []
        for row in range(ROWS):
            number = "".join(str(data.get(f"number_{row}") or "").split())
            fen = data.get(f"amount_{row}")
            if not number and not fen:
                continue
            if not number:
                self.add_error(f"number_{row}", _("请填写订单编号。"))
            elif fen == 0:
                self.add_error(f"amount_{row}", _("请填写金额，最多两位小数，例如 200.00。"))
            elif fen is not None:
                charge = charge_named(number)
                if charge is None:
                    self.add_error(f"number_{row}", _("没有找到这个编号的应收。请核对，或在下面查找。"))
                elif charge.public_id in [share.charge for share in shares]:
                    self.add_error(f"number_{row}", _("这笔应收上面已填过。请合并成一行。"))
                else:
                    shares.append(Share(charge.public_id, fen))
        if not self.errors:
            self.decision = Decision(
                tuple(shares),
                data.get("rest") or 0,
                RestTo(data.get("rest_to") or RestTo.BALANCE),
                data.get("holder", ""),
                bool(data.get("holder_checked")),
                data.get("note", ""),
            )
        return data


def charge_named(number: str) -> Charge | None:
    """By the number that payers write, else by the asker's reference; the open one of several."""
    found = list(Charge.objects.filter(number=number).order_by("-id")[:20]) or list(
        Charge.objects.filter(reference=number)[:1]
    )
    return next((charge for charge in found if charge.open_fen), found[0] if found else None)
