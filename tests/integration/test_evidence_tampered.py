"""Evidence of real letters that was tampered with: each way to lie is found and named."""

from __future__ import annotations

import base64
import hashlib
import json

import rfc8785

from tests.support import factories
from tests.support.evidence import (
    check,
    covering,
    entries_of,
    files_of,
    find,
    place,
    receipts_of,
    rewritten,
    said,
)
from tests.support.sent_letters import by_hand, whole_life
from workflow import documents, merkle, verify
from workflow.campaigns import printing
from workflow.letter import text
from workflow.models import Letter
from workflow.verify.receipts import read_receipt

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
