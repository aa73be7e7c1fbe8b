"""The email of a morning: what happened in somebody's letters since the last one, and what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflow.languages import Message, comma, in_zone, joined, lazy_gettext, lazy_ngettext
from workflow.mails.audiences import STAFF
from workflow.mails.happened import DUE, KINDS, NEEDS, InLetter, Told, happened
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, User
from workflow.names import number_of_others
from workflow.transaction import Transaction

MOST_LETTERS = 12
"""So many letters are told one by one, what needs somebody first; the others are counted."""
MOST_NAMES = 4
"""So many organisations a line names."""

SAID: dict[str, Callable[[int], Message]] = {
    "undelivered": lambda n: lazy_ngettext("%(num)s letter not delivered", "%(num)s letters not delivered", n),
    "returned": lambda n: lazy_ngettext("%(num)s email returned", "%(num)s emails returned", n),
    "time": lambda n: lazy_ngettext("%(num)s asks for more time", "%(num)s ask for more time", n),
    "misplaced": lambda n: lazy_ngettext("%(num)s says it isn’t for them", "%(num)s say it isn’t for them", n),
    "replies": lambda n: lazy_ngettext("%(num)s reply by email", "%(num)s replies by email", n),
    "joins": lambda n: lazy_ngettext("%(num)s request to join", "%(num)s requests to join", n),
    "conditions": lambda n: lazy_ngettext("%(num)s would sign with a change", "%(num)s would sign with a change", n),
    "suggestions": lambda n: lazy_ngettext("%(num)s suggestion", "%(num)s suggestions", n),
    "comments": lambda n: lazy_ngettext("%(num)s comment", "%(num)s comments", n),
    "deadline": lambda n: lazy_ngettext("%(num)s deadline", "%(num)s deadlines", n),
    "dispatch": lambda n: lazy_ngettext("%(num)s letter to be sent", "%(num)s letters to be sent", n),
    "objections": lambda n: lazy_ngettext("%(num)s correction to object to", "%(num)s corrections to object to", n),
    "reply_due": lambda n: lazy_ngettext("%(num)s reply due", "%(num)s replies due", n),
    "office": lambda n: lazy_ngettext("%(num)s reply from a recipient", "%(num)s replies from recipients", n),
    "sent": lambda n: lazy_ngettext("%(num)s letter delivered", "%(num)s letters delivered", n),
    "retracted": lambda n: lazy_ngettext("%(num)s withdrew its signature", "%(num)s withdrew their signatures", n),
    "declined": lambda n: lazy_ngettext("%(num)s declined", "%(num)s declined", n),
    "handed_over": lambda n: lazy_ngettext(
        "%(num)s passed on its invitation", "%(num)s passed on their invitations", n
    ),
    "lapsed": lambda n: lazy_ngettext("%(num)s let the deadline pass", "%(num)s let the deadline pass", n),
    "proposals": lambda n: lazy_ngettext(
        "%(num)s signature waits for a colleague’s confirmation",
        "%(num)s signatures wait for a colleague’s confirmation",
        n,
    ),
    "signed": lambda n: lazy_ngettext("%(num)s signed", "%(num)s signed", n),
    "corrected": lambda n: lazy_ngettext("%(num)s corrected a printed name", "%(num)s corrected a printed name", n),
}
"""How much there is of each kind."""

WHEN: dict[str, tuple[Message, Message]] = {
    "deadline": (lazy_gettext("Deadline"), lazy_gettext("The deadline passed")),
    "dispatch": (lazy_gettext("The letter will be sent"), lazy_gettext("The letter was to be sent")),
    "objections": (lazy_gettext("Time to object ends"), lazy_gettext("Time to object ended")),
    "reply_due": (
        lazy_gettext("A reply from the recipient is due"),
        lazy_gettext("A reply from the recipient was due"),
    ),
}
"""What is due, before its time and after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that is told of a letter: what, and of whom or when."""

    what: str
    more: str = ""
    is_need: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTold:
    """What is told of one letter."""

    title: str
    campaign: str
    link: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest(MailData):
    """What the mail says."""

    since: str
    counts: tuple[str, ...]
    """How much there is of each kind, over all letters."""
    letters: tuple[LetterTold, ...]
    others: int
    """How many more letters there are than are told."""
    link: str
    """The address of the first page."""
    stop: str
    """The address that stops it."""


@mail("digest", "email of the morning", STAFF, stops=True)
def digest(source: Source) -> Digest:
    """Say what happened in the stretch of time that it is of, and what is due, as it stands now."""
    about, url = source.about, source.settings.public_url
    since, until = datetime.fromisoformat(about["since"]), datetime.fromisoformat(about["until"])
    found = happened(source.session, about["user"], since, until)
    return Digest(
        since=in_zone(since, about["zone"], source.language),
        counts=_counts(found, source.language),
        letters=tuple(_told(source, one, until) for one in found[:MOST_LETTERS]),
        others=max(0, len(found) - MOST_LETTERS),
        link=f"{url}/",
        stop=source.stop,
    )


def _counts(found: Sequence[InLetter], language: str) -> tuple[str, ...]:
    numbers = {kind: sum(one.kinds[kind].count for one in found if kind in one.kinds) for kind in KINDS}
    return tuple(SAID[kind](number).translate(language) for kind, number in numbers.items() if number)


def _told(source: Source, one: InLetter, until: datetime) -> LetterTold:
    lines = (_line(source, kind, one, until) for kind in KINDS if kind in one.kinds)
    return LetterTold(
        title=one.letter.title,
        campaign=one.letter.campaign.name,
        link=f"{source.settings.public_url}/letters/{one.letter.id}",
        lines=tuple(lines),
    )


def _line(source: Source, kind: str, one: InLetter, until: datetime) -> Line:
    told = one.kinds[kind]
    if kind not in DUE or told.at is None:
        return Line(
            what=SAID[kind](told.count).translate(source.language), more=_names(source, told), is_need=kind in NEEDS
        )
    before, after = WHEN[kind]
    return Line(
        what=(before if told.at > until else after).translate(source.language),
        more=f"{comma(source.language)} ".join(_when(source, kind, one, told.at)),
        is_need=kind == "deadline" and one.silent > 0,
    )


def _names(source: Source, told: Told) -> str:
    names = [source.apart(name) for name in tuple(told.who)[:MOST_NAMES]]
    if others := len(told.who) - len(names):
        names.append(number_of_others(others, source.language))
    return joined(names, source.language)


def _when(source: Source, kind: str, one: InLetter, at: datetime) -> Iterable[str]:
    yield in_zone(at, source.about["zone"], source.language)
    if kind == "deadline" and one.silent:
        silent = lazy_ngettext("%(num)s has not answered", "%(num)s have not answered", one.silent)
        yield silent.translate(source.language)


def queue(session: Transaction, user: User, zone: str, since: datetime, until: datetime) -> Delivery:
    """Queue that of a member of staff; there is one that begins at a time, however often this is tried."""
    about = {
        "user": user.id,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "zone": zone,
        "language": user.language,
    }
    return digest.queue(session, user.email, f"digest:{user.id}:{since.isoformat()}", about)
