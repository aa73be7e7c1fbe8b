"""`flask doctor`: what is set, what is missing or wrong, and what it means. It mends nothing and never fails itself."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from config.permissions import too_open
from config.settings import NOBODY, Settings, unknown_variables
from workflow import keys, rotation
from workflow.database import Database
from workflow.engines import FIXED_WAL, sqlite_module
from workflow.instance import instance
from workflow.mails.writing import dkim_key
from workflow.models import LogEntry, LogHead
from workflow.rotation import Replaced
from workflow.transaction import Transaction
from workflow.trouble import OLD_TABLES, in_words

MEGABYTE = 1024 * 1024
LITTLE_SPACE, NO_SPACE = 500 * MEGABYTE, 100 * MEGABYTE
OLDEST_POSTGRESQL = 140000
CHECK_SECONDS = 30
"""How long the whole file is looked at: a database of gigabytes is checked in part."""

SKEW = timedelta(minutes=2)
Rows = Iterator[tuple[str, str]]


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Say what is set, what is missing, and what it means. Exits with 1 when something must be mended."""
    known = instance().settings
    for name, field in Settings.model_fields.items():
        variable = f"UNDERSIGNED_{name.upper()}"
        source = "set" if variable in os.environ else "default"
        click.echo(f"{variable} = {_shown(name, getattr(known, name))} ({source})\n    {field.description}")
    findings = [row for look in LOOKS for row in _looked(look, known)]
    click.echo()
    for level, sentence in findings:
        click.echo(f"{level:<8} {sentence}")
    if any(level == "mend" for level, _ in findings):
        raise SystemExit(1)


def _shown(name: str, value: object) -> str:
    if name in ("secret_key", "history_key") and value:
        return "(hidden)"
    text = str(value) if value is not None else ""
    if "@" in text and "://" in text:
        scheme, _, rest = text.partition("://")
        text = f"{scheme}://…@{rest.rpartition('@')[2]}"
    return re.sub("(?<=password=)[^&]*", "…", text) or "(empty)"


def _looked(look: Callable[[Settings], Rows], known: Settings) -> list[tuple[str, str]]:
    """Everything that one look finds; where it fails itself, that is a finding too."""
    rows = []
    try:
        for row in look(known):
            rows.append(row)
    except Exception as error:
        first = next(iter(str(error).splitlines()), "")
        rows.append(("mend", in_words(error) or f"{type(error).__name__}: {first}"))
    return rows


def _about_variables(known: Settings) -> Rows:
    for said in unknown_variables(os.environ):
        yield "note", said


def _about_folder(known: Settings) -> Rows:
    """The instance folder: who may read it, whether it can be written, how much room there is."""
    if not known.instance.exists():
        yield "note", f"{known.instance} is not there yet: it is made at the first start."
        return
    wide = too_open(known.instance)
    if wide:
        yield "mend", f"Others on this machine can read {wide[0]}: chmod -R go= {shlex.quote(str(known.instance))}"
    if not os.access(known.instance, os.W_OK | os.X_OK):
        yield "mend", f"{known.instance} cannot be written. Give it to the service's user (chown)."
    free = shutil.disk_usage(known.instance).free
    said = f"{free // MEGABYTE} MB are free in {known.instance}."
    if free < LITTLE_SPACE:
        yield ("mend" if free < NO_SPACE else "note"), f"{said} Make room."
    else:
        yield "fine", said


def _about_database(known: Settings) -> Rows:
    """Whether the database answers and is whole; the file is opened to be read only, and never made."""
    if known.embedded:
        yield from _about_sqlite(known)
    else:
        yield from _about_postgresql(known)


def _about_sqlite(known: Settings) -> Rows:
    driver = sqlite_module()
    journal = "WAL" if driver.sqlite_version_info >= FIXED_WAL else "DELETE"
    said = f"SQLite {driver.sqlite_version} ({driver.__name__.partition('.')[0]}), journal {journal}, synchronous FULL."
    yield "fine", said
    if journal == "DELETE":
        yield "note", "This SQLite has the WAL-reset bug, so the slower journal is used. Install pysqlite3."
    opened, file = Database(known), _file(known)
    opened.refuse_to_begin_anew()
    if not opened.is_made:
        yield "note", f"{file} is not there yet: it is made at the first start."
        return
    if not os.access(file, os.W_OK):
        yield "mend", f"{file} cannot be written. Give it to the service's user (chown, chmod u+w)."
    connection = driver.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    try:
        yield _whole(connection)
    finally:
        connection.close()


def _file(known: Settings) -> Path:
    return Path(sa.make_url(known.url).database or "")


def _whole(connection: object) -> tuple[str, str]:
    """Let SQLite look through its file, for a limited time."""
    until = time.monotonic() + CHECK_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > until, 100_000)  # type: ignore[attr-defined]
    try:
        found = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]  # type: ignore[attr-defined]
    except sqlite_module().OperationalError as error:
        if "interrupted" not in str(error):
            raise
        return "note", f"The database is large: it was looked through for {CHECK_SECONDS} s, and nothing was found."
    if found == ["ok"]:
        return "fine", "The database is whole."
    return "mend", "The database is damaged. Stop the service, keep a copy of the file, and restore the newest backup."


def _about_postgresql(known: Settings) -> Rows:
    opened = Database(known)
    try:
        with opened.reading() as session:
            version = int(session.scalar(sa.text("SHOW server_version_num")) or 0)
            said = f"PostgreSQL {version // 10_000} answers."
            old = version < OLDEST_POSTGRESQL
            yield ("mend", f"{said} Install 14 or later.") if old else ("fine", said)
            encoding = session.scalar(sa.text("SHOW server_encoding"))
            if encoding != "UTF8":
                yield "mend", f"The database's encoding is {encoding}. Make it anew with UTF8, or names will not fit."
            server = session.scalar(sa.text("SELECT clock_timestamp()"))
            yield from _apart(server, "the database server's")
    finally:
        opened.close()


def _about_contents(known: Settings) -> Rows:
    """The tables, the keys and the times in the database, where there is one."""
    opened = Database(known)
    if known.embedded and not opened.is_made:
        return
    try:
        if not opened.is_current():
            yield _not_current(known)
            return
        with opened.reading() as session:
            yield _about_keys(session, known)
            yield from _about_secrets(session, known)
            yield from _about_clock(session)
    finally:
        opened.close()


def _not_current(known: Settings) -> tuple[str, str]:
    if known.embedded:
        return "note", "The tables are not current: they are brought up at the next start."
    return "mend", OLD_TABLES


def _about_keys(session: Transaction, known: Settings) -> tuple[str, str]:
    if keys.check(session, known):
        return "fine", "The keys are those that this database was written with. Back them up with it."
    return "note", "The database knows no keys yet: they are put on record at the next start."


def _about_secrets(session: Transaction, known: Settings) -> Rows:
    """Whether the secrets stand in order, and what still hangs on those that others took the place of."""
    on_record = keys.secret_on_record(session)
    first = keys.fingerprints(known, keys.SECRET)[0]
    if keys.has_new_secret(session, known):
        yield "note", f"The first secret, {first[:8]}, is new: it is put on record at the next start."
    elif first != on_record:
        yield "mend", f"The secret on record, {on_record[:8]}, is not the first of several. Put it first."
    for one in rotation.replaced(session):
        yield from _about_old_secret(one, known)


def _about_old_secret(one: Replaced, known: Settings) -> Rows:
    name = f"The older secret {one.fingerprint[:8]}"
    if one.is_needed:
        yield (
            "note",
            f"{name} is still needed: {one.links} living links cannot be sent again without it, {one.mails} emails "
            f"wait that were written under it, {one.codes} codes may still be typed, and people may be signed in by it "
            f"until {one.signed_in_until:%Y-%m-%d %H:%M} UTC.",
        )
        return
    place = "UNDERSIGNED_SECRET_KEY" if known.secret_key else str(known.keys / "secret.key")
    yield (
        "note",
        f"{name} is not needed any more: take it out of {place}, and keep it with the backups, for only with it can "
        f"{one.letters} histories be compared with the emails of that time.",
    )


def _about_clock(session: Transaction) -> Rows:
    """An entry of the future means that the clock was ahead, or is behind now; either spoils deadlines."""
    last = (LogEntry.letter_id == LogHead.letter_id) & (LogEntry.sequence == LogHead.size - 1)
    query = sa.select(LogEntry.entry).join(LogHead, last)
    newest = max((_time(entry) for entry in session.scalars(query)), default=None)
    if newest is not None and newest > datetime.now(UTC) + SKEW:
        yield "mend", f"The newest entry of a history is of {newest:%Y-%m-%d %H:%M} UTC: the clock is behind. Set it."


def _time(entry: bytes) -> datetime:
    return datetime.fromisoformat(json.loads(entry)["at"])


def _about_disk_clock(known: Settings) -> Rows:
    """A file that was just written has the time of the disk's machine, which may be another one."""
    if not os.access(known.instance, os.W_OK | os.X_OK):
        return
    probe = known.instance / f".clock.{os.getpid()}"
    try:
        probe.touch(mode=0o600)
        yield from _apart(datetime.fromtimestamp(probe.stat().st_mtime, UTC), "the disk's")
    finally:
        probe.unlink(missing_ok=True)


def _apart(other: datetime, whose: str) -> Rows:
    if abs(other - datetime.now(UTC)) > SKEW:
        yield "mend", f"This machine's clock and {whose} are more than {SKEW.seconds // 60} minutes apart. Set them."


def about_reach(known: Settings) -> Rows:
    """Say how people and mails reach the service, and what is open."""
    if known.secure:
        yield "fine", f"Links are made for {known.public_url}."
    elif known.local:
        yield "note", f"{known.public_url} is reached from this machine only. Set UNDERSIGNED_PUBLIC_URL."
    else:
        yield "mend", "UNDERSIGNED_PUBLIC_URL is not https: links and sign-offs would travel in the clear."
    if known.secure and not known.proxies:
        said = "UNDERSIGNED_PROXIES is 0, so behind the proxy that speaks https all people count as one address."
        yield "mend", f"{said} Set it to how many proxies there are, mostly 1."
    if known.keeps_mails_here:
        yield "note", "No mail server is set: emails stay here, at /mailbox. Set UNDERSIGNED_SMTP_URL."
    elif not known.smtp_url:
        yield "mend", "No mail server is set, so every email waits, unsent. Set UNDERSIGNED_SMTP_URL."
    elif known.mail_from == NOBODY:
        yield "mend", f"Emails would come from {NOBODY}. Set UNDERSIGNED_MAIL_FROM to an address of yours."
    if known.local and known.proxies:
        said = "UNDERSIGNED_PUBLIC_URL is this machine's though a proxy stands in front, so emails link to nowhere"
        yield (
            "mend",
            f"{said}{' and stay at /mailbox' if known.keeps_mails_here else ''}. Set it to the public address.",
        )
    if bool(known.dkim_domain) != bool(known.dkim_key_file):
        yield "mend", "UNDERSIGNED_DKIM_DOMAIN and …_DKIM_KEY_FILE go together: with one alone, emails are not signed."
    elif key := dkim_key(known):
        yield "fine", f"Emails are DKIM-signed. This TXT record must be in DNS, at {key.record_name}: {key.record}"
    elif known.smtp_url:
        yield "note", "Emails are not DKIM-signed here. Set UNDERSIGNED_DKIM_DOMAIN unless the relay signs."
    if not (known.secret_key and known.history_key) and not known.embedded:
        yield "mend", "Set UNDERSIGNED_SECRET_KEY and UNDERSIGNED_HISTORY_KEY alike on every machine."


def _about_programs(known: Settings) -> Rows:
    yield "fine", f"DBOS {metadata.version('dbos')} runs the jobs, here as {known.executor_id}."
    if not known.embedded and not known.executor:
        yield "note", "Workers on one machine need a steady name each: UNDERSIGNED_EXECUTOR=host1-0, host1-1 …"
    if shutil.which("soffice") or shutil.which("libreoffice"):
        yield "fine", "LibreOffice makes the PDF copies."
    else:
        yield (
            "note",
            "LibreOffice is not installed, so there are no PDF copies: apt-get install libreoffice-writer-nogui",
        )


LOOKS: tuple[Callable[[Settings], Rows], ...] = (
    _about_variables,
    _about_folder,
    _about_disk_clock,
    _about_database,
    _about_contents,
    about_reach,
    _about_programs,
)
"""Each is looked at by itself, so that whatever is broken hides nothing else."""
