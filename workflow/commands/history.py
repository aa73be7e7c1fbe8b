"""`flask history`: check a letter's log, show it, and take the evidence away."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from workflow import comparing, witnesses
from workflow import history as log
from workflow.commands.context import CommandError, find_letter, find_letter_id, sentences
from workflow.database import Database
from workflow.erasure import outside
from workflow.errors import NotFoundError
from workflow.history import common, evidence, one_signoff, remembered
from workflow.instance import instance
from workflow.models import Letter
from workflow.transaction import Transaction
from workflow.verify.report import InputError

history = AppGroup("history", help="The sign-off history: verify, show, export.")


@history.command("verify")
@click.argument("letter_id", required=False)
@sentences
def verify(letter_id: str | None) -> None:
    """
    Check the history of one letter, or of all letters and the common log over them.

    Exits with 1 if something is wrong, and says what and where.
    """
    wrong = 0
    with instance().database.reading() as session:
        for one in [find_letter_id(session, letter_id)] if letter_id else session.scalars(select(Letter.id)).all():
            report = evidence.verify(session, one)
            title = session.get_one(Letter, one).title if report.ok else ""
            click.echo(f"{one}  {report.verdict}  {title}".rstrip())
            for problem in report.problems:
                click.echo(f"  {problem}")
            for remark in report.remarks:
                click.echo(f"  LOOK: {remark}")
            wrong += not report.ok
        if not letter_id:
            wrong += _verify_common_log(session)
    if wrong:
        raise SystemExit(1)


def _verify_common_log(session: Transaction) -> bool:
    """Check the log over all letters, and say what was found; returns whether something is wrong."""
    problems = [*common.check(session), *witnesses.check(session)]
    problems += [f"The letter {of} is not sequenced: {why}" for of, why in common.misfits(instance().database).items()]
    size = common.newest_size(session)
    verdict = "INVALID" if problems else "VALID, signed by the operator only"
    click.echo(f"{common.name_of(session)}  {verdict}  The common log; its newest head is of {size} checkpoints.")
    for problem in problems:
        click.echo(f"  {problem}")
    return bool(problems)


@history.command("restored")
@click.argument("letter_id", required=False)
@click.option("--log", is_flag=True, help="Let the common log continue from this database.")
@sentences
def restored(letter_id: str | None, log: bool) -> None:
    """
    After a restore, release a letter that is on hold; without LETTER_ID, list what is on hold.

    With --log, the log over all letters continues from what this database holds, whatever was signed before.
    """
    if log:
        _go_on()
        return
    with instance().database.reading() as session:
        if letter_id is None:
            found = remembered.held(session)
            for held in found:
                click.echo(held)
            if repeat := outside.to_repeat(session):
                click.echo(f"Erasures that the database does not know: {len(repeat)}. Repeat them: flask erase --again")
            click.echo(
                f"Letters on hold: {len(found)}. The database is older than what this server has signed of them."
            )
            if why := common.why_not(session):
                click.echo(f"The common log is on hold: {why}\nRelease it with: flask history restored --log")
            return
        row = find_letter(session, letter_id)
        remembered.go_on_from_here(session, row.id)
    click.echo(f"Letter {row.id} continues from this database. Receipts issued since the backup contradict it.")


def _go_on() -> None:
    note = common.go_on_from_here(instance().database)
    said = note.partition("\n\n")[0] or "It is empty."
    click.echo(f"The common log continues from this database. Its head is now:\n{said}")
    click.echo(f"What was signed before is kept in {instance().settings.signed}; whoever holds it has two histories.")


@history.command("show")
@click.argument("letter_id")
@sentences
def show(letter_id: str) -> None:
    """Print a letter's entries, one per line."""
    with instance().database.reading() as session:
        for entry in log.entries(session, find_letter(session, letter_id).id):
            click.echo(
                f"{entry.sequence:>5}  {log.timestamp(entry.at)}  {entry.role:<11}  {entry.action}  {entry.about}"
            )


@history.command("export")
@click.argument("letter_id")
@click.option("--signoff", type=int, help="Only the evidence of one sign-off: the number of its entry.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write. Default: evidence-ID.zip"
)
@sentences
def export(letter_id: str, signoff: int | None, out: Path | None) -> None:
    """Write the evidence of a letter, or of one sign-off, as a ZIP that anybody can check offline."""
    with instance().database.reading() as session:
        row = find_letter(session, letter_id)
        content = evidence.bundle(session, row.id) if signoff is None else _of_one(session, row.id, signoff)
        vkey = log.vkey_of(session, row.id)
    path = out or Path(f"evidence-{row.id[:8]}.zip" if signoff is None else f"signoff-{signoff}.zip")
    path.write_bytes(content)
    click.echo(f"{path}\nCheck it with: python3 verify.py {path} --vkey {vkey}")


@history.command("compare")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--vkey", "vkeys", multiple=True, help="A key that this database does not know; again for another one.")
@sentences
def compare(files: tuple[Path, ...], vkeys: tuple[str, ...]) -> None:
    """
    Say whether what different people hold belongs to one history, that of this database.

    FILES are receipts (.eml or .tlog-proof), any emails from here (.eml; forwarded as an attachment too), checkpoints,
    and files of heads. Exits with 0: one history; 1: this database is not that history; 2: two histories were signed,
    with the proof; 3: a file cannot be used.
    """
    with contextlib.ExitStack() as stack:
        known = instance().settings
        is_there = not known.embedded or Database(known).is_made
        session = stack.enter_context(instance().database.reading()) if is_there else None
        try:
            found = comparing.compare(((str(path), path.read_bytes()) for path in files), session, vkeys)
        except InputError as error:
            raise CommandError(str(error)) from error
    click.echo(found.to_text(), nl=False)
    raise SystemExit(found.exit_code)


def _of_one(session: Transaction, letter_id: str, sequence: int) -> bytes:
    try:
        return one_signoff.bundle(session, letter_id, one_signoff.invitation_of(session, letter_id, sequence), sequence)
    except LookupError as error:
        raise NotFoundError(str(error)) from None
