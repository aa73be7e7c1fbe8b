"""The public page of a letter, attacked by whoever finds it: nothing is learnt, flooded, smuggled in or decided."""

from __future__ import annotations

import email
import re
import threading

import pytest
import sqlalchemy as sa
from limits import parse

from tests.support.browsing import csrf, read, signed_in
from tests.support.factories import ANNA, act, actions, findings, invitation_states, mails, open_sign_off, take_in
from tests.support.joining import (
    TYPED,
    ask,
    asked,
    confirmed,
    form,
    link_in,
    opened,
    requests,
    solved,
    token_hash,
    written,
)
from tests.support.listening import statements
from workflow import accounts, afterwards, effort, erasure
from workflow.campaigns import invitations, joining, lifecycle, open_call
from workflow.errors import NotFoundError, RefusedError
from workflow.letter import domains
from workflow.models import BlockedAddress, Delivery, JoinRequest, Letter
from workflow.pages import joining as pages
from workflow.pages import rate_limits
from workflow.signoffs import joining as asking


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What is looked up after an answer is so without a pause, and a browser's work takes no time here."""
    monkeypatch.setattr(afterwards, "PAUSE", 0.0)
    monkeypatch.setattr(effort, "BITS", 4)


def bare(page) -> str:
    """A page without what differs from request to request."""
    return re.sub(r'value="[^"]*"', "", page.text)


# --- what is learnt ---------------------------------------------------------------------------------------------------


def known_addresses(database, letter_id: str) -> dict[str, str]:
    """An address of each kind that there may be, all typed into one letter's page."""
    confirmed(database, letter_id, 1)
    ask(database, letter_id, 2)
    refused = confirmed(database, letter_id, 3)
    act(database, joining.refuse, letter_id, [refused], ANNA, reason="No.", tell=False)
    with database.writing() as session:
        accounts.user(session, "anna@example.org", "Anna")
        session.add(BlockedAddress(address="blocked@example.org", reason="not_me"))
    return {
        "nobody’s": "new@somewhere.example",
        "invited": "a@example.org",
        "spelt otherwise": "A@EXAMPLE.ORG",
        "asked and confirmed": "p1@trust1.example",
        "asked": "p2@trust2.example",
        "refused": "p3@trust3.example",
        "of staff": "anna@example.org",
        "blocked": "blocked@example.org",
        "throw-away": "x@mailinator.com",
    }


def test_answers_never_tell_whether_an_address_is_known(app, database, letter_id):
    address = opened(database, letter_id)
    known = known_addresses(database, letter_id)
    client = app.test_client()

    said, asked_for = {}, {}
    for what, one in known.items():
        sent = form(client, address, email=one)
        with statements(database) as heard:
            said[what] = client.post(address, data=sent)
        asked_for[what] = tuple(heard)
        app.extensions["undersigned"].afterwards.wait()

    assert {(bare(one), one.status_code) for one in said.values()} == {(bare(said["nobody’s"]), 200)}
    assert len(set(asked_for.values())) == 1, "the work before the answer is the same"


def test_who_is_known_is_told_by_mail_alone_and_others_get_nothing(app, database, letter_id):
    address = opened(database, letter_id)
    known = known_addresses(database, letter_id)
    before = {one.id for one in _deliveries(database)}
    client = app.test_client()
    for one in known.values():
        client.post(address, data=form(client, address, email=one))
    app.extensions["undersigned"].afterwards.wait()

    new = {(one.address, one.kind, one.about.get("what", "")) for one in _deliveries(database) if one.id not in before}
    assert new == {
        ("new@somewhere.example", "join", "confirm"),
        ("anna@example.org", "join", "confirm"),
        ("p2@trust2.example", "join", "confirm"),
        ("p1@trust1.example", "join", "known"),
        ("p3@trust3.example", "join", "known"),
        ("a@example.org", "sign_off", ""),
    }, "whoever is asked already gets that invitation, the same link, once more"
    assert {one.email for one in requests(database, letter_id)} >= {"new@somewhere.example"}
    assert "a@example.org" not in {one.email for one in requests(database, letter_id)}


def _deliveries(database):
    with database.reading() as session:
        return list(session.scalars(sa.select(Delivery)))


def test_what_was_closed_has_ended_or_never_was_looks_the_same(app, database, letter_id):
    client = app.test_client()
    never = client.get(f"/join/{'0' * 32}")
    address = opened(database, letter_id)
    sent = form(client, address)
    act(database, open_call.close, letter_id, ANNA)
    closed = client.get(address)
    assert (bare(never), never.status_code) == (bare(closed), 404) == (bare(closed), closed.status_code)
    assert client.post(address, data=sent).status_code == 404
    opened(database, letter_id)
    act(database, lifecycle.withdraw, letter_id, "No more.", ANNA)
    assert bare(client.get(address)) == bare(never)
    assert requests(database, letter_id) == []


# --- floods -----------------------------------------------------------------------------------------------------------


def test_a_proof_is_taken_once_for_its_letter_while_it_is_fresh(app, database, letter_id, later):
    address, client = opened(database, letter_id), app.test_client()
    sent = form(client, address)
    assert client.post(address, data=sent).status_code == 200

    again = client.post(address, data={**sent, "email": "other@rivers.example"})
    assert again.status_code == 409 and "sent already" in again.text
    lies = {
        "none": "1",
        "of another letter": "",
        "that we never made": solved("0" * 8 + "04" + "0" * 54),
        "negative": "-1",
        "too long": "1" * 300,
        "no digits": "١٢",
    }
    other = take_in(database, 1)
    open_sign_off(database, other)
    elsewhere = form(client, opened(database, other))
    for what, answer in lies.items():
        fresh = form(client, address, effort=answer)
        if what == "of another letter":
            fresh |= {"challenge": elsewhere["challenge"], "effort": elsewhere["effort"]}
        if what == "that we never made":
            fresh["challenge"] = "0" * 8 + "04" + "0" * 54
        if what == "none":
            fresh["effort"] = next(str(n) for n in range(99) if not effort._is_hard(fresh["challenge"], str(n), 4))
        assert client.post(address, data=fresh).status_code == 409, what
    old = form(client, address)
    later(hours=3)
    assert client.post(address, data=old).status_code == 409
    app.extensions["undersigned"].afterwards.wait()
    assert len(requests(database, letter_id)) == 1


def test_a_proof_that_is_sent_twice_at_once_is_taken_once(app, database, letter_id):
    address = opened(database, letter_id)
    clients = [app.test_client() for _ in range(4)]
    forms = [form(one, address) for one in clients]
    same = {"challenge": forms[0]["challenge"], "effort": forms[0]["effort"]}
    said = []

    def send(number):
        said.append(clients[number].post(address, data=forms[number] | same).status_code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(said) == [200, 409, 409, 409]


def test_without_scripts_a_minute_is_waited_with_the_same_form_and_few_can(app, database, letter_id, later):
    address, client = opened(database, letter_id), app.test_client()
    sent = form(client, address, effort="")

    early = client.post(address, data=sent)
    assert early.status_code == 409 and re.search("wait [0-9]+ more second", early.text)
    kept = dict(read(early).get_element_by_id("join").form_values())
    assert kept["challenge"] == sent["challenge"] and kept["organisation"] == TYPED["organisation"]
    later(seconds=61)
    assert client.post(address, data=kept | {"effort": ""}).status_code == 200
    said = []
    for number in range(6):
        patient = form(client, address, effort="", email=f"p{number}@rivers.example")
        later(seconds=61)
        said.append(client.post(address, data=patient).status_code)
    assert said == [200, 200, 200, 200, 429, 429]
    assert client.post(address, data=form(client, address, email="z@rivers.example")).status_code == 200


def test_one_network_leaves_others_room_and_whoever_confirms_makes_room_for_the_next(
    app, database, letter_id, monkeypatch
):
    """A conference is behind one address: what is typed is not lost, and each confirmation lets the next one on."""
    monkeypatch.setattr(pages, "FROM_A_NETWORK", (parse("3 per hour"),))
    address, client = opened(database, letter_id), app.test_client()
    said = [
        client.post(address, data=form(client, address, email=f"p{number}@rivers.example")).status_code
        for number in range(5)
    ]
    elsewhere = client.post(
        address, data=form(client, address, email="x@lakes.example"), environ_base={"REMOTE_ADDR": "203.0.113.9"}
    )
    assert said == [200] * 3 + [429] * 2
    assert elsewhere.status_code == 200
    sixth = form(client, address, email="p6@rivers.example", name="Ada Achieng")
    refused = client.post(address, data=sixth)
    assert "from your network" in refused.text and "Ada Achieng" in refused.text
    assert sixth["challenge"] in refused.text, "nor is the work"
    there, mail = app.test_client(), written(app, database)[0]
    shown = there.get(link_in(mail), follow_redirects=True)
    for _ in range(3):
        there.post("/join/confirm", data={"csrf_token": csrf(shown), "do": "confirm"})

    assert [client.post(address, data=sixth).status_code for _ in range(2)] == [200, 429]
    again = client.post(address, data=form(client, address, email="p7@rivers.example"))
    assert again.status_code == 429, "confirmed thrice is once"


def test_what_cannot_be_counted_was_not_sent_already(app, database, letter_id, monkeypatch):
    """In a rush of writers: whoever asks is told to try again, with the same work, and not that it was done."""
    address, client = opened(database, letter_id), app.test_client()
    sent = form(client, address)
    with monkeypatch.context() as busy:
        busy.setattr(rate_limits.DatabaseStorage, "incr", lambda *counted, **more: 0)
        said = client.post(address, data=sent)
    assert (said.status_code, "The server is busy" in said.text) == (429, True)
    assert client.post(address, data=sent).status_code == 200


def test_a_thousand_from_everywhere_meet_a_bound_and_the_coordinator_is_told_once(
    app, database, letter_id, monkeypatch
):
    address, client = opened(database, letter_id), app.test_client()
    with database.writing() as session:
        anna = accounts.user(session, "anna@example.org", "Anna")
        accounts.join(session, session.get_one(Letter, letter_id).campaign_id, anna, "coordinator")
    size = len(actions(database, letter_id))
    before_flood = form(client, address)
    ask(database, letter_id)
    _fill(database, letter_id, asking.MOST_AN_HOUR - 2)
    for number in range(1, 5):
        act(database, asking.ask, asked(letter_id, number))

    assert len(requests(database, letter_id)) == asking.MOST_AN_HOUR
    assert len(written(app, database, "join_notice")) == 1
    assert len(actions(database, letter_id)) == size + 1, "strangers make no history grow"
    later_ = client.post(address, data=before_flood)
    assert later_.status_code == 429 and "again in an hour" in later_.text and "Rivers Trust" in later_.text
    challenge = read(client.get(address)).xpath("//input[@name='challenge']/@value")[0]
    assert int(challenge[8:10], 16) > 4, "it is harder in a crowd"
    with database.writing() as session:
        session.execute(sa.delete(JoinRequest).where(JoinRequest.organisation.in_(["Flood 1", "Flood 2"])))
    monkeypatch.setattr(afterwards.Afterwards, "waiting", 2)
    assert client.post(address, data=before_flood).status_code == 429, "nobody is told to look for an email in vain"
    monkeypatch.setattr(afterwards.Afterwards, "waiting", 1)
    assert client.post(address, data=before_flood).status_code == 200


def _fill(database, letter_id: str, number: int) -> None:
    """So many more have asked, and not confirmed it."""
    names = [f"Flood {one}" for one in range(number)]
    rows = [
        {"letter_id": letter_id, "token_hash": name, "organisation": name, "name": name, "email": f"{name}@x.example"}
        for name in names
    ]
    with database.writing() as session:
        session.execute(sa.insert(JoinRequest), rows)


def test_no_mailbox_gets_more_than_three_a_day_whatever_is_typed_into_whichever_letter(app, database, letter_id):
    opened(database, letter_id)
    other = take_in(database, 1)
    open_sign_off(database, other)
    opened(database, other)
    for number in range(5):
        for one in (letter_id, other):
            spelt = "Victim@Rivers.example" if number % 2 else "victim@rivers.example"
            act(database, asking.ask, asked(one, number, email=spelt))

    assert len(written(app, database)) == asking.A_DAY


def test_whoever_is_invited_gets_no_more_of_them_than_anybody_else(app, database, letter_id):
    opened(database, letter_id)
    with database.reading() as session:
        address = session.get_one(Letter, letter_id).invitations[0].email
        theirs = sa.select(Delivery.id).where(Delivery.address == address)
        before = len(session.scalars(theirs).all())
    for number in range(5):
        act(database, asking.ask, asked(letter_id, number, email=address))

    with database.reading() as session:
        after = len(session.scalars(theirs).all())
    assert after - before == asking.A_DAY


# --- what is smuggled in ----------------------------------------------------------------------------------------------


def test_the_mail_that_anybody_can_send_to_anybody_holds_nothing_of_what_was_typed(app, database, letter_id):
    address, client = opened(database, letter_id), app.test_client()
    spam = "BUY-PILLS http://evil.example"
    typed = {name: f"{spam} {name}" for name in TYPED if name not in ("email", "language")}
    assert client.post(address, data=form(client, address, **typed, email="victim@rivers.example")).status_code == 200

    (mail,) = written(app, database)
    assert "PILLS" not in mail and "evil.example" not in mail
    head = email.message_from_string(mail)
    assert head["To"].strip() == "victim@rivers.example"


@pytest.mark.parametrize("name", ["organisation", "name", "title", "email", "website"])
def test_no_field_adds_a_header_or_turns_a_line(app, database, letter_id, name):
    address, client = opened(database, letter_id), app.test_client()
    value = "x@rivers.example\r\nBcc: all@rivers.example" if name == "email" else "X\r\nBcc: all@rivers.example\u202e"
    client.post(address, data=form(client, address, **{name: value}))
    found = written(app, database)

    for mail in found:
        assert email.message_from_string(mail)["Bcc"] is None
    for one in requests(database, letter_id):
        assert not re.search("[\r\n\u202e]", getattr(one, name))
    assert bool(found) == (name != "email")


def test_what_is_typed_is_words_on_every_page(app, database, letter_id):
    address, client = opened(database, letter_id, "<script>alert(1)</script>"), app.test_client()
    page = client.get(address)
    assert "<script>alert(1)" not in page.text and "&lt;script&gt;alert(1)" in page.text
    evil = '"><img src=x onerror=alert(2)>'
    client.post(
        address, data=form(client, address, **dict.fromkeys(("organisation", "name", "words", "website"), evil))
    )
    (mail,) = written(app, database)
    there = app.test_client()
    shown = there.get(link_in(mail), follow_redirects=True)
    there.post("/join/confirm", data={"csrf_token": csrf(shown), "do": "confirm"})
    staff = signed_in(app, database)
    listed = staff.get(f"/letters/{letter_id}/call")
    act(database, joining.accept, letter_id, [requests(database, letter_id)[0].id], ANNA)

    for one in (
        shown,
        listed,
        staff.get(f"/letters/{letter_id}/cosigners"),
        staff.get(f"/letters/{letter_id}/history"),
    ):
        assert "onerror" in one.text or one is not shown
        assert "<img src=x" not in one.text
        assert "script-src 'self'" in one.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("Org\u0430nis\u0430tion A", "Organisation A"),
        ("\u041erg\u0430n\u0456s\u0430ti\u043en A", "Organisation A"),
        ("0rganisation A", "Organisation A"),
    ],
)
def test_a_name_that_looks_like_another_is_pointed_out(app, database, letter_id, name, like):
    opened(database, letter_id)
    confirmed(database, letter_id, 1, organisation=name)

    page = signed_in(app, database).get(f"/letters/{letter_id}/call")

    assert f"Looks like {like}, which is on the letter" in page.text


def test_a_domain_in_other_letters_is_shown_as_dns_has_it(app, database, letter_id):
    opened(database, letter_id)
    confirmed(database, letter_id, 1, email="x@\u0430mnesty.example")

    page = read(signed_in(app, database).get(f"/letters/{letter_id}/call"))

    (shown,) = page.xpath("//h3/span/bdi/text()")
    assert shown == domains.of("x@\u0430mnesty.example") and shown.startswith("xn--")


@pytest.mark.parametrize(
    ("domain", "thrown"),
    [("mailinator.com", True), ("mail.mailinator.com", True), ("gmail.com", False), ("org", False), ("", False)],
)
def test_throw_away_domains_are_known_with_what_is_below_them(domain, thrown):
    assert domains.is_thrown_away(domain) is thrown


# --- what is decided --------------------------------------------------------------------------------------------------


def test_opening_the_link_decides_nothing_and_twice_confirmed_is_once(app, database, letter_id):
    opened(database, letter_id)
    ask(database, letter_id, 1)
    (mail,) = written(app, database)
    client = app.test_client()
    for method in ("get", "head", "get"):
        page = getattr(client, method)(link_in(mail), follow_redirects=True)
    assert [one.is_unconfirmed for one in requests(database, letter_id)] == [True]
    assert link_in(mail).rpartition("/")[2] not in page.text

    said = [
        client.post("/join/confirm", data={"csrf_token": csrf(page), "do": "confirm"}, follow_redirects=True)
        for _ in range(2)
    ]

    assert all("Your request is confirmed" in one.text for one in said)
    assert actions(database, letter_id).count("join.confirmed") == 1
    assert app.test_client().post("/join/confirm", data={"csrf_token": "x", "do": "confirm"}).status_code == 400
    with database.reading() as session:
        kept = session.scalar(sa.select(JoinRequest.token_hash))
    assert kept == token_hash(mail) and link_in(mail).rpartition("/")[2] not in kept


def test_of_what_several_typed_for_one_address_its_reader_chooses(app, database, letter_id):
    opened(database, letter_id)
    right = ask(database, letter_id, 1, organisation="Rivers Trust", email="w@rivers.example")
    wrong = ask(database, letter_id, 2, organisation="Evil Inc", email="W@rivers.example")
    assert len(requests(database, letter_id)) == 2, "who types an address later does not change what was typed before"

    act(database, asking.confirm, right)

    assert [one.organisation for one in requests(database, letter_id)] == ["Rivers Trust"]
    with pytest.raises(NotFoundError):
        act(database, asking.confirm, wrong)
    again = asked(letter_id, 3, email="w@rivers.example")
    assert act(database, asking.concerns, again)
    act(database, asking.ask, again)
    assert len(requests(database, letter_id)) == 1


def test_whoever_did_not_ask_deletes_it(app, database, letter_id):
    address = opened(database, letter_id)
    ask(database, letter_id, 1)
    (mail,) = written(app, database)
    client = app.test_client()
    page = client.get(link_in(mail), follow_redirects=True)

    deleted = client.post("/join/confirm", data={"csrf_token": csrf(page), "do": "delete"})
    assert "Request deleted" in deleted.text
    assert f'href="{address}"' in deleted.text, "who typed something wrong asks again"

    assert requests(database, letter_id) == []
    assert app.test_client().get(link_in(mail)).status_code == 404


def test_nothing_is_confirmed_after_it_was_closed_or_the_letter_moved_on(app, database, letter_id):
    opened(database, letter_id)
    link = ask(database, letter_id, 1)
    (mail,) = written(app, database)
    client = app.test_client()
    page = client.get(link_in(mail), follow_redirects=True)
    act(database, open_call.close, letter_id, ANNA)

    late = client.post("/join/confirm", data={"csrf_token": csrf(page), "do": "confirm"})

    assert late.status_code == 409
    assert "aren’t taken any more" in late.text
    with pytest.raises(RefusedError):
        act(database, asking.confirm, link)
    assert [one.is_unconfirmed for one in requests(database, letter_id)] == [True]


def test_only_what_was_confirmed_is_accepted_and_once(database, letter_id):
    opened(database, letter_id)
    ask(database, letter_id, 1)
    (unconfirmed,) = requests(database, letter_id)
    with pytest.raises(RefusedError, match="None of these"):
        act(database, joining.accept, letter_id, [unconfirmed.id], ANNA)
    one, two = confirmed(database, letter_id, 2), confirmed(database, letter_id, 3)
    act(database, joining.accept, letter_id, [one, two], ANNA)

    with pytest.raises(RefusedError, match="None of these"):
        act(database, joining.accept, letter_id, [one], ANNA)
    with pytest.raises(RefusedError, match="None of these"):
        act(database, joining.refuse, letter_id, [two], ANNA, reason="No.", tell=True)
    assert len(mails(database, letter_id, "invitation")) == 4
    assert invitation_states(database, letter_id) == ["invited"] * 4


def test_whoever_has_the_database_invites_nobody_in_anothers_place_unseen(database, letter_id):
    """Changed before it is accepted and changed back, opened again, or confirmed by hand: each is named."""
    opened(database, letter_id)
    one, two = confirmed(database, letter_id, 1), confirmed(database, letter_id, 2)
    act(database, open_call.close, letter_id, ANNA)
    assert findings(database, letter_id) == []
    by_hand(database, "UPDATE join_requests SET email = 'evil@x.example' WHERE id = :id", id=one)
    assert findings(database, letter_id) == [
        f"join_requests {one}: organisation, acronym, country, website, name, title, email, words are not what entry "
        f"{number_of(database, letter_id, 'join.confirmed')} recorded."
    ]
    act(database, joining.accept, letter_id, [one, two], ANNA)
    by_hand(database, "UPDATE join_requests SET email = 'p1@trust1.example' WHERE id = :id", id=one)
    (said,) = findings(database, letter_id)
    assert said.startswith(f"join_requests {one}: email is not that of the invitation that entry ")

    by_hand(database, "UPDATE join_requests SET email = 'evil@x.example' WHERE id = :id", id=one)
    by_hand(database, "UPDATE open_calls SET closed_at = NULL")
    link = ask(database, letter_id, 3)
    by_hand(database, "UPDATE join_requests SET state = 'confirmed' WHERE token_hash = :id", id=link)
    names = "\n".join(findings(database, letter_id))
    assert f"open_calls {letter_id}: closed_at is not the one" in names
    assert "no entry of the history made a row with this id" in names


def by_hand(database, statement: str, **given) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text(statement), given)


def number_of(database, letter_id: str, action: str) -> int:
    return actions(database, letter_id).index(action)


def test_a_request_of_another_letter_is_none(database, letter_id):
    other = take_in(database, 1)
    open_sign_off(database, other)
    opened(database, other)
    theirs = confirmed(database, other, 1)

    with pytest.raises(RefusedError, match="None of these"):
        act(database, joining.accept, letter_id, [theirs], ANNA)


def test_two_coordinators_who_accept_at_once_invite_once(database, letter_id):
    opened(database, letter_id)
    one = confirmed(database, letter_id, 1)
    said = []

    def accept():
        try:
            said.append(act(database, joining.accept, letter_id, [one], ANNA).number)
        except RefusedError:
            said.append(0)

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == [0, 1]
    assert len(mails(database, letter_id, "invitation")) == 3


def test_accepting_takes_no_organisations_place_by_its_name_or_address(database, letter_id):
    opened(database, letter_id)
    first = confirmed(database, letter_id, 1, organisation="organisation Ä")
    act(database, invitations.set_contact, letter_id, _first(database, letter_id), "late@rivers.example", ANNA)
    second = confirmed(database, letter_id, 2, email="l2@rivers.example")
    with database.writing() as session:
        session.get_one(JoinRequest, second).email = "LATE@rivers.example"

    assert act(database, joining.accept, letter_id, [first, second], ANNA).number == 0
    assert invitation_states(database, letter_id) == ["invited"] * 2


def _first(database, letter_id):
    with database.reading() as session:
        return session.get_one(Letter, letter_id).invitations[0].id


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_nothing_of_whoever_asked_is_left_when_they_are_erased(database, letter_id):
    opened(database, letter_id)
    told = confirmed(database, letter_id, 1, name="Zoe Quickfinger", email="zoe@quick.example", organisation="Quick")
    act(database, joining.refuse, letter_id, [told], ANNA, reason="Zoe Quickfinger was rude.", tell=True)
    ask(database, letter_id, 2, email="zoe@quick.example")
    other = confirmed(database, letter_id, 3, words="Ask Zoe Quickfinger about us.")
    with database.reading() as session:
        assert not erasure.look_for(session, "zoe@quick.example").is_empty

    erasure.go_on(database, act(database, erasure.begin_person, "zoe@quick.example", "request", ANNA).id)

    with database.engine.connect() as connection:
        for name in ("join_requests", "deliveries", "disclosures", "open_calls"):
            rows = connection.execute(sa.text(f"SELECT * FROM {name}")).all()
            assert not re.search("(?i)zoe|quick", str([[str(v) for v in row] for row in rows])), name
    assert [one.id for one in requests(database, letter_id) if one.waits] == [other]
    assert findings(database, letter_id) == []


def test_nothing_of_any_request_is_left_when_the_letter_is_erased(database, letter_id):
    opened(database, letter_id, "Quetzal says join.")
    confirmed(database, letter_id, 1, name="Quetzal", words="Quetzal", email="quetzal@birds.example")
    ask(database, letter_id, 2, organisation="Quetzal Trust")
    act(database, lifecycle.withdraw, letter_id, "No more.", ANNA)
    act(database, joining.expire, letter_id, 9)

    erasure.go_on(database, act(database, erasure.begin_letter, letter_id, "request", ANNA).id)

    with database.engine.connect() as connection:
        for name in ("join_requests", "open_calls", "disclosures"):
            rows = connection.execute(sa.text(f"SELECT * FROM {name}")).all()
            assert "quetzal" not in str(rows).lower(), name


def test_no_strangers_words_are_in_the_history_or_its_evidence(database, letter_id):
    opened(database, letter_id)
    refused = confirmed(database, letter_id, 1, organisation="Quetzal", words="Quetzal", email="q@quetzal.example")
    act(database, joining.refuse, letter_id, [refused], ANNA, reason="Quetzals are birds.", tell=False)
    with database.engine.connect() as connection:
        for name in ("log_entries", "disclosures"):
            rows = connection.execute(sa.text(f"SELECT * FROM {name}")).mappings().all()
            kept = "".join(str(bytes(v) if isinstance(v, memoryview) else v) for row in rows for v in row.values())
            assert "quetzal" not in kept.lower(), name
