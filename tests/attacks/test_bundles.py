"""
Evidence that somebody has changed on its way: any byte of it, or a file of another letter in the place of its own.

A sample of the random changes runs in the suite; `make soak` tries 20,000, others each time.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.evidence import gathered
from tests.support.forging import STANDALONE, VKEY, WORDS, Common, History, zipped
from tests.support.mutating import MEANINGLESS
from workflow import merkle
from workflow.verify import verify

ROOT = Path(__file__).parents[2]
COUNT = 20_000 if "SOAK" in os.environ else 300
OWN, OTHER = "0b54c6b1d4f84bcb", "77c1d4f84bcb0b54"
CLOSING = ("letter.open_sign_off", "letter.approve", "letter.dispatch", "letter.confirm")


def life(letter: str) -> History:
    """A letter that was sent with the same words, by the same organisations, at the same times."""
    told = History(letter)
    told.add("letter.created", role="coordinator", campaign="c", draft=WORDS.digest())
    told.invite("A", "B")
    told.add("letter.open_sign_off", role="coordinator", revision=None)
    told.freeze()
    signed = [told.sign(one) for one in "AB"]
    told.add("letter.approve", role="coordinator", signed=2)
    told.send(told.render(signed))
    return told


def bundles() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The evidence of two letters in one log over all letters, as it is exported."""
    lives = [life(OWN), life(OTHER)]
    common, found = Common(), []
    for told in lives:
        files, entries = gathered(told.files()), told.entries
        kept = {seq + 1 for seq, entry in enumerate(entries) if entry["action"] in CLOSING}
        notes = {f"checkpoints/{size}.txt" for size in kept | {len(entries)}}
        files = {name: one for name, one in files.items() if not name.startswith("checkpoints/") or name in notes}
        found.append(files | {"report.html": b"<p>Read me.", "report.docx": b"PK", "verify.html": b"<p>"})
        common = common.with_checkpoint(files[f"checkpoints/{len(entries)}.txt"].decode())
    common = common.grown(5)
    return found[0] | common.evidence(0, old=(1, 2, 5)), found[1] | common.evidence(1, old=(1, 2, 5))


MINE, THEIRS = bundles()


def test_both_hold():
    assert [verify(one, VKEY, is_signed=merkle.is_signed).problems for one in (MINE, THEIRS)] == [[], []]


@pytest.mark.slow
def test_whatever_byte_is_changed_nothing_else_is_accepted_nothing_fails_and_nothing_takes_long(tmp_path):
    path, script = tmp_path / "evidence.zip", tmp_path / "verify.py"
    path.write_bytes(zipped(MINE))
    script.write_bytes(STANDALONE)
    seed = random.randrange(10**9) if "SOAK" in os.environ else 13
    command = [sys.executable, "-m", "tests.support.mutating", str(path), str(script), str(COUNT), str(seed)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["accepted"], found["failed"], found["slow"]) == ([], [], []), f"seed {seed}"
    assert found["megabytes"] < 300
    assert sum(found["said"].values()) == COUNT


def test_what_is_for_people_alone_is_trusted_for_nothing_and_the_report_says_so():
    report = verify(MINE, VKEY, is_signed=merkle.is_signed).to_text()
    empty = {name: b"" if name in MEANINGLESS else content for name, content in MINE.items()}

    assert verify(empty, VKEY, is_signed=merkle.is_signed).to_text() == report
    assert "what README.txt, letter.json, servers.json and the reports tell: they are for people" in report


JUDGED = sorted(name for name in MINE if name not in MEANINGLESS)


def alike(name: str) -> list[str]:
    """The files of another letter, and of its own, that could stand under this name."""
    kind = name.partition("/")[0]
    return [one for one in JUDGED if one.partition("/")[0] == kind]


@pytest.mark.parametrize("name", JUDGED)
def test_a_file_of_another_letter_or_another_of_its_own_is_never_taken_for_it(name):
    there = {one.partition("/")[0]: one for one in THEIRS}
    others = [THEIRS[name]] if name in THEIRS else [THEIRS[there[name.partition("/")[0]]]]
    others += [MINE[one] for one in alike(name)]

    for content in others:
        if content != MINE[name]:
            assert verify(MINE | {name: content}, VKEY, is_signed=merkle.is_signed).exit_code == 1


KINDS = sorted({name.partition("/")[0] for name in JUDGED})


@pytest.mark.parametrize("kind", KINDS)
def test_all_files_of_a_kind_from_another_letter_are_never_taken_for_its_own(kind):
    own = {name: content for name, content in MINE.items() if name.partition("/")[0] != kind}
    theirs = {name: content for name, content in THEIRS.items() if name.partition("/")[0] == kind}
    if own | theirs == MINE:
        pytest.skip("the same in both letters: the same words, the same names")

    assert verify(own | theirs, VKEY, is_signed=merkle.is_signed).exit_code == 1


@pytest.mark.parametrize("name", [name for name in JUDGED if not name.startswith("disclosures")])
def test_a_file_that_is_left_out_is_missed(name):
    left = {one: content for one, content in MINE.items() if one != name}
    if name == "entries.jsonl":
        return  # Nothing is left to judge.

    report = verify(left, VKEY, is_signed=merkle.is_signed)

    may_be = name.startswith("checkpoints/") or name == "common/consistency.jsonl"
    assert report.exit_code == 1 or may_be, "a proof, or what follows, vouches for what a checkpoint does"


def test_evidence_of_another_letter_is_not_of_the_one_that_was_asked_for():
    assert verify(THEIRS, VKEY, letter=OWN, is_signed=merkle.is_signed).exit_code == 1
