"""Whole lives of a letter under a rule of silence, against somebody who keeps count apart of who may stay."""

import os
import random

from tests.support.factories import ANNA, cosigners, terms, words
from tests.support.recording import step_of
from workflow import history
from workflow.campaigns import drafts, invitations, lifecycle, lookup
from workflow.errors import RefusedError
from workflow.history import evidence
from workflow.history.log import sign_all
from workflow.mails.registry import following_the_text
from workflow.models import Letter, now
from workflow.signoffs import answers, review, tacit_consent
from workflow.signoffs.answers import Answer
from workflow.states import DeliveryFacts


class Counted:
    """What should hold of one organisation, in plain Python: slices, hours, and a clock that only runs forward."""

    def __init__(self) -> None:
        self.state, self.hand, self.hours, self.kept = "invited", None, 0, set()
        self.moved, self.spoke, self.told = False, False, None

    def stands_for(self, text) -> bool:
        return text in self.kept

    def may_stay(self, text) -> bool:
        agreed = self.hand is not None and self.hours > 0 and not self.moved
        return agreed and not self.spoke and len(self.hand ^ text) <= 1


class Walk:
    """A coordinator, two organisations and a mail server who do anything at all."""

    def __init__(self, session, later, choices) -> None:
        self.session, self.later, self.choices = session, later, choices
        self.drafted = self.text = frozenset()
        row = drafts.take_in(
            session,
            words(body=self.body()),
            cosigners(2),
            ANNA,
            dated=None,
            terms=terms(deadline=None, objection_hours=24),
        )
        self.letter_id, self.letter, self.rule = row.id, "drafting", 24
        self.who = [Counted(), Counted()]
        self.clock = self.latest = self.floor = 0.0
        self.correction = False
        self.stays = 0

    def body(self) -> str:
        """Three slices of 15 words, each as it was or replaced: two replaced are too much for one correction."""
        return " ".join(f"{'new' if n in self.drafted else 'old'}{n}" for n in range(3) for _ in range(15))

    def row(self):
        return self.session.get_one(Letter, self.letter_id)

    def attempt(self, allowed: bool, act, *arguments, **named) -> bool:
        try:
            act(self.session, *arguments, **named)
        except RefusedError:
            assert not allowed, f"{act.__name__} was refused"
            return False
        assert allowed, f"{act.__name__} was not refused"
        self.session.flush()
        return True

    def opened(self, small: bool) -> None:
        self.letter, self.text, self.correction = "sign_off", self.drafted, small
        self.floor = self.clock + self.rule
        for one in self.who:
            one.told, one.spoke = None, False
            if one.state in ("signed", "to_confirm"):
                one.state = "signed" if one.stands_for(self.text) else "to_confirm"

    def open(self) -> None:
        small = self.choices.random() < 0.7
        waiting = [
            one for one in self.who if one.state in ("signed", "to_confirm") and not one.stands_for(self.drafted)
        ]
        for one in self.who:
            one.spoke = False
        holds = self.rule > 0 and any(one.may_stay(self.drafted) for one in waiting)
        allowed = self.letter == "drafting" and (holds or not small)
        if self.attempt(allowed, lifecycle.open_sign_off, self.letter_id, ANNA, small_correction=small):
            self.opened(small)

    def revise(self) -> None:
        if self.attempt(self.letter in ("sign_off", "approved"), lifecycle.revise, self.letter_id, "A reason.", ANNA):
            self.letter, self.correction = "drafting", False
            if self.choices.random() < 0.8:
                self.drafted = self.drafted ^ {self.choices.randrange(3)}
                drafts.edit(
                    self.session, self.letter_id, words(body=self.body()), ANNA, version=self.row().version, dated=None
                )

    def set_terms(self) -> None:
        self.rule = self.choices.choice((0, 1, 24, 72))
        drafts.set_terms(self.session, self.letter_id, terms(deadline=None, objection_hours=self.rule), ANNA)

    def sign(self) -> None:
        n = self.choices.randrange(2)
        one, invitation = self.who[n], self.row().invitations[n]
        if self.letter != "sign_off" or one.state not in ("invited", "to_confirm", "retracted"):
            return
        shown = Answer(digest=self.row().revision.digest, name="A Person", authorised=True, objection_hours=self.rule)
        answers.sign(self.session, invitation.link.id, shown)
        one.state, one.hand, one.hours, one.moved = "signed", self.text, self.rule, False
        one.by_hand = {*getattr(one, "by_hand", set()), self.text}
        one.kept = set(one.by_hand)

    def retract(self) -> None:
        n = self.choices.randrange(2)
        one = self.who[n]
        if one.state == "signed" and self.letter in ("sign_off", "approved"):
            answers.retract(self.session, self.row().invitations[n].link.id)
            one.state, one.hand, one.kept, one.by_hand = "retracted", None, set(), set()
            if self.letter == "approved":
                self.letter, self.correction = "sign_off", False

    def comment(self) -> None:
        n = self.choices.randrange(2)
        if self.letter == "sign_off":
            link = self.row().invitations[n].link.id
            review.comment(self.session, link, self.row().revision.digest, None, "Not so.")
            self.who[n].spoke = True

    def change_contact(self) -> None:
        n = self.choices.randrange(2)
        address = f"{self.choices.random()}@example.org"
        invitations.set_contact(self.session, self.letter_id, self.row().invitations[n].id, address, ANNA)
        self.who[n].moved, self.who[n].told = True, None

    def replace_links(self) -> None:
        if self.attempt(self.letter in ("sign_off", "approved"), invitations.replace_links, self.letter_id, ANNA):
            for one in self.who:
                one.told = None

    def tell(self) -> None:
        """The mail server takes what waits for one of them; what it says must be what holds."""
        n = self.choices.randrange(2)
        one, invitation = self.who[n], self.row().invitations[n]
        mails = [m for m in lookup.deliveries_of(self.session, self.letter_id) if m.state == "queued"]
        for mail in (m for m in mails if m.invitation_id == invitation.id and m.kind in following_the_text()):
            for trigger in ("claim", "hand_over", "accept"):
                mail.settled_at = now()
                facts = DeliveryFacts(by_person=True)
                history.transition(
                    self.session, mail, step_of(mail, trigger), facts, history.SYSTEM, at=mail.settled_at
                )
                self.session.flush()
            newest = invitation.link.id == mail.about["link"]
            if mail.about.get("objection_hours") and newest and self.letter == "sign_off" and one.told is None:
                assert self.correction
                one.told = self.latest

    def bounce(self) -> None:
        n = self.choices.randrange(2)
        invitation = self.row().invitations[n]
        for mail in lookup.deliveries_of(self.session, self.letter_id):
            if mail.invitation_id == invitation.id and mail.kind == "revised" and mail.state == "accepted":
                history.transition(self.session, mail, step_of(mail, "bounce"), DeliveryFacts(), history.SYSTEM)
                self.who[n].told = None

    def close_and_reopen(self) -> None:
        if self.letter == "sign_off" and any(one.state == "signed" for one in self.who):
            lifecycle.approve(self.session, self.letter_id, ANNA)
            lifecycle.reopen(self.session, self.letter_id, ANNA)
            self.correction = False

    def time_passes(self) -> None:
        hours = self.choices.choice((1, 23, 24, 49, 72, -3))
        self.later(hours=hours)
        self.clock += hours

    def stay(self) -> None:
        n = self.choices.randrange(2)
        one = self.who[n]
        allowed = self.letter == "sign_off" and self.correction and one.state == "to_confirm"
        allowed = allowed and one.may_stay(self.text) and one.told is not None
        allowed = allowed and self.clock >= max(one.told + one.hours, self.floor)
        if self.attempt(allowed, tacit_consent.carry_over, self.row().invitations[n].id, self.letter_id):
            one.state = "signed"
            one.kept.add(self.text)
            self.stays += 1

    def likely(self):
        """What leads to silence, most of the time."""
        if self.letter == "drafting":
            return self.open
        if any(one.state == "invited" for one in self.who) or all(one.state != "signed" for one in self.who):
            return self.choices.choice((self.sign, self.tell, self.time_passes, self.stay))
        return self.choices.choice((self.tell, self.stay, self.time_passes) if self.correction else (self.revise,))

    def live(self, steps: int) -> None:
        rare = (self.open, self.revise, self.set_terms, self.sign, self.retract, self.comment, self.change_contact)
        rare += (self.replace_links, self.bounce, self.close_and_reopen, self.tell, self.time_passes, self.stay)
        for _ in range(steps):
            act = self.likely() if self.choices.random() < 0.9 else self.choices.choice(rare)
            act()
            self.latest = max(self.latest, self.clock)
            assert [i.state for i in self.row().invitations] == [one.state for one in self.who]


def test_whoever_stays_by_silence_may_and_the_verifier_says_so(database, monkeypatch, later):
    """Random lives; each stay is allowed exactly where a count that is kept apart allows it."""
    monkeypatch.setattr("workflow.transaction.Transaction.enqueue", lambda *arguments: None)
    many = {"sqlite": 10, "postgresql": 2}[database.engine.dialect.name] * int(os.environ.get("SOAK", "1"))
    stays = 0
    for seed in range(many):
        with database.writing() as session:
            walk = Walk(session, later, random.Random(seed))
            walk.live(60)
            stays += walk.stays
            if walk.stays:
                sign_all(session)  # As a commit would: none of this is kept.
                assert evidence.verify(session, walk.letter_id).problems == []
            session.rollback()
        later(hours=-walk.clock)
    assert stays
