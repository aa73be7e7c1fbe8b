"""The co-signers of a letter: invited, written to, given another contact or link, taken off, asked again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import func, select

from workflow import history
from workflow.campaigns import batches, conditions, contacts, directory, four_eyes, notes, readers, reminding, rounds
from workflow.campaigns.lookup import locked_invitation, locked_letter
from workflow.campaigns.notes import NO_WORDS
from workflow.campaigns.readers import Seen
from workflow.clock import is_over
from workflow.errors import InputError, RefusedError
from workflow.history import Actor, actions
from workflow.history.action import Action
from workflow.languages import LANGUAGES, lazy_gettext
from workflow.letter import characters, typed
from workflow.letter import text as texts
from workflow.mails import contact_changed
from workflow.models import Delivery, Invitation, Letter, Organisation, new_id
from workflow.moments import zones
from workflow.states import InvitationFacts, check, may
from workflow.transaction import Transaction


def invite(session: Transaction, letter_id: str, cosigner: texts.Cosigner, actor: Actor) -> Invitation:
    """Add a co-signer. When the letter is already before the co-signers, the mail goes out at once."""
    row = locked_letter(session, letter_id)
    check("invite", row.state)
    cosigner = _named(cosigner)
    same = [i for i in row.invitations if _is(i, cosigner)]
    if same:
        raise InputError(organisation=f"{cosigner.organisation} is already on the list.")
    (invitation_id,) = put_on_the_list(session, row, [cosigner], actor)
    invitation = session.get_one(Invitation, invitation_id)
    invitation.round = row.round
    if may("write_to", row.state):
        mail(session, row, invitation)
    return invitation


NO_INDIVIDUALS = lazy_gettext("This campaign has organisations only. Allow individuals in its settings first.")


def _is(invitation: Invitation, cosigner: texts.Cosigner) -> bool:
    return invitation.organisation.name.casefold() == cosigner.organisation.casefold()


def _named(cosigner: texts.Cosigner) -> texts.Cosigner:
    """Return a co-signer as it is kept, called by the most that is known of it; raises `RefusedError`."""
    kept = typed.cosigner(cosigner)
    if kept.individual:
        # Somebody is called by their own name; whom they work for stands in their title, for identification only.
        own = kept.signatory or kept.organisation
        kept = dataclasses.replace(kept, organisation=own, signatory=own, acronym="")
    called = kept.organisation or kept.acronym or kept.signatory
    if not characters.is_name(called):
        raise InputError(organisation=lazy_gettext("Enter the organisation’s name in letters that can be read."))
    return kept if called == kept.organisation else dataclasses.replace(kept, organisation=called)


def put_on_the_list(
    session: Transaction,
    row: Letter,
    cosigners: Sequence[texts.Cosigner],
    actor: Actor,
    requests: Sequence[str] = (),
) -> tuple[str, ...]:
    """
    Add co-signers to a letter whose row is locked, and return the ids of their invitations; no mail goes out.

    `requests` are the ids of the requests to join that they came by, where they did.

    All are looked at before one is written, and thousands are written in a few statements. Each is in the directory
    from then on; country, language, time zone and logo are taken from there where nothing else is said. Raises
    `InputError` with what is wrong with each of them.
    """
    asked = typed.cosigners(cosigners, _named)
    if not asked:
        return ()
    if any(one.individual for one in asked) and not row.campaign.individuals:
        raise InputError(individual=NO_INDIVIDUALS)
    session.flush()
    member_id = actor.key if actor.role == "coordinator" else ""
    kept = iter(directory.keep(session, row.campaign_id, [one for one in asked if not one.individual], member_id))
    # People who sign in their own name are in no directory of organisations.
    known_ids = [None if one.individual else next(kept) for one in asked]
    told = directory.told(session, [one for one in known_ids if one])
    before = session.scalar(select(func.max(Invitation.position)).where(Invitation.letter_id == row.id)) or 0
    listed = [
        _Listed(new_id(), new_id(), position, _completed(cosigner, known), known_id, known)
        for position, (cosigner, known_id) in enumerate(zip(asked, known_ids, strict=True), before + 1)
        for known in [told.get(known_id) if known_id else None]
    ]
    connection = session.connection()
    connection.execute(sa.insert(Organisation), [one.organisation_row() for one in listed])
    connection.execute(sa.insert(Invitation), [one.row(row.id) for one in listed])
    session.expire(row, ["invitations"])
    for one, request in zip(listed, requests or [""] * len(listed), strict=True):
        for entry in one.entries(request):
            history.append(session, row.id, actor, entry)
    beside = directory.also_asked(session, [one for one in known_ids if one])
    for one in listed if beside else ():
        several = beside.get(one.known_id or "", [])
        contacts.put_all_beside(session, row, one.invitation, one.cosigner.email, several, actor)
    return tuple(one.invitation for one in listed)


def _completed(cosigner: texts.Cosigner, told: directory.Told | None) -> texts.Cosigner:
    """Return a co-signer with what the directory says where nothing else was said."""
    if told is None:
        return cosigner
    return dataclasses.replace(
        cosigner,
        country=cosigner.country or told.country,
        language=cosigner.language or told.language,
        timezone=cosigner.timezone or told.timezone,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Listed:
    """A co-signer that is put on a list."""

    invitation: str
    organisation: str
    position: int
    cosigner: texts.Cosigner
    known_id: str | None
    told: directory.Told | None

    @property
    def logo(self) -> str | None:
        return self.told.logo_sha256 if self.told else None

    def organisation_row(self) -> dict[str, object]:
        cosigner = self.cosigner
        return {
            "id": self.organisation,
            "known_id": self.known_id,
            "name": cosigner.organisation,
            "acronym": cosigner.acronym,
            "country": cosigner.country,
            "logo_sha256": self.logo,
            "folded": texts.folded(cosigner.organisation, cosigner.acronym),
        }

    def row(self, letter_id: str) -> dict[str, object]:
        cosigner = self.cosigner
        return {
            "id": self.invitation,
            "letter_id": letter_id,
            "organisation_id": self.organisation,
            "position": self.position,
            "required": cosigner.required,
            "individual": cosigner.individual,
            "four_eyes": self.told is not None and self.told.four_eyes,
            "email": cosigner.email,
            "contact_name": cosigner.contact_name,
            "signatory": cosigner.signatory,
            "signatory_title": cosigner.title,
            "language": cosigner.language,
            "timezone": cosigner.timezone,
            "folded": texts.folded(cosigner.signatory, cosigner.email),
        }

    def entries(self, request: str) -> Iterator[Action]:
        """Yield what is recorded of it: that it was added, and what else is known of it."""
        cosigner = self.cosigner
        yield actions.InvitationCreated(
            invitation=self.invitation,
            organisation=self.organisation,
            required=cosigner.required,
            individual=cosigner.individual,
            request=request,
            organisation_name=cosigner.organisation,
            acronym=cosigner.acronym,
            contact=cosigner.email,
            signatory=cosigner.signatory,
            title=cosigner.title,
        )
        if cosigner.country:
            yield actions.InvitationPlaced(
                invitation=self.invitation,
                position=self.position,
                founder=False,
                confidential=False,
                country=cosigner.country,
            )
        if cosigner.language or cosigner.timezone:
            yield actions.ReaderSet(invitation=self.invitation, language=cosigner.language, timezone=cosigner.timezone)
        if self.told is not None and self.told.four_eyes:
            yield actions.FourEyesSet(invitation=self.invitation, wanted=True)
        if self.logo:
            yield actions.LogoSet(invitation=self.invitation, png=self.logo)


def mail(session: Transaction, row: Letter, invitation: Invitation, *, all_contacts: bool = True) -> Delivery | None:
    """Queue the mails that an invitation needs now; returns the first contact's, None where there is no address."""
    session.flush()
    rounds.settle(session, row, [invitation])
    queued = rounds.write_to(session, row, [invitation.id], all_contacts=all_contacts)
    # Where an act for all is still under way, it has reached this one.
    invitation.round = row.round
    return session.get_one(Delivery, queued[0]) if queued else None


def _locked(session: Transaction, letter_id: str, invitation_id: str) -> tuple[Letter, Invitation]:
    """Lock a letter and one of its invitations, which stands as the text before the co-signers has it."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    rounds.settle(session, row, [invitation])
    return row, invitation


def set_contact(session: Transaction, letter_id: str, invitation_id: str, email: str, actor: Actor) -> Invitation:
    """
    Give an invitation a contact's address; the old link ends, and a mail goes to the new address when due.

    Whoever was the contact before, and was written to, is told, with a link by which they can say that this is wrong.
    """
    row, invitation = _locked(session, letter_id, invitation_id)
    check("set_contact", row.state)
    email = typed.address(email)
    if invitation.email == email:
        return invitation
    if any(one.email.casefold() == email.casefold() for one in invitation.others):
        raise InputError(email=ALREADY)
    before, invited = invitation.email, bool(invitation.links)
    wrong = rounds.link_to_dispute(session, invitation) if invited and before else ""
    invitation.email, invitation.contact_by_hand = email, invited
    changed = actions.ContactChanged(invitation=invitation.id, contact=email, invited=invited, link=wrong)
    sequence = history.append(session, row.id, actor, changed)
    if wrong:
        contact_changed.queue(session, invitation, before, email, wrong, sequence)
    # Whoever agreed to a text that was not there could take that back until it was: by a link that ends now.
    conditions.end_of(session, invitation, actor)
    for link_id in four_eyes.end_with_contact(session, row, invitation, None, before, actor):
        rounds.end_link(session, invitation.id, link_id)
    reminding.for_another(session, invitation, actor)
    if may("write_to", row.state, invitation.state):
        _send_anew(session, row, invitation, actor, first=True)
    elif invitation.link is not None:
        new_link(session, invitation)
    return invitation


ALREADY = lazy_gettext("This person is already a contact. Enter somebody else’s address.")


def new_link(session: Transaction, invitation: Invitation) -> None:
    """Give an invitation's first contact a fresh link; the one before it, if any, ends."""
    session.flush()
    rounds.end_links_of(session, invitation.id, None)
    rounds.new_links(session, [invitation.id])


def set_second_contact(
    session: Transaction, letter_id: str, invitation_id: str, email: str, actor: Actor
) -> Invitation:
    """Name somebody else of an organisation who is told of every sign-off; empty: nobody."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_contact", row.state)
    email = typed.address(email)
    if invitation.second_email == email:
        return invitation
    taken = (invitation.email, *(one.email for one in invitation.others))
    if email and email.casefold() in map(str.casefold, taken):
        raise InputError(email=ALREADY)
    invitation.second_email = email
    history.append(session, row.id, actor, actions.SecondContactSet(invitation=invitation.id, contact=email))
    return invitation


def resend(session: Transaction, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Send an invitation again with the link that lives; one that has run out is replaced."""
    row, invitation = _locked(session, letter_id, invitation_id)
    _check_address(row, invitation)
    _ask_again(session, row, invitation, actor)
    return invitation


def replace_link(session: Transaction, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Send an invitation with a new link; the old one ends, as when it may have come into other hands."""
    row, invitation = _locked(session, letter_id, invitation_id)
    _send_anew(session, row, invitation, actor)
    return invitation


def _ask_again(session: Transaction, row: Letter, invitation: Invitation, actor: Actor) -> None:
    link = invitation.link
    if link is not None and is_over(rounds.runs_out(row.deadline, link.created_at)):
        rounds.replace_links(session, row, [invitation.id], actor)
    mail(session, row, invitation)


def _check_address(row: Letter, invitation: Invitation) -> None:
    check("write_to", row.state, invitation.state)
    if not invitation.email:
        raise RefusedError(
            lazy_gettext("Add an email address for %(recipient)s.", recipient=invitation.organisation.label)
        )


def _send_anew(session: Transaction, row: Letter, invitation: Invitation, actor: Actor, *, first: bool = False) -> None:
    """Replace the links of all contacts, or of the first alone, and write to whose link that was."""
    _check_address(row, invitation)
    rounds.replace_links(session, row, [invitation.id], actor, first=first)
    mail(session, row, invitation, all_contacts=not first)


def replace_links(
    session: Transaction, letter_id: str, actor: Actor, *, note: Mapping[str, str] = NO_WORDS, seen: Seen | None = None
) -> int:
    """
    End every link of a letter at once, where one may have leaked; returns how many.

    Who still has to answer gets a new one by mail; the others get theirs with the next mail that is due to them.
    Raises `ChangedError` where something else would be sent than was `seen`.
    """
    row = locked_letter(session, letter_id)
    check("replace_links", row.state)
    readers.check_seen(session, row, "replace_links", seen)
    words = notes.add(session, row, "replace_links", note, actor)
    ended = rounds.end_all_links(session, row)
    batches.begin(session, row, "replace_links", actor, "links", ended=ended.moment, links_note=words)
    return ended.number


def write_to_rest(
    session: Transaction, letter_id: str, actor: Actor, *, note: Mapping[str, str] = NO_WORDS, seen: Seen | None = None
) -> Letter:
    """
    Invite everybody on the list of a letter that is before the co-signers who was not invited yet.

    They get `note`, or what the others were told. Raises `ChangedError` where something else would be sent than was
    `seen`.
    """
    row = locked_letter(session, letter_id)
    check("write_to_rest", row.state)
    readers.check_seen(session, row, "write_to_rest", seen)
    if not readers.number(session, row, "write_to_rest"):
        raise RefusedError(lazy_gettext("Everybody who has an email address was invited already."))
    row.note_id = notes.add(session, row, "write_to_rest", note, actor) or row.note_id
    batches.begin(session, row, "write_to_rest", actor, "ask_rest")
    return row


def revoke(session: Transaction, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Take an invitation back; its link ends."""
    row, invitation = _locked(session, letter_id, invitation_id)
    revoked = actions.InvitationRevoked(invitation=invitation.id)
    history.transition(session, invitation, revoked, InvitationFacts(letter_state=row.state), actor)
    conditions.end_of(session, invitation, actor)
    rounds.end_links(session, [invitation.id])
    return invitation


def reinvite(session: Transaction, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Ask an organisation again that has declined, or whose invitation lapsed or was revoked."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    known = InvitationFacts(letter_state=row.state, past_deadline=is_over(invitation.due))
    history.transition(session, invitation, actions.InvitationReinvited(invitation=invitation.id), known, actor)
    invitation.reason, invitation.verdict, invitation.answered_at = "", "", None
    if may("write_to", row.state):
        _check_address(row, invitation)
        _ask_again(session, row, invitation, actor)
    return invitation


def set_reader(
    session: Transaction, letter_id: str, invitation_id: str, actor: Actor, *, language: str, timezone: str
) -> Invitation:
    """Set the language that a co-signer is written to in and the zone of its clock; either may be empty."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_reader", row.state)
    if language and language not in LANGUAGES:
        raise InputError(language=lazy_gettext("Select a language."))
    if timezone and timezone not in zones():
        raise InputError(
            timezone=lazy_gettext("There is no time zone “%(zone)s”. Enter one like Europe/Paris.", zone=timezone[:100])
        )
    invitation.language, invitation.timezone = language, timezone
    read_in = actions.ReaderSet(invitation=invitation.id, language=language, timezone=timezone)
    history.append(session, row.id, actor, read_in)
    return invitation
