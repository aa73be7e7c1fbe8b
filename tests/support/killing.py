"""Ends a process at a step of sequencing and signing; it imports little, for each kill begins a process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from workflow.database import Database
from workflow.history import common
from workflow.history.common import sequencer, signer, state


def _before(module, name):
    return lambda: setattr(module, name, _die)


def _after(module, name):
    done = getattr(module, name)

    def then_die(*given, **named):
        done(*given, **named)
        _die()

    return lambda: setattr(module, name, then_die)


def _die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)


STEPS = {
    "a letter was read again": _before(sequencer, "_append"),
    "its hash was appended, and is not committed": _after(sequencer, "_write"),
    "what was appended is committed": _before(signer, "sign"),
    "it was read again": _after(signer, "read_again"),
    "the head was signed, and is nowhere": _before(signer, "_keep"),
    "it stands in a file under another name": _before(Path, "replace"),
    "the file has its name, and the disk may not know": _before(state, "_sync"),
    "it is kept, and not in the database": _after(state, "remember"),
    "it is in the database, and not committed": _after(signer, "_keep"),
    "all is done": _after(signer, "sign"),
}


def killed(settings, step: str) -> None:
    """Sequence until a step, and be killed there."""
    STEPS[step]()
    common.sequence(Database(settings))
