"""The verifier of evidence: a whole life holds, and whatever was done to its record is found."""

import json

import pytest
import rfc8785

from tests.support.forging import (
    HOST,
    LENGTH,
    LETTER,
    LIFE,
    RENDERED,
    SIGNED,
    VKEY,
    WORDS,
    History,
    a_life,
    checkpoints,
    findings,
    other_words,
    proof,
    resigned,
    sha256,
    verify,
)
from workflow import merkle

pytestmark = pytest.mark.slow


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
