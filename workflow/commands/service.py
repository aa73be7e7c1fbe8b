"""The service itself: the database's tables, the start, the worker, the staff."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from config.permissions import tighten
from config.settings import Settings, unknown_variables
from workflow import __version__, accounts, imports, sessions
from workflow.commands.context import CommandError, sentences
from workflow.commands.doctor import about_reach
from workflow.commands.letters import keep
from workflow.database import Database
from workflow.instance import instance
from workflow.models import Letter, User

EXAMPLE = Path(__file__).parent.parent.parent / "templates" / "example.md"
FIRST_COORDINATOR = "coordinator@example.org"

db = AppGroup("db", help="Upgrade the database's tables.")


@db.command("upgrade")
@sentences
def upgrade() -> None:
    """Bring the tables up to date; does nothing if they are."""
    opened = Database(instance().settings)
    opened.migrate()
    opened.close()
    click.echo("The tables are up to date.")


@click.command("version")
def version() -> None:
    """Show the version of Undersigned. (`flask --version` shows Flask's.)"""
    click.echo(f"Undersigned {__version__}")


@click.command("start")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="The port on 127.0.0.1.")
@with_appcontext
@sentences
def start(port: int) -> None:
    """Prepare the embedded database, print the address and a sign-in link, and serve."""
    _name_misspelt()
    _check_port(port)
    opened = instance().database
    settings = opened.settings = _reached_at(port, instance().settings)
    tighten(settings.instance)
    with opened.writing() as session:
        admin = session.query(User).filter_by(admin=True).order_by(User.created_at).first()
        admin = admin or accounts.user(session, FIRST_COORDINATOR, admin=True)
        if session.query(Letter).first() is None:
            keep(session, imports.read(EXAMPLE.read_bytes(), EXAMPLE.name))
        link = accounts.sign_in_link(session, admin, accounts.FIRST_LIFETIME)
    opened.close()
    click.echo(f"\n  Undersigned is at    {settings.public_url}")
    click.echo(f"  Sign in (once) with  {link}")
    if settings.keeps_mails_here:
        click.echo(f"  Read emails at       {settings.public_url}/mailbox")
    if not settings.runs_jobs:
        click.echo("  Emails are sent by   flask worker, a process of its own")
    for level, sentence in about_reach(settings):
        if level == "error":
            click.echo(f"  To fix               {sentence}")
    click.echo("  Stop it with Ctrl-C.\n")
    sys.stdout.flush()
    os.execv(sys.executable, serve(port))


def _reached_at(port: int, settings: Settings) -> Settings:
    """Return the settings with the address of this port, for the server too, where none is set."""
    if "public_url" in settings.model_fields_set:
        return settings
    address = os.environ["UNDERSIGNED_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    return settings.model_copy(update={"public_url": address})


def _name_misspelt() -> None:
    for said in unknown_variables(os.environ):
        click.echo(f"note: {said}", err=True)


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(f"Port {port} is in use. Try another one: make run PORT={port + 1}") from error


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
    """Run the durable jobs in a process of their own. On PostgreSQL there can be as many as you want."""
    from workflow import jobs

    _name_misspelt()
    running = jobs.start(instance().database, "worker", instance().commits)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    click.echo(f"Worker {running.owner} is running.")
    ended.wait()
    running.stop()


@click.command("user")
@click.argument("email")
@click.option("--name", default="", help="The name shown in emails.")
@click.option("--admin", is_flag=True, help="May see and do everything.")
@click.option("--sign-out", is_flag=True, help="Instead, end all their sessions and sign-in links.")
@with_appcontext
@sentences
def user(email: str, name: str, admin: bool, sign_out: bool) -> None:
    """Print a one-time sign-in link for a member of staff, who is added if new."""
    from emails.addresses import check_address
    from emails.errors import HeaderError

    try:
        address = check_address(email).lower()
    except HeaderError as error:
        raise CommandError(str(error)) from error
    if sign_out:
        _sign_out(address)
        return
    with instance().database.writing() as session:
        member = accounts.user(session, address, name, admin=admin)
        if member.deactivated_at is not None:
            raise CommandError(f"{address} was deactivated. An admin can let them sign in again at /admin.")
        member.admin = member.admin or admin
        link = accounts.sign_in_link(session, member, accounts.FIRST_LIFETIME)
    click.echo(link)


def _sign_out(address: str) -> None:
    with instance().database.writing() as session:
        member = session.query(User).filter_by(email=address).one_or_none()
        if member is None:
            raise CommandError(f"No member of staff has the address {address}.")
        ended = sessions.end_all(session, member)
    click.echo(f"{address} has been signed out everywhere. Sessions ended: {ended}.")
