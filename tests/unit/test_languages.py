"""The catalogues are whole, and sentences are said in them."""

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from workflow import languages
from workflow.languages import CATALOGUES, LANGUAGES, catalogue, sentence
from workflow.mails import listed

ROOT = CATALOGUES.parent.parent
PLACES = re.compile(r"%\(\w+\)s")
KEYWORDS = {"_": None, "gettext": None, "sentence": None, "ngettext": (1, 2)}
METHODS = [
    ("workflow/**.py", "python"),
    ("templates/pages/**.html", "jinja2"),
    ("templates/emails/**.html", "jinja2"),
    ("templates/emails/**.txt", "jinja2"),
]


@pytest.fixture(scope="module")
def messages():
    """Every message that a co-signer can meet, as the code and the templates have it."""
    found = [
        one
        for folder in ("workflow", "templates")
        for one in extract_from_dir(
            ROOT / folder,
            [(pattern.partition("/")[2], method) for pattern, method in METHODS if pattern.startswith(folder)],
            keywords=KEYWORDS,
        )
    ]
    return {message if isinstance(message, str) else tuple(message) for _, _, message, _, _ in found}


def test_messages_are_found_in_code_and_templates(messages):
    assert "Your answer" in messages
    assert "Type the six digits that were mailed to you." in messages
    assert ("%(num)s day left", "%(num)s days left") in messages


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_catalogue_says_every_message_with_its_places(messages, language):
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        known = {one.id: one for one in read_po(source, locale=language) if one.id}

    assert messages - known.keys() == set(), "run `make translations`, then translate"
    assert known.keys() - messages == set(), "not said any more: run `make translations`"
    for message, one in known.items():
        forms = [one.string] if isinstance(message, str) else list(one.string)
        due = set(PLACES.findall(message if isinstance(message, str) else message[1]))
        for form in forms:
            assert form, f"{language} lacks: {message}"
            assert not one.fuzzy, message
            said = set(PLACES.findall(form))
            # A form for one or two may do without the number.
            assert said == due or (not isinstance(message, str) and said | {"%(num)s"} == due), (message, form)


def test_a_sentence_is_english_text_that_can_be_said_again():
    said = sentence("The letter is %(state)s, so it cannot be signed now.", state=sentence("sent"))

    assert said == "The letter is sent, so it cannot be signed now."
    assert said.said_in("en") == said
    assert said.said_in("fr") != said
    assert "%(" not in said.said_in("ar")


def test_plain_words_and_unknown_languages_stay_as_they_are():
    assert languages.in_language("Some words", "fr") == "Some words"
    assert sentence("Your answer").said_in("xx") == "Your answer"
    assert catalogue("../../etc").gettext("Your answer") == "Your answer"


@pytest.mark.parametrize(("tag", "due"), [("fr-CA", "fr"), ("AR_eg", "ar"), ("pt", ""), ("", ""), ("en-GB", "en")])
def test_a_language_tag_finds_its_language(tag, due):
    assert languages.known(tag) == due


def test_a_name_in_the_other_direction_is_set_apart_and_no_other():
    assert languages.apart("منظمة (فرع 2)", "en") == "\u2068منظمة (فرع 2)\u2069"
    assert languages.apart("Organisation A", "ar") == "\u2068Organisation A\u2069"
    assert [languages.apart(value, "en") for value in ("Organisation A", "2", 2)] == ["Organisation A", "2", 2]
    assert languages.apart("منظمة", "ar") == "منظمة"
    assert listed(["منظمة", "FIDH"], 0, "ar") == "منظمة، \u2068FIDH\u2069"
    assert languages.apart(listed(["منظمة", "FIDH"], 0, "ar"), "ar") == listed(["منظمة", "FIDH"], 0, "ar")
    assert sentence("%(who)s signs.", who="منظمة").said_in("en") == "\u2068منظمة\u2069 signs."


def test_direction():
    assert [languages.direction(one) for one in ("ar", "fa-IR", "fr", "en")] == ["rtl", "rtl", "ltr", "ltr"]


def test_times_and_lists_are_said_as_the_language_does():
    from datetime import UTC, datetime

    moment = datetime(2016, 1, 24, 11, 0, tzinfo=UTC)
    assert languages.in_zone(moment, "Asia/Phnom_Penh") == "Sunday 24 January 2016, 18:00 (Asia/Phnom_Penh)"
    assert languages.in_zone(moment, "Asia/Phnom_Penh", "fr").startswith("dimanche 24 janvier 2016, 18:00")
    assert languages.joined(["A", "B", "C"]) == "A, B and C"
    assert languages.joined(["A", "B", "C"], "es") == "A, B y C"
    assert languages.joined([]) == ""
