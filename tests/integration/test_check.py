"""“Check the letter”: each part beside its source, doubts settled at their place, and no word lost on the way."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.browsing import csrf, read, signed_in
from tests.support.factories import ANNA, act, actions, findings, open_sign_off
from workflow import imports
from workflow.campaigns import drafts, intake
from workflow.errors import ConflictError, InputError, RefusedError
from workflow.imports import mending
from workflow.letter import text
from workflow.models import Intake, Letter

LETTER = """Rights Watch International
Box 12, Port Town

Jane Doe
Minister of Justice
Ministry of Justice
1 High Street

03/04/2020

Dear Minister,

{body}

Sincerely,

John Smith
Director, Rights Watch International (RWI)

Mary Jones
President, Lawyers for Water (LFW)

cc: The Ambassador
"""
LINES = (
    "We write to you about a matter that cannot wait any longer, for it is",
    "about the lives of people who have done nothing but speak their minds.",
    "They were taken from their homes at night and have not been seen since",
    "by anybody who could say where they are and whether they are well now.",
    "On 3 May a court was to hear them, but nobody brought them there alive.",
    "Their families wait before the gates of the prison every single morning.",
    "We ask you to say where they are, and to let their lawyers see them now.",
    "It is no more than the law of your own country asks of you, as you know.",
)


def kept(database, pasted: str) -> str:
    """A letter that was taken in as it was pasted."""
    return act(database, intake.take_in, imports.read(pasted.encode()), ANNA).id


def doubts(database, letter_id):
    with database.reading() as session:
        return intake.unsettled(session, session.get_one(Letter, letter_id))


def letter(database, letter_id):
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        return row.text(), row.version, row.date


def settle(database, letter_id, kind, choice):
    one = next(doubt for doubt in doubts(database, letter_id) if doubt["kind"] == kind)
    act(database, intake.settle, letter_id, one["id"], choice, ANNA, version=letter(database, letter_id)[1])


@pytest.fixture
def taken(database):
    return kept(database, LETTER.format(body="\n".join(LINES)))


def test_doubts_are_kept_with_their_kind_and_lines_until_they_are_settled(database, taken):
    found = {one["kind"]: one for one in doubts(database, taken)}

    assert {"two_dates", "no_subject", "below"} <= set(found)
    assert not {"no_email", "no_contacts"} & set(found)
    assert found["two_dates"]["lines"] == [9]
    settle(database, taken, "two_dates", "other")
    assert letter(database, taken)[2].isoformat() == "2020-03-04"
    assert "two_dates" not in {one["kind"] for one in doubts(database, taken)}
    assert actions(database, taken)[-1] == "letter.edited"
    assert findings(database, taken) == []


def test_lines_that_were_left_out_are_given_their_place(database, taken):
    settle(database, taken, "below", "text")
    assert letter(database, taken)[0].body.endswith("\n\ncc: The Ambassador")

    other = kept(database, LETTER.format(body="\n".join(LINES)))
    settle(database, other, "below", "cosigner")
    with database.reading() as session:
        assert len(session.get_one(Letter, other).invitations) == 3

    third = kept(database, LETTER.format(body="\n".join(LINES)))
    settle(database, third, "below", "recipient")
    assert len(letter(database, third)[0].recipients) == 2
    assert findings(database, third) == []


def test_what_is_missing_is_no_doubt_any_more_once_it_is_there(database, taken):
    words, version, dated = letter(database, taken)
    assert "no_subject" in {one["kind"] for one in doubts(database, taken)}

    titled = dataclasses.replace(words, subject="Say where they are")
    act(database, drafts.edit, taken, titled, ANNA, version=version, dated=dated)

    assert "no_subject" not in {one["kind"] for one in doubts(database, taken)}


def test_a_doubt_is_settled_of_the_draft_that_was_seen(database, taken):
    one = next(doubt for doubt in doubts(database, taken) if doubt["kind"] == "below")
    words, version, dated = letter(database, taken)
    act(database, drafts.edit, taken, words, ANNA, version=version, dated=dated)

    with pytest.raises(ConflictError):
        act(database, intake.settle, taken, one["id"], "text", ANNA, version=version)
    with pytest.raises(InputError):
        act(database, intake.settle, taken, one["id"], "split", ANNA, version=version + 1)
    assert one["id"] in {doubt["id"] for doubt in doubts(database, taken)}


def test_doubts_are_gone_once_the_text_is_before_the_co_signers(database, taken):
    assert act(database, intake.settle_rest, taken, ANNA) > 1
    assert doubts(database, taken) == []


WORDS = ("we", "write", "about", "water", "and", "law", "for", "you", "all", "as", "they", "know", "it")
SENTENCE = st.lists(st.sampled_from(WORDS), min_size=4, max_size=9)


@settings(max_examples=60, deadline=None)
@given(st.lists(SENTENCE, min_size=2, max_size=6), st.data())
def test_no_word_is_lost_whatever_is_split_and_joined(sentences, data):
    said = [" ".join(words).capitalize() + "." for words in sentences]
    body = "\n\n".join(said)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(said) - 2))
        do = data.draw(st.sampled_from([mending.split, mending.join]))
        try:
            made = do(body, said[place], said[place + 1])
        except RefusedError:
            continue
        assert re.findall(r"\w+", made) == re.findall(r"\w+", body)
        assert len(text.paragraphs(made)) == len(text.paragraphs(body)) + (1 if do is mending.split else -1)
        body = made


@pytest.mark.parametrize(
    "after", ["1. is no list.", "- is no item.", "# is no heading.", "> is no quote.", "+ a plus."]
)
def test_what_a_paragraph_begins_with_after_a_split_is_no_mark(after):
    body = f"We write. {after}"

    made = mending.split(body, "We write.", after)

    assert text.to_plain(made) == f"We write.\n\n{after}"
    assert len(text.paragraphs(made)) == 2


def test_a_word_is_closed_where_it_stands_once():
    assert mending.close("A co-operation of all.", "co-operation") == "A cooperation of all."
    with pytest.raises(RefusedError):
        mending.close("A co-operation, and a co-operation.", "co-operation")


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(app, database):
    return signed_in(app, database)


def paste(client, words, **more):
    page = client.get("/letters/new")
    return client.post("/letters", data={"csrf_token": csrf(page), "pasted": words, "campaign": "", **more})


def test_a_letter_is_led_to_its_check_and_shows_its_source_beside_its_parts(client, database):
    made = paste(client, LETTER.format(body="\n".join(LINES)))

    assert made.location.endswith("/check")
    page = client.get(made.location)
    shown = read(page)
    numbers = [int(one.text) for one in shown.xpath("//*[@class='source']//*[@class='count']")]
    assert numbers == sorted(set(numbers))
    assert "Ministry of Justice" in shown.xpath("//*[@class='read'][contains(., 'Recipient')]")[0].text_content()
    letter_id = made.location.split("/")[-2]
    assert letter(database, letter_id)[0].digest() in page.text
    assert "2 co-signers’ email addresses missing" in page.text
    assert "We took 3 April 2020, not 4 March 2020." in page.text
    own = client.get(made.location.removesuffix("/check")).text
    assert f"{len(doubts(database, letter_id))} doubts to settle" in own and "2 email addresses missing" in own


def test_doubts_are_settled_on_the_page_until_none_is_left(client, database):
    made = paste(client, LETTER.format(body="\n".join(LINES)))
    letter_id = made.location.split("/")[-2]
    for _ in range(20):
        page = client.get(made.location)
        form = read(page).xpath("//form[.//*[@name='choice']]")
        if not form:
            break
        choice = form[0].xpath(".//button[@name='choice']/@value|.//select/option/@value")[-1]
        version = form[0].xpath(".//input[@name='version']/@value")[0]
        done = client.post(form[0].get("action"), data={"csrf_token": csrf(page), "choice": choice, "version": version})
        assert done.status_code == 303
        assert letter(database, letter_id)[0].digest() in client.get(made.location).text
    assert doubts(database, letter_id) == []
    assert "Nothing is left to settle" in client.get(made.location).text or "missing" in page.text


def test_a_draft_that_was_saved_meanwhile_is_shown_as_it_is_now(client, database):
    made = paste(client, LETTER.format(body="\n".join(LINES)))
    letter_id = made.location.split("/")[-2]
    page = client.get(made.location)
    words, version, dated = letter(database, letter_id)
    act(database, drafts.edit, letter_id, words, ANNA, version=version, dated=dated)
    one = next(doubt for doubt in doubts(database, letter_id) if doubt["kind"] == "below")

    late = client.post(
        f"{made.location}/{one['id']}", data={"csrf_token": csrf(page), "choice": "text", "version": version}
    )

    assert (late.status_code, letter(database, letter_id)[1]) == (409, version + 1)
    assert "Someone else saved this draft" in late.text
    assert len(doubts(database, letter_id)) > 1


def test_the_page_stays_when_the_letter_is_on_its_way(client, database):
    made = paste(client, LETTER.format(body="\n".join(LINES)))
    letter_id = made.location.split("/")[-2]
    with database.writing() as session:
        row = session.get_one(Letter, letter_id)
        for number, invitation in enumerate(row.invitations):
            invitation.email = f"a{number}@example.org"
        for recipient in row.recipients:
            recipient.email = "office@example.org"
    open_sign_off(database, letter_id)

    page = client.get(made.location)

    assert (page.status_code, doubts(database, letter_id)) == (200, [])
    assert not read(page).xpath("//*[@name='choice']")
    with database.reading() as session:
        assert session.query(Intake).filter_by(letter_id=letter_id).one().source
