"""Whatever 100 kB somebody types, pastes, mails or uploads: each parser has read or refused it within a second."""

import base64
import contextlib
import functools
import io
import os
import pkgutil
import random
import re
import signal
import socket
import sys
import time
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import hostile
import pytest
import test_documents_read
import test_letterheads
import test_verify
from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder

import config
import emails
import workflow
from config import logs
from emails import dkim, message
from emails.transport import answers, connection, wire
from emails.transport.server import Server
from workflow import (
    characters,
    documents,
    imports,
    languages,
    markdown,
    merkle,
    moments,
    text,
    typed,
    verify,
    visitors,
    wording,
)
from workflow.documents import pictures, redline, svg
from workflow.documents.compiling import compile_letterhead
from workflow.imports import ImportRefused
from workflow.pages import forms
from workflow.signoffs import circumstances
from workflow.states import Refused
from workflow.verify import bundle as bundles
from workflow.verify import composing, corrections, dates, links, names, receipts
from workflow.verify import notes as signed_notes
from workflow.verify.looks import Looks, unknown
from workflow.verify.report import Fault
from workflow.verify.word import read_pages

SIZE = 100_000


def _machine():
    """How much slower than the one that the limit is meant for a machine is just now."""
    began = time.process_time()
    for number in range(1_000_000):
        number += 1
    return (time.process_time() - began) / 0.04


LIMIT = max(1.0, _machine())
"""Seconds of processor time."""
PARSERS = {}
"""What reads words that come from elsewhere, by its name."""
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def parser(*refusals):
    """Put a function that reads one hostile text into the table; it may raise these, which say a sentence."""

    def put(read):
        PARSERS[read.__name__.replace("_", " ")] = (read, refusals)
        return read

    return put


# --- letters that are taken in -------------------------------------------------------------------------------------


def _bytes(words):
    return words.encode("utf-8", "replace")


@parser(ImportRefused)
def a_letter_that_is_pasted(words):
    imports.read(_bytes(words))


def _pasted(part):
    """The row of a paste whose lines are as long, or as many, as they may be."""

    def read(words):
        imports.read(_bytes(hostile.LETTERS[part].format(hostile.fitted(words, 4_990, 2_900))))

    read.__name__ = f"the_{part}_of_a_letter_that_is_pasted"
    return read


for _part in hostile.LETTERS:
    parser(ImportRefused)(_pasted(_part))


@parser(ImportRefused)
def a_mail_that_is_pasted(words):
    quoted = "\n".join(f"> {line}" for line in hostile.fitted(words, 4_990, 2_900).split("\n"))
    imports.read(_bytes(f"-- Forwarded message --\nFrom: a\nTo: b\nSubject: c\n\n{quoted}"))


@parser(ImportRefused)
def the_body_of_a_letter_file(words):
    imports.read(_bytes(f"---\nsubject: A\n---\n{words}"))


@parser(ImportRefused)
def the_head_of_a_letter_file(words):
    imports.read(_bytes(f"---\n{words}\n---\nBody."))


@parser(ImportRefused)
def a_field_of_a_letter_file(words):
    said = words.replace('"', "'").replace("\\", "/")
    imports.read(_bytes(f'---\nsubject: "{said}"\n---\nBody.'))


@parser(ImportRefused)
def the_names_of_a_letter_file(words):
    said = "\n".join(f"  - organisation: {line!r}" for line in words.split("\n"))
    imports.read(_bytes(f"---\nsubject: A\ncosigners:\n{said}\n---\nBody."))


# --- a letter's text -----------------------------------------------------------------------------------------------


def _fit(words):
    """A body as it may be kept, if it may: what is refused is shown nowhere."""
    kept = typed.letter(text.Letter(body=words)).body
    if markdown.too_hard(kept):
        raise Refused("type", "", ("Too hard.",))
    return kept


@functools.cache
def _body(words):
    """The most of a hostile text that may be a body."""
    for most in (len(words), 50_000, 20_000, 10_000, 1_000):
        with contextlib.suppress(Refused):
            return _fit(hostile.fitted(words[:most], 19_990, 6_000, 5_000, 990))
    return ""


@parser(Refused)
def a_body_that_is_typed(words):
    _fit(words)


@parser()
def a_body_on_a_page(words):
    text.paragraphs_html(_body(words))


@parser()
def a_body_in_a_mail(words):
    text.to_plain(_body(words))


@parser()
def a_body_in_a_document(words):
    letter = text.Letter(body=_body(words))
    documents.render_docx(documents.Paper(letter, text.Recipient(), None, ()))


@parser()
def lines_in_a_document(words):
    lines = [typed.shown(line) for line in re.findall(r"(?s).{1,500}", words)]
    letter = text.Letter(language=words, subject=lines[0], closing=lines[-1])
    signatures = tuple(text.Signature(line, line, line, line, line[:9]) for line in lines)
    addressee = text.Recipient(address=tuple(lines))
    for layout in ("automatic", "country"):
        printed = documents.Paper(letter, addressee, date(2026, 11, 24), signatures, documents.Layout(layout))
        documents.render_docx(printed)
    documents.file_name(words, words)


@parser()
def a_text_that_was_changed(words):
    body = _body(words)[: SIZE // 2]
    half = len(body) // 2
    text.changes(text.Letter(body=body), text.Letter(body=body[half:] + body[:half]))


@parser()
def a_text_with_its_changes_tracked(words):
    body = _body(words)[: SIZE // 2]
    half = len(body) // 2
    redline.render_redline(text.Letter(body=body), text.Letter(body=body[half:] + body[:half]), "Anna", NOW)


@parser(wording.NotThere)
def words_to_replace(words):
    wording.replaced(_body(words), 1, words[1 : typed.COMMENT.most - 1], "other words")


@parser(wording.NotThere)
def one_sign_to_replace(words):
    wording.replaced(_body(words), 1, words[:1], words[: typed.COMMENT.most])


@parser()
def words_looked_for_in_a_body(words):
    wording.found_in(_body(words), words[:20])


# --- what is typed -------------------------------------------------------------------------------------------------


@parser(Refused)
def an_address_that_is_typed(words):
    typed.address(words)


@parser(Refused)
def a_short_address_that_is_typed(words):
    for start in range(0, len(words), 250):
        with contextlib.suppress(Refused):
            typed.address(words[start : start + 250])


@parser(Refused)
def a_name_that_is_typed(words):
    typed.shown(words)
    characters.is_name(words)
    typed.left_out(text.Letter(body=words))
    text.sorting_key(words)
    typed.name(words)


@parser()
def a_language_or_a_time_zone(words):
    languages.known(words)
    languages.direction(words)
    assert words not in moments.zones()
    documents.printed_date(date(2026, 11, 24), words)


def _app():
    app = Flask(__name__)
    app.config.update(SECRET_KEY="s", WTF_CSRF_ENABLED=False)
    return app


FORMS = [one for one in vars(forms).values() if isinstance(one, type) and issubclass(one, FlaskForm)]


@parser(HTTPException)
def every_field_of_every_form(words):
    names_of = {name for one in FORMS for name in one.__dict__ if hasattr(getattr(one, name), "field_class")}
    assert len(names_of) > 40
    shared = _bytes(words[:: len(names_of)])
    with _app().test_request_context(method="POST", data=dict.fromkeys(names_of, shared)):
        for one in FORMS:
            forms.problems_of(one())


@parser(HTTPException)
def a_body_of_a_request(words):
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "application/json", words):
        one = _request(data=_bytes(words), content_type=" ".join(kind.split()))
        repr((one.form, one.files, one.args, one.get_data(cache=True)))
    one = _request(
        data=b'--a\r\nContent-Disposition: form-data; name="' + _bytes(words),
        content_type="multipart/form-data; boundary=a",
    )
    repr(one.form)


def _request(**about):
    app = _app()
    return app.request_class(EnvironBuilder(method="POST", **about).get_environ())


@parser()
def the_headers_of_a_request(words):
    plain = re.sub("[\r\n]", " ", words).encode("utf-8", "replace").decode("latin-1")
    kinds = ("Cookie", "Accept-Language", "User-Agent", "Accept", "X-Forwarded-For", "Origin", "Range", "If-None-Match")
    one = _request(headers=dict.fromkeys(kinds, plain), query_string=words)
    repr((one.cookies, one.accept_mimetypes, one.access_route, one.range, one.if_none_match, one.args))
    [languages.known(tag) for tag, _ in one.accept_languages]
    circumstances.opening(None, "link", "", f"Mozilla/{plain}")
    visitors.browser(plain)


@parser()
def a_line_of_the_log(words):
    logs.scrubbed(words)


# --- uploads -------------------------------------------------------------------------------------------------------


def _xml(words):
    return escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", words))


@functools.cache
def _letterhead():
    return test_letterheads.MARKED


def _with(docx, part, old, new):
    """A Word document with something put into one of its parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as archive, zipfile.ZipFile(made, "w") as packed:
        for name in archive.namelist():
            content = archive.read(name).decode("utf-8", "surrogateescape")
            assert name != part or old in content
            content = content.replace(old, new, 1) if name == part else content
            packed.writestr(name, content.encode("utf-8", "surrogateescape"))
    return made.getvalue()


BODY, DOCUMENT = "<w:body>", "word/document.xml"


def _lines(words):
    """Paragraphs of a Word document, as many as make up the size of a hostile text."""
    lines = (f"<w:p><w:r><w:t>{_xml(line)}</w:t></w:r></w:p>" for line in words.split("\n"))
    room, kept = SIZE, []
    while room > 0 and (line := next(lines, "")):
        kept.append(line)
        room -= len(line)
    return "".join(kept)


@parser(documents.LetterheadRefused)
def words_of_a_letterhead(words):
    compile_letterhead(_with(_letterhead(), DOCUMENT, BODY, f"{BODY}<w:p><w:r><w:t>{_xml(words)}</w:t></w:r></w:p>"))


@parser(documents.LetterheadRefused)
def lines_of_a_letterhead(words):
    compile_letterhead(_with(_letterhead(), DOCUMENT, BODY, BODY + _lines(words)))


@parser(documents.LetterheadRefused)
def a_field_of_a_letterhead(words):
    field = (
        f"<w:p><w:r><w:instrText>{_xml(words)}</w:instrText></w:r><w:fldSimple w:instr={quoteattr(_xml(words))}/></w:p>"
    )
    compile_letterhead(_with(_letterhead(), DOCUMENT, BODY, BODY + field))


@parser(documents.LetterheadRefused)
def a_header_of_a_letterhead(words):
    part = next(name for name in zipfile.ZipFile(io.BytesIO(_letterhead())).namelist() if "header" in name)
    compile_letterhead(_with(_letterhead(), part, "Coalition for Rivers", _xml(words)))


@parser(documents.LetterheadRefused)
def the_styles_of_a_letterhead(words):
    compile_letterhead(_with(_letterhead(), "word/styles.xml", "<w:docDefaults>", f"{words}<w:docDefaults>"))


@parser(documents.LetterheadRefused)
def the_xml_of_a_letterhead(words):
    compile_letterhead(_with(_letterhead(), DOCUMENT, BODY, BODY + words))


@parser(documents.LetterheadRefused)
def a_part_of_a_letterhead(words):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("[Content_Types].xml", words)
        packed.writestr("word/document.xml", words)
        packed.writestr("_rels/.rels", words)
        packed.writestr("word/" + words.encode("ascii", "replace").decode()[:60_000], words)
    compile_letterhead(made.getvalue())


@parser(documents.PictureRefused, svg.SvgRefused)
def a_drawing(words):
    for before in ("<?xml ", "<!--", "<svg ", "<svg>", "<svg href=", "<svg url("):
        with contextlib.suppress(svg.SvgRefused):
            drawing = _bytes(before + words)
            assert svg.looks_like_one(drawing) or before.startswith(("<?", "<!"))
            svg.check(drawing)


@parser(documents.PictureRefused)
def a_picture(words):
    for before in (
        b"\x89PNG\r\n\x1a\n0000IHDR",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\0\2" + b"\xff\xe0\0\2" * 20_000,
        b"",
    ):
        upload = before + _bytes(words)
        with contextlib.suppress(documents.PictureRefused):
            (pictures._pixels_of_png(upload), pictures._pixels_of_jpeg(upload))
            svg.looks_like_one(upload)


# --- mails ---------------------------------------------------------------------------------------------------------

EMAILS = Path(workflow.__file__).parent.parent / "templates" / "emails"


@parser(message.UnsafeHeader)
def the_head_of_a_mail(words):
    line = message.display_name(words)
    for field in ("Subject", "To"):
        message._encoded(field, line)
        message._words(field, line)
    message._mailbox("To", words, "a@example.org")


@parser()
def the_text_of_a_mail(words):
    message._filled(words)
    message._body(words, words, (message.Attachment("letter.docx", "text/plain", _bytes(words)),), "seed")


@parser(message.UnsafeHeader)
def the_name_of_a_file(words):
    message._file_part(message.Attachment(words, "text/plain", b""))


@parser()
def the_page_of_a_mail(words):
    message._inliner(EMAILS).inline(f"<html><body><p>{escape(words)}</p></body></html>")


@parser()
def a_mail_that_is_signed(words):
    key = dkim.DkimKey("example.org", "s", _key())
    for content in (words, f"Subject: {words}\r\n\r\n{words}", f"From: a\r\n\r\n{words}"):
        dkim.signed(re.sub("\r?\n", "\r\n", content).encode("utf-8", "replace"), key, NOW)
    connection.stuffed(_bytes(words))


@functools.cache
def _key():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return Ed25519PrivateKey.from_private_bytes(bytes(32)).private_bytes(*form)


@parser()
def an_answer_of_a_mail_server(words):
    for stage in ("MAIL", "RCPT", "dot"):
        answers.refusal(550, _bytes(words), stage, "connected")
    answers.acceptance(250, _bytes(words), "answered")


@parser(wire.Broken)
def a_line_of_a_mail_server(words):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reading = wire.Wire(Server("127.0.0.1", 25))
        reading.sock, reading._unread = ours, b""
        theirs.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            theirs.sendall(b"550-" + _bytes(words).replace(b"\n", b"\n550-"))
        theirs.shutdown(socket.SHUT_WR)
        reading.getreply()


@parser()
def an_address_in_the_transport(words):
    connection.Connection(Server("127.0.0.1", 9)).send(words, words, b"", lambda: False)
    connection.Connection(Server("127.0.0.1", 9)).send("a@b.example", f"a@{words}", b"", lambda: False)


# --- evidence ------------------------------------------------------------------------------------------------------


@parser(Fault)
def a_body_in_the_evidence(words):
    composing.compose(words)


@parser()
def a_correction_in_the_evidence(words):
    old = {"body": words, "closing": "", "subject": words}
    for body in (words[1:], words[:-1] + "b", words[5:50_000] + "b " * 30 + words[50_000:], words[::-1]):
        corrections.is_small(old, {**old, "body": body})


@parser()
def a_date_or_a_name_in_the_evidence(words):
    for language in ("en", "xx"):
        dates.is_date(words, language)
        names.spoken({"language": words})
    people = names.names(
        [0, 1, 2], frozenset(), {0: dict.fromkeys(("name", "title", "organisation", "acronym"), words)}
    )
    names.grouped(words.split("\n"), people, words.split("\n"))
    names.cleaned(words)


@parser()
def a_link_in_the_evidence(words):
    for said in (words, f"http://{words}", f"https://a/{words}"):
        links.written(said)
        links.readable(said)
        links.is_refused(said)
        links.FOLLOWED.fullmatch(said)


SIGNED_NOTE = "example.org/letters/1\n5\nabc=\n\n— example.org {}\n"


@parser()
def a_note_that_is_signed(words):
    forms = (
        words,
        f"{words}\n\n— {words}\n",
        SIGNED_NOTE.format(words),
        f"{signed_notes.PROOF_HEADER}\nindex 1\n{words}\n\n{words}\n",
        f"{signed_notes.PROOF_HEADER}\nextra {words}\nindex {words}\n\n{words}",
    )
    for note in forms:
        for read in (
            signed_notes.open_note,
            signed_notes.read_proof,
            lambda note: receipts.read_receipt("r", note.encode("utf-8", "replace")),
        ):
            with contextlib.suppress(Fault, verify.Unusable):
                read(note)
        for read in (lambda note: merkle.open_note(note, test_verify.VKEY), merkle.read_proof, merkle.read_checkpoint):
            with contextlib.suppress(merkle.ProofError):
                read(note)
    for key in (words, f"{words}+{words}", f"a+00000000+{words}", f"PRIVATE+KEY+{words}"):
        with contextlib.suppress(verify.Unusable):
            signed_notes.read_key(key)
        for read in (merkle.read_verifier_key, merkle.read_signer_key):
            with contextlib.suppress(merkle.ProofError):
                read(key)


@parser()
def a_receipt_that_came_by_mail(words):
    for before in (
        "",
        "Content-Type: multipart/mixed; boundary=a\n\n",
        "Content-Disposition: attachment; filename=",
        "Subject: ",
        "From: ",
    ):
        with contextlib.suppress(verify.Unusable):
            receipts.read_receipt("r", _bytes(before + words))


@parser()
def json_in_the_evidence(words):
    for content in (words, base64.b64encode(_bytes(words)).decode(), "[" * 50_000 + words):
        with contextlib.suppress(Fault):
            bundles.read_json(_bytes(content))
    with contextlib.suppress(Fault):
        bundles.read_json(_bytes('{"a":' + words))


@parser(verify.Unusable)
def names_of_files_in_the_evidence(words):
    bundles.sort_out({f"entries/{line}.json": b"" for line in (words, *words.split("\n"))})


@functools.cache
def _printed():
    return test_documents_read.rendered()


@parser(Fault)
def words_of_a_word_document(words):
    pages = read_pages(_with(_printed(), DOCUMENT, BODY, BODY + _lines(words)))
    looks = Looks(pages.package)
    [(list(looks.faults(one)), list(unknown(one)), looks.is_numbered_by_style(one)) for one in pages.lines]


@parser(Fault)
def the_xml_of_a_word_document(words):
    pages = read_pages(_with(_printed(), DOCUMENT, BODY, BODY + words))
    looks = Looks(pages.package)
    [(list(looks.faults(one)), list(unknown(one)), looks.is_numbered_by_style(one)) for one in pages.lines]


@parser(verify.Unusable)
def a_text_in_the_whole_evidence(words):
    signed = text.Letter(
        language="en",
        subject=words[:500],
        recipients=test_documents_read.LETTER.recipients,
        body=words.encode("utf-8", "replace").decode(),
    )
    verify.verify(test_documents_read.evidence(_printed(), signed))


@parser(verify.Unusable)
def a_document_in_the_whole_evidence(words):
    verify.verify(test_documents_read.evidence(_with(_printed(), DOCUMENT, BODY, BODY + _lines(words))))


@parser(verify.Unusable)
def a_letterhead_in_the_evidence(words):
    sheet = _with(documents.blank(test_documents_read.PLAIN), DOCUMENT, BODY, BODY + _lines(words))
    docx = _with(_printed(), DOCUMENT, BODY, BODY + _lines("1 May" * (SIZE // 10) + "\n" + words))
    verify.verify(test_documents_read.evidence(docx, letterhead=sheet, paper=["0b54", "automatic"]))


@parser(verify.Unusable)
def every_file_of_the_evidence(words):
    files = test_documents_read.evidence(_printed())
    for kind in ("entries/000001.json", "checkpoints/1.txt", "revisions/1.json", "disclosures/1.json", "letter.json"):
        assert kind in files or kind == "disclosures/1.json"
        with contextlib.suppress(verify.Unusable):
            verify.verify({**files, kind: _bytes(words)})
    with contextlib.suppress(verify.Unusable):
        verify.verify(files, words, [_bytes(words)], {"a.docx": _bytes(words)}, words)


# --- how long ------------------------------------------------------------------------------------------------------


class TooLong(BaseException):
    """A parser is still at it: nothing that catches errors catches this."""


def _stop(*_):
    raise TooLong


@contextlib.contextmanager
def _cut_off(seconds):
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def seconds(read, refusals, words, limit=LIMIT):
    """Return the processor time that a parser takes for a text: the least of two tries, where the first is slow."""
    taken = []
    for _ in range(2):
        began = time.process_time()
        with contextlib.suppress(TooLong, *refusals), _cut_off(1.5 * limit):
            read(words)
        taken.append(time.process_time() - began)
        if taken[-1] < limit:
            break
    return min(taken)


TEXTS = hostile.texts(SIZE)
KINDS = (
    "'[' again and again", "'word ' again and again", "paragraphs of 'a'", "long rows of ' \\t'", "all code points",
)  # fmt: skip
"""One of each kind; `make soak` tries them all."""
WORST = {
    "the body of a letter that is pasted": ("long rows of '#'", "'*a' again and again"),
    "the names of a letter that is pasted": ("lines of 'A | B | C'", "long rows of '#'"),
    "the head of a letter file": ("lines of '[^1]: a'", "paragraphs of 'a: b'"),
    "a body on a page": ("'*_' again and again", "lines of '- a'"),
    "a text with its changes tracked": ("'*_' again and again",),
    "one sign to replace": ("long rows of '\\\\'",),
    "a field of a letterhead": ("long rows of 'AAAA '",),
    "a letterhead in the evidence": ("long rows of '{{ date }} '",),
}
"""What once took a parser more than a second, or comes near to it."""


def _tried(name):
    if "SOAK" not in os.environ:
        return [*KINDS, *WORST.get(name, ())]
    return list(TEXTS)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_has_read_or_refused_a_hundred_kilobytes_within_a_second(name):
    slow = {said: taken for said in _tried(name) if (taken := seconds(*PARSERS[name], TEXTS[said])) > LIMIT}

    assert slow == {}


@pytest.mark.skipif("SOAK" not in os.environ, reason="make soak")
@pytest.mark.parametrize("name", PARSERS)
def test_nor_does_any_mixture_take_longer(name):
    chosen = random.Random()
    for _ in range(int(os.environ.get("SOAK", "1"))):
        parts = [TEXTS[said] for said in chosen.sample(list(TEXTS), 20)]
        words = chosen.choice(("", "\n", "\n\n")).join(part[: SIZE // 20] for part in parts)
        assert seconds(*PARSERS[name], words) < LIMIT, words[:200]


def test_what_does_not_end_is_cut_off():
    def endless(words):
        while True:
            re.match("(a+)+b", words)

    assert seconds(endless, (), "a" * 40, limit=0.2) > 0.2


# --- that none is forgotten ----------------------------------------------------------------------------------------

BOUNDED = {
    "workflow.commands.demo": "its own letter, its own pages and its own mails",
    "workflow.documents.pdf": "what LibreOffice has written",
    "workflow.pages.security": "the product's own style sheet",
    "workflow.trouble": "what a database says of itself",
}
"""Modules that search with patterns, and read nothing that is long and comes from elsewhere."""


def _with_patterns():
    """Every module of the product that imports `re`, by its name."""
    for package in (config, emails, workflow):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            source = Path(found.module_finder.path, *found.name.split(".")[-1:]).with_suffix(".py")
            if found.ispkg:
                source = Path(found.module_finder.path, found.name.rpartition(".")[2], "__init__.py")
            if re.search("(?m)^import re$", source.read_text("utf-8")):
                yield found.name


def test_every_module_that_searches_with_patterns_is_in_the_table():
    called = set()

    def note(frame, event, argument):
        called.add(frame.f_globals.get("__name__"))

    sample = (
        "Dear **Ana**, [a](http://b.example/)\n\n- c@d.example, 12 March 2020; Union of Rivers (UR)[^1]\n\n[^1]: {}\n"
    )
    sys.setprofile(note)
    try:
        for number, (read, refusals) in enumerate(PARSERS.values()):
            for words in (sample.format(number), f"<w:p><w:r><w:t>{number} {{{{ date }}}}</w:t></w:r></w:p>"):
                with contextlib.suppress(*refusals):
                    read(words)
    finally:
        sys.setprofile(None)

    assert set(_with_patterns()) - called == set(BOUNDED)
