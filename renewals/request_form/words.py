"""The sentences about request forms and their scans."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "request_form.glyph_missing": _(
        "申请表暂时无法打印这些字：%(characters)s。请核对是否输错；如果没有输错，请联系客服，我们为您补上字库后再打印。"
    ),
    "request_form.fonts_unavailable": _("申请表暂时无法生成，您填写的内容已经保存。请稍后再试，或联系客服。"),
    "request_form.rendering_refused": _("申请表暂时无法生成，您填写的内容已经保存。请稍后再试，或联系客服。"),
    "request_form.scan_refused": _("上传的扫描件不是本次要提交的材料。请核对后重新上传。"),
    "request_form.scan_of_other_order": _(
        "上传的是订单 %(printed)s 的申请表，不是这张订单的。请找出印有本订单编号的申请表，签字盖章后重新扫描上传。"
    ),
    "request_form.scan_of_other_paper": _("上传的是本订单的另一份材料，不是申请表。请核对后重新上传。"),
    "request_form.scan_of_other_version": _(
        "上传的是第 %(printed)s 版申请表，之后内容有过修改，现在是第 %(wanted)s 版。"
        "请下载并打印第 %(wanted)s 版，签字盖章后重新扫描上传。"
    ),
    "request_form.scan_not_ours": _(
        "扫描件上的二维码不是本网厅为这张订单生成的。请从本订单重新下载申请表，打印、签字、盖章后扫描上传。"
    ),
    "request_form.scan_key_unknown": _("扫描件上的二维码无法自动核对。请联系客服，由工作人员核对原件。"),
}
