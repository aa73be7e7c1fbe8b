"""Who is asked to co-sign a letter, and what they answered: invitations, links, sign-offs, comments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    event,
    false,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow import states
from workflow.clock import now
from workflow.languages import known
from workflow.letter import text as texts
from workflow.models.base import (
    Base,
    folded_from,
    in_state,
    known_states,
    letter_ref,
    own_id,
    protect_state,
    state_of,
)
from workflow.models.letters import Letter
from workflow.models.people import User
from workflow.states import deadlines
from workflow.states.invitation import LAPSED, LISTED, STANDING, TO_ANSWER

if TYPE_CHECKING:
    from workflow.models.answering import InvitationContact


class Organisation(Base):
    """An organisation as it stands on one letter: the name that is asked, signed for and printed there."""

    __tablename__ = "organisations"

    id: Mapped[str] = own_id()
    known_id: Mapped[str | None] = mapped_column(ForeignKey("known_organisations.id"), index=True)
    """The same organisation in the directory, where it stands once for all letters."""
    name: Mapped[str]
    acronym: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="", server_default="")
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    """The logo as a PNG."""
    folded: Mapped[str] = folded_from("name", "acronym")
    """What lists are searched in and put in order by."""

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.acronym or self.name

    @property
    def printed_name(self) -> str:
        """The name as it is printed: with the acronym where that is not in it."""
        return " ".join(texts.Signature("", "", self.name, self.acronym).lines)


def standing_as(*known: str) -> hybrid_property[bool]:
    """Return a property that says whether an invitation stands in one of these states; in a query, its own state."""
    return hybrid_property(lambda invitation: invitation.stands in known, expr=lambda of: of.state.in_(known))


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


class Code(Base):
    """Six digits by mail, for one browser that holds one link; they are made from the secret and stored nowhere."""

    __tablename__ = "codes"

    id: Mapped[str] = own_id()
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"), index=True)
    browser: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what the browser's session holds: another browser's code is another code."""
    purpose: Mapped[str] = mapped_column(String(16), default="sign", server_default="sign")
    """The act that it was asked for, and the only one that it lets happen."""
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


protect_state(Invitation.state)


@event.listens_for(Invitation, "before_update")
def _fold_again(mapper: Any, connection: Any, invitation: Invitation) -> None:
    """Let a search find who is the contact now."""
    invitation.folded = texts.folded(invitation.signatory, invitation.email, invitation.second_email)
