"""
Changes as tracked changes: accepting all gives the new text, rejecting all the old.

Both are done here by the rules of ECMA-376 part 1, 17.13.5, with lxml alone, and by LibreOffice.
"""

import copy
import io
import re
import subprocess
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openxml_audit import OpenXmlValidator

from tests.support.factories import words
from tests.support.pieces import bodies
from workflow.documents import libreoffice
from workflow.documents.changes import printed
from workflow.documents.redline import render_redline
from workflow.documents.writing.references import References

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def letter(body="", **changes):
    return words(body=body, **changes)


def redline(before, after):
    return render_redline(before, after, "Anna <Coordinator>", AT)


def document(content):
    return etree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml"))


# --- doing it ------------------------------------------------------------------------------------------------------


def resolved(content, accept):
    """The document with all changes accepted, or all rejected."""
    root = copy.deepcopy(document(content))
    gone, kept = ("del", "moveFrom"), ("ins", "moveTo")
    if not accept:
        gone, kept = kept, gone
    for paragraph in list(root.iter(f"{W}p")):
        mark = paragraph.find(f"{W}pPr/{W}rPr")
        if mark is not None and any(mark.find(f"{W}{tag}") is not None for tag in gone):
            paragraph.set("merges", "1")
    for row in list(root.iter(f"{W}tr")):
        if any(row.find(f"{W}trPr/{W}{tag}") is not None for tag in gone):
            row.getparent().remove(row)
    for table in list(root.iter(f"{W}tbl")):
        if table.find(f"{W}tr") is None:
            table.getparent().remove(table)
    for tag in gone:
        for change in list(root.iter(f"{W}{tag}")):
            if change.getparent().tag != f"{W}rPr" and change.getparent().tag != f"{W}trPr":
                change.getparent().remove(change)
    for tag in kept:
        for change in list(root.iter(f"{W}{tag}")):
            parent = change.getparent()
            place = parent.index(change)
            for offset, child in enumerate(list(change)):
                parent.insert(place + offset, child)
            parent.remove(change)
    for changed in list(root.iter(f"{W}pPrChange")):
        properties = changed.getparent()
        if not accept:
            for child in list(properties):
                properties.remove(child)
            properties.extend(list(changed.find(f"{W}pPr")))
        else:
            properties.remove(changed)
    _merge(root)
    return root


def _merge(root):
    """A paragraph whose mark is gone goes on in the next; here nothing may be left of it."""
    for paragraph in list(root.iter(f"{W}p")):
        if paragraph.get("merges"):
            assert not said(paragraph)
            paragraph.getparent().remove(paragraph)


def said(element):
    pieces = {f"{W}t": lambda e: e.text or "", f"{W}delText": lambda e: e.text or "", f"{W}br": lambda e: "\n"}
    return "".join(pieces[e.tag](e) for e in element.iter() if e.tag in pieces)


def looks(run):
    found = run.find(f"{W}rPr")
    return "" if found is None else "".join(f"{e.tag}{sorted(e.attrib.items())}" for e in found)


def told(root):
    """What a document says: each paragraph's style, level of list, words and their looks; tables cell by cell."""
    found = []
    for paragraph in root.iter(f"{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle").get(f"{W}val")
        level = paragraph.find(f"{W}pPr/{W}numPr/{W}ilvl")
        letters = [(c, looks(r)) for r in paragraph.iter(f"{W}r") for c in said(r)]
        notes = len(list(paragraph.iter(f"{W}footnoteReference")))
        if letters or notes:
            found.append((style, level.get(f"{W}val") if level is not None else "", letters, notes))
    return found


def meant(of):
    """What the same text says when it is printed as it is."""
    blocks = "".join(block.xml() for block in printed(of, References()))
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="urn:r"'
    return told(etree.fromstring(f"<x {space}>{blocks}</x>"))


def holds(before, after):
    content = redline(before, after)
    assert told(resolved(content, accept=True)) == meant(after)
    assert told(resolved(content, accept=False)) == meant(before)
    return content


RICH = """# Why

We write about **seventeen** people[^1] who are held.

- free them
- let *us* visit
    1. the prison
    2. the court

> They said “no”.

| Year | Arrests |
| --- | ---: |
| 2025 | 17 |

See [the report](https://example.org/a).

[^1]: Counted in May."""

EDITS = [
    ("one word", "seventeen", "nineteen"),
    ("a new paragraph", "> They said", "A paragraph more.\n\n> They said"),
    ("a paragraph less", "> They said “no”.\n\n", ""),
    ("bold taken off", "**seventeen**", "seventeen"),
    ("a heading made a paragraph", "# Why", "Why"),
    ("a heading of another level", "# Why", "## Why"),
    ("an item less", "- free them\n", ""),
    ("an item more", "- let *us*", "- feed them\n- let *us*"),
    ("a row more", "| 2025 | 17 |", "| 2025 | 17 |\n| 2026 | 31 |"),
    ("no table", "| Year | Arrests |\n| --- | ---: |\n| 2025 | 17 |\n\n", ""),
    ("another note", "Counted in May", "Counted in June"),
    ("no note", "[^1]", ""),
    ("another link", "example.org/a", "example.org/b"),
    ("no link", "[the report](https://example.org/a)", "the report"),
    ("nothing", "", ""),
    ("a list made a paragraph", "> They said “no”.", "- They said “no”."),
    ("markup as words", "free them", "free </w:t><w:p> & them"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("what", "old", "new"), EDITS, ids=[edit[0] for edit in EDITS])
def test_accepting_gives_the_new_text_and_rejecting_the_old(tmp_path, what, old, new):
    content = holds(letter(RICH), letter(RICH.replace(old, new) if old else RICH))

    path = tmp_path / "redline.docx"
    path.write_bytes(content)
    assert [f"{e.part_uri}: {e.description}" for e in OpenXmlValidator().validate(path).errors] == []


def test_only_the_word_that_changed_is_struck_and_added():
    content = redline(letter("We ask for seventeen people."), letter("We ask for nineteen people."))
    root = document(content)

    assert [said(e) for e in root.iter(f"{W}del")] == ["seventeen"]
    assert [said(e) for e in root.iter(f"{W}ins")] == ["nineteen"]
    assert {e.get(f"{W}author") for e in root.iter(f"{W}ins", f"{W}del")} == {"Anna <Coordinator>"}
    assert {e.get(f"{W}date") for e in root.iter(f"{W}ins", f"{W}del")} == {"2026-11-24T12:00:00Z"}


def test_a_paragraph_that_stands_elsewhere_now_was_moved():
    one, two, three = (
        "The first of the three paragraphs.",
        "Then something else entirely.",
        "And at last the end of it.",
    )
    content = holds(letter("\n\n".join((one, two, three))), letter("\n\n".join((two, three, one))))
    root = document(content)

    assert [said(e) for e in root.iter(f"{W}moveFrom") if said(e)] == [one]
    assert [said(e) for e in root.iter(f"{W}moveTo") if said(e)] == [one]
    assert len({e.get(f"{W}name") for e in root.iter(f"{W}moveFromRangeStart", f"{W}moveToRangeStart")}) == 1
    assert not list(root.iter(f"{W}del"))


def test_the_address_the_subject_and_the_closing_are_compared_too():
    before = letter("Text.")
    after = letter("Text.", subject="Free the nineteen", closing="Respectfully,", salutation="Dear Prime Minister,")

    holds(before, after)


def test_scripts_without_blanks_are_compared_letter_by_letter():
    root = document(holds(letter("我们请求释放十七人。"), letter("我们请求释放十九人。")))

    assert [said(e) for e in root.iter(f"{W}del")] == ["七"]


def test_every_change_has_a_number_of_its_own():
    root = document(redline(letter(RICH), letter("Something else.")))
    numbers = [e.get(f"{W}id") for e in root.iter(f"{W}ins", f"{W}del", f"{W}pPrChange")]

    assert len(set(numbers)) == len(numbers) > 10


def test_the_same_changes_are_the_same_bytes():
    assert redline(letter(RICH), letter("Else.")) == redline(letter(RICH), letter("Else."))


@pytest.mark.slow
def test_a_long_letter_is_compared_too():
    long = "\n\n".join(f"Paragraph {n} speaks of the wells of village {n} and of {n} families." for n in range(300))

    holds(letter(long), letter(long.replace("village 7 ", "village seven ")))


BODY = bodies(
    "river", "dam", "people", "we", "ask", "**now**", "*free*", "them", "17", "“no”", "[a](https://a.example)"
)


@pytest.mark.slow
@given(BODY, BODY, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_any_two_texts_are_told_apart_and_put_back(before, other, random):
    after = [block for block in before if random.random() < 0.7] + [block for block in other if random.random() < 0.5]
    random.shuffle(after)

    holds(letter("\n\n".join(before)), letter("\n\n".join(after)))


# --- and by LibreOffice ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.libreoffice
@pytest.mark.skipif(libreoffice() is None, reason="apt-get install libreoffice-writer-nogui")
def test_libreoffice_shows_the_new_text_with_what_was_struck(tmp_path):
    content = redline(letter("We ask for seventeen people.\n\nGone."), letter("We ask for nineteen people."))
    (tmp_path / "redline.docx").write_bytes(content)

    subprocess.run(
        [libreoffice(), f"-env:UserInstallation={(tmp_path / 'p').as_uri()}", "--headless", "--convert-to", "fodt",
         "--outdir", str(tmp_path), str(tmp_path / "redline.docx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    flat = (tmp_path / "redline.fodt").read_text()
    assert len(re.findall("<text:changed-region", flat)) >= 3
    assert "seventeen" in flat
    assert "nineteen" in flat
    assert flat.count("Anna &lt;Coordinator&gt;") >= 3
