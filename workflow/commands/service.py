"""The service itself: the database's tables, what is set and missing, the start, the worker, the staff."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import threading
from importlib import metadata
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from config.settings import Settings
from workflow import accounts, imports, sessions
from workflow.commands.letters import keep
from workflow.commands.reach import Mistake, database, sentences, settings
from workflow.database import FIXED_WAL, Database, sqlite_module
from workflow.models import Letter, User

EXAMPLE = Path(__file__).parent.parent.parent / "templates" / "example.md"
FIRST_COORDINATOR = "coordinator@example.org"

db = AppGroup("db", help="The database's tables.")


@db.command("upgrade")
@sentences
def upgrade() -> None:
    """Bring the tables to the newest version; does nothing when they are."""
    opened = Database(settings())
    opened.migrate()
    opened.close()
    click.echo("The tables are current.")


@click.command("start")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="The port on 127.0.0.1.")
@with_appcontext
@sentences
def start(port: int) -> None:
    """Prepare the embedded database, print the address and a sign-in link, and serve."""
    _check_port(port)
    opened = database()
    with opened.writing() as session:
        admin = session.query(User).filter_by(admin=True).order_by(User.created_at).first()
        admin = admin or accounts.user(session, FIRST_COORDINATOR, "The coordinator", admin=True)
        if session.query(Letter).first() is None:
            keep(session, imports.read(EXAMPLE.read_bytes(), EXAMPLE.name))
        link = accounts.sign_in_link(session, admin, accounts.FIRST_LIFETIME)
    opened.close()
    click.echo(f"\n  Undersigned is at    {settings().public_url}")
    click.echo(f"  Sign in (once) with  {link}")
    if settings().keeps_mails_here:
        click.echo(f"  Mails are shown at   {settings().public_url}/mailbox")
    for level, sentence in _about_reach(settings()):
        if level == "mend":
            click.echo(f"  To mend              {sentence}")
    click.echo("  Stop it with Ctrl-C.\n")
    sys.stdout.flush()
    os.execv(sys.executable, serve(port))


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Mistake(f"Port {port} is taken. Use another one: make run PORT={port + 1}") from error


def serve(port: int) -> list[str]:
    """Return the command that serves the app on a port of 127.0.0.1."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:config.gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "wsgi:app",
    ]


@click.command("worker")
@with_appcontext
@sentences
def worker() -> None:
    """Run the durable jobs in a process of their own; as many as wanted, over PostgreSQL."""
    from workflow import jobs

    running = jobs.start(database(), "worker")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    click.echo(f"Worker {running.owner} is running.")
    ended.wait()
    running.stop()


@click.command("user")
@click.argument("email")
@click.option("--name", default="", help="The name that mails show.")
@click.option("--admin", is_flag=True, help="May see and do everything.")
@click.option("--sign-out", is_flag=True, help="End every session and sign-in link instead; adds nobody.")
@with_appcontext
@sentences
def user(email: str, name: str, admin: bool, sign_out: bool) -> None:
    """Add a member of staff, or find one, and print a one-time sign-in link."""
    from emails.message import UnsafeHeader, check_address

    try:
        address = check_address(email).lower()
    except UnsafeHeader as error:
        raise Mistake(str(error)) from error
    if sign_out:
        _sign_out(address)
        return
    with database().writing() as session:
        member = accounts.user(session, address, name, admin=admin)
        member.admin = member.admin or admin
        click.echo(accounts.sign_in_link(session, member, accounts.FIRST_LIFETIME))


def _sign_out(address: str) -> None:
    with database().writing() as session:
        member = session.query(User).filter_by(email=address).one_or_none()
        if member is None:
            raise Mistake(f"Nobody has the address {address}.")
        click.echo(f"{address} is signed out everywhere; sessions ended: {sessions.end_all(session, member)}.")


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Say what is set, what is missing, and what it means. Exits with 1 when something must be mended."""
    known = settings()
    for name, field in Settings.model_fields.items():
        variable = f"UNDERSIGNED_{name.upper()}"
        source = "set" if variable in os.environ else "default"
        click.echo(f"{variable} = {_shown(name, getattr(known, name))} ({source})\n    {field.description}")
    findings = [*_findings(known)]
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
        return f"{scheme}://…@{rest.rpartition('@')[2]}"
    return text or "(empty)"


def _findings(known: Settings) -> list[tuple[str, str]]:
    return [*_about_data(known), *_about_reach(known), *_about_programs()]


def _about_data(known: Settings) -> list[tuple[str, str]]:
    version = sqlite_module().sqlite_version
    if not known.embedded:
        return [_is_current(known)]
    journal = "WAL" if sqlite_module().sqlite_version_info >= FIXED_WAL else "DELETE"
    said = f"SQLite {version} ({sqlite_module().__name__.partition('.')[0]}), journal {journal}, synchronous FULL."
    rows = [("fine", said)]
    if journal == "DELETE":
        rows.append(("note", "This SQLite has the WAL-reset bug, so the slower journal is used. Install pysqlite3."))
    return rows


def _is_current(known: Settings) -> tuple[str, str]:
    try:
        opened = Database(known)
        current = opened.is_current()
        opened.close()
    except Exception as error:
        return "mend", f"The database does not answer: {str(error).splitlines()[0]}"
    return ("fine", "PostgreSQL answers.") if current else ("mend", "The tables are not current: flask db upgrade")


def _about_reach(known: Settings) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if known.secure:
        rows.append(("fine", f"Links are made for {known.public_url}."))
    elif known.local:
        rows.append(("note", f"{known.public_url} is reached from this machine only. Set UNDERSIGNED_PUBLIC_URL."))
    else:
        rows.append(("mend", "UNDERSIGNED_PUBLIC_URL is not https: links and sign-offs would travel in the clear."))
    if known.secure and not known.proxies:
        said = "UNDERSIGNED_PROXIES is 0, so behind the proxy that speaks https all people count as one address."
        rows.append(("mend", f"{said} Set it to how many proxies there are, mostly 1."))
    if known.keeps_mails_here:
        rows.append(("note", "No mail server is set: mails stay here, at /mailbox. Set UNDERSIGNED_SMTP_URL."))
    elif not known.smtp_url:
        rows.append(("mend", "No mail server is set, so every mail waits, unsent. Set UNDERSIGNED_SMTP_URL."))
    elif not known.dkim_domain:
        rows.append(("note", "Mails are not DKIM-signed here. Set UNDERSIGNED_DKIM_DOMAIN unless the relay signs."))
    if not known.secret_key and not known.embedded:
        rows.append(("mend", "Set UNDERSIGNED_SECRET_KEY and UNDERSIGNED_HISTORY_KEY alike on every machine."))
    return rows


def _about_programs() -> list[tuple[str, str]]:
    rows = [("fine", f"DBOS {metadata.version('dbos')} runs the jobs.")]
    if shutil.which("soffice") or shutil.which("libreoffice"):
        rows.append(("fine", "LibreOffice makes the PDF copies."))
    else:
        rows.append(
            (
                "note",
                "LibreOffice is not installed, so there are no PDF copies: apt-get install libreoffice-writer-nogui",
            )
        )
    return rows
