"""What the page “Check the letter” shows: the lines of the source, and beside them what the draft has of them now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from flask import url_for
from markupsafe import Markup, escape
from sqlalchemy import select

from workflow import documents
from workflow.campaigns import intake
from workflow.campaigns.intake import Missing
from workflow.languages import Words, lazy_gettext
from workflow.letter import text as texts
from workflow.models import Invitation, Letter, Organisation
from workflow.pages.i18n import get_locale, with_title
from workflow.pages.staff import head
from workflow.pages.staff.head import Head
from workflow.states.permissions import allowed
from workflow.transaction import Transaction

if TYPE_CHECKING:
    from workflow.imports.doubts import Doubt

LABELS: Mapping[str, Words] = {
    "date": lazy_gettext("Place and date"),
    "subject": lazy_gettext("Subject"),
    "recipient": lazy_gettext("Recipient"),
    "salutation": lazy_gettext("Greeting"),
    "body": lazy_gettext("Text"),
    "closing": lazy_gettext("Closing"),
    "cosigner": lazy_gettext("Co-signer"),
}
FIELDS = {"date": "date", "subject": "subject", "salutation": "salutation", "body": "body", "closing": "closing"}
"""Where on the draft's page each part is edited."""
CHOICES: Mapping[str, Words] = {
    "split": lazy_gettext("Split"),
    "join": lazy_gettext("Join"),
    "close": lazy_gettext("Join the word"),
    "other": lazy_gettext("Use the other date"),
    "fine": lazy_gettext("Fine"),
}
PLACES: Mapping[str, Words] = {
    "fine": lazy_gettext("Not part of the letter"),
    "text": lazy_gettext("A paragraph of the text"),
    "heading": lazy_gettext("A heading"),
    "recipient": lazy_gettext("A recipient"),
    "cosigner": lazy_gettext("A co-signer"),
}
MOST_LINES = 40
"""Lines of one run that are shown; of the others it is said how many there are."""
MOST_RUNS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One part of the draft: what it is, what it says now, and where it is edited."""

    label: Words
    content: Markup
    edit: str
    changed: bool = False
    """It is not as it was read any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtRow:
    """A doubt, with the buttons that settle it, or the places that its lines can be given."""

    id: str
    sentence: Words
    buttons: Mapping[str, Words]
    places: Mapping[str, Words]
    edit: str
    """Where a part that is missing is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Lines of the source that stand together, what they became, and what is doubtful there."""

    lines: tuple[tuple[int, str], ...]
    more: int
    """Lines of it that are not shown."""
    parts: tuple[Shown, ...]
    doubts: tuple[DoubtRow, ...]
    goes_on: bool
    """It is a part that began further above."""
    is_gone: bool
    """What was made of it is not in the draft any more, or is part of what stands above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage:
    """The page of a letter's source."""

    head: Head
    version: int
    digest: str
    name: str
    has_source: bool
    unsettled: int
    doubts: tuple[DoubtRow, ...]
    """Those that are about the whole."""
    runs: tuple[Run, ...]
    more_runs: int
    added: tuple[Shown, ...]
    """What the draft has besides."""
    missing: Missing
    first_unaddressed: int
    """The number of the first recipient without an address."""
    may_edit: bool


def of(session: Transaction, letter: Letter) -> CheckPage:
    """Return the page of a letter, for a coordinator."""
    kept = intake.of(session, letter)
    open_ones = intake.unsettled(session, letter)
    rows = [(tuple(one["lines"]), _row(letter, one)) for one in open_ones]
    now = _now(session, letter)
    found = _Aligned(kept.parts if kept else [], now)
    source = kept.source.split("\n") if kept and kept.source else []
    runs = _runs(source, kept.parts if kept else [], found, rows)
    shown = runs[:MOST_RUNS]
    there = {doubt.id for run in shown for doubt in run.doubts}
    return CheckPage(
        head=head.of(letter, True),
        version=letter.version,
        digest=letter.text().digest(),
        name=kept.name if kept else "",
        has_source=bool(source),
        unsettled=len(open_ones),
        doubts=tuple(row for _, row in rows if row.id not in there),
        runs=tuple(shown),
        more_runs=sum(len(run.lines) + run.more for run in runs[MOST_RUNS:]),
        added=tuple(found.added),
        missing=intake.missing(session, letter),
        first_unaddressed=next((n for n, one in enumerate(letter.recipients, 1) if not one.email), 0),
        may_edit="edit" in allowed(letter.state),
    )


# --- doubts -----------------------------------------------------------------------------------------------------------


def _row(letter: Letter, kept: Mapping[str, Any]) -> DoubtRow:
    doubt = intake.read_doubt(kept)
    is_placed = "recipient" in doubt.choices
    named = {**CHOICES, "heading": PLACES["heading"], "text": PLACES["text"]}
    return DoubtRow(
        id=kept["id"],
        sentence=_with_days(doubt).sentence,
        buttons={} if is_placed else {choice: named[choice] for choice in doubt.choices},
        places={choice: said for choice, said in PLACES.items() if is_placed and choice in doubt.choices},
        edit=_edit(letter, doubt.misses) if doubt.misses else "",
    )


def _with_days(doubt: Doubt) -> Doubt:
    """Return a doubt about a date with its days in words."""
    from babel.dates import format_date

    if doubt.kind != "two_dates":
        return doubt
    language = get_locale()
    form = "d MMMM y" if language == "en" else "long"
    days = {of: format_date(date.fromisoformat(doubt.values[of]), form, language) for of in ("day", "other")}
    return replace(doubt, values={**doubt.values, **days})


def _edit(letter: Letter, kind: str, number: int = 0) -> str:
    if kind == "cosigner":
        return url_for("invitations.show", letter_id=letter.id)
    anchor = FIELDS.get(kind, f"recipient-{number or 1}-name")
    return url_for("draft.show", letter_id=letter.id, _anchor=f"draft-{anchor}")


# --- what the draft has now -------------------------------------------------------------------------------------------


def _now(session: Transaction, letter: Letter) -> dict[str, list[tuple[str, Shown]]]:
    """Return the parts of the draft by kind: what each is known by, and how it is shown."""
    made = intake.made_of(session, letter)
    found = {
        kind: [(words, _shown(letter, kind, words, number)) for number, words in enumerate(made[kind], 1)]
        for kind in LABELS
        if kind != "cosigner"
    }
    if letter.date:
        said = documents.dateline(letter.place, letter.date, letter.language)
        found["date"] = [(made["date"][0], replace(found["date"][0][1], content=escape(said)))]
    return {**found, "cosigner": [*_cosigners(session, letter)]}


def _shown(letter: Letter, kind: str, words: str, number: int) -> Shown:
    content = Markup(texts.to_html(words)) if kind == "body" else _lines(words.split("\n"))
    return Shown(label=LABELS[kind], content=content, edit=_edit(letter, kind, number))


def _lines(lines: Sequence[str]) -> Markup:
    return Markup("<br>").join(lines)


def _cosigners(session: Transaction, letter: Letter) -> Iterator[tuple[str, Shown]]:
    query = (
        select(
            Invitation.id, Organisation.name, Organisation.acronym, Invitation.signatory, Invitation.signatory_title,
            Invitation.email,
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == letter.id)
        .order_by(Invitation.position)
    )  # fmt: skip
    for one in session.execute(query):
        name = f"{one.name} ({one.acronym})" if one.acronym else one.name
        person = with_title(one.signatory, one.signatory_title)
        content = _lines([line for line in (name, person, one.email) if line])
        edit = url_for("invitations.one", letter_id=letter.id, invitation_id=one.id)
        yield one.id, Shown(label=LABELS["cosigner"], content=content, edit=edit)


@dataclass
class _Aligned:
    """Which part of the draft comes from which part of the source, though it was edited since."""

    parts: Sequence[Mapping[str, Any]]
    now: Mapping[str, Sequence[tuple[str, Shown]]]
    by_part: dict[int, list[Shown]] = field(default_factory=dict)
    added: list[Shown] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind, there in self.now.items():
            self._align([n for n, part in enumerate(self.parts) if part["kind"] == kind], there)

    def _align(self, numbers: Sequence[int], there: Sequence[tuple[str, Shown]]) -> None:
        was = [self.parts[number]["words"] for number in numbers]
        matcher = SequenceMatcher(None, was, [words for words, _ in there], autojunk=False)
        for tag, start, end, first, last in matcher.get_opcodes():
            shown = [one if tag == "equal" else replace(one, changed=True) for _, one in there[first:last]]
            if not numbers:
                self.added += [one for _, one in there]
                return
            here = numbers[start:end] or [numbers[max(0, start - 1)]]
            for position, one in enumerate(shown):
                self.by_part.setdefault(here[min(position, len(here) - 1)], []).append(one)


# --- runs of lines ----------------------------------------------------------------------------------------------------


def _runs(
    source: Sequence[str],
    parts: Sequence[Mapping[str, Any]],
    found: _Aligned,
    doubts: Sequence[tuple[tuple[int, ...], DoubtRow]],
) -> list[Run]:
    owners: dict[int, list[int]] = {}
    for number, part in enumerate(parts):
        for line in part["lines"]:
            owners.setdefault(line, []).append(number)
    grouped: list[tuple[list[int], list[int]]] = []
    for line, words in enumerate(source, 1):
        own = owners.get(line, [])
        if words.strip() and (not grouped or grouped[-1][1] != own):
            grouped.append(([], own))
        if grouped:
            grouped[-1][0].append(line)
    begun: set[int] = set()
    runs: list[Run] = []
    for lines, own in grouped:
        last = max(line for line in lines if source[line - 1].strip())
        lines = [line for line in lines if line <= last]
        new = [number for number in own if number not in begun]
        begun.update(new)
        runs.append(
            Run(
                lines=tuple((line, source[line - 1].rstrip()) for line in lines[:MOST_LINES]),
                more=len(lines[MOST_LINES:]),
                parts=tuple(one for number in new for one in found.by_part.get(number, ())),
                doubts=tuple(row for at, row in doubts if at and at[0] in lines),
                goes_on=bool(own) and not new,
                is_gone=bool(new) and not any(number in found.by_part for number in new),
            )
        )
    return runs
