"""A file that somebody uploads as a letter: refused with one sentence that says what to do, and at what cost."""

from __future__ import annotations

import io
import os
import struct
import time
import tracemalloc
import zipfile

import pytest

from tests.support.docx_in import MAIN, docx, paragraph, run, table
from workflow import imports
from workflow.errors import IncomingError
from workflow.imports import word

LONG = "We write to you about the rivers of the north, which have been dry since the spring of last year."
LETTER = docx(paragraph("Dear Minister,") + paragraph(LONG) + paragraph("Sincerely,"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURE = "<w:r><w:drawing><a:blip/></w:drawing></w:r>"
ENTITIES = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "' + "&b;" * 10 + '">]>'


def changed(name, content, old=LETTER):
    """A document with one of its parts changed, or with another part."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(old)) as archive, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for other in archive.namelist():
            if other != name:
                packed.writestr(other, archive.read(other))
        if content is not None:
            packed.writestr(name, content)
    return made.getvalue()


def encrypted():
    """A document whose entries say that they are encrypted."""
    data = bytearray(LETTER)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<H", data, at + 8, struct.unpack_from("<H", data, at + 8)[0] | 1)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def other_archive():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("a.txt", "Dear Minister")
    return made.getvalue()


def document(inner):
    return f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{inner}</w:document>'


SHEET = MAIN.replace("wordprocessingml.document", "spreadsheetml.sheet")
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
FROM_A_FILE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
DEEP_TABLES = "<w:tbl><w:tr><w:tc>" * 80 + paragraph("x") + "</w:tc></w:tr></w:tbl>" * 80
DEEP_TAGS = "<w:p>" + "<w:smartTag>" * 200 + run("x") + "</w:smartTag>" * 200 + "</w:p>"


def too_much():
    return docx(paragraph(*(run(os.urandom(3_000).hex()) for _ in range(180))))


FILES = {
    "an old document": (lambda: OLE + b"\0" * 5_000, "old Word document"),
    "one with a password": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "an archive with a password": (encrypted, "password"),
    "a scan": (lambda: docx(paragraph(PICTURE) * 3), "only pictures"),
    "an empty document": (lambda: docx(paragraph("")), "no text"),
    "an empty file": (lambda: b"", "empty"),
    "a file of 60 MB": (lambda: b"PK\x03\x04" + bytes(60_000_000), "larger than 10 MB"),
    "a PDF": (lambda: b"%PDF-1.7\n", "PDF"),
    "half a file": (lambda: LETTER[: len(LETTER) // 2], "damaged"),
    "another archive": (other_archive, "no letter"),
    "a program": (lambda: changed("word/vbaProject.bin", OLE), "program"),
    "macros": (lambda: docx(paragraph(LONG), kind=MACROS), "macros"),
    "a template": (lambda: docx(paragraph(LONG), kind=MAIN.replace("document.main", "template.main")), "template"),
    "a sheet": (lambda: docx(paragraph(LONG), kind=SHEET), "no letter"),
    "entities": (lambda: changed("word/document.xml", ENTITIES + document("&c;")), "no Word document has"),
    "an entity from a file": (lambda: changed("word/document.xml", FROM_A_FILE + document("&b;")), "Word"),
    "a bomb": (lambda: changed("word/document.xml", document(" " * 9_000_000)), "far larger inside"),
    "a name that leads out": (lambda: changed("../../etc/cron.d/x", "x"), "no Word document has"),
    "another encoding": (lambda: changed("word/document.xml", document("").encode("utf-16")), "damaged"),
    "XML that is not whole": (lambda: changed("word/document.xml", "<w:document>"), "damaged"),
    "deep tables": (lambda: docx(DEEP_TABLES), "damaged"),
    "deep controls": (lambda: docx(DEEP_TAGS), "damaged"),
    "too much text": (too_much, "1 MB of text"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_letter_is_refused_with_one_sentence_that_says_what_to_do(name):
    make, words = FILES[name]

    with pytest.raises(IncomingError) as refused:
        imports.read(make(), "letter.docx")

    (said,) = refused.value.sentences
    assert words in str(said)
    assert "“letter.docx”" in str(said)
    assert any(verb in str(said) for verb in ("ave it", "save that", "Choose", "Paste", "Take", "Copy", "choose"))


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    data = b"PK\x03\x04" + bytes(60_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(IncomingError):
            imports.read(data, "a.docx")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < 1_000_000


def test_pictures_of_a_document_are_never_unpacked():
    heavy = changed("word/media/image1.png", os.urandom(8_000_000))
    tracemalloc.start()
    try:
        word.read(heavy, "a.docx")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < 4_000_000


REFERENCE = '<w:r><w:footnoteReference w:id="2"/></w:r>'
BEGIN = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'


def many_runs():
    return docx(
        "".join(
            paragraph(*(run(f"w{n} ", "<w:b/>" if n % 2 else "") for n in range(100))) for _ in range(300)
        )
    )  # fmt: skip


def many_changes():
    mark, gone, come = ('<w:{0} w:author="a">', f"{run('x')}</w:del>", f"{run('y')}</w:ins>")
    end = f"<w:pPr><w:rPr>{mark.format('del')}</w:del></w:rPr></w:pPr>"
    one = f"<w:p>{end}{mark.format('del')}{gone}{mark.format('ins')}{come}</w:p>"
    return docx(one * 5_000)


def notes_in_circles():
    note = f'<w:footnote w:id="2">{paragraph("x", REFERENCE)}</w:footnote>'
    return docx(paragraph(LONG, REFERENCE * 500), {"footnotes": note})


def styles_in_a_circle():
    both = (
        f'<w:style w:styleId="{a}"><w:name w:val="{a}"/><w:basedOn w:val="{b}"/></w:style>' for a, b in ("AB", "BA")
    )
    return docx(paragraph(LONG, looks='<w:pStyle w:val="A"/>'), {"styles": "".join(both)})


LARGE = {
    "thousands of runs": many_runs,
    "thousands of changes": many_changes,
    "a huge table": lambda: docx(table(*(("1", "2", "3", "4", "5") for _ in range(2_500)))),
    "fields that never end": lambda: docx(paragraph(BEGIN * 20_000 + run(LONG))),
    "notes that refer to themselves": notes_in_circles,
    "styles in a circle": styles_in_a_circle,
    "text boxes in text boxes": lambda: docx(
        "<w:p><w:r><w:pict><w:txbxContent>" * 30 + paragraph(LONG) + "</w:txbxContent></w:pict></w:r></w:p>" * 30
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_and_entangled_documents_are_read_in_time(name):
    data = LARGE[name]()
    size = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(data)).infolist())
    began = time.process_time()

    if name == "fields that never end":
        with pytest.raises(IncomingError, match="no text"):
            word.read(data, "a.docx")
    else:
        word.read(data, "a.docx")

    assert time.process_time() - began < max(2.0, 2 * size / 100_000)


def test_nothing_is_loaded_from_elsewhere(monkeypatch):
    import socket

    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("the network was asked"))
    made = docx(
        paragraph(LONG, '<w:r><w:drawing><a:blip r:link="x"/></w:drawing></w:r>'),
        relations={"x": ("image", "http://127.0.0.1:9/a.png"), "y": ("attachedTemplate", "http://127.0.0.1:9/b")},
    )

    assert word.read(made, "a.docx").text == LONG
