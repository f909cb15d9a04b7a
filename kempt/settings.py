"""Where things are and which secrets open them: the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kempt.errors import StopRun

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdClient:
    """This installation as an OpenID provider knows it."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment said, once. Secrets do not print."""

    home: Path
    project: Path | None = None
    database_url: str | None = field(default=None, repr=False)
    log_level: str = "INFO"
    master_key: str | None = field(default=None, repr=False)
    master_key_command: str | None = field(default=None, repr=False)
    """What prints the master key, asked once by each process; None reads the file."""
    master_key_file: Path
    checkpoint_copy: Path | None = None
    """A second place for checkpoints, best on another machine's disk; None keeps them in the home alone."""
    gleif_url: str | None = None
    """Where the public register of legal entities is asked; None switches the look-up off, as it is by default."""
    spark_url: str | None = field(default=None, repr=False)
    """The Spark Connect server for match specs with `engine: spark`, perhaps with a token; None is this machine."""
    web_url: str = "http://127.0.0.1:3080"
    """Where people reach the web app; behind a proxy that ends TLS, the proxy's address."""
    oidc: OpenIdClient | None = None
    """Who vouches for people; None leaves passwords and links."""
    smtp_url: str | None = field(default=None, repr=False)
    """The mail server for digests; None sends none."""
    mail_from: str | None = None
    """The address that digests come from."""
    slack_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The webhook of a Slack channel by tenant; who knows one can post there."""
    teams_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The same for a channel that takes Adaptive Cards."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """KEMPT_SECRET_* by their full names, for the ${NAMES} in source declarations."""

    @property
    def master_key_source(self) -> str:
        """Where the master key is read: a variable, or a file that is ours."""
        if self.master_key:
            return "KEMPT_MASTER_KEY"
        return "KEMPT_MASTER_KEY_COMMAND" if self.master_key_command else str(self.master_key_file)

    @property
    def owns_master_key(self) -> bool:
        """Whether the key lies in a file that Kempt makes and replaces."""
        return not (self.master_key or self.master_key_command)

    @property
    def raw(self) -> Path:
        """Landed extracts: encrypted Parquet and manifests."""
        return self.home / "raw"

    @property
    def drop(self) -> Path:
        """Where people put files to be read."""
        return self.home / "drop"

    @property
    def keys(self) -> Path:
        """Secrets, readable by their owner alone."""
        return self.home / "keys"

    @property
    def checkpoints(self) -> Path:
        """Signed states of the ledger."""
        return self.home / "checkpoints"

    @property
    def logs(self) -> Path:
        """What the long-running processes print."""
        return self.home / "logs"

    @property
    def dagster(self) -> Path:
        """Dagster's own home."""
        return self.home / "dagster"

    @property
    def tenants(self) -> Path:
        """One folder per tenant: warehouse files and working space."""
        return self.home / "tenants"

    @property
    def pg(self) -> Path:
        """The embedded PostgreSQL."""
        return self.home / "pg"


def load_settings() -> Settings:
    """The settings of this process, from the KEMPT_* variables and the current folder."""
    project = _project()
    home = _path("KEMPT_HOME") or (project or Path.cwd()) / ".kempt"
    return Settings(
        home=home,
        project=project,
        database_url=_text("KEMPT_DATABASE_URL"),
        log_level=_log_level(),
        master_key=_text("KEMPT_MASTER_KEY"),
        master_key_command=_text("KEMPT_MASTER_KEY_COMMAND"),
        master_key_file=_path("KEMPT_MASTER_KEY_FILE") or home / "keys" / "master.key",
        checkpoint_copy=_path("KEMPT_CHECKPOINT_COPY"),
        gleif_url=_text("KEMPT_GLEIF_URL"),
        spark_url=_spark_url(),
        web_url=_web_url(),
        oidc=_oidc(),
        smtp_url=_text("KEMPT_SMTP_URL"),
        mail_from=_text("KEMPT_MAIL_FROM"),
        slack_urls=_by_tenant("KEMPT_SLACK_URL_"),
        teams_urls=_by_tenant("KEMPT_TEAMS_URL_"),
        secrets={name: value for name, value in os.environ.items() if name.startswith("KEMPT_SECRET_")},
    )


def _text(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None


def _path(name: str) -> Path | None:
    text = _text(name)
    return Path(text).expanduser().absolute() if text else None


def _project() -> Path | None:
    """The folder of workspace.yaml: the one that was named, else the nearest one upwards."""
    named = _path("KEMPT_PROJECT")
    if named is None:
        here = Path.cwd()
        return next((folder for folder in (here, *here.parents) if (folder / "workspace.yaml").is_file()), None)
    if not (named / "workspace.yaml").is_file():
        raise StopRun(f"KEMPT_PROJECT: {named} holds no workspace.yaml. Name the folder of a checkout, or unset it.")
    return named


def _spark_url() -> str | None:
    url = _text("KEMPT_SPARK_URL")
    if url is not None and not url.startswith("sc://"):
        raise StopRun("KEMPT_SPARK_URL is no address of a Spark Connect server. Expected sc://HOST:15002, or nothing.")
    return url


def _web_url() -> str:
    url = (_text("KEMPT_WEB_URL") or "http://127.0.0.1:3080").rstrip("/")
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise StopRun("KEMPT_WEB_URL is no address of a web page. Expected https://HOST, or http://127.0.0.1:PORT.")
    if parts.scheme == "http" and not local:
        raise StopRun("KEMPT_WEB_URL: without TLS, passwords and values would travel in clear. Expected https://HOST.")
    return url


def _oidc() -> OpenIdClient | None:
    issuer, client = _text("KEMPT_OIDC_ISSUER"), _text("KEMPT_OIDC_CLIENT_ID")
    if issuer is None and client is None:
        return None
    if issuer is None or client is None:
        raise StopRun("KEMPT_OIDC_ISSUER and KEMPT_OIDC_CLIENT_ID belong together: set both, or neither.")
    return OpenIdClient(issuer=issuer, client_id=client, client_secret=_text("KEMPT_OIDC_CLIENT_SECRET"))


def _by_tenant(prefix: str) -> dict[str, str]:
    """What was said for each tenant, by its name."""
    named = {name: _text(name) for name in os.environ if name.startswith(prefix) and len(name) > len(prefix)}
    return {name.removeprefix(prefix).lower(): text for name, text in named.items() if text}


def _log_level() -> str:
    level = (_text("KEMPT_LOG_LEVEL") or "INFO").upper()
    if level not in LOG_LEVELS:
        raise StopRun(f"KEMPT_LOG_LEVEL: {level!r} is no log level. Choose one of {', '.join(LOG_LEVELS)}.")
    return level
