"""The words of the pure rules (lifecycle, programmes, validation), which may import no framework themselves."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renewals.validation.problems import InvalidValue, Problem

WORDS: dict[str, Promise] = {
    "lifecycle.refused": _("订单现在不能这样办理。请刷新页面，查看当前可以办理的步骤。"),
    "lifecycle.unknown_step": _("这张订单没有这个步骤。请刷新页面后重试。"),
    "lifecycle.order_ended": _("订单已经结束，不能再办理。如需续期，请从首页重新申请。"),
    "lifecycle.step_not_open": _("这一步现在不能办理：可能已经办好，也可能还没轮到。请刷新页面查看。"),
    "lifecycle.gate_closed": _("请先完成前面的步骤，再办理这一步。"),
    "lifecycle.wrong_phase": _("办理进度刚刚有了变化。请刷新页面，按页面提示继续。"),
    "lifecycle.not_skippable": _("这一步不能跳过。请按要求办理，有困难请联系服务热线。"),
    "lifecycle.reason_missing": _("请写明原因，对方要据此处理。"),
    "lifecycle.stale_evidence": _("这个结果对应的是修改之前的申请信息，已经不能采用。系统会按最新的信息重新核验。"),
    "lifecycle.fields_locked": _("已经提交付款，年限等影响费用的内容不能再改。如需修改，请先取消付款。"),
    "lifecycle.already_issuing": _("证书正在签发，申请信息不能再改。如填写有误，请联系服务热线。"),
    "lifecycle.not_cancellable": _(
        "订单现在不能取消：证书已经安装、正在签发，或者原证书已经提交吊销。正在签发的，请几分钟后再试；其他情况请拨打服务热线。"
    ),
    "programme.invalid": _("规则包有 %(count)s 处错误，第一处：%(first)s。请改正后重新检查。"),
    "programme.calendar_year_missing": _("还没有 %(year)s 年的节假日安排，算不出工作日。请管理员更新节假日数据。"),
    "validation.invalid_value": _("填写的内容有误，请核对后重新填写。"),
}

PROBLEMS: dict[Problem, Promise] = {
    Problem.ID_CARD_OLD: _("15 位身份证号码已经停用，请填写 18 位号码。"),
    Problem.ID_CARD_LENGTH: _("身份证号码应为 18 位，请核对是否多填或少填。"),
    Problem.ID_CARD_CHARACTERS: _("身份证号码只含数字，最后一位可以是 X。请核对。"),
    Problem.ID_CARD_BIRTH_DATE: _("身份证号码第 7 到 14 位不是正确的出生日期，请对照身份证核对。"),
    Problem.ID_CARD_CHECK_DIGIT: _("身份证号码有误，请对照身份证逐位核对。"),
    Problem.CREDIT_CODE_LENGTH: _("统一社会信用代码应为 18 位，请对照营业执照核对。"),
    Problem.CREDIT_CODE_CHARACTERS: _("统一社会信用代码只含数字和大写字母，没有 I、O、S、V、Z。请对照营业执照核对。"),
    Problem.CREDIT_CODE_CHECK_DIGIT: _("统一社会信用代码有误，请对照营业执照逐位核对。"),
    Problem.ORGANISATION_CODE_FORMAT: _("组织机构代码应为 9 位数字或大写字母，例如 12345678-X。请核对。"),
    Problem.ORGANISATION_CODE_CHECK_DIGIT: _("组织机构代码有误，请对照证书逐位核对。"),
    Problem.ORGANISATION_NAME_LENGTH: _("单位名称应为 2 到 100 个字，请按营业执照填写全称。"),
    Problem.ORGANISATION_NAME_CHARACTERS: _("单位名称含有不能使用的符号，请对照营业执照核对。"),
    Problem.PASSPORT_FORMAT: _("护照号码应为 5 到 17 位字母和数字，请对照护照核对。"),
    Problem.HM_PERMIT_FORMAT: _(
        "通行证号码有误：港澳居民的是 H 或 M 加 8 位数字，台湾居民的是 8 位数字。请对照通行证核对。"
    ),
    Problem.FOREIGN_PERMIT_FORMAT: _(
        "永久居留身份证号码有误：新版是 9 开头的 18 位数字，旧版是 3 位字母加 12 位数字。请核对。"
    ),
    Problem.MOBILE_FORMAT: _("请填写 11 位的大陆手机号码，以 13 到 19 开头。"),
    Problem.PHONE_FORMAT: _("请填写带区号的电话号码，例如 0755-83990000；分机写在后面，例如 0755-83990000 转 8001。"),
    Problem.ADDRESS_LENGTH: _("请填写完整地址：省、市、区、街道和门牌号，6 到 120 个字。"),
    Problem.ADDRESS_CHARACTERS: _("地址里有不能使用的符号，请删去尖括号、斜线等符号。"),
    Problem.ORDER_NUMBER_FORMAT: _("订单编号应为 17 位数字，请对照短信或申请表核对。"),
    Problem.ORDER_NUMBER_DATE: _("没有这个订单编号，请对照短信或申请表逐位核对。"),
    Problem.ORDER_NUMBER_CHECK_DIGIT: _("没有这个订单编号，请对照短信或申请表逐位核对。"),
    Problem.INVOICE_TITLE_LENGTH: _("发票抬头应为 2 到 100 个字，请填写单位全称。"),
    Problem.INVOICE_TITLE_CHARACTERS: _("发票抬头含有不能开票的符号，请删去引号、尖括号等符号。"),
    Problem.TAX_NUMBER_MISSING: _("开这种发票需要纳税人识别号，请填写。"),
    Problem.TAX_NUMBER_FORMAT: _("纳税人识别号应为 15 到 20 位数字或大写字母，请核对。"),
    Problem.TAX_NUMBER_CHECK_DIGIT: _("纳税人识别号有误，请对照营业执照上的统一社会信用代码逐位核对。"),
    Problem.PERSON_NAME_FORMAT: _("请填写身份证上的姓名，中间的点用“·”，不含数字和其他符号。"),
    Problem.RENEWAL_CODE_FORMAT: _("更新码应为 20 位，分成五组，例如 K7RM-4PXA-……。请核对是否多填或少填。"),
    Problem.RENEWAL_CODE_CHECK: _("更新码有误，请对照抄下的更新码逐位核对。"),
    Problem.REFERENCE_NUMBER_LENGTH: _("参考码最多 22 个字符，请对照密码信封核对。"),
    Problem.AUTHORIZATION_CODE_LENGTH: _("授权码最多 16 个字符，请对照密码信封核对。"),
}


def say_problem(error: InvalidValue) -> str:
    """The sentence for a form's field."""
    return str(PROBLEMS[error.problem])
