"""A session of staff is on the server: a copied cookie ends with it, and reading never hangs on writing it down."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.sessions import SecureCookieSessionInterface

from tests.support.browsing import csrf, signed_in
from tests.support.factories import take_in
from workflow import accounts, jobs, sessions, visitors
from workflow.errors import NotCountedError
from workflow.models import StaffSession, now
from wsgi import create_app


@pytest.fixture
def app(settings, database):
    return create_app(settings, database)


def copied(app, client):
    """Another browser with a copy of this one's cookie."""
    thief = app.test_client()
    thief.set_cookie("undersigned", client.get_cookie("undersigned").value)
    return thief


def changed(database, **values):
    with database.writing() as session:
        session.execute(sa.update(StaffSession).values(**values))


def kept(database):
    with database.reading() as session:
        return list(session.query(StaffSession).order_by(StaffSession.created_at))


def test_a_copied_cookie_is_worth_nothing_after_sign_out(app, database):
    client = signed_in(app, database)
    thief = copied(app, client)
    assert thief.get("/").status_code == 200

    client.post("/sign-out", data={"csrf_token": csrf(client.get("/"))})

    refused = thief.get("/")
    assert (refused.status_code, refused.location) == (303, "/sign-in")
    assert "You’ve been signed out" in thief.get("/sign-in").text
    assert "You’ve been signed out" not in thief.get("/sign-in").text


@pytest.mark.parametrize("how", ["expired", "ended", "removed"])
def test_a_session_that_is_over_leads_to_sign_in_and_says_so_for_reading_and_for_acting(app, database, how):
    client = signed_in(app, database)
    letter_id = take_in(database, 1)
    token = csrf(client.get(f"/letters/{letter_id}"))
    if how == "removed":
        with database.writing() as session:
            session.execute(sa.text("DELETE FROM sign_in_links"))
            session.execute(sa.text("DELETE FROM users"))
        assert kept(database) == []
    else:
        changed(database, **({"expires_at": now()} if how == "expired" else {"ended_at": now()}))

    acting = client.post(f"/letters/{letter_id}/circulation", data={"csrf_token": token})
    page = client.get("/sign-in")

    assert (acting.status_code, acting.location) == (303, "/sign-in")
    assert "You’ve been signed out" in page.text
    assert "Sign out" not in page.text


def test_who_never_signed_in_is_told_nothing(app):
    client = app.test_client()

    assert client.get("/").status_code == 303
    assert "signed out" not in client.get("/sign-in").text


def test_a_session_is_twelve_hours_long_however_much_it_is_used(app, database):
    client = signed_in(app, database)
    changed(database, seen_at=now() - timedelta(hours=11))
    client.get("/")

    [session] = kept(database)
    assert timedelta(hours=11, minutes=59) < session.expires_at - session.created_at <= timedelta(hours=12, minutes=1)
    assert len(session.id) == 32


def test_signing_in_takes_no_id_that_was_there_before(app, database):
    client = signed_in(app, database)
    before = client.get_cookie("undersigned").value
    with database.writing() as session:
        member = accounts.user(session, "anna@example.org")
        where = "/sign-in/" + accounts.sign_in_link(session, member).rpartition("/")[2]
    thief = copied(app, client)

    client.post(where, data={"csrf_token": csrf(client.get(where))})

    assert client.get_cookie("undersigned").value != before
    assert client.get("/").status_code == 200
    assert thief.get("/").status_code == 303
    assert [s.ended_at is None for s in kept(database)] == [False, True]


def test_a_cookie_that_names_a_user_and_not_a_session_is_nobodys(app, database):
    signed_in(app, database)
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    [session] = kept(database)

    for claimed in (session.user_id, "", "x" * 32, None):
        client = app.test_client()
        client.set_cookie("undersigned", signer.dumps({"_user_id": claimed, "_fresh": True}))
        assert client.get("/").status_code == 303
    client = app.test_client()
    client.set_cookie("undersigned", signer.dumps({"_user_id": session.id}))
    assert client.get("/").status_code == 200


def test_one_sees_ones_own_sessions_and_ends_one_or_all_others(app, database):
    first, second, third = (signed_in(app, database) for _ in range(3))
    stranger = signed_in(app, database, "stranger@example.org")
    mine = [s.id for s in kept(database)][:3]
    page = first.get("/sessions")
    assert page.text.count("Another program") == 3 * 2 - 1
    assert mine[1] in page.text
    assert mine[1] not in stranger.get("/sessions").text

    token = {"csrf_token": csrf(stranger.get("/sessions"))}
    assert stranger.post(f"/sessions/{mine[1]}/end", data=token).status_code == 404
    assert second.get("/").status_code == 200

    token = {"csrf_token": csrf(page)}
    assert first.post(f"/sessions/{mine[1]}/end", data=token).status_code == 303
    assert second.get("/").status_code == 303
    assert third.get("/").status_code == 200
    assert first.post("/sessions/end-others", data=token).status_code == 303
    assert (first.get("/").status_code, third.get("/").status_code) == (200, 303)
    assert stranger.get("/").status_code == 200
    assert app.test_client().get("/sessions").status_code == 303


def test_the_operator_signs_somebody_out_everywhere_and_ends_the_links_on_their_way(app, database):
    client, other = signed_in(app, database), signed_in(app, database, "other@example.org")
    with database.writing() as session:
        link = accounts.sign_in_link(session, accounts.user(session, "anna@example.org"))

    said = app.test_cli_runner().invoke(args=["user", "Anna@Example.org", "--sign-out"])
    assert "Sessions ended: 1" in said.output

    assert client.get("/").status_code == 303
    assert app.test_client().get("/sign-in/" + link.rpartition("/")[2]).status_code == 404
    assert other.get("/").status_code == 200
    assert app.test_cli_runner().invoke(args=["user", "nobody@example.org", "--sign-out"]).exit_code == 2


def test_reading_writes_down_that_a_session_is_in_use_once_in_some_minutes(app, database):
    client = signed_in(app, database)
    [before] = kept(database)
    client.get("/")
    assert kept(database)[0].seen_at == before.seen_at

    changed(database, seen_at=now() - timedelta(minutes=6))
    client.get("/")
    assert kept(database)[0].seen_at > before.seen_at


def test_reading_goes_on_where_that_cannot_be_written_down(app, database, monkeypatch):
    client = signed_in(app, database)
    changed(database, seen_at=now() - timedelta(minutes=6))

    def full():
        raise NotCountedError("database or disk is full")

    monkeypatch.setattr(database, "relaxed", full)
    assert client.get("/").status_code == 200


def test_sessions_that_were_over_a_day_ago_are_swept(app, database):
    for _ in range(3):
        signed_in(app, database)
    ids = [s.id for s in kept(database)]
    with database.writing() as session:
        for number, values in enumerate(({"ended_at": now() - timedelta(hours=25)}, {"ended_at": now()})):
            session.execute(sa.update(StaffSession).where(StaffSession.id == ids[number]).values(**values))

    jobs.tidy(database)

    assert [s.id for s in kept(database)] == ids[1:]


def test_no_address_and_no_version_of_a_browser_is_kept(app, database):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    with database.writing() as session:
        member = accounts.user(session, "anna@example.org")
        begun = sessions.begin(session, member, "203.0.113.7", agent)
        elsewhere = sessions.begin(session, member, "198.51.100.7", agent)
        neighbour = sessions.networks_of(session, member.id, "203.0.113.200")

    assert begun.browser == "Firefox on Linux"
    assert (begun.network,) == neighbour != (elsewhere.network,)


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8", "Another program"),
        ("", "Another program"),
        ("<script>" * 500, "Another program"),
    ],
)
def test_a_browser_is_named_in_words(agent, said):
    assert visitors.browser(agent) == said
