"""Heads outside: a file on another host, a time-stamp server and a witness, each in a process of its own."""

from __future__ import annotations

import base64
import contextlib
import itertools
import os
import random
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pydantic
import pytest
import sqlalchemy as sa

from config.settings import Settings
from tests.support import witness as witnessing
from tests.support.factories import act, open_sign_off, take_in
from tests.support.forked import forked
from tests.support.time_stamp_server import Stamping, StampServer
from tests.support.witness import RunningWitness, vkey
from workflow import merkle, witnesses
from workflow.commands import doctor
from workflow.database import Database
from workflow.history import common
from workflow.job_queue import OUTSIDE
from workflow.jobs import sweep
from workflow.models import CommonCheckpoint, HeadWitness, WitnessFailure, now
from workflow.verify.der import read_certificates
from workflow.verify.tree import is_continued
from workflow.verify.witnessed import check_cosignatures, check_timestamp
from workflow.witnesses import asking
from workflow.witnesses.heads_file import last_head, notes_in

TIMES = int(os.environ.get("SOAK", "1"))


@pytest.fixture(scope="session")
def stamping(tmp_path_factory):
    return Stamping(tmp_path_factory.mktemp("stamping"), between=True)


@pytest.fixture(scope="session")
def stamp_server(stamping):
    server = StampServer(stamping)
    yield server
    server.stop()


@pytest.fixture
def witness(tmp_path):
    running = RunningWitness(tmp_path / "witness")
    yield running
    running.stop()


@pytest.fixture
def heads(tmp_path):
    file = tmp_path / "heads.txt"
    file.touch()
    return file


def grown(database) -> str:
    """One more letter, sequenced; returns the newest head."""
    take_in(database)
    common.sequence(database)
    with database.reading() as session:
        return session.scalars(sa.select(CommonCheckpoint.note).order_by(CommonCheckpoint.size.desc())).first()


def shown(database, *, at_once: bool = True) -> list[str]:
    """Show the newest head to all who are due; returns their names."""
    if at_once:
        with database.writing() as session:
            session.execute(sa.update(HeadWitness).values(at=now() - timedelta(hours=1)))
            session.execute(sa.update(WitnessFailure).values(next_at=now()))
    with database.reading() as session:
        due = witnesses.due(session)
    for name in due:
        witnesses.show(database, name)
    return due


def kept(database, kind: str) -> list[HeadWitness]:
    with database.reading() as session:
        query = sa.select(HeadWitness).where(HeadWitness.kind == kind)
        return list(session.scalars(query.order_by(HeadWitness.size)))


def failure(database) -> str:
    with database.reading() as session:
        return " ".join(session.scalars(sa.select(WitnessFailure.why)))


def know(database, running: RunningWitness) -> None:
    with database.reading() as session:
        running.know(common.vkey_of(session))
    database.settings.witnesses = f"{running.url} {vkey()}"


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_the_newest_head_is_seen_once_by_all_who_are_set(database, heads, stamping, stamp_server, witness):
    settings = database.settings
    first = grown(database)
    assert shown(database) == []
    know(database, witness)
    settings.heads_file = heads
    settings.time_stamps_url, settings.time_stamps_roots = stamp_server.url, stamping.path("root")

    assert len(shown(database)) == 3
    second = grown(database)
    assert len(shown(database)) == 3
    assert shown(database) == []
    assert failure(database) == ""

    assert [notes_in(heads.read_text())] == [[first, second]]
    assert [(row.size, row.content) for row in kept(database, "file")] == [(2, str(heads).encode())]
    certificates = read_certificates(stamping.path("root").read_bytes())
    for row, note in zip(kept(database, "timestamp"), (first, second), strict=True):
        stamp = check_timestamp(row.content, (note.partition("\n\n")[0] + "\n").encode(), certificates)
        assert stamp.is_checked
        assert abs(datetime.fromisoformat(stamp.at) - datetime.now(UTC)) < timedelta(minutes=1)
    for row, note in zip(kept(database, "cosignature"), (first, second), strict=True):
        [seen] = check_cosignatures(note + row.content.decode(), [vkey()], merkle.is_signed)
        assert seen.by == row.witness == witnessing.NAME
    assert [size for size, _ in witness.seen.values()] == [2]
    with database.reading() as session:
        assert check_cosignatures(common.newest(session), [vkey()], merkle.is_signed)


def test_a_witness_signs_every_kind_of_growth(database, witness):
    """Of the sizes that a log may have been shown at before, and be shown at now."""
    know(database, witness)
    sizes = [1, 2, 3, 4, 6, 7, 8, 13, 16, 21]
    letter = take_in(database)
    for size in sizes:
        with database.reading() as session:
            at = common.newest_size(session)
        for _ in range(size - at):
            act(database, _grow_letter, letter)
            common.sequence(database)
        shown(database)
        assert failure(database) == ""

    assert [row.size for row in kept(database, "cosignature")] == sizes


def _grow_letter(session, letter_id):
    from workflow import history
    from workflow.transaction import lock_letter

    lock_letter(session, letter_id)
    history.append(session, letter_id, history.SYSTEM, history.actions.CampaignRenamed(name="Another"))


def test_whether_one_tree_continues_another_is_told_of_every_size_and_of_every_change():
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(33)]
    known = merkle.subtrees(leaves)
    roots = {size: merkle.root_of(merkle.frontier(size, known)) for size in range(1, 34)}
    chance = random.Random(1)
    for old, size in itertools.combinations(range(1, 34), 2):
        proof = merkle.consistency(old, size, known)
        assert is_continued(old, roots[old], size, roots[size], proof)
        assert witnessing.continues(old, size, roots[old], roots[size], proof)
        forged = [bytes(32) if number == chance.randrange(len(proof)) else one for number, one in enumerate(proof)]
        wrong = [
            (old, size, bytes(32), roots[size], proof),
            (old, size, roots[old], bytes(32), proof),
            (old, size, roots[old], roots[size], [*proof, bytes(32)]),
            (old, size, roots[old], roots[size], [one[:31] for one in proof] or [b""]),
        ]
        wrong += [(old, size, roots[old], roots[size], proof[:-1])] if proof else []
        wrong += [(old, size, roots[old], roots[size], forged)] if forged != proof else []
        wrong += [(old, size + 1, roots[old], roots[size], proof)] if old < size else []
        for one in wrong:
            told = is_continued(one[0], one[2], one[1], *one[3:])
            assert not told or one[:2] != (old, size), one
            if all(len(value) == 32 for value in one[4]):
                assert told == witnessing.continues(*one), one


def test_the_sweep_puts_one_job_on_a_queue_of_its_own_for_each_who_is_to_see_the_newest_head(database, heads, witness):
    know(database, witness)
    database.settings.heads_file = heads

    def jobs() -> list[str]:
        found = database.queue.client.list_workflows(queue_name=OUTSIDE)
        return sorted(job.input["args"][0] for job in found)

    sweep.show_heads(database)
    assert jobs() == []
    grown(database)
    for _ in range(2):
        sweep.show_heads(database)
    assert jobs() == sorted([str(heads), witnessing.NAME])


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_witness_that_does_not_know_the_log_is_told_by_its_operator(database, witness):
    database.settings.witnesses = f"{witness.url}/ {vkey()}"
    grown(database)
    shown(database)
    assert f"does not know this log. Give its operator the key {database.settings.host}/log+" in failure(database)
    witness.know(merkle.verifier_key(f"{database.settings.host}/log", bytes(32)))
    shown(database)
    assert "under another key" in failure(database)
    know(database, witness)
    shown(database)
    assert (failure(database), len(kept(database, "cosignature"))) == ("", 1)


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("forge", "was not kept: the signature of the witness witness.example/w1 does not hold"),
        ("others", "without a signature under the key that is set"),
        ("elsewhere", "answers 302"),
        ("500", "answers 500"),
        ("409", "answers 409"),
        ("422", "the log was forked"),
        ("drip", "a slow one"),
    ],
)
def test_what_a_witness_should_not_answer_is_not_kept(database, witness, monkeypatch, mode, said):
    monkeypatch.setattr(asking.post, "__defaults__", (0.5,))
    know(database, witness)
    grown(database)
    witness.misbehave(mode)
    shown(database)
    assert said in failure(database)
    assert kept(database, "cosignature") == []

    witness.misbehave("more")
    shown(database)
    assert (failure(database), len(kept(database, "cosignature"))) == ("", 1)


def test_who_is_not_there_is_asked_again_after_longer_and_longer(database, witness, later, heads):
    know(database, witness)
    database.settings.heads_file = heads.with_name("not-mounted.txt")
    witness.stop()
    grown(database)
    waits = []
    for _ in range(12):
        shown(database, at_once=False)
        with database.reading() as session:
            rows = session.scalars(sa.select(WitnessFailure).order_by(WitnessFailure.witness)).all()
            waits.append((rows[1].next_at - now()).total_seconds())
        assert shown(database, at_once=False) == []
        later(seconds=waits[-1] + 60)
    assert "does not answer: Connection refused" in failure(database)
    assert "Is the share mounted?" in failure(database)
    assert 10 < waits[0] < 20
    assert waits[3] > 80
    assert max(waits) <= 3600 * 1.2
    later(hours=-100)
    with database.reading() as session:
        assert len(witnesses.due(session)) == 2, "a clock that was ahead keeps nobody waiting"


def test_a_database_that_was_restored_is_told_of_by_each_of_those_outside(database, heads, witness):
    """Both know of more than it does, and sign and take nothing of it."""
    know(database, witness)
    database.settings.heads_file = heads
    for _ in range(3):
        grown(database)
    shown(database)
    before = heads.read_text()
    with database.writing() as session:
        _forget_after(session, 1)
    shown(database)

    assert failure(database).count("restored from an older backup") == 2
    assert heads.read_text() == before
    assert [size for size, _ in witness.seen.values()] == [3]


def _forget_after(session, size: int) -> None:
    session.execute(sa.delete(HeadWitness))
    session.execute(sa.delete(CommonCheckpoint).where(CommonCheckpoint.size > size))


def test_a_log_that_was_forked_is_told_of_by_each_of_those_outside(database, heads, witness):
    know(database, witness)
    database.settings.heads_file = heads
    for _ in range(3):
        grown(database)
    shown(database)
    common_log = f"{database.settings.host}/log"
    forged = merkle.Checkpoint(common_log, 3, bytes(32)).to_text()
    with database.writing() as session:
        session.execute(sa.delete(HeadWitness))
        note = merkle.sign_note(forged, common_log, database.settings.history_seed())
        session.execute(sa.update(CommonCheckpoint).where(CommonCheckpoint.size == 3).values(note=note))
    shown(database)
    assert failure(database).count("the log was forked") == 2
    assert len(notes_in(heads.read_text())) == 1


def test_a_file_that_was_cut_off_amid_a_line_is_gone_on_with(database, heads):
    database.settings.heads_file = heads
    notes = [grown(database)]
    shown(database)
    whole = heads.read_bytes()
    for cut in range(1, len(whole), 17):
        heads.write_bytes(whole[:cut])
        with database.writing() as session:
            session.execute(sa.delete(HeadWitness))
        shown(database)
        assert failure(database) == ""
        assert last_head(heads.read_bytes()).size == 1
        assert notes_in(heads.read_text(errors="replace"))[-1] == notes[-1]


def test_a_stamp_of_a_server_that_nobody_trusts_is_not_kept(database, tmp_path, stamp_server):
    other = Stamping(tmp_path / "other")
    database.settings.time_stamps_url, database.settings.time_stamps_roots = stamp_server.url, other.path("root")
    grown(database)
    shown(database)
    assert "was not kept" in failure(database)
    assert kept(database, "timestamp") == []


def test_a_witness_that_hangs_holds_up_nothing_else(database, witness, monkeypatch):
    """While it is waited for no transaction is open, so that others write."""
    monkeypatch.setattr(asking.post, "__defaults__", (60.0,))
    know(database, witness)
    grown(database)
    witness.misbehave("drip")
    waiting = threading.Thread(target=shown, args=(database,))
    waiting.start()
    end = time.monotonic() + 60
    while not (witness.folder / "asked").exists():
        assert time.monotonic() < end, "the witness was not asked"
        time.sleep(0.01)
    open_sign_off(database, take_in(database))
    assert waiting.is_alive(), "it was done only when nobody was waited for any more"
    witness.stop()
    waiting.join(60)
    assert not waiting.is_alive(), "the witness is gone and is waited for"


# --- kill -9 ----------------------------------------------------------------------------------------------------------


def _show_until(settings: Settings, name: str, last_step: str) -> None:
    def watch(step: str) -> None:
        if step == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    witnesses.show(Database(settings), name, watch)


@pytest.mark.parametrize("step", ["before", "seen", "kept"])
def test_a_kill_between_any_two_steps_loses_nothing_and_shows_nothing_twice(
    database, heads, stamping, stamp_server, witness, step
):
    settings = database.settings
    know(database, witness)
    settings.heads_file = heads
    settings.time_stamps_url, settings.time_stamps_roots = stamp_server.url, stamping.path("root")
    notes = []
    for _ in range(TIMES):
        notes.append(grown(database))
        with database.writing() as session:
            session.execute(sa.update(HeadWitness).values(at=now() - timedelta(hours=1)))
        with database.reading() as session:
            names = witnesses.due(session)
        assert len(names) == 3
        workers = [forked.Process(target=_show_until, args=(settings, name, step)) for name in names]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [-signal.SIGKILL] * 3
        if step != "before":
            # What those outside have seen meanwhile, they have.
            assert [size for size, _ in witness.seen.values()] == [len(notes)]
        witness.stop()
        witness.start()
        assert shown(database) == ([] if step == "kept" else names)

    assert failure(database) == ""
    assert notes_in(heads.read_text()) == notes
    assert [row.size for row in kept(database, "cosignature")] == list(range(1, len(notes) + 1))
    assert [row.size for row in kept(database, "timestamp")] == list(range(1, len(notes) + 1))
    assert base64.b64decode(next(iter(witness.seen.values()))[1]) == base64.b64decode(notes[-1].split("\n")[2])


# --- what is said of it -----------------------------------------------------------------------------------------------


def test_the_doctor_says_who_has_seen_what_and_who_does_not_answer(database, heads, witness):
    settings = database.settings
    grown(database)
    assert ("note", "emails alone") in _doctor(database)
    know(database, witness)
    settings.heads_file = heads
    shown(database)
    assert ("ok", f"{heads} has seen the head of 1 entries; the newest is of 1.") in _doctor(database)
    witness.stop()
    grown(database)
    shown(database)
    assert ("error", "witness.example/w1 has seen the head of 1 entries, and no newer one since") in _doctor(database)


class _Said(list):
    def __contains__(self, wanted) -> bool:
        return any(level == wanted[0] and wanted[1] in sentence for level, sentence in self)


def _doctor(database) -> _Said:
    with database.reading() as session:
        return _Said(doctor._about_outside(session))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("witnesses", "https://witness.example"),
        ("witnesses", f"https://witness.example {vkey()[:-4]}AAAA"),
        ("witnesses", f"ftp://witness.example {vkey()}"),
        ("witnesses", f"https://a.example {vkey()} https://b.example {vkey()}"),
        ("witnesses", f"https://a.example {merkle.verifier_key('a', bytes(32))}"),
        ("time_stamps_url", "stamps.example.org"),
        ("time_stamps_roots", "/dev/null"),
        ("time_stamps_roots", "/nowhere.pem"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(name, value):
    with pytest.raises(pydantic.ValidationError):
        Settings(**{name: value})
    Settings(witnesses=f"https://witness.example/prefix {vkey()}", time_stamps_url="http://stamps.example/tsr")


def test_what_is_kept_of_those_outside_is_held_by_what_they_have_signed(database, stamping, stamp_server, witness):
    settings = database.settings
    know(database, witness)
    settings.time_stamps_url, settings.time_stamps_roots = stamp_server.url, stamping.path("root")
    for _ in range(2):
        grown(database)
        shown(database)
    for kind, column in itertools.product(("cosignature", "timestamp"), ("size", "kind", "content")):
        [other, row] = kept(database, kind)
        value = {"size": 3, "kind": "other", "content": other.content}[column]
        which = (HeadWitness.size == row.size, HeadWitness.witness == row.witness)
        with contextlib.suppress(InterruptedError), database.writing() as session:
            assert list(witnesses.check(session)) == []
            session.execute(sa.update(HeadWitness).where(*which).values({column: value}))
            [said] = witnesses.check(session)
            assert said.startswith(f"head_witnesses {value if column == 'size' else 2} {row.witness}: ")
            raise InterruptedError("nothing of it is kept")
