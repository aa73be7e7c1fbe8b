"""Who of the silent is reminded by hand, as an address names them; and why others are not, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workflow.errors import NotFoundError
from workflow.languages import Words, lazy_ngettext

LEFT_OUT: Mapping[str, Callable[[int], Words]] = {
    "stopped": lambda n: lazy_ngettext("%(num)s gets no reminders", "%(num)s get no reminders", n),
    "returned": lambda n: lazy_ngettext("The email to %(num)s was returned", "The emails to %(num)s were returned", n),
    "recent": lambda n: lazy_ngettext(
        "%(num)s was reminded within the last 20 hours", "%(num)s were reminded within the last 20 hours", n
    ),
    "enough": lambda n: lazy_ngettext(
        "%(num)s was reminded five times already", "%(num)s were reminded five times already", n
    ),
    "waiting": lambda n: lazy_ngettext(
        "The last email to %(num)s has not left yet", "The last emails to %(num)s have not left yet", n
    ),
    "unreachable": lambda n: lazy_ngettext(
        "%(num)s has no link that works, or its time is over", "%(num)s have no link that works, or no time left", n
    ),
}
"""Why somebody who is silent gets no reminder now."""

ID = 32
MOST_CHOSEN = 100
"""So many ids stand in an address at most."""


def some_of(said: str) -> tuple[str, ...] | None:
    """Return the ids that an address names one after the other; None: it names nobody, which stands for all."""
    ids = tuple(said[start : start + ID] for start in range(0, len(said), ID))
    if len(ids) > MOST_CHOSEN or any(len(one) != ID for one in ids):
        raise NotFoundError("There are no such co-signers.")
    return ids or None
