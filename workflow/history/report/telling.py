"""
Reads what the entries of a letter tell: its life, its versions, who was asked, who agreed to what, by which link.

It takes what the evidence holds and nothing else: entries, what opens their commitments, texts, mail servers' answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from workflow.history import actions
from workflow.history.action import ACTIONS
from workflow.history.report.story import (
    ASKS,
    CARRIES_LINK,
    TO_OFFICE,
    Agreed,
    Entry,
    Held,
    Office,
    Party,
    Post,
    Signed,
    Step,
    Story,
    Version,
)
from workflow.letter import text

STEPS = (
    actions.LetterCreated,
    actions.RevisionFrozen,
    actions.LetterCirculated,
    actions.SignOffOpened,
    actions.LetterRevised,
    actions.LetterApproved,
    actions.SignOffReopened,
    actions.DeadlineExtended,
    actions.DeadlineCame,
    actions.DocumentRendered,
    actions.DispatchScheduled,
    actions.LetterDispatched,
    actions.LetterSent,
    actions.LetterWithdrawn,
    actions.KeyChanged,
    actions.PersonErased,
    actions.LetterErased,
)
"""What happens to the letter as a whole."""
PUTS_BEFORE = (actions.LetterCirculated.NAME, actions.SignOffOpened.NAME)
ENDS = (
    actions.InvitationDeclined.NAME,
    actions.SignatureWithdrawn.NAME,
    actions.InvitationRevoked.NAME,
    actions.InvitationLapsed.NAME,
)
"""What leaves an organisation without a signature."""
CHANGES_STATE = (
    *ENDS,
    *actions.SIGNOFFS,
    actions.InvitationRestored.NAME,
    actions.InvitationSuperseded.NAME,
    actions.InvitationReinvited.NAME,
    actions.InvitationRevived.NAME,
)


def read(held: Held) -> Story:
    """Return what the entries tell; what is no entry, or of no kind that is known, is passed over."""
    reading = _Reading(Story(held))
    for seq, entry in sorted(held.entries.items()):
        reading.apply(seq, entry)
    reading.end()
    return reading.story


class _Reading:
    """Walks through the entries once."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.held = story.held
        self.order: list[str] = []
        self.role = ""

    def apply(self, seq: int, entry: Entry) -> None:
        action, about = str(entry.get("action")), entry.get("about")
        if not isinstance(about, Mapping) or action not in ACTIONS:
            return
        story, at, actor = self.story, str(entry.get("at")), entry.get("actor")
        self.role = str(actor.get("role")) if isinstance(actor, Mapping) else ""
        story.counted[action] = story.counted.get(action, 0) + 1
        story.first_at, story.last_at = story.first_at or at, at
        shown = self.held.disclosed.get(seq, {})
        thing = action.partition(".")[0]
        party = story.parties.get(str(about.get("invitation")))
        if action == actions.InvitationCreated.NAME:
            party = story.parties.setdefault(str(about.get("invitation")), Party(str(about.get("invitation"))))
        if any(action == step.NAME for step in STEPS):
            self._step(seq, at, action, about, shown)
        if thing == "delivery":
            self._mail(seq, at, action, about, shown)
        elif party is not None:
            self._of(party, seq, at, action, about, shown)
        else:
            self._letter(seq, at, action, about, shown)

    def end(self) -> None:
        """Name the offices by the words of the text, in the order in which the letter has them."""
        version = self.story.version
        lines = [one.lines for one in version.letter.recipients] if version and version.letter else []
        if len(lines) == len(self.order):
            for recipient, said in zip(self.order, lines, strict=True):
                self.story.offices[recipient].lines = said

    def _step(self, seq: int, at: str, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        story = self.story
        step = Step(seq, action, at, about, str(shown.get("reason", "")))
        before = story.steps[-1].action if story.steps else ""
        # A text is fixed by what puts it before the organisations: it is told first.
        fixes = action == actions.RevisionFrozen.NAME and before in PUTS_BEFORE
        story.steps.insert(len(story.steps) - fixes, step)
        if action == actions.RevisionFrozen.NAME:
            story.digest = str(about.get("digest"))
            number = about.get("number")
            if story.digest not in story.versions and isinstance(number, int):
                content = self.held.revisions.get(number, b"")
                whole = hashlib.sha256(content).hexdigest() == story.digest
                words = text.from_canonical(content) if whole else None
                story.versions[story.digest] = Version(number, story.digest, at, words)
        elif action == actions.DocumentRendered.NAME:
            found = about.get("signoffs")
            story.printed = tuple(found) if isinstance(found, list) else ()
        elif action == actions.LetterDispatched.NAME:
            story.sent = tuple(map(str, about.get("documents", ())))

    def _terms(self, seq: int, at: str, about: Mapping[str, Any]) -> None:
        """Tell the rules as a step where they move the deadline of a text that is before the organisations."""
        moved = about.get("deadline") != self.story.deadline
        self.story.deadline = about.get("deadline")
        if moved and self.story.digest:
            self._step(seq, at, actions.CampaignTerms.NAME, about, {})

    def _letter(self, seq: int, at: str, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        story = self.story
        if action in (actions.LetterCreated.NAME, actions.LetterEdited.NAME, actions.RecipientAddressed.NAME):
            self._addressed(about, shown)
        if action == actions.LetterCreated.NAME:
            story.campaign = str(shown.get("campaign", ""))
            terms = about.get("terms")
            story.zone = str(terms.get("timezone", "UTC")) if isinstance(terms, Mapping) else story.zone
            story.deadline = terms.get("deadline") if isinstance(terms, Mapping) else None
        elif action == actions.CampaignTerms.NAME:
            story.zone = str(about.get("timezone", story.zone))
            self._terms(seq, at, about)
        elif action == actions.DeadlineExtended.NAME:
            story.deadline = about.get("deadline")
        elif action == actions.RemindersSent.NAME and isinstance(about.get("number"), int):
            story.reminders += about["number"]
        elif action == actions.CampaignRenamed.NAME:
            story.campaign = str(shown.get("name", story.campaign))
        elif action in (actions.MemberAdded.NAME, actions.MemberRemoved.NAME):
            member, is_in = str(about.get("member")), action == actions.MemberAdded.NAME
            story.coordinators.pop(member, None)
            if is_in and about.get("role") == "coordinator":
                story.coordinators[member] = str(shown.get("address", ""))
        elif action == actions.OfficeCovered.NAME:
            story.copies = tuple(map(str, shown.get("copies", ())))

    def _addressed(self, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        named = about.get("recipients")
        if isinstance(named, list):
            self.order = [str(one) for one in named]
        for recipient in self.order:
            office = self.story.offices.setdefault(recipient, Office(recipient, (), ""))
            office.address = str(shown.get(recipient, office.address))
        alone = self.story.offices.get(str(about.get("recipient")))
        if alone is not None:
            alone.address = str(shown.get("email", alone.address))

    # --- organisations ---

    def _of(
        self, party: Party, seq: int, at: str, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]
    ) -> None:
        if action in (actions.InvitationCreated.NAME, actions.InvitationCorrected.NAME):
            party.organisation = str(shown.get("organisation", party.organisation))
            party.acronym = str(shown.get("acronym", party.acronym))
            party.individual = party.individual or about.get("individual") is True
            self._moved(party, seq, shown)
        elif action in (actions.ContactChanged.NAME, actions.InvitationHandedOver.NAME):
            party.mail, party.since = None, seq
            self._moved(party, seq, shown)
            if action == actions.InvitationHandedOver.NAME:
                party.passed_on = at
        elif action == actions.LinkReplaced.NAME:
            party.mail, party.since = None, seq
        elif action == actions.ContactDisputed.NAME:
            party.disputed.append((at, str(shown.get("words", ""))))
        elif action == actions.OwnDeadlineSet.NAME:
            party.deadline = str(about.get("deadline") or "")
        elif action == actions.InvitationPlaced.NAME:
            party.withheld = about.get("confidential") is True
        elif action == actions.InvitationRemoved.NAME:
            party.removed = True
        elif action == actions.ConditionAgreed.NAME:
            self.story.agreed[seq] = Agreed(seq, at, about, party.contact, party.mail, party.passed_on)
        elif action in actions.SIGNOFFS:
            self._signed(party, seq, at, action, about, shown)
        elif action in (actions.SignoffCorrected.NAME, actions.OrganisationRenamed.NAME):
            self._reworded(party, action, about, shown)
        if action == actions.SignatureWithdrawn.NAME:
            party.standing.clear()
        withdrawn = self.story.signoffs.get(about.get("signoff") or -1)
        if action == actions.SignatureWithdrawnLate.NAME and about.get("printed") and withdrawn is not None:
            withdrawn.withdrawn_at = at
        if action in CHANGES_STATE:
            party.last, party.last_at, party.last_seq = action, at, seq
            party.words = str(shown.get("reason", "")) if action in ENDS else ""

    @staticmethod
    def _moved(party: Party, seq: int, shown: Mapping[str, Any]) -> None:
        """Its link may go to another address from here on."""
        before, party.contact = party.contact, str(shown.get("contact", party.contact))
        if before != party.contact:
            party.mail, party.since = None, seq

    def _signed(
        self, party: Party, seq: int, at: str, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]
    ) -> None:
        name, title, organisation, acronym = (
            str(shown.get(part, "")) for part in ("name", "title", "organisation", "acronym")
        )
        by_silence = action == actions.InvitationStayed.NAME
        signed = Signed(
            seq, at, about, by_silence, name, title, organisation, acronym, address=party.contact, mail=party.mail
        )
        signed.passed_on = party.passed_on
        told = self.held.entries.get(about.get("told") or -1, {}).get("about", {})
        signed.told = self.story.mails.get(str(told.get("delivery")))
        follows = self.story.signoffs.get(about.get("follows") or -1)
        if by_silence and follows is not None:
            signed.corrected, signed.renamed = follows.corrected, follows.renamed
        agreed = self.story.agreed.get(about.get("follows") or -1)
        if action == actions.InvitationFulfilled.NAME and agreed is not None:
            signed.agreed, signed.address, signed.mail = agreed, agreed.address, agreed.mail
            signed.passed_on = agreed.passed_on
        party.signed.append(signed)
        party.standing[str(about.get("digest"))] = signed
        self.story.signoffs[seq] = signed

    def _reworded(self, party: Party, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        if action == actions.OrganisationRenamed.NAME:
            party.organisation = str(shown.get("organisation", party.organisation))
            party.acronym = str(shown.get("acronym", party.acronym))
            for standing in party.standing.values():
                standing.renamed = party.called
        elif (signed := self.story.signoffs.get(about.get("signoff") or -1)) is not None and shown:
            signed.corrected = (str(shown.get("name", "")), str(shown.get("title", "")))

    # --- emails ---

    def _mail(self, seq: int, at: str, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        story, delivery = self.story, str(about.get("delivery"))
        if action == actions.DeliveryQueued.NAME:
            kind, invitation, recipient = (str(about.get(name) or "") for name in ("kind", "invitation", "recipient"))
            post = Post(delivery, kind, invitation, recipient, seq, at, str(shown.get("address", "")))
            post.documents = tuple(str(about[kind]) for kind in ("docx", "pdf") if about.get(kind))
            story.mails[delivery] = post
            if post.kind == TO_OFFICE and post.recipient in story.offices:
                story.offices[post.recipient].mails.append(post)
            if post.kind in ASKS and story.steps:
                story.steps[-1].asked.append(post)
            return
        post_of = story.mails.get(delivery)
        if post_of is None:
            return
        post_of.ended, post_of.ended_at = action, at
        post_of.by_person = self.role == "coordinator" and action == actions.DeliveryAccepted.NAME
        words = self.held.answers.get(delivery, "")
        if words and about.get("answer") == hashlib.sha256(words.encode()).hexdigest():
            post_of.server = words
        party = story.parties.get(post_of.invitation)
        if party is not None and action == actions.DeliveryAccepted.NAME:
            if post_of.kind in ASKS:
                party.asked = party.asked or post_of
            carries = post_of.kind in ASKS or (party.mail is None and post_of.kind in CARRIES_LINK)
            if carries and post_of.queued > party.since:
                party.mail = post_of
