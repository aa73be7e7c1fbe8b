"""How a link is used is on the record, and told; nothing is decided by it. The second contact is told of sign-offs."""

import email
from datetime import timedelta
from email import policy

import pytest
from sqlalchemy import update

from tests.support.browsing import csrf, invitation_id, link, signed_in, whole_answer
from tests.support.factories import ANNA, act, actions, invitation_states, link_ids, mails, open_sign_off, sign, take_in
from workflow import accounts, history
from workflow.campaigns import invitations
from workflow.errors import RefusedError
from workflow.history import evidence
from workflow.mails import writing
from workflow.models import Invitation, Letter, Link, now
from workflow.signoffs import link_usage
from workflow.signoffs.link_usage import access

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"


@pytest.fixture
def letter_id(database):
    made = take_in(database, 2)
    with database.writing() as session:
        anna = accounts.user(session, "anna@example.org", "Anna")
        accounts.join(session, session.get_one(Letter, made).campaign_id, anna, "coordinator")
    open_sign_off(database, made)
    return made


def opened(app, database, settings, letter_id, address="203.0.113.7", agent=PHONE, method="GET"):
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    headers = {"User-Agent": agent}
    where = link(database, settings, letter_id)
    return client, client.open(where, method=method, headers=headers, follow_redirects=method == "GET")


def kept(database, letter_id):
    with database.reading() as session:
        return session.get_one(Link, link_ids(database, letter_id)[0])


def signed_entry(database, letter_id):
    with database.reading() as session:
        return next(e for e in history.entries(session, letter_id) if e.action == "invitation.sign")


@pytest.mark.parametrize(
    ("agent", "method", "by"),
    [
        (PHONE, "GET", "browser"),
        (PHONE, "HEAD", "software"),
        ("", "GET", "software"),
        ("python-requests/2.32", "GET", "software"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/130.0", "GET", "software"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", "GET", "software"),
    ],
)
def test_what_opened_a_link_first_is_told_by_what_it_calls_itself(database, agent, method, by):
    assert access(database.tokens, "link", "203.0.113.7", agent, method).by == by


def test_a_network_is_a_neighbourhood_and_another_one_for_another_link(database):
    def network(link_id, address):
        return access(database.tokens, link_id, address, PHONE).networks

    assert network("a", "203.0.113.7") == network("a", "203.0.113.200") != network("a", "203.0.114.7")
    assert network("a", "2001:db8:1:2::3") == network("a", "2001:db8:1:ff::3") != network("a", "2001:db8:2::3")
    assert network("a", "203.0.113.7") != network("b", "203.0.113.7")
    assert network("a", "unknown") == ()


def test_the_first_opening_is_kept_and_later_ones_add_networks_only(app, database, settings, letter_id):
    opened(app, database, settings, letter_id, "198.51.100.1", "curl/8", "HEAD")
    first = kept(database, letter_id)
    opened(app, database, settings, letter_id)
    opened(app, database, settings, letter_id)
    later = kept(database, letter_id)

    assert first.fetched_by == later.fetched_by == "software"
    assert first.fetched_at == later.fetched_at is not None
    assert (len(first.networks), len(later.networks)) == (1, 2)
    assert not any("." in network for network in later.networks)


def test_an_opening_from_everywhere_keeps_a_few_networks(app, database, settings, letter_id):
    for number in range(20):
        opened(app, database, settings, letter_id, f"198.51.{number}.1")

    assert len(kept(database, letter_id).networks) == link_usage.MOST_NETWORKS


def press(app, database, settings, letter_id, address="203.0.113.7"):
    client, page = opened(app, database, settings, letter_id, address)
    where = f"/review/{invitation_id(database, letter_id)}/answer"
    headers = {"User-Agent": PHONE}
    answer = client.post(where, data=whole_answer(database, letter_id, page), headers=headers)
    assert answer.status_code == 303


def test_a_sign_off_from_one_network_tells_nobody(app, database, settings, letter_id):
    opened(app, database, settings, letter_id, agent="curl/8")
    with database.writing() as session:
        session.execute(update(Link).values(fetched_at=now() - timedelta(minutes=2)))
    press(app, database, settings, letter_id)

    about = signed_entry(database, letter_id).about
    assert about["fetched_by"] == "software"
    assert not {"networks", "fast_decision"} & set(about)
    assert mails(database, letter_id, "notice") == []
    staff = signed_in(app, database)
    assert "Signed in an unusual way" not in staff.get(f"/letters/{letter_id}").text
    assert "Nobody matches" in staff.get(f"/letters/{letter_id}/cosigners?show=odd").text
    told = staff.get(f"/letters/{letter_id}/history").text
    assert "Person A, Director, signed for ORGA." in told
    assert "a program opened the link first" not in told, "mail filters do that: it stands with the entry"
    sequence = signed_entry(database, letter_id).sequence
    assert "a program opened the link first" in staff.get(f"/letters/{letter_id}/history/{sequence}").text


def test_a_sign_off_at_once_from_the_third_network_counts_and_is_told(app, database, settings, letter_id):
    for address in ("198.51.100.1", "192.0.2.1"):
        opened(app, database, settings, letter_id, address)
    press(app, database, settings, letter_id)

    about = signed_entry(database, letter_id).about
    assert (about["networks"], about["fast_decision"]) == (3, True)
    assert invitation_states(database, letter_id)[0] == "signed"
    with database.reading() as session:
        (notice,) = mails(database, letter_id, "notice")
        said = email.message_from_bytes(
            writing.write(session, session.merge(notice, load=False)), policy=policy.default
        )
        assert evidence.verify(session, letter_id).exit_code == 0
    assert said["Subject"].startswith("Check the signature of Organisation A")
    assert "three networks" in " ".join(said.get_body(("plain",)).get_content().split())
    staff = signed_in(app, database)
    assert "Signed in an unusual way" in staff.get(f"/letters/{letter_id}").text
    for page in ("/cosigners", "/cosigners?show=odd", "/history"):
        found = staff.get(f"/letters/{letter_id}{page}").text
        assert "opening the link; this link was opened from 3 networks" in found


# --- the second contact --------------------------------------------------------------------------------------------


def second(database, letter_id, address):
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[0].id
    return act(database, invitations.set_second_contact, letter_id, invitation, address, ANNA)


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_the_second_contact_is_told_of_a_sign_off_with_its_proof_and_without_a_link(database, letter_id, language):
    second(database, letter_id, "board@example.org")
    with database.writing() as session:
        session.execute(update(Invitation).values(language=language))
    sign(database, letter_id)

    (told,) = mails(database, letter_id, "confirmation")
    assert told.address == "board@example.org"
    with database.reading() as session:
        said = email.message_from_bytes(writing.write(session, session.merge(told, load=False)), policy=policy.default)
    both = [said.get_body((kind,)).get_content() for kind in ("plain", "html")]
    assert not any("/s/" in part or "href" in part for part in both)
    assert all("Organisation A" in part and "Person A" in part for part in both)
    assert "proof.tlog-proof" in [attachment.get_filename() for attachment in said.iter_attachments()]
    assert said["Reply-To"] == "anna@example.org"


def test_the_second_contact_is_not_the_first_and_can_be_taken_back(database, letter_id):
    with pytest.raises(RefusedError, match="somebody else"):
        second(database, letter_id, "a@example.org")
    second(database, letter_id, "board@example.org")
    second(database, letter_id, "board@example.org")
    second(database, letter_id, "")
    sign(database, letter_id)

    assert mails(database, letter_id, "confirmation") == []
    assert actions(database, letter_id).count("invitation.second_contact") == 2


def test_the_coordinator_names_the_second_contact_on_the_page(app, database, letter_id):
    staff = signed_in(app, database)
    page = staff.get(f"/letters/{letter_id}")
    where = f"/letters/{letter_id}/invitations/{invitation_id(database, letter_id)}/second-contact"

    def keep(address):
        return staff.post(where, data={"csrf_token": csrf(page), "email": address}, follow_redirects=True)

    assert 'value="board@example.org"' in keep("board@example.org").text
    assert keep("nonsense").status_code == 400
    assert 'value="board@example.org"' not in keep(" ").text
