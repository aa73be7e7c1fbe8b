"""Silence as consent, attacked: by another text, by slices, by a rule that changes, by a record that was made up."""

from datetime import timedelta

import pytest
from factories import (
    ANNA,
    act,
    answer,
    correct,
    cosigners,
    digest,
    findings,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    standing,
    stay_by_silence,
    take_in,
    tell,
    terms,
    words,
)

from workflow import campaigns, deliveries, evidence, history, signoffs
from workflow import mails as written
from workflow.campaigns.corrections import outlooks
from workflow.models import Delivery, Letter, now
from workflow.pages import review_view
from workflow.signoffs import Answer
from workflow.states import DeliveryFacts, Refused

WORDS = [f"word{number}" for number in range(120)]


def sliced(count: int, size: int = 15) -> str:
    """A text of 120 words of which the first `count` slices have been replaced."""
    return " ".join(["other"] * (count * size) + WORDS[count * size :])


@pytest.fixture
def signed(database):
    """Alpha and Beta have signed under a rule of 24 hours."""
    letter_id = take_in(database, 2, objection_hours=24)
    open_sign_off(database, letter_id)
    for number in range(2):
        sign(database, letter_id, number)
    return letter_id


def agreed_on(database, body: str):
    """Alpha and Beta have signed this body under a rule of 24 hours."""
    letter_id = take_in(database, 2, letter=words(body=body), objection_hours=24)
    open_sign_off(database, letter_id)
    for number in range(2):
        sign(database, letter_id, number)
    return letter_id


def says_silence_counts(database, letter_id: str) -> dict[str, bool]:
    """Of the newest mail to each organisation: whether it says that silence counts."""
    with database.reading() as session:
        told = {}
        for mail in sorted(campaigns.deliveries_of(session, letter_id), key=lambda mail: mail.queued_at):
            if mail.kind in deliveries.ABOUT_THE_TEXT:
                data = written.compose(session, mail).data
                told[mail.address[0]] = bool(data.get("objections_until"))
        return told


# --- the text that it signed itself ----------------------------------------------------------------------------------


def test_silence_never_keeps_anybody_on_a_text_unlike_the_one_it_signed(database, signed, later):
    correct(database, signed, sliced(0), small=False)
    sign(database, signed, 1)
    correct(database, signed, sliced(0) + " more")
    tell(database, signed)
    later(hours=49)

    assert stay_by_silence(database) == 1

    assert standing(database, signed) == [("ORGB", "not_objected")]
    assert invitation_states(database, signed) == ["to_confirm", "signed"]
    assert says_silence_counts(database, signed) == {"a": False, "b": True}
    assert findings(database, signed) == []


def test_the_page_of_each_organisation_says_its_own_truth(database, signed):
    correct(database, signed, sliced(0), small=False)
    sign(database, signed, 1)
    correct(database, signed, sliced(0) + " more")
    tell(database, signed)

    with database.reading() as session:
        shown = [review_view._objections(one, "en") for one in session.get_one(Letter, signed).invitations]

    assert shown[0] == ""
    assert "(UTC)" in shown[1]


def test_slices_do_not_add_up(database, later):
    letter_id = agreed_on(database, sliced(0))
    correct(database, letter_id, sliced(1))
    tell(database, letter_id)
    later(hours=25)
    assert stay_by_silence(database) == 2

    with pytest.raises(Refused, match="not a small correction of the one that this organisation itself signed"):
        correct(database, letter_id, sliced(2))

    assert findings(database, letter_id) == []


def test_going_back_to_a_text_that_silence_kept_counts_while_its_sign_off_by_hand_is_the_last(database, later):
    letter_id = agreed_on(database, sliced(0))
    correct(database, letter_id, sliced(1))
    tell(database, letter_id)
    later(hours=25)
    stay_by_silence(database)
    correct(database, letter_id, sliced(8), small=False)
    sign(database, letter_id, 0)

    correct(database, letter_id, sliced(1), small=False)

    assert standing(database, letter_id) == [("ORGB", "not_objected")], "Alpha has signed another text by hand since"
    assert findings(database, letter_id) == []


def test_a_coordinator_reads_beforehand_who_stays_and_who_signs_again_and_why(database, signed):
    correct(database, signed, sliced(0), small=False)
    sign(database, signed, 1)
    correct(database, signed, sliced(0) + " more", small=False)
    act(database, campaigns.revise, signed, "A slip.", ANNA)

    with database.reading() as session:
        told = {o.invitation.organisation.label: o.why for o in outlooks(session, session.get_one(Letter, signed))}

    assert told["ORGB"] == ()
    assert "not a small correction" in told["ORGA"][0]


# --- the time that it agreed to --------------------------------------------------------------------------------------


def test_a_rule_that_is_shortened_later_shortens_nothing(database, later):
    letter_id = take_in(database, 2, objection_hours=72)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    act(database, campaigns.set_terms, letter_id, terms(objection_hours=1), ANNA)
    sign(database, letter_id, 1)
    correct(database, letter_id)
    tell(database, letter_id)

    later(hours=2)
    assert (stay_by_silence(database), standing(database, letter_id)) == (1, [("ORGB", "not_objected")])
    later(hours=69)
    assert stay_by_silence(database) == 0
    later(hours=1)
    assert stay_by_silence(database) == 1
    assert findings(database, letter_id) == []


def test_a_deadline_that_is_moved_ends_no_link_and_no_time_to_object(database, signed, later):
    correct(database, signed)
    tell(database, signed)
    act(database, campaigns.set_terms, signed, terms(objection_hours=24, deadline=now() - timedelta(days=60)), ANNA)

    later(hours=23)
    assert stay_by_silence(database) == 0
    act(database, signoffs.decline, link_ids(database, signed)[0], digest(database, signed), "No.")
    later(hours=1)
    stay_by_silence(database)

    assert invitation_states(database, signed) == ["declined", "signed"]


def test_time_behind_a_closed_door_is_no_time_to_object(database, signed, later):
    act(database, campaigns.set_terms, signed, terms(objection_hours=24, minimum=1), ANNA)
    correct(database, signed)
    tell(database, signed)
    act(database, signoffs.sign, link_ids(database, signed)[0], answer(database, signed))
    act(database, campaigns.approve, signed, ANNA)
    later(hours=48)
    act(database, campaigns.reopen, signed, ANNA)

    assert stay_by_silence(database) == 0
    assert says_silence_counts(database, signed)["b"] is False
    tell(database, signed)
    later(hours=48)
    assert stay_by_silence(database) == 0


def test_a_mail_that_came_back_or_that_a_person_called_arrived_has_told_nobody(database, signed, later):
    correct(database, signed)
    first, second = mails(database, signed, "revised")
    tell(database, signed)
    _step(database, signed, first, "bounce")
    later(hours=25)

    assert stay_by_silence(database) == 1
    assert invitation_states(database, signed) == ["to_confirm", "signed"]
    assert second.state == "queued", "as it was before it was told"


def test_a_person_who_says_that_a_mail_arrived_is_no_mail_server(database, signed, later):
    correct(database, signed)
    for lease in act(database, deliveries.claim, signed, "test", 100):
        act(database, deliveries.hand_over, lease)
        act(database, deliveries.report, lease, deliveries.Outcome("uncertain", None, "lost"))
    for mail in mails(database, signed, "revised"):
        act(database, campaigns.settle, signed, mail.id, True, ANNA)
    later(hours=25)

    assert stay_by_silence(database) == 0


def _step(database, letter_id, mail, trigger):
    with database.writing() as session:
        campaigns.found.locked_letter(session, letter_id)
        history.advance(session, session.get_one(Delivery, mail.id), trigger, DeliveryFacts(), history.SYSTEM)


# --- who can object ---------------------------------------------------------------------------------------------------


def test_whoever_got_another_contact_from_the_coordinator_is_asked(database, signed, later):
    correct(database, signed, small=False)
    with database.reading() as session:
        invitation = session.get_one(Letter, signed).invitations[0].id
    for number in range(2):
        sign(database, signed, number)
    act(database, campaigns.set_contact, signed, invitation, "elsewhere@example.org", ANNA)
    correct(database, signed, sliced(0)[:0] + "First paragraph of the letter.\n\nSecond paragraph.\n\nThird.")
    tell(database, signed)
    later(hours=25)
    stay_by_silence(database)

    assert invitation_states(database, signed) == ["to_confirm", "signed"]
    assert findings(database, signed) == []


def test_a_link_that_was_replaced_starts_the_time_anew(database, signed, later):
    correct(database, signed)
    tell(database, signed)
    later(hours=20)
    act(database, campaigns.replace_links, signed, ANNA)
    tell(database, signed)
    later(hours=20)
    assert stay_by_silence(database) == 0
    assert says_silence_counts(database, signed) == {"a": True, "b": True}

    later(hours=4)

    assert stay_by_silence(database) == 2
    assert findings(database, signed) == []


def test_whoever_said_something_of_the_correction_was_not_silent(database, later):
    letter_id = take_in(database, 5, objection_hours=24)
    open_sign_off(database, letter_id)
    for number in range(5):
        sign(database, letter_id, number)
    correct(database, letter_id)
    tell(database, letter_id)
    links, shown = link_ids(database, letter_id), digest(database, letter_id)
    act(database, signoffs.comment, links[0], shown, None, "We do not agree.")
    act(database, signoffs.suggest, links[1], shown, 1, "First", "Second", "")
    act(database, signoffs.give_verdict, links[2], shown, "changes_requested")
    act(database, signoffs.ask_for_time, links[3], "One more day")
    later(hours=25)
    stay_by_silence(database)

    assert invitation_states(database, letter_id) == [*["to_confirm"] * 4, "signed"]
    assert findings(database, letter_id) == []


def test_what_is_agreed_to_is_the_rule_that_the_page_showed(database):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    shown = answer(database, letter_id)
    act(database, campaigns.set_terms, letter_id, terms(objection_hours=24), ANNA)
    act(database, signoffs.sign, link_ids(database, letter_id)[0], shown)

    with pytest.raises(Refused, match="has not agreed that its silence"):
        correct(database, letter_id)


# --- the record -----------------------------------------------------------------------------------------------------


def recorded(database, letter_id: str, **changes) -> list[str]:
    """What the verifier would say, had whoever runs the server written a sign-off by silence of Alpha into the log."""
    with database.writing() as session:
        row = campaigns.found.locked_letter(session, letter_id)
        entries = history.entries(session, letter_id)
        alpha, beta = (one.id for one in row.invitations)
        signed = [e.sequence for e in entries if e.action == "invitation.sign" and e.about["invitation"] == alpha]
        queued = {e.about["delivery"]: e.about for e in entries if e.action == "delivery.queued"}
        told = {
            queued[e.about["delivery"]].get("invitation"): e.sequence
            for e in entries
            if e.action == "delivery.accept" and queued[e.about["delivery"]]["kind"] == "revised"
        }
        about = {"invitation": alpha, "digest": row.revision.digest, "basis": "not_objected", "follows": signed[-1]}
        about |= {"told": told.get(alpha), "objection_hours": 24}
        about |= {name: told[beta] if value == "another's" else value for name, value in changes.items()}
        about = {name: value for name, value in about.items() if value is not None}
        history.append(session, letter_id, history.SYSTEM, "invitation.stay", about, {"name": "Person A"})
        found = evidence.verify(session, database.settings, letter_id).problems
        session.rollback()
    return [problem for problem in found if "by silence" in problem]


FORGED = [
    ({}, ""),
    ({"told": "another's"}, "no mail server had accepted"),
    ({"told": 3}, "no mail server had accepted"),
    ({"told": None}, "no mail server had accepted"),
    ({"objection_hours": 1}, "not say the hours"),
    ({"objection_hours": None}, "not say the hours"),
    ({"follows": 0}, "follows no sign-off"),
]


def test_the_verifier_looks_up_all_that_a_silence_names(database, signed, later):
    correct(database, signed)
    tell(database, signed)
    later(hours=23)
    assert any("before the time to object was over" in problem for problem in recorded(database, signed))
    later(hours=2)

    for changes, why in FORGED:
        found = recorded(database, signed, **changes)
        assert len(found) == bool(why), changes
        assert why in "".join(found)


def test_the_verifier_finds_a_silence_on_a_text_unlike_the_one_that_was_signed(database, signed, later):
    correct(database, signed, sliced(0), small=False)
    sign(database, signed, 1)
    correct(database, signed, sliced(0) + " more")
    tell(database, signed)
    later(hours=25)

    assert any("not a small correction" in problem for problem in recorded(database, signed))


def test_the_verifier_finds_an_acceptance_from_before_the_correction_was_opened(database, signed, later):
    correct(database, signed)
    tell(database, signed)
    later(hours=25)
    correct(database, signed, "First paragraph of the letter.\n\nSecond paragraph, again.\n\nThird paragraph.")

    assert any("no mail server had accepted" in problem for problem in recorded(database, signed))


# --- histories from before sign-offs by silence named what they rest on ----------------------------------------------


@pytest.fixture
def unnamed(monkeypatch):
    """Openings, mails and sign-offs by silence are recorded as they were before."""
    append = history.append

    def recorded_then(session, letter_id, actor, action, about, disclosed=None):
        left_out = {
            "letter.open_sign_off": ("objection_hours",),
            "delivery.queued": ("objection_hours", "digest"),
            "invitation.stay": ("objection_hours", "told"),
        }.get(action, ())
        kept = {name: value for name, value in about.items() if name not in left_out}
        return append(session, letter_id, actor, action, kept, disclosed)

    monkeypatch.setattr(history, "append", recorded_then)


def test_a_sound_history_from_before_is_still_valid(database, signed, later, unnamed):
    correct(database, signed)
    tell(database, signed)
    later(hours=25)

    assert stay_by_silence(database) == 2
    assert findings(database, signed) == []


def test_a_history_from_before_is_invalid_where_the_text_was_another(database, signed, later, unnamed):
    correct(database, signed, sliced(0), small=False)
    sign(database, signed, 1)
    correct(database, signed, sliced(0) + " more")
    tell(database, signed)
    later(hours=25)

    found = recorded(database, signed, told=None, objection_hours=None)

    assert [problem.partition(": ")[2] for problem in found] == [
        "the text is not a small correction of the one that the organisation itself signed."
    ]


def test_a_history_from_before_is_invalid_where_the_time_was_shorter_than_agreed(database, signed, later, unnamed):
    act(database, campaigns.set_terms, signed, terms(objection_hours=1), ANNA)
    correct(database, signed)
    tell(database, signed)
    later(hours=2)

    found = recorded(database, signed, told=None, objection_hours=None)

    assert any("shorter than the 24 hours" in problem for problem in found)


# --- whole lives, against somebody who keeps count apart --------------------------------------------------------------


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
        row = campaigns.take_in(
            session, words(body=self.body()), None, cosigners(2), terms(deadline=None, objection_hours=24), ANNA
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

    def attempt(self, allowed: bool, act, *arguments) -> bool:
        try:
            act(self.session, *arguments)
        except Refused:
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
        if self.attempt(allowed, campaigns.open_sign_off, self.letter_id, ANNA, small):
            self.opened(small)

    def revise(self) -> None:
        if self.attempt(self.letter in ("sign_off", "approved"), campaigns.revise, self.letter_id, "A reason.", ANNA):
            self.letter, self.correction = "drafting", False
            if self.choices.random() < 0.8:
                self.drafted = self.drafted ^ {self.choices.randrange(3)}
                campaigns.edit(self.session, self.letter_id, self.row().version, words(body=self.body()), None, ANNA)

    def set_terms(self) -> None:
        self.rule = self.choices.choice((0, 1, 24, 72))
        campaigns.set_terms(self.session, self.letter_id, terms(deadline=None, objection_hours=self.rule), ANNA)

    def sign(self) -> None:
        n = self.choices.randrange(2)
        one, invitation = self.who[n], self.row().invitations[n]
        if self.letter != "sign_off" or one.state not in ("invited", "to_confirm", "retracted"):
            return
        shown = Answer(self.row().revision.digest, "A Person", "", True, objection_hours=self.rule)
        signoffs.sign(self.session, invitation.link.id, shown)
        one.state, one.hand, one.hours, one.moved = "signed", self.text, self.rule, False
        one.by_hand = {*getattr(one, "by_hand", set()), self.text}
        one.kept = set(one.by_hand)

    def retract(self) -> None:
        n = self.choices.randrange(2)
        one = self.who[n]
        if one.state == "signed" and self.letter in ("sign_off", "approved"):
            signoffs.retract(self.session, self.row().invitations[n].link.id)
            one.state, one.hand, one.kept, one.by_hand = "retracted", None, set(), set()
            if self.letter == "approved":
                self.letter, self.correction = "sign_off", False

    def comment(self) -> None:
        n = self.choices.randrange(2)
        if self.letter == "sign_off":
            link = self.row().invitations[n].link.id
            signoffs.comment(self.session, link, self.row().revision.digest, None, "Not so.")
            self.who[n].spoke = True

    def change_contact(self) -> None:
        n = self.choices.randrange(2)
        address = f"{self.choices.random()}@example.org"
        campaigns.set_contact(self.session, self.letter_id, self.row().invitations[n].id, address, ANNA)
        self.who[n].moved, self.who[n].told = True, None

    def replace_links(self) -> None:
        campaigns.replace_links(self.session, self.letter_id, ANNA)
        for one in self.who:
            one.told = None

    def tell(self) -> None:
        """The mail server takes what waits for one of them; what it says must be what holds."""
        n = self.choices.randrange(2)
        one, invitation = self.who[n], self.row().invitations[n]
        mails = [m for m in campaigns.deliveries_of(self.session, self.letter_id) if m.state == "queued"]
        for mail in (m for m in mails if m.invitation_id == invitation.id and m.kind in deliveries.ABOUT_THE_TEXT):
            for trigger in ("claim", "hand_over", "accept"):
                history.advance(self.session, mail, trigger, DeliveryFacts(by_person=True), history.SYSTEM)
            mail.settled_at = now()
            newest = invitation.link.id == mail.about["link"]
            if mail.about.get("objection_hours") and newest and self.letter == "sign_off" and one.told is None:
                assert self.correction
                one.told = self.latest

    def bounce(self) -> None:
        n = self.choices.randrange(2)
        invitation = self.row().invitations[n]
        for mail in campaigns.deliveries_of(self.session, self.letter_id):
            if mail.invitation_id == invitation.id and mail.kind == "revised" and mail.state == "accepted":
                history.advance(self.session, mail, "bounce", DeliveryFacts(), history.SYSTEM)
                self.who[n].told = None

    def close_and_reopen(self) -> None:
        if self.letter == "sign_off" and any(one.state == "signed" for one in self.who):
            campaigns.approve(self.session, self.letter_id, ANNA)
            campaigns.reopen(self.session, self.letter_id, ANNA)
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
        if self.attempt(allowed, signoffs.stay, self.row().invitations[n].id, self.letter_id):
            one.state = "signed"
            one.kept.add(self.text)
            self.stays += 1

    def live(self, steps: int) -> None:
        acts = [self.open, self.open, self.revise, self.set_terms, self.sign, self.sign, self.sign, self.retract]
        acts += [self.comment, self.change_contact, self.replace_links, self.tell, self.tell, self.tell, self.bounce]
        acts += [self.close_and_reopen, self.time_passes, self.time_passes, self.stay, self.stay, self.stay]
        for _ in range(steps):
            self.choices.choice(acts)()
            self.latest = max(self.latest, self.clock)
            assert [i.state for i in self.row().invitations] == [one.state for one in self.who]


def test_whoever_stays_by_silence_may_and_the_verifier_says_so(database, monkeypatch, later):
    """Random lives; each stay is allowed exactly where a count that is kept apart allows it."""
    monkeypatch.setattr("workflow.campaigns.steps.enqueue", lambda *arguments: None)
    many = {"sqlite": 30, "postgresql": 4}[database.engine.dialect.name] * int(os.environ.get("SOAK", "1"))
    stays = 0
    for seed in range(many):
        with database.writing() as session:
            walk = Walk(session, later, random.Random(seed))
            walk.live(80)
            stays += walk.stays
            if walk.stays:
                assert evidence.verify(session, database.settings, walk.letter_id).problems == []
            session.rollback()
        later(hours=-walk.clock)
    assert stays
