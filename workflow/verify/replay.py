"""The letter's life as its entries tell it: whose sign-off counted when, what was printed and what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.verify.afterwards import Afterwards
from workflow.verify.conditions import Conditions
from workflow.verify.corrections import is_small
from workflow.verify.deadlines import Deadlines
from workflow.verify.entries import Entry
from workflow.verify.erased import Erased
from workflow.verify.four_eyes import FourEyes
from workflow.verify.machines import BEFORE_APPROVAL, BEFORE_DISPATCH, MOVES, ONLY_WHILE, PASSED_OVER, REACHED
from workflow.verify.mails import Mails
from workflow.verify.persons import same_person
from workflow.verify.report import Report, VerificationError
from workflow.verify.silence import Silence, faults, later

ASKING = ("invitation", "sign_off", "revised")
"""The emails that bring an organisation its link."""

HOW = {"invitation.stay": "not objected", "invitation.fulfil": "agreed to before"}
"""How a sign-off came about, where nobody gave it with the text before their eyes."""


@dataclass
class Invitation:
    """Where one organisation stands: its state, the sign-offs that stand by digest, and the last entry about it."""

    created: int = -1
    state: str = "invited"
    standing: dict[str, int] = field(default_factory=dict)
    asked_anew: int = -1
    """The entry by which it was invited again last: what it signed before waits for no confirmation."""
    last: Entry | None = None
    individual: bool = False
    required: bool = False
    """The letter may not go without it, unless its invitation is revoked or removed."""
    asked: bool = False
    """It was written to, and can be removed no more."""
    by_hand: bool = False
    """A coordinator has given it its contact after it was written to."""


class Replay:
    """Walks through the entries as the letter lived them, and says where they break the rules of sign-off."""

    WHOLE = True
    """All entries of the letter are here."""

    def __init__(
        self, disclosed: Mapping[int, dict[str, Any]], texts: Mapping[str, dict[str, Any]], report: Report
    ) -> None:
        self.disclosed, self.texts, self.report = disclosed, texts, report
        self.state, self.digest = "drafting", ""
        self.erased = Erased()
        self.silence = Silence()
        self.conditions = Conditions(self.WHOLE)
        self.four_eyes = FourEyes()
        self.mails = Mails()
        self.deadlines = Deadlines()
        self.afterwards = Afterwards(self.WHOLE)
        self.opened: Entry | None = None
        self._small: dict[tuple[str, str], bool] = {}
        self.invitations: dict[str, Invitation] = {}
        self.signoffs: dict[int, Entry] = {}
        self.renderings: list[Entry] = []
        self.dispatched: list[str] = []
        self.on_letter: dict[str, set[int]] | None = None
        self.carried: dict[str, str] = {}
        self.accepted: set[str] = set()
        self.offices: dict[str, str] = {}
        self.sent_to: list[tuple[int, str]] = []
        self.reworded: dict[str, int] = {}
        self.minimum = 0

    def apply(self, entry: Entry) -> None:
        """Take one entry."""
        if self.state not in ONLY_WHILE.get(entry.action, (self.state,)):
            self._wrong(f"Entry {entry.seq} records {entry.action} while the letter was {self.state}.")
        self._agreements(entry)
        subject, _, trigger = entry.action.partition(".")
        telling = {
            "letter.created": self._addressed,
            "letter.edited": self._addressed,
            "recipient.addressed": self._addressed,
            "revision.frozen": self._frozen,
            "invitation.created": self._invited,
            "invitation.corrected": self._known_anew,
            "invitation.removed": self._removed,
            "document.rendered": self._rendered,
            "letter.dispatch": self._dispatched,
            "letter.confirm": self._confirmed,
            "letter.approve": self._approved,
            "campaign.terms": self._terms,
            "delivery.queued": self._queued,
            "delivery.accept": self._accepted,
            "signoff.corrected": self._corrected,
            "organisation.renamed": self._renamed,
        }.get(entry.action, self._answered if subject == "invitation" else self._pass_over)
        try:
            self.report.invalid.extend(self.afterwards.apply(entry, self.state, self._on_letter()))
            telling(entry)
        except VerificationError as fault:
            self._wrong(str(fault))
        if subject == "letter" and trigger in MOVES:
            self.state = MOVES[trigger][1]
        if entry.action == "letter.open_sign_off":
            self.opened = entry
        self.silence.apply(entry)
        self.report.invalid.extend(self.mails.apply(entry))
        self.report.invalid.extend(self.deadlines.apply(entry))

    def _agreements(self, entry: Entry) -> None:
        """Hold an entry against what was agreed to before it was there, and a sign-off by that against its words."""
        asked = self.invitations.get(str(entry.about.get("invitation")))
        where = (self.state, asked.state if asked else "")
        self.report.invalid.extend(self.conditions.apply(entry, *where))
        self.report.invalid.extend(self.four_eyes.apply(entry, *where, self.disclosed.get(entry.seq, {})))
        for action, before in (("invitation.fulfil", "follows"), ("invitation.sign", "proposal")):
            if entry.action == action:
                self._same_words(entry, entry.about.get(before))

    def _same_words(self, entry: Entry, before: object) -> None:
        """What counts prints the name and the title to which somebody agreed, or which somebody proposed."""
        agreed = self.disclosed.get(before, {}) if type(before) is int else {}
        counts = self.disclosed.get(entry.seq, {})
        if agreed and counts and any(agreed.get(part) != counts.get(part) for part in ("name", "title")):
            self._wrong(f"The sign-off in {self.name(entry.seq)} names another person than entry {before} did.")

    def _on_letter(self) -> dict[str, set[int]]:
        """The sign-offs that the letter prints which was sent, by invitation."""
        if not self.dispatched or self.on_letter is not None:
            return self.on_letter or {}
        sent = [rendered for rendered in self.renderings if rendered.about.get("docx") in self.dispatched]
        self.on_letter = {}
        for seq in {seq for rendered in sent for seq in rendered.about["signoffs"]}:
            if seq in self.signoffs:
                self.on_letter.setdefault(str(self.signoffs[seq].about["invitation"]), set()).add(seq)
        return self.on_letter

    def name(self, seq: int) -> str:
        """Name a sign-off: its entry, and who signed where that is disclosed."""
        who = self.disclosed.get(seq, {})
        shown = ", ".join(str(who[key]) for key in ("name", "organisation") if who.get(key))
        shown = "name erased" if not shown and seq in self.erased.openings else shown
        return f"entry {seq} ({shown})" if shown else f"entry {seq}"

    def counting(self, digest: str) -> set[int]:
        """The sign-offs that count for a text at this moment."""
        return {i.standing[digest] for i in self.invitations.values() if i.state == "signed" and digest in i.standing}

    def _wrong(self, sentence: str) -> None:
        self.report.invalid.append(sentence)

    def _pass_over(self, entry: Entry) -> None:
        if entry.action not in PASSED_OVER:
            self.report.remarks.append(
                f"Entry {entry.seq} records {entry.action}, which this verifier does not know: take a newer one."
            )

    def _addressed(self, entry: Entry) -> None:
        """Take the addresses of the offices: committed to under their recipients' ids, or alone for one recipient."""
        shown = self.disclosed.get(entry.seq, {})
        terms = entry.about.get("terms")
        if isinstance(terms, dict) and type(terms.get("minimum")) is int:
            self.minimum = terms["minimum"]
        if entry.action == "letter.edited" and "date" not in entry.about:
            self.offices.clear()  # Older entries are silent on the addresses that an edit set.
        named = entry.about.get("recipients") or [entry.about.get("recipient")]
        for recipient in named if isinstance(named, list) else []:
            address = shown.get(recipient, shown.get("email")) if isinstance(recipient, str) else None
            if isinstance(address, str):
                self.offices[str(recipient)] = address

    def _terms(self, entry: Entry) -> None:
        minimum = entry.about.get("minimum")
        self.minimum = minimum if type(minimum) is int else self.minimum

    def _approved(self, entry: Entry) -> None:
        """A letter is approved with as many organisations as its terms ask for, besides people in their own name."""
        organisations = sum(
            one.state == "signed" and self.digest in one.standing and not one.individual
            for one in self.invitations.values()
        )
        if entry.about.get("signed", organisations) != organisations:
            self._wrong(f"Entry {entry.seq} says that {entry.about['signed']} have signed; {organisations} have.")
        if organisations < self.minimum:
            self._wrong(f"Entry {entry.seq} approves the letter with {organisations} of at least {self.minimum}.")
        self._with_required(entry)

    def _with_required(self, entry: Entry) -> None:
        """Neither is a letter approved without a required organisation, nor does it leave."""
        for one in self.invitations.values():
            signed = one.state == "signed" and self.digest in one.standing
            if one.required and not signed and one.state not in ("revoked", "removed"):
                self._wrong(
                    f"Entry {entry.seq} records {entry.action} while the organisation of {self.name(one.created)}, "
                    "which is required, had not signed."
                )

    def _frozen(self, entry: Entry) -> None:
        self.digest = entry.says("digest")

    def _invited(self, entry: Entry) -> None:
        individual, required = (entry.about.get(name) is True for name in ("individual", "required"))
        invited = Invitation(entry.seq, last=entry, individual=individual, required=required)
        if self.invitations.setdefault(entry.says("invitation"), invited) is not invited:
            self._wrong(f"Entry {entry.seq} creates an invitation that there was before.")

    def _invitation(self, entry: Entry) -> Invitation:
        """The invitation that an entry is about. Raises VerificationError where there was none."""
        invitation = self.invitations.get(entry.says("invitation"))
        if invitation is None:
            raise VerificationError(
                f"Entry {entry.seq} ({entry.action}) is about an invitation that was never created."
            )
        return invitation

    def _known_anew(self, entry: Entry) -> None:
        self._invitation(entry).required = entry.about.get("required") is True

    def _removed(self, entry: Entry) -> None:
        """An organisation may be taken off the list until it is written to."""
        invitation = self._invitation(entry)
        if invitation.asked or invitation.state != "invited":
            self._wrong(f"Entry {entry.seq} records {entry.action} of an organisation that had been written to.")
        invitation.state = "removed"

    def _answered(self, entry: Entry) -> None:
        invitation = self._invitation(entry)
        trigger = entry.action.partition(".")[2]
        self._step(entry, trigger, invitation)
        if trigger in ("sign", "stay", "fulfil"):
            self._sign(entry, invitation)
        if trigger == "stay":
            self._stay(entry, invitation)
        if trigger == "retract" or (trigger == "retract_late" and entry.about.get("printed") is not True):
            invitation.standing.clear()
        if trigger == "reinvite":
            invitation.asked_anew = entry.seq
        if trigger in ("contact", "handed_over"):
            invitation.by_hand = trigger == "contact" and entry.about.get("invited") is True
        if trigger in REACHED:
            invitation.state, invitation.last = REACHED[trigger][1], entry

    def _step(self, entry: Entry, trigger: str, invitation: Invitation) -> None:
        """Hold a step against where the invitation is, and what it says of the sign-offs against those there are."""
        said = f"Entry {entry.seq} records {entry.action}"
        if trigger == "sign" and invitation.state == "lapsed" and entry.about.get("late") is not True:
            self._wrong(f"{said} while the invitation was lapsed.")
        if trigger in REACHED and invitation.state not in REACHED[trigger][0]:
            self._wrong(f"{said} while the invitation was {invitation.state}.")
        if trigger == "revive" and not any(seq > invitation.asked_anew for seq in invitation.standing.values()):
            self._wrong(f"{said}, and no sign-off of that organisation was left to confirm.")
        if trigger == "sign" and invitation.by_hand and entry.about.get("contact_by_hand") is not True:
            self._wrong(f"{said}, and does not say that a coordinator had changed its contact before.")
        if trigger in ("supersede", "restore"):
            stands = entry.says("digest") in invitation.standing
            if entry.about["digest"] != self.digest or stands != (trigger == "restore"):
                does = "stands" if stands else "does not stand"
                self._wrong(f"{said}, and the sign-off of that organisation {does} for text {self.digest[:12]}.")

    def _sign(self, entry: Entry, invitation: Invitation) -> None:
        digest = entry.says("digest")
        if entry.action in ("invitation.sign", "invitation.fulfil"):
            self._end_silence(invitation)
        self.signoffs[entry.seq] = entry
        invitation.standing[digest] = entry.seq
        if digest != self.digest:
            before = self.digest[:12] or "no text"
            self._wrong(
                f"The sign-off in {self.name(entry.seq)} is for text {digest[:12]}; before the co-signers was {before}."
            )

    def _end_silence(self, invitation: Invitation) -> None:
        """A new sign-off by hand ends what silence has kept of an earlier one."""
        kept = {digest: seq for digest, seq in invitation.standing.items() if "told" not in self.signoffs[seq].about}
        invitation.standing = kept

    def _stay(self, entry: Entry, invitation: Invitation) -> None:
        """Silence counts for a small correction of what the organisation itself signed, after the time it agreed to."""
        named = "told" in entry.about or self.silence.is_named
        found = faults(self.silence, entry, self._is_small) if named else self._unnamed(entry, invitation)
        for fault in found:
            self._wrong(f"The sign-off by silence in {self.name(entry.seq)}: {fault}.")

    def _unnamed(self, entry: Entry, invitation: Invitation) -> list[str]:
        """What one lacks that was recorded before such entries named the mail: the letter had one time to object."""
        found = []
        by_hand, opened = self._signed_by_hand(entry), self.opened
        until = str(opened.about.get("objections_until") or "") if opened else ""
        hours = by_hand.about.get("objection_hours") if by_hand else None
        if by_hand is None:
            found.append("it follows no sign-off of that organisation")
        elif type(hours) is not int or hours < 1:
            found.append("the organisation never agreed that silence counts")
        elif opened and until and later(until, 0, minutes=1) < later(opened.at, hours):
            found.append(f"the time to object was shorter than the {hours} hours that the organisation agreed to")
        if by_hand is not None and not self._is_small(by_hand.about["digest"], entry.about["digest"]):
            found.append("the text is not a small correction of the one that the organisation itself signed")
        if invitation.state != "to_confirm":
            found.append("the organisation was not asked to confirm a corrected text")
        if not until or entry.at < until:
            found.append("it was recorded before the time to object was over")
        return found

    def _signed_by_hand(self, stay: Entry) -> Entry | None:
        """The sign-off by hand that one by silence goes back to, through others by silence."""
        before: Entry | None = stay
        while before is not None and before.action == "invitation.stay":
            follows, after = before.about.get("follows"), before
            before = self.signoffs.get(follows) if type(follows) is int and follows < after.seq else None
        return before if before and before.about["invitation"] == stay.about["invitation"] else None

    def _is_small(self, old: str, new: str) -> bool:
        if (old, new) not in self._small:
            known = old in self.texts and new in self.texts
            gone = self.erased.begun is not None and not known
            if gone:
                self.report.remarks.append(
                    f"Whether text {new[:12]} is a small correction of {old[:12]} cannot be told any more: "
                    "a text of the two was erased."
                )
            self._small[old, new] = gone or (known and is_small(self.texts[old], self.texts[new]))
        return self._small[old, new]

    def _rendered(self, entry: Entry) -> None:
        digest, printed, _ = entry.says("digest"), entry.says("signoffs", list), entry.says("docx")
        if any(type(seq) is not int for seq in printed):
            raise VerificationError(f"Entry {entry.seq} does not name the sign-offs that its document prints.")
        self.renderings.append(entry)
        if len(set(printed)) != len(printed):
            self._wrong(f"The document of entry {entry.seq} prints one sign-off twice.")
        counting = self.counting(digest)
        for seq in printed:
            if seq not in counting:
                self._wrong(f"The document of entry {entry.seq} prints {self._no_sign_off(seq, digest)}")
        for seq in sorted(counting - set(printed)):
            self._wrong(f"The document of entry {entry.seq} leaves out the sign-off in {self.name(seq)}.")

    def _no_sign_off(self, seq: int, digest: str) -> str:
        """Why a printed sign-off is none: it never was, is of another text, or was taken back."""
        signed = self.signoffs.get(seq)
        if signed is None:
            return f"a sign-off that never was: entry {seq} is no sign-off before it."
        if signed.about["digest"] != digest:
            return f"the sign-off in {self.name(seq)}, which was given for another text, {signed.about['digest'][:12]}."
        last = self.invitations[signed.about["invitation"]].last
        how = f"{last.action.partition('.')[2]}, entry {last.seq}" if last else "later"
        return f"the sign-off in {self.name(seq)}, which did not stand any more ({how})."

    def _dispatched(self, entry: Entry) -> None:
        self._with_required(entry)
        self.dispatched = [str(sha256) for sha256 in entry.says("documents", list)]
        for sha256 in self.dispatched:
            made = [rendered for rendered in self.renderings if rendered.about.get("docx") == sha256]
            if not made:
                self._wrong(f"Entry {entry.seq} sends the document {sha256[:12]}, which was never rendered.")
            elif not any(self._is_current(rendered) for rendered in made):
                self._wrong(
                    f"Entry {entry.seq} sends the document {sha256[:12]}: the text or its sign-offs have changed since."
                )

    def _is_current(self, rendered: Entry) -> bool:
        known = (self.signoffs.get(seq) for seq in rendered.about["signoffs"])
        invitations = {str(signed.about["invitation"]) for signed in known if signed is not None}
        return (
            rendered.about["digest"] == self.digest
            and set(rendered.about["signoffs"]) == self.counting(self.digest)
            and not any(self.reworded.get(one, -1) > rendered.seq for one in invitations)
        )

    def _corrected(self, entry: Entry) -> None:
        """Whoever signed may correct how the name is written, until dispatch: it stays the same person's."""
        signed = self.signoffs.get(entry.says("signoff", int))
        invitation = entry.says("invitation")
        if signed is None or signed.about["invitation"] != invitation:
            raise VerificationError(f"Entry {entry.seq} corrects the name of a sign-off that never was.")
        if entry.role != "cosigner" or self.state not in BEFORE_DISPATCH:
            self._wrong(f"Entry {entry.seq} corrects a printed name, which only whoever signed may do, until dispatch.")
        if signed.seq not in self.invitations[invitation].standing.values():
            self._wrong(
                f"Entry {entry.seq} corrects the name of the sign-off in entry {signed.seq}, which did not stand."
            )
        before, after = (self.disclosed.get(one.seq, {}).get("name") for one in (signed, entry))
        if isinstance(before, str) and isinstance(after, str) and before != after and not same_person(before, after):
            self._wrong(
                f"Entry {entry.seq} prints {after!r} for the sign-off in {self.name(signed.seq)}: "
                "that is no correction, but another name."
            )
        self.reworded[invitation] = entry.seq

    def _renamed(self, entry: Entry) -> None:
        """A coordinator may correct an organisation's name until the letter is approved."""
        if self.invitations.get(entry.says("invitation")) is None:
            raise VerificationError(f"Entry {entry.seq} renames an organisation that was never invited.")
        if entry.role != "coordinator" or self.state not in BEFORE_APPROVAL:
            self._wrong(f"Entry {entry.seq} corrects the name of an organisation once the letter was {self.state}.")
        self.reworded[entry.about["invitation"]] = entry.seq

    def _queued(self, entry: Entry) -> None:
        asked = self.invitations.get(str(entry.about.get("invitation")))
        if asked is not None and entry.about.get("kind") in ASKING:
            asked.asked = True
        carried = entry.about.get("docx") or entry.about.get("document")
        if carried is None and entry.about.get("kind") != "letter":
            return
        if self.afterwards.carries(entry, carried):
            self._send_to(entry)
            return
        if carried not in self.dispatched:
            raise VerificationError(
                f"Entry {entry.seq} mails the document {str(carried)[:12]}, which was not dispatched."
            )
        if entry.about.get("kind") == "letter":
            self.carried[entry.says("delivery")] = carried
            self._send_to(entry)

    def _send_to(self, entry: Entry) -> None:
        """The letter to an office goes to the address that was recorded for its recipient."""
        address, due = (
            self.disclosed.get(entry.seq, {}).get("address"),
            self.offices.get(str(entry.about.get("recipient"))),
        )
        if isinstance(address, str):
            self.sent_to.append((entry.seq, address))
            if due is not None and address != due:
                self._wrong(f"Entry {entry.seq} mails the letter to {address}; recorded for that office is {due}.")

    def _accepted(self, entry: Entry) -> None:
        self.accepted.add(self.carried.get(entry.says("delivery"), ""))

    def _confirmed(self, entry: Entry) -> None:
        for sha256 in self.dispatched:
            if sha256 not in self.accepted:
                self._wrong(
                    f"Entry {entry.seq} says that the letter was sent; no server accepted the document {sha256[:12]}."
                )
