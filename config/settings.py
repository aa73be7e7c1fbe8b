"""Every setting: its name, type, default and meaning; read from the environment as UNDERSIGNED_<NAME>."""

from __future__ import annotations

import functools
import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
USUAL_PORTS = {"http": 80, "https": 443}


class Settings(BaseSettings):
    """What an operator can set. `flask doctor` prints each with its value, its source and its meaning."""

    model_config = SettingsConfigDict(env_prefix="UNDERSIGNED_", env_ignore_empty=True)

    instance: Path = Field(Path("instance"), description="The folder for database, keys and the local mailbox.")
    database_url: str = Field(
        "", description="Empty: an embedded SQLite database in the instance folder. Else postgresql://…"
    )
    public_url: str = Field(
        "http://127.0.0.1:5000",
        description="Where people reach the service. Links in mails are built from it and from nothing else.",
    )
    proxies: int = Field(
        0,
        ge=0,
        le=9,
        description="How many reverse proxies stand in front. So many are believed about who asks; 0: X-Forwarded-For "
        "and its like are not read.",
    )
    smtp_url: str = Field(
        "",
        description="The mail server, as smtp://user:password@host:587 or smtps://host:465. Empty: a local mailbox, "
        "shown at /mailbox, where the public URL is this machine's; elsewhere mails wait.",
    )
    mail_from: str = Field("letters@example.org", description="The address that mails come from.")
    mail_from_name: str = Field("Undersigned", description="The name beside that address.")
    dkim_domain: str = Field("", description="The domain that signs mails (DKIM). Empty: mails are not signed.")
    dkim_selector: str = Field("undersigned", description="The DKIM selector.")
    dkim_key_file: Path | None = Field(None, description="The DKIM private key (PEM).")
    secret_key: str = Field(
        "",
        description="At least 32 characters; signs cookies and makes links. Empty: a file in the instance.",
    )
    history_key: str = Field(
        "",
        description="The Ed25519 key that signs checkpoints, 64 hex digits. Empty: a file in the instance.",
    )
    jobs_in_web: bool | None = Field(
        None,
        description="Whether the one web process also runs the jobs. Empty: yes on SQLite, no on PostgreSQL.",
    )
    executor: str = Field(
        "", description="A steady name of this worker, for recovering its jobs. Empty: the host's name."
    )
    lease_seconds: int = Field(900, ge=5, description="How long a worker may hold a mail, in seconds.")
    smtp_timeout: float = Field(
        600.0,
        gt=0,
        description="How long to wait for the answer to a whole mail, in seconds (RFC 5321: 600).",
    )
    log_json: bool = Field(False, description="Whether logs are JSON, one object a line.")

    @field_validator("public_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("UNDERSIGNED_PUBLIC_URL must be like https://letters.example.org")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _long_secret(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("UNDERSIGNED_SECRET_KEY must have at least 32 characters")
        return value

    @field_validator("history_key")
    @classmethod
    def _whole_key(cls, value: str) -> str:
        if value and len(bytes.fromhex(value)) != 32:
            raise ValueError("UNDERSIGNED_HISTORY_KEY must be 64 hex digits")
        return value

    @property
    def embedded(self) -> bool:
        """Whether the data is in an embedded SQLite database."""
        return self.url.startswith("sqlite")

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL, with psycopg 3 named for PostgreSQL."""
        if not self.database_url:
            return f"sqlite:///{(self.instance / 'undersigned.db').absolute()}"
        for scheme in ("postgresql://", "postgres://"):
            if self.database_url.startswith(scheme):
                return "postgresql+psycopg://" + self.database_url.removeprefix(scheme)
        return self.database_url

    @property
    def secure(self) -> bool:
        """Whether people reach the service over https."""
        return self.public_url.startswith("https://")

    @property
    def host(self) -> str:
        """The public host name."""
        return urlsplit(self.public_url).hostname or "127.0.0.1"

    @property
    def origin(self) -> str:
        """The public address as browsers name where a form comes from: scheme, host, and a port that is unusual."""
        parts = urlsplit(self.public_url)
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if parts.port in (None, USUAL_PORTS[parts.scheme]) else f":{parts.port}"
        return f"{parts.scheme}://{host}{port}"

    @property
    def local(self) -> bool:
        """Whether the service is reached from this machine alone."""
        return self.host in THIS_MACHINE

    @property
    def keeps_mails_here(self) -> bool:
        """Whether mails go to the local mailbox: on a laptop, where no mail server is set."""
        return self.local and not self.smtp_url

    @property
    def runs_jobs(self) -> bool:
        """Whether the web process runs the durable jobs too."""
        return self.embedded if self.jobs_in_web is None else self.jobs_in_web

    @property
    def executor_id(self) -> str:
        """The steady name of this worker."""
        return self.executor or socket.gethostname()

    @property
    def mailbox(self) -> Path:
        """The folder of the local mailbox."""
        return self.instance / "mailbox"

    def secret(self) -> str:
        """Return the secret that signs cookies and makes links; made and kept at its first use."""
        return self.secret_key or _kept(self.instance / "keys" / "secret.key")

    def history_seed(self) -> bytes:
        """Return the 32 bytes of the Ed25519 key that signs checkpoints; made and kept at its first use."""
        return bytes.fromhex(self.history_key or _kept(self.instance / "keys" / "history.key"))


@functools.lru_cache(maxsize=64)
def _kept(path: Path) -> str:
    """Read a key file, or write a new one of 32 random bytes in hex that only its owner can read."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        try:
            # A hard link fails where the file exists: of two processes that start at once, one key is kept.
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


@functools.cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
