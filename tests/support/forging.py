"""A history made by hand, to be forged."""

import base64
import functools
import hashlib
import io
import json
import zipfile
from datetime import date
from email.message import EmailMessage

import rfc8785

from tests.vectors import rfc6962
from workflow import merkle
from workflow import verify as verifier
from workflow.documents import PrintJob, render_docx
from workflow.letter import text
from workflow.verify.ed25519 import is_signed
from workflow.verify.standalone import standalone

HOST = "letters.example.org"

LETTER = "0b54c6b1d4f84bcb"

SEED = bytes(range(32))

VKEY = merkle.verifier_key(HOST, SEED)

STANDALONE = standalone()

WORDS = text.Letter(
    language="en",
    subject="Free the seventeen",
    recipients=(text.Recipient("Jane Doe", "Minister", "Ministry of Justice", ("1 High Street", "Port Town")),),
    salutation="Dear Minister,",
    body="We *urge* you to [act](https://example.org/why) now.\n\n1. Free them.\n2. Tell us when.\n\nWith thanks.",
    closing="Sincerely,",
)


class History:
    """A letter's log as the product writes it, to be told entry by entry and then tampered with."""

    def __init__(self, letter=LETTER):
        self.letter = letter
        self.entries, self.openings, self.texts, self.documents = [], {}, {}, {}

    def add(self, action, disclosed=None, role="system", **about):
        seq = len(self.entries)
        entry = {
            "v": 1,
            "letter": self.letter,
            "seq": seq,
            "at": f"2026-11-23T21:{seq // 60 % 60:02}:{seq % 60:02}.{seq // 3600:06}Z",
            "actor": {"role": role, "id": hashlib.sha256(role.encode()).hexdigest()[:32]},
            "action": action,
            "about": about,
        }
        if disclosed is not None:
            salt = hashlib.sha256(f"salt {seq}".encode()).digest()
            committed = b"undersigned/commit/v1\0" + salt + rfc8785.dumps(disclosed)
            entry["commitment"] = hashlib.sha256(committed).hexdigest()
            self.openings[seq] = rfc8785.dumps({"salt": salt.hex(), "payload": disclosed})
        self.entries.append(entry)
        return seq

    def invite(self, *letters):
        for letter in letters:
            self.add("invitation.created", {"organisation": f"Organisation {letter}"}, invitation=letter)

    def freeze(self, words=WORDS):
        self.texts[len(self.texts) + 1] = words.canonical()
        self.add("revision.frozen", number=len(self.texts), digest=words.digest())

    def sign(self, letter, words=WORDS):
        return self.add("invitation.sign", person(letter), "cosigner", invitation=letter, digest=words.digest())

    def render(self, signoffs, words=WORDS, printed=None, **about):
        """Make the document as the product does; `printed` for one that prints others than it says."""
        names = [self.disclosed(seq) for seq in signoffs] if printed is None else printed
        signatures = tuple(text.Signature(**name) for name in names)
        docx = render_docx(PrintJob(words, words.recipients[0], date(2026, 11, 23), signatures))
        self.documents[f"{sha256(docx)}.docx"] = docx
        facts = {"docx": sha256(docx), "pdf": None, "recipient": "r", "digest": words.digest(), "signoffs": signoffs}
        self.add("document.rendered", **(facts | about))
        return sha256(docx)

    def disclosed(self, seq):
        return json.loads(self.openings[seq])["payload"]

    def send(self, docx):
        self.add("letter.dispatch", documents=[docx])
        self.add("delivery.queued", delivery="d", kind="letter", docx=docx, recipient="r")
        for trigger in ("claim", "hand_over", "accept"):
            self.add(f"delivery.{trigger}", delivery="d", kind="letter", attempt=1)
        self.add("letter.confirm")

    def packed(self):
        return [rfc8785.dumps(entry) for entry in self.entries]

    def files(self):
        """The evidence in its layout, with every checkpoint and with the proofs of the sign-offs."""
        return evidence(self.packed(), self.texts, self.documents, self.openings, self.letter)


class Common:
    """A log over all letters, as the product signs it."""

    def __init__(self, *entries, name=f"{HOST}/log", seed=SEED):
        self.entries, self.name, self.seed = list(entries), name, seed
        self.leaves = [merkle.leaf_hash(entry) for entry in entries]

    def grown(self, count):
        more = [hashlib.sha256(f"another {number}".encode()).digest() for number in range(count)]
        return Common(*self.entries, *more, name=self.name, seed=self.seed)

    def with_checkpoint(self, note):
        entry = hashlib.sha256(note.partition("\n\n")[0].encode() + b"\n").digest()
        return Common(*self.entries, entry, name=self.name, seed=self.seed)

    def root(self, size):
        return rfc6962.root_of(self.leaves[:size])

    def note(self, size=None):
        size = len(self.entries) if size is None else size
        return merkle.sign_note(merkle.Checkpoint(self.name, size, self.root(size)).to_text(), self.name, self.seed)

    def evidence(self, index, old=(), places=()):
        """
        What evidence holds of it; `old` are sizes that the newest head is shown to continue.

        `places` are where the letter's checkpoints stand, and of how many entries each is.
        """
        path, note = merkle.Tree(self.leaves).path(index), self.note()
        made = {"checkpoint.txt": note, "letter.tlog-proof": merkle.format_proof(index, path, note)}
        lines = []
        for size in old:
            path = [base64.b64encode(one).decode() for one in rfc6962.consistency(self.leaves, size)]
            line = {"path": path, "root": base64.b64encode(self.root(size)).decode(), "size": size}
            if held := [place for place in places if place[0] < size]:
                at, entries = max(held)
                leading = merkle.Tree(self.leaves[:size]).path(at)
                line |= {"entries": entries, "index": at}
                line["place"] = [base64.b64encode(one).decode() for one in leading]
            lines.append(rfc8785.dumps(line))
        if lines:
            made["consistency.jsonl"] = b"".join(line + b"\n" for line in lines).decode()
        return {f"common/{name}": content.encode() for name, content in made.items()}


def evidence(entries, texts, documents, openings, letter=LETTER):
    origin = f"{HOST}/letters/{letter}"
    notes, leaves = checkpoints(entries, origin), [merkle.leaf_hash(entry) for entry in entries]
    files = {
        "README.txt": b"Read me.",
        "verify.py": STANDALONE,
        "letter.json": rfc8785.dumps({"letter": letter, "origin": origin, "vkey": VKEY}),
        "servers.json": b"{}",
    }
    files |= {f"entries/{seq:06}.json": entry for seq, entry in enumerate(entries)}
    files |= {f"checkpoints/{size}.txt": note.encode() for size, note in notes.items()}
    files |= {f"revisions/{number}.json": content for number, content in texts.items()}
    files |= {f"documents/{name}": content for name, content in documents.items()}
    files |= {f"disclosures/{seq}.json": opening for seq, opening in openings.items()}
    for seq, entry in enumerate(entries):
        if json.loads(entry)["action"] == "invitation.sign":
            path = merkle.Tree(leaves).path(seq)
            files[f"proofs/{seq}.tlog-proof"] = merkle.format_proof(seq, path, notes[len(leaves)]).encode()
    return files


def checkpoints(entries, origin=f"{HOST}/letters/{LETTER}", seed=SEED):
    tree, notes = merkle.Growing(), {}
    for entry in entries:
        tree.append(merkle.leaf_hash(entry))
        content = merkle.Checkpoint(origin, tree.size, tree.root()).to_text()
        notes[tree.size] = merkle.sign_note(content, origin.partition("/")[0], seed)
    return notes


def person(letter):
    return {
        "name": f"Person {letter}",
        "title": "Director",
        "organisation": f"Organisation {letter}",
        "acronym": f"ORG{letter}",
    }


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def zipped(files, **options):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


# --- one life, and what the verifier says of it ---------------------------------------------------------------------


check_once = functools.lru_cache(maxsize=None)(is_signed)


def verify(files, *given, **named):
    """What the verifier says; a signature that stands in thousands of cases is checked by its own lines once."""
    return verifier.verify(files, *given, **{"is_signed": check_once} | named)


def proof(entries, seq, size):
    leaves = [merkle.leaf_hash(entry) for entry in entries[:size]]
    return merkle.format_proof(seq, merkle.Tree(leaves[:size]).path(seq), checkpoints(entries[:size])[size])


def until_approved():
    """A letter that A, B and C have signed; C has taken it back. Returns the history and the standing sign-offs."""
    told = History()
    told.add("letter.created", role="coordinator", campaign="c", draft=WORDS.digest())
    told.invite("A", "B", "C")
    told.add("letter.open_sign_off", role="coordinator", revision=None)
    told.freeze()
    told.add("delivery.queued", delivery="i", kind="invitation", invitation="A")
    signed = [told.sign(letter) for letter in "ABC"]
    told.add("invitation.retract", role="cosigner", invitation="C", digest=WORDS.digest())
    told.add("letter.approve", role="coordinator", signed=2)
    return told, signed[:2]


def a_life():
    """A letter that was sent."""
    told, signed = until_approved()
    told.send(told.render(signed))
    return told


LIFE = a_life().files()
LENGTH = 19
SIGNED = 7  # The first sign-off's entry in LIFE.
RENDERED = 12


def findings(files, vkey=VKEY, **given):
    """Everything that the verifier has against it, in one string."""
    report = verify(files, vkey, **given)
    return " ".join([*report.invalid, *report.diverged, *report.unusable])


def resigned(change):
    """A life that the operator told otherwise and signed: every checkpoint and proof fits what is told."""
    told, signed = until_approved()
    change(told, signed)
    return told.files()


def other_words(body="Other words."):
    return text.Letter(**{**{name: getattr(WORDS, name) for name in WORDS.__slots__}, "body": body})


def receipt_mail(told, seq, size=None):
    """The mail that a co-signer got when it signed."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Undersigned <a@example.org>", "b@example.org", "Receipt"
    mail["Date"], mail["Message-ID"] = "Mon, 23 Nov 2026 21:00:08 +0000", f"<{seq}@example.org>"
    mail.set_content("You have signed — thank you.\n")
    mail.add_attachment(told.packed()[seq], maintype="application", subtype="json", filename="entry.json")
    attached = proof(told.packed(), seq, size or seq + 1).encode()
    mail.add_attachment(attached, maintype="application", subtype="octet-stream", filename="proof.tlog-proof")
    return mail.as_bytes()


def forked():
    """The same letter, told to somebody else: B's sign-off never was."""
    told = a_life()
    told.entries[8]["about"] = {"invitation": "B"}
    told.entries[8]["action"] = "invitation.lapse"
    return told
