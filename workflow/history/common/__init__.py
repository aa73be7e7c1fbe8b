"""
The common log: one log over all letters, whose entries are the hashes of their checkpoints.

`sequencer` reads again what letters have grown by and appends; `signer` reads again what was appended and signs heads;
`reading` gives heads and proofs; `tiles` is what the public reads; `whole` checks all of it.
"""

from workflow.history.common.reading import (
    Proof,
    consistency,
    head_at,
    name_of,
    newest,
    newest_size,
    own_vkey,
    proof,
    vkey_of,
)
from workflow.history.common.sequencer import misfits
from workflow.history.common.signer import change_key, go_on_from_here, sequence, sign, why_not
from workflow.history.common.whole import check

__all__ = [
    "Proof",
    "change_key",
    "check",
    "consistency",
    "go_on_from_here",
    "head_at",
    "misfits",
    "name_of",
    "newest",
    "newest_size",
    "own_vkey",
    "proof",
    "sequence",
    "sign",
    "vkey_of",
    "why_not",
]
