"""CERTHALL_EMAIL_URL → Django's EMAIL_* settings. Reads no settings itself."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class EmailSettings:
    backend: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    use_tls: bool = False  # STARTTLS
    use_ssl: bool = False
    from_email: str = "noreply@localhost"


def parse(url: str) -> EmailSettings:
    """``smtp://user:password@host:587?tls=1&from=hall@example.com``; smtps:// for TLS from the first byte; "" → inbox.

    User and password are percent-encoded. Raises ValueError, naming the part but not its value.
    """
    if not url:
        return EmailSettings("portal.notices.email.InboxBackend")
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("CERTHALL_EMAIL_URL: smtp://user:password@host:port?tls=1&from=address")
    options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if unknown := options.keys() - {"tls", "from"}:
        raise ValueError(f"CERTHALL_EMAIL_URL: unknown option {', '.join(sorted(unknown))}")
    user, is_ssl = unquote(parts.username or ""), parts.scheme == "smtps"
    sender = options.get("from", [user])[-1]
    if "@" not in sender:
        raise ValueError("CERTHALL_EMAIL_URL: add ?from=address, the user isn't an address")
    return EmailSettings(
        backend="django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=parts.port or (465 if is_ssl else 587),
        user=user,
        password=unquote(parts.password or ""),
        use_tls=not is_ssl and options.get("tls", ["1"])[-1] == "1",
        use_ssl=is_ssl,
        from_email=sender,
    )
