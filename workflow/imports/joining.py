"""What goes on over lines or stands beside others: two pieces of one thing put together, an email address taken off."""

from __future__ import annotations

from emails.addresses import check_address
from emails.errors import HeaderError
from workflow.imports.lexicon import pattern, plain
from workflow.imports.phrases import EMAIL

_RUNS_ON = pattern(r"(?:\b«runs_on»|&)$")
_EMAIL_LABEL = pattern(r"(?:\b(?:«email_label»\s*:?|«signer_email_label»\s*:)\s*)?[<(]?$")
_AROUND_EMAIL = " ,;:<>()|–-"


def runs_on(one: str, other: str) -> bool:
    """Tell whether a piece goes on in the next: it ends with a small word, or the next begins small."""
    return other[0].islower() or ends_open(one)


def ends_open(piece: str) -> bool:
    """Tell whether a piece ends with a word that something must follow: of, et, para."""
    return bool(_RUNS_ON.search(plain(piece)))


def joined(one: str, other: str) -> str:
    """Return two pieces as one, with a comma where the first does not run on."""
    if not one or not other:
        return one or other
    return f"{one} {other}" if runs_on(one, other) else f"{one}, {other}"


def usable(address: str) -> bool:
    """Tell whether an address that stands in a text can be written to."""
    try:
        check_address(address)
    except HeaderError:
        return False
    return True


def without_email(line: str) -> tuple[str, str]:
    """Return a line without its email address and the label of it, and the address; as it is when there is none."""
    found = EMAIL.search(line)
    if not found or not usable(found[0]):
        return line, ""
    before = line[: found.start()]
    label = _EMAIL_LABEL.search(plain(before))
    kept = before[: label.start()] if label and len(plain(before)) == len(before) else before
    return f"{kept.strip(_AROUND_EMAIL)} {line[found.end() :].strip(_AROUND_EMAIL)}".strip(), found[0]
