"""What fields say when they are filled in wrongly and the form has no words of its own.

Django's own Chinese ("这个字段是必填项。", "确保该变量…") tells nobody what to do.
``use`` runs before any form is defined.
"""

from typing import Any

from django import forms
from django.core import validators
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_FIELDS: dict[type[forms.Field], dict[str, Any]] = {
    forms.Field: {"required": _("请填写此项。")},
    forms.BooleanField: {"required": _("请勾选此项。")},
    forms.ChoiceField: {"required": _("请选择一项。"), "invalid_choice": _("请从给出的选项中选择一项。")},
    forms.MultipleChoiceField: {
        "required": _("请至少选择一项。"),
        "invalid_choice": _("请从给出的选项中选择。"),
        "invalid_list": _("请从给出的选项中选择。"),
    },
    forms.IntegerField: {"invalid": _("请填写整数。")},
    forms.DecimalField: {"invalid": _("请填写数字。")},
    forms.DateField: {"invalid": _("请填写日期，例如 2026-12-14。")},
    forms.DateTimeField: {"invalid": _("请填写日期和时间，例如 2026-12-14 09:30。")},
    forms.FileField: {
        "required": _("请选择文件。"),
        "invalid": _("没有收到文件，请重新选择后上传。"),
        "missing": _("没有收到文件，请重新选择后上传。"),
        "empty": _("文件是空的，请换一个文件。"),
    },
    forms.URLField: {"invalid": _("请填写完整的网址，以 https:// 开头。")},
}
_VALIDATORS: dict[Any, Promise] = {
    validators.EmailValidator: _("请填写正确的电子邮箱，例如 name@example.com。"),
    validators.MaxLengthValidator: _("最多 %(limit_value)d 个字，现在是 %(show_value)d 个，请缩短。"),
    validators.MinLengthValidator: _("至少 %(limit_value)d 个字，现在是 %(show_value)d 个，请补全。"),
    validators.MaxValueValidator: _("请填写不大于 %(limit_value)s 的数。"),
    validators.MinValueValidator: _("请填写不小于 %(limit_value)s 的数。"),
    validators.ProhibitNullCharactersValidator: _("内容里有不能识别的字符，请重新输入。"),
}
_OURS = {id(words) for found in _FIELDS.values() for words in found.values()} | set(map(id, _VALIDATORS.values()))


def is_general(message: object) -> bool:
    """Whether this (lazy) message of a ValidationError is one of these. By identity: no translating yet."""
    return id(message) in _OURS


def use() -> None:
    """Put these words in place of Django's."""
    for field, words in _FIELDS.items():
        field.default_error_messages = {**field.default_error_messages, **words}
    for validator, sentence in _VALIDATORS.items():
        validator.message = sentence
    email: Any = validators.validate_email  # made when Django was imported
    email.message = _VALIDATORS[validators.EmailValidator]
