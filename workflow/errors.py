"""
What can go wrong, one class for each kind: its docstring says what has happened, its message what to do about it.

Pure. A mail's own errors are in `emails.errors`. The verifier has its own, for it ships alone, and so has
`documents.drawing`, which runs as a script.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflow.languages import Message, Words

MOST_SAID = 36
"""How many sentences somebody is told at once."""


def the_first(sentences: Sequence[str]) -> tuple[str, ...]:
    """Return sentences as somebody is told them: the first three dozens, and how many more there are."""
    more = len(sentences) - MOST_SAID
    return (*sentences[:MOST_SAID], f"… and {more:,} more.") if more > 0 else tuple(sentences)


# --- what somebody asked for -----------------------------------------------------------------------------------------


class RefusedError(Exception):
    """An act that may not be done now, or not with what was typed; `reasons` says why, in sentences for who asked."""

    def __init__(self, *reasons: Words) -> None:
        super().__init__(*reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        return " ".join(map(str, self.reasons))


class InputError(RefusedError):
    """Something typed cannot be taken; `fields` says why by the name of the field, `reasons` also what has none."""

    def __init__(self, *reasons: Words, **fields: Words) -> None:
        super().__init__(*reasons, *fields.values())
        self.fields = fields


class CodeNeededError(RefusedError):
    """Nothing is missing for an act but the six digits by mail: they are asked for next."""


class SupersededError(RefusedError):
    """The text has changed since the page was opened; nothing was decided."""


class AnsweredError(RefusedError):
    """Another contact of the organisation has answered since the page was opened; nothing was decided."""


class EntryTooLargeError(RefusedError):
    """More than an entry, or what it commits to, can hold: the verifier would not take the evidence."""

    def __init__(self, action: str, size: int, most: int) -> None:
        super().__init__(f"This would take {size} bytes in the history; the limit is {most} ({action}). Write less.")


class ConflictError(Exception):
    """Somebody else has changed the letter in the meantime; the sentence says what was kept."""


class NotFoundError(LookupError):
    """There is no such thing, or the one who asks may not see it."""


# --- what somebody brought along -------------------------------------------------------------------------------------


class IncomingError(ValueError):
    """The file cannot be taken in; each of `sentences` says what is wrong, where, and what to do."""

    def __init__(self, *sentences: Words) -> None:
        super().__init__(*sentences)
        self.sentences = sentences

    def __str__(self) -> str:
        return "\n".join(map(str, self.sentences))


class LetterheadError(ValueError):
    """An upload that cannot be a letterhead; the sentence says why, and what to do."""


class PictureError(ValueError):
    """An upload that cannot be a logo or a signature; the sentence says why, and what to do."""


class WordingError(ValueError):
    """The words cannot be replaced; `why` says why, and what to do."""

    def __init__(self, why: Message) -> None:
        super().__init__(str(why))
        self.why = why


# --- what the instance cannot do -------------------------------------------------------------------------------------


class UnavailableError(Exception):
    """The instance cannot serve just now; nothing was changed. The sentence is for whoever runs it."""


class MisconfiguredError(UnavailableError):
    """It will not serve either when it is asked again: a person has to mend something first."""


class WrongKeyError(MisconfiguredError):
    """A key at hand is not the one that this database was written with."""


class OtherSecretError(RuntimeError):
    """A stored mail cannot be read any more: the secret is another one than when it was made."""


class LinkSecretChangedError(RuntimeError):
    """The secret that makes links is another one than when this link was made; the invitation must be sent again."""


class NotCountedError(Exception):
    """The database was busy, full or read-only: this once nothing was counted, and nobody waits for it."""


class PdfError(RuntimeError):
    """No PDF was made. The Word document is not touched by that."""


class PdfNotReadyError(RuntimeError):
    """The PDF is being made, or others are; it can be asked for again in a moment."""


class ReadingBusyError(RuntimeError):
    """So many documents are being read that this one would have to wait; it can be sent again in a moment."""


class RoundTripError(RuntimeError):
    """The document does not say what it should; it must not be stored or sent."""


# --- what would break the record -------------------------------------------------------------------------------------


class ProofError(ValueError):
    """A proof, a note or a checkpoint that does not hold; the sentence says what is wrong."""


class NotAsSignedError(Exception):
    """What is stored of a log is not what was signed of it; the sentence says what, and where."""


class GuardedStateError(RuntimeError):
    """A state column was assigned outside its machine. Use `history.advance`."""


class NotLockedError(RuntimeError):
    """Something of a letter was changed without its row being locked first (`models.lock_letter`)."""
