"""The demo's staff and customers. Passwords and authenticator keys are the demo's own and printed by script/server."""

import hashlib

from django_otp.oath import totp

from portal import vault
from portal.accounts import staff
from portal.accounts.actor import Actor
from portal.accounts.models import StaffTotpDevice, User, UserKind
from portal.accounts.roles import Role
from portal.tenants import current_tenant, tenant_tx
from portal.tenants.models import Tenant

DEMO = Actor.system("demo")
PASSWORD = "Certhall-Demo-2026"  # noqa: S105  (of the demo alone; production has none of these accounts)

STAFF: dict[str, tuple[str, tuple[Role, ...]]] = {
    "admin": ("网厅管理员", (Role.TENANT_ADMINISTRATOR,)),
    "reviewer": ("审核一号", (Role.REVIEWER,)),
    "finance": ("财务一号", (Role.FINANCE,)),
    "mailroom": ("收发一号", (Role.MAIL_ROOM,)),
    "production": ("制证一号", (Role.PRODUCTION,)),
    "certadmin": ("证书管理员甲", (Role.CERTIFICATE_ADMINISTRATOR,)),
    "certadmin2": ("证书管理员乙", (Role.CERTIFICATE_ADMINISTRATOR,)),
    "service": ("客服一号", (Role.SERVICE_DESK,)),
}

CUSTOMERS = {  # mobile → name; numbers that no carrier gives out
    "19900000006": "林晓彤",
    "19900000011": "周明远",
    "19900000012": "陈思雨",
    "19900000013": "黄志恒",
    "19900000014": "吴佳怡",
    "19900000015": "郑凯文",
    "19900000016": "何雨桐",
    "19900000017": "谢承泽",
    "19900000018": "罗静文",
    "19900000019": "唐一鸣",
    "19900000020": "许若曦",
    "19900000021": "𬱖龘㛃",  # rare characters, as real names have them
    "19900000022": "冯嘉禾",
    # with expired certificates
    "19900000023": "卫清扬",
    "19900000024": "蒋怀瑾",
    "19900000025": "沈亦舟",
    "19900000026": "韩沐阳",
    "19900000027": "杨可欣",
    "19900000028": "朱雨辰",
    "19900000029": "秦若谷",
    "19900000030": "尤嘉树",
    "19900000031": "许望舒",
    "19900000032": "吕初晴",
    # 深证通: an office with many keys, then ePass3000GM, ePass3003 and file certificates
    "19900000041": "顾长风",
    "19900000042": "宋知远",
    "19900000043": "方书宁",
    "19900000044": "邹明轩",
    "19900000045": "薛映雪",
    "19900000046": "戴云帆",
    "19900000047": "夏青禾",
    "19900000048": "万子墨",
    # 深圳CA 建设局
    "19900000051": "钟南溪",
    "19900000052": "田若水",
    "19900000053": "任嘉木",
    "19900000054": "袁清越",
    "19900000055": "柳未央",
    # 网证通
    "19900000061": "邓景行",
    "19900000062": "傅晓岚",
    "19900000063": "彭远山",
}
MAIN_CUSTOMER = "19900000006"
UNEXPIRED = tuple(mobile for mobile in CUSTOMERS if MAIN_CUSTOMER < mobile <= "19900000022")
EXPIRED = tuple(mobile for mobile in CUSTOMERS if "19900000022" < mobile <= "19900000032")


def totp_key(tenant: Tenant, username: str) -> str:
    """40 hex digits: the same on every machine, so that a demo's authenticator entry keeps working."""
    return hashlib.sha1(f"certhall demo {tenant.slug} {username}".encode(), usedforsecurity=False).hexdigest()


def current_code(tenant: Tenant, username: str) -> str:
    """What the authenticator app would show now, six digits."""
    return f"{totp(bytes.fromhex(totp_key(tenant, username))):06d}"


def load_staff(tenant: Tenant) -> None:
    with tenant_tx(tenant, write=True):
        known = set(User.objects.filter(username__in=STAFF).values_list("username", flat=True))
        for username, (display_name, roles) in STAFF.items():
            if username in known:
                continue
            invited = staff.create(username=username, display_name=display_name, roles=roles, by=DEMO)
            staff.accept_invitation(invited.token, PASSWORD, by=DEMO)
            StaffTotpDevice(user=invited.user, confirmed=True, key=totp_key(tenant, username)).save()


def customer(mobile: str, name: str) -> User:
    """The customer with this mobile, made if need be. Inside a write tenant_tx."""
    index = vault.blind_index(current_tenant().pk, "user.phone", mobile)
    known = User.objects.filter(phone_index=index).first()
    if known is not None:
        return known
    user = User(kind=UserKind.CUSTOMER, phone=mobile, display_name=name)
    user.set_unusable_password()
    user.save()
    return user
