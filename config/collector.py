"""
The garbage collector rests while modules load: none of what they make is garbage, and each pass reads all of it again.

Importing this stops it, so it is imported first; a tenth of a start was its work.
"""

from __future__ import annotations

import gc

gc.disable()


def go_on() -> None:
    """Let it collect again, but for what was loaded so far: that stays for as long as the process."""
    gc.freeze()
    gc.enable()


def come_seldom() -> None:
    """Let it leave alone what is loaded by now, for as long as the process, and come seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()
