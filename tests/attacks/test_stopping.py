"""What stops reminders: pressed by a mail program, opened by a filter, forwarded, forged."""

from __future__ import annotations

import pytest

from tests.support.browsing import invitation_id
from tests.support.factories import ANNA, act, actions, findings, link_ids, open_sign_off, take_in
from workflow import accounts
from workflow.campaigns import invitations, reminding
from workflow.models import Invitation, User
from workflow.signoffs import delegation

PRESSED = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def letter_id(database):
    made = take_in(database, 2)
    open_sign_off(database, made)
    return made


def address(database, link_id, email="a@example.org", what="reminders"):
    with database.reading() as session:
        return f"/stop/{what}/{link_id}/{session.tokens.stops(what, link_id, email)[0]}"


def stopped(database, letter_id, number=0):
    with database.reading() as session:
        return session.get_one(Invitation, invitation_id(database, letter_id, number)).no_reminders


def test_a_mail_program_stops_them_by_one_post_without_a_cookie_and_from_elsewhere(app, database, letter_id):
    app.config["WTF_CSRF_ENABLED"] = True
    there = address(database, link_ids(database, letter_id)[0])
    from_elsewhere = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}

    pressed = app.test_client(use_cookies=False).post(there, data=PRESSED, headers=from_elsewhere)
    again = app.test_client(use_cookies=False).post(there, data=PRESSED, content_type="multipart/form-data")

    assert (pressed.status_code, again.status_code) == (200, 200)
    assert "You won’t get reminders" in pressed.text
    assert [stopped(database, letter_id, number) for number in (0, 1)] == ["contact", ""]
    assert actions(database, letter_id).count("invitation.reminders") == 1
    assert findings(database, letter_id) == []


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_a_filter_that_opens_it_stops_nothing_and_finds_one_button(app, database, letter_id, method):
    there = address(database, link_ids(database, letter_id)[0])

    page = getattr(app.test_client(), method)(there)

    assert page.status_code == 200
    assert stopped(database, letter_id) == ""
    if method == "get":
        assert page.text.count("<button") == 1
        assert app.test_client().post(there, data={}).status_code == 200
        assert stopped(database, letter_id) == ""


def test_who_stopped_them_can_have_them_again_and_the_coordinator_cannot_give_them(app, database, letter_id):
    there, client = address(database, link_ids(database, letter_id)[0]), app.test_client()
    one = invitation_id(database, letter_id)
    client.post(there, data=PRESSED)
    act(database, reminding.set_reminders, letter_id, one, False, ANNA)
    act(database, reminding.set_reminders, letter_id, one, True, ANNA)
    assert stopped(database, letter_id) == "contact"

    client.post(there, data={"List-Unsubscribe": "again"})

    assert stopped(database, letter_id) == ""
    assert findings(database, letter_id) == []


def test_a_forwarded_address_stops_nobody_elses_and_nothing_for_who_comes_after(app, database, letter_id):
    links = link_ids(database, letter_id)
    there, client = address(database, links[0]), app.test_client()
    act(database, invitations.set_contact, letter_id, invitation_id(database, letter_id), "new@example.org", ANNA)
    act(database, delegation.delegate, links[1], "Bea Other", "bea@example.org", sure=True)

    assert client.post(there, data=PRESSED).status_code == 404
    assert client.post(address(database, links[1], "b@example.org"), data=PRESSED).status_code == 404
    assert [stopped(database, letter_id, number) for number in (0, 1)] == ["", ""]


def test_what_was_stopped_ends_with_the_person_and_outlasts_their_link(app, database, letter_id):
    one, there = invitation_id(database, letter_id), address(database, link_ids(database, letter_id)[0])
    act(database, invitations.replace_link, letter_id, one, ANNA)
    app.test_client().post(there, data=PRESSED)
    assert stopped(database, letter_id) == "contact"

    act(database, invitations.set_contact, letter_id, one, "new@example.org", ANNA)

    assert stopped(database, letter_id) == ""
    assert findings(database, letter_id) == []


def test_forged_ones_stop_nothing_and_after_twenty_none_is_looked_at(app, database, letter_id):
    one, other = (address(database, link) for link in link_ids(database, letter_id))
    client, tag = app.test_client(), one.rpartition("/")[2]
    forged = [other, one.replace("reminders", "digest"), one[:-1], f"{one}x", one.replace(tag, "x" * 24)]

    assert {client.post(path, data=PRESSED).status_code for path in forged} == {404}
    assert {client.post(forged[-1], data=PRESSED).status_code for _ in range(20)} == {404, 429}
    assert [stopped(database, letter_id, number) for number in (0, 1)] == ["", ""]
    assert client.post(one, data=PRESSED).status_code == 200


def test_nobody_floods_the_history_by_pressing_it(app, database, letter_id):
    there, client = address(database, link_ids(database, letter_id)[0]), app.test_client()

    answers = [client.post(there, data={"List-Unsubscribe": one}) for one in ("One-Click", "again") * 15]

    assert answers[-1].status_code == 429
    assert actions(database, letter_id).count("invitation.reminders") <= 20


def test_the_mornings_email_is_stopped_alike(app, database):
    with database.writing() as session:
        ben = accounts.user(session, "ben@example.org", "Ben")
        ben.digest = True
    there = address(database, ben.id, ben.email, "digest")

    assert "Stop the morning’s email" in app.test_client().get(there).text
    assert app.test_client(use_cookies=False).post(there, data=PRESSED).status_code == 200

    with database.reading() as session:
        assert session.get_one(User, ben.id).digest is False
