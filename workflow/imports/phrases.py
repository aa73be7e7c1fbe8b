"""
What a phrase can be in an address or below a letter - a person, a function, an institution, a place - in points.

Points are evidence: above 0 for, below 0 against. They judge the phrase alone; what stands around it is for others.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from workflow.imports.lexicon import (
    COUNTRIES,
    FUNCTIONS,
    GIVEN_NAMES,
    INSTITUTIONS,
    LINKS,
    ORDINARY,
    PARTICLES,
    TITLES,
    WEIGHTS,
    behind,
    pattern,
    plain,
    words,
    words_of,
)

NEVER = -9.0
"""Points of what a phrase cannot be."""
EMAIL = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
HONORIFIC = pattern(r"^(?:«honorific»[\s,]*)+")
_PROSE = words("prose")
_POSTAL = words("postal")
_ACTING = words("acting")
_KINDS = {
    "particle": PARTICLES,
    "link": LINKS,
    "function": TITLES,
    "institution": INSTITUTIONS,
    "ordinary": ORDINARY,
    "country_word": COUNTRIES - GIVEN_NAMES,
}
"""What a word within a name can be otherwise; the first that holds counts."""
_NO_FUNCTIONS = LINKS | INSTITUTIONS | ORDINARY | GIVEN_NAMES | COUNTRIES
_NOT_IN_NAMES = re.compile(r"[\d@/:;?!“”\"&_|%]")
_NOT_OF_NAME = re.compile(r",?\s*\((?:ret(?:ire)?d?\.?|signed|firmado|signe)\)$", re.IGNORECASE)
_DEGREE = pattern(r"^«degree»\.?$")
_COMPANY = pattern(r"\b«company»\.?$")
_HOUSE = pattern(r"^«house»|\b«building»$")
_BUILDING = pattern(r"\b«building»$")
_STREET = pattern(r"\b«street»\b|«street_end»\b")
_PHONE = pattern(r"^«phone»\b|^\+?[\d\s().-]{8,}$")
_HIGH_RANK = pattern(r"^«high_rank»\s+")
_RANK = pattern(r"^«rank»\s+")
_BEFORE_FUNCTION = pattern(r"^«before_function»")
_BRACKET = re.compile(r"\(([^()]+)\)\s*$")
_ACRONYM = re.compile(r"[^\W_][\w&./'’+-]{1,19}")
_STATE = re.compile(r"[A-Z]{2}|D\.?C\.?")
_INITIAL = re.compile(r"[A-ZÀ-Ý]\.?(?:[- ]?[A-ZÀ-Ý]\.)*")
_COUNTED = re.compile(
    r"^\d+[\w/-]*,?\s|\s\d+[\w/-]*$|,\s*\d+|\b[A-Z]{1,2}\d[\dA-Z]?\s\d[A-Z]{2}\b|\b\d{4,6}\b|(?:n[o°º]\.?|#)\s?\d"
)
"""Numbers as streets, houses and postcodes have them."""
_AMERICAN = re.compile(r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b|\bD\.?C\.?\b|\bUSA\b|\bU\.S\.|United States|^US$")


def weighed(kind: str, observed: Mapping[str, float]) -> float:
    """Return the points of what was observed (true, or how often) under the weights of a kind."""
    weights = WEIGHTS[kind]
    return sum(weights[name] * often for name, often in observed.items() if often)


# --- what a phrase is ----------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=16384)
def is_country(phrase: str) -> bool:
    """Tell whether a phrase is the name of a country, or of several (`Kenya/Uganda`)."""
    folded = plain(phrase).strip(" .")
    if plain(phrase).strip() in COUNTRIES or folded in COUNTRIES:
        return True
    parts = [part for part in re.split(r"\s*(?:/|,|&|\band\b|\bet\b|\by\b)\s*", folded) if part]
    return bool(parts) and all(part in COUNTRIES for part in parts)


def is_acronym(phrase: str) -> bool:
    """Tell whether a phrase has the shape of an acronym: one word with two capitals or more, no country."""
    if not _ACRONYM.fullmatch(phrase):
        return False
    capitals = sum(c.isupper() for c in phrase)
    return capitals >= 2 and capitals * 3 >= len(phrase) and not is_country(phrase)


def is_organisation(phrase: str) -> bool:
    """Tell whether a phrase names an institution, by one of its words or an acronym."""
    known = any(word in INSTITUTIONS for word in words_of(phrase))
    return known or is_acronym(phrase.strip(" .,()")) or _has_acronym(phrase)


def _has_acronym(phrase: str) -> bool:
    bracket = _BRACKET.search(phrase)
    return bool(bracket and is_acronym(bracket[1]))


def is_prose(line: str) -> bool:
    """Tell whether a line is running text, by its small words; a name of an organisation has none of them."""
    said = words_of(line)
    small = sum(word[:1].islower() for word in re.findall(r"[^\W\d_]\w*", line))
    if len(said) < 5 or small < 0.45 * len(said):
        return False
    telling = sum(word in _PROSE for word in said)
    ends = line.rstrip("\"”»’')")[-1:] in (".", "?", "!")
    if telling == 1 and (ends or len(said) >= 9):
        return True
    return telling >= 2 or (ends and len(said) >= 8) or len(said) >= 18


def is_function(word: str) -> bool:
    """Tell whether a word names a function (director, ministre)."""
    return word in FUNCTIONS or ("-" in word and any(part in FUNCTIONS for part in word.split("-")))


def is_degree(phrase: str) -> bool:
    """Tell whether a phrase is a degree or the like, as stands behind a name: PhD, Jr., MP."""
    return bool(_DEGREE.match(plain(phrase).strip(" ,")))


def is_american(line: str) -> bool:
    """Tell whether a postal line is of the United States: a state with a ZIP code, or the country."""
    return bool(_AMERICAN.search(line))


def is_polite(phrase: str) -> bool:
    """Tell whether a phrase opens with an honorific."""
    return bool(HONORIFIC.match(plain(phrase)))


def _is_place(line: str) -> bool:
    """A country, or a town with its country or state."""
    town, *rest = [part.strip() for part in line.strip(" .").split(",")]
    if is_organisation(town):
        return False
    return is_country(line) or (len(rest) == 1 and (is_country(rest[0]) or bool(_STATE.fullmatch(rest[0]))))


# --- what it can be ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Roles:
    """Points for each thing that a phrase can be."""

    name: float
    title: float
    office: float
    place: float

    @property
    def someone(self) -> float:
        """The points of the best of name, title and office."""
        return max(self.name, self.title, self.office)


@functools.lru_cache(maxsize=16384)
def roles(phrase: str) -> Roles:
    """Return what a phrase can be: the name of a person, a function, an institution, a part of an address."""
    bare = phrase.strip(" ,;")
    if not any(c.isalnum() for c in bare):
        return Roles(NEVER, NEVER, NEVER, NEVER)
    said = words_of(bare)
    if not said:
        return Roles(NEVER, NEVER, -3.0, -3.0)
    title, name = _title(bare, said), _name(bare)
    ranked = _ranked_name(bare)
    if ranked > max(name, 0.0):
        name, title = ranked, min(title, 0.0)
    return Roles(name, title, _office(bare, said, title >= 2), _place(bare, said))


def _name(phrase: str) -> float:
    polite = behind(HONORIFIC, phrase)
    bare = phrase if polite is None else polite.strip(" ,")
    bare = _NOT_OF_NAME.sub("", bare)
    said = [word for word in bare.split() if not is_degree(word)]
    if not said or len(said) > 7 or _NOT_IN_NAMES.search(bare) or _BUILDING.search(plain(bare)):
        return NEVER
    observed = {"honorific": polite is not None, **_name_shape(said, polite is not None), **_name_words(said)}
    return weighed("name", observed)


def _name_shape(said: list[str], polite: bool) -> dict[str, float]:
    capitals = sum(word[:1].isupper() for word in said)
    if not said[0][:1].isupper() or not all(_could_be_name(word) for word in said):
        return {"unlike": 1}
    if capitals == 1:
        return {"alone_honoured" if polite else "alone": 1}
    initials = any(_INITIAL.fullmatch(word) for word in said[:-1])
    return {f"names_{capitals}" if capitals <= 5 else "names_many": 1, "initial": initials}


def _could_be_name(word: str) -> bool:
    bare = word.strip(".,()’'‘`")
    if not bare or re.search(r"(?:['’]s|s['’])$", word):
        return False
    return bare[0].isupper() or plain(bare) in PARTICLES or bool(re.match(r"[a-z]{1,3}[-'’][A-Z]", bare))


def _name_words(said: list[str]) -> dict[str, float]:
    folded = [plain(word).strip(".,()'") for word in said]
    known = [word.split("-")[0] in GIVEN_NAMES for word in folded]
    kinds = [_word_kind(word) for word in folded]
    # Behind a given name that is known, most words of another kind are a family name.
    less = 0.4 if known[0] else 1.0
    acronym = any(len(word) > 3 and is_acronym(word.strip(".,()")) for word in said[1:])
    return {
        "given_name": known[0],
        "given_name_behind": any(known[1:]),
        **{kind: kinds.count(kind) for kind in ("particle", "link", "function")},
        **{kind: kinds.count(kind) * less for kind in ("institution", "ordinary", "country_word")},
        "acronym": acronym and not all(word.isupper() for word in said),
        "country": is_country(" ".join(said)),
    }


def _word_kind(word: str) -> str:
    return next((kind for kind, known in _KINDS.items() if word in known), "")


def _ranked_name(phrase: str) -> float:
    """`Ambassador Linda Thomson`, `President Jane Doe`: a name behind its rank."""
    high = behind(_HIGH_RANK, phrase)
    rest = behind(_RANK, phrase) if high is None else high
    if not rest:
        return NEVER
    points, first = _name(rest), words_of(rest)[:1]
    known = bool(first) and first[0].split("-")[0] in GIVEN_NAMES
    return points + WEIGHTS["name"]["ranked"] if points > 1.5 and (known or high is None) else NEVER


def _title(phrase: str, said: list[str]) -> float:
    if len(said) > 22:
        return NEVER
    bare = _BEFORE_FUNCTION.sub("", plain(phrase))
    telling = words_of(bare)
    first = next((i for i, word in enumerate(telling) if is_function(word)), None)
    if first is None:
        return weighed(
            "title", {"acting": 1} if telling[:1] and telling[0] in _ACTING else _strange_title(phrase, said)
        )
    return weighed("title", {_title_place(telling, first): 1, "acronym_behind": first > 0 and _has_acronym(phrase)})


def _title_place(telling: list[str], first: int) -> str:
    """Say where in a phrase the word of the function stands, and after what."""
    before = [word for word in telling[:first] if word in INSTITUTIONS and not is_function(word)]
    after = next((word for word in telling[first:] if not is_function(word)), "")
    if LINKS & set(telling[:first]) or (before and after in INSTITUTIONS):
        return "linked"
    if before:
        last = first == len(telling) - 1
        return "institution_before" if len(telling) == 2 else f"institution_before_{'last' if last else 'long'}"
    return "first" if first == 0 else "early" if first <= 2 else "late"


def _strange_title(phrase: str, said: list[str]) -> dict[str, float]:
    """A function that is not known as one: in small letters it is nothing else, as French and Spanish set them."""
    if phrase[:1].islower() and len(said) <= 6 and said[0] not in PARTICLES and said[0] not in LINKS:
        return {"small": 1}
    otherwise = bool(_NO_FUNCTIONS & set(said)) or len(said) > 3 or is_acronym(phrase.strip(".,()"))
    return {"known_otherwise" if otherwise else "unknown": 1}


def _office(phrase: str, said: list[str], title: bool) -> float:
    if is_prose(phrase) or is_degree(phrase):
        return weighed("office", {"prose": 1, "function": title})
    bracket = _BRACKET.search(phrase)
    held = [word for word in said if word in INSTITUTIONS]
    acronym = is_acronym(phrase.strip(" .,()"))
    observed = {
        "institution": bool(held),
        "more_institutions": min(2.5, max(0, len(held) - 1)),
        "not_first": len(held) == 1 and said[0] != held[0],
        "acronym": acronym,
        "acronym_within": not acronym and any(len(w) > 2 and is_acronym(w.strip(".,()")) for w in phrase.split()),
        "acronym_behind": _has_acronym(phrase) or (bracket is not None and is_country(bracket[1])),
        "company": bool(_COMPANY.search(plain(phrase).strip(" ,"))),
        "ordinary": min(2, sum(word in ORDINARY for word in said)),
        "link": bool(LINKS & set(said[1:-1])),
        "function": title,
    }
    return weighed("office", observed) + weighed("office", _against_office(phrase, said, bool(held)))


def _against_office(phrase: str, said: list[str], held: bool) -> dict[str, float]:
    folded = plain(phrase)
    polite = HONORIFIC.match(folded)
    addressed = polite and folded[polite.end() :].strip(" .,")
    return {
        "small": not phrase[:1].isupper() and not phrase[:1].isdigit() and "(" not in phrase,
        "given_name": said[0] in GIVEN_NAMES and not held,
        "honorific" if addressed else "honorific_alone": bool(polite),
        "contact": bool(EMAIL.search(phrase) or _PHONE.match(folded)),
        "country": is_country(phrase),
        "house": bool(_HOUSE.search(folded)),
        "counted": bool(_COUNTED.search(phrase)) and not held,
        "long": len(said) > 16,
    }


def _place(phrase: str, said: list[str]) -> float:
    folded = plain(phrase).strip(" .,")
    if _PHONE.match(plain(phrase)) or _is_place(phrase):
        return weighed("place", {"known": 1})
    if _HOUSE.search(folded):
        return weighed("place", {"house": 1})
    held = [word for word in said if word in INSTITUTIONS]
    counted, digit = bool(_COUNTED.search(phrase)), bool(re.search(r"\d", phrase))
    observed = {
        "base": 1,
        "street": bool(_POSTAL & set(said)) or bool(_STREET.search(folded)),
        "counted": digit and counted,
        "digit": digit and not counted,
        "country_last": "," in phrase and is_country(phrase.split(",")[-1].strip(" .")),
        "institution_first": said[0] in INSTITUTIONS,
        "institution": bool(held) and said[0] not in INSTITUTIONS,
        "function": any(is_function(word) for word in said),
        "given_name": len(said) > 1 and said[0] in GIVEN_NAMES and said[0] not in ("san", "santiago"),
        "honorific": is_polite(folded),
        "short": len(said) <= 2 and phrase[:1].isupper() and not held,
        "long": len(said) > 10,
    }
    return weighed("place", observed)
