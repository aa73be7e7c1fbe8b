"""What each row of a list is, and what saving does with it: asked of the letter and the directory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from sqlalchemy import select

from workflow.campaigns import directory
from workflow.campaigns.lists.kept import Draft
from workflow.imports.cosigner_lists import Row
from workflow.languages import Words, lazy_gettext, marked
from workflow.letter import text as texts
from workflow.letter.text import Cosigner
from workflow.models import Invitation, Letter, Organisation, User
from workflow.transaction import Transaction

Kind = Literal["wrong", "doubtful", "changed", "new", "known", "there", "out"]

KINDS: tuple[Kind, ...] = ("wrong", "doubtful", "changed", "new", "known", "there", "out")
"""What somebody has to look at comes first."""

FILLED = ("email", "signatory", "title", "contact_name", "country", "language", "timezone")
"""What a row gives an organisation that is on the letter without it."""

_SAME_ROW = marked("The same as row %(number)s.")
_SECOND = marked("Another address of the organisation in row %(number)s: one more contact, with a link of its own.")
_SHARED = marked("Row %(number)s has this address too: both would go to the same person.")
_SHARED_THERE = marked("%(name)s is on the letter with this address: both go to the same person.")
_ADDED = marked("On the letter without an address: this one is added.")
_LACKED = marked("On the letter already: what it lacks there is added.")
_STAYS = marked("On the letter with %(email)s, which stays.")
_THERE = marked("On the letter already.")
_LIKE = marked("This may be %(name)s, which is in the directory.")
_DIFFERS = marked("The directory has %(known)s.")
_FROM = marked("In the directory.")
_SILENT = marked("No email address yet.")


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
    """It is put on the letter, gives an organisation there what it lacks, or is kept in the directory alone."""
    invitation: str = ""
    of: int = -1
    """The place of the row of the same organisation."""
    lacked: Mapping[str, str] = field(default_factory=dict)
    """What it gives an organisation that is on the letter, by the field as `Cosigner` calls it."""


class _There(NamedTuple):
    """An organisation that is on the letter."""

    id: str
    email: str
    name: str
    acronym: str
    signatory: str
    second_email: str
    title: str
    contact_name: str
    country: str
    language: str
    timezone: str

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
            Invitation.signatory_title,
            Invitation.contact_name,
            Organisation.country,
            Invitation.language,
            Invitation.timezone,
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
    """Judge a row whose organisation is on the letter: all that it can do there is to fill in what is missing."""
    lacked = _lacked(row.cosigner, known)
    stays = known.email and row.cosigner.email.lower() not in ("", known.email.lower(), known.second_email.lower())
    if not lacked and not stays:
        return Judged(place, row, "there", (Reason(lazy_gettext(_THERE)),), cosigner, invitation=known.id)
    reasons = [Reason(lazy_gettext(_STAYS, email=known.email), "email")] if stays else []
    if "email" in lacked:
        reasons.append(Reason(lazy_gettext(_ADDED), "email"))
    reasons += [Reason(lazy_gettext(_LACKED), name) for name in lacked if name != "email"][:1]
    kind: Kind = "doubtful" if doubts or stays else "changed"
    if not lacked:
        return Judged(place, row, kind, (*reasons, *doubts), cosigner, invitation=known.id)
    return Judged(place, row, kind, (*reasons, *doubts), row.cosigner, "contact", known.id, lacked=lacked)


def _lacked(typed_in: Cosigner, known: _There) -> dict[str, str]:
    """Return what was typed of an organisation that it lacks on the letter; nobody gets the title of somebody else."""
    found = {name: getattr(typed_in, name) for name in FILLED if getattr(typed_in, name) and not getattr(known, name)}
    if known.signatory and texts.folded(typed_in.signatory) not in ("", texts.folded(known.signatory)):
        found.pop("title", None)
    return found


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
