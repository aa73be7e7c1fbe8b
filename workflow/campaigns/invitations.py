"""The co-signers of a letter: invited, written to, given another contact or link, taken off, asked again."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from workflow import history
from workflow.campaigns.corrections import Outlook, kept_by_silence
from workflow.campaigns.lookup import locked_invitation, locked_letter
from workflow.clock import is_over
from workflow.errors import InputError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import LANGUAGES
from workflow.letter import characters, typed
from workflow.letter import text as texts
from workflow.mails import asking
from workflow.mails.registry import following_the_text
from workflow.models import Comment, Delivery, Invitation, Letter, Link, Organisation, new_id, now
from workflow.moments import zones
from workflow.states import InvitationFacts, check, may
from workflow.tokens import hash_token
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
    if may("write_to", row.state):
        mail(session, row, invitation)
    return invitation


def _is(invitation: Invitation, cosigner: texts.Cosigner) -> bool:
    return invitation.organisation.name.casefold() == cosigner.organisation.casefold()


def _named(cosigner: texts.Cosigner) -> texts.Cosigner:
    """Return a co-signer as it is kept, called by the most that is known of it; raises `RefusedError`."""
    kept = typed.cosigner(cosigner)
    called = kept.organisation or kept.acronym or kept.signatory
    if not characters.is_name(called):
        raise InputError(organisation="Enter the organisation’s name in letters that can be read.")
    return kept if called == kept.organisation else dataclasses.replace(kept, organisation=called)


def put_on_the_list(
    session: Transaction, row: Letter, cosigners: Sequence[texts.Cosigner], actor: Actor
) -> tuple[str, ...]:
    """
    Add co-signers to a letter whose row is locked, and return the ids of their invitations; no mail goes out.

    All are looked at before one is written, and thousands are written in two statements. Raises `InputError` with
    what is wrong with each of them.
    """
    asked = typed.cosigners(cosigners, _named)
    if not asked:
        return ()
    session.flush()
    before = session.scalar(select(func.max(Invitation.position)).where(Invitation.letter_id == row.id)) or 0
    ids = tuple((new_id(), new_id()) for _ in asked)
    pairs = list(zip(ids, asked, strict=True))
    connection = session.connection()
    connection.execute(
        sa.insert(Organisation),
        [
            {
                "id": organisation,
                "name": cosigner.organisation,
                "acronym": cosigner.acronym,
                "folded": texts.folded(cosigner.organisation, cosigner.acronym),
            }
            for (_, organisation), cosigner in pairs
        ],
    )
    connection.execute(
        sa.insert(Invitation),
        [
            {
                "id": invitation,
                "letter_id": row.id,
                "organisation_id": organisation,
                "position": position,
                "required": cosigner.required,
                "email": cosigner.email,
                "signatory": cosigner.signatory,
                "signatory_title": cosigner.title,
                "folded": texts.folded(cosigner.signatory, cosigner.email),
            }
            for position, ((invitation, organisation), cosigner) in enumerate(pairs, before + 1)
        ],
    )
    session.expire(row, ["invitations"])
    for (invitation, organisation), cosigner in pairs:
        created = actions.InvitationCreated(
            invitation=invitation,
            organisation=organisation,
            required=cosigner.required,
            organisation_name=cosigner.organisation,
            acronym=cosigner.acronym,
            contact=cosigner.email,
            signatory=cosigner.signatory,
            title=cosigner.title,
        )
        history.append(session, row.id, actor, created)
    return tuple(invitation for invitation, _ in ids)


def mail(session: Transaction, row: Letter, invitation: Invitation) -> Delivery | None:
    """Queue the mail that an invitation needs now; returns None where there is no address."""
    return next(iter(mail_all(session, row, [invitation])), None)


def mail_all(session: Transaction, row: Letter, invitations: Sequence[Invitation]) -> list[Delivery]:
    """
    Queue the mails that invitations need now: the first, a revised text, or the opening of sign-off.

    What they were told and said before is asked for all at once: there are thousands of them.
    """
    asked = [invitation for invitation in invitations if invitation.email]
    load_links(session, asked)
    mailed, commented = _mailed(session, asked), _commented(session, asked)
    kept = kept_by_silence(session, row)
    return [
        _mail(session, row, one, mailed=mailed[one.id], commented=commented[one.id], silence=kept.get(one.id))
        for one in asked
    ]


def load_links(session: Transaction, invitations: Sequence[Invitation]) -> None:
    """Read the links of all these invitations at once."""
    these = select(Invitation).where(Invitation.id.in_([invitation.id for invitation in invitations]))
    session.scalars(these.options(selectinload(Invitation.links))).all()


def _mailed(session: Transaction, invitations: Sequence[Invitation]) -> Mapping[str, list[str]]:
    """The digests of the texts that each invitation was mailed, one for each mail."""
    query = select(Delivery.invitation_id, Delivery.about).where(
        Delivery.invitation_id.in_([invitation.id for invitation in invitations]),
        Delivery.kind.in_(following_the_text()),
    )
    return _grouped((str(of), about.get("digest", "")) for of, about in session.execute(query))


def _commented(session: Transaction, invitations: Sequence[Invitation]) -> Mapping[str, list[str]]:
    """The digests of the texts that each organisation has said something of."""
    these = Comment.invitation_id.in_([invitation.id for invitation in invitations])
    return _grouped(
        (of, digest) for of, digest in session.execute(select(Comment.invitation_id, Comment.digest).where(these))
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def _mail(
    session: Transaction,
    row: Letter,
    invitation: Invitation,
    *,
    mailed: Sequence[str],
    commented: Sequence[str],
    silence: Outlook | None,
) -> Delivery:
    revision, link = row.revision, invitation.link
    assert revision is not None
    seen = {*mailed, *commented, *(signoff.digest for signoff in invitation.signoffs)}
    kind = asking.invitation if link is None else asking.revised if revision.digest not in seen else asking.sign_off
    # Whoever signed an earlier text is told what has changed, and whether silence counts: as often as it is written to.
    kind = asking.revised if invitation.is_to_confirm else kind
    link = link or new_link(session, invitation)
    return asking.queue(session, kind, invitation, link, len(mailed), _told(silence) if silence else {})


def _told(silence: Outlook) -> dict[str, object]:
    """What one is told whose silence counts: its own hours, and until when it may object at the least."""
    return {"objection_hours": silence.hours, "objections_until": history.timestamp(silence.until)}


def new_link(session: Transaction, invitation: Invitation) -> Link:
    """Give an invitation a fresh link; the one before it, if any, ends."""
    for old in invitation.links:
        old.revoked_at = old.revoked_at or now()
    link = Link(id=new_id(), invitation_id=invitation.id, token_hash="")
    link.token_hash = hash_token(session.tokens.links(link.id)[0])
    invitation.links.append(link)
    return link


def set_contact(session: Transaction, letter_id: str, invitation_id: str, email: str, actor: Actor) -> Invitation:
    """Give an invitation a contact's address; the old link ends, and a mail goes to the new address when due."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_contact", row.state)
    email = typed.address(email)
    if invitation.email == email:
        return invitation
    invitation.email = email
    history.append(session, row.id, actor, actions.ContactChanged(invitation=invitation.id, contact=email))
    if may("write_to", row.state, invitation.state):
        _resend(session, row, invitation, actor)
    elif invitation.link is not None:
        new_link(session, invitation)
    return invitation


def set_second_contact(
    session: Transaction, letter_id: str, invitation_id: str, email: str, actor: Actor
) -> Invitation:
    """Name somebody else of an organisation who is told of every sign-off; empty: nobody."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_contact", row.state)
    email = typed.address(email)
    if invitation.second_email == email:
        return invitation
    if email and email == invitation.email:
        raise InputError(email="This person is already the contact. Enter somebody else’s address.")
    invitation.second_email = email
    history.append(session, row.id, actor, actions.SecondContactSet(invitation=invitation.id, contact=email))
    return invitation


def resend(session: Transaction, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Send an invitation again with a new link; the old link ends."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    _resend(session, row, invitation, actor)
    return invitation


def _resend(session: Transaction, row: Letter, invitation: Invitation, actor: Actor) -> None:
    check("write_to", row.state, invitation.state)
    if not invitation.email:
        raise RefusedError(f"Add an email address for {invitation.organisation.label}.")
    _replace_link(session, row, invitation, actor)
    mail(session, row, invitation)


def replace_links(session: Transaction, letter_id: str, actor: Actor) -> int:
    """
    End every link of a letter, where one may have leaked; returns how many.

    Who still has to answer gets a new one by mail; the others get theirs with the next mail that is due to them.
    """
    row = locked_letter(session, letter_id)
    check("replace_links", row.state)
    load_links(session, row.invitations)
    living = [invitation for invitation in row.invitations if invitation.link is not None]
    for invitation in living:
        _replace_link(session, row, invitation, actor)
    to_answer = [invitation for invitation in living if may("write_to", row.state, invitation.state)]
    mail_all(session, row, to_answer)
    for invitation in living:
        if invitation.link is None:
            new_link(session, invitation)
    return len(living)


def _replace_link(session: Transaction, row: Letter, invitation: Invitation, actor: Actor) -> None:
    for link in invitation.links:
        link.revoked_at = link.revoked_at or now()
    history.append(session, row.id, actor, actions.LinkReplaced(invitation=invitation.id))


def revoke(session: Transaction, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Take an invitation back; its link ends."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    revoked = actions.InvitationRevoked(invitation=invitation.id)
    history.transition(session, invitation, revoked, InvitationFacts(letter_state=row.state), actor)
    for link in invitation.links:
        link.revoked_at = link.revoked_at or now()
    return invitation


def reinvite(session: Transaction, letter_id: str, invitation_id: str, actor: Actor) -> Invitation:
    """Ask an organisation again that has declined, or whose invitation lapsed or was revoked."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    known = InvitationFacts(letter_state=row.state, past_deadline=is_over(row.campaign.deadline))
    history.transition(session, invitation, actions.InvitationReinvited(invitation=invitation.id), known, actor)
    invitation.reason, invitation.verdict, invitation.answered_at = "", "", None
    if may("write_to", row.state):
        _resend(session, row, invitation, actor)
    return invitation


def set_reader(
    session: Transaction, letter_id: str, invitation_id: str, actor: Actor, *, language: str, timezone: str
) -> Invitation:
    """Set the language that a co-signer is written to in and the zone of its clock; either may be empty."""
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("set_reader", row.state)
    if language and language not in LANGUAGES:
        raise InputError(language="Select a language.")
    if timezone and timezone not in zones():
        raise InputError(timezone=f"There is no time zone “{timezone[:100]}”. Enter one like Europe/Paris.")
    invitation.language, invitation.timezone = language, timezone
    read_in = actions.ReaderSet(invitation=invitation.id, language=language, timezone=timezone)
    history.append(session, row.id, actor, read_in)
    return invitation
