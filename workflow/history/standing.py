"""Where a letter stands in the log over all letters, as its evidence takes it along: heads, proofs, time stamps."""

from __future__ import annotations

import base64
import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select

from workflow import canonical
from workflow.errors import ProofError
from workflow.history import common
from workflow.history.common.reading import place
from workflow.history.proofs import root_in
from workflow.models import CommonCheckpoint, CommonEntry, Delivery, HeadWitness
from workflow.transaction import Transaction

HEAD, PLACE, EARLIER = "common/checkpoint.txt", "common/letter.tlog-proof", "common/consistency.jsonl"
TIMESTAMP = "timestamp"
NEVER = datetime.max.replace(tzinfo=UTC)
MOST_EARLIER = 1000
"""So many heads that went out with a letter's emails are proved to be continued, the newest first."""


@dataclass(slots=True)
class Standing:
    """What evidence says of the log over all letters: its files, and the letter's own checkpoints that they prove."""

    files: dict[str, bytes] = field(default_factory=dict)
    sizes: set[int] = field(default_factory=set)
    fault: str = ""
    """What does not fit in what is stored; without the proof that is due the evidence is not valid."""


def standing(session: Transaction, letter_id: str, steps: Iterable[int] = ()) -> Standing:
    """
    Return where a letter stands under the newest head; nothing where it is in the log over all letters not yet.

    `steps` are sizes of the letter's log: of each the first time stamp over it goes along. Emails carry heads: of those
    that went out with this letter's it is shown that the newest continues them.
    """
    found = Standing()
    note = common.newest(session)
    if (
        not note
        or session.scalar(select(CommonEntry.position).where(CommonEntry.letter_id == letter_id).limit(1)) is None
    ):
        return found
    try:
        own = common.proof(session, letter_id)
    except ProofError as error:
        found.fault = str(error)
        found.files[HEAD] = note.encode()
        return found
    if own is not None:
        found.files |= {HEAD: note.encode(), PLACE: own.proof.encode()}
        found.sizes.add(own.size)
        stamped(session, letter_id, sorted(steps), found)
    return found


def continued(session: Transaction, letter_id: str, reached: int) -> bytes:
    """
    Show that the head of `reached` entries continues those that this letter's emails have carried: one a line.

    Of each it is also shown which of the letter's checkpoints it holds: without one it says nothing of this letter.
    """
    lines = []
    for size, note in _mailed(session, letter_id, reached):
        root = root_in(note)
        line = {"path": _listed(common.consistency(session, size, reached)), "root": _text(root), "size": size}
        if (own := place(session, letter_id, size, root)) is not None:
            line |= {"entries": own.size, "index": own.position, "place": _listed(own.path)}
        lines.append(canonical.dumps(line) + b"\n")
    return b"".join(lines)


def _listed(hashes: Iterable[bytes]) -> list[str]:
    return [_text(one) for one in hashes]


def _text(one: bytes) -> str:
    return base64.b64encode(one).decode()


def _mailed(session: Transaction, letter_id: str, reached: int) -> list[tuple[int, str]]:
    """The heads that were the newest while an email of this letter was under way."""
    query = select(CommonCheckpoint.size, CommonCheckpoint.at, CommonCheckpoint.note)
    heads = session.execute(query.where(CommonCheckpoint.size < reached).order_by(CommonCheckpoint.size)).all()
    since = [head.at for head in heads]
    under_way = select(Delivery.queued_at, Delivery.settled_at).where(Delivery.letter_id == letter_id)
    under_way = under_way.where(~Delivery.is_cancelled)
    carried: set[int] = set()
    for begun, ended in _joined((begun, ended or NEVER) for begun, ended in session.execute(under_way)):
        carried.update(range(max(bisect.bisect_right(since, begun) - 1, 0), bisect.bisect_right(since, ended)))
    return [(heads[place].size, heads[place].note) for place in sorted(carried)[-MOST_EARLIER:]]


def _joined(times: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Times that overlap, as one."""
    joined: list[tuple[datetime, datetime]] = []
    for begun, ended in sorted(times):
        if joined and begun <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ended))
        else:
            joined.append((begun, ended))
    return joined


def stamped(session: Transaction, letter_id: str, steps: list[int], found: Standing) -> None:
    """
    Take the first time stamp over each step along: of which head it is, and the letter's checkpoint in that.

    `steps` are sizes of the letter's log, in order. Raises ProofError where what is stored does not fit
    what was signed.
    """
    given = select(HeadWitness.size, HeadWitness.content).where(HeadWitness.kind == TIMESTAMP)
    stamps = {size: bytes(content) for size, content in session.execute(given.order_by(HeadWitness.witness.desc()))}
    own = select(CommonEntry.position, CommonEntry.size).where(CommonEntry.letter_id == letter_id)
    placed = session.execute(own.order_by(CommonEntry.position)).all()
    if not stamps or not placed:
        return
    sizes, positions, heads = [one.size for one in placed], [one.position for one in placed], sorted(stamps)
    for step in steps:
        place = bisect.bisect_left(sizes, step)
        first = bisect.bisect_right(heads, positions[place]) if place < len(placed) else len(heads)
        if first == len(heads) or f"stamps/{heads[first]}.tsr" in found.files:
            continue
        proved = common.proof(session, letter_id, heads[first])
        if proved is not None:
            found.files[f"stamps/{heads[first]}.tsr"] = stamps[heads[first]]
            found.files[f"stamps/{heads[first]}.tlog-proof"] = proved.proof.encode()
            found.sizes.add(proved.size)
