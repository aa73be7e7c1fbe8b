"""Who agreed to what: for each printed name the version, the moment, on what it rests, and what was unusual."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from workflow.campaigns.roster import Signed, roster
from workflow.history import Entry, actions, reading
from workflow.history.report import blocks, word
from workflow.history.report.blocks import Block, Document, plain
from workflow.models import Invitation, Letter, Organisation, Signoff
from workflow.pages import history_view
from workflow.pages.desk.exports import csv_lines
from workflow.pages.i18n import get_locale, gettext, ngettext, translate, with_title
from workflow.pages.staff import times, words
from workflow.transaction import Transaction

ON_A_PAGE = 200
MOST_WHO_SAID_NO = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """One name that is printed, and what it rests on."""

    number: int
    sequence: int
    invitation: str
    organisation: str
    name: str
    title: str
    expected: str
    """Who was expected to sign, where somebody else's name was typed."""
    version: int | None
    digest: str
    at: str
    moment: datetime
    basis: str
    link: str
    used: str
    """When the link was first opened, and by what."""
    odd: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """An organisation that declined, or took its signature back."""

    invitation: str
    organisation: str
    said: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Those whose names are printed, those that said no, and how many there are whose names are withheld."""

    rows: tuple[Agreed, ...]
    total: int
    start: int
    others: tuple[Other, ...]
    withheld: str
    waiting: str
    previous: int | None
    next: int | None


def page(session: Transaction, letter: Letter, start: int) -> Page:
    """Return a page of the table, from the row of this number on."""
    signed = roster(session, letter)
    start = start if 0 <= start < len(signed.printed) else 0
    some = signed.printed[start : start + ON_A_PAGE]
    end = start + len(some)
    return Page(
        rows=tuple(_rows(session, letter, some, start)),
        total=len(signed.printed),
        start=start,
        others=_others(session, letter),
        withheld=_withheld(signed.withheld),
        waiting=_waiting(session, letter),
        previous=max(0, start - ON_A_PAGE) if start else None,
        next=end if end < len(signed.printed) else None,
    )


def every(session: Transaction, letter: Letter) -> Iterator[Agreed]:
    """Give all rows, in the order in which the names are printed."""
    printed = roster(session, letter).printed
    for start in range(0, len(printed), ON_A_PAGE):
        yield from _rows(session, letter, printed[start : start + ON_A_PAGE], start)


def _rows(session: Transaction, letter: Letter, some: Sequence[Signed], start: int) -> Iterator[Agreed]:
    entries = {one.sequence: one for one in reading.read(session, letter.id, [one.sequence for one in some])}
    numbers = {digest: number for number, digest in history_view.revisions(session, letter)}
    given = {"ids": [one.id for one in some]}
    more = {row.id: row for row in session.execute(_asked(), given)} if some else {}
    for number, one in enumerate(some, start + 1):
        row, entry = more[one.id], entries.get(one.sequence)
        yield Agreed(
            number=number,
            sequence=one.sequence,
            invitation=one.invitation_id,
            organisation=one.organisation if not one.individual else "",
            name=one.name,
            title=one.title,
            expected=_expected(row, one),
            version=numbers.get(row.digest),
            digest=row.digest,
            at=times.said(one.signed_at, letter),
            moment=one.signed_at,
            basis=_basis(row.basis, entry),
            link=str(row.link_id or "")[:8],
            used=_used(entry, letter),
            odd=history_view.odd(entry.about) if entry else "",
        )


def _expected(row: Any, one: Signed) -> str:
    """Return who was expected to sign, where it is not who was typed; what was not known is not compared."""
    known = [(row.signatory, one.name), (row.signatory_title, one.title)]
    if all(expected == typed or not expected for expected, typed in known):
        return ""
    return with_title(row.signatory, row.signatory_title)


@functools.cache
def _asked() -> Select[*tuple[Any, ...]]:
    columns = (Signoff.id, Signoff.digest, Signoff.basis, Signoff.link_id)
    query = select(*columns, Invitation.signatory, Invitation.signatory_title)
    query = query.join(Invitation, Invitation.id == Signoff.invitation_id)
    return query.where(Signoff.id.in_(bindparam("ids", expanding=True)), Invitation.confidential.is_(False))


def _basis(basis: str, entry: Entry | None) -> str:
    if entry is not None and entry.action == actions.InvitationStayed.NAME:
        return gettext("did not object to a minor correction; signed the version before it")
    if entry is not None and entry.action == actions.InvitationFulfilled.NAME:
        said = gettext("agreed to exactly this text before it was there, with a suggested change")
        with_code = entry.about.get("code_required")
        return gettext("%(said)s, with a code by email") % {"said": said} if with_code else said
    confirms = entry is not None and entry.about.get("confirms") is not None
    said = gettext("confirmed this version") if confirms else gettext("signed this version")
    with_code = entry is not None and entry.about.get("code_required")
    return gettext("%(said)s, with a code by email") % {"said": said} if with_code else said


def _used(entry: Entry | None, letter: Letter) -> str:
    """When the link was first opened, and by what: mail filters open links too, so nothing is decided by it."""
    opened = entry.about.get("fetched_at") if entry else None
    if not isinstance(opened, str):
        return ""
    try:
        when = times.said(datetime.fromisoformat(opened), letter)
    except ValueError:
        return ""
    by_program = entry is not None and entry.about.get("fetched_by") == "software"
    said = gettext("link first opened by a program, %(when)s") if by_program else gettext("link first opened %(when)s")
    return said % {"when": when}


# --- who said no, and who is not named --------------------------------------------------------------------------------


def _others(session: Transaction, letter: Letter) -> tuple[Other, ...]:
    columns = (Invitation.id, Invitation.state, Invitation.reason, Invitation.answered_at)
    query = select(*columns, Organisation.name, Organisation.acronym)
    query = query.join(Organisation, Organisation.id == Invitation.organisation_id)
    said_no = Invitation.has_declined | Invitation.has_retracted
    query = query.where(Invitation.letter_id == letter.id, Invitation.confidential.is_(False), said_no)
    rows = session.execute(query.order_by(Invitation.position).limit(MOST_WHO_SAID_NO))
    return tuple(
        Other(
            invitation=row.id,
            organisation=row.acronym or row.name,
            said=str(translate(words.INVITATION[row.state])),
            reason=row.reason or "",
            at=times.said(row.answered_at, letter) if row.answered_at else "",
        )
        for row in rows
    )


def _withheld(number: int) -> str:
    if not number:
        return ""
    said = ngettext("%(num)s organisation, name withheld", "%(num)s organisations, names withheld", number)
    return said % {"num": f"{number:,}"}


def _waiting(session: Transaction, letter: Letter) -> str:
    query = select(func.count()).where(Invitation.letter_id == letter.id, Invitation.is_invited)
    number = session.scalar(query) or 0
    said = ngettext("%(num)s organisation has not answered", "%(num)s organisations have not answered", number)
    return said % {"num": f"{number:,}"} if number else ""


# --- taken along ------------------------------------------------------------------------------------------------------

HEADINGS = (
    "no",
    "organisation",
    "name",
    "title",
    "expected",
    "version",
    "fingerprint",
    "time",
    "basis",
    "link",
    "opened",
    "unusual",
    "entry",
)


def _cells(row: Agreed) -> tuple[str, ...]:
    version = str(row.version or "")
    when = row.moment.isoformat(timespec="seconds")
    person = (row.organisation, row.name, row.title, row.expected)
    rest = (version, row.digest, when, row.basis, row.link, row.used, row.odd, str(row.sequence))
    return (str(row.number), *person, *rest)


def as_csv(session: Transaction, letter: Letter) -> Iterator[bytes]:
    """Give the table as CSV, those that said no below it."""

    def cells() -> Iterator[tuple[str, ...]]:
        yield from map(_cells, every(session, letter))
        known = page(session, letter, 0)
        empty = [""] * (len(HEADINGS) - 4)
        yield from (("", one.organisation, one.said, one.reason, *empty) for one in known.others)
        if known.withheld:
            yield ("", known.withheld, "", "", *empty)

    yield from csv_lines(HEADINGS, cells())


def as_json(session: Transaction, letter: Letter) -> Iterator[bytes]:
    """Give the same as one JSON document."""
    known = page(session, letter, 0)
    agreed = [dict(zip(HEADINGS, _cells(row), strict=True)) for row in every(session, letter)]
    others = [asdict(one) for one in known.others]
    made = {"letter": letter.id, "agreed": agreed, "others": others, "withheld": roster(session, letter).withheld}
    yield json.dumps(made, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def as_word(session: Transaction, letter: Letter) -> Iterator[bytes]:
    """Give the same as a Word document."""
    known, rows = page(session, letter, 0), []
    for row in every(session, letter):
        who = [plain(row.organisation, "strong"), plain(with_title(row.name, row.title))]
        if row.expected:
            who.append(plain(gettext("expected: %(who)s") % {"who": row.expected}, "soft"))
        text = [plain(gettext("version %(number)s") % {"number": row.version}), plain(row.digest[:12], "mono")]
        how = [plain(row.basis), *([plain(row.odd, "soft")] if row.odd else [])]
        cells = ((plain(str(row.number)),), tuple(who), tuple(text), (plain(row.at),), tuple(how))
        rows.append((*cells, (plain(str(row.sequence)),)))
    heads = (gettext("No."), gettext("Who"), gettext("Text"), gettext("When"), gettext("How"), gettext("Entry"))
    made: list[Block] = [blocks.Heading(gettext("Who agreed to what: “%(title)s”") % {"title": letter.title}, 1)]
    made.append(blocks.Table(heads, tuple(rows), (6, 32, 14, 20, 20, 8)))
    for one in known.others:
        said = f"{one.organisation}: {one.said}" + (f" “{one.reason}”" if one.reason else "")
        made.append(blocks.Paragraph(plain(said), "item"))
    if known.withheld:
        made.append(blocks.Paragraph(plain(known.withheld), "note"))
    yield word.written(Document(letter.title, get_locale(), tuple(made)))


FORMS = {"csv": as_csv, "json": as_json, "docx": as_word}
