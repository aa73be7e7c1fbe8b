"""The list of co-signers: found by what people type, filtered, put in order, paged; the same on both databases."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.browsing import invitation_id, read, signed_in
from tests.support.cases import each
from tests.support.factories import ANNA, act, digest, link_ids, open_sign_off, sign, take_in, terms, words
from workflow.campaigns import drafts, invitations
from workflow.letter import text
from workflow.pages.staff import cosigner_list
from workflow.signoffs import answers

ORGANISATIONS = (
    ("Łódź Forum", "ŁF", "Żaneta Ślązak", "kontakt@lodz.example"),
    ("Ένωση Ελλήνων Δικαστών", "ΕΕΔ", "Άννα", "athens@example.org"),
    ("Комитет Ёлочка", "КЁ", "Йосиф", "moskva@example.org"),
    ("جمعيّة حقوق الإنسان", "", "آمنة", "cairo@example.org"),
    ("Association d’été", "AÉ", "Zoé 100%_", "ete@example.org"),
)


@pytest.fixture
def client(app, database):
    return signed_in(app, database)


@pytest.fixture
def letter_id(database):
    asked = [text.Cosigner(name, acronym, who, "", email) for name, acronym, who, email in ORGANISATIONS]
    return act(database, _take_in, asked)


def _take_in(session, asked):
    return drafts.take_in(session, words(), asked, ANNA, dated=None, terms=terms()).id


def listed(client, letter_id, **asked):
    """The names on a page of the list, and the addresses of the pages beside it."""
    page = client.get(f"/letters/{letter_id}/cosigners?{urlencode(asked)}")
    assert page.status_code == 200
    tree = read(page)
    names = [one.text_content().strip() for one in tree.xpath('//*[@id="found"]//tr//strong')]
    beside = {link.get("rel"): link.get("href") for link in tree.xpath("//a[@rel]")}
    return [re.sub(r" \(.*\)$", "", name) for name in names], beside


@each(
    ("typed", "found"),
    [
        ("lodz", 0), ("ŁÓDŹ", 0), ("zaneta slazak", 0), ("lf", 0), ("LODZ.EXAMPLE", 0),
        ("ενωση", 1), ("ΈΝΩΣΗ ελληνων", 1), ("αννα", 1),
        ("елочка", 2), ("КОМИТЕТ", 2), ("иосиф", 2),
        ("جمعية", 3), ("الانسان", 3), ("امنه", 3), ("جمـــعيّة", 3),
        ("ete", 4), ("ÉTÉ ass", 4), ("100%_", 4), ("zoe ete@example", 4),
    ],
)  # fmt: skip
def test_a_word_is_found_without_its_case_accents_and_marks_in_every_script(client, letter_id, typed, found):
    assert listed(client, letter_id, q=typed)[0] == [ORGANISATIONS[found][0]]


@each("typed", ["x" * 500, "nobody", "lodz ete", "\x00a\x00b", "zz%", "l_dz"])
def test_what_nobody_is_called_finds_nobody(client, letter_id, typed):
    assert listed(client, letter_id, q=typed)[0] == []


@each("asked", [{"q": "%"}, {"q": "  "}, {"show": "x"}, {"order": "y"}, {"after": "'"}, {"before": "0" * 32}])
def test_what_cannot_be_asked_for_is_the_whole_list(client, letter_id, asked):
    assert listed(client, letter_id, **asked)[0] == [name for name, *_ in ORGANISATIONS]


@given(st.text(max_size=40))
def test_folding_again_changes_nothing(typed):
    once = text.folded(typed)

    assert text.folded(once) == once


@given(st.text(alphabet="aéñçüøłßæœŚżёйЖάΣςώإأةىـ ", max_size=20))
def test_capitals_fold_as_small_letters(typed):
    assert text.folded(typed.upper()) == text.folded(typed)


def test_a_contact_that_was_changed_and_who_has_really_signed_are_found(client, database):
    letter_id = take_in(database, 3)
    act(database, invitations.set_contact, letter_id, invitation_id(database, letter_id), "neu@example.net", ANNA)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 1)

    assert listed(client, letter_id, q="NEU@example.net")[0] == ["Organisation A"]
    assert listed(client, letter_id, q="a@example.org")[0] == []
    assert listed(client, letter_id, q="person a", show="signed")[0] == ["Organisation B"]


def test_each_filter_shows_whom_it_says_and_as_many(client, database):
    letter_id = take_in(database, 5)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    act(database, answers.decline, link_ids(database, letter_id)[1], digest(database, letter_id), "No.", shared=False)
    act(database, invitations.revoke, letter_id, invitation_id(database, letter_id, 2), ANNA)

    shown = {show: listed(client, letter_id, show=show)[0] for show in cosigner_list.SHOWN}

    assert shown["signed"] == ["Organisation A"]
    assert shown["declined"] == ["Organisation B"]
    assert shown["silent"] == ["Organisation D", "Organisation E"]
    assert (len(shown[""]), shown["odd"], shown["to_confirm"], shown["bounced"]) == (5, [], [], [])
    filters = read(client.get(f"/letters/{letter_id}/cosigners")).find_class("filters")[0]
    assert [one.text_content().split()[-1] for one in filters] == ["5", "1", "2", "1"]


def many(database, count=120):
    asked = [text.Cosigner(f"Organisation {n:03}", "", "", "", f"o{n}@example.org") for n in range(count)]
    return act(database, _take_in, asked)


@pytest.mark.parametrize("order", cosigner_list.ORDERS)
def test_pages_give_each_once_there_and_back_whatever_is_added_meanwhile(client, database, order):
    letter_id = many(database)
    seen, where = [], f"/letters/{letter_id}/cosigners?{urlencode({'order': order})}"
    while where:
        asked = dict(pair.split("=") for pair in where.partition("?")[2].split("&"))
        names, beside = listed(client, letter_id, **asked)
        seen.append(names)
        act(database, invitations.invite, letter_id, text.Cosigner(f"Organisation 000 {len(seen)}"), ANNA)
        where = beside.get("next")

    before = [name for names in seen for name in names if not re.search(r"000 \d", name)]
    assert sorted(before) == sorted(set(before))
    assert len(before) == 120
    assert [len(names) for names in seen[:2]] == [50, 50]
    back = dict(pair.split("=") for pair in beside["prev"].partition("?")[2].split("&"))
    again = [name for name in listed(client, letter_id, **back)[0] if not re.search(r"000 \d", name)]
    assert again == [name for name in seen[1] if not re.search(r"000 \d", name)] or order == "name"
