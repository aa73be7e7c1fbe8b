"""
The letters of tests/letters as Word documents: the same fields as from the text, whichever program made the file.

Written by python-docx as an author writes, each paragraph whole; LibreOffice's and Google Docs' are made of these.
"""

from __future__ import annotations

import functools
import io
import os
import re
import subprocess
import threading
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from docx import Document
from lxml import etree

from tests.bench import reading
from workflow import imports, office
from workflow.errors import IncomingError
from workflow.imports import word
from workflow.letter import text
from workflow.office import libreoffice

LETTERS = [path for folder in reading.SETS.values() for path in sorted(folder.glob("*.txt"))]
NOT_WRITTEN = {"21-ca-ferry-safety-forwarded", "u02-us-state-memo"}
"""They have the head of a forwarded mail, which nobody writes into a document."""
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
WORD = re.compile(r"[^\W_]+")
STYLES = {"heading_open": "Heading 1", "bullet_list_open": "List Bullet", "ordered_list_open": "List Number"}
real = pytest.mark.skipif(libreoffice() is None, reason="apt-get install libreoffice-writer-nogui")


@functools.cache
def written(path):
    """A letter's text as a document: what is broken over lines is one paragraph, headings and lists have styles."""
    read = imports.read(path.read_bytes(), path.name)
    lines = read.source.split("\n")
    blocks = dict(
        zip(
            (part.lines[0] for part in read.parts if part.kind == "body"),
            text.paragraphs(read.letter.body),
            strict=True,
        )
    )
    whole = {part.lines[0]: part.lines for part in read.parts if part.kind in ("subject", "salutation", "closing")}
    gone = {number for part in read.parts if part.kind == "body" for number in part.lines}
    gone |= {number for numbers in whole.values() for number in numbers}
    gone |= {number for doubt in read.doubts if doubt.kind == "pages" for number in doubt.lines}
    document = Document()
    for number, line in enumerate(lines, 1):
        if number in blocks:
            styles = []
            for token in text.parse(blocks[number]):
                styles += [STYLES[token.type]] if token.type in STYLES else []
                if token.type == "inline":
                    document.add_paragraph(text.plain_inline(token), style=styles[-1] if styles else None)
            document.add_paragraph()
        elif number in whole:
            document.add_paragraph(" ".join(lines[one - 1].strip() for one in whole[number]))
        elif number not in gone:
            document.add_paragraph(re.sub(r"[\x00-\x08\x0b-\x1f]", "", line))
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def misread(path, data):
    """The parts that are read otherwise than a careful reader does, without those that are misread in the text too."""
    import json

    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    read = imports.read(data, path.name)
    found = reading.as_expected(read)
    known = {part for one in reading.SETS for part in reading.committed()[one]["missed"].get(path.stem, [])}
    return [
        part
        for part in reading.PARTS
        if part not in known and not reading._agrees(part, expected[part], found[part], read.unsure)
    ]


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_a_letter_from_a_document_has_the_same_fields_as_from_its_text(path):
    assert path.stem in NOT_WRITTEN or misread(path, written(path)) == []


def googled(data):
    """A document as Google Docs writes it: each few letters in a run of their own, with all looks said."""
    made = io.BytesIO()
    looks = '<w:rPr><w:rFonts w:ascii="Arial"/><w:b w:val="0"/><w:i w:val="0"/><w:rtl w:val="0"/></w:rPr>'

    def runs(match):
        pieces = re.findall(r"(?s)(?:&\w+;|.){1,7}", match[1])
        return "".join(f'<w:r>{looks}<w:t xml:space="preserve">{piece}</w:t></w:r>' for piece in pieces)

    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(made, "w") as packed:
        for name in archive.namelist():
            content = archive.read(name).decode("utf-8", "surrogateescape")
            if name == "word/document.xml":
                content = re.sub(r"<w:r><w:t(?: [^>]*)?>([^<]*)</w:t></w:r>", runs, content)
            packed.writestr(name, content.encode("utf-8", "surrogateescape"))
    return made.getvalue()


@pytest.mark.parametrize("path", LETTERS[::6], ids=lambda path: path.stem)
def test_runs_that_each_have_their_own_looks_are_one_text(path):
    plain, parted = (imports.read(data, "a.docx") for data in (written(path), googled(written(path))))

    assert parted.letter == plain.letter and parted.cosigners == plain.cosigners


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """Some of the letters as LibreOffice writes them: as .docx and as .odt."""
    folder = tmp_path_factory.mktemp("office")
    some = [path for path in LETTERS[::12] if path.stem not in NOT_WRITTEN]
    for path in some:
        (folder / f"{path.stem}.docx").write_bytes(written(path))
    for kind in ("docx:MS Word 2007 XML", "odt"):
        subprocess.run(
            [libreoffice(), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
             "--convert-to", kind, "--outdir", str(folder / kind[:4].rstrip(":")),
             *(str(folder / f"{path.stem}.docx") for path in some)],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
    return folder, some


@real
def test_what_libreoffice_writes_is_read_as_well(converted):
    folder, some = converted
    for path in some:
        assert misread(path, (folder / "docx" / f"{path.stem}.docx").read_bytes()) == [], path.stem


@real
def test_an_opendocument_text_is_read_where_libreoffice_is(converted):
    folder, some = converted
    data = (folder / "odt" / f"{some[0].stem}.odt").read_bytes()

    assert misread(some[0], data) == []


def test_an_opendocument_text_is_refused_where_libreoffice_is_not(monkeypatch):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        packed.writestr("content.xml", "<a/>")
    monkeypatch.setattr("workflow.office.libreoffice", lambda: None)

    with pytest.raises(IncomingError, match="LibreOffice, which reads it, is not installed here. Save it as .docx"):
        imports.read(made.getvalue(), "letter.odt")


@real
def test_an_opendocument_text_does_not_wait_for_pdfs_for_long(converted, monkeypatch):
    folder, some = converted
    monkeypatch.setattr("workflow.office.turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr("workflow.imports.word.opendocument._PATIENCE", 0.01)
    office.turns.acquire()

    with pytest.raises(IncomingError, match="LibreOffice is busy"):
        imports.read((folder / "odt" / f"{some[0].stem}.odt").read_bytes(), "letter.odt")


# --- files that nobody here wrote ----------------------------------------------------------------------------------

SAMPLES = Path(os.environ.get("DOCX_SAMPLES", "/nowhere"))
TEMPLATES = Path("/usr/lib/libreoffice/share/template")


def words_of(data):
    """The words of a document, found by nothing but its elements of text."""
    found = Counter()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"word/(document|footnotes|endnotes)\d*\.xml", name):
                root = etree.fromstring(archive.read(name))
                for fallback in root.findall(f".//{FALLBACK}"):
                    fallback.getparent().remove(fallback)
                for one in root.iter(f"{W}p"):
                    own = (t for t in one.iter(f"{W}t", f"{W}tab", f"{W}br") if next(t.iterancestors(f"{W}p")) is one)
                    said = "".join((t.text or "") if t.tag == f"{W}t" else " " for t in own)
                    found.update(WORD.findall(said.replace("\u00ad", "")))
    return found


def assert_whole(data, name):
    """Every word came in: into the text, or, where it is hidden, into what is said of it."""
    wanted = words_of(data)
    if not wanted:
        return
    found = word.read(data, name)
    came = Counter(WORD.findall(" ".join((found.text, *map(str, found.doubts)))))

    assert not wanted - came, name


def _has_text(path):
    with zipfile.ZipFile(path) as archive:
        return "content.xml" in archive.namelist() and archive.getinfo("content.xml").file_size > 4_000


@real
@pytest.mark.skipif(not TEMPLATES.exists(), reason="apt-get install libreoffice-common")
def test_documents_of_others_lose_no_word(tmp_path):
    """The templates that come with LibreOffice, letters, reports and the like, as documents."""
    templates = [path for path in sorted(TEMPLATES.rglob("*.ott")) if _has_text(path)][:10]
    subprocess.run(
        [libreoffice(), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to",
         "docx:MS Word 2007 XML", "--outdir", str(tmp_path / "out"), *map(str, templates)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    made = sorted((tmp_path / "out").glob("*.docx"))

    assert len(made) == 10
    for path in made:
        assert_whole(path.read_bytes(), path.name)


@pytest.mark.skipif(not SAMPLES.exists(), reason="DOCX_SAMPLES names a folder of documents")
def test_any_other_documents_lose_no_word():
    for path in SAMPLES.rglob("*.docx"):
        assert_whole(path.read_bytes(), str(path))
