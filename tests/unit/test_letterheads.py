"""Letterheads: made in Word or LibreOffice, checked and compiled once, filled for each letter; hostile ones refused."""

import io
import re
import resource
import subprocess
import sys
import zipfile

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openxml_audit import OpenXmlValidator

from tests.support.factories import words
from tests.support.word import MARKED, PARAGRAPHS, in_word, paper, png, rendered, saved
from workflow import documents
from workflow.documents import compile_letterhead, libreoffice
from workflow.errors import LetterheadError
from workflow.letter import text

pytestmark = pytest.mark.slow

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def lines_of(content):
    """All lines of the page, those in tables too, in order."""
    body = docx.Document(io.BytesIO(content)).element.body
    return [p.text for p in body.iter(f"{{{W}}}p") if p.text.strip()]


def findings(content, folder):
    path = folder / "letter.docx"
    path.write_bytes(content)
    return [f"{e.part_uri}: {e.description}" for e in OpenXmlValidator().validate(path).errors]


def changed(source, part, change):
    """The same document with one part changed (or added, where it is not there)."""
    parts = {
        name: zipfile.ZipFile(io.BytesIO(source)).read(name) for name in zipfile.ZipFile(io.BytesIO(source)).namelist()
    }
    parts[part] = change(parts.get(part, b""))
    return zipped(parts.items())


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", method) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return kept.getvalue()


def with_body(xml, source=MARKED):
    """A letterhead with something more on its page."""
    return changed(source, "word/document.xml", lambda old: old.replace(b"<w:sectPr", xml.encode() + b"<w:sectPr", 1))


# --- what is filled ------------------------------------------------------------------------------------------------


def test_each_mark_becomes_what_the_letter_says():
    lines = lines_of(rendered(MARKED))

    start = lines.index("Jane Doe")
    assert lines[start : start + 8] == [
        "Jane Doe", "Minister", "Ministry of Justice", "1 High Street", "Port Town", "Our letter of 24 November 2026",
        "Free the seventeen", "Dear Minister,",
    ]  # fmt: skip
    assert lines[-1] == "Registered charity no. 1234"
    assert not [line for line in lines if "{{" in line]


def test_the_letterheads_own_look_is_kept():
    made = docx.Document(io.BytesIO(rendered(MARKED)))

    section = made.sections[0]
    assert round(section.left_margin.mm) == 30
    assert "Coalition for Rivers" in section.header.paragraphs[0].text
    assert made.styles["Normal"].font.name == "Georgia"
    assert any("image" in one.reltype for one in section.header.part.rels.values())


def test_a_footer_counts_pages_and_says_the_date():
    footer = docx.Document(io.BytesIO(rendered(MARKED))).sections[0].footer.paragraphs[0]

    assert "24 November 2026" in footer.text
    assert re.findall(r"\b(PAGE|NUMPAGES)\b", footer._p.xml) == ["PAGE", "NUMPAGES"]


def test_one_without_marks_gets_the_letter_after_what_stands_on_it():
    compiled = compile_letterhead(in_word("Coalition for Rivers, 1 High Street", footer="-"))
    lines = lines_of(documents.render_docx(paper(), compiled.letterhead))

    assert lines[0] == "Coalition for Rivers, 1 High Street"
    assert lines[1] == "Jane Doe"
    assert "no placeholders" in compiled.missing[0]


def test_what_has_no_mark_is_set_in_its_usual_place_and_said():
    compiled = compile_letterhead(in_word("Hello", "{{ body }}", "The end", footer="-"))
    lines = lines_of(documents.render_docx(paper(), compiled.letterhead))

    assert lines.index("Hello") < lines.index("Jane Doe") < lines.index("Dear Minister,") < lines.index(PARAGRAPHS[0])
    assert lines.index("Sincerely,") < lines.index("The end")
    assert len(compiled.missing) == 6


def test_a_mark_that_word_has_torn_over_runs_is_found():
    document = docx.Document()
    for pieces in (("{", "{ bo", "dy", " }}"), ("On {{", "date}", "} we write")):
        paragraph = document.add_paragraph()
        for piece in pieces:
            paragraph.add_run(piece).bold = piece == "dy"

    lines = lines_of(rendered(saved(document)))

    assert PARAGRAPHS[0] in lines
    assert "On 24 November 2026 we write" in lines


def test_marks_in_a_table_are_filled_there():
    document = docx.Document()
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "{{ recipient }}", "{{ date }}"
    document.add_paragraph("{{ body }}")

    made = docx.Document(io.BytesIO(rendered(saved(document))))

    assert made.tables[0].cell(0, 0).text.split("\n")[:2] == ["Jane Doe", "Minister"]
    assert made.tables[0].cell(0, 1).text == "24 November 2026"


def test_words_that_look_like_markup_are_printed_as_themselves():
    name = "</w:t></w:r></w:p><w:p>{{ body }}"
    bad = documents.PrintJob(words(), text.Recipient(name, "&amp;"), None, (text.Signature(name, "", "<x>"),))

    lines = lines_of(documents.render_docx(bad, compile_letterhead(MARKED).letterhead))

    assert lines.count(name) == 2 - 1
    assert "&amp;" in lines
    assert any(name in line for line in lines[-3:])


def test_lists_of_the_letterhead_and_of_the_letter_do_not_mix(tmp_path):
    document = docx.Document()
    document.add_paragraph("Our aim", style="List Number")
    document.add_paragraph("{{ body }}")

    made = rendered(saved(document))

    root = docx.Document(io.BytesIO(made)).part.numbering_part.element
    ids = [num.numId for num in root.num_lst]
    assert len(ids) == len(set(ids))
    assert findings(made, tmp_path) == []


def test_a_german_letterhead_keeps_its_own_names_of_styles():
    source = changed(
        MARKED, "word/styles.xml",
        lambda old: old.replace(b'w:styleId="Heading1"', b'w:styleId="berschrift1"').replace(
            b'w:val="Heading1"', b'w:val="berschrift1"'
        ),
    )  # fmt: skip

    made = docx.Document(io.BytesIO(rendered(source)))

    heading = next(p for p in made.paragraphs if p.text == "Why")
    assert heading.style.style_id == "berschrift1"
    assert heading.style.name == "Heading 1"


# --- what goes out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(documents.BUILT_IN))
@pytest.mark.parametrize("count", [0, 5, 30, 200])
def test_every_letterhead_of_ours_opens_without_repair(tmp_path, name, count):
    logos = (documents.normalise(png().read(), "Logo"),) * 3
    made = documents.render_docx(paper(count, logos=logos, withheld=2), documents.built_in(name))

    assert findings(made, tmp_path) == []


@pytest.mark.parametrize("source", [MARKED, in_word("Only a header")], ids=["marked", "bare"])
def test_a_letter_on_a_letterhead_from_word_opens_without_repair(tmp_path, source):
    assert findings(rendered(source), tmp_path) == []


@pytest.mark.parametrize("name", list(documents.BUILT_IN))
def test_a_letterhead_of_ours_can_be_downloaded_and_uploaded_again(name):
    ours = documents.built_in(name)

    again = compile_letterhead(ours.source)

    assert documents.render_docx(paper(), again.letterhead) == documents.render_docx(paper(), ours)
    assert not again.missing


def test_nothing_of_who_made_the_letterhead_goes_out():
    made = zipfile.ZipFile(io.BytesIO(rendered(MARKED)))

    assert not [name for name in made.namelist() if b"Somebody Private" in made.read(name)]
    assert "docProps/app.xml" not in made.namelist()
    assert b"rsid" not in made.read("word/document.xml")


def test_the_same_letter_is_the_same_bytes_in_another_process():
    made = rendered(MARKED)
    program = (
        "import sys, hashlib; sys.path.insert(0, '.')\n"
        "from tests.support import word as t\n"
        "source = sys.stdin.buffer.read()\n"
        "print(hashlib.sha256(t.rendered(source)).hexdigest())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], input=MARKED, capture_output=True, check=True, env={"PYTHONHASHSEED": "99"}
    )
    import hashlib

    assert said.stdout.decode().strip() == hashlib.sha256(made).hexdigest()


@pytest.mark.libreoffice
@pytest.mark.skipif(libreoffice() is None, reason="apt-get install libreoffice-writer-nogui")
def test_a_letterhead_made_in_libreoffice_is_taken(tmp_path):
    page = "<html><body><h1>Coalition</h1>" + "".join(
        f"<p>{{{{ {mark} }}}}</p>" for mark in ("recipient", "date", "subject", "salutation", "body", "signatories")
    )
    (tmp_path / "head.html").write_text(page + "</body></html>")
    subprocess.run(
        [libreoffice(), f"-env:UserInstallation={(tmp_path / 'p').as_uri()}", "--headless",
         "--infilter=HTML (StarWriter)",
         "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(tmp_path), str(tmp_path / "head.html")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    lines = lines_of(rendered((tmp_path / "head.docx").read_bytes()))

    assert lines[:2] == ["Coalition", "Jane Doe"]
    assert PARAGRAPHS[0] in lines


# --- what is refused -----------------------------------------------------------------------------------------------


def external(kind, target="http://127.0.0.1/x"):
    line = f'<Relationship Id="rX" Type="{R}/{kind}" Target="{target}" TargetMode="External"/>'
    return changed(
        MARKED,
        "word/_rels/document.xml.rels",
        lambda old: old.replace(b"</Relationships>", line.encode() + b"</Relationships>"),
    )


def run(inner):
    return f"<w:p><w:r>{inner}</w:r></w:p>"


def twice():
    parts = [(n, zipfile.ZipFile(io.BytesIO(MARKED)).read(n)) for n in zipfile.ZipFile(io.BytesIO(MARKED)).namelist()]
    return zipped([*parts, ("WORD/document.xml", b"<x/>")])


HOSTILE = {
    "nothing": (b"", "not a Word document"),
    "a text": (b"Dear Minister", "not a Word document"),
    "an old .doc": (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "password, or an old .doc"),
    "a zip of something else": (zipped([("a.txt", b"x")]), r"lacks \[Content_Types\]"),
    "cut short": (MARKED[:5000], "damaged"),
    "the same part twice": (twice(), "same part twice"),
    "ten thousand parts": (lambda: zipped([(f"word/{n}.xml", b"<x/>") for n in range(10_000)]), "over 400 parts"),
    "a bomb of nothing": (lambda: changed(MARKED, "word/media/bomb.png", lambda _: b"\0" * 200_000_000), "far larger"),
    "a bomb of paragraphs": (lambda: with_body("<w:p/>" * 2_000_000), "far larger"),
    "out of its folder": (changed(MARKED, "../../x.xml", lambda _: b"<x/>"), "forged name"),
    "macros": (changed(MARKED, "word/vbaProject.bin", lambda _: b"x"), "holds a program"),
    "an embedded object": (changed(MARKED, "word/embeddings/o.bin", lambda _: b"x"), "embedded object"),
    "declared with macros": (
        changed(MARKED, "[Content_Types].xml", lambda old: old.replace(b"document.main+xml", b"macroEnabled.main+xml")),
        "macros",
    ),
    "entities": (
        changed(MARKED, "word/document.xml", lambda old: b'<!DOCTYPE x [<!ENTITY a "b">]>' + old.partition(b"?>")[2]),
        "document type",
    ),
    "utf-16": (
        changed(MARKED, "word/document.xml", lambda old: old.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        "UTF-8",
    ),
    "a template from elsewhere": (external("attachedTemplate"), "attachedTemplate"),
    "a picture from elsewhere": (external("image"), "from elsewhere"),
    "a file as a link": (external("hyperlink", "file:///etc/passwd"), "from elsewhere"),
    "deep": (with_body("<w:smartTag>" * 5000 + "</w:smartTag>" * 5000), "nested deeper"),
    "broken XML": (changed(MARKED, "word/document.xml", lambda old: old[:-50]), "damaged"),
    "another document in it": (with_body('<w:altChunk r:id="rId1"/>'), "another document"),
    "a field from elsewhere": (
        with_body(run('<w:fldChar w:fldCharType="begin"/>') + run("<w:instrText>INCLUDE</w:instrText>")
                  + run('<w:instrText>PICTURE "http://x"</w:instrText>')),
        "INCLUDEPICTURE",
    ),
    "a simple field": (with_body('<w:p><w:fldSimple w:instr=" DDEAUTO c:\\\\x "/></w:p>'), "DDEAUTO"),
    "hidden words": (with_body(run("<w:rPr><w:vanish/></w:rPr><w:t>psst</w:t>")), "hidden words"),
    "tracked changes": (with_body('<w:p><w:ins w:id="1" w:author="x"/></w:p>'), "tracked changes"),
    "a footnote": (with_body(run('<w:footnoteReference w:id="1"/>')), "a footnote"),
    "code": (with_body(run("<w:t>{% for x in y %}</w:t>")), "no commands"),
    "code in a mark": (with_body(run("<w:t>{{ cycler.__init__.__globals__ }}</w:t>")), "no placeholder"),
    "an unknown mark": (with_body(run("<w:t>{{ adress }}</w:t>")), r"no placeholder \{\{ adress \}\}.*recipient"),
    "a mark left open": (with_body(run("<w:t>{{ date</w:t>")), "no commands"),
    "the body twice": (with_body(run("<w:t>{{ body }}</w:t>")), "twice"),
    "the body amid words": (with_body(run("<w:t>Text: {{ closing }}</w:t>")), "amid words"),
    "no body": (in_word("{{ recipient }}"), r"\{\{ body \}\} is missing"),
    "the body in a footer": (in_word("{{ body }}", footer="{{ signatories }}"), "the footer"),
}  # fmt: skip


def hostile(kind):
    """A file and the sentence that refuses it; what is large is made when it is asked for."""
    source, sentence = HOSTILE[kind]
    return source() if callable(source) else source, sentence


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_what_cannot_be_a_letterhead_is_refused_with_a_sentence(kind):
    source, sentence = hostile(kind)

    with pytest.raises(LetterheadError, match=re.compile(sentence, re.DOTALL)) as refused:
        compile_letterhead(source)

    assert str(refused.value).endswith((".", "}}."))


@pytest.mark.skipif(sys.platform != "linux", reason="how much memory a process took is counted on Linux")
def test_a_hostile_upload_takes_little_memory(tmp_path):
    for number, kind in enumerate(("a bomb of nothing", "a bomb of paragraphs", "ten thousand parts", "deep")):
        (tmp_path / f"{number}.docx").write_bytes(hostile(kind)[0])
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from workflow.documents import compile_letterhead\n"
        "from workflow.errors import LetterheadError\n"
        "for path in sys.argv[1:]:\n"
        "    try: compile_letterhead(open(path, 'rb').read()); raise SystemExit('taken')\n"
        "    except LetterheadError: pass\n"
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, sorted(tmp_path.glob("*.docx")))],
        capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)),
    )  # fmt: skip

    assert int(done.stdout) < 300_000, "kilobytes"


@given(st.integers(0, len(MARKED) - 1), st.integers(0, 255))
@settings(max_examples=150)
def test_a_letterhead_with_one_wrong_byte_is_taken_or_refused(place, value):
    broken = MARKED[:place] + bytes([value]) + MARKED[place + 1 :]

    try:
        documents.render_docx(paper(), compile_letterhead(broken).letterhead)
    except LetterheadError as refused:
        assert str(refused)
