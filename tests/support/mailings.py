"""A letter that many are asked to sign, and its mails brought to their end however bad the relay is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from emails.transport import Server
from tests.support.factories import ANNA, act, fingerprint, open_sign_off, sign, terms, words
from tests.support.working import sweep
from workflow import documents, jobs
from workflow.campaigns import batches, dispatch, drafts, lifecycle, printing
from workflow.database import Database
from workflow.letter import text
from workflow.models import Delivery, Letter

OFFICE = "office@example.org"
SIGNED = 2
"""So many sign before the letter goes to the office."""


def asked(count: int) -> list[text.Cosigner]:
    """Return so many co-signers to ask, each with an address of its own."""
    return [text.Cosigner(f"Organisation {n}", f"O{n}", "", "", f"o{n}@example.org") for n in range(count)]


def taken_in(database: Database, count: int) -> str:
    """Take a letter in for so many co-signers, late names too; returns its id."""
    with database.writing() as session:
        rules = terms(late_names=True)
        return drafts.take_in(session, words(), asked(count), ANNA, dated=None, terms=rules).id


def opened(database: Database, count: int) -> str:
    """Return a letter that so many are asked to sign; whoever runs the jobs queues the mails."""
    letter_id = taken_in(database, count)
    open_sign_off(database, letter_id)
    jobs.batch(database, letter_id)
    return letter_id


def invited(database: Database, count: int) -> str:
    """Return a letter that so many are asked to sign, all mails waiting."""
    letter_id = opened(database, count)
    jobs.batch(database, letter_id)
    return letter_id


def sent_to_the_office(database: Database, letter_id: str, more: bytes = b"", signed: int = SIGNED) -> None:
    """Some have signed: the letter waits for the relay to take it to its office; `more` is attached."""
    for number in range(signed):
        sign(database, letter_id, number)
    act(database, lifecycle.approve, letter_id, ANNA)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        made_for, [recipient] = printing.fingerprint(row), row.recipients
        docx = documents.render_docx(printing.paper(row, recipient))
    pdf = b"%PDF" + more if more else None
    act(database, printing.keep_rendering, letter_id, recipient.id, made_for=made_for, docx=docx, pdf=pdf)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)


def states_of(database: Database, letter_id: str) -> Counter[str]:
    """How many mails of a letter are in each state."""
    with database.reading() as session:
        return Counter(state for (state,) in session.query(Delivery.state).filter_by(letter_id=letter_id))


def settled(database: Database, letter_id: str, server: Server, later: Callable[..., None], most: int = 60) -> int:
    """
    Sweep every quarter of an hour until no mail of a letter waits; returns how many sweeps it took, at most `most`.

    The letter to the office may stay uncertain: a person decides.
    """
    for number in range(1, most + 1):
        sweep(database, server)
        jobs.batch(database, letter_id)
        waiting = states_of(database, letter_id)
        if not any(waiting[state] for state in ("queued", "deferred", "sending", "handed_over")) and not _goes_on(
            database, letter_id
        ):
            return number
        later(minutes=16)
    raise AssertionError(f"Mails still wait after {most} sweeps: {states_of(database, letter_id)}")


def _goes_on(database: Database, letter_id: str) -> bool:
    """Whether mails are still to be queued, or sent again."""
    with database.reading() as session:
        if batches.unfinished(session, letter_id) is not None:
            return True
        uncertain = session.query(Delivery).filter_by(letter_id=letter_id, state="uncertain")
        return any(delivery.recipient_id is None for delivery in uncertain)
