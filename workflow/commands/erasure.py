"""`flask erase` and `flask hold`: personal data goes for good; a letter that must be kept is kept."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup, with_appcontext

from workflow import erasure
from workflow.commands.context import OPERATOR, CommandError, find_letter, find_letter_id, sentences
from workflow.commands.members import find_campaign
from workflow.erasure import acts, holds, looking, outside
from workflow.instance import instance
from workflow.models import Erasure, Letter

WHY = {
    "hold": "under a legal hold",
    "open": "not over yet, and this person is asked there, or has signed: cancel the invitation, or wait",
    "sending": "an email to them is just being sent: it is gone on with in a minute",
    "waiting": "an email that names them waits to be sent: erase them again when it was sent",
}
STAYS = """\
What stays: the entries of the history and their keyed hashes, in which only this server's secret finds an address
again; the letters' own words; what others keep (emails that they got, receipts, documents that were sent)."""


@click.command("erase")
@click.argument("what", required=False, metavar="[ADDRESS|LETTER]")
@click.option("--letter", "letter_start", metavar="LETTER", help="A person: in this letter alone.")
@click.option("--campaign", metavar="CAMPAIGN", help="A person: in the letters of this campaign alone.")
@click.option("--documents", is_flag=True, help="A person: the documents that print the name go too.")
@click.option("--ground", type=click.Choice(list(acts.GROUNDS)), default="request", show_default=True)
@click.option("--again", is_flag=True, help="After a restore: repeat what the restored database does not know of.")
@click.option("--yes", metavar="SAME", help="The address or the id once more, instead of typing it when asked.")
@with_appcontext
@sentences
def erase(
    what: str | None,
    letter_start: str | None,
    campaign: str | None,
    documents: bool,
    ground: str,
    again: bool,
    yes: str | None,
) -> None:
    """
    Erase a person (by email address), or a whole letter (by its id) that was sent or cancelled. It can't be undone.

    It says what goes and what stays, and asks for the address, or the id, once more.
    """
    if again:
        _again()
        return
    if not what:
        raise CommandError("Whom, or which letter? Give an email address, or the id of a letter.")
    if "@" in what:
        _person(what, letter_start, campaign, documents, ground, yes)
    else:
        _letter(what, ground, yes)


def _person(
    address: str, letter_start: str | None, campaign: str | None, documents: bool, ground: str, yes: str | None
) -> None:
    database = instance().database
    with database.reading() as session:
        within: dict[str, Any] = {
            "letter_id": find_letter_id(session, letter_start) if letter_start else None,
            "campaign_id": find_campaign(session, campaign) if campaign else None,
        }
        plan = erasure.look_for(session, address, documents=documents, **within)
    if plan.is_empty:
        click.echo("Nothing of this address is here.")
        return
    for line in _plan(plan, documents=documents):
        click.echo(line)
    click.echo(STAYS)
    _confirm(address, yes)
    with database.writing() as session:
        begun = erasure.begin_person(session, address, ground, OPERATOR, documents=documents, **within).id
    _report(erasure.go_on(database, begun))


def _plan(plan: looking.Plan, *, documents: bool) -> list[str]:
    lines = []
    for one in plan.letters:
        if one.left:
            lines.append(f"{one.id[:8]}  {one.title}: left as it is, {WHY[one.left]}.")
            continue
        goes = f"openings of entries: {one.openings}, emails: {one.emails}, documents and images: {one.documents}"
        goes += f", requests to join: {one.requests}" if one.requests else ""
        lines.append(f"{one.id[:8]}  {one.title}: {goes}.")
        if one.prints and not documents:
            lines.append(
                f"          {one.prints} documents print the name, and stay until the letter itself is erased: the "
                "letter as it was sent is a public record. With --documents they go too."
            )
        if one.unread:
            named = ", ".join(reply.file_name for reply in one.unread)
            lines.append(
                f"          Files of the recipient’s replies are not searched ({named}): look at them. One reply alone "
                "is erased at /admin/erasure."
            )
    if plan.contacts:
        lines.append(f"The directory: contacts: {plan.contacts}.")
    if plan.auditor_links:
        lines.append(f"Links to read by: {plan.auditor_links}.")
    if plan.is_in_use:
        lines.append("The account is in use: deactivate it first (/admin).")
    elif plan.has_account:
        lines.append("The account, which was deactivated.")
    return lines


def _letter(start: str, ground: str, yes: str | None) -> None:
    database = instance().database
    with database.reading() as session:
        row = find_letter(session, start)
        letter_id, title = row.id, row.title
        there = erasure.look_at_letter(session, row)
    click.echo(f"{letter_id}  {title}")
    click.echo(
        f"Its texts and documents ({there.documents}), {there.cosigners} co-signers with their names, addresses and "
        f"signatures, {there.comments} comments, {there.emails} emails, and what opens {there.openings} entries, go."
    )
    click.echo("What stays: the entries of its history with digests and keyed hashes; what others keep of it.")
    _confirm(letter_id, yes)
    with database.writing() as session:
        begun = erasure.begin_letter(session, letter_id, ground, OPERATOR).id
    _report(erasure.go_on(database, begun))


def _confirm(due: str, yes: str | None) -> None:
    said = yes if yes is not None else click.prompt("This can't be undone. Type it once more", default="")
    if said.strip().casefold() != due.strip().casefold():
        raise CommandError("That is not the same. Nothing was erased.")


def _report(done: Erasure) -> None:
    counted = [f"{what}: {number}" for what, number in (done.done or {}).items() if isinstance(number, int)]
    click.echo(f"Erased. {', '.join(counted) or 'Nothing was left'}.")
    for letter_id, why in acts.left(done):
        click.echo(f"{letter_id[:8]}  left as it was: {WHY.get(why, why)}.")
    if unscrubbed := (done.done or {}).get("unscrubbed"):
        click.echo(f"The database's files still hold what was deleted: {unscrubbed} It is tried again every hour.")


def _again() -> None:
    database = instance().database
    with database.reading() as session:
        found = outside.to_repeat(session)
    for said in found:
        with database.writing() as session:
            begun = acts.again(session, said)
            begun_id = begun.id if begun else None
        if begun_id is not None:
            _report(erasure.go_on(database, begun_id))
    click.echo(f"Erasures repeated: {len(found)}." if found else "Nothing to repeat: the database knows every erasure.")


hold = AppGroup("hold", help="Legal holds: letters of which nothing is erased.")


@hold.command("set")
@click.argument("letter_id")
@click.argument("reason")
@sentences
def set_hold(letter_id: str, reason: str) -> None:
    """Put a letter under a legal hold."""
    with instance().database.writing() as session:
        row: Letter = holds.hold(session, find_letter_id(session, letter_id), reason, OPERATOR)
    click.echo(f"Letter {row.id} is under a legal hold: nothing of it is erased.")


@hold.command("lift")
@click.argument("letter_id")
@sentences
def lift_hold(letter_id: str) -> None:
    """Lift a letter's legal hold."""
    with instance().database.writing() as session:
        row = holds.release(session, find_letter_id(session, letter_id), OPERATOR)
    click.echo(f"Letter {row.id} is under no legal hold.")


@hold.command("list")
@sentences
def list_holds() -> None:
    """Show the letters under a legal hold, and why."""
    with instance().database.reading() as session:
        for row in holds.held(session):
            click.echo(f"{row.id}  {row.title}: {row.legal_hold}")
