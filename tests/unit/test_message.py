"""A template and its data become a mail that every mail program shows as it was meant, and that nobody can bend."""

from __future__ import annotations

import base64
import email
import email.policy
import os
import re
import subprocess
import sys
import types
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateNotFound, UndefinedError

from emails.dkim import signed
from emails.errors import AddressError, DkimKeyError, HeaderError, MailTooLargeError
from emails.message import LARGEST, Attachment, DkimKey, build, check_address, display_name, size
from tests.support.writing import DATA, HEAD, made

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("templates") / "emails"
    (folder / "invitation").mkdir(parents=True)
    (folder / "layout.html").write_text(
        "<!doctype html><html><head><title>{{ subject }}</title></head>"
        "<body>{% block main %}{% endblock %}</body></html>"
    )
    (folder / "mail.css").write_text(
        '.button { color: #ffffff; font-family: "Segoe UI", sans-serif; }\n'
        "@media (prefers-color-scheme: dark) { .button { color: #000000 !important; } }\n"
    )
    (folder / "invitation" / "subject.txt").write_text("{{ title }}\n")
    (folder / "invitation" / "body.txt").write_text(
        "Dear {{ name }},\n{% if body %}\n{{ body }}\n{% endif %}\nhttps://letters.example.org/s/tok=en?x=1\n\n"
    )
    (folder / "invitation" / "body.html").write_text(
        '{% extends "layout.html" %}{% block main %}<p class="button">Dear {{ name }},</p>'
        "<pre>{{ body }}</pre>{% endblock %}"
    )
    return folder


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not any(part.defects for part in message.walk())
    return message


def addressee(content: bytes) -> tuple[str, str]:
    """Read To as RFC 2047 has it: Python 3.11's newer parser puts blanks between the encoded words of a name."""
    name, address = parseaddr(email.message_from_bytes(content)["To"])
    return str(make_header(decode_header(name))), address


# --- the whole mail -------------------------------------------------------------------------------------------------


def test_a_mail_says_who_to_whom_what_and_when(templates: Path) -> None:
    message = parsed(made(templates))
    assert message["From"] == "Ana García via Undersigned <letters@example.org>"
    assert message["To"].addresses[0].display_name == "John F. Kerry"
    assert message["To"].addresses[0].addr_spec == "office@example.test"
    assert message["Reply-To"] == "ana@coalition.example"
    assert message["Subject"] == "Protect the river"
    assert message["Message-ID"] == HEAD.message_id
    assert message["Date"].datetime == HEAD.date
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"


def test_a_letter_written_by_a_person_does_not_call_itself_automatic(templates: Path) -> None:
    message = parsed(made(templates, head=replace(HEAD, auto_submitted=False, reply_to=None, sender_name="")))
    assert message["Auto-Submitted"] is None
    assert message["Reply-To"] is None
    assert message["From"] == "letters@example.org"


def test_text_and_html_are_both_complete(templates: Path) -> None:
    message = parsed(made(templates))
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == (
        "Dear Zoë <b>,\nDear Minister,\n\nWe ask … “now”.\nhttps://letters.example.org/s/tok=en?x=1\n"
    )
    assert "Dear Minister," in html.get_content() and "We ask … “now”." in html.get_content()
    assert "<title>Protect the river</title>" in html.get_content()


def test_what_people_wrote_is_text_in_the_html_never_markup(templates: Path) -> None:
    html = parsed(made(templates, name="<script>alert(1)</script>")).get_body(("html",)).get_content()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_styles_stand_on_the_elements_and_dark_mode_is_kept(templates: Path) -> None:
    html = parsed(made(templates)).get_body(("html",)).get_content()
    style = re.search(r'<p class="button" style="([^"]*)">', html)
    assert "color: #ffffff" in style[1] and "Segoe UI" in style[1]
    assert "prefers-color-scheme: dark" in html
    assert "<link" not in html


def test_a_template_without_a_stylesheet_is_fine(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    for part, words in (("subject.txt", "Hi"), ("body.txt", "Hello"), ("body.html", "<p>Hello</p>")):
        (tmp_path / "plain" / part).write_text(words)
    message = parsed(build(tmp_path, "plain", {}, HEAD))
    assert (message["Subject"], message.get_body(("plain",)).get_content()) == ("Hi", "Hello\r\n")


def test_a_name_that_the_data_lacks_is_an_error_and_never_an_empty_place(templates: Path) -> None:
    with pytest.raises(UndefinedError, match="title"):
        build(templates, "invitation", {"name": "x", "body": "y"}, HEAD)
    with pytest.raises(TemplateNotFound):
        build(templates, "no-such-mail", DATA, HEAD)


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_in_another_process(templates: Path) -> None:
    key = rsa_key()
    attached = Attachment("letter.docx", "application/vnd.openxmlformats", b"PK\3\4" * 50)
    here = made(templates, attached, key=key)
    script = (
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, '.')\nfrom tests.support import writing as t\n"
        "key = t.DkimKey('example.org', 'sel', Path(sys.argv[2]).read_bytes())\n"
        "attached = t.Attachment('letter.docx', 'application/vnd.openxmlformats', b'PK\\3\\4' * 50)\n"
        "sys.stdout.buffer.write(t.made(Path(sys.argv[1]), attached, key=key))\n"
    )
    (templates / "key.pem").write_bytes(key.private_key)
    command = [sys.executable, "-c", script, str(templates), str(templates / "key.pem")]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Phnom_Penh"}
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=True, env=environment).stdout == here
    assert made(templates, attached, key=key) == here


def test_mails_with_different_message_ids_have_different_boundaries(templates: Path) -> None:
    other = made(templates, head=replace(HEAD, message_id="<other@letters.example.org>"))
    assert parsed(made(templates)).get_boundary() != parsed(other).get_boundary()


LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(body=LINES, name=LINES, attached=st.binary(max_size=200))
def test_any_text_arrives_whole_in_short_lines_of_7_bits(
    templates: Path, body: str, name: str, attached: bytes
) -> None:
    content = made(templates, Attachment("a.bin", "application/octet-stream", attached), body=body, name=name)
    lines = content.split(b"\r\n")
    assert content.isascii()
    assert max(map(len, lines)) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"") and b"\r" not in content.replace(b"\r\n", b"")
    message = parsed(content)
    text = message.get_body(("plain",)).get_payload(decode=True).decode()
    shown = re.sub(r"\r\n|\r|\n", "\r\n", body)
    assert shown in text and re.sub(r"\r\n|\r|\n", "\r\n", name) in text
    assert next(message.iter_attachments()).get_payload(decode=True) == attached


# --- heads ----------------------------------------------------------------------------------------------------------

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
    fields = ("sender", "sender_name", "recipient", "recipient_name", "message_id", "reply_to")
    for head in [replace(HEAD, **{field: words}) for field in fields]:
        with pytest.raises(HeaderError, match=r"[A-Z“].{20,}\.$"):
            made(templates, head=head)
    with pytest.raises(HeaderError, match="subject"):
        made(templates, title=words)
    with pytest.raises(HeaderError):
        made(templates, Attachment(words, "application/pdf", b""))
    with pytest.raises(HeaderError):
        made(templates, Attachment("a.pdf", words, b""))


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


# --- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("jane.doe+letters@example.org", "jane.doe+letters@example.org"),
        ("  Jane@EXAMPLE.org\t", "Jane@example.org"),
        ("a@mail.coalition.test", "a@mail.coalition.test"),
        ("post@xn--strae-oqa.example", "post@straße.example"),
        ("josé@example.org", "josé@example.org"),
        ("l" * 64 + "@example.org", "l" * 64 + "@example.org"),
    ],
)
def test_an_address_is_returned_in_its_normal_form(written: str, normal: str) -> None:
    assert check_address(written) == normal


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "nobody",
        "a@b",
        "a@@example.org",
        "a b@example.org",
        "good@example.org, evil@e.test",
        "group:a@example.org;",
        "Jane <jane@example.org>",
        "a@example.org\n",
        "a@example.org\r\nBcc: x@e.test",
        "a\0@example.org",
        "a\u202e@example.org",
        "a\u200b@example.org",
        '"a b"@example.org',
        "a@[127.0.0.1]",
        "a@localhost",
        ".a@example.org",
        "a..b@example.org",
        "l" * 65 + "@example.org",
        "é" * 33 + "@example.org",
        "a@" + "x." * 130 + "org",
    ],
)
def test_what_is_no_address_is_refused_with_what_to_do(wrong: str) -> None:
    with pytest.raises(AddressError, match=r"^[A-Z“].{20,}\.$") as refused:
        check_address(wrong)
    assert isinstance(refused.value, HeaderError)
    assert len(str(refused.value)) < 400


def test_a_domain_beyond_ascii_stands_in_the_head_as_dns_has_it(templates: Path) -> None:
    content = made(templates, head=replace(HEAD, recipient="post@straße.example"))
    assert b'To: "John F. Kerry" <post@xn--strae-oqa.example>\r\n' in content


def test_letters_beyond_ascii_before_the_at_stand_in_the_head_as_they_are(templates: Path) -> None:
    content = made(templates, head=replace(HEAD, recipient="josé@example.org"))
    assert "<josé@example.org>\r\n".encode() in content


# --- attachments ----------------------------------------------------------------------------------------------------

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def test_attachments_come_whole_in_order_and_with_their_exact_type(templates: Path) -> None:
    files = [
        Attachment("letter.docx", DOCX, b"PK\3\4" + bytes(range(256)) * 40),
        Attachment("letter.pdf", "application/pdf", b""),
        Attachment("entry.json", "application/json", b'{"a":1}\n'),
        Attachment("notes.txt", "text/plain", "bare\nlines é\r\n".encode()),
    ]
    message = parsed(made(templates, *files))
    assert message.get_content_type() == "multipart/mixed"
    got = [
        Attachment(part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in message.iter_attachments()
    ]
    assert got == files
    assert all(part.get_content_disposition() == "attachment" for part in message.iter_attachments())
    assert message.get_body(("plain",)) is not None and message.get_body(("html",)) is not None


@pytest.mark.parametrize(
    ("name", "kept", "simple"),
    [
        ("letter.docx", "letter.docx", "letter.docx"),
        ("Lettre à M. Müller.docx", "Lettre à M. Müller.docx", "Lettre a M. Muller.docx"),
        ("លិខិត.pdf", "លិខិត.pdf", "attachment.pdf"),
        ('a"b;c\\d/e.pdf', 'a"b;c-d-e.pdf', "a-b-c-d-e.pdf"),
        ("../../etc/passwd", "-..-etc-passwd", "etc-passwd"),
        ("%41.pdf", "%41.pdf", "41.pdf"),
        (".docx", "docx", "docx"),
        ("", "attachment", "attachment"),
    ],
)
def test_a_file_s_name_is_there_in_ascii_and_as_it_was(templates: Path, name: str, kept: str, simple: str) -> None:
    content = made(templates, Attachment(name, "application/pdf", b"x"))
    (part,) = parsed(content).iter_attachments()
    assert part.get_filename() == kept
    assert part["Content-Type"].params["name"] == simple


def test_a_very_long_file_name_keeps_its_ending_and_its_line_within_limits(templates: Path) -> None:
    content = made(templates, Attachment("សិទ្ធិ" * 100 + ".docx", DOCX, b"x"))
    (part,) = parsed(content).iter_attachments()
    assert part.get_filename().endswith(".docx")
    assert max(map(len, content.split(b"\r\n"))) <= 998


def test_a_mail_over_ten_megabytes_is_refused_with_its_size(templates: Path) -> None:
    assert size(b"x" * LARGEST) == LARGEST
    with pytest.raises(MailTooLargeError, match=r"takes? 10 MB.*smaller\.$"):
        size(b"x" * (LARGEST + 1))
    with pytest.raises(MailTooLargeError, match=r"10\.\d MB"):
        made(templates, Attachment("big.pdf", "application/pdf", b"x" * 8_000_000))


# --- DKIM -----------------------------------------------------------------------------------------------------------


def pem(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def rsa_key() -> DkimKey:
    return DkimKey("example.org", "sel", pem(rsa.generate_private_key(65537, 2048)))


def ed25519_key() -> DkimKey:
    return DkimKey("example.org", "sel", pem(ed25519.Ed25519PrivateKey.generate()))


class VerifyKey:
    """PyNaCl's key as dkimpy uses it, over OpenSSL: dkimpy itself judges canonicalisation, headers and hashes."""

    def __init__(self, raw: bytes, encoder: object = None) -> None:
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(raw))

    def verify(self, digest: bytes, signature: bytes) -> None:
        self._key.verify(signature, digest)


@pytest.fixture
def nacl(monkeypatch: pytest.MonkeyPatch) -> None:
    signing = types.SimpleNamespace(VerifyKey=VerifyKey)
    encoding = types.SimpleNamespace(Base64Encoder=None)
    exceptions = types.SimpleNamespace(BadSignatureError=InvalidSignature)
    names = types.SimpleNamespace(signing=signing, encoding=encoding, exceptions=exceptions)
    monkeypatch.setattr(dkim, "nacl", names, raising=False)


def verifies(content: bytes, key: DkimKey) -> bool:
    def published(name: bytes, timeout: int = 5) -> bytes:
        assert name == f"{key.record_name}.".encode()
        return key.record.encode()

    try:
        return dkim.DKIM(content).verify(dnsfunc=published)
    except dkim.ValidationError:
        return False


@pytest.mark.parametrize("kind", [rsa_key, ed25519_key])
def test_a_signed_mail_verifies_and_a_changed_one_does_not(templates: Path, nacl: None, kind) -> None:
    key = kind()
    content = made(templates, Attachment("a.pdf", "application/pdf", b"x" * 999), key=key)
    assert verifies(content, key)
    for old, new in (
        (b"Subject: Protect", b"Subject: Pollute"),
        (b"To: ", b"To: evil@e.test, "),
        (b"Dear", b"Dead"),
        (b"Message-ID: <0", b"Message-ID: <1"),
        (b"Auto-Submitted: auto-generated", b"Auto-Submitted: no"),
        (b"multipart/mixed", b"multipart/alternative"),
    ):
        assert old in content
        assert not verifies(content.replace(old, new, 1), key)
    assert not verifies(content + b"P.S. And one more thing.\r\n", key)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [rsa_key, ed25519_key])
@pytest.mark.parametrize("name", ["From", "To", "Cc", "Subject", "Date", "Reply-To", "Message-ID", "Content-Type"])
@pytest.mark.parametrize("reply_to", ["ana@coalition.example", None])
def test_no_header_that_tells_a_reader_something_can_be_added(
    templates: Path, nacl: None, kind, name: str, reply_to: str | None
) -> None:
    key = kind()
    content = made(templates, head=replace(HEAD, reply_to=reply_to), key=key)
    added = f"{name}: evil@e.test\r\n".encode()
    assert verifies(content, key)
    assert not verifies(added + content, key)
    head, _, body = content.partition(b"\r\n\r\n")
    assert not verifies(head + b"\r\n" + added + b"\r\n" + body, key)


@pytest.mark.slow
def test_a_signature_survives_what_mail_servers_do_to_blanks(templates: Path) -> None:
    key = rsa_key()
    content = made(templates, key=key, title="A subject that is long enough to be folded somewhere " + "again and " * 6)
    head, _, body = content.partition(b"\r\n\r\n")
    refolded = re.sub(rb"\r\n[ \t]+", b" ", head).replace(b"Subject: ", b"subject:\r\n\t ")
    assert refolded != head
    assert verifies(b"Received: by relay\r\n" + refolded + b"\r\n\r\n" + body + b"\r\n\r\n", key)


@pytest.mark.slow
@given(body=st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b".", b"\xc3\xa9"]), max_size=30).map(b"".join))
@settings(max_examples=150, deadline=None)
def test_any_body_is_signed_as_another_implementation_reads_it(body: bytes) -> None:
    content = b"From: a@example.org\r\nTo:  b@c.test \r\nX-Other: 1\r\nSubject: x\t y\r\n z\r\n\r\n" + body + b"\r\n"
    assert verifies(signed(content, KEY, HEAD.date), KEY)


KEY = rsa_key()


def test_the_signature_says_how_it_was_made(templates: Path) -> None:
    content = made(templates, key=KEY)
    fields = dkim.util.parse_tag_value(parsed(content)["DKIM-Signature"].encode())
    assert (fields[b"c"], fields[b"d"], fields[b"s"]) == (b"relaxed/relaxed", b"example.org", b"sel")
    assert int(fields[b"t"]) == int(HEAD.date.timestamp())
    assert b"l" not in fields
    names = re.sub(rb"\s", b"", fields[b"h"]).split(b":")
    assert {name for name in names if names.count(name) == 2} == {
        b"from", b"to", b"subject", b"date", b"reply-to", b"message-id", b"content-type",
    }  # fmt: skip
    assert names.count(b"cc") == 1


def test_a_key_that_cannot_sign_is_refused_with_what_to_give(templates: Path) -> None:
    locked = rsa.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    for wrong in (b"", b"not a key", locked, pem(ec.generate_private_key(ec.SECP256R1()))):
        with pytest.raises(DkimKeyError, match=r"^[A-Z].{20,}"):
            made(templates, key=DkimKey("example.org", "sel", wrong))


def test_the_record_to_publish_is_said_and_the_key_is_not() -> None:
    assert KEY.record_name == "sel._domainkey.example.org"
    assert KEY.record.startswith("v=DKIM1; k=rsa; p=MII")
    assert ed25519_key().record.startswith("v=DKIM1; k=ed25519; p=")
    assert "PRIVATE" not in repr(KEY)
