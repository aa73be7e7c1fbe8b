"""The pages of campaigns: what needs somebody, the letters as a list, settings, and that each sees its own alone."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from tests.integration.test_several_letters import another, campaign_of
from tests.support.browsing import csrf, field, read, signed_in
from tests.support.cases import each
from tests.support.factories import ANNA, act, actions, digest, link_ids, open_sign_off, sign, state, take_in, words
from tests.support.listening import statements
from workflow import accounts
from workflow.campaigns import lifecycle
from workflow.models import Campaign, Letter, Membership, now
from workflow.pages.staff import letter_list
from workflow.signoffs import requests, review


@pytest.fixture
def client(app, database):
    return signed_in(app, database)


def sent(client, page, address, **typed):
    token = csrf(client.get(page))
    return client.post(address, data={"csrf_token": token, **typed})


BEGUN = {
    "name": "Valdoria 2026",
    "asks_as": "The coalition",
    "deadline": "",
    "timezone": "Europe/Paris",
    "minimum": "2",
}
RULES = {"objection_hours": "0"}


def titles(page):
    return [one.text_content().strip() for one in read(page).xpath("//table[@class='letters']/tbody//th")]


def needs(page):
    return [(one.text_content(), one.get("href")) for one in read(page).xpath("//ul[@class='needs']//a")]


# --- a new one --------------------------------------------------------------------------------------------------------


def test_a_campaign_is_begun_and_leads_on_to_its_first_letter(client, database):
    ends = f"{now() + timedelta(days=30):%Y-%m-%d}T18:00"

    page = sent(client, "/campaigns/new", "/campaigns", **BEGUN | RULES | {"deadline": ends, "individuals": "y"})

    with database.reading() as session:
        begun = session.query(Campaign).one()
        roles = [(one.user.email, one.role) for one in session.query(Membership)]
    assert page.location == f"/letters/new?campaign={begun.id}"
    assert (begun.name, begun.asks_as, begun.minimum, begun.individuals) == ("Valdoria 2026", "The coalition", 2, True)
    assert begun.deadline is not None and begun.timezone == "Europe/Paris"
    assert roles == [("anna@example.org", "coordinator")]


@each(
    ("typed", "where", "said"),
    [
        ({"name": " "}, "name", "Enter a name"),
        ({"deadline": "2020-01-31T18:00"}, "deadline", "in the past"),
        ({"deadline": "2027-03-28T02:30"}, "deadline", "Sunday 28 March 2027 at 03:00 (Paris time)"),
        ({"deadline": "soon"}, "deadline", "Enter a date and a time"),
        ({"minimum": "0"}, "minimum", "Enter a number from 1"),
        ({"objection_hours": "9999"}, "objection_hours", "Enter a number from 0 to 720"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(client, database, typed, where, said):
    page = sent(client, "/campaigns/new", "/campaigns", **BEGUN | RULES | typed)

    assert page.status_code == 400
    kept, told = field(page, "campaigns", where)
    assert said in " ".join(told)
    assert kept == typed[where]
    with database.reading() as session:
        assert session.query(Campaign).count() == 0


def test_of_an_hour_that_comes_twice_it_is_the_later_one_and_stays_it(client, database):
    letter_id = take_in(database, 1, deadline=None, timezone="Europe/Paris")
    where = f"/letters/{letter_id}"
    given = {"deadline": "2027-10-31T02:30", "timezone": "Europe/Paris", "minimum": "1", "objection_hours": "0"}

    for _ in range(2):
        assert sent(client, where, f"{where}/terms", **given).status_code == 303

    with database.reading() as session:
        assert f"{session.get_one(Letter, letter_id).deadline:%H:%M}" == "01:30"


# --- what needs somebody ----------------------------------------------------------------------------------------------


def test_what_needs_somebody_is_counted_and_leads_to_where_it_is_done(client, database):
    first = take_in(database, 3)
    second = another(database, first)
    where = f"/campaigns/{campaign_of(database, first)}"
    assert needs(client.get(where)) == [("2 drafts to finish", f"{where}?show=drafts#letters")]

    act(database, lifecycle.circulate, first, ANNA)
    links, shown = link_ids(database, first), digest(database, first)
    act(database, review.comment, links[0], shown, 1, "Shorter.")
    act(
        database,
        review.suggest,
        links[1],
        review.Suggestion(digest=shown, paragraph=1, replaces="First", replacement="A"),
    )
    act(database, requests.ask_for_time, links[2], "One more day")
    found = dict(needs(client.get(where)))

    assert found == {
        "1 asks for more time": f"/letters/{first}/cosigners?show=asked",
        "1 open suggestion": f"/letters/{first}/comments",
        "1 open comment": f"/letters/{first}/comments",
        "1 draft to finish": f"/letters/{second}",
    }
    assert all(client.get(address.partition("#")[0]).status_code == 200 for address in found.values())
    assert dict(needs(client.get("/"))) == found


def test_a_letter_is_ready_to_close_when_all_have_answered_or_its_time_is_over(client, database, later):
    first = take_in(database, 2)
    where = f"/campaigns/{campaign_of(database, first)}"

    def said():
        return [label for label, _ in needs(client.get(where))]

    open_sign_off(database, first)
    sign(database, first, 0)
    assert said() == []
    sign(database, first, 1)
    assert said() == ["1 letter ready to close"]
    act(database, lifecycle.approve, first, ANNA)
    assert said() == ["1 letter approved, not sent"]
    act(database, lifecycle.reopen, first, ANNA)
    act(database, lifecycle.withdraw, first, "No.", ANNA)
    second = another(database, first)
    open_sign_off(database, second)
    assert said() == []

    later(days=8)
    client = signed_in(client.application, database)

    assert said() == ["1 letter ready to close"]


# --- the list of letters ----------------------------------------------------------------------------------------------


def test_letters_are_searched_filtered_put_in_order_and_paged_by_addresses_alone(client, database, monkeypatch):
    monkeypatch.setattr(letter_list, "PAGE", 2)
    letter_list._listing.cache_clear()
    first = take_in(database, 1)
    others = [another(database, first, deadline=now() + timedelta(days=days)) for days in (9, 3, 20)]
    where = f"/campaigns/{campaign_of(database, first)}"
    act(database, lifecycle.withdraw, others[2], "No.", ANNA)

    page = client.get(f"{where}?order=deadline")
    ahead = read(page).xpath("//a[@rel='next']")[0].get("href")
    rest = client.get(ahead)

    def ids(page):
        return [one.get("href").rpartition("/")[2] for one in read(page).xpath("//table[@class='letters']/tbody//th/a")]

    assert ids(page) == [others[1], first]
    assert ids(rest) == [others[0], others[2]]
    assert ids(client.get(read(rest).xpath("//a[@rel='prev']")[0].get("href"))) == ids(page)
    assert titles(client.get(f"{where}?q=FREE+seventeen")) == ["Free the seventeen"]
    assert ids(client.get(f"{where}?show=cancelled&q=minister")) == [others[2]]
    assert "No letter matches." in client.get(f"{where}?q=nobody").text
    assert client.get(f"{where}?order=x&show=y&after=z").status_code == 200
    letter_list._listing.cache_clear()


def test_a_campaigns_page_asks_as_often_for_many_letters_as_for_few(client, database):
    asked = []
    for count in (1, 12):
        first = take_in(database, 2)
        for _ in range(count):
            another(database, first)
        where = f"/campaigns/{campaign_of(database, first)}"
        for page in (where, f"{where}?show=drafts&q=the"):
            with statements(database) as said:
                assert client.get(page).status_code == 200
            asked.append(len(said))

    assert asked[:2] == asked[2:]
    assert max(asked) <= 13


def test_the_list_is_taken_away_as_a_table_that_runs_nothing(client, database):
    first = take_in(database, 2, letter=words(subject="=1+1"))
    open_sign_off(database, first)
    sign(database, first)
    where = f"/campaigns/{campaign_of(database, first)}/letters.csv"

    page, filtered = client.get(where), client.get(f"{where}?show=draft")
    (_, row) = csv.reader(io.StringIO(page.data.decode("utf-8-sig")))

    assert row[:7] == ["'=1+1", "Jane Doe", "Open for signature", "2", "1", "1", "0"]
    assert row[-1].endswith(f"/letters/{first}")
    assert len(filtered.data.splitlines()) == 1


# --- settings ---------------------------------------------------------------------------------------------------------


def test_settings_rename_and_apply_and_say_what_changed(client, database):
    first = take_in(database, 1)
    second = another(database, first)
    where = f"/campaigns/{campaign_of(database, first)}/settings"
    ends = f"{now() + timedelta(days=30):%Y-%m-%d}T18:00"

    saved = sent(client, where, where, **BEGUN | RULES | {"deadline": ends, "code_required": "y"})
    applied = client.post(where.replace("settings", "terms"), data={"csrf_token": csrf(client.get(where))})
    page = client.get(where)

    assert (saved.status_code, applied.status_code) == (303, 303)
    assert "Changed 2 letters: " in page.text and "“To the commission”" in page.text
    for letter_id in (first, second):
        assert [one for one in actions(database, letter_id) if one.startswith("campaign.")] == [
            "campaign.renamed",
            "campaign.terms",
        ]
        with database.reading() as session:
            row = session.get_one(Letter, letter_id)
            assert (row.minimum, row.code_required, row.timezone) == (2, True, "Europe/Paris")


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_a_member_sees_its_own_campaigns_alone_and_an_auditor_no_buttons(app, database):
    mine, other = take_in(database, 1, name="Ours"), take_in(database, 1, name="Quetzalcoatlus")
    auditor = signed_in(app, database, "auditor@example.org", admin=False)
    with database.writing() as session:
        user = accounts.user(session, "auditor@example.org")
        accounts.join(session, session.get_one(Letter, mine).campaign_id, user, "auditor")

    index = auditor.get("/")
    page = auditor.get(f"/campaigns/{campaign_of(database, mine)}?show=drafts")

    assert "Ours" in index.text and "Quetzalcoatlus" not in index.text
    assert "Quetzalcoatlus" not in auditor.get("/?q=quetzal").text.partition("<ul")[2]
    assert needs(index) == needs(page) == []
    assert "New letter" not in page.text and "/settings" not in page.text
    assert auditor.get(f"/campaigns/{campaign_of(database, other)}").status_code == 404
    assert auditor.get(f"/campaigns/{campaign_of(database, mine)}/settings").status_code == 404


# --- the picture of progress ------------------------------------------------------------------------------------------


def test_the_picture_and_its_table_tell_the_signatures_that_count(client, database, later):
    letter_id = take_in(database, 4, minimum=2)
    open_sign_off(database, letter_id)
    assert "<svg" not in client.get(f"/letters/{letter_id}").text
    sign(database, letter_id, 0)
    sign(database, letter_id, 1)
    later(hours=5)
    sign(database, letter_id, 2)

    page = read(signed_in(client.application, database).get(f"/letters/{letter_id}"))

    (chart,) = page.xpath("//figure[@class='chart']/svg")
    rows = [[cell.text_content() for cell in row.xpath("td")] for row in page.xpath("//div[@class='scroll']//tbody/tr")]
    assert rows == [["2", "2"], ["1", "3"]]
    assert "3 of 4 have signed." in chart.text_content() and "At least 2 are needed." in chart.text_content()
    assert state(database, letter_id) == "sign_off"
    assert len(page.xpath("//figure//*[contains(@class, 'deadline')]")) == 2
