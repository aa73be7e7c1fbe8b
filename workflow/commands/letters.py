"""`flask letter`: take a letter in, show it, take its steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from emails.addresses import check_address
from workflow import accounts, imports, members, states
from workflow.campaigns import dispatch as campaign_dispatch
from workflow.campaigns import intake, lifecycle, lookup, printing
from workflow.commands.context import OPERATOR, CommandError, find_letter, sentences
from workflow.imports import ImportedLetter
from workflow.instance import instance
from workflow.languages import in_zone
from workflow.models import Letter, User

letter = AppGroup("letter", help="Import letters, show them and move them forward.")


@letter.command("import")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--contact", "contacts", multiple=True, metavar="ACRONYM=EMAIL", help="A co-signer's email address. Repeatable."
)
@click.option(
    "--recipient-email",
    "emails",
    multiple=True,
    metavar="EMAIL",
    help="A recipient's email address, in order. Repeatable.",
)
@click.option("--coordinator", metavar="EMAIL", help="The coordinator. Default: the first admin.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@sentences
def take_in(
    file: Any, contacts: tuple[str, ...], emails: tuple[str, ...], coordinator: str | None, as_json: bool
) -> None:
    """Import a letter from FILE: a Word document, an .odt, a letter file (YAML, Markdown) or plain text as pasted."""
    name = Path(getattr(file, "name", "")).name
    read = imports.read(file.read(), name)
    read = imports.with_contacts(read, _pairs(contacts), emails)
    with instance().database.writing() as session:
        letter_id = keep(session, read, coordinator, name)
    if as_json:
        click.echo(json.dumps({"id": letter_id, **described(read)}, ensure_ascii=False, indent=2))
        return
    for sentence in read.recognised:
        click.echo(sentence)
    for sentence in read.unsure:
        click.echo(f"? {sentence}")
    click.echo(f"Letter {letter_id} is a draft now. See it with: flask letter show {letter_id[:8]}")


def _pairs(contacts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for contact in contacts:
        name, equals, address = contact.partition("=")
        if not equals or not name.strip() or not address.strip():
            raise CommandError(f"Write --contact as ACRONYM=EMAIL, not as “{contact}”.")
        pairs[name.strip()] = address.strip()
    return pairs


def keep(session: Any, read: ImportedLetter, coordinator: str | None = None, name: str = "") -> str:
    """Start a campaign with a letter that was read from a file of that name; returns the letter's id."""
    row = intake.take_in(session, read, OPERATOR, name=name)
    member = accounts.user(session, check_address(coordinator).lower()) if coordinator else _first_admin(session)
    if member is not None:
        members.join(session, row.campaign_id, member, "coordinator", OPERATOR)
    return row.id


def _first_admin(session: Any) -> User | None:
    found: User | None = session.query(User).filter_by(admin=True).order_by(User.created_at).first()
    return found


def described(read: ImportedLetter) -> dict[str, Any]:
    """Return a letter that was read as the object that --json prints."""
    words = read.letter
    return {
        "language": words.language,
        "subject": words.subject,
        "place": read.place,
        "date": read.date.isoformat() if read.date else None,
        "recipients": [
            {"name": r.name, "title": r.title, "office": r.office, "address": list(r.address), "email": r.email}
            for r in words.recipients
        ],
        "salutation": words.salutation,
        "body": words.body,
        "closing": words.closing,
        "cosigners": [
            {
                "organisation": c.organisation,
                "acronym": c.acronym,
                "signatory": c.signatory,
                "title": c.title,
                "email": c.email,
                "required": c.required,
            }
            for c in read.cosigners
        ],
        "unsure": list(read.unsure),
    }


@letter.command("list")
@sentences
def list_letters() -> None:
    """List all letters: id, state, title."""
    with instance().database.reading() as session:
        for row in session.query(Letter).order_by(Letter.created_at):
            click.echo(f"{row.id}  {row.state:<10}  {row.title}")


@letter.command("show")
@click.argument("letter_id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@sentences
def show(letter_id: str, as_json: bool) -> None:
    """Show everything about a letter."""
    with instance().database.reading() as session:
        row = find_letter(session, letter_id)
        if as_json:
            click.echo(json.dumps(whole(session, row), ensure_ascii=False, indent=2))
        else:
            _print(session, row)


def whole(session: Any, row: Letter) -> dict[str, Any]:
    """Return everything about a letter as one object."""
    revision = row.revision
    return {
        "id": row.id,
        "state": row.state,
        "campaign": row.campaign.name,
        "deadline": row.deadline.isoformat() if row.deadline else None,
        "minimum": row.minimum,
        "language": row.language,
        "subject": row.subject,
        "place": row.place,
        "date": row.date.isoformat() if row.date else None,
        "recipients": [
            {"name": r.name, "title": r.title, "office": r.office, "address": r.address, "email": r.email}
            for r in row.recipients
        ],
        "salutation": row.salutation,
        "body": row.body,
        "closing": row.closing,
        "cosigners": [_cosigner(invitation, row) for invitation in row.invitations],
        "revision": {"number": revision.number, "digest": revision.digest} if revision else None,
        "revisions": [{"number": r.number, "digest": r.digest} for r in row.revisions],
        "documents": [{"docx": made.docx_sha256, "pdf": made.pdf_sha256} for made in printing.renderings(session, row)],
        "deliveries": [
            {"kind": d.kind, "to": d.address, "state": d.state, "attempts": d.attempts, "answer": d.answer}
            for d in lookup.deliveries_of(session, row.id)
        ],
        "steps": {
            trigger: [
                str(why) for why in states.refusals(states.LETTER, row.state, trigger, lifecycle.facts(session, row))
            ]
            for trigger in states.LETTER.triggers
        },
    }


def _cosigner(invitation: Any, row: Letter) -> dict[str, Any]:
    revision = row.revision
    signoff = invitation.signoff_for(revision.digest) if revision and invitation.has_signed else None
    return {
        "id": invitation.id,
        "organisation": invitation.organisation.name,
        "acronym": invitation.organisation.acronym,
        "signatory": invitation.signatory,
        "title": invitation.signatory_title,
        "email": invitation.email,
        "required": invitation.required,
        "state": invitation.state,
        "verdict": invitation.verdict,
        "signed": {"name": signoff.name, "title": signoff.title, "at": signoff.signed_at.isoformat()}
        if signoff
        else None,
        "comments": [{"paragraph": c.paragraph, "words": c.words} for c in invitation.comments],
    }


def _print(session: Any, row: Letter) -> None:
    zone = row.timezone
    click.echo(f"{row.title}\n{row.id}: {states.LETTER.labels[row.state]}")
    if row.deadline:
        click.echo(f"Deadline: {in_zone(row.deadline, zone)}")
    if row.revision:
        click.echo(f"Version {row.revision.number}, fingerprint {row.revision.digest}")
    for recipient in row.recipients:
        click.echo("\n" + "\n".join((*recipient.printed().lines, recipient.email or "(no email address yet)")))
    dated = ", ".join(filter(None, (row.place, str(row.date or "(no date yet)"))))
    click.echo(f"\n{dated}\n\n{row.salutation}\n\n{row.body}\n\n{row.closing}\n")
    for invitation in row.invitations:
        mark = "required" if invitation.required else ""
        who = f"{invitation.organisation.name} ({invitation.organisation.acronym or '-'})"
        click.echo(
            f"{invitation.state:<10} {who}, {invitation.signatory}, {invitation.email or 'no address'} {mark}".rstrip()
        )
    for delivery in lookup.deliveries_of(session, row.id):
        click.echo(f"email {delivery.kind:<10} to {delivery.address}: {delivery.state} {delivery.answer}".rstrip())


Act = Callable[..., Letter]


def _step(name: str, act: Act, said: str) -> None:
    @letter.command(name, help=f"{said[0].upper()}{said[1:]}.")
    @click.argument("letter_id")
    @sentences
    def command(letter_id: str) -> None:
        with instance().database.reading() as session:
            whole_id = find_letter(session, letter_id).id
        with instance().database.writing() as session:
            row = act(session, whole_id, OPERATOR)
        click.echo(f"The letter is {states.LETTER.labels[row.state]}.")


_step("circulate", lifecycle.circulate, "send the text to the co-signers for review")
_step("open-sign-off", lifecycle.open_sign_off, "ask the co-signers to sign")
_step("approve", lifecycle.approve, "close signing and prepare the final documents")
_step("reopen", lifecycle.reopen, "reopen an approved letter for signature")


def _reasoned(name: str, act: Act, said: str) -> None:
    @letter.command(name, help=f"{said[0].upper()}{said[1:]}.")
    @click.argument("letter_id")
    @click.option("--reason", required=True, help="The reason; the history records it.")
    @sentences
    def command(letter_id: str, reason: str) -> None:
        with instance().database.reading() as session:
            whole_id = find_letter(session, letter_id).id
        with instance().database.writing() as session:
            row = act(session, whole_id, reason, OPERATOR)
        click.echo(f"The letter is {states.LETTER.labels[row.state]}.")


_reasoned("revise", lifecycle.revise, "take the letter back to draft")
_reasoned("withdraw", lifecycle.withdraw, "cancel the letter; nothing is sent")


@letter.command("dispatch")
@click.argument("letter_id")
@click.option(
    "--document",
    "looked_at",
    required=True,
    metavar="SHA256",
    help="The SHA-256 of the Word document that you have checked.",
)
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="When, in the campaign's time zone. Default: now.")
@sentences
def dispatch(letter_id: str, looked_at: str, at: datetime | None) -> None:
    """Send the letter to its recipients."""
    from zoneinfo import ZoneInfo

    with instance().database.reading() as session:
        row = find_letter(session, letter_id)
        whole_id, zone = row.id, row.timezone
        known = [made.docx_sha256 for made in printing.renderings(session, row)]
        seen = printing.fingerprint(row) if looked_at in known else ""
    when = at.replace(tzinfo=ZoneInfo(zone)) if at else None
    with instance().database.writing() as session:
        row = campaign_dispatch.dispatch(session, whole_id, seen, OPERATOR, when)
    click.echo("The letter is being sent." if row.is_being_sent else f"The letter will be sent at {at} ({zone}).")
