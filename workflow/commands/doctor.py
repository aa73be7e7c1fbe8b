"""`flask doctor`: what is set, what is missing or wrong, and what it means. It changes nothing and never fails."""

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
from emails import imap
from emails.imap import Mailbox, MailboxError
from workflow import erasure, keys, pace, rotation, witnesses
from workflow.commands import deliverability
from workflow.database import Database
from workflow.engines import FIXED_WAL, sqlite_module
from workflow.erasure import outside
from workflow.history import common
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

MOST_COUNTED = 1_000
"""So many of the emails that wait in the mailbox are counted."""

SKEW = timedelta(minutes=2)
Rows = Iterator[tuple[str, str]]


@click.command("doctor")
@click.option(
    "--mail", "address", metavar="ADDRESS", help="Send a test there, and look at SPF, DKIM and DMARC instead."
)
@click.option("--sends-from", multiple=True, metavar="ADDRESS", help="With --mail: from where the mail server sends.")
@click.option("--dns", default="", metavar="HOST:PORT", help="With --mail: the DNS server to ask.")
@with_appcontext
def doctor(address: str | None, sends_from: tuple[str, ...], dns: str) -> None:
    """
    Check the setup: say what is set, what is missing, and what it means. Exits with 1 if something must be fixed.

    With --mail: whether emails from here are believed; exits with 3 where DNS could not be asked for everything.
    """
    known = instance().settings
    if address:
        raise SystemExit(deliverability.run(known, address, dns, sends_from))
    for name, field in Settings.model_fields.items():
        variable = f"UNDERSIGNED_{name.upper()}"
        source = "set" if variable in os.environ else "default"
        click.echo(f"{variable} = {_shown(name, getattr(known, name))} ({source})\n    {field.description}")
    findings = [row for look in LOOKS for row in _looked(look, known)]
    click.echo()
    for level, sentence in findings:
        click.echo(f"{level:<8} {sentence}")
    if any(level == "error" for level, _ in findings):
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
        rows.append(("error", in_words(error) or f"{type(error).__name__}: {first}"))
    return rows


def _about_variables(known: Settings) -> Rows:
    for said in unknown_variables(os.environ):
        yield "note", said


def _about_folder(known: Settings) -> Rows:
    """The instance folder: who may read it, whether it can be written, how much room there is."""
    if not known.instance.exists():
        yield "note", f"{known.instance} does not exist yet: it is created at the first start."
        return
    wide = too_open(known.instance)
    if wide:
        yield "error", f"Others on this machine can read {wide[0]}: chmod -R go= {shlex.quote(str(known.instance))}"
    if not os.access(known.instance, os.W_OK | os.X_OK):
        yield "error", f"{known.instance} is not writable. Make the service's user its owner (chown)."
    free = shutil.disk_usage(known.instance).free
    said = f"{free // MEGABYTE} MB are free in {known.instance}."
    if free < LITTLE_SPACE:
        yield ("error" if free < NO_SPACE else "note"), f"{said} Free some space."
    else:
        yield "ok", said


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
    yield "ok", said
    if journal == "DELETE":
        yield "note", "This SQLite has the WAL-reset bug, so the slower journal is used. Install pysqlite3."
    opened, file = Database(known), _file(known)
    opened.refuse_to_begin_anew()
    if not opened.is_made:
        yield "note", f"{file} does not exist yet: it is created at the first start."
        return
    if not os.access(file, os.W_OK):
        yield "error", f"{file} is not writable. Make the service's user its owner (chown, chmod u+w)."
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
        return "note", f"The database is large: a check of {CHECK_SECONDS} s found no damage."
    if found == ["ok"]:
        return "ok", "The database is intact."
    return "error", "The database is damaged. Stop the service, keep a copy of the file, and restore the newest backup."


def _about_postgresql(known: Settings) -> Rows:
    opened = Database(known)
    try:
        with opened.reading() as session:
            version = int(session.scalar(sa.text("SHOW server_version_num")) or 0)
            said = f"PostgreSQL {version // 10_000} answers."
            old = version < OLDEST_POSTGRESQL
            yield ("error", f"{said} Install 14 or later.") if old else ("ok", said)
            encoding = session.scalar(sa.text("SHOW server_encoding"))
            if encoding != "UTF8":
                yield "error", f"The database's encoding is {encoding}. Create it again as UTF8, or names do not fit."
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
            yield from _about_common_log(session, opened)
            yield from _about_erasures(session)
            yield from _about_sending(session, known)
            yield from _about_outside(session)
    finally:
        opened.close()


def _not_current(known: Settings) -> tuple[str, str]:
    if known.embedded:
        return "note", "The tables are not up to date: they are upgraded at the next start."
    return "error", OLD_TABLES


def _about_keys(session: Transaction, known: Settings) -> tuple[str, str]:
    if keys.check(session, known):
        return "ok", "The keys match this database. Back them up with it."
    return "note", "The database has no keys on record yet: they are recorded at the next start."


def _about_secrets(session: Transaction, known: Settings) -> Rows:
    """Whether the secrets stand in order, and what still hangs on those that others took the place of."""
    on_record = keys.secret_on_record(session)
    first = keys.fingerprints(known, keys.SECRET)[0]
    if keys.has_new_secret(session, known):
        yield "note", f"The first secret, {first[:8]}, is new: it is recorded at the next start."
    elif first != on_record:
        yield "error", f"The secret on record, {on_record[:8]}, is not the first of several. Put it first."
    for one in rotation.replaced(session):
        yield from _about_old_secret(one, known)


def _about_old_secret(one: Replaced, known: Settings) -> Rows:
    name = f"The older secret {one.fingerprint[:8]}"
    if one.is_needed:
        yield (
            "note",
            f"{name} is still needed: without it, {one.links} active links cannot be sent again; {one.mails} waiting "
            f"emails were written under it, {one.codes} codes may still be entered, and people may be signed in by it "
            f"until {one.signed_in_until:%Y-%m-%d %H:%M} UTC.",
        )
        return
    place = "UNDERSIGNED_SECRET_KEY" if known.secret_key else str(known.keys / "secret.key")
    yield (
        "note",
        f"{name} is no longer needed: remove it from {place}, but keep it with the backups: without it, "
        f"{one.letters} histories cannot be compared with the emails of that time.",
    )


def _about_clock(session: Transaction) -> Rows:
    """An entry of the future means that the clock was ahead, or is behind now; either spoils deadlines."""
    last = (LogEntry.letter_id == LogHead.letter_id) & (LogEntry.sequence == LogHead.size - 1)
    query = sa.select(LogEntry.entry).join(LogHead, last)
    newest = max((_time(entry) for entry in session.scalars(query)), default=None)
    if newest is not None and newest > datetime.now(UTC) + SKEW:
        yield "error", f"The newest history entry is dated {newest:%Y-%m-%d %H:%M} UTC: the clock is behind. Set it."


def _about_common_log(session: Transaction, opened: Database) -> Rows:
    """Whether what letters have grown by can be appended to the common log, and a head signed over it."""
    if why := common.why_not(session):
        yield "error", f"The common log is not signed. {why} To go on from this database: flask history restored --log"
    for letter_id, why in common.misfits(opened).items():
        yield "error", f"The letter {letter_id} is not in the common log. {why} Run: flask history verify {letter_id}"


def _about_erasures(session: Transaction) -> Rows:
    """Whether a restored database has brought back what was erased, and whether an erasure is under way for long."""
    if again := len(outside.to_repeat(session)):
        yield "error", f"The database does not know {again} erasures that were done: flask erase --again repeats them."
    if left := len(erasure.unfinished(session)):
        yield "note", f"Erasures under way: {left}. Whatever runs the jobs goes on with them."


def _time(entry: bytes) -> datetime:
    return datetime.fromisoformat(json.loads(entry)["at"])


def _about_sending(session: Transaction, known: Settings) -> Rows:
    """Whether emails leave: who runs the jobs, and whether the mail server has asked for a pause."""
    why = pace.stalled(session)
    if why and (known.smtp_url or why != pace.NO_SERVER):
        yield "error", why
    paused = pace.pause(session)
    if paused is not None:
        yield (
            "note",
            f"No email leaves until {paused.until:%H:%M:%S} UTC, for the mail server asked so: {paused.answer}",
        )


def _about_outside(session: Transaction) -> Rows:
    """Whether those outside see the heads of the history."""
    known = witnesses.standings(session)
    if not known:
        yield "note", "Heads of the history go out in emails alone. Set UNDERSIGNED_HEADS_FILE, or witnesses (README)."
    for one in known:
        seen = f"has seen the head of {one.seen} entries" if one.seen else "has seen no head yet"
        if one.failure is not None:
            since = f"since {one.failure.since:%Y-%m-%d %H:%M} UTC, {one.failure.times} times"
            yield "error", f"{one.place.name} {seen}, and no newer one {since}. {one.failure.why}"
        else:
            yield "ok", f"{one.place.name} {seen}; the newest is of {one.newest}."


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
        yield "error", f"This machine's clock and {whose} are more than {SKEW.seconds // 60} minutes apart. Set them."


def about_reach(known: Settings) -> Rows:
    """Say how people and mails reach the service, and what is open."""
    if known.secure:
        yield "ok", f"Links point to {known.public_url}."
    elif known.local:
        yield "note", f"{known.public_url} can be reached from this machine only. Set UNDERSIGNED_PUBLIC_URL."
    else:
        yield "error", "UNDERSIGNED_PUBLIC_URL is not https: links and signatures would travel unencrypted."
    if known.secure and not known.proxies:
        said = "UNDERSIGNED_PROXIES is 0, so behind the https proxy everybody counts as one address."
        yield "error", f"{said} Set it to the number of proxies, usually 1."
    if known.keeps_mails_here:
        yield "note", "No mail server is set: emails stay here, at /mailbox. Set UNDERSIGNED_SMTP_URL."
    elif not known.smtp_url:
        yield "error", "No mail server is set, so every email waits, unsent. Set UNDERSIGNED_SMTP_URL."
    elif known.mail_from == NOBODY:
        yield "error", f"Emails would come from {NOBODY}. Set UNDERSIGNED_MAIL_FROM to your own address."
    if known.local and known.proxies:
        said = "UNDERSIGNED_PUBLIC_URL is this machine's although a proxy is in front, so links in emails lead nowhere"
        yield (
            "error",
            f"{said}{' and emails stay at /mailbox' if known.keeps_mails_here else ''}. Set it to the public address.",
        )
    if bool(known.time_stamps_url) != bool(known.time_stamps_roots):
        yield (
            "error",
            "UNDERSIGNED_TIME_STAMPS_URL and …_ROOTS go together: with only one, no head is dated.",
        )
    if bool(known.dkim_domain) != bool(known.dkim_key_file):
        yield "error", "UNDERSIGNED_DKIM_DOMAIN and …_DKIM_KEY_FILE go together: with only one, emails are not signed."
    elif key := dkim_key(known):
        yield "ok", f"Emails are DKIM-signed. This TXT record must be in DNS, at {key.record_name}: {key.record}"
    elif known.smtp_url:
        yield "note", "Emails are not DKIM-signed here. Set UNDERSIGNED_DKIM_DOMAIN unless the relay signs them."
    if not (known.secret_key and known.history_key) and not known.embedded:
        yield "error", "Set UNDERSIGNED_SECRET_KEY and UNDERSIGNED_HISTORY_KEY to the same values on every machine."


def _about_mailbox(known: Settings) -> Rows:
    """Whether what comes back by mail can be read: the mailbox is signed in to, and nothing of it is touched."""
    if not (known.bounces or known.replies or known.imap):
        return
    if not known.imap:
        yield (
            "note",
            "What comes back by mail is read only if your mail server pipes it: flask mail bounce (docs/mailbox.md).",
        )
        return
    if not (known.bounces or known.replies):
        yield "error", "Nothing comes to the mailbox: set UNDERSIGNED_BOUNCES and UNDERSIGNED_REPLIES to its addresses."
    mailbox = Mailbox.parse(known.imap)
    try:
        waiting = imap.look(mailbox, MOST_COUNTED)
    except MailboxError as error:
        yield "error", f"{error} Nothing that comes back by mail is read. Mend UNDERSIGNED_IMAP, or the mailbox."
        return
    number = f"{MOST_COUNTED} emails or more wait" if waiting == MOST_COUNTED else f"emails that wait: {waiting}"
    yield "ok", f"The mailbox {mailbox} can be read ({number})."


def _about_programs(known: Settings) -> Rows:
    yield "ok", f"DBOS {metadata.version('dbos')} runs the jobs, here as {known.executor_id}."
    if not known.embedded and not known.executor:
        yield "note", "Each worker on a machine needs a fixed name of its own: UNDERSIGNED_EXECUTOR=host1-0, host1-1 …"
    if shutil.which("soffice") or shutil.which("libreoffice"):
        yield "ok", "LibreOffice makes the PDF copies."
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
    _about_mailbox,
    _about_programs,
)
"""Each is looked at by itself, so that whatever is broken hides nothing else."""
