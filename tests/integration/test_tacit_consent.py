"""Small corrections under a rule of no objection, on both databases: who objects is out, who is silent stays."""

import json
from datetime import timedelta

import pytest

from tests.support.factories import (
    ANNA,
    CORRECTED,
    act,
    actions,
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
)
from tests.support.recording import Raw
from workflow import documents, history, jobs, verify
from workflow.campaigns import drafts, lifecycle, lookup
from workflow.errors import RefusedError
from workflow.history import evidence
from workflow.models import Letter, now
from workflow.signoffs import answers, requests


@pytest.fixture
def signed(database):
    """Three have signed under a rule of 24 hours, one was asked and has not."""
    letter_id = take_in(database, 4, objection_hours=24)
    open_sign_off(database, letter_id)
    for number in range(3):
        sign(database, letter_id, number)
    return letter_id


def test_who_is_silent_stays_who_confirms_has_confirmed_and_who_objects_is_out(database, signed, later):
    correct(database, signed, CORRECTED)
    tell(database, signed)
    links = link_ids(database, signed)
    act(database, answers.sign, links[0], answer(database, signed))
    act(database, answers.decline, links[1], digest(database, signed), "Not so.")
    assert stay_by_silence(database) == 0, "before the time is over nobody stays by silence"

    later(hours=24)
    stay_by_silence(database)

    assert invitation_states(database, signed) == ["signed", "declined", "signed", "invited"]
    assert standing(database, signed) == [("ORGA", "confirmed"), ("ORGC", "not_objected")]
    assert [m.about["what"] for m in mails(database, signed, "receipt")].count("stayed") == 1


def test_history_and_evidence_say_for_each_name_how_it_came_about(database, signed, later):
    correct(database, signed, CORRECTED)
    tell(database, signed)
    act(database, answers.sign, link_ids(database, signed)[0], answer(database, signed))
    later(hours=24)
    stay_by_silence(database)

    with database.reading() as session:
        report = evidence.verify(session, signed)
    assert report.problems == []
    counts = [fact for fact in report.facts if fact.endswith(", counts.")]
    assert sorted(fact.rpartition(", counts.")[0].rpartition(", ")[2] for fact in counts) == [
        "confirmed",
        "not objected",
        "not objected",
    ]
    assert actions(database, signed).count("invitation.stay") == 2


def test_who_stays_by_silence_is_printed_with_the_image_of_its_signature(database, signed, later, monkeypatch):
    monkeypatch.setattr(documents, "libreoffice", lambda: None)
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><rect width="60" height="20"/></svg>'
    image = documents.normalise(drawing, "Signature")
    act(database, requests.set_signature, link_ids(database, signed)[0], image)
    correct(database, signed, CORRECTED)
    tell(database, signed)
    later(hours=24)
    stay_by_silence(database)
    act(database, lifecycle.approve, signed, ANNA)
    jobs.render(database, signed)

    assert actions(database, signed).count("document.rendered") == 1
    assert findings(database, signed) == []


def test_nobody_stays_who_was_not_told(database, signed, later):
    correct(database, signed, CORRECTED)
    later(hours=24)

    assert stay_by_silence(database) == 0
    assert invitation_states(database, signed)[:3] == ["to_confirm"] * 3


def test_who_was_told_late_has_its_whole_time_from_then_on(database, signed, later):
    correct(database, signed, CORRECTED)
    later(hours=23)
    tell(database, signed)
    later(hours=23)
    assert stay_by_silence(database) == 0

    later(hours=1)

    assert stay_by_silence(database) == 3


def test_nobody_stays_who_signed_without_the_rule(database, later):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    act(database, drafts.set_terms, letter_id, terms(objection_hours=24), ANNA)
    sign(database, letter_id, 1)
    correct(database, letter_id, CORRECTED)
    tell(database, letter_id)
    later(hours=24)

    stay_by_silence(database)

    assert invitation_states(database, letter_id) == ["to_confirm", "signed"]


def test_the_mail_says_until_when_to_object_to_those_who_agreed_alone(database):
    from workflow.mails import writing

    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    act(database, drafts.set_terms, letter_id, terms(objection_hours=24), ANNA)
    sign(database, letter_id, 1)
    correct(database, letter_id, CORRECTED)

    with database.reading() as session:
        found = {
            mail.address: writing.gather(session, mail).objections_until
            for mail in lookup.deliveries_of(session, letter_id)
            if mail.kind == "revised"
        }
    assert found["a@example.org"] == ""
    assert "(UTC)" in found["b@example.org"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"body": "All " + "other words " * 30}, "not a minor correction"),
        ({"subject": "Free the nineteen"}, "not a minor correction"),
    ],
)
def test_a_change_that_is_not_small_is_signed_anew(database, signed, changes, why):
    with pytest.raises(RefusedError, match=why):
        correct(database, signed, **({"body": CORRECTED} | changes))


def test_a_rule_must_be_there_and_its_time_must_end_before_the_deadline(database):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    with pytest.raises(RefusedError, match="no rule"):
        correct(database, letter_id, CORRECTED)

    hasty = take_in(database, 1, objection_hours=24, deadline=now() + timedelta(hours=2))
    open_sign_off(database, hasty)
    sign(database, hasty)
    with pytest.raises(RefusedError, match="after the deadline"):
        correct(database, hasty, CORRECTED)


def test_another_revision_ends_the_time_to_object(database, signed):
    correct(database, signed, CORRECTED)
    tell(database, signed)
    act(database, lifecycle.revise, signed, "Once more.", ANNA)

    with database.reading() as session:
        assert session.get_one(Letter, signed).objections_until is None
    assert stay_by_silence(database) == 0


def test_who_stayed_by_silence_can_still_take_it_back(database, signed, later):
    correct(database, signed, CORRECTED)
    tell(database, signed)
    later(hours=24)
    stay_by_silence(database)

    act(database, answers.retract, link_ids(database, signed)[0])

    assert invitation_states(database, signed)[0] == "retracted"


# --- what an auditor would find ------------------------------------------------------------------------------------


def forged(database, signed, about, small=True):
    """The report on a log in which a sign-off by silence was recorded with this `about`, by whoever runs the server."""
    correct(database, signed, CORRECTED, small)
    tell(database, signed)
    with database.reading() as session:
        row = session.get_one(Letter, signed)
        first = next(e for e in history.entries(session, signed) if e.action == "invitation.sign")
        invitation = row.invitations[0]
    with database.writing() as session:
        lookup.locked_letter(session, signed)
        whole = {"invitation": invitation.id, "digest": digest(database, signed), "follows": first.sequence}
        history.append(session, signed, history.SYSTEM, Raw("invitation.stay", whole | about, {"name": "Person A"}))
    with database.reading() as session:
        files = evidence.files(session, signed)
        return verify.verify(files, history.vkey(database.settings))


def test_the_verifier_finds_a_silence_that_was_recorded_too_early(database, signed):
    assert any("before the time to object was over" in p for p in forged(database, signed, {}).problems)


def test_the_verifier_finds_a_silence_that_nobody_agreed_to(database):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    act(database, drafts.set_terms, letter_id, terms(objection_hours=1), ANNA)

    report = forged(database, letter_id, {}, small=False)

    assert any("never agreed that silence counts" in problem for problem in report.problems)


def test_the_verifier_finds_a_silence_that_follows_nothing(database, signed):
    report = forged(database, signed, {"follows": 0})

    assert any("follows no sign-off" in problem for problem in report.problems)
    assert json.dumps(report.problems)
