"""
Every row of a letter against what its entries tell: each that was changed, added, removed or moved by hand is named.

A sentence names the table, the row, the column and the entry; never a value, for an auditor reads it too.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from workflow import history, states
from workflow.errors import OtherSecretError
from workflow.history.audit.columns import told as told_columns
from workflow.history.audit.erased import DRAFT, EMPTY, is_blank
from workflow.history.audit.joining_entries import check_requests
from workflow.history.audit.log import Log
from workflow.history.audit.replay import replay
from workflow.history.audit.rows import NAMED_BY, Row, named, row_id, rows_of, stored
from workflow.history.audit.searched import check_mails
from workflow.history.audit.told import Said, Told
from workflow.history.audit.values import Is, Keyed
from workflow.letter import text as texts
from workflow.models import Delivery, Disclosure, Letter, Revision
from workflow.states.delivery import LEASED, WAITING
from workflow.tokens import hash_token
from workflow.transaction import Transaction

MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "eml": "message/rfc822",
    "txt": "text/plain",
}
NOT_TOLD = ("links",)
"""Tables whose rows no entry makes; they are held in another way."""

SOMETIMES_TOLD = ("recipients", "renderings", "letterheads")
"""Tables whose rows were not all on the record once."""

SELDOM_CHANGED = (("organisations", "name"), ("organisations", "acronym"))
"""A sign-off commits to them too, and does not set them."""

BELONGS = {
    **dict.fromkeys(
        ("signoffs", "conditional_signoffs", "proposals", "comments", "invitation_contacts"), "invitation_id"
    ),
    "codes": "link_id",
}
"""By which column a row is this letter's, where that is not `letter_id`."""

TEXT = ("language", "subject", "salutation", "body", "closing")
PRINTED = ("name", "title", "office", "address")


@dataclass
class Findings:
    """What does not hold, and what an older version never recorded."""

    invalid: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compare(session: Transaction, letter: Letter, log: Log) -> Findings:
    """Hold every row of a letter against its log."""
    return _Comparison(session, letter, log).findings()


class _Comparison:
    def __init__(self, session: Transaction, letter: Letter, log: Log) -> None:
        self.session, self.tokens, self.letter, self.log = session, session.tokens, letter, log
        self.found = Findings()
        self.never: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.told: Told = replay(self.tokens, log, self._opened())
        self.rows = rows_of(session, letter.id)
        self.known = {(table, named(table, row)): row for table, rows in self.rows.items() for row in rows}

    def findings(self) -> Findings:
        """Compare everything, in the order of the tables."""
        say = self.found.invalid.extend
        if not self.told.secrets[-1].at_hand:
            say(["The secret key is not the one on record: no address can be compared with it."])
        for gone, after in zip(self.told.secrets, self.told.secrets[1:], strict=False):
            if not gone.at_hand:
                self.found.notes.append(
                    f"Entry {after.since} replaced the secret key: what was recorded before it by keyed hashes of the "
                    "old one (to whom mails went, what made them, ended links) cannot be compared any more."
                )
        say(f"Entry {sequence} speaks of what no entry before it has made." for sequence in self.told.strange)
        if not self.told.whole:
            self._name_old_renderings()
        for table, rows in self.rows.items():
            say(self._strangers(table, rows))
            for row in rows:
                say(self._check_row(table, row))
        say(self._missing())
        say(self._states())
        say(self._draft())
        say(self._sealed())
        say(self._links())
        say(self._codes())
        say(self._documents())
        say(self._mails())
        say(check_requests(self.told, self.log, self.rows["join_requests"]))
        self._say_what_was_never_recorded()
        return self.found

    # --- rows ---

    def _strangers(self, table: str, rows: Iterable[Row]) -> Iterator[str]:
        """Rows that no entry has made: added by hand, or moved here from another letter."""
        if table in NOT_TOLD or (table in SOMETIMES_TOLD and not self.told.whole):
            return
        seen = set()
        for row in rows:
            key = named(table, row)
            if (table, key) not in self.told.made or key in seen:
                yield f"{_row(table, row)}: no entry of the history made a row with this {NAMED_BY.get(table, 'id')}."
            seen.add(key)

    def _missing(self) -> Iterator[str]:
        """Rows that an entry has made, and that are not there: removed by hand, or moved to another letter."""
        # Codes that nobody took are swept when they have expired; those that were taken are looked for by `_codes`.
        made = ((place, sequence) for place, sequence in self.told.made.items() if place[0] != "codes")
        for (table, key), sequence in made:
            if (table, key) not in self.known and (self.told.whole or table != "recipients"):
                yield f"{table} {key}: the row that entry {sequence} made is not there: {_gone(table)}."

    def _check_row(self, table: str, row: Row) -> Iterator[str]:
        """Columns whose value is not the one that was recorded last."""
        said = self.told.rows.get((table, named(table, row)), {})
        if not said and table not in SOMETIMES_TOLD:
            return
        for column in told_columns(table):
            if column not in said:
                self.never[table, column].append(row_id(table, row))
            elif self.told.erasing is not None and is_blank(table, column, row[column]):
                continue  # The letter is being erased: it may be gone already.
            elif not self._holds(said[column], _plain(row[column])):
                yield f"{_row(table, row)}: {column} is not the one that entry {said[column].sequence} recorded."

    def _holds(self, said: Said, found: Any) -> bool:
        return (isinstance(said.value, Keyed) and not self.told.is_comparable(said.sequence)) or said.value.holds(found)

    def _name_old_renderings(self) -> None:
        """Older entries do not name the rendering that they made: find it by what it holds."""
        for (table, key), said in list(self.told.rows.items()):
            if table != "renderings" or not key.startswith("entry "):
                continue
            for row in self.rows["renderings"]:
                same = all(said[column].value.holds(row[column]) for column in said)
                if same and (table, row["id"]) not in self.told.made:
                    self.told.made[table, row["id"]] = self.told.made.pop((table, key))
                    self.told.rows[table, row["id"]] = self.told.rows.pop((table, key))
                    break

    def _say_what_was_never_recorded(self) -> None:
        silent: dict[tuple[str, str], list[str]] = defaultdict(list)
        for (table, column), ids in self.never.items():
            shown = ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
            silent[table, shown].append(column)
        for (table, shown), columns in silent.items():
            what = f"{table} {shown}: {', '.join(columns)}"
            if self.told.whole:
                self.found.invalid.append(f"{what}: on no record.")
            else:
                self.found.notes.append(
                    f"{what}: never recorded, for the letter came in before that was on the record."
                )

    # --- states ---

    def _states(self) -> Iterator[str]:
        """The states in the tables that are not those that the steps in the log lead to."""
        reached = self._reached()
        for table, machine in (
            ("letters", states.LETTER), ("invitations", states.INVITATION), ("deliveries", states.DELIVERY)
        ):  # fmt: skip
            for row in self.rows[table]:
                due = reached.get((machine.subject, str(row["id"])), machine.initial)
                if row["state"] != due and not _is_in_hand(table, row, due):
                    is_ = f"state is {machine.labels.get(row['state'], row['state'])} in the database"
                    yield f"{_row(table, row)}: {is_}; its history says: {machine.labels[due]}."

    def _reached(self) -> dict[tuple[str, str], str]:
        leads = {f"{m.subject}.{step.trigger}": (m.subject, step.dest) for m in states.TABLES for step in m.steps}
        reached = {}
        for entry in self.log.read.values():
            if entry.get("action") in leads:
                thing, state = leads[entry["action"]]
                reached[thing, str(entry["about"].get(thing, self.letter.id))] = state
        return reached

    # --- the draft ---

    def _draft(self) -> Iterator[str]:
        """The draft and whom it is addressed to: an entry holds its digest, and often a revision is that very text."""
        if self.told.erasing is not None:
            return
        if self.told.emptied is not None:
            yield from self._left_of_draft(self.told.emptied)
            return
        due, now = self.told.draft, self.letter.text()
        if due is None or due.value.holds(now.digest()):
            return
        frozen = self.session.scalars(
            select(Revision.canonical).where(Revision.letter_id == self.letter.id).order_by(Revision.number)
        )
        same = next((text for text in map(bytes, frozen) if due.value.holds(hashlib.sha256(text).hexdigest())), None)
        differs = list(self._parts_of(texts.from_canonical(same), now)) if same else []
        for place in differs or [f"letters {self.letter.id}: the draft ({', '.join(TEXT)}, or a recipient's lines)"]:
            yield f"{place} is not the one that entry {due.sequence} recorded."

    def _left_of_draft(self, sequence: int) -> Iterator[str]:
        """What is there of the text and of whom it was addressed to, though the letter was erased."""
        for table, columns in DRAFT.items():
            for row in self.rows[table]:
                for column in columns:
                    if row[column] != EMPTY[table, column]:
                        yield f"{_row(table, row)}: {column} is not empty, and entry {sequence} erased it."

    def _parts_of(self, before: texts.Letter, now: texts.Letter) -> Iterator[str]:
        for part in TEXT:
            clean = texts.clean_block if part == "body" else texts.clean_line
            if clean(getattr(before, part)) != clean(getattr(now, part)):
                yield f"letters {self.letter.id}: {part}"
        rows = sorted(self.rows["recipients"], key=lambda row: row["position"])
        for row, then, there in zip(rows, before.recipients, now.recipients, strict=False):
            for part in PRINTED:
                if getattr(then, part) != getattr(there, part):
                    yield f"recipients {row['id']}: {part}"

    # --- what is committed to ---

    def _opened(self) -> dict[int, dict[str, Any]]:
        """Return what the commitments hold, where what opens them is kept and fits."""
        kept = select(Disclosure.sequence, Disclosure.salt, Disclosure.payload)
        opened = {}
        for sequence, salt, payload in self.session.execute(kept.where(Disclosure.letter_id == self.letter.id)):
            due = self.log.read.get(sequence, {}).get("commitment")
            if isinstance(payload, dict) and history.commitment(bytes(salt), payload) == due:
                opened[sequence] = payload
            else:
                self.found.invalid.append(
                    f"disclosures {sequence}: salt or payload is not what that entry committed to."
                )
        return opened

    def _sealed(self) -> Iterator[str]:
        """What is gone beside the log, and no entry erased, is compared as a whole, by its keyed hash."""
        for sequence in sorted(self.told.erased.keys() & self.told.opened.keys()):
            yield f"disclosures {sequence}: it is there, and entry {self.told.erased[sequence]} erased it."
        missing = [sequence for sequence in self.told.sealed if sequence not in self.told.erased]
        if missing and self.told.erasing is None:
            shown = ", ".join(map(str, missing[:10])) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
            self.found.notes.append(f"What opens the entries {shown} is gone, and no entry says that it was erased.")
        for sequence, sealed in self.told.sealed.items():
            if sequence in self.told.erased or self.told.erasing is not None:
                continue
            columns = sealed.columns
            current = all(self._is_of(sequence, *column) for column in columns.values())
            if not sealed.mark or not current or not self.told.is_comparable(sequence):
                continue
            there = {name: self.known.get((table, key), {}).get(of) for name, (table, key, of) in columns.items()}
            kept = {name: value for name, value in there.items() if value != sealed.left_out.get(name)}
            if not self.tokens.has_keyed(sealed.mark, "entry", self.letter.id, sequence, kept):
                what = ", ".join(f"{table} {key} {column}" for table, key, column in columns.values())
                yield f"{what}: not what entry {sequence} recorded; what opens its commitment is gone."

    def _is_of(self, sequence: int, table: str, key: str, column: str) -> bool:
        """Whether what an entry commits to is still what a column must hold; an organisation mostly keeps its name."""
        said = self.told.rows.get((table, key), {}).get(column)
        if (table, column) in SELDOM_CHANGED:
            return said is None or said.sequence <= sequence
        return said is not None and said.sequence == sequence

    # --- links and codes ---

    def _links(self) -> Iterator[str]:
        """Links are made from this instance's secret, live one at a time, and stay ended when an entry ended them."""
        living: dict[tuple[str, str | None], int] = defaultdict(int)
        for row in self.rows["links"]:
            known = {hash_token(token) for token in self.tokens.links(row["id"])}
            if self.told.is_held(row["created_at"]) and row["token_hash"] not in known:
                yield f"{_row('links', row)}: token_hash is not the one that this instance makes."
            yield from self._what_a_link_is_for(row)
            ended = self.told.ended.get((row["invitation_id"], row["contact_id"]))
            if row["revoked_at"] is None:
                living[row["invitation_id"], row["contact_id"]] += row["purpose"] == "answer"
                by = ended.sequence if ended is not None and row["created_at"] < ended.at else None
                by = self.told.over.get(row["id"], by)
                if by is not None:
                    yield f"{_row('links', row)}: revoked_at is empty, and entry {by} ended this link."
        for (invitation, _), count in living.items():
            if count > 1:
                yield f"links of the invitation {invitation}: revoked_at is empty for {count}; one lives at a time."
        for (table, key), said in self.told.rows.items():
            if table in ("signoffs", "conditional_signoffs", "proposals") and "link_id" in said:
                yield from self._link_of(key, said["link_id"], said["invitation_id"])

    def _what_a_link_is_for(self, row: Row) -> Iterator[str]:
        """A link answers, for the first contact or one whom an entry added, unless an entry made it for another use."""
        said = self.told.said("links", row["id"])
        contact = self.told.said("invitation_contacts", row["contact_id"] or "")
        if not said:
            for column, due in (("purpose", "answer"), ("email", ""), ("name", "")):
                if row[column] != due:
                    yield f"{_row('links', row)}: {column} is not that of a link to answer, and no entry made another."
            if row["contact_id"] and not (contact and contact["invitation_id"].value.holds(row["invitation_id"])):
                yield f"{_row('links', row)}: contact_id is that of nobody whom an entry added to this organisation."
        for column, one in said.items():
            blank = self.told.erasing is not None and is_blank("links", column, row[column])
            if not blank and not one.value.holds(row[column]):
                yield f"{_row('links', row)}: {column} is not the one that entry {one.sequence} recorded."

    def _link_of(self, signoff: str, link: Said, invitation: Said) -> Iterator[str]:
        which = str(link.value.value) if isinstance(link.value, Is) else ""
        row = self.known.get(("links", which)) if which else next(iter(self.rows["links"]), None)
        if row is None:
            yield f"links {which}: the link of entry {signoff} is not there: removed, or its invitation_id was changed."
        elif not invitation.value.holds(row["invitation_id"]):
            yield f"{_row('links', row)}: invitation_id is not that of entry {signoff}, which was signed with it."

    def _codes(self) -> Iterator[str]:
        for code, (sequence, link) in self.told.codes.items():
            row = self.known.get(("codes", code))
            if row is None:
                yield f"codes {code}: the row of the code that entry {sequence} took is not there: {_gone('codes')}."
            elif row["link_id"] != link:
                yield f"codes {code}: link_id is not the one that entry {sequence} recorded."
            elif row["used_at"] is None:
                yield f"codes {code}: used_at is empty, and entry {sequence} took it."

    # --- bytes ---

    def _documents(self) -> Iterator[str]:
        """The stored bytes that entries name, each under its SHA-256."""
        due = dict(self.told.documents)
        for sha256, media_type, content in stored(self.session, list(due)):
            sequence, kind = due.pop(sha256)
            by = self.told.unstored.get(sha256)
            if not content and (by or self.told.erasing or self.told.emptied):
                continue
            if by is not None:
                yield f"documents {sha256}: content is there, and entry {by} erased it."
            if hashlib.sha256(content).hexdigest() != sha256:
                yield f"documents {sha256}: content is not what entry {sequence} recorded under this name."
            if media_type != MEDIA[kind]:
                yield f"documents {sha256}: media_type is not that of what entry {sequence} recorded."
        for sha256, (sequence, _) in due.items():
            yield f"documents {sha256}: the row that entry {sequence} names is not there."

    def _mails(self) -> Iterator[str]:
        yield from check_mails(self.rows["deliveries"], self.log)
        for row in self.rows["deliveries"]:
            if not str(row["message_id"]).startswith(f"<{row['id']}@"):
                yield f"{_row('deliveries', row)}: message_id is not the one that this mail was given."
        kept = select(Delivery.id, Delivery.sealed, Delivery.mime_sha256)
        office = kept.where(
            Delivery.letter_id == self.letter.id, Delivery.recipient_id.is_not(None), Delivery.sealed.is_not(None)
        )
        for delivery_id, sealed, sha256 in self.session.execute(office):
            try:
                content = self.tokens.decrypt(bytes(sealed or b""))
            except OtherSecretError:
                content = b""
            if self.told.is_comparable(0) and hashlib.sha256(content).hexdigest() != sha256:
                yield f"deliveries {delivery_id}: sealed is not the mail whose SHA-256 is mime_sha256."


def _gone(table: str) -> str:
    return f"removed, or its {BELONGS.get(table, 'letter_id')} was changed"


def _is_in_hand(table: str, row: Row, due: str) -> bool:
    """Whether it is a mail that waits or that a worker has: of what is sent once alone, the history tells which."""
    known = {row["state"], due} <= {*WAITING, *LEASED}
    return table == "deliveries" and row["recipient_id"] is None and known


def _row(table: str, row: Row) -> str:
    return f"{table} {row_id(table, row)}"


def _plain(value: Any) -> Any:
    return value.isoformat() if type(value) is date else value
