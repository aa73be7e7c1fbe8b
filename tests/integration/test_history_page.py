"""The page of a long history: some entries of it, and what it says of what was checked."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from tests.integration.test_proofs import by_hand, grow
from tests.support.browsing import signed_in
from tests.support.evidence import live
from tests.support.factories import open_sign_off, sign, take_in
from workflow.history import checked
from workflow.pages.history_view import ON_A_PAGE


@pytest.fixture(autouse=True)
def no_process_knows_anything():
    checked._known.clear()


def page(client, letter_id: str, query: str = "") -> str:
    answer = client.get(f"/letters/{letter_id}/history{query}")
    assert answer.status_code == 200
    return answer.text


def shown(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'<span class="seq">(\d+)</span>', text)]


def link(text: str, words: str) -> str:
    return re.search(rf'<a href="[^"?]*(\?[^"]*)?">{words}</a>', text)[1] or ""


def test_a_long_history_is_read_page_by_page_and_each_entry_is_on_one(app, database):
    letter_id = take_in(database)
    size = grow(database, letter_id, 2 * ON_A_PAGE + 30)
    client = signed_in(app, database)
    pages, query = [], ""
    while query is not None:
        text = page(client, letter_id, query)
        pages.append(shown(text))
        query = link(text, "Older") if ">Older<" in text else None

    assert [number for numbers in pages for number in numbers] == list(range(size))[::-1]
    assert len(pages[0]) == ON_A_PAGE
    last = page(client, letter_id, f"?before={pages[-1][0] + 1}")
    assert shown(page(client, letter_id, link(last, "Newer"))) == pages[-2]


@pytest.mark.parametrize("query", ["?before=0", "?before=-5", "?before=999999", "?before=x", "?before=", "?check=x"])
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
    assert len([one for one in asked if "log_entries" in one[0]]) <= 2
    assert not any("organisations" in statement and len(given) > 10 for statement, given in asked)


def test_what_was_checked_is_not_read_again_until_the_root_changes(app, database, monkeypatch):
    letter_id = take_in(database)
    size = grow(database, letter_id, 300)
    monkeypatch.setattr(checked, "AT_ONCE", 100)
    hashed = []
    monkeypatch.setattr(
        checked.merkle, "leaf_hash", lambda entry, real=checked.merkle.leaf_hash: hashed.append(1) or real(entry)
    )
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
