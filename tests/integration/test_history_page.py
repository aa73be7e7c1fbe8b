"""The page of a long history: some entries of it, and what it says of what was checked."""

from __future__ import annotations

import html
import json
import re

import pytest
import sqlalchemy as sa

from tests.integration.test_proofs import grow
from tests.support.browsing import signed_in
from tests.support.evidence import live
from tests.support.factories import ANNA, act, open_sign_off, sign, take_in, terms
from tests.support.mailing import deliver
from tests.support.sent_letters import by_hand
from workflow import history, merkle
from workflow.campaigns import batches, drafts
from workflow.history import audit, checked, reading
from workflow.jobs.batches import batch as batch_job
from workflow.models import Letter, LogEntry
from workflow.pages.desk import timeline
from workflow.pages.desk.asked import ON_A_PAGE


@pytest.fixture(autouse=True)
def no_process_knows_anything():
    checked._known.clear()


def page(client, letter_id: str, query: str = "") -> str:
    answer = client.get(f"/letters/{letter_id}/history{query}")
    assert answer.status_code == 200
    return answer.text


def shown(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'<li id="e(\d+)">', text)]


def link(text: str, words: str) -> str:
    return html.unescape(re.search(rf'<a [^>]*href="[^"?]*(\?[^"]*)?"[^>]*>{words}</a>', text)[1] or "")


def test_a_long_history_is_read_page_by_page_and_each_entry_is_on_one(app, database):
    letter_id = take_in(database)
    size = grow(database, letter_id, 2 * ON_A_PAGE + 30)
    client = signed_in(app, database)
    pages, query = [], "?show=all"
    while query is not None:
        text = page(client, letter_id, query)
        pages.append(shown(text))
        query = link(text, "Older") if ">Older<" in text else None

    assert [number for numbers in pages for number in numbers] == list(range(size))[::-1]
    assert len(pages[0]) == ON_A_PAGE
    last = page(client, letter_id, f"?show=all&before={pages[-1][0] + 1}")
    assert shown(page(client, letter_id, link(last, "Newer"))) == pages[-2]


QUERIES = ["?before=0", "?before=-5", "?before=999999", "?before=x", "?before=", "?check=x", "?show=x&after=0"]
QUERIES += ["?from=2026-13-01&to=9999-12-31&version=9", "?version=-1", "?of=%00&organisation=%00", "?act=99999999999"]
QUERIES += ["?q=%F0%9F%98%80", "?organisation=%25", "?from=9999-12-31", "?to=0001-01-01", "?act=3&show=emails&after=2"]


@pytest.mark.parametrize("query", QUERIES)
def test_no_question_breaks_the_page(app, database, letter_id, query):
    assert page(signed_in(app, database), letter_id, query)


def test_the_page_of_a_long_history_is_small_and_reads_the_names_that_it_shows(app, database, monkeypatch):
    letter_id = take_in(database, 26)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    monkeypatch.setattr(checked, "AT_ONCE", 100)
    grow(database, letter_id, 1500)
    client = signed_in(app, database)
    text, asked = page(client, letter_id), []
    with database.reading() as session:
        sa.event.listen(session.connection().engine, "before_cursor_execute", lambda *one: asked.append(one[2:4]))
    text = page(client, letter_id)

    assert len(text.encode()) < 100_000
    assert "All 1" in text
    assert "were not compared with them yet" in text
    assert len([one for one in asked if "log_entries" in one[0]]) <= 15
    assert not any("organisations" in statement and len(given) > 10 for statement, given in asked)


def test_what_was_checked_is_not_read_again_until_the_root_changes(app, database, monkeypatch):
    letter_id = take_in(database)
    size = grow(database, letter_id, 300)
    monkeypatch.setattr(checked, "AT_ONCE", 100)
    hashed = []

    def counted(entries, real=checked.merkle.leaf_hashes):
        found = real(entries)
        hashed.extend(found)
        return found

    monkeypatch.setattr(checked.merkle, "leaf_hashes", counted)
    with database.reading() as session:
        first = checked.look(session, letter_id)
        assert (first.size, len(hashed)) == (size, size)
        assert checked.look(session, letter_id) == first
        assert len(hashed) == size
    hashed.clear()
    grow(database, letter_id, 7)
    hashed.clear()
    with database.reading() as session:
        assert checked.look(session, letter_id).size == size + 7
    assert len(hashed) == 7


def test_a_short_history_is_checked_whole_and_the_page_says_when(app, database, letter_id):
    client = signed_in(app, database)
    assert "Intact: all" in page(client, letter_id)
    by_hand(database, "UPDATE invitations SET email = 'thief@example.org' WHERE letter_id = :letter", letter=letter_id)

    assert "Intact: all" in page(client, letter_id), "nobody has looked since; the page says when"
    assert "email is not the one that entry" in page(client, letter_id, "?check=everything")
    assert "email is not the one that entry" in page(client, letter_id), "it is not forgotten"


def test_the_next_entry_lets_a_short_history_be_checked_whole(app, database, letter_id):
    client = signed_in(app, database)
    page(client, letter_id)
    by_hand(database, "UPDATE invitations SET email = 'thief@example.org' WHERE letter_id = :letter", letter=letter_id)
    grow(database, letter_id, 1)

    assert "email is not the one that entry" in page(client, letter_id)


def test_a_long_history_says_what_it_did_not_check(app, database, monkeypatch):
    letter_id = take_in(database)
    size = grow(database, letter_id, 300)
    monkeypatch.setattr(checked, "AT_ONCE", 100)
    client = signed_in(app, database)

    text = page(client, letter_id)
    assert f"All {size} entries lead to what this server has signed" in text
    assert "were not compared with them yet" in text
    assert "Intact" not in text

    assert f"Intact: all {size} entries check out" in page(client, letter_id, "?check=everything")
    grow(database, letter_id, 1)
    text = page(client, letter_id)
    assert f"All {size + 1} entries lead to what this server has signed" in text
    assert "was last compared" in text
    assert f"with the first {size} entries" in " ".join(text.split())
    assert "Intact" not in text


def test_an_old_entry_changed_after_it_was_checked_is_found_by_the_next_check_of_everything(app, database, monkeypatch):
    """The page does not read it again: it says when it was checked. The command reads everything."""
    letter_id = take_in(database)
    size = grow(database, letter_id, 300)
    monkeypatch.setattr(checked, "AT_ONCE", 100)
    client = signed_in(app, database)
    page(client, letter_id, "?check=everything")
    statement = "UPDATE log_entries SET entry = :entry WHERE letter_id = :letter AND sequence = 3"
    by_hand(database, statement, entry=b"{}", letter=letter_id)

    text = page(client, letter_id)
    assert "when everything was last checked" in text
    assert live(database, letter_id).verdict.startswith("INVALID: ")
    assert "INVALID" in page(client, letter_id, "?check=everything")
    checked._known.clear()
    assert "INVALID" in page(client, letter_id), f"a new process reads all {size} entries once"


LAST = "letter_id = :letter AND sequence = (SELECT max(sequence) FROM log_entries)"
CHANGED = {
    "the head": "UPDATE log_heads SET size = size - 1 WHERE letter_id = :letter",
    "the frontier": "UPDATE log_heads SET frontier = '[]' WHERE letter_id = :letter",
    "a new entry": f"UPDATE log_entries SET entry = 'x' WHERE {LAST}",
    "a new entry of another kind": f"UPDATE log_entries SET entry = '[]' WHERE {LAST}",
    "the last entry": f"DELETE FROM log_entries WHERE {LAST}",
    "the newest checkpoint": "DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)",
    "its words": "UPDATE checkpoints SET note = replace(note, 'letters', 'lettres') WHERE letter_id = :letter",
    "its signature": "UPDATE checkpoints SET note = substr(note, 1, length(note) - 12) || 'AAAA' || "
    "substr(note, length(note) - 7) WHERE letter_id = :letter",
}


@pytest.mark.parametrize("statement", CHANGED.values(), ids=CHANGED.keys())
def test_whatever_is_new_and_does_not_continue_what_was_checked_is_said_at_once(app, database, monkeypatch, statement):
    letter_id = take_in(database)
    grow(database, letter_id, 200)
    monkeypatch.setattr(checked, "AT_ONCE", 100)
    client = signed_in(app, database)
    page(client, letter_id)
    grow(database, letter_id, 5)
    by_hand(database, statement, letter=letter_id)

    text = page(client, letter_id)
    assert "INVALID" in text
    assert "lead to what this server has signed" not in text
    assert "INVALID" in page(client, letter_id), "it stays so"


def test_names_that_are_withheld_stay_so_on_each_page(app, database, letter_id):
    with database.writing() as session:
        session.execute(
            sa.text("UPDATE invitations SET confidential = true WHERE letter_id = :letter"), {"letter": letter_id}
        )
    sign(database, letter_id)

    text = page(signed_in(app, database), letter_id)
    assert "an organisation whose name is withheld" in text.lower()
    assert "ORGA" not in text
    assert "Person A" not in text


# --- a letter's life as people read it --------------------------------------------------------------------------------


def words_of(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.partition('id="entries"')[2])))


def test_acts_come_first_and_the_emails_of_each_are_one_line_below_it(app, database):
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    deliver(database, letter_id, [])
    said = words_of(page(signed_in(app, database), letter_id))

    assert re.search(
        r"Opened the letter for signature\. · \w+ 3 emails \(invitation\): all accepted by the mail servers", said
    )
    assert re.search(r"Person A, Director, signed for ORGA\. .*proof Receipt to ORGA: accepted by the server of", said)
    assert said.index("Opened the letter for signature") < said.index("Locked version 1"), (
        "newest first: it was locked, then sent"
    )
    assert "to be sent" not in said


def test_mails_of_an_act_that_is_done_in_pieces_belong_to_it_and_have_a_page(app, database, monkeypatch):
    monkeypatch.setattr(batches, "AT_ONCE", 4)
    letter_id = take_in(database, 26)
    open_sign_off(database, letter_id)
    with database.reading() as session:
        act_number = next(one.sequence for one in history.entries(session, letter_id) if "open_sign_off" in one.action)
    sign_anything(database, letter_id)
    batch_job(database, letter_id)
    text = page(signed_in(app, database), letter_id)

    assert f"?act={act_number}" in text
    assert "26 emails (invitation): 26 on their way" in words_of(text)
    mails = page(signed_in(app, database), letter_id, f"?act={act_number}")
    assert len(shown(mails)) == 26
    with database.reading() as session:
        assert check_searched_of(session, letter_id) == []


def sign_anything(database, letter_id: str) -> None:
    """An act in between: the mails that are still to be queued are not its own."""
    act(database, drafts.set_terms, letter_id, terms(minimum=2), ANNA)


def check_searched_of(session, letter_id: str) -> list[str]:
    return list(audit.check_searched(session, audit.read_log(session, letter_id)))


def test_filters_find_what_they_say_and_count_it(app, database):
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    sign(database, letter_id, 1)
    client = signed_in(app, database)
    decisions = set(shown(page(client, letter_id)))
    kinds = [set(shown(page(client, letter_id, f"?show={kind}"))) for kind in ("comments", "settings", "emails")]
    with database.reading() as session:
        size = reading.size(session, letter_id)
        of = session.get_one(Letter, letter_id).invitations[1].id
    steps = set(range(size)) - decisions.union(*kinds)
    assert steps == set(), "every entry is of one kind; no mail was handed over yet"
    text = page(client, letter_id)
    assert f'All entries <span class="count">{size}</span>' in text
    assert f'Decisions <span class="count">{len(decisions)}</span>' in text

    by_name, by_id = (words_of(page(client, letter_id, f"?{query}")) for query in ("organisation=orgb", f"of={of}"))
    assert "signed for ORGB" in by_name
    assert "ORGA" not in by_name
    assert by_id == by_name
    assert "No entry matches" in page(client, letter_id, "?organisation=nobody")
    assert "signed for ORGB" in words_of(page(client, letter_id, "?q=person+orgb+signed"))
    assert "ORGA" not in words_of(page(client, letter_id, "?q=person+orgb+signed"))
    assert "Imported the letter" in page(client, letter_id, "?show=all&to=2099-01-01")
    assert "No entry matches" in page(client, letter_id, "?from=2028-01-01")
    assert "Imported the letter" not in page(client, letter_id, "?version=1")
    assert "signed for ORGA" in page(client, letter_id, "?version=1")
    assert "No entry matches" in page(client, letter_id, "?version=7")


def test_a_search_goes_on_further_back(app, database, monkeypatch):
    letter_id = take_in(database)
    grow(database, letter_id, 40)
    monkeypatch.setattr(timeline, "READ_AT_ONCE", 10)
    monkeypatch.setattr(timeline, "MOST_SEARCHED", 20)
    client = signed_in(app, database)
    text = page(client, letter_id, "?show=all&q=imported")
    assert shown(text) == []
    for _ in range(3):
        if ">Search further back<" not in text:
            break
        text = page(client, letter_id, link(text, "Search further back"))
    assert shown(text) == [0]


def test_an_entry_is_opened_to_its_bytes_its_proof_and_what_opens_it(app, database, letter_id):
    sign(database, letter_id)
    client = signed_in(app, database)
    with database.reading() as session:
        signed = next(one.sequence for one in history.entries(session, letter_id) if one.action == "invitation.sign")
        content = bytes(session.get_one(LogEntry, (letter_id, signed)).entry)
    there = f"/letters/{letter_id}/history/{signed}"
    text = client.get(there).text

    assert merkle.leaf_hash(content).hex() in text
    assert client.get(f"{there}/entry").data == content
    opening = json.loads(client.get(f"{there}/opening").data)
    assert history.commitment(bytes.fromhex(opening["salt"]), opening["payload"]) == json.loads(content)["commitment"]
    assert opening["payload"]["name"] == "Person A"
    assert client.get(f"{there}/proof").text.startswith("c2sp.org/tlog-proof@v1")
    with database.writing() as session:
        session.execute(
            sa.text("UPDATE invitations SET confidential = true WHERE letter_id = :letter"), {"letter": letter_id}
        )
    assert "Person A" not in client.get(there).text
    assert client.get(f"{there}/opening").status_code == 404
    assert client.get(f"/letters/{letter_id}/history/99999").status_code == 404
    assert client.get(f"{there}/nothing").status_code == 404
