"""An open call: the public page, who asks to join, how that is confirmed and answered."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete

from tests.support.browsing import csrf, read, signed_in
from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    correct,
    findings,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    take_in,
)
from tests.support.joining import (
    TYPED,
    ask,
    confirmed,
    form,
    link_in,
    many_confirmed,
    opened,
    path,
    requests,
    written,
)
from tests.support.mailing import deliver
from workflow import accounts, afterwards, history, jobs
from workflow.campaigns import joining, lifecycle, open_call
from workflow.errors import RefusedError
from workflow.models import Invitation, Letter, Membership
from workflow.pages.staff import needs
from workflow.signoffs import answers
from workflow.signoffs import joining as asking


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(afterwards, "PAUSE", 0.0)


def test_from_the_public_page_to_a_signature(app, database, letter_id):
    address = opened(database, letter_id, "Join us.\n\nUntil May.")
    client = app.test_client()
    page = client.get(address)
    assert "First paragraph of the letter." in page.text and "Until May." in page.text
    assert "noindex" in page.headers["X-Robots-Tag"]

    assert "Check your email" in client.post(address, data=form(client, address)).text
    (mail,) = written(app, database)
    there = app.test_client()
    shown = there.get(link_in(mail), follow_redirects=True)
    assert [words for words in TYPED.values() if words not in ("en",) and words not in shown.text] == []
    assert [one.is_unconfirmed for one in requests(database, letter_id)] == [True], "opening it decides nothing"
    assert "join.confirmed" not in actions(database, letter_id)
    said = there.post("/join/confirm", data={"csrf_token": csrf(shown), "do": "confirm"}, follow_redirects=True)
    assert "Your request is confirmed" in said.text

    staff = signed_in(app, database)
    listed = staff.get(f"/letters/{letter_id}/call")
    assert "Rivers Trust" in listed.text and "rivers.example" in listed.text
    (one,) = requests(database, letter_id)
    done = staff.post(
        f"/letters/{letter_id}/call/decisions",
        data={"csrf_token": csrf(listed), "only": one.id, "reason": ""},
        follow_redirects=True,
    )
    assert "1 organisation invited." in done.text

    assert invitation_states(database, letter_id) == ["invited"] * 3, "nobody has signed by asking"
    asked_of = mails(database, letter_id, "invitation")[-1]
    assert asked_of.address == "wanjiru@rivers.example"
    given = answer(database, letter_id, name="Wanjiru Kamau")
    act(database, answers.sign, link_ids(database, letter_id)[2], given)
    assert findings(database, letter_id) == []
    created = [e.about for e in entries(database, letter_id, "invitation.created")]
    assert [about.get("request") for about in created] == [None, None, one.id]
    assert "join.accepted" in actions(database, letter_id)


def entries(database, letter_id, action):
    with database.reading() as session:
        return [entry for entry in history.entries(session, letter_id) if entry.action == action]


def test_the_page_names_nobody_who_signed_or_is_asked(app, database, letter_id):
    sign(database, letter_id, 0)
    page = app.test_client().get(opened(database, letter_id)).text

    assert not re.search("Organisation [AB]|ORG[AB]|Person [AB]", page)


def test_where_nobody_coordinates_the_service_is_not_named_in_their_place(app, database, letter_id):
    address, client = opened(database, letter_id), app.test_client()
    act(database, lambda session: session.execute(delete(Membership)))

    assert "The coordinator invites organisations to join" in client.get(address).text
    client.post(address, data=form(client, address))
    (mail,) = written(app, database)
    assert "coordinated by" not in mail
    shown = client.get(link_in(mail), follow_redirects=True).text
    assert "” of the coordinator. Check it." in shown


def test_a_new_version_keeps_it_open_and_shows_the_new_text(app, database, letter_id):
    address, client = opened(database, letter_id), app.test_client()
    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
    page = client.get(address).text
    assert "being edited" in page and "First paragraph" not in page and 'id="join"' in page
    act(database, lifecycle.open_sign_off, letter_id, ANNA)

    correct(database, letter_id, "Quite another text.", small=False)

    assert "Quite another text." in client.get(address).text


def test_it_is_closed_by_one_press_and_opens_again_at_the_same_address_or_another(app, database, letter_id):
    address, client = opened(database, letter_id), app.test_client()
    staff = signed_in(app, database)
    page = staff.get(f"/letters/{letter_id}/call")
    assert address in page.text
    staff.post(f"/letters/{letter_id}/call/closing", data={"csrf_token": csrf(page)})

    gone = client.get(address)
    assert gone.status_code == 404 and "Free the seventeen" not in gone.text
    assert opened(database, letter_id) == address and client.get(address).status_code == 200
    act(database, open_call.open_, letter_id, "", ANNA, renew=True)
    assert client.get(address).status_code == 404
    assert client.get(path(database, letter_id)).status_code == 200
    told = [name for name in actions(database, letter_id) if name.startswith("call.")]
    assert told == ["call.opened", "call.closed", "call.opened", "call.opened"]


def test_it_cannot_be_opened_before_there_is_a_text_before_the_co_signers(database):
    draft = take_in(database, 1)
    with pytest.raises(RefusedError, match="Send it for review"):
        act(database, open_call.open_, draft, "", ANNA)


def test_more_than_a_page_are_accepted_at_once_each_once_though_the_process_ends_in_between(
    app, database, letter_id, monkeypatch
):
    opened(database, letter_id)
    many_confirmed(database, letter_id, range(55))
    staff = signed_in(app, database)
    page = staff.get(f"/letters/{letter_id}/call")
    assert "All 55 that match" in read(page).text_content()
    with database.reading() as session:
        campaign = session.get_one(Letter, letter_id).campaign_id
        with app.test_request_context():
            shown = {need.name: str(need.label) for need in needs.of(session, [campaign])[campaign]}
    assert shown["joining"] == "55 organisations want to join"
    (there,) = read(staff.get(f"/letters/{letter_id}")).xpath("//section[@aria-labelledby='attention']//a/@href")
    assert there == f"/letters/{letter_id}/call"
    accept, pieces = joining.accept, []

    def ends(session, row, piece, actor):
        pieces.append(len(piece))
        if len(pieces) == 2:
            raise SystemExit
        return accept(session, row, piece, actor)

    def press():
        data = {"csrf_token": csrf(page), "do": "accept", "all": "y", "reason": "", "q": ""}
        return staff.post(f"/letters/{letter_id}/call/decisions", data=data, follow_redirects=True).text

    monkeypatch.setattr(joining, "accept", ends)
    with pytest.raises(SystemExit):
        press()
    assert (pieces, len(mails(database, letter_id, "invitation"))) == ([40, 15], 42)
    monkeypatch.setattr(joining, "accept", accept)
    monkeypatch.setattr(joining, "MOST", 5)
    assert "5 organisations invited. 10 organisations want to join" in press()
    monkeypatch.setattr(joining, "MOST", 500)

    assert "10 organisations invited." in press()
    assert "None of these requests waits" in press() or "Select at least one" in press()
    assert "want to join" not in staff.get(f"/letters/{letter_id}").text
    assert len({one.address for one in mails(database, letter_id, "invitation")}) == 57
    assert len(set(filter(None, link_ids(database, letter_id)))) == 57 == len(mails(database, letter_id, "invitation"))
    assert {one.state for one in requests(database, letter_id)} == {"accepted"}
    assert findings(database, letter_id) == []


def test_of_many_those_who_are_on_the_letter_already_are_left(database, letter_id):
    opened(database, letter_id)
    same = confirmed(database, letter_id, 1, organisation="Órganisation  a")
    new = confirmed(database, letter_id, 2)
    twin = confirmed(database, letter_id, 3, organisation="TRUST 2")

    done = act(database, joining.accept, letter_id, [same, new, twin], ANNA)

    assert (done.number, set(done.left)) == (1, {"Órganisation  a", "TRUST 2"})
    assert [one.waits for one in requests(database, letter_id)].count(True) == 2


def test_a_request_is_refused_with_a_reason_that_is_mailed_if_wished(app, database, letter_id):
    opened(database, letter_id)
    one, two = confirmed(database, letter_id, 1), confirmed(database, letter_id, 2)
    staff = signed_in(app, database)
    page = staff.get(f"/letters/{letter_id}/call")
    address = f"/letters/{letter_id}/call/decisions"

    bare = {"csrf_token": csrf(page), "do": "refuse", f"chosen-{one}": "y", "tell": "y"}
    again = staff.post(address, data={**bare, "reason": " "})
    assert again.status_code == 400 and "Enter a reason." in again.text
    staff.post(address, data={**bare, "reason": "We keep to NGOs of the region."})
    act(database, joining.refuse, letter_id, [two], ANNA, reason="Spam", tell=False)

    (mail,) = written(app, database, "join_answer")
    assert "We keep to NGOs of the region." in mail and "p1@trust1.example" in mail
    assert set(invitation_states(database, letter_id)) == {"invited"}
    assert "Spam" in staff.get(f"/letters/{letter_id}/call?show=refused").text
    assert "Spam" not in "".join(map(str, entries(database, letter_id, "join.refused")))


def test_requests_end_with_the_letter_and_unconfirmed_ones_after_three_days(app, database, letter_id, later):
    opened(database, letter_id)
    waits, link = confirmed(database, letter_id, 1), ask(database, letter_id, 2)
    later(hours=71)
    act(database, asking.forget)
    assert len(requests(database, letter_id)) == 2
    later(hours=2)
    assert act(database, asking.find, link) is None, "it can’t be confirmed any more"
    assert act(database, asking.forget) == 1

    act(database, lifecycle.withdraw, letter_id, "Too late.", ANNA)
    jobs.keep_time(database, lambda: True)

    (left,) = requests(database, letter_id)
    assert (left.id, left.has_expired) == (waits, True)
    (told,) = written(app, database, "join_answer")
    assert "closed before your request was answered" in told
    jobs.keep_time(database, lambda: True)
    assert len(written(app, database, "join_answer")) == 1
    deliver(database, letter_id, [])
    assert findings(database, letter_id) == []


def test_coordinators_are_told_once_a_day_that_some_wait(app, database, letter_id, later):
    opened(database, letter_id)
    with database.writing() as session:
        member = accounts.user(session, "anna@example.org", "Anna")
        accounts.join(session, session.get_one(Letter, letter_id).campaign_id, member, "coordinator")
    for number in range(3):
        confirmed(database, letter_id, number)
    assert len(written(app, database, "join_notice")) == 1
    later(hours=25)
    confirmed(database, letter_id, 4)
    assert len(written(app, database, "join_notice")) == 2
    assert "4 organisations want to join" in written(app, database, "join_notice")[0]


def test_it_is_marked_what_a_coordinator_should_look_at(app, database, letter_id):
    opened(database, letter_id)
    confirmed(database, letter_id, 1, organisation="Free One", email="free.one@gmail.com")
    confirmed(database, letter_id, 2, organisation="Other Domain", email="x@elsewhere.example", website="own.example")
    confirmed(
        database, letter_id, 3, organisation="Own Domain", email="x@mail.own2.example", website="http://own2.example/"
    )
    confirmed(database, letter_id, 4, organisation="Org\u0430nisation A")
    confirmed(database, letter_id, 5, organisation="ORGANISATION B")
    confirmed(database, letter_id, 6, organisation="Twice"), confirmed(database, letter_id, 7, organisation="twice")
    staff = signed_in(app, database)

    page = read(staff.get(f"/letters/{letter_id}/call"))

    marks = {
        row.xpath(".//h3/bdi/text()")[0]: [
            " ".join(one.text_content().split()) for one in row.xpath(".//p/span[contains(@class,'state')]")
        ]
        for row in page.xpath("//ul[@class='list']/li")
    }
    assert marks == {
        "Free One": ["Free mail service"],
        "Other Domain": ["Not the domain of its website"],
        "Own Domain": [],
        "Org\u0430nisation A": [
            "Looks like Organisation A, which is on the letter",
            "Letters of several alphabets in one word",
        ],
        "ORGANISATION B": ["On the letter already"],
        "Twice": ["Asked several times"],
        "twice": ["Asked several times"],
    }
    found = read(staff.get(f"/letters/{letter_id}/call?q=gmail+FREE"))
    assert len(found.xpath("//ul[@class='list']/li")) == 1


def test_in_draft_they_wait_for_the_others(database, letter_id):
    opened(database, letter_id)
    one = confirmed(database, letter_id)
    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
    act(database, joining.accept, letter_id, [one], ANNA)
    assert [m.address for m in mails(database, letter_id, "invitation")] == ["a@example.org", "b@example.org"]

    open_sign_off(database, letter_id)

    assert mails(database, letter_id, "invitation")[-1].address == "p0@trust0.example"
    with database.reading() as session:
        assert session.query(Invitation).filter_by(letter_id=letter_id).count() == 3
