"""NUL, half characters, thousands of digits, long digests: in every address and field a sentence, never a 500."""

import io
import itertools
import os
import re
from urllib.parse import urlencode

import pytest

from tests.support.browsing import arrived, signed_in
from tests.support.factories import ANNA, act, digest, link_ids, take_in
from workflow.campaigns import lifecycle
from workflow.models import Comment, Letter
from workflow.pages.rate_limits import limiter
from workflow.signoffs import review as signoff_review
from wsgi import create_app

PATHS = {"nul": "a%00b", "half": "%ED%A0%80", "digits": "9" * 5000, "long": "f" * 70, "upper": "F" * 32, "words": "a b"}
TYPED = {
    "nul": "a\x00b\u202e", "half": "a\ud800b", "digits": "9" * 5000, "long": "f" * 70, "turned": "\u202ea\u2066b",
    "negative": "-1", "other digits": "١٢", "first day": "0001-01-01T00:00", "last day": "9999-12-31T23:59",
    "100 kB": "a " * 50_000,
}  # fmt: skip
BEFORE_A_DATABASE = {"turned", "other digits"}
"""What is turned into other words or a number before any database is asked: the run on SQLite tries these."""
REFUSED_BY_A_DATABASE = ("nul", "half", "digits")
"""What PostgreSQL would refuse in its own words: every field there is given these, and some of the others by turns."""
KNOWN: dict[tuple[str, ...], int] = {}
"""What the first database answered, for the second to answer too."""


@pytest.fixture
def app(settings, database, monkeypatch):
    made = create_app(settings, database)
    made.testing = True
    monkeypatch.setattr(limiter, "enabled", False)
    for page in ("staff.account", "cosigner.arrival"):
        monkeypatch.setattr(f"workflow.pages.{page}.guessed", lambda what: False)
    return made


@pytest.fixture
def letter_id(database):
    made = take_in(database, 2)
    act(database, lifecycle.circulate, made, ANNA)
    act(database, signoff_review.comment, link_ids(database, made)[0], digest(database, made), 1, "A comment.")
    return made


@pytest.fixture
def clients(app, database, settings, letter_id):
    """The coordinator's browser and a co-signer's, without the tokens of forms."""
    staff = signed_in(app, database)
    cosigner, _ = arrived(app, database, settings, letter_id)
    app.config["WTF_CSRF_ENABLED"] = False
    return staff, cosigner


def tries_all(database):
    """Everything everywhere is tried on SQLite; the second database has only to say the same."""
    return database.settings.embedded or "SOAK" in os.environ


def the_same_on_both(key, status):
    assert KNOWN.setdefault(key, status) == status, key


def test_an_address_that_cannot_be_one_is_a_page_that_is_not_there(app, database, clients, letter_id):
    rules = [rule for rule in app.url_map.iter_rules() if rule.arguments - {"filename"}]
    assert len(rules) > 40
    turn = itertools.cycle(PATHS)
    for rule in rules:
        method = "GET" if "GET" in rule.methods else "POST"
        for argument in rule.arguments:
            some = ("nul", "half", next(turn))
            for what, typed in PATHS.items():
                if what not in some and not tries_all(database):
                    continue
                known = {"letter_id": letter_id, "kind": "docx", "noun": "link", "number": "1", "index": "0"}
                values = {name: known.get(name, "f" * 32) for name in rule.arguments} | {argument: typed}
                where = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found, to=values: to[found[1]], rule.rule)
                for client in clients:
                    answered = client.open(where, method=method, data={})
                    assert answered.status_code in (303, 400, 404, 405), (rule.rule, argument, what)
                    the_same_on_both((rule.rule, argument, what, str(clients.index(client))), answered.status_code)


def test_a_file_that_cannot_be_one_is_not_there(app, clients):
    for where in ("/static/a%00b", "/static/" + "9" * 5000, "/static/%ED%A0%80"):
        assert clients[0].get(where).status_code == 404


def test_what_cannot_be_typed_is_refused_in_every_field_on_both_databases(database, clients, letter_id):
    staff, cosigner = clients
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        who, recipient = row.invitations[1].id, row.recipients[0].id
        mine, root = row.invitations[0].id, session.query(Comment).one().id
    letter, review, shown = f"/letters/{letter_id}", f"/review/{mine}", digest(database, letter_id)
    recipients = {f"recipient-1-{part}": "x" for part in ("name", "title", "office", "address")}
    draft = {"version": "1", "subject": "S", "date": "2026-11-24", "language": "en", "salutation": "D", "body": "B"}
    cosigners = {
        "comments": {"digest": shown, "paragraph": "1", "words": "x"},
        f"comments/{root}/replies": {"words": "x"},
        "suggestions": {"digest": shown, "paragraph": "2", "replaces": "asks for", "replacement": "x", "words": "x"},
        "verdict": {"digest": shown, "verdict": "ready"},
        "more-time": {"how_long": "other", "words": "x"},
        "successor": {"name": "N", "email": "nina@example.org", "sure": ""},
        "answer": {"digest": shown, "choice": "decline", "name": "", "title": "T", "reason": "x", "code": "1"},
        "retraction": {"word": "RETRACT", "reason": "x", "code": "1"},
    }
    coordinators = {
        "draft": draft | recipients | {"closing": "C", "recipient-1-email": "office@example.org"},
        "terms": {"deadline": "2026-12-24T10:00", "timezone": "UTC", "minimum": "1", "objection_hours": "0"},
        "invitations": {"organisation": "", "acronym": "A", "signatory": "S", "title": "T", "email": "z@example.org"},
        f"invitations/{who}/contact": {"email": "b@example.org"},
        f"invitations/{who}/second-contact": {"email": "bb@example.org"},
        f"invitations/{who}/reader": {"language": "fr", "timezone": "UTC"},
        f"invitations/{who}/standing": {"position": "2", "country": "Peru"},
        f"comments/{root}/reply": {"words": "x"},
        f"recipients/{recipient}/address": {"email": "office@example.org"},
        "paper": {"letterhead": "plain", "layout": "automatic", "ordering": "agreed"},
        "letterheads": {"name": "x"},
        "dispatch": {"fingerprint": "x", "at": ""},
        "revision": {"reason": ""},
    }
    turn = itertools.cycle([what for what in TYPED if what not in BEFORE_A_DATABASE])
    forms = [(cosigner, f"{review}/{noun}", fields) for noun, fields in cosigners.items()]
    forms += [(staff, f"{letter}/{noun}", fields) for noun, fields in coordinators.items()]
    forms += [(staff, "/letters", {"pasted": "x"}), (cosigner, "/s/again", {"email": "a@example.org"})]
    forms += [(cosigner, "/sign-in", {"email": "a@example.org"})]
    for client, where, fields in forms:
        for name in fields:
            some = [*REFUSED_BY_A_DATABASE, next(turn), next(turn)]
            for what in TYPED if tries_all(database) else dict.fromkeys(some):
                typed = TYPED[what]
                body = urlencode(fields | {name: typed}, errors="surrogatepass")
                answered = client.post(where, data=body, content_type="application/x-www-form-urlencoded")
                assert answered.status_code in (200, 303, 400, 404, 409, 413), (where, name, what)
                key = (re.sub("[0-9a-f]{32}", "", where), name, what)
                the_same_on_both(key, answered.status_code)
        for what, sent in {
            "JSON": {"json": fields},
            "files": {"data": {name: (io.BytesIO(b"x"), "a.txt") for name in fields}},
            "twice": {"data": {name: [said, "other"] for name, said in fields.items()}},
            "no form": {"data": b"\xff" * 100, "content_type": "multipart/form-data; boundary=\xff"},
        }.items():
            answered = client.post(where, **sent)
            assert answered.status_code in (200, 303, 400, 404, 409, 415), (where, what)
            the_same_on_both((re.sub("[0-9a-f]{32}", "", where), what), answered.status_code)
    with database.reading() as session:
        kept = [[c.words, c.replaces or "", c.replacement or "", c.digest] for c in session.query(Comment)]
    assert len(kept) > 5
    assert not [words for words in kept if re.search("[\0\u202e]", "".join(words))]


def test_a_number_of_thousands_of_digits_in_an_address_is_no_revision(clients, database, letter_id):
    staff, cosigner = clients
    with database.reading() as session:
        mine = session.get_one(Letter, letter_id).invitations[0].id

    for typed in ("9" * 5000, "1" * 20, "a\0b"):
        assert cosigner.get(f"/review/{mine}", query_string={"since": typed}).status_code == 200
        assert cosigner.get(f"/review/{mine}/changes.docx", query_string={"since": typed}).status_code == 404
        assert cosigner.get(f"/review/{mine}", query_string={"language": typed}).status_code == 303
        assert staff.get(f"/letters/{letter_id}/preview.docx", query_string={"recipient": typed}).status_code == 200
