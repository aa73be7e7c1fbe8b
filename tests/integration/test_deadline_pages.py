"""The pages on which a deadline is moved or decided, and on which an earlier contact says that a change is wrong."""

from __future__ import annotations

import email
from datetime import timedelta
from email import policy

import pytest

from tests.support.browsing import csrf, invitation_id, link, read, signed_in
from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    findings,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    take_in,
)
from tests.support.lived import lived
from workflow import accounts, jobs
from workflow.campaigns import deadlines, invitations, more_contacts
from workflow.mails import writing
from workflow.models import Invitation, Letter, Link, now
from workflow.moments import local
from workflow.signoffs import answers, delegation, disputes


@pytest.fixture
def letter_id(database):
    return lived(database, a_letter)


def a_letter(database):
    made = take_in(database, 3)
    open_sign_off(database, made)
    sign(database, made, 0)
    return made


@pytest.fixture
def client(app, database, letter_id):
    return signed_in(app, database)


def typed(database, letter_id, **ahead):
    return f"{local(now() + timedelta(**ahead), 'UTC'):%Y-%m-%dT%H:%M}"


def said(page):
    return " ".join(read(page).body.text_content().split())


def test_a_later_deadline_in_the_rules_is_shown_first_with_whom_it_concerns(client, database, letter_id):
    page = client.get(f"/letters/{letter_id}")
    form = dict(read(page).get_element_by_id("terms").form_values())
    to = typed(database, letter_id, days=20)
    answered = client.post(f"/letters/{letter_id}/terms", data=form | {"deadline": to, "minimum": "2"})

    assert (answered.status_code, "/deadline?to=" in answered.location) == (303, True)
    assert mails(database, letter_id, "deadline_moved") == []
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).minimum == 2
    shown = client.get(answered.location)
    words = said(shown)
    assert "Have not answered yet (2)" in words
    assert "Have signed: their signatures stay (1)" in words
    assert "Move the deadline and send 3 emails" in words
    assert "The deadline has moved" in words
    ready = dict(read(shown).get_element_by_id("deadline").form_values())
    assert client.post(f"/letters/{letter_id}/deadline", data=ready).status_code == 303
    assert len(mails(database, letter_id, "deadline_moved")) == 3
    assert findings(database, letter_id) == []


def test_what_would_be_sent_is_compared_with_what_was_shown(client, database, letter_id):
    to = typed(database, letter_id, days=20)
    ready = dict(read(client.get(f"/letters/{letter_id}/deadline?to={to}")).get_element_by_id("deadline").form_values())
    act(database, answers.retract, link_ids(database, letter_id)[0], "")

    refused = client.post(f"/letters/{letter_id}/deadline", data=ready)

    assert (refused.status_code, "It is 2 emails now, not 3" in said(refused)) == (409, True)
    assert mails(database, letter_id, "deadline_moved") == []


def test_the_button_that_takes_a_deadline_away_says_so(client, letter_id):
    words = said(client.get(f"/letters/{letter_id}/deadline?none=y"))
    assert "Remove the deadline and send 3 emails" in words
    assert "Move the deadline and" not in words


def test_an_earlier_one_says_who_lapses_and_one_that_is_over_is_refused(client, database, letter_id):
    earlier = client.get(f"/letters/{letter_id}/deadline?to={typed(database, letter_id, hours=5)}")
    assert "2 organisations lapse then, unless they answer. It leaves them less than a day." in said(earlier)

    past = client.get(f"/letters/{letter_id}/deadline?to={typed(database, letter_id, hours=-5)}")
    assert "in the past" in said(past)
    forced = dict(read(earlier).get_element_by_id("deadline").form_values()) | {"deadline": "2020-01-01T10:00"}
    assert client.post(f"/letters/{letter_id}/deadline", data=forced).status_code == 400
    assert client.get(f"/letters/{letter_id}/deadline?to=nonsense").status_code == 200


def test_what_a_deadline_that_has_come_brings_is_decided_by_a_press(app, client, database, letter_id, later):
    page = client.get(f"/letters/{letter_id}")
    form = dict(read(page).get_element_by_id("terms").form_values())
    client.post(f"/letters/{letter_id}/terms", data=form | {"at_deadline": "ask"})
    later(days=8)
    jobs.keep_time(database, lambda: True)
    client = signed_in(app, database)

    assert "Decide what it brings" in said(client.get(f"/letters/{letter_id}"))
    shown = client.get(f"/letters/{letter_id}/deadline")
    assert "2 organisations still have to answer" in said(shown)
    assert invitation_states(database, letter_id) == ["signed", "invited", "invited"]
    before = dict(read(shown).get_element_by_id("deadline-close").form_values())
    act(database, answers.decline, link_ids(database, letter_id)[1], answer(database, letter_id).digest, "No.")
    shown = client.post(f"/letters/{letter_id}/deadline/decision", data=before)
    assert (shown.status_code, "1 organisation still has to answer" in said(shown)) == (409, True)
    assert "campaign.terms" not in actions(database, letter_id)[-2:]
    ready = dict(read(shown).get_element_by_id("deadline-close").form_values())
    assert client.post(f"/letters/{letter_id}/deadline/decision", data=ready).status_code == 303
    jobs.keep_time(database, lambda: True)
    assert invitation_states(database, letter_id) == ["signed", "declined", "lapsed"]
    assert client.post(f"/letters/{letter_id}/deadline/decision", data=ready).status_code == 409


def test_how_many_are_emailed_stands_beside_the_step_that_does_it(client, database, letter_id):
    words = said(client.get(f"/letters/{letter_id}"))

    assert "2 people who have not signed this version are emailed that the letter goes without them." in words
    assert "3 people are emailed: everybody who was asked, with the reason." in words
    assert "1 person is emailed who has signed, with the reason." in words


def test_an_own_deadline_is_taken_back_by_a_press_on_the_page_of_its_organisation(client, database, letter_id):
    one = invitation_id(database, letter_id, 1)
    where = f"/letters/{letter_id}/invitations/{one}"
    act(database, deadlines.give, letter_id, one, now() + timedelta(days=20), ANNA)
    page = client.get(where)
    assert "Back to the deadline of the letter:" in said(page)

    done = client.post(f"{where}/extension/end", data={"csrf_token": csrf(page)}, follow_redirects=True)

    assert "The deadline of the letter holds for them again." in said(done)
    assert "It has its own deadline" not in said(done)


@pytest.mark.parametrize(
    ("step", "now_it_is"),
    [("approval", "It is 1 email now, not 2."), ("revision", "It is 2 emails now, not 1."), ("withdrawal", "4 emails")],
)
def test_a_step_is_shown_again_where_others_would_be_told_than_was_shown(client, database, letter_id, step, now_it_is):
    def shown(page):
        return dict(read(page).get_element_by_id(step).form_values()) | {"reason": "The minister has resigned."}

    ready = shown(client.get(f"/letters/{letter_id}"))
    sign(database, letter_id, 1)
    act(database, invitations.set_second_contact, letter_id, invitation_id(database, letter_id, 0), "z@e.org", ANNA)
    if step == "revision":
        act(database, invitations.set_second_contact, letter_id, invitation_id(database, letter_id, 0), "", ANNA)

    refused = client.post(f"/letters/{letter_id}/{step}", data=ready)

    assert (refused.status_code, now_it_is in said(refused)) == (409, True)
    assert invitation_states(database, letter_id) == ["signed", "signed", "invited"]
    assert not {"letter.approve", "letter.revise", "letter.withdraw"} & set(actions(database, letter_id))
    assert client.post(f"/letters/{letter_id}/{step}", data=shown(refused)).status_code == 303


def test_extending_by_itself_takes_a_number_of_days(client, database, letter_id):
    form = dict(read(client.get(f"/letters/{letter_id}")).get_element_by_id("terms").form_values())
    without = client.post(f"/letters/{letter_id}/terms", data=form | {"at_deadline": "extend", "extend_days": ""})
    assert without.status_code == 400
    client.post(f"/letters/{letter_id}/terms", data=form | {"at_deadline": "extend", "extend_days": "5"})
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert (row.at_deadline, row.extend_days) == ("extend", 5)


# --- another contact --------------------------------------------------------------------------------------------------


def wrong(database, letter_id):
    with database.reading() as session:
        found = session.query(Link).filter_by(purpose="dispute").order_by(Link.created_at.desc()).first()
        return f"/s/{session.tokens.links(found.id)[0]}"


def test_the_contact_before_is_told_and_can_say_that_it_is_wrong(app, client, database, settings, letter_id):
    one = invitation_id(database, letter_id, 1)
    before = link(database, settings, letter_id, 1)
    act(database, invitations.set_contact, letter_id, one, "friend@coordinators.example", ANNA)
    (told,) = mails(database, letter_id, "contact_changed")
    assert (told.address, told.about["domain"]) == ("b@example.org", "coordinators.example")

    stranger = app.test_client()
    assert stranger.get(before).status_code == 404
    arrived = stranger.get(wrong(database, letter_id), follow_redirects=True)
    assert arrived.request.path == "/contact-changed"
    assert "friend" not in arrived.text
    assert "contact.disputed" not in actions(database, letter_id)
    data = {"csrf_token": csrf(arrived), "words": "I still work here."}
    for _ in range(2):
        assert stranger.post("/contact-changed", data=data).status_code == 303
    assert actions(database, letter_id).count("contact.disputed") == 1
    assert "You have said that this is wrong" in stranger.get("/contact-changed").text
    assert "said that the change is wrong" in said(client.get(f"/letters/{letter_id}/invitations/{one}"))
    assert app.test_client().get("/contact-changed").status_code == 404
    assert stranger.get(f"/review/{one}").status_code == 404, "It opens no letter."
    assert findings(database, letter_id) == []


def test_who_is_a_contact_already_is_told_of_one_more_and_can_say_that_it_is_wrong(app, client, database, letter_id):
    one = invitation_id(database, letter_id, 1)
    carl = act(database, more_contacts.add, letter_id, one, "Carl", "carl@x.example", ANNA).id
    act(database, more_contacts.add, letter_id, one, "Dan", "dan@x.example", ANNA)
    told = [(mail.address, mail.about["what"]) for mail in mails(database, letter_id, "who_signs")]
    assert told == [("b@example.org", "added"), ("b@example.org", "added"), ("carl@x.example", "added")]
    with database.reading() as session:
        mail = mails(database, letter_id, "who_signs")[0]
        whole = email.message_from_bytes(writing.write(session, session.merge(mail, load=False)), policy=policy.default)
        link_id = session.query(Link).filter_by(purpose="dispute", contact_id=carl).one().id
        path = f"/s/{session.tokens.links(link_id)[0]}"
        theirs = session.get_one(Invitation, one).link_of(carl).id
    plain = whole.get_body(("plain",)).get_content()
    assert path in plain and "added Carl (carl@x.example)" in " ".join(plain.split())
    act(database, answers.sign, theirs, answer(database, letter_id))

    reader = app.test_client()
    arrived = reader.get(path, follow_redirects=True)
    assert "added one more contact" in arrived.text and "no longer the contact" not in arrived.text
    reader.post("/contact-changed", data={"csrf_token": csrf(arrived), "words": "Nobody here knows him."})

    assert "said that one more contact is wrong" in said(client.get(f"/letters/{letter_id}/invitations/{one}"))
    with database.reading() as session:
        assert "one more contact, who was added, is wrong" in session.get_one(Invitation, one).signoffs[0].odd
    act(database, more_contacts.correct, letter_id, one, carl, "Carl", "carl@y.example", ANNA)
    (changed,) = mails(database, letter_id, "contact_changed")
    assert (changed.address, changed.about["domain"]) == ("carl@x.example", "y.example")
    assert findings(database, letter_id) == []


def test_a_signature_by_a_contact_that_a_coordinator_set_looks_odd_to_whoever_checks(client, database, letter_id):
    one = invitation_id(database, letter_id, 1)
    with database.writing() as session:
        eve = accounts.user(session, "eve@campaign.example", "Eve")
        accounts.join(session, session.get_one(Letter, letter_id).campaign_id, eve, "coordinator")
    act(database, invitations.set_contact, letter_id, one, "Eve@campaign.example", ANNA)
    act(database, answers.sign, link_ids(database, letter_id)[1], answer(database, letter_id))

    with database.reading() as session:
        signed = session.get_one(Invitation, one).signoffs[0]
        assert "a coordinator had changed the contact" in signed.odd
        assert "somebody who works on the campaign" in signed.odd
    assert "Signed in an unusual way" in client.get(f"/letters/{letter_id}").text
    assert "had changed the contact after the invitation" in client.get(f"/letters/{letter_id}/history").text
    assert findings(database, letter_id) == []
    with database.reading() as session:
        link_id = session.query(Link).filter_by(purpose="dispute").one().id
    act(database, disputes.dispute, link_id, "")
    with database.reading() as session:
        assert "says that the change of contact is wrong" in session.get_one(Invitation, one).signoffs[0].odd


def test_a_contact_set_before_it_was_written_to_or_handed_on_by_itself_is_not_odd(database):
    made = take_in(database, 2)
    act(database, invitations.set_contact, made, invitation_id(database, made, 0), "new@example.org", ANNA)
    open_sign_off(database, made)
    act(database, delegation.delegate, link_ids(database, made)[1], "Nina New", "nina@example.org", sure=True)
    sign(database, made, 0)
    sign(database, made, 1)

    with database.reading() as session:
        assert [one.signoffs[0].odd for one in session.get_one(Letter, made).invitations] == ["", ""]
    assert mails(database, made, "contact_changed") == []


def test_a_link_to_say_so_ends_after_a_month_and_no_other_link_is_taken_for_one(app, database, letter_id, later):
    one = invitation_id(database, letter_id, 1)
    act(database, invitations.set_contact, letter_id, one, "x@example.net", ANNA)
    act(database, invitations.set_contact, letter_id, one, "y@example.net", ANNA)
    with database.reading() as session:
        invitation = session.get_one(Invitation, one)
        assert invitation.link.purpose == "answer"
    address = wrong(database, letter_id)
    assert app.test_client().get(address).status_code == 303
    later(days=31)
    assert app.test_client().get(address).status_code == 404
