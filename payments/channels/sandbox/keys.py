"""The sandbox's keys, and those of its development merchants: made on first use, kept mode 0600.

``folder`` is ``<data_dir>/pay-sandbox``. Nothing here is worth stealing, but real clients are tried with it, so
the keys are real RSA-2048 keys all the same.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from payments.channels import rsa
from payments.channels.alipay import AlipayAccount, Product
from payments.channels.unionpay import UnionPayAccount
from payments.channels.wechat import WeChatAccount

T = TypeVar("T")


@dataclass(frozen=True)
class PlatformKeys:
    """What the channels own. ``…_next…``: what a rotation brings in."""

    wechat_key: str
    wechat_certificate: str
    wechat_serial: str
    wechat_next_key: str
    wechat_next_certificate: str
    wechat_next_serial: str
    alipay_key: str
    control_token: str
    unionpay_issuer: str
    unionpay_key: str
    unionpay_certificate: str
    unionpay_next_key: str
    unionpay_next_certificate: str

    @property
    def alipay_public(self) -> str:
        return _public_pem(loaded(self.alipay_key))


@dataclass(frozen=True)
class Merchant:
    """A merchant at all channels, with both sides' view of it (a real channel would hold public keys only)."""

    name: str
    mchid: str
    appid: str
    merchant_serial: str
    merchant_key: str
    apiv3_key: str  # 32 ASCII characters
    app_id: str
    seller_id: str
    app_key: str
    mer_id: str
    unionpay_cert_id: str
    unionpay_key: str

    def wechat_account(self, platform: PlatformKeys) -> WeChatAccount:
        """What the merchant's own settings would hold."""
        return WeChatAccount(
            mchid=self.mchid,
            appid=self.appid,
            merchant_serial=self.merchant_serial,
            merchant_key=self.merchant_key,
            apiv3_key=self.apiv3_key.encode("ascii"),
            platform_keys={platform.wechat_serial: platform.wechat_certificate},
        )

    def alipay_account(self, platform: PlatformKeys, product: Product = "qr") -> AlipayAccount:
        return AlipayAccount(
            app_id=self.app_id,
            seller_id=self.seller_id,
            app_key=self.app_key,
            alipay_key=platform.alipay_public,
            product=product,
        )

    def unionpay_account(self, platform: PlatformKeys) -> UnionPayAccount:
        return UnionPayAccount(
            mer_id=self.mer_id,
            cert_id=self.unionpay_cert_id,
            sign_key=self.unionpay_key,
            issuers=platform.unionpay_issuer,
        )


@lru_cache(maxsize=256)
def loaded(pem: str) -> RSAPrivateKey:
    """Parsed once: the sandbox signs with it again and again."""
    return rsa.stored_private_key(pem)


def platform(folder: Path) -> PlatformKeys:
    return _kept(folder / "platform.json", PlatformKeys, _new_platform)


def merchant(folder: Path, name: str) -> Merchant:
    """The development merchant of that name (letters, digits, hyphens), made when it is asked for first."""
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise ValueError(f"not a merchant name: {name[:40]!r}")
    return _kept(folder / "merchants" / f"{name}.json", Merchant, lambda: _new_merchant(name))


def merchants(folder: Path) -> list[Merchant]:
    return [merchant(folder, file.stem) for file in sorted((folder / "merchants").glob("[!.]*.json"))]


def _kept(file: Path, kind: type[T], make: Any) -> T:
    """The first of two starters wins; both read what the winner wrote."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.parent / f".{file.stem}.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(make())), "utf-8")
        try:
            file.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    stored = json.loads(file.read_text("utf-8"))
    names = set(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    if missing := names - stored.keys():
        stored |= {name: value for name, value in asdict(make()).items() if name in missing}
        _replaced(file, stored)  # kept by an older sandbox, which knew fewer channels
    return kind(**stored)


def _replaced(file: Path, values: dict[str, Any]) -> None:
    fresh = file.parent / f".{file.stem}.{secrets.token_hex(4)}"
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(values), "utf-8")
    fresh.replace(file)


def _new_platform() -> PlatformKeys:
    key, certificate, serial = _certified("WeChat Pay sandbox")
    next_key, next_certificate, next_serial = _certified("WeChat Pay sandbox (next)")
    issuer_key, issuer, _serial = _certified("UnionPay sandbox issuer")
    by = (issuer, issuer_key)
    unionpay = _certified("041@Z12@中国银联股份有限公司@00040000:SIGN", by=by)
    unionpay_next = _certified("041@Z12@中国银联股份有限公司@00040001:SIGN", by=by)
    return PlatformKeys(
        wechat_key=key,
        wechat_certificate=certificate,
        wechat_serial=serial,
        wechat_next_key=next_key,
        wechat_next_certificate=next_certificate,
        wechat_next_serial=next_serial,
        alipay_key=_private_pem(_new_key()),
        control_token=secrets.token_urlsafe(24),
        unionpay_issuer=issuer,
        unionpay_key=unionpay[0],
        unionpay_certificate=unionpay[1],
        unionpay_next_key=unionpay_next[0],
        unionpay_next_certificate=unionpay_next[1],
    )


def _new_merchant(name: str) -> Merchant:
    key, _, serial = _certified(f"sandbox merchant {name}")
    unionpay_key, _, unionpay_serial = _certified(f"041@8@sandbox merchant {name}@1:SIGN")
    return Merchant(
        name=name,
        mchid="19" + _digits(8),
        appid="wx" + secrets.token_hex(8),
        merchant_serial=serial,
        merchant_key=key,
        apiv3_key=secrets.token_hex(16),
        app_id="9021" + _digits(12),
        seller_id="2088" + _digits(12),
        app_key=_private_pem(_new_key()),
        mer_id="777290" + _digits(9),
        unionpay_cert_id=str(int(unionpay_serial, 16)),
        unionpay_key=unionpay_key,
    )


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))


def _new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _certified(common_name: str, *, by: tuple[str, str] | None = None) -> tuple[str, str, str]:
    """Key PEM, certificate PEM, serial as WeChat writes it (upper-case hex).

    ``by``: certificate and key of the issuer; self-signed without one.
    """
    key, now = _new_key(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    issuer, signing = (x509.load_pem_x509_certificate(by[0].encode()).subject, loaded(by[1])) if by else (name, key)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number() | 1 << 158)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(signing, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM).decode("ascii")
    return _private_pem(key), pem, f"{certificate.serial_number:X}"


def _private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def _public_pem(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
