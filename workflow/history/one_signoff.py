"""
The evidence of one sign-off: what concerns it, checkable offline, and nothing of the other signatories.

It holds the entries that name one invitation, the letter's own steps, and a proof of each in one checkpoint. Opened is
what the organisation itself did, and where its link was sent when it did so: what a coordinator mistyped of it before,
or wrote to it, may name somebody else.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from workflow import canonical, history
from workflow.history import actions, common, report
from workflow.history.action import ACTIONS
from workflow.history.audit.log import parsed
from workflow.history.evidence import packed
from workflow.history.proofs import continuing, size_in
from workflow.history.standing import Standing, stamped
from workflow.models import Checkpoint, Delivery, Disclosure, Invitation, LogEntry, Revision, Signoff
from workflow.transaction import Transaction
from workflow.verify import page
from workflow.verify.standalone import standalone

LETTERS = (
    *(name for name in ACTIONS if name.startswith("letter.")),
    actions.RevisionFrozen.NAME,
    actions.DocumentRendered.NAME,
    actions.CampaignTerms.NAME,
    actions.DeadlineExtended.NAME,
    actions.ClockJumped.NAME,
    actions.AddendumSent.NAME,
    actions.PersonErased.NAME,
)
"""What of the letter itself goes along: its steps, rules, texts and documents, and what was erased of this one."""
ADDRESSED = (
    actions.InvitationCreated.NAME,
    actions.InvitationCorrected.NAME,
    actions.ContactChanged.NAME,
    actions.InvitationHandedOver.NAME,
)
"""What says where the link of an invitation goes from there on."""
ANSWERS = (*actions.SIGNOFFS, actions.InvitationDeclined.NAME, actions.SignatureWithdrawn.NAME)
AT_ONCE = 500

README = """\
The evidence of one organisation's part in a joint letter

This is what the history of the letter {letter} holds of it, taken from {host}: each entry with the
proof that it is in the history. Of the other organisations there is nothing in it.
Nothing in it asks to be believed: verify.py (Python 3.9 or later, nothing to install, no network) checks all of it:

    python3 verify.py {name} --vkey {vkey}

or, inside the unpacked folder, python3 verify.py . --vkey ...

The key above is what the server says its key is. Compare it with the key in the receipt that was emailed when it
signed. Better still, check against that receipt itself (save the email as .eml):

    python3 verify.py {name} --vkey ... --receipt receipt.eml

To check
entries.jsonl       the entries: one a line, in order; the exact bytes that were hashed
proofs/             for each entry, the proof that it is in the history (C2SP tlog-proof)
checkpoints/        the signed size and root of the history that the proofs lead to (C2SP signed note)
common/             the head of the log over all letters, and the proof that this checkpoint is in it
stamps/             time stamps over heads (RFC 3161) that hold its answers, and the proof that they do
revisions/          the texts that it was asked about; the SHA-256 of each is the digest that was signed
disclosures.jsonl   personal data that the entries commit to: its own answers, and where its link was sent

To read; nothing vouches for these
report.html, .docx  what was signed, when, and by which link, in plain words
servers.json        what its mail servers answered, email by email
signoff.json        for convenience only

What it cannot show: whether something was left out of it that the organisation did later, such as to withdraw. For
that, and for who else signed, there is the evidence of the whole letter.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """What of a letter's log concerns one invitation."""

    letter_id: str
    invitation_id: str
    entries: dict[int, bytes]
    read: dict[int, dict[str, Any]]
    """An unreadable entry is left out."""
    mails: tuple[str, ...]


def invitation_of(session: Transaction, letter_id: str, sequence: int) -> str:
    """Return whose sign-off an entry of a letter is, but of those who must not be named. Raises LookupError."""
    query = select(Signoff.invitation_id).join(Invitation)
    query = query.where(Invitation.letter_id == letter_id, Invitation.confidential.is_(False))
    found = session.scalar(query.where(Signoff.sequence == sequence))
    if found is None:
        raise LookupError(f"Entry {sequence} of this letter is no sign-off.")
    return found


def bundle(session: Transaction, letter_id: str, invitation_id: str, sequence: int | None = None) -> bytes:
    """Return the evidence of an invitation as a zip; the same state of the letter gives the same bytes."""
    return packed(files(session, letter_id, invitation_id, sequence))


def files(
    session: Transaction,
    letter_id: str,
    invitation_id: str,
    sequence: int | None = None,
    *,
    with_verifier: bool = True,
) -> dict[str, bytes]:
    """
    Return the files of the evidence of an invitation by name; `sequence` is its sign-off's, if it is about one.

    The session must see one state of the database. Raises LookupError where the letter has no such invitation.
    """
    part = _part(session, letter_id, invitation_id)
    note, under = _checkpoint(session, part)
    size, vkey = size_in(note), history.vkey_of(session, letter_id)
    host = history.log_name(vkey)
    about = {"invitation": invitation_id, "letter": letter_id, "signoff": sequence, "vkey": vkey}
    opened = dict(_disclosed(session, letter_id, _to_open(part)))
    texts = _texts(session, part)
    name = "." if sequence is None else f"signoff-{sequence}.zip"
    proofs = {seq: history.proof(session, letter_id, seq, size) for seq in part.entries}
    found = {
        "README.txt": README.format(letter=letter_id, host=host, vkey=vkey, name=name).encode(),
        "signoff.json": canonical.dumps({**about, "origin": f"{host}/letters/{letter_id}"}),
        "servers.json": canonical.dumps(_servers(session, part, opened)),
        "entries.jsonl": _lines(part.entries.values()),
        "disclosures.jsonl": _lines(
            canonical.dumps({"payload": payload, "salt": salt, "seq": seq}) for seq, (salt, payload) in opened.items()
        ),
        f"checkpoints/{size}.txt": note.encode(),
    }
    found |= {f"proofs/{seq}.tlog-proof": proof.encode() for seq, proof in proofs.items()}
    found |= {f"revisions/{number}.json": text for number, text in texts.items()}
    if under:
        found |= {
            "common/checkpoint.txt": under.partition("\n\n")[2].encode(),
            "common/letter.tlog-proof": under.encode(),
        }
    found |= _stamps(session, part, note)
    if with_verifier:
        found |= {"verify.py": standalone(), "verify.html": page.standalone()}
    held = report.held(found, letter_id, vkey, part.read, only=invitation_id)
    return found | report.files(held)


def _lines(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _checkpoint(session: Transaction, part: Part) -> tuple[str, str]:
    """Return the checkpoint that all proofs lead to, and its proof in the log over all letters where that has it."""
    placed, newest = common.proof(session, part.letter_id), history.newest_checkpoint(session, part.letter_id)
    if placed is not None and placed.size > max(part.entries):
        return placed.checkpoint, placed.proof
    if newest is None:
        raise LookupError("This letter has no checkpoint.")
    return newest.note, ""


def _stamps(session: Transaction, part: Part, note: str) -> dict[str, bytes]:
    """
    Take along the first time stamp over each answer, and over all of the entries.

    It is over a head that holds an older checkpoint of the letter, which the one in `note` is shown to continue. What
    was signed with an earlier key is passed over: the entries that say how keys follow are not all here.
    """
    query = select(func.max(LogEntry.sequence)).where(LogEntry.letter_id == part.letter_id)
    changed = session.scalar(query.where(LogEntry.action == actions.KeyChanged.NAME))
    first = -1 if changed is None else changed
    answers = [seq for seq, entry in _own(part) if entry.get("action") in ANSWERS]
    stands = Standing()
    steps = sorted({max(seq, first) + 1 for seq in (*answers, max(part.entries))})
    stamped(session, part.letter_id, steps, stands)
    found, lines = dict(stands.files), []
    notes = select(Checkpoint.size, Checkpoint.note).where(Checkpoint.letter_id == part.letter_id)
    for size, older in session.execute(notes.where(Checkpoint.size.in_(stands.sizes)).order_by(Checkpoint.size)):
        found[f"checkpoints/{size}.txt"] = older.encode()
        if size < size_in(note):
            path = [base64.b64encode(one).decode() for one in continuing(session, part.letter_id, older, note)]
            lines.append(canonical.dumps({"path": path, "size": size}))
    return found | ({"checkpoints/consistency.jsonl": _lines(lines)} if lines else {})


# --- the entries ------------------------------------------------------------------------------------------------------


def _part(session: Transaction, letter_id: str, invitation_id: str) -> Part:
    columns = (LogEntry.sequence, LogEntry.entry, LogEntry.delivery_id, LogEntry.cause)
    of_it = select(*columns).where(LogEntry.letter_id == letter_id)
    own = session.execute(of_it.where(LogEntry.invitation_id == invitation_id)).all()
    if not own:
        raise LookupError("This letter has no such invitation.")
    mails = sorted({row.delivery_id for row in own if row.delivery_id})
    # Found by the acts that the emails were queued by, which an index has.
    causes = {row.cause for row in own if row.delivery_id}
    caused = of_it if None in causes else of_it.where(LogEntry.cause.in_(sorted(causes)))
    steps = [
        row
        for first in range(0, len(mails), AT_ONCE)
        for row in session.execute(caused.where(LogEntry.delivery_id.in_(mails[first : first + AT_ONCE])))
    ]
    letters = session.execute(of_it.where(LogEntry.action.in_(LETTERS)))
    rows = {row.sequence: bytes(row.entry) for row in (*own, *steps, *letters)}
    read = {seq: parsed(entry) for seq, entry in sorted(rows.items())}
    ours = {row.sequence for row in (*own, *steps)}
    read = {seq: fields for seq, fields in read.items() if not _erases_others(fields, ours)}
    kept = {seq: fields for seq, fields in read.items() if fields and "headings" not in fields["about"]}
    return Part(letter_id, invitation_id, {seq: rows[seq] for seq in kept}, kept, tuple(mails))


def _erases_others(fields: Mapping[str, Any], ours: set[int]) -> bool:
    """Whether an entry says that something was erased, and nothing of it is ours."""
    return fields.get("action") == actions.PersonErased.NAME and ours.isdisjoint(fields["about"].get("entries", ()))


def _own(part: Part) -> Iterator[tuple[int, dict[str, Any]]]:
    for seq, entry in part.read.items():
        if entry["about"].get("invitation") == part.invitation_id:
            yield seq, entry


def _to_open(part: Part) -> set[int]:
    """What the organisation did itself, and where its link went when it answered; its name as corrected since."""
    wanted: set[int] = set()
    addressed: int | None = None
    renamed: int | None = None
    for seq, entry in _own(part):
        action = entry.get("action")
        if action in ADDRESSED:
            addressed = seq
        elif action == actions.OrganisationRenamed.NAME:
            renamed = seq
        if action in ANSWERS or entry.get("actor", {}).get("role") == "cosigner":
            wanted.add(seq)
        if action in ANSWERS and addressed is not None:
            wanted.add(addressed)
    return wanted | ({renamed} if renamed is not None and wanted else set())


def _disclosed(
    session: Transaction, letter_id: str, wanted: set[int]
) -> Iterator[tuple[int, tuple[str, dict[str, Any]]]]:
    query = select(Disclosure.sequence, Disclosure.salt, Disclosure.payload).where(
        Disclosure.letter_id == letter_id, Disclosure.sequence.in_(sorted(wanted))
    )
    for sequence, salt, payload in session.execute(query.order_by(Disclosure.sequence)):
        yield sequence, (bytes(salt).hex(), payload)


# --- what they speak of -----------------------------------------------------------------------------------------------


def _texts(session: Transaction, part: Part) -> dict[int, bytes]:
    """Return the texts that it was asked about, by their numbers; none that was erased."""
    named = {str(entry["about"]["digest"]) for _, entry in _own(part) if entry["about"].get("digest")}
    query = select(Revision.number, Revision.digest, Revision.canonical).where(Revision.letter_id == part.letter_id)
    found = session.execute(query.order_by(Revision.number))
    return {number: bytes(content) for number, digest, content in found if content and digest in named}


def _servers(
    session: Transaction, part: Part, opened: Mapping[int, tuple[str, Mapping[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Return what became of its mails; the server's own words only where the address is one that is opened here."""
    known = {str(payload.get("contact", "")).lower() for _, payload in opened.values()} - {""}
    query = select(
        Delivery.id, Delivery.kind, Delivery.state, Delivery.answer, Delivery.settled_at, Delivery.address
    ).where(Delivery.letter_id == part.letter_id, Delivery.invitation_id == part.invitation_id)
    return {
        mail.id: {
            "kind": mail.kind,
            "state": mail.state,
            "answer": mail.answer if mail.address.lower() in known else "",
            "settled_at": history.timestamp(mail.settled_at) if mail.settled_at else None,
        }
        for mail in session.execute(query.order_by(Delivery.id))
        if mail.id in part.mails
    }
