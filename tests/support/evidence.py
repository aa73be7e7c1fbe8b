"""Evidence of a letter, taken apart and checked."""

from __future__ import annotations

import json

import rfc8785
import sqlalchemy as sa

from tests.vectors import rfc6962
from workflow import history, merkle, verify
from workflow.history import evidence
from workflow.mails import writing
from workflow.models import Checkpoint, Delivery


def files_of(database, letter_id: str) -> dict[str, bytes]:
    """The evidence of a letter, with a file for each entry, so that one can be changed by its name."""
    with database.reading() as session:
        return spread(evidence.files(session, letter_id))


def every_note(database, letter_id: str) -> dict[str, bytes]:
    """All checkpoints of a letter; the evidence holds those that matter."""
    with database.reading() as session:
        notes = session.execute(sa.select(Checkpoint.size, Checkpoint.note).where(Checkpoint.letter_id == letter_id))
        return {f"checkpoints/{size}.txt": note.encode() for size, note in notes}


def spread(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same evidence in the layout of until November 2026: a file for each entry and each disclosure."""
    made = {
        name: content for name, content in files.items() if not name.endswith(("entries.jsonl", "disclosures.jsonl"))
    }
    for seq, entry in enumerate(files["entries.jsonl"].split(b"\n")[:-1]):
        made[f"entries/{seq:06}.json"] = entry
    for line in files["disclosures.jsonl"].split(b"\n")[:-1]:
        opening = json.loads(line)
        seq = opening.pop("seq")
        made[f"disclosures/{seq}.json"] = rfc8785.dumps(opening)
    return made


def gathered(files: dict[str, bytes]) -> dict[str, bytes]:
    """Evidence with a file for each entry in the layout of now: one a line."""
    kinds = ("entries/", "disclosures/")
    made = {name: content for name, content in files.items() if not name.startswith(kinds)}
    made["entries.jsonl"] = b"".join(files[name] + b"\n" for name in sorted(files) if name.startswith("entries/"))
    numbers = sorted(int(name[12:-5]) for name in files if name.startswith("disclosures/"))
    openings = [json.loads(files[f"disclosures/{number}.json"]) | {"seq": number} for number in numbers]
    made["disclosures.jsonl"] = b"".join(rfc8785.dumps(opening) + b"\n" for opening in openings)
    return made


def receipts_of(database, letter_id: str) -> list[bytes]:
    """The receipt mails as they left."""
    with database.reading() as session:
        query = sa.select(Delivery).where(Delivery.letter_id == letter_id, Delivery.kind == "receipt")
        return [writing.write(session, delivery) for delivery in session.scalars(query.order_by(Delivery.queued_at))]


def check(database, files, receipts=()):
    return verify.verify(files, history.vkey(database.settings), receipts)


def entries_of(files: dict[str, bytes]) -> list[dict]:
    return [json.loads(files[name]) for name in sorted(files) if name.startswith("entries/")]


def find(files: dict[str, bytes], action: str, number: int = 0) -> int:
    """The sequence number of the first (or a later) entry of an action."""
    return [entry["seq"] for entry in entries_of(files) if entry["action"] == action][number]


def covering(files: dict[str, bytes], seq: int) -> str:
    """The name of the first checkpoint that was signed over an entry."""
    return f"checkpoints/{min(size for size in _sizes(files) if size > seq)}.txt"


def place(files: dict[str, bytes], seq: int) -> str:
    """What the verifier calls an entry that was changed: one of those that its checkpoint was the first to be over."""
    first = max(size for size in (0, *_sizes(files)) if size <= seq)
    last = min(size for size in _sizes(files) if size > seq) - 1
    return f"Entry {seq}" if first == last else f"One of the entries {first} to {last}"


def _sizes(files: dict[str, bytes]) -> list[int]:
    return [int(name[len("checkpoints/") : -len(".txt")]) for name in files if name.startswith("checkpoints/")]


def rewritten(database, files: dict[str, bytes], entries: list[dict]) -> dict[str, bytes]:
    """What an operator who lies can make: other entries, numbered anew, signed with the real key."""
    kinds = ("entries/", "checkpoints/", "proofs/")
    made = {name: content for name, content in files.items() if not name.startswith(kinds)}
    settings, leaves = database.settings, []
    for seq, entry in enumerate(entries):
        content = rfc8785.dumps({**entry, "seq": seq})
        made[f"entries/{seq:06}.json"] = content
        leaves.append(merkle.leaf_hash(content))
        log = merkle.Checkpoint(history.origin(settings, entry["letter"]), seq + 1, rfc6962.root_of(leaves))
        note = merkle.sign_note(log.to_text(), settings.host, settings.history_seed())
        made[f"checkpoints/{seq + 1}.txt"] = note.encode()
    for seq, entry in enumerate(entries):
        if entry["action"] == "invitation.sign":
            path = merkle.Tree(leaves).path(seq)
            made[f"proofs/{seq}.tlog-proof"] = merkle.format_proof(seq, path, note).encode()
    return made


def said(report) -> str:
    return "\n".join(report.problems)


def live(database, letter_id: str):
    with database.reading() as session:
        return evidence.verify(session, letter_id)
