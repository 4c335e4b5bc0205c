"""What accounts say, by error code. Every sentence says what to do next."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "accounts.sign_in_needed": _("您尚未登录或登录已过期，请重新登录。"),
    "accounts.wrong_kind": _("当前登录的账号不能打开此页面，请退出后换账号登录。"),
    "accounts.staff_only": _("此页面供工作人员使用。您是以客户身份登录的，请返回首页；工作人员请先退出再登录。"),
    "accounts.customers_only": _("此页面供客户使用。您是以工作人员身份登录的，请返回工作台，或退出后用手机号登录。"),
    "accounts.not_your_duty": _("您的角色不能办理此项业务。如确有需要，请联系网厅管理员为您调整角色或设置代班。"),
    "accounts.undeclared_access": _("此页面暂时不能打开，请返回首页；如需帮助，请拨打服务热线。"),
    "accounts.code_too_soon": _("验证码每分钟只能获取一次，请在 %(retry_after)s 秒后重新获取。"),
    "accounts.too_many_codes": _("该手机号 24 小时内获取验证码已达 10 次，请稍后再试，或拨打服务热线。"),
    "accounts.too_many_from_address": _("您所在的网络获取验证码过于频繁，请一小时后再试，或换一个网络。"),
    "accounts.code_refused": _("验证码不能使用，请重新获取。"),
    "accounts.code_wrong": _("验证码不正确，还可以再试 %(tries_left)s 次。请核对最近一条短信中的 6 位数字。"),
    "accounts.code_spent": _("该验证码已失效，请重新获取验证码。"),
    "accounts.code_expired": _("验证码已过 5 分钟有效期，请重新获取验证码。"),
    "accounts.code_not_asked": _("请先在本浏览器中输入手机号并获取验证码。"),
    "accounts.disabled": _("该账号已停用，请拨打服务热线咨询。"),
    "accounts.sign_in_refused": _("用户名或密码不正确，请核对后重新输入。连续 5 次不正确，账号将锁定 30 分钟。"),
    "accounts.locked": _("因多次输入不正确，账号已锁定。请 30 分钟后再试，或请网厅管理员解锁。"),
    "accounts.second_factor_refused": _("动态码不正确或已经用过。请等待验证器显示下一个动态码，再输入。"),
    "accounts.second_factor_wait": _("请稍候 %(retry_after)s 秒，再输入新的动态码。"),
    "accounts.invitation_invalid": _("该链接无效、已使用或已过期，请网厅管理员重新生成邀请链接。"),
    "accounts.username_taken": _("该用户名已被使用，请换一个。"),
    "accounts.last_administrator": _("网厅至少要保留一名可用的网厅管理员。请先为另一位工作人员授予该角色。"),
    "accounts.not_oneself": _("不能对自己的账号进行此项操作，请由另一位网厅管理员办理。"),
    "accounts.not_found": _("没有找到该工作人员账号，请返回列表重新选择。"),
    "accounts.deputy_refused": _("不能这样设置代班：请选择两位不同且可用的工作人员。"),
    "accounts.membership_not_found": _("没有找到这项授权，可能已经解除，请刷新页面查看。"),
}

USERNAME_TAKEN = WORDS["accounts.username_taken"]
