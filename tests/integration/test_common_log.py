"""One log over all letters: what is appended to it, what is signed, and what is refused."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.attacks.test_columns import by_hand_for_now, changed
from tests.support.factories import ANNA, act, open_sign_off, take_in
from tests.support.keys import put, read_anew
from tests.vectors import rfc6962
from workflow import history, merkle
from workflow.campaigns import stationery
from workflow.campaigns.stationery import Choice
from workflow.database import Database
from workflow.errors import NotAsSignedError, ProofError, WrongKeyError
from workflow.history import common
from workflow.history.audit.columns import COLUMNS, Bound
from workflow.history.common import sequencer, signer, state
from workflow.models import Base, Checkpoint, CommonCheckpoint, CommonEntry, CommonHead, LogHead
from workflow.verify.notes import checkpoint_of, open_note, read_key, read_proof
from workflow.verify.report import VerificationError
from workflow.verify.tree import is_included
from wsgi import create_app


@pytest.fixture
def letters(database):
    """Three letters, of which two are sequenced, the first twice."""
    first, second = take_in(database), take_in(database)
    common.sequence(database)
    open_sign_off(database, first)
    common.sequence(database)
    return [first, second, take_in(database)]


def rows(database, model):
    with database.reading() as session:
        return list(session.scalars(sa.select(model).order_by(*model.__table__.primary_key.columns)))


def judged(note: str, vkey: str):
    """What somebody outside reads in a head, under a key that they know."""
    signatures = open_note(note)
    signatures.check(read_key(vkey), merkle.is_signed)
    return checkpoint_of("", signatures)


def test_the_newest_checkpoint_of_each_letter_that_grew_is_appended_as_a_hash_and_a_head_is_signed(database, letters):
    entries = rows(database, CommonEntry)
    with database.reading() as session:
        note, vkey = common.newest(session), common.vkey_of(session)
        of = {(row.letter_id, row.size): row.note for row in session.scalars(sa.select(Checkpoint))}
    head = judged(note, vkey)

    assert [row.letter_id for row in entries] == [*sorted(letters[:2]), letters[0]]
    for row in entries:
        text = of[row.letter_id, row.size].partition("\n\n")[0] + "\n"
        assert row.entry == hashlib.sha256(text.encode()).digest()
    assert head.origin == vkey.partition("+")[0] == f"{database.settings.host}/log"
    assert (head.size, head.root) == (3, rfc6962.root_of([merkle.leaf_hash(row.entry) for row in entries]))
    assert [row.size for row in rows(database, CommonCheckpoint)] == [2, 3]
    assert common.sequence(database) == 1
    assert common.sequence(database) == 0


def test_a_letter_is_proved_under_the_newest_head(database, letters):
    with database.reading() as session:
        assert common.proof(session, letters[2]) is None
        for letter_id in letters[:2]:
            found = common.proof(session, letter_id)
            index, path, note = read_proof(found.proof)
            head = judged(note, common.vkey_of(session))
            text = found.checkpoint.partition("\n\n")[0] + "\n"
            leaf = merkle.leaf_hash(hashlib.sha256(text.encode()).digest())
            assert is_included(index, head.size, leaf, path, head.root)
            assert judged(found.checkpoint, history.vkey_of(session, letter_id)).size == found.size


# --- two at once, and pieces ------------------------------------------------------------------------------------------


def test_workers_that_sequence_at_once_append_nothing_twice(database, settings):
    for _ in range(4):
        take_in(database)
    workers = [Database(settings) for _ in range(4)]
    for round_ in range(3):
        with ThreadPoolExecutor(4) as pool:
            appended = list(pool.map(common.sequence, workers))
        assert sum(appended) == (4 if round_ == 0 else 0)
    for worker in workers:
        worker.close()

    assert [row.position for row in rows(database, CommonEntry)] == list(range(4))
    assert found(database) == []


def test_many_letters_are_appended_in_pieces(database, monkeypatch):
    monkeypatch.setattr(sequencer, "AT_ONCE", 2)
    monkeypatch.setattr(sequencer, "PIECE", 3)
    for _ in range(5):
        open_sign_off(database, take_in(database))

    assert common.sequence(database) == 5
    assert found(database) == []


def found(database) -> list[str]:
    """What is wrong with the common log, as `flask history verify` says it."""
    with database.reading() as session:
        return list(common.check(session))


# --- what does not fit ------------------------------------------------------------------------------------------------


ONE_LETTER = (
    "UPDATE log_entries SET entry = :x WHERE letter_id = :of AND sequence = :new",
    "UPDATE log_entries SET leaf = :x WHERE letter_id = :of AND sequence = :new",
    "DELETE FROM log_entries WHERE letter_id = :of AND sequence = :new",
    "UPDATE log_heads SET frontier = '[]' WHERE letter_id = :of",
    "UPDATE log_heads SET size = size + 1 WHERE letter_id = :of",
    "UPDATE log_heads SET size = 1 WHERE letter_id = :of",
    "UPDATE log_heads SET vkey = '127.0.0.1+aa+bb' WHERE letter_id = :of",
    "UPDATE checkpoints SET note = 'x' WHERE letter_id = :of AND size > :new",
    "DELETE FROM checkpoints WHERE letter_id = :of AND size > :new",
    "UPDATE sequenced SET frontier = '[\"aa\"]' WHERE letter_id = :of",
    "UPDATE sequenced SET size = size - 1 WHERE letter_id = :of",
    "DELETE FROM sequenced WHERE letter_id = :of",
    "UPDATE common_entries SET entry = :x WHERE letter_id = :of",
)


def test_a_letter_that_does_not_fit_is_not_sequenced_and_the_others_are(database):
    letters = [take_in(database) for _ in ONE_LETTER]
    other = take_in(database)
    common.sequence(database)
    with database.reading() as session:
        new = session.get_one(LogHead, other).size
    for letter_id in (*letters, other):
        open_sign_off(database, letter_id)
    for letter_id, change in zip(letters, ONE_LETTER, strict=True):
        by_hand(database, change, of=letter_id, new=new, x=b"\1" * 32)

    assert common.sequence(database) == 1
    assert rows(database, CommonEntry)[-1].letter_id == other
    assert set(common.misfits(database)) == set(letters)
    command = create_app(database.settings).test_cli_runner()
    doctor, verified = command.invoke(args=["doctor"]).output, command.invoke(args=["history", "verify"])
    assert verified.exit_code == 1
    for letter_id in letters:
        assert f"The letter {letter_id} is not in the common log." in doctor
        assert f"The letter {letter_id} is not sequenced: " in verified.output
    assert other not in doctor


def by_hand(database, statement, **given):
    """Change something behind the database's guards."""
    with database.engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        else:
            for name in connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
        used = {name: value for name, value in given.items() if f":{name}" in statement}
        connection.execute(sa.text(statement), used)


COLUMNS_BY_HAND = [
    (table, column)
    for table in ("common_entries", "common_subtrees", "common_head", "common_checkpoints", "sequenced")
    for column, bond in COLUMNS[table].items()
    if isinstance(bond, Bound)
]


def test_every_column_of_the_common_log_that_is_changed_by_hand_is_named_with_its_row(database):
    letter_id = take_in(database)
    for number in range(18):
        act(database, stationery.choose, letter_id, Choice("plain", "automatic", ("agreed", "time")[number % 2]), ANNA)
        common.sequence(database)
    assert found(database) == []
    unseen = []

    for table, column in COLUMNS_BY_HAND:
        with by_hand_for_now(database) as session:
            names = changed(session, Base.metadata.tables[table].c[column])
            said = list(common.check(session))
        if not any(f"{table} {name}:" in one and column in one.partition(": ")[2] for one in said for name in names):
            unseen.append((table, column, names, said))

    assert unseen == [], "\n".join(map(str, unseen))


# --- the signer -------------------------------------------------------------------------------------------------------


def kept(database) -> str:
    return (database.settings.signed / "common-log.txt").read_text()


def grown(database, letters: int = 1) -> list[str]:
    made = [take_in(database) for _ in range(letters)]
    common.sequence(database)
    return made


def newest(database) -> str:
    with database.reading() as session:
        return common.newest(session)


def test_what_is_given_to_anybody_is_kept_outside_the_database_first(database, monkeypatch):
    grown(database)
    assert kept(database) == newest(database)
    take_in(database)

    with monkeypatch.context() as patch:
        patch.setattr(state, "write_durably", full_disk)
        with pytest.raises(OSError, match="No space left"):
            common.sequence(database)
    assert newest(database) == kept(database)
    assert newest(database).split("\n")[1] == "1"

    common.sequence(database)
    assert newest(database) == kept(database)
    assert newest(database).split("\n")[1] == "2"


def full_disk(place, content):
    raise OSError(28, "No space left on device")


def restored(database, older) -> None:
    """Put an older copy of the rows in the place of those of now, as a backup does."""
    for statement in (
        "DELETE FROM common_entries WHERE position >= :size",
        "DELETE FROM common_checkpoints WHERE size > :size",
        "DELETE FROM sequenced",
    ):
        by_hand(database, statement, size=older[0])
    with database.writing() as session:
        session.execute(sa.update(sequencer.HEAD).values(size=older[0], frontier=older[1]))
        entries = session.execute(sa.select(CommonEntry.letter_id, CommonEntry.size)).all()
        for letter_id, size in entries:
            leaves = history.leaves(session, letter_id)[:size]
            tree = merkle.Growing()
            tree.extend(leaves)
            frontier = [root.hex() for root in tree.frontier]
            session.execute(sa.insert(sequencer.SEQUENCED).values(letter_id=letter_id, size=size, frontier=frontier))


def standing(database) -> tuple[int, list[str]]:
    with database.reading() as session:
        head = session.get_one(CommonHead, 1)
        return head.size, head.frontier


def test_a_database_that_was_restored_from_an_older_backup_is_not_signed_until_somebody_says_so(
    database, settings, caplog
):
    grown(database, 2)
    backup = standing(database)
    lost = grown(database, 3)
    given = newest(database)
    restored(database, backup)
    command = create_app(settings).test_cli_runner()

    assert "restored from an older backup" in command.invoke(args=["doctor"]).output
    open_sign_off(database, lost[0])  # It goes on otherwise than it did before.
    grown(database, 2)

    assert newest(database).split("\n")[1] == "2"
    assert kept(database) == given
    listed = command.invoke(args=["history", "restored"]).output
    assert "The common log is on hold: " in listed
    assert "flask history restored --log" in listed
    assert command.invoke(args=["history", "verify"]).exit_code == 1

    said = command.invoke(args=["history", "restored", "--log"])
    assert said.exit_code == 0, said.output
    assert kept(database) == newest(database)
    assert newest(database).split("\n")[1] == "7"
    aside = [path.read_text() for path in settings.signed.glob("common-log.before-*.txt")]
    assert [given in text for text in aside] == [True]
    assert found(database) == []
    grown(database)
    assert newest(database).split("\n")[1] == "8"


def beside(database) -> Database:
    """Another host on the same database, with the same keys and a folder of its own."""
    folder = database.settings.instance / "beside"
    folder.mkdir()
    (folder / "keys").symlink_to(database.settings.keys.absolute())
    changed = {"instance": folder, "database_url": database.settings.url}
    return Database(database.settings.model_copy(update=changed))


def test_a_fork_is_not_signed_and_both_heads_are_kept(database, settings):
    """Two copies of one database went on; this server comes back to the other one."""
    grown(database, 2)
    backup = standing(database)
    [letter_id] = grown(database, 1)
    given = newest(database)
    restored(database, backup)
    open_sign_off(database, letter_id)
    another = beside(database)
    grown(another, 2)
    other = newest(another)
    another.close()

    common.sequence(database)

    assert other != given
    [place] = settings.signed.glob("common-log.fork-at-*.txt")
    assert given in place.read_text()
    assert place.read_text().count("\n\n— ") == 2
    assert kept(database) == given


def test_a_host_whose_file_lags_proves_that_the_database_goes_on_from_it(database):
    second = beside(database)
    grown(database, 2)
    grown(second, 2)
    grown(database, 3)
    grown(second, 1)

    assert kept(second) == newest(database)
    assert kept(second) != kept(database)
    assert common.sequence(database) == 0
    assert kept(second) == kept(database)
    by_hand(
        database, "UPDATE common_entries SET entry = :x, leaf = :y WHERE position = 7", x=b"x", y=merkle.leaf_hash(b"x")
    )
    take_in(database)
    common.sequence(second)
    assert newest(database) == kept(second)
    with second.reading() as session:
        assert "are not those that were signed" in common.why_not(session)
    second.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE common_entries SET entry = :x, leaf = :leaf WHERE position = 2",
        "UPDATE common_entries SET leaf = :x WHERE position = 3",
        "DELETE FROM common_entries WHERE position = 2",
        "DELETE FROM common_entries WHERE position = 3",
        "UPDATE common_head SET frontier = '[]'",
        "UPDATE common_head SET size = 2",
        "UPDATE common_checkpoints SET size = 9 WHERE size = 2",
    ],
)
def test_what_was_changed_by_hand_since_the_last_head_is_not_signed(database, change):
    grown(database, 2)
    before = kept(database)
    take_in(database)
    take_in(database)
    sequencer.append_grown(database)
    by_hand(database, change, x=b"\\1" * 32, leaf=merkle.leaf_hash(b"\\1" * 32))

    with pytest.raises((NotAsSignedError, ProofError)):
        signer.sign(database)

    assert kept(database) == before
    assert found(database)


# --- keys -------------------------------------------------------------------------------------------------------------


def replaced(settings, *words):
    read_anew()
    done = create_app(settings).test_cli_runner().invoke(args=["keys", "replace", "history", *words])
    assert done.exit_code == 0, done.output
    read_anew()
    return Database(settings)


def test_the_head_where_the_key_changes_is_signed_by_both(database, settings):
    grown(database, 3)
    with database.reading() as session:
        old = common.vkey_of(session)
    left_running = Database(settings.model_copy(update={"history_key": settings.history_seed().hex()}))
    opened = replaced(settings)

    with opened.reading() as session:
        new, note = common.vkey_of(session), common.newest(session)
    assert new != old
    assert judged(note, old) == judged(note, new)
    assert judged(note, new).size == 3
    assert common.sequence(opened) == 3, "every letter's history tells of the new key"
    with opened.reading() as session:
        assert judged(common.newest(session), new).size == 6
        with pytest.raises(VerificationError):
            judged(common.newest(session), old)
    assert found(opened) == []
    with pytest.raises(WrongKeyError):
        common.sequence(left_running)
    left_running.close()
    opened.close()


def test_after_a_lost_key_the_new_one_signs_alone_and_the_letters_say_so(database, settings):
    grown(database, 2)
    before = newest(database)
    put(settings, "history", None)
    opened = replaced(settings, "--lost")

    assert newest(opened) == before
    assert common.sequence(opened) == 2
    with opened.reading() as session:
        assert judged(common.newest(session), common.vkey_of(session)).size == 4
    assert found(opened) == []
    by_hand(opened, "UPDATE log_entries SET action = '' WHERE action = 'key.changed'")
    assert found(opened) == ["common_checkpoints 2: note is not signed by the key of then."]
    opened.close()
