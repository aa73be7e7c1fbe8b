"""A request for more time is answered, and the answer reaches who asked: a later deadline for all, or no."""

from __future__ import annotations

import pytest

from tests.support.browsing import csrf, field, invitation_id, read, signed_in
from tests.support.factories import (
    ANNA,
    act,
    actions,
    findings,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    take_in,
    terms,
)
from workflow.campaigns import drafts, more_time
from workflow.errors import RefusedError
from workflow.mails.writing import gather
from workflow.models import Invitation, Letter, now
from workflow.signoffs import answers, requests
from wsgi import create_app


@pytest.fixture
def app(settings, database):
    return create_app(settings, database)


@pytest.fixture
def asked(database):
    """A letter of which two of three have asked for more time."""
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    for number in (0, 1):
        act(database, requests.ask_for_time, link_ids(database, letter_id)[number], "One more week")
    return letter_id


def waiting(database, letter_id) -> list[str]:
    with database.reading() as session:
        rows = session.query(Invitation).filter_by(letter_id=letter_id).order_by(Invitation.position)
        return [row.more_time for row in rows]


def told(database, letter_id):
    with database.reading() as session:
        return [
            (mail.address, gather(session, session.merge(mail, load=False)))
            for mail in mails(database, letter_id, "time_answered")
        ]


def test_a_later_deadline_is_told_to_who_asked_and_to_nobody_else(database, asked):
    with database.reading() as session:
        deadline = session.get_one(Letter, asked).deadline
    act(database, drafts.set_deadline, asked, deadline.replace(year=deadline.year + 1), ANNA)

    found = told(database, asked)

    assert [(to, data.what, data.asked) for to, data in found] == [
        ("a@example.org", "granted", "One more week"),
        ("b@example.org", "granted", "One more week"),
    ]
    assert str(deadline.year + 1) in found[0][1].deadline
    assert waiting(database, asked) == ["", "", ""]
    assert actions(database, asked).count("time.granted") == 2
    assert findings(database, asked) == []


def test_a_later_deadline_in_the_form_of_the_terms_tells_them_too_and_an_earlier_one_does_not(database, asked):
    with database.reading() as session:
        deadline = session.get_one(Letter, asked).deadline

    act(database, drafts.set_terms, asked, terms(deadline=deadline.replace(microsecond=0)), ANNA)
    assert told(database, asked) == []
    act(database, drafts.set_terms, asked, terms(deadline=deadline.replace(year=deadline.year + 1)), ANNA)

    assert len(told(database, asked)) == 2


def test_what_the_mail_says_stays_as_it_was_decided(database, asked):
    with database.reading() as session:
        deadline = session.get_one(Letter, asked).deadline
    act(database, drafts.set_deadline, asked, deadline.replace(year=deadline.year + 1), ANNA)
    act(database, drafts.set_deadline, asked, deadline.replace(year=deadline.year + 2), ANNA)

    assert [str(deadline.year + 1) in data.deadline for _, data in told(database, asked)] == [True, True]


def test_no_is_told_with_its_reason_and_once(database, asked):
    one = invitation_id(database, asked, 0)
    act(database, more_time.decline, asked, one, "It leaves on <Friday>.", ANNA)

    with pytest.raises(RefusedError, match="answered already"):
        act(database, more_time.decline, asked, one, "Again", ANNA)

    ((to, data),) = told(database, asked)
    assert (to, data.what, data.reason) == ("a@example.org", "declined", "It leaves on <Friday>.")
    assert waiting(database, asked) == ["", "One more week", ""]
    assert findings(database, asked) == []


def test_who_cannot_be_told_is_not_taken_for_answered(database, asked):
    with database.writing() as session:
        session.get_one(Invitation, invitation_id(database, asked, 0)).email = ""

    with pytest.raises(RefusedError):
        act(database, more_time.decline, asked, invitation_id(database, asked, 0), "", ANNA)
    act(database, drafts.set_terms, asked, terms(deadline=None), ANNA)

    assert waiting(database, asked) == ["One more week", "", ""]


def test_who_let_the_deadline_pass_and_asked_can_answer_again_with_the_link_they_have(database, asked, later):
    later(days=8)
    act(database, answers.lapse, asked, 5)
    assert invitation_states(database, asked) == ["lapsed"] * 3
    before = link_ids(database, asked)

    act(database, drafts.set_deadline, asked, now().replace(year=now().year + 1), ANNA)

    assert invitation_states(database, asked) == ["invited"] * 3
    assert link_ids(database, asked) == before
    assert len(told(database, asked)) == 2
    assert findings(database, asked) == []


def test_a_coordinator_extends_or_declines_on_the_page_of_who_asked(app, database, asked):
    client = signed_in(app, database)
    one = invitation_id(database, asked, 0)
    page = client.get(f"/letters/{asked}/invitations/{one}")
    said = " ".join(read(page).get_element_by_id("time").text_content().split())
    token = csrf(page)

    assert "3 organisations still have to answer" in said
    assert "2 asked for more time" in said
    past = client.post(
        f"/letters/{asked}/invitations/{one}/extension", data={"csrf_token": token, "deadline": "2020-01-01T10:00"}
    )
    assert past.status_code == 400
    assert any("in the past" in words for words in field(past, f"invitations-{one}-extension", "deadline")[1])
    proposed = field(page, f"invitations-{one}-extension", "deadline")[0]
    given = {"csrf_token": token, "deadline": proposed, "whom": "one"}
    assert client.post(f"/letters/{asked}/invitations/{one}/extension", data=given).status_code == 303
    assert [to for to, _ in told(database, asked)] == ["a@example.org"]
    two = invitation_id(database, asked, 1)
    shown = client.post(f"/letters/{asked}/invitations/{two}/extension", data=given | {"whom": "all"})
    assert shown.status_code == 303
    checked = client.get(shown.location)
    form = dict(read(checked).get_element_by_id("deadline").form_values())
    assert (form["number"], "Move the deadline and send 2 emails" in checked.text) == ("2", True)
    assert client.post(f"/letters/{asked}/deadline", data=form).status_code == 303
    assert [to for to, _ in told(database, asked)] == ["a@example.org", "b@example.org"]
    gone = client.post(f"/letters/{asked}/invitations/{one}/time", data={"csrf_token": token, "reason": "No"})
    assert gone.status_code == 409
