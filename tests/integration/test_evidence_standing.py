"""Where a letter stands in the log over all letters, as its evidence takes it along and the verifier reads it."""

from __future__ import annotations

import base64
import shutil

import pytest
import sqlalchemy as sa

from tests.support import factories
from tests.support.evidence import check, files_of, live, receipts_of, said
from tests.support.sent_letters import by_hand, deliver, open_letter, render, sign, whole_life
from tests.support.time_stamp_server import Stamping
from tests.unit.test_witnessed import line, vkey
from workflow import history
from workflow.campaigns import dispatch, lifecycle
from workflow.history import common, evidence
from workflow.models import CommonCheckpoint, HeadWitness
from workflow.verify import verify
from workflow.verify.bundle import read_json
from workflow.verify.der import read_certificates

pytestmark = pytest.mark.slow


def another_head(database) -> None:
    factories.take_in(database)
    common.sequence(database)


def witnessed(database, kind: str, content, name: str = "w") -> int:
    """Keep what somebody outside says of the newest head; returns its size."""
    with database.writing() as session:
        size = session.scalar(sa.select(sa.func.max(CommonCheckpoint.size)))
        text = session.get_one(CommonCheckpoint, size).note.partition("\n\n")[0] + "\n"
        session.add(HeadWitness(size=size, witness=name, kind=kind, content=content(text)))
    return size


@pytest.fixture
def stamping(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("OpenSSL is not installed: apt-get install openssl")
    return Stamping(tmp_path / "stamping")


def test_evidence_proves_the_letter_in_the_log_over_all_letters(database):
    letter_id = whole_life(database)
    assert not [name for name in files_of(database, letter_id) if name.startswith("common/")]
    common.sequence(database)
    another_head(database)

    with database.reading() as session:
        files, again = evidence.bundle(session, letter_id), evidence.bundle(session, letter_id)
        newest = common.newest(session)
    report = check(database, files_of(database, letter_id))

    assert files == again
    assert report.ok, report.problems
    assert any("holds, as entry 0, this letter's checkpoint" in fact for fact in report.facts)
    assert not [what for what in report.unchecked if "log over all letters" in what]
    assert files_of(database, letter_id)["common/checkpoint.txt"].decode() == newest
    assert live(database, letter_id).ok


def test_the_heads_that_went_out_with_its_emails_are_proved_to_be_continued(database):
    another_head(database)
    letter_id = open_letter(database)
    common.sequence(database)
    sign(database, letter_id, 0)
    receipts = receipts_of(database, letter_id)
    for _ in range(5):
        another_head(database)

    files = files_of(database, letter_id)
    report = check(database, files, {"receipt.eml": receipts[0]})

    assert report.verdict == "VALID, matching 1 outside head", report.to_text()
    assert any("is continued by the head" in fact and "and holds the first " in fact for fact in report.facts)
    sizes = [read_json(one)["size"] for one in files["common/consistency.jsonl"].split(b"\n")[:-1]]
    assert sizes == sorted(set(sizes))
    deliver(database, letter_id)
    for _ in range(3):
        another_head(database)
    later = files_of(database, letter_id)["common/consistency.jsonl"].count(b"\n")
    assert later == len(sizes) + 1, "heads of after its emails had left went out with none of them"


def test_time_stamps_and_witnesses_are_part_of_the_verdict(database, stamping):
    letter_id = open_letter(database)
    common.sequence(database)
    first = witnessed(database, "timestamp", lambda text: stamping.stamp(text.encode()))
    for number in range(3):
        sign(database, letter_id, number)
    factories.act(database, lifecycle.approve, letter_id, factories.ANNA)
    common.sequence(database)
    witnessed(database, "timestamp", lambda text: stamping.stamp(text.encode()))
    witnessed(database, "cosignature", lambda text: line(text).encode(), "w2")
    render(database, letter_id)
    factories.act(database, dispatch.dispatch, letter_id, factories.fingerprint(database, letter_id), factories.ANNA)
    another_head(database)
    files, key = files_of(database, letter_id), history.vkey(database.settings)
    certificates = read_certificates(stamping.path("root").read_bytes())

    stamped = verify(files, key, certificates=certificates)

    assert stamped.ok, stamped.problems
    assert stamped.verdict.startswith("VALID, with time stamp (Stamps of Port Town, 20")
    assert "Z, over the first " in stamped.verdict
    assert sorted(name for name in files if name.startswith("stamps/")) == [
        f"stamps/{size}.{kind}" for size in (first, 2) for kind in ("tlog-proof", "tsr")
    ]
    bare = verify(files, key)
    assert bare.verdict == "VALID, signed by the operator only"
    assert any(what.startswith("2 of 2 time stamps: its signature was not checked") for what in bare.unchecked)
    assert any("has not signed the head" in what for what in verify(files, key, witnesses=[vkey()]).unchecked)
    witnessed(database, "cosignature", lambda text: line(text).encode())
    seen = verify(files_of(database, letter_id), key, witnesses=[vkey()], certificates=certificates)
    assert ", cosigned by witness.example/w1" in seen.verdict
    assert any("what 1 others have signed" in what for what in check(database, files_of(database, letter_id)).unchecked)


def test_stamps_and_heads_of_another_letter_or_of_something_else_are_found(database, stamping):
    letter_id, other = open_letter(database), whole_life(database)
    common.sequence(database)
    size = witnessed(database, "timestamp", lambda text: stamping.stamp(text.encode()))
    files, others = files_of(database, letter_id), files_of(database, other)
    stamp, proof = f"stamps/{size}.tsr", f"stamps/{size}.tlog-proof"
    elsewhere = stamping.stamp(b"something else")

    assert "proves no checkpoint of this letter" in said(check(database, files | {proof: others[proof]}))
    assert "proves no checkpoint of this letter" in said(
        check(database, files | {name: others[name] for name in others if name.startswith("common/")})
    )
    assert "the time stamp of something else" in said(check(database, files | {stamp: elsewhere}))
    assert "is missing" in said(check(database, {name: one for name, one in files.items() if name != stamp}))
    assert check(database, {name: one for name, one in files.items() if name != proof}).exit_code == 1
    assert check(database, files | {"stamps/9.tsr": files[stamp], "stamps/9.tlog-proof": files[proof]}).exit_code == 1


def test_a_place_in_the_log_over_all_letters_that_was_changed_in_the_database_is_said(database):
    letter_id = whole_life(database)
    common.sequence(database)
    assert base64.b64decode(files_of(database, letter_id)["common/checkpoint.txt"].split(b"\n")[2])
    by_hand(database, "UPDATE common_entries SET entry = :entry, leaf = :entry WHERE position = 0", entry=b"x" * 32)

    assert "the common log" in said(live(database, letter_id))
    assert "common/letter.tlog-proof is missing" in said(check(database, files_of(database, letter_id)))
