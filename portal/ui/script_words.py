"""What the scripts in static/js/ say. Every page carries them as JSON (ui/_tail.html) for static/js/words.js."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SCRIPT_WORDS: dict[str, Promise] = {
    "copied": _("已复制"),
    "copy_by_hand": _("请手动复制"),
    "offline": _("网络连接中断，请检查网络后重试。"),
    "errors_title": _("有错误"),
    "saving": _("正在保存…"),
    "saved": _("已保存 {time}"),
    "not_saved": _("未保存：连接不上服务器。填写的内容暂存在本页，会自动重试。"),
    "signed_out": _("未保存：登录已过期。填写的内容暂存在本页，重新登录以后会带回来。"),
    "customer_reads": _("客户会看到：{words}"),
    "file_too_large": _("超过 {limit}，请换一个较小的文件"),
}
