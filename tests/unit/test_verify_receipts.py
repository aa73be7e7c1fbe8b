"""The verifier and receipts from outside: what agrees counts, and what does not diverges."""

import base64
import functools
import json
import time

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.forging import (
    HOST,
    LETTER,
    LIFE,
    SEED,
    VKEY,
    a_life,
    checkpoints,
    evidence,
    findings,
    forked,
    proof,
    receipt_mail,
    verify,
)
from tests.vectors import rfc6962
from workflow import merkle
from workflow.verify.bundle import canonical
from workflow.verify.entries import Entry
from workflow.verify.erased import read_erased

pytestmark = pytest.mark.slow


@functools.cache
def a_receipt():
    return receipt_mail(a_life(), 8)


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
