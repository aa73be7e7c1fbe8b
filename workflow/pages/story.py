"""A history in plain words: each entry as a sentence, with the names that this instance may show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workflow import history
from workflow.history import Entry
from workflow.languages import in_zone
from workflow.models import Delivery, Letter
from workflow.pages.staff.letter_page import MAIL_NAMES
from workflow.signoffs import in_words
from workflow.transaction import Transaction

LETTER = {
    "letter.created": "took the letter in",
    "letter.edited": "changed the draft",
    "letter.circulate": "sent the text to the co-signers for review",
    "letter.open_sign_off": "opened sign-off",
    "letter.revise": "took the letter back to drafting",
    "letter.approve": "closed sign-off and approved the letter",
    "letter.reopen": "reopened sign-off",
    "letter.scheduled": "set a time for the dispatch",
    "letter.dispatch": "sent the letter off to every office",
    "letter.confirm": "found every office's delivery accepted: the letter is sent",
    "letter.withdraw": "withdrew the letter",
    "campaign.terms": "set the deadline and how many must sign",
    "recipient.addressed": "set a recipient's email address",
    "suggestion.accepted": "took a suggestion over into the draft",
    "suggestion.dismissed": "put a suggestion aside",
    "letterhead.added": "added a letterhead",
    "paper.chosen": "chose how the letter is printed",
    "secret.changed": "put a new secret key in the place of the one that links are made with",
    "key.changed": "put a new key in the place of the one that signs this history",
}
INVITATION = {
    "invitation.created": "put {who} on the list of co-signers",
    "invitation.contact": "set the contact of {who}",
    "invitation.sign": "{who} signed",
    "invitation.decline": "{who} declined",
    "invitation.retract": "{who} took its sign-off back",
    "invitation.supersede": "the text changed, so {who} has to confirm",
    "invitation.restore": "the text is the one that {who} signed, so the sign-off counts again",
    "invitation.lapse": "the deadline passed without an answer of {who}",
    "invitation.revoke": "took the invitation of {who} back",
    "invitation.reinvite": "asked {who} again",
    "invitation.verdict": "{who} gave a verdict: {verdict}",
    "link.replaced": "replaced the link of {who}",
    "invitation.stay": "{who} did not object to the correction in time, so its sign-off counts for it",
    "invitation.handed_over": "{who} handed the invitation over to a colleague",
    "invitation.reader": "set the language and the zone of {who}",
    "invitation.second_contact": "set who else of {who} is told of its sign-offs",
    "invitation.placed": "set where {who} stands below the letter",
    "time.asked": "{who} asked for more time",
    "code.sent": "a code to sign with was mailed to {who}",
    "comment.added": "{who} commented",
    "comment.answered": "answered a comment of {who}",
    "suggestion.added": "{who} suggested other words",
    "signoff.image": "{who} added the image of its signature",
    "organisation.logo": "the logo of {who} was set",
}
DELIVERY = {
    "delivery.queued": "{mail} was written",
    "delivery.claim": "{mail} was taken up by a worker",
    "delivery.hand_over": "{mail} was handed to the mail server",
    "delivery.accept": "{mail} was accepted by the mail server",
    "delivery.defer": "{mail} was put off",
    "delivery.reject": "{mail} was refused by the mail server",
    "delivery.lose": "{mail}: the answer was lost, so it is uncertain",
    "delivery.requeue": "{mail} is to be sent again",
    "delivery.cancel": "{mail} was cancelled",
    "delivery.bounce": "{mail} came back",
}
ROLES = {"coordinator": "The coordinator", "system": "The service", "cosigner": "", "auditor": "The auditor"}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as an auditor reads it."""

    sequence: int
    at: str
    sentence: str
    digest: str
    number: int | None
    kind: str


def lines(session: Transaction, letter: Letter) -> list[Line]:
    """Return a letter's history, oldest first."""
    who = {
        i.id: "an organisation whose name is withheld" if i.confidential else i.organisation.label
        for i in letter.invitations
    }
    numbers = {revision.digest: revision.number for revision in letter.revisions}
    mails = {delivery.id: delivery for delivery in session.query(Delivery).filter_by(letter_id=letter.id)}
    zone = letter.campaign.timezone
    return [
        Line(
            sequence=entry.sequence,
            at=in_zone(entry.at, zone),
            sentence=_sentence(entry, who, mails, letter),
            digest=entry.about.get("digest", "") or "",
            number=numbers.get(entry.about.get("digest", "")),
            kind=entry.action.partition(".")[0],
        )
        for entry in history.entries(session, letter.id)
    ]


def _sentence(entry: Entry, who: dict[str, str], mails: dict[str, Delivery], letter: Letter) -> str:
    about = entry.about
    if entry.action == "revision.frozen":
        said = f"{ROLES[entry.role]} froze the text as revision {about['number']}"
    elif entry.action == "document.rendered":
        said = f"The document was made, with {len(about['signoffs'])} names"
    elif entry.action == history.KEY_CHANGED and about["lost"]:
        said = f"{ROLES[entry.role]} said that the key of this history is lost; a new one signs from here on"
    elif entry.action in INVITATION:
        said = _of_invitation(entry, who.get(about.get("invitation", ""), "an organisation"))
    elif entry.action in DELIVERY:
        said = DELIVERY[entry.action].format(mail=_mail(mails.get(about["delivery"]), about, who, letter))
    else:
        said = f"{ROLES[entry.role] or 'A co-signer'} {LETTER.get(entry.action, entry.action)}"
    return f"{said[0].upper()}{said[1:]}."


def _of_invitation(entry: Entry, who: str) -> str:
    verdict = {"ready": "ready to sign", "changes_requested": "changes needed"}.get(entry.about.get("verdict", ""), "")
    said = INVITATION[entry.action].format(who=who, verdict=verdict)
    noted = in_words(entry.about) if entry.action == "invitation.sign" else ""
    if noted:
        said = f"{said} ({noted})"
    if said.startswith((who, "the ", "a ")):
        return said
    return f"{ROLES[entry.role]} {said}"


def _mail(delivery: Delivery | None, about: dict[str, Any], who: dict[str, str], letter: Letter) -> str:
    kind = MAIL_NAMES.get(about.get("kind", ""), "mail")
    if delivery is None:
        return f"A mail ({kind})"
    if delivery.recipient_id:
        whom = next((r.label for r in letter.recipients if r.id == delivery.recipient_id), "the office")
    else:
        whom = who.get(delivery.invitation_id or "", "an organisation")
    return f"The mail to {whom} ({kind})"
