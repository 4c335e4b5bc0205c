"""What a member of staff may be (RULES P20)."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    """The value is what is stored."""

    REVIEWER = "reviewer"
    FINANCE = "finance"
    MAIL_ROOM = "mail_room"
    PRODUCTION = "production"
    CERTIFICATE_ADMINISTRATOR = "certificate_administrator"
    SERVICE_DESK = "service_desk"
    TENANT_ADMINISTRATOR = "tenant_administrator"

    @property
    def label(self) -> Promise:
        return LABELS[self]

    @property
    def duty(self) -> Promise:
        """One line under the tick box: what holding it lets one do."""
        return DUTIES[self]


LABELS: dict[Role, Promise] = {
    Role.REVIEWER: _("审核员"),
    Role.FINANCE: _("财务"),
    Role.MAIL_ROOM: _("收发室"),
    Role.PRODUCTION: _("制证员"),
    Role.CERTIFICATE_ADMINISTRATOR: _("证书管理员"),
    Role.SERVICE_DESK: _("客服"),
    Role.TENANT_ADMINISTRATOR: _("网厅管理员"),
}

DUTIES: dict[Role, Promise] = {
    Role.REVIEWER: _("核对申请资料与印章，通过、退回或驳回。"),
    Role.FINANCE: _("核对到账，办理退款和发票。"),
    Role.MAIL_ROOM: _("登记收到和寄出的介质。"),
    Role.PRODUCTION: _("制作新介质。"),
    Role.CERTIFICATE_ADMINISTRATOR: _("补发更新码、解锁和吊销，须两人办理。"),
    Role.SERVICE_DESK: _("查看脱敏资料、重发通知，不作决定。"),
    Role.TENANT_ADMINISTRATOR: _("管理工作人员账号、角色和代班。"),
}
