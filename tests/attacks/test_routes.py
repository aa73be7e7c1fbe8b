"""Every route, every kind of actor, every method: a route without a row here fails, and so does one that lets in."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.factories import ANNA, act, answer, digest, link_ids, open_sign_off, sign, take_in, words
from workflow import accounts, afterwards, auditor_links, members
from workflow.campaigns import four_eyes, invitations, more_contacts, open_call
from workflow.documents import pdf
from workflow.models import Base, Contact, Delivery, IncomingMail, Invitation, Letter, Link, User, now
from workflow.pages.rate_limits import limiter
from workflow.signoffs import four_eyes as proposing
from workflow.signoffs import readers, review
from wsgi import create_app

EVERYBODY, STAFF, READERS, COORDINATORS, HOLDER = "everybody", "staff", "readers", "coordinators", "holder"
SHOWN, SECOND = "whoever is shown the letter by an organisation’s link", "whoever is to confirm"
MEMBERS, ADMINS = "members", "admins"

ROUTES = {
    "static": EVERYBODY,
    "health.health": EVERYBODY,
    "verifying.show": EVERYBODY,
    "common_log.checkpoint": EVERYBODY,
    "common_log.tile": EVERYBODY,
    "mailbox.mails": EVERYBODY,
    "mailbox.mail": EVERYBODY,
    "mailbox.html": EVERYBODY,
    "mailbox.attachment": EVERYBODY,
    "account.ask": EVERYBODY,
    "account.send": EVERYBODY,
    "account.knock": EVERYBODY,
    "account.enter": EVERYBODY,
    "account.leave": EVERYBODY,
    "visiting.arrive": EVERYBODY,
    "visiting.letters": EVERYBODY,
    "genuine.show": EVERYBODY,
    "genuine.compare": EVERYBODY,
    "genuine.one_name": EVERYBODY,
    "cosigner.arrive": EVERYBODY,
    "cosigner.mail_again": EVERYBODY,
    "cosigner.delegated": EVERYBODY,
    "cosigner.contact_changed": EVERYBODY,
    "cosigner.dispute": EVERYBODY,
    "stopping.show": EVERYBODY,
    "stopping.stop": EVERYBODY,
    "ledger.arrive": EVERYBODY,
    "ledger.show": EVERYBODY,
    "ledger.ask": EVERYBODY,
    "ledger.download": EVERYBODY,
    "joining.show": EVERYBODY,
    "joining.ask": EVERYBODY,
    "joining.arrive": EVERYBODY,
    "joining.check": EVERYBODY,
    "joining.confirm": EVERYBODY,
    "cosigner.review": SHOWN,
    "cosigner.evidence": HOLDER,
    "cosigner.everything": HOLDER,
    "cosigner.language": SHOWN,
    "cosigner.done": HOLDER,
    "cosigner.redline": SHOWN,
    "cosigner.download": SHOWN,
    "cosigner.answer": HOLDER,
    "cosigner.would_be": HOLDER,
    "cosigner.agree": HOLDER,
    "cosigner.take_back": HOLDER,
    "cosigner.retract": HOLDER,
    "cosigner.retract_late": HOLDER,
    "cosigner.office_reply": HOLDER,
    "cosigner.correct": HOLDER,
    "cosigner.comment": HOLDER,
    "cosigner.reply": HOLDER,
    "cosigner.suggest": HOLDER,
    "cosigner.verdict": HOLDER,
    "cosigner.delegate": HOLDER,
    "cosigner.more_time": HOLDER,
    "cosigner.stop_writing": HOLDER,
    "cosigner.write_again": HOLDER,
    "cosigner.stopped": HOLDER,
    "cosigner.picture": HOLDER,
    "cosigner.let_read": HOLDER,
    "cosigner.end_reader": HOLDER,
    "cosigner.unpropose": HOLDER,
    "cosigner.ask_for_two": HOLDER,
    "cosigner.confirm": SECOND,
    "cosigner.refuse": SECOND,
    "account.show": STAFF,
    "account.save": STAFF,
    "account.notices": STAFF,
    "account.welcome": STAFF,
    "account.begin": STAFF,
    "account.where": STAFF,
    "account.end": STAFF,
    "account.end_others": STAFF,
    "campaigns.index": STAFF,
    "campaigns.show": MEMBERS,
    "people.show": MEMBERS,
    "people.add": COORDINATORS,
    "people.set_role": COORDINATORS,
    "people.remove": COORDINATORS,
    "people.hand_on": COORDINATORS,
    "people.make_link": COORDINATORS,
    "people.revoke_link": COORDINATORS,
    "admin.show": ADMINS,
    "admin.give": ADMINS,
    "admin.take": ADMINS,
    "admin.sign_out": ADMINS,
    "admin.deactivate": ADMINS,
    "admin.reactivate": ADMINS,
    "erasing.show": ADMINS,
    "erasing.look": ADMINS,
    "erasing.person": ADMINS,
    "erasing.letter": ADMINS,
    "erasing.reply": ADMINS,
    "erasing.hold": ADMINS,
    "erasing.release": ADMINS,
    "organisations.index": STAFF,
    "organisations.chosen": STAFF,
    "organisations.onto": STAFF,
    "organisations.put_onto": STAFF,
    "organisations.new": STAFF,
    "organisations.add": STAFF,
    "organisations.export": STAFF,
    "organisations.bring": STAFF,
    "organisations.preview": STAFF,
    "organisations.take_in": STAFF,
    "organisations.one": MEMBERS,
    "organisations.logo": MEMBERS,
    "organisations.save": COORDINATORS,
    "organisations.remove": COORDINATORS,
    "organisations.add_contact": COORDINATORS,
    "organisations.save_contact": COORDINATORS,
    "organisations.remove_contact": COORDINATORS,
    "organisations.set_logo": COORDINATORS,
    "organisations.remove_logo": COORDINATORS,
    "organisations.use_on_letter": COORDINATORS,
    "organisations.merging_page": COORDINATORS,
    "organisations.merge": COORDINATORS,
    "campaigns.new": STAFF,
    "campaigns.begin": STAFF,
    "campaigns.letters_csv": MEMBERS,
    "campaigns.settings": COORDINATORS,
    "campaigns.set_up": COORDINATORS,
    "campaigns.apply_terms": COORDINATORS,
    "letters.new": STAFF,
    "letters.take_in": STAFF,
    "letter.show": READERS,
    "letter.document": READERS,
    "letter.emails": READERS,
    "letter.progress": READERS,
    "invitations.show": READERS,
    "comments.show": READERS,
    "invitations.one": COORDINATORS,
    "auditor.letter_history": READERS,
    "auditor.entry": READERS,
    "auditor.all_letters": STAFF,
    "auditor.entry_part": READERS,
    "auditor.compare": READERS,
    "auditor.compared": READERS,
    "auditor.agreed": READERS,
    "auditor.agreed_as": READERS,
    "auditor.exported": READERS,
    "auditor.revision": READERS,
    "auditor.redline": READERS,
    "auditor.take_away": READERS,
    "auditor.one": READERS,
    "draft.show": COORDINATORS,
    "draft.save": COORDINATORS,
    "letters.from_earlier": COORDINATORS,
    "letters.start_from": COORDINATORS,
    "check.show": COORDINATORS,
    "check.settle": COORDINATORS,
    "check.settle_rest": COORDINATORS,
    "fields.show": COORDINATORS,
    "fields.save": COORDINATORS,
    "fields.correct": COORDINATORS,
    "fields.remove": COORDINATORS,
    "letter.circulate": COORDINATORS,
    "letter.open_sign_off": COORDINATORS,
    "letter.revise": COORDINATORS,
    "letter.approve": COORDINATORS,
    "letter.reopen": COORDINATORS,
    "send.show": READERS,
    "send.picture": READERS,
    "send.cover": COORDINATORS,
    "send.test": COORDINATORS,
    "send.sample": COORDINATORS,
    "send.dispatch": COORDINATORS,
    "afterwards.show": READERS,
    "afterwards.file": READERS,
    "afterwards.ask_for_names": COORDINATORS,
    "afterwards.invite": COORDINATORS,
    "afterwards.prepare": COORDINATORS,
    "afterwards.send": COORDINATORS,
    "afterwards.tell_office": COORDINATORS,
    "afterwards.keep_reply": COORDINATORS,
    "afterwards.tell_signatories": COORDINATORS,
    "invitations.end_extension": COORDINATORS,
    "invitations.extend": COORDINATORS,
    "invitations.decline_time": COORDINATORS,
    "letter.withdraw": COORDINATORS,
    "letter.set_terms": COORDINATORS,
    "invitations.invite": COORDINATORS,
    "invitations.contact": COORDINATORS,
    "many.show": COORDINATORS,
    "exports.listed": READERS,
    "exports.names": READERS,
    "exports.names_in_word": READERS,
    "exports.chosen": COORDINATORS,
    "exports.proof": COORDINATORS,
    "many.read": COORDINATORS,
    "many.change": COORDINATORS,
    "many.discard": COORDINATORS,
    "invitations.second_contact": COORDINATORS,
    "invitations.add_contact": COORDINATORS,
    "invitations.correct_contact": COORDINATORS,
    "invitations.remove_contact": COORDINATORS,
    "invitations.end_reader": COORDINATORS,
    "invitations.set_four_eyes": COORDINATORS,
    "invitations.resend": COORDINATORS,
    "invitations.works": COORDINATORS,
    "invitations.read": COORDINATORS,
    "invitations.send_anyway": COORDINATORS,
    "invitations.replace_link": COORDINATORS,
    "invitations.remind": COORDINATORS,
    "invitations.set_reminders": COORDINATORS,
    "invitations.revoke": COORDINATORS,
    "invitations.reinvite": COORDINATORS,
    "invitations.replace_links": COORDINATORS,
    "invitations.write_to_rest": COORDINATORS,
    "open_call.show": COORDINATORS,
    "open_call.open_": COORDINATORS,
    "open_call.close": COORDINATORS,
    "open_call.decide": COORDINATORS,
    "ask.show": COORDINATORS,
    "moving.show": COORDINATORS,
    "moving.move": COORDINATORS,
    "moving.decide": COORDINATORS,
    "ask.save": COORDINATORS,
    "ask.test": COORDINATORS,
    "ask.sample": COORDINATORS,
    "invitations.set_reader": COORDINATORS,
    "comments.reply": COORDINATORS,
    "comments.accept": COORDINATORS,
    "comments.accept_chosen": COORDINATORS,
    "comments.choose": COORDINATORS,
    "comments.dismiss": COORDINATORS,
    "letter.recipient_address": COORDINATORS,
    "letter.settle": COORDINATORS,
    "letter.readdress": COORDINATORS,
    "layout.show": COORDINATORS,
    "layout.pages": COORDINATORS,
    "layout.choose": COORDINATORS,
    "layout.upload": COORDINATORS,
    "layout.download": COORDINATORS,
    "invitations.logo": COORDINATORS,
    "invitations.rename": COORDINATORS,
    "layout.picture": COORDINATORS,
    "layout.preview": COORDINATORS,
    "invitations.standing": COORDINATORS,
}
"""Whose each route is; whoever else asks for it learns nothing and changes nothing."""

ACTORS = {
    "a stranger": {EVERYBODY},
    "a member of staff without a role": {EVERYBODY, STAFF},
    "a coordinator of another campaign": {EVERYBODY, STAFF},
    "an auditor of the campaign": {EVERYBODY, STAFF, READERS, MEMBERS},
    "a coordinator of the campaign": {EVERYBODY, STAFF, READERS, MEMBERS, COORDINATORS},
    "an admin": {EVERYBODY, STAFF, READERS, MEMBERS, COORDINATORS, ADMINS},
    "the holder of an auditor’s link": {EVERYBODY, READERS},
    "the holder of an auditor’s link of another campaign": {EVERYBODY},
    "the holder of an auditor’s link that has ended": {EVERYBODY},
    "a member who was removed": {EVERYBODY, STAFF},
    "a coordinator who has signed out": {EVERYBODY},
    "the holder of the link": {EVERYBODY, HOLDER, SHOWN},
    "another contact of the organisation": {EVERYBODY, HOLDER, SHOWN},
    "a colleague who may read": {EVERYBODY, SHOWN},
    "a colleague who is to confirm": {EVERYBODY, SHOWN, SECOND},
    "a colleague whose link was ended": {EVERYBODY},
    "the holder of another link of the letter": {EVERYBODY},
    "the holder of a link of another letter": {EVERYBODY},
    "the holder of a link that has ended": {EVERYBODY},
}
BY_HEAD = {
    "a stranger", "a coordinator of another campaign", "the holder of another link of the letter", "an admin",
    "the holder of an auditor’s link", "the holder of the link",
}  # fmt: skip
"""Who asks by HEAD as well as by GET: between them, every route as one who may, and as one who may not."""

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
METHODS = ("GET", "HEAD", "OPTIONS", *UNSAFE, "TRACE", "PROPFIND")
SECRET = "Quetzalcoatlus"
"""Stands in the letter that is asked for, and nowhere else."""

UNDECIDED = {"tries", "sign_in_links", "staff_sessions"}
"""Tables that a request may write though nothing of a letter is decided: counters, and who is signed in."""

NOTED = {"fetched_at", "fetched_by", "networks"}
"""What is noted when a link is opened; nothing is decided by it."""


@dataclass
class World:
    """An app, a letter in sign-off with all that belongs to it, and another letter beside it."""

    app: object
    database: object
    letter: str
    ids: dict[str, object]
    users: dict[str, str]
    links: dict[str, str]

    @property
    def adapter(self):
        return self.app.url_map.bind("localhost")

    def asked(self, endpoints):
        """Each route of these with its address, for the ids of the letter: one for each word of a closed list."""
        for rule in (rule for rule in self.app.url_map.iter_rules() if rule.endpoint in endpoints):
            for values in itertools.product(*(self._values(rule, name) for name in rule.arguments)):
                path = self.adapter.build(
                    rule.endpoint, dict(zip(rule.arguments, values, strict=True)), min(rule.methods)
                )
                yield rule, path

    def _values(self, rule, name):
        words = re.search(rf"<any\(([^)]*)\):{name}>", rule.rule)
        return words[1].split(", ") if words else [self.ids[name]]


@pytest.fixture
def world(settings, database, monkeypatch):
    app = create_app(settings, database)
    # Neither tokens nor limits: what is left to refuse is whether one may.
    app.config["WTF_CSRF_ENABLED"] = False
    monkeypatch.setattr(limiter, "enabled", False)
    monkeypatch.setattr(pdf, "libreoffice", lambda: None)
    monkeypatch.setattr(afterwards, "PAUSE", 0.0)
    letter = take_in(database, 3, letter=words(subject=SECRET, body=f"{SECRET} one.\n\nSecond paragraph."))
    other = take_in(database, 1)
    users = dict(
        _user(database, letter, other, role)
        for role in ("staff", "foreign", "auditor", "coordinator", "leaver", "admin")
    )
    open_sign_off(database, letter)
    open_sign_off(database, other)
    tokens = {number: _token(database, settings, link) for number, link in enumerate(link_ids(database, letter))}
    tokens["other"] = _token(database, settings, link_ids(database, other)[0])
    sign(database, letter, 1)
    said = act(database, review.comment, link_ids(database, letter)[0], digest(database, letter), 1, f"{SECRET}?")
    call = act(database, open_call.open_, letter, "", ANNA).address
    with database.writing() as session:
        first = session.get_one(Letter, letter).invitations[0].id
        written = IncomingMail(sha256="0" * 64, kind="reply", letter_id=letter, invitation_id=first, subject=SECRET)
        session.add(written)
    with database.reading() as session:
        row = session.get_one(Letter, letter)
        mail = session.query(Delivery).filter_by(letter_id=letter).first()
        ids = {
            "letter_id": letter,
            "other": other,
            "source_id": letter,
            "doubt_id": "0" * 32,
            "campaign_id": row.campaign_id,
            "user_id": users["auditor"],
            "link_id": "0" * 32,
            "reader_id": "0" * 32,
            "reply_id": "0" * 32,
            "session_id": "0" * 32,
            "invitation_id": row.invitations[0].id,
            "known_id": row.invitations[0].organisation.known_id,
            "contact_id": session.query(Contact).first().id,
            "recipient_id": row.recipients[0].id,
            "comment_id": said.id,
            "delivery_id": mail.id,
            "incoming_id": written.id,
            "number": 1,
            "sequence": row.invitations[1].signoffs[0].sequence,
            "part": "entry",
            "form": "csv",
            "index": 0,
            "sha256": "0" * 64,
            "name": "plain",
            "token": "x" * 43,
            "of": row.invitations[0].link.id,
            "tag": "x" * 24,
            "filename": "style.css",
            "code": row.code,
            "address": call,
        }
    return World(app, database, letter, ids, users, tokens)


def _user(database, letter, other, role):
    with database.writing() as session:
        user = accounts.user(session, f"{role}@example.org", role, admin=role == "admin")
        campaign = session.get_one(Letter, other if role == "foreign" else letter).campaign_id
        if role not in ("staff", "admin"):
            accounts.join(session, campaign, user, "auditor" if role == "auditor" else "coordinator")
        return role, user.id


def _token(database, settings, link_id):
    with database.reading() as session:
        return session.tokens.links(session.get_one(Link, link_id).id)[0]


def _signed_in(world, role):
    client = world.app.test_client()
    with world.database.writing() as session:
        link = accounts.sign_in_link(session, session.get_one(User, world.users[role]))
    assert client.post(f"/sign-in/{link.rpartition('/')[2]}").status_code == 303
    return client


def _arrived(world, which):
    client = world.app.test_client()
    assert client.get(f"/s/{world.links[which]}").status_code == 303
    return client


def _visiting(world, whose="letter", **ends):
    """A browser that has come by an auditor's link, and has opened its letter before: that is on the record."""
    with world.database.writing() as session:
        letter_id = world.letter if whose == "letter" else world.ids["other"]
        campaign, by = session.get_one(Letter, letter_id).campaign_id, session.get_one(User, world.users["admin"])
        given = {"name": "Ann Reader", "ends": now() + timedelta(days=1)}
        link = auditor_links.make(session, campaign, ANNA, by=by, **given)
        token = auditor_links.address(session, link).rpartition("/")[2]
    client = world.app.test_client()
    assert client.get(f"/a/{token}").status_code == 303
    assert client.get(f"/letters/{letter_id}").status_code == 200
    world.app.extensions["undersigned"].afterwards.wait()
    if ends:
        act(world.database, auditor_links.revoke, campaign, link.id, ANNA)
    return client


def _removed(world):
    client = _signed_in(world, "leaver")
    assert client.get(f"/letters/{world.letter}").status_code == 200
    act(world.database, members.remove, world.ids["campaign_id"], world.users["leaver"], ANNA)
    return client


def _signed_out(world):
    client = _signed_in(world, "coordinator")
    kept = client.get_cookie("undersigned").value
    client.post("/sign-out")
    client.set_cookie("undersigned", kept)
    return client


def _ended(world):
    client = _arrived(world, 0)
    act(world.database, invitations.replace_link, world.letter, world.ids["invitation_id"], ANNA)
    return client


def _beside(world):
    """A browser of another contact of the organisation, who has a link of their own."""
    contact = act(world.database, more_contacts.add, *_place(world), "Bea", "bea@example.org", ANNA)
    with world.database.reading() as session:
        link = session.query(Link).filter_by(contact_id=contact.id, purpose="answer").one().id
    return _opened(world, link)


def _reading(world, *, ended=False):
    """A browser of a colleague who was given a link to read."""
    with world.database.reading() as session:
        own = session.get_one(Invitation, world.ids["invitation_id"]).link.id
    link = act(world.database, readers.add, own, "Cleo", "")
    client = _opened(world, link.id)
    if ended:
        act(world.database, readers.end, own, link.id)
    return client


def _second(world):
    """A browser of a colleague who is asked to confirm what a contact proposed."""
    act(world.database, four_eyes.set_wanted, *_place(world), True, ANNA)
    with world.database.reading() as session:
        own = session.get_one(Invitation, world.ids["invitation_id"]).link.id
    to = proposing.Confirmer("Dora Director", "dora@example.org")
    made = act(world.database, proposing.propose, own, answer(world.database, world.letter), to)
    return _opened(world, made.confirming_link_id)


def _place(world):
    return world.letter, world.ids["invitation_id"]


def _opened(world, link_id):
    client = world.app.test_client()
    token = _token(world.database, world.database.settings, link_id)
    assert client.get(f"/s/{token}").status_code == 303
    return client


CLIENTS = {
    "a stranger": lambda world: world.app.test_client(),
    "a member of staff without a role": lambda world: _signed_in(world, "staff"),
    "a coordinator of another campaign": lambda world: _signed_in(world, "foreign"),
    "an auditor of the campaign": lambda world: _signed_in(world, "auditor"),
    "a coordinator of the campaign": lambda world: _signed_in(world, "coordinator"),
    "an admin": lambda world: _signed_in(world, "admin"),
    "the holder of an auditor’s link": _visiting,
    "the holder of an auditor’s link of another campaign": lambda world: _visiting(world, "other"),
    "the holder of an auditor’s link that has ended": lambda world: _visiting(world, ends=True),
    "a member who was removed": _removed,
    "a coordinator who has signed out": _signed_out,
    "the holder of the link": lambda world: _arrived(world, 0),
    "another contact of the organisation": _beside,
    "a colleague who may read": _reading,
    "a colleague who is to confirm": _second,
    "a colleague whose link was ended": lambda world: _reading(world, ended=True),
    "the holder of another link of the letter": lambda world: _arrived(world, 2),
    "the holder of a link of another letter": lambda world: _arrived(world, "other"),
    "the holder of a link that has ended": _ended,
}


def _state(database) -> str:
    """A digest of every row that says anything of a letter."""
    seen = hashlib.sha256()
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in UNDECIDED:
                rows = connection.execute(sa.select(*(c for c in table.columns if c.name not in NOTED))).all()
                seen.update(repr(sorted(map(repr, rows))).encode())
    return seen.hexdigest()


def test_every_route_has_a_row(world):
    assert {rule.endpoint for rule in world.app.url_map.iter_rules()} == set(ROUTES)


def test_only_the_methods_of_a_route_are_answered(world):
    client = CLIENTS["an admin"](world)
    before = _state(world.database)
    asked = list(world.asked(set(ROUTES)))
    for _, path in asked if world.database.settings.embedded or "SOAK" in os.environ else asked[::4]:
        allowed = set(world.adapter.allowed_methods(path))
        for method in set(METHODS) - allowed:
            assert client.open(path, method=method).status_code == 405, (method, path)
        assert client.open(path, method="OPTIONS").status_code in (200, 404), path
    assert _state(world.database) == before


def test_who_may_not_learns_nothing_and_changes_nothing(world):
    for actor, theirs in ACTORS.items():
        client = CLIENTS[actor](world)
        before = _state(world.database)
        for rule, path in world.asked({endpoint for endpoint, whose in ROUTES.items() if whose not in theirs}):
            for method in rule.methods - ({"OPTIONS"} if actor in BY_HEAD else {"OPTIONS", "HEAD"}):
                got = client.open(path, method=method)
                assert got.status_code in (303, 404), (actor, method, path, got.status)
                assert got.status_code == 404 or got.location.startswith("/sign-in"), (actor, method, path)
                assert SECRET not in got.text, (actor, method, path)
        assert _state(world.database) == before, actor


TAKEN_ALONG = ("auditor.exported", "auditor.agreed_as", "auditor.one", "auditor.take_away")
"""What is taken along is on the record of its letter (tests/integration/test_desk.py)."""


def test_who_may_reads_and_reading_changes_nothing(world):
    for actor in (
        "an auditor of the campaign",
        "a coordinator of the campaign",
        "an admin",
        "the holder of an auditor’s link",
        "the holder of the link",
        "a colleague who may read",
    ):
        client = CLIENTS[actor](world)
        before = _state(world.database)
        for rule, path in world.asked({endpoint for endpoint, whose in ROUTES.items() if whose in ACTORS[actor]}):
            if "GET" in rule.methods and not path.endswith(".pdf"):
                for method in _read_by(actor, rule.endpoint):
                    assert client.open(path, method=method).status_code in (200, 303, 404), (actor, method, path)
        assert _state(world.database) == before, actor


def _read_by(actor, endpoint) -> tuple[str, ...]:
    if endpoint in TAKEN_ALONG:
        return ("HEAD",)
    return ("GET", "HEAD") if actor in BY_HEAD else ("GET",)


def test_no_act_is_done_without_the_token_of_a_form(world):
    clients = [CLIENTS[actor](world) for actor in ("a coordinator of the campaign", "the holder of the link")]
    world.app.config["WTF_CSRF_ENABLED"] = True
    before = _state(world.database)
    for client in clients:
        for rule, path in world.asked(set(ROUTES)):
            if "POST" in rule.methods:
                got = client.post(path, data={"choice": "sign", "name": "Person A", "authorised": "y"})
                assert got.status_code in (400, 404), (path, got.status)
    assert _state(world.database) == before
