"""The mails as the entries tell them: what was never queued was never sent, and a letter to an office is sent once."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.verify.entries import Entry

TAKES_UP = ("queued", "deferred", "sending", "handed_over")
"""Where a mail is until it is answered; for those that are not sent once, the entries tell the first two alone."""

MAIL_STEPS = {
    "claim": (("queued", "deferred"), "sending"),
    "hand_over": (("sending",), "handed_over"),
    "accept": (("handed_over", "uncertain"), "accepted"),
    "defer": (("sending", "handed_over"), "deferred"),
    "reject": (("sending", "handed_over"), "rejected"),
    "lose": (("handed_over",), "uncertain"),
    "requeue": (("uncertain",), "queued"),
    "bounce": (("accepted", "uncertain"), "bounced"),
    "unbounce": (("bounced",), "accepted"),
    "cancel": (("queued", "deferred"), "cancelled"),
}
"""Each step of a mail: from where, and to where it leads."""

TO_AN_OFFICE = ("letter", "addendum", "withdrawal")
"""The kinds that are sent once: each of their steps is an entry, and only a person has one sent again."""


class Mails:
    """Reads the entries in order, and says which step of a mail cannot have been."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._states: dict[str, str] = {}
        self._offered: dict[str, object] = {}
        """The SHA-256 of the bytes that were offered, by mail."""

    def apply(self, entry: Entry) -> Iterator[str]:
        """Take one entry."""
        thing, _, trigger = entry.action.partition(".")
        mail, kind = str(entry.about.get("delivery")), str(entry.about.get("kind"))
        if thing != "delivery" or (trigger != "queued" and trigger not in MAIL_STEPS):
            return
        said = f"Entry {entry.seq} records {entry.action}"
        if trigger == "queued":
            if mail in self._kinds:
                yield f"{said} of an email that was queued before."
            self._kinds[mail], self._states[mail] = kind, "queued"
        elif mail not in self._kinds:
            yield f"{said} of an email that was never queued."
        else:
            yield from (f"{said} {fault}" for fault in self._step(entry, mail, kind, trigger))

    def _step(self, entry: Entry, mail: str, kind: str, trigger: str) -> Iterator[str]:
        state, (sources, reached) = self._states[mail], MAIL_STEPS[trigger]
        self._states[mail] = reached
        if kind != self._kinds[mail]:
            yield "under another kind than the email was queued with."
        sent_once = self._kinds[mail] in TO_AN_OFFICE
        known = state in sources or (not sent_once and state in TAKES_UP and not set(sources).isdisjoint(TAKES_UP))
        if not known:
            yield f"of an email that was {state.replace('_', ' ')}."
        if sent_once and trigger == "requeue" and entry.role == "system":
            yield "by itself: only a person has the letter sent to an office again."
        if trigger == "unbounce" and entry.role == "system":
            yield "by itself: only a person says that an email has arrived which came back."
        sent = entry.about.get("mime")
        if sent is not None and self._offered.setdefault(mail, sent) != sent:
            yield "with other bytes than were sent before."
