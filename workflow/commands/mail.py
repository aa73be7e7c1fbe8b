"""What comes in by mail: a pipe for the mail server, the mailbox read now, and addresses that nothing is sent to."""

from __future__ import annotations

import hashlib
import sys
from typing import BinaryIO

import click
from flask.cli import AppGroup

from config.logs import logger
from emails.imap import LARGEST
from workflow import blocked as blocks
from workflow.campaigns.incoming import Arrived, TooEarlyError
from workflow.commands.context import OPERATOR, CommandError, sentences
from workflow.instance import instance
from workflow.models import Delivery
from workflow.transaction import lock_letter
from workflow.trouble import in_words

EX_DATAERR, EX_TEMPFAIL = 65, 75
"""Of sysexits.h: what a mail server makes of a mail that a pipe did not take."""
TOO_LARGE = 100 * 1024 * 1024
CHUNK = 256 * 1024

mail = AppGroup("mail", help="Take in what comes by email, and see which addresses nothing is sent to.")


@mail.command("bounce")
@click.option("--recipient", "recipients", multiple=True, help="To whom it came: ${recipient} in Postfix.")
@sentences
def bounce(recipients: tuple[str, ...]) -> None:
    """Take one email from standard input: undelivered ones and answers. For a mail server's pipe (docs/mailbox.md)."""
    from workflow.jobs.mailbox import take_in

    arrived = received(sys.stdin.buffer, recipients)
    if arrived is None:
        click.echo("The email is too large to be read.", err=True)
        sys.exit(EX_DATAERR)
    settings = instance().settings
    if not settings.bounces and not settings.replies:
        # Else a pipe without the service's environment would take in every email as one that is none of ours.
        _again("Neither UNDERSIGNED_BOUNCES nor UNDERSIGNED_REPLIES is set for this command (docs/mailbox.md).")
    try:
        database = instance().database
        database.check_keys()
        became = take_in(database, arrived)
    except TooEarlyError as error:
        _again(str(error))
    except Exception as error:
        # Whatever it is, the mail server keeps the email and tries again: nothing may be lost for it.
        logger().error("incoming_put_off", why=in_words(error) or f"{type(error).__name__}: {error}")
        _again(in_words(error) or "The email can’t be taken in now.")
    click.echo(became)


def _again(why: str) -> None:
    click.echo(why, err=True)
    sys.exit(EX_TEMPFAIL)


def received(stream: BinaryIO, recipients: tuple[str, ...]) -> Arrived | None:
    """Return an email that is read bit by bit, the first eight megabytes of it; None: it does not end."""
    digest, kept, size = hashlib.sha256(), bytearray(), 0
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        kept += chunk[: max(0, LARGEST - len(kept))]
        if size > TOO_LARGE:
            return None
    return Arrived(bytes(kept), digest.hexdigest(), recipients, is_whole=size == len(kept))


@mail.command("read")
@sentences
def read() -> None:
    """Read the mailbox now (UNDERSIGNED_IMAP); a worker does it every half minute."""
    from workflow.jobs.mailbox import read_mailbox

    if not instance().settings.imap:
        raise CommandError("No mailbox is set. Set UNDERSIGNED_IMAP (docs/mailbox.md).")
    counted = read_mailbox(instance().database)
    click.echo(", ".join(f"{what}: {number}" for what, number in sorted(counted.items())) or "Nothing new.")


@mail.command("blocked")
@sentences
def blocked() -> None:
    """List the addresses that nothing is sent to, and why."""
    with instance().database.reading() as session:
        for one in blocks.living(session):
            address = one.address if "@" in one.address else "(erased)"
            click.echo(f"{one.created_at:%Y-%m-%d}  {one.reason:<10} {address}  {one.words}".rstrip())


@mail.command("unblock")
@click.argument("address")
@sentences
def unblock(address: str) -> None:
    """Let emails go to an address again: after a mistake, or when its reader has asked for it."""
    with instance().database.writing() as session:
        known = blocks.now_at(session, address)
        if known is None:
            raise CommandError(f"Nothing keeps emails from {address}.")
        of = session.get(Delivery, known.delivery_id) if known.delivery_id else None
        letter = lock_letter(session, of.letter_id) if of and of.letter_id else None
        if of is None or letter is None:
            blocks.lift(session, known)
        else:
            blocks.free(session, letter, known.address, OPERATOR, of.invitation_id, of.recipient_id)
    click.echo(f"Emails go to {address} again.")
