"""What comes in is told apart: returned, delayed, complaints, machines and people; whatever is in it, without a crash."""

from __future__ import annotations

import os
import random
import time
from email.message import EmailMessage

import pytest

from emails import bounces, return_path
from tests.support import returned
from tests.support.returned import WHO, Form

FORMS = returned.forms()
TRIES = 1000 * int(os.environ.get("SOAK", "1"))


def test_there_are_two_hundred_forms_each_of_its_own():
    assert len({form.content for form in FORMS}) == len(FORMS) >= 200


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_each_form_is_read_as_what_it_is(form: Form):
    read = bounces.read(form.content)

    assert read.kind == form.kind
    if form.status:
        assert read.worst.status == form.status
    if form.hard is not None:
        assert read.worst.is_hard is form.hard
    if form.address:
        assert read.worst.address == form.address


def test_of_a_return_path_nothing_is_ever_an_answer():
    for form in FORMS:
        read = bounces.read(form.content, to_return_path=True)
        assert read.kind != "reply"
        assert read.kind == form.kind or form.kind in ("reply", "automatic")


def test_the_signed_address_is_found_in_what_is_returned():
    for form in FORMS:
        if form.kind in ("complaint",) or "reports" in form.name:
            assert any("+" in address for address in bounces.read(form.content).inside)


def test_a_mail_that_is_passed_on_as_a_file_is_read_beside_the_words_that_go_along():
    inner = EmailMessage()
    inner["From"] = "Office <office@state.example>"
    inner.set_content("<p>We <b>will</b> free them.</p><script>alert(1)</script>", subtype="html")
    inner.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="re\u202eply.pdf")
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = f"Mara <{WHO}>", "reply+a.b@example.org", "Fwd: Reply"
    outer.set_content("See below.")
    outer.add_attachment(inner)

    read = bounces.read(outer.as_bytes())

    assert (read.kind, read.text) == ("reply", "See below.\n\nWe will free them.")
    assert read.attachments[1:] == ("reply.pdf",)


def test_what_somebody_wrote_is_plain_text_and_files_are_named():
    read = bounces.read(returned.with_a_file())

    assert (read.text, read.attachments) == ("We sign.\nMara", ("board.pdf",))
    assert (read.sender, read.sender_name, read.message_id) == (WHO, "Mara", "<answer-1@recipient.example>")


def test_twenty_megabytes_are_read_in_part():
    huge = (
        returned.dsn(words="It failed.", action="failed", status="5.1.1", diagnostic="smtp; 550 no") + b"x" * 20_000_000
    )

    begun = time.perf_counter()
    read = bounces.read(huge)

    assert (read.kind, read.worst.status) == ("returned", "5.1.1")
    assert time.perf_counter() - begun < 2


BITS = (b"\r\n", b"\n\n", b"--=_b\n", b"--=_b--", b"=?utf-8?b?!!!?=", b"\0", b"\xff\xfe", b";" * 50, b"(" * 50, b"<" * 50, b"@" * 20,
        b"Content-Type: multipart/mixed; boundary=\n", b"Content-Type: message/delivery-status\n\n", b": ", b"Status: 5.",
        b"charset=utf-7", b"Content-Transfer-Encoding: uuencode\n", b"Content-Transfer-Encoding: base64\n", b'"' * 9)  # fmt: skip


def _mutated(content: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.randint(1, 6)):
        at, to = sorted((dice.randrange(len(content) + 1), dice.randrange(len(content) + 1)))
        what = dice.randrange(6)
        if what == 0:
            content = content[:at] + dice.choice(BITS) + content[at:]
        elif what == 1:
            content = content[:at] + content[min(to, at + 80) :]
        elif what == 2:
            content = content[:at] + bytes([dice.randrange(256)]) + content[at + 1 :]
        elif what == 3:
            content = content[:at]
        elif what == 4:
            content = content[:to] + content[at:to] + content[to:]
        else:
            content = content[:at] + dice.choice(FORMS).content[: dice.randrange(900)] + content[at:]
        content = content[:200_000] or b"\n"
    return content


@pytest.mark.slow
def test_no_mutation_makes_it_crash_or_take_long():
    dice = random.Random(14 if TRIES == 1000 else None)
    slowest = 0.0
    for _ in range(TRIES):
        content = _mutated(dice.choice(FORMS).content, dice)
        begun = time.perf_counter()
        read = bounces.read(content, to_return_path=dice.random() < 0.5)
        slowest = max(slowest, time.perf_counter() - begun)
        assert all(len(one) < 1000 for one in (read.sender, read.subject, read.message_id, read.worst.address))
    assert slowest < 2


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"\0" * 1000, b"x" * 100_000, b"From: a@b.example\n\n" + b"> " * 50_000,
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 3000,
        b"From: " + b"(" * 50_000 + b"\n\n", b"".join(b"X-%d: y\n" % number for number in range(5000)) + b"\n",
        b"From: m@b.example\nSubject: " + b"=?utf-8?q?a?= " * 5000 + b"\n\nx", b"To: " + b"a@b.example, " * 9000 + b"\n\n",
        b"From: mailer-daemon@b.example\nContent-Type: text/html\n\n" + b"<" * 200_000,
        b"From: mailer-daemon@b.example\nSubject: failure notice\n\n" + b"delivery to " * 20_000,
        b"From: m@b.example\nContent-Type: text/html\n\n" + b"<style" * 40_000,
        b"From: m@b.example\nContent-Type: text/plain" + b";a" * 200_000 + b"\n\nx",
        b"From: m@b.example\nContent-Type: text/plain" + b';"' * 200_000 + b"\n\nx",
        b"From: m@b.example\nContent-Disposition: attachment" + b";\n " * 50_000 + b"\n\nx",
        b"From: m@b.example\nContent-Type: text/plain; charset=punycode\n\n" + b"a-" * 100_000,
        b"From: m@b.example\nContent-Type: text/plain; charset=idna\n\nxn--" + b"a" * 200_000,
        b"From: mailer-daemon@b.example\n\n" + b"message size " * 20_000, b"From: mailer-daemon@b.example\n\n" + b"-" * 200_000,
    ],
)  # fmt: skip
def test_what_is_no_mail_or_made_to_harm_is_read_quickly(content):
    begun = time.perf_counter()
    bounces.read(content, to_return_path=True)
    bounces.read(content)

    assert time.perf_counter() - begun < 1


def test_an_address_bears_its_tag_through_capitals_and_forwarders():
    about, tag = "0123456789abcdef" * 2, bytes(range(16))
    address = return_path.tagged("bounces@example.org", tag, about)

    assert len(address.partition("@")[0]) <= 64
    for seen in (address, address.upper(), f"SRS0=HHH=TT=example.org={address.partition('@')[0]}@forwarder.example"):
        assert list(return_path.found_in("bounces@example.org", [seen])) == [(tag, about)]
    for other in (
        address.replace("bounces", "xbounces"),
        address.replace("example.org", "example.org.evil"),
        "x@example.org",
    ):
        assert list(return_path.found_in("bounces@example.org", [other])) == []
    assert not return_path.fits("a-very-long-name@example.org")
