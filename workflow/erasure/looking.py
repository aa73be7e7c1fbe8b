"""What an erasure would do, before it is done: what goes, what stays, which letters are left and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select

from workflow.erasure import elsewhere, in_letter
from workflow.erasure.letters import letters_of
from workflow.erasure.person import person_at
from workflow.erasure.replies import Unread, unread
from workflow.erasure.share import Reading, share_of
from workflow.models import (
    AuditorLink,
    Comment,
    Contact,
    Delivery,
    Disclosure,
    Document,
    Invitation,
    JoinRequest,
    Letter,
    Rendering,
)
from workflow.transaction import Transaction


@dataclass
class InLetter:
    """What an erasure would do in one letter."""

    id: str
    title: str
    openings: int = 0
    emails: int = 0
    documents: int = 0
    prints: int = 0
    """How many documents print the name, and stay."""
    requests: int = 0
    """How many times they asked for their organisation to join."""
    unread: list[Unread] = field(default_factory=list)
    """The replies with files in which nobody looks for a name but a person."""
    left: str = ""
    """Why it is left as it is, a word of the program; empty: it is not."""


@dataclass
class Plan:
    """What an erasure would do."""

    letters: list[InLetter] = field(default_factory=list)
    contacts: int = 0
    has_account: bool = False
    is_in_use: bool = False
    """The account can still sign in: it is to be deactivated first."""
    auditor_links: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing of them is found."""
        return not (self.letters or self.contacts or self.has_account or self.auditor_links)


def look_for(
    session: Transaction,
    address: str,
    *,
    letter_id: str | None = None,
    campaign_id: str | None = None,
    documents: bool = False,
) -> Plan:
    """Return what erasing somebody would do; nothing is changed."""
    person = elsewhere.names_of(session, person_at(address))
    plan = Plan()
    for one in letters_of(session, person, letter_id, campaign_id):
        letter = session.get_one(Letter, one)
        share = share_of(Reading(session, letter), person, documents=documents)
        there = InLetter(
            id=one, title=letter.title, openings=len(share.entries), emails=len(share.deliveries) + len(share.mails),
            documents=len(share.documents), prints=share.prints, left=in_letter.why_left(letter, person, session),
        )  # fmt: skip
        asked = select(func.count()).where(
            JoinRequest.letter_id == one, func.lower(JoinRequest.email) == person.address
        )
        there.requests = session.scalar(asked) or 0
        there.unread = unread(session, one)
        if not share.is_empty or there.left or there.requests:
            plan.letters.append(there)
    if letter_id is None:
        links = select(func.count()).where(func.lower(AuditorLink.email) == person.address)
        if campaign_id is not None:
            links = links.where(AuditorLink.campaign_id == campaign_id)
        plan.auditor_links = session.scalar(links) or 0
    if letter_id is None and campaign_id is None:
        found = select(func.count()).where(func.lower(Contact.email) == person.address)
        plan.contacts = session.scalar(found) or 0
        user = elsewhere.account(session, person)
        plan.has_account, plan.is_in_use = user is not None, user is not None and user.deactivated_at is None
    return plan


@dataclass(frozen=True)
class WholeLetter:
    """What is kept of a letter."""

    openings: int
    emails: int
    cosigners: int
    comments: int
    documents: int


def look_at_letter(session: Transaction, letter: Letter) -> WholeLetter:
    """Return what erasing a whole letter takes away; nothing is changed."""
    mine = select(Invitation.id).where(Invitation.letter_id == letter.id)
    made = select(Rendering.docx_sha256).where(Rendering.letter_id == letter.id)

    def count(*which: object) -> int:
        return session.scalar(select(func.count()).where(*which)) or 0  # type: ignore[arg-type]

    return WholeLetter(
        openings=count(Disclosure.letter_id == letter.id),
        emails=count(Delivery.letter_id == letter.id),
        cosigners=count(Invitation.letter_id == letter.id),
        comments=count(Comment.invitation_id.in_(mine)),
        documents=count(Document.sha256.in_(made), func.length(Document.content) > 0),
    )
