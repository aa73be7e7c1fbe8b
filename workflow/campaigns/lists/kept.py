"""A list while it is looked through: kept encrypted beside its letter, for whoever pasted it, and changed there."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select

from workflow.campaigns import directory
from workflow.errors import IncomingError, OtherSecretError
from workflow.imports.cosigner_lists import MOST_ROWS, WRITTEN, Problem, Row, checked
from workflow.languages import Message, Words, lazy_gettext, lazy_ngettext
from workflow.letter.text import Cosigner
from workflow.models import Invitation, Organisation, PastedList, now
from workflow.transaction import Transaction

LIFETIME = timedelta(days=1)
"""So long a list that nobody saves is kept."""

_EXTRA = ("required", "known")


@dataclass(frozen=True, slots=True)
class Draft:
    """A list that is looked through."""

    rows: tuple[Row, ...]
    left_out: frozenset[int] = frozenset()
    """The places of the rows that are not to be saved."""
    notes: tuple[Words, ...] = ()


def keep(session: Transaction, letter_id: str, user_id: str, draft: Draft) -> None:
    """Keep a list for somebody who is about to put it on a letter, in the place of the one before."""
    row = _kept(session, letter_id, user_id)
    if row is None:
        row = PastedList(letter_id=letter_id, user_id=user_id)
        session.add(row)
    row.sealed = session.tokens.encrypt(_packed(draft))
    row.changed_at = now()
    session.has_written = True


def add(session: Transaction, letter_id: str, user_id: str, cosigners: Sequence[Cosigner]) -> None:
    """Add organisations to the list that somebody looks through for a letter, or begin one; raises `IncomingError`."""
    there, more = read(session, letter_id, user_id), of_cosigners(cosigners)
    if there is not None:
        number = max((row.number for row in there.rows), default=0)
        rows = (*there.rows, *(replace(row, number=number + row.number) for row in more.rows))
        if len(rows) > MOST_ROWS:
            raise IncomingError(
                lazy_ngettext(
                    "Select at most %(num)s organisation.", "Select at most %(num)s organisations.", MOST_ROWS
                )
            )
        more = replace(there, rows=rows)
    keep(session, letter_id, user_id, more)


def read(session: Transaction, letter_id: str, user_id: str) -> Draft | None:
    """Return the list that somebody is looking through for a letter, if there is one that can still be read."""
    row = _kept(session, letter_id, user_id)
    if row is None or row.changed_at <= now() - LIFETIME:
        return None
    try:
        return _unpacked(session.tokens.decrypt(row.sealed))
    except OtherSecretError:
        return None


def said_in(session: Transaction, row: PastedList) -> Any:
    """Return all that a kept list says, as it is kept; None where its secret is gone."""
    try:
        return json.loads(zlib.decompress(session.tokens.decrypt(row.sealed)))
    except OtherSecretError:
        return None


def forget(session: Transaction, letter_id: str, user_id: str) -> None:
    """Forget the list of somebody for a letter."""
    mine = (PastedList.letter_id == letter_id, PastedList.user_id == user_id)
    session.execute(sa.delete(PastedList).where(*mine))
    session.has_written = True


def _kept(session: Transaction, letter_id: str, user_id: str) -> PastedList | None:
    return session.scalars(
        select(PastedList).where(PastedList.letter_id == letter_id, PastedList.user_id == user_id)
    ).one_or_none()


def _packed(draft: Draft) -> bytes:
    kept = {"rows": [_row_out(row) for row in draft.rows], "out": sorted(draft.left_out)}
    kept["notes"] = [_said_out(note) for note in draft.notes]
    return zlib.compress(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"), 1)


def _row_out(row: Row) -> list[Any]:
    c = row.cosigner
    values = [getattr(c, name) for name in (*WRITTEN, *_EXTRA)]
    problems = [[[p.field, _said_out(p.said), p.instead] for p in some] for some in (row.wrong, row.doubtful)]
    return [row.number, row.source, values, list(row.more), *problems]


def _said_out(said: Words) -> Any:
    return [said.id, dict(said.values), said.plural] if isinstance(said, Message) else said


def _unpacked(packed: bytes) -> Draft:
    kept = json.loads(zlib.decompress(packed))
    return Draft(
        tuple(_row_in(*one) for one in kept["rows"]), frozenset(kept["out"]), tuple(map(_said_in, kept["notes"]))
    )


def _row_in(number: int, source: str, values: list[Any], more: list[str], wrong: list[Any], doubtful: list[Any]) -> Row:
    cosigner = Cosigner(**dict(zip((*WRITTEN, *_EXTRA), values, strict=True)))
    return Row(number, source, cosigner, _problems_in(wrong), _problems_in(doubtful), tuple(more))


def _problems_in(kept: list[Any]) -> tuple[Problem, ...]:
    return tuple(Problem(name, _said_in(said), instead) for name, said, instead in kept)


def _said_in(kept: Any) -> Any:
    return kept if isinstance(kept, str) else Message(kept[0], kept[1], kept[2])


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody typed into a row: its fields, and whether it is left out."""

    fields: Mapping[str, str]
    left_out: bool = False


def edited(draft: Draft, edits: Mapping[int, Edit]) -> Draft:
    """Return a list with what was typed into some of its rows; a row that stays as it was keeps what is said of it."""
    rows = list(draft.rows)
    left_out = set(draft.left_out)
    for place, edit in edits.items():
        if place >= len(rows):
            continue
        (left_out.add if edit.left_out else left_out.discard)(place)
        row = rows[place]
        typed_in = {name: words for name, words in edit.fields.items() if name in WRITTEN}
        if any(getattr(row.cosigner, name) != words.strip() for name, words in typed_in.items()):
            known = "" if typed_in.get("organisation", "").strip() != row.cosigner.organisation else row.cosigner.known
            # What was typed is checked anew; a doubt about the whole row, such as that it was hidden, is settled by it.
            again = checked(row.number, row.source, replace(row.cosigner, **{**typed_in, "known": known}))  # type: ignore[arg-type]
            rows[place] = replace(again, more=row.more, other=row.other)
    return replace(draft, rows=tuple(rows), left_out=frozenset(left_out))


def taken(draft: Draft, place: int, name: str) -> Draft:
    """Return a list in which a field of a row is what it was said to be surely."""
    row = draft.rows[place]
    instead = next((p.instead for p in (*row.wrong, *row.doubtful) if p.field == name and p.instead), "")
    return edited(draft, {place: Edit({name: instead})}) if instead else draft


def recognised(draft: Draft, place: int, known: directory.Known) -> Draft:
    """Return a list in which a row is an organisation of the directory."""
    row = draft.rows[place]
    cosigner = replace(row.cosigner, organisation=known.name, acronym=known.acronym, known=known.id)
    rows = list(draft.rows)
    rows[place] = replace(checked(row.number, row.source, cosigner), more=row.more, other=row.other)
    return replace(draft, rows=tuple(rows))


def of_cosigners(cosigners: Sequence[Cosigner]) -> Draft:
    """Return the list of organisations that were chosen; raises `IncomingError` for none, and for too many."""
    if not cosigners:
        raise IncomingError(lazy_gettext("Select at least one organisation."))
    if len(cosigners) > MOST_ROWS:
        raise IncomingError(
            lazy_ngettext("Select at most %(num)s organisation.", "Select at most %(num)s organisations.", MOST_ROWS)
        )
    return Draft(tuple(checked(number, "", cosigner) for number, cosigner in enumerate(cosigners, 1)))


def of_letter(session: Transaction, letter_id: str) -> list[Cosigner]:
    """Return the organisations of a letter with their last contacts, in their order."""
    columns = {
        "organisation": Organisation.name,
        "acronym": Organisation.acronym,
        "signatory": Invitation.signatory,
        "title": Invitation.signatory_title,
        "email": Invitation.email,
        "contact_name": Invitation.contact_name,
        "country": Organisation.country,
        "language": Invitation.language,
        "timezone": Invitation.timezone,
        "known": func.coalesce(Organisation.known_id, ""),
    }
    query = select(*columns.values()).join(Organisation, Organisation.id == Invitation.organisation_id)
    found = session.execute(query.where(Invitation.letter_id == letter_id).order_by(Invitation.position))
    return [Cosigner(**dict(zip(columns, one, strict=True))) for one in found]
