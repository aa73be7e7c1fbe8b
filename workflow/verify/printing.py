"""What the log tells of how a letter was printed: on which letterhead, which names withheld, which pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflow.verify.entries import Entry

BUILT_IN = {
    "plain": ("recipient", "date", "subject", "salutation", "body", "closing", "signatories"),
    "logos": ("logos", "recipient", "date", "subject", "salutation", "body", "closing", "signatories"),
    "many": ("recipient", "date", "subject", "salutation", "body", "closing", "signatories"),
}
"""The letterheads that come with the product: what stands on the page, in order, and no word of their own."""


@dataclass(frozen=True)
class Setting:
    """What held when a document was made."""

    withheld: frozenset[int]
    """The sign-offs whose organisations must not be named."""
    individuals: frozenset[int]
    """The sign-offs of people who signed in their own name."""
    corrected: Mapping[int, int]
    """Which entry says last how the signatory of a sign-off is printed, where that was corrected."""
    renamed: Mapping[int, int]
    """The same for the organisation of a sign-off that was given before its name was corrected."""
    letterhead: str
    """The SHA-256 of the letterhead with its marks; empty in evidence of before there was one."""
    name: str
    """Of a letterhead that comes with the product; empty for one of the campaign's own."""
    approved_on: tuple[str, ...] | None
    """The letterheads that the approval names."""
    chosen: Entry | None
    first_signed: Entry | None
    code: str = ""
    """By which anybody can ask whether the letter is genuine, as its approval says."""
    qr: str = ""
    """The SHA-256 of the picture of that in its footers, where they have one."""


class Printing:
    """Walks through the entries, and what they commit to, and keeps what each document was made with."""

    def __init__(self, disclosed: Mapping[int, Mapping[str, Any]]) -> None:
        self.disclosed = disclosed
        self.settings: dict[int, Setting] = {}
        self.pictures: set[str] = set()
        self.signed_by_hand: dict[str, set[int]] = {}
        self.withheld: set[Any] = set()
        self.individuals: set[str] = set()
        self.corrected: dict[int, int] = {}
        self.renamed: dict[str, int] = {}
        self.signed: dict[int, Any] = {}
        self.chosen: Entry | None = None
        self.approved_on: tuple[str, ...] | None = None
        self.code = self.qr = ""

    def apply(self, entry: Entry) -> None:
        """Take one entry."""
        about = entry.about
        if entry.action == "invitation.placed":
            hold = self.withheld.add if about.get("confidential") is True else self.withheld.discard
            hold(str(about.get("invitation")))
        elif entry.action == "invitation.created":
            if about.get("individual") is True:
                self.individuals.add(str(about.get("invitation")))
        elif entry.action in ("invitation.sign", "invitation.stay", "invitation.fulfil"):
            self.signed[entry.seq] = (str(about.get("invitation")), entry)
            if entry.action == "invitation.stay" and type(about.get("follows")) is int:
                self._sign_like(about["follows"], entry.seq)
        elif entry.action == "organisation.logo":
            # In the entry itself in older records; since then committed to, for it can name an organisation.
            self.pictures.add(str(about.get("png") or self.disclosed.get(entry.seq, {}).get("png")))
        elif entry.action == "signoff.corrected" and type(about.get("signoff")) is int:
            self.corrected[about["signoff"]] = entry.seq
        elif entry.action == "organisation.renamed":
            self.renamed[str(about.get("invitation"))] = entry.seq
        elif entry.action == "signoff.image" and type(about.get("signoff")) is int:
            self.signed_by_hand.setdefault(str(about.get("png")), set()).add(about["signoff"])
        elif entry.action == "paper.chosen":
            before = self.chosen.about.get("letterhead") if self.chosen else None
            self.chosen = self.chosen if before == about.get("letterhead") else entry
        elif entry.action == "letter.approve":
            named = about.get("letterheads")
            self.approved_on = tuple(map(str, named)) if isinstance(named, list) else None
            self.code, self.qr = str(about.get("code") or ""), str(about.get("qr") or "")
        elif entry.action in ("document.rendered", "addendum.made"):
            self.settings[entry.seq] = self._setting(about)

    def _sign_like(self, by_hand: int, stay: int) -> None:
        """Whoever stays by silence is printed with the image of the signature that it gave by hand."""
        for signed in self.signed_by_hand.values():
            if by_hand in signed:
                signed.add(stay)

    def _setting(self, about: dict[str, Any]) -> Setting:
        paper, signoffs = about.get("paper"), about.get("signoffs")
        name = str(paper[0]) if isinstance(paper, list) and paper else "plain"
        printed = signoffs if isinstance(signoffs, list) else []
        of = {seq: self.signed.get(seq, ("", 0))[0] for seq in printed if type(seq) is int}
        return Setting(
            frozenset(seq for seq, invitation in of.items() if invitation in self.withheld),
            frozenset(seq for seq, invitation in of.items() if invitation in self.individuals),
            {seq: self.corrected[seq] for seq in of if seq in self.corrected},
            {seq: self.renamed[one] for seq, one in of.items() if self.renamed.get(one, -1) > seq},
            str(about.get("letterhead") or ""),
            name if name in BUILT_IN else "",
            self.approved_on,
            self.chosen if self.chosen and self.chosen.about.get("letterhead") == name else None,
            next((entry for _, entry in self.signed.values()), None),
            self.code,
            self.qr,
        )
