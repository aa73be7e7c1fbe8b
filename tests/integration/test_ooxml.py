"""
Every kind of Word document that the product makes, held to the rules of OOXML and opened by two other programs.

A new kind is one line in KINDS.
"""

from __future__ import annotations

import datetime
import functools
import io
import re
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.shared import Mm
from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator
from PIL import Image

from workflow import documents
from workflow.documents import compile_letterhead, render_redline
from workflow.letter import text

NOTE = "†"
"""Where a footnote is pointed out."""
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A4 = ("1 High Street", "London SW1A 1AA", "United Kingdom")
WASHINGTON = ("2201 C Street NW", "Washington, DC 20520")
PLACES = ("recipient", "date", "subject", "salutation", "body", "closing", "signatories")
ALL_OF_MARKDOWN = """\
# Findings

Some *slanted*, **bold**, ***both*** words, `code`, a [link](https://example.org/?a=1&b=2), two
lines of one paragraph,\\
and a line of its own[^1].

## Asked for

1. first
2. second

   with a second paragraph

   - nested
     1. deeper
        - deepest

7. seventh of a new list

- bullet
- another[^1]

### Said

> Quoted words[^2].
>
> - and a list in them

| Town | Wells | Depth |
| :--- | :---: | ----: |
| Lyon | 3 | 12 m |
| *Vienne* | **4** | [9 m](https://example.org) |

---

    set as typed

```
and fenced   with blanks
```

[^1]: A note with *slanted* words and a [link](https://example.org/note).
[^2]: Another,

    of two paragraphs.
"""
CHANGED_MARKDOWN = ALL_OF_MARKDOWN.replace("second", "other").replace("[^2]", "").replace("| Lyon", "| Lyons")
SAID = {
    "en": "Water is short in “our” river — and so is time.",
    "fr": "L’eau manque ; « notre » rivière n’attend pas : agissons !",
    "es": "¿Quién cuida el agua? ¡Nosotros! El río no espera.",
    "pt": "A água não chega; o rio não espera por decisões.",
    "ar": "المياه شحيحة في نهرنا، والوقت يضيق (3 سنوات) according to ISO 14001.",
    "fa": "آب رودخانهٔ ما کم است و زمان می‌گذرد؛ ۳ سال گذشت.",
    "ru": "Воды в нашей реке мало, и времени — тоже.",
    "km": "ទឹកក្នុងទន្លេរបស់យើងខ្វះខាត ហើយពេលវេលាក៏ខ្លីដែរ។",
    "my": "ကျွန်ုပ်တို့၏မြစ်ရေ နည်းပါးနေပါသည်။",
    "th": "น้ำในแม่น้ำของเรามีน้อย และเวลาก็เหลือน้อยเช่นกัน",
    "zh": "我们的河里缺水，“时间”也不多了。",
}


@functools.cache
def logo(colour: str, width: int, height: int) -> documents.Logo:
    kept = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(kept, "PNG")
    return documents.normalise(kept.getvalue(), f"Logo of the {colour} house & sons")


LOGOS = tuple(logo(colour, width, 60) for colour, width in (("navy", 60), ("teal", 240), ("maroon", 90)))


def signed(count: int) -> tuple[text.Signature, ...]:
    """So many signatories, of several countries."""
    countries = ("Kenya", "Brazil", "", "Zambia")
    return tuple(
        text.Signature(f"Person {n}", "Director", f"House of Rivers {n}", f"HR{n}", country=countries[n % 4])
        for n in range(count)
    )


def paper(body: str = "Water is short.", *signatures: text.Signature, **said: Any) -> documents.PrintJob:
    """A letter on paper; give what differs, of the letter or of its paper."""
    printed = {name: said.pop(name) for name in ("layout", "withheld", "logos", "signed_by_hand") if name in said}
    recipient = text.Recipient(
        "Claire Dubois", "Director", "Water Agency", said.pop("address", A4), email="office@example.org"
    )
    words = {"subject": "The river", "salutation": "Dear Madam,", "closing": "Sincerely,", **said}
    letter = text.Letter(recipients=(recipient,), body=body, **words)
    return documents.PrintJob(letter, recipient, datetime.date(2016, 1, 24), signatures or signed(3), **printed)


def letter(*said: Any, on: documents.Letterhead | None = None, **changes: Any) -> Callable[[], bytes]:
    """How to make a letter, on a letterhead."""
    return lambda: documents.render_docx(paper(*said, **changes), on)


def many(count: int, **changes: Any) -> Callable[[], bytes]:
    return letter("Water is short.", *signed(count), **changes)


def bare() -> bytes:
    return documents.render_docx(documents.PrintJob(text.Letter(body=""), text.Recipient(), None, ()))


@functools.cache
def uploaded(*lines: str) -> documents.Letterhead:
    """A letterhead as python-docx makes it, in Word's own template: logo and name in the header, numbered pages."""
    document = docx.Document()
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].add_run().add_picture(io.BytesIO(LOGOS[0].png), width=Mm(20))
    section.header.paragraphs[0].text = "Coalition for Rivers: {{ title }}"
    section.footer.paragraphs[0].text = "{{ date }}, page {{ page }} of {{ pages }}"
    document.add_paragraph("A list of the letterhead", style="List Number")
    for line in lines:
        document.add_paragraph(line)
    kept = io.BytesIO()
    document.save(kept)
    return compile_letterhead(kept.getvalue()).letterhead


def on_upload(*lines: str) -> Callable[[], bytes]:
    return lambda: letter(ALL_OF_MARKDOWN, on=uploaded(*lines))()


def changes(before: str, after: str, **said: Any) -> Callable[[], bytes]:
    """How to make the changes between two texts of a letter."""
    first, then = paper(before, **said).letter, paper(after, subject="The river and the sea", **said).letter
    return lambda: render_redline(
        first, then, "Anna <Coordinator> & Co.", datetime.datetime(2026, 11, 24, 12, tzinfo=UTC)
    )


def on_built_in(name: str, **changes: Any) -> Callable[[], bytes]:
    return lambda: letter(ALL_OF_MARKDOWN, on=documents.built_in(name), logos=LOGOS, **changes)()


KINDS: Mapping[str, Callable[[], bytes]] = {
    "a short letter": letter(),
    "an empty letter": bare,
    "on US Letter paper": letter(address=WASHINGTON),
    "all of Markdown": letter(ALL_OF_MARKDOWN),
    "words that are markup": letter("A </w:t><w:p> & \x00\x0b b\u2028c", text.Signature("</w:t><w:p>", "]]>", "&amp;")),
    "1,000 signatories": many(1000),
    "withheld names": many(4, withheld=3),
    "signed by hand": many(4, signed_by_hand=((0, LOGOS[0]), (3, LOGOS[1]))),
    "signed by hand in columns": many(12, signed_by_hand=((5, LOGOS[2]),)),
    "its letterhead without marks": on_upload(),
    "its letterhead with marks": on_upload(*(f"{{{{ {place} }}}}" for place in PLACES)),
    "changes in words": changes(SAID["en"], SAID["en"].replace("short", "very scarce")),
    "changes in all of Markdown": changes(ALL_OF_MARKDOWN, CHANGED_MARKDOWN),
    "changes from all to nothing": changes(ALL_OF_MARKDOWN, ""),
    "changes from nothing to all": changes("", ALL_OF_MARKDOWN),
    "changes in Arabic": changes(SAID["ar"], f"{SAID['ar']}\n\n{SAID['ar']}", language="ar"),
    **{f"{count} signatories": many(count) for count in (1, 7, 61, 151)},
    **{f"signatories set as {layout}": many(9, layout=layout) for layout in documents.Layout},
    **{f"language {language}": letter(f"{said}\n\n- {said}\n\n| {said} |\n| - |\n| 1 |\n", language=language)
       for language, said in SAID.items()},
    **{f"letterhead {name}": on_built_in(name) for name in documents.BUILT_IN},
    **{f"letterhead {name} in Arabic": on_built_in(name, language="ar") for name in documents.BUILT_IN},
    **{f"letterhead {name} to be changed in Word": functools.partial(lambda name: documents.built_in(name).source, name)
       for name in documents.BUILT_IN},
}  # fmt: skip

every_kind = pytest.mark.parametrize("kind", KINDS)


@functools.cache
def made(kind: str) -> bytes:
    return KINDS[kind]()


def paragraphs(content: bytes) -> list[str]:
    """The words of each paragraph in reading order, those in tables and notes too; blanks as one."""
    document = docx.Document(io.BytesIO(content))
    roots = [document.element.body]
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/footnotes"):
            notes = etree.fromstring(relation.target_part.blob)
            roots += [note for note in notes if note.get(f"{W}type", "normal") == "normal"]
    found = (_words(paragraph) for root in roots for paragraph in root.iter(f"{W}p"))
    return [words for words in found if words]


def _words(paragraph: Any) -> str:
    """The words of a paragraph, not those of another one inside it (a text box)."""
    spoken = {
        f"{W}tab": " ",
        f"{W}br": " ",
        f"{W}cr": " ",
        f"{W}noBreakHyphen": "\u2011",
        f"{W}footnoteReference": NOTE,
    }
    said = [spoken.get(element.tag, element.text or "") for element in paragraph.iter(f"{W}t", f"{W}delText", *spoken)
            if element.getparent().tag == f"{W}r"]  # fmt: skip
    return " ".join("".join(said).split())


# --- the rules of OOXML ---------------------------------------------------------------------------------------------


def findings(content: bytes, folder: Path, release: FileFormat) -> list[str]:
    """What the rules of a release of Office find wrong with a document."""
    path = folder / "letter.docx"
    path.write_bytes(content)
    found = OpenXmlValidator(release, strict=True).validate(path)
    return [f"{error.part_uri} {error.path}: {error.description}" for error in found.errors]


@every_kind
@pytest.mark.parametrize("release", [FileFormat.MICROSOFT_365, FileFormat.OFFICE_2013])
def test_nothing_is_found_wrong_with_any_kind_of_document(kind: str, release: FileFormat, tmp_path: Path) -> None:
    assert findings(made(kind), tmp_path, release) == []


@pytest.mark.parametrize(
    ("part", "right", "wrong"),
    [
        ("word/document.xml", b"<w:body>", b"<w:body><w:unknown/>"),
        ("word/document.xml", b'<w:pStyle w:val="Salutation"/>', b'<w:jc w:val="up"/>'),
        ("word/document.xml", b"<w:sectPr>", b"<w:sectPr><w:footerReference w:type='default' r:id='rNone'/>"),
        ("word/styles.xml", b"<w:docDefaults>", b"<w:latentStyles/><w:docDefaults>"),
    ],
)
def test_the_rules_do_find_what_word_would_repair(part: str, right: bytes, wrong: bytes, tmp_path: Path) -> None:
    archive = zipfile.ZipFile(io.BytesIO(made("a short letter")))
    assert right in archive.read(part)
    broken = io.BytesIO()
    with zipfile.ZipFile(broken, "w") as torn:
        for name in archive.namelist():
            content = archive.read(name)
            torn.writestr(name, content.replace(right, wrong, 1) if name == part else content)

    assert findings(broken.getvalue(), tmp_path, FileFormat.MICROSOFT_365)


@every_kind
def test_every_part_is_related_typed_and_there_once(kind: str) -> None:
    archive = zipfile.ZipFile(io.BytesIO(made(kind)))
    names = archive.namelist()

    assert archive.testzip() is None
    assert len(names) == len(set(names))
    types = etree.fromstring(archive.read("[Content_Types].xml"))
    defaults = {kind.get("Extension") for kind in types if kind.get("Extension")}
    overrides = {kind.get("PartName") for kind in types if kind.get("PartName")}
    assert overrides <= {f"/{name}" for name in names}
    parts = {name for name in names if not name.endswith(".rels") and name != "[Content_Types].xml"}
    assert all(f"/{name}" in overrides or name.rpartition(".")[2] in defaults for name in parts)
    assert parts == _related(archive)


def _related(archive: zipfile.ZipFile) -> set[str]:
    """The parts that some part points to."""
    found = set()
    for name in archive.namelist():
        if name.endswith(".rels"):
            folder = Path(name).parent.parent
            for relation in etree.fromstring(archive.read(name)):
                if relation.get("TargetMode") != "External":
                    found.add((Path("/") / folder / relation.get("Target")).as_posix().lstrip("/"))
    return found


@every_kind
def test_pictures_have_words_in_their_place_and_no_number_twice(kind: str) -> None:
    body = docx.Document(io.BytesIO(made(kind))).element.body
    pictures = [element for element in body.iter() if element.tag.endswith("}docPr")]

    assert all(picture.get("descr") for picture in pictures)
    assert len({picture.get("id") for picture in pictures}) == len(pictures)


@every_kind
def test_every_note_is_pointed_out_in_the_text(kind: str) -> None:
    archive = zipfile.ZipFile(io.BytesIO(made(kind)))
    pointed_out = re.findall(rb'<w:footnoteReference w:id="(\d+)"', archive.read("word/document.xml"))
    notes = archive.read("word/footnotes.xml") if "word/footnotes.xml" in archive.namelist() else b""

    assert sorted(pointed_out) == sorted(re.findall(rb'<w:footnote w:id="(\d+)"', notes))


@every_kind
def test_nothing_is_hidden_in_a_document(kind: str) -> None:
    archive = zipfile.ZipFile(io.BytesIO(made(kind)))
    content = b"".join(archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels")))

    assert not re.search(rb"rsidR|<w:rsids|proofErr|<w:vanish|w:comment|attachedTemplate|customXml", content)
    core = etree.fromstring(archive.read("docProps/core.xml")) if "docProps/core.xml" in archive.namelist() else ()
    assert all(not (part.text or "") for part in core if part.tag.endswith(("}creator", "}lastModifiedBy")))


# --- other programs -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def through_libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """What LibreOffice makes of every kind: one start for each format, for starting it takes longest."""
    soffice = documents.libreoffice()
    if soffice is None:
        pytest.skip("LibreOffice is not installed: apt install libreoffice-writer")
    folder = tmp_path_factory.mktemp("ooxml")
    numbers = {kind: number for number, kind in enumerate(KINDS)}
    for kind, number in numbers.items():
        (folder / f"{number}.docx").write_bytes(made(kind))

    @functools.cache
    def convert(extension: str, target: str) -> Path:
        subprocess.run(
            [soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
             "--infilter=MS Word 2007 XML", "--convert-to", target, "--outdir", str(folder / extension),
             *(str(folder / f"{number}.docx") for number in numbers.values())],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        return folder / extension

    formats = {"docx": "docx:MS Word 2007 XML", "txt": "txt:Text (encoded):UTF8"}
    return lambda kind, extension: convert(extension, formats[extension]) / f"{numbers[kind]}.{extension}"


@pytest.mark.libreoffice
@every_kind
def test_libreoffice_saves_the_same_words(kind: str, through_libreoffice: Callable[[str, str], Path]) -> None:
    saved = through_libreoffice(kind, "docx").read_bytes()

    assert paragraphs(saved) == paragraphs(made(kind))


@pytest.mark.libreoffice
@every_kind
def test_libreoffice_reads_out_the_same_words(kind: str, through_libreoffice: Callable[[str, str], Path]) -> None:
    read_out = " ".join(through_libreoffice(kind, "txt").read_text(encoding="utf-8-sig").split())

    place = 0
    for words in parts_of_body(made(kind)):
        assert words in read_out[place:]
        place = read_out.index(words, place) + len(words)


def parts_of_body(content: bytes) -> list[str]:
    """The words of each paragraph but of the notes, parted where a note is pointed out."""
    body = docx.Document(io.BytesIO(content)).element.body
    return [part for paragraph in body.iter(f"{W}p") for part in _words(paragraph).split(NOTE)]


@every_kind
def test_python_docx_saves_the_same_words(kind: str) -> None:
    kept = io.BytesIO()
    docx.Document(io.BytesIO(made(kind))).save(kept)

    assert paragraphs(kept.getvalue()) == paragraphs(made(kind))


@pytest.mark.parametrize("language", SAID)
def test_the_words_of_a_language_are_the_words_of_its_letter(language: str) -> None:
    assert paragraphs(made(f"language {language}")).count(SAID[language]) == 3
