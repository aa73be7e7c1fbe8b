"""A mail's head says what it was given, and nobody can bend it."""

from __future__ import annotations

import base64
import re
import textwrap
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.header import Header
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emails import headers
from emails.errors import HeaderError
from emails.headers import display_name
from emails.message import Attachment
from emails.rendering import set_in_lines
from tests.support.writing import HEAD, addressee, made, parsed, rsa_key

INJECTIONS = [
    "x\nBcc: evil@e.test",
    "x\r\nBcc: evil@e.test",
    "x\rBcc: e",
    "x\0y",
    "x\x0by",
    "x\x85y",
    "x\u2028y",
    "x\ud800y",
]


@pytest.mark.parametrize("words", INJECTIONS, ids=ascii)
def test_a_line_break_or_control_character_is_refused_in_every_field_of_the_head(templates: Path, words: str) -> None:
    fields = ("sender", "sender_name", "recipient", "recipient_name", "message_id", "reply_to", "unsubscribe")
    for head in [replace(HEAD, **{field: words}) for field in fields]:
        with pytest.raises(HeaderError, match=r"[A-Z“].{20,}\.$"):
            made(templates, head=head)
    with pytest.raises(HeaderError, match="subject"):
        made(templates, title=words)
    with pytest.raises(HeaderError):
        made(templates, Attachment(words, "application/pdf", b""))
    with pytest.raises(HeaderError):
        made(templates, Attachment("a.pdf", words, b""))


def test_what_stops_more_of_its_kind_is_said_as_mail_programs_read_it(templates: Path) -> None:
    said = parsed(made(templates, head=replace(HEAD, unsubscribe="https://letters.example.org/stop/a/b/c")))

    assert said["List-Unsubscribe"] == "<https://letters.example.org/stop/a/b/c>"
    assert said["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not [name for name in parsed(made(templates)) if name.startswith("List-")]


@pytest.mark.parametrize("url", ["https://a.test/>, <mailto:x@y.test", "https://a.test/ b", "javascript:x", "https://"])
def test_what_stops_mails_is_one_address_of_a_page(templates: Path, url: str) -> None:
    with pytest.raises(HeaderError, match="no address of a page"):
        made(templates, head=replace(HEAD, unsubscribe=url))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(words=st.text(max_size=200) | st.text(st.sampled_from('ab é,;:<>@"\\()=?_-សូ\t\u202e'), max_size=200))
def test_any_subject_and_name_reads_back_as_it_was_or_is_refused(templates: Path, words: str) -> None:
    words = "s" + words
    try:
        content = made(templates, title=words, head=replace(HEAD, recipient_name=words))
    except HeaderError:
        assert re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", words)
        return
    assert content.isascii()
    head = content.partition(b"\r\n\r\n")[0]
    names = re.findall(rb"(?m)^([^ \t:]+):", head)
    assert names == [b"From", b"To", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"MIME-Version",
                     b"Auto-Submitted", b"Content-Type"]  # fmt: skip
    assert max(map(len, head.split(b"\r\n"))) <= 78
    message = parsed(content)
    assert message["Subject"] == display_name(words)
    assert addressee(content) == (display_name(words), "office@example.test")


@pytest.mark.parametrize(
    "subject",
    [
        "Réponse à la lettre du 24 janvier 2016 au sujet de la protection des défenseurs, de cinq organisations",
        "Carta conjunta: protección de quienes defienden los derechos humanos en la región andina y amazónica",
        "លិខិតរួមស្តីពីការការពារអ្នកការពារសិទ្ធិមនុស្ស នៅក្នុងប្រទេសកម្ពុជា និងតំបន់អាស៊ីអាគ្នេយ៍ទាំងមូល",
        "A joint letter in plain English that is so long that it has to be folded over more lines than one or two",
        "An " + "unbroken" * 40 + " word",
        "=?utf-8?q?not_encoded?= as it seems",
    ],
)
def test_a_long_subject_keeps_every_blank_and_letter(templates: Path, subject: str) -> None:
    content = made(templates, title=subject)
    assert parsed(content)["Subject"] == subject
    assert max(map(len, content.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


def test_a_name_cannot_turn_the_reading_direction(templates: Path) -> None:
    tricky = "Ministry \u202egro.live\u202c\u2066 of\u2069 \u200fHealth"
    assert display_name(tricky) == "Ministry gro.live of Health"
    content = made(templates, title=tricky, head=replace(HEAD, sender_name=tricky, recipient_name=tricky))
    assert parsed(content)["From"] == '"Ministry gro.live of Health" <letters@example.org>'
    assert parsed(content)["Subject"] == "Ministry gro.live of Health"


def test_a_name_that_looks_like_an_address_stays_a_name(templates: Path) -> None:
    for name in ('evil@e.test>, "x" <you@e.test', "evil@e.test", "Doe, Jane", 'The "Best" \\ One', "a: b; c"):
        message = parsed(made(templates, head=replace(HEAD, recipient_name=name)))
        (address,) = message["To"].addresses
        assert (address.display_name, address.addr_spec) == (name, "office@example.test")


def test_a_mail_without_a_subject_is_refused(templates: Path) -> None:
    for title in ("", "  \t ", "\u202e"):
        with pytest.raises(HeaderError, match="no subject"):
            made(templates, title=title)


def test_a_message_id_has_its_brackets_and_a_date_its_zone(templates: Path) -> None:
    for wrong in ("", "abc@d", "<abc>", "<a b@c>", "<a@b> <c@d>", "<é@b>", "<a@b>x"):
        with pytest.raises(HeaderError, match="Message-ID"):
            made(templates, head=replace(HEAD, message_id=wrong))
    with pytest.raises(ValueError, match="time zone"):
        made(templates, head=replace(HEAD, date=datetime(2026, 11, 23)))
    there = replace(HEAD, date=HEAD.date.astimezone(timezone(timedelta(hours=7))))
    assert b"Date: Mon, 23 Nov 2026 21:02:00 +0700\r\n" in made(templates, head=there)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(
    words=st.text('aZ é=?_منظمة漢\u3000\U0001f600".,', min_size=1, max_size=60),
    field=st.sampled_from(["To", "Subject"]),
)
def test_words_beyond_ascii_are_encoded_as_the_standard_library_does(words: str, field: str) -> None:
    shown = display_name(words)
    assert headers._words(field, shown) == Header(shown, "utf-8", 76, field).encode(linesep="\r\n")


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(words=st.text("a\t\r\x0b\x0c\x1c\x85\u3000\xa0  -.\n", max_size=90) | st.text("abc  -", max_size=300))
def test_sentences_are_set_in_lines_as_the_standard_library_does(words: str) -> None:
    line = re.sub("[ \n]+", " ", words).strip()
    assert set_in_lines(words) == textwrap.fill(line, 72, break_long_words=False, break_on_hyphens=False)


def test_a_note_that_a_mail_carries_stands_in_short_lines_and_is_read_back(templates: Path) -> None:
    note = "letters.example.org/log\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— letters … AAAA\n"
    content = made(templates, head=replace(HEAD, note=note), key=rsa_key())
    assert max(map(len, content.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78
    message = parsed(content)
    assert base64.b64decode("".join(message["Undersigned-Head"].split()), validate=True).decode() == note
    assert ":undersigned-head" in "".join(message["DKIM-Signature"].split())
    assert b"Undersigned-Head" not in made(templates, key=rsa_key())


def test_the_same_moment_is_dated_in_each_zone() -> None:
    there = HEAD.date.astimezone(timezone(timedelta(hours=7)))
    assert [
        b"Date: Mon, 23 Nov 2026 14:02:00 +0000\r\n" in made_at(HEAD.date),
        b"21:02:00 +0700" in made_at(there),
    ] == [True, True]


def made_at(date: datetime) -> bytes:
    return headers.written(replace(HEAD, date=date), "About it")
