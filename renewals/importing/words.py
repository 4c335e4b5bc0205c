"""What the import of certificates says: of a file as a whole, and of each thing that is wrong with a row."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from renewals.importing.columns import label
from renewals.rules_words import PROBLEMS
from renewals.validation import Problem

WORDS: dict[str, Promise] = {
    "import.refused": _("这份证书文件不能导入。请核对后重新上传。"),
    "import.file_unreadable": _("读不出这份文件。请上传 CSV、XLS 或 XLSX，去掉密码，并确认文件完整。"),
    "import.too_large": _("文件超过 %(limit)s MB。请分成几份导入。"),
    "import.without_header": _("没有找到表头。请在前 10 行里写明各列名称，可以下载模板对照。"),
    "import.columns_missing": _("缺少这些列：%(columns)s。请补上后重新上传，可以下载模板对照。"),
    "import.column_twice": _("这些列出现了两次：%(columns)s。请各保留一列。"),
    "import.without_rows": _("表头下面没有内容。请核对文件后重新上传。"),
    "import.too_many_rows": _("一次最多 %(limit)s 行。请分几次发送。"),
    "import.body_wrong": _('请求内容不对：应为 JSON，形如 {"rows": [{"serial": "…"}]}，各值都是文本。'),
    "import.client_unknown": _("接口令牌无效或已停用。请向网厅管理员索取新的令牌。"),
}

ROWS: dict[str, Promise] = {
    "missing": _("没有填写"),
    "too_long": _("超过 %(limit)s 个字"),
    "unknown_choice": _("不认识这个值，可以填：%(choices)s"),
    "unknown_programme": _("本网厅没有这个业务项目，可以填：%(known)s"),
    "not_a_certificate": _("不是证书：应为 PEM 或 Base64 的 DER"),
    "differs": _("与证书本身不一致，证书里是 %(found)s"),
    "not_a_day": _("不是日期，请写成 2027-03-05"),
    "number_of_file": _("文件证书的证书号以 #0 结尾"),
    "number_of_hardware": _("硬件证书的证书号不以 #0 结尾；是文件证书的，请在“存储方式”填“文件”"),
    "not_an_address": _("不是邮箱地址"),
    "same_phone_twice": _("同一个手机号写了两次"),
    "other_certificate": _("网厅已登记了同一序列号的另一张证书，请与 CA 核实"),
    "gateway_of_another": _("这个网关已登记在另一家单位名下，请核实"),
    "twice_in_file": _("与第 %(row)s 行是同一张证书"),
}


def say_problem(problem: Mapping[str, Any]) -> str:
    """统一社会信用代码：有误，请对照营业执照逐位核对。"""
    code = str(problem["code"])
    sentence = ROWS[code] if code in ROWS else PROBLEMS[Problem(code)]
    told = str(sentence) % problem.get("params", {})
    return _now("%(column)s：%(what)s") % {"column": label(str(problem["column"])), "what": told.rstrip("。")}
