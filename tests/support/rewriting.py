"""Somebody with the whole database: logs taken apart, put together otherwise, and signed anew with the stolen key."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import rfc8785
import sqlalchemy as sa

from workflow import history, merkle
from workflow.history.audit.log import Log
from workflow.history.audit.searched import causes
from workflow.history.common.reading import entry_of
from workflow.models import Base

TABLES = Base.metadata.tables
ENTRIES, HEADS, SUBTREES, NOTES = (TABLES[n] for n in ("log_entries", "log_heads", "log_subtrees", "checkpoints"))
COMMON, COMMON_HEAD, COMMON_SUBTREES, COMMON_NOTES, SEQUENCED = (
    TABLES[n] for n in ("common_entries", "common_head", "common_subtrees", "common_checkpoints", "sequenced")
)


def unguarded(session) -> None:
    """Take away what the database itself refuses, as whoever runs it can."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        session.execute(sa.text("ALTER TABLE signoffs DROP CONSTRAINT IF EXISTS uq_signoffs_standing"))
        return
    session.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
    for name in session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(sa.text(f"DROP TRIGGER {name}"))


class Thief:
    """Has a session behind the guards of the database; with the key, or without it."""

    def __init__(self, session, seed: bytes) -> None:
        unguarded(session)
        self.session, self.seed = session, seed

    def entries(self, letter_id: str) -> list[bytes]:
        """A letter's entries."""
        query = sa.select(ENTRIES.c.entry).where(ENTRIES.c.letter_id == letter_id).order_by(ENTRIES.c.sequence)
        return [bytes(entry) for entry in self.session.scalars(query)]

    # --- without the key ---

    def put(self, letter_id: str, entries: Sequence[bytes]) -> merkle.Growing:
        """Put entries in the place of a letter's, with all that is stored beside them but signatures."""
        log = Log(letter_id, dict(enumerate(entries)), {n: json.loads(entry) for n, entry in enumerate(entries)}, {})
        belongs, tree = causes(log), merkle.Growing()
        for table in (ENTRIES, SUBTREES):
            self.session.execute(table.delete().where(table.c.letter_id == letter_id))
        rows, full = [], []
        for number, entry in enumerate(entries):
            said, leaf = log.read[number], merkle.leaf_hash(entry)
            about = said["about"]
            row = {"letter_id": letter_id, "sequence": number, "entry": entry, "leaf": leaf, "action": said["action"]}
            row |= {"at": datetime.fromisoformat(said["at"]), "cause": belongs.get(number)}
            rows.append(row | {"invitation_id": about.get("invitation"), "delivery_id": about.get("delivery")})
            full += [{"letter_id": letter_id, **subtree._asdict()} for subtree in tree.append(leaf)]
        self.session.execute(ENTRIES.insert(), rows)
        if full:
            self.session.execute(SUBTREES.insert(), full)
        now = {"size": tree.size, "frontier": [root.hex() for root in tree.frontier]}
        now["last_at"] = max(row["at"] for row in rows)
        self.session.execute(HEADS.update().where(HEADS.c.letter_id == letter_id).values(now))
        return tree

    def cut_notes(self, letter_id: str, size: int) -> None:
        """Take away the checkpoints over more entries."""
        self.session.execute(NOTES.delete().where(NOTES.c.letter_id == letter_id, NOTES.c.size > size))

    # --- with it ---

    def rewrite(self, letter_id: str, entries: Sequence[bytes]) -> None:
        """Put other entries in the place of a letter's, and sign all of it anew."""
        vkey = self.session.scalar(sa.select(HEADS.c.vkey).where(HEADS.c.letter_id == letter_id))
        self.put(letter_id, entries)
        query = sa.select(NOTES.c.size).where(NOTES.c.letter_id == letter_id, NOTES.c.size < len(entries))
        sizes = {*self.session.scalars(query), len(entries)}
        self.session.execute(NOTES.delete().where(NOTES.c.letter_id == letter_id))
        origin, tree, rows = f"{history.log_name(vkey)}/letters/{letter_id}", merkle.Growing(), []
        for entry in entries:
            tree.append(merkle.leaf_hash(entry))
            if tree.size in sizes:
                rows.append({"letter_id": letter_id, "size": tree.size, "note": self._signed(origin, tree)})
        self.session.execute(NOTES.insert(), rows)

    def rewrite_common_log(self, most: int | None = None) -> None:
        """Make the log over all letters anew from the checkpoints that there are now, and sign it anew."""
        vkey = self.session.scalar(sa.select(COMMON_HEAD.c.vkey))
        query = sa.select(COMMON.c.letter_id, COMMON.c.size, COMMON.c.at, NOTES.c.note).join(
            NOTES, (NOTES.c.letter_id == COMMON.c.letter_id) & (NOTES.c.size == COMMON.c.size)
        )
        found = self.session.execute(query.order_by(COMMON.c.position)).all()[:most]
        sizes = {*self.session.scalars(sa.select(COMMON_NOTES.c.size)), len(found)}
        times = dict(self.session.execute(sa.select(COMMON_NOTES.c.size, COMMON_NOTES.c.at)).all())
        for table in (COMMON, COMMON_SUBTREES, COMMON_NOTES, SEQUENCED):
            self.session.execute(table.delete())
        tree, rows, full, notes = merkle.Growing(), [], [], []
        for position, (letter_id, size, at, note) in enumerate(found):
            entry = entry_of(note)
            leaf = merkle.leaf_hash(entry)
            place = {"position": position, "letter_id": letter_id, "size": size, "at": at}
            rows.append({**place, "entry": entry, "leaf": leaf})
            full += [subtree._asdict() for subtree in tree.append(leaf)]
            if tree.size in sizes:
                signed = self._signed(history.log_name(vkey), tree)
                notes.append({"size": tree.size, "note": signed, "at": times.get(tree.size, at)})
        self.session.execute(COMMON.insert(), rows)
        self.session.execute(COMMON_NOTES.insert(), notes)
        if full:
            self.session.execute(COMMON_SUBTREES.insert(), full)
        now = {"size": tree.size, "frontier": [root.hex() for root in tree.frontier]}
        self.session.execute(COMMON_HEAD.update().values(now))
        for letter_id, size in {row["letter_id"]: row["size"] for row in rows}.items():
            known = merkle.Growing()
            known.extend([merkle.leaf_hash(entry) for entry in self.entries(letter_id)[:size]])
            frontier = [root.hex() for root in known.frontier]
            self.session.execute(SEQUENCED.insert().values(letter_id=letter_id, size=size, frontier=frontier))

    def _signed(self, origin: str, tree: merkle.Growing) -> str:
        text = merkle.Checkpoint(origin, tree.size, tree.root()).to_text()
        return merkle.sign_note(text, origin.partition("/letters/")[0], self.seed)


# --- what becomes of entries ------------------------------------------------------------------------------------------

Change = Callable[[list[dict[str, Any]], Random], None]


def altered(told: list[dict[str, Any]], chance: Random) -> None:
    """One says something else: another time, another person, another text, or nothing of a person."""
    one = chance.choice(told)
    ways = [_later, lambda said: said["actor"].update(id="f" * 32), lambda said: said["about"].update(digest="0" * 64)]
    chance.choice([*ways, *([lambda said: said.pop("commitment")] if "commitment" in one else [])])(one)


def _later(said: dict[str, Any]) -> None:
    moment = datetime.fromisoformat(said["at"]) + timedelta(microseconds=1)
    said["at"] = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def removed(told: list[dict[str, Any]], chance: Random) -> None:
    del told[chance.randrange(1, len(told))]


def inserted(told: list[dict[str, Any]], chance: Random) -> None:
    told.insert(chance.randrange(1, len(told)), json.loads(json.dumps(chance.choice(told))))


def reordered(told: list[dict[str, Any]], chance: Random) -> None:
    one, other = chance.sample(range(len(told)), 2)
    told[one], told[other] = told[other], told[one]


def cut(told: list[dict[str, Any]], chance: Random) -> None:
    del told[chance.randrange(1, len(told)) :]


CHANGES: tuple[Change, ...] = (altered, removed, inserted, reordered, cut)


def changed(entries: Sequence[bytes], change: Change, chance: Random) -> list[bytes]:
    """Entries after a change, numbered anew, in canonical JSON; never those that they were."""
    while True:
        told = [json.loads(entry) for entry in entries]
        change(told, chance)
        made = [rfc8785.dumps({**said, "seq": number}) for number, said in enumerate(told)]
        if made != list(entries):
            return made
