"""The challenge before an SMS is sent: letters in a picture, or the same hurdle as a sum in words.

Both are django-simple-captcha's: it makes the picture, keeps the answer five minutes, and takes one try.
"""

import secrets
from typing import Any

from captcha.fields import CaptchaField, CaptchaTextInput
from captcha.models import CaptchaStore
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_LETTERS = "ABCDEFGHJKMNPRSTUVWXY3468"  # none that reads like another one
_NUMERALS = ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


def picture() -> tuple[str, str]:
    """(what is drawn, what is wanted): four letters or digits, in either case."""
    drawn = "".join(secrets.choice(_LETTERS) for _place in range(4))
    return drawn, drawn.lower()


def sum_in_words() -> tuple[str, str]:
    """(question, answer in digits), for whoever can't see the picture: 七加五."""
    first, second = (1 + secrets.randbelow(10) for _place in range(2))
    if secrets.randbelow(2) and first > second:
        return f"{_NUMERALS[first]}减{_NUMERALS[second]}", str(first - second)
    return f"{_NUMERALS[first]}加{_NUMERALS[second]}", str(first + second)


class PictureInput(CaptchaTextInput):
    """One label for the one control that is typed into, instead of a fieldset around two."""

    use_fieldset = False

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        hidden = context["widget"]["subwidgets"][0]["attrs"]
        for meant_for_the_answer in ("required", "aria-describedby", "aria-invalid"):
            hidden.pop(meant_for_the_answer, None)
        return context


class SumInput(PictureInput):
    """The question as text: read out by a screen reader, enlarged by a browser."""

    template_name = "accounts/widgets/sum.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        asked = CaptchaStore.objects.filter(hashkey=self._key).values_list("challenge", flat=True).first()
        context["question"] = _("%(sum)s等于几？") % {"sum": asked}
        return context


_ERRORS = {
    "required": gettext_lazy("请填写图形验证码。"),
    "invalid": gettext_lazy("图形验证码不正确或已过期，请按新的题目重新填写。"),
}


def picture_field() -> CaptchaField:
    return CaptchaField(
        label=gettext_lazy("图形验证码"),
        help_text=gettext_lazy("请填写图片中的 4 个字符，不区分大小写。"),
        widget=PictureInput(generator="portal.accounts.captcha.picture"),
        error_messages=dict(_ERRORS),
    )


def sum_field() -> CaptchaField:
    return CaptchaField(
        label=gettext_lazy("验证问题"),
        help_text=gettext_lazy("请用数字回答。"),
        widget=SumInput(generator="portal.accounts.captcha.sum_in_words"),
        error_messages={**_ERRORS, "required": gettext_lazy("请回答验证问题。")},
    )
