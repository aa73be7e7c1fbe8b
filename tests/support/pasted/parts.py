"""What pasted letters in tests are made of, and what is compared of them."""

from __future__ import annotations

import re

from workflow.imports import ImportedLetter
from workflow.letter import text

ONE = "We write to you about the wells of the northern villages, which have been closed since the spring."
TWO = "The families who live there must walk for three hours, and their children miss school because of it."
UN = "Nous vous écrivons au sujet des puits des villages du nord, qui sont fermés depuis le printemps dernier."
DEUX = "Les familles qui y vivent doivent marcher trois heures, et leurs enfants ne vont plus à l'école."
UNO = "Nos dirigimos a usted por los pozos de las aldeas del norte, que están cerrados desde la primavera pasada."
DOS = "Las familias que viven allí deben caminar tres horas, y sus hijos ya no van a la escuela del pueblo."


def recipient(name="", title="", office="", *address, email=""):
    return text.Recipient(name, title, office, tuple(address), email)


def cosigner(organisation, acronym="", signatory="", title="", email=""):
    return text.Cosigner(organisation, acronym, signatory, title, email)


def names(imported: ImportedLetter):
    return [(c.signatory, c.title, c.organisation, c.acronym) for c in imported.cosigners]


def flat(words: str) -> str:
    return " ".join(words.split())


def lost_words(source: str, imported: ImportedLetter) -> set[str]:
    letter = imported.letter
    said = [
        letter.subject, letter.salutation, text.to_plain(letter.body, 10_000), letter.closing, *imported.unsure,
        *imported.recognised, *(c.email for c in imported.cosigners), *(r.email for r in letter.recipients),
        *(line for r in letter.recipients for line in r.lines),
        *(part for c in imported.cosigners for part in (c.organisation, c.acronym, c.signatory, c.title)),
    ]  # fmt: skip
    there = set(re.findall(r"\w+", " ".join(said)))
    return set(re.findall(r"\w+", source)) - there - set(re.findall(r"(?m)^\s*\(?(\d+)[.)]", source))
