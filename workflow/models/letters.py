"""A letter, whom it goes to, and its frozen texts."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow import states
from workflow.clock import now
from workflow.languages import in_zone
from workflow.letter import text as texts
from workflow.models.base import (
    FOLDED,
    Base,
    in_state,
    known_states,
    letter_ref,
    own_id,
    protect_state,
    state_of,
)
from workflow.models.people import Campaign
from workflow.states import deadlines
from workflow.states.letter import BEFORE_APPROVAL, CLOSED, FROZEN, GONE_OUT, SIGNABLE, WITH_COSIGNERS

if TYPE_CHECKING:
    from workflow.models.answering import Addendum
    from workflow.models.cosigners import Invitation


class Letter(Base):
    """The text with its addressees. The text columns are the draft; what is signed is a `Revision`."""

    __tablename__ = "letters"
    __table_args__ = (
        known_states(states.LETTER),
        CheckConstraint("ordering IN ('agreed', 'alphabet', 'time')", name="ordering"),
        Index("ix_letters_code", "code", unique=True),
    )

    id: Mapped[str] = own_id()
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    state: Mapped[str] = state_of(states.LETTER)
    version: Mapped[int] = mapped_column(default=1)
    """Counts the edits of the draft: a form that carries an older one gets a 409."""
    language: Mapped[str] = mapped_column(String(16), default="en")
    subject: Mapped[str] = mapped_column(default="")
    date: Mapped[Date | None]
    place: Mapped[str] = mapped_column(default="", server_default="")
    """Where it is dated, as in `Geneva, 3 March 2026`; like the date, nobody signs it."""
    salutation: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    closing: Mapped[str] = mapped_column(default="")
    revision_number: Mapped[int | None]
    """The revision that is before the co-signers."""
    reason: Mapped[str] = mapped_column(default="")
    """Why it was last revised or withdrawn, in the coordinator's words."""
    letterhead: Mapped[str] = mapped_column(String(32), default="plain", server_default="plain")
    """The name of one that comes with the product, or the id of a `Letterhead`."""
    layout: Mapped[str] = mapped_column(String(16), default="automatic", server_default="automatic")
    """How the signatories are set: a value of `documents.Layout`."""
    ordering: Mapped[str] = mapped_column(String(16), default="agreed", server_default="agreed")
    """Founders come first, in the agreed order; the others in that order too, by alphabet or by time."""
    objections_until: Mapped[datetime | None]
    """Until when co-signers may object to the correction that is before them, where the campaign's rule was used."""
    dispatch_at: Mapped[datetime | None]
    previewed: Mapped[str] = mapped_column(default="")
    """The fingerprint of the documents that the coordinator has looked at for a dispatch set ahead."""
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counts the acts that concern every co-signer; each is brought up to the newest one, some later than others."""
    deadline: Mapped[datetime | None]
    timezone: Mapped[str] = mapped_column(String(64), default="UTC", server_default="UTC")
    minimum: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many organisations must sign at least."""
    comments_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether co-signers read each other's comments."""
    code_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether signing takes a code that is mailed to the invited address."""
    objection_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    """How long co-signers may object to a small correction before their silence keeps them on it; 0: no such rule."""
    reminders: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    """How many days before the deadline whoever has not answered is reminded; empty: nobody is."""
    reminders_since: Mapped[datetime | None]
    """Since when they are at these days before this deadline: none is sent for a morning before it."""
    at_deadline: Mapped[str] = mapped_column(String(16), default="close", server_default="close")
    """What the deadline brings: `close`, `ask` the coordinator, or `extend` it once."""
    extend_days: Mapped[int] = mapped_column(default=0, server_default="0")
    """By how many days it is extended then."""
    four_eyes: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether in each organisation one proposes to sign and another confirms it."""
    late_names: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it can be signed after it was sent, for an addendum."""
    reply_days: Mapped[int | None]
    """After how many days without a reply from the office the coordinators are reminded; None: never."""
    extended: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its deadline was extended by itself."""
    unanswered_at: Mapped[datetime | None]
    """When its coordinators were reminded that no reply of the office has come."""
    asked_at_deadline: Mapped[datetime | None]
    """The deadline that has come and of which the coordinators were asked what to do; None: of none."""
    room_to_sign: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether there is room above each name for a signature by hand, also where there is no image of one."""
    running_header: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether each page from the second on says to whom the letter goes, of which day, and its number."""
    fit_pages: Mapped[int | None]
    """In how many pages it should fit, within decent limits; None: as many as it takes."""
    office_subject: Mapped[str] = mapped_column(default="", server_default="")
    """The subject of the email to the recipients; empty: the letter's own."""
    office_words: Mapped[str] = mapped_column(default="", server_default="")
    """The coordinator's covering words to the recipients, as plain text; empty: the sentence that comes with it."""
    copies: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Addresses that get a copy of what is sent to the recipients."""
    note_id: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """The `Note` that goes with the emails that ask for an answer to the text of now; empty: none."""
    note_draft: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    """The coordinator's own paragraph while it is being written, by language; nobody has been sent it."""
    code: Mapped[str | None] = mapped_column(String(16))
    """By which anybody can ask whether it is genuine."""
    footer_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its documents say that code in their footer."""
    legal_hold: Mapped[str] = mapped_column(default="", server_default="")
    """Why nothing of it may be erased; empty: it may."""
    erased_at: Mapped[datetime | None]
    """When what people wrote and who they are was erased, at the end of its retention or by hand."""
    folded: Mapped[str] = mapped_column(FOLDED, default="", server_default="")
    """What lists are searched in and put in order by: its subject, and to whom it goes."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    campaign: Mapped[Campaign] = relationship()
    recipients: Mapped[list[Recipient]] = relationship(order_by="Recipient.position", cascade="all, delete-orphan")
    invitations: Mapped[list[Invitation]] = relationship(back_populates="letter", order_by="Invitation.position")
    revisions: Mapped[list[Revision]] = relationship(order_by="Revision.number", back_populates="letter")
    revision: Mapped[Revision | None] = relationship(
        primaryjoin="and_(Letter.id == foreign(Revision.letter_id), "
        "Letter.revision_number == foreign(Revision.number))",
        viewonly=True,
        uselist=False,
    )
    """The revision that is before the co-signers, if any."""
    addendum: Mapped[Addendum | None] = relationship("Addendum", viewonly=True, uselist=False)
    is_draft = in_state("drafting")
    is_in_review = in_state("in_review")
    is_open_for_sign_off = in_state(*SIGNABLE)
    is_approved = in_state("approved")
    is_being_sent = in_state("sending")
    is_sent = in_state("sent")
    has_gone_out = in_state(*GONE_OUT)
    is_withdrawn = in_state("withdrawn")
    is_with_cosigners = in_state(*WITH_COSIGNERS)
    is_before_approval = in_state(*BEFORE_APPROVAL)
    is_frozen = in_state(*FROZEN)
    is_closed = in_state(*CLOSED)

    @property
    def takes_late_names(self) -> bool:
        """Whether it can still be signed though it was sent: until its addendum goes out."""
        return self.is_sent and self.late_names and (self.addendum is None or self.addendum.sent_at is None)

    def text(self) -> texts.Letter:
        """Return the draft as a value."""
        return texts.Letter(
            language=self.language,
            subject=self.subject,
            recipients=tuple(recipient.printed() for recipient in self.recipients),
            salutation=self.salutation,
            body=self.body,
            closing=self.closing,
        )

    @property
    def closes_itself(self) -> bool:
        """Whether answers end with the deadline; else somebody decides first, or it is extended."""
        return deadlines.closes_itself(self.at_deadline, self.extend_days, self.extended)

    def deadline_in_words(self, zone: str = "", language: str = "en") -> str:
        """Return the deadline in words, in a zone or the letter's own, or nothing."""
        return in_zone(self.deadline, zone or self.timezone, language) if self.deadline else ""

    def order_of(self, position: int, founder: bool, organisation: str, signed_at: datetime) -> tuple[Any, ...]:
        """Return what the printed names are put in order by: founders first, then as the letter says."""
        if founder:
            return (0, position)
        if self.ordering == "alphabet":
            return (1, texts.sorting_key(organisation), position)
        return (1, signed_at if self.ordering == "time" else position)

    @property
    def title(self) -> str:
        """The subject, or to whom it goes when there is none."""
        if self.subject:
            return self.subject
        names = [recipient.name or recipient.office for recipient in self.recipients]
        return f"Letter to {', '.join(names)}" if names else "Letter without a recipient"


class Recipient(Base):
    """A person and office that a letter goes to."""

    __tablename__ = "recipients"
    __table_args__ = (Index("ix_recipients_letter_id_position", "letter_id", "position"),)

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    office: Mapped[str] = mapped_column(default="")
    address: Mapped[list[str]] = mapped_column(default=list)
    email: Mapped[str] = mapped_column(default="")

    def printed(self) -> texts.Recipient:
        """Return the recipient as a value."""
        return texts.Recipient(self.name, self.title, self.office, tuple(self.address), self.email)

    @property
    def label(self) -> str:
        """How the recipient is named in a sentence."""
        return self.name or self.office or self.title or self.email or "a recipient without a name"


class Revision(Base):
    """One frozen text of a letter, numbered from 1, named by its digest."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("letter_id", "number"),)

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    canonical: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    frozen_at: Mapped[datetime] = mapped_column(default=now)
    letter: Mapped[Letter] = relationship(back_populates="revisions")

    def text(self) -> texts.Letter:
        """Return the frozen text as a value."""
        return texts.from_canonical(self.canonical)


protect_state(Letter.state)
