"""Every setting: its name, type, default and meaning; read from the environment as UNDERSIGNED_<NAME>."""

from __future__ import annotations

import base64
import difflib
import functools
import hashlib
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
USUAL_PORTS = {"http": 80, "https": 443}
PREFIX = "UNDERSIGNED_"
KEY_DIGITS = 64
SECRET_LENGTH = 32
LONGEST_NAME = 200
"""Of a witness, as the database keeps it."""
NOBODY = "letters@example.org"
"""Whom mails are from where nothing is set: a domain that nobody has."""


class KeyFileError(ValueError):
    """A key file holds something else than a key."""


class Settings(BaseSettings):
    """What an operator can set. `flask doctor` prints each with its value, its source and its meaning."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True)

    instance: Path = Field(Path("instance"), description="The folder for database, keys and the local mailbox.")
    database_url: str = Field(
        "", description="Empty: an embedded SQLite database in the instance folder. Otherwise postgresql://…"
    )
    public_url: str = Field(
        "http://127.0.0.1:5000",
        description="Where people reach the service. Links in emails are built from it and from nothing else.",
    )
    proxies: int = Field(
        0,
        ge=0,
        le=9,
        description="How many reverse proxies are in front. Exactly as many are trusted to say who asks; 0: "
        "X-Forwarded-For and the like are ignored.",
    )
    smtp_url: str = Field(
        "",
        description="The mail server, as smtp://user:password@host:587 or smtps://host:465. Empty: emails go to a "
        "local mailbox, shown at /mailbox, if the public URL is this machine's; otherwise they wait.",
    )
    mail_from: str = Field(NOBODY, description="The address that emails come from.")
    mail_from_name: str = Field("Undersigned", description="The name shown with that address.")
    bounces: str = Field(
        "",
        description="The address that undelivered emails come back to, like bounces@example.org, with a signed tag "
        "added to it (docs/mailbox.md). Empty: they go back to the sender’s address, and nobody reads them.",
    )
    replies: str = Field(
        "",
        description="The address that answers to emails go to, like reply@example.org, with a signed tag added to it; "
        "the coordinator gets them too. Empty: they go to the coordinator alone.",
    )
    imap: str = Field(
        "",
        description="The mailbox in which what comes to these addresses is read, as "
        "imaps://user:password@host/INBOX. Empty: it comes by `flask mail bounce`, or not at all.",
    )
    dkim_domain: str = Field("", description="The domain that signs emails (DKIM). Empty: they are not signed.")
    dkim_selector: str = Field("undersigned", description="The DKIM selector.")
    dkim_key_file: Path | None = Field(None, description="The DKIM private key (PEM).")
    secret_key: str = Field(
        "",
        description="At least 32 characters; signs cookies and creates links. Empty: a file in the instance folder. "
        "Several, separated by spaces: the first creates, all are accepted, so an old one is replaced without loss.",
    )
    history_key: str = Field(
        "",
        description="The Ed25519 key that signs checkpoints, 64 hex digits. Empty: a file in the instance folder.",
    )
    jobs_in_web: bool | None = Field(
        None,
        description="Whether the one web process also runs the jobs. Empty: yes on SQLite, no on PostgreSQL.",
    )
    executor: str = Field(
        "", description="A fixed name for this worker, for recovering its jobs. Empty: the host's name."
    )
    lease_seconds: int = Field(900, ge=5, description="How long a worker may hold an email, in seconds.")
    smtp_timeout: float = Field(
        600.0,
        gt=0,
        description="How long to wait for the answer to a whole email, in seconds (RFC 5321: 600).",
    )
    smtp_connections: int = Field(
        4,
        ge=1,
        le=32,
        description="How many connections to the mail server each process keeps at most while it sends.",
    )
    mails_per_minute: int = Field(
        0,
        ge=0,
        description="How many emails may leave in a minute, over all processes. 0: as many as the mail server takes.",
    )
    heads_file: Path | None = Field(
        None,
        description="A file on another host (a mounted share) to which each head of the history is appended. Create it "
        "once, empty: a share that is not mounted is noticed by its absence.",
    )
    time_stamps_url: str = Field(
        "", description="A time-stamp server (RFC 3161), which dates heads of the history. Empty: none."
    )
    time_stamps_roots: Path | None = Field(
        None, description="The root certificates (PEM) that the certificate of the time-stamp server leads to."
    )
    witnesses: str = Field(
        "",
        description="Witnesses (c2sp.org/tlog-witness) that sign heads of the history: the address of each, then its "
        "key, separated by spaces.",
    )
    log_json: bool = Field(False, description="Whether logs are JSON, one object per line.")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not _is_address(value, ("postgresql", "postgres", "postgresql+psycopg", "sqlite")):
            raise ValueError("must be like postgresql://user:password@host/name, or empty for SQLite")
        return value

    @field_validator("public_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if not _is_address(value, ("http", "https")) or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be like https://letters.example.org")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _known_server(cls, value: str) -> str:
        if value:
            from emails.transport.server import Server

            Server.parse(value)
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_mailbox(cls, value: str) -> str:
        name, at, domain = value.rpartition("@")
        if not (name and at and domain and value.isprintable()) or set(value) & set(" <>,"):
            raise ValueError(f"must be like {NOBODY}")
        return value

    @field_validator("bounces", "replies")
    @classmethod
    def _room_for_a_tag(cls, value: str) -> str:
        from emails import return_path

        if value and not return_path.fits(value):
            raise ValueError(
                f"must be like bounces@example.org, with at most {return_path.LONGEST_NAME} letters before the @, "
                "for a tag is added"
            )
        return value.lower()

    @field_validator("imap")
    @classmethod
    def _mailbox_to_read(cls, value: str) -> str:
        if value:
            from emails.imap import Mailbox

            Mailbox.parse(value)
        return value

    @field_validator("dkim_key_file")
    @classmethod
    def _signing_key(cls, value: Path | None) -> Path | None:
        if value is not None:
            from emails.dkim import DkimKey

            try:
                _ = DkimKey("", "", value.read_bytes()).record
            except OSError as error:
                raise ValueError(f"must be a file that can be read: {error.strerror}") from error
        return value

    @field_validator("time_stamps_url")
    @classmethod
    def _stamping_server(cls, value: str) -> str:
        if value and not (_is_address(value, ("http", "https")) and len(value) <= LONGEST_NAME):
            raise ValueError("must be like http://stamps.example.org/tsr")
        return value

    @field_validator("time_stamps_roots")
    @classmethod
    def _root_certificates(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                is_one = b"-----BEGIN CERTIFICATE-----" in value.read_bytes()
            except OSError as error:
                raise ValueError(f"must be a file that can be read: {error.strerror}") from error
            if not is_one:
                raise ValueError("must be a file of certificates as PEM (-----BEGIN CERTIFICATE-----)")
        return value

    @field_validator("witnesses")
    @classmethod
    def _addresses_and_keys(cls, value: str) -> str:
        words = value.split()
        fits = (_is_address(where, ("http", "https")) and _is_witness_key(key) for where, key in _in_pairs(words))
        if len(words) % 2 or not all(fits) or len(set(words[1::2])) < len(words[1::2]):
            raise ValueError("must be like https://witness.example.org witness.example.org+1a2b3c4d+BA…, in pairs")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_secret(cls, value: str) -> str:
        if value and len(value) < SECRET_LENGTH:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("history_key")
    @classmethod
    def _whole_key(cls, value: str) -> str:
        if value and not _is_seed(value):
            raise ValueError("must be 64 hex digits")
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
    def witness_pairs(self) -> list[tuple[str, str]]:
        """The address and the key of each witness."""
        return _in_pairs(self.witnesses.split())

    @property
    def mailbox(self) -> Path:
        """The folder of the local mailbox."""
        return self.instance / "mailbox"

    @property
    def erased(self) -> Path:
        """The folder of what was erased: after a restore it is erased again. Keep a copy of it apart from backups."""
        return self.instance / "erased"

    @property
    def signed(self) -> Path:
        """The folder of what was signed last of each letter."""
        return self.instance / "signed"

    @property
    def keys(self) -> Path:
        """The folder of the key files."""
        return self.instance / "keys"

    def has_key(self, name: str) -> bool:
        """Whether a key (`secret` or `history`) is at hand without making one."""
        return bool(getattr(self, f"{name}_key")) or (self.keys / f"{name}.key").exists()

    def secrets(self) -> tuple[str, ...]:
        """
        Return the secrets that sign cookies and make links, the one that makes first; made and kept at the first use.

        Whether it may be made is known to the database alone: `Database.check_keys` comes before the first use.
        """
        return secrets_of(self.secret_key or _kept(self.keys / "secret.key"))

    def history_seed(self) -> bytes:
        """Return the 32 bytes of the Ed25519 key that signs checkpoints; made and kept at its first use, as above."""
        return seed_of(self.history_key or _kept(self.keys / "history.key"))


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _in_pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(words[::2], words[1::2], strict=False))


def _is_witness_key(value: str) -> bool:
    """Whether it is a key of c2sp.org/tlog-cosignature (Ed25519): name, the id that follows from the rest, base64."""
    name, _, rest = value.partition("+")
    mark, _, encoded = rest.partition("+")
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        return False
    due = hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8]
    return 0 < len(name) <= LONGEST_NAME and (len(key), key[:1], mark) == (33, b"\x04", due)


def _is_seed(value: str) -> bool:
    return len(value) == KEY_DIGITS and value.isascii() and value.isalnum() and _is_hex(value)


def _is_hex(value: str) -> bool:
    try:
        bytes.fromhex(value)
    except ValueError:
        return False
    return True


def secrets_of(value: str) -> tuple[str, ...]:
    """Return the secrets that stand in a setting or a file; words that are too short to be secrets are one together."""
    words = tuple(dict.fromkeys(value.split()))
    return words if all(len(word) >= SECRET_LENGTH for word in words) else (value,)


def seed_of(key: str) -> bytes:
    """Return the bytes of a history key; raises `KeyFileError` where it is none."""
    if not _is_seed(key):
        raise KeyFileError("The history key is not 64 hex digits. Restore it from the backup.")
    return bytes.fromhex(key)


@functools.lru_cache(maxsize=64)
def _kept(path: Path) -> str:
    """Read a key file, or write a new one of 32 random bytes in hex that only its owner can read."""
    if not path.exists():
        write_new_key(path)
    key = "" if path.is_dir() else path.read_text(errors="replace").strip()
    if len(key) < SECRET_LENGTH:
        raise KeyFileError(f"{path} does not contain a key. Restore it from the backup.")
    return key


def write_new_key(path: Path, before: Sequence[str] = ()) -> None:
    """Write 32 random bytes in hex, then those `before` it, whole or not at all; a key that is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        fresh.touch(mode=0o600)
        fresh.write_text(" ".join((secrets.token_hex(KEY_DIGITS // 2), *before)))
        # A hard link fails where the file exists: of two processes that start at once, one key is kept.
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink(missing_ok=True)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Say each variable that looks like a setting and is none: most are misspelt."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    said = []
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            said.append(f"{name} is not a setting, so it has no effect.{f' Did you mean {near[0]}?' if near else ''}")
    return said


def wrong(error: ValidationError) -> list[str]:
    """Say each setting that cannot be used; what was given is not repeated, for it may be a password."""
    return [f"{PREFIX}{str(one['loc'][0]).upper()} {_reason(one['msg'])}." for one in error.errors()]


def _reason(message: str) -> str:
    """What pydantic says, as the rest of a sentence that begins with the variable."""
    reason = message.removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    return reason if reason.startswith(("must", "should")) else f"cannot be used: {reason}"


@functools.cache
def settings() -> Settings:
    """Return the settings of this process, read once; where one cannot be used, the process ends with a sentence."""
    try:
        return Settings()
    except ValidationError as error:
        print(
            "\n".join([*wrong(error), "Correct that and start again; `flask doctor` lists all settings."]),
            file=sys.stderr,
        )
        raise SystemExit(2) from None
