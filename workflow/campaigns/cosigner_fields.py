"""
What is known of co-signers is put right: all of it until their invitation is out, what may still change afterwards.

Somebody's name is not changed under their hands: once an organisation was written to, its own name, and where it is
written to, have acts of their own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import bindparam, select

from workflow import history
from workflow.campaigns import directory
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import Words, lazy_gettext
from workflow.letter import characters, typed
from workflow.letter import text as texts
from workflow.models import Contact, Invitation, KnownOrganisation, Letter, Link, Organisation
from workflow.states import check
from workflow.transaction import Transaction

NAMES = ("organisation", "acronym", "signatory", "title", "contact_name", "email", "country")
"""The fields that hold words."""
ONLY_BEFORE = ("organisation", "acronym", "email")
"""What changes in another way once somebody was written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What is known of a co-signer."""

    organisation: str = ""
    acronym: str = ""
    signatory: str = ""
    title: str = ""
    contact_name: str = ""
    email: str = ""
    country: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a co-signer's fields are to hold, what they held when they were shown, and its place in the list if new."""

    fields: Fields
    shown: Fields | None = None
    """None: whatever they hold now is written over."""
    position: int | None = None


def of(invitation: Invitation) -> Fields:
    """Return what is known of a co-signer."""
    organisation = invitation.organisation
    return Fields(
        organisation=organisation.name,
        acronym=organisation.acronym,
        signatory=invitation.signatory,
        title=invitation.signatory_title,
        contact_name=invitation.contact_name,
        email=invitation.email,
        country=organisation.country,
        required=invitation.required,
    )


def written_to(session: Transaction, ids: Iterable[str]) -> set[str]:
    """Return which of some invitations have had a link: their co-signers were written to."""
    return set(session.scalars(select(Link.invitation_id).distinct().where(Link.invitation_id.in_(list(ids)))))


def save(
    session: Transaction, letter_id: str, changes: Mapping[str, Change], removed: Iterable[str], actor: Actor
) -> int:
    """
    Put right what is known of some co-signers, and take off those that were never written to; returns how many changed.

    All are looked at before one is written. Raises `InputError` with what is wrong, by `field-id`.
    """
    row = locked_letter(session, letter_id)
    check("correct", row.state)
    gone = list(dict.fromkeys(removed))
    found = _found(session, row, [*changes, *gone])
    written = written_to(session, found)
    wrong: dict[str, Words] = {
        f"remove-{one}": lazy_gettext("This organisation has been invited. Cancel its invitation instead.")
        for one in gone
        if one in written
    }
    kept = {one: change for one, change in changes.items() if one not in gone}
    changed = {
        one: fields
        for one, change in kept.items()
        if (fields := _taken(found[one], one, change, one in written, wrong)) is not None
    }
    _check_names(session, row, changed, gone, wrong)
    if wrong:
        raise InputError(**wrong)
    for one, fields in changed.items():
        _correct(session, row, found[one], fields, actor)
    moved = _place(session, row, {one: c.position for one, c in kept.items() if c.position}, actor)
    _remove(session, row, [found[one] for one in gone], actor)
    session.expire(row, ["invitations"])
    return len({*changed, *moved, *gone})


def _found(session: Transaction, row: Letter, ids: Sequence[str]) -> dict[str, Invitation]:
    query = select(Invitation).where(Invitation.letter_id == row.id, Invitation.id.in_(ids))
    found = {one.id: one for one in session.scalars(query.execution_options(populate_existing=True))}
    if not set(ids) <= set(found):
        raise NotFoundError("There is no such invitation.")
    return found


# --- what was typed ---------------------------------------------------------------------------------------------------


def _taken(
    invitation: Invitation, key: str, change: Change, is_written_to: bool, wrong: dict[str, Words]
) -> Fields | None:
    """Return the fields of a co-signer as they are to be kept; None where nothing is new, or something is wrong."""
    now, count = of(invitation), len(wrong)
    if change.fields == change.shown:
        return None
    fields = _clean(change.fields, key, wrong)
    if invitation.individual:
        # Somebody is called by their own name, wherever it was put right.
        own = fields.signatory if fields.signatory != now.signatory else fields.organisation
        fields = dataclasses.replace(fields, organisation=own, signatory=own, acronym="")
    if fields == now:
        return None
    if change.shown is not None and change.shown != now:
        wrong[f"organisation-{key}"] = lazy_gettext("Someone else changed this co-signer meanwhile. Look at it again.")
    for name in ONLY_BEFORE:
        if is_written_to and getattr(fields, name) != getattr(now, name):
            wrong[f"{name}-{key}"] = lazy_gettext("Its invitation is out, so this is changed on its own page.")
    return fields if len(wrong) == count else None


def _clean(fields: Fields, key: str, wrong: dict[str, Words]) -> Fields:
    kept: dict[str, str] = {}
    for name in NAMES:
        words: str = getattr(fields, name)
        try:
            kept[name] = typed.address(words.strip()) if name == "email" else typed.name(words, typed.LINE)
        except RefusedError as refused:
            wrong[f"{name}-{key}"] = refused.reasons[0]
            kept[name] = words
    if not characters.is_name(kept["organisation"]):
        wrong.setdefault(f"organisation-{key}", lazy_gettext("Enter the name of the organisation."))
    return Fields(required=fields.required, **kept)


def _check_names(
    session: Transaction, row: Letter, changed: Mapping[str, Fields], gone: Sequence[str], wrong: dict[str, Words]
) -> None:
    """An organisation stands on a letter once."""
    if not changed:
        return
    query = select(Invitation.id, Organisation.name).join(Organisation, Organisation.id == Invitation.organisation_id)
    names = dict(session.execute(query.where(Invitation.letter_id == row.id)).all())
    names = {key: name for key, name in names.items() if key not in gone}
    after = {**names, **{key: fields.organisation for key, fields in changed.items()}}
    by_name: dict[str, list[str]] = {}
    for key, name in after.items():
        by_name.setdefault(name.casefold(), []).append(key)
    for key, fields in changed.items():
        if fields.organisation != names[key] and len(by_name[fields.organisation.casefold()]) > 1:
            said = lazy_gettext("%(name)s is already on the list.", name=fields.organisation)
            wrong.setdefault(f"organisation-{key}", said)


# --- written ----------------------------------------------------------------------------------------------------------


def _correct(session: Transaction, row: Letter, invitation: Invitation, fields: Fields, actor: Actor) -> None:
    before = of(invitation)
    invitation.signatory, invitation.signatory_title = fields.signatory, fields.title
    invitation.contact_name, invitation.email, invitation.required = fields.contact_name, fields.email, fields.required
    organisation = invitation.organisation
    organisation.name, organisation.acronym, organisation.country = fields.organisation, fields.acronym, fields.country
    organisation.folded = texts.folded(organisation.name, organisation.acronym)
    session.flush()
    if not invitation.individual:
        _learn(session, row, organisation, before, fields, actor)
    history.append(
        session,
        row.id,
        actor,
        actions.InvitationCorrected(
            invitation=invitation.id,
            required=fields.required,
            organisation_name=fields.organisation,
            acronym=fields.acronym,
            contact=fields.email,
            signatory=fields.signatory,
            title=fields.title,
            country=fields.country,
        ),
    )


def _learn(
    session: Transaction, row: Letter, organisation: Organisation, before: Fields, fields: Fields, actor: Actor
) -> None:
    """
    What was mistyped is put right in the directory too, where it came into it with this letter alone.

    An organisation that other letters know stays as it is there: the one on this letter is looked up anew.
    """
    known = session.get(KnownOrganisation, organisation.known_id) if organisation.known_id else None
    if known is not None and _is_only_here(session, row, known, organisation) and known.name == before.organisation:
        known.name, known.acronym = fields.organisation, fields.acronym
        known.country = known.country if known.country != before.country else fields.country
        query = select(Contact).where(Contact.organisation_id == known.id)
        for contact in session.scalars(query):
            if contact.email == before.email:
                contact.email = fields.email
            if contact.name == before.signatory:
                contact.name, contact.title = fields.signatory, fields.title
        session.flush()
    elif before.organisation != fields.organisation or known is None:
        cosigner = _as_cosigner(fields)
        (organisation.known_id,) = directory.keep(session, row.campaign_id, [cosigner], _member(actor))


def _is_only_here(session: Transaction, row: Letter, known: KnownOrganisation, organisation: Organisation) -> bool:
    if known.campaign_id != row.campaign_id or known.created_at < row.created_at:
        return False
    others = select(Organisation.id).where(Organisation.known_id == known.id, Organisation.id != organisation.id)
    merged = select(KnownOrganisation.id).where(KnownOrganisation.merged_into == known.id)
    return not any(session.scalars(query.limit(1)).first() for query in (others, merged))


def _as_cosigner(fields: Fields) -> texts.Cosigner:
    return texts.Cosigner(**dataclasses.asdict(fields))


def _member(actor: Actor) -> str:
    return actor.key if actor.role == "coordinator" else ""


def _place(session: Transaction, row: Letter, places: Mapping[str, int], actor: Actor) -> list[str]:
    """Give co-signers other places in the list, one after the other; returns which were moved."""
    if not places:
        return []
    listed = (
        select(
            Invitation.id, Invitation.position, Invitation.founder, Invitation.confidential, Organisation.country
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == row.id)
        .order_by(Invitation.position)
    )  # fmt: skip
    known = {one.id: one for one in session.execute(listed)}
    order = list(known)
    moved = []
    for key, place in sorted(places.items(), key=lambda item: item[1]):
        position = max(1, min(place, len(order)))
        if order[position - 1] == key:
            continue
        order.remove(key)
        order.insert(position - 1, key)
        moved.append(key)
        one = known[key]
        placed = actions.InvitationPlaced(
            invitation=key,
            position=position,
            founder=one.founder,
            confidential=one.confidential,
            country=one.country,
        )
        history.append(session, row.id, actor, placed)
    _number(session, [(key, n) for n, key in enumerate(order, 1) if known[key].position != n])
    return moved


def _number(session: Transaction, numbered: Sequence[tuple[str, int]]) -> None:
    if numbered:
        session.flush()
        # By the table, not by the mapped class: its states are guarded, and thousands are written by one statement.
        table = sa.table("invitations", sa.column("id"), sa.column("position"))
        written = sa.update(table).where(table.c.id == bindparam("key")).values(position=bindparam("place"))
        session.connection().execute(written, [{"key": key, "place": place} for key, place in numbered])
        session.has_written = True
        session.expire_all()


def _remove(session: Transaction, row: Letter, gone: Sequence[Invitation], actor: Actor) -> None:
    """Take co-signers off that were never written to; those behind them move up."""
    if not gone:
        return
    for invitation in gone:
        history.append(session, row.id, actor, actions.InvitationRemoved(invitation=invitation.id))
    ids, organisations = [one.id for one in gone], [one.organisation_id for one in gone]
    for invitation in gone:
        session.expunge(invitation)
    session.execute(sa.delete(Invitation).where(Invitation.id.in_(ids)))
    session.execute(sa.delete(Organisation).where(Organisation.id.in_(organisations)))
    query = select(Invitation.id, Invitation.position).where(Invitation.letter_id == row.id)
    listed = session.execute(query.order_by(Invitation.position)).all()
    _number(session, [(one.id, n) for n, one in enumerate(listed, 1) if one.position != n])
