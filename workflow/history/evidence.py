"""
The evidence of a letter: everything that an auditor takes away to check it without this server.

Only reads. What is put together here is judged by `verify.py`, which goes along and knows nothing of this project.
"""

from __future__ import annotations

import bisect
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from sqlalchemy import select

from workflow import canonical, history, merkle
from workflow import verify as verifier
from workflow.history import actions, audit, common, remembered, report
from workflow.history.audit import Log, read_log
from workflow.history.standing import EARLIER, Standing, continued, standing
from workflow.models import Delivery, Disclosure, Document, Invitation, Letter, Revision
from workflow.transaction import Transaction
from workflow.verify import page
from workflow.verify.machines import MOVES
from workflow.verify.standalone import standalone

LETTERHEAD = "letterheads/{}.docx"

README = """\
The evidence of a joint letter: {title}

This is the whole record of the letter {letter}, taken from {host}.
Nothing in it asks to be believed: verify.py (Python 3.9 or later, nothing to install, no network) checks all of it:

    python3 verify.py evidence.zip --vkey {vkey}

or, inside the unpacked folder, python3 verify.py . --vkey ...; without Python, open verify.html in a browser.

The key above is what the server says its key is. Compare it with the key in a receipt: every organisation that signed
got one by email. Better still, ask some of them for emails that they got from this server, receipts above all (save
the whole email as .eml), and check against them:

    python3 verify.py evidence.zip --vkey ... --receipt receipt.eml another.eml

A receipt holds the signed state of this letter's log at the moment of signing, and every email holds the signed state
of the log over all letters (its head). Whoever rewrote a log since contradicts them.

To check
entries.jsonl       the log: one entry a line, in order; the exact bytes that were hashed
checkpoints/        the log's signed size and root (C2SP signed notes): those that close a step of the letter, those
                    around a change of the key, the one that is in the log over all letters, and the newest
proofs/             for each sign-off, the proof that its entry is in the log
common/             the head of the log over all letters, and the proof that this letter's checkpoint is in it
stamps/             time stamps over heads (RFC 3161)
revisions/          each text that was put before the co-signers; its SHA-256 is the digest that they signed
documents/          the letters as made and sent, under their SHA-256
letterheads/        what the letters are printed on, with marks where the letter is set
disclosures.jsonl   personal data that entries commit to; what was erased or withheld is not there

To read; nothing vouches for these
report.html, .docx  who agreed to what, and when, in plain words
servers.json        what the mail servers answered, email by email
letter.json         for convenience only

If you do not trust this copy of verify.py (or of verify.html, which does the same in a browser), take it from the
project. The formats are in its docs/history.md.
"""


def files(session: Transaction, letter_id: str) -> dict[str, bytes]:
    """
    Return the files of a letter's evidence by name, in the layout of docs/history.md.

    The session must see one state of the database (`Database.reading`). Raises LookupError when there is no such
    letter.
    """
    row = session.get(Letter, letter_id)
    if row is None:
        raise LookupError("There is no such letter.")
    log = read_log(session, letter_id)
    stands = standing(session, letter_id, _closing(log))
    found = _checked(session, row, log, _chosen(log, stands.sizes), stands)
    if stands.sizes:
        earlier = continued(session, letter_id, common.newest_size(session))
        found |= {EARLIER: earlier} if earlier else {}
    vkey = history.vkey_of(session, row.id)
    about = {"letter": row.id, "title": row.title, "vkey": vkey}
    name = history.log_name(vkey)
    found |= {
        "README.txt": README.format(host=name, **about).encode(),
        "verify.py": standalone(),
        "verify.html": page.standalone(),
        "letter.json": canonical.dumps({**about, "origin": f"{name}/letters/{row.id}", "state": row.state}),
        "servers.json": canonical.dumps(_servers(session, row.id)),
    }
    try:
        return found | report.files(report.held(found, letter_id, vkey, log.read))
    except (LookupError, TypeError, ValueError, AttributeError):
        return found  # Of a history that was changed by hand nothing can be told: the verifier says where.


def _checked(
    session: Transaction, row: Letter, log: Log, notes: Mapping[int, str], stands: Standing
) -> dict[str, bytes]:
    """Return the files that are judged: all but those that are for people only."""
    found = {
        "entries.jsonl": _lines(log.entries.values()),
        "disclosures.jsonl": _lines(_disclosures(session, row.id, log)),
    }
    found |= {f"checkpoints/{size}.txt": note.encode() for size, note in notes.items()}
    found |= {f"proofs/{seq}.tlog-proof": proof.encode() for seq, proof in _proofs(log).items()}
    return found | stands.files | _revisions(session, row.id) | _documents(session, log)


def _lines(lines: Iterable[bytes]) -> bytes:
    return b"".join(part for line in lines for part in (line, b"\n"))


def bundle(session: Transaction, letter_id: str) -> bytes:
    """Return the evidence as a zip: the same state of the letter gives the same bytes."""
    return packed(files(session, letter_id))


def packed(found: Mapping[str, bytes]) -> bytes:
    """Return files as a zip: equal files give equal bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in sorted(found.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return written.getvalue()


def verify(session: Transaction, letter_id: str) -> verifier.Report:
    """
    Check a letter in the live database: its evidence, under this instance's own key, and the tables against its log.

    Raises LookupError when there is no such letter.
    """
    try:
        return _verified(session, letter_id)
    except (ValueError, TypeError, OverflowError) as error:
        # SQLite keeps what its columns are not made for: a row with such a value was changed by hand.
        why = (
            f"The database holds a value that its column cannot have, so nothing was compared ({type(error).__name__})."
        )
        return verifier.Report(letter=letter_id, invalid=[why], key_checked=True)


def _verified(session: Transaction, letter_id: str) -> verifier.Report:
    row = session.get(Letter, letter_id)
    if row is None:
        raise LookupError("There is no such letter.")
    log = read_log(session, letter_id)
    try:
        stands = standing(session, letter_id)
        checked = verifier.verify(
            _checked(session, row, log, log.notes, stands),
            history.own_vkey(session, letter_id),
            _contradicts(session, row),
            letter=row.id,
            is_signed=merkle.is_signed,
        )
    except verifier.InputError as error:
        return verifier.Report(letter=letter_id, invalid=[str(error)], key_checked=True)
    compared = audit.compare(session, row, log)
    checked.invalid += [*audit.check_tree(session, log), *audit.check_searched(session, log), *compared.invalid]
    checked.invalid += [stands.fault] if stands.fault else []
    checked.remarks += compared.notes
    return checked


def _contradicts(session: Transaction, row: Letter) -> dict[str, bytes]:
    """What this server has signed last, where the database does not hold it: it counts like a receipt."""
    if not remembered.is_older(session, row.id):
        return {}
    with session.afresh() as later:
        # The log may have grown, and been remembered, since this session looked first.
        if not remembered.is_older(later, row.id):
            return {}
    return {"what this server signed last": remembered.last_signed(session.settings, row.id).encode()}


# --- the log ----------------------------------------------------------------------------------------------------------


def _closing(log: Log) -> set[int]:
    """Return the sizes at which a step of the letter, or a change of its key, was just recorded."""
    closing = {actions.KeyChanged.NAME, *(f"letter.{trigger}" for trigger in MOVES)}
    return {seq + 1 for seq, entry in log.read.items() if entry.get("action") in closing}


def _chosen(log: Log, proved: Set[int]) -> dict[int, str]:
    """Return the checkpoints that matter: over each step, around a change of the key, those proved, the newest."""
    # Where the key changed, the last that the old one signed goes along too.
    wanted = _closing(log) | proved | {seq for seq, _ in log.named(actions.KeyChanged.NAME)}
    sizes = sorted(log.notes)
    places = {bisect.bisect_left(sizes, size) for size in wanted} | {len(sizes) - 1}
    return {size: log.notes[size] for place, size in enumerate(sizes) if place in places}


def _proofs(log: Log) -> dict[int, str]:
    """Return the proof of each sign-off in the newest checkpoint that the entries reach."""
    size = max((size for size in log.notes if size <= len(log.entries)), default=0)
    tree = merkle.Tree([merkle.leaf_hash(entry) for entry in log.entries.values()][:size])
    return {
        seq: merkle.format_proof(seq, tree.path(seq), log.notes[size])
        for action in actions.SIGNOFFS
        for seq, _ in log.named(action)
        if seq < size
    }


# --- what the log speaks of -----------------------------------------------------------------------------------------


def _revisions(session: Transaction, letter_id: str) -> dict[str, bytes]:
    query = select(Revision.number, Revision.canonical).where(Revision.letter_id == letter_id)
    return {f"revisions/{number}.json": bytes(text) for number, text in session.execute(query) if text}


def _documents(session: Transaction, log: Log) -> dict[str, bytes]:
    """Return every document that the log names, and the letterheads they are printed on, under their SHA-256."""
    named = {
        str(about[kind]): name
        for _, about in log.named(actions.DocumentRendered.NAME)
        for kind, name in (("docx", "documents/{}.docx"), ("pdf", "documents/{}.pdf"), ("letterhead", LETTERHEAD))
        if about.get(kind)
    }
    for _, about in log.named(actions.AddendumMade.NAME):
        named |= {
            str(one[kind]): f"documents/{{}}.{kind}"
            for one in about.get("documents", {}).values()
            for kind in ("docx", "pdf")
            if one.get(kind)
        }
        named[str(about.get("letterhead"))] = LETTERHEAD
    query = select(Document.sha256, Document.content).where(Document.sha256.in_(named))
    return {named[sha256].format(sha256): bytes(content) for sha256, content in session.execute(query) if content}


def _disclosures(session: Transaction, letter_id: str, log: Log) -> Iterator[bytes]:
    """Yield what opens the commitments of the entries, in order, but of those who must not be named."""
    confidential = _confidential(session, letter_id)
    query = select(Disclosure.sequence, Disclosure.salt, Disclosure.payload).where(Disclosure.letter_id == letter_id)
    for sequence, salt, payload in session.execute(query.order_by(Disclosure.sequence)):
        if log.read.get(sequence, {}).get("about", {}).get("invitation") not in confidential:
            yield canonical.dumps({"payload": payload, "salt": bytes(salt).hex(), "seq": sequence})


def _confidential(session: Transaction, letter_id: str) -> set[str]:
    query = select(Invitation.id).where(Invitation.letter_id == letter_id, Invitation.confidential)
    return set(session.scalars(query))


def _servers(session: Transaction, letter_id: str) -> dict[str, Any]:
    """Return what became of each mail, in its server's own words; addresses are left to the disclosures."""
    query = select(
        Delivery.id,
        Delivery.kind,
        Delivery.state,
        Delivery.message_id,
        Delivery.answer,
        Delivery.settled_at,
        Delivery.invitation_id,
    ).where(Delivery.letter_id == letter_id)
    confidential = _confidential(session, letter_id)
    return {
        mail.id: {
            "kind": mail.kind,
            "state": mail.state,
            "message_id": mail.message_id,
            "answer": "" if mail.invitation_id in confidential else mail.answer,
            "settled_at": history.timestamp(mail.settled_at) if mail.settled_at else None,
        }
        for mail in session.execute(query)
    }
