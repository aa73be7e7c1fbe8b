"""A letter, its frozen texts, and who is asked to co-sign: invitations, links, sign-offs, comments."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    and_,
    event,
    false,
    or_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow import states
from workflow.clock import now
from workflow.languages import in_zone, known
from workflow.letter import text as texts
from workflow.models.base import (
    FOLDED,
    Base,
    folded_from,
    in_state,
    known_states,
    letter_ref,
    own_id,
    protect_state,
    standing_as,
    state_of,
)
from workflow.models.parties import Organisation, Recipient
from workflow.models.people import Campaign, User
from workflow.models.stored import Addendum
from workflow.models.terms import Terms
from workflow.states import deadlines
from workflow.states.invitation import LAPSED, LISTED, STANDING, TO_ANSWER
from workflow.states.letter import BEFORE_APPROVAL, CLOSED, FROZEN, GONE_OUT, SIGNABLE, WITH_COSIGNERS


class Letter(Terms, Base):
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
    reminders_since: Mapped[datetime | None]
    """Since when reminders are at these days before this deadline: none is sent for a morning before it."""
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

    @hybrid_property
    def closes_itself(self) -> bool:
        """Whether answers end with the deadline; else somebody decides first, or it is extended."""
        return deadlines.closes_itself(self.at_deadline, self.extend_days, self.extended)

    @closes_itself.inplace.expression
    @classmethod
    def _closes_itself(cls) -> ColumnElement[bool]:
        ends = or_(cls.extended, cls.extend_days < 1)
        return or_(cls.at_deadline == deadlines.CLOSE, and_(cls.at_deadline == deadlines.EXTEND, ends))

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


class Invitation(Base):
    """An organisation asked to co-sign one letter, through one contact's address."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("letter_id", "organisation_id"),
        Index("ix_invitations_letter_id_position", "letter_id", "position"),
        Index("ix_invitations_letter_id_round", "letter_id", "round"),
        Index("ix_invitations_letter_id_state_position", "letter_id", "state", "position"),
        CheckConstraint("verdict IN ('', 'ready', 'changes_requested')", name="verdict"),
        known_states(states.INVITATION),
    )

    id: Mapped[str] = own_id()
    letter_id: Mapped[str] = letter_ref()
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    position: Mapped[int]
    required: Mapped[bool] = mapped_column(default=False)
    founder: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Printed before all others, whatever the order of those."""
    confidential: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its name is printed nowhere and shown to no other co-signer."""
    email: Mapped[str] = mapped_column(String(254), default="")
    contact_by_hand: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a coordinator has given it this contact after it was written to."""
    second_email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    """Somebody else there who is told of every sign-off, without a link."""
    contact_name: Mapped[str] = mapped_column(default="", server_default="")
    """Who reads at that address, where it is not the signatory."""
    individual: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A person who is asked in their own name; the organisation's name is theirs then."""
    signatory: Mapped[str] = mapped_column(default="")
    """Who is expected to sign; what is printed is what the sign-off says."""
    signatory_title: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = state_of(states.INVITATION)
    verdict: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(default="")
    reason_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether other co-signers may read the reason too."""
    more_time: Mapped[str] = mapped_column(default="", server_default="")
    """How much more time was asked for, in the co-signer's words."""
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    """The round of its letter that it was brought up to."""
    language: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """What the co-signer is written to in; empty: the letter's language, where there is a translation."""
    timezone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Where the co-signer's clock runs; empty: the campaign's zone."""
    answered_at: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    """Its own, where it has more time than the others."""
    four_eyes: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether this organisation wants one to propose and another to confirm its signature."""
    no_reminders: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """Who has stopped its reminders: the `coordinator`, its first `contact`, or `both`; empty: it has them."""
    reminded: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was reminded of the text that was before it then."""
    reminded_at: Mapped[datetime | None]
    """When it was reminded last."""
    answered_by: Mapped[str | None] = mapped_column(String(32))
    """The link by which its present answer was given."""
    folded: Mapped[str] = folded_from("signatory", "email", "second_email")
    """What lists are searched in besides the organisation's name."""
    letter: Mapped[Letter] = relationship(back_populates="invitations")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    signoffs: Mapped[list[Signoff]] = relationship(
        order_by="Signoff.sequence", back_populates="invitation", lazy="selectin"
    )
    comments: Mapped[list[Comment]] = relationship(order_by="Comment.created_at", back_populates="invitation")
    links: Mapped[list[Link]] = relationship(order_by="Link.created_at", back_populates="invitation")
    others: Mapped[list[InvitationContact]] = relationship(
        primaryjoin="and_(Invitation.id == InvitationContact.invitation_id, InvitationContact.removed_at.is_(None))",
        order_by="InvitationContact.created_at, InvitationContact.id",
        viewonly=True,
    )
    """Its contacts besides the first."""
    is_invited = in_state("invited")
    has_signed = standing_as("signed")
    is_to_confirm = standing_as("to_confirm")
    has_declined = in_state("declined")
    has_retracted = in_state("retracted")
    has_lapsed = in_state(*LAPSED)
    is_to_answer = standing_as(*TO_ANSWER)
    is_listed = in_state(*LISTED)
    can_count = in_state(*STANDING)

    @property
    def stands(self) -> str:
        """Its state for the text before the co-signers, also while the act that put it there has not come to it yet."""
        text = self.letter.revision if self.state in STANDING and self.round < self.letter.round else None
        if text is None:
            return self.state
        return "signed" if self.signoff_for(text.digest) else "to_confirm"

    @property
    def zone(self) -> str:
        """The time zone that this co-signer is told times in."""
        return self.timezone or self.letter.timezone

    @property
    def due(self) -> datetime | None:
        """By when it answers; None: there is no deadline."""
        return deadlines.due(self.letter.deadline, self.deadline)

    @property
    def closes_at(self) -> datetime | None:
        """When its answer is not taken any more; None: that hangs on no time."""
        return self.due if self.letter.closes_itself else None

    @property
    def reads(self) -> str:
        """Which of `languages.LANGUAGES` this co-signer is written to in: its own, the letter's, else English."""
        return self.language or known(self.letter.language) or "en"

    def signoff_for(self, digest: str) -> Signoff | None:
        """Return this organisation's standing sign-off for one text, if it has given one."""
        return next((s for s in self.signoffs if s.digest == digest and s.retracted_at is None), None)

    @property
    def asks_for_code(self) -> bool:
        """Whether signing takes a code by mail: where the campaign asks for one, or has when this one signed."""
        return self.letter.code_required or any(signoff.code_required for signoff in self.signoffs)

    @property
    def by_hand(self) -> Signoff | None:
        """The last sign-off that a person gave here and nobody has taken back: silence rests on that one alone."""
        given = [s for s in self.signoffs if s.basis == "confirmed" and s.retracted_at is None]
        return max(given, key=lambda signoff: signoff.sequence, default=None)

    @property
    def link(self) -> Link | None:
        """The link by which its first contact answers, which is alive now."""
        return self.link_of(None)

    def link_of(self, contact_id: str | None) -> Link | None:
        """Return the link by which one of its contacts (None: the first) answers, which is alive now."""
        living = (link for link in self.links if link.revoked_at is None and link.purpose == "answer")
        return next((link for link in living if link.contact_id == contact_id), None)

    @property
    def wants_four_eyes(self) -> bool:
        """Whether one has to propose and another to confirm what is signed for it from now on."""
        return (self.four_eyes or self.letter.four_eyes) and not self.individual


class InvitationContact(Base):
    """One more person of an organisation who is written to: whoever answers first answers for it."""

    __tablename__ = "invitation_contacts"

    id: Mapped[str] = own_id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]
    no_reminders: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether they have stopped their reminders."""
    invitation: Mapped[Invitation] = relationship()


class Link(Base):
    """A co-signer's link to one invitation; only the SHA-256 of its token is here."""

    __tablename__ = "links"

    id: Mapped[str] = own_id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    """When it was first opened, by a person or by a mail filter: nothing is decided by it."""
    fetched_by: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """What opened it first, as it calls itself: `browser` or `software`."""
    networks: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Keyed hashes of the networks that it was opened from, up to a limit; no address."""
    purpose: Mapped[str] = mapped_column(String(16), default="answer", server_default="answer")
    """What it lets whoever has it do: `answer`, `read`, or `confirm` what another proposed."""
    contact_id: Mapped[str | None] = mapped_column(String(32))
    """Which other contact of the organisation it was sent to, or made it; None: the first."""
    email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    """Where a link to confirm was sent, and whom one to read is for; empty: to the contact, or to nobody."""
    name: Mapped[str] = mapped_column(default="", server_default="")
    no_reminders: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether who got it, and is no contact, has stopped their reminders."""
    invitation: Mapped[Invitation] = relationship(back_populates="links")


class Signoff(Base):
    """An organisation's yes to one revision, with the name and title to print."""

    __tablename__ = "signoffs"
    __table_args__ = (
        Index(
            "uq_signoffs_standing",
            "invitation_id",
            "digest",
            unique=True,
            sqlite_where=text("retracted_at IS NULL"),
            postgresql_where=text("retracted_at IS NULL"),
        ),
        Index("ix_signoffs_odd", "invitation_id", sqlite_where=text("odd != ''"), postgresql_where=text("odd != ''")),
        CheckConstraint("basis IN ('confirmed', 'not_objected')", name="basis"),
    )

    id: Mapped[str] = own_id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"))
    sequence: Mapped[int]
    """The number of its entry in the letter's history."""
    signed_at: Mapped[datetime] = mapped_column(default=now)
    retracted_at: Mapped[datetime | None]
    image_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    """The image of the signature, as a PNG, where one was given."""
    basis: Mapped[str] = mapped_column(String(16), default="confirmed", server_default="confirmed")
    """How it came about: `confirmed` by a person, or `not_objected` under a rule that the person had agreed to."""
    objection_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    """The rule of silence that was shown when this was signed, in hours; 0: none."""
    code_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether signing took a code by mail then."""
    folded: Mapped[str] = folded_from("name")
    agreed_in: Mapped[int | None]
    """The entry in which it agreed to this very text before the text was there; None: it had the text before it."""
    late: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Given after the letter was sent: for the addendum, never for the letter."""
    withdrawn_at: Mapped[datetime | None]
    """When it was withdrawn although what it stands on was sent by then, and goes on to print it."""
    odd: Mapped[str] = mapped_column(default="", server_default="")
    """What a coordinator should look at in how its link was used, as its entry says; empty: it is like others."""
    invitation: Mapped[Invitation] = relationship(back_populates="signoffs")

    def printed(self) -> texts.Signature:
        """Return what is printed below the letter."""
        organisation = self.invitation.organisation
        said = (self.name, self.title, organisation.name, organisation.acronym, organisation.country)
        return texts.Signature(*said, individual=self.invitation.individual)


class Comment(Base):
    """What a co-signer says of a paragraph or of the whole letter, a suggestion to replace words, or a reply to one."""

    __tablename__ = "comments"
    __table_args__ = (CheckConstraint("settled IN ('', 'accepted', 'dismissed')", name="settled"),)

    id: Mapped[str] = own_id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    paragraph: Mapped[int | None]
    """Counted from 1; None for the whole letter."""
    words: Mapped[str]
    reply_to: Mapped[str | None] = mapped_column(ForeignKey("comments.id"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    """Who of the staff wrote it; None: the organisation that was invited."""
    replaces: Mapped[str | None]
    """A suggestion: these words of the paragraph are to become `replacement`."""
    replacement: Mapped[str | None]
    settled: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """Of a suggestion: `accepted` into a version, or `dismissed`."""
    chosen: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A suggestion that goes into the next version, with the others that are chosen."""
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it was said, when this was written, that the other organisations read it."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    invitation: Mapped[Invitation] = relationship(back_populates="comments")
    user: Mapped[User | None] = relationship()


protect_state(Invitation.state)


@event.listens_for(Invitation, "before_update")
def _fold_again(mapper: Any, connection: Any, invitation: Invitation) -> None:
    """Let a search find who is the contact now."""
    invitation.folded = texts.folded(invitation.signatory, invitation.email, invitation.second_email)
