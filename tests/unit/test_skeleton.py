"""Mails that are filled in are, byte for byte, those that are built of the same values."""

from __future__ import annotations

import functools
import json
import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emails import rendering
from emails.errors import HeaderError
from emails.message import Attachment, build, file_part
from emails.skeleton import Skeleton, compile_skeleton, fill, fits
from tests.support.writing import HEAD, rsa_key
from tests.unit.test_mail_templates import CASES, LINK, data_of
from workflow.languages import LANGUAGES, catalogue
from workflow.mails.writing import TEMPLATES

DIFFER = (
    "organisation", "signatory", "link", "others", "name", "name_title", "proof", "to", "others_signed",
    "withheld_signed", "signed_at", "sequence", "code", "said", "reply", "title",
)  # fmt: skip
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300).filter(fits)
HOSTILE = [
    'O\'Brien & <b>Söhne</b> "=?utf-8?q?x?=" &amp; &#39; %(title)s {{ link }} {% if %}',
    "جمعية حقوق الإنسان في فلسطين",
    "\u2068جمعية\u2069 (HRA)",
    "ផ្ទះ" * 70,
    "word " * 60,
    "x" * 300,
    ".",
    "=",
    "a  b\tc\xa0d\u3000e\u200fg",
    "two\nlines\n.\n\nof it",
    " ",
]


def holes_of(words: dict[str, object], kind: str) -> list[str]:
    return [name for name in DIFFER if isinstance(words[name], str) and words[name] and name in used(kind)]


@functools.cache
def used(kind: str) -> set[str]:
    written = [path.read_text() for path in (*(TEMPLATES / kind).iterdir(), *TEMPLATES.glob("*.*"))]
    return {name for name in DIFFER if any(name in one for one in written)}


def compiled(kind: str, language: str, words: dict[str, object]) -> Skeleton:
    made = compile_skeleton(TEMPLATES, kind, words, holes_of(words, kind), catalogue(language))
    return Skeleton.from_json(json.loads(json.dumps(made.as_json())))


def made(make):
    """The bytes, or why there are none."""
    try:
        return make()
    except HeaderError as error:
        return str(error)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(CASES)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_that_is_filled_in_is_the_one_that_is_built(language, number):
    """Each mail in each language; with each value in one of its languages, and each language with each value."""
    kind, given = CASES[number]
    words = data_of(language, **given)
    skeleton = compiled(kind, language, words)
    assert skeleton.holes
    of_four = 1 if "SOAK" in os.environ else len(LANGUAGES)
    for value in HOSTILE[(number + [*LANGUAGES].index(language)) % of_four :: of_four]:
        alike(skeleton, language, kind, words, dict.fromkeys(skeleton.holes, value))


@pytest.mark.slow
@settings(max_examples=100)
@given(data=st.data())
def test_whatever_names_it_is_filled_in_with(data):
    number = data.draw(st.integers(0, len(CASES) - 1))
    kind, given = CASES[number]
    language = data.draw(st.sampled_from(list(LANGUAGES)))
    words = data_of(language, **given)
    skeleton = once_compiled(number, language)
    alike(skeleton, language, kind, words, {name: data.draw(NAMES) for name in skeleton.holes})


@functools.cache
def once_compiled(number, language):
    kind, given = CASES[number]
    return compiled(kind, language, data_of(language, **given))


def alike(skeleton, language, kind, words, values):
    values = values | ({"link": LINK} if words["link"] else {})
    head = replace(HEAD, recipient_name=values.get("signatory", ""))
    filled_in = made(lambda: b"".join(fill(skeleton, values, head)))
    assert filled_in == made(lambda: build(TEMPLATES, kind, words | values, head, translations=catalogue(language)))


def test_files_and_the_signature_are_those_of_a_mail_that_is_built():
    words, key = data_of("en"), rsa_key()
    files = [Attachment("a.pdf", "application/pdf", b"x" * 1000), Attachment("b.txt", "text/plain", b"\n")]

    filled_in = fill(compiled("copy", "en", words), words, HEAD, [*map(file_part, files)], key)

    assert b"".join(filled_in) == build(TEMPLATES, "copy", words, HEAD, files, key)


def test_a_mail_shares_the_bytes_of_its_words_and_its_files():
    words = data_of("en")
    skeleton, file = compiled("copy", "en", words), file_part(Attachment("a.pdf", "application/pdf", b"x"))

    one, other = (fill(skeleton, words | {"organisation": name}, HEAD, [file]) for name in ("A", "B"))

    shared = {id(piece) for piece in one} & {id(piece) for piece in other}
    assert {id(file), *(id(part) for part in skeleton.html if isinstance(part, bytes))} <= shared


@pytest.fixture
def folder(tmp_path):
    """A mail of three templates, to be written."""

    def write(subject="About it", body="Dear colleague,", rich="<p>Dear colleague,</p>"):
        (tmp_path / "mail").mkdir(exist_ok=True)
        for name, words in (("subject.txt", subject), ("body.txt", body), ("body.html", rich)):
            (tmp_path / "mail" / name).write_text(words)
        return tmp_path

    yield write
    rendering._environment.cache_clear()


@pytest.mark.parametrize(
    "templates",
    [
        {"rich": '<p title="{{ name }}">x</p>'},
        {"rich": "<p title='{{ name }}'>x</p>"},
        {"body": "{{ name | plain }}"},
        {"subject": "{{ name | plain }}"},
    ],
)
def test_a_value_does_not_stand_where_it_would_not_be_as_it_is_built(folder, templates):
    with pytest.raises(ValueError, match="differs from mail to mail"):
        compile_skeleton(folder(**templates), "mail", {}, ["name"])


@pytest.mark.parametrize("value", ["", "\n", "a\n", "\na", "a\0", "a\rb"])
def test_a_value_that_html_or_the_end_of_a_text_would_change_does_not_fit(value):
    assert not fits(value)


def test_a_mark_that_somebody_writes_is_none(folder):
    templates = folder(body="{{ name }} {{ title }}")
    title = "\ue0000\ue001 \ue000b\ue001"

    skeleton = compile_skeleton(templates, "mail", {"title": title}, ["name"])

    assert b"".join(fill(skeleton, {"name": title}, HEAD)) == build(
        templates, "mail", {"title": title, "name": title}, HEAD
    )
