"""An organisation's own ledger: what opens it, what does not, and nothing of anybody else in it."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
import sqlalchemy as sa

from tests.integration.test_one_signoff import names_in, unpacked
from tests.support.browsing import arrived, csrf, invitation_id, link, signed_in
from tests.support.factories import ANNA, act, answer, digest, link_ids, mails, open_sign_off, sign, take_in, words
from tests.support.mailing import deliver
from workflow import afterwards, history, verify
from workflow.campaigns import four_eyes as rule
from workflow.campaigns import invitations, more_contacts
from workflow.mails import writing
from workflow.models import Delivery, LedgerLink, Letter
from workflow.signoffs import answers, four_eyes, ledger


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What is looked up after an answer is so without a pause: nobody measures here how long an answer takes."""
    monkeypatch.setattr(afterwards, "PAUSE", 0.0)


@pytest.fixture
def letters(database):
    """Three letters of three campaigns: the same contact signed one, declined one, and is withheld on one."""
    made = [take_in(database, 3, letter=words(subject=f"Letter {number}")) for number in "XYZ"]
    for one in made:
        open_sign_off(database, one)
    sign(database, made[0], 0)
    other = answer(database, made[0], name="Bo Chan", title="Chair")
    act(database, answers.sign, link_ids(database, made[0])[1], other)
    act(database, answers.decline, link_ids(database, made[1])[0], digest(database, made[1]), "Not ours", shared=False)
    withheld = answer(database, made[2], name="Ann Hidden", withheld=True)
    act(database, answers.sign, link_ids(database, made[2])[0], withheld)
    return made


def mailed(app, database) -> list[str]:
    """The paths of the links that were mailed, oldest first."""
    app.extensions["undersigned"].afterwards.wait()
    with database.reading() as session:
        query = sa.select(Delivery).where(Delivery.kind == "ledger").order_by(Delivery.queued_at)
        found = [writing.write(session, one).decode() for one in session.scalars(query)]
    return [re.search(r"/everything/[\w-]+", one.replace("=\r\n", "").replace("=\n", ""))[0] for one in found]


def asked_for(app, database, email: str):
    client = app.test_client()
    page = client.get("/everything")
    return client.post("/everything", data={"csrf_token": csrf(page), "email": email})


def opened(app, database, email="a@example.org"):
    """A browser that came by a link that was mailed to this address."""
    asked_for(app, database, email)
    client = app.test_client()
    page = client.get(mailed(app, database)[-1], follow_redirects=True)
    return client, page


def test_it_lists_everything_over_all_campaigns_and_withheld_too(app, database, letters):
    client, page = opened(app, database)

    assert page.status_code == 200
    assert all(f"Letter {one}" in page.text for one in "XYZ")
    assert "Signed version 1" in page.text and "Declined" in page.text
    got = client.get("/everything.zip")
    files = _unzipped(got.data)
    assert {"README.txt", "verify.py", "index.html", "index.docx"} < files.keys()
    inner = [_unzipped(content) for name, content in files.items() if name.startswith("letters/")]
    assert len(inner) == 3
    for one in inner:
        report = verify.verify(one, history.vkey(database.settings))
        assert report.problems == []
    told = b"".join(content for one in inner for name, content in one.items() if name == "report.html")
    assert b"Ann Hidden" in told and b"Not ours" in told
    assert client.get("/everything.zip").data == got.data


def _unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_nobody_else_is_in_any_byte_of_it(app, database, letters):
    client, page = opened(app, database)
    files = unpacked({"everything.zip": client.get("/everything.zip").data, "page": page.data})
    own = b"".join(content for name, content in files.items() if not name.endswith("verify.py"))
    for one in letters:
        others = names_in(database, one, invitation_id(database, one))
        assert len(others) > 5
        assert not [name for name in others if re.search(rb"(?<![\w.])" + re.escape(name), own)]


def test_who_holds_a_passed_on_link_of_one_letter_learns_nothing_of_the_others(app, database, settings, letters):
    client, page = arrived(app, database, settings, letters[0])
    receipt = client.get(f"{page.request.path}/receipt")
    assert "a@example.org" in receipt.text and "Letter Y" not in receipt.text

    said = client.post(f"{page.request.path}/everything", data={"csrf_token": csrf(receipt)}, follow_redirects=True)

    assert "We’re emailing the link to a@example.org." in said.text
    assert "/everything/" not in said.text and "Letter Y" not in said.text
    assert "Letter Y" not in client.get("/everything").text
    assert client.get("/everything.zip").status_code == 404
    assert len(mailed(app, database)) == 1
    with database.reading() as session:
        mail = session.scalars(sa.select(Delivery).where(Delivery.kind == "ledger")).one()
        assert (mail.address, mail.letter_id) == ("a@example.org", letters[2])
        assert b"Letter" not in writing.write(session, mail)
    deliver(database, letters[2], [])
    assert [one.is_accepted for one in mails(database, letters[2], "ledger")] == [True]


def test_answers_never_tell_whether_anything_is_there(app, database, letters):
    known = ("a@example.org", "A@EXAMPLE.org", "c@example.org", "stranger@example.org", "no address", "")

    said = [asked_for(app, database, email) for email in known]

    bare = {re.sub(r'value="[^"]*"', "", one.text) for one in said}
    assert (len(bare), {one.status_code for one in said}) == (1, {200})
    with database.reading() as session:
        app.extensions["undersigned"].afterwards.wait()
        to = sorted(session.scalars(sa.select(Delivery.address).where(Delivery.kind == "ledger")))
    assert to == ["a@example.org", "a@example.org", "c@example.org"], "spelt either way it is one address"


def test_a_link_ends_after_an_hour_and_with_the_contact(app, database, letters, later):
    client, page = opened(app, database)
    assert "Letter Y" in page.text
    act(database, invitations.set_contact, letters[0], invitation_id(database, letters[0]), "new@example.org", ANNA)
    left = client.get("/everything").text
    assert "Letter Y" in left and "Letter X" not in left

    later(minutes=61)

    assert "Letter Y" not in client.get("/everything").text
    assert client.get("/everything.zip").status_code == 404
    assert app.test_client().get(mailed(app, database)[0]).status_code == 404


def test_whoever_was_the_contact_once_is_shown_nothing_any_more(app, database, letters):
    client, _ = opened(app, database)
    for one in letters:
        act(database, invitations.set_contact, one, invitation_id(database, one), "new@example.org", ANNA)

    assert "Letter" not in client.get("/everything").text
    assert client.get("/everything.zip").status_code == 404
    assert "Letter Y" in opened(app, database, "new@example.org")[1].text


def test_every_contact_is_shown_what_their_organisations_did_and_nothing_of_others(app, database, letters):
    """Bea is a second contact of A on X, and confirmed for B on Y; C's letters and A's on Y are not hers."""
    bea = "bea@example.org"
    first = invitation_id(database, letters[0])
    added = act(database, more_contacts.add, letters[0], first, "Bea", bea, ANNA).id
    second = invitation_id(database, letters[1], 1)
    act(database, rule.set_wanted, letters[1], second, True, ANNA)
    given, link = answer(database, letters[1], name="Bo Chan"), link_ids(database, letters[1])[1]
    made = act(database, four_eyes.propose, link, given, four_eyes.Confirmer("Bea", bea))
    _, before = opened(app, database, "BEA@example.org")
    assert "Letter X" in before.text and "Letter Y" not in before.text, "who is asked to confirm has done nothing yet"
    act(database, four_eyes.confirm, made.confirming_link_id, answer(database, letters[1], name="Bea"))

    client, page = opened(app, database, bea)

    assert "Letter X" in page.text and "Letter Y" in page.text and "Letter Z" not in page.text
    files = unpacked({"everything.zip": client.get("/everything.zip").data, "page": page.data})
    own = b"".join(content for name, content in files.items() if not name.endswith("verify.py"))
    assert b"Not ours" not in own, "what A declined on Y"
    others = set(names_in(database, letters[0], first)) & set(names_in(database, letters[1], second))
    assert b"c@example.org" in others
    assert not [name for name in others if re.search(rb"(?<![\w.])" + re.escape(name), own)]
    act(database, more_contacts.remove, letters[0], first, added, ANNA)
    left = client.get("/everything")
    assert "Letter X" not in left.text and "Letter Y" in left.text
    with database.reading() as session:
        kept = sorted(session.scalars(sa.select(Delivery.address).where(Delivery.kind == "ledger")))
    assert kept == [bea, bea]


def test_no_mailbox_gets_more_than_five_an_hour(app, database, letters, later):
    for _ in range(7):
        act(database, ledger.send, "a@example.org")
    assert len(mailed(app, database)) == ledger.MOST_AN_HOUR
    later(minutes=61)
    act(database, ledger.send, "A@example.org")
    assert len(mailed(app, database)) == ledger.MOST_AN_HOUR + 1


def test_links_are_not_guessed_kept_or_of_another_kind(app, database, settings, letters):
    act(database, ledger.send, "a@example.org")
    path = mailed(app, database)[0]
    token = path.rpartition("/")[2]
    with database.reading() as session:
        kept = session.query(LedgerLink).one()
        assert token not in repr([getattr(kept, column.name) for column in kept.__table__.columns])
        assert "a@example.org" not in repr([getattr(kept, column.name) for column in kept.__table__.columns])
    client = app.test_client()
    assert client.get(f"/s/{token}").status_code == client.get(f"/a/{token}").status_code == 404
    cosigner = link(database, settings, letters[0]).rpartition("/")[2]
    assert client.get(f"/everything/{cosigner}").status_code == 404
    for number in range(20):
        client.get(f"/everything/{'x' * 40}{number:03}")
    assert client.get(f"/everything/{'x' * 43}").status_code == 429
    assert client.get(path).status_code == 303, "whoever holds one is no guesser"


def test_opening_decides_nothing_and_is_in_no_history_but_the_email(app, database, letters):
    act(database, ledger.send, "a@example.org")
    path = mailed(app, database)[0]
    with database.reading() as session:
        sizes = [len(history.entries(session, one)) for one in letters]
    client = app.test_client()
    client.head(path)
    assert client.get(path, follow_redirects=True).status_code == 200
    client.get("/everything.zip")
    with database.reading() as session:
        assert [len(history.entries(session, one)) for one in letters] == sizes


# --- whose one sign-off's evidence is --------------------------------------------------------------------------------


def test_a_withheld_organisations_evidence_is_its_own_and_never_an_auditors(app, database, settings, letters):
    staff = signed_in(app, database)
    numbers = {}
    for one in (letters[0], letters[2]):
        with database.reading() as session:
            numbers[one] = session.get_one(Letter, one).invitations[0].signoffs[0].sequence
    assert staff.get(f"/letters/{letters[0]}/signoffs/{numbers[letters[0]]}.zip").status_code == 200
    assert staff.get(f"/letters/{letters[2]}/signoffs/{numbers[letters[2]]}.zip").status_code == 404
    assert staff.get(f"/letters/{letters[0]}/signoffs/0.zip").status_code == 404

    client, page = arrived(app, database, settings, letters[2])
    got = client.get(f"{page.request.path}/signoff.zip")

    assert verify.verify(_unzipped(got.data), history.vkey(settings)).problems == []
    assert client.get(f"/review/{invitation_id(database, letters[2], 1)}/signoff.zip").status_code == 404
    assert client.get(f"/review/{invitation_id(database, letters[0])}/signoff.zip").status_code == 404
