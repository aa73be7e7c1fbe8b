"""Who is let in sees what they may and no more; who is taken off sees nothing at once; nobody is flooded."""

from __future__ import annotations

import email
import email.policy
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.browsing import csrf, invitation_id, signed_in
from tests.support.factories import ANNA, act, actions, digest, findings, link_ids, open_sign_off, take_in, words
from workflow import accounts, administration, afterwards, auditor_links, members, sessions
from workflow.campaigns import drafts
from workflow.errors import InputError, RefusedError
from workflow.mails import digest as digest_mail
from workflow.mails.writing import write
from workflow.models import AuditorLink, Campaign, Delivery, Letter, Membership, User, now
from workflow.signoffs import answers, requests

TURNED = "Anna\u202e greB\u2066"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What is looked up after an answer is so without a pause: nobody measures here how long an answer takes."""
    monkeypatch.setattr(afterwards, "PAUSE", 0.0)


@pytest.fixture
def campaign(database, letter_id):
    """The campaign of the letter, which Anna coordinates."""
    with database.writing() as session:
        anna = accounts.user(session, "anna@example.org", "Anna Berg")
        campaign_id = session.get_one(Letter, letter_id).campaign_id
        members.join(session, campaign_id, anna, "coordinator", ANNA)
    return campaign_id


def let_in(database, campaign, address, role="coordinator"):
    return act(database, members.let_in, campaign, address, role, ANNA)


def user_id(database, address):
    with database.reading() as session:
        return accounts.with_address(session, address).id


def roles(database, campaign):
    with database.reading() as session:
        return {one.user.email: one.role for one in members.of(session, campaign)}


def mails_to(database, address):
    """What is queued to an address, read as it would arrive, oldest first."""
    with database.reading() as session:
        found = session.query(Delivery).filter_by(address=address).order_by(Delivery.queued_at)
        return [email.message_from_bytes(write(session, one), policy=email.policy.default) for one in found]


def made(database, campaign, **given):
    with database.writing() as session:
        by = accounts.with_address(session, "anna@example.org")
        given = {"name": "Ann Reader", "ends": now() + timedelta(days=30)} | given
        link = auditor_links.make(session, campaign, ANNA, by=by, **given)
        return link.id, auditor_links.address(session, link).rpartition("/a/")[2]


def come(app, token):
    client = app.test_client()
    return client, client.get(f"/a/{token}")


# --- members ----------------------------------------------------------------------------------------------------------


def test_who_is_taken_off_sees_nothing_at_once_though_they_stay_signed_in(app, database, campaign, letter_id):
    ben = signed_in(app, database, "ben@example.org", admin=False)
    let_in(database, campaign, "ben@example.org")
    assert ben.get(f"/letters/{letter_id}").status_code == 200
    token = csrf(ben.get(f"/campaigns/{campaign}/people"))

    act(database, members.remove, campaign, user_id(database, "ben@example.org"), ANNA)

    for path in (f"/letters/{letter_id}", f"/letters/{letter_id}/evidence.zip", f"/campaigns/{campaign}/people"):
        assert ben.get(path).status_code == 404, path
    stolen = ben.post(f"/campaigns/{campaign}/people", data={"csrf_token": token, "email": "x@example.org"})
    assert stolen.status_code == 404
    assert ben.get("/account").status_code == 200


def test_each_change_is_on_the_record_of_each_letter_and_of_one_that_begins_later(database, campaign, letter_id):
    let_in(database, campaign, "ben@example.org", "auditor")
    link_id, _ = made(database, campaign)
    with database.writing() as session:
        row = session.get_one(Campaign, campaign)
        later = drafts.take_in(
            session, words(subject="To the commission"), [], ANNA, dated=None, terms=drafts.terms_of(row), campaign=row
        ).id
    ben = user_id(database, "ben@example.org")
    act(database, members.set_role, campaign, ben, "coordinator", ANNA)
    act(database, members.remove, campaign, ben, ANNA)
    act(database, auditor_links.revoke, campaign, link_id, ANNA)

    after = ["member.added", "member.removed", "auditor_link.revoked"]
    told = [one for one in actions(database, letter_id) if one.startswith(("member", "auditor"))]
    assert told == ["member.added", "member.added", "auditor_link.made", *after]
    assert actions(database, later) == ["letter.created", "member.added", "member.added", "auditor_link.made", *after]
    assert findings(database, letter_id) == findings(database, later) == []


def test_the_last_coordinator_stays_whoever_asks(app, database, campaign):
    anna = user_id(database, "anna@example.org")
    let_in(database, campaign, "ben@example.org", "auditor")
    for step in ((members.remove, ANNA), (members.set_role, "auditor", ANNA)):
        do, *given = step
        with pytest.raises(RefusedError, match="only coordinator"):
            act(database, do, campaign, anna, *given)
    client = signed_in(app, database, admin=False)
    page = client.get(f"/campaigns/{campaign}/people")
    refused = client.post(f"/campaigns/{campaign}/people/{anna}/removal", data={"csrf_token": csrf(page)})
    assert refused.status_code == 409
    assert "Anna Berg is the only coordinator." in refused.text

    ben = user_id(database, "ben@example.org")
    act(database, members.hand_on, campaign, anna, ben, ANNA)
    assert roles(database, campaign) == {"ben@example.org": "coordinator"}
    assert "You now coordinate A campaign" in str(mails_to(database, "ben@example.org")[-1]["Subject"])


def test_of_two_who_take_each_other_off_at_once_one_stays(database, campaign):
    let_in(database, campaign, "ben@example.org")
    gate, refused = threading.Barrier(2), []

    def take_off(user):
        gate.wait(30)
        try:
            act(database, members.remove, campaign, user, ANNA)
        except RefusedError as error:
            refused.append(error)

    both = [user_id(database, address) for address in ("anna@example.org", "ben@example.org")]
    threads = [threading.Thread(target=take_off, args=(one,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not [thread for thread in threads if thread.is_alive()], "one of them waits for the other"

    assert list(roles(database, campaign).values()) == ["coordinator"]
    assert len(refused) == 1


def test_who_is_let_in_is_told_by_whom_and_to_what_and_comes_in_by_the_link(app, database, campaign, letter_id):
    client = signed_in(app, database, admin=False)
    page = client.get(f"/campaigns/{campaign}/people")
    form = {"csrf_token": csrf(page), "email": " Ben@Example.org ", "role": "auditor"}
    assert client.post(f"/campaigns/{campaign}/people", data=form).status_code == 303
    again = client.post(f"/campaigns/{campaign}/people", data=form | {"email": "BEN@example.org"})
    assert again.status_code == 400
    assert "ben@example.org is an auditor of this campaign already." in again.text

    [mail] = mails_to(database, "ben@example.org")
    said = mail.get_body().get_content()
    assert "auditor of A campaign" in str(mail["Subject"])
    assert "Anna" in said
    path = "/sign-in/" + said.partition("/sign-in/")[2][:43]
    ben = app.test_client()
    assert ben.post(path, data={"csrf_token": csrf(ben.get(path))}).location == "/account/welcome"
    assert ben.get(f"/letters/{letter_id}").status_code == 200
    assert "Add somebody" not in ben.get(f"/campaigns/{campaign}/people").text


def test_no_address_is_flooded_by_being_let_in_again_and_again(app, database, campaign, later):
    for _ in range(members.A_DAY):
        let_in(database, campaign, "stranger@example.org")
        act(database, members.remove, campaign, user_id(database, "stranger@example.org"), ANNA)
    with pytest.raises(InputError, match="often enough today"):
        let_in(database, campaign, "stranger@example.org")
    with pytest.raises(InputError, match="often enough today"):
        made(database, campaign, address="Stranger@example.org")
    assert len(mails_to(database, "stranger@example.org")) == members.A_DAY
    later(hours=25)
    let_in(database, campaign, "stranger@example.org")


def test_one_coordinator_writes_to_so_many_strangers_in_an_hour(app, database, campaign):
    client = signed_in(app, database, admin=False)
    token = csrf(client.get(f"/campaigns/{campaign}/people"))
    codes = [
        client.post(
            f"/campaigns/{campaign}/people",
            data={"csrf_token": token, "email": f"s{number}@example.org", "role": "auditor"},
        ).status_code
        for number in range(31)
    ]
    assert codes == [303] * 30 + [429]


@pytest.mark.parametrize(
    "address",
    [
        "x@example.org\r\nBcc: all@example.org",
        "x@example.org\nX: y",
        "x\u202e@example.org",
        "a@b",
        "x" * 300,
        "\ud800@a.b",
    ],
)
def test_what_is_no_address_lets_nobody_in(database, campaign, address):
    with pytest.raises(RefusedError):
        let_in(database, campaign, address)
    with pytest.raises(RefusedError):
        made(database, campaign, address=address)
    assert roles(database, campaign) == {"anna@example.org": "coordinator"}


def test_a_name_turns_no_line_and_adds_no_header(app, database, campaign, letter_id):
    with database.writing() as session:
        anna = accounts.with_address(session, "anna@example.org").id
        given = {"organisation": "ADHOC\r\nBcc: all@example.org", "language": "", "timezone": ""}
        accounts.set_profile(session, anna, name=TURNED, **given)
    open_sign_off(database, take_in(database, 1))
    let_in(database, campaign, "ben@example.org")
    link_id, token = made(database, campaign, name=f"{TURNED}\r\nX-Evil: 1", address="reader@example.org")
    with database.reading() as session:
        assert session.get_one(User, anna).name == "Anna greB"
        assert session.get_one(AuditorLink, link_id).name == "Anna greB X-Evil: 1"
    for mail in (*mails_to(database, "ben@example.org"), *mails_to(database, "reader@example.org")):
        assert not {"Bcc", "X-Evil"} & set(mail.keys())
        assert "\u202e" not in mail.get_body().get_content()
        assert mail["From"].addresses[0].display_name == "Undersigned"


# --- who is told ------------------------------------------------------------------------------------------------------


def test_every_coordinator_who_wants_it_is_told_in_their_language_and_nobody_who_left(database, campaign, letter_id):
    for who in ("ben", "cleo", "dan", "eve"):
        let_in(database, campaign, f"{who}@example.org", "auditor" if who == "dan" else "coordinator")
    with database.writing() as session:
        ben = accounts.with_address(session, "ben@example.org")
        accounts.set_profile(session, ben.id, name="Ben", organisation="", language="fr", timezone="Asia/Tokyo")
        cleo = accounts.with_address(session, "cleo@example.org")
        accounts.set_notices(session, cleo.id, set())
    act(database, requests.ask_for_time, link_ids(database, letter_id)[0], "One week")
    eve = user_id(database, "eve@example.org")
    act(database, members.remove, campaign, eve, ANNA)

    with database.reading() as session:
        told = session.query(Delivery).filter_by(kind="notice")
        assert {one.address: one.state for one in told} == {
            "anna@example.org": "queued",
            "ben@example.org": "queued",
            "eve@example.org": "cancelled",
        }
    act(database, answers.decline, link_ids(database, letter_id)[1], digest(database, letter_id), "No", shared=False)
    with database.reading() as session:
        told = [one.address for one in session.query(Delivery).filter_by(kind="notice", state="queued")]
    assert sorted(told) == ["anna@example.org"] * 2 + ["ben@example.org"] * 2
    assert "demande plus de temps" in str(mails_to(database, "ben@example.org")[1]["Subject"])
    assert "Tokyo" in mails_to(database, "ben@example.org")[1].get_body().get_content()
    assert "asks for more time" in str(mails_to(database, "anna@example.org")[0]["Subject"])
    assert findings(database, letter_id) == []


def test_co_signers_read_who_asks_and_it_changes_hands(app, database, campaign, letter_id):
    def asks():
        with database.reading() as session:
            mail = session.query(Delivery).filter_by(letter_id=letter_id, kind="invitation").first()
            sent = email.message_from_bytes(write(session, mail), policy=email.policy.default)
            return sent["From"].addresses[0].display_name, sent["Reply-To"].addresses[0].addr_spec

    assert asks() == ("Anna Berg via Undersigned", "anna@example.org")
    let_in(database, campaign, "ben@example.org")
    assert asks()[1] == "anna@example.org"
    with database.writing() as session:
        ben = accounts.with_address(session, "ben@example.org")
        accounts.set_profile(session, ben.id, name="Ben Ode", organisation="FIDH", language="", timezone="")
    act(database, members.hand_on, campaign, user_id(database, "anna@example.org"), ben.id, ANNA)
    assert asks() == ("Ben Ode, FIDH via Undersigned", "ben@example.org")


# --- links to read by -------------------------------------------------------------------------------------------------


def test_a_link_opens_its_campaigns_letters_alone_and_to_read_only(app, database, campaign, letter_id):
    other = take_in(database, 1)
    _, token = made(database, campaign)
    guest, arrived = come(app, token)
    assert (arrived.status_code, arrived.location) == (303, "/a")
    assert arrived.headers["Referrer-Policy"] == "no-referrer"
    assert arrived.headers["Cache-Control"] == "no-store"
    assert token not in guest.get("/a").text

    for page in ("", "/history", "/cosigners", "/comments", "/emails", "/evidence.zip"):
        assert guest.get(f"/letters/{letter_id}{page}").status_code == 200, page
        assert guest.get(f"/letters/{other}{page}").status_code == 303, page
    for page in ("/", "/account", "/letters/new", f"/campaigns/{campaign}/people", f"/campaigns/{campaign}"):
        assert guest.get(page).location.startswith("/sign-in"), page
    for page in ("circulation", "terms", "invitations", "withdrawal"):
        assert guest.post(f"/letters/{letter_id}/{page}", data={"reason": "x"}).status_code == 404, page
    assert guest.get("/admin").status_code == 303


def test_what_is_read_by_a_link_is_on_the_record_once_a_day(app, database, campaign, letter_id, later):
    _, token = made(database, campaign)

    def opened():
        app.extensions["undersigned"].afterwards.wait()
        return actions(database, letter_id).count("auditor.opened")

    guest, _ = come(app, token)
    scanner = app.test_client()
    scanner.head(f"/a/{token}", follow_redirects=True)
    scanner.get(f"/a/{token}", follow_redirects=True)
    assert opened() == 0
    for _ in range(5):
        guest.get(f"/letters/{letter_id}")
        guest.get(f"/letters/{letter_id}/history")
    again, _ = come(app, token)
    again.get(f"/letters/{letter_id}")
    assert opened() == 1
    later(hours=24)
    again, _ = come(app, token)
    again.get(f"/letters/{letter_id}/history")
    assert opened() == 2
    assert (
        "Ann Reader opened the letter by a link to read it."
        in again.get(f"/letters/{letter_id}/history?show=settings").text
    )
    assert findings(database, letter_id) == []


def test_reading_by_a_link_goes_on_where_that_cannot_be_written_down(app, database, campaign, letter_id, monkeypatch):
    guest, _ = come(app, made(database, campaign)[1])

    def full(*given):
        raise OSError("disk full")

    monkeypatch.setattr(auditor_links, "note", full)
    assert guest.get(f"/letters/{letter_id}").status_code == 200
    app.extensions["undersigned"].afterwards.wait()
    assert "auditor.opened" not in actions(database, letter_id)


@pytest.mark.parametrize("how", ["revoked", "over"])
def test_a_link_that_has_ended_opens_nothing_in_any_browser(app, database, campaign, letter_id, later, how):
    link_id, token = made(database, campaign, ends=now() + timedelta(hours=1))
    guest, _ = come(app, token)
    assert guest.get(f"/letters/{letter_id}").status_code == 200

    if how == "revoked":
        act(database, auditor_links.revoke, campaign, link_id, ANNA)
    else:
        later(hours=2)

    for page in (f"/letters/{letter_id}", f"/letters/{letter_id}/evidence.zip", "/a"):
        got = guest.get(page)
        assert (got.status_code, "This link doesn’t work" in got.text) == (404, True), page
    assert come(app, token)[1].status_code == 404


def test_links_are_not_guessed(app, database, campaign):
    client = app.test_client()
    for number in range(20):
        assert client.get(f"/a/{'x' * 40}{number:03}").status_code == 404
    assert client.get(f"/a/{'x' * 43}").status_code == 429
    assert come(app, made(database, campaign)[1])[1].status_code == 303


def test_a_token_of_one_kind_opens_nothing_of_another(app, database, campaign, letter_id):
    _, token = made(database, campaign)
    with database.reading() as session:
        link = link_ids(database, letter_id)[0]
        cosigners, staff = session.tokens.links(link)[0], session.tokens.auditor_links(link)[0]
    assert app.test_client().get(f"/s/{token}").status_code == 404
    assert app.test_client().get(f"/sign-in/{token}").status_code == 404
    assert app.test_client().get(f"/a/{cosigners}").status_code == 404
    assert app.test_client().get(f"/a/{staff}").status_code == 404
    with database.reading() as session:
        kept = session.query(AuditorLink).one()
        assert token not in repr([getattr(kept, column.name) for column in kept.__table__.columns])


def test_a_new_link_is_shown_once_and_mailed_where_there_is_an_address(app, database, campaign):
    client = signed_in(app, database, admin=False)
    page = client.get(f"/campaigns/{campaign}/people")
    form = {"csrf_token": csrf(page), "name": "Ann Reader", "email": "reader@example.org", "ends": ""}
    missing = client.post(f"/campaigns/{campaign}/people/links", data=form)
    assert (missing.status_code, "Enter a date" in missing.text) == (400, True)
    for ends in ("2020-01-01", "2999-01-01"):
        wrong = client.post(f"/campaigns/{campaign}/people/links", data=form | {"ends": ends})
        assert (wrong.status_code, "at most a year ahead" in wrong.text) == (400, True)
    ends = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"
    assert client.post(f"/campaigns/{campaign}/people/links", data=form | {"ends": ends}).status_code == 303

    first, second = client.get(f"/campaigns/{campaign}/people").text, client.get(f"/campaigns/{campaign}/people").text
    assert first.count("/a/") == 1
    assert "/a/" not in second
    token = first.partition("/a/")[2][:43]
    [mail] = mails_to(database, "reader@example.org")
    assert token in mail.get_body().get_content()
    assert come(app, token)[1].status_code == 303


def test_a_member_who_is_signed_in_reads_as_a_member(app, database, campaign, letter_id):
    """A link in the same browser takes nothing away, and lets nobody act."""
    _, token = made(database, campaign)
    client = signed_in(app, database, admin=False)
    client.get(f"/a/{token}")
    one = invitation_id(database, letter_id)
    assert client.get(f"/letters/{letter_id}/invitations/{one}").status_code == 200
    stranger = signed_in(app, database, "stranger@example.org", admin=False)
    stranger.get(f"/a/{token}")
    assert stranger.get(f"/letters/{letter_id}").status_code == 200
    assert stranger.get(f"/letters/{letter_id}/invitations/{one}").status_code == 404
    assert stranger.post(f"/letters/{letter_id}/circulation").status_code == 404
    assert stranger.get("/").status_code == 200


# --- admins -----------------------------------------------------------------------------------------------------------


def test_the_last_admin_stays_and_nobody_deactivates_themselves(database):
    with database.writing() as session:
        anna = accounts.user(session, "anna@example.org", "Anna", admin=True)
        ben = accounts.user(session, "ben@example.org", "Ben", admin=True)
    act(database, administration.set_admin, ben.id, False, anna)
    for refused in (
        lambda session: administration.set_admin(session, anna.id, False, anna),
        lambda session: administration.deactivate(session, anna.id, ben, ANNA),
        lambda session: administration.deactivate(session, ben.id, ben, ANNA),
    ):
        with pytest.raises(RefusedError):
            act(database, refused)


def test_who_is_deactivated_is_out_everywhere_at_once(app, database, campaign, letter_id):
    admin = signed_in(app, database, "admin@example.org")
    anna = signed_in(app, database, admin=False)
    anna_id = user_id(database, "anna@example.org")
    with database.writing() as session:
        pending = accounts.sign_in_link(session, session.get_one(User, anna_id)).rpartition("/")[2]
    page = admin.get("/admin?search=ANNA")
    assert anna_id in page.text
    assert admin.get("/admin?search=nobody").text.count("<details") == 1

    done = admin.post(f"/admin/{anna_id}/deactivation", data={"csrf_token": csrf(page)})

    assert done.status_code == 303
    assert anna.get("/account").status_code == 303
    stranger = app.test_client()
    assert stranger.get(f"/sign-in/{pending}").status_code == 404
    with database.writing() as session:
        accounts.mail_sign_in_link(session, "anna@example.org")
        assert session.query(Delivery).filter_by(kind="sign_in").count() == 0
        assert sessions.of(session, session.get_one(User, anna_id)) == []
        assert session.query(Membership).filter_by(user_id=anna_id).count() == 0
    assert roles(database, campaign) == {"admin@example.org": "coordinator"}
    with pytest.raises(InputError, match="deactivated"):
        let_in(database, campaign, "anna@example.org")
    assert findings(database, letter_id) == []


def test_members_are_let_in_and_taken_off_on_the_command_line(app, database, campaign):
    run = app.test_cli_runner().invoke
    assert (
        "ben@example.org is a member now, as auditor"
        in run(args=["member", "add", "A campaign", "ben@example.org", "--role", "auditor"]).output
    )
    assert "auditor      ben@example.org" in run(args=["member", "list", campaign[:8]]).output
    assert (
        "Whoever runs this service has added you." in mails_to(database, "ben@example.org")[0].get_body().get_content()
    )
    assert run(args=["member", "remove", campaign, "Ben@Example.org"]).exit_code == 0
    for wrong in (
        ["remove", campaign, "anna@example.org"],
        ["remove", campaign, "nobody@example.org"],
        ["add", "No such", "x@example.org"],
        ["add", campaign, "nonsense"],
    ):
        failed = run(args=["member", *wrong])
        assert (failed.exit_code, "Traceback" in failed.output) == (2, False), wrong
    assert roles(database, campaign) == {"anna@example.org": "coordinator"}


def test_whoever_left_gets_nothing_that_waits_whatever_kind_of_email_it_is(database, campaign, letter_id):
    """What a co-signer wrote by email goes along with one of them."""
    for who in ("ben", "eve"):
        let_in(database, campaign, f"{who}@example.org", "coordinator")
    link = link_ids(database, letter_id)[0]
    act(database, requests.stop_writing, link)
    for name in ("eve", "ben"):
        with database.writing() as session:
            user = accounts.with_address(session, f"{name}@example.org")
            accounts.set_digest(session, user.id, wanted=True)
            digest_mail.queue(session, user, "UTC", now() - timedelta(days=1), now())
    act(database, members.remove, campaign, user_id(database, "eve@example.org"), ANNA)
    with database.writing() as session:
        anna = accounts.with_address(session, "anna@example.org")
        administration.set_admin(session, anna.id, admin=True, by=anna)
        administration.deactivate(session, user_id(database, "ben@example.org"), anna, ANNA)

    with database.reading() as session:
        waiting = session.query(Delivery).filter(Delivery.is_waiting, Delivery.kind.in_(("came_back", "digest")))
        assert {(one.kind, one.address) for one in waiting} == {
            ("came_back", "anna@example.org"),
            ("digest", "eve@example.org"),
        }
