"""The verifier of evidence, against a whole life and against everything that can be done to its record."""

import ast
import base64
import functools
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import time
import warnings
import zipfile
from collections import Counter
from email.message import EmailMessage
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.evidence import gathered
from tests.support.forging import (
    HOST,
    LETTER,
    SEED,
    STANDALONE,
    VKEY,
    WORDS,
    History,
    checkpoints,
    evidence,
    person,
    sha256,
    zipped,
)
from tests.vectors import rfc6962
from workflow import merkle
from workflow import verify as verifier
from workflow.documents import PrintJob, render_docx
from workflow.letter import text
from workflow.verify import InputError
from workflow.verify.bundle import canonical, read_evidence, read_json
from workflow.verify.ed25519 import ORDER, P, is_signed
from workflow.verify.entries import Entry
from workflow.verify.erased import read_erased
from workflow.verify.report import VerificationError
from workflow.verify.standalone import PARTS, standalone
from workflow.verify.tree import is_included, leaf_hash, roots

pytestmark = pytest.mark.slow

FOLDER = Path(verifier.__file__).parent
check_once = functools.lru_cache(maxsize=None)(is_signed)


def verify(files, *given, **named):
    """What the verifier says; a signature that stands in thousands of cases is checked by its own lines once."""
    return verifier.verify(files, *given, **{"is_signed": check_once} | named)


INFORMATIONAL = ("README.txt", "verify.py", "letter.json", "servers.json")


def proof(entries, seq, size):
    leaves = [merkle.leaf_hash(entry) for entry in entries[:size]]
    return merkle.format_proof(seq, merkle.Tree(leaves[:size]).path(seq), checkpoints(entries[:size])[size])


def until_approved():
    """A letter that A, B and C have signed; C has taken it back. Returns the history and the standing sign-offs."""
    told = History()
    told.add("letter.created", role="coordinator", campaign="c", draft=WORDS.digest())
    told.invite("A", "B", "C")
    told.add("letter.open_sign_off", role="coordinator", revision=None)
    told.freeze()
    told.add("delivery.queued", delivery="i", kind="invitation", invitation="A")
    signed = [told.sign(letter) for letter in "ABC"]
    told.add("invitation.retract", role="cosigner", invitation="C", digest=WORDS.digest())
    told.add("letter.approve", role="coordinator", signed=2)
    return told, signed[:2]


def a_life():
    """A letter that was sent."""
    told, signed = until_approved()
    told.send(told.render(signed))
    return told


LIFE = a_life().files()
LENGTH = 19
SIGNED = 7  # The first sign-off's entry in LIFE.
RENDERED = 12


def findings(files, vkey=VKEY, **given):
    """Everything that the verifier has against it, in one string."""
    report = verify(files, vkey, **given)
    return " ".join([*report.invalid, *report.diverged, *report.unusable])


def resigned(change):
    """A life that the operator told otherwise and signed: every checkpoint and proof fits what is told."""
    told, signed = until_approved()
    change(told, signed)
    return told.files()


# --- what holds -----------------------------------------------------------------------------------------------------


def test_a_whole_life_holds():
    report = verify(LIFE, VKEY)

    assert report.invalid == report.diverged == report.unusable == []
    assert report.verdict == "VALID, signed by the operator only"
    assert report.exit_code == 0
    assert "the letter is sent" in report.to_text()


def test_the_report_names_each_sign_off_and_says_whether_it_counts():
    facts = "\n".join(verify(LIFE, VKEY).facts)

    assert "Sign-off in entry 7 (Person A, Organisation A): 2026-11-23T21:00:07.000000Z" in facts
    assert f"text {WORDS.digest()[:12]}, confirmed, counts." in facts
    assert "Sign-off in entry 9 (Person C, Organisation C)" in facts
    assert facts.count("does not count") == 1


def test_without_a_key_from_outside_the_report_says_that_the_key_was_not_checked():
    report = verify(LIFE)

    assert report.verdict == "VALID, signed by the operator only (key not checked)"
    assert "give it with --vkey" in report.to_text()


def test_every_report_says_what_it_does_not_prove():
    assert "does not prove" in verify(LIFE, VKEY).to_text()


def test_evidence_of_a_letter_that_was_only_begun_holds():
    told = History()
    told.add("letter.created", campaign="c", draft=WORDS.digest())

    assert verify(told.files(), VKEY).verdict == "VALID, signed by the operator only"


def test_one_checkpoint_over_all_entries_is_enough():
    few = {name: content for name, content in LIFE.items() if not name.startswith("checkpoints/")}
    newest = max((name for name in LIFE if name.startswith("checkpoints/")), key=lambda name: int(name[12:-4]))

    assert verify(few | {newest: LIFE[newest]}, VKEY).exit_code == 0


def test_a_revised_text_that_comes_back_makes_the_old_sign_offs_count_again():
    def change(told, signed):
        other = other_words()
        told.add("letter.revise", reason="r")
        told.add("letter.open_sign_off")
        told.freeze(other)
        told.add("invitation.supersede", invitation="A", digest=other.digest())
        told.add("invitation.supersede", invitation="B", digest=other.digest())
        signed_again = told.sign("A", other)
        told.add("letter.revise", reason="r")
        told.add("letter.open_sign_off")
        told.add("revision.frozen", number=1, digest=WORDS.digest())
        told.add("invitation.restore", invitation="B", digest=WORDS.digest())
        told.add("letter.approve", signed=2)
        assert signed_again not in signed
        told.send(told.render(signed))

    assert findings(resigned(change)) == ""


def test_erased_personal_data_leaves_the_evidence_whole():
    report = verify({name: content for name, content in LIFE.items() if not name.startswith("disclosures/8.")}, VKEY)

    assert report.exit_code == 0
    assert any("no entry says that it was erased" in remark for remark in report.remarks)
    assert any("1 of 2 names are withheld or erased" in remark for remark in report.remarks)


def test_the_date_that_nobody_signed_is_told_and_nothing_is_left_to_look_at():
    report = verify(LIFE, VKEY)

    assert report.remarks == []
    assert f"documents/{next(iter(a_life().documents))} is dated 23 November 2026." in report.facts


# --- the entries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seq", [0, 1, SIGNED, RENDERED, LENGTH - 1])
def test_a_changed_entry_is_found_and_named(seq):
    changed = json.loads(LIFE[f"entries/{seq:06}.json"])
    changed["at"] = changed["at"].replace("2026", "2025")

    found = findings(LIFE | {f"entries/{seq:06}.json": rfc8785.dumps(changed)})

    assert f"Entry {seq} is not what was signed" in found


def test_a_change_between_two_checkpoints_is_narrowed_down_to_the_entries_between_them():
    sparse = {
        name: c for name, c in LIFE.items() if not name.startswith("checkpoints/") or name[12:-4] in ("5", "11", "19")
    }
    changed = json.loads(LIFE["entries/000008.json"]) | {"at": "2025-11-23T21:00:08.000000Z"}

    assert "One of the entries 5 to 10" in findings(sparse | {"entries/000008.json": rfc8785.dumps(changed)})


def test_an_entry_that_was_removed_is_named():
    del_one = {name: content for name, content in LIFE.items() if name != "entries/000008.json"}

    assert "Entry 8 was removed: there is no file" in findings(del_one)


def test_a_run_of_removed_entries_is_named_without_spelling_it_out():
    far = {"entries/999999999.json": LIFE["entries/000008.json"]}

    assert "The entries 19 to 999999998 were removed" in findings(LIFE | far)


def test_an_entry_that_was_removed_and_its_files_renumbered_is_named():
    left = [f"entries/{seq:06}.json" for seq in range(LENGTH) if seq != 8]
    others = {name: content for name, content in LIFE.items() if not name.startswith("entries/")}
    renamed = {f"entries/{place:06}.json": LIFE[name] for place, name in enumerate(left)}

    found = findings(others | renamed)

    assert "Entry 8 was removed: no file bears that number" in found
    assert "cut short" in found


def test_an_entry_that_was_removed_and_all_others_rewritten_to_fit_is_found():
    entries = [entry for seq, entry in enumerate(a_life().entries) if seq != 10]
    rewritten = [rfc8785.dumps(entry | {"seq": seq}) for seq, entry in enumerate(entries)]
    others = {name: content for name, content in LIFE.items() if not name.startswith("entries/")}

    found = findings(others | {f"entries/{seq:06}.json": entry for seq, entry in enumerate(rewritten)})

    assert "Entry 10 is not what was signed" in found
    assert "cut short: a checkpoint of 19 entries was signed, 18 are here" in found


def test_an_entry_that_was_added_at_the_end_is_named():
    told = a_life()
    told.add("invitation.lapse", invitation="C")

    found = findings(LIFE | {"entries/000019.json": told.packed()[LENGTH]})

    assert "Entries were added at the end: nobody has signed those from 19 to 19" in found


def test_an_entry_that_was_added_in_the_middle_is_named():
    entries = [LIFE[f"entries/{seq:06}.json"] for seq in range(LENGTH)]
    entries.insert(9, entries[8])
    others = {name: content for name, content in LIFE.items() if not name.startswith("entries/")}

    found = findings(others | {f"entries/{place:06}.json": entry for place, entry in enumerate(entries)})

    assert "Entry 8 is there 2 times: an entry was added" in found
    assert "Entry 9 is not what was signed" in found


def test_entries_that_were_reordered_are_named():
    swapped = {"entries/000007.json": LIFE["entries/000008.json"], "entries/000008.json": LIFE["entries/000007.json"]}

    assert "reordered: file 7 holds entry 8, file 8 holds entry 7" in findings(LIFE | swapped)


def test_a_log_that_was_cut_short_contradicts_its_checkpoints():
    cut = {
        name: content for name, content in LIFE.items() if name < "entries/000010" or not name.startswith("entries/")
    }

    assert "The log is cut short: a checkpoint of 19 entries was signed, 10 are here." in findings(cut)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b"\xff",
        b'{"v":1}',
        b"[" * 60000,
        b"9" * 60000,
        LIFE["entries/000008.json"] + b"\n",
        LIFE["entries/000008.json"].replace(b'":', b'": '),
        LIFE["entries/000008.json"].replace(b'"v":1', b'"v":true'),
        LIFE["entries/000008.json"].replace(b'"v":1', b'"v":2'),
        LIFE["entries/000008.json"].replace(b'"v":1', b'"v":1,"w":1'),
        LIFE["entries/000008.json"].replace(b'"seq":8', b'"seq":8.0'),
        LIFE["entries/000008.json"].replace(b'"seq":8', b'"seq":"8"'),
        LIFE["entries/000008.json"].replace(b'"role":"cosigner"', b'"role":"nobody"'),
        LIFE["entries/000008.json"].replace(b"21:00:08.000000Z", b"21:00:08Z"),
    ],
    ids=range(17),
)
def test_what_is_no_entry_is_named(content):
    found = findings(LIFE | {"entries/000008.json": content})

    assert "Entry 8 is not canonical JSON" in found or "Entry 8 is not an entry" in found or "Entry 8 has not" in found


def test_an_entry_of_another_letter_is_named():
    told = a_life()
    told.entries[8]["letter"] = "another"

    assert "Entry 8 is of another letter, another" in findings(told.files())


def test_evidence_of_another_letter_than_was_asked_for_is_refused():
    assert verify(LIFE, VKEY, letter=LETTER).exit_code == 0
    assert f"evidence of the letter {LETTER}, not of other" in findings(LIFE, letter="other")


# --- the checkpoints and the proofs ---------------------------------------------------------------------------------


def test_a_checkpoint_of_another_key_is_refused():
    other = merkle.verifier_key(HOST, bytes(32))

    found = findings(LIFE, vkey=other)

    assert "checkpoints/1.txt: it is not signed (once) with the key letters.example.org+" in found


def test_a_checkpoint_of_another_log_is_refused():
    for origin in (f"{HOST}/letters/other", f"{HOST}/log", f"{HOST}/letters/{LETTER}/"):
        notes = checkpoints(a_life().packed(), origin)

        assert f"it is of another log, {origin}" in findings(LIFE | {"checkpoints/19.txt": notes[LENGTH].encode()})


def test_a_note_that_is_signed_twice_or_by_too_many_is_refused():
    note = LIFE["checkpoints/9.txt"].decode()
    line = note.split("\n\n")[1]
    strangers = [line.replace(HOST, f"stranger{number}.example") for number in range(16)]

    def said_of(*lines):
        return findings(LIFE | {"checkpoints/9.txt": "".join([note, *lines]).encode()})

    assert said_of(*strangers[:15]) == ""
    assert "checkpoints/9.txt: it is not a signed note" in said_of(*strangers)
    assert "checkpoints/9.txt: it is not signed (once)" in said_of(line)


def test_base64_in_another_spelling_is_refused():
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for name in ("checkpoints/9.txt", "proofs/8.tlog-proof"):
        lines = LIFE[name].decode().split("\n")
        place = next(number for number, line in enumerate(lines) if line.endswith("="))
        place = len(lines) - 2 if name.startswith("checkpoints/") else place
        last = lines[place][-2]
        lines[place] = lines[place][:-2] + alphabet[alphabet.index(last) + 1] + "="

        assert f"{name}: it holds base64 in another spelling" in findings(LIFE | {name: "\n".join(lines).encode()})


def test_a_checkpoint_under_the_wrong_number_is_refused():
    assert "checkpoints/9.txt: it is a checkpoint of 8 entries" in findings(
        LIFE | {"checkpoints/9.txt": LIFE["checkpoints/8.txt"]}
    )


def test_entries_without_a_checkpoint_are_signed_by_nobody():
    bare = {name: c for name, c in LIFE.items() if not name.startswith(("checkpoints/", "proofs/"))}

    assert "nobody has signed these entries" in findings(bare)


def test_a_missing_proof_of_a_sign_off_is_named():
    bare = {name: c for name, c in LIFE.items() if name != "proofs/8.tlog-proof"}

    assert "The proof of the sign-off in entry 8 is missing" in findings(bare)


def test_a_proof_of_another_entry_is_refused():
    for other in (proof(a_life().packed(), 9, LENGTH).encode(), LIFE["proofs/7.tlog-proof"]):
        assert "proofs/8.tlog-proof: it does not prove entry 8" in findings(LIFE | {"proofs/8.tlog-proof": other})


def test_two_signed_checkpoints_of_one_size_within_the_evidence_diverge():
    told = a_life()
    told.entries[3]["about"]["required"] = True
    rewritten = checkpoints(told.packed())

    report = verify(LIFE | {"checkpoints/19.txt": rewritten[LENGTH].encode()}, VKEY)

    assert report.verdict.startswith("DIVERGED: ")
    assert report.exit_code == 2
    assert rewritten[LENGTH] in report.to_text() and LIFE["checkpoints/19.txt"].decode() in report.to_text()


# --- the texts and what was committed to ----------------------------------------------------------------------------


def test_a_changed_text_is_named():
    other = LIFE["revisions/1.json"].replace(b"now", b"never")

    assert f"Revision 1 is not the text that entry 5 froze: its digest is {sha256(other)}" in findings(
        LIFE | {"revisions/1.json": other}
    )


def test_a_missing_text_is_named():
    assert "Revision 1, which entry 5 froze, is missing" in findings(
        {name: content for name, content in LIFE.items() if name != "revisions/1.json"}
    )


def test_a_text_that_was_never_frozen_is_named():
    assert "Revision 2 was never frozen" in findings(LIFE | {"revisions/2.json": LIFE["revisions/1.json"]})


def test_two_texts_under_one_number_are_named():
    told = a_life()
    told.add("revision.frozen", number=1, digest="0" * 64)

    assert "The entries 5 and 19 freeze two texts under one number" in findings(told.files())


@pytest.mark.parametrize(
    "change",
    [
        lambda opening: opening.replace(b"Person B", b"Person X"),
        lambda opening: opening.replace(b'"salt":"', b'"salt":"00'),
        lambda opening: opening.upper(),
        lambda opening: b"{}",
        lambda opening: b"",
        lambda opening: b"[]",
    ],
)
def test_personal_data_that_is_not_what_was_committed_to_is_named(change):
    changed = change(LIFE["disclosures/8.json"])

    assert "disclosures/8.json " in findings(LIFE | {"disclosures/8.json": changed})


def test_personal_data_for_an_entry_that_committed_to_none_is_named():
    moved = {"disclosures/4.json": LIFE["disclosures/8.json"]}

    assert "disclosures/4.json is not what its entry committed to" in findings(LIFE | moved)


# --- who signed, and what was printed and sent ----------------------------------------------------------------------


def test_a_sign_off_printed_that_never_was_is_named():
    def change(told, signed):
        told.render([*signed, 4], printed=[person("A"), person("B"), person("X")])

    assert "prints a sign-off that never was: entry 4 is no sign-off" in findings(resigned(change))


def test_a_sign_off_printed_from_the_future_is_named():
    def change(told, signed):
        told.render([*signed, 40], printed=[person("A"), person("B"), person("X")])

    assert "prints a sign-off that never was: entry 40 is no sign-off before it" in findings(resigned(change))


def test_a_sign_off_printed_after_it_was_retracted_is_named():
    found = findings(resigned(lambda told, signed: told.render([*signed, 9])))

    assert (
        "prints the sign-off in entry 9 (Person C, Organisation C), which did not stand any more (retract, entry 10)"
        in found
    )


def other_words(body="Other words."):
    return text.Letter(**{**{name: getattr(WORDS, name) for name in WORDS.__slots__}, "body": body})


def replaced(told, words):
    """Put another text before the co-signers."""
    told.add("letter.revise", reason="r")
    told.add("letter.open_sign_off")
    told.freeze(words)


def test_a_sign_off_that_was_retracted_does_not_come_back_with_its_text():
    def change(told, signed):
        replaced(told, other_words())
        told.sign("C", other_words())
        told.add("letter.revise", reason="r")
        told.add("letter.open_sign_off")
        told.add("revision.frozen", number=1, digest=WORDS.digest())
        told.add("invitation.restore", invitation="C", digest=WORDS.digest())
        told.add("letter.approve")
        told.render([*signed, 9])

    assert "prints the sign-off in entry 9 (Person C, Organisation C), which did not stand" in findings(
        resigned(change)
    )


def test_the_document_of_an_older_text_is_not_sent_even_where_nobody_signed_either():
    def change(told, signed):
        for letter in "AB":
            told.add("invitation.retract", invitation=letter, digest=WORDS.digest())
        docx = told.render([])
        replaced(told, other_words())
        told.add("letter.approve")
        told.send(docx)

    assert "the text or its sign-offs have changed since" in findings(resigned(change))


@pytest.mark.parametrize("trigger", ["decline", "revoke"])
def test_a_sign_off_printed_after_it_was_not_confirmed_is_named(trigger):
    def change(told, signed):
        told.add("invitation.supersede", invitation="B", digest=WORDS.digest())
        told.add(f"invitation.{trigger}", invitation="B")
        told.render(signed)

    assert f"entry 8 (Person B, Organisation B), which did not stand any more ({trigger}, entry 13)" in findings(
        resigned(change)
    )


def test_a_sign_off_printed_below_another_text_is_named():
    def change(told, signed):
        other = other_words()
        told.add("letter.reopen")
        told.add("letter.revise")
        told.add("letter.open_sign_off")
        told.freeze(other)
        told.add("letter.approve")
        told.render(signed, other)

    found = findings(resigned(change))

    assert (
        f"the sign-off in entry 7 (Person A, Organisation A), which was given for another text, {WORDS.digest()[:12]}"
        in found
    )


def test_a_sign_off_that_counted_and_was_left_out_is_named():
    found = findings(resigned(lambda told, signed: told.render(signed[:1])))

    assert "leaves out the sign-off in entry 8 (Person B, Organisation B)" in found


def test_a_sign_off_that_is_printed_twice_is_named():
    assert "prints one sign-off twice" in findings(resigned(lambda told, signed: told.render([*signed, signed[0]])))


def test_a_sign_off_for_a_text_that_was_not_before_the_co_signers_is_named():
    def change(told, signed):
        told.add("letter.reopen")
        told.add("invitation.sign", person("C"), invitation="C", digest="ab" * 32)

    assert f"is for text abababababab; before the co-signers was {WORDS.digest()[:12]}" in findings(resigned(change))


def test_a_sign_off_while_sign_off_was_closed_is_named():
    found = findings(resigned(lambda told, signed: told.sign("C")))

    assert "Entry 12 records invitation.sign while the letter was approved" in found


def test_a_sign_off_of_an_organisation_that_was_never_invited_is_named():
    def change(told, signed):
        told.add("letter.reopen")
        told.sign("Z")

    assert "Entry 13 (invitation.sign) is about an invitation that was never created" in findings(resigned(change))


def test_a_document_that_does_not_print_a_name_is_named():
    def change(told, signed):
        told.render(signed, printed=[person("A"), person("B") | {"name": "Person Bc"}])

    assert "says 'Person Bc Director Organisation B' where it must say (names)" in findings(resigned(change))


def test_a_name_that_nobody_signed_is_named():
    def change(told, signed):
        told.render(signed, printed=[person("A"), person("B"), person("A") | {"name": "Mallory Forger"}])

    assert "says more than was signed: 'Mallory Forger Director Organisation A'" in findings(resigned(change))


def test_a_document_with_other_words_than_were_signed_is_named():
    def change(told, signed):
        told.render(signed, other_words(WORDS.body.replace("urge", "ask")), digest=WORDS.digest())

    assert "paragraph 9 says 'We ask you to [link]act[link' where it must say (the text) 'We urge you" in findings(
        resigned(change)
    )


def test_a_changed_document_is_named():
    name = next(name for name in LIFE if name.startswith("documents/"))

    assert f"{name} was changed" in findings(LIFE | {name: LIFE[name] + b"\0"})


def test_a_missing_document_is_named():
    name = next(name for name in LIFE if name.startswith("documents/"))

    found = findings({other: content for other, content in LIFE.items() if other != name})

    assert f"The document {name.partition('/')[2]}, made in entry 12, is missing" in found


def test_a_document_that_the_log_does_not_name_is_named():
    stranger = render_docx(PrintJob(WORDS, WORDS.recipients[0], None, ()))

    assert "is not a document of this letter" in findings(LIFE | {f"documents/{sha256(stranger)}.docx": stranger})


def findings_of_document(docx):
    """What is found of a letter whose document is this one."""

    def change(told, signed):
        told.render(signed, docx=sha256(docx))
        told.documents = {f"{sha256(docx)}.docx": docx}

    report = verify(resigned(change), VKEY)
    return " ".join([*report.invalid, *report.remarks])


def repacked(change):
    """The document of a whole life with its parts changed: a function takes them by name and may change them."""
    docx = next(content for name, content in LIFE.items() if name.startswith("documents/"))
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    return zipped(parts)


@pytest.mark.parametrize(
    "docx",
    [
        b"",
        b"PK\3\4",
        repacked(lambda parts: parts.pop("word/document.xml")),
        repacked(lambda parts: parts.pop("_rels/.rels")),
        repacked(lambda parts: parts.update({"word/document.xml": b"<w"})),
        repacked(lambda parts: parts.update({"word/document.xml": b"\xff"})),
        repacked(lambda parts: parts.update({"Word/Document.xml": parts["word/document.xml"]})),
        repacked(lambda parts: parts.update({"word/document.xml": b" " * 33 * 1024 * 1024})),
    ],
    ids=range(8),
)
def test_a_document_that_cannot_be_read_for_certain_is_named(docx):
    assert "is not a Word document that can be read" in findings_of_document(docx)


def test_a_document_that_declares_entities_is_not_parsed():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'

    docx = repacked(lambda parts: parts.update({"word/document.xml": bomb}))

    assert "it declares a document type" in findings_of_document(docx)


def test_a_document_whose_words_stand_in_a_part_that_word_does_not_open_is_named():
    def change(parts):
        parts["word/shown.xml"] = parts["word/document.xml"].replace(b"now", b"never")
        parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"word/document.xml", b"word/shown.xml")

    assert "Word would open another part of it" in findings_of_document(repacked(change))


def test_a_document_that_was_sent_without_having_been_made_is_named():
    def change(told, signed):
        told.render(signed)
        told.send("f" * 64)

    assert "sends the document ffffffffffff, which was never rendered" in findings(resigned(change))


def test_a_document_that_was_sent_after_a_sign_off_was_retracted_is_named():
    def change(told, signed):
        docx = told.render(signed)
        told.add("invitation.retract", invitation="B", digest=WORDS.digest())
        told.add("letter.reopen")
        told.add("letter.approve")
        told.send(docx)

    assert "the text or its sign-offs have changed since" in findings(resigned(change))


def test_a_mail_to_the_office_with_another_document_than_was_dispatched_is_named():
    def change(told, signed):
        told.send(told.render(signed))
        told.add("delivery.queued", delivery="e", kind="letter", docx="e" * 64)

    assert "Entry 19 mails the document eeeeeeeeeeee, which was not dispatched" in findings(resigned(change))


def test_a_mail_to_the_office_before_the_dispatch_is_named():
    def change(told, signed):
        docx = told.render(signed)
        told.add("delivery.queued", delivery="e", kind="letter", docx=docx)

    assert "which was not dispatched" in findings(resigned(change))


def test_a_letter_that_is_called_sent_though_no_server_accepted_it_is_named():
    def change(told, signed):
        docx = told.render(signed)
        told.add("letter.dispatch", documents=[docx])
        told.add("delivery.queued", delivery="d", kind="letter", docx=docx)
        told.add("letter.confirm")

    assert "Entry 15 says that the letter was sent; no server accepted the document" in findings(resigned(change))


def test_a_document_in_somebodys_hands_is_known_or_is_not():
    docx = next(content for name, content in LIFE.items() if name.startswith("documents/"))

    report = verify(LIFE, VKEY, received={"office.docx": docx})

    assert report.exit_code == 0
    assert any("office.docx: it is the one of entry 12, which was sent" in fact for fact in report.facts)
    assert "office.docx is not a document of this letter" in findings(LIFE, received={"office.docx": docx + b"\0"})


def test_a_document_that_was_made_but_never_sent_is_known_as_such():
    files = resigned(lambda told, signed: told.render(signed))
    docx = next(content for name, content in files.items() if name.startswith("documents/"))

    assert "draft.docx was made, but never sent" in findings(files, received={"draft.docx": docx})


# --- receipts from outside ------------------------------------------------------------------------------------------


def receipt_mail(told, seq, size=None):
    """The mail that a co-signer got when it signed."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Undersigned <a@example.org>", "b@example.org", "Receipt"
    mail["Date"], mail["Message-ID"] = "Mon, 23 Nov 2026 21:00:08 +0000", f"<{seq}@example.org>"
    mail.set_content("You have signed — thank you.\n")
    mail.add_attachment(told.packed()[seq], maintype="application", subtype="json", filename="entry.json")
    attached = proof(told.packed(), seq, size or seq + 1).encode()
    mail.add_attachment(attached, maintype="application", subtype="octet-stream", filename="proof.tlog-proof")
    return mail.as_bytes()


@functools.cache
def a_receipt():
    return receipt_mail(a_life(), 8)


def forked():
    """The same letter, told to somebody else: B's sign-off never was."""
    told = a_life()
    told.entries[8]["about"] = {"invitation": "B"}
    told.entries[8]["action"] = "invitation.lapse"
    return told


def test_a_letter_that_says_thousands_of_times_that_it_was_erased_takes_no_longer_for_it():
    entries = [Entry(seq, "x", "", "letter.erased", {"ground": "request"}, None) for seq in range(20_000)]

    begun = time.perf_counter()
    found = read_erased(entries)

    assert len(found.openings) == 19_999
    assert found.begun is entries[0]
    assert time.perf_counter() - begun < 1


def test_an_entry_with_a_huge_number_that_says_that_the_letter_was_erased_costs_nothing():
    content = LIFE["entries/000008.json"]
    entry = json.loads(content) | {"action": "letter.erased", "seq": 2**53 - 1, "about": {"ground": "request"}}

    assert verify(LIFE | {"entries/000008.json": canonical(entry)}, VKEY).exit_code == 1


def test_receipts_that_agree_are_counted():
    receipts = {f"{seq}.eml": receipt_mail(a_life(), seq) for seq in (7, 8)}

    report = verify(LIFE, VKEY, receipts)

    assert report.verdict == "VALID, matching 2 outside heads"
    assert "Receipt 8.eml: agrees with the first 9 entries, and proves entry 8." in report.facts


def test_a_receipt_is_read_from_its_attachment_a_pasted_proof_or_a_bare_checkpoint():
    attached = proof(a_life().packed(), 8, 9).encode()
    pasted = proof(a_life().packed(), 7, 9).encode().replace(b"\n", b"\r\n")
    receipts = {"a": attached, "b": pasted, "c": checkpoints(a_life().packed())[9].encode()}

    report = verify(LIFE, VKEY, receipts)

    assert report.verdict == "VALID, matching 2 outside heads; not counted: 1 that the evidence itself carries"
    assert "Receipt c: agrees with the first 9 entries." in report.facts


def test_one_receipt_that_is_given_twice_counts_once():
    mail = receipt_mail(a_life(), 8)

    report = verify(LIFE, VKEY, {"a.eml": mail, "b.eml": mail})

    assert report.verdict == "VALID, matching 1 outside head"
    assert "Receipt b.eml: a copy of a.eml, so it is not counted again." in report.facts


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 1200), st.integers(0, 60))
def test_whatever_a_receipt_holds_gets_a_verdict(noise, place, length):
    mail = a_receipt()

    report = verify(LIFE, VKEY, {"x.eml": mail[:place] + noise + mail[place + length :]})

    assert report.exit_code in (0, 3) and not report.invalid


def test_a_receipt_of_another_history_diverges_and_both_notes_are_printed():
    receipt = receipt_mail(forked(), 9)

    report = verify(LIFE, VKEY, {"c.eml": receipt})

    assert report.exit_code == 2
    assert report.verdict.startswith("DIVERGED: ")
    assert checkpoints(forked().packed())[10] in report.to_text()
    assert LIFE["checkpoints/10.txt"].decode() in report.to_text()


def test_a_receipt_diverges_though_the_evidence_has_no_checkpoint_of_its_size():
    few = {n: c for n, c in LIFE.items() if not n.startswith("checkpoints/") or n == "checkpoints/19.txt"}

    report = verify(few, VKEY, {"c.eml": receipt_mail(forked(), 9)})

    assert report.exit_code == 2
    assert "neither continues the other" in report.to_text()


def test_a_log_that_was_cut_short_and_signed_again_contradicts_a_receipt():
    told = a_life()
    receipt = receipt_mail(told, 9)
    del told.entries[8:]
    shorter = evidence(told.packed(), told.texts, {}, {})

    assert verify(shorter, VKEY).exit_code == 0
    assert "The log is cut short: c.eml was signed over 10 entries, 8 are here" in findings(
        shorter, receipts={"c.eml": receipt}
    )


def test_entries_that_were_changed_after_the_receipt_are_no_second_history():
    changed = json.loads(LIFE["entries/000003.json"]) | {"at": "2025-11-23T21:00:03.000000Z"}

    report = verify(LIFE | {"entries/000003.json": rfc8785.dumps(changed)}, VKEY, {"c.eml": receipt_mail(a_life(), 9)})

    assert report.exit_code == 1
    assert "The entries are not those of c.eml" in " ".join(report.invalid)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe\0",
        b"From: a@example.org\nSubject: no proof\n\nhello\n",
        merkle.sign_note("hello\n", HOST, SEED).encode(),
        checkpoints(a_life().packed(), f"{HOST}/letters/other")[9].encode(),
        checkpoints(a_life().packed(), seed=bytes(32))[9].encode(),
        proof(a_life().packed(), 8, 9).encode()[:-20],
        merkle.sign_note(
            merkle.Checkpoint(f"{HOST}/letters/{LETTER}", 0, rfc6962.root_of([])).to_text(), HOST, SEED
        ).encode(),
    ],
    ids=range(9),
)
def test_a_receipt_that_cannot_be_used_is_said_so_and_does_not_make_the_log_invalid(content):
    report = verify(LIFE, VKEY, {"x.eml": content})

    assert report.exit_code == 3
    assert len(report.unusable) == 1 and report.unusable[0].startswith("x.eml")
    assert report.invalid == [] and report.matches == 0


def test_a_receipt_with_a_damaged_path_does_not_count():
    header, index, *rest = proof(a_life().packed(), 8, 12).split("\n")
    damaged = "\n".join([header, index, base64.b64encode(bytes(32)).decode(), *rest[1:]])

    assert "its path to entry 8 is damaged" in findings(LIFE, receipts={"x": damaged.encode()})


# --- the whole bundle -----------------------------------------------------------------------------------------------


def test_any_one_byte_changed_in_any_file_that_counts_is_found():
    chance = random.Random(6962)
    names = sorted(name for name in LIFE if name not in INFORMATIONAL)
    for name in names:
        for _ in range(3):
            content = bytearray(LIFE[name])
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            assert verify(LIFE | {name: bytes(content)}, VKEY).exit_code == 1, (name, bytes(content))


def test_any_one_file_that_counts_left_out_is_found_except_what_may_be_withheld():
    for name in LIFE:
        left = {other: content for other, content in LIFE.items() if other != name}
        may_be_left_out = name in INFORMATIONAL or name.startswith("disclosures/")
        may_be_left_out |= name.startswith("checkpoints/") and name != "checkpoints/19.txt"

        assert verify(left, VKEY).exit_code == (0 if may_be_left_out else 1) or name == "checkpoints/19.txt", name


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["invitation", "digest"]), inner),
    max_leaves=5,
)
ABOUT = st.dictionaries(
    st.sampled_from(["invitation", "digest", "number", "docx", "pdf", "signoffs", "documents", "delivery", "kind"]),
    ANY_JSON,
)
ACTION = st.sampled_from(
    ["invitation.created", "invitation.sign", "invitation.retract", "revision.frozen", "document.rendered"]
    + ["letter.dispatch", "letter.confirm", "delivery.queued", "delivery.accept", "no.sign_off", "", ".", "is.current"]
)


@settings(deadline=None)
@given(st.lists(st.tuples(ACTION, ABOUT), min_size=1, max_size=12))
def test_whatever_an_operator_signs_gets_a_verdict(told):
    history = History()
    for action, about in told:
        history.add(action, **about)

    assert verify(history.files(), VKEY).exit_code in (0, 1)


@settings(deadline=None)
@given(st.sampled_from(sorted(LIFE)), st.binary(max_size=300))
def test_whatever_a_file_holds_gets_a_verdict(name, content):
    assert verify(LIFE | {name: content}, VKEY).exit_code in (0, 1)


@pytest.mark.parametrize(
    "name",
    ["entries/x.json", "../entries/000000.json", "/etc/passwd", "entries/1.json ", "letter.docx", "entries\\1.json"],
)
def test_a_file_that_does_not_belong_there_makes_the_evidence_unusable(name):
    with pytest.raises(InputError, match="does not belong"):
        verify(LIFE | {name: b""}, VKEY)


def test_one_entry_under_two_names_makes_the_evidence_unusable():
    with pytest.raises(InputError, match="twice"):
        verify(LIFE | {"entries/8.json": LIFE["entries/000008.json"]}, VKEY)


def test_a_key_that_is_not_whole_is_refused():
    for vkey in (VKEY[:-2], VKEY[1:], VKEY.replace("+", "-"), "", "x"):
        with pytest.raises(InputError, match="not a whole verifier key"):
            verify(LIFE, vkey)


def test_without_any_key_nothing_can_be_checked():
    with pytest.raises(InputError, match="give it with --vkey"):
        verify({name: content for name, content in LIFE.items() if name != "letter.json"})


def test_the_report_cannot_move_the_cursor_or_turn_a_line_around():
    def change(told, signed):
        told.add("letter.reopen")
        told.add("invitation.sign", person("C") | {"name": "\x1b[2JVALID\u202e"}, invitation="C", digest=WORDS.digest())

    shown = verify(resigned(change), VKEY).to_text()

    assert "?[2JVALID?" in shown and "\x1b" not in shown and "\u202e" not in shown


def test_twice_as_many_entries_with_all_their_checkpoints_take_about_twice_the_work():
    assert checking(2000) < 3 * checking(1000)


def checking(entries: int) -> float:
    """Seconds for the check of a letter with so many entries, with quick signatures; the lesser of two."""
    told, _ = until_approved()
    told.add("letter.reopen")
    for number in range(entries // 20):
        told.invite(f"X{number}")
        told.sign(f"X{number}")
    while len(told.entries) < entries:
        told.add("invitation.reader", invitation="A", language="fr", timezone="")
    files = evidence(told.packed(), told.texts, {}, told.openings)
    spent = []
    for _ in range(2):
        started = time.process_time()
        assert verify(files, VKEY, is_signed=merkle.is_signed).exit_code == 0
        spent.append(time.process_time() - started)
    return min(spent)


# --- files and the command line -------------------------------------------------------------------------------------


@pytest.fixture
def bundle(tmp_path):
    path = tmp_path / "evidence.zip"
    path.write_bytes(zipped(LIFE))
    return path


def run(*arguments, cwd=None, script=None):
    """Run verify.py as an auditor does: alone, without this project, without site packages."""
    script = script or Path(cwd) / "verify.py"
    if not script.exists():
        script.write_bytes(STANDALONE)
    command = [sys.executable, "-I", "-S", str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=cwd)


def test_the_one_file_checks_a_zip_with_a_receipt_and_a_document(bundle, tmp_path):
    receipt, office = tmp_path / "receipt.eml", tmp_path / "office.docx"
    receipt.write_bytes(receipt_mail(a_life(), 8))
    office.write_bytes(next(content for name, content in LIFE.items() if name.startswith("documents/")))

    done = run(bundle, "--vkey", VKEY, "--receipt", receipt, "--document", office, "--letter", LETTER, cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "VALID, matching 1 outside head\n" in done.stdout
    assert "office.docx: it is the one of entry 12, which was sent" in done.stdout


def test_the_one_file_checks_the_folder_that_it_was_unpacked_to(bundle, tmp_path):
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "unpacked")

    done = run(cwd=tmp_path / "unpacked")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "VALID, signed by the operator only (key not checked)\n" in done.stdout


def test_the_exit_status_tells_valid_invalid_diverged_and_unusable_apart(bundle, tmp_path):
    changed = json.loads(LIFE["entries/000003.json"]) | {"at": "2025-11-23T21:00:03.000000Z"}
    (tmp_path / "changed.zip").write_bytes(zipped(LIFE | {"entries/000003.json": rfc8785.dumps(changed)}))
    (tmp_path / "other.eml").write_bytes(receipt_mail(forked(), 9))
    (tmp_path / "noise.eml").write_bytes(b"noise")

    statuses = [
        run(*arguments, cwd=tmp_path).returncode
        for arguments in (
            [bundle, "--vkey", VKEY],
            ["changed.zip", "--vkey", VKEY],
            [bundle, "--vkey", VKEY, "--receipt", "other.eml"],
            [bundle, "--vkey", VKEY, "--receipt", "noise.eml"],
            [bundle, "--vkey", VKEY, "--receipt", "missing.eml"],
            [bundle, "--vkey", "nonsense"],
            [bundle, "--nonsense"],
            ["missing.zip"],
            [],
        )
    ]

    assert statuses == [0, 1, 2, 3, 3, 3, 3, 3, 3]


def test_no_part_of_the_one_file_takes_a_name_of_another():
    names = [name for part in PARTS for name in set(bound(ast.parse((FOLDER / f"{part}.py").read_text())))]

    assert [name for name, count in Counter(names).items() if count > 1] == []


def bound(tree):
    """The names that a module gives to its own functions, classes and values."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        targets = node.targets if isinstance(node, ast.Assign) else []
        yield from (one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))


def test_the_one_file_is_the_same_every_time():
    assert standalone() == standalone()


def with_members(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def encrypted():
    content = bytearray(zipped({"entries/000000.json": b"x"}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cannot be read"),
        (b"PK", "cannot be read"),
        (zipped(LIFE)[:-100], "cannot be read"),
        (with_members([("entries/000000.json", b"a"), ("entries/000000.json", b"b")]), "two files of one name"),
        (zipped({"entries/000000.json": b"a" * 70000}), "more bytes than"),
        (zipped({"../../etc/cron.d/x": b"a"}), "does not belong"),
        (zipped({"notes.txt": b"a"}), "does not belong"),
        (zipped({"README.txt": b"a"}), "no entries"),
        (encrypted(), "encrypted"),
    ],
    ids=range(9),
)
def test_a_zip_that_is_not_evidence_is_refused_with_a_sentence(tmp_path, content, sentence):
    (tmp_path / "x.zip").write_bytes(content)

    with pytest.raises(InputError, match=sentence):
        verify(read_evidence(tmp_path / "x.zip"), VKEY)


def test_a_failure_of_the_verifier_itself_is_no_verdict(bundle, tmp_path):
    broken = STANDALONE.replace(b"    bundle = sort_out(files)\n", b"    bundle = None\n")
    (tmp_path / "verify.py").write_bytes(broken)

    done = run(bundle, "--vkey", VKEY, cwd=tmp_path)

    assert broken != STANDALONE
    assert (done.returncode, done.stderr) == (3, "")
    assert "this verifier failed on what it was given" in done.stdout


def test_a_zip_that_unpacks_to_gigabytes_is_refused_at_once(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("README.txt", "w") as file,
    ):
        for _ in range(200):
            file.write(bytes(1024 * 1024))
    started = time.process_time()

    with pytest.raises(InputError, match="more bytes than"):
        read_evidence(tmp_path / "x.zip")
    assert time.process_time() - started < 2


def test_a_folder_is_read_without_what_does_not_belong_to_the_evidence(tmp_path):
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "000000.json").write_bytes(b"{}")
    (tmp_path / "receipt.eml").write_bytes(b"mine")

    assert read_evidence(tmp_path) == {"entries/000000.json": b"{}"}


# --- its parts, against those of others -----------------------------------------------------------------------------


RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_vectors_of_rfc_8032_hold_and_no_bit_of_them_can_be_flipped(public, message, signature):
    key, said, mark = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

    assert is_signed(key, mark, said)
    for bit in range(0, 512, 7):
        assert not is_signed(key, (int.from_bytes(mark, "big") ^ 1 << bit).to_bytes(64, "big"), said)
    for bit in range(0, 256, 37):
        assert not is_signed((int.from_bytes(key, "big") ^ 1 << bit).to_bytes(32, "big"), mark, said)


def test_a_key_has_one_spelling():
    """With the neutral element as key, (B, 1) signs everything; its other spellings are no keys (RFC 8032, 5.1.3)."""
    mark = (4 * pow(5, -1, P) % P).to_bytes(32, "little") + (1).to_bytes(32, "little")

    assert is_signed((1).to_bytes(32, "little"), mark, b"anything")
    assert not is_signed((P + 1).to_bytes(32, "little"), mark, b"anything")
    assert not is_signed((1 | 1 << 255).to_bytes(32, "little"), mark, b"anything")


def test_a_signature_has_one_spelling():
    key, said, mark = (bytes.fromhex(part) for part in RFC_8032[1])
    scalar = int.from_bytes(mark[32:], "little")

    assert not is_signed(key, mark[:32] + (scalar + ORDER).to_bytes(32, "little"), said)
    assert not is_signed(key, mark + b"\0", said)
    assert not is_signed(key, mark[:63], said)
    assert not is_signed(key + b"\0", mark, said)


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 4095))
def test_signatures_are_judged_as_openssl_judges_them(seed, message, flip):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, mark = private.public_key().public_bytes_raw(), private.sign(message)
    bent = bytearray(mark)
    bent[flip % 64] ^= 1 << flip % 7

    assert is_signed(public, mark, message)
    assert is_signed(public, bytes(bent), message) == openssl(public, bytes(bent), message)


def openssl(public, mark, message):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(mark, message)
    except Exception:
        return False
    return True


@settings(deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=80), st.data())
def test_the_tree_is_that_of_the_project(entries, data):
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    found = roots(entries, set(range(100)))

    assert found == {size: rfc6962.root_of(leaves[:size]) for size in range(len(entries) + 1)}
    if entries:
        index = data.draw(st.integers(0, len(entries) - 1))
        path = merkle.Tree(leaves).path(index)
        assert is_included(index, len(leaves), leaf_hash(entries[index]), path, found[len(leaves)])
        assert not is_included(index, len(leaves), leaf_hash(entries[index] + b"x"), path, found[len(leaves)])


def test_proofs_of_inclusion_hold_as_the_rfc_defines_them():
    for case in rfc6962.inclusion():
        held = is_included(case["index"], case["size"], case["leaf"], case["path"], case["root"])

        assert held is case["holds"], case


def test_a_path_that_leads_to_the_root_but_is_longer_than_the_log_is_deep_is_refused():
    one, other = merkle.leaf_hash(b"one"), merkle.leaf_hash(b"other")

    assert not is_included(0, 1, one, [other], merkle.node_hash(other, one))
    assert not is_included(1, 1, one, [other], merkle.node_hash(other, one))
    assert is_included(1, 2, one, [other], merkle.node_hash(other, one))


def test_a_path_of_the_right_length_with_a_longer_hash_is_refused():
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(2)]
    longer = hashlib.sha256(b"\x01" + leaves[0] + leaves[1] + b"x").digest()

    assert not is_included(0, 2, leaves[0], [leaves[1] + b"x"], longer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
)


@settings(deadline=None)
@given(JSON)
def test_canonical_json_is_that_of_rfc_8785(value):
    assert canonical(value) == rfc8785.dumps(value)
    assert read_json(rfc8785.dumps(value)) == value


@pytest.mark.parametrize(
    "content",
    [b"1.0", b"1e3", b"-0", b"NaN", b"Infinity", b"9007199254740992", b'{"a":1,"a":1}', b'{"b":1,"a":1}', b' {"a":1}']
    + [b'"\\u0041"', b'"\\/"', b'"\\ud800"', b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}", b"{}{}", b"", b"01", b"'a'"],
)
def test_json_in_any_other_spelling_is_refused(content):
    with pytest.raises(VerificationError):
        read_json(content)


@pytest.mark.parametrize(
    "body",
    [
        "Plain words, and a second sentence.",
        "*Emphasis*, **strong**, un**believ**able and `code_with_marks`.",
        'A [link](https://example.org/a_(b) "title") and <https://example.org/x_y>.',
        "A [reference][r] link.\n\n[r]: https://example.org/elsewhere",
        "1. One\n2. Two\n\n   more of two\n\n- a\n  - b\n\n> quoted *words*\n\n# A heading\n\nAnother\n-------",
        "Fish &amp; chips &copy; 2026, 5 \\* 3, snake_case, a\\_b and <b>not HTML</b>.",
        "A line\\\nbroken, another  \nbroken, and soft\nbroken.",
        "```python\ncode = 1\n```\n\n    indented code",
        "A note.[^1] And one directly attached[^two] to a word.\n\n[^1]: The first note.\n\n[^two]: The second *note*.",
        "Été à l’œuvre, “quotes”, naïve – dash; 日本語 и кириллица, ١٢٣.",
        "![a picture](https://example.org/p.png) and ![](x)",
        "2026. A year at the start of a line is a list.",
    ],
)
def test_no_word_of_a_text_is_missed_in_the_document_made_from_it(body):
    letter = other_words(body)

    def change(told, signed):
        told.add("letter.reopen")
        told.add("letter.revise")
        told.add("letter.open_sign_off")
        told.freeze(letter)
        for name in "AB":
            told.add("invitation.supersede", invitation=name, digest=letter.digest())
        signed = [told.sign(name, letter) for name in "AB"]
        told.add("letter.approve")
        told.send(told.render(signed, letter))

    assert findings(resigned(change)) == ""


# --- what docs/history.md says that anybody can do ------------------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "history.md").read_text()


def told_on_the_page(language, number):
    """The code that stands on the page, in its order."""
    return [block.split("```")[0] for block in PAGE.split(f"```{language}\n")[1:]][number]


@pytest.fixture
def unpacked(tmp_path):
    with zipfile.ZipFile(io.BytesIO(zipped(gathered(LIFE)))) as archive:
        archive.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def test_the_ten_lines_of_the_page_find_the_root_that_was_signed(unpacked):
    program = [sys.executable, "-c", told_on_the_page("python", 1)]

    done = subprocess.run(program, capture_output=True, text=True, cwd=unpacked)

    assert done.stdout.strip() == (unpacked / f"checkpoints/{LENGTH}.txt").read_text().split("\n")[2], done.stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="OpenSSL is not installed: apt-get install openssl")
@pytest.mark.parametrize(("size", "said"), [(LENGTH, "Verified Successfully"), (LENGTH - 1, "Failure")])
def test_the_shell_lines_of_the_page_check_a_signature_with_openssl(unpacked, size, said):
    whole, older = unpacked / f"checkpoints/{LENGTH}.txt", unpacked / f"checkpoints/{size}.txt"
    older.write_text("".join([*older.read_text().partition("\n\n")[:2], whole.read_text().partition("\n\n")[2]]))
    environment = {"PATH": os.environ["PATH"], "KEY": VKEY, "SIZE": str(size)}

    program = ["sh", "-c", told_on_the_page("sh", 0)]
    done = subprocess.run(program, capture_output=True, text=True, cwd=unpacked, env=environment)

    assert said in done.stdout, done.stderr
