"""The words that are printed around a letter: those of its language, as they were printed before, and right."""

import pytest
from babel.messages.pofile import read_po

from workflow import documents
from workflow.documents.writing import phrases
from workflow.languages import CATALOGUES
from workflow.verify import names

LANGUAGES = ("en", *sorted(path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/documents.po")))
PRINTED_BEFORE = {
    "en": (
        "and one organisation whose name is withheld",
        "and {} organisations whose names are withheld",
    ),
    "fr": (
        "et une organisation dont le nom n’est pas divulgué",
        "et {} organisations dont le nom n’est pas divulgué",
    ),
    "es": (
        "y una organización cuyo nombre se reserva",
        "y {} organizaciones cuyos nombres se reservan",
    ),
    "pt": (
        "e uma organização cujo nome não é divulgado",
        "e {} organizações cujos nomes não são divulgados",
    ),
    "ar": (
        "ومنظمة واحدة حُجب اسمها",
        "و{} منظمات حُجبت أسماؤها",
    ),
    "fa": (
        "و یک سازمان که نامش محفوظ است",
        "و {} سازمان که نامشان محفوظ است",
    ),
    "ru": (
        "и одна организация, не названная по её просьбе",
        "и организации, не названные по их просьбе: {}",
    ),
    "km": (
        "និងអង្គការមួយដែលមិនបញ្ចេញឈ្មោះ",
        "និងអង្គការចំនួន {} ដែលមិនបញ្ចេញឈ្មោះ",
    ),
    "my": (
        "နှင့် အမည်မဖော်လိုသော အဖွဲ့အစည်း တစ်ခု",
        "နှင့် အမည်မဖော်လိုသော အဖွဲ့အစည်း {} ခု",
    ),
    "th": (
        "และองค์กรที่ไม่ประสงค์ออกนาม 1 องค์กร",
        "และองค์กรที่ไม่ประสงค์ออกนาม {} องค์กร",
    ),
    "zh": (
        "以及一个不公开名称的组织",
        "以及{}个不公开名称的组织",
    ),
}
"""What stands in documents that were sent: for one, and for five."""
OTHER_WORDS = {
    "en": ("Elsewhere", "Notes", "Letter to Jane"),
    "fr": ("Ailleurs", "Notes", "Lettre à Jane"),
    "es": ("Otros", "Notas", "Carta a Jane"),
    "pt": ("Outros", "Notas", "Carta a Jane"),
    "ar": ("أخرى", "ملاحظات", "رسالة إلى Jane"),
    "fa": ("دیگر", "یادداشت‌ها", "نامه به Jane"),
    "ru": ("Другие", "Примечания", "Письмо: Jane"),
    "km": ("ផ្សេងទៀត", "កំណត់សម្គាល់", "លិខិតជូន Jane"),
    "my": ("အခြား", "မှတ်ချက်", "ပေးစာ Jane"),
    "th": ("อื่น ๆ", "หมายเหตุ", "จดหมายถึง Jane"),
    "zh": ("其他", "注释", "致 Jane"),
}


def test_letters_are_printed_in_the_languages_of_the_catalogues():
    assert set(LANGUAGES) == set(PRINTED_BEFORE)


@pytest.mark.parametrize("language", PRINTED_BEFORE)
def test_the_printed_words_are_those_of_before(language):
    one, more = PRINTED_BEFORE[language]

    assert [documents.withheld_line(count, language) for count in (0, 1, 5)] == ["", one, more.format(5)]
    if language != "ar":
        assert documents.withheld_line(2, language) == more.format(2)
    words = phrases.elsewhere(language), phrases.notes_heading(language), phrases.letter_to("Jane", language)
    assert words == OTHER_WORDS[language]


@pytest.mark.parametrize(
    ("count", "due"),
    [
        (2, "ومنظمتان حُجب اسماهما"),
        (3, "و3 منظمات حُجبت أسماؤها"),
        (11, "و11 منظمةً حُجبت أسماؤها"),
        (100, "و100 منظمة حُجبت أسماؤها"),
        (103, "و103 منظمات حُجبت أسماؤها"),
    ],
)
def test_arabic_counts_as_arabic_does(count, due):
    assert documents.withheld_line(count, "ar") == due


def test_russian_says_one_in_words_and_twenty_one_as_a_number():
    assert documents.withheld_line(21, "ru").endswith(": 21")


@pytest.mark.parametrize(("language", "due"), [("fr-CA", "fr"), ("pt_BR", "pt"), ("EN-gb", "en"), ("de", "en")])
def test_a_region_makes_no_other_language_and_an_unknown_one_is_printed_in_english(language, due):
    assert documents.withheld_line(5, language) == documents.withheld_line(5, due)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_catalogue_of_documents_has_every_word(language):
    with (CATALOGUES / language / "LC_MESSAGES" / "documents.po").open("rb") as source:
        known = {one.id: one for one in read_po(source, locale=language) if one.id}

    assert len(known) == 14
    for one in known.values():
        forms = [one.string] if isinstance(one.string, str) else one.string
        assert all(forms), one.id
        assert not one.fuzzy, one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verifier_knows_the_line_of_today_and_the_one_of_before(language):
    one, more = PRINTED_BEFORE[language]
    for count in range(2, 130):
        known = names.withheld_lines(count, language)
        assert documents.withheld_line(count, language) in known
        assert more.format(count) in known
    assert names.withheld_lines(1, language) == (one,)
    assert names.withheld_lines(0, language) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verifier_takes_no_line_for_another_number(language):
    for count in range(1, 30):
        others = {line for other in range(1, 30) if other != count for line in names.withheld_lines(other, language)}
        assert others.isdisjoint(names.withheld_lines(count, language))
