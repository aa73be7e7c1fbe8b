"""
A letter's history: entries appended in the transaction of the act they record, its tree and its checkpoints.

An entry costs one hash and one row: rows are written many at once, before the transaction's next query, and its commit
signs one checkpoint for each letter. `transition` is the only place where a state column is written. Nothing here
changes or removes an entry.
"""

from __future__ import annotations

import functools
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, event, insert, select, update

from config.settings import Settings
from workflow import canonical, keys, merkle, states
from workflow.errors import EntryTooLargeError, NotLockedError
from workflow.history.action import Action, timestamp
from workflow.history.actions import COME_ALONG, DeliveryQueued, KeyChanged, SecretChanged
from workflow.models import (
    Checkpoint,
    Delivery,
    Invitation,
    Letter,
    LogEntry,
    LogHead,
    allow_state_change,
    now,
)
from workflow.transaction import Transaction
from workflow.verify.bundle import LARGEST_DISCLOSURE, LARGEST_ENTRY

COMMITMENT = b"undersigned/commit/v1\0"
OPENING = len(canonical.dumps({"payload": 0, "salt": bytes(32).hex()})) - 1
"""How many bytes a disclosure has besides the payload that it opens."""
TABLES = LogEntry.metadata.tables
HEADS, ENTRIES, SUBTREES = TABLES["log_heads"], TABLES["log_entries"], TABLES["log_subtrees"]
CHECKPOINTS, DISCLOSURES = TABLES["checkpoints"], TABLES["disclosures"]
OF_MAILS = DeliveryQueued.NAME.partition(".")[0] + "."
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
    subject: Letter | Invitation | Delivery,
    action: Action,
    facts: object,
    actor: Actor,
    at: datetime | None = None,
) -> int | None:
    """
    Take one step of a subject's machine, named by the action, and append its one entry, in the caller's transaction.

    `at` is the moment that a row keeps too; without it, now. Returns the entry's sequence number (None for a mail that
    belongs to no letter). Raises `RefusedError`.
    """
    table = MACHINES[type(subject)]
    of, _, trigger = action.NAME.partition(".")
    if (of, getattr(action, of, subject.id)) != (table.subject, subject.id):
        raise ValueError(f"{action.NAME} is no step of this {table.subject}.")
    reached = states.fire(table, subject.state, trigger, facts)
    with allow_state_change():
        subject.state = reached
    letter_id = subject.id if isinstance(subject, Letter) else subject.letter_id
    cause = subject.cause if isinstance(subject, Delivery) else None
    return None if letter_id is None else append(session, letter_id, actor, action, at, cause=cause)


def append(
    session: Transaction,
    letter_id: str,
    actor: Actor,
    action: Action,
    at: datetime | None = None,
    *,
    cause: int | None = None,
) -> int:
    """
    Append one entry to a letter's log; returns its sequence number. The commit signs one checkpoint, over all of them.

    To the personal data of an action the entry holds a salted commitment; the salt is kept apart, and a keyed hash of
    it, so that this instance can compare its tables with what was recorded when the salt is erased. `cause` is of a
    mail's step: the act that it was queued by. Raises
    `NotLockedError`, `EntryTooLargeError`, and `WrongKeyError` where the key at hand does not sign this log.
    """
    head = _locked_head(session, letter_id, action.NAME)
    if not head.fits:
        keys.check_signs(session.settings, head.vkey)
        head.fits = True
    return _append(session, head, actor, action, at, cause)


def change_key(session: Transaction, letter_id: str, new: bytes, actor: Actor, *, lost: bool) -> int:
    """
    Record that another key signs this log from here on, and sign that with the old key and the new one.

    Where the old key is lost the new one signs alone, and the entry says so. Before it and after it a checkpoint is
    signed, whatever else the commit brings: they show that the old key ended with this entry.
    """
    settings = session.settings
    head = _locked_head(session, letter_id, KeyChanged.NAME)
    head.vkey = head.vkey or keys.signer(session, letter_id, head.tree.size)
    to = merkle.verifier_key(log_name(head.vkey), new)
    signers = [new] if lost else [settings.history_seed(), new]
    if not lost:
        keys.check_signs(settings, head.vkey)
    if head.is_unsigned:
        _sign(session, head, settings.history_seed())
    number = _append(session, head, actor, KeyChanged(from_=head.vkey, to=to, lost=lost))
    head.vkey, head.fits = to, False
    _sign(session, head, *signers)
    return number


def act_of(session: Transaction, letter_id: str) -> int:
    """
    Return the entry of the act that what is queued now belongs to: the last of this transaction, or `belongs_to`.

    Where there is none it is that of the first mail, whose number is the next: mails that nobody's act brought.
    """
    return _acts(session).setdefault(letter_id, _locked_head(session, letter_id, DeliveryQueued.NAME).tree.size)


def present_act(session: Transaction, letter_id: str) -> int | None:
    """Return the entry of the last act of this transaction; None where it had none so far."""
    return _acts(session).get(letter_id)


def belongs_to(session: Transaction, letter_id: str, act: int | None) -> None:
    """Let what is queued from here on belong to an act of an earlier transaction, whose work goes on in this one."""
    if act is not None:
        _acts(session)[letter_id] = act


def _acts(session: Transaction) -> dict[str, int]:
    known: dict[str, int] = session.info.setdefault("acts", {})
    return known


def record_secret(session: Transaction, letter_id: str, actor: Actor, *, lost: bool) -> int:
    """Record that the keyed hashes of this log are made under another secret from here on: the one on record."""
    changed = SecretChanged(lost=lost, whole=session.tokens.keyed("whole", letter_id))
    return append(session, letter_id, actor, changed)


# --- how a log grows --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Head:
    """A log that is locked in this transaction, and what it has grown to: written once, when the transaction ends."""

    letter_id: str
    vkey: str
    tree: merkle.Growing
    signed: int
    """How many entries the newest checkpoint is of."""
    is_new: bool
    last_at: datetime | None = None
    """The time of its newest entry: none is of an earlier one."""
    fits: bool = False
    """The key at hand is the one that signs it."""
    has_grown: bool = False

    @property
    def is_unsigned(self) -> bool:
        """Whether entries were appended since the newest checkpoint."""
        return self.tree.size > self.signed


_HEAD = select(HEADS.c.vkey, HEADS.c.size, HEADS.c.frontier, HEADS.c.last_at, keys.on_record().label("secret"))
_HEAD = _HEAD.where(HEADS.c.letter_id == bindparam("of")).with_for_update(of=HEADS)
_GROWN = update(HEADS).where(HEADS.c.letter_id == bindparam("of"))


def _heads(session: Transaction) -> dict[str, Head]:
    known: dict[str, Head] = session.info.setdefault("heads", {})
    return known


def _locked_head(session: Transaction, letter_id: str, what: str) -> Head:
    """Return the log's head, locked and read once in a transaction."""
    if letter_id not in session.held:
        raise NotLockedError(f"Letter {letter_id} is not locked, so {what} cannot be recorded.")
    known = _heads(session)
    if letter_id not in known:
        known[letter_id] = _read_head(session, letter_id)
    return known[letter_id]


def _read_head(session: Transaction, letter_id: str) -> Head:
    # What the act has changed so far is written later, with what it has still to change.
    row = session.connection().execute(_HEAD, {"of": letter_id}).one_or_none()
    if row is None:
        # A log is named by the public host of now, and keeps that name when the host changes.
        with session.no_autoflush:
            keys.check(session, session.settings)
        return Head(letter_id, vkey(session.settings), merkle.Growing(), 0, is_new=True)
    if "tokens" not in vars(session):
        session.tokens = session.tokens_led_by(row.secret or "")
    tree = merkle.Growing(row.size, [bytes.fromhex(root) for root in row.frontier])
    return Head(letter_id, row.vkey, tree, row.size, is_new=False, last_at=row.last_at)


def moment(session: Transaction) -> datetime:
    """
    Return the time of what is recorded now, as a row keeps it beside the entry: the clock's, or later.

    No entry is of an earlier time than the one before it, whatever the clock says: of the letters that this transaction
    has locked none has a newer one.
    """
    heads = [_locked_head(session, letter_id, "what is done") for letter_id in session.held]
    return functools.reduce(lambda at, head: _not_before(head, at), heads, now())


def _not_before(head: Head, at: datetime) -> datetime:
    return at if head.last_at is None else max(at, head.last_at)


def _append(
    session: Transaction,
    head: Head,
    actor: Actor,
    action: Action,
    at: datetime | None = None,
    cause: int | None = None,
) -> int:
    letter_id, sequence, about = head.letter_id, head.tree.size, action.about()
    at = head.last_at = _not_before(head, at or now())
    head.has_grown = True
    entry: dict[str, Any] = {
        "v": 1,
        "letter": letter_id,
        "seq": sequence,
        "at": timestamp(at),
        "actor": {"role": actor.role, "id": session.tokens.actor(actor.role, actor.key)},
        "action": action.NAME,
        "about": about,
    }
    place = {"letter_id": letter_id, "sequence": sequence}
    committed = action.committed()
    if committed is not None:
        salt = secrets.token_bytes(32)
        payload = canonical.dumps(committed)
        entry["commitment"] = _commitment(salt, payload)
        _check_size(action.NAME, len(payload) + OPENING, LARGEST_DISCLOSURE)
        about["mark"] = session.tokens.keyed("entry", letter_id, sequence, committed)
        session.unwritten[DISCLOSURES].append({**place, "salt": salt, "payload": committed})
    content = canonical.dumps(entry)
    _check_size(action.NAME, len(content), LARGEST_ENTRY)
    leaf = merkle.leaf_hash(content)
    looked_for = {"invitation_id": about.get("invitation"), "delivery_id": about.get("delivery")}
    if action.NAME == DeliveryQueued.NAME:
        cause = about.get("cause")
    elif not action.NAME.startswith(OF_MAILS):
        _note_act(session, letter_id, action.NAME, sequence)
    row = {**place, "entry": content, "leaf": leaf, "action": action.NAME, "at": at, "cause": cause, **looked_for}
    session.unwritten[ENTRIES].append(row)
    for level, number, root in head.tree.append(leaf):
        session.unwritten[SUBTREES].append({"letter_id": letter_id, "level": level, "number": number, "root": root})
    return sequence


def _note_act(session: Transaction, letter_id: str, action: str, sequence: int) -> None:
    """Let the mails of this transaction belong to an act; not to what comes along with one."""
    if action in COME_ALONG:
        _acts(session).setdefault(letter_id, sequence)
    else:
        _acts(session)[letter_id] = sequence


def _check_size(action: str, size: int, most: int) -> None:
    """Raise `EntryTooLargeError` for more bytes than the verifier reads."""
    if size > most:
        raise EntryTooLargeError(action, size, most)


@event.listens_for(Transaction, "before_commit")
def sign_all(session: Transaction) -> None:
    """Sign one checkpoint for each letter whose log has grown, and write what the log is now."""
    heads = _heads(session)
    for head in heads.values():
        if head.is_unsigned:
            _sign(session, head, session.settings.history_seed())
        if head.has_grown:
            _write_head(session, head)
    heads.clear()
    _acts(session).clear()


def _sign(session: Transaction, head: Head, *seeds: bytes) -> None:
    """Sign the log as it is, by the one key that signs it, or by two where one follows the other."""
    name, size = log_name(head.vkey), head.tree.size
    signed = merkle.Checkpoint(f"{name}/letters/{head.letter_id}", size, head.tree.root())
    note = merkle.sign_note(signed.to_text(), name, *seeds)
    session.unwritten[CHECKPOINTS].append({"letter_id": head.letter_id, "size": size, "note": note})
    head.signed = size


def _write_head(session: Transaction, head: Head) -> None:
    session.flush()
    frontier = [root.hex() for root in head.tree.frontier]
    values = {"vkey": head.vkey, "size": head.tree.size, "frontier": frontier, "last_at": head.last_at}
    if head.is_new:
        session.execute(insert(HEADS).values(letter_id=head.letter_id, **values))
    else:
        session.connection().execute(_GROWN, [{"of": head.letter_id, **values}])


def origin(settings: Settings, letter_id: str) -> str:
    """Return the name that the log of a letter gets when it is begun now, as its checkpoints state it."""
    return f"{settings.host}/letters/{letter_id}"


def commitment(salt: bytes, payload: dict[str, Any]) -> str:
    """Return the salted commitment to personal data, as an entry holds it (hex SHA-256)."""
    return _commitment(salt, canonical.dumps(payload))


def _commitment(salt: bytes, payload: bytes) -> str:
    return hashlib.sha256(COMMITMENT + salt + payload).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is read back."""

    sequence: int
    at: datetime
    role: str
    actor: str
    action: str
    about: dict[str, Any]
    commits: bool
    """It commits to personal data too."""

    @classmethod
    def read(cls, sequence: int, fields: dict[str, Any]) -> Entry:
        """Read an entry's JSON; raises KeyError, TypeError or ValueError where it is none."""
        return cls(
            sequence=sequence,
            at=datetime.fromisoformat(fields["at"]),
            role=fields["actor"]["role"],
            actor=fields["actor"]["id"],
            action=fields["action"],
            about=fields["about"],
            commits="commitment" in fields,
        )


def entries(session: Transaction, letter_id: str) -> list[Entry]:
    """Return a letter's entries in order."""
    rows = session.execute(
        select(LogEntry.sequence, LogEntry.entry).where(LogEntry.letter_id == letter_id).order_by(LogEntry.sequence)
    )
    return [Entry.read(sequence, json.loads(entry)) for sequence, entry in rows]


def entries_at(session: Transaction, letter_id: str, sequences: Sequence[int]) -> dict[int, Entry]:
    """Return some of a letter's entries by their numbers."""
    query = select(LogEntry.sequence, LogEntry.entry).where(LogEntry.letter_id == letter_id)
    rows = session.execute(query.where(LogEntry.sequence.in_(sequences)))
    return {sequence: Entry.read(sequence, json.loads(entry)) for sequence, entry in rows}


def leaves(session: Transaction, letter_id: str) -> list[bytes]:
    """Return the leaf hashes of a letter's log in order."""
    query = select(LogEntry.leaf).where(LogEntry.letter_id == letter_id).order_by(LogEntry.sequence)
    return list(session.scalars(query))


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
    changes = [entry for entry in entries(session, letter_id) if entry.action == KeyChanged.NAME]
    return next((str(one.about["from"]) for one in changes if size <= one.sequence), head.vkey)


def own_vkey(session: Transaction, letter_id: str) -> str:
    """Return the key at hand as the one of a letter's log: what is checked under it, the tables cannot vouch for."""
    settings = session.settings
    return merkle.verifier_key(log_name(vkey_of(session, letter_id)), settings.history_seed())


def log_name(vkey: str) -> str:
    """Return the name of the log that a key signs."""
    return vkey.partition("+")[0]
