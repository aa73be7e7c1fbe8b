"""The public page: whoever holds a letter learns whether it is genuine, and nobody learns of what was not sent."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import zipfile
from dataclasses import replace

import pytest

from tests.support.browsing import csrf, read
from tests.support.factories import (
    ANNA,
    act,
    dispatched,
    fingerprint,
    make_documents,
    open_sign_off,
    sign,
    take_in,
    words,
)
from workflow import documents, history, merkle
from workflow.campaigns import dispatch, genuine, lifecycle, stationery
from workflow.campaigns.received import read_received
from workflow.campaigns.stationery import Choice, Standing
from workflow.history.audit.erased import ERASED
from workflow.letter import code as codes
from workflow.models import Document, Letter, LogEntry, Rendering, now
from workflow.verify import printed_names
from workflow.verify.one_name import check_one_name
from workflow.verify.report import Report
from workflow.verify.standalone import standalone

LINE = "Paragraph {} of the letter asks for something that matters to all of us."
BODY = "\n\n".join(map(LINE.format, range(12)))


def sent(database, count: int = 3, withheld: int | None = None) -> str:
    """A letter whose code stands in its footers, with the office."""
    letter_id = take_in(database, count, letter=words(body=BODY))
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        chosen, asked = replace(Choice.of(row), footer_code=True), [one.id for one in row.invitations]
    act(database, stationery.choose, letter_id, chosen, ANNA)
    if withheld is not None:
        act(
            database,
            stationery.set_standing,
            letter_id,
            asked[withheld],
            Standing(withheld + 1, "", confidential=True),
            ANNA,
        )
    open_sign_off(database, letter_id)
    for number in range(count):
        sign(database, letter_id, number)
    act(database, lifecycle.approve, letter_id, ANNA)
    make_documents(database, letter_id)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    return letter_id


def code_of(database, letter_id: str) -> str:
    with database.reading() as session:
        return session.get_one(Letter, letter_id).code


def docx_of(database, letter_id: str) -> bytes:
    with database.reading() as session:
        made = session.query(Rendering).filter_by(letter_id=letter_id).first()
        return bytes(session.get_one(Document, made.docx_sha256).content)


def heading(page) -> str:
    return " ".join(one.text_content() for one in read(page).xpath("//main//div[contains(@class,'note')]//h2"))


def upload(client, content: bytes, **fields):
    token = csrf(client.get("/genuine"))
    sent_file = (io.BytesIO(content), "letter.docx")
    return client.post("/genuine", data={"csrf_token": token, "file": sent_file, **fields})


def changed(docx: bytes, old: str, new: str) -> bytes:
    """Opened, changed and saved again."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as again:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "word/document.xml":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode(), 1)
            again.writestr(name, content)
    return packed.getvalue()


# --- found ------------------------------------------------------------------------------------------------------------


def test_a_sent_letter_is_known_by_its_code_however_it_is_typed(database, app):
    code = code_of(database, sent(database, withheld=1))
    client = app.test_client()

    for typed in (f"/genuine/{code}", f"/genuine?code={codes.shown(code).lower()}", f"/genuine/{codes.shown(code)}"):
        page = client.get(typed)
        assert (page.status_code, heading(page)) == (200, "A letter with this code was sent")
        for said in (
            "Free the seventeen",
            "Jane Doe, Minister, Ministry of Justice",
            "3 organisations",
            "Organisation A",
        ):
            assert said in page.text
        assert "1 name is withheld" in page.text
        assert "Organisation B" not in page.text
        assert "No signature was withdrawn or added." in page.text


def test_the_very_file_is_known_by_its_fingerprint_and_when_it_is_uploaded(database, app):
    docx = docx_of(database, sent(database))
    client = app.test_client()

    for page in (client.get(f"/genuine?sha256={hashlib.sha256(docx).hexdigest()}"), upload(client, docx)):
        assert (page.status_code, heading(page)) == (200, "Genuine: this very file was sent")
        assert "Ministry of Justice" in page.text


def test_the_words_of_a_file_that_was_saved_again_are_compared(database, app, tmp_path):
    letter_id = sent(database)
    docx = docx_of(database, letter_id)
    again = changed(docx, "Dear Minister,", "Dear Minister,")
    assert again != docx

    page = upload(app.test_client(), again)

    assert heading(page) == "The words are those of the letter"
    assert codes.shown(code_of(database, letter_id)) in page.text


@pytest.mark.skipif(documents.libreoffice() is None, reason="LibreOffice is not installed")
def test_so_are_those_of_one_that_another_program_saved(database, app, tmp_path):
    (tmp_path / "letter.docx").write_bytes(docx_of(database, sent(database)))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [documents.libreoffice(), profile, "--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir",
         tmp_path / "again", tmp_path / "letter.docx"], check=True, capture_output=True,
    )  # fmt: skip

    assert heading(upload(app.test_client(), (tmp_path / "again/letter.docx").read_bytes())) == (
        "The words are those of the letter"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Paragraph 3 of the letter asks", "Paragraph 3 of the letter does not ask", "does not ask"),
        ("Director", "President", "President"),
        ("Organisation C", "Organisation X", "Organisation X"),
        ("Jane Doe", "Joe Roe", "Joe Roe"),
    ],
)
def test_what_was_changed_in_it_is_shown(database, app, old, new, said):
    page = upload(app.test_client(), changed(docx_of(database, sent(database)), old, new))

    assert heading(page) == "Not what was sent: other words"
    shown = read(page).xpath("//ins | //del")
    assert set(said.split()) & {word for one in shown for word in one.text_content().split()}


def test_words_that_were_hidden_are_noticed(database, app):
    docx = docx_of(database, sent(database))
    hidden = changed(docx, "<w:r><w:t", "<w:r><w:rPr><w:vanish/></w:rPr><w:t")

    assert heading(upload(app.test_client(), hidden)) == "Not what was sent: words are hidden"


# --- not found --------------------------------------------------------------------------------------------------------


def test_of_what_was_not_sent_nothing_is_said_whatever_it_is(database, app):
    """A draft, an approved letter with its documents, a code that is nobody's: word for word the same answer."""
    draft, ready = take_in(database, 2), approved_only(database)
    client = app.test_client()
    answers = [
        client.get(f"/genuine/{code}") for code in (code_of(database, draft), code_of(database, ready), codes.make())
    ]
    sha256 = hashlib.sha256(docx_of(database, ready)).hexdigest()
    answers += [client.get(f"/genuine?sha256={one}") for one in (sha256, "0" * 64)]

    assert {page.status_code for page in answers} == {404}
    assert {heading(page) for page in answers} == {"Not known here"}
    assert len({re.sub(r"value=\"[^\"]*\"", "", page.text) for page in answers}) == 1
    assert heading(upload(client, docx_of(database, ready))) == "Not known here"


def approved_only(database) -> str:
    letter_id = take_in(database, 2, letter=words(subject="Not sent yet", body=BODY))
    open_sign_off(database, letter_id)
    for number in range(2):
        sign(database, letter_id, number)
    act(database, lifecycle.approve, letter_id, ANNA)
    make_documents(database, letter_id)
    return letter_id


def test_a_slip_is_told_and_is_no_guess(database, app):
    client = app.test_client()
    for _ in range(25):
        page = client.get("/genuine/ABCD-EFGH-JK")
        assert (page.status_code, heading(page)) == (404, "This is not a whole code")


def test_whoever_guesses_codes_is_stopped_and_files_go_on_being_checked(database, app):
    docx = docx_of(database, sent(database))
    client = app.test_client()
    seen = [client.get(f"/genuine/{codes.make()}").status_code for _ in range(22)]

    assert (seen[0], seen[-1]) == (404, 429)
    assert client.get(f"/genuine?sha256={hashlib.sha256(docx).hexdigest()}").status_code == 200


def test_a_page_with_nothing_but_the_subject_and_some_words_learns_nothing(database, app):
    """Whoever knows a fifth of a letter is not shown the rest of it."""
    docx = docx_of(database, sent(database))
    known = changed(docx, "", "")
    for number in range(2, 12):
        known = changed(known, LINE.format(number), "What?")
    page = upload(app.test_client(), known)

    assert heading(page) == "Not known here"
    assert "matters" not in page.text


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 nothing", b"PK\x03\x04" + bytes(200), b"PK", b"\xd0\xcf\x11\xe0" + bytes(100), b"x" * 50]
)
def test_what_cannot_be_read_is_said(database, app, content):
    assert "its words cannot be compared" in upload(app.test_client(), content).text


def test_nothing_that_was_uploaded_stays(database, app):
    docx = docx_of(database, sent(database))
    with database.reading() as session:
        before = session.query(Document).count(), session.query(LogEntry).count()
    upload(app.test_client(), changed(docx, "Jane Doe", "Joe Roe"))
    with database.reading() as session:
        assert (session.query(Document).count(), session.query(LogEntry).count()) == before


def test_more_than_a_document_is_not_read(app):
    client = app.test_client()
    page = upload(client, b"PK" + bytes(11_000_000))

    assert page.status_code == 413


def test_a_document_that_costs_too_much_is_given_up():
    """A part that unpacks to a hundred times its size, and elements within elements: a process ends, and no more."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w:p>" * 20_000_000)
    assert read_received(packed.getvalue()) is None


# --- one name ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Organisation A", True),
        ("orgc", True),
        ("ORGANISATION  C (ORGC)", True),
        ("Organisation B", False),
        ("X", False),
    ],
)
def test_of_one_name_it_is_shown_whether_it_is_there_and_proved(database, app, name, printed):
    """Also of a name that is withheld: it is not printed, and the proof says no more."""
    letter_id = sent(database, withheld=1)
    code = code_of(database, letter_id)
    client = app.test_client()
    page = client.get("/genuine", query_string={"code": code, "name": name})
    said = "is among the names" if printed else "is not among the names"
    assert said in page.text

    answer = client.get("/genuine/not-in-letter.json", query_string={"code": code, "name": name})
    report = check_one_name(answer.data, [history.vkey(database.settings)], merkle.is_signed)

    assert report.problems == []
    assert ("does not stand among" in report.facts[0]) is not printed
    assert "Organisation" not in re.sub(re.escape(name), "", answer.text)


def test_a_proof_that_was_altered_shows_nothing(database, app):
    letter_id, other = sent(database), sent(database)
    client = app.test_client()
    asked = {"code": code_of(database, letter_id), "name": "Nobody"}
    proof = json.loads(client.get("/genuine/not-in-letter.json", query_string=asked).data)
    another = json.loads(
        client.get("/genuine/not-in-letter.json", query_string={**asked, "code": code_of(database, other)}).data
    )
    vkey = [history.vkey(database.settings)]

    def report(**changes) -> Report:
        return check_one_name(json.dumps({**proof, **changes}).encode(), vkey, merkle.is_signed)

    def judged(**changes) -> list[str]:
        return report(**changes).problems

    [document] = proof["documents"]
    assert judged() == []
    # One of the two leaves may be its own: then it shows that the name is printed, as it is.
    printed = report(name="Organisation A")
    assert printed.problems or "does not stand among" not in printed.facts[0]
    assert judged(documents=another["documents"]) != []
    assert judged(dispatch=another["dispatch"]) != []
    assert judged(letter=another["letter"]) != []
    assert judged(documents=[]) != []
    assert check_one_name(json.dumps(proof).encode(), vkey, merkle.is_signed, "another").exit_code == 1
    for changes in (
        {"salt": "0" * 64}, {"size": 1}, {"root": "0" * 64}, {"leaves": []}, {"leaves": document["leaves"][:1] * 2},
        {"entry": document["entry"].replace("docx", "docy")}, {"proof": proof["dispatch"]["proof"]},
    ):  # fmt: skip
        assert judged(documents=[{**document, **changes}]) != []


def test_a_name_that_looks_like_another_is_told_apart(database, app):
    """Who denies its name may ask for another one that looks the same: nothing of the proof is wrong then."""
    letter_id = sent(database)
    asked = {"code": code_of(database, letter_id), "name": "Organisati\u043en A"}
    proof = app.test_client().get("/genuine/not-in-letter.json", query_string=asked).data

    report = check_one_name(proof, [history.vkey(database.settings)], merkle.is_signed)

    assert "does not stand among" in report.facts[0]
    assert r"('organisati\u043ena')" in report.facts[-1]
    assert any("mixes letters of several scripts" in remark for remark in report.remarks)
    assert any("whose name is withheld" in what for what in report.unchecked)


def test_the_file_is_checked_by_the_one_verifier(database, app, tmp_path):
    letter_id = sent(database)
    asked = {"code": code_of(database, letter_id), "name": "We Never Signed"}
    (tmp_path / "verify.py").write_bytes(standalone())
    proof = app.test_client().get("/genuine/not-in-letter.json", query_string=asked).data
    (tmp_path / "not-in-letter.json").write_bytes(proof)
    command = ["python3", "-I", "verify.py", "not-in-letter.json", "--vkey", history.vkey(database.settings)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert "'We Never Signed' does not stand among the names" in done.stdout
    assert "VALID" in done.stdout


def test_every_document_that_was_sent_is_held_against_the_names_that_it_printed(database):
    letter_id = sent(database)
    with database.reading() as session:
        found = genuine.by_code(session, session.get_one(Letter, letter_id).code)
        assert [one.about["names"] for one in found.rendered] == [
            one.names_root for one in session.query(Rendering).filter_by(letter_id=letter_id)
        ]


# --- how the letter fares since ---------------------------------------------------------------------------------------


def test_a_pdf_is_known_too_and_to_whom_it_went(database, app):
    letter_id = dispatched(database)
    with database.reading() as session:
        pdf = session.query(Rendering).filter_by(letter_id=letter_id).first().pdf_sha256
    page = app.test_client().get(f"/genuine?sha256={pdf}")

    assert "sent to Jane Doe, Minister, Ministry of Justice, byte for byte" in page.text


def test_a_later_letter_to_the_same_recipient_is_told(database, app):
    first, second, elsewhere = sent(database), sent(database), sent(database)
    by_hand(database, second, campaign_id=campaign_of(database, first))
    client = app.test_client()

    assert "A later letter went to the same recipient" in client.get(f"/genuine/{code_of(database, first)}").text
    for one in (second, elsewhere):
        assert "A later letter" not in client.get(f"/genuine/{code_of(database, one)}").text


def test_of_an_erased_letter_there_are_numbers_and_no_names(database, app):
    letter_id = sent(database)
    by_hand(database, letter_id, erased_at=now())
    client, code = app.test_client(), code_of(database, letter_id)
    page = client.get(f"/genuine/{code}?name=ORGA")

    assert "3 organisations" in page.text
    assert "The names were erased" in page.text
    assert "Organisation" not in page.text.replace("organisations", "")
    assert client.get(f"/genuine/not-in-letter.json?code={code}&name=ORGA").status_code == 404


def test_a_letter_of_before_the_trees_of_names_says_so(database, app, monkeypatch):
    monkeypatch.setattr(printed_names, "names_of", lambda salt, keys: "")
    letter_id = sent(database)
    monkeypatch.undo()
    client, code = app.test_client(), code_of(database, letter_id)
    page = client.get(f"/genuine/{code}?name=ORGA")

    assert "is among the names" in page.text
    assert "older than the proofs" in page.text
    assert client.get(f"/genuine/not-in-letter.json?code={code}&name=ORGA").status_code == 404


def by_hand(database, letter_id: str, **columns) -> None:
    with database.writing() as session:
        session.execute(Letter.__table__.update().where(Letter.__table__.c.id == letter_id).values(**columns))


def campaign_of(database, letter_id: str) -> str:
    with database.reading() as session:
        return session.get_one(Letter, letter_id).campaign_id


def test_of_a_name_that_was_erased_it_is_not_said_that_the_letter_does_not_print_it(database, app):
    """The letter that was sent prints it for good."""
    letter_id = sent(database)
    with database.writing() as session:
        organisation = session.get_one(Letter, letter_id).invitations[0].organisation
        gone, organisation.name = organisation.name, ERASED
    place = f"/genuine/{code_of(database, letter_id)}"

    for name in (gone, ERASED):
        page = app.test_client().get(place, query_string={"name": name}).text
        assert "is not among the names" not in page and "not-in-letter.json" not in page
        assert "told any more" in page
    assert "is among the names" in app.test_client().get(place, query_string={"name": "Organisation B"}).text


def test_what_was_sent_is_read_again_where_it_could_not_be_once(database, monkeypatch):
    """Whoever keeps the machine busy for a moment makes no letter unknown until the service starts again."""
    letter_id = sent(database)
    words, once = docx_of(database, letter_id), [None]
    real = genuine.read_received
    monkeypatch.setattr(genuine, "read_received", lambda content: once.pop() if once else real(content))
    with database.reading() as session:
        known = genuine.by_code(session, code_of(database, letter_id))
        received = real(words)
        assert genuine.compare(session, known, received) is None
        assert genuine.compare(session, known, received).same_words
