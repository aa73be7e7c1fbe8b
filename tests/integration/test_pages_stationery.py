"""The page for letterhead, layout, order and logos, over HTTP."""

import io
import re
import zipfile

import pytest
from PIL import Image

from tests.support.browsing import csrf, read, signed_in
from tests.support.cases import each
from tests.support.factories import ANNA, BODY, act, take_in, words
from tests.support.word import in_word
from workflow import documents
from workflow.campaigns import drafts, lifecycle
from workflow.models import Letter


@pytest.fixture
def coordinator(app, database):
    """A browser that is signed in as an admin."""
    return signed_in(app, database)


def posted(client, letter_id, where, **fields):
    token = csrf(client.get(f"/letters/{letter_id}/paper"))
    return client.post(f"/letters/{letter_id}/{where}", data={"csrf_token": token, **fields}, follow_redirects=True)


def words_of(answer):
    return zipfile.ZipFile(io.BytesIO(answer.data)).read("word/document.xml").decode()


def png():
    saved = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(saved, "PNG")
    return saved.getvalue()


def test_the_choice_is_kept_and_shown(coordinator, database):
    letter_id = take_in(database)

    page = posted(coordinator, letter_id, "paper", letterhead="many", layout="country", ordering="alphabet")

    assert [one.get("value") for one in read(page).xpath('//*[@name="letterhead"][@checked]')] == ["many"]
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert (row.letterhead, row.layout, row.ordering) == ("many", "country", "alphabet")


def test_a_letterhead_is_checked_kept_and_printed_on_at_once(coordinator, database):
    letter_id = take_in(database)
    source = documents.built_in("plain").source

    page = posted(coordinator, letter_id, "letterheads", name="Ours", file=(io.BytesIO(source), "ours.docx"))

    assert "Ours: what we found" in page.text
    assert "210 × 297 mm" in page.text
    with database.reading() as session:
        own = session.get_one(Letter, letter_id).letterhead
    assert coordinator.get(f"/letters/{letter_id}/letterheads/{own}.docx").data == source
    assert "Organisation A" in words_of(coordinator.get(f"/letters/{letter_id}/preview.docx"))


def test_what_a_letterhead_says_beside_the_letter_is_shown_and_warned_of(coordinator, database):
    letter_id = take_in(database)
    plain = coordinator.get(f"/letters/{letter_id}/paper").text

    for said, warned in (("We also ask for the minister to resign.", True), ("", False)):
        made = in_word("{{ recipient }}", "{{ body }}", "{{ signatories }}", *([said] if said else []))
        page = posted(coordinator, letter_id, "letterheads", name="Ours", file=(io.BytesIO(made), "x.docx"))
        shown = page.text
        assert "in a header &#39;Coalition for Rivers&#39;" in shown
        assert said in shown
        (note,) = [one for one in read(page).find_class("note") if "Your letterhead prints" in one.text_content()]
        assert ("warn" in note.classes) == warned
    assert "Your letterhead prints" not in plain


def test_the_name_of_a_letterhead_that_is_refused_is_kept(coordinator, database):
    letter_id = take_in(database)

    page = posted(coordinator, letter_id, "letterheads", name="Ours 2026", file=(io.BytesIO(b"x"), "x.docx"))

    assert 'value="Ours 2026"' in page.text


@pytest.fixture
def drafted(database):
    return take_in(database)


@each("content", [b"", b"no zip", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old"])
def test_what_is_no_letterhead_is_refused_with_a_sentence_and_nothing_changes(coordinator, database, drafted, content):
    letter_id = drafted

    page = posted(coordinator, letter_id, "letterheads", name="", file=(io.BytesIO(content), "x.docx"))

    assert page.status_code == 400
    assert 'role="alert"' in page.text
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).letterhead == "plain"


def test_a_letterhead_of_five_megabytes_is_taken_and_one_of_eleven_is_too_large(coordinator, database):
    letter_id = take_in(database)

    five = posted(coordinator, letter_id, "letterheads", file=(io.BytesIO(b"x" * 5_000_000), "x.docx"))
    eleven = posted(coordinator, letter_id, "letterheads", file=(io.BytesIO(b"x" * 11_000_000), "x.docx"))

    assert (five.status_code, eleven.status_code) == (400, 413)
    assert "not a Word document" in five.text


def test_a_preview_says_who_has_not_signed(coordinator, database):
    letter_id = take_in(database)

    printed = words_of(coordinator.get(f"/letters/{letter_id}/preview.docx"))

    assert "[Person A]" in printed
    assert "[not signed yet]" in printed


@pytest.mark.slow
@pytest.mark.libreoffice
@pytest.mark.skipif(documents.libreoffice() is None, reason="pages are counted by LibreOffice")
def test_a_letter_is_fitted_on_as_many_pages_as_it_should_take_and_says_when_it_cannot(
    printing_app, coordinator, database
):
    long = words(body="\n\n".join(["We ask for water, and for an answer, as we did before. " * 6] * 14))
    letter_id = take_in(database, 20, letter=long)
    chosen = {"letterhead": "plain", "layout": "automatic", "ordering": "agreed", "running_header": "y"}
    counted = {}
    for fit in ("", "2", "1"):
        assert "Layout saved" in posted(coordinator, letter_id, "paper", fit_pages=fit, **chosen).text
        page = coordinator.get(f"/letters/{letter_id}/paper/pages").text
        counted[fit] = re.search(r'role="status">\s*(.*?)\s*</p>', page, re.DOTALL)[1].strip()
    assert counted == {"": "3 pages", "2": "2 pages", "1": "It takes 2 pages even at the smallest decent size."}
    assert "[Person A]" in words_of(coordinator.get(f"/letters/{letter_id}/preview.docx"))


def test_a_logo_is_kept_and_shown(coordinator, database):
    letter_id = take_in(database)
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[0].id

    page = posted(coordinator, letter_id, f"invitations/{invitation}/logo", file=(io.BytesIO(png()), "logo.png"))

    source = read(page).find_class("logo")[0].get("src")
    assert coordinator.get(source).mimetype == "image/png"
    refused = posted(coordinator, letter_id, f"invitations/{invitation}/logo", file=(io.BytesIO(b"GIF89a"), "x.gif"))
    assert refused.status_code == 400
    assert "not a PNG, JPEG or SVG" in refused.text


def test_a_standing_is_kept(coordinator, database):
    letter_id = take_in(database)
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[2].id

    page = posted(
        coordinator, letter_id, f"invitations/{invitation}/standing",
        position="1", country="Peru", founder="y", confidential="y",
    )  # fmt: skip

    assert {"1", "Peru"} <= {one.get("value") for one in read(page).xpath("//input")}
    ticked = {one.get("name") for one in read(page).xpath("//input[@checked]")}
    assert {"founder", "confidential"} <= ticked
    listed = coordinator.get(f"/letters/{letter_id}/cosigners").text
    assert listed.index("Organisation C") < listed.index("Organisation A")


@each("where", ["paper", "preview.docx", "letterheads/plain.docx", "logos/" + "0" * 64 + ".png"])
def test_nobody_sees_it_without_signing_in(app, drafted, where):
    answer = app.test_client().get(f"/letters/{drafted}/{where}")

    assert answer.status_code in (302, 303, 401)


def test_the_changes_between_two_revisions_are_a_word_document(coordinator, database):
    letter_id = take_in(database)
    act(database, lifecycle.circulate, letter_id, ANNA)
    act(database, lifecycle.revise, letter_id, "A better word.", ANNA)
    with database.reading() as session:
        version = session.get_one(Letter, letter_id).version
    changed = words(body=BODY.replace("asks for something", "asks for an answer"))
    act(database, drafts.edit, letter_id, changed, ANNA, version=version, dated=None)
    act(database, lifecycle.circulate, letter_id, ANNA)

    printed = words_of(coordinator.get(f"/letters/{letter_id}/revisions/2/changes.docx"))

    assert re.findall(r"<w:delText[^>]*>([^<]+)", printed) == ["something"]
    assert coordinator.get(f"/letters/{letter_id}/revisions/1/changes.docx").status_code == 404
