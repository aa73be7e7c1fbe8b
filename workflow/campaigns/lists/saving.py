"""A list that was looked through is put on its letter as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy import select

from workflow import history
from workflow.campaigns import directory, invitations, rounds
from workflow.campaigns.contacts import put_all_beside
from workflow.campaigns.lists.judged import Judged, judge
from workflow.campaigns.lists.kept import forget, read
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext, lazy_ngettext
from workflow.letter import text as texts
from workflow.letter import typed
from workflow.letter.text import Cosigner
from workflow.models import Base, Invitation, Letter, User
from workflow.states import check
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: how many were put on the letter, and how many there got an address."""

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
        _give_addresses(session, row, contacts, actor)
    _keep_others(session, row, judged, actor)
    of_rows = dict(zip((one.place for one in judged if one.act == "add"), ids, strict=True))
    of_rows |= {one.place: one.invitation for one in contacts}
    _put_beside(session, row, judged, of_rows, actor)
    forget(session, letter_id, user_id)
    return Saved(len(added), len(contacts))


def _give_addresses(session: Transaction, row: Letter, contacts: Sequence[Judged], actor: Actor) -> None:
    """Give organisations on the letter the addresses that they lack; they are emailed when somebody says so."""
    check("set_contact", row.state)
    known = {
        one.id: one
        for one in session.execute(
            select(Invitation.id, Invitation.signatory, Invitation.second_email).where(
                Invitation.id.in_([one.invitation for one in contacts])
            )
        )
    }
    session.flush()
    table = Base.metadata.tables["invitations"]
    session.connection().execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("of"))
        .values(email=sa.bindparam("to"), folded=sa.bindparam("found")),
        [
            {
                "of": one.invitation,
                "to": one.cosigner.email,
                "found": texts.folded(
                    known[one.invitation].signatory, one.cosigner.email, known[one.invitation].second_email
                ),
            }
            for one in contacts
        ],
    )
    session.expire(row, ["invitations"])
    for one in contacts:
        changed = actions.ContactChanged(invitation=one.invitation, contact=one.cosigner.email)
        history.append(session, row.id, actor, changed)
    session.expire_all()


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
