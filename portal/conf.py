"""Typed settings of one installation, read once from the environment (prefix ``CERTHALL_``).

A wrong value stops the program with the name of the variable. In development, secrets that are
not given are made on first use and kept, mode 0600, in ``<data_dir>/secrets``; in production every
secret must be given.
"""

import secrets
import sys
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from portal.notices import email_url

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class SmsBackend(StrEnum):
    INBOX = "inbox"
    ALIYUN = "aliyun"


class JobEngine(StrEnum):
    EMBEDDED = "embedded"
    INLINE = "inline"


class Conf(BaseSettings):
    """Everything that differs from one installation to the next."""

    model_config = SettingsConfigDict(env_prefix="CERTHALL_", extra="ignore", frozen=True)

    env: Environment = Environment.DEVELOPMENT
    data_dir: Path = BASE_DIR / "var"
    font_dir: Path = BASE_DIR / "var" / "fonts"  # cut from the system's fonts; may be shared, may be made anew
    database_url: str = ""  # "" → SQLite in data_dir; or postgresql://user:pw@host:port/name
    owner_database_url: str = ""  # production: who owns the tables and migrates; "" → database_url does
    database_app_role: str = "certhall_app"  # PostgreSQL role that the site works as
    allowed_hosts: list[str] = Field(default_factory=lambda: ["127.0.0.1", "localhost", "[::1]"])

    secret_key: str = ""
    master_key_hex: str = ""  # 32 bytes: wraps the tenants' keys
    audit_key_hex: str = ""  # 32 bytes: signs the exported heads of the audit chains
    dev_ca_key_hex: str = ""  # 32 bytes: the development CA's keys at rest

    web_port: int = Field(8000, ge=1, le=65535)
    pay_sandbox_port: int = Field(8101, ge=1, le=65535)
    outside_sandbox_port: int = Field(8102, ge=1, le=65535)
    bridge_port: int = Field(18765, ge=1, le=65535)
    proxy_count: int = Field(0, ge=0, le=5)  # our own reverse proxies in front, each appending X-Forwarded-For
    base_url: str = ""  # "" → http://127.0.0.1:<web_port>

    sms_backend: SmsBackend = SmsBackend.INBOX
    email_url: str = ""  # "" → inbox; or smtp://user:pw@host:587?tls=1
    job_engine: JobEngine = JobEngine.EMBEDDED

    sms_aliyun_url: str = "https://dysmsapi.aliyuncs.com"
    sms_aliyun_key_id: str = ""
    sms_aliyun_key_secret: str = ""
    identity_url: str = ""  # "" → the sandbox on outside_sandbox_port
    identity_app: str = "certhall"
    identity_key_hex: str = ""  # 32 bytes shared with the identity service
    clamd: str = ""  # "" → no virus scanner; or unix:///run/clamav/clamd.ctl, tcp://host:3310

    @field_validator("email_url")
    @classmethod
    def _email_url_can_be_read(cls, value: str) -> str:
        email_url.parse(value)
        return value

    @model_validator(mode="after")
    def _production_is_explicit(self) -> Self:
        if self.env is Environment.PRODUCTION:
            for name in ("secret_key", "master_key_hex", "database_url", "base_url"):
                if not getattr(self, name):
                    raise ValueError(f"CERTHALL_{name.upper()} must be set in production")
            if self.sms_backend is SmsBackend.INBOX or not self.email_url:
                raise ValueError("CERTHALL_SMS_BACKEND and CERTHALL_EMAIL_URL: the inbox refuses production")
            if not (self.identity_url and self.identity_key_hex):
                raise ValueError("CERTHALL_IDENTITY_URL and CERTHALL_IDENTITY_KEY_HEX: the sandbox refuses production")
        if self.sms_backend is SmsBackend.ALIYUN and not (self.sms_aliyun_key_id and self.sms_aliyun_key_secret):
            raise ValueError("CERTHALL_SMS_ALIYUN_KEY_ID and CERTHALL_SMS_ALIYUN_KEY_SECRET must be set")
        return self

    @property
    def is_production(self) -> bool:
        return self.env is Environment.PRODUCTION

    @property
    def site_url(self) -> str:
        return self.base_url.rstrip("/") or f"http://127.0.0.1:{self.web_port}"

    @property
    def pay_sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.pay_sandbox_port}"

    @property
    def outside_sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.outside_sandbox_port}"

    @property
    def bridge_url(self) -> str:
        return f"http://127.0.0.1:{self.bridge_port}"

    @property
    def master_key(self) -> bytes:
        """32 bytes."""
        return bytes.fromhex(self.master_key_hex or self._kept_secret("master_key"))

    @property
    def audit_key(self) -> bytes:
        """32 bytes."""
        return bytes.fromhex(self.audit_key_hex or self._kept_secret("audit_key"))

    @property
    def dev_ca_key(self) -> bytes:
        """32 bytes."""
        return bytes.fromhex(self.dev_ca_key_hex or self._kept_secret("dev_ca_key"))

    @property
    def bridge_control_token(self) -> str:
        """What `manage.py serve` gives the bridge simulator: tests read it in the data folder."""
        return self._kept_secret("bridge_control_token")

    @property
    def identity_service_url(self) -> str:
        return self.identity_url.rstrip("/") or self.outside_sandbox_url

    @property
    def identity_key(self) -> bytes:
        """32 bytes."""
        return bytes.fromhex(self.identity_key_hex or self._kept_secret("identity_key"))

    @property
    def django_secret_key(self) -> str:
        return self.secret_key or self._kept_secret("secret_key")

    def _kept_secret(self, name: str) -> str:
        """A development secret: made once, kept under data_dir, 64 hex digits."""
        if self.is_production:
            raise RuntimeError(f"CERTHALL_{name.upper()}_HEX must be set in production")
        folder = self.data_dir / "secrets"
        file = folder / name
        try:
            return file.read_text("ascii").strip()
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = folder / f".{name}.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32), "ascii")
        try:
            file.hardlink_to(fresh)  # atomic, and the first of two starters wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return file.read_text("ascii").strip()


def load() -> Conf:
    """The settings, or exit 78 (EX_CONFIG) with one line per wrong variable."""
    try:
        return Conf()
    except ValidationError as error:
        for problem in error.errors():
            name = "CERTHALL_" + "_".join(str(part) for part in problem["loc"]).upper() if problem["loc"] else ""
            said = problem["msg"].removeprefix("Value error, ")
            sys.stderr.write(f"设置有误：{said}\n" if name in said else f"设置有误 {name}: {said}\n")
        raise SystemExit(78) from None
