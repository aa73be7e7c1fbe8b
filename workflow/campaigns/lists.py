"""
Many organisations at once: a list is kept beside the letter, looked through and put right, then saved as a whole.

Nothing of it is on the letter before. What is known of each row is asked of the letter and the directory whenever it is
shown, so it holds for the moment at which it is saved.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import func, select

from workflow import history
from workflow.campaigns import directory, invitations, rounds
from workflow.campaigns.contacts import put_all_beside
from workflow.campaigns.lookup import locked_letter
from workflow.errors import IncomingError, InputError, OtherSecretError, RefusedError
from workflow.history import Actor, actions
from workflow.imports.cosigner_lists import MOST_ROWS, WRITTEN, Problem, Row, checked
from workflow.languages import Message, Words, lazy_gettext, lazy_ngettext
from workflow.letter import text as texts
from workflow.letter import typed
from workflow.letter.text import Cosigner
from workflow.models import Base, Invitation, Letter, Organisation, PastedList, User, now
from workflow.states import check
from workflow.transaction import Transaction

LIFETIME = timedelta(days=1)
"""So long a list that nobody saves is kept."""

Kind = Literal["wrong", "doubtful", "changed", "new", "known", "there", "out"]
KINDS: tuple[Kind, ...] = ("wrong", "doubtful", "changed", "new", "known", "there", "out")
"""What somebody has to look at comes first."""

_SAME_ROW = "The same as row %(number)s."
_SECOND = "Another address of the organisation in row %(number)s: one more contact, with a link of its own."
_SHARED = "Row %(number)s has this address too: both would go to the same person."
_SHARED_THERE = "%(name)s is on the letter with this address: both go to the same person."
_ADDED = "On the letter without an address: this one is added."
_STAYS = "On the letter with %(email)s, which stays."
_THERE = "On the letter already."
_LIKE = "This may be %(name)s, which is in the directory."
_DIFFERS = "The directory has %(known)s."
_FROM = "In the directory."
_SILENT = "No email address yet."


@dataclass(frozen=True, slots=True)
class Draft:
    """A list that is looked through."""

    rows: tuple[Row, ...]
    left_out: frozenset[int] = frozenset()
    """The places of the rows that are not to be saved."""
    notes: tuple[Words, ...] = ()


class Reason(NamedTuple):
    """Why a row is what it is: in a field, or as a whole; and what the field could be instead."""

    said: Words
    field: str = ""
    instead: str = ""
    known: str = ""
    """The id of the organisation in the directory that may be meant."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A row, and what saving the list does with it."""

    place: int
    row: Row
    kind: Kind
    reasons: tuple[Reason, ...]
    cosigner: Cosigner
    """As it would be saved: what the directory knows fills in what was not typed."""
    act: Literal["add", "contact", "keep", ""] = ""
    """It is put on the letter, gives an organisation there its address, or is kept in the directory alone."""
    invitation: str = ""
    of: int = -1
    """The place of the row of the same organisation."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: how many were put on the letter, and how many there got an address."""

    added: int
    changed: int


# --- the list that is kept -----------------------------------------------------------------------------------------


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


_EXTRA = ("required", "known")


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


# --- changed in its table ------------------------------------------------------------------------------------------


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


# --- what becomes of each row --------------------------------------------------------------------------------------


class _There(NamedTuple):
    """An organisation that is on the letter."""

    id: str
    email: str
    name: str
    acronym: str
    signatory: str
    second_email: str

    @property
    def label(self) -> str:
        return self.acronym or self.name


@dataclass(slots=True)
class _OnLetter:
    """The organisations on a letter, by what they are called and by their addresses."""

    names: dict[str, _There] = field(default_factory=dict)
    acronyms: dict[str, list[_There]] = field(default_factory=dict)
    emails: dict[str, _There] = field(default_factory=dict)

    def same(self, cosigner: Cosigner) -> _There | None:
        """Return the one that is called so: by its name, or by an acronym that just one has."""
        folded = texts.folded(cosigner.organisation)
        found = self.names.get(folded)
        if found is not None:
            return found
        called = self.acronyms.get(folded) or self.acronyms.get(texts.folded(cosigner.acronym) or "-") or ()
        return called[0] if len(called) == 1 else None


def _on_letter(session: Transaction, letter_id: str) -> _OnLetter:
    query = (
        select(
            Invitation.id,
            Invitation.email,
            Organisation.name,
            Organisation.acronym,
            Invitation.signatory,
            Invitation.second_email,
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == letter_id)
        .order_by(Invitation.position)
    )
    found = _OnLetter()
    for one in session.execute(query):
        there = _There._make(one)
        found.names.setdefault(texts.folded(there.name), there)
        if there.acronym:
            found.acronyms.setdefault(texts.folded(there.acronym), []).append(there)
        if there.email:
            found.emails.setdefault(there.email.lower(), there)
    return found


def judge(session: Transaction, row: Letter, draft: Draft, member: User | None) -> list[Judged]:
    """Return what each row of a list is, and what saving does with it; a few statements, however many there are."""
    there = _on_letter(session, row.id)
    matches = directory.match(session, row.campaign_id, [one.cosigner for one in draft.rows], member)
    seen: dict[str, int] = {}
    addresses: dict[str, int] = {}
    judged: list[Judged] = []
    # Among rows that have addresses one without is a slip; a list of names alone is none.
    expected = 2 * sum(bool(one.cosigner.email) for one in draft.rows) > len(draft.rows)
    for place, (one, match) in enumerate(zip(draft.rows, matches, strict=True)):
        if place in draft.left_out:
            judged.append(Judged(place, one, "out", (), one.cosigner))
        elif one.wrong:
            reasons = tuple(Reason(p.said, p.field, p.instead) for p in one.wrong)
            judged.append(Judged(place, one, "wrong", (*reasons, *_doubts(one)), one.cosigner))
        else:
            judged.append(_judged(place, one, match, there, seen, addresses, draft.rows, expected))
    return judged


def _judged(
    place: int,
    row: Row,
    match: directory.Match,
    there: _OnLetter,
    seen: dict[str, int],
    addresses: dict[str, int],
    rows: Sequence[Row],
    expected: bool,
) -> Judged:
    cosigner = _completed(row.cosigner, match)
    doubts = _doubts(row)
    key, email = texts.folded(cosigner.organisation), cosigner.email.lower()
    first = seen.setdefault(key, place)
    if first != place:
        number = rows[first].number
        if not email or email == rows[first].cosigner.email.lower():
            said = Reason(lazy_gettext(_SAME_ROW, number=number))
            return Judged(place, row, "there", (said,), cosigner, of=first)
        said = Reason(lazy_gettext(_SECOND, number=number), "email")
        return Judged(place, row, "doubtful", (said, *doubts), cosigner, "keep", of=first)
    known = there.same(cosigner)
    if known is not None:
        return _already(place, row, cosigner, known, doubts)
    reasons = list(doubts)
    if email and addresses.setdefault(email, place) != place:
        reasons.append(Reason(lazy_gettext(_SHARED, number=rows[addresses[email]].number), "email"))
    other = there.emails.get(email) if email else None
    if other is not None:
        reasons.append(Reason(lazy_gettext(_SHARED_THERE, name=other.label), "email"))
    if match.how == "lookalike" and match.known is not None:
        why = (Reason(match.why),) if match.why else ()
        reasons += [Reason(lazy_gettext(_LIKE, name=match.known.name), known=match.known.id), *why]
    silent = () if cosigner.email else (Reason(lazy_gettext(_SILENT), "email"),)
    if reasons or (silent and expected):
        return Judged(place, row, "doubtful", (*reasons, *silent), cosigner, "add")
    if match.known is None:
        return Judged(place, row, "new", silent, cosigner, "add")
    differs = tuple(
        Reason(lazy_gettext(_DIFFERS, known=d.known), d.field) for d in match.differs if d.known and d.typed
    )
    if differs:
        return Judged(place, row, "changed", (*differs, *silent), cosigner, "add")
    return Judged(place, row, "known", (Reason(lazy_gettext(_FROM)), *silent), cosigner, "add")


def _already(place: int, row: Row, cosigner: Cosigner, known: _There, doubts: tuple[Reason, ...]) -> Judged:
    """Judge a row whose organisation is on the letter: all that it can do there is to fill in a missing address."""
    if not row.cosigner.email or row.cosigner.email.lower() in (known.email.lower(), known.second_email.lower()):
        return Judged(place, row, "there", (Reason(lazy_gettext(_THERE)),), cosigner, invitation=known.id)
    if known.email:
        said = Reason(lazy_gettext(_STAYS, email=known.email), "email")
        return Judged(place, row, "doubtful", (said, *doubts), cosigner, invitation=known.id)
    said = Reason(lazy_gettext(_ADDED), "email")
    kind: Kind = "doubtful" if doubts else "changed"
    return Judged(place, row, kind, (said, *doubts), row.cosigner, "contact", known.id)


def _doubts(row: Row) -> tuple[Reason, ...]:
    return tuple(Reason(p.said, p.field, p.instead) for p in row.doubtful)


def _completed(cosigner: Cosigner, match: directory.Match) -> Cosigner:
    """Return a co-signer with what the directory knows where nothing was typed."""
    known = match.known
    if known is None or match.how == "lookalike":
        return cosigner
    link, signs = known.link_contact, known.signatory
    return replace(
        cosigner,
        known=known.id,
        acronym=cosigner.acronym or known.acronym,
        email=cosigner.email or (link.email if link else ""),
        signatory=cosigner.signatory or (signs.name if signs else ""),
        title=cosigner.title or (signs.title if signs and not cosigner.signatory else ""),
    )


def counted(judged: Sequence[Judged]) -> dict[str, int]:
    """Return how many rows are of each kind."""
    found = Counter(one.kind for one in judged)
    return {kind: found[kind] for kind in KINDS}


# --- saved ---------------------------------------------------------------------------------------------------------


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
