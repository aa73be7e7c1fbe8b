"""The names below a letter as they must be printed: those that signed, in the agreed order, how many are withheld."""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflow.verify.composing import printed

LEFT_TO_RIGHT = "\u200e"
"""Beside a sign at the end of a Latin name, where lines run from right to left: it is seen by nobody."""
LINES_OF_ONE = 3
"""A name, a title, an organisation: what a sign-off whose data is withheld may print at most."""
WITHHELD = {
    "en": ("and one organisation whose name is withheld", "and {} organisations whose names are withheld"),
    "fr": ("et une organisation dont le nom n’est pas divulgué", "et {} organisations dont le nom n’est pas divulgué"),
    "es": ("y una organización cuyo nombre se reserva", "y {} organizaciones cuyos nombres se reservan"),
    "pt": ("e uma organização cujo nome não é divulgado", "e {} organizações cujos nomes não são divulgados"),
    "ar": (
        "ومنظمة واحدة حُجب اسمها", "ومنظمتان حُجب اسماهما",
        "و{} منظمات حُجبت أسماؤها", "و{} منظمةً حُجبت أسماؤها", "و{} منظمة حُجبت أسماؤها",
    ),
    "fa": ("و یک سازمان که نامش محفوظ است", "و {} سازمان که نامشان محفوظ است"),
    "ru": ("и одна организация, не названная по её просьбе", "и организации, не названные по их просьбе: {}"),
    "km": ("និងអង្គការមួយដែលមិនបញ្ចេញឈ្មោះ", "និងអង្គការចំនួន {} ដែលមិនបញ្ចេញឈ្មោះ"),
    "my": ("နှင့် အမည်မဖော်လိုသော အဖွဲ့အစည်း တစ်ခု", "နှင့် အမည်မဖော်လိုသော အဖွဲ့အစည်း {} ခု"),
    "th": ("และองค์กรที่ไม่ประสงค์ออกนาม 1 องค์กร", "และองค์กรที่ไม่ประสงค์ออกนาม {} องค์กร"),
    "zh": ("以及一个不公开名称的组织", "以及{}个不公开名称的组织"),
}  # fmt: skip
"""One, in Arabic two, and more; several where the word changes with the number: once the first of them was for all."""
NOTES = {
    "en": "Notes", "fr": "Notes", "es": "Notas", "pt": "Notas", "ar": "ملاحظات", "fa": "یادداشت‌ها", "ru": "Примечания",
    "km": "កំណត់សម្គាល់", "my": "မှတ်ချက်", "th": "หมายเหตุ", "zh": "注释",
}  # fmt: skip

INDIVIDUALS = {
    "en": "Individuals",
    "fr": "À titre individuel",
    "es": "A título individual",
    "pt": "A título individual",
    "ru": "Частные лица",
    "ar": "بصفة شخصية",
    "fa": "اشخاص",
    "km": "បុគ្គល",
    "my": "တစ်ဦးချင်း",
    "th": "บุคคล",
    "zh": "个人",
}
"""The heading above those who sign in their own name."""
RUNNING = {
    "en": ("To {}", "page"),
    "fr": ("À {}", "page"),
    "es": ("A {}", "página"),
    "pt": ("Para {}", "página"),
    "ru": ("Адресат: {}", "стр."),
    "ar": ("إلى {}", "صفحة"),
    "fa": ("به {}", "صفحه"),
    "km": ("ជូនចំពោះ {}", "ទំព័រ"),
    "my": ("{} ထံ", "စာမျက်နှာ"),
    "th": ("ถึง {}", "หน้า"),
    "zh": ("致{}", "页码"),
}
"""What a header says from the second page on: whom the letter is to, and the word before the page's number."""


@dataclass(frozen=True)
class Name:
    """One sign-off as it is printed; of one whose data is withheld or erased there are no lines."""

    seq: int
    lines: tuple[str, ...] | None
    individual: bool = False
    """Somebody who signed in their own name: it stands in the second list."""

    def is_in(self, words: str) -> bool:
        """Whether a paragraph prints this sign-off and nothing else."""
        if self.lines is None:
            return 0 < len(words.strip().split("\n")) <= LINES_OF_ONE
        return words in self.forms() or words.replace(LEFT_TO_RIGHT, "") in self.forms()

    def forms(self) -> set[str]:
        """How it may be printed: line by line, or in one line."""
        return {"\n".join(self.lines), ", ".join(self.lines)} if self.lines is not None else set()


def spoken(text: Mapping[str, Any]) -> str:
    """The first part of a text's language, as its phrases are found by."""
    return re.split(r"[-_]", str(text.get("language", "")).strip())[0].lower()


def as_printed(
    disclosed: Mapping[int, Mapping[str, Any]], corrected: Mapping[int, int], renamed: Mapping[int, int]
) -> dict[int, Mapping[str, Any]]:
    """What each sign-off prints: what it committed to, with what entries after it have corrected of that."""
    found: dict[int, Mapping[str, Any]] = dict(disclosed)
    for parts, corrections in ((("name", "title"), corrected), (("organisation", "acronym"), renamed)):
        for seq, correction in corrections.items():
            if correction in disclosed and seq in found:
                found[seq] = {**found[seq], **{part: disclosed[correction].get(part) for part in parts}}
            else:
                found.pop(seq, None)
    return found


def names(
    signoffs: Sequence[int],
    withheld: frozenset[int],
    disclosed: Mapping[int, Mapping[str, Any]],
    individuals: frozenset[int] = frozenset(),
) -> list[Name]:
    """What is printed of these sign-offs, in their order."""
    found = []
    for seq in signoffs:
        if seq not in withheld:
            alone = seq in individuals
            found.append(Name(seq, _lines_of(disclosed[seq], alone) if seq in disclosed else None, alone))
    return found


def running_form(addressee: str, language: str) -> str:
    """The pattern of what a running header says before the number of the page; a date in it is to be looked at."""
    to, page = RUNNING.get(language, RUNNING["en"])
    joint = " \u200f?·\u200f? "
    said = re.escape(to.format(addressee)) + joint if addressee else ""
    return f"{said}(?:(?P<running_date>[^\n\x01·\u200f]{{0,48}}){joint})?{re.escape(page)} "


def withheld_lines(count: int, language: str) -> tuple[str, ...]:
    """The sentences of which one stands for so many organisations that have signed and are not named; none for none."""
    known = WITHHELD.get(language, WITHHELD["en"])
    in_words = [line for line in known if "{}" not in line][count - 1 : count] if count > 0 else []
    return (*in_words, *(line.format(count) for line in known if "{}" in line and count > 1))


def _lines_of(person: Mapping[str, Any], alone: bool) -> tuple[str, ...]:
    """What a sign-off prints: the name, the title, the organisation with its acronym where that is not in it."""
    said = {key: cleaned(str(person.get(key) or "")) for key in ("name", "title", "organisation", "acronym")}
    if alone:
        return tuple(line for line in (said["name"] or said["organisation"], said["title"]) if line)
    organisation, acronym = said["organisation"], said["acronym"]
    if acronym and acronym.casefold() not in organisation.casefold():
        organisation = f"{organisation} ({acronym})" if organisation else acronym
    return tuple(line for line in (said["name"], said["title"], organisation) if line)


def cleaned(line: str) -> str:
    """A line as it is printed: single blanks, none at the ends."""
    return printed(" ".join(line.split()))


def _first_left(places: Sequence[int], left: set[int], after: int) -> int | None:
    """The first of these places, in their order, that is behind one and still left."""
    begin = bisect.bisect_right(places, after)
    return next((places[at] for at in range(begin, len(places)) if places[at] in left), None)


def grouped(words: Sequence[str], people: Sequence[Name], headings: Sequence[str]) -> str | None:
    """Hold a list by country against its names and headings; says what is wrong, if anything."""
    due = [cleaned(str(heading)) for heading in headings][::-1]
    known: dict[str, list[int]] = {}
    for number, name in enumerate(people):
        for form in name.forms():
            known.setdefault(form, []).append(number)
    left, unknown_names = set(range(len(people))), [n for n, name in enumerate(people) if name.lines is None]
    last = -1
    for one in words:
        if due and one == due[-1]:
            due.pop()
            last = -1
            continue
        one = one if one in known else one.replace(LEFT_TO_RIGHT, "")
        places = known.get(one, unknown_names)
        taken = _first_left(places, left, last)
        taken = _first_left(places, left, -1) if taken is None else taken
        if taken is None:
            return f"{one!r} stands below the letter, where a sign-off must stand"
        left.discard(taken)
        # Which of several that are printed alike it is, nobody sees: it is in order where one of them can be.
        behind = bisect.bisect_right(places, last)
        if behind < len(places):
            last = places[behind]
        elif one in known:
            return f"{one!r} stands out of its order below the letter"
    missing = [", ".join(people[number].lines or ("a name",)) for number in sorted(left)] + due
    return f"{', '.join(missing)!r} does not stand below the letter" if missing else None
