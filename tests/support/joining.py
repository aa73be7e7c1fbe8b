"""Organisations that ask to join: by the page, and by the acts behind it."""

from __future__ import annotations

import hashlib
import itertools
import re

import sqlalchemy as sa

from tests.support.browsing import csrf, read
from tests.support.factories import ANNA, act
from workflow.campaigns import open_call
from workflow.mails import writing
from workflow.models import Delivery, JoinRequest, OpenCall
from workflow.signoffs import joining
from workflow.signoffs.joining import Asked
from workflow.tokens import hash_token

TYPED = {
    "organisation": "Rivers Trust",
    "acronym": "RT",
    "country": "Kenya",
    "website": "www.rivers.example",
    "name": "Wanjiru Kamau",
    "title": "Director",
    "email": "wanjiru@rivers.example",
    "language": "en",
    "words": "We work on the same river.",
}


def opened(database, letter_id: str, words: str = "Join us.") -> str:
    """Open a letter's public page, and return the path of its address."""
    act(database, open_call.open_, letter_id, words, ANNA)
    return path(database, letter_id)


def path(database, letter_id: str) -> str:
    with database.reading() as session:
        return f"/join/{session.get_one(OpenCall, letter_id).address}"


def asked(letter_id: str, number: int = 0, **changes) -> Asked:
    """What one of many organisations says of itself."""
    one = {"organisation": f"Trust {number}", "name": f"Person {number}", "email": f"p{number}@trust{number}.example"}
    return Asked(**({"letter_id": letter_id, "language": "en"} | one | changes))


def ask(database, letter_id: str, number: int = 0, **changes) -> str:
    """An organisation asks; returns the SHA-256 of the token of its link."""
    act(database, joining.ask, asked(letter_id, number, **changes))
    with database.reading() as session:
        newest = sa.select(JoinRequest.token_hash).order_by(JoinRequest.created_at.desc())
        return session.scalars(newest.limit(1)).one()


def confirmed(database, letter_id: str, number: int = 0, **changes) -> str:
    """An organisation asks and confirms it; returns the id of its request."""
    return act(database, joining.confirm, ask(database, letter_id, number, **changes))


def many_confirmed(database, letter_id: str, numbers: range) -> list[str]:
    """Many organisations ask and confirm it."""
    with database.writing() as session:
        for number in numbers:
            joining.ask(session, asked(letter_id, number))
        session.flush()
        hashes = list(session.scalars(sa.select(JoinRequest.token_hash).where(JoinRequest.is_unconfirmed)))
        return [joining.confirm(session, one) for one in hashes]


def solved(challenge: str) -> str:
    """The answer to a challenge, as a browser finds it."""
    bits = int(challenge[8:10], 16)
    block = hashlib.sha256(challenge.encode())
    for number in itertools.count():
        tried = block.copy()
        tried.update(str(number).encode())
        if int.from_bytes(tried.digest()[:4]) >> (32 - bits) == 0:
            return str(number)
    raise AssertionError


def form(client, address: str, **changes) -> dict[str, str]:
    """The form of the public page, filled in, with the browser's work."""
    page = client.get(address)
    assert page.status_code == 200, page.status
    challenge = read(page).xpath("//input[@name='challenge']/@value")[0]
    sent = {**TYPED, "csrf_token": csrf(page), "challenge": challenge, **changes}
    return sent if "effort" in changes else {**sent, "effort": solved(challenge)}


def written(app, database, kind: str = "join") -> list[str]:
    """The emails of a kind, oldest first, as their text."""
    app.extensions["undersigned"].afterwards.wait()
    with database.reading() as session:
        query = sa.select(Delivery).where(Delivery.kind == kind).order_by(Delivery.queued_at, Delivery.id)
        made = [writing.write(session, one).decode() for one in session.scalars(query)]
    return [one.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=") for one in made]


def link_in(mail: str) -> str:
    """The path of the link that a mail has."""
    return re.search(r"/join/confirm/[\w-]+", mail)[0]


def token_hash(mail: str) -> str:
    return hash_token(link_in(mail).rpartition("/")[2])


def requests(database, letter_id: str) -> list[JoinRequest]:
    with database.reading() as session:
        query = sa.select(JoinRequest).where(JoinRequest.letter_id == letter_id)
        return list(session.scalars(query.order_by(JoinRequest.created_at, JoinRequest.id)))
