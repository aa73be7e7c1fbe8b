"""Whatever 100 kB somebody types, pastes, mails or uploads: each parser has read or refused it within a second."""

import base64
import contextlib
import functools
import os
import pkgutil
import random
import re
import signal
import sys
import time
from pathlib import Path

import pytest

import config
import emails
import workflow
from tests.support import hostile, received
from tests.support.parsers import BODY, DOCUMENT, PARSERS, SIZE, encoded, paragraphs, parser, put_into
from workflow import documents, verify
from workflow.letter import text
from workflow.verify import bundle as bundles
from workflow.verify import composing, corrections, dates, links, names, receipts
from workflow.verify import notes as signed_notes
from workflow.verify.looks import Looks, unknown
from workflow.verify.report import VerificationError
from workflow.verify.word import read_pages

LIMIT = 2
"""
Seconds of processor time. One is what a parser may take; twice that, for what else a machine does slows this down too.
"""


def _slowness():
    """How much slower than the one that the limit is meant for a machine is just now: its neighbours change that."""
    began = time.process_time()
    for number in range(1_000_000):
        number += 1
    return max(1.0, (time.process_time() - began) / 0.04)


# --- evidence ------------------------------------------------------------------------------------------------------


@parser(VerificationError)
def a_body_in_the_evidence(words):
    composing.compose(words)


@parser()
def a_correction_in_the_evidence(words):
    old = {"body": words, "closing": "", "subject": words}
    corrections.is_small(old, {**old, "body": words[5:50_000] + "b " * 15 + words[50_000:]})


@parser()
def another_text_in_the_evidence(words):
    corrections.is_small({"body": words, "closing": words}, {"body": words[::-1], "closing": words[1:]})


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
            with contextlib.suppress(VerificationError, verify.InputError):
                read(note)
    for key in (words, f"{words}+{words}", f"a+00000000+{words}", f"PRIVATE+KEY+{words}"):
        with contextlib.suppress(verify.InputError):
            signed_notes.read_key(key)


@parser()
def a_receipt_that_came_by_mail(words):
    for before in (
        "",
        "Content-Type: multipart/mixed; boundary=a\n\n",
        "Content-Disposition: attachment; filename=",
        "Subject: ",
        "From: ",
    ):
        with contextlib.suppress(verify.InputError):
            receipts.read_receipt("r", encoded(before + words))


@parser()
def json_in_the_evidence(words):
    for content in (words, base64.b64encode(encoded(words)).decode(), "[" * 50_000 + words):
        with contextlib.suppress(VerificationError):
            bundles.read_json(encoded(content))
    with contextlib.suppress(VerificationError):
        bundles.read_json(encoded('{"a":' + words))


@parser(verify.InputError)
def names_of_files_in_the_evidence(words):
    bundles.sort_out({f"entries/{line}.json": b"" for line in (words, *words.split("\n"))})


@functools.cache
def _printed():
    return received.rendered()


@parser(VerificationError)
def words_of_a_word_document(words):
    pages = read_pages(put_into(_printed(), DOCUMENT, BODY, BODY + paragraphs(words)))
    looks = Looks(pages.package)
    [(list(looks.faults(one)), list(unknown(one)), looks.is_numbered_by_style(one)) for one in pages.lines]


@parser(VerificationError)
def the_xml_of_a_word_document(words):
    pages = read_pages(put_into(_printed(), DOCUMENT, BODY, BODY + words))
    looks = Looks(pages.package)
    [(list(looks.faults(one)), list(unknown(one)), looks.is_numbered_by_style(one)) for one in pages.lines]


@parser(verify.InputError)
def a_text_in_the_whole_evidence(words):
    signed = text.Letter(
        language="en",
        subject=words[:500],
        recipients=received.LETTER.recipients,
        body=words.encode("utf-8", "replace").decode(),
    )
    verify.verify(received.evidence(_printed(), signed))


@parser(verify.InputError)
def a_document_in_the_whole_evidence(words):
    verify.verify(received.evidence(put_into(_printed(), DOCUMENT, BODY, BODY + paragraphs(words))))


@parser(verify.InputError)
def a_letterhead_in_the_evidence(words):
    sheet = put_into(documents.blank(received.PLAIN), DOCUMENT, BODY, BODY + paragraphs(words))
    docx = put_into(_printed(), DOCUMENT, BODY, BODY + paragraphs("1 May" * (SIZE // 10) + "\n" + words))
    verify.verify(received.evidence(docx, letterhead=sheet, paper=["0b54", "automatic"]))


@parser(verify.InputError)
def every_file_of_the_evidence(words):
    files = received.evidence(_printed())
    for kind in ("entries/000001.json", "checkpoints/1.txt", "revisions/1.json", "disclosures/1.json", "letter.json"):
        assert kind in files or kind == "disclosures/1.json"
        with contextlib.suppress(verify.InputError):
            verify.verify({**files, kind: encoded(words)})
    with contextlib.suppress(verify.InputError):
        verify.verify(files, words, [encoded(words)], {"a.docx": encoded(words)}, words)


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
    """
    Return the processor time that a parser takes for a text, as on a machine that is not slowed down.

    Where it keeps within the limit however slow the machine is, nothing else is asked. Otherwise it is the least of
    three more tries; how slow the machine is, is asked before and after each.
    """
    _called_once(read, refusals, limit)
    taken = [_passed(read, refusals, words, 1.5 * limit)]
    while taken[-1] >= limit and len(taken) < 4:
        before = _slowness()
        passed = _passed(read, refusals, words, 1.5 * limit * before)
        taken.append(passed / max(before, _slowness()))
    return min(taken)


def _passed(read, refusals, words, most):
    began = time.process_time()
    with contextlib.suppress(TooLong, *refusals), _cut_off(most):
        read(words)
    return time.process_time() - began


@functools.cache
def _called_once(read, refusals, limit):
    """What it imports when it is first called is not its own work, and is not to be cut off halfway."""
    with contextlib.suppress(TooLong, *refusals), _cut_off(10 * limit):
        read("A")


TEXTS = hostile.texts(SIZE)
KINDS = (
    "'[' again and again", "paragraphs of 'a'", "long rows of ' \\t'", "all code points",
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

    assert seconds(endless, (), "a" * 40, limit=0.05) > 0.04


# --- that none is forgotten ----------------------------------------------------------------------------------------

BOUNDED = {
    "emails.imap": "numbers and names in the answers of the operator’s own mail server, without going back",
    "emails.return_path": "addresses of at most five hundred letters",
    "workflow.commands.doctor": "the settings of the operator",
    "workflow.commands.demo": "its own letter",
    "workflow.commands.demo_life": "its own pages and its own mails",
    "workflow.documents.fitting": "what LibreOffice has written",
    "workflow.documents.pdf": "what LibreOffice has written",
    "workflow.documents.uploads.footer": "a letterhead that was read and written anew",
    "workflow.pages.genuine": "a footer of a document that was read within its limits, for a code of ten characters",
    "workflow.campaigns.received.comparing": "the words of such a document, each taken once, without going back",
    "workflow.verify.one_name": "values of 64 digits, each matched as a whole",
    "workflow.pages.security": "the product's own style sheet",
    "workflow.pages.skeletons": "pages that the product has rendered, for marks of its own",
    "workflow.pages.sent_form": "the address of a page, which a route has matched",
    "workflow.pages.staff.cosigner_fields": "the names of fields, and numbers, each matched whole, without going back",
    "workflow.pages.staff.drafts": "the names of fields, each matched from its beginning, without going back",
    "workflow.pages.staff.many": "the names of fields, and a number of four digits, each matched as a whole",
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
