"""A letter that lives up to its dispatch, signed by three; and a hand that changes a database behind its triggers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from emails.transport import Outcome
from tests.support import factories, mailing
from tests.support.lived import lived
from workflow import documents
from workflow.campaigns import dispatch, drafts, lifecycle, printing
from workflow.models import Letter
from workflow.signoffs import answers, review
from workflow.signoffs.answers import Answer

NAMES = ("Ana Lima", "Bo Chan", "Chea Sok")


def open_letter(database, count: int = 3, place: str = "") -> str:
    """A letter that went through review and one revision, open for sign-off."""
    letter_id = factories.take_in(database, count)
    factories.act(database, lifecycle.circulate, letter_id, factories.ANNA)
    comment = (factories.link_ids(database, letter_id)[0], factories.digest(database, letter_id), 1, "Shorter.")
    factories.act(database, review.comment, *comment)
    factories.act(database, lifecycle.revise, letter_id, "Shorter, as asked", factories.ANNA)
    words = factories.words(
        body=factories.BODY + " One sentence more, with **weight** and [a link](https://example.org)."
    )
    dated = date(2026, 11, 24)
    factories.act(database, drafts.edit, letter_id, words, factories.ANNA, version=1, dated=dated, place=place)
    factories.open_sign_off(database, letter_id)
    return letter_id


def sign(database, letter_id: str, number: int) -> None:
    link = factories.link_ids(database, letter_id)[number]
    said = Answer(digest=factories.digest(database, letter_id), name=NAMES[number], title="Director", authorised=True)
    factories.act(database, answers.sign, link, said)


def render(database, letter_id: str, **printed) -> None:
    """Make and keep the real documents, or such as print something else."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        made_for = printing.fingerprint(row)
        made = [(r.id, documents.render_docx(replace(printing.paper(row, r), **printed))) for r in row.recipients]
    for recipient_id, docx in made:
        factories.act(
            database, printing.keep_rendering, letter_id, recipient_id, made_for=made_for, docx=docx, pdf=None
        )


def deliver(database, letter_id: str) -> None:
    """Let every waiting mail be accepted by its server."""
    for lease in mailing.claim_all(database, letter_id):
        factories.act(database, mailing.mark, lease)
        factories.act(database, mailing.report, lease, Outcome("accepted", 250, "2.0.0 Ok: queued as 4711"))


def whole_life(database) -> str:
    """Signed by three, retracted and signed again by one, approved, sent, accepted."""
    return lived(database, sent_letter)


def sent_letter(database) -> str:
    letter_id = open_letter(database)
    for number in range(3):
        sign(database, letter_id, number)
    factories.act(database, answers.retract, factories.link_ids(database, letter_id)[1], "Asked by our board")
    sign(database, letter_id, 1)
    factories.act(database, lifecycle.approve, letter_id, factories.ANNA)
    render(database, letter_id)
    previewed = factories.fingerprint(database, letter_id)
    factories.act(database, dispatch.dispatch, letter_id, previewed, factories.ANNA)
    deliver(database, letter_id)
    factories.act(database, dispatch.confirm, letter_id)
    assert factories.state(database, letter_id) == "sent"
    return letter_id


def by_hand(database, statement: str, **values) -> None:
    """Change the database as somebody with its password can: behind the triggers."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            for name in connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(sa.text(statement), values)
