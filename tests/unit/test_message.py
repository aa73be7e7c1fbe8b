"""A template and its data become a mail that every mail program shows as it was meant."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateNotFound, UndefinedError

from emails.errors import MailTooLargeError
from emails.message import LARGEST, Attachment, build, check_size
from tests.support.writing import DATA, HEAD, made, parsed, rsa_key

ROOT = Path(__file__).parents[2]


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
        (
            "an-addendum-" + "x" * 47 + "-mp.docx",
            "an-addendum-" + "x" * 47 + ".docx",
            "an-addendum-" + "x" * 47 + ".docx",
        ),
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
    check_size(LARGEST)
    with pytest.raises(MailTooLargeError, match=r"takes? 10 MB.*smaller\.$"):
        check_size(LARGEST + 1)
    with pytest.raises(MailTooLargeError, match=r"10\.\d MB"):
        made(templates, Attachment("big.pdf", "application/pdf", b"x" * 8_000_000))
