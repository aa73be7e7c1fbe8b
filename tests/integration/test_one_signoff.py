"""The evidence of one sign-off: it holds, what is changed is found, and nothing of anybody else is in any byte."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile

import pytest
import sqlalchemy as sa

from tests.support import factories, whole_lives
from tests.support.evidence import entries_of, files_of, receipts_of, rewritten
from tests.support.lived import lived
from tests.support.reports import read_html, read_word
from tests.support.sent_letters import whole_life as signed_life
from workflow import erasure, history, merkle, verify
from workflow.campaigns import chosen, invitations, lifecycle
from workflow.history import common, one_signoff
from workflow.models import Disclosure, Letter
from workflow.signoffs import answers


def of_one(database, letter_id: str, number: int = 0, sequence: int | None = None) -> dict[str, bytes]:
    """The files of the sign-off, or of the answer, of the organisation with a number."""
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[number]
        if sequence is None and invitation.signoffs:
            sequence = invitation.signoffs[-1].sequence
        return one_signoff.files(session, letter_id, invitation.id, sequence)


def check(database, files, receipts=(), vkey=None):
    return verify.verify(files, vkey or history.vkey(database.settings), receipts)


def said(report) -> str:
    return "\n".join(report.problems)


def entries(files) -> dict[int, dict]:
    found = (json.loads(line) for line in files["entries.jsonl"].splitlines())
    return {entry["seq"]: entry for entry in found}


def with_entries(files, kept) -> dict[str, bytes]:
    return {**files, "entries.jsonl": b"".join(line + b"\n" for line in kept)}


# --- it holds ---------------------------------------------------------------------------------------------------------


def test_it_holds_and_says_what_it_cannot_show(database):
    letter_id = signed_life(database)

    files = of_one(database, letter_id, 1)
    report = check(database, files, receipts_of(database, letter_id)[1:2])

    assert (report.problems, report.exit_code) == ([], 0)
    assert report.verdict == "VALID for one signature alone, matching 1 outside head"
    twice = check(database, files, receipts_of(database, letter_id)[1:2] * 2)
    assert twice.matches == 1, "a copy vouches for nothing more"
    told = report.to_text()
    assert "(Bo Chan, Organisation B): " in told and "counts as far as is here, printed by the documents" in told
    assert re.search(r"\): [^\n]*confirmed, does not count as far as is here", told), "the one that it took back first"
    assert "whether something was left out that the organisation did later" in told
    assert "who else signed" in told


def test_it_is_in_the_log_over_all_letters(database):
    letter_id = signed_life(database)
    common.sequence(database)

    files = of_one(database, letter_id)

    assert {"common/checkpoint.txt", "common/letter.tlog-proof"} <= files.keys()
    report = check(database, files)
    assert report.problems == []
    assert "The log over all letters, 127.0.0.1/log" in report.to_text()


def test_every_organisation_of_whole_lives_has_evidence_that_holds(database, later):
    for life in (lived(database, whole_lives.whole_life), whole_lives.other_life(database, later)):
        with database.reading() as session:
            count = len(session.get_one(Letter, life).invitations)
        for number in range(count):
            with database.reading() as session:
                vkey = history.vkey_of(session, life)
            report = check(database, of_one(database, life, number), vkey=vkey)
            assert report.problems == [], number


def test_the_same_state_gives_the_same_bytes_and_the_verifier_in_it_runs_alone(database, tmp_path):
    letter_id = signed_life(database)
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[0]
        sequence = invitation.signoffs[0].sequence
        assert one_signoff.invitation_of(session, letter_id, sequence) == invitation.id
        packed, again = (one_signoff.bundle(session, letter_id, invitation.id, sequence) for _ in range(2))
    assert packed == again
    place = tmp_path / f"signoff-{sequence}.zip"
    place.write_bytes(packed)
    with zipfile.ZipFile(place) as archive:
        (tmp_path / "verify.py").write_bytes(archive.read("verify.py"))
    (tmp_path / "receipt.eml").write_bytes(receipts_of(database, letter_id)[0])
    key = ["--vkey", history.vkey(database.settings), "--receipt", "receipt.eml"]

    run = subprocess.run(
        [sys.executable, "-I", "verify.py", place.name, *key], cwd=tmp_path, capture_output=True, text=True
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert "VALID for one signature alone, matching 1 outside head" in run.stdout
    with pytest.raises(LookupError, match="is no sign-off"), database.reading() as session:
        one_signoff.invitation_of(session, letter_id, 0)


def test_the_report_in_it_is_of_one_organisation_alone(database):
    files = of_one(database, signed_life(database), 1)

    for words in (read_html(files), read_word(files)):
        assert "Report on one organisation’s part in a joint letter" in words
        assert "Bo Chan Director Organisation B (ORGB) Version 2" in words
        assert "It had signed version 2 on" in words
        assert "3 organisations" not in words and "Organisation C" not in words


# --- what was changed is found ----------------------------------------------------------------------------------------


def test_each_line_proof_text_and_opening_that_is_changed_is_found(database):
    letter_id = signed_life(database)
    common.sequence(database)
    files = of_one(database, letter_id, 1)
    checked = [
        name for name in files if name.startswith(("entries", "proofs", "checkpoints", "revisions", "discl", "common"))
    ]

    for name in checked:
        for place in (len(files[name]) // 3, len(files[name]) - 2):
            changed = bytearray(files[name])
            changed[place] ^= 1
            report = _tried(database, {**files, name: bytes(changed)})
            assert report is None or not report.ok, (name, place)
    for name in checked:
        report = _tried(database, {other: files[other] for other in files if other != name})
        assert report is None or not report.ok or name == "disclosures.jsonl", name


def _tried(database, files):
    try:
        return check(database, files)
    except verify.InputError:
        return None


def test_an_entry_that_is_not_proved_or_is_of_somebody_else_is_named(database):
    letter_id = signed_life(database)
    files, other = of_one(database, letter_id, 1), of_one(database, letter_id, 0)
    lines = files["entries.jsonl"].splitlines()
    strange = next(line for line in other["entries.jsonl"].splitlines() if b"invitation.sign" in line)
    seq = json.loads(strange)["seq"]
    both = sorted([*lines, strange], key=lambda line: json.loads(line)["seq"])

    assert f"proofs/{seq}.tlog-proof: it is missing" in said(check(database, with_entries(files, both)))
    proof = {f"proofs/{seq}.tlog-proof": other[f"proofs/{seq}.tlog-proof"]}
    proved = check(database, {**with_entries(files, both), **proof})
    assert f"Entry {seq} (invitation.sign) is not about this organisation." in said(proved)
    assert "not in order" in said(check(database, with_entries(files, lines[::-1])))


def test_a_sign_off_that_is_shown_as_counting_although_it_was_replaced_is_found_where_the_entries_tell(database):
    """A text that was never put before it; an answer while signing was closed."""
    letter_id = signed_life(database)
    files = of_one(database, letter_id, 0)
    gone = next(seq for seq, entry in entries(files).items() if entry["action"] == "letter.open_sign_off")
    left = [line for line in files["entries.jsonl"].splitlines() if json.loads(line)["seq"] != gone]
    del files[f"proofs/{gone}.tlog-proof"]

    report = check(database, with_entries(files, left))

    assert "records invitation.sign while the letter was" in said(report)


def test_a_rewritten_log_diverges_from_the_receipt(database):
    letter_id = signed_life(database)
    whole = files_of(database, letter_id)
    receipt = receipts_of(database, letter_id)[0]
    forged = entries_of(whole)
    signed = next(entry for entry in forged if entry["action"] == "invitation.sign")
    signed["about"]["networks"] = 7
    false = rewritten(database, whole, forged)
    honest = of_one(database, letter_id, 0)
    seqs = entries(honest)
    every = [false[name] for name in sorted(false) if name.startswith("entries/")]
    lines = [line for line in every if json.loads(line)["seq"] in seqs]
    size = max(int(re.findall(r"\d+", name)[0]) for name in false if name.startswith("checkpoints/"))
    leaves = [merkle.leaf_hash(line) for line in every]
    files = {name: content for name, content in honest.items() if not name.startswith(("proofs", "checkpoints"))}
    files[f"checkpoints/{size}.txt"] = note = false[f"checkpoints/{size}.txt"]
    files |= {f"proofs/{seq}.tlog-proof": proof_of(leaves, seq, note.decode()) for seq in seqs}
    files = with_entries(files, lines)

    alone, compared = check(database, files), check(database, files, [receipt])

    assert alone.ok, "alone, it cannot be told from an honest one"
    assert compared.exit_code == 2
    assert note.decode() in said(compared)


def proof_of(leaves, seq: int, note: str) -> bytes:
    return merkle.format_proof(seq, merkle.Tree(leaves).path(seq), note).encode()


def test_another_key_or_letter_than_was_given_is_said(database):
    files = of_one(database, signed_life(database))
    stranger = merkle.verifier_key("127.0.0.1", b"\x07" * 32)

    assert (
        check(database, files, vkey=stranger).exit_code,
        "another key" in said(check(database, files, vkey=stranger)),
    ) == (3, True)
    own = verify.verify(files)
    assert own.ok and "key not checked" in own.verdict
    assert "not of " + "0" * 32 in said(verify.verify(files, history.vkey(database.settings), letter="0" * 32))


# --- nobody else is in it ---------------------------------------------------------------------------------------------


TYPED = ("organisation", "acronym", "contact", "signatory", "name", "png", "country", "reason")


def names_in(database, letter_id: str, besides: str) -> set[bytes]:
    """All that was ever typed of other organisations and of none else, and their ids."""
    with database.reading() as session:
        named = {entry.sequence: entry.about.get("invitation") for entry in history.entries(session, letter_id)}
        query = sa.select(Disclosure.sequence, Disclosure.payload).where(Disclosure.letter_id == letter_id)
        typed = [
            (named[seq], str(value))
            for seq, payload in session.execute(query)
            for key, value in payload.items()
            if key in TYPED and isinstance(value, str) and len(value) > 3
        ]
    others = {words for of, words in typed if of not in (None, besides)} - {
        words for of, words in typed if of == besides
    }
    return {one.encode() for one in others | {of for of in named.values() if of not in (None, besides)}}


def unpacked(files: dict[str, bytes]) -> dict[str, bytes]:
    """Every file, and every file in those that are archives themselves."""
    found = dict(files)
    for name, content in files.items():
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                inner = {inside: archive.read(inside) for inside in archive.namelist()}
            found |= {f"{name}/{inside}": content for inside, content in unpacked(inner).items()}
    return found


def test_nothing_of_the_other_organisations_is_in_any_byte(database):
    letter_id = lived(database, whole_lives.whole_life)
    with database.reading() as session:
        asked = [one.id for one in session.get_one(Letter, letter_id).invitations]
    for number, invitation in enumerate(asked):
        files = unpacked(of_one(database, letter_id, number))
        others = names_in(database, letter_id, invitation)
        assert len(others) > 10
        own = b"".join(content for name, content in files.items() if not name.endswith("verify.py"))
        assert not [one for one in others if re.search(rb"(?<![\w.])" + re.escape(one), own)]


def test_what_a_coordinator_mistyped_of_it_before_it_signed_stays_shut(database):
    letter_id = factories.take_in(database, 2)
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[0].id
    factories.act(database, invitations.set_contact, letter_id, invitation, "wrong@elsewhere.example", factories.ANNA)
    factories.act(database, invitations.set_contact, letter_id, invitation, "right@example.org", factories.ANNA)
    factories.open_sign_off(database, letter_id)
    factories.tell(database, letter_id)
    factories.sign(database, letter_id, 0)

    files = unpacked(of_one(database, letter_id))

    assert check(database, of_one(database, letter_id)).ok
    assert not [name for name, content in files.items() if b"elsewhere.example" in content]
    assert b"right@example.org" in files["disclosures.jsonl"]


@pytest.mark.parametrize("what", ["person", "letter"])
def test_what_was_erased_is_said_and_the_rest_holds(database, what):
    letter_id = lived(database, whole_lives.whole_life)
    if what == "person":
        begun = factories.act(database, erasure.begin_person, "a@example.org", "request", factories.ANNA).id
    else:
        begun = factories.act(database, erasure.begin_letter, letter_id, "retention", factories.ANNA).id
    erasure.go_on(database, begun)
    with database.reading() as session:
        asked = session.get_one(Letter, letter_id).invitations
        gone = [one.id for one in asked if not one.email]

    for number in range(len(asked)):
        files = of_one(database, letter_id, number)
        report = check(database, files)
        assert report.problems == [], number
        assert not [
            name for name, content in unpacked(files).items() if b"a@example.org" in content.replace(b"nina@", b"")
        ]
        told = "Erased: " in report.to_text()
        assert told == (what == "letter" or asked[number].id in gone), number
        if what == "letter":
            assert "The letter was erased" in read_html(files)


def test_an_organisation_that_declined_has_its_evidence_too(database):
    letter_id = factories.take_in(database, 2)
    factories.open_sign_off(database, letter_id)
    link = factories.link_ids(database, letter_id)[1]
    factories.act(database, answers.decline, link, factories.digest(database, letter_id), "Not now", shared=False)

    files = of_one(database, letter_id, 1)

    report = check(database, files)
    assert report.ok and ": decline." in report.to_text()
    assert "declined" in read_html(files) and "“Not now”" in read_word(files)


def test_a_letter_goes_with_all_that_are_required_and_without_whoever_is_not_any_more(database):
    letter_id = factories.take_in(database, 4, required=3)
    with database.reading() as session:
        asked = [one.id for one in session.get_one(Letter, letter_id).invitations]
    factories.act(database, chosen.remove, letter_id, asked[2:3], factories.ANNA)
    factories.open_sign_off(database, letter_id)
    factories.sign(database, letter_id, 0)
    factories.act(database, chosen.require, letter_id, asked[1:2], factories.ANNA, required=False)
    factories.act(database, chosen.require, letter_id, asked[3:], factories.ANNA, required=True)
    factories.act(database, chosen.cancel, letter_id, asked[3:], factories.ANNA)
    factories.act(database, lifecycle.approve, letter_id, factories.ANNA)

    whole = files_of(database, letter_id)
    assert check(database, whole).problems == []
    for number in range(2):
        assert check(database, of_one(database, letter_id, number)).problems == []

    forged = [one for one in entries_of(whole) if one["action"] != "invitation.revoke"]
    assert "which is required, had not signed" in said(check(database, rewritten(database, whole, forged)))
