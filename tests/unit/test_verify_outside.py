"""What counts as outside: each note once, and nothing that only the evidence itself carries."""

import base64

import pytest

from tests.support.forging import LENGTH, LIFE, SIGNED, VKEY, a_life, checkpoints, proof, receipt_mail
from tests.unit.test_verify_layout import COMMON, OTHERS, PLACED, mail, with_common
from workflow.verify import receipts, verify
from workflow.verify.report import Report

LIVED = a_life().packed()
ALL_OWN = "VALID, signed by the operator only; not counted: 1 that the evidence itself carries"


def with_head(content: bytes, head: str) -> bytes:
    return b"Undersigned-Head: " + base64.b64encode(head.encode()) + b"\n" + content


FILES = with_common(common=PLACED, old=(16,), places=((3, 12),))
HEAD = PLACED.note(16)
RECEIPT = with_head(receipt_mail(a_life(), SIGNED), HEAD)
SAVED = proof(LIVED, SIGNED, SIGNED + 1).encode()
ANOTHER = with_head(receipt_mail(a_life(), SIGNED + 1), HEAD)


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"mail": RECEIPT, "saved": SAVED}, 1),
        ({"saved": SAVED, "mail": RECEIPT}, 1),
        ({"saved": SAVED, "crlf": SAVED.replace(b"\n", b"\r\n")}, 1),
        ({"saved": SAVED, "head": HEAD.encode(), "mail": RECEIPT}, 1),
        ({"head": HEAD.encode(), "invitation": mail(HEAD), "forwarded": mail(HEAD) + b"Read this.\n"}, 1),
        ({"note": checkpoints(LIVED)[SIGNED + 1].encode(), "saved": SAVED, "mail": receipt_mail(a_life(), SIGNED)}, 1),
        ({"one": RECEIPT, "other": ANOTHER, "head": mail(HEAD), "saved": SAVED}, 2),
        ({"saved": SAVED, "head": mail(HEAD)}, 2),
        ({"one": RECEIPT, "later": with_head(receipt_mail(a_life(), SIGNED), PLACED.grown(9).note(20))}, 1),
    ],
    ids=range(9),
)
def test_each_note_is_counted_once_in_whatever_order_it_is_given(given, count):
    for order in (given, dict(reversed(given.items()))):
        report = verify(FILES, VKEY, order)
        assert (report.problems, report.matches) == ([], count), report.to_text()
        told_again = report.to_text().count("so it is not counted again")
        assert told_again + report.own == len(given) - count


def test_which_one_shows_the_same_is_said():
    report = verify(FILES, VKEY, {"saved": SAVED, "receipt.eml": RECEIPT})

    assert "Receipt saved: shows nothing that receipt.eml does not show, so it is not counted again." in report.facts


def own_files() -> dict[str, bytes]:
    """All that one can take out of evidence and hand back as a receipt."""
    found = with_common()
    kept = {name: content for name, content in found.items() if name.endswith((".tlog-proof", ".txt"))}
    return {name: kept[name] for name in kept if name.startswith(("checkpoints/", "proofs/", "common/"))}


@pytest.mark.parametrize("name", sorted(own_files()))
def test_no_note_and_no_proof_of_the_evidence_is_an_outside_head_of_it(name):
    content = own_files()[name]

    for given in (content, content.replace(b"\n", b"\r\n")):
        report = verify(with_common(), VKEY, {name: given})
        assert (report.verdict, report.exit_code, report.reached) == (ALL_OWN, 0, 0)
        assert "what was given the evidence carries itself, so only the operator vouches" in report.to_text()


def test_a_note_of_the_evidence_with_another_signature_below_or_another_entry_under_it_is_its_own():
    newest = LIFE[f"checkpoints/{LENGTH}.txt"].decode()
    another = newest + "— somewhere.example " + base64.b64encode(b"1234" + bytes(64)).decode() + "\n"

    for given in (another, proof(LIVED, 3, LENGTH), proof(LIVED, SIGNED, LENGTH)):
        assert verify(LIFE, VKEY, {"x": given.encode()}).verdict == ALL_OWN


def test_what_has_a_mark_of_having_been_outside_counts():
    """An email with its own headers; the proof of a sign-off that stands nowhere in the evidence."""
    newest = COMMON["checkpoint.txt"].decode()

    for given in (mail(newest), receipt_mail(a_life(), SIGNED), SAVED):
        assert verify(with_common(), VKEY, {"x": given}).verdict == "VALID, matching 1 outside head"
    for missing in (b"From: ", b"Date: ", b"Message-ID: "):
        assert verify(with_common(), VKEY, {"x": mail(newest).replace(missing, b"X-" + missing)}).verdict == ALL_OWN


def test_what_is_its_own_does_not_hide_how_far_the_others_reach():
    report = verify(LIFE, VKEY, {"mail": receipt_mail(a_life(), SIGNED), "own": LIFE[f"checkpoints/{LENGTH}.txt"]})

    assert report.verdict == "VALID, matching 1 outside head; not counted: 1 that the evidence itself carries"
    assert f"the entries from {SIGNED + 1} to {LENGTH - 1}, against anything outside" in report.to_text()


def test_a_note_of_the_evidence_is_compared_all_the_same():
    forged = OTHERS.grown(8).note()

    assert verify(with_common(), VKEY, {"x": forged.encode()}).exit_code == 2


def test_of_thousands_that_show_the_same_each_is_told_in_a_short_line_and_quickly():
    shown = {f"{n}.eml": {"a head", f"a checkpoint {n}", f"a checkpoint {n} {n}"} for n in range(2_000)}
    shown |= {f"{n}.tlog-proof": {f"a checkpoint {n}", f"a checkpoint {n} {n}"} for n in range(2_000)}
    shown |= {f"invitation {n}.eml": {"a head"} for n in range(2_000)}
    report = Report()

    receipts._count(shown, report)

    assert report.matches == 2_000
    assert len(report.facts) == 4_000
    assert max(map(len, report.facts)) < 200
