"""What holds a letter's history: what was checked and when, the last verified head, and who outside has seen it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from workflow import history
from workflow.errors import ProofError
from workflow.history import checked, common
from workflow.history.checked import Checked
from workflow.models import CommonCheckpoint, HeadWitness, Letter
from workflow.transaction import Transaction

MOST_WITNESSES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody outside who has seen a head of the common log."""

    name: str
    kind: str
    """`cosignature`, `timestamp` or `file`."""
    at: datetime
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What is known of a letter's log, and of the log over all letters that its checkpoints go into."""

    known: Checked
    note: str
    """The newest checkpoint of the letter."""
    vkey: str
    covered: int
    """So many entries of the letter are in a signed head of the common log; 0: none yet."""
    head: str
    """That head."""
    head_at: datetime | None
    common_vkey: str
    witnesses: tuple[Witness, ...]
    is_broken: bool
    """The letter's checkpoint does not lead to the common log's head: the check of everything says why."""


def of(session: Transaction, letter: Letter, *, everything: bool) -> Integrity:
    """Return what is known after a look at what is new, or at everything."""
    known = (checked.look_at_everything if everything else checked.look)(session, letter.id)
    newest = history.newest_checkpoint(session, letter.id)
    try:
        proof, broken = common.proof(session, letter.id), False
    except (ProofError, ValueError, TypeError):
        proof, broken = None, True
    size = common.newest_size(session) if proof else 0
    return Integrity(
        known=known,
        note=newest.note if newest else "",
        vkey=history.vkey_of(session, letter.id),
        covered=proof.size if proof else 0,
        head=common.head_at(session, size) if proof else "",
        head_at=session.scalar(select(CommonCheckpoint.at).where(CommonCheckpoint.size == size)) if proof else None,
        common_vkey=common.vkey_of(session) if proof else "",
        witnesses=_witnesses(session) if proof else (),
        is_broken=broken,
    )


def _witnesses(session: Transaction) -> tuple[Witness, ...]:
    """Who has seen the newest head that anybody outside has seen."""
    query = select(HeadWitness).order_by(HeadWitness.size.desc(), HeadWitness.witness).limit(MOST_WITNESSES)
    found = session.scalars(query).all()
    return tuple(
        Witness(name=row.witness, kind=row.kind, at=row.at, size=row.size) for row in found if row.size == found[0].size
    )
