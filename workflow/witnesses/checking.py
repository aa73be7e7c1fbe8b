"""What is kept of those outside, against the heads that it is to be of: what was made or changed by hand is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from workflow import merkle
from workflow.history.common.reading import text_of
from workflow.models import CommonCheckpoint, HeadWitness
from workflow.transaction import Transaction
from workflow.verify.der import read_certificates
from workflow.verify.report import InputError, VerificationError
from workflow.verify.witnessed import check_cosignatures, check_timestamp
from workflow.witnesses.seen import COSIGNATURE, FILE, TIME_STAMP


def check(session: Transaction) -> Iterator[str]:
    """
    Say of which heads the signature of a witness, or the time stamp, is not one.

    Of a witness that is not set any more, and of a stamp without roots, only what needs no key is checked.
    """
    settings = session.settings
    keys = {vkey.partition("+")[0]: vkey for _, vkey in settings.witness_pairs}
    roots = read_certificates(settings.time_stamps_roots.read_bytes()) if settings.time_stamps_roots else []
    query = select(HeadWitness.size, HeadWitness.witness, HeadWitness.kind, HeadWitness.content, CommonCheckpoint.note)
    query = query.outerjoin(CommonCheckpoint, CommonCheckpoint.size == HeadWitness.size)
    for size, witness, kind, content, note in session.execute(query.order_by(HeadWitness.size, HeadWitness.witness)):
        which = f"head_witnesses {size} {witness}"
        if note is None:
            yield f"{which}: no head of this size is stored."
            continue
        try:
            _check(
                kind, bytes(content), str(note), keys.get(witness), roots if witness == settings.time_stamps_url else []
            )
        except (VerificationError, InputError, ValueError) as error:
            yield f"{which}: content is not what was answered: {error}."


def _check(kind: str, content: bytes, note: str, vkey: str | None, roots: Sequence[bytes]) -> None:
    if kind == TIME_STAMP:
        stamp = check_timestamp(content, text_of(note).encode(), roots)
        if roots and not stamp.is_checked:
            raise VerificationError(stamp.how_checked)
    elif kind == COSIGNATURE:
        found = check_cosignatures(note + content.decode(), [vkey] if vkey else [], merkle.is_signed)
        if vkey and not found:
            raise VerificationError("it is not a signature of this witness")
    elif kind != FILE:
        raise VerificationError(f"kind is none that is known: {kind[:20]}")
