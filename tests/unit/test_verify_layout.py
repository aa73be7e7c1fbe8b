"""The layout of the evidence: one entry a line, or one a file as until November 2026; and the log over all letters."""

import base64
import hashlib

import pytest

from tests.support.evidence import gathered
from tests.support.forging import (
    HOST,
    LIFE,
    SIGNED,
    VKEY,
    WORDS,
    Common,
    History,
    a_life,
    findings,
    other_words,
    receipt_mail,
    resigned,
    zipped,
)
from workflow.verify import InputError, verify
from workflow.verify.bundle import LARGEST_ENTRY, read_evidence

pytestmark = pytest.mark.slow

LINES = gathered(LIFE)
OTHERS = Common(*(hashlib.sha256(str(number).encode()).digest() for number in range(20)))
"""A log over all letters before this letter comes in."""


def with_common(files=LINES, common=OTHERS, after=7, **given):
    """The evidence with its newest checkpoint in a log over all letters, which has grown by `after` entries since."""
    newest = max((name for name in files if name.startswith("checkpoints/")), key=lambda name: int(name[12:-4]))
    grown = common.with_checkpoint(files[newest].decode())
    return files | grown.grown(after).evidence(len(common.entries), **given)


def mail(head: str) -> bytes:
    encoded = base64.b64encode(head.encode()).decode()
    folded = "\r\n ".join(encoded[start : start + 60] for start in range(0, len(encoded), 60))
    sent = "From: a@example.org\r\nDate: Mon, 23 Nov 2026 21:00:08 +0000\r\nMessage-ID: <1@example.org>\r\n"
    return f"{sent}Subject: Please review\r\nUndersigned-Head: {folded}\r\n\r\nHello.\r\n".encode()


# --- one entry a line ------------------------------------------------------------------------------------------------


def test_the_same_evidence_in_either_layout_gives_the_same_report():
    assert verify(LINES, VKEY).to_text() == verify(LIFE, VKEY).to_text()
    assert verify(LINES, VKEY).ok


def test_evidence_in_lines_is_read_from_a_zip_and_from_a_folder(tmp_path):
    (tmp_path / "evidence.zip").write_bytes(zipped(with_common()))
    for name, content in with_common().items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)

    assert read_evidence(tmp_path / "evidence.zip") == read_evidence(tmp_path / "folder") == with_common()


def changed_line(name, number, change):
    lines = LINES[name].split(b"\n")
    lines[number] = change(lines[number])
    return LINES | {name: b"\n".join(lines)}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (changed_line("entries.jsonl", 8, lambda line: line.replace(b"2026", b"2025")), "Entry 8 is not what was"),
        (changed_line("entries.jsonl", 8, lambda line: b""), "Entry 8 is not canonical JSON"),
        (changed_line("entries.jsonl", 8, lambda line: line + b"\r"), "Entry 8 is not canonical JSON"),
        (changed_line("entries.jsonl", 8, lambda line: line + b"\n" + line), "Entry 8 is there 2 times"),
        (LINES | {"entries.jsonl": LINES["entries.jsonl"] + b"\n"}, "Entry 19 is not canonical JSON"),
        (LINES | {"entries.jsonl": LINES["entries.jsonl"].replace(LIFE["entries/000008.json"] + b"\n", b"")},
         "Entry 8 was removed"),
        (changed_line("disclosures.jsonl", 1, lambda line: line.replace(b"Organisation", b"Organization")),
         "disclosures.jsonl, line 2: is not what its entry committed to"),
        (changed_line("disclosures.jsonl", 1, lambda line: line.replace(b'"seq":2', b'"seq":1')),
         "disclosures.jsonl, line 2: is not what its entry committed to"),
        (changed_line("disclosures.jsonl", 1, lambda line: line + b"\n" + line), "line 3: opens entry 2 once more"),
        (changed_line("disclosures.jsonl", 1, lambda line: line.replace(b',"seq":2', b'')), "line 2: has not a salt"),
        (changed_line("disclosures.jsonl", 1, lambda line: line.replace(b'"seq":2', b'"seq":2,"x":2')), "has not"),
        (changed_line("disclosures.jsonl", 1, lambda line: b"[]"), "line 2: has not a salt"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_changed_in_a_line_is_found(files, sentence):
    assert sentence in findings(files)


@pytest.mark.parametrize(
    "files",
    [
        LINES | {"entries.jsonl": LINES["entries.jsonl"][:-1]},
        LINES | {"disclosures.jsonl": LINES["disclosures.jsonl"][:-1]},
        LINES | {"entries/000000.json": LIFE["entries/000000.json"]},
        {"entries/000000.json": LIFE["entries/000000.json"]} | LINES,
        LINES | {"entries.jsonl": b"9" * (LARGEST_ENTRY + 1) + b"\n"},
        LINES | {"entries.jsonl": b"\n" * 1_000_001},
        LINES | {"entries.jsonl": b""},
    ],
    ids=["cut off", "cut off too", "a file too", "a file before", "a long line", "too many", "none"],
)
def test_lines_that_are_none_are_refused(files):
    with pytest.raises(InputError):
        verify(files, VKEY)


# --- the log over all letters ----------------------------------------------------------------------------------------


def test_the_letters_checkpoint_is_proved_in_the_log_over_all_letters():
    report = verify(with_common(), VKEY)

    assert report.ok, report.problems
    said = (
        f"The log over all letters, {HOST}/log: its head of 28 entries holds, as entry 20, this letter's checkpoint of"
    )
    assert any(said in fact for fact in report.facts)
    assert report.verdict == "VALID, signed by the operator only"


def test_without_a_head_it_says_that_none_was_checked():
    assert "- the log over all letters: there is no head of it in this evidence" in verify(LINES, VKEY).to_text()
    assert "there is no head" not in verify(with_common(), VKEY).to_text()


def test_entries_that_are_younger_than_the_head_are_named():
    told = a_life()
    shorter = History()
    shorter.entries, shorter.openings = told.entries[:12], told.openings
    common = with_common(gathered(shorter.files()))
    files = LINES | {name: content for name, content in common.items() if name.startswith("common/")}

    report = verify(files, VKEY)

    assert report.ok, report.problems
    assert any("the entries from 12 to 18, against the log over all letters" in what for what in report.unchecked)


def of_another_letter():
    told = a_life()
    told.entries[0]["about"]["campaign"] = "another"
    return with_common(gathered(told.files()))


COMMON = {name.partition("/")[2]: content for name, content in with_common().items() if name.startswith("common/")}
PLACED = Common(*OTHERS.entries[:3]).with_checkpoint(LIFE["checkpoints/12.txt"].decode())
PLACED = Common(*PLACED.entries, *OTHERS.entries[4:])
"""The same, in which the letter's first twelve entries are known since its fourth."""


def placed_as(old, new):
    files = with_common(common=PLACED, old=(16,), places=((3, 12),))
    assert old in files["common/consistency.jsonl"]
    return files | {"common/consistency.jsonl": files["common/consistency.jsonl"].replace(old, new)}


ANOTHER_NAME = Common(*OTHERS.entries, name="mail.example.org/log")
ANOTHER_KEY = Common(*OTHERS.entries, seed=b"\x01" * 32)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (LINES | {n: c for n, c in of_another_letter().items() if n.startswith("common/")}, "proves no checkpoint"),
        ({n: c for n, c in with_common().items() if n != "common/checkpoint.txt"}, "common/checkpoint.txt is missing"),
        ({n: c for n, c in with_common().items() if n != "common/letter.tlog-proof"}, "letter.tlog-proof is missing"),
        (with_common() | {"common/checkpoint.txt": OTHERS.note().encode()}, "does not lead to the head"),
        (with_common(common=ANOTHER_KEY), "is not signed (once) with the key"),
        (with_common() | {"common/checkpoint.txt": LINES["checkpoints/19.txt"]}, "it is no head of the log over all"),
        (with_common() | {"common/letter.tlog-proof": LINES[f"proofs/{SIGNED}.tlog-proof"]}, "does not lead"),
        (with_common() | {"common/letter.tlog-proof": COMMON["letter.tlog-proof"].replace(b"index 20", b"index 19")},
         "proves no checkpoint of this"),
        (with_common() | {"common/consistency.jsonl": b"{}\n"}, "common/consistency.jsonl, line 1"),
        (with_common() | {"common/consistency.jsonl": b'{"path":["A"],"root":"A","size":1}\n'}, "line 1"),
        (with_common() | {"common/consistency.jsonl": b'{"path":7,"root":8,"size":1}\n'}, "line 1"),
        (with_common() | {"common/consistency.jsonl": with_common(old=(5,))["common/consistency.jsonl"][:-1]}, "cut"),
        (placed_as(b'"entries":12', b'"entries":11'), "holds these entries"),
        (placed_as(b'"entries":12', b'"entries":0'), "holds these entries"),
        (placed_as(b'"index":3', b'"index":4'), "holds these entries"),
        (placed_as(b'"index":3', b'"index":-1'), "holds these entries"),
        (placed_as(b'"index":3', b'"index":"3"'), "line 1: it does not show that the newest"),
        (placed_as(b'"index":3,', b""), "line 1: it does not show that the newest"),
        (placed_as(b'"place":[', b'"place":[7,'), "line 1: it does not show that the newest"),
        (placed_as(b'"place":["', b'"place":["=","'), "line 1: it holds something that is not base64"),
    ],
    ids=range(20),
)  # fmt: skip
def test_a_head_that_does_not_hold_is_found(files, sentence):
    assert sentence in findings(files)


def test_a_log_of_another_host_under_the_same_key_is_pointed_out():
    report = verify(with_common(common=ANOTHER_NAME), VKEY)

    assert report.ok
    assert any("is of the log mail.example.org/log" in remark for remark in report.remarks)


# --- heads that others hold ------------------------------------------------------------------------------------------


def test_the_head_of_a_mail_matches():
    head = COMMON["checkpoint.txt"].decode()

    report = verify(with_common(), VKEY, {"a.eml": mail(head)})

    assert report.verdict == "VALID, matching 1 outside head", report.to_text()


def test_a_mail_with_a_proof_and_a_head_counts_once():
    carrying = receipt_mail(a_life(), 12)
    head = base64.b64encode(COMMON["checkpoint.txt"])
    carrying = b"Undersigned-Head: " + head + b"\n" + carrying

    report = verify(with_common(), VKEY, {"a.eml": carrying})

    assert report.verdict == "VALID, matching 1 outside head"
    assert sum("a.eml" in fact for fact in report.facts) == 2


@pytest.mark.parametrize("size", [4, 5, 16, 20, 27])
def test_an_older_head_matches_where_the_proof_is_at_hand(size):
    older = with_common(common=PLACED, old=(size,), places=((3, 12),))
    head = PLACED.with_checkpoint(LINES["checkpoints/19.txt"].decode()).grown(7).note(size)

    report = verify(older, VKEY, {"a.eml": mail(head)})
    assert report.verdict == "VALID, matching 1 outside head"
    held = 19 if size > 20 else 12
    assert any(f"holds the first {held} entries of this letter" in fact for fact in report.facts)
    younger = any("the entries from 12 to 18, against anything outside" in what for what in report.unchecked)
    assert younger is (held == 12)

    other = Common(*reversed(OTHERS.grown(7).entries)).note(size)
    report = verify(older, VKEY, {"a.eml": mail(other)})
    assert (report.verdict.partition(":")[0], report.exit_code) == ("DIVERGED", 2)
    assert other in report.to_text()
    assert older["common/checkpoint.txt"].decode() in report.to_text()


@pytest.mark.parametrize("size", [1, 3, 16, 20])
def test_an_older_head_that_holds_nothing_of_this_letter_says_nothing_of_it(size):
    """Whoever rewrites a letter, and appends it to the log over all letters once more, contradicts none of those."""
    older = with_common(old=(size,))
    head = OTHERS.note(size)

    report = verify(older, VKEY, {"a.eml": mail(head)})

    assert report.verdict == "VALID, signed by the operator only"
    assert any("so it says nothing of it" in what for what in report.unchecked)


def test_a_letter_that_was_rewritten_is_not_what_an_older_head_holds():
    told = a_life()
    told.entries[9]["about"]["link"] = "another"
    rewritten = with_common(gathered(told.files()), PLACED, old=(16,), places=((3, 12),))
    head = PLACED.note(16)

    assert "it does not show that the older head holds these entries" in findings(rewritten)
    silent = with_common(gathered(told.files()), PLACED, old=(16,))
    assert verify(silent, VKEY, {"a.eml": mail(head)}).verdict == "VALID, signed by the operator only"


def test_what_is_younger_than_all_from_outside_is_named():
    report = verify(LINES, VKEY, {"a.eml": receipt_mail(a_life(), 8)})

    assert report.verdict == "VALID, matching 1 outside head"
    assert "- the entries from 9 to 18, against anything outside: what was given is older" in report.to_text()


@pytest.mark.parametrize("size", [5, 40])
def test_an_older_or_younger_head_without_a_proof_is_not_checked(size):
    report = verify(with_common(), VKEY, {"a.eml": mail(OTHERS.grown(50).note(size))})

    assert report.verdict == "VALID, signed by the operator only"
    assert any(f"a.eml, a head of {size} entries: it is" in what for what in report.unchecked)


def test_a_head_of_the_same_size_and_another_root_diverges():
    other = Common(*OTHERS.entries[:-1], b"x" * 32).grown(8).note()

    report = verify(with_common(), VKEY, {"a.eml": mail(other)})

    assert report.exit_code == 2
    assert other in report.to_text()


def test_two_outside_heads_that_contradict_each_other_diverge_whatever_the_evidence_holds():
    one, other = OTHERS.note(5), Common(*reversed(OTHERS.entries)).note(5)

    report = verify(LINES, VKEY, {"a.eml": mail(one), "b.eml": mail(other)})

    assert report.exit_code == 2


def test_a_head_that_is_damaged_or_of_somebody_else_decides_nothing():
    stranger = Common(*OTHERS.entries, seed=b"\x01" * 32).note()
    cut = mail(OTHERS.note()).replace(b"Undersigned-Head: ", b"Undersigned-Head: !")

    for receipt in (mail(stranger), cut, mail("x"), mail(OTHERS.note(0))):
        report = verify(with_common(), VKEY, {"a.eml": receipt})
        assert (report.exit_code, report.matches) == (3, 0)


def test_an_entry_that_goes_back_in_time_is_pointed_out():
    def change(told, signed):
        told.entries[5]["at"] = "2026-11-23T20:00:00.000000Z"

    report = verify(resigned(change), VKEY)

    assert report.remarks == ["The server's clock went back between the entries 4 and 5."]


def test_each_verdict_says_more_than_one_word():
    report = verify(changed_line("entries.jsonl", 8, lambda line: b"{}"), VKEY)
    assert report.verdict.startswith("INVALID: Entry 8 has not the fields that an entry has (and ")


# --- the steps of each machine ---------------------------------------------------------------------------------------


def restored(told, signed):
    told.add("letter.reopen")
    told.add("letter.revise")
    told.add("letter.open_sign_off")
    told.freeze(other_words())
    told.add("invitation.restore", invitation="A", digest=other_words().digest())


def superseded(told, signed):
    told.add("letter.reopen")
    told.add("invitation.supersede", invitation="A", digest=WORDS.digest())


def few(told, signed):
    told.add("letter.reopen")
    told.add("campaign.terms", role="coordinator", minimum=3)
    told.add("letter.approve", role="coordinator", signed=2)


def required(name, *before):
    """A life in which an organisation is required, and sign-off is opened once more; then what is told of it."""

    def change(told, signed):
        told.add("letter.reopen")
        told.add("invitation.corrected", role="coordinator", invitation=name, required=True)
        for action, about in before:
            told.add(action, invitation=name, **about)
        told.add("letter.approve", signed=2)

    return change


def left_out(told, signed):
    told.add("letter.reopen")
    told.add("invitation.created", {"organisation": "Organisation D"}, invitation="D", required=True)
    told.add("letter.approve", signed=2)


def asked_again(told, signed):
    told.add("letter.reopen")
    told.add("invitation.created", {"organisation": "Organisation D"}, invitation="D", required=True)
    told.add("invitation.revoke", invitation="D")
    told.add("letter.approve", signed=2)
    told.add("invitation.reinvite", invitation="D")
    told.send(told.render(signed))


def taken_off(told, signed):
    told.add("letter.reopen")
    told.add("invitation.created", {"organisation": "Organisation D"}, invitation="D", required=True)
    told.add("delivery.queued", delivery="n", kind="sign_off", invitation="D")
    told.add("invitation.removed", invitation="D")
    told.add("letter.approve", signed=2)


STEPS = {
    "letter.approve while the organisation of entry 3 (Organisation C), which is required, had not": required("C"),
    "records letter.approve while the organisation of entry 13 (Organisation D), which is required, had not": left_out,
    "records letter.dispatch while the organisation of entry 13 (Organisation D), which is required": asked_again,
    "records invitation.removed of an organisation that had been written to": taken_off,
    "records invitation.removed of an organisation that had": lambda told, signed: (
        told.add("letter.reopen"),
        told.add("invitation.removed", invitation="A"),
    ),
    "records invitation.corrected while the letter was approved": lambda told, signed: told.add(
        "invitation.corrected", invitation="A", required=False
    ),
    "records invitation.decline while the invitation was removed": lambda told, signed: (
        told.add("letter.reopen"),
        told.add("invitation.created", {"organisation": "Organisation D"}, invitation="D", required=True),
        told.add("invitation.removed", invitation="D"),
        told.add("invitation.decline", invitation="D", digest=WORDS.digest()),
    ),
    "records letter.revise while the letter was sent": lambda told, s: (
        told.send(told.render(s)),
        told.add("letter.revise"),
    ),
    "records letter.circulate while the letter was approved": lambda told, signed: told.add("letter.circulate"),
    "records letter.reopen while the letter was withdrawn": lambda told, s: (
        told.add("letter.withdraw"),
        told.add("letter.reopen"),
    ),
    "records letter.edited while the letter was approved": lambda told, signed: told.add("letter.edited"),
    "records revision.frozen while the letter was approved": lambda told, signed: told.freeze(other_words()),
    "records invitation.created while the letter was approved": lambda told, signed: told.invite("D"),
    "creates an invitation that there was before": lambda told, signed: (told.add("letter.reopen"), told.invite("A")),
    "records invitation.sign while the invitation was signed": lambda told, signed: (
        told.add("letter.reopen"),
        told.sign("A"),
    ),
    "records invitation.retract while the invitation was retracted": lambda told, s: told.add(
        "invitation.retract", invitation="C"
    ),
    "records invitation.lapse while the invitation was signed": lambda told, s: told.add(
        "invitation.lapse", invitation="A"
    ),
    "records invitation.reinvite while the invitation was signed": lambda told, s: told.add(
        "invitation.reinvite", invitation="A"
    ),
    "records invitation.restore, and the sign-off of that organisation does not stand": restored,
    "records invitation.supersede, and the sign-off of that organisation stands": superseded,
    "approves the letter with 2 of at least 3": few,
    "says that 3 have signed; 2 have": lambda told, s: (
        told.add("letter.reopen"),
        told.add("letter.approve", signed=3),
    ),
}


@pytest.mark.parametrize(
    "waived",
    [
        required("A"),
        required("C", ("invitation.corrected", {"required": False})),
        lambda told, signed: (
            told.add("letter.reopen"),
            told.add("invitation.created", {"organisation": "Organisation D"}, invitation="D", required=True),
            told.add("invitation.revoke", invitation="D"),
            told.add("letter.approve", signed=2),
            told.send(told.render(signed)),
        ),
        lambda told, signed: (
            told.add("letter.reopen"),
            told.add("invitation.created", {"organisation": "Organisation D"}, invitation="D", required=True),
            told.add("invitation.removed", invitation="D"),
            told.add("letter.approve", signed=2),
        ),
    ],
    ids=["signed", "no more required", "revoked", "removed"],
)
def test_a_letter_is_approved_without_whoever_is_not_required_any_more(waived):
    assert findings(resigned(waived)) == ""


@pytest.mark.parametrize("sentence", STEPS)
def test_a_step_that_cannot_have_been_is_found_in_whatever_was_signed(sentence):
    assert sentence in findings(resigned(STEPS[sentence]))
