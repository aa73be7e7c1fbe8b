"""
What is known of each kind of mail: its rules, and how it is queued and written.

`deliveries` and `writing` read it, so that they know no mail by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, NamedTuple, get_type_hints

from workflow import history
from workflow.history import SYSTEM, actions
from workflow.mails.audiences import CONTACT, COORDINATOR, PEOPLE, Audience
from workflow.mails.source import Layout, MailData, Source
from workflow.models import Base, Delivery, Invitation, Letter, Recipient, new_id, now
from workflow.transaction import Transaction

DELIVERIES = Base.metadata.tables["deliveries"]
LIMIT = timedelta(days=5)
"""How long a mail is tried before it counts as rejected, where its kind has no other limit."""


class Post(NamedTuple):
    """One mail that is to be queued: to which address, by what it is known, and what it is made from: ids, no token."""

    address: str
    dedupe_key: str
    about: Mapping[str, Any]
    invitation_id: str | None = None
    recipient_id: str | None = None


ToBlocked = Literal["cancelled", "waits", "sent"]
"""`waits`: somebody must have it, and a coordinator says so. `sent`: whoever reads it has just asked for it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A kind of mail. `kind` names its folder of templates, and its deliveries in the database and in the history."""

    kind: str
    label: str
    """What pages and the history call it."""
    to: Audience
    write: Callable[[Source], MailData]
    data: type[MailData]
    layout: Layout
    once: bool = False
    """A machine sends it once, while its letter is sent; when it is uncertain whether it arrived, a person decides."""
    follows_text: bool = False
    """It asks for an answer to one text: not wanted any more once the text has moved on."""
    to_all: bool = False
    """It goes to everybody at once: what somebody waits for leaves before it, as before all that follow the text."""
    stops: bool = False
    """Who gets it can stop others of its kind with one press (`List-Unsubscribe`): never what asks for an answer."""
    afterwards: bool = False
    """Of what is sent once: it belongs to a letter that was sent, and leaves as long as that is."""
    limit: timedelta = LIMIT
    to_blocked: ToBlocked = "cancelled"
    """What becomes of it where nothing is sent to its address (`blocked`)."""
    answers: bool = False
    """It answers a mail that came in: it is from nobody, so that nothing is answered to it (RFC 3834)."""
    holds_in: tuple[str, ...] = ()
    """What it says holds in these states of its letter alone: in another it is not wanted any more; empty: in all."""
    held: timedelta = timedelta(0)
    """So long it waits before it leaves: what comes next may make it untrue, and then one email says all."""
    awaits: tuple[str, ...] = ()
    """It awaits an answer of who stands so: of one who stands otherwise by now it is not wanted; empty: of nobody."""

    def queue(
        self,
        session: Transaction,
        address: str,
        dedupe_key: str,
        about: Mapping[str, Any],
        *,
        invitation: Invitation | None = None,
        letter: Letter | None = None,
        recipient: Recipient | None = None,
    ) -> Delivery:
        """
        Write the delivery of one mail, with its Message-ID and its entry in the letter's history; it leaves later.

        `about` holds ids that the mail is made from, never a token. `letter` is the invitation's where there is one;
        its row is locked (else `NotLockedError`). Raises IntegrityError, at the next flush, for a second one with the
        same `dedupe_key`.
        """
        letter = invitation.letter if invitation else letter
        of, to = invitation.id if invitation else None, recipient.id if recipient else None
        fields = self._written(session, letter, Post(address, dedupe_key, about, of, to))
        delivery = Delivery(**fields)
        session.add(delivery)
        return delivery

    def queue_many(self, session: Transaction, letter: Letter, posts: Iterable[Post]) -> list[str]:
        """
        Write the deliveries of many mails of a letter whose row is locked, each as `queue` does; returns their ids.

        They are written by one statement, at the latest before the next query of the transaction.
        """
        rows = [self._written(session, letter, post) for post in posts]
        if rows:
            session.unwritten[DELIVERIES] += rows
        return [str(row["id"]) for row in rows]

    def _written(self, session: Transaction, letter: Letter | None, post: Post) -> dict[str, Any]:
        """Append a mail's entry, see to it that it leaves after the commit, and return its columns."""
        delivery_id, moment, cause = new_id(), now(), None
        if letter is not None:
            cause = history.act_of(session, letter.id)
            history.append(session, letter.id, SYSTEM, self._recorded(session, delivery_id, post, cause))
        session.woken.add(letter.id if letter else None)
        return {
            "id": delivery_id,
            "letter_id": letter.id if letter else None,
            "invitation_id": post.invitation_id,
            "recipient_id": post.recipient_id,
            "kind": self.kind,
            "address": post.address,
            "about": dict(post.about),
            "dedupe_key": post.dedupe_key,
            "cause": cause,
            "message_id": f"<{delivery_id}@{session.settings.mail_from.rpartition('@')[2]}>",
            "next_at": moment + self.held,
            "queued_at": moment,
        }

    def _recorded(self, session: Transaction, delivery_id: str, post: Post, cause: int) -> actions.DeliveryQueued:
        """What the history says of a mail: to which address it goes and what it is made from as keyed hashes."""
        about, tokens = post.about, session.tokens
        asks = about if self.follows_text else {}
        return actions.DeliveryQueued(
            delivery=delivery_id,
            kind=self.kind,
            to=tokens.keyed("to", delivery_id, post.address),
            made_from=tokens.keyed("made_from", delivery_id, dict(about)),
            invitation=post.invitation_id,
            recipient=post.recipient_id,
            docx=about.get("docx") or None,
            pdf=about.get("pdf") or None,
            digest=asks.get("digest"),
            objection_hours=asks.get("objection_hours"),
            cause=cause,
            contact=about.get("contact") or "",
            address=post.address if post.recipient_id else None,
        )


MAILS: dict[str, Mail] = {}
"""Every kind of mail, by its name."""


def mail(
    kind: str,
    label: str,
    to: Audience,
    *,
    once: bool = False,
    follows_text: bool = False,
    to_all: bool = False,
    stops: bool = False,
    afterwards: bool = False,
    limit: timedelta = LIMIT,
    to_blocked: ToBlocked = "cancelled",
    answers: bool = False,
    holds_in: tuple[str, ...] = (),
    held: timedelta = timedelta(0),
    awaits: tuple[str, ...] = (),
) -> Callable[[Callable[[Source], MailData]], Mail]:
    """Register a kind of mail; what is decorated gathers the data of its templates, of the type that it returns."""

    def register(write: Callable[[Source], MailData]) -> Mail:
        if kind in MAILS:
            raise ValueError(f"There is a mail called {kind} already.")
        data = get_type_hints(write)["return"]
        layout = Layout.of(data)
        if stops and layout.personal and "stop" not in layout.personal:
            raise ValueError(f"{kind} can be stopped, each one alone: its data has a Personal `stop`, `Source.stop`.")
        rules = (once, follows_text, to_all, stops, afterwards, limit, to_blocked, answers, holds_in, held, awaits)
        MAILS[kind] = Mail(kind, label, to, write, data, layout, *rules)
        return MAILS[kind]

    return register


def mail_of(delivery: Delivery) -> Mail:
    """Return what kind of mail a delivery is."""
    return MAILS[delivery.kind]


def label_of(kind: str) -> str:
    """Return what pages and the history call a kind of mail; one that was known to another version by its name."""
    return MAILS[kind].label if kind in MAILS else kind


def is_about_its_organisation(kind: str) -> bool:
    """Whether a kind of mail tells the coordinator of an organisation, and goes to nobody there."""
    return kind in MAILS and MAILS[kind].to is COORDINATOR


def following_the_text() -> tuple[str, ...]:
    """Return the kinds that ask for an answer to one text."""
    return tuple(known.kind for known in MAILS.values() if known.follows_text)


def mailings() -> tuple[str, ...]:
    """Return the kinds that go to everybody at once."""
    return tuple(known.kind for known in MAILS.values() if known.follows_text or known.to_all)


def to_contacts() -> tuple[str, ...]:
    """
    Return the kinds that go to whoever is written to for an organisation, and that a reminder need not follow at once.

    What the holder of any link can bring about is none of them: a code, say. It would keep a reminder away.
    """
    to = (CONTACT, PEOPLE)
    return tuple(known.kind for known in MAILS.values() if known.to in to and known.to_blocked != "sent")


def stoppable() -> tuple[str, ...]:
    """Return the kinds that who gets them can stop with one press."""
    return tuple(known.kind for known in MAILS.values() if known.stops)


def held() -> tuple[str, ...]:
    """Return the kinds that wait a while before they leave."""
    return tuple(known.kind for known in MAILS.values() if known.held)


def holding() -> dict[tuple[str, ...], list[str]]:
    """Return the kinds whose words hold in some states of their letter alone, by these states."""
    return _by({known.kind: known.holds_in for known in MAILS.values()})


def awaiting() -> dict[tuple[str, ...], list[str]]:
    """Return the kinds that await an answer of whoever stands in some states, by these states."""
    return _by({known.kind: known.awaits for known in MAILS.values()})


def _by(states: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], list[str]]:
    found = defaultdict[tuple[str, ...], list[str]](list)
    for kind, its in states.items():
        if its:
            found[its].append(kind)
    return found


def to_coordinators() -> tuple[str, ...]:
    """Return the kinds that tell who coordinates a campaign what happened in it."""
    return tuple(known.kind for known in MAILS.values() if known.to is COORDINATOR)


def sent_once() -> tuple[str, ...]:
    """Return the kinds that a machine sends once."""
    return tuple(known.kind for known in MAILS.values() if known.once)


def sent_to_blocked() -> tuple[str, ...]:
    """Return the kinds that whoever reads an address has just asked for, and those for staff."""
    return tuple(known.kind for known in MAILS.values() if known.to_blocked == "sent" or not known.to.from_coordinator)


def kept_for_blocked() -> tuple[str, ...]:
    """Return the kinds that wait where nothing is sent to their address."""
    return tuple(known.kind for known in MAILS.values() if known.to_blocked == "waits")


def sent_afterwards() -> tuple[str, ...]:
    """Return those of them that belong to a letter that was sent."""
    return tuple(known.kind for known in MAILS.values() if known.once and known.afterwards)
