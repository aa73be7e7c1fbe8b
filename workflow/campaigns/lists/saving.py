"""A list that was looked through is put on its letter as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from workflow import history
from workflow.campaigns import directory, invitations, rounds
from workflow.campaigns.contacts import put_all_beside
from workflow.campaigns.lists.judged import Judged, judge
from workflow.campaigns.lists.kept import forget, read
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, RefusedError
from workflow.history import Actor, actions
from workflow.history.action import Action
from workflow.languages import lazy_gettext, lazy_ngettext
from workflow.letter import typed
from workflow.letter.text import Cosigner
from workflow.models import Invitation, Letter, User
from workflow.states import check
from workflow.transaction import Transaction

COLUMNS = {"title": "signatory_title"}
"""What invitations call a field of a row otherwise."""
NAMES = {"signatory", "title", "contact_name", "country"}
READER = {"language", "timezone"}


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: how many were put on the letter, and to how many there what they lacked was given."""

    added: int
    changed: int


def save(session: Transaction, letter_id: str, actor: Actor, *, user_id: str, leave_out_wrong: bool = False) -> Saved:
    """
    Put the list that somebody looked through on the letter, as a whole; nobody is emailed by that.

    Raises `InputError` with the rows that are wrong, unless those are left out, and `RefusedError` where nothing is to
    be saved.
    """
    row = locked_letter(session, letter_id)
    check("invite", row.state)
    draft = read(session, letter_id, user_id)
    if draft is None:
        raise RefusedError(lazy_gettext("This list was saved or discarded already. Paste it once more."))
    judged = judge(session, row, draft, session.get_one(User, user_id))
    wrong = [one for one in judged if one.kind == "wrong"]
    if wrong and not leave_out_wrong:
        raise InputError(
            lazy_ngettext(
                "%(num)s row is wrong. Put it right, or leave it out; nothing was saved.",
                "%(num)s rows are wrong. Put them right, or leave them out; nothing was saved.",
                len(wrong),
            ),
            **{
                f"r{one.place}-{reason.field or 'organisation'}": reason.said
                for one in wrong
                for reason in one.reasons[:1]
            },
        )
    added = [one.cosigner for one in judged if one.act == "add"]
    contacts = [one for one in judged if one.act == "contact"]
    if not added and not contacts:
        raise RefusedError(lazy_gettext("There is nothing to save: all of them are on the letter, or left out."))
    ids = invitations.put_on_the_list(session, row, added, actor)
    rounds.reached(session, row, list(ids))
    if contacts:
        _fill_in(session, row, contacts, actor)
    _keep_others(session, row, judged, actor)
    of_rows = dict(zip((one.place for one in judged if one.act == "add"), ids, strict=True))
    of_rows |= {one.place: one.invitation for one in contacts}
    _put_beside(session, row, judged, of_rows, actor)
    forget(session, letter_id, user_id)
    return Saved(len(added), len(contacts))


def _fill_in(session: Transaction, row: Letter, rows: Sequence[Judged], actor: Actor) -> None:
    """Give organisations on the letter what they lack there; they are emailed when somebody says so."""
    for act in ("set_contact", "correct", "set_reader"):
        check(act, row.state)
    query = select(Invitation).where(Invitation.id.in_([one.invitation for one in rows]))
    known = {one.id: one for one in session.scalars(query.options(joinedload(Invitation.organisation)))}
    entries = list[Action]()
    for one in rows:
        entries += _filled(known[one.invitation], dict(one.lacked))
    session.flush()
    for entry in entries:
        history.append(session, row.id, actor, entry)
    session.expire_all()


def _filled(invitation: Invitation, lacked: Mapping[str, str]) -> Iterator[Action]:
    """Write what an organisation lacked into its rows, and yield what is recorded of that."""
    organisation = invitation.organisation
    for name, words in lacked.items():
        setattr(organisation if name == "country" else invitation, COLUMNS.get(name, name), words)
    if "email" in lacked:
        yield actions.ContactChanged(invitation=invitation.id, contact=invitation.email)
    if lacked.keys() & NAMES:
        yield actions.InvitationCorrected(
            invitation=invitation.id,
            required=invitation.required,
            organisation_name=organisation.name,
            acronym=organisation.acronym,
            contact=invitation.email,
            signatory=invitation.signatory,
            title=invitation.signatory_title,
            country=organisation.country,
        )
    if lacked.keys() & READER:
        yield actions.ReaderSet(invitation=invitation.id, language=invitation.language, timezone=invitation.timezone)


def _put_beside(
    session: Transaction, row: Letter, judged: Sequence[Judged], of_rows: Mapping[int, str], actor: Actor
) -> None:
    """Let the further addresses of organisations that were saved be contacts too: each with a link of its own."""
    several: dict[int, list[tuple[str, str]]] = {}
    for one in judged:
        place = one.of if one.act == "keep" else one.place
        found = several.setdefault(place, [])
        if one.act == "keep" and one.cosigner.email:
            found.append((one.cosigner.contact_name or one.cosigner.signatory, one.cosigner.email))
        found += [("", email) for email in one.row.more if one.act]
    for place, people in several.items():
        if place in of_rows and people:
            kept = [(name, address) for name, email in people if (address := _address(email))]
            invitation = session.get_one(Invitation, of_rows[place])
            put_all_beside(session, row, invitation.id, invitation.email, kept, actor)


def _address(email: str) -> str:
    """Return an address as it is kept; nothing for one that is none."""
    try:
        return typed.address(email)
    except RefusedError:
        return ""


def _keep_others(session: Transaction, row: Letter, judged: Sequence[Judged], actor: Actor) -> None:
    """Keep the addresses in the directory that stand on the letter for nobody."""
    others = [replace(one.cosigner, required=False) for one in judged if one.act == "keep"]
    others += [
        Cosigner(one.cosigner.organisation, one.cosigner.acronym, email=email, known=one.cosigner.known)
        for one in judged
        if one.act in ("add", "contact")
        for email in one.row.more
    ]
    if others:
        directory.keep(session, row.campaign_id, others, actor.key if actor.role == "coordinator" else "")
