"""What reads words that come from elsewhere: a row for each parser of letters, forms, uploads and mails."""

import contextlib
import dataclasses
import functools
import io
import re
import socket
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder

import workflow
from config import logs
from emails import bounces, dkim, headers, message, quotations, rendering, skeleton
from emails.errors import HeaderError
from emails.headers import Head
from emails.transport import client, replies, smtp_connection, transaction
from emails.transport.server import Server
from tests.support import docx_in, hostile, sheets
from tests.support.word import MARKED
from workflow import csv_out, documents, effort, imports, languages, moments, visitors
from workflow.documents import STEPS, blank, compile_letterhead, redline
from workflow.documents.pictures import logos, svg
from workflow.errors import IncomingError, LetterheadError, PictureError, RefusedError, WordingError
from workflow.imports import cosigner_lists, mending
from workflow.letter import characters, domains, markdown, text, typed, wording
from workflow.pages import forms
from workflow.pages.staff import forms as staff_forms
from workflow.signoffs import link_usage
from workflow.tokens import Tokens

SIZE = 100_000
PARSERS = {}
"""What reads words that come from elsewhere, by its name."""
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def parser(*refusals):
    """Put a function that reads one hostile text into the table; it may raise these, which say a sentence."""

    def put(read):
        PARSERS[read.__name__.replace("_", " ")] = (read, refusals)
        return read

    return put


@parser()
def an_answer_to_a_challenge(words):
    effort.judge(Tokens(("secret",)), "page", words, words, 0)
    effort.judge(Tokens(("secret",)), "page", effort.challenge(Tokens(("secret",)), "page", 0), words, 0)


@parser()
def the_domain_of_a_website(words):
    domains.of_website(words)
    domains.mixes_scripts(words)
    domains.as_it_looks(words)


# --- what comes in by mail -----------------------------------------------------------------------------------------


@parser()
def a_mail_that_came_back(words):
    bounces.read(b"From: mailer-daemon@example.org\nSubject: failure notice\n\n" + encoded(words), to_return_path=True)


@parser()
def a_mail_that_somebody_wrote(words):
    head = b"From: a@example.org\nSubject: Re: x\nContent-Type: text/html; charset=utf-8\n\n"
    quotations.parted(bounces.read(head + encoded(words)).text)
    quotations.parted(words)


@parser()
def the_head_of_a_mail_that_came_in(words):
    line = words.replace("\n", " ")
    bounces.read(f"From: {line}\nTo: {line}\nSubject: {line}\nContent-Type: {line}\n\n".encode("utf-8", "replace"))


# --- letters that are taken in -------------------------------------------------------------------------------------


def encoded(words):
    return words.encode("utf-8", "replace")


@parser(IncomingError)
def a_letter_that_is_pasted(words):
    imports.read(encoded(words))


def _pasted(part):
    """The row of a paste whose lines are as long, or as many, as they may be."""

    def read(words):
        imports.read(encoded(hostile.LETTERS[part].format(hostile.fitted(words, 4_990, 2_900))))

    read.__name__ = f"the_{part}_of_a_letter_that_is_pasted"
    return read


for _part in hostile.LETTERS:
    parser(IncomingError)(_pasted(_part))


@parser(IncomingError)
def a_mail_that_is_pasted(words):
    quoted = "\n".join(f"> {line}" for line in hostile.fitted(words, 4_990, 2_900).split("\n"))
    imports.read(encoded(f"-- Forwarded message --\nFrom: a\nTo: b\nSubject: c\n\n{quoted}"))


@parser(IncomingError)
def the_body_of_a_letter_file(words):
    imports.read(encoded(f"---\nsubject: A\n---\n{words}"))


@parser(IncomingError)
def the_head_of_a_letter_file(words):
    imports.read(encoded(f"---\n{words}\n---\nBody."))


@parser(IncomingError)
def a_field_of_a_letter_file(words):
    said = words.replace('"', "'").replace("\\", "/")
    imports.read(encoded(f'---\nsubject: "{said}"\n---\nBody.'))


@parser(IncomingError)
def the_names_of_a_letter_file(words):
    said = "\n".join(f"  - organisation: {line!r}" for line in words.split("\n"))
    imports.read(encoded(f"---\nsubject: A\ncosigners:\n{said}\n---\nBody."))


# What an import was unsure of: each of these is an act of its own, found in the draft by the words around its place.


@parser(RefusedError)
def a_paragraph_that_is_split(words):
    lines = words.split("\n")
    mending.split(words, lines[0], lines[-1])


@parser(RefusedError)
def paragraphs_that_are_joined(words):
    lines = words.split("\n")
    mending.join(words, lines[0], lines[-1])


@parser(RefusedError)
def a_word_that_is_joined(words):
    mending.close(words, "a-b")


@parser()
def lines_that_are_added_to_a_draft(words):
    mending.added(words, words.split("\n"), heading=True, first=False)


# --- a letter from a Word document ---------------------------------------------------------------------------------


@parser(IncomingError)
def words_of_a_word_letter(words):
    lines = as_xml(words).split("\n")
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    imports.read(docx_in.docx(body))


LOOKS = ("<w:b/>", "<w:i/>", "", "<w:b/><w:i/>")


@parser(IncomingError)
def looks_of_a_word_letter(words):
    pieces = [as_xml(words[start : start + 10]) for start in range(0, len(words), 10)]
    runs = [f"<w:r><w:rPr>{LOOKS[n % 4]}</w:rPr><w:t>{piece}</w:t></w:r>" for n, piece in enumerate(pieces)]
    lines = ["".join(runs[start : start + 300]) for start in range(0, len(runs), 300)]
    imports.read(docx_in.docx("".join(f"<w:p>{line}</w:p>" for line in lines)))


@parser(IncomingError)
def the_xml_of_a_word_letter(words):
    imports.read(docx_in.docx(words))


@parser(IncomingError)
def fields_and_signs_of_a_word_letter(words):
    said = as_xml(words).replace('"', "'")
    short = said[:1_000]
    begin, end = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>', '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    part = '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>a</w:t></w:r>'
    code = f"<w:r><w:instrText>HYPERLINK {said}</w:instrText></w:r>"
    sign = f'<w:r><w:sym w:font="Symbol" w:char="{short}"/><w:t>{short}\uf0b7</w:t></w:r>'
    simple = f'<w:fldSimple w:instr="{said}"><w:r><w:t>b</w:t></w:r></w:fldSimple>'
    link = f'<w:hyperlink r:id="h">{sign}</w:hyperlink>'
    body = f"<w:p>{begin}{code}{part}{end}{simple}{link}</w:p>"
    relations = {"h": ("hyperlink", f"https://{short.replace(chr(10), ' ')}".replace("'", ""))}
    with contextlib.suppress(IncomingError):
        imports.read(docx_in.docx(body, relations=relations))
    styles = f'<w:style w:styleId="{short}"><w:name w:val="heading {short}"/><w:basedOn w:val="{short}"/></w:style>'
    level = f'<w:lvl><w:start w:val="{short}"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="{said}"/></w:lvl>'
    numbers = '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    numbering = f'<w:abstractNum w:abstractNumId="1">{level}</w:abstractNum>{numbers}'
    looks = f'<w:pStyle w:val="{short}"/><w:numPr><w:numId w:val="1"/></w:numPr>'
    items = docx_in.paragraph("a", looks=looks) * 20
    imports.read(docx_in.docx(items, {"styles": styles, "numbering": numbering}))


# --- lists of organisations ------------------------------------------------------------------------------------------


@parser(IncomingError)
def a_list_that_is_pasted(words):
    cosigner_lists.read_text(words)


@parser(IncomingError)
def lines_of_a_list(words):
    cosigner_lists.read_text("FIDH <k@fidh.example>\n" + words)
    cosigner_lists.read_text("\n".join(f"- {line} <a@b.example>" for line in words[: SIZE // 2].split("\n")))


@parser(IncomingError)
def columns_of_a_list(words):
    for before in ("organisation,email\n", "organisation;signatory;email\na;b;", '"'):
        with contextlib.suppress(IncomingError):
            found = cosigner_lists.read_text(before + words)
            csv_out.write([(row.cosigner.organisation, row.source) for row in found.rows])


@parser(IncomingError)
def cells_of_a_sheet(words):
    kept = "".join(c for c in words if c.isprintable())
    lines = [[kept[at : at + 30_000], "x"] for at in range(0, len(kept), 30_000)]
    cosigner_lists.read(sheets.sheet(["organisation", "email"], *lines[:3]))


@parser(IncomingError)
def a_part_of_a_sheet(words):
    for name in (sheets.SHEET, sheets.STRINGS, "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"):
        with contextlib.suppress(IncomingError):
            cosigner_lists.read(sheets.with_part(A_SHEET, name, encoded(words)))
    rows = sheets.part(A_SHEET, sheets.SHEET)
    cosigner_lists.read(sheets.with_part(A_SHEET, sheets.SHEET, rows.replace(b"<row", encoded(words) + b"<row")))


A_SHEET = sheets.sheet(["organisation", "email"], ["FIDH", "k@fidh.example"])


# --- a letter's text -----------------------------------------------------------------------------------------------


def _fit(words):
    """A body as it may be kept, if it may: what is refused is shown nowhere."""
    kept = typed.letter(text.Letter(body=words)).body
    if markdown.too_hard(kept):
        raise RefusedError("Too hard.")
    return kept


@functools.cache
def _body(words):
    """The most of a hostile text that may be a body."""
    for most in (len(words), 50_000, 20_000, 10_000, 1_000):
        with contextlib.suppress(RefusedError):
            return _fit(hostile.fitted(words[:most], 19_990, 6_000, 5_000, 990))
    return ""


@parser(RefusedError)
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
    documents.render_docx(documents.PrintJob(letter, text.Recipient(), None, ()))


@parser()
def lines_in_a_document(words):
    lines = [typed.shown(line) for line in re.findall(r"(?s).{1,500}", words)]
    letter = text.Letter(language=words, subject=lines[0], closing=lines[-1])
    signatures = tuple(text.Signature(line, line, line, line, line[:9]) for line in lines)
    addressee = text.Recipient(address=tuple(lines))
    for layout in ("automatic", "country"):
        printed = documents.PrintJob(letter, addressee, date(2026, 11, 24), signatures, documents.Layout(layout))
        documents.render_docx(printed)
    documents.file_name(words, words)


@parser()
def a_text_that_was_changed(words):
    body = _body(words)[: SIZE // 2]
    half = len(body) // 2
    documents.changes(text.Letter(body=body), text.Letter(body=body[half:] + body[:half]))


@parser()
def a_text_with_its_changes_tracked(words):
    body = _body(words)[: SIZE // 2]
    half = len(body) // 2
    redline.render_redline(text.Letter(body=body), text.Letter(body=body[half:] + body[:half]), "Anna", NOW)


@parser(WordingError)
def words_to_replace(words):
    wording.replaced(_body(words), 1, words[1 : typed.COMMENT.most - 1], "other words")


@parser(WordingError)
def one_sign_to_replace(words):
    wording.replaced(_body(words), 1, words[:1], words[: typed.COMMENT.most])


@parser()
def words_looked_for_in_a_body(words):
    wording.found_in(_body(words), words[:20])


# --- what is typed -------------------------------------------------------------------------------------------------


@parser(RefusedError)
def an_address_that_is_typed(words):
    typed.address(words)


@parser(RefusedError)
def a_short_address_that_is_typed(words):
    for start in range(0, len(words), 250):
        with contextlib.suppress(RefusedError):
            typed.address(words[start : start + 250])


@parser(RefusedError)
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


FORMS = [
    one
    for module in (forms, staff_forms)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, FlaskForm) and one is not FlaskForm
]


@parser(HTTPException)
def every_field_of_every_form(words):
    names_of = {name for one in FORMS for name in one.__dict__ if hasattr(getattr(one, name), "field_class")}
    assert len(names_of) > 40
    shared = encoded(words[:: len(names_of)])
    with _app().test_request_context(method="POST", data=dict.fromkeys(names_of, shared)):
        for one in FORMS:
            one().validate()


@parser(HTTPException)
def a_body_of_a_request(words):
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "application/json", words):
        one = _request(data=encoded(words), content_type=" ".join(kind.split()))
        repr((one.form, one.files, one.args, one.get_data(cache=True)))
    one = _request(
        data=b'--a\r\nContent-Disposition: form-data; name="' + encoded(words),
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
    link_usage.access(Tokens(("a secret of at least 32 characters",)), "link", "", f"Mozilla/{plain}")
    visitors.browser(plain)


@parser()
def a_line_of_the_log(words):
    logs.scrubbed(words)


# --- uploads -------------------------------------------------------------------------------------------------------


def as_xml(words):
    return escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", words))


@functools.cache
def _letterhead():
    return MARKED


def put_into(docx, part, old, new):
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


def paragraphs(words):
    """Paragraphs of a Word document, as many as make up the size of a hostile text."""
    lines = (f"<w:p><w:r><w:t>{as_xml(line)}</w:t></w:r></w:p>" for line in words.split("\n"))
    room, kept = SIZE, []
    while room > 0 and (line := next(lines, "")):
        kept.append(line)
        room -= len(line)
    return "".join(kept)


def adjust(upload):
    """Compile a letterhead, and set it otherwise in all the ways that there are."""
    blank(compile_letterhead(upload).letterhead, running_header=True, tightness=len(STEPS) - 1)


@parser(LetterheadError)
def words_of_a_letterhead(words):
    compile_letterhead(
        put_into(_letterhead(), DOCUMENT, BODY, f"{BODY}<w:p><w:r><w:t>{as_xml(words)}</w:t></w:r></w:p>")
    )


@parser(LetterheadError)
def lines_of_a_letterhead(words):
    adjust(put_into(_letterhead(), DOCUMENT, BODY, BODY + paragraphs(words)))


@parser(LetterheadError)
def a_field_of_a_letterhead(words):
    said = as_xml(words)
    field = f"<w:p><w:r><w:instrText>{said}</w:instrText></w:r><w:fldSimple w:instr={quoteattr(said)}/></w:p>"
    compile_letterhead(put_into(_letterhead(), DOCUMENT, BODY, BODY + field))


@parser(LetterheadError)
def a_header_of_a_letterhead(words):
    part = next(name for name in zipfile.ZipFile(io.BytesIO(_letterhead())).namelist() if "header" in name)
    compile_letterhead(put_into(_letterhead(), part, "Coalition for Rivers", as_xml(words)))


@parser(LetterheadError)
def the_styles_of_a_letterhead(words):
    adjust(put_into(_letterhead(), "word/styles.xml", "<w:docDefaults>", f"{words}<w:docDefaults>"))


@parser(LetterheadError)
def the_xml_of_a_letterhead(words):
    adjust(put_into(_letterhead(), DOCUMENT, BODY, BODY + words))


@parser(LetterheadError)
def a_part_of_a_letterhead(words):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("[Content_Types].xml", words)
        packed.writestr("word/document.xml", words)
        packed.writestr("_rels/.rels", words)
        packed.writestr("word/" + words.encode("ascii", "replace").decode()[:60_000], words)
    compile_letterhead(made.getvalue())


@parser(PictureError)
def a_drawing(words):
    for before in ("<?xml ", "<!--", "<svg ", "<svg>", "<svg href=", "<svg url("):
        with contextlib.suppress(PictureError):
            drawing = encoded(before + words)
            assert svg.looks_like_one(drawing) or before.startswith(("<?", "<!"))
            svg.check(drawing)


@parser(PictureError)
def a_picture(words):
    for before in (
        b"\x89PNG\r\n\x1a\n0000IHDR",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\0\2" + b"\xff\xe0\0\2" * 20_000,
        b"",
    ):
        upload = before + encoded(words)
        with contextlib.suppress(PictureError):
            (logos._pixels_of_png(upload), logos._pixels_of_jpeg(upload))
            svg.looks_like_one(upload)


# --- mails ---------------------------------------------------------------------------------------------------------

EMAILS = Path(workflow.__file__).parent.parent / "templates" / "emails"


HEAD = Head("a@example.org", "A", "b@example.org", "B", "<x@example.org>", NOW)


def built(words, name="letter.docx"):
    given = {"link": words, "mail_language": "en", "direction": "ltr"}
    message.build(EMAILS, "sign_in", given, HEAD, [message.Attachment(name, "text/plain", encoded(words))])


SIGN_IN = skeleton.compile_skeleton(EMAILS, "sign_in", {"mail_language": "en", "direction": "ltr"}, ["link"])


@parser(HeaderError)
def a_mail_that_is_filled_in(words):
    given = {"link": words, "mail_language": words, "direction": "ltr"}
    made = skeleton.compile_skeleton(EMAILS, "sign_in", given, ["direction"], addresses=["direction"])
    for one, values in ((SIGN_IN, {"link": words}), (made, {"direction": words})):
        skeleton.fill(one, values, HEAD)
    headers.fit(words, "subject")


@parser(HeaderError)
def the_head_of_a_mail(words):
    headers.written(dataclasses.replace(HEAD, sender_name=words, recipient_name=words), headers.fit(words, "subject"))


@parser()
def the_text_of_a_mail(words):
    rendering.filled(words)
    built(words)


@parser(HeaderError)
def the_name_of_a_file(words):
    built("x", name=words)


@parser()
def the_page_of_a_mail(words):
    rendering.render(EMAILS, "sign_in", {"link": words, "mail_language": "en", "direction": "ltr"})


@parser()
def a_mail_that_is_signed(words):
    key = dkim.DkimKey("example.org", "s", _key())
    for content in (words, f"Subject: {words}\r\n\r\n{words}", f"From: a\r\n\r\n{words}"):
        dkim.signature(re.sub("\r?\n", "\r\n", content).encode("utf-8", "replace"), key, NOW)
    transaction.stuffed(encoded(words))


@functools.cache
def _key():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return Ed25519PrivateKey.from_private_bytes(bytes(32)).private_bytes(*form)


@parser()
def an_answer_of_a_mail_server(words):
    for stage in ("MAIL", "RCPT", "dot"):
        replies.refusal(550, encoded(words), stage, "connected")
    replies.acceptance(250, encoded(words), "answered")


@parser(smtp_connection.DisconnectedError)
def a_line_of_a_mail_server(words):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reading = smtp_connection.SmtpConnection(Server("127.0.0.1", 25))
        reading.sock, reading._unread = ours, b""
        theirs.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            theirs.sendall(b"550-" + encoded(words).replace(b"\n", b"\n550-"))
        theirs.shutdown(socket.SHUT_WR)
        reading.getreply()


@parser()
def an_address_in_the_transport(words):
    client.Client(Server("127.0.0.1", 9)).send(words, words, b"", lambda: False)
    client.Client(Server("127.0.0.1", 9)).send("a@b.example", f"a@{words}", b"", lambda: False)
