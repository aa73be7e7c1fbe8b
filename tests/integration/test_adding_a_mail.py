"""A mail that nobody has heard of: its module and its folder of templates are all that it takes."""

from __future__ import annotations

import importlib.util
import shutil
import sys

import pytest

from emails import mailbox
from emails.mailbox import LocalMailbox
from emails.transport import Server
from tests.support.factories import ANNA, act, open_sign_off, take_in
from workflow import jobs
from workflow.campaigns import lifecycle
from workflow.campaigns.lookup import locked_letter
from workflow.history import evidence
from workflow.mails import registry, writing
from workflow.models import Delivery

MODULE = '''
"""Says that the deadline is near."""

from dataclasses import dataclass

from workflow.mails.audiences import CONTACT
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCall(MailData):
    title: str
    deadline: str
    link: str


@mail("last_call", "last call", CONTACT, follows_text=True)
def last_call(source: Source) -> LastCall:
    return LastCall(title=source.title, deadline=source.deadline, link=source.link)


def queue(session, invitation):
    about = {"digest": invitation.letter.revision.digest, "link": invitation.link.id}
    return last_call.queue(session, invitation.email, f"last_call:{invitation.id}", about, invitation=invitation)
'''
ORIGINAL = writing.TEMPLATES
WORDS = {
    "subject.txt": "Soon: {{ title }}",
    "body.txt": "Please answer by {{ deadline }}.\n\n{{ link }}\n",
    "body.html": '{% extends "layout.html" %}{% block main %}<a href="{{ link }}">{{ deadline }}</a>{% endblock %}',
}


@pytest.fixture
def last_call(tmp_path, monkeypatch):
    """The mail's module, with its folder beside those of the others."""
    monkeypatch.setattr(writing, "TEMPLATES", tmp_path / "emails")
    shutil.copytree(ORIGINAL, tmp_path / "emails")
    (tmp_path / "emails" / "last_call").mkdir()
    for name, words in WORDS.items():
        (tmp_path / "emails" / "last_call" / name).write_text(words)
    (tmp_path / "last_call.py").write_text(MODULE)
    spec = importlib.util.spec_from_file_location("workflow.mails.last_call", tmp_path / "last_call.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    yield module
    del registry.MAILS["last_call"]


def test_a_new_mail_is_written_sent_and_on_the_record(database, tmp_path, last_call):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    with database.writing() as session:
        last_call.queue(session, locked_letter(session, letter_id).invitations[0])

    with LocalMailbox(tmp_path / "received") as server:
        jobs.deliver(database, letter_id, Server.parse(server.url), "worker")

    told = mailbox.received(tmp_path / "received")[-1]
    assert told.subject == "Soon: Free the seventeen"
    assert "/s/" in told.text
    with database.reading() as session:
        assert session.query(Delivery).filter_by(kind="last_call").one().is_accepted
        assert evidence.verify(session, letter_id).ok


def test_a_new_mail_that_follows_the_text_ends_with_it(database, last_call):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    with database.writing() as session:
        last_call.queue(session, locked_letter(session, letter_id).invitations[0])

    act(database, lifecycle.revise, letter_id, "Other words", ANNA)

    with database.reading() as session:
        assert session.query(Delivery).filter_by(kind="last_call").one().state == "cancelled"
