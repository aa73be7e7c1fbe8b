"""
The check of a letter's evidence, for `flask history verify` and, joined into one file, for evidence.zip.

Standard library only and Python 3.9 or later: it runs where nothing of this project is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow.verify.documents import letterhead_words
    from workflow.verify.report import InputError, Report, VerificationError
    from workflow.verify.verifier import verify

__all__ = ["InputError", "Report", "VerificationError", "letterhead_words", "verify"]

_PLACES = {"letterhead_words": "documents", "verify": "verifier"}


def __getattr__(name: str) -> Any:
    """Load a part when it is first asked for (PEP 562): whoever needs one part does not wait for all."""
    if name not in __all__:
        raise AttributeError(f"{__name__} has no {name}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'report')}"), name)
