"""The catalogues are whole, and sentences are said in them."""

import json
import re
from datetime import UTC, datetime

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from workflow import languages
from workflow.languages import CATALOGUES, LANGUAGES, catalogue, lazy_gettext, lazy_ngettext
from workflow.names import listed

ROOT = CATALOGUES.parent.parent
PLACES = re.compile(r"%\(\w+\)s")
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "lazy_ngettext": (1, 2)}
KEYWORDS |= {"marked": None, "action": (3,), "mail": (2,)}
METHODS = [
    ("workflow/documents/writing/phrases.py", "ignore"),
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


@pytest.mark.slow
def test_messages_are_found_in_code_and_templates(messages):
    assert "Your answer" in messages
    assert "Enter the 6-digit code that we emailed to you." in messages
    assert ("%(num)s day left", "%(num)s days left") in messages


def test_french_marks_never_begin_a_line_without_their_word():
    with (CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        said = [one.string if isinstance(one.string, tuple) else (one.string,) for one in read_po(source) if one.id]

    assert [form for forms in said for form in forms if re.search(" [:;?!»]|« ", form)] == [], "U+00A0 stands there"


def test_no_french_word_of_a_mail_stands_where_a_name_may_take_its_vowel():
    """De Article 19 is no French, and nobody knows with what letter a name begins."""
    names = "organisation|coordinator|who|name|by|note_by|title|sender|proposer|confirmer|recipient|signatory"
    methods = [("**.html", "jinja2"), ("**.txt", "jinja2")]
    found = {one[2] for one in extract_from_dir(ROOT / "templates" / "emails", methods, keywords=KEYWORDS)}
    said = catalogue("fr")
    forms = [said.gettext(one) if isinstance(one, str) else said.ngettext(*one, 2) for one in found]

    assert len(forms) > 200
    assert [form for form in forms if re.search(rf"\b(de|que|le|la) %\(({names})\)", form)] == []


@pytest.mark.slow
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


def test_a_message_is_translated_where_it_is_shown_and_so_is_what_is_put_into_it():
    said = lazy_gettext("The letter is %(state)s, so it cannot be signed now.", state=lazy_gettext("sent"))

    assert str(said) == said.translate("en") == "The letter is sent, so it cannot be signed now."
    assert said.translate("fr") == "La lettre est envoyée, elle ne peut donc pas être signée maintenant."
    assert "%(" not in said.translate("ar")


def test_a_message_that_is_written_into_other_words_fails_instead_of_turning_into_english():
    said = lazy_gettext("Your answer")

    for lose in (
        lambda: f"{said}.",
        lambda: f"{said}",
        lambda: " ".join([said]),
        lambda: said + ".",
        lambda: said.strip(),
        lambda: json.dumps(said),
    ):
        with pytest.raises((TypeError, AttributeError)):
            lose()


@pytest.mark.parametrize(
    ("language", "number", "due"),
    [
        ("fr", 0, "jour"),
        ("fr", 2, "jours"),
        ("es", 0, "días"),
        ("ar", 2, "يومان"),
        ("ar", 3, "أيام"),
        ("ar", 11, "11 يومًا"),
        ("ar", 99, "99 يومًا"),
        ("ar", 100, "100 يوم"),
        ("ar", 103, "103 أيام"),
    ],
)
def test_a_message_with_a_number_has_the_plurals_of_its_language(language, number, due):
    assert due in lazy_ngettext("%(num)s day left", "%(num)s days left", number).translate(language)


def test_plain_words_and_unknown_languages_stay_as_they_are():
    assert languages.translate("Some words", "fr") == "Some words"
    assert lazy_gettext("Your answer").translate("xx") == "Your answer"
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
    assert lazy_gettext("%(who)s signs.", who="منظمة").translate("en") == "\u2068منظمة\u2069 signs."


def test_direction():
    assert [languages.direction(one) for one in ("ar", "fa-IR", "fr", "en")] == ["rtl", "rtl", "ltr", "ltr"]


@pytest.mark.parametrize(
    ("language", "due"),
    [
        ("en", "Sunday 24 January 2016 at 18:00 (Phnom Penh time)"),
        ("fr", "dimanche 24 janvier 2016 à 18:00 (heure de Phnom Penh)"),
        ("es", "domingo, 24 de enero de 2016 a las 18:00 (hora de Phnom Penh)"),
        ("ar", "الأحد، 24 يناير 2016، الساعة 6:00 م (بتوقيت بنوم بنه)"),
    ],
)
def test_a_time_is_said_as_the_language_does(language, due):
    assert languages.in_zone(datetime(2016, 1, 24, 11, 0, tzinfo=UTC), "Asia/Phnom_Penh", language) == due


@pytest.mark.parametrize(
    ("zone", "language", "due"),
    [
        ("UTC", "en", "(UTC)"),
        ("America/Argentina/Buenos_Aires", "es", "(hora de Buenos Aires)"),
        ("America/New_York", "fr", "(heure de New York)"),
        ("Europe/Amsterdam", "fr", "(heure d’Amsterdam)"),
    ],
)
def test_a_zone_is_named_by_its_city(zone, language, due):
    assert languages.in_zone(datetime(2016, 1, 24, 11, 0, tzinfo=UTC), zone, language).endswith(due)


def test_one_o_clock_is_singular_in_spanish():
    assert " a la 1:00 " in languages.in_zone(datetime(2016, 1, 24, 1, 0, tzinfo=UTC), "UTC", "es")


def test_lists_are_said_as_the_language_does():
    assert languages.joined(["A", "B", "C"]) == "A, B and C"
    assert languages.joined(["A", "B", "C"], "es") == "A, B y C"
    assert languages.joined([]) == ""
