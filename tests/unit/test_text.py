"""A letter's text: its canonical form, its digest, its readings, its changes."""

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.letter import text
from workflow.letter.text import Cosigner, Letter, Recipient, Signature

LINE = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
BLOCK = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
LETTERS = st.builds(
    Letter,
    language=st.sampled_from(["en", "fr", "ar"]),
    subject=LINE,
    recipients=st.lists(
        st.builds(Recipient, name=LINE, title=LINE, office=LINE, address=st.lists(LINE, max_size=3).map(tuple)),
        max_size=3,
    ).map(tuple),
    salutation=LINE,
    body=BLOCK,
    closing=LINE,
)


@pytest.mark.slow
@given(LETTERS)
def test_the_canonical_form_read_back_has_the_same_digest(letter):
    assert text.from_canonical(letter.canonical()).digest() == letter.digest()


@pytest.mark.slow
@given(LETTERS)
def test_cleaning_twice_is_cleaning_once(letter):
    again = text.from_canonical(letter.canonical())

    assert again.canonical() == letter.canonical()


def test_the_digest_can_be_recomputed_with_nothing_but_json_and_sha256():
    import hashlib

    letter = Letter(subject="Zoë", recipients=(Recipient("A", "B", "C", ("x",)),), body="Hello\r\nworld  \n")
    plain = {
        "body": "Hello\nworld",
        "closing": "",
        "language": "en",
        "recipients": [{"address": ["x"], "name": "A", "office": "C", "title": "B"}],
        "salutation": "",
        "subject": "Zoë",
    }
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    assert letter.digest() == hashlib.sha256(canonical).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Hello world."},
        {"salutation": "Dear Sir,"},
        {"closing": "Yours,"},
        {"subject": "Other"},
        {"language": "fr"},
        {"recipients": (Recipient("B"),)},
        {"recipients": (Recipient("A", address=("street",)),)},
    ],
)
def test_whatever_is_signed_changes_the_digest(other):
    fields = {"body": "Hello.", "recipients": (Recipient("A"),)}

    assert Letter(**fields).digest() != Letter(**(fields | other)).digest()


def test_a_mail_address_is_no_part_of_what_is_signed():
    one, other = Recipient("A", email="a@example.org"), Recipient("A", email="b@example.org")

    assert Letter(recipients=(one,)).digest() == Letter(recipients=(other,)).digest()


def test_composed_and_decomposed_letters_are_one_text():
    assert Letter(body="Zoë").digest() == Letter(body=unicodedata.normalize("NFD", "Zoë")).digest()


WORD = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)
MARKDOWN = st.lists(
    st.one_of(
        st.lists(WORD, min_size=1, max_size=12).map(" ".join),
        st.lists(WORD, min_size=1, max_size=4).map(lambda words: "\n".join(f"- {word}" for word in words)),
        st.lists(WORD, min_size=1, max_size=4).map(
            lambda words: "\n".join(f"{n}. {w}" for n, w in enumerate(words, 1))
        ),
        WORD.map(lambda word: f"# {word}"),
        WORD.map(lambda word: f"> {word}"),
        WORD.map(lambda word: f"**{word}** and *{word}*"),
        WORD.map(lambda word: f"[^{word}]: a note"),
        WORD.map(lambda word: f"[{word}]: http://example.org"),
        WORD.map(lambda word: f"```\n{word}\n```"),
    ),
    max_size=8,
).map("\n\n".join)


def spoken(rendered):
    return re.findall(r"[A-Za-z0-9]+", rendered)


@pytest.mark.slow
@given(MARKDOWN)
def test_no_word_of_a_body_is_lost_on_the_page_or_in_the_mail(body):
    html = re.sub(r"<[^>]*>", " ", text.to_html(body))

    for word in spoken(body):
        assert word in spoken(html) or word.isdigit()
        assert word in spoken(text.to_plain(body))


@given(BLOCK)
def test_the_paragraphs_together_are_the_body(body):
    joined = re.sub(r"\s", "", "".join(text.paragraphs(body)))

    assert joined == re.sub(r"\s", "", text.clean_block(body))


@given(BLOCK)
def test_a_page_shows_no_tag_that_was_written_in_the_text(body):
    html = text.to_html(body + "\n\n<script>x</script><img src=x onerror=y>")

    assert "<script" not in html
    assert "<img" not in html


def test_lists_deep_in_lists_keep_their_words():
    body = "\n".join("  " * depth + f"- level{depth}" for depth in range(60))

    assert "level59" in text.to_html(body)


def test_a_link_is_followed_by_its_address_in_a_mail():
    assert text.to_plain("See [the report](https://example.org/r).") == "See the report <https://example.org/r>."


def test_a_signature_names_the_organisation_with_its_acronym_once():
    assert Signature("A", "Director", "Rights Watch", "RW").lines == ("A", "Director", "Rights Watch (RW)")
    assert Signature("A", "", "RW", "RW").lines == ("A", "RW")
    assert Cosigner("Rights Watch").required is False


def test_a_line_that_is_clean_stays_as_it_is():
    assert text.clean_line("0 \x00 0") == "0 0"
    assert text.clean_line(text.clean_line("a\u2003\x07\u2003b")) == "a b"


def test_a_table_is_a_line_for_each_row_in_a_mail():
    assert text.to_plain("| Year | Arrests |\n| --- | --- |\n| 2025 | 17 |") == "Year | Arrests\n2025 | 17"
