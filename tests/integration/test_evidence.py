"""The evidence of real letters: it holds at every step, says what it holds, and is read by anybody."""

from __future__ import annotations

import ast
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import rfc8785
import sqlalchemy as sa

from tests.support import factories
from tests.support.evidence import (
    check,
    covering,
    entries_of,
    every_note,
    files_of,
    find,
    live,
    receipts_of,
    said,
    spread,
)
from tests.support.sent_letters import NAMES, by_hand, open_letter, render, sign, whole_life
from workflow import history, verify
from workflow.campaigns import lifecycle
from workflow.history import evidence
from workflow.letter import text
from workflow.models import Checkpoint
from workflow.signoffs import answers
from workflow.verify.bundle import read_evidence
from workflow.verify.machines import MOVES
from workflow.verify.standalone import standalone

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
