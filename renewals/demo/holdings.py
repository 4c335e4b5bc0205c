"""What the demo's customers hold: invented organisations, gateways and numbers, in every state."""

from dataclasses import dataclass

from stdnum.cn import uscc

from renewals.demo.people import EXPIRED, MAIN_CUSTOMER, UNEXPIRED


@dataclass(frozen=True)
class HeldGateway:
    """A customer's gateway; ``type`` and ``system`` as the CA calls them."""

    code: str
    type: str
    system: str
    state: str = "open"


@dataclass(frozen=True)
class Holding:
    """One demo certificate: ``days_left`` may be negative; ``contact`` a mobile of people.CUSTOMERS or "".

    ``medium`` is "" for a file certificate: its ``number`` tells it apart.
    """

    slug: str
    organisation: str
    code_body: str  # the credit code's first 17 characters; the check character is computed
    medium: str
    days_left: int
    contact: str
    state: str = "valid"
    programme: str = "cgn-sm2"
    algorithm: str = "sm2"
    key_model: str = "SZCA-SM2 Ukey"
    storage: str = "hardware"
    holder_kind: str = "organisation"
    has_seal: bool = False
    number: str = ""
    kind: str = ""
    gateway: HeldGateway | None = None
    years: int = 2  # of its whole life

    @property
    def credit_code(self) -> str:
        return self.code_body + str(uscc.calc_check_digit(self.code_body))

    @property
    def key(self) -> str:
        """What tells it apart from the others of its hall."""
        return self.medium or self.number

    @property
    def tail(self) -> str:
        """Letters and digits that the subject's common name ends with."""
        return "".join(c for c in self.key if c.isalnum())[-4:]


_JINGMI = ("深圳市测试精密制造有限公司", "91440300MA5DEM001")
_HAIYUN = ("深圳市示例海运物流有限公司", "91440300MA5DEM002")
_LVNENG = ("广东样例绿能科技股份有限公司", "91440000MA5DEM003")
_YILIAO = ("深圳市示范医疗器械有限公司", "91440300MA5DEM004")
_DIANZI = ("东莞市样本电子科技有限公司", "91441900MA5DEM005")
_JIANCAI = ("惠州市演示建材有限公司", "91441300MA5DEM006")
_GUANGDIAN = ("珠海市例证光电有限公司", "91440400MA5DEM007")
_FIRST = MAIN_CUSTOMER

_CGN = (
    Holding("szca", *_JINGMI, "3888000000000101", 21, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000102", 4, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000103", 74, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000104", 263, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000105", -12, _FIRST),
    Holding("szca", *_HAIYUN, "3888000000000106", 40, _FIRST, state="frozen"),
    Holding("szca", *_HAIYUN, "3888000000000107", 55, _FIRST, state="revoked"),
    Holding("szca", *_HAIYUN, "2777000000000108", 33, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000109", 16, _FIRST),
    *(
        Holding("szca", *(_HAIYUN, _LVNENG)[n % 2], f"38880000000002{n:02d}", 9 + 6 * n, mobile)
        for n, mobile in enumerate(UNEXPIRED, start=1)
    ),
    *(
        Holding("szca", *(_YILIAO, _DIANZI, _JIANCAI, _GUANGDIAN)[n % 4], f"38880000000005{n:02d}", 3 - 19 * n, mobile)
        for n, mobile in enumerate(EXPIRED, start=1)
    ),
    Holding("szca", *_GUANGDIAN, "3888000000000598", -8, _FIRST),
    Holding("szca", *_DIANZI, "3888000000000599", -45, ""),  # nobody's: claim by key, or by sealed authorisation
    Holding("szca", *_LVNENG, "3888000000000399", 15, ""),  # nobody's yet: claim it with the key
)


# -- 深证通: gateways of invented brokers and funds -------------------------------------------------------------------

_ZHENGQUAN = ("深圳市测试证券股份有限公司", "91440300MA5DEM011")
_JIJIN = ("深圳市示例基金管理有限公司", "91440300MA5DEM012")
_QIHUO = ("广州市样本期货有限公司", "91440100MA5DEM013")
_YINHANG = ("深圳市演示村镇银行股份有限公司", "91440300MA5DEM014")
_SETTLEMENT = ("结算通信网关", "结算通信系统")
_TRADING = ("交易通信网关", "交易系统")
_QUOTES = ("行情通信网关", "行情系统")


def _gm(
    of: tuple[str, str],
    n: int,
    days: int,
    mobile: str,
    gateway: tuple[str, str] = _SETTLEMENT,
    *,
    state: str = "valid",
    kind: str = "gateway",
    gateway_state: str = "open",
) -> Holding:
    """RULES A: ePass3000GM, SM2."""
    return Holding(
        "sscc",
        *of,
        f"EP3000GM{n:06d}",
        days,
        mobile,
        state=state,
        programme="epass3000gm",
        key_model="ePass3000GM",
        number=f"JSB{n:04d}@1",
        kind=kind,
        gateway=HeldGateway(f"H{n:05d}", *gateway, state=gateway_state),
        years=5,
    )


def _rsa(
    of: tuple[str, str],
    n: int,
    days: int,
    mobile: str,
    *,
    file: bool = False,
    state: str = "valid",
    gateway: tuple[str, str] = _TRADING,
) -> Holding:
    """RULES B: ePass3003 and file certificates, RSA; a file's number ends in #0 (B3)."""
    code = f"K{n:05d}"
    return Holding(
        "sscc",
        *of,
        "" if file else f"EP3003{n:06d}",
        days,
        mobile,
        state=state,
        programme="epass3003",
        algorithm="rsa",
        key_model="" if file else "ePass3003",
        storage="file" if file else "hardware",
        number=f"{code}#0" if file else f"{code}@1",
        kind="gateway",
        gateway=HeldGateway(code, *gateway),
        years=5,
    )


_SSCC = (
    *(
        Holding("sscc", *_LVNENG, f"EP3000GM{n:06d}", days, _FIRST, programme="epass3000gm", key_model="ePass3000GM")
        for n, days in ((1, 60), (2, -30), (3, -120))
    ),
    # an office with many: several gateways of one type, others beside them, every state
    *(
        _gm(_ZHENGQUAN, 100 + n, days, "19900000041")
        for n, days in enumerate((75, 25, 12, -95, -20, 200, 0, 90), start=1)
    ),
    _gm(_ZHENGQUAN, 111, 40, "19900000041", _QUOTES),
    _gm(_ZHENGQUAN, 112, -130, "19900000041", _QUOTES),
    _gm(_ZHENGQUAN, 113, 30, "19900000041", _TRADING, kind="terminal"),
    _gm(_ZHENGQUAN, 114, 50, "19900000041", state="frozen"),
    _gm(_ZHENGQUAN, 115, 35, "19900000041", state="revoked"),
    _gm(_ZHENGQUAN, 116, 45, "19900000041", gateway_state="suspended"),
    # one certificate each
    _gm(_JIJIN, 121, 30, "19900000042"),
    _gm(_QIHUO, 122, -100, "19900000043"),
    _gm(_QIHUO, 123, 28, "19900000044"),
    _rsa(_JIJIN, 201, 20, "19900000045"),
    _rsa(_JIJIN, 202, -95, "19900000045"),
    _rsa(_JIJIN, 203, 150, "19900000045"),
    _rsa(_YINHANG, 211, 60, "19900000046", file=True),
    _rsa(_YINHANG, 212, -15, "19900000046", file=True),
    _rsa(_YINHANG, 213, -120, "19900000046", file=True),
    _rsa(_QIHUO, 221, 45, "19900000047"),
    _rsa(_QIHUO, 222, 33, "19900000048", file=True),
    _rsa(_QIHUO, 223, -110, "19900000048", file=True, gateway=_QUOTES),
    _rsa(_JIJIN, 231, 18, ""),  # nobody's yet: claim it with the key
)


# -- 深圳CA 建设局: tenders -------------------------------------------------------------------------------------------

_JIANSHE = ("深圳市测试建设工程有限公司", "91440300MA5DEM021")
_ZHUANGSHI = ("深圳市示例装饰设计有限公司", "91440300MA5DEM022")
_JIANLI = ("深圳市样本工程监理有限公司", "91440300MA5DEM023")


def _tender(of: tuple[str, str], n: int, days: int, mobile: str, *, seal: bool, **more: str) -> Holding:
    """RULES D: 诚信飞天3003, RSA."""
    return Holding(
        "szca",
        *of,
        f"FT3003{n:06d}",
        days,
        mobile,
        programme="jsj-rsa-upgrade",
        algorithm="rsa",
        key_model="诚信飞天3003",
        has_seal=seal,
        **more,  # type: ignore[arg-type]
    )


_JSJ = (
    _tender(_JIANSHE, 1, 450, "19900000051", seal=False),  # RULES D5: a seal costs 221 yuan
    _tender(_JIANSHE, 2, 300, "19900000052", seal=True),
    _tender(_ZHUANGSHI, 3, 365, "19900000053", seal=False, holder_kind="organisation_personal"),
    _tender(_ZHUANGSHI, 4, 364, "19900000053", seal=False, holder_kind="organisation_business"),
    _tender(_JIANLI, 5, 120, "19900000054", seal=True),
    _tender(_JIANLI, 6, -10, "19900000054", seal=False),
    _tender(_JIANLI, 7, 200, "19900000055", seal=False),
    _tender(_JIANLI, 8, 210, "19900000055", seal=False, state="frozen"),
    _tender(_ZHUANGSHI, 9, 180, "", seal=False),  # nobody's yet
)


# -- 网证通 -----------------------------------------------------------------------------------------------------------

_RUANJIAN = ("广州市测试软件股份有限公司", "91440100MA5DEM031")
_SHIPIN = ("佛山市示例食品有限公司", "91440600MA5DEM032")


def _client(of: tuple[str, str], n: int, days: int, mobile: str, state: str = "valid") -> Holding:
    """RULES E."""
    return Holding(
        "netca",
        *of,
        f"NETCA{n:08d}",
        days,
        mobile,
        state=state,
        programme="client-renewal",
        key_model="NETCA Key",
    )


_NETCA = (
    *(_client(_JINGMI, n, days, _FIRST) for n, days in ((1, 45), (2, -8))),
    _client(_RUANJIAN, 101, 40, "19900000061"),
    _client(_RUANJIAN, 102, -20, "19900000061"),
    _client(_RUANJIAN, 103, 200, "19900000061"),
    _client(_SHIPIN, 111, 12, "19900000062"),
    _client(_SHIPIN, 112, -60, "19900000063"),
    _client(_SHIPIN, 113, 25, "19900000063", state="frozen"),
    _client(_SHIPIN, 114, 26, "19900000063", state="revoked"),
    _client(_RUANJIAN, 121, 22, ""),  # nobody's yet
)

HOLDINGS: tuple[Holding, ...] = (*_CGN, *_SSCC, *_JSJ, *_NETCA)
