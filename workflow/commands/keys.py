"""`flask keys`: which keys the database was written with, and a new one in the place of an old or lost one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup

from config.settings import Settings, write_new_key
from workflow import history, rotation
from workflow import keys as known_keys
from workflow.commands.context import OPERATOR, CommandError, sentences
from workflow.database import Database
from workflow.errors import MisconfiguredError, WrongKeyError
from workflow.instance import instance
from workflow.keys import HISTORY, SECRET
from workflow.transaction import Transaction
from workflow.trouble import OLD_TABLES

keys = AppGroup("keys", help="Show the keys of this instance, or replace one.")


@keys.command("show")
@sentences
def show() -> None:
    """List the keys that this database was written with. Exits with 2 if the keys in use are different ones."""
    with _opened() as opened:
        with opened.reading() as session:
            for row in known_keys.ever(session):
                until = f"until {history.timestamp(row.until)}" if row.until else "in use"
                click.echo(f"{row.name:<8} {row.fingerprint[:8]}  since {history.timestamp(row.since)}, {until}")
        opened.check_keys()


@keys.command("replace")
@click.argument("name", type=click.Choice(sorted(known_keys.WHAT_FOR)))
@click.option("--lost", is_flag=True, help="The old key is lost for good, or must no longer be read.")
@sentences
def replace(name: str, lost: bool) -> None:
    """
    Replace a key, and record the change in the history of every letter.

    Stop the service first. The old history key signs the change together with the new one; if it is lost, checking
    a letter takes a receipt from before the change and one from after. The old secret is kept behind the new one, so
    nothing is lost; if it is lost, links that were emailed still open, but can't be emailed again.
    """
    known = instance().settings
    with _opened() as opened:
        _check_lost(opened, name, lost)
        new = _new_key(opened, name, () if lost or name == HISTORY else known.secrets())
        key = new.read_text().strip()
        if name == SECRET:
            opened.settings = known.model_copy(update={"secret_key": key})
        with opened.changing_keys() as session:
            letters = rotation.replace(session, name, key, OPERATOR, lost=lost)
    click.echo(f"The {name} key was replaced. Letters whose histories say so: {letters}.")
    click.echo(_put_in_place(known, name, new))


@contextmanager
def _opened() -> Iterator[Database]:
    """The database with whatever keys it has: opened as it is, neither made nor migrated."""
    with closing(Database(instance().settings)) as opened:
        opened.refuse_to_begin_anew()
        if not opened.is_current():
            raise MisconfiguredError(OLD_TABLES)
        yield opened


def _check_lost(opened: Database, name: str, lost: bool) -> None:
    """Whoever has the old key must use it; whoever has not must say so."""
    try:
        opened.check_keys()
    except WrongKeyError as error:
        if not lost:
            raise CommandError(str(error)) from error
        with opened.reading() as session:
            if known_keys.fits(session, opened.settings, name):
                raise CommandError(
                    f"The {name} key is here; the other key is the one that doesn't fit. {error}"
                ) from error
            if _in_use(session, name, _new(opened.settings, name)):
                raise CommandError(f"The {name} key is not lost. {error}") from error
        return
    if lost and name == HISTORY:
        raise CommandError("The history key is here, so it can sign the change: leave out --lost.")


def _new(known: Settings, name: str) -> Path:
    return known.keys / f"{name}.key.new"


def _in_use(session: Transaction, name: str, new: Path) -> bool:
    return new.exists() and known_keys.is_on_record(session, name, new.read_text().strip())


def _new_key(opened: Database, name: str, before: tuple[str, ...]) -> Path:
    """
    Return the file of a new key, with those `before` it in the same line.

    One that a cut-off replacement left is taken, but none that has been put on record since.
    """
    new = _new(opened.settings, name)
    with opened.reading() as session:
        if _in_use(session, name, new):
            new.rename(_free(new.with_name(f"{name}.key.old")))
    write_new_key(new, before)
    return new


def _put_in_place(known: Settings, name: str, new: Path) -> str:
    if getattr(known, f"{name}_key"):
        return f"Set UNDERSIGNED_{name.upper()}_KEY to the contents of {new} on every machine, then start the service."
    place = known.keys / f"{name}.key"
    if place.exists():
        place.rename(_free(place.with_name(f"{name}.key.old")))
    new.rename(place)
    return (
        f"It is in {place}, with the old one, if there was one, beside it. Back up the folder, then start the service."
    )


def _free(path: Path) -> Path:
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{path.name.rstrip('0123456789')}{number}")
    return path
