"""What changed between two texts: found once, and the same words struck and added on pages, in mails and in Word."""

import html
import io
import re
import zipfile
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.support.factories import words
from tests.support.pieces import bodies
from workflow import documents
from workflow.letter import comparison
from workflow.letter.comparison import Block, Token

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ROOT = Path(__file__).parent.parent.parent
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def changed(old, new, **other):
    """The pieces of every paragraph that changed."""
    found = documents.changes(words(body=old), words(body=new, **other))
    return [change.pieces for change in found if change.kind != "same"]


# --- as pages and mails say it -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("Two is here.", "Two is here. And more.", [("same", "Two is here."), ("added", " And more.")]),
        ("**Free** them.", "Free them.", [("removed", "**Free**"), ("added", "Free"), ("same", " them.")]),
        ("# Why", "## Why", [("removed", "# "), ("added", "## "), ("same", "Why")]),
        ("- free them", "1. free them", [("removed", "- "), ("added", "1. "), ("same", "free them")]),
        (
            "[all we know](https://a.example)", "[all we know](https://b.example)",
            [("removed", "[all we know](https://a.example)"), ("added", "[all we know](https://b.example)")],
        ),
        (
            "| a | b |\n| - | - |\n| 1 | 17 |", "| a | b |\n| - | - |\n| 1 | 18 |",
            [("same", "a | b\n1 | "), ("removed", "17"), ("added", "18")],
        ),
        (
            "As we said[^1].\n\n[^1]: In May.", "As we said[^1].\n\n[^1]: In June.",
            [("same", "As we said"), ("removed", "[1: In May.]"), ("added", "[1: In June.]"), ("same", ".")],
        ),
    ],
    ids=["words", "looks", "a heading", "a list", "a link", "a cell", "a note"],
)  # fmt: skip
def test_what_changed_is_said_with_its_marks(old, new, pieces):
    assert changed(old, new) == [tuple(pieces)]


def test_the_items_of_a_list_are_said_with_their_numbers():
    assert changed("3. one\n4. two", "3. one\n4. two\n5. three") == [(("added", "5. three"),)]


def test_an_address_is_one_paragraph_line_by_line():
    (found,) = [one for one in documents.changes(words(), words(recipients=())) if one.kind != "same"]

    assert found.pieces == (("removed", "Jane Doe\nMinister\nMinistry of Justice\n1 High Street\nPort Town"),)


def test_of_two_paragraphs_alike_the_nearer_one_was_changed():
    first = "We ask you to free the seventeen who are held in Port Town."
    second = "We ask you to free the nineteen who were held in Old Port."

    assert changed(f"{first}\n\n{second}", second.replace("Old", "Far")) == [
        (("removed", first),),
        (
            ("same", "We ask you to free the nineteen who were held in "), ("removed", "Old"), ("added", "Far"),
            ("same", " Port."),
        ),
    ]  # fmt: skip


# --- everywhere the same -------------------------------------------------------------------------------------------

BODY = bodies(
    "river", "dam", "people", "we", "ask", "**now**", "*free*", "them", "no.", "[a *b*](https://example.org)", "[^n]"
)


def templates(folder):
    """The templates of pages or of mails, with nothing around what changed."""
    read = jinja2.FileSystemLoader(ROOT / "templates" / folder)
    words = ["jinja2.ext.i18n"]
    made = jinja2.Environment(loader=read, undefined=jinja2.ChainableUndefined, autoescape=True, extensions=words)
    made.globals["_"] = made.globals["gettext"] = made.globals["ngettext"] = lambda said, *_, **__: said
    return made


PAGES, MAILS = templates("pages"), templates("emails")


def in_word(before, after):
    """The letters that a redline shows as struck, added or the same, in order."""
    archive = zipfile.ZipFile(io.BytesIO(documents.render_redline(before, after, "Anna", AT)))
    notes = {}
    if "word/footnotes.xml" in archive.namelist():
        for note in etree.fromstring(archive.read("word/footnotes.xml")):
            notes[note.get(f"{W}id")] = "".join(note.itertext())
    found = []
    for run in etree.fromstring(archive.read("word/document.xml")).iter(f"{W}r"):
        around = {element.tag.removeprefix(W) for element in run.iterancestors()}
        kind = "removed" if around & {"del", "moveFrom"} else "added" if around & {"ins", "moveTo"} else "same"
        said = "".join(run.itertext())
        if kind != "same":
            said += "".join(notes[mark.get(f"{W}id")] for mark in run.iter(f"{W}footnoteReference"))
        found.append((kind, said))
    return letters(found)


def in_html(shown):
    """The same from HTML with <ins> and <del>."""
    found = re.findall(r"<ins>(.*?)</ins>|<del>(.*?)</del>|([^<]+)|<[^>]*>", shown, re.DOTALL)
    return letters([("added" if a else "removed" if r else "same", html.unescape(a or r or s)) for a, r, s in found])


def letters(pieces):
    """What changed, by its letters alone: without marks, targets of links, numbers and blanks."""
    bare = [(kind, re.sub(r"[^a-z]", "", re.sub(r"\]\([^)]*\)", "", said.casefold()))) for kind, said in pieces]
    told = [(kind, said) for kind, said in bare if said and kind != "same"]
    return [(kind, "".join(said for _, said in group)) for kind, group in groupby(told, key=lambda piece: piece[0])]


@pytest.mark.slow
@given(BODY, BODY, st.sampled_from(["In May.", "In *June*."]), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_same_words_are_struck_and_added_on_pages_in_mails_and_in_word(before, other, note, random):
    after = [block for block in before if random.random() < 0.7] + [block for block in other if random.random() < 0.5]
    random.shuffle(after)
    old = words(body="\n\n".join([*before, "[^n]: In May."]))
    new = words(body="\n\n".join([*after, f"[^n]: {note}"]), closing="Respectfully,")
    changes = [change for change in documents.changes(old, new) if change.kind != "same"]

    page = PAGES.get_template("parts.html").module.changes(changes)
    mail = MAILS.get_template("revised/body.html").render(changes=changes)
    said = letters([piece for change in changes for piece in change.pieces])

    assert said == in_word(old, new)
    assert said == in_html(str(page))
    assert said == in_html(mail)


@pytest.mark.slow
@given(BODY, BODY)
def test_the_changes_hold_both_texts(before, after):
    old, new = words(body="\n\n".join(before)), words(body="\n\n".join(after))
    changes = documents.changes(old, new)

    for text, gone in ((old, "added"), (new, "removed")):
        kept = [("kept", words) for change in changes for kind, words in change.pieces if kind != gone]
        alone = [piece for change in documents.changes(text, text) for piece in change.pieces]
        assert letters(kept) == letters([("kept", words) for _, words in alone])


# --- how long it may take ------------------------------------------------------------------------------------------


def test_what_could_not_be_compared_any_more_is_removed_and_added():
    def block(word):
        return Block((tuple(Token(f"{word}{number % 7}") for number in range(3_000)),))

    before, after = [block(word) for word in "abcd"], [block(word) for word in "dcba"]
    found = comparison.compare(before, after)

    assert [one.old for one in found if one.old] == before
    assert [one.new for one in found if one.new] == after
