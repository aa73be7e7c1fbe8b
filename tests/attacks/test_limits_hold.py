"""Limits hit who earns them: a guesser, a flood. Not an office of sixty, and nobody whose address or id is known."""

import dataclasses
import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from config.settings import Settings
from tests.support.browsing import arrived, csrf, invitation_id, link, signed_in, whole_answer
from tests.support.factories import ANNA, act, digest, invitation_states, mails, open_sign_off, take_in, terms, words
from tests.support.listening import statements
from workflow import accounts, afterwards, imports, jobs
from workflow.campaigns import drafts, invitations
from workflow.database import Database
from workflow.imports.doubts import told
from workflow.letter import text
from workflow.mails.registry import LIMIT
from workflow.models import Code, Delivery, Letter, RateLimitCounter, SignInLink, now
from workflow.pages.rate_limits import DatabaseStorage
from workflow.signoffs import requests

OFFICE = {"REMOTE_ADDR": "203.0.113.7"}


# --- honest use ----------------------------------------------------------------------------------------------------


def test_sixty_people_behind_one_address_meet_no_limit(app, database, settings):
    count = 60 if database.settings.embedded or "SOAK" in os.environ else 20
    letter_id = taken_in(database, count)
    open_sign_off(database, letter_id)
    answers = []

    def use(client, method, path, **more):
        answers.append(client.open(path, method=method, environ_base=OFFICE, **more))
        return answers[-1]

    for number in range(count):
        client = app.test_client()
        for _ in range(2):
            use(client, "GET", link(database, settings, letter_id, number))
        where = f"/review/{invitation_id(database, letter_id, number)}"
        page = use(client, "GET", where)
        given = whole_answer(database, letter_id, page)
        use(client, "POST", f"{where}/comments", data=given | {"paragraph": "1", "words": "Good."})
        use(client, "POST", f"{where}/answer", data=given)
        for _ in range(3):
            use(client, "GET", f"{where}/letter.docx")
        use(client, "POST", f"{where}/retraction", data=given | {"word": "RETRACT", "reason": ""})
        for turn in range(7):
            use(client, "POST", "/s/again", data=given | {"email": f"someone-{number}-{turn}@example.org"})
        if number % 10 == 9:
            settled(app)

    assert {one.status_code for one in answers} == {200, 303}
    assert set(invitation_states(database, letter_id)) == {"retracted"}


def test_who_holds_half_a_link_beside_a_guesser_finds_the_way_to_a_whole_one(app, database, letter_id):
    with database.writing() as session:
        accounts.user(session, "anna@example.org")
    client = app.test_client()
    for where, again in (("/s", "/s/again"), ("/sign-in", "/sign-in")):
        answers = [client.get(f"{where}/{'x' * 40}{n:03}", environ_base=OFFICE) for n in range(22)]
        assert [one.status_code for one in answers] == [404] * 20 + [429] * 2
        for page in (answers[0], answers[-1]):
            form = {"csrf_token": csrf(page), "email": "a@example.org"}
            assert client.post(again, data=form, environ_base=OFFICE).status_code == 200


def test_a_flood_of_askings_leaves_room_for_other_networks_and_ends_with_itself(app, database, letter_id):
    client = app.test_client()
    form = {"csrf_token": csrf(client.get("/sign-in")), "email": "x@example.org"}
    elsewhere = {"REMOTE_ADDR": "203.0.113.8"}

    flood = {client.post("/s/again", data=form, environ_base=OFFICE).status_code for _ in range(150)}
    other = client.post("/s/again", data=form, environ_base=elsewhere)
    settled(app)
    afterwards = client.post("/s/again", data=form, environ_base=OFFICE)

    assert flood == {200, 503}
    assert (other.status_code, afterwards.status_code) == (200, 200)


def taken_in(database, count):
    asked = [
        text.Cosigner(f"Organisation {n}", "", f"Person {n}", "", f"contact-{n}@example.org") for n in range(count)
    ]
    with database.writing() as session:
        return drafts.take_in(session, words(), asked, ANNA, dated=None, terms=terms()).id


def test_sixty_old_links_are_no_guesses(app, database, settings):
    letter_id = taken_in(database, 30)
    open_sign_off(database, letter_id)
    old = [link(database, settings, letter_id, number) for number in range(30)]
    act(database, invitations.replace_links, letter_id, ANNA)

    answers = [app.test_client().get(where, environ_base=OFFICE).status_code for where in old * 2]

    assert set(answers) == {404}


def test_a_living_link_opens_beside_a_guesser(app, database, settings, letter_id):
    guesser = app.test_client()
    guesses = [guesser.get(f"/s/{'x' * 40}{n:03}", environ_base=OFFICE).status_code for n in range(25)]

    neighbour = app.test_client().get(link(database, settings, letter_id), environ_base=OFFICE)

    assert guesses == [404] * 20 + [429] * 5
    assert neighbour.status_code == 303


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8:1:2::3", "2001:db8:1:2:ffff::4", True),
        ("2001:db8:1:2::3", "2001:db8:1:3::3", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
    ],
)
def test_a_network_is_what_one_line_is_given(app, one, other, together):
    client = app.test_client()
    for number in range(20):
        client.get(f"/s/{'x' * 40}{number:03}", environ_base={"REMOTE_ADDR": one})

    assert (client.get("/s/nobodys", environ_base={"REMOTE_ADDR": other}).status_code == 429) is together


# --- nobody is locked out ------------------------------------------------------------------------------------------


def test_who_knows_an_id_locks_nobody_out(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    stranger, _ = arrived(app, database, settings, letter_id, 1)
    where = f"/review/{invitation_id(database, letter_id)}"
    token = csrf(stranger.get(f"/review/{invitation_id(database, letter_id, 1)}"))

    for noun in ("answer", "retraction", "comments", "suggestions", "verdict", "successor", "more-time", "logo"):
        answers = {stranger.post(f"{where}/{noun}", data={"csrf_token": token}).status_code for _ in range(65)}
        assert answers == {404}

    with database.reading() as session:
        assert session.query(RateLimitCounter).count() == 0
    signed = client.post(f"{where}/answer", data=whole_answer(database, letter_id, page))
    assert signed.status_code == 303


def test_the_holder_of_an_ended_link_uses_up_nothing_of_the_new_one(app, database, settings, letter_id):
    old, page = arrived(app, database, settings, letter_id)
    where = f"/review/{invitation_id(database, letter_id)}/comments"
    sent = whole_answer(database, letter_id, page) | {"paragraph": "1", "words": ""}
    used_up = [old.post(where, data=sent).status_code for _ in range(61)]
    act(database, invitations.replace_links, letter_id, ANNA)

    assert used_up == [400] * 60 + [429]
    assert old.post(where, data=sent).status_code == 404
    client, page = arrived(app, database, settings, letter_id)
    sent = whole_answer(database, letter_id, page) | {"paragraph": "1", "words": "Good."}
    assert client.post(where, data=sent).status_code == 303


def test_two_members_of_staff_in_one_office_use_up_nothing_of_each_other(app, database, letter_id):
    one, other = signed_in(app, database), signed_in(app, database, "ben@example.org")
    answers = [one.get(f"/letters/{letter_id}/preview.docx").status_code for _ in range(22)]

    assert answers == [200] * 20 + [429] * 2
    assert other.get(f"/letters/{letter_id}/preview.docx").status_code == 200


# --- mails that anybody may ask for --------------------------------------------------------------------------------

SPELLINGS = ["kilo@h.example", "Kilo@H.EXAMPLE", "KILO@ｈ.example", " kilo@h.example ", "kilo@h。example"]


def ask(app, where, email, client=None):
    client = client or app.test_client()
    page = client.get("/sign-in")
    return client.post(where, data={"csrf_token": csrf(page), "email": email})


def settled(app):
    app.extensions["undersigned"].afterwards.wait()


def test_an_invited_mailbox_gets_five_mails_an_hour_however_it_is_spelt(app, database, monkeypatch):
    # Nobody measures here how soon a mail is looked up.
    monkeypatch.setattr(afterwards, "PAUSE", 0.0)
    letter_id = take_in(database, 1)
    with database.writing() as session:
        session.get_one(Letter, letter_id).invitations[0].email = "Kilo@h.example"
    open_sign_off(database, letter_id)
    before = len(mails(database, letter_id, "sign_off") + mails(database, letter_id, "invitation"))

    for number, spelling in enumerate(SPELLINGS * 2, 1):
        assert ask(app, "/s/again", spelling).status_code == 200
        settled(app)
        sent = len(mails(database, letter_id, "sign_off") + mails(database, letter_id, "invitation")) - before
        assert sent == min(number, 5), spelling


def test_a_mailbox_with_several_letters_gets_five_mails_an_hour_in_all(database):
    for _ in range(3):
        open_sign_off(database, take_in(database, 1))

    assert [act(database, requests.mail_again, "a@example.org") for _ in range(4)] == [3, 2, 0, 0]


def sign_in_mails(database):
    with database.reading() as session:
        return session.query(Delivery).filter_by(kind="sign_in").count()


def test_a_member_of_staff_gets_five_sign_in_mails_an_hour_and_always_has_a_link_that_works(app, database, monkeypatch):
    with database.writing() as session:
        accounts.user(session, "kilo@h.example")
    began, mailed = now(), []

    for minute in range(0, 121, 3):
        monkeypatch.setattr(accounts, "now", lambda minute=minute: began + timedelta(minutes=minute))
        for _ in range(5):
            act(database, accounts.mail_sign_in_link, SPELLINGS[minute % len(SPELLINGS)])
        mailed += [minute] * (sign_in_mails(database) - len(mailed))
        with database.reading() as session:
            works = session.query(SignInLink).filter(SignInLink.expires_at > accounts.now()).count()
        assert works > 0

    for minute in range(0, 121):
        assert sum(minute <= sent < minute + 60 for sent in mailed) <= 5


def test_who_has_used_a_link_can_have_another(database):
    with database.writing() as session:
        accounts.user(session, "anna@example.org")
    for _ in range(5):
        act(database, accounts.mail_sign_in_link, "anna@example.org")
    assert sign_in_mails(database) == 2

    with database.writing() as session:
        for used in session.query(SignInLink):
            used.used_at = now()
    act(database, accounts.mail_sign_in_link, "anna@example.org")

    assert sign_in_mails(database) == 3


def test_addresses_that_nobody_has_leave_no_rows(app, database):
    for number in range(10):
        for where in ("/sign-in", "/s/again"):
            ask(app, where, f"nobody-{number}@example.org")
    settled(app)

    with database.reading() as session:
        assert session.query(RateLimitCounter).count() == 0
        assert session.query(Delivery).count() == 0


def test_what_has_expired_is_swept(app, database, settings, letter_id):
    with app.app_context():
        DatabaseStorage().incr("old", 0)
        DatabaseStorage().incr("new", 600)
    long_ago = now() - LIMIT - timedelta(days=2)
    with database.writing() as session:
        member = accounts.user(session, "anna@example.org")
        accounts.sign_in_link(session, member)
        accounts.sign_in_link(session, member, long_ago - now())
        for ends in (long_ago, now()):
            held = session.get_one(Letter, letter_id).invitations[0].link
            session.add(Code(link_id=held.id, browser="x" * 64, expires_at=ends))

    assert jobs.tidy(database) == 3

    with database.reading() as session:
        assert [session.query(table).count() for table in (RateLimitCounter, SignInLink, Code)] == [1, 1, 1]


# --- nothing is told -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["/sign-in", "/s/again"])
def test_an_answer_holds_nothing_of_whether_an_address_is_known(app, database, letter_id, where):
    with database.writing() as session:
        accounts.user(session, "a@example.org")
    ask(app, where, "warm@example.org")
    asked, told = [], []

    for email in ("a@example.org", "x@example.org"):
        client = app.test_client()
        with statements(database) as said:
            page = ask(app, where, email, client)
        asked.append(said)
        told.append(re.sub(r'value="[^"]*"', "", page.text).replace(email, ""))

    assert asked[0] == asked[1]
    assert told[0] == told[1]
    assert not any("users" in said or "invitations" in said for said in asked[0])


@pytest.mark.parametrize("where", ["/sign-in", "/s/again"])
def test_an_answer_takes_as_long_for_a_known_address_as_for_an_unknown_one(app, database, letter_id, where):
    with database.writing() as session:
        accounts.user(session, "a@example.org")
    client, took = app.test_client(), {"a@example.org": [], "x@example.org": []}
    ask(app, where, "warm@example.org", client)

    for _ in range(25):
        for email, times in took.items():
            began = time.perf_counter()
            ask(app, where, email, client)
            times.append(time.perf_counter() - began)

    known, unknown = map(statistics.median, took.values())
    assert known < 2 * unknown + 0.005


# --- counting never stops reading ----------------------------------------------------------------------------------


SOON = 5
"""In seconds, on a machine that is busy; a lock is waited for half a second here, and 20 seconds by who writes."""

HOLD = """
import sys
from workflow.engines import sqlite_module
held = sqlite_module().connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(settings: Settings, database: Database, statement: str):
    """Another process holds a lock: SQLite's own, or rows and tables of PostgreSQL."""
    if settings.embedded:
        # A process of its own: SQLite's locks do not hold against their own process.
        command = [sys.executable, "-c", HOLD, str(settings.instance / "undersigned.db")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout.readline() == "locked\n"
            yield
            other.stdin.close()
        return
    with database.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE tries IN ACCESS EXCLUSIVE MODE")
        connection.exec_driver_sql(statement)
        yield


def test_reading_goes_on_while_another_process_holds_the_lock(app, database, settings, letter_id):
    where = link(database, settings, letter_id)
    arrived(app, database, settings, letter_id, 1)
    with locked(settings, database, "SELECT * FROM links FOR UPDATE"):
        began = time.monotonic()
        page = app.test_client().get(where, follow_redirects=True)
        opened = time.monotonic() - began
        guess = app.test_client().get("/s/nonsense")
        guessed = time.monotonic() - began - opened

    assert page.status_code == 200
    assert "First paragraph" in page.text
    assert guess.status_code == 404
    assert max(opened, guessed) < SOON


def test_reading_goes_on_while_a_thread_of_this_process_writes(app, database, settings, letter_id):
    where = link(database, settings, letter_id)
    arrived(app, database, settings, letter_id, 1)
    with database.writing() as session:
        session.execute(sa.text("UPDATE links SET fetched_by = 'x'"))
        began = time.monotonic()
        assert app.test_client().get(where, follow_redirects=True).status_code == 200
        assert time.monotonic() - began < SOON


def test_reading_goes_on_where_nothing_can_be_written(app, database, settings, letter_id):
    where = link(database, settings, letter_id)
    if settings.embedded:
        sa.event.listen(database.engine, "begin", lambda connection: _read_only(connection))
    else:
        sa.event.listen(
            database.engine, "begin", lambda connection: connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        )
    assert app.test_client().get(where, follow_redirects=True).status_code == 200
    assert app.test_client().get("/s/nonsense").status_code == 404


def _read_only(connection):
    connection.connection.driver_connection.execute("PRAGMA query_only=ON")
    connection.info.pop("mode", None)


# --- an import with many doubts ------------------------------------------------------------------------------------


def test_every_doubt_of_an_import_is_said_and_none_is_in_the_cookie(app, database, monkeypatch):
    client = signed_in(app, database)
    whole = imports.read
    doubts = tuple(
        f"Line {number} may be a name: “Organisation number {number}, of somewhere”." for number in range(200)
    )

    def doubtful(*given, **named):
        return dataclasses.replace(whole(*given, **named), doubts=tuple(map(told, doubts)))

    monkeypatch.setattr(imports, "read", doubtful)
    page = client.get("/letters/new")
    made = client.post(
        "/letters", data={"csrf_token": csrf(page), "pasted": "Dear Minister,\n\nWe write.\n\nSincerely,"}
    )

    assert all(len(cookie) < 4000 for cookie in made.headers.getlist("Set-Cookie"))
    for _ in range(2):
        assert client.get(made.location).text.count("may be a name") == 200
    assert "200 doubts to settle" in client.get(made.location.removesuffix("/check")).text


def test_the_cookie_of_whoever_holds_twenty_links_is_kept_by_browsers(app, database, settings):
    letter_id = taken_in(database, 25)
    open_sign_off(database, letter_id)
    client = app.test_client()
    answers = [client.get(link(database, settings, letter_id, number), follow_redirects=True) for number in range(25)]

    sizes = [len(cookie) for one in answers for cookie in one.headers.getlist("Set-Cookie")]
    assert max(sizes) < 4000
    assert answers[-1].status_code == 200
    assert digest(database, letter_id) in answers[-1].text
