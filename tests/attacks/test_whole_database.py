"""
Somebody with the whole database, and the signing key: with one head or receipt outside, everything is found.

What cannot be found without one is asserted too, so that docs/history.md says what is so.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections import Counter
from random import Random

import pytest
import rfc8785
import sqlalchemy as sa

from config.settings import Settings
from tests.support.evidence import files_of, receipts_of
from tests.support.factories import ANNA, act, mails, make_documents, open_sign_off, sign, take_in, words
from tests.support.keys import read_anew
from tests.support.rewriting import CHANGES, COMMON, NOTES, TABLES, Thief, changed
from workflow import comparing, documents, history, merkle, verify
from workflow.campaigns import lifecycle
from workflow.database import Database
from workflow.history import Actor, common, evidence
from workflow.history.audit.columns import COLUMNS, Bound
from workflow.mails.writing import write
from workflow.models import Letter
from workflow.transaction import Transaction, lock_letter

LONG = "SOAK" in os.environ
COUNT = {"sqlite": 9_000, "postgresql": 1_000} if LONG else {"sqlite": 150, "postgresql": 50}


def grow(session, letter_id: str) -> None:
    """One more entry, which no row is held by."""
    lock_letter(session, letter_id)
    history.append(session, letter_id, Actor("auditor", "a"), history.actions.AuditorOpened(link="a" * 32))


class World:
    """A database with two letters, and what people outside hold of it."""

    def __init__(self, database: Database) -> None:
        self.database, self.seed = database, database.settings.history_seed()
        self.letters, self.receipts = [], []
        for subject in ("Free the seventeen", "Free the rivers"):
            letter_id = take_in(database, 2, letter=words(subject=subject))
            open_sign_off(database, letter_id)
            for number in range(2):
                sign(database, letter_id, number)
            act(database, lifecycle.approve, letter_id, ANNA)
            self.receipts.append(receipts_of(database, letter_id)[0])
            make_documents(database, letter_id)
            self.letters.append(letter_id)
            common.sequence(database)
        for _ in range(8):
            for letter_id in self.letters:
                act(database, grow, letter_id)
            common.sequence(database)
        with database.reading() as session:
            self.head = common.newest(session).encode()
            newest = [history.newest_checkpoint(session, letter_id).note.encode() for letter_id in self.letters]
        self.newest = newest
        # Whoever has the machine has this too: nothing of what follows is found by it.
        shutil.rmtree(database.settings.signed, ignore_errors=True)

    @contextlib.contextmanager
    def stolen(self):
        """A session of somebody who has the database; nothing of what they do is kept."""
        session = Transaction(self.database.engine, self.database.settings, self.database.queue)
        try:
            yield Thief(session, self.seed)
        finally:
            session.rollback()
            session.close()

    def contradicted(self, session, *held: bytes) -> bool:
        """Whether one who holds something outside finds it."""
        session.flush()
        session.expire_all()
        found = comparing.compare([(f"file{n}", one) for n, one in enumerate(held)], session)
        assert found.unusable == [], found.unusable
        return found.exit_code in (1, 2)

    def noticed(self, session) -> list[str]:
        """What the database says of itself (`flask history verify`)."""
        session.flush()
        session.expire_all()
        said = [one for letter_id in self.letters for one in evidence.verify(session, letter_id).problems]
        return [*said, *common.check(session)]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "undersigned.db")
        database = Database(Settings(instance=folder))
    else:
        database = Database(Settings(instance=folder, database_url=request.getfixturevalue("postgresql").create()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "libreoffice", lambda: None)
        yield World(database)
    database.close()


# --- at random --------------------------------------------------------------------------------------------------------


def without_the_key(thief: Thief, world: World, chance: Random) -> tuple[str, bytes]:
    """Entries changed, and all that is stored beside them; a tail is cut with its checkpoints."""
    number, change = chance.randrange(2), chance.choice(CHANGES)
    letter_id = world.letters[number]
    entries = changed(thief.entries(letter_id), change, chance)
    thief.put(letter_id, entries)
    thief.cut_notes(letter_id, len(entries))
    return f"{change.__name__}, nothing signed", world.newest[number]


def with_the_key(thief: Thief, world: World, chance: Random) -> tuple[str, bytes]:
    """A letter's log written and signed anew; the log over all letters too, or left as it was."""
    number, change = chance.randrange(2), chance.choice(CHANGES)
    letter_id = world.letters[number]
    thief.rewrite(letter_id, changed(thief.entries(letter_id), change, chance))
    if chance.random() < 0.5:
        return f"{change.__name__}, the letter signed anew", world.newest[number]
    thief.rewrite_common_log()
    return f"{change.__name__}, all signed anew", chance.choice([world.newest[number], world.head])


def common_log(thief: Thief, world: World, chance: Random) -> tuple[str, bytes]:
    """The log over all letters alone: entries of it altered, exchanged or cut off, and signed anew."""
    count = thief.session.scalar(sa.select(sa.func.count()).select_from(COMMON))
    how = chance.choice(["cut", "altered", "exchanged"])
    if how == "cut":
        thief.rewrite_common_log(chance.randrange(1, count))
        return "common log cut and signed anew", world.head
    places = chance.sample(range(count), 2)
    rows = [thief.session.execute(sa.select(COMMON).where(COMMON.c.position == n)).mappings().one() for n in places]
    values = [row["entry"] for row in rows][::-1] if how == "exchanged" else [bytes(32), bytes(rows[1]["entry"])]
    for place, value in zip(places, values, strict=True):
        row = {"entry": value, "leaf": merkle.leaf_hash(bytes(value))}
        thief.session.execute(COMMON.update().where(COMMON.c.position == place).values(row))
    return f"common log {how}", world.head


LOGS = ("log_heads", "log_entries", "log_subtrees", "checkpoints")
LOGS += ("common_entries", "common_subtrees", "common_head", "common_checkpoints", "sequenced")
OF_LOGS = [(table, column) for table in LOGS for column, bond in COLUMNS[table].items() if isinstance(bond, Bound)]
OF_LOGS.remove(("checkpoints", "letter_id"))  # One that is taken away says nothing less than those after it.


def a_column(thief: Thief, world: World, chance: Random) -> tuple[str, bytes]:
    """One value of one row of the logs' own tables."""
    name, column = chance.choice(OF_LOGS)
    table = TABLES[name]
    rows = thief.session.execute(sa.select(table)).mappings().all()
    row = chance.choice(rows)
    which = sa.and_(*(key == row[key.name] for key in table.primary_key.columns))
    thief.session.execute(table.update().where(which).values({column: _another(row[column], table.c[column], world)}))
    return f"{name}.{column}", world.head


def _another(value, column: sa.Column, world: World):
    if column.name == "letter_id":
        return "c" * 32
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    if isinstance(value, list):
        return [*value[:-1], "0" * 64]
    if isinstance(value, int):
        return value + 1000
    if value is None:
        return {"INTEGER": 7}.get(str(column.type), "b" * 32) if "DATE" not in str(column.type).upper() else None
    if isinstance(value, str):
        return value[:-6] + ("AAAAA" if "AAAAA" not in value[-7:] else "BBBBB") + value[-1]
    return value.replace(year=value.year + 1)


def between_letters(thief: Thief, world: World, chance: Random) -> tuple[str, bytes]:
    """What belongs to one letter put in the place of another's."""
    session, (one, other) = thief.session, world.letters
    number = chance.randrange(2)
    how = chance.choice(["entry", "checkpoint", "common", "letters", "revisions", "documents"])
    if how == "entry":
        entries, place = [thief.entries(of) for of in (one, other)], chance.randrange(1, 12)
        entries[number][place] = entries[1 - number][place]
        thief.put(world.letters[number], entries[number])
    elif how == "checkpoint":
        sizes = [set(session.scalars(sa.select(NOTES.c.size).where(NOTES.c.letter_id == of))) for of in (one, other)]
        size = chance.choice(sorted(sizes[0] & sizes[1]))
        its = session.scalar(sa.select(NOTES.c.note).where(NOTES.c.letter_id == other, NOTES.c.size == size))
        session.execute(NOTES.update().where(NOTES.c.letter_id == one, NOTES.c.size == size).values(note=its))
    elif how == "common":
        place = chance.randrange(2, 8)
        its = session.scalar(sa.select(COMMON.c.letter_id).where(COMMON.c.position == place))
        row = {"letter_id": other if its == one else one, "size": 1000 + place}
        session.execute(COMMON.update().where(COMMON.c.position == place).values(row))
    elif how == "letters":
        # All entries of one under the other's name, signed as the other's.
        thief.rewrite(one, changed(thief.entries(other), CHANGES[0], chance))
    elif how == "revisions":
        table = TABLES["revisions"]
        its = bytes(session.scalar(sa.select(table.c.canonical).where(table.c.letter_id == other)))
        session.execute(table.update().where(table.c.letter_id == one).values(canonical=its + b" "))
    else:
        table = TABLES["renderings"]
        found = dict(session.execute(sa.select(table.c.letter_id, table.c.docx_sha256)).all())
        session.execute(table.update().where(table.c.letter_id == one).values(docx_sha256=found[other]))
    return f"{how} of another letter", world.newest[0] if how == "letters" else world.head


ATTACKS = (without_the_key, with_the_key, common_log, a_column, between_letters)


def test_whatever_is_done_to_the_database_is_found_where_one_note_is_outside(world):
    unseen, told = [], Counter()
    for seed in range(COUNT[world.database.engine.dialect.name]):
        chance = Random(seed if not LONG else None)
        attack = ATTACKS[seed % len(ATTACKS)]
        with world.stolen() as thief:
            what, held = attack(thief, world, chance)
            by = "one outside" if world.contradicted(thief.session, held) else ""
            by = by or ("the database itself" if world.noticed(thief.session) else "")
        told[f"{what}: {by}"] += 1
        unseen += [] if by else [(seed, what)]

    assert unseen == [], "\n".join(map(str, unseen))
    assert any(of.endswith("one outside") for of in told) and any(of.endswith("itself") for of in told)


def test_nothing_is_said_of_a_database_that_nobody_changed(world):
    with world.stolen() as thief:
        assert world.noticed(thief.session) == []
        assert not world.contradicted(thief.session, world.head, *world.newest, *world.receipts)


# --- what only somebody outside finds ---------------------------------------------------------------------------------


def test_a_log_that_was_rewritten_and_signed_with_the_stolen_key_is_found_by_any_receipt_or_head_and_by_nothing_else(
    world,
):
    """Another has done it now, in an entry that no row is held by; all there is is signed anew."""
    with world.stolen() as thief:
        letter_id = world.letters[0]
        entries = thief.entries(letter_id)
        place = next(n for n, entry in enumerate(entries) if b'"auditor.opened"' in entry)
        said = json.loads(entries[place])
        entries[place] = rfc8785.dumps({**said, "actor": {**said["actor"], "id": "f" * 32}})
        thief.rewrite(letter_id, entries)
        thief.rewrite_common_log()

        assert world.noticed(thief.session) == []
        assert world.contradicted(thief.session, world.head)
        assert world.contradicted(thief.session, world.newest[0])
        assert not world.contradicted(thief.session, world.receipts[0]), "that receipt is older than the change"
        assert not world.contradicted(thief.session, world.newest[1]), "another letter's log is as it was"


def test_what_is_younger_than_all_that_is_outside_can_be_rewritten_unseen(world):
    with world.stolen() as thief:
        letter_id = world.letters[0]
        thief.rewrite(letter_id, thief.entries(letter_id)[:-3])
        thief.rewrite_common_log()

        assert world.noticed(thief.session) == []
        assert not world.contradicted(thief.session, *world.receipts)
        assert world.contradicted(thief.session, world.head)


@pytest.fixture
def embedded(tmp_path, migrated_sqlite):
    folder = tmp_path / "now"
    folder.mkdir()
    shutil.copy(migrated_sqlite, folder / "undersigned.db")
    return Settings(instance=folder)


def copied(settings: Settings, folder) -> Settings:
    """A backup of all that the instance has: database, keys, and what it has signed last."""
    source = Database(settings)
    with source.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    source.close()
    shutil.copytree(settings.instance, folder)
    read_anew()
    return Settings(instance=folder)


def said_of(database, *held: bytes) -> tuple[int, list[str]]:
    with database.reading() as session:
        letters = session.scalars(sa.select(Letter.id)).all()
        alone = [one for of in letters for one in evidence.verify(session, of).problems]
        found = comparing.compare([(f"file{n}", one) for n, one in enumerate(held)], session)
        return found.exit_code, [*alone, *common.check(session)]


def test_an_old_backup_is_found_by_what_is_younger_and_what_goes_on_from_it_contradicts_that(embedded, tmp_path):
    database = Database(embedded)
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    common.sequence(database)
    with database.reading() as session:
        before = common.newest(session).encode()
    backup = copied(embedded, tmp_path / "backup")
    sign(database, letter_id, 1)
    common.sequence(database)
    with database.reading() as session:
        head = common.newest(session).encode()
        [mail] = [one for one in mails(database, letter_id, "receipt") if one.address == "b@example.org"]
        receipt = write(session, mail)
    database.close()

    restored = Database(backup)
    assert said_of(restored, before) == (0, []), "nothing tells that it is old"
    assert said_of(restored, head) == (1, [])
    assert said_of(restored, receipt) == (1, [])
    for number in (2, 1):
        sign(restored, letter_id, number)
    common.sequence(restored)
    assert said_of(restored, head) == (2, [])
    assert said_of(restored, receipt) == (2, [])
    assert said_of(restored, before) == (0, [])
    files = files_of(restored, letter_id)
    with restored.reading() as session:
        vkey = history.vkey_of(session, letter_id)
    assert verify.verify(files, vkey, is_signed=merkle.is_signed).exit_code == 0
    assert verify.verify(files, vkey, [receipt], is_signed=merkle.is_signed).exit_code == 2
    restored.close()


# --- what is exported -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "swapped", ["proofs/", "checkpoints/", "common/", "documents/", "revisions/", "disclosures.jsonl", "entries.jsonl"]
)
def test_what_is_exported_of_another_letter_proves_nothing_of_this_one(world, swapped):
    with world.database.reading() as session:
        one, other = (evidence.files(session, letter_id) for letter_id in world.letters)
        vkey = history.vkey_of(session, world.letters[0])
    made = {name: content for name, content in one.items() if not name.startswith(swapped)}
    theirs = {name: content for name, content in other.items() if name.startswith(swapped)}
    if swapped in ("documents/", "revisions/"):
        # Under the names of this letter's own.
        names = sorted(set(one) - set(made))
        theirs = dict(zip(names, [b"%b " % content for content in theirs.values()], strict=False))
    assert theirs and {name: one.get(name) for name in theirs} != theirs
    given = {"receipts": [world.receipts[0]], "letter": world.letters[0], "is_signed": merkle.is_signed}

    assert verify.verify(made | theirs, vkey, **given).exit_code != 0
    assert verify.verify(one, vkey, **given).exit_code == 0
