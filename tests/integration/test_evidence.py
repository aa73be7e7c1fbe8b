"""The evidence of real letters, whole and tampered with: each way to lie is found and named."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import rfc8785
import sqlalchemy as sa

from emails.transport import Outcome
from tests.support import factories, mailing
from tests.support.evidence import (
    check,
    covering,
    entries_of,
    every_note,
    files_of,
    find,
    live,
    place,
    receipts_of,
    rewritten,
    said,
    spread,
)
from tests.support.lived import lived
from workflow import documents, history, merkle, verify
from workflow.campaigns import dispatch, drafts, invitations, lifecycle, printing
from workflow.campaigns.roster import roster
from workflow.history import evidence
from workflow.letter import text
from workflow.models import Checkpoint, Letter
from workflow.signoffs import answers, review
from workflow.signoffs.answers import Answer
from workflow.verify.bundle import read_evidence
from workflow.verify.machines import MOVES
from workflow.verify.receipts import read_receipt
from workflow.verify.standalone import standalone

NAMES = ("Ana Lima", "Bo Chan", "Chea Sok")


# --- a letter's life ------------------------------------------------------------------------------------------------


def open_letter(database, count: int = 3, place: str = "") -> str:
    """A letter that went through review and one revision, open for sign-off."""
    letter_id = factories.take_in(database, count)
    factories.act(database, lifecycle.circulate, letter_id, factories.ANNA)
    comment = (factories.link_ids(database, letter_id)[0], factories.digest(database, letter_id), 1, "Shorter.")
    factories.act(database, review.comment, *comment)
    factories.act(database, lifecycle.revise, letter_id, "Shorter, as asked", factories.ANNA)
    words = factories.words(
        body=factories.BODY + " One sentence more, with **weight** and [a link](https://example.org)."
    )
    dated = date(2026, 11, 24)
    factories.act(database, drafts.edit, letter_id, words, factories.ANNA, version=1, dated=dated, place=place)
    factories.open_sign_off(database, letter_id)
    return letter_id


def sign(database, letter_id: str, number: int) -> None:
    link = factories.link_ids(database, letter_id)[number]
    said = Answer(digest=factories.digest(database, letter_id), name=NAMES[number], title="Director", authorised=True)
    factories.act(database, answers.sign, link, said)


def render(database, letter_id: str, **printed) -> None:
    """Make and keep the real documents, or such as print something else."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        made_for = printing.fingerprint(row)
        made = [(r.id, documents.render_docx(replace(printing.paper(row, r), **printed))) for r in row.recipients]
    for recipient_id, docx in made:
        factories.act(
            database, printing.keep_rendering, letter_id, recipient_id, made_for=made_for, docx=docx, pdf=None
        )


def deliver(database, letter_id: str) -> None:
    """Let every waiting mail be accepted by its server."""
    for lease in mailing.claim_all(database, letter_id):
        factories.act(database, mailing.mark, lease)
        factories.act(database, mailing.report, lease, Outcome("accepted", 250, "2.0.0 Ok: queued as 4711"))


def whole_life(database) -> str:
    """Signed by three, retracted and signed again by one, approved, sent, accepted."""
    return lived(database, sent_letter)


def sent_letter(database) -> str:
    letter_id = open_letter(database)
    for number in range(3):
        sign(database, letter_id, number)
    factories.act(database, answers.retract, factories.link_ids(database, letter_id)[1], "Asked by our board")
    sign(database, letter_id, 1)
    factories.act(database, lifecycle.approve, letter_id, factories.ANNA)
    render(database, letter_id)
    previewed = factories.fingerprint(database, letter_id)
    factories.act(database, dispatch.dispatch, letter_id, previewed, factories.ANNA)
    deliver(database, letter_id)
    factories.act(database, dispatch.confirm, letter_id)
    assert factories.state(database, letter_id) == "sent"
    return letter_id


def by_hand(database, statement: str, **values) -> None:
    """Change the database as somebody with its password can: behind the triggers."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            for name in connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(sa.text(statement), values)


# --- it holds -------------------------------------------------------------------------------------------------------


def test_the_evidence_of_a_whole_life_holds_and_tells_who_signed_what(database):
    letter_id = whole_life(database)

    report = check(database, files_of(database, letter_id))

    assert (report.verdict, report.problems, report.exit_code) == ("VALID, signed by the operator only", [], 0)
    told = "\n".join(report.notes)
    assert "the letter is sent" in told
    assert all(f"({name}, Organisation " in told for name in NAMES)
    assert told.count("does not count") == 1


def dated_at(database, recorded: str, **printed) -> verify.Report:
    """The check of a letter's evidence that is dated at a place, with documents as they are or that print another."""
    letter_id = open_letter(database, place=recorded)
    for number in range(3):
        sign(database, letter_id, number)
    factories.act(database, lifecycle.approve, letter_id, factories.ANNA)
    render(database, letter_id, **printed)
    return check(database, files_of(database, letter_id))


def test_the_place_before_the_date_is_printed_and_told(database):
    report = dated_at(database, " Phnom  Penh ")

    assert report.problems == []
    assert "is dated Phnom Penh, 24 November 2026." in "\n".join(report.notes)


@pytest.mark.parametrize("place", ["", "Bangkok", "We demand more. Phnom Penh"])
def test_another_place_than_was_recorded_is_named(database, place):
    report = dated_at(database, "Phnom Penh", place=place)

    assert "stands where the date must stand" in "\n".join(report.problems)


def test_receipts_as_they_were_mailed_match(database):
    letter_id = whole_life(database)
    receipts = receipts_of(database, letter_id)

    report = check(database, files_of(database, letter_id), receipts)

    assert len(receipts) == 5
    # Of one sign-off there are two: when it was given, and when it was taken back.
    assert (report.verdict, report.exit_code) == ("VALID, matching 4 outside heads", 0)


def test_the_evidence_holds_at_every_step_of_a_life(database):
    letter_id = factories.take_in(database)
    assert check(database, files_of(database, letter_id)).ok
    factories.open_sign_off(database, letter_id)
    assert check(database, files_of(database, letter_id)).ok
    sign(database, letter_id, 0)
    assert check(database, files_of(database, letter_id)).ok
    factories.act(database, lifecycle.approve, letter_id, factories.ANNA)
    render(database, letter_id)
    assert check(database, files_of(database, letter_id)).ok
    factories.act(database, answers.retract, factories.link_ids(database, letter_id)[0])
    assert check(database, files_of(database, letter_id)).problems == []


def test_the_same_state_gives_the_same_zip(database):
    letter_id = whole_life(database)
    with database.reading() as session:
        first = evidence.bundle(session, letter_id)
    with database.reading() as session:
        again = evidence.bundle(session, letter_id)

    assert first == again


def test_evidence_of_no_letter_is_refused_in_words(database):
    with database.reading() as session, pytest.raises(LookupError, match="no such letter"):
        evidence.files(session, "0" * 32)


@pytest.mark.parametrize("unpacked", [False, True], ids=["zip", "folder"])
def test_the_verifier_inside_the_zip_runs_alone(database, tmp_path, unpacked):
    letter_id = whole_life(database)
    with database.reading() as session:
        (tmp_path / "evidence.zip").write_bytes(evidence.bundle(session, letter_id))
    with zipfile.ZipFile(tmp_path / "evidence.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    (tmp_path / "receipt.eml").write_bytes(receipts_of(database, letter_id)[0])
    key = ["--vkey", history.vkey(database.settings), "--receipt", str(tmp_path / "receipt.eml")]
    what = "." if unpacked else str(tmp_path / "evidence.zip")

    run = subprocess.run(
        [sys.executable, "-I", "verify.py", what, *key],
        cwd=tmp_path / "unpacked",
        capture_output=True,
        text=True,
        env={"PYTHONIOENCODING": "ascii"},
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert "VALID, matching 1 outside head" in run.stdout
    assert "What this does not prove:" in run.stdout


def test_without_a_key_from_outside_it_says_so(database):
    letter_id = whole_life(database)

    report = verify.verify(files_of(database, letter_id))

    assert report.ok
    assert "key not checked" in report.verdict
    assert "- the key, against anything outside" in report.to_text()


def test_a_digest_can_be_recomputed_from_the_evidence_alone(database):
    letter_id = whole_life(database)
    files = files_of(database, letter_id)

    stored = files["revisions/2.json"]

    frozen = entries_of(files)[find(files, "revision.frozen", 1)]["about"]
    assert hashlib.sha256(stored).hexdigest() == frozen["digest"]
    assert text.from_canonical(stored).canonical() == stored


# --- an entry changed, removed, added, reordered; the log cut short -------------------------------------------------


def test_a_changed_entry_is_named(database):
    files = files_of(database, whole_life(database))
    name = f"entries/{find(files, 'letter.revise'):06}.json"
    files[name] = files[name].replace(b'"coordinator"', b'"cosigner"')

    report = check(database, files)

    assert report.verdict.startswith("INVALID: ")
    assert report.exit_code == 1
    assert f"{place(files, find(files, 'letter.revise'))} is not what was signed" in said(report)


def test_a_removed_entry_is_named(database):
    files = files_of(database, whole_life(database))
    del files["entries/000005.json"]

    assert "Entry 5 was removed" in said(check(database, files))


def test_a_removed_entry_is_found_when_the_rest_is_renumbered(database):
    files = files_of(database, whole_life(database))
    gone = find(files, "invitation.retract")
    entries = [entry for entry in entries_of(files) if entry["seq"] != gone]
    forged = {name: content for name, content in files.items() if not name.startswith("entries/")}
    forged |= {f"entries/{seq:06}.json": rfc8785.dumps({**entry, "seq": seq}) for seq, entry in enumerate(entries)}

    report = check(database, forged)

    assert f"{place(files, gone)} is not what was signed" in said(report)
    assert "cut short" in said(report)


def test_an_added_entry_is_found(database):
    files = files_of(database, whole_life(database))
    last = entries_of(files)[-1]
    files[f"entries/{last['seq'] + 1:06}.json"] = rfc8785.dumps({**last, "seq": last["seq"] + 1})

    assert "Entries were added at the end" in said(check(database, files))


def test_an_entry_slipped_in_is_found(database):
    files = files_of(database, whole_life(database))
    entries = entries_of(files)
    forged = {name: content for name, content in files.items() if not name.startswith("entries/")}
    slipped = [*entries[:6], entries[5], *entries[6:]]
    forged |= {f"entries/{seq:06}.json": rfc8785.dumps({**entry, "seq": seq}) for seq, entry in enumerate(slipped)}

    report = check(database, forged)

    assert f"{place(files, 6)} is not what was signed" in said(report)


def test_reordered_entries_are_named(database):
    files = files_of(database, whole_life(database))
    one, other = "entries/000007.json", "entries/000009.json"
    files[one], files[other] = files[other], files[one]

    assert "Entries were reordered: file 7 holds entry 9, file 9 holds entry 7" in said(check(database, files))


def test_a_log_cut_short_is_found_by_its_checkpoint(database):
    files = files_of(database, whole_life(database))
    last = len(entries_of(files)) - 1
    del files[f"entries/{last:06}.json"]

    assert f"The log is cut short: a checkpoint of {last + 1} entries was signed, {last} are here" in said(
        check(database, files)
    )


def test_a_log_cut_short_with_its_checkpoints_is_found_by_a_receipt(database):
    letter_id = whole_life(database)
    files = files_of(database, letter_id)
    shorter = rewritten(database, files, entries_of(files)[: find(files, "invitation.sign")])
    shorter = {
        name: content for name, content in shorter.items() if not name.startswith(("documents/", "disclosures/"))
    }

    assert check(database, shorter).ok
    assert "The log is cut short: receipt 1" in said(check(database, shorter, receipts_of(database, letter_id)[:1]))


def test_a_checkpoint_under_another_key_is_refused(database):
    files = files_of(database, whole_life(database))
    stranger = merkle.verifier_key(database.settings.host, b"\x07" * 32)

    report = verify.verify(files, stranger)

    assert report.exit_code == 1
    assert "is not signed" in said(report)


def test_a_note_with_a_changed_signature_is_refused(database):
    files = files_of(database, whole_life(database))
    name = covering(files, 0)
    head, _, mark = files[name].decode().rstrip("\n").rpartition(" ")
    signature = bytearray(base64.b64decode(mark))
    signature[20] ^= 1
    files[name] = f"{head} {base64.b64encode(signature).decode()}\n".encode()

    assert f"{name}: its signature does not hold" in said(check(database, files))


# --- two logs shown to two people -----------------------------------------------------------------------------------


def test_a_rewritten_log_diverges_from_the_receipt_and_both_notes_are_printed(database):
    letter_id = whole_life(database)
    files = files_of(database, letter_id)
    entries = entries_of(files)
    entries[2]["at"] = "2026-01-01T00:00:00.000000Z"
    other = rewritten(database, files, entries)
    receipt = receipts_of(database, letter_id)[0]

    report = check(database, other, [receipt])

    note = read_receipt("receipt.eml", receipt)[0].partition("\n\n")[2]
    assert check(database, other).ok, "alone, it cannot be told from an honest one"
    assert (report.verdict.partition(":")[0], report.exit_code) == ("DIVERGED", 2)
    assert note in said(report)
    assert other[f"checkpoints/{note.split()[1]}.txt"].decode() in said(report)


def test_a_receipt_diverges_though_the_checkpoint_of_its_size_is_left_out(database):
    letter_id = whole_life(database)
    files = files_of(database, letter_id)
    entries = entries_of(files)
    entries[2]["at"] = "2026-01-01T00:00:00.000000Z"
    other = rewritten(database, files, entries)
    for size in range(1, len(entries)):
        del other[f"checkpoints/{size}.txt"]

    assert check(database, other, receipts_of(database, letter_id)[:1]).exit_code == 2


def test_a_receipt_that_is_none_leaves_the_matter_undecided(database):
    letter_id = whole_life(database)

    report = check(database, files_of(database, letter_id), [b"Dear all, thank you for signing."])

    assert report.exit_code == 3
    assert not report.ok
    assert "VALID" not in report.verdict
    assert "receipt 1 holds no proof" in said(report)


def test_a_receipt_of_another_letter_proves_nothing(database):
    letter_id, other = whole_life(database), whole_life(database)

    report = check(database, files_of(database, letter_id), receipts_of(database, other)[:1])

    assert report.exit_code == 3
    assert report.matches == 0


# --- texts and personal data ----------------------------------------------------------------------------------------


def test_a_text_that_is_not_the_frozen_one_is_named(database):
    files = files_of(database, whole_life(database))
    files["revisions/2.json"] = files["revisions/2.json"].replace(b"thanks", b"threats")

    assert "Revision 2 is not the text that entry" in said(check(database, files))


def test_a_frozen_text_that_is_missing_is_named(database):
    files = files_of(database, whole_life(database))
    del files["revisions/1.json"]

    assert "Revision 1, which entry" in said(check(database, files))
    assert "is missing" in said(check(database, files))


def test_a_text_that_was_never_frozen_is_named(database):
    files = files_of(database, whole_life(database))
    files["revisions/3.json"] = files["revisions/2.json"]

    assert "Revision 3 was never frozen" in said(check(database, files))


def test_personal_data_that_was_not_committed_to_is_named(database):
    files = files_of(database, whole_life(database))
    seq = find(files, "invitation.sign")
    files[f"disclosures/{seq}.json"] = files[f"disclosures/{seq}.json"].replace(b"Ana Lima", b"Eva Lima")

    assert f"disclosures/{seq}.json is not what" in said(check(database, files))


def test_erased_personal_data_leaves_the_log_whole(database):
    letter_id = whole_life(database)
    seq = find(files_of(database, letter_id), "invitation.sign")
    by_hand(
        database, "DELETE FROM disclosures WHERE letter_id = :letter AND sequence = :seq", letter=letter_id, seq=seq
    )

    report = check(database, files_of(database, letter_id))

    assert report.ok
    assert "no entry says that it was erased" in "\n".join(report.notes)


# --- documents and sign-offs ----------------------------------------------------------------------------------------


def replace_document(files: dict[str, bytes], docx: bytes) -> tuple[dict[str, bytes], list[dict]]:
    """Put another document in place of the one that was made, as the log would have it."""
    old = next(name for name in files if name.startswith("documents/"))
    sha256, known = hashlib.sha256(docx).hexdigest(), old.removeprefix("documents/").removesuffix(".docx")
    other = {name: content for name, content in files.items() if name != old}
    other[f"documents/{sha256}.docx"] = docx
    entries = [json.loads(json.dumps(entry).replace(known, sha256)) for entry in entries_of(files)]
    return other, entries


def paper_of(database, letter_id: str) -> documents.PrintJob:
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        return printing.paper(row, row.recipients[0])


def test_a_document_whose_bytes_are_others_is_named(database):
    files = files_of(database, whole_life(database))
    name = next(name for name in files if name.startswith("documents/"))
    files[name] += b" "

    assert f"{name} was changed" in said(check(database, files))


def test_a_document_that_is_missing_is_named(database):
    files = files_of(database, whole_life(database))
    name = next(name for name in files if name.startswith("documents/"))
    del files[name]

    assert f"The document {name.removeprefix('documents/')}" in said(check(database, files))
    assert "is missing" in said(check(database, files))


def test_a_document_that_no_entry_names_is_named(database):
    files = files_of(database, whole_life(database))
    stray = documents.render_docx(documents.PrintJob(text.Letter(body="Other"), text.Recipient("X"), None, ()))
    files[f"documents/{hashlib.sha256(stray).hexdigest()}.docx"] = stray

    assert "no entry names it" in said(check(database, files))


def test_a_document_with_another_text_than_was_signed_is_named(database):
    letter_id = whole_life(database)
    paper = paper_of(database, letter_id)
    changed = factories.words(body=paper.letter.body.replace("asks for something", "threatens everybody"))
    docx = documents.render_docx(documents.PrintJob(changed, paper.recipient, paper.date, paper.signatures))
    files, entries = replace_document(files_of(database, letter_id), docx)

    report = check(database, rewritten(database, files, entries))

    assert "threatens everybody." in said(report)
    assert "where it must say (the text)" in said(report)


def test_a_document_without_a_name_that_signed_is_named(database):
    letter_id = whole_life(database)
    paper = paper_of(database, letter_id)
    docx = documents.render_docx(documents.PrintJob(paper.letter, paper.recipient, paper.date, paper.signatures[1:]))
    files, entries = replace_document(files_of(database, letter_id), docx)

    report = check(database, rewritten(database, files, entries))

    assert "where it must say (names) 'Ana Lima" in said(report)


def test_a_name_printed_that_never_signed_is_named(database):
    letter_id = whole_life(database)
    paper = paper_of(database, letter_id)
    stranger = text.Signature("Zoe Never", "Director", "House of Nobody")
    docx = documents.render_docx(
        documents.PrintJob(paper.letter, paper.recipient, paper.date, (*paper.signatures, stranger))
    )
    files, entries = replace_document(files_of(database, letter_id), docx)

    report = check(database, rewritten(database, files, entries))

    assert "says more than was signed: 'Zoe Never" in said(report)


def test_a_withheld_name_is_left_to_a_persons_eye_and_not_called_a_forgery(database):
    letter_id = whole_life(database)
    seq = find(files_of(database, letter_id), "invitation.sign")
    by_hand(database, "DELETE FROM disclosures WHERE sequence = :seq", seq=seq)

    report = check(database, files_of(database, letter_id))

    assert report.ok
    assert "1 of 3 names are withheld or erased" in "\n".join(report.notes)


def with_signoffs(files: dict[str, bytes], change) -> list[dict]:
    """The entries, with the list of sign-offs that the document prints changed."""
    entries = entries_of(files)
    rendered = next(entry for entry in entries if entry["action"] == "document.rendered")
    rendered["about"]["signoffs"] = change(rendered["about"]["signoffs"])
    return entries


def test_a_sign_off_printed_that_never_was_is_named(database):
    files = files_of(database, whole_life(database))
    entries = with_signoffs(files, lambda seqs: [*seqs, 1])

    assert "prints a sign-off that never was: entry 1 is no sign-off" in said(
        check(database, rewritten(database, files, entries))
    )


def test_a_retracted_sign_off_printed_is_named(database):
    files = files_of(database, whole_life(database))
    retracted = find(files, "invitation.sign", 1)
    entries = with_signoffs(files, lambda seqs: [*seqs, retracted])

    report = check(database, rewritten(database, files, entries))

    assert f"prints the sign-off in entry {retracted} (Bo Chan, Organisation B), which did not stand" in said(report)


def test_a_sign_off_that_counts_and_is_left_out_is_named(database):
    files = files_of(database, whole_life(database))
    entries = with_signoffs(files, lambda seqs: seqs[1:])

    report = check(database, rewritten(database, files, entries))

    assert "leaves out the sign-off in entry" in said(report)
    assert "(Ana Lima, Organisation A)" in said(report)


def test_a_sign_off_for_another_text_is_named(database):
    files = files_of(database, whole_life(database))
    entries = entries_of(files)
    first = entries[find(files, "revision.frozen")]["about"]["digest"]
    entries[find(files, "invitation.sign")]["about"]["digest"] = first

    report = check(database, rewritten(database, files, entries))

    assert f"is for text {first[:12]}" in said(report)
    assert "which was given for another text" in said(report)


def test_a_document_sent_that_was_not_dispatched_is_named(database):
    files = files_of(database, whole_life(database))
    entries = entries_of(files)
    office = next(e for e in entries if e["action"] == "delivery.queued" and e["about"]["kind"] == "letter")
    office["about"]["docx"] = "0" * 64

    assert "mails the document 000000000000, which was not dispatched" in said(
        check(database, rewritten(database, files, entries))
    )


# --- hostile files --------------------------------------------------------------------------------------------------


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


HOSTILE = {
    "not a zip": b"%PDF-1.7",
    "empty": b"",
    "nothing in it": zipped(),
    "climbs out": zipped(("entries/000000.json", b"{}"), ("../../etc/cron.d/x", b"* * * * *")),
    "absolute": zipped(("/etc/passwd", b"x")),
    "a name for a terminal": zipped(("entries/\x1b[2J.json", b"{}")),
    "two under one number": zipped(("entries/000000.json", b"{}"), ("entries/0.json", b"{}")),
    "unpacks for ever": zipped(("entries/000000.json", b" " * 60_000_000)),
    "no key": zipped(("entries/000000.json", b"{}")),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_is_no_evidence_is_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "verify.py").write_bytes(standalone())
    (tmp_path / "evidence.zip").write_bytes(content)

    run = subprocess.run(
        [sys.executable, "-I", "verify.py", "evidence.zip"], cwd=tmp_path, capture_output=True, text=True
    )

    assert (run.returncode, run.stderr) == (3, "")
    assert run.stdout.startswith("UNUSABLE: ")
    assert "\x1b" not in run.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidence.zip", "verify.py"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(tmp_path):
    (tmp_path / "evidence.zip").write_bytes(zipped(("entries/000000.json", b"{}"), ("entries/000000.json", b"[]")))

    with pytest.raises(verify.InputError, match="two files of one name"):
        read_evidence(tmp_path / "evidence.zip")


# --- the live database ----------------------------------------------------------------------------------------------


def test_a_live_letter_holds(database):
    letter_id = whole_life(database)

    assert (live(database, letter_id).verdict, live(database, letter_id).problems) == (
        "VALID, signed by the operator only",
        [],
    )


def test_an_entry_changed_in_the_database_is_named(database):
    letter_id = whole_life(database)
    files = files_of(database, letter_id) | every_note(database, letter_id)
    entry = files["entries/000003.json"].replace(b"2026-", b"2025-")
    statement = "UPDATE log_entries SET entry = :entry WHERE letter_id = :letter AND sequence = 3"
    by_hand(database, statement, entry=entry, letter=letter_id)

    assert f"{place(files, 3)} is not what was signed" in said(live(database, letter_id))


def test_a_log_emptied_in_the_database_is_said_in_words(database):
    letter_id = whole_life(database)
    by_hand(database, "DELETE FROM log_entries WHERE letter_id = :letter", letter=letter_id)

    report = live(database, letter_id)

    assert report.verdict.startswith("INVALID: ")
    assert "no entries" in said(report)


def test_an_entry_deleted_from_the_database_is_named(database):
    letter_id = whole_life(database)
    by_hand(database, "DELETE FROM log_entries WHERE letter_id = :letter AND sequence = 5", letter=letter_id)

    assert "Entry 5 was removed" in said(live(database, letter_id))


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE letters SET state = 'approved' WHERE id = :letter", "its history says: sent"),
        (
            "UPDATE invitations SET state = 'declined' WHERE letter_id = :letter AND position = 1",
            "is declined in the database; its history says: signed",
        ),
        (
            "UPDATE deliveries SET state = 'queued' WHERE letter_id = :letter AND kind = 'letter'",
            "its history says: accepted by the mail server",
        ),
        (
            "UPDATE signoffs SET name = 'Zoe Never' WHERE invitation_id IN "
            "(SELECT id FROM invitations WHERE letter_id = :letter AND position = 1)",
            ": name is not the one that entry 20 recorded",
        ),
        (
            "UPDATE signoffs SET sequence = 1 WHERE invitation_id IN "
            "(SELECT id FROM invitations WHERE letter_id = :letter AND position = 1)",
            "no entry of the history made a row with this sequence",
        ),
        ("UPDATE log_heads SET size = size - 1 WHERE letter_id = :letter", "The log's head counts"),
        ("DELETE FROM log_heads WHERE letter_id = :letter", "The log's head counts 0 entries"),
        (
            "UPDATE log_entries SET leaf = entry WHERE letter_id = :letter AND sequence = 4",
            "The leaf that is stored for entry 4 is not its hash",
        ),
    ],
)
def test_a_row_that_strays_from_the_log_is_named(database, statement, sentence):
    letter_id = whole_life(database)
    by_hand(database, statement, letter=letter_id)

    assert sentence in said(live(database, letter_id))


def test_a_living_database_never_strays_from_its_log(database):
    letter_id = open_letter(database)
    assert live(database, letter_id).problems == []
    sign(database, letter_id, 0)
    link = factories.link_ids(database, letter_id)[1]
    factories.act(database, answers.decline, link, factories.digest(database, letter_id), "Not us")
    assert live(database, letter_id).problems == []
    factories.act(database, lifecycle.revise, letter_id, "Again", factories.ANNA)
    factories.act(
        database, drafts.edit, letter_id, factories.words(), factories.ANNA, version=2, dated=date(2026, 11, 24)
    )
    factories.open_sign_off(database, letter_id)
    assert live(database, letter_id).problems == []
    factories.act(database, lifecycle.withdraw, letter_id, "Events", factories.ANNA)

    assert live(database, letter_id).problems == []


def test_who_declined_and_was_asked_again_can_sign_the_text_that_it_had_signed_before(database):
    letter_id = factories.take_in(database, 2)
    factories.open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    for version, words in ((1, factories.words(body="Another text.")), (2, factories.words())):
        if version == 2:
            link = factories.link_ids(database, letter_id)[0]
            factories.act(database, answers.decline, link, factories.digest(database, letter_id), "Not this one")
        factories.act(database, lifecycle.revise, letter_id, "As discussed", factories.ANNA)
        factories.act(
            database, drafts.edit, letter_id, words, factories.ANNA, version=version, dated=date(2026, 11, 24)
        )
        factories.open_sign_off(database, letter_id)
    with database.reading() as session:
        declined = session.get_one(Letter, letter_id).invitations[0].id
    factories.act(database, invitations.reinvite, letter_id, declined, factories.ANNA)

    sign(database, letter_id, 0)

    with database.reading() as session:
        assert [signoff.name for signoff in roster(session, session.get_one(Letter, letter_id)).counting] == [NAMES[0]]
    assert live(database, letter_id).problems == []


def test_the_newest_checkpoint_covers_every_entry(database):
    letter_id = whole_life(database)
    with database.reading() as session:
        newest = history.newest_checkpoint(session, letter_id)

        assert newest.size == len(history.entries(session, letter_id))
        assert history.newest_checkpoint(session, "0" * 32) is None


def test_evidence_taken_while_others_write_holds(database):
    letter_id = open_letter(database)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with database.writing() as session:
                drafts.set_terms(session, letter_id, factories.terms(deadline=None), factories.ANNA)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        reports = [check(database, files_of(database, letter_id)) for _ in range(5)]
    finally:
        stop.set()
        writer.join(120)

    assert [report.problems for report in reports] == [[]] * 5


# --- what is in it --------------------------------------------------------------------------------------------------


def test_the_checkpoints_that_matter_go_along_and_no_file_for_each_entry(database):
    letter_id = whole_life(database)
    with database.reading() as session:
        files = evidence.files(session, letter_id)
    entries, every = entries_of(spread(files)), every_note(database, letter_id)
    closing = {seq for seq, entry in enumerate(entries) if entry["action"].partition("letter.")[2] in MOVES}

    kept = {name for name in files if name.startswith("checkpoints/")}

    assert kept == {covering(every, seq) for seq in (*closing, len(entries) - 1)}
    assert len(kept) < len(every)
    assert not [name for name in files if name.startswith(("entries/", "disclosures/"))]
    assert check(database, files, receipts_of(database, letter_id)).matches == 4


def test_readme_and_verifier_go_along(database):
    files = files_of(database, whole_life(database))

    assert history.vkey(database.settings) in files["README.txt"].decode()
    assert files["verify.py"] == standalone()
    assert Path(verify.__file__).parent.name == "verify"


def test_what_the_servers_answered_goes_along(database):
    files = files_of(database, whole_life(database))

    offices = [mail for mail in json.loads(files["servers.json"]).values() if mail["kind"] == "letter"]

    assert [(mail["state"], mail["answer"]) for mail in offices] == [("accepted", "250 2.0.0 Ok: queued as 4711")]


def test_a_checkpoint_row_that_was_deleted_is_missed_by_nobody(database):
    """The newest checkpoint is what covers the last entry: without it the entry is an addition."""
    letter_id = whole_life(database)
    with database.reading() as session:
        size = session.scalar(sa.select(sa.func.max(Checkpoint.size)).where(Checkpoint.letter_id == letter_id))
    by_hand(database, "DELETE FROM checkpoints WHERE letter_id = :letter AND size = :size", letter=letter_id, size=size)

    assert "Entries were added at the end" in said(live(database, letter_id))


# --- the verifier as one file -----------------------------------------------------------------------------------------


def test_the_verifier_is_python_3_9_and_imports_nothing_but_the_standard_library():
    tree = ast.parse(standalone(), feature_version=(3, 9))

    assert imported(tree.body) <= sys.stdlib_module_names
    assert imported(ast.walk(tree)) <= sys.stdlib_module_names | {"cryptography"}


def imported(nodes):
    nodes = list(nodes)
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {one.partition(".")[0] for one in names | {n.module for n in nodes if isinstance(n, ast.ImportFrom)}}


# --- docs/history.md --------------------------------------------------------------------------------------------------


def test_the_ten_lines_in_the_docs_recompute_the_digest(database, tmp_path):
    docs = (Path(__file__).parents[2] / "docs" / "history.md").read_text()
    snippet = docs.split("```python\n")[1].split("```")[0]
    words = json.loads(files_of(database, open_letter(database))["revisions/2.json"])
    typed = {**words, "body": words["body"].replace("\n", "  \r\n") + "\n"}
    (tmp_path / "ten.py").write_text(snippet)
    (tmp_path / "typed.json").write_text(json.dumps(typed, indent=2))

    run = subprocess.run([sys.executable, "-I", "ten.py", "typed.json"], cwd=tmp_path, capture_output=True, text=True)

    canonical = rfc8785.dumps(words)
    assert (run.stdout.strip(), run.stderr) == (hashlib.sha256(canonical).hexdigest(), "")
