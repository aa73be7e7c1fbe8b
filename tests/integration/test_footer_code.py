"""The code in the footers: printed, drawn, read by a scanner, approved with the letterhead, judged by the verifier."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from dataclasses import replace

import docx as python_docx
import pytest
import zxingcpp
from PIL import Image

from tests.support.browsing import csrf, signed_in
from tests.support.evidence import check, files_of, live
from tests.support.factories import ANNA, act, make_documents, open_sign_off, sign, take_in, terms, words
from workflow import documents, history
from workflow.campaigns import campaign, drafts, lifecycle, printing, stationery
from workflow.campaigns.campaign import Setting
from workflow.campaigns.stationery import Choice
from workflow.documents import compile_letterhead, footer_of
from workflow.documents.writing.opc import entry, pack
from workflow.letter import code as codes
from workflow.models import Campaign, Document, Letter

ORIGIN, CODE = "https://letters.example.org", codes.make()
LINK = f"{ORIGIN}/genuine/{CODE}"
LANGUAGES = ("en", "fr", "es", "pt", "ar", "fa", "ru", "km", "my", "th", "zh")


def scanned(png: bytes) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))]


def parts(docx: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def said(footer: bytes) -> str:
    return "".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", footer.decode()))


def printed(sheet: documents.Letterhead, language: str = "en", **changes) -> bytes:
    letter = words(language=language)
    job = documents.PrintJob(
        letter, letter.recipients[0], None, (), footer=footer_of(ORIGIN, CODE, language), **changes
    )
    return documents.render_docx(job, sheet)


def with_sections(*sections: str, settings: str = "") -> documents.Letterhead:
    """A letterhead of somebody's own, without a footer or with some kinds of them."""
    made = parts(documents.built_in("plain").source)
    body = made["word/document.xml"].decode()
    first, *others = sections
    body = re.sub(r"<w:sectPr>.*</w:sectPr>", first, body)
    for other in others:
        body = body.replace("<w:body>", f"<w:body><w:p><w:pPr>{other}</w:pPr></w:p>", 1)
    made["word/document.xml"] = body.encode()
    if settings:
        made["word/settings.xml"] = made["word/settings.xml"].replace(
            b"</w:settings>", f"{settings}</w:settings>".encode()
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return compile_letterhead(packed.getvalue()).letterhead


SIZE = (
    '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1474" w:right="1474" w:bottom="1474" w:left="1474" '
    'w:header="709" w:footer="709" w:gutter="0"/>'
)
OWN = {
    "none": [f"<w:sectPr>{SIZE}</w:sectPr>"],
    "first page apart": [f"<w:sectPr>{SIZE}<w:titlePg/></w:sectPr>"],
    "one for all": [f'<w:sectPr><w:footerReference w:type="default" r:id="rFooter"/>{SIZE}</w:sectPr>'],
    "two sections": [f"<w:sectPr>{SIZE}<w:titlePg/></w:sectPr>", f"<w:sectPr>{SIZE}</w:sectPr>"],
}


@pytest.mark.parametrize("name", documents.BUILT_IN)
@pytest.mark.parametrize("running_header", [False, True])
def test_each_footer_of_the_products_letterheads_says_it_once(name, running_header):
    made = parts(printed(documents.built_in(name), running_header=running_header, tightness=2))
    footers = [content for part, content in made.items() if part.startswith("word/footer")]

    assert len(footers) == 2
    for footer in footers:
        assert said(footer).count(f"letters.example.org/genuine · {codes.shown(CODE)}") == 1
        assert footer.count(b"<w:drawing") == 1
    assert scanned(made["word/media/genuine.png"]) == [LINK]


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize("settings", ["", "<w:evenAndOddHeaders/>"])
def test_so_do_the_pages_of_an_uploaded_letterhead_whatever_footers_it_has(kind, settings):
    docx = printed(with_sections(*OWN[kind], settings=settings))
    made = parts(docx)
    body, relations = made["word/document.xml"].decode(), made["word/_rels/document.xml.rels"].decode()
    targets = dict(re.findall(r'Id="([^"]+)" Type="[^"]+/footer" Target="/?([^"]+)"', relations))
    due = {"default", *(["first"] if "titlePg" in OWN[kind][0] else []), *(["even"] if settings else [])}

    # A later section has what the first one has, where it says nothing.
    referred = re.findall(r'<w:footerReference (?:w:type="(\w+)" )?r:id="([^"]+)"', body)
    assert due <= {of or "default" for of, _ in referred}
    for _, relation in referred:
        part = targets[relation]
        assert CODE in said(made[part if part in made else f"word/{part}"]).replace("-", "")
    assert python_docx.Document(io.BytesIO(docx)).sections


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_asks_in_the_letters_language_and_stands_at_the_edge_where_its_lines_end(language):
    made = parts(printed(documents.built_in("plain"), language))["word/footer.xml"].decode()
    asked = footer_of(ORIGIN, CODE, language).words

    assert said(made.encode()).count(asked) == 1
    assert (asked == "Is this letter genuine?") is (language == "en")
    assert ("<w:bidi/>" in made) is (language in ("ar", "fa"))


def test_the_same_letter_gives_the_same_bytes():
    assert printed(documents.built_in("plain")) == printed(documents.built_in("plain"))


@pytest.mark.skipif(documents.libreoffice() is None, reason="LibreOffice is not installed")
def test_a_scanner_reads_it_from_the_printed_page(tmp_path):
    papers = [printed(documents.built_in("plain"), language) for language in ("en", "ar")]
    pdfs = list(documents.render_pdfs(papers))
    for pdf in pdfs:
        (tmp_path / "letter.pdf").write_bytes(pdf)
        command = ["pdftoppm", "-r", "150", "-png", "-singlefile", tmp_path / "letter.pdf", tmp_path / "page"]
        subprocess.run(command, check=True)

        assert scanned((tmp_path / "page.png").read_bytes()) == [LINK]
    assert len(pdfs) == 2


# --- on the record ----------------------------------------------------------------------------------------------------


def approved_with_code(database, **choice) -> str:
    letter_id = take_in(database, 2)
    with database.reading() as session:
        chosen = replace(Choice.of(session.get_one(Letter, letter_id)), footer_code=True, **choice)
    act(database, stationery.choose, letter_id, chosen, ANNA)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    sign(database, letter_id, 1)
    act(database, lifecycle.approve, letter_id, ANNA)
    return letter_id


def make(database, letter_id: str) -> None:
    """As the job does."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        job, sheet = printing.printing(session, row, row.recipients[0])
        made_for, recipient = printing.fingerprint(row), row.recipients[0].id
    on = documents.blank(sheet, running_header=job.running_header, footer=job.footer)
    docx = documents.render_docx(job, sheet)
    documents.check_round_trip(docx, job)
    facts = {"made_for": made_for, "docx": docx, "pdf": None, "letterhead": on}
    assert act(database, printing.keep_rendering, letter_id, recipient, **facts)


def test_the_verifier_takes_exactly_this_footer(database):
    letter_id = approved_with_code(database, running_header=True)
    make(database, letter_id)
    with database.reading() as session:
        code = session.get_one(Letter, letter_id).code
    report = live(database, letter_id)

    assert report.problems == []
    assert [one for one in report.facts if f"by the code {code}" in one]
    assert not [one for one in report.remarks if "pictures" in one]
    assert database.settings.origin.partition("://")[2] in "\n".join(report.facts)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("word/footer.xml", (b"/genuine", b"/genuin")),
        ("word/footer.xml", (b"Is this letter", b"Was this letter")),
        ("word/footer-first.xml", (b"</w:ftr>", b"<w:p><w:r><w:t>And more.</w:t></w:r></w:p></w:ftr>")),
        ("word/media/genuine.png", (b"", b"")),
    ],
)
def test_a_footer_with_another_word_or_another_picture_is_found(database, part, change):
    letter_id = approved_with_code(database)
    make(database, letter_id)
    files = files_of(database, letter_id)
    name = next(one for one in files if one.startswith("documents/"))
    content = parts(files[name])
    other = footer_of(ORIGIN, codes.make(), "en")
    content[part] = content[part].replace(*change) if change[0] else documents.qr_code(other.link)
    with database.writing() as session:
        forged = pack(entry(one, of) for one, of in content.items())
        stored = session.get_one(Document, name.removeprefix("documents/").removesuffix(".docx"))
        stored.content = forged
        session.flush()
    files[name] = forged
    problems = [one for one in check(database, files).problems if "is not what was signed" in one]

    assert problems


def test_a_letterhead_with_the_code_of_another_letter_is_found(database):
    """Somebody who runs the server approves a letterhead that leads elsewhere: its own approval says another code."""
    letter_id = approved_with_code(database)
    with database.writing() as session:
        session.execute(Letter.__table__.update().values(code=codes.make()))
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        job, sheet = printing.printing(session, row, row.recipients[0])
        made_for, recipient = printing.fingerprint(row), row.recipients[0].id
    facts = {
        "made_for": made_for,
        "docx": documents.render_docx(job, sheet),
        "pdf": None,
        "letterhead": documents.blank(sheet, footer=job.footer),
    }
    act(database, printing.keep_rendering, letter_id, recipient, **facts)
    problems = live(database, letter_id).problems

    assert [one for one in problems if "says another code to ask by" in one]
    assert [one for one in problems if "code is not the one" in one]


def test_the_code_is_made_once_and_stays(database):
    letter_id = approved_with_code(database)
    with database.reading() as session:
        code = session.get_one(Letter, letter_id).code
    act(database, lifecycle.reopen, letter_id, ANNA)
    act(database, lifecycle.approve, letter_id, ANNA)
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).code == code == codes.read(codes.shown(code))
    make_documents(database, letter_id)


def test_it_is_chosen_on_the_layout_page_and_new_letters_begin_as_the_campaign_says(app, database):
    letter_id = take_in(database, 1)
    client = signed_in(app, database)
    token = csrf(client.get(f"/letters/{letter_id}/paper"))
    chosen = {"letterhead": "plain", "layout": "automatic", "ordering": "agreed", "footer_code": "y"}
    assert client.post(f"/letters/{letter_id}/paper", data={"csrf_token": token, **chosen}).status_code == 303
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert row.footer_code
        campaign_id = row.campaign_id
        assert not row.campaign.footer_code
    act(database, campaign.set_up, campaign_id, Setting(terms(name="Ours"), footer_code=True), ANNA)
    with database.writing() as session:
        kept = session.get_one(Campaign, campaign_id)
        new = drafts.take_in(session, words(), [], ANNA, dated=None, terms=terms(), campaign=kept)
        assert new.footer_code
        entry = history.entries(session, new.id)[0]
        assert entry.about["footer_code"] is True
    page = client.get(f"/campaigns/{campaign_id}/settings")
    assert 'name="footer_code"' in page.text
