"""The tables. A row's `state` is written by `history.advance` alone: any other way raises StateIsGuarded."""

from __future__ import annotations

import contextlib
import contextvars
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from datetime import date as Date
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    false,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship

from workflow import states
from workflow import text as texts


class StateIsGuarded(RuntimeError):
    """A state column was assigned outside its machine. Use `history.advance`."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC; a naive one is refused. SQLite keeps it without a zone, PostgreSQL with one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; raises ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("Times are stored in UTC and aware; this one has no zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back where the database keeps none."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share: names of constraints and the mapping of types."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), str: Text(), dict[str, Any]: JSON(), list[str]: JSON()}


def now() -> datetime:
    """Return the present time, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a random identifier: 32 hex digits (122 random bits)."""
    return uuid.uuid4().hex


def _id() -> Mapped[str]:
    return mapped_column(String(32), primary_key=True, default=new_id)


def _letter_id() -> Mapped[str]:
    return mapped_column(String(32), ForeignKey("letters.id"), index=True)


def _state(table: states.Table) -> Mapped[str]:
    return mapped_column(String(16), default=table.initial)


def _known_states(table: states.Table) -> CheckConstraint:
    known = ", ".join(f"'{state}'" for state in table.states)
    return CheckConstraint(f"state IN ({known})", name="state")


class User(Base):
    """A member of staff: a coordinator or an auditor. Signs in with a link by mail."""

    __tablename__ = "users"

    id: Mapped[str] = _id()
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(default="")
    admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class SignInLink(Base):
    """A one-time link that signs a member of staff in; only the SHA-256 of its token is here."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class Campaign(Base):
    """The effort, with its deadline and its members."""

    __tablename__ = "campaigns"

    id: Mapped[str] = _id()
    name: Mapped[str]
    deadline: Mapped[datetime | None]
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    minimum: Mapped[int] = mapped_column(default=1)
    """How many organisations must sign at least."""
    comments_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether co-signers read each other's comments."""
    code_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether signing takes a code that is mailed to the invited address."""
    objection_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    """How long co-signers may object to a small correction before their silence keeps them on it; 0: no such rule."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    letters: Mapped[list[Letter]] = relationship(back_populates="campaign", order_by="Letter.created_at")
    memberships: Mapped[list[Membership]] = relationship(back_populates="campaign")


class Membership(Base):
    """What a member of staff may do in a campaign: `coordinator`, or `auditor` who only reads."""

    __tablename__ = "memberships"
    __table_args__ = (CheckConstraint("role IN ('coordinator', 'auditor')", name="role"),)

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))
    campaign: Mapped[Campaign] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship()


class Letter(Base):
    """The text with its addressees. The text columns are the draft; what is signed is a `Revision`."""

    __tablename__ = "letters"
    __table_args__ = (
        _known_states(states.LETTER),
        CheckConstraint("ordering IN ('agreed', 'alphabet', 'time')", name="ordering"),
    )

    id: Mapped[str] = _id()
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    state: Mapped[str] = _state(states.LETTER)
    version: Mapped[int] = mapped_column(default=1)
    """Counts the edits of the draft: a form that carries an older one gets a 409."""
    language: Mapped[str] = mapped_column(String(16), default="en")
    subject: Mapped[str] = mapped_column(default="")
    date: Mapped[Date | None]
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
    created_at: Mapped[datetime] = mapped_column(default=now)
    campaign: Mapped[Campaign] = relationship(back_populates="letters")
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
    def counting(self) -> list[Signoff]:
        """The sign-offs that count for the revision before the co-signers, in the order in which they are printed."""
        revision = self.revision
        if revision is None:
            return []
        standing = (
            (invitation, signoff)
            for invitation in self.invitations
            if invitation.state == "signed" and (signoff := invitation.signoff_for(revision.digest))
        )

        def place(one: tuple[Invitation, Signoff]) -> tuple[Any, ...]:
            invitation, signoff = one
            return self.place(invitation.position, invitation.founder, invitation.organisation.name, signoff.signed_at)

        return [signoff for _, signoff in sorted(standing, key=place)]

    @property
    def printed(self) -> list[Signoff]:
        """The sign-offs whose names are printed."""
        return [signoff for signoff in self.counting if not signoff.invitation.confidential]

    @property
    def withheld(self) -> int:
        """How many organisations have signed whose names are withheld."""
        return len(self.counting) - len(self.printed)

    def place(self, position: int, founder: bool, organisation: str, signed_at: datetime) -> tuple[Any, ...]:
        """Return what the printed names are put in order by: founders first, then as the letter says."""
        if founder:
            return (0, position)
        others = {
            "agreed": (position,),
            "alphabet": (texts.sorting_key(organisation), position),
            "time": (signed_at, position),
        }
        return (1, *others[self.ordering])

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

    id: Mapped[str] = _id()
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

    id: Mapped[str] = _id()
    letter_id: Mapped[str] = _letter_id()
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    canonical: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    frozen_at: Mapped[datetime] = mapped_column(default=now)
    letter: Mapped[Letter] = relationship(back_populates="revisions")

    def text(self) -> texts.Letter:
        """Return the frozen text as a value."""
        return texts.from_canonical(self.canonical)


class Organisation(Base):
    """An organisation that is asked to co-sign."""

    __tablename__ = "organisations"

    id: Mapped[str] = _id()
    name: Mapped[str]
    acronym: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="", server_default="")
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    """The logo as a PNG."""

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.acronym or self.name


class Invitation(Base):
    """An organisation asked to co-sign one letter, through one contact's address."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("letter_id", "organisation_id"),
        CheckConstraint("verdict IN ('', 'ready', 'changes_requested')", name="verdict"),
        _known_states(states.INVITATION),
    )

    id: Mapped[str] = _id()
    letter_id: Mapped[str] = _letter_id()
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    position: Mapped[int]
    required: Mapped[bool] = mapped_column(default=False)
    founder: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Printed before all others, whatever the order of those."""
    confidential: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its name is printed nowhere and shown to no other co-signer."""
    email: Mapped[str] = mapped_column(String(254), default="")
    signatory: Mapped[str] = mapped_column(default="")
    """Who is expected to sign; what is printed is what the sign-off says."""
    signatory_title: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = _state(states.INVITATION)
    verdict: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(default="")
    reason_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether other co-signers may read the reason too."""
    more_time: Mapped[str] = mapped_column(default="", server_default="")
    """How much more time was asked for, in the co-signer's words."""
    language: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """What the co-signer is written to in; empty: the letter's language, where there is a translation."""
    timezone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Where the co-signer's clock runs; empty: the campaign's zone."""
    answered_at: Mapped[datetime | None]
    letter: Mapped[Letter] = relationship(back_populates="invitations")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    signoffs: Mapped[list[Signoff]] = relationship(
        order_by="Signoff.signed_at", back_populates="invitation", lazy="selectin"
    )
    comments: Mapped[list[Comment]] = relationship(order_by="Comment.created_at", back_populates="invitation")
    links: Mapped[list[Link]] = relationship(order_by="Link.created_at", back_populates="invitation")

    @property
    def zone(self) -> str:
        """The time zone that this co-signer is told times in."""
        return self.timezone or self.letter.campaign.timezone

    def signoff_for(self, digest: str) -> Signoff | None:
        """Return this organisation's standing sign-off for one text, if it has given one."""
        return next((s for s in self.signoffs if s.digest == digest and s.retracted_at is None), None)

    @property
    def link(self) -> Link | None:
        """The link that is alive now."""
        return next((link for link in self.links if link.revoked_at is None), None)


class Link(Base):
    """A co-signer's link to one invitation; only the SHA-256 of its token is here."""

    __tablename__ = "links"

    id: Mapped[str] = _id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
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
        CheckConstraint("basis IN ('confirmed', 'not_objected')", name="basis"),
    )

    id: Mapped[str] = _id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
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
    invitation: Mapped[Invitation] = relationship(back_populates="signoffs")

    def printed(self) -> texts.Signature:
        """Return what is printed below the letter."""
        organisation = self.invitation.organisation
        return texts.Signature(self.name, self.title, organisation.name, organisation.acronym, organisation.country)


class Comment(Base):
    """What a co-signer says of a paragraph or of the whole letter, a suggestion to replace words, or a reply to one."""

    __tablename__ = "comments"
    __table_args__ = (CheckConstraint("settled IN ('', 'accepted', 'dismissed')", name="settled"),)

    id: Mapped[str] = _id()
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    paragraph: Mapped[int | None]
    """Counted from 1; None for the whole letter."""
    words: Mapped[str]
    reply_to: Mapped[str | None] = mapped_column(ForeignKey("comments.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    """Who of the staff wrote it; None: the organisation that was invited."""
    replaces: Mapped[str | None]
    """A suggestion: these words of the paragraph are to become `replacement`."""
    replacement: Mapped[str | None]
    settled: Mapped[str] = mapped_column(String(16), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    invitation: Mapped[Invitation] = relationship(back_populates="comments")
    user: Mapped[User | None] = relationship()


class Code(Base):
    """Six digits by mail, for one browser that holds one link; they are made from the secret and stored nowhere."""

    __tablename__ = "codes"

    id: Mapped[str] = _id()
    link_id: Mapped[str] = mapped_column(ForeignKey("links.id"), index=True)
    browser: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what the browser's session holds: another browser's code is another code."""
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Tries(Base):
    """How often something was tried in a stretch of time: what the rate limits count."""

    __tablename__ = "tries"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[int] = mapped_column(BigInteger)
    """Seconds since 1970."""


class Document(Base):
    """Stored bytes under their SHA-256: what is attached, downloaded and proved."""

    __tablename__ = "documents"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Letterhead(Base):
    """A campaign's own letterhead: a Word document with marked places, checked when it was uploaded."""

    __tablename__ = "letterheads"

    id: Mapped[str] = _id()
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    name: Mapped[str]
    docx_sha256: Mapped[str] = mapped_column(ForeignKey("documents.sha256"))
    """What was made of the upload, never the upload itself."""
    found: Mapped[list[str]] = mapped_column(default=list)
    """What the check found, missed and left out, in sentences."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Rendering(Base):
    """One recipient's letter as documents, made for one set of sign-offs."""

    __tablename__ = "renderings"
    __table_args__ = (UniqueConstraint("recipient_id", "fingerprint"),)

    id: Mapped[str] = _id()
    letter_id: Mapped[str] = _letter_id()
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipients.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 over the revision's digest and the sign-offs printed: what the document depends on."""
    docx_sha256: Mapped[str] = mapped_column(ForeignKey("documents.sha256"))
    pdf_sha256: Mapped[str | None] = mapped_column(ForeignKey("documents.sha256"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Delivery(Base):
    """One mail to one address, whatever it carries."""

    __tablename__ = "deliveries"
    __table_args__ = (_known_states(states.DELIVERY), Index("ix_deliveries_state_next_at", "state", "next_at"))

    id: Mapped[str] = _id()
    letter_id: Mapped[str | None] = mapped_column(ForeignKey("letters.id"), index=True)
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    recipient_id: Mapped[str | None] = mapped_column(ForeignKey("recipients.id"))
    kind: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(254))
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Ids that the mail's text is made from; never a token."""
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The MIME bytes, encrypted: they hold a co-signer's link."""
    mime_sha256: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = _state(states.DELIVERY)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str] = mapped_column(default="")
    epoch: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(default="")
    """The mail server's own words, with its code."""
    queued_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    letter: Mapped[Letter | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    recipient: Mapped[Recipient | None] = relationship()


class LogHead(Base):
    """The size and the frontier of a letter's tree; its row is the lock of the log."""

    __tablename__ = "log_heads"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    size: Mapped[int] = mapped_column(default=0)
    frontier: Mapped[list[str]] = mapped_column(default=list)
    """The roots of the full subtrees, largest first, in hex."""


class LogEntry(Base):
    """One entry of a letter's history: exact canonical bytes, never changed, never removed."""

    __tablename__ = "log_entries"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)


class Checkpoint(Base):
    """The log's signed size and root (a C2SP note), made with every append."""

    __tablename__ = "checkpoints"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str]


class Disclosure(Base):
    """What opens a salted commitment of an entry: deleted when a person's data is erased."""

    __tablename__ = "disclosures"

    letter_id: Mapped[str] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    payload: Mapped[dict[str, Any]]


_machine_at_work = contextvars.ContextVar("machine_at_work", default=False)


@contextlib.contextmanager
def machine_at_work() -> Iterator[None]:
    """Let `state` be assigned inside the block; for `history.advance` only."""
    token = _machine_at_work.set(True)
    try:
        yield
    finally:
        _machine_at_work.reset(token)


def _guard(target: Any, value: str, old: Any, initiator: Any) -> None:
    if not _machine_at_work.get():
        raise StateIsGuarded(f"{type(target).__name__}.state was assigned {value!r} outside its machine.")


for _thing in (Letter, Invitation, Delivery):
    event.listen(_thing.state, "set", _guard)


def lock_letter(session: Session, letter_id: str) -> Letter | None:
    """
    Lock a letter's row and read it anew; whatever changes anything of a letter starts here.

    The lock order is letter, then log head. On SQLite the transaction itself is the lock.
    """
    query = select(Letter).where(Letter.id == letter_id).with_for_update(of=Letter)
    query = query.options(joinedload(Letter.campaign, innerjoin=True))
    locked = session.scalar(query.execution_options(populate_existing=True))
    if locked is not None:
        session.info.setdefault("locked", set()).add(letter_id)
    return locked
