"""The co-signers of a letter: the list of them, and a page for each on which its forms stand."""

from __future__ import annotations

import functools
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select

from workflow import accounts, documents
from workflow.campaigns import (
    by_hand,
    deadlines,
    four_eyes,
    invitations,
    more_contacts,
    more_time,
    reading_links,
    reminding,
    renaming,
    stationery,
)
from workflow.errors import InputError, PictureError
from workflow.history import Actor
from workflow.languages import Words, joined, lazy_gettext, lazy_ngettext
from workflow.letter import text
from workflow.mails.registry import label_of
from workflow.models import Delivery
from workflow.pages.context import end_reading, reader
from workflow.pages.forms import LogoForm
from workflow.pages.i18n import get_locale, gettext, set_apart
from workflow.pages.rate_limits import by_member, limiter
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import cosigner_list, cosigner_page, silent
from workflow.pages.staff import deadlines as typed_deadlines
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer, act, back, member_for, mine, seen
from workflow.pages.staff.ask import step
from workflow.pages.staff.forms import (
    ContactForm,
    CosignerForm,
    EmailForm,
    ExtensionForm,
    FourEyesForm,
    ReaderForm,
    RemindersForm,
    RenamingForm,
    SecondContactForm,
    StandingForm,
    TimeDeclinedForm,
    checked,
)
from workflow.transaction import Transaction

blueprint = Blueprint("invitations", __name__, url_prefix="/letters/<id:letter_id>")
UPLOAD_LIMITS = {"invitations.logo": documents.LARGEST_PICTURE + 100_000}


@blueprint.get("/cosigners")
def show(letter_id: str) -> str:
    """The list: a page of it, searched, filtered and in the order that its address says."""
    row = seen(letter_id)
    coordinates = accounts.role_in(reader(), staff(reader()), row.campaign) == "coordinator"
    page = cosigner_page.of_list(reader(), row, cosigner_list.wanted(request.args), coordinates)
    return render_template("cosigners.html", page=page)


@blueprint.get("/invitations/<id:invitation_id>")
def one(letter_id: str, invitation_id: str) -> str:
    """One co-signer: what is known of it, and all that a coordinator may change."""
    return render_template("cosigner.html", page=cosigner_page.of_one(reader(), mine(letter_id), invitation_id))


def _again(letter_id: str, invitation_id: str = "") -> str:
    return one(letter_id, invitation_id) if invitation_id else show(letter_id)


show_again_on(blueprint, _again)


@blueprint.post("/invitations")
def invite(letter_id: str) -> Answer:
    """Add a co-signer."""
    form = checked(CosignerForm())
    cosigner = text.Cosigner(
        organisation=form.organisation.data or "",
        acronym=form.acronym.data or "",
        signatory=form.signatory.data or "",
        title=form.title.data or "",
        email=form.email.data or "",
        required=bool(form.required.data),
        individual=bool(form.individual.data),
    )
    invitation_id = act(_invite, letter_id, cosigner)
    return back(letter_id, f"{cosigner.organisation} added.", to="invitations.one", invitation_id=invitation_id)


def _invite(session: Any, letter_id: str, cosigner: text.Cosigner, actor: Any) -> str:
    return invitations.invite(session, letter_id, cosigner, actor).id


def _changed(do: Any, letter_id: str, invitation_id: str, *given: Any, said: Words = "Saved.", **named: Any) -> Answer:
    """Do one act on an invitation, and lead back to its page."""
    act(do, letter_id, invitation_id, *given, **named)
    return back(letter_id, said, to="invitations.one", invitation_id=invitation_id)


@blueprint.post("/invitations/<id:invitation_id>/contact")
def contact(letter_id: str, invitation_id: str) -> Answer:
    """Give a co-signer's contact address."""
    queued = act(_set_contact, letter_id, invitation_id, checked(EmailForm()).email.data)
    to = joined([f"{set_apart(address)} ({gettext(label_of(kind))})" for address, kind in queued], get_locale())
    said = gettext("Saved. On its way: %(mails)s.") % {"mails": to} if queued else "Saved."
    return back(letter_id, said, to="invitations.one", invitation_id=invitation_id)


def _set_contact(session: Transaction, letter_id: str, invitation_id: str, email: str, actor: Actor) -> list[Any]:
    """Change it, and return to whom mails are on their way by that, and of which kind."""
    before = set(session.scalars(select(Delivery.id).where(Delivery.invitation_id == invitation_id)))
    invitations.set_contact(session, letter_id, invitation_id, email, actor)
    session.flush()
    mails = select(Delivery.address, Delivery.kind).where(Delivery.invitation_id == invitation_id)
    return list(session.execute(mails.where(Delivery.id.not_in(before)).order_by(Delivery.queued_at, Delivery.id)))


@blueprint.post("/invitations/<id:invitation_id>/second-contact")
def second_contact(letter_id: str, invitation_id: str) -> Answer:
    """Name who else of an organisation is told of its sign-offs; an empty address: nobody."""
    address = (checked(SecondContactForm()).email.data or "").strip()
    return _changed(invitations.set_second_contact, letter_id, invitation_id, address)


@blueprint.post("/invitations/<id:invitation_id>/contacts")
def add_contact(letter_id: str, invitation_id: str) -> Answer:
    """Add one more contact, who is asked by a link of their own."""
    form = checked(ContactForm())
    act(more_contacts.add, letter_id, invitation_id, form.name.data or "", form.email.data or "")
    return _at_others(letter_id, invitation_id, gettext("Contact added."))


@blueprint.post("/invitations/<id:invitation_id>/contacts/<id:contact_id>")
def correct_contact(letter_id: str, invitation_id: str, contact_id: str) -> Answer:
    """Correct the name or the address of a contact besides the first."""
    form = checked(ContactForm())
    act(more_contacts.correct, letter_id, invitation_id, contact_id, form.name.data or "", form.email.data or "")
    return _at_others(letter_id, invitation_id, gettext("Saved."))


@blueprint.post("/invitations/<id:invitation_id>/contacts/<id:contact_id>/remove")
def remove_contact(letter_id: str, invitation_id: str, contact_id: str) -> Answer:
    """Take a contact besides the first off: the link ends."""
    act(more_contacts.remove, letter_id, invitation_id, contact_id)
    return _at_others(letter_id, invitation_id, gettext("Contact removed. Its link no longer works."))


@blueprint.post("/invitations/<id:invitation_id>/readers/<id:link_id>/end")
def end_reader(letter_id: str, invitation_id: str, link_id: str) -> Answer:
    """End a link by which colleagues read the letter."""
    act(reading_links.end_one, letter_id, invitation_id, link_id)
    return _at_others(letter_id, invitation_id, gettext("That link has ended."))


@blueprint.post("/invitations/<id:invitation_id>/four-eyes")
def set_four_eyes(letter_id: str, invitation_id: str) -> Answer:
    """Set whether two have to sign for an organisation."""
    act(four_eyes.set_wanted, letter_id, invitation_id, bool(checked(FourEyesForm()).wanted.data))
    return _at_others(letter_id, invitation_id, gettext("Saved."))


def _at_others(letter_id: str, invitation_id: str, said: str) -> Answer:
    return back(letter_id, said, "others", to="invitations.one", invitation_id=invitation_id)


@blueprint.post("/invitations/<id:invitation_id>/reader")
def set_reader(letter_id: str, invitation_id: str) -> Answer:
    """Set the language and the time zone of a co-signer."""
    form = checked(ReaderForm())
    return _changed(
        invitations.set_reader,
        letter_id,
        invitation_id,
        language=form.language.data or "",
        timezone=form.timezone.data or "",
    )


@blueprint.post("/invitations/<id:invitation_id>/mail")
def resend(letter_id: str, invitation_id: str) -> Answer:
    """Email the invitation again, with the link that lives."""
    return _changed(
        invitations.resend, letter_id, invitation_id, said=lazy_gettext("Sent again. The link is the same.")
    )


@blueprint.post("/invitations/<id:invitation_id>/link")
def replace_link(letter_id: str, invitation_id: str) -> Answer:
    """Email a new link; the old one ends."""
    said = lazy_gettext("A new link is on its way. The old one has stopped working.")
    return _changed(invitations.replace_link, letter_id, invitation_id, said=said)


@blueprint.post("/reminders")
def remind(letter_id: str) -> Answer:
    """Remind those who are silent, all or some; it is shown before."""
    some = silent.some_of(request.form.get("some", ""))
    do = functools.partial(by_hand.remind, some=some)
    return step(letter_id, "remind", do, _reminded, to="invitations.show")


def _reminded(number: int) -> Words:
    return lazy_ngettext("%(num)s reminder is on its way.", "%(num)s reminders are on their way.", number)


@blueprint.post("/invitations/<id:invitation_id>/reminders")
def set_reminders(letter_id: str, invitation_id: str) -> Answer:
    """Let a co-signer be reminded, or not."""
    wanted = bool(checked(RemindersForm()).wanted.data)
    return _changed(reminding.set_reminders, letter_id, invitation_id, wanted, said=lazy_gettext("Saved."))


@blueprint.post("/invitations/<id:invitation_id>/extension")
def extend(letter_id: str, invitation_id: str) -> Answer:
    """Give this co-signer alone more time; for all, show first whom a later deadline concerns."""
    letter, form = mine(letter_id), checked(ExtensionForm())
    deadline = typed_deadlines.read(form.deadline.data, letter.timezone)
    if form.whom.data == "all":
        to = f"{form.deadline.data:%Y-%m-%dT%H:%M}"
        return redirect(url_for("moving.show", letter_id=letter_id, to=to), 303)
    act(deadlines.give, letter_id, invitation_id, deadline)
    said = lazy_gettext("They have more time, and are told by email. The deadline of the others stays.")
    return back(letter_id, said, to="invitations.one", invitation_id=invitation_id)


@blueprint.post("/invitations/<id:invitation_id>/extension/end")
def end_extension(letter_id: str, invitation_id: str) -> Answer:
    """Let the letter's deadline hold for this co-signer again."""
    said = lazy_gettext("The deadline of the letter holds for them again. We’re telling them by email.")
    return _changed(deadlines.give, letter_id, invitation_id, None, said=said)


@blueprint.post("/invitations/<id:invitation_id>/time")
def decline_time(letter_id: str, invitation_id: str) -> Answer:
    """Say no to a request for more time."""
    reason = checked(TimeDeclinedForm()).reason.data or ""
    said = lazy_gettext("Declined. We’re telling them by email.")
    return _changed(more_time.decline, letter_id, invitation_id, reason, said=said)


@blueprint.post("/invitations/<id:invitation_id>/revocation")
def revoke(letter_id: str, invitation_id: str) -> Answer:
    """Cancel the invitation."""
    return _changed(invitations.revoke, letter_id, invitation_id, said="Invitation cancelled.")


@blueprint.post("/invitations/<id:invitation_id>/renewal")
def reinvite(letter_id: str, invitation_id: str) -> Answer:
    """Ask the organisation again."""
    return _changed(invitations.reinvite, letter_id, invitation_id, said="Invited again.")


@blueprint.post("/invitations/<id:invitation_id>/standing")
def standing(letter_id: str, invitation_id: str) -> Answer:
    """Set where a co-signer appears below the letter, its country, and whether its name is withheld."""
    form = checked(StandingForm())
    given = stationery.Standing(
        form.position.data or 1, form.country.data or "", bool(form.founder.data), bool(form.confidential.data)
    )
    return _changed(stationery.set_standing, letter_id, invitation_id, given)


@blueprint.post("/invitations/<id:invitation_id>/name")
def rename(letter_id: str, invitation_id: str) -> Answer:
    """Correct how an organisation's name is printed; it is told by email."""
    form = checked(RenamingForm())
    name, acronym = form.organisation.data or "", form.acronym.data or ""
    said = gettext("Name corrected. We’re emailing the organisation, so that it can say if this is wrong.")
    return _changed(renaming.rename, letter_id, invitation_id, name, acronym, said=said)


@blueprint.post("/invitations/<id:invitation_id>/logo")
@limiter.limit("60 per minute", key_func=by_member)
def logo(letter_id: str, invitation_id: str) -> Answer:
    """Give an organisation its logo."""
    member_for(letter_id)
    end_reading()
    chosen = LogoForm().file.data
    try:
        drawn = documents.normalise(chosen.read() if chosen else b"", "Logo")
    except PictureError as error:
        raise InputError(file=str(error)) from error
    return _changed(stationery.set_logo, letter_id, invitation_id, drawn, said="Logo saved.")


@blueprint.post("/links")
def replace_links(letter_id: str) -> Answer:
    """End every link of a letter, and email new ones to who still has to answer."""
    return step(
        letter_id,
        "replace_links",
        invitations.replace_links,
        lambda ended: lazy_gettext(
            "Links replaced: %(number)s. We’re emailing a new one to everyone who still has to answer.", number=ended
        ),
        to="invitations.show",
    )


@blueprint.post("/rest")
def write_to_rest(letter_id: str) -> Answer:
    """Invite everybody who was not invited yet."""
    said = lazy_gettext("We’re emailing everybody who was not invited yet.")
    return step(letter_id, "write_to_rest", invitations.write_to_rest, lambda _: said, to="invitations.show")
