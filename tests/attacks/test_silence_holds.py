"""Silence as consent, attacked: by another text, by slices, by a rule that changes, by a record that was made up."""

from datetime import timedelta

import pytest

from emails.transport import Outcome
from tests.support import mailing, returned
from tests.support.conditional import agree, suggest
from tests.support.factories import (
    ANNA,
    act,
    answer,
    correct,
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
from tests.support.incoming import come, reads_mail, reply_to
from tests.support.recording import Raw, record_as, step_of
from workflow import history, jobs
from workflow.campaigns import dispatch, drafts, invitations, lifecycle, lookup
from workflow.campaigns.corrections import outlooks
from workflow.errors import RefusedError
from workflow.history import evidence
from workflow.mails import writing
from workflow.mails.registry import following_the_text
from workflow.models import Delivery, Letter, now
from workflow.pages.cosigner import view as review_view
from workflow.signoffs import answers, links, requests, review
from workflow.states import DeliveryFacts

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
        for mail in sorted(lookup.deliveries_of(session, letter_id), key=lambda mail: mail.queued_at):
            if mail.kind in following_the_text():
                data = writing.gather(session, mail)
                told[mail.address[0]] = bool(getattr(data, "objections_until", ""))
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
        opened = [links.living_link(session, i.link.id, i.id) for i in session.get_one(Letter, signed).invitations]
        shown = [review_view._objections(session, one, "en") for one in opened]

    assert shown[0] == ""
    assert "(UTC)" in shown[1]


def test_slices_do_not_add_up(database, later):
    letter_id = agreed_on(database, sliced(0))
    correct(database, letter_id, sliced(1))
    tell(database, letter_id)
    later(hours=25)
    assert stay_by_silence(database) == 2

    with pytest.raises(RefusedError, match="not a minor correction"):
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
    act(database, lifecycle.revise, signed, "A slip.", ANNA)

    with database.reading() as session:
        told = {o.invitation.organisation.label: o.why for o in outlooks(session, session.get_one(Letter, signed))}

    assert told["ORGB"] == ()
    assert "not a minor correction" in str(told["ORGA"][0])


# --- the time that it agreed to --------------------------------------------------------------------------------------


def test_a_rule_that_is_shortened_later_shortens_nothing(database, later):
    letter_id = take_in(database, 2, objection_hours=72)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    act(database, drafts.set_terms, letter_id, terms(objection_hours=1), ANNA)
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
    act(database, drafts.set_terms, signed, terms(objection_hours=24, deadline=now() + timedelta(hours=1)), ANNA)

    later(hours=23)
    assert stay_by_silence(database) == 0
    act(database, answers.decline, link_ids(database, signed)[0], digest(database, signed), "No.")
    later(hours=1)
    stay_by_silence(database)

    assert invitation_states(database, signed) == ["declined", "signed"]


def test_time_behind_a_closed_door_is_no_time_to_object(database, signed, later):
    act(database, drafts.set_terms, signed, terms(objection_hours=24, minimum=1), ANNA)
    correct(database, signed)
    tell(database, signed)
    act(database, answers.sign, link_ids(database, signed)[0], answer(database, signed))
    act(database, lifecycle.approve, signed, ANNA)
    later(hours=48)
    act(database, lifecycle.reopen, signed, ANNA)

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
    for lease in mailing.claim_all(database, signed):
        act(database, mailing.mark, lease)
        act(database, mailing.report, lease, Outcome("uncertain", None, "lost"))
    for mail in mails(database, signed, "revised"):
        act(database, dispatch.settle_as_sent, signed, mail.id, ANNA)
    later(hours=25)

    assert stay_by_silence(database) == 0


def _step(database, letter_id, mail, trigger):
    with database.writing() as session:
        lookup.locked_letter(session, letter_id)
        row = session.get_one(Delivery, mail.id)
        history.transition(session, row, step_of(row, trigger), DeliveryFacts(), history.SYSTEM)


# --- who can object ---------------------------------------------------------------------------------------------------


def test_whoever_got_another_contact_from_the_coordinator_is_asked(database, signed, later):
    correct(database, signed, small=False)
    with database.reading() as session:
        invitation = session.get_one(Letter, signed).invitations[0].id
    for number in range(2):
        sign(database, signed, number)
    act(database, invitations.set_contact, signed, invitation, "elsewhere@example.org", ANNA)
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
    act(database, invitations.replace_links, signed, ANNA)
    tell(database, signed)
    later(hours=20)
    assert stay_by_silence(database) == 0
    assert says_silence_counts(database, signed) == {"a": True, "b": True}

    later(hours=4)

    assert stay_by_silence(database) == 2
    assert findings(database, signed) == []


def test_whoever_said_something_of_the_correction_was_not_silent(database, later):
    reads_mail(database)
    letter_id = take_in(database, 8, objection_hours=24, comments_shared=True)
    open_sign_off(database, letter_id)
    for number in range(8):
        sign(database, letter_id, number)
    correct(database, letter_id)
    tell(database, letter_id)
    links, shown = link_ids(database, letter_id), digest(database, letter_id)
    act(database, review.comment, links[0], shown, None, "We do not agree.")
    act(
        database,
        review.suggest,
        links[1],
        review.Suggestion(digest=shown, paragraph=1, replaces="First", replacement="Second"),
    )
    act(database, review.give_verdict, links[2], shown, "changes_requested")
    act(database, requests.ask_for_time, links[3], "One more day")
    agree(database, letter_id, suggest(database, letter_id, 1, old="asks for an answer", new="asks for a reply"), 4)
    told = {mail.address: mail for mail in mails(database, letter_id, "revised")}
    wrote = returned.written(words="We do not agree.", to=reply_to(database, told["f@example.org"]))
    assert come(database, wrote) == "reply"
    act(database, requests.stop_writing, links[6])
    later(hours=25)
    stay_by_silence(database)

    assert invitation_states(database, letter_id) == [*["to_confirm"] * 7, "signed"]
    assert findings(database, letter_id) == []


def test_who_had_lapsed_could_not_object_and_is_asked_when_it_has_time_again(database, signed, later):
    later(days=5, hours=12)
    correct(database, signed)
    later(hours=37)
    jobs.keep_time(database, lambda: True)
    assert invitation_states(database, signed) == ["lapsed", "lapsed"]
    tell(database, signed)
    later(hours=30)

    act(database, drafts.set_deadline, signed, now() + timedelta(days=5), ANNA)
    stay_by_silence(database)
    later(days=2)
    stay_by_silence(database)

    assert invitation_states(database, signed) == ["to_confirm", "to_confirm"]
    assert findings(database, signed) == []


def test_what_is_agreed_to_is_the_rule_that_the_page_showed(database):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    shown = answer(database, letter_id)
    act(database, drafts.set_terms, letter_id, terms(objection_hours=24), ANNA)
    act(database, answers.sign, link_ids(database, letter_id)[0], shown)

    with pytest.raises(RefusedError, match="has not agreed to the rule"):
        correct(database, letter_id)


# --- the record -----------------------------------------------------------------------------------------------------


def recorded(database, letter_id: str, **changes) -> list[str]:
    """What the verifier would say, had whoever runs the server written a sign-off by silence of Alpha into the log."""
    with database.writing() as session:
        row = lookup.locked_letter(session, letter_id)
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
        history.append(session, letter_id, history.SYSTEM, Raw("invitation.stay", about, {"name": "Person A"}))
        found = evidence.verify(session, letter_id).problems
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

    def as_before(action, about, disclosed):
        left_out = {
            "letter.open_sign_off": ("objection_hours",),
            "delivery.queued": ("objection_hours", "digest"),
            "invitation.stay": ("objection_hours", "told"),
        }.get(action, ())
        kept = {name: value for name, value in about.items() if name not in left_out}
        return kept, disclosed

    record_as(monkeypatch, as_before)


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
    act(database, drafts.set_terms, signed, terms(objection_hours=1), ANNA)
    correct(database, signed)
    tell(database, signed)
    later(hours=2)

    found = recorded(database, signed, told=None, objection_hours=None)

    assert any("shorter than the 24 hours" in problem for problem in found)
