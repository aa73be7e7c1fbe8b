"""
The two keys of an instance against its database: another history key would fork every log, another secret would end
every link. A process that has other keys than the database knows writes nothing; a lost key is never made anew here.
"""

from __future__ import annotations

import base64
from typing import Any

from sqlalchemy import ScalarSelect, Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.settings import KeyFileError, Settings, secrets_of, seed_of
from workflow import merkle
from workflow.errors import WrongKeyError
from workflow.models import Checkpoint, InstanceKey, Link, LogHead, now
from workflow.tokens import Tokens, fingerprint, hash_token

HISTORY, SECRET = "history", "secret"
WHAT_FOR = {
    HISTORY: "Continuing under another key would fork every log.",
    SECRET: "Every emailed link depends on it.",
}


_KEYS = InstanceKey.metadata.tables["instance_keys"].c
_ON_RECORD = select(_KEYS.fingerprint).where(_KEYS.name == SECRET, _KEYS.until.is_(None))


def check(session: Session, settings: Settings) -> bool:
    """Whether both keys are on record; raises `WrongKeyError` where one at hand is missing or another. Makes none."""
    known = {row.name: row.fingerprint for row in session.scalars(_current())}
    for name, due in known.items():
        if not settings.has_key(name):
            raise WrongKeyError(
                f"The {name} key of this database ({due[:8]}) is missing. {_way_out(settings, name, due)}"
            )
        try:
            found = fingerprints(settings, name)
        except KeyFileError as error:
            raise WrongKeyError(
                f"The file of this database's {name} key ({due[:8]}) contains no key. {_way_out(settings, name, due)}"
            ) from error
        if due not in found:
            raise WrongKeyError(
                f"The {name} key at hand ({found[0][:8]}) is not the one of this database ({due[:8]}). "
                f"{WHAT_FOR[name]} {_way_out(settings, name, due)}"
            )
    return len(known) == len(WHAT_FOR)


def _current() -> Select[InstanceKey]:
    return select(InstanceKey).where(InstanceKey.until.is_(None))


def _way_out(settings: Settings, name: str, due: str = "") -> str:
    new = settings.keys / f"{name}.key.new"
    if new.exists() and due and _fingerprint(name, new.read_text().strip()) == due:
        if getattr(settings, f"{name}_key"):
            return f"It is in {new}: set UNDERSIGNED_{name.upper()}_KEY to it."
        return f"It is in {new}: mv {new} {settings.keys / f'{name}.key'}"
    return (
        f"Restore {settings.keys / f'{name}.key'} from the backup, or set UNDERSIGNED_{name.upper()}_KEY. "
        f"If it is lost for good: flask keys replace {name} --lost"
    )


def fingerprints(settings: Settings, name: str) -> list[str]:
    """Return by what the database knows a key again, of secrets all, the one that makes first; they must be at hand."""
    if name == HISTORY:
        return [_fingerprint(HISTORY, settings.history_seed().hex())]
    return [fingerprint(secret) for secret in settings.secrets()]


def _fingerprint(name: str, key: str) -> str:
    """Return that of a key as it stands in a file or a setting; of several secrets, the first."""
    return merkle.public_key(seed_of(key)).hex() if name == HISTORY else fingerprint(secrets_of(key)[0])


def put_on_record(session: Session, settings: Settings) -> None:
    """Record the keys at hand: new ones where the database is new, else those that it was written with."""
    known = {row.name for row in session.scalars(_current())}
    if HISTORY not in known:
        _take_over_logs(session, settings)
        record(session, HISTORY, fingerprints(settings, HISTORY)[0])
    if SECRET not in known:
        record(session, SECRET, _made_links(session, settings))
    check(session, settings)


def record(session: Session, name: str, found: str) -> None:
    """Make a key the one of now, unless another process was quicker."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = insert(InstanceKey).values(fingerprint=found, name=name, since=now())
    session.execute(made.on_conflict_do_nothing())
    session.flush()


def _take_over_logs(session: Session, settings: Settings) -> None:
    """Note the key that signs each log that is older than this record; all must have been signed by the one at hand."""
    query = select(LogHead, Checkpoint.note).join(
        Checkpoint, (Checkpoint.letter_id == LogHead.letter_id) & (Checkpoint.size == LogHead.size)
    )
    for head, note in session.execute(query.where(LogHead.vkey.not_like("%+%+%"))):
        if not settings.has_key(HISTORY):
            raise WrongKeyError(
                f"The history key that signed this database's logs is missing. {_way_out(settings, HISTORY)}"
            )
        name, seed = note.partition("/letters/")[0], settings.history_seed()
        # Ed25519 is deterministic: the same key signs the same words with the same bytes.
        if merkle.sign_note(note.partition("\n\n")[0] + "\n", name, seed) != note:
            raise WrongKeyError(
                f"The history key at hand is not the one that signed the log of letter {head.letter_id}. "
                f"{WHAT_FOR[HISTORY]} {_way_out(settings, HISTORY)}"
            )
        head.vkey = merkle.verifier_key(name, seed)
    session.flush()


def signer(session: Session, letter_id: str, size: int) -> str:
    """Return who signed a checkpoint as `name+id`: all that a log says of a key that nobody has any more."""
    note = session.get_one(Checkpoint, (letter_id, size)).note
    name, mark = note.rstrip("\n").rpartition("— ")[2].split(" ")
    return f"{name}+{base64.b64decode(mark)[:4].hex()}"


def _made_links(session: Session, settings: Settings) -> str:
    """Return the secret of a database that has none on record: the one that its newest link was made with."""
    newest = session.scalar(select(Link).order_by(Link.created_at.desc()).limit(1))
    if newest is None:
        return fingerprints(settings, SECRET)[0]
    if not settings.has_key(SECRET):
        raise WrongKeyError(f"The secret key that links were made with is missing. {_way_out(settings, SECRET)}")
    for secret in settings.secrets():
        if hash_token(Tokens((secret,)).links(newest.id)[0]) == newest.token_hash:
            return fingerprint(secret)
    raise WrongKeyError(
        f"The secret key at hand is not the one that links were made with. {_way_out(settings, SECRET)}"
    )


def check_signs(settings: Settings, vkey: str) -> None:
    """Raise `WrongKeyError` where a log is signed by another key than the one at hand: asked at every append."""
    name, key = vkey.partition("+")[0], settings.history_seed()
    if merkle.verifier_key(name, key) != vkey:
        raise WrongKeyError(
            "The history key at hand is not the one that signs this log: it was replaced since this process started, "
            "or lost. Start the service again."
        )


def fits(session: Session, settings: Settings, name: str) -> bool:
    """Whether the key at hand is the one on record."""
    due = session.scalar(_current().where(InstanceKey.name == name))
    try:
        return due is not None and settings.has_key(name) and due.fingerprint in fingerprints(settings, name)
    except KeyFileError:
        return False


def is_on_record(session: Session, name: str, key: str) -> bool:
    """Whether a key is, or once was, one of this database."""
    return session.get(InstanceKey, _fingerprint(name, key)) is not None


def on_record() -> ScalarSelect[str]:
    """Return the query for what `secret_on_record` says, to be asked together with another one."""
    return _ON_RECORD.scalar_subquery()


def secret_on_record(session: Session) -> str:
    """Return the fingerprint of the secret that what is written is made with; empty where the database knows none."""
    # Asked in every act, so it does not go through the ORM.
    return session.connection().scalar(_ON_RECORD) or ""


def has_new_secret(session: Session, settings: Settings) -> bool:
    """Whether the first secret is to take the place of the one on record, which is at hand too (`check`)."""
    first = settings.secrets()[0]
    known = session.scalars(select(InstanceKey.fingerprint).where(InstanceKey.name == SECRET)).all()
    return bool(known) and fingerprint(first) not in known


def hold(session: Session) -> None:
    """Let no key be replaced before this transaction is over: a log that it begins would not tell."""
    session.scalars(_current().with_for_update(read=True)).all()


def succeed(session: Session, name: str, key: str) -> None:
    """Put a new key on record in the place of the one before; one that was in use already would leave none."""
    before = session.scalars(_current().where(InstanceKey.name == name).with_for_update()).all()
    if is_on_record(session, name, key):
        raise WrongKeyError(f"That {name} key is, or was, one of this database: only a new one can take its place.")
    for row in before:
        row.until = now()
    session.flush()
    record(session, name, _fingerprint(name, key))


def ever(session: Session) -> list[InstanceKey]:
    """Return every key that this database was written with, oldest first."""
    return list(session.scalars(select(InstanceKey).order_by(InstanceKey.name, InstanceKey.since)))


def ever_changed(session: Session) -> bool:
    """Whether this database was ever written with another history key than the one of now."""
    query = select(InstanceKey.name).where(InstanceKey.name == HISTORY, InstanceKey.until.is_not(None))
    return session.scalar(query.limit(1)) is not None
