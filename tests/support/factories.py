"""Small makers of what tests need: a letter with co-signers, acts in one transaction each."""

from __future__ import annotations

import io
from datetime import date, timedelta

import docx
import sqlalchemy as sa

from tests.support import mailing
from workflow import documents, history, jobs
from workflow.campaigns import batches, dispatch, drafts, lifecycle, lookup, printing
from workflow.campaigns.roster import roster
from workflow.history import evidence
from workflow.letter import text
from workflow.models import Delivery, Invitation, Letter, Link, now
from workflow.signoffs import answers, tacit_consent
from workflow.signoffs.answers import Answer

ANNA = history.coordinator("anna")
BODY = "First paragraph of the letter.\n\nSecond paragraph, which asks for something.\n\nThird paragraph with thanks."


def words(**changes) -> text.Letter:
    """A letter's text; give the fields that differ."""
    fields = {
        "language": "en",
        "subject": "Free the seventeen",
        "recipients": (
            text.Recipient(
                "Jane Doe", "Minister", "Ministry of Justice", ("1 High Street", "Port Town"), "office@example.org"
            ),
        ),
        "salutation": "Dear Minister,",
        "body": BODY,
        "closing": "Sincerely,",
    }
    return text.Letter(**(fields | changes))


def cosigners(count: int = 3, required: int = 0) -> list[text.Cosigner]:
    """Organisations A, B, C … of which the first `required` are required."""
    return [
        text.Cosigner(
            f"Organisation {chr(65 + n)}",
            f"ORG{chr(65 + n)}",
            f"Person {chr(65 + n)}",
            "Director",
            f"{chr(97 + n)}@example.org",
            n < required,
        )
        for n in range(count)
    ]


def terms(**changes) -> drafts.Terms:
    """A campaign's terms: a deadline in a week, one signature is enough."""
    return drafts.Terms(**({"name": "A campaign", "deadline": now() + timedelta(days=7), "minimum": 1} | changes))


def take_in(database, count: int = 3, required: int = 0, letter: text.Letter | None = None, **changes) -> str:
    """Take a letter in and return its id."""
    with database.writing() as session:
        row = drafts.take_in(
            session,
            letter or words(),
            cosigners(count, required),
            ANNA,
            dated=date(2026, 11, 24),
            terms=terms(**changes),
        )
        return row.id


def act(database, what, *arguments, **named):
    """Do one act in its own transaction and return what it returns."""
    with database.writing() as session:
        return what(session, *arguments, **named)


def link_ids(database, letter_id: str) -> list[str]:
    """The living link of each invitation's first contact, in order."""
    answers_it = sa.and_(Link.purpose == "answer", Link.contact_id.is_(None))
    living = sa.and_(Link.invitation_id == Invitation.id, Link.revoked_at.is_(None), answers_it)
    query = sa.select(Link.id).select_from(Invitation).outerjoin(Link, living)
    with database.reading() as session:
        found = session.scalars(query.where(Invitation.letter_id == letter_id).order_by(Invitation.position))
        return [link_id or "" for link_id in found]


def digest(database, letter_id: str) -> str:
    """The digest of the text that is before the co-signers."""
    with database.reading() as session:
        return session.get_one(Letter, letter_id).revision.digest


def answer(database, letter_id: str, name: str = "Person A", **changes) -> Answer:
    """A whole and valid yes to the text of now, under the rules of now."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        before_them = {"digest": row.revision.digest, "objection_hours": row.objection_hours}
    given = {"name": name, "title": "Director", "authorised": True}
    return Answer(**(given | before_them | changes))


def open_sign_off(database, letter_id: str) -> None:
    """Open sign-off, and let that come to everybody."""
    act(database, lifecycle.open_sign_off, letter_id, ANNA)
    go_on(database, letter_id)


def go_on(database, letter_id: str) -> None:
    """Do what is left of an act for thousands."""
    with database.reading() as session:
        batch = batches.unfinished(session, letter_id)
    if batch is not None:
        jobs.batch(database, letter_id)


def sign(database, letter_id: str, number: int = 0):
    """The organisation with this number signs the text of now."""
    return act(database, answers.sign, link_ids(database, letter_id)[number], answer(database, letter_id))


def approved(database, count: int = 2) -> str:
    """A letter that all have signed and the coordinator approved; no documents yet."""
    letter_id = take_in(database, count)
    open_sign_off(database, letter_id)
    for number in range(count):
        sign(database, letter_id, number)
    act(database, lifecycle.approve, letter_id, ANNA)
    return letter_id


CORRECTED = BODY.replace("something", "an answer")


def correct(database, letter_id: str, body: str = CORRECTED, small: bool = True, **changes) -> None:
    """Take the letter back, give it this body and open sign-off, as a small correction or not."""
    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
    with database.reading() as session:
        version = session.get_one(Letter, letter_id).version
    act(database, drafts.edit, letter_id, words(body=body, **changes), ANNA, version=version, dated=None)
    act(database, lifecycle.open_sign_off, letter_id, ANNA, small_correction=small)
    go_on(database, letter_id)


def tell(database, letter_id: str) -> None:
    """Every waiting mail is accepted by its server."""
    mailing.deliver(database, letter_id, [])


def stay_by_silence(database) -> int:
    """Do what the sweep does for whoever is silent; returns how many stay."""
    with database.reading() as session:
        due = tacit_consent.due(session)
    for one in due:
        act(database, tacit_consent.carry_over, *one)
    return len(due)


def standing(database, letter_id: str) -> list[tuple[str, str]]:
    """Who counts for the text of now, and how it came about."""
    with database.reading() as session:
        return [(s.label, s.basis) for s in roster(session, session.get_one(Letter, letter_id)).counting]


def findings(database, letter_id: str) -> list[str]:
    """What the verifier finds wrong with a letter."""
    with database.reading() as session:
        return evidence.verify(session, letter_id).problems


def with_documents(database, count: int = 2, docx: bytes = b"PK docx", pdf: bytes | None = b"%PDF") -> str:
    """An approved letter with small stored documents."""
    letter_id = approved(database, count)
    store_documents(database, letter_id, docx, pdf)
    return letter_id


def store_documents(database, letter_id: str, docx: bytes = b"PK docx", pdf: bytes | None = b"%PDF") -> None:
    """Store small documents of an approved letter, where nobody looks into them."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        made_for, recipients = printing.fingerprint(row), [r.id for r in row.recipients]
    for recipient_id in recipients:
        act(database, printing.keep_rendering, letter_id, recipient_id, made_for=made_for, docx=docx, pdf=pdf)


def make_documents(database, letter_id):
    """Make and store the documents of an approved letter, without PDFs; return what each prints."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        made_for = printing.fingerprint(row)
        papers = [(one.id, *printing.printing(session, row, one)) for one in row.recipients]
    for recipient_id, job, sheet in papers:
        content = documents.render_docx(job, sheet)
        documents.check_round_trip(content, job)
        facts = {"made_for": made_for, "docx": content, "pdf": None, "letterhead": documents.blank(sheet)}
        act(database, printing.keep_rendering, letter_id, recipient_id, **facts)
    return "\n".join(one.text or "" for one in docx.Document(io.BytesIO(content)).element.body.iter())


def dispatched(database, count: int = 2) -> str:
    """A letter whose delivery to the office is queued."""
    letter_id = with_documents(database, count)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    return letter_id


def sent(database, count: int = 2, silent: int = 0, **changes) -> str:
    """A letter that `count` have signed, and `silent` have not, and whose office has it; `changes` of its terms."""
    letter_id = take_in(database, count + silent, **changes)
    open_sign_off(database, letter_id)
    for number in range(count):
        sign(database, letter_id, number)
    act(database, lifecycle.approve, letter_id, ANNA)
    make_documents(database, letter_id)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    mailing.deliver(database, letter_id, [])
    act(database, dispatch.confirm, letter_id)
    return letter_id


def fingerprint(database, letter_id: str) -> str:
    with database.reading() as session:
        return printing.fingerprint(session.get_one(Letter, letter_id))


def state(database, letter_id: str) -> str:
    with database.reading() as session:
        return session.get_one(Letter, letter_id).state


def invitation_states(database, letter_id: str) -> list[str]:
    with database.reading() as session:
        return [i.state for i in session.query(Invitation).filter_by(letter_id=letter_id).order_by(Invitation.position)]


def mails(database, letter_id: str, kind: str) -> list[Delivery]:
    """A letter's deliveries of one kind, oldest first."""
    with database.reading() as session:
        return [d for d in lookup.deliveries_of(session, letter_id) if d.kind == kind]


def actions(database, letter_id: str) -> list[str]:
    """The actions in a letter's history, in order."""
    with database.reading() as session:
        return [entry.action for entry in history.entries(session, letter_id)]
