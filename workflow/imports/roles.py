"""
What a phrase can be in an address or below a letter - a person, a function, an institution, a place - in points.

Points are evidence: above 0 for, below 0 against. They judge the phrase alone; what stands around it is for others.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from workflow.imports import features
from workflow.imports.words import (
    COUNTRIES,
    GIVEN_NAMES,
    ORDINARY,
    ORGANISATIONS,
    POSTAL,
    TITLES,
    is_country,
    plain,
    words_of,
)

NEVER = -9.0
_NOT_IN_NAMES = re.compile(r"[\d@/:;?!“”\"&_|%]")
_LINKS = frozenset(
    ["of", "for", "and", "the", "against", "without", "in", "on", "to", "with", "from", "by", "pour", "contre", "des",
     "et", "sur", "sans", "aux", "au", "les", "du", "para", "por", "contra", "sobre", "en"]
)  # fmt: skip
_DEGREES = re.compile(
    r"^(?:ph\.?\s?d\.?|m\.?d\.?|jr\.?|sr\.?|esq\.?|m\.?a\.?|m\.?b\.?a\.?|ll\.?[bdm]\.?|j\.?d\.?|ii|iii|iv|obe|"
    r"cbe|mbe|kbe|qc|kc|"
    r"sc|m\.?p\.?|p\.?c\.?|mep|mpp|mla|mna|msp|td|rn|egh|ebs|cbs|mbs|ogw|o\.?c\.?|c\.?m\.?|oq|a\.?c\.?|a\.?o\.?|a\.?m\.?|oam|gbe|dbe|kcb|cb|kcmg|cmg|osb|s\.?\s?j\.?|o\.?\s?p\.?|o\.?f\.?m\.?|svd|cmf|sdb|cssr|osa|mccj|omi|frs)\.?$"
)
_COMPANY = re.compile(r"\b(?:inc|ltd|llc|plc|corp|gmbh|e\.\s?v|asbl|vzw|a\.?\s?c|s\.?a|onlus|aisbl|co)\.?$")
_HOUSE = re.compile(
    r"^(?:p\.?\s?o\.?\s|b\.?\s?p\.?\s|apartado|casilla|c\.?p\.?\s\d|bp\s|po box|hotel de|palais|palacio|palace|"
    r"casa rosada|"
    r"presente\b|s\s?[./]\s?[do]\b|e\.\s?s\.\s?[dm]|ciudad\.?$|e\.?n\.?v\.?$|su despacho|en sus? manos?|"
    r"city hall|town hall|"
    r"state house|government house|house of government|the kremlin|quai\b|downing street|plaza\b|place\b|"
    r"parliament (?:house|"
    r"buildings?|hill|square)|suite\b|room\b|floor\b|level\b|building\b|block\b|km\b|kilometro\b|"
    r"ministerial building|siege de|sphere ministerielle|ciudad administrativa|cite administrative|campus\b|"
    r"edificio\b|edifice\b|immeuble\b|batiment\b|tour\b|torre\b)"
)
_BUILDING = re.compile(r"\b(?:bhawan|bhavan|building|towers?|chambers|compound|complex|annexe|mansions?)$")
_STREET = re.compile(r"\b(?:strasse|straat|gatan|gade|ulica|utca|via|viale|piazza|bulevardi?|prospekt|jalan|"
                     r"marg|estrada|rua)\b"
                     r"|(?:strasse|stra.e|straat|gatan|gasse|plein|laan|weg)\b")  # fmt: skip
_COUNTED = re.compile(
    r"^\d+[\w/-]*,?\s|\s\d+[\w/-]*$|,\s*\d+|\b[A-Z]{1,2}\d[\dA-Z]?\s\d[A-Z]{2}\b|\b\d{4,6}\b|(?:n[o°º]\.?|#)\s?\d"
)
_RANK = re.compile(
    r"^(?P<high>(?:vice[- ])?president|prime minister|minister|secretary(?:[- ]general)?|commissioner|governor|"
    r"chair(?:man|woman|person)?|speaker|chancellor|premier|presidenta?|ministr[oae]|chief|high commissioner)\s+"
    r"|^(?:judge|justice|chief justice|arch|bishop|archbishop|obispo|monsenor|cardinal|ambassador|embajadora?|"
    r"ambassadeur|ambassadrice|counsell?or|adv(?:ocate|\.)|senadora?|senator|"
    r"senateur|king|queen|prince|princess|general|colonel|captain|mayor|pastor|imam|rabbi|father|sister|brother|"
    r"padre|hermana|soeur|"
    r"chief|comrade|diputad[oa]|depute[e]?)\s+"
)
_BRACKET = re.compile(r"\(([^()]+)\)\s*$")
_DUTY = re.compile(
    r"^(?:the|le|la|el|l'|aux?|al|a las?|a los|to the)\s+|^l'|"
    r"^(?:monsieur|madame|mr\.?|madam|senora?)\s+(?:le|la|l'|the)\s*"
)


@dataclass(frozen=True, slots=True)
class Roles:
    """Points for each thing that a phrase can be."""

    name: float
    title: float
    office: float
    place: float


@functools.lru_cache(maxsize=16384)
def roles(phrase: str) -> Roles:
    """Return what a phrase can be: the name of a person, a function, an institution, a part of an address."""
    bare = phrase.strip(" ,;")
    if not any(c.isalnum() for c in bare):
        return Roles(NEVER, NEVER, NEVER, NEVER)
    words = tuple(words_of(bare))
    if not words:
        return Roles(NEVER, NEVER, -3.0, -3.0)
    title, name = _title(bare, words), _name(bare)
    ranked = _ranked_name(bare)
    if ranked > max(name, 0.0):
        name, title = ranked, min(title, 0.0)
    return Roles(name, title, _office(bare, words) - (4.5 if title >= 2 else 0.0), _place(bare, words))


# --- a person ------------------------------------------------------------------------------------------------------


def _name(phrase: str) -> float:
    folded = plain(phrase)
    polite = features.HONORIFIC.match(folded) if len(folded) == len(phrase) else None
    bare = phrase[polite.end() :].strip(" ,") if polite else phrase
    if polite and not bare:
        return NEVER
    bare = re.sub(r",?\s*\((?:ret(?:ire)?d?\.?|signed|firmado|signe)\)$", "", bare, flags=re.IGNORECASE)
    said = [word for word in bare.split() if not _DEGREES.match(plain(word).strip(","))]
    if not said or _NOT_IN_NAMES.search(bare) or len(said) > 7 or _BUILDING.search(plain(bare)):
        return NEVER
    points = _name_shape(said, bool(polite)) + _name_words(said)
    return points + 3.5 if polite else points


def _ranked_name(phrase: str) -> float:
    """`Ambassador Linda Thomson`, `President Jane Doe`: a name behind its rank."""
    folded = plain(phrase)
    rank = _RANK.match(folded)
    if not rank or len(folded) != len(phrase):
        return NEVER
    rest = phrase[rank.end() :]
    points = _name(rest)
    known = bool(words_of(rest)) and words_of(rest)[0].split("-")[0] in GIVEN_NAMES
    return points + 1.5 if points > 1.5 and (known or not rank["high"]) else NEVER


def _name_shape(said: list[str], polite: bool) -> float:
    if not all(_could_be_name(word) for word in said) or not said[0][:1].isupper():
        return -5.0
    capitals = [word for word in said if word[:1].isupper()]
    if len(capitals) == 1:
        return 0.5 if polite else -2.5
    points = {2: 2.0, 3: 2.0, 4: 1.5, 5: 0.5}.get(len(capitals), -1.0)
    initials = sum(bool(re.fullmatch(r"[A-ZÀ-Ý]\.?(?:[- ]?[A-ZÀ-Ý]\.)*", word)) for word in said[:-1])
    return points + (1.5 if initials else 0.0)


def _could_be_name(word: str) -> bool:
    bare = word.strip(".,()’'‘`")
    if not bare or re.search(r"(?:['’]s|s['’])$", word):
        return False
    return bare[0].isupper() or plain(bare) in features.PARTICLES or bool(re.match(r"[a-z]{1,3}[-'’][A-Z]", bare))


def _name_words(said: list[str]) -> float:
    words = [plain(word).strip(".,()'") for word in said]
    first = words[0].split("-")[0]
    known = first in GIVEN_NAMES
    points = 3.0 if known else 0.0
    points += 0.5 * any(word.split("-")[0] in GIVEN_NAMES for word in words[1:])
    weight = 0.4 if known else 1.0
    for word in words:
        if word in features.PARTICLES:
            points -= 0.3
        elif word in _LINKS:
            points -= 5.0
        elif word in TITLES:
            points -= 3.0
        elif word in ORGANISATIONS:
            points -= 3.5 * weight
        elif word in ORDINARY:
            points -= 1.8 * weight
        elif word in COUNTRIES and word not in GIVEN_NAMES:
            points -= 2.5 * weight
    if any(len(word) > 3 and _is_acronym(word) for word in said[1:]) and not all(word.isupper() for word in said):
        points -= 2.0
    if is_country(" ".join(said)):
        points -= 6.0
    return points


def _is_acronym(word: str) -> bool:
    return features.is_acronym(word.strip(".,()"))


def is_degree(phrase: str) -> bool:
    """Tell whether a phrase is a degree or the like, as stands behind a name: PhD, Jr., MP."""
    return bool(_DEGREES.match(plain(phrase).strip(" ,")))


# --- a function ----------------------------------------------------------------------------------------------------


def _title(phrase: str, words: tuple[str, ...]) -> float:
    if len(words) > 22:
        return NEVER
    start = _DUTY.match(plain(phrase))
    telling = words_of(plain(phrase)[start.end() :]) if start else words
    first = next((i for i, word in enumerate(telling) if features.is_function(word)), None)
    if first is None:
        if telling and telling[0] in ("acting", "interim"):
            return 0.5
        return _strange_title(phrase, words)
    before = [word for word in telling[:first] if word in ORGANISATIONS and not features.is_function(word)]
    links = [word for word in telling[:first] if word in _LINKS]
    after = next((word for word in telling[first:] if not features.is_function(word)), "")
    points = 4.0 if first == 0 else 3.0 if first <= 2 else 1.5
    if links or (before and after in ORGANISATIONS):
        points = -2.5
    elif before and len(telling) == 2:
        points = 3.0
    elif before:
        points = 1.0 if first == len(telling) - 1 else 2.5
    if features.has_acronym(phrase) and first > 0:
        points -= 1.5
    return points


def _strange_title(phrase: str, words: tuple[str, ...]) -> float:
    """A function that is not known as one: in small letters it is nothing else, as French and Spanish set them."""
    if phrase[:1].islower() and len(words) <= 6 and words[0] not in features.PARTICLES and words[0] not in _LINKS:
        return 1.2
    known = any(word in each for word in words for each in (_LINKS, ORGANISATIONS, ORDINARY, GIVEN_NAMES, COUNTRIES))
    return -4.0 if known or len(words) > 3 or _is_acronym(phrase) else -2.7


# --- an institution ------------------------------------------------------------------------------------------------


def _office(phrase: str, words: tuple[str, ...]) -> float:
    if features.is_prose(phrase) or is_degree(phrase):
        return -4.0
    bracket = _BRACKET.search(phrase)
    held = [word for word in words if word in ORGANISATIONS]
    points = 0.0
    if held:
        points += (
            3.0 + min(1.0, 0.4 * (len(held) - 1)) - (1.0 if words[0] not in ORGANISATIONS and len(held) == 1 else 0.0)
        )
    if features.is_acronym(phrase.strip(" .,()")):
        points += 2.5
    elif any(_is_acronym(word) and len(word) > 2 for word in phrase.split()):
        points += 1.0
    if bracket and (features.is_acronym(bracket[1]) or is_country(bracket[1])):
        points += 2.5
    if _COMPANY.search(plain(phrase).strip(" ,")):
        points += 2.5
    points += min(1.6, 0.8 * sum(word in ORDINARY for word in words))
    points += 0.5 if len(words) > 1 and _LINKS & set(words[1:-1]) else 0.0
    return points - _against_office(phrase, words, bool(held))


def _against_office(phrase: str, words: tuple[str, ...], held: bool) -> float:
    points = 0.0
    if not phrase[:1].isupper() and not phrase[:1].isdigit() and "(" not in phrase:
        points += 1.5
    if words[0] in GIVEN_NAMES and not held:
        points += 1.5
    polite = features.HONORIFIC.match(plain(phrase))
    if polite:
        points += 2.5 if plain(phrase)[polite.end() :].strip(" .,") else 6.0
    if features.EMAIL.search(phrase) or features.is_phone(phrase):
        points += 6.0
    if is_country(phrase):
        points += 4.0
    if _HOUSE.match(plain(phrase)) or _BUILDING.search(plain(phrase)):
        points += 4.0
    if _COUNTED.search(phrase) and not held:
        points += 2.0
    if len(words) > 16:
        points += 2.0
    return points


# --- a place -------------------------------------------------------------------------------------------------------


def _place(phrase: str, words: tuple[str, ...]) -> float:
    folded = plain(phrase).strip(" .,")
    if features.is_phone(phrase):
        return 5.0
    if features.is_place(phrase):
        return 5.0
    if _HOUSE.match(folded) or _BUILDING.search(folded):
        return 4.0
    points = -1.5
    if any(word in POSTAL for word in words) or _STREET.search(folded):
        points += 4.0
    if re.search(r"\d", phrase):
        points += 3.0 if _COUNTED.search(phrase) else 1.0
    parts = [part.strip(" .") for part in phrase.split(",")]
    if len(parts) > 1 and is_country(parts[-1]):
        points += 3.0
    held = [word for word in words if word in ORGANISATIONS]
    points -= 2.5 if held and words[0] in ORGANISATIONS else 1.0 if held else 0.0
    points -= 3.0 if any(features.is_function(word) for word in words) else 0.0
    points -= 2.0 if words[0] in GIVEN_NAMES and len(words) > 1 and words[0] not in ("san", "santiago") else 0.0
    points -= 3.0 if features.HONORIFIC.match(folded) else 0.0
    points += 0.8 if len(words) <= 2 and phrase[:1].isupper() and not held else 0.0
    return points - (2.0 if len(words) > 10 else 0.0)
