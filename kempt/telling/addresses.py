"""Where messages may be sent: where the operator says, encrypted on the way unless it stays on this machine."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from kempt.errors import StopRun


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServerAddress:
    """A mail server: TLS from the first byte (`smtps`), or after STARTTLS; plain on this machine alone."""

    host: str
    port: int
    tls: bool
    local: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(url: str) -> MailServerAddress:
    """An address such as smtps://user:password@mail.example:465; its text never appears in an error."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("smtp", "smtps") or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise StopRun(
            "KEMPT_SMTP_URL is no address of a mail server. Expected smtps://USER:PASSWORD@HOST:465, or "
            "smtp://USER:PASSWORD@HOST:587 for STARTTLS."
        )
    tls = parts.scheme == "smtps"
    return MailServerAddress(
        host=host,
        port=port or (465 if tls else 587),
        tls=tls,
        local=is_loopback(host),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def webhook(url: str, *, name: str) -> str:
    """A channel's address: https, or http on this machine; without a user in it. `name` is the setting's."""
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname or "", parts.scheme
        odd = parts.username is not None or parts.password is not None or not url.isascii() or not url.isprintable()
        _ = parts.port
    except ValueError:
        host, scheme, odd = "", "", True
    if odd or not host or not (scheme == "https" or (scheme == "http" and is_loopback(host))):
        raise StopRun(f"{name} is no address of a webhook. Expected https://HOST/PATH.")
    return url


def mailbox(text: str) -> str:
    """One person's e-mail address, in its usual spelling."""
    try:
        return str(validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized)
    except EmailNotValidError as problem:
        raise StopRun(f"That is no e-mail address: {problem}") from None


def is_loopback(host: str) -> bool:
    """Whether what is sent there stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
