"""PDFs of letters: made by the real LibreOffice and read by poppler; a script on PATH is the LibreOffice that fails."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
import time
import zlib
from pathlib import Path

import pytest

from workflow import documents
from workflow.documents import pdf as pdfs
from workflow.errors import PdfError
from workflow.letter import text

POPPLER = ("pdftotext", "pdfinfo", "pdffonts")
MADE = b"%%PDF-1.6 %b\n%%%%EOF\n"

# Stands for LibreOffice: makes a "PDF" of each document's words, unless these tell it how to fail. It notes each of
# its starts, each document that it comes to, and the process that it leaves behind when it hangs.
FAULTY = r"""#!/bin/sh
here=$(dirname "$0")
echo "started with $(echo "$*" | grep -o '\.docx' | wc -l)" >> "$here/noted"
while [ $# -gt 0 ]; do
    case "$1" in
    --outdir) mkdir -p "$2"; out=$2; shift ;;
    *.docx)
        words=$(cat "$1"); made="$out/${1%.docx}.pdf"
        echo "$words" >> "$here/noted"
        case "$words" in
        "hang once"*) [ -e "$here/hung" ] || { touch "$here/hung"; sleep 300 & echo $! >> "$here/left"; wait; } ;;
        hang*) sleep 300 & echo $! >> "$here/left"; wait ;;
        crash*) echo "Fatal exception: Signal 6" >&2; kill -ABRT $$ ;;
        half*) printf '%%PDF-1.6 half' > "$made"; sleep 0.2 ;;
        wait*) while ! [ -e "$here/go" ]; do sleep 0.01; done ;;
        esac
        case "$words" in
        skip*) echo "Error: source file could not be loaded" >&2 ;;
        *) printf '%%PDF-1.6 %s\n%%%%EOF\n' "$words" > "$made" ;;
        esac ;;
    esac
    shift
done
"""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a LibreOffice that fails as it is told; the PDFs are made in a folder beside."""
    program = tmp_path / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text(FAULTY)
    program.chmod(0o755)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program.parent


@pytest.fixture
def _real() -> None:
    """Skips where there is no LibreOffice, or nothing to read its PDFs with."""
    if documents.libreoffice() is None or not all(map(shutil.which, POPPLER)):
        pytest.skip("A PDF needs LibreOffice and poppler: apt install libreoffice-writer poppler-utils")


real = pytest.mark.usefixtures("_real")


def made_of(words: str) -> bytes:
    return MADE % words.encode()


def rendered(*words: str, timeout: float = 20) -> list[bytes | str]:
    """What the faulty LibreOffice gives for documents of these words: PDFs, and the sentences of those that failed."""
    results = documents.render_pdfs([one.encode() for one in words], timeout)
    return [str(one) if isinstance(one, PdfError) else one for one in results]


def noted(folder: Path) -> list[str]:
    return (folder / "noted").read_text().splitlines()


def left_running(folder: Path) -> list[int]:
    """Processes that a faulty LibreOffice left behind and that still do anything."""
    return [pid for pid in map(int, (folder / "left").read_text().split()) if _runs(pid)]


def _runs(pid: int) -> bool:
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
        except FileNotFoundError:
            return False
        time.sleep(0.02)
    return True


def letter(body: str = "Water is short.", name: str = "Claire Dubois", **said: str) -> bytes:
    """A letter as a Word document."""
    recipient = text.Recipient(name, "Directrice", "Agence de l’eau", ("69002 Lyon", "France"))
    words = {"subject": "The river", "salutation": "Dear Madam,", "closing": "Sincerely,", **said}
    signed = (text.Signature("Vann Sokha", "Director", "House of Rivers", "HR"),)
    told = text.Letter(recipients=(recipient,), body=body, **words)
    return documents.render_docx(documents.PrintJob(told, recipient, datetime.date(2016, 1, 24), signed))


def poppler(program: str, pdf: bytes, *options: str) -> str:
    files = ("-", "-") if program == "pdftotext" else ("-",)
    done = subprocess.run([program, *options, *files], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def objects(pdf: bytes) -> str:
    """What a PDF says of itself: its bytes, and those of its streams that are deflated."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    said = [pdf]
    for stream in streams:
        try:
            said.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(said).decode("latin-1")


def pages_text(pdf: bytes | PdfError) -> str:
    assert isinstance(pdf, bytes), pdf
    return poppler("pdftotext", pdf, "-raw")


# --- what a PDF is --------------------------------------------------------------------------------------------------


@pytest.mark.libreoffice
@real
def test_a_pdf_says_what_the_letter_says_and_brings_its_fonts() -> None:
    pdf = documents.render_pdf(letter("First, **water**.\n\nSecond, a note[^1].\n\n[^1]: Measured in May."))

    said = pages_text(pdf)
    places = [said.index(words) for words in ("Claire Dubois", "24 January 2016", "Dear Madam,", "First, water.")]
    assert places == sorted(places)
    assert "Measured in May." in said and "Vann Sokha" in said
    fonts = poppler("pdffonts", pdf).splitlines()[2:]
    assert fonts and all(re.search(r" yes (yes|no) +(yes|no) +\d+ +\d+$", font) for font in fonts)


@pytest.mark.libreoffice
@real
@pytest.mark.parametrize("language", ["en", "fr", "pt", "ar", "km"])
def test_a_pdf_tells_a_screen_reader_its_title_language_and_structure(language: str) -> None:
    pdf = documents.render_pdf(letter(language=language))

    facts = poppler("pdfinfo", pdf)
    assert re.search(r"^Title: +The river$", facts, re.MULTILINE)
    assert re.search(r"^Tagged: +yes$", facts, re.MULTILINE)
    said = objects(pdf)
    assert re.search(r"/MarkInfo\s*<<\s*/Marked true\s*>>", said)
    assert re.search(r"/StructTreeRoot \d+ 0 R", said)
    assert re.search(r"/ViewerPreferences\s*<<[^>]*/DisplayDocTitle true", said)
    assert re.search(r"/Lang\s*\(([a-z]+)[^)]*\)", said)[1] == language
    assert "<pdfuaid:part>1</pdfuaid:part>" in said


@pytest.mark.libreoffice
@real
def test_headings_lists_table_heads_links_and_notes_are_told_apart() -> None:
    table, note = "| Town | Wells |\n|---|---|\n| Lyon | 3 |", "One[^1].\n\n[^1]: Two."
    body = f"# Findings\n\n- a [link](https://a.example)\n\n{table}\n\n{note}"

    tree = poppler("pdfinfo", documents.render_pdf(letter(body)), "-struct")

    found = {line.split()[0].rstrip(":") for line in tree.splitlines() if not line.lstrip().startswith("/")}
    assert {"Document", "H1", "L", "LI", "LBody", "Table", "TR", "TH", "TD", "Link", "Note", "P"} <= found


@pytest.mark.libreoffice
@real
def test_nothing_of_the_machine_is_in_a_pdf() -> None:
    facts = poppler("pdfinfo", documents.render_pdf(letter()), "-isodates")

    assert not re.search(r"^(Author|Subject|Keywords):", facts, re.MULTILINE)
    assert re.search(r"^CreationDate: +1980-01-01T00:00:00Z", facts, re.MULTILINE)


@pytest.mark.libreoffice
@real
def test_the_same_letter_has_the_same_bytes_alone_and_among_others_at_any_time_and_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, other, third = documents.render_pdfs([letter(), letter("Other."), letter()])
    time.sleep(1.1)  # LibreOffice notes the second
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")

    assert documents.render_pdf(letter()) == first == third
    assert other != first


# --- many -----------------------------------------------------------------------------------------------------------


@pytest.mark.libreoffice
@real
def test_each_office_gets_its_own_pdf_in_the_order_of_the_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfs, "AT_ONCE", 3)

    made = documents.render_pdfs(letter(name=f"Minister {n}") for n in range(7))

    assert [re.findall(r"Minister \d", pages_text(pdf)) for pdf in made] == [[f"Minister {n}"] for n in range(7)]


@pytest.mark.libreoffice
@real
def test_a_file_that_is_no_letter_loses_no_other_letter() -> None:
    made = list(documents.render_pdfs([letter("One."), b"PK\x03\x04 torn", letter("Two."), b"Plain", letter("Three.")]))

    assert [isinstance(pdf, bytes) for pdf in made] == [True, False, True, False, True]
    assert all(word in pages_text(pdf) for word, pdf in zip(("One.", "Two.", "Three."), made[::2], strict=True))
    assert "made no PDF of the letter" in str(made[1]) and "send it alone" in str(made[3])


@pytest.mark.libreoffice
@real
def test_a_real_libreoffice_that_is_killed_amid_its_work_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first start is killed by its own hand before it opens anything, the second is LibreOffice as it is.
    program = tmp_path / "soffice"
    once = tmp_path / "once"
    program.write_text(
        f'#!/bin/sh\n[ -e {once} ] || {{ touch {once}; kill -KILL $$; }}\nexec {documents.libreoffice()} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    made = list(documents.render_pdfs([letter("One."), letter("Two.")]))

    assert [word in pages_text(pdf) for word, pdf in zip(("One.", "Two."), made, strict=True)] == [True, True]


def test_one_start_makes_them_all(faulty: Path) -> None:
    assert rendered("a", "b", "c") == [made_of("a"), made_of("b"), made_of("c")]
    assert noted(faulty) == ["started with 3", "a", "b", "c"]


def test_no_libreoffice_gets_more_documents_than_its_command_line_takes(faulty: Path) -> None:
    words = [f"letter {n}" for n in range(2 * pdfs.AT_ONCE + 1)]

    assert rendered(*words) == [made_of(one) for one in words]
    assert [line for line in noted(faulty) if line.startswith("started")] == [
        f"started with {count}" for count in (pdfs.AT_ONCE, pdfs.AT_ONCE, 1)
    ]


def test_each_pdf_is_given_as_soon_as_it_is_made(faulty: Path) -> None:
    made = documents.render_pdfs([b"first", b"wait for the reader"], timeout=20)

    assert next(made) == made_of("first")
    (faulty / "go").touch()  # the second is not made before the first was given
    assert next(made) == made_of("wait for the reader")


def test_documents_are_taken_as_they_are_needed(faulty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfs, "AT_ONCE", 2)
    taken: list[int] = []

    def letters():
        for n in range(6):
            taken.append(n)
            yield b"letter"

    next(documents.render_pdfs(letters(), timeout=20))

    assert taken == [0, 1]


def test_no_document_gives_no_pdf_and_starts_nothing(faulty: Path) -> None:
    assert rendered() == []
    assert not (faulty / "noted").exists()


def test_a_pdf_that_is_still_being_written_is_waited_for(faulty: Path) -> None:
    assert rendered("half", "b") == [made_of("half"), made_of("b")]


# --- a LibreOffice that fails ---------------------------------------------------------------------------------------


def test_a_crash_over_one_document_loses_no_other(faulty: Path) -> None:
    before, crashed, after = rendered("a", "crash", "b")

    assert (before, after) == (made_of("a"), made_of("b"))
    assert "made no PDF of the letter (Fatal exception: Signal 6). The Word document is whole" in crashed
    assert noted(faulty) == ["started with 3", "a", "crash", "started with 2", "crash", "started with 1", "b"]


def test_a_document_that_is_left_out_loses_no_other(faulty: Path) -> None:
    before, left_out, after, last = rendered("a", "skip", "b", "c")

    assert (before, after, last) == (made_of("a"), made_of("b"), made_of("c"))
    assert "(Error: source file could not be loaded)" in left_out


def test_a_hang_over_one_document_loses_no_other(faulty: Path) -> None:
    before, hung, after = rendered("a", "hang", "b", timeout=2)

    assert (before, after) == (made_of("a"), made_of("b"))
    assert hung.startswith("LibreOffice did not finish the PDF within 2 seconds.")
    assert noted(faulty).count("hang") == 2
    assert left_running(faulty) == []


def test_a_libreoffice_that_hangs_once_makes_the_pdf_at_the_second_attempt(faulty: Path) -> None:
    assert rendered("hang once", "b", timeout=2) == [made_of("hang once"), made_of("b")]
    assert left_running(faulty) == []


def test_a_libreoffice_that_hangs_over_everything_is_not_waited_for_again_and_again(faulty: Path) -> None:
    sentences = rendered(*(f"hang {n}" for n in range(40)), timeout=0.3)

    assert len(sentences) == 40
    assert all("did not finish the PDF within 0.3 seconds" in sentence for sentence in sentences)
    assert sum(line.startswith("started") for line in noted(faulty)) == pdfs.HANGS


def test_a_single_letter_fails_with_the_same_sentence(faulty: Path) -> None:
    with pytest.raises(PdfError, match=r"did not finish the PDF within 0\.3 seconds.*try again"):
        documents.render_pdf(b"hang", timeout=0.3)

    assert sum(line.startswith("started") for line in noted(faulty)) == pdfs.ATTEMPTS


def test_who_stops_reading_ends_libreoffice_and_leaves_nothing_behind(faulty: Path, tmp_path: Path) -> None:
    made = documents.render_pdfs([b"a", b"hang"], timeout=60)
    next(made)
    while not (faulty / "left").exists() or not (faulty / "left").read_text():
        time.sleep(0.01)

    made.close()

    assert left_running(faulty) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_nothing_is_left_in_the_temporary_folder(faulty: Path, tmp_path: Path) -> None:
    rendered("a", "crash", "skip", "b")

    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_libreoffice_that_cannot_be_started_fails_in_a_sentence_for_each_letter(faulty: Path) -> None:
    (faulty / "soffice").write_text("no program")

    sentences = rendered("a", "b")

    assert len(sentences) == 2
    assert all(re.search(r"could not be run.*soffice.*Check that it starts", sentence) for sentence in sentences)


def test_without_libreoffice_each_letter_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    first, second = rendered("a", "b")

    assert first == second
    assert "apt install libreoffice-writer" in first
    with pytest.raises(PdfError, match="apt install libreoffice-writer"):
        documents.render_pdf(b"a")


def test_a_temporary_folder_that_is_gone_fails_in_a_sentence(
    faulty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))

    (sentence,) = rendered("a")

    assert "Check that it starts and that the disk has room" in sentence
