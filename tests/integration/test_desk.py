"""The auditor's desk: who agreed to what, any two versions, and what is taken along, on the record."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from datetime import timedelta

import sqlalchemy as sa

from tests.support.browsing import signed_in
from tests.support.evidence import live
from tests.support.factories import ANNA, act, answer, correct, digest, link_ids, open_sign_off, sign, take_in, words
from workflow import accounts, auditor_links, history
from workflow.campaigns import stationery
from workflow.campaigns.stationery import Standing
from workflow.history.action import ACTIONS
from workflow.instance import instance
from workflow.models import Letter, User, now
from workflow.pages.desk import letters as all_of
from workflow.signoffs import answers


def plain(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def auditor(app, database, letter_id: str):
    client = signed_in(app, database, "auditor@example.org", admin=False)
    with database.writing() as session:
        user = session.query(User).filter_by(email="auditor@example.org").one()
        accounts.join(session, session.get_one(Letter, letter_id).campaign_id, user, "auditor")
    return client


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def lived(database) -> str:
    """Three signed (one by another name, one withheld), one declined; one has confirmed the corrected text."""
    letter_id = take_in(database, 5)
    with database.reading() as session:
        hidden = session.get_one(Letter, letter_id).invitations[2].id
    act(database, stationery.set_standing, letter_id, hidden, Standing(3, "", confidential=True), ANNA)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    correct(database, letter_id, small=False)
    links = link_ids(database, letter_id)
    act(database, answers.sign, links[0], answer(database, letter_id, authorised=False, confirms=True))
    act(database, answers.sign, links[1], answer(database, letter_id, name="=Zoe Zed"))
    act(database, answers.sign, links[2], answer(database, letter_id, name="Quentin Quetzal"))
    act(database, answers.decline, links[3], digest(database, letter_id), "Not us", shared=True)
    return letter_id


def test_the_table_says_who_agreed_to_what_how_and_who_did_not(app, database):
    letter_id = lived(database)
    text = auditor(app, database, letter_id).get(f"/letters/{letter_id}/agreed").text
    said = plain(text)

    assert re.search(r"Organisation A Person A ?, Director version 2 \w{12} .* confirmed this version", said)
    assert re.search(r"Organisation B =Zoe Zed ?, Director expected: Person B.* version 2 \w{12} .* signed", said)
    assert "1 organisation, name withheld" in said
    assert "Quetzal" not in said
    assert "Organisation C" not in said
    assert re.search(r"ORGD · Declined .*Not us", said)
    assert "1 organisation has not answered" in said


def test_the_table_is_taken_along_in_three_ways_and_that_is_on_the_record(app, database):
    letter_id = lived(database)
    client = auditor(app, database, letter_id)
    with app.app_context():
        afterwards = instance().afterwards
    content = {form: client.get(f"/letters/{letter_id}/agreed.{form}").data for form in ("csv", "json", "docx")}
    assert client.get(f"/letters/{letter_id}/agreed.exe").status_code == 404
    afterwards.wait()

    rows = rows_of(content["csv"])
    assert [row[1] for row in rows[1:3]] == ["Organisation A", "Organisation B"]
    assert rows[2][2] == "'=Zoe Zed", "no formula runs"
    made = json.loads(content["json"])
    assert ([one["version"] for one in made["agreed"]], made["withheld"]) == (["2", "2"], 1)
    words = zipfile.ZipFile(io.BytesIO(content["docx"])).read("word/document.xml").decode()
    assert "=Zoe Zed" in words
    assert not any("Quetzal" in one for one in (str(rows), str(made), words))
    with database.reading() as session:
        taken = [one for one in history.entries(session, letter_id) if one.action == "history.exported"]
    assert [(one.about["what"], one.about["form"], one.about["rows"], one.role) for one in taken] == [
        ("agreed", form, 2, "auditor") for form in ("csv", "json", "docx")
    ]
    told = plain(client.get(f"/letters/{letter_id}/history?show=settings").text)
    assert "Took the list of who agreed to what along as a file. · Anna" in told
    assert live(database, letter_id).problems == []


def test_a_history_is_taken_along_as_it_is_filtered_and_what_was_typed_is_only_committed_to(app, database):
    letter_id = lived(database)
    client = auditor(app, database, letter_id)
    with app.app_context():
        afterwards = instance().afterwards
    shown = client.get(f"/letters/{letter_id}/history.csv?show=all").data
    with database.reading() as session:
        size = len(history.entries(session, letter_id))
    rows = rows_of(shown)
    assert [int(row[0]) for row in rows[1:]] == list(range(size))[::-1]
    assert "Quetzal" not in str(rows)
    afterwards.wait()
    searched = client.get(f"/letters/{letter_id}/history.json?q=declined+orgd&show=all")
    found = json.loads(searched.data)["entries"]
    assert [(one["action"], one["words"]) for one in found] == [("invitation.decline", "Not us")]
    assert zipfile.ZipFile(io.BytesIO(client.get(f"/letters/{letter_id}/history.docx").data)).testzip() is None
    assert client.head(f"/letters/{letter_id}/history.csv").status_code == 200, "nothing is given, nothing recorded"
    afterwards.wait()

    with database.reading() as session:
        taken = [one for one in history.entries(session, letter_id) if one.action == "history.exported"]
        typed = session.execute(
            sa.text("SELECT entry FROM log_entries WHERE letter_id = :of AND sequence = :at"),
            {"of": letter_id, "at": taken[1].sequence},
        ).scalar_one()
    assert [(one.about["form"], one.about["rows"]) for one in taken[:2]] == [("csv", size), ("json", 1)]
    assert len(taken) == 3
    assert (b"declined+orgd" in bytes(typed), b"orgd" in bytes(typed), taken[1].commits) == (False, False, True)


def test_any_two_versions_are_compared(app, database):
    letter_id = lived(database)
    client = auditor(app, database, letter_id)
    there = f"/letters/{letter_id}/compare"
    forward, back = (client.get(f"{there}?{query}").text for query in ("from=1&to=2", "from=2&to=1"))
    assert "<ins>" in forward
    assert re.findall(r"<ins>(.*?)</ins>", forward) == re.findall(r"<del>(.*?)</del>", back)
    assert "None in the words" in client.get(f"/letters/{letter_id}/compare?from=2&to=2").text
    document = client.get(f"/letters/{letter_id}/compare.docx?from=2&to=1")
    assert b"w:ins" in zipfile.ZipFile(io.BytesIO(document.data)).read("word/document.xml")
    assert client.get(f"/letters/{letter_id}/compare?from=1&to=9").status_code == 404
    assert client.get(f"/letters/{take_in(database)}/compare").status_code == 404


# --- all letters ------------------------------------------------------------------------------------------------------


def test_all_letters_that_one_may_see_are_on_one_page_and_no_other(app, database):
    mine, other = lived(database), take_in(database, 2, letter=words(subject="Not for them"))
    open_sign_off(database, other)
    sign(database, other)
    client = auditor(app, database, mine)
    said = plain(client.get("/audit").text)

    assert "Person A, Director, confirmed for ORGA" in said
    assert "Not for them" not in said
    assert "Not for them" not in plain(client.get("/audit?state=signatures&q=person").text)
    assert "Quetzal" not in client.get("/audit?act=signed").text
    found = plain(client.get("/audit?organisation=orgd").text)
    assert "ORGD : Declined" in found
    assert "confirmed for ORGA" not in found
    assert "ORGC" not in plain(client.get("/audit?organisation=orgc").text).replace("orgc", "")
    assert "No entry matches" in client.get("/audit?act=sent").text
    assert "No letter matches" in client.get("/audit?state=cancelled").text
    assert "No letter matches" in client.get("/audit?organisation=nobody").text
    for query in ("campaign=x&state=x&act=x", "from=x&to=9999-99-99", "back=x~y~z", "back=2026-01-01~a~1", "after=x"):
        assert client.get(f"/audit?{query}").status_code == 200
    assert app.test_client().get("/audit").status_code in (302, 303, 404)
    campaigns = client.get("/").text
    assert "New campaign" not in campaigns, "who only reads is not offered to begin something"


def test_acts_of_many_letters_are_in_one_order_and_each_is_on_one_page(app, database, monkeypatch):
    monkeypatch.setattr(all_of, "ACTS_ON_A_PAGE", 7)
    monkeypatch.setattr(all_of, "READ_AT_ONCE", 2)
    letters = [take_in(database, 3) for _ in range(3)]
    for letter_id in letters:
        open_sign_off(database, letter_id)
    for number in range(3):
        for letter_id in letters:
            sign(database, letter_id, number)
    client, query, seen = signed_in(app, database), "", []
    while query is not None:
        text = client.get(f"/audit{query}").text
        seen += re.findall(r'/letters/(\w+)/history/(\d+)"', text)
        older = re.search(r'href="/audit([^"]+)">\s*Older', text)
        query = html.unescape(older[1]) if older else None
    with database.reading() as session:
        due = {
            (letter_id, str(one.sequence)): one.at
            for letter_id in letters
            for one in history.entries(session, letter_id)
            if ACTIONS[one.action].KIND == "decision"
        }
    assert len(seen) == len(set(seen))
    assert set(seen) == set(due)
    moments = [due[one] for one in seen]
    assert moments == sorted(moments, reverse=True)


def test_whoever_comes_by_a_link_finds_the_same_and_what_they_are_shown_is_on_its_record(app, database):
    letter_id = lived(database)
    with app.app_context():
        afterwards = instance().afterwards
    with database.writing() as session:
        campaign, by = session.get_one(Letter, letter_id).campaign_id, User(email="anna@example.org", name="Anna")
        session.add(by)
        session.flush()
        given = {"name": "Ann Reader", "ends": now() + timedelta(days=3)}
        link = auditor_links.make(session, campaign, ANNA, by=by, **given)
        there = auditor_links.address(session, link).partition("/a/")[2]
    guest = app.test_client()
    page = guest.get(f"/a/{there}", follow_redirects=True)
    assert "Free the seventeen" in page.text
    assert "confirmed for ORGA" not in plain(page.text)
    afterwards.wait()
    with database.reading() as session:
        assert history.entries(session, letter_id)[-1].action != "auditor.opened", "no letter was read yet"
    assert "confirmed for ORGA" in plain(guest.get("/a?act=all").text)
    afterwards.wait()
    assert guest.get(f"/letters/{letter_id}/history.csv").status_code == 200
    afterwards.wait()
    with database.reading() as session:
        entries = history.entries(session, letter_id)
    assert [one.action for one in entries[-2:]] == ["auditor.opened", "history.exported"]
    assert entries[-1].about["link"] == link.id
    assert "Took entries of this history along as a file. · Ann Reader" in plain(
        guest.get(f"/letters/{letter_id}/history?show=settings").text
    )


def test_evidence_that_is_taken_along_is_on_the_record_and_is_of_before_that(app, database):
    letter_id = lived(database)
    client = auditor(app, database, letter_id)
    with app.app_context():
        afterwards = instance().afterwards
    with database.reading() as session:
        entries = history.entries(session, letter_id)
    signed = next(one.sequence for one in entries if one.action == "invitation.sign")
    places = [f"/letters/{letter_id}/evidence.zip", f"/letters/{letter_id}/signoffs/{signed}.zip"]
    for place in places:
        assert client.head(place).status_code == 200, "nothing is given, nothing recorded"
    afterwards.wait()
    got = []
    for place in places:
        got.append(client.get(place).data)
        afterwards.wait()

    held = [zipfile.ZipFile(io.BytesIO(one)).read("entries.jsonl").count(b"\n") for one in got]
    with database.reading() as session:
        taken = history.entries(session, letter_id)[len(entries) :]
    assert held[0] == len(entries), "an evidence is taken before the entry that tells of it"
    assert [(one.action, one.role, one.about["what"], one.about["form"], one.about["rows"]) for one in taken] == [
        ("history.exported", "auditor", what, "zip", rows)
        for what, rows in zip(("evidence", "signoff"), held, strict=True)
    ]
    assert (taken[1].about["first"], taken[1].about["end"]) == (signed, signed + 1)
    told = plain(client.get(f"/letters/{letter_id}/history?show=settings").text)
    assert "Took the evidence of this letter along as a file. · Anna" in told
    assert "Took the evidence of one sign-off along as a file. · Anna" in told
    assert live(database, letter_id).problems == []


def test_nobody_floods_the_record_by_taking_things_along(app, database):
    letter_id, other = lived(database), take_in(database, 1)
    client = auditor(app, database, letter_id)
    auditor(app, database, other)
    for _ in range(120):
        assert client.head(f"/letters/{letter_id}/agreed.csv").status_code == 200

    for place in ("history.csv", "agreed.json", "evidence.zip", "signoffs/1.zip"):
        assert client.get(f"/letters/{letter_id}/{place}").status_code == 429
    assert client.get(f"/letters/{letter_id}/history").status_code == 200
    assert client.head(f"/letters/{other}/evidence.zip").status_code == 200, "another letter’s record is not full"
