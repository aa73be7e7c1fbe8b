"""Reports of letters: real ones, one of thousands of organisations, and what a person reads in each file."""

from __future__ import annotations

import hashlib
import html
import io
import re

import docx
import sqlalchemy as sa

from tests.support.factories import words
from workflow import history
from workflow.history import evidence, report
from workflow.history.audit import read_log
from workflow.history.report import HTML, WORD, Held
from workflow.models import Invitation

ZONED = "2026-11-24T{:02}:{:02}:{:02}.000000Z"


def read_html(files: dict[str, bytes]) -> str:
    """The words of the page, on one line."""
    body = files[HTML].decode().partition("<main>")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def read_word(files: dict[str, bytes]) -> str:
    """The words of the Word document, on one line, as another program reads them."""
    body = docx.Document(io.BytesIO(files[WORD])).element.body
    return re.sub(r"\s+", " ", " ".join(one.text or "" for one in body.iter() if one.tag.endswith("}t")))


def of_many(count: int) -> Held:
    """A letter that many organisations have signed, as its evidence holds it."""
    text = words().canonical()
    digest = hashlib.sha256(text).hexdigest()
    entries: dict[int, dict] = {}
    disclosed: dict[int, dict] = {}

    def add(action: str, about: dict, shown: dict | None = None, role: str = "system") -> int:
        seq = len(entries)
        at = ZONED.format(seq // 3600 % 24, seq // 60 % 60, seq % 60)
        entries[seq] = {"action": action, "at": at, "about": about, "actor": {"role": role}, "seq": seq}
        if shown is not None:
            entries[seq]["commitment"] = "0" * 64
            disclosed[seq] = shown
        return seq

    terms = {"timezone": "Europe/Paris"}
    add("letter.created", {"recipients": ["r"], "terms": terms}, {"r": "office@example.org", "campaign": "Rivers"})
    for one in range(count):
        shown = {"organisation": f"Organisation {one}", "acronym": f"O{one}", "contact": f"o{one}@example.org"}
        add("invitation.created", {"invitation": f"i{one}"}, shown)
    add("letter.open_sign_off", {"revision": None})
    add("revision.frozen", {"number": 1, "digest": digest})
    for one in range(count):
        mail = {"delivery": f"d{one}", "kind": "sign_off", "invitation": f"i{one}"}
        add("delivery.queued", mail)
        add("delivery.accept", {"delivery": f"d{one}", "answer": hashlib.sha256(b"250 Ok").hexdigest()})
        about = {"invitation": f"i{one}", "digest": digest, "authority_ticked": True, "networks": 3}
        shown = {
            "name": f"Person {one}",
            "title": "Director",
            "organisation": f"Organisation {one}",
            "acronym": f"O{one}",
        }
        add("invitation.sign", about, shown, "cosigner")
    answers = {f"d{one}": "250 Ok" for one in range(count)}
    return Held(
        letter="0" * 32,
        vkey="letters.example.org+00000000+AQ",
        entries=entries,
        disclosed=disclosed,
        revisions={1: text},
        answers=answers,
    )


def held(database, letter_id: str) -> Held:
    """What the evidence of a real letter holds, for its report."""
    with database.reading() as session:
        log, vkey = read_log(session, letter_id), history.vkey_of(session, letter_id)
        return report.held(evidence.files(session, letter_id), letter_id, vkey, log.read)


def withheld(session, letter_id: str) -> set[str]:
    query = sa.select(Invitation.id).where(Invitation.letter_id == letter_id, Invitation.confidential)
    return set(session.scalars(query))
