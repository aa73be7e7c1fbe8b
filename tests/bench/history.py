"""The first page of a history of a million entries against that of a thousand, and with filters."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from config.settings import Settings
from tests.bench.figures import in_turn, record, timed
from tests.support.browsing import signed_in
from tests.support.factories import open_sign_off, sign, take_in
from workflow import history, merkle
from workflow.database import Database
from workflow.history import actions, checked
from workflow.history.log import CHECKPOINTS, ENTRIES, HEADS
from workflow.models import Base, now
from wsgi import create_app

SIZES, RUNS = (1_000, 1_000_000), 9
DELIVERIES = Base.metadata.tables["deliveries"]
SIGNED = 20
"""Of so many entries one is a decision; the others are of the emails that it caused, as in a campaign of thousands."""
FILTERED = ("?show=settings", "?show=emails", "?show=all", "?organisation=orga", "?from=2026-01-01", "?q=signed")


def measure() -> None:
    """Record `history_page/1000000/vs_1000`, and the slowest of the filtered pages."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(instance=Path(folder)))
        database.migrate()
        letters = {size: _letter(database, size) for size in SIZES}
        app = create_app(database.settings, database)
        client = signed_in(app, database)
        for letter_id in letters.values():
            assert client.get(f"/letters/{letter_id}/history").status_code == 200  # What is new is hashed once.

        def look(size: int, query: str = "") -> float:
            address = f"/letters/{letters[size]}/history{query}"
            return timed(lambda: client.get(address))

        small, large = SIZES
        taken = in_turn({"large": lambda: look(large), "small": lambda: look(small)}, RUNS)
        record(f"history_page/{large}/vs_{small}", taken["large"], taken["small"], "ms", RUNS)
        for query in FILTERED:
            name = query[1:].partition("=")[0] + "_" + query.partition("=")[2]
            taken = in_turn({"large": lambda q=query: look(large, q), "small": lambda q=query: look(small, q)}, RUNS)
            record(f"history_page_{name}/{large}/vs_{small}", taken["large"], taken["small"], "ms", RUNS)
        database.close()


def _letter(database: Database, size: int) -> str:
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    for number in range(3):
        sign(database, letter_id, number)
    _fill(database, letter_id, size)
    return letter_id


def _fill(database: Database, letter_id: str, size: int) -> None:
    """Let a log be as long, in the shape that thousands of signatures and their emails give it."""
    with database.engine.begin() as connection:
        known = connection.execute(
            sa.select(ENTRIES.c.leaf).where(ENTRIES.c.letter_id == letter_id).order_by(ENTRIES.c.sequence)
        ).scalars()
        tree = merkle.Growing()
        for leaf in known.all():
            tree.append(bytes(leaf))
        for rows in _rows(letter_id, tree, size):
            connection.execute(ENTRIES.insert(), rows)
        connection.execute(DELIVERIES.insert(), list(_mails(letter_id, size)))
        frontier = [root.hex() for root in tree.frontier]
        connection.execute(HEADS.update().where(HEADS.c.letter_id == letter_id).values(size=size, frontier=frontier))
        settings = database.settings
        vkey = connection.execute(sa.select(HEADS.c.vkey).where(HEADS.c.letter_id == letter_id)).scalar_one()
        name = history.log_name(vkey)
        signed = merkle.Checkpoint(f"{name}/letters/{letter_id}", size, tree.root())
        note = merkle.sign_note(signed.to_text(), name, settings.history_seed())
        connection.execute(CHECKPOINTS.insert(), [{"letter_id": letter_id, "size": size, "note": note}])


def _mails(letter_id: str, size: int) -> Iterator[dict[str, object]]:
    """The emails that the newest entries queued: what the first page shows of them."""
    for number in range(max(40, size - 4_000) | 1, size, 2):
        of = f"{number:x}-{letter_id}"[:32]
        named = {"dedupe_key": f"{letter_id}{number}", "message_id": f"<{letter_id}{number}@x>"}
        known = {"id": of, "letter_id": letter_id, "kind": "invitation", "about": {}}
        yield known | named | {"address": f"{of}@example.org", "state": "accepted", "settled_at": now(), "cause": 0}


def _rows(letter_id: str, tree: merkle.Growing, size: int) -> Iterator[list[dict[str, object]]]:
    at, rows, cause = now(), [], 0
    actor = {"id": "0" * 32, "role": "system"}
    while tree.size < size:
        sequence = tree.size
        of = f"{sequence:x}-{letter_id}"[:32]
        at += timedelta(milliseconds=5)
        about: dict[str, object]
        if sequence % SIGNED == 0:
            action, about, cause = actions.InvitationLapsed.NAME, {"invitation": of}, sequence
        elif sequence % 2:
            action, about = actions.DeliveryQueued.NAME, {"delivery": of, "kind": "invitation", "invitation": of}
        else:
            action, about = actions.DeliveryAccepted.NAME, {"delivery": of, "kind": "invitation"}
        fields = {"v": 1, "letter": letter_id, "seq": sequence, "at": history.timestamp(at), "actor": actor}
        entry = json.dumps(fields | {"action": action, "about": about}, sort_keys=True, separators=(",", ":")).encode()
        leaf = merkle.leaf_hash(entry)
        row = {"letter_id": letter_id, "sequence": sequence, "entry": entry, "leaf": leaf, "action": action, "at": at}
        found = {"invitation_id": about.get("invitation"), "delivery_id": about.get("delivery")}
        rows.append(row | found | {"cause": None if sequence % SIGNED == 0 else cause})
        tree.append(leaf)
        if len(rows) == 5_000 or tree.size == size:
            yield rows
            rows = []


if __name__ == "__main__":
    checked.AT_ONCE = 10
    measure()
