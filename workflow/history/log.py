"""
A letter's history: entries appended in the transaction of the act they record, its tree and its checkpoints.

`transition` is the only place where a state column is written. Nothing here changes or removes an entry.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import select

from config.settings import Settings
from workflow import keys, merkle, states
from workflow.errors import EntryTooLargeError, NotLockedError
from workflow.models import (
    Checkpoint,
    Delivery,
    Disclosure,
    Invitation,
    Letter,
    LogEntry,
    LogHead,
    machine_at_work,
    now,
)
from workflow.transaction import Transaction
from workflow.verify.bundle import LARGEST_DISCLOSURE, LARGEST_ENTRY

KEY_CHANGED = "key.changed"
SECRET_CHANGED = "secret.changed"
COMMITMENT = b"undersigned/commit/v1\0"
KEYED = b"undersigned/keyed/v1\0"
MACHINES = {Letter: states.LETTER, Invitation: states.INVITATION, Delivery: states.DELIVERY}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a role and an identifier, which the history holds as a keyed hash only."""

    role: str
    key: str


SYSTEM = Actor("system", "undersigned")


def coordinator(user_id: str) -> Actor:
    """Return the actor for a coordinator."""
    return Actor("coordinator", user_id)


def cosigner(invitation_id: str) -> Actor:
    """Return the actor for whoever holds an invitation's link."""
    return Actor("cosigner", invitation_id)


def transition(
    session: Transaction,
    thing: Letter | Invitation | Delivery,
    trigger: str,
    facts: object,
    actor: Actor,
    about: dict[str, Any] | None = None,
    disclosed: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> int | None:
    """
    Take one step of a thing's machine and append its one entry, in the caller's transaction.

    `at` is the moment that a row keeps too; without it, now. Returns the entry's sequence number (None for a mail that
    belongs to no letter). Raises `RefusedError`.
    """
    table = MACHINES[type(thing)]
    reached = states.fire(table, thing.state, trigger, facts)
    with machine_at_work():
        thing.state = reached
    letter_id = thing.id if isinstance(thing, Letter) else thing.letter_id
    if letter_id is None:
        return None
    subject = {} if isinstance(thing, Letter) else {table.subject: thing.id}
    return append(session, letter_id, actor, f"{table.subject}.{trigger}", {**subject, **(about or {})}, disclosed, at)


def append(
    session: Transaction,
    letter_id: str,
    actor: Actor,
    action: str,
    about: dict[str, Any],
    disclosed: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> int:
    """
    Append one entry to a letter's log and sign the new checkpoint; returns the entry's sequence number.

    `about` holds ids, digests, times and words of the program, never what a person typed. `disclosed` is personal data:
    the entry holds a salted commitment to it, the salt is kept apart, and a keyed hash of it, so that this instance can
    compare its tables with what was recorded when the salt is erased. Raises `EntryTooLargeError`, and
    `WrongKeyError` where the key at hand is not the one that signs this log.
    """
    settings = session.settings
    head = _locked_head(session, letter_id, action)
    keys.check_signs(settings, head.vkey)
    return _append(session, head, [settings.history_seed()], actor, action, about, disclosed, at)


def change_key(session: Transaction, letter_id: str, new: bytes, actor: Actor, *, lost: bool) -> int:
    """
    Record that another key signs this log from here on, and sign that with the old key and the new one.

    Where the old key is lost the new one signs alone, and the entry says so.
    """
    settings = session.settings
    head = _locked_head(session, letter_id, KEY_CHANGED)
    head.vkey = head.vkey or keys.signer(session, letter_id, head.size)
    name = log_name(head.vkey)
    to = merkle.verifier_key(name, new)
    about = {"from": head.vkey, "to": to, "lost": lost}
    signers = [new] if lost else [settings.history_seed(), new]
    if not lost:
        keys.check_signs(settings, head.vkey)
    number = _append(session, head, signers, actor, KEY_CHANGED, about)
    head.vkey = to
    return number


def record_secret(session: Transaction, letter_id: str, actor: Actor, *, lost: bool) -> int:
    """Record that the keyed hashes of this log are made under another secret from here on: the one at hand."""
    settings = session.settings
    about = {"lost": lost, "whole": whole(settings, letter_id)}
    return append(session, letter_id, actor, SECRET_CHANGED, about)


def _append(
    session: Transaction,
    head: LogHead,
    seeds: Sequence[bytes],
    actor: Actor,
    action: str,
    about: dict[str, Any],
    disclosed: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> int:
    settings = session.settings
    letter_id = head.letter_id
    entry: dict[str, Any] = {
        "v": 1,
        "letter": letter_id,
        "seq": head.size,
        "at": timestamp(at or now()),
        "actor": {"role": actor.role, "id": actor_id(settings, actor)},
        "action": action,
        "about": about,
    }
    if disclosed is not None:
        salt = secrets.token_bytes(32)
        entry["commitment"] = commitment(salt, disclosed)
        _check_size(action, {"salt": salt.hex(), "payload": disclosed}, LARGEST_DISCLOSURE)
        entry["about"] = {**about, "mark": mark(settings, letter_id, head.size, disclosed)}
        session.add(Disclosure(letter_id=letter_id, sequence=head.size, salt=salt, payload=disclosed))
    _grow(session, head, seeds, _check_size(action, entry, LARGEST_ENTRY))
    return int(entry["seq"])


def _check_size(action: str, fields: dict[str, Any], most: int) -> bytes:
    """Return the canonical bytes of what is recorded; raises `EntryTooLargeError` beyond what the verifier reads."""
    content = rfc8785.dumps(fields)
    if len(content) > most:
        raise EntryTooLargeError(action, len(content), most)
    return content


def _locked_head(session: Transaction, letter_id: str, action: str) -> LogHead:
    """Return the log's head, locked once in a transaction; what the act has changed so far is written later."""
    if letter_id not in session.locked:
        raise NotLockedError(f"Letter {letter_id} is not locked, so {action} cannot be recorded.")
    if letter_id in session.heads:
        return session.heads[letter_id]
    query = select(LogHead).where(LogHead.letter_id == letter_id).with_for_update()
    with session.no_autoflush:
        head = session.scalar(query.execution_options(populate_existing=True))
    if head is None:
        head = _new_head(session, letter_id)
        session.add(head)
    session.heads[letter_id] = head
    return head


def _new_head(session: Transaction, letter_id: str) -> LogHead:
    """Begin a log: its name is the public host of now, and stays when the host changes."""
    settings = session.settings
    with session.no_autoflush:
        keys.check(session, settings)
    return LogHead(letter_id=letter_id, size=0, frontier=[], vkey=vkey(settings))


def _grow(session: Transaction, head: LogHead, seeds: Sequence[bytes], entry: bytes) -> None:
    leaf = merkle.leaf_hash(entry)
    frontier = merkle.append(tuple(bytes.fromhex(root) for root in head.frontier), head.size, leaf)
    session.add(LogEntry(letter_id=head.letter_id, sequence=head.size, entry=entry, leaf=leaf))
    head.size += 1
    head.frontier = [root.hex() for root in frontier]
    name = log_name(head.vkey)
    signed = merkle.Checkpoint(f"{name}/letters/{head.letter_id}", head.size, merkle.frontier_root(frontier))
    note = merkle.sign_note(signed.to_text(), name, *seeds)
    session.add(Checkpoint(letter_id=head.letter_id, size=head.size, note=note))


def timestamp(moment: datetime) -> str:
    """Return an aware UTC time as entries write it: RFC 3339 with microseconds and Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def origin(settings: Settings, letter_id: str) -> str:
    """Return the name that the log of a letter gets when it is begun now, as its checkpoints state it."""
    return f"{settings.host}/letters/{letter_id}"


def actor_id(settings: Settings, actor: Actor) -> str:
    """Return an actor's keyed hash: 32 hex digits that only this instance can link to a person."""
    message = f"actor/{actor.role}/{actor.key}".encode()
    return hmac.new(settings.secret().encode(), message, hashlib.sha256).hexdigest()[:32]


def keyed(settings: Settings, *parts: Any) -> str:
    """Return a keyed hash of values that must not be in an entry: 32 hex digits that only this instance can make."""
    message = KEYED + rfc8785.dumps(list(parts))
    return hmac.new(settings.secret().encode(), message, hashlib.sha256).hexdigest()[:32]


def whole(settings: Settings, letter_id: str) -> str:
    """Return by what a letter's log knows the secret again under which its keyed hashes are made."""
    return keyed(settings, "whole", letter_id)


def mark(settings: Settings, letter_id: str, sequence: int, payload: dict[str, Any]) -> str:
    """Return the keyed hash of what an entry commits to; of one entry alone, so that equal data is not seen as such."""
    return keyed(settings, "entry", letter_id, sequence, payload)


def commitment(salt: bytes, payload: dict[str, Any]) -> str:
    """Return the salted commitment to personal data, as an entry holds it (hex SHA-256)."""
    return hashlib.sha256(COMMITMENT + salt + rfc8785.dumps(payload)).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is read back."""

    sequence: int
    at: datetime
    role: str
    actor: str
    action: str
    about: dict[str, Any]


def entries(session: Transaction, letter_id: str) -> list[Entry]:
    """Return a letter's entries in order."""
    rows = session.execute(
        select(LogEntry.sequence, LogEntry.entry).where(LogEntry.letter_id == letter_id).order_by(LogEntry.sequence)
    )
    return [_read(sequence, json.loads(entry)) for sequence, entry in rows]


def entries_at(session: Transaction, letter_id: str, sequences: Sequence[int]) -> dict[int, Entry]:
    """Return some of a letter's entries by their numbers."""
    query = select(LogEntry.sequence, LogEntry.entry).where(LogEntry.letter_id == letter_id)
    rows = session.execute(query.where(LogEntry.sequence.in_(sequences)))
    return {sequence: _read(sequence, json.loads(entry)) for sequence, entry in rows}


def _read(sequence: int, fields: dict[str, Any]) -> Entry:
    return Entry(
        sequence=sequence,
        at=datetime.fromisoformat(fields["at"]),
        role=fields["actor"]["role"],
        actor=fields["actor"]["id"],
        action=fields["action"],
        about=fields["about"],
    )


def leaves(session: Transaction, letter_id: str) -> list[bytes]:
    """Return the leaf hashes of a letter's log in order."""
    query = select(LogEntry.leaf).where(LogEntry.letter_id == letter_id).order_by(LogEntry.sequence)
    return list(session.scalars(query))


def proof(session: Transaction, letter_id: str, sequence: int, size: int | None = None) -> str:
    """
    Return the proof (C2SP tlog-proof) that an entry is in the log, with the checkpoint of `size` entries.

    Without `size`, the newest checkpoint.
    """
    query = select(Checkpoint).where(Checkpoint.letter_id == letter_id).order_by(Checkpoint.size.desc())
    if size is not None:
        query = query.where(Checkpoint.size == size)
    checkpoint = session.scalars(query).first()
    if checkpoint is None:
        raise LookupError(f"Letter {letter_id} has no checkpoint of {size} entries.")
    path = merkle.inclusion_proof(leaves(session, letter_id)[: checkpoint.size], sequence, checkpoint.size)
    return merkle.format_proof(sequence, path, checkpoint.note)


def newest_checkpoint(session: Transaction, letter_id: str) -> Checkpoint | None:
    """Return the newest checkpoint of a letter's log, or None for a letter without a log."""
    query = select(Checkpoint).where(Checkpoint.letter_id == letter_id).order_by(Checkpoint.size.desc())
    return session.scalars(query.limit(1)).first()


def vkey(settings: Settings) -> str:
    """Return the public key that checks the logs that are begun now, as `name+id+key` (C2SP signed note)."""
    return merkle.verifier_key(settings.host, settings.history_seed())


def vkey_of(session: Transaction, letter_id: str, size: int | None = None) -> str:
    """
    Return the public key that checks the newest checkpoint of a letter's log, as `name+id+key`.

    With `size`, the one that signed the checkpoint of so many entries.
    """
    head = session.get(LogHead, letter_id)
    if head is None:
        return vkey(session.settings)
    if size is None or size >= head.size or not keys.ever_changed(session):
        return head.vkey
    changes = [entry for entry in entries(session, letter_id) if entry.action == KEY_CHANGED]
    return next((str(one.about["from"]) for one in changes if size <= one.sequence), head.vkey)


def own_vkey(session: Transaction, letter_id: str) -> str:
    """Return the key at hand as the one of a letter's log: what is checked under it, the tables cannot vouch for."""
    settings = session.settings
    return merkle.verifier_key(log_name(vkey_of(session, letter_id)), settings.history_seed())


def log_name(vkey: str) -> str:
    """Return the name of the log that a key signs."""
    return vkey.partition("+")[0]
