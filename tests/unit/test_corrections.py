"""What counts as a small correction: a distance over words and signs, in every script, at once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import BODY, words
from workflow.letter.text import Recipient
from workflow.verify import corrections
from workflow.verify.bundle import read_json
from workflow.verify.corrections import LONGEST_WORD, SMALL, TOKENS, is_small, strokes

PIECES = st.sampled_from(
    ["word", "not", "5%", "5", "$40", "中国", "ไทย", "“", ".", ",", "# ", "- ", "> ", "\n", "\n\n", "    ", " ", "  "]
    + ["don't", "[link](https://a.example)", "*", "`", "हिन्दी", "عربي", "\u200b", "\u00a0", "x" * 41, "\0"]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)
MANY = 10_000


def small(old: str, new: str, **changes) -> bool:
    before, after = words(body=old), words(body=new, **changes)
    return is_small(read_json(before.canonical()), read_json(after.canonical()))


@pytest.mark.slow
@given(TEXTS, TEXTS)
def test_a_distance_is_the_same_both_ways_and_nothing_only_for_the_same_text(one, other):
    assert strokes(one, other, MANY) == strokes(other, one, MANY)
    assert (strokes(one, other, MANY) == 0) == (one == other)


@pytest.mark.slow
@given(TEXTS, TEXTS, TEXTS)
def test_two_corrections_are_never_smaller_than_one(one, between, other):
    assert strokes(one, other, MANY) <= strokes(one, between, MANY) + strokes(between, other, MANY)


@pytest.mark.slow
@given(TEXTS, TEXTS)
def test_it_is_the_longest_common_sequence_of_words_and_signs(one, other):
    before, after = list(corrections._tokens(one)), list(corrections._tokens(other))
    common = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i, a in enumerate(before):
        for j, b in enumerate(after):
            common[i + 1][j + 1] = common[i][j] + 1 if a == b else max(common[i][j + 1], common[i + 1][j])

    least = len(before) + len(after) - 2 * common[-1][-1]

    assert strokes(one, other, MANY) == least
    assert strokes(one, other, 3) == min(least, 4)


@pytest.mark.slow
@given(st.lists(st.sampled_from(["a", "b", "support", "न्याय"]), min_size=1, max_size=30), st.data())
def test_no_edit_counts_more_than_was_struck_and_added(said, data):
    edited, edits = list(said), 0
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(edited)))
        if place < len(edited) and data.draw(st.booleans()):
            del edited[place]
        else:
            edited.insert(place, data.draw(st.sampled_from(["new", "a"])))
        edits += 1

    assert strokes(" ".join(said), " ".join(edited), MANY) <= edits


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5%", "5"),
        ("$40", "€40"),
        ("[word](https://a.example)", "[word](https://b.example)"),
        ("a paragraph", "    a paragraph"),
        ("a paragraph", "# a paragraph"),
        ("one\ntwo", "one\n\ntwo"),
        ("one two", "one\ntwo"),
        ("one two", "onetwo"),
        ("one two", "one\u00a0two"),
        ("we support", "we do not support"),
        ("Release the nineteen, not the guards", "Release the nineteen not, the guards"),
        ("resume", "re\u00adsume"),
    ],
)
def test_every_change_that_can_be_meant_counts(old, new):
    assert strokes(old, new, MANY) > 0


@pytest.mark.parametrize(
    "hidden",
    [
        "x" * 10_000,
        "释放被拘留者" * 20,
        "ปล่อยตัวผู้ถูกคุมขัง" * 5,
        "ដោះលែងអ្នកជាប់ឃុំ" * 5,
        "we-do-not-support-this-" * 10,
        "WeDoNot" * 7,
    ],
    ids=["one long word", "Chinese", "Thai", "Khmer", "hyphens", "glued"],
)
def test_nothing_hides_in_one_word(hidden):
    assert not small(BODY, f"{BODY} {hidden}")


REQUEST = "We ask you to release them, " + "and to drop the charges against each of them, " * 5 + "now"


@pytest.mark.parametrize(
    "hidden",
    [
        f"``` {REQUEST}\n```",
        f"~~~ {REQUEST}\n~~~",
        f'[.](tel: "{REQUEST}")',
        f"[.](<tel:{REQUEST}>)",
        f"|a|\n|-|\n|.|{REQUEST}|",
        f"Thank you.[^1]\n\n[^1]: {REQUEST}",
        f"^[{REQUEST}]",
    ],
    ids=["named code", "named code of tildes", "tip", "target", "cell too many", "note", "note in the line"],
)
def test_signs_that_take_a_paragraph_from_the_page_are_no_small_correction(hidden):
    before, after = f"We write.\n\n{REQUEST}\n\nThank you.", f"We write.\n\n{hidden}\n\nThank you."

    assert strokes(before, after, MANY) <= SMALL
    assert not small(before, after)
    assert small(before, before.replace("We write", "*We* [write](tel:1)[^a]") + "\n\n[^a]: Again.")


def test_forty_is_small_and_forty_one_is_not():
    assert small(BODY, BODY + " word" * SMALL)
    assert not small(BODY, BODY + " word" * (SMALL + 1))
    assert not small("word " * 50 + "end", "other " * 21 + "word " * 29 + "end")
    assert small(BODY, f"{BODY} {'x' * LONGEST_WORD}")


def test_body_and_closing_are_counted_together():
    assert small(BODY, BODY + " word" * 39, closing="Sincerely yours,")
    assert not small(BODY, BODY + " word" * 40, closing="Sincerely yours,")


@pytest.mark.parametrize(
    "changes",
    [{"subject": "Another"}, {"salutation": "Dear Sir,"}, {"language": "fr"}, {"recipients": (Recipient("John Doe"),)}],
)
def test_whom_it_speaks_to_of_what_and_in_which_language_stays_the_same(changes):
    assert not small(BODY, BODY, **changes)


def test_every_text_is_put_together_again_from_its_tokens():
    text = "Of “5 %”,  a\n\n    b 中国 " + "y" * 50 + " end "
    assert "".join(found[0] for found in TOKENS.finditer(text)) == text


@pytest.mark.slow
@pytest.mark.parametrize("word", ["的", "a ", "word, ", "\n\n", "x" * 50 + " "])
def test_a_long_text_is_counted_at_once(word):
    many = word * (200_000 // len(word))
    other = many[: len(many) // 2] + " one two three " + many[len(many) // 2 :]
    begun = time.process_time()
    strokes(many, other, SMALL)
    strokes(many, many[::-1] + "q", SMALL)

    assert time.process_time() - begun < 2
