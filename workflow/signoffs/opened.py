"""What a link opens, as light rows: one statement for each request of a co-signer, however many of them there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, exists, func, select
from sqlalchemy.orm import aliased

from workflow.languages import in_zone
from workflow.models import (
    AGREED,
    Addendum,
    Campaign,
    Comment,
    Invitation,
    InvitationContact,
    Letter,
    Link,
    LogHead,
    Membership,
    Organisation,
    Revision,
    Signoff,
    User,
)
from workflow.models.base import in_state
from workflow.names import who_asks
from workflow.states import deadlines
from workflow.states.invitation import LAPSED, STANDING
from workflow.states.letter import SIGNABLE, WITH_COSIGNERS
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """The link itself."""

    id: str
    created_at: datetime
    revoked_at: datetime | None
    purpose: str
    contact_id: str | None
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class OpenedCampaign:
    """The effort that its letter is part of, and who asks."""

    id: str
    asks_as: str
    coordinator: str | None
    coordinator_organisation: str | None
    coordinator_email: str | None
    """Who answers for it: who has coordinated it longest."""

    @property
    def asked_by(self) -> str:
        """Who asks, as co-signers read it; empty where nobody coordinates it."""
        return who_asks(self.asks_as, self.coordinator, self.coordinator_organisation, self.coordinator_email)


@dataclass(frozen=True, slots=True)
class OpenedRevision:
    """The text that is before the co-signers: which it is, not its words; and how many there have been."""

    number: int
    digest: str
    newest: int


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """The letter, with its campaign and the text that is before the co-signers."""

    id: str
    state: str
    language: str
    subject: str
    place: str
    date: Date | None
    reason: str
    ordering: str
    objections_until: datetime | None
    deadline: datetime | None
    at_deadline: str
    extend_days: int
    extended: bool
    timezone: str
    comments_shared: bool
    code_required: bool
    objection_hours: int
    four_eyes: bool
    late_names: bool
    addendum_sent: bool
    frontier: tuple[str, ...]
    """The state of its history."""
    campaign: OpenedCampaign
    revision: OpenedRevision | None
    is_draft = in_state("drafting")
    is_open_for_sign_off = in_state(*SIGNABLE)
    is_approved = in_state("approved")
    is_being_sent = in_state("sending")
    is_sent = in_state("sent")
    is_with_cosigners = in_state(*WITH_COSIGNERS)

    @property
    def takes_late_names(self) -> bool:
        """Whether it can still be signed though it was sent: until its addendum goes out."""
        return self.is_sent and self.late_names and not self.addendum_sent


@dataclass(frozen=True, slots=True)
class OpenedOrganisation:
    """The organisation that is asked."""

    name: str
    acronym: str
    logo_sha256: str | None


@dataclass(frozen=True, slots=True)
class OpenedSignoff:
    """One of its sign-offs."""

    id: str
    digest: str
    name: str
    title: str
    sequence: int
    signed_at: datetime
    retracted_at: datetime | None
    basis: str
    objection_hours: int
    code_required: bool
    late: bool
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenedInvitation:
    """The invitation that a link opens, with what stands about it; its answers are those of `models.Invitation`."""

    id: str
    state: str
    confidential: bool
    individual: bool
    email: str
    """Of whoever has the link that opens it."""
    signatory: str
    signatory_title: str
    verdict: str
    more_time: str
    language: str
    timezone: str
    answered_at: datetime | None
    answered_by: str | None
    four_eyes: bool
    deadline: datetime | None
    has_commented: bool
    has_readers: bool
    """Colleagues may read it, by links of their own."""
    has_agreed: bool
    """It has agreed to a text that is not there yet, and that is open."""
    organisation: OpenedOrganisation
    letter: OpenedLetter
    link: OpenedLink
    """By which it was opened."""
    signoffs: tuple[OpenedSignoff, ...] = ()
    """In the order of their entries; none before they are asked for (`with_signoffs`)."""
    is_to_confirm = in_state("to_confirm")
    has_signed = in_state("signed")
    has_lapsed = in_state(*LAPSED)

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
        letter = self.letter
        return self.due if deadlines.closes_itself(letter.at_deadline, letter.extend_days, letter.extended) else None

    def in_words(self, moment: datetime | None, language: str) -> str:
        """Return a time in words, where this co-signer is; nothing for none."""
        return in_zone(moment, self.zone, language) if moment else ""

    def signoff_for(self, digest: str) -> OpenedSignoff | None:
        """Return this organisation's standing sign-off for one text, if it has given one."""
        return next((s for s in self.signoffs if s.digest == digest and s.retracted_at is None), None)

    @property
    def wants_four_eyes(self) -> bool:
        """Whether one has to propose and another to confirm what is signed for it from now on."""
        return (self.four_eyes or self.letter.four_eyes) and not self.individual

    @property
    def asks_for_code(self) -> bool:
        """Whether signing takes a code by mail: where the campaign asks for one, or has when this one signed."""
        return self.letter.code_required or any(signoff.code_required for signoff in self.signoffs)

    @property
    def by_hand(self) -> OpenedSignoff | None:
        """The last sign-off that a person gave here and nobody has taken back."""
        given = [s for s in self.signoffs if s.basis == "confirmed" and s.retracted_at is None]
        return given[-1] if given else None


_LINK = (Link.id, Link.created_at, Link.revoked_at, Link.purpose, Link.contact_id, Link.email, Link.name)
_CAMPAIGN = (
    Campaign.id,
    Campaign.asks_as,
    User.name,
    User.organisation,
    User.email,
)
_coordinator = (
    select(Membership.user_id)
    .where(Membership.campaign_id == Campaign.id, Membership.role == "coordinator")
    .order_by(Membership.joined_at, Membership.user_id)
    .limit(1)
    .correlate(Campaign)
    .scalar_subquery()
)
_every = aliased(Revision)
_newest = select(func.max(_every.number)).where(_every.letter_id == Letter.id).correlate(Letter).scalar_subquery()
_REVISION = (Revision.number, Revision.digest, _newest)
_LETTER = (
    Letter.id,
    Letter.state,
    Letter.language,
    Letter.subject,
    Letter.place,
    Letter.date,
    Letter.reason,
    Letter.ordering,
    Letter.objections_until,
    Letter.deadline,
    Letter.at_deadline,
    Letter.extend_days,
    Letter.extended,
    Letter.timezone,
    Letter.comments_shared,
    Letter.code_required,
    Letter.objection_hours,
    Letter.four_eyes,
    Letter.late_names,
    exists().where(Addendum.letter_id == Letter.id, Addendum.sent_at.is_not(None)).correlate(Letter),
    LogHead.frontier,
)
_ORGANISATION = (Organisation.name, Organisation.acronym, Organisation.logo_sha256)
_contact, _reading = aliased(InvitationContact), aliased(Link)
_INVITATION = (
    Invitation.id,
    Invitation.state,
    Invitation.confidential,
    Invitation.individual,
    case(
        (Link.purpose != "answer", Link.email),
        (Link.contact_id.is_not(None), func.coalesce(_contact.email, "")),
        else_=Invitation.email,
    ),
    Invitation.signatory,
    Invitation.signatory_title,
    Invitation.verdict,
    Invitation.more_time,
    Invitation.language,
    Invitation.timezone,
    Invitation.answered_at,
    Invitation.answered_by,
    Invitation.four_eyes,
    Invitation.deadline,
    exists().where(Comment.invitation_id == Invitation.id).correlate(Invitation),
    exists()
    .where(_reading.invitation_id == Invitation.id, _reading.purpose == "read", _reading.revoked_at.is_(None))
    .correlate(Invitation),
    AGREED,
)
_SIGNOFF = (
    Signoff.id,
    Signoff.digest,
    Signoff.name,
    Signoff.title,
    Signoff.sequence,
    Signoff.signed_at,
    Signoff.retracted_at,
    Signoff.basis,
    Signoff.objection_hours,
    Signoff.code_required,
    Signoff.late,
    Signoff.withdrawn_at,
)
_opened = (
    select(*_LINK, *_CAMPAIGN, *_REVISION, *_LETTER, *_ORGANISATION, *_INVITATION, Invitation.round < Letter.round)
    .join_from(Link, Invitation, Invitation.id == Link.invitation_id)
    .join(Organisation, Organisation.id == Invitation.organisation_id)
    .join(Letter, Letter.id == Invitation.letter_id)
    .join(Campaign, Campaign.id == Letter.campaign_id)
    .join(_contact, _contact.id == Link.contact_id, isouter=True)
    .join(User, User.id == _coordinator, isouter=True)
    .join(LogHead, LogHead.letter_id == Letter.id, isouter=True)
    .join(Revision, (Revision.letter_id == Letter.id) & (Revision.number == Letter.revision_number), isouter=True)
    .where(Link.id == bindparam("link"), Link.invitation_id == bindparam("invitation"))
)
_given = select(*_SIGNOFF).where(Signoff.invitation_id == bindparam("invitation")).order_by(Signoff.sequence)


def opened(session: Transaction, link_id: str, invitation_id: str) -> tuple[OpenedLink, OpenedInvitation] | None:
    """Return a link and what it opens; None for one that is unknown or of another invitation. It may have ended."""
    # Not through the ORM: every request of a co-signer begins so.
    row = session.connection().execute(_opened, {"link": link_id, "invitation": invitation_id}).one_or_none()
    if row is None:
        return None
    values: Iterator[Any] = iter(row)

    def next_of(columns: tuple[object, ...]) -> list[Any]:
        return [next(values) for _ in columns]

    link, campaign = OpenedLink(*next_of(_LINK)), OpenedCampaign(*next_of(_CAMPAIGN))
    number, digest, newest = next_of(_REVISION)
    *of_letter, frontier = next_of(_LETTER)
    revision = None if number is None else OpenedRevision(number, digest, newest)
    letter = OpenedLetter(*[*of_letter, tuple(frontier or ()), campaign, revision])
    organisation, of_invitation = OpenedOrganisation(*next_of(_ORGANISATION)), next_of(_INVITATION)
    invitation = OpenedInvitation(*[*of_invitation, organisation, letter, link])
    if next(values) and invitation.state in STANDING:
        invitation = _as_it_stands(with_signoffs(session, invitation))
    return link, invitation


def with_signoffs(session: Transaction, invitation: OpenedInvitation) -> OpenedInvitation:
    """Return an invitation with its sign-offs."""
    found = session.connection().execute(_given, {"invitation": invitation.id})
    return dataclasses.replace(invitation, signoffs=tuple(OpenedSignoff(*list[Any](one)) for one in found))


def _as_it_stands(invitation: OpenedInvitation) -> OpenedInvitation:
    """Return an invitation that the last act for all has not come to yet as its sign-offs say that it stands."""
    text = invitation.letter.revision
    if text is None:
        return invitation
    stands = "signed" if invitation.signoff_for(text.digest) else "to_confirm"
    return dataclasses.replace(invitation, state=stands)
