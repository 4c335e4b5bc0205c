"""The sentences of this room's errors: what is wrong with the file, and what to do."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "files.refused": _("这个文件不能接收。请换一个文件后重新上传，已填写的其他内容不受影响。"),
    "files.missing": _("没有收到文件。请重新选择文件后上传。"),
    "files.empty": _("这个文件是空的（0 字节）。请打开原文件确认内容，重新保存后再上传。"),
    "files.too_large": _("文件超过 %(limit)s MB。请降低扫描分辨率（300 dpi 已足够）或压缩后重新上传。"),
    "files.wrong_type": _(
        "不支持这种格式，请上传 %(allowed)s 文件。Word、Excel 文件请另存为 PDF；"
        "苹果手机的 HEIC 照片请在相册中导出为 JPG 后上传。"
    ),
    "files.content_mismatch": _(
        "文件的内容与扩展名 .%(extension)s 不符。请不要直接修改扩展名，用原来的软件另存为 %(allowed)s 后重新上传。"
    ),
    "files.damaged": _("文件已损坏或不完整，无法打开。请确认在您的电脑上能正常打开，重新导出或扫描后再上传。"),
    "files.password_protected": _(
        "打开这个文件要输入密码。请用打开它的软件选择“打印”，打印为新的 PDF 后上传，或直接拍照上传。"
    ),
    "files.active_content": _("这个文件带有宏、控件或嵌入的程序，为安全起见没有接收。请另存为 PDF 后重新上传。"),
    "files.too_many_pages": _(
        "这个文件有 %(pages)s 页，最多可上传 %(limit)s 页。请只保留需要的页，或分成几个文件上传。"
    ),
    "files.too_many_pixels": _("图片尺寸过大，最多 %(limit)s 百万像素。请缩小图片或降低扫描分辨率后重新上传。"),
    "files.too_complex": _("这个文件过于复杂，系统无法安全打开。请把它打印成纸质后扫描，或拍照后上传。"),
    "files.infected": _("安全检查认为这个文件带有病毒，没有接收。请对电脑杀毒后，重新导出或拍照上传。"),
    "files.gate_unavailable": _("文件检查服务暂时不可用，文件没有保存。请过几分钟重新上传，已填写的内容不受影响。"),
    "files.not_found": _("没有找到这个文件，或者您不能查看它。请从订单页面重新打开。"),
    "files.erased": _("这个文件已按规定永久删除，无法再查看。如业务仍需要，请重新上传。"),
    "files.broken": _("这个文件未能通过完整性校验，已停止打开。请把本页时间和单号报给系统管理员。"),
    "files.not_stored": _("这个文件上传后没有及时提交，已被清除。请重新上传。"),
}
