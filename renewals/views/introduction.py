"""What a path asks of the customer, told before it begins: a sentence for each of its steps (RULES C2)."""

from collections.abc import Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renewals.programmes.schema import Path
from renewals.views.application_desk import papers_of_path
from renewals.views.progress_words import CHANNELS

_FIELDS: Final[dict[str, Promise]] = {
    "term_years": gettext_lazy("年限"),
    "organisation_name": gettext_lazy("单位"),
    "legal_representative": gettext_lazy("法定代表人"),
    "representative_name": gettext_lazy("经办人"),
    "recipient_name": gettext_lazy("收件人"),
    "invoice_kind": gettext_lazy("发票"),
}


def introduction(path: Path) -> Sequence[tuple[str, str]]:
    """Title and sentence of what comes, in the path's order."""
    methods = {getattr(step, "method", "") for step in path.steps}
    told = []
    for step in path.steps:
        if step.kind == "consent":
            words = _("%(n)d 份文件，敏感个人信息单独同意。") % {"n": len(step.texts)}
            told.append((_("阅读并同意协议"), words))
        elif step.kind == "environment":
            told.append((step.title, _("插入 Ekey，检测这台电脑，约 1 分钟。")))
        elif step.kind == "application":
            told.append((_("填写申请信息"), _application(step.fields, named="three_factor" in methods)))
        elif step.kind == "identity" and step.method == "liveness":
            told.append((_("手机核验身份"), _("经办人用手机拍身份证、做活体核验。")))
        elif step.kind == "identity" and "liveness" not in methods:
            told.append((_("核验身份"), _("系统核对经办人的姓名、身份证号码和手机号码。")))
        elif step.kind == "request_form":
            told.append((_("打印申请表，签字盖章"), _("系统按填写的内容生成申请表，经办人签字，单位盖公章。")))
        elif step.kind == "documents":
            papers = "、".join(papers_of_path(path))
            told.append((_("上传资料"), _("%(papers)s，扫描或拍照都可以。") % {"papers": papers}))
        elif step.kind == "key_proof":
            told.append((_("证明证书在您手里"), _("插入 Ekey，输入证书密码（PIN 码）。")))
        elif step.kind == "payment":
            names = [str(words) for channel, words in CHANNELS.items() if channel in step.channels]
            told.append((_("缴费"), _("可以用%(channels)s付款。") % {"channels": "、".join(names)}))
        elif step.kind == "review":
            told.append((_("等待审核"), _("结果用短信通知；要补正的，只补那一份。")))
        elif step.kind == "issuance":
            told.append((_("更新证书"), _("插入 Ekey，约 2 到 3 分钟。PIN 码不变。")))
    return told


def _application(fields: Sequence[str], *, named: bool) -> str:
    listed = "、".join(str(words) for name, words in _FIELDS.items() if name in fields)
    sentence = _("填写%(fields)s。") % {"fields": listed}
    return sentence + _("经办人的手机号要由本人实名登记。") if named else sentence
