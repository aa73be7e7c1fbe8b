"""Accounts of staff: who somebody is, the language and the zone that they read in, on pages and in emails."""

from __future__ import annotations

import pytest

from tests.support.browsing import arrived, csrf, field, read, signed_in
from tests.support.factories import ANNA, act, open_sign_off, take_in
from workflow import accounts, members
from workflow.models import Letter, Membership, User


def first_time(app, database, email="new@example.org", **headers):
    """A browser in which somebody has signed in who was never asked who they are."""
    with database.writing() as session:
        link = accounts.sign_in_link(session, accounts.user(session, email))
    client = app.test_client()
    path = "/sign-in/" + link.rpartition("/")[2]
    return client, client.post(path, data={"csrf_token": csrf(client.get(path))}, headers=headers)


def kept(database, email="new@example.org"):
    with database.reading() as session:
        found = session.query(User).filter_by(email=email).one()
        return found.name, found.organisation, found.language, found.timezone


def test_the_first_sign_in_asks_who_one_is_before_anything_else(app, database):
    client, came = first_time(app, database)
    assert came.location == "/account/welcome"
    browser = {"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"}
    page = client.get("/account/welcome", headers=browser)
    chosen = read(page).xpath("//option[@selected]/@value")
    assert chosen == ["fr", "Europe/Paris"]
    assert read(page).get("lang") == "fr"

    form = {"csrf_token": csrf(page), "name": " ", "organisation": "ADHOC", "language": "fr", "timezone": "Asia/Tokyo"}
    empty = client.post("/account/welcome", data=form)
    assert (empty.status_code, kept(database)) == (400, ("", "", "", ""))
    assert field(empty, "account-welcome", "organisation")[0] == "ADHOC"
    assert client.post("/account/welcome", data=form | {"name": "Anna Berg"}).location == "/"
    assert kept(database) == ("Anna Berg", "ADHOC", "fr", "Asia/Tokyo")
    assert first_time(app, database)[1].location == "/"


def test_who_has_no_name_may_read_but_starts_no_campaign(app, database):
    client, _ = first_time(app, database)
    assert client.get("/").status_code == 200
    asked = client.get("/letters/new?campaign=x")
    assert (asked.status_code, asked.location) == (303, "/account/welcome?to=/letters/new?campaign%3Dx")
    token = csrf(client.get("/account"))
    assert client.post("/letters", data={"csrf_token": token, "pasted": "Dear Sir,"}).location == "/account/welcome"
    with database.reading() as session:
        assert session.query(Letter).count() == 0

    page = client.get(asked.location)
    form = {"csrf_token": csrf(page), "name": "Anna", "organisation": "", "language": "", "timezone": ""}
    assert client.post(asked.location, data=form).location == "/letters/new?campaign=x"


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\n//e"]
)
def test_nobody_is_led_elsewhere_after_they_have_said_who_they_are(app, database, to):
    client, _ = first_time(app, database)
    page = client.get("/account/welcome")
    form = {"csrf_token": csrf(page), "name": "Anna", "organisation": "", "language": "", "timezone": ""}
    assert client.post("/account/welcome", query_string={"to": to}, data=form).location == "/"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"timezone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”"),
        ({"language": "xx"}, "Select a language."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"name": "\u202e\u2066"}, "Enter your name"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_at_its_field(app, database, wrong, said):
    client = signed_in(app, database)
    form = {
        "csrf_token": csrf(client.get("/account")),
        "name": "Anna",
        "organisation": "",
        "language": "",
        "timezone": "",
    }
    answer = client.post("/account", data=form | wrong)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert kept(database, "anna@example.org") == ("Anna", "", "", "")


def test_staff_read_in_their_own_language_and_zone_else_in_the_browsers_and_the_letters(app, database):
    letter_id = take_in(database, 1)
    client = signed_in(app, database)
    assert read(client.get(f"/letters/{letter_id}/history")).get("lang") == "en"
    assert "(UTC)" in client.get(f"/letters/{letter_id}/history").text
    arabic = client.get(f"/letters/{letter_id}", headers={"Accept-Language": "ar"})
    assert (read(arabic).get("lang"), read(arabic).get("dir")) == ("ar", "rtl")

    form = {"csrf_token": csrf(client.get("/account")), "name": "Anna", "organisation": ""}
    client.post("/account", data=form | {"language": "es", "timezone": "America/Lima"})
    page = client.get(f"/letters/{letter_id}/history", headers={"Accept-Language": "ar"})
    assert (read(page).get("lang"), read(page).get("dir")) == ("es", "ltr")
    assert "(hora de Lima)" in page.text
    missing = client.get("/letters/" + "0" * 32, headers={"Accept-Language": "ar"})
    assert (missing.status_code, read(missing).get("lang")) == (404, "es")


def test_one_chooses_of_which_campaigns_one_is_told(app, database):
    client = signed_in(app, database, admin=False)
    ids = []
    with database.reading() as session:
        anna = session.query(User).one()
    for _ in range(2):
        letter_id = take_in(database, 1)
        with database.reading() as session:
            ids.append(session.get_one(Letter, letter_id).campaign_id)
        act(database, members.join, ids[-1], anna, "coordinator", ANNA)
    client.post("/account/notices", data={"csrf_token": csrf(client.get("/account")), ids[1]: "y", "0" * 32: "y"})
    with database.reading() as session:
        assert {one.campaign_id: one.notices for one in session.query(Membership)} == {ids[0]: False, ids[1]: True}


def test_co_signers_read_the_name_and_the_organisation_of_who_asks(app, database, settings):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    with database.writing() as session:
        anna = accounts.user(session, "anna@example.org", "Anna Berg")
        anna.organisation = "ADHOC"
        members.join(session, session.get_one(Letter, letter_id).campaign_id, anna, "coordinator", ANNA)
    assert "Anna Berg, ADHOC has asked" in " ".join(arrived(app, database, settings, letter_id)[1].text.split())
    with database.writing() as session:
        session.get_one(Letter, letter_id).campaign.asks_as = "The Coalition"
    assert "The Coalition has asked" in " ".join(arrived(app, database, settings, letter_id)[1].text.split())
