"""What a coordinator's own words, subjects and copies might smuggle into emails, and two who press at once."""

from __future__ import annotations

import email
import email.policy
from concurrent.futures import ThreadPoolExecutor

import lxml.html
import pytest
from sqlalchemy import select

from tests.support.factories import (
    ANNA,
    act,
    actions,
    fingerprint,
    open_sign_off,
    take_in,
    with_documents,
)
from workflow.campaigns import cover, dispatch, invitations, lifecycle, notes, readers
from workflow.campaigns.cover import Cover
from workflow.campaigns.readers import Seen
from workflow.errors import InputError, RefusedError
from workflow.mails.writing import write_many
from workflow.models import Delivery, Letter

HOSTILE = (
    '<script>alert(1)</script> <img src="https://evil.example/x.png"> <a href="https://evil.example">Sign here</a>\n'
    "{{ link }} {% raw %} %(title)s \u202egnorw\u202c \u2066x\u2069\r\nBcc: victim@example.org\r\n\r\n<h1>Sign</h1>"
)


def sent(database, kind):
    """The emails of a kind, read as a mail program reads them."""
    with database.reading() as session:
        rows = list(session.scalars(select(Delivery).where(Delivery.kind == kind)))
        made = write_many(session, [row.id for row in rows])
        assert [one.error for one in made.values() if one.error] == []
        return [email.message_from_bytes(one.content, policy=email.policy.default) for one in made.values()]


def check(mail, said="Sign here"):
    rich, plain = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))
    assert said in rich
    tree = lxml.html.document_fromstring(rich)
    assert tree.xpath("//script | //img | //*[contains(@href, 'evil')] | //h1[text()='Sign']") == []
    assert "{{ link }}" in plain
    assert not {"\u202e", "\u202c", "\u2066"} & set(plain + rich)
    assert "Bcc" not in mail
    assert mail["To"].addresses[0].addr_spec.endswith("@example.org")


def test_words_of_ones_own_stay_words_and_the_link_stays_the_readers(database):
    letter_id = take_in(database, 2)

    act(database, lifecycle.circulate, letter_id, ANNA, note={"en": HOSTILE})

    for mail in sent(database, "invitation"):
        check(mail)
        assert mail.get_body(("html",)).get_content().count("/s/") == 2


def test_a_covering_text_stays_words_and_a_subject_and_copies_add_no_header(database):
    letter_id = with_documents(database)
    for address in ("a@example.org\r\nBcc: v@example.org", "a@example.org, b@example.org", "a\u202e@example.org", "x"):
        with pytest.raises(InputError):
            act(database, cover.set_cover, letter_id, Cover(copies=(address,)), ANNA)
    given = Cover("Ours\r\nBcc: victim@example.org\u202e", HOSTILE, ("cc@example.org",))
    act(database, cover.set_cover, letter_id, given, ANNA)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)

    (letter,) = sent(database, "letter")
    (copy,) = sent(database, "office_copy")

    check(letter)
    assert letter["Subject"] == "Ours Bcc: victim@example.org"
    assert "Bcc" not in copy


@pytest.mark.parametrize(
    "link", ["https://letters.example/s/abc", "HTTP://Letters.Example/s/abc", "letters.example/sign-in/abc"]
)
def test_nobodys_personal_link_goes_to_everybody(database, settings, link):
    settings.public_url = "https://letters.example"
    letter_id = take_in(database, 1)

    with pytest.raises(InputError) as refused:
        act(database, notes.write, letter_id, {"fr": f"Lisez {link}"}, ANNA)

    assert set(refused.value.fields) == {"note_fr"}


@pytest.mark.parametrize("step", ["circulate", "replace_links"])
def test_two_who_press_at_once_send_once(database, step):
    letter_id = take_in(database, 3)
    do = {"circulate": lifecycle.circulate, "replace_links": invitations.replace_links}[step]
    if step == "replace_links":
        open_sign_off(database, letter_id)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        seen = Seen(readers.number(session, row, step), readers.mark(row))
    before = actions(database, letter_id).count("delivery.queued")

    def press(_):
        try:
            act(database, do, letter_id, ANNA, seen=seen)
        except RefusedError:
            return "refused"
        return "sent"

    with ThreadPoolExecutor(2) as both:
        said = sorted(both.map(press, range(2)))

    assert said == ["refused", "sent"]
    assert actions(database, letter_id).count("delivery.queued") - before == 3


def test_a_sample_makes_no_link_and_writes_nothing(database, settings):
    from tests.support.browsing import signed_in
    from wsgi import create_app

    letter_id = take_in(database, 2)
    client = signed_in(create_app(settings, database), database)
    before = actions(database, letter_id)

    page = client.get(f"/letters/{letter_id}/ask?act=circulate")
    html = client.get(f"/letters/{letter_id}/ask/sample?act=circulate")

    assert (page.status_code, html.status_code) == (200, 200)
    assert actions(database, letter_id) == before
    with database.reading() as session:
        assert [i.link for i in session.get_one(Letter, letter_id).invitations] == [None, None]
        assert session.scalars(select(Delivery).where(Delivery.letter_id == letter_id)).all() == []
