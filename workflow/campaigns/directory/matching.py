"""Which organisations of the directory are meant by what was typed, and which it may be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from workflow.campaigns.directory import alike, reading, seeing
from workflow.campaigns.directory.reading import Known
from workflow.languages import Message, lazy_gettext
from workflow.letter import text as texts
from workflow.models import Contact, KnownOrganisation, User
from workflow.transaction import Transaction

How = Literal["same", "changed", "lookalike", "new"]

SAME_NAME = lazy_gettext("The same name")
SAME_ACRONYM = lazy_gettext("The same acronym")
SAME_ADDRESS = lazy_gettext("The same email address")
SAME_DOMAIN = lazy_gettext("Email addresses of the same domain")
SAME_WORDS = lazy_gettext("The same words in another order")
NEAR = lazy_gettext("Nearly the same name")
REASONS = (SAME_NAME, SAME_WORDS, NEAR, SAME_ADDRESS, SAME_ACRONYM, SAME_DOMAIN)
"""The strongest first."""


class Difference(NamedTuple):
    """A field in which what was typed is not what the directory says."""

    field: str
    """As `texts.Cosigner` calls it."""
    known: str
    typed: str


@dataclass(frozen=True, slots=True)
class Match:
    """What the directory knows of an organisation that was typed."""

    known: Known | None
    how: How
    """`same`; `changed`: known, but for what `differs`; `lookalike`: may be it, for a person to say; `new`."""
    differs: tuple[Difference, ...] = ()
    why: Message | None = None
    """Why it may be that one."""


NEW = Match(None, "new")


def match(
    session: Transaction, campaign_id: str, cosigners: Sequence[texts.Cosigner], member: User | None = None
) -> list[Match]:
    """
    Return for each co-signer which organisation it is; a few statements, however many there are.

    Compared with what the campaign sees, and where a member is named, with what they see as a coordinator of others:
    who takes one of those gives the co-signer its id (`known`), for nothing is shared between campaigns otherwise.
    """
    near = seeing.within(campaign_id) if campaign_id else false()
    return match_with(reading.read(session, or_(near, theirs(member)) if member else near), cosigners)


def theirs(member: User) -> ColumnElement[bool]:
    """Return the condition that a member sees an organisation as a coordinator; being an admin is no reason."""
    return and_(seeing.is_living(), seeing.of_campaigns(seeing.campaigns_of(member, "coordinator")))


def match_with(known: Sequence[Known], cosigners: Sequence[texts.Cosigner]) -> list[Match]:
    """Return for each co-signer which of these organisations it is."""
    index = Index(known)
    return [index.match(cosigner) for cosigner in cosigners]


class Index:
    """Organisations, to be found by whatever they have in common with what was typed."""

    def __init__(self, known: Sequence[Known]) -> None:
        self.known = known
        self._by_id = {one.id: number for number, one in enumerate(known)}
        self._names: defaultdict[str, list[int]] = defaultdict(list)
        self._acronyms: defaultdict[str, list[int]] = defaultdict(list)
        self._emails: defaultdict[str, list[int]] = defaultdict(list)
        self._domains: defaultdict[str, set[int]] = defaultdict(set)
        self._words: defaultdict[str, list[int]] = defaultdict(list)
        self._near = alike.Names()
        for number, one in enumerate(known):
            for name in names_of(one):
                self._names[name].append(number)
                self._words[alike.words_key(name)].append(number)
                self._near.add(number, name)
            if one.acronym:
                self._acronyms[texts.folded(one.acronym)].append(number)
            for person in one.contacts:
                if person.email:
                    self._emails[person.email.lower()].append(number)
                    self._domains[alike.domain(person.email)].add(number)
        self._domains.pop("", None)

    def match(self, cosigner: texts.Cosigner) -> Match:
        """Return which one a co-signer is."""
        number = self._same(cosigner)
        if number is not None:
            differs = tuple(_differences(self.known[number], cosigner))
            return Match(self.known[number], "changed" if differs else "same", differs)
        emails = [cosigner.email] if cosigner.email else []
        folded, acronym = texts.folded(cosigner.organisation), texts.folded(cosigner.acronym)
        like = self.alike([folded] if folded else [], acronym, emails)
        if not like:
            return NEW
        number, why = next(iter(like.items()))
        return Match(self.known[number], "lookalike", tuple(_differences(self.known[number], cosigner)), why)

    def _same(self, cosigner: texts.Cosigner) -> int | None:
        """The one that was chosen, or that is called so; of several, the one that is written to there."""
        if cosigner.known in self._by_id:
            return self._by_id[cosigner.known]
        typed = texts.folded(cosigner.organisation) or texts.folded(cosigner.acronym)
        named = self._names.get(typed) or []
        if not named:
            # Somebody typed the acronym for the name: it is the one that has it, where there is just one.
            called = self._acronyms.get(typed, ())
            return called[0] if len(called) == 1 and self._agrees(called[0], cosigner) else None
        written_to = [number for number in self._emails.get(cosigner.email.lower(), ()) if number in named]
        return (written_to or named)[0]

    def _agrees(self, number: int, cosigner: texts.Cosigner) -> bool:
        acronym = texts.folded(cosigner.acronym)
        return acronym in ("", texts.folded(self.known[number].acronym))

    def alike(self, names: Sequence[str], acronym: str, emails: Sequence[str]) -> dict[int, Message]:
        """Return the numbers of those that folded names and addresses may mean, with why; the likeliest first."""
        found: dict[int, Message] = {}

        def add(numbers: Sequence[int] | set[int], why: Message) -> None:
            if len(numbers) <= alike.MOST_ALIKE:
                for number in sorted(numbers):
                    found.setdefault(number, why)

        for name in names:
            add(self._names.get(name, ()), SAME_NAME)
        for name in names:
            add(self._words.get(alike.words_key(name), ()), SAME_WORDS)
            add(self._near.near(name), NEAR)
        for email in emails:
            add(self._emails.get(email.lower(), ()), SAME_ADDRESS)
        for name in names:
            add(self._acronyms.get(name, ()), SAME_ACRONYM)
        if acronym:
            add(self._acronyms.get(acronym, ()), SAME_ACRONYM)
            add(self._names.get(acronym, ()), SAME_ACRONYM)
        for email in emails:
            sharing = self._domains.get(alike.domain(email), set())
            if len(sharing) <= alike.MOST_SHARED:
                add(sharing, SAME_DOMAIN)
        return found

    def like(self, number: int) -> dict[int, Message]:
        """Return the numbers of those that may be the same as one of them."""
        one = self.known[number]
        emails = [person.email for person in one.contacts if person.email]
        found = self.alike(names_of(one), texts.folded(one.acronym), emails)
        found.pop(number, None)
        return found

    def pairs(self) -> list[tuple[int, int, Message]]:
        """Return the pairs that may be one organisation, each once."""
        return [
            (number, other, why)
            for number in range(len(self.known))
            for other, why in self.like(number).items()
            if number < other
        ]


def look_alikes(
    session: Transaction, which: ColumnElement[bool], row: KnownOrganisation, most: int
) -> list[tuple[Known, Message]]:
    """Return those of the organisations for which a condition holds that may be this one; the likeliest first."""
    names = texts.folded(row.name, *row.names.values()).split("\n")
    emails = {contact.email.lower() for contact in row.contacts if contact.email}
    found = dict(_by_address(session, which, emails))
    acronym = texts.folded(row.acronym)
    words = {alike.words_key(name) for name in names}
    candidates = select(KnownOrganisation.id, KnownOrganisation.folded).where(which)
    for known_id, folded in session.execute(candidates):
        why = _why(folded.split("\n"), names, words, acronym)
        if why is not None and REASONS.index(why) < REASONS.index(found.get(known_id, SAME_DOMAIN)):
            found[known_id] = why
    found.pop(row.id, None)
    ids = sorted(found, key=lambda known_id: REASONS.index(found[known_id]))[:most]
    known = reading.with_ids(session, ids, which)
    return [(known[known_id], found[known_id]) for known_id in ids if known_id in known]


def _why(lines: list[str], names: list[str], words: set[str], acronym: str) -> Message | None:
    """Why folded names may be those of the same organisation: the strongest reason."""
    if any(line in names for line in lines):
        return SAME_NAME
    if any(alike.words_key(line) in words for line in lines):
        return SAME_WORDS
    if any(alike.is_slip(name, line) for name in names for line in lines):
        return NEAR
    return SAME_ACRONYM if acronym and acronym in lines else None


def _by_address(session: Transaction, which: ColumnElement[bool], emails: set[str]) -> Iterator[tuple[str, Message]]:
    """Yield who has one of these addresses, or one of their domains where few have."""
    domains = {domain for email in emails if (domain := alike.domain(email))}
    if not emails:
        return
    address = func.lower(Contact.email)
    ends = [address.endswith(f"@{domain}", autoescape=True) for domain in sorted(domains)]
    query = select(Contact.organisation_id, address).join(KnownOrganisation).where(which)
    sharing: defaultdict[str, set[str]] = defaultdict(set)
    same: set[str] = set()
    for known_id, email in session.execute(query.where(or_(address.in_(sorted(emails)), *ends))):
        sharing[alike.domain(email)].add(known_id)
        if email in emails:
            same.add(known_id)
    for domain in domains:
        if len(sharing[domain]) <= alike.MOST_SHARED:
            yield from ((known_id, SAME_DOMAIN) for known_id in sharing[domain])
    yield from ((known_id, SAME_ADDRESS) for known_id in same)


def names_of(known: Known) -> list[str]:
    """Return the names of an organisation, folded, also those it was merged from; not its acronym."""
    first = known.folded.partition("\n")[0] if known.folded else texts.folded(known.name)
    more = [texts.folded(name) for name in known.names.values()] if known.names else []
    return list(dict.fromkeys(name for name in [first, *more, *known.former] if name))


def _differences(known: Known, cosigner: texts.Cosigner) -> list[Difference]:
    """What was typed and is not what the directory says; what was left empty differs in nothing."""
    signatory = known.signatory
    said = {
        "acronym": known.acronym,
        "country": known.country,
        "language": known.language,
        "timezone": known.timezone,
        "signatory": signatory.name if signatory else "",
        "title": signatory.title if signatory else "",
    }
    found = [
        Difference(field, there, typed)
        for field, there in said.items()
        if (typed := getattr(cosigner, field)) and _fold(typed) != _fold(there)
    ]
    link = known.link_contact
    if cosigner.email and (link is None or cosigner.email.lower() != link.email.lower()):
        found.append(Difference("email", link.email if link else "", cosigner.email))
    return found


def _fold(words: str) -> str:
    return texts.folded(words) or words
