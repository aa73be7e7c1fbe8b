"""A letter comes in: letter files, plain text as people paste it in three languages, and what is refused."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflow import imports, text
from workflow.imports import ImportedLetter, ImportRefused, dates
from workflow.imports.paragraphs import escaped

SEED = Path(__file__).parents[2] / "shared/letters/phnom-penh-2016.txt"

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


LETTERS = {
    "english, date below the address, blocks of name, title and organisation": (
        f"""The Honorable Jane A. Doe
Minister of Water
Ministry of Water and Forests
12 River Street
Nairobi
Kenya

4 March 2021

Re: Closed wells in the north

Dear Minister Doe,

{ONE}

{TWO}

Yours faithfully,

Mary Wanjiru
Executive Director
Water Rights Network (WRN)

Peter Otieno
Chair
Lake Villages Association
""",
        dict(
            date=date(2021, 3, 4), subject="Closed wells in the north", salutation="Dear Minister Doe,",
            recipients=[recipient("The Honorable Jane A. Doe", "Minister of Water", "Ministry of Water and Forests",
                                  "12 River Street", "Nairobi", "Kenya")],
            body=[ONE, TWO], closing="Yours faithfully,",
            cosigners=[("Mary Wanjiru", "Executive Director", "Water Rights Network", "WRN"),
                       ("Peter Otieno", "Chair", "Lake Villages Association", "")],
        ),
    ),
    "english, american date above, two addressees, subject below the salutation, organisations only": (
        f"""January 24, 2019

The Honorable John Smith
Secretary of State
U.S. Department of State
2201 C Street NW
Washington, DC 20520

The Honorable Ann Brown
Administrator
U.S. Agency for International Development
1300 Pennsylvania Avenue NW
Washington, DC 20523

Dear Secretary Smith and Administrator Brown:

RE: Water for the northern villages

{ONE}

{TWO}

Sincerely,

Human Rights Watch
Amnesty International
Odhikar (Bangladesh)
Front Line Defenders
Cambodian Center for Human Rights (CCHR)
""",
        dict(
            date=date(2019, 1, 24), subject="Water for the northern villages",
            salutation="Dear Secretary Smith and Administrator Brown:",
            recipients=[
                recipient("The Honorable John Smith", "Secretary of State", "U.S. Department of State",
                          "2201 C Street NW", "Washington, DC 20520"),
                recipient("The Honorable Ann Brown", "Administrator", "U.S. Agency for International Development",
                          "1300 Pennsylvania Avenue NW", "Washington, DC 20523"),
            ],
            body=[ONE, TWO], closing="Sincerely,",
            cosigners=[("", "", "Human Rights Watch", ""), ("", "", "Amnesty International", ""),
                       ("", "", "Odhikar (Bangladesh)", ""), ("", "", "Front Line Defenders", ""),
                       ("", "", "Cambodian Center for Human Rights", "CCHR")],
        ),
    ),
    "english, place in the date line, name and rest on one line": (
        f"""Washington, DC, 24th of January 2016

To:
His Excellency Paul Kone
President of the Republic
Palace of the Nation
Abidjan

Your Excellency,

{ONE}

{TWO}

Respectfully submitted,

Ann Lee, Director, River Watch
Omar Diallo, President, Union of Fishers (UF)
Li Wei, Open Water Forum
""",
        dict(
            date=date(2016, 1, 24), subject="", salutation="Your Excellency,",
            recipients=[recipient("His Excellency Paul Kone", "President of the Republic", "",
                                  "Palace of the Nation", "Abidjan")],
            body=[ONE, TWO], closing="Respectfully submitted,",
            cosigners=[("Ann Lee", "Director", "River Watch", ""), ("Omar Diallo", "President", "Union of Fishers", "UF"),
                       ("Li Wei", "", "Open Water Forum", "")],
        ),
    ),
    "english, hard wrapped at seventy columns with headings for the signatories": (
        """Office of the Governor
1 State Road
Lagos, Nigeria

Monday, 5 May 2014

Subject: Water

To whom it may concern:

We write to you about the wells of the northern villages, which have
been closed since the spring. The families who live there must walk
for three hours.

We ask you to open them again, and to tell the villages when that
will be.

Best regards,

Signatories:

1. Human Rights Centre
2. Lagos Water Group
3. SERAP
""",
        dict(
            date=date(2014, 5, 5), subject="Water", salutation="To whom it may concern:",
            recipients=[recipient("", "", "Office of the Governor", "1 State Road", "Lagos, Nigeria")],
            body=["We write to you about the wells of the northern villages, which have been closed since the spring."
                  " The families who live there must walk for three hours.",
                  "We ask you to open them again, and to tell the villages when that will be."],
            closing="Best regards,",
            cosigners=[("", "", "Human Rights Centre", ""), ("", "", "Lagos Water Group", ""), ("", "", "SERAP", "")],
        ),
    ),
    "english, no closing, undersigned organisations in running text": (
        f"""Ministry of Justice
Dhaka

2016-01-24

Dear Sir or Madam,

{ONE}

{TWO}

Undersigned organizations:
Asian Legal Resource Centre, Odhikar, Bangladesh Water Forum, Right to Food Network and Greenpeace
""",
        dict(
            date=date(2016, 1, 24), subject="", salutation="Dear Sir or Madam,",
            recipients=[recipient("", "", "Ministry of Justice", "Dhaka")],
            body=[ONE, TWO], closing="",
            cosigners=[("", "", "Asian Legal Resource Centre", ""), ("", "", "Odhikar", ""),
                       ("", "", "Bangladesh Water Forum", ""), ("", "", "Right to Food Network", ""),
                       ("", "", "Greenpeace", "")],
        ),
    ),
    "english, two columns of signatories by tabs": (
        f"""Ms. Grace Field
Commissioner for Water
European Commission
1049 Brussels
Belgium

Brussels, 3 Sept. 2020

Dear Commissioner Field,

{ONE}

{TWO}

Yours sincerely,

Anna Berg\t\tCarlo Conti
Director, Open Wells\t\tPresident, Acqua Foundation (AF)

Eva Dahl\t\tFinn Eide
Secretary General, Nordic Water Forum\t\tChair, Fjord Alliance
""",
        dict(
            date=date(2020, 9, 3), subject="", salutation="Dear Commissioner Field,",
            recipients=[recipient("Ms. Grace Field", "Commissioner for Water", "European Commission", "1049 Brussels",
                                  "Belgium")],
            body=[ONE, TWO], closing="Yours sincerely,",
            cosigners=[("Anna Berg", "Director", "Open Wells", ""), ("Carlo Conti", "President", "Acqua Foundation", "AF"),
                       ("Eva Dahl", "Secretary General", "Nordic Water Forum", ""),
                       ("Finn Eide", "Chair", "Fjord Alliance", "")],
        ),
    ),
    "english, organisation after a dash and an email each": (
        f"""Mr. Ivan Horvat, Minister of the Interior
Ministry of the Interior
Main Square 3, 10000 Zagreb
minister@interior.example

24-Jan-2016

Dear Mr. Horvat,

{ONE}

{TWO}

In solidarity,

Ana Kovač – Zagreb Water Initiative – ana@water.example
Luka Babić – Centre for Peace Studies
""",
        dict(
            date=date(2016, 1, 24), subject="", salutation="Dear Mr. Horvat,",
            recipients=[recipient("Mr. Ivan Horvat", "Minister of the Interior", "Ministry of the Interior",
                                  "Main Square 3, 10000 Zagreb", email="minister@interior.example")],
            body=[ONE, TWO], closing="In solidarity,",
            cosigners=[("Ana Kovač", "", "Zagreb Water Initiative", ""), ("Luka Babić", "", "Centre for Peace Studies", "")],
            emails=["ana@water.example", ""],
        ),
    ),
    "english, acronym first and name with title on one line": (
        f"""H.E. Mr. Sok Chan
Prime Minister
Office of the Council of Ministers
Phnom Penh, Cambodia

Phnom Penh, 10 December 2018

Your Excellency,

{ONE}

{TWO}

Sincerely yours,

Ny Sokha, President
ADHOC (Cambodian Human Rights and Development Association)

Am Sam Ath, Director of Monitoring
LICADHO
""",
        dict(
            date=date(2018, 12, 10), subject="", salutation="Your Excellency,",
            recipients=[recipient("H.E. Mr. Sok Chan", "Prime Minister", "Office of the Council of Ministers",
                                  "Phnom Penh, Cambodia")],
            body=[ONE, TWO], closing="Sincerely yours,",
            cosigners=[("Ny Sokha", "President", "Cambodian Human Rights and Development Association", "ADHOC"),
                       ("Am Sam Ath", "Director of Monitoring", "LICADHO", "")],
        ),
    ),
    "french, closing sentence, organisations under a heading": (
        f"""Madame Claire Fontaine
Ministre de l'Environnement
Ministère de l'Environnement
246 boulevard Saint-Germain
75007 Paris

Paris, le 3 mars 2021

Objet : Fermeture des puits du nord

Madame la Ministre,

{UN}

{DEUX}

Veuillez agréer, Madame la Ministre, l'expression de notre haute considération.

Signataires :

- Ligue des droits de l'Homme (LDH)
- Association des villages du nord
- Réseau Eau et Vie (Togo)
""",
        dict(
            language="fr", date=date(2021, 3, 3), subject="Fermeture des puits du nord", salutation="Madame la Ministre,",
            recipients=[recipient("Madame Claire Fontaine", "Ministre de l'Environnement",
                                  "Ministère de l'Environnement", "246 boulevard Saint-Germain", "75007 Paris")],
            body=[UN, DEUX],
            closing="Veuillez agréer, Madame la Ministre, l'expression de notre haute considération.",
            cosigners=[("", "", "Ligue des droits de l'Homme", "LDH"), ("", "", "Association des villages du nord", ""),
                       ("", "", "Réseau Eau et Vie (Togo)", "")],
        ),
    ),
    "french, His Excellency abbreviated, first of the month, people below": (
        f"""S.E. M. Alassane Traoré
Président de la République
Palais présidentiel
Bamako, Mali

Bamako, le 1er février 2021

Monsieur le Président,

{UN}

{DEUX}

Nous vous prions d'agréer, Monsieur le Président, l'assurance de notre profond respect.

Aminata Keïta
Présidente, Association malienne des droits de l'homme (AMDH)

Jean-Pierre Dupont
Secrétaire général, Union des pêcheurs
""",
        dict(
            language="fr", date=date(2021, 2, 1), subject="", salutation="Monsieur le Président,",
            recipients=[recipient("S.E. M. Alassane Traoré", "Président de la République", "", "Palais présidentiel",
                                  "Bamako, Mali")],
            body=[UN, DEUX],
            closing="Nous vous prions d'agréer, Monsieur le Président, l'assurance de notre profond respect.",
            cosigners=[("Aminata Keïta", "Présidente", "Association malienne des droits de l'homme", "AMDH"),
                       ("Jean-Pierre Dupont", "Secrétaire général", "Union des pêcheurs", "")],
        ),
    ),
    "french, short closing, name and organisation on one line": (
        f"""À l'attention de Monsieur Luc Martin
Directeur général
Agence de l'eau
Rue de la Loi 16
1000 Bruxelles

Bruxelles, le mardi 12 octobre 2021

Madame, Monsieur,

{UN}

{DEUX}

Cordialement,

Sophie Bernard, directrice, Maison de l'eau
Marc Petit, Collectif des riverains
""",
        dict(
            language="fr", date=date(2021, 10, 12), subject="", salutation="Madame, Monsieur,",
            recipients=[recipient("Monsieur Luc Martin", "Directeur général", "Agence de l'eau", "Rue de la Loi 16",
                                  "1000 Bruxelles")],
            body=[UN, DEUX], closing="Cordialement,",
            cosigners=[("Sophie Bernard", "directrice", "Maison de l'eau", ""),
                       ("Marc Petit", "", "Collectif des riverains", "")],
        ),
    ),
    "french, semicolons between the organisations": (
        f"""Monsieur le Premier ministre
Hôtel de Matignon
57 rue de Varenne
75007 Paris

Le 24/01/2016

Monsieur le Premier ministre,

{UN}

{DEUX}

Respectueusement,

Organisations signataires :
Ligue des droits de l'Homme ; Secours populaire ; Amis de la Terre ; CCFD-Terre Solidaire.
""",
        dict(
            language="fr", date=date(2016, 1, 24), subject="", salutation="Monsieur le Premier ministre,",
            body=[UN, DEUX], closing="Respectueusement,",
            cosigners=[("", "", "Ligue des droits de l'Homme", ""), ("", "", "Secours populaire", ""),
                       ("", "", "Amis de la Terre", ""), ("", "", "CCFD-Terre Solidaire", "")],
        ),
    ),
    "spanish, Excmo. Sr., place and date, organisations under a heading": (
        f"""Madrid, 5 de mayo de 2020

Excmo. Sr. Pedro Gómez
Presidente del Gobierno
Palacio de la Moncloa
28071 Madrid

Asunto: Pozos cerrados en el norte

Excelentísimo Señor:

{UNO}

{DOS}

Atentamente,

Las organizaciones firmantes:

• Amnistía Internacional
• Red de Agua (REDA)
• Asociación de Vecinos del Norte
• Centro de Estudios Legales y Sociales (CELS), Argentina
""",
        dict(
            language="es", date=date(2020, 5, 5), subject="Pozos cerrados en el norte", salutation="Excelentísimo Señor:",
            recipients=[recipient("Excmo. Sr. Pedro Gómez", "Presidente del Gobierno", "", "Palacio de la Moncloa",
                                  "28071 Madrid")],
            body=[UNO, DOS], closing="Atentamente,",
            cosigners=[("", "", "Amnistía Internacional", ""), ("", "", "Red de Agua", "REDA"),
                       ("", "", "Asociación de Vecinos del Norte", ""),
                       ("", "", "Centro de Estudios Legales y Sociales, Argentina", "CELS")],
        ),
    ),
    "spanish, name, title and organisation on three lines, double closing": (
        f"""Señora
María López
Ministra de Justicia
Ministerio de Justicia
Calle 53 No. 13-27
Bogotá, Colombia

Bogotá, 7 de agosto de 2022

Ref.: Pozos del norte

Estimada señora Ministra:

{UNO}

{DOS}

Sin otro particular, le saludan atentamente,

Carlos Ruiz
Director Ejecutivo
Corporación Agua Viva

Lucía Fernández
Secretaria General
Federación de Aldeas (FEDAL)
""",
        dict(
            language="es", date=date(2022, 8, 7), subject="Pozos del norte", salutation="Estimada señora Ministra:",
            recipients=[recipient("Señora María López", "Ministra de Justicia", "Ministerio de Justicia",
                                  "Calle 53 No. 13-27", "Bogotá, Colombia")],
            body=[UNO, DOS], closing="Sin otro particular, le saludan atentamente,",
            cosigners=[("Carlos Ruiz", "Director Ejecutivo", "Corporación Agua Viva", ""),
                       ("Lucía Fernández", "Secretaria General", "Federación de Aldeas", "FEDAL")],
        ),
    ),
    "spanish, of our highest consideration, sentence of closing": (
        f"""Señor
Juan Pérez
Relator Especial sobre el derecho al agua
Naciones Unidas
Ginebra, Suiza

Ciudad de México, a 15 de junio de 2021

De nuestra mayor consideración:

{UNO}

{DOS}

Sin otro particular, aprovechamos la oportunidad para saludarle con nuestra más alta consideración y
estima.

Ana Torres, Coordinadora, Mesa del Agua
Luis Vega, Presidente, Unión de Pescadores
""",
        dict(
            language="es", date=date(2021, 6, 15), subject="", salutation="De nuestra mayor consideración:",
            recipients=[recipient("Señor Juan Pérez", "Relator Especial sobre el derecho al agua", "Naciones Unidas",
                                  "Ginebra, Suiza")],
            body=[UNO, DOS],
            closing="Sin otro particular, aprovechamos la oportunidad para saludarle con nuestra más alta consideración y"
                    " estima.",
            cosigners=[("Ana Torres", "Coordinadora", "Mesa del Agua", ""),
                       ("Luis Vega", "Presidente", "Unión de Pescadores", "")],
        ),
    ),
    "english, letterhead of the sender above the date": (
        f"""WATER RIGHTS NETWORK
12 Canal Road, London
Tel: +44 20 1234 5678 | www.water.example

3 March 2021

Rt Hon Jane Doe MP
Secretary of State for Water
Department for Water
London SW1A 2AA

Dear Secretary of State,

{ONE}

{TWO}

Yours sincerely,

Mary Smith, Director, Water Rights Network
""",
        dict(
            date=date(2021, 3, 3), subject="", salutation="Dear Secretary of State,",
            recipients=[recipient("Rt Hon Jane Doe MP", "Secretary of State for Water", "Department for Water",
                                  "London SW1A 2AA")],
            body=["WATER RIGHTS NETWORK 12 Canal Road, London Tel: +44 20 1234 5678 | www.water.example", ONE, TWO],
            closing="Yours sincerely,",
            cosigners=[("Mary Smith", "Director", "Water Rights Network", "")],
        ),
    ),
    "english, sent by email, copies and postscript below": (
        f"""Via email: office@ministry.example

The Honorable
Jane Doe
Minister of Water
Ministry of Water

4 March 2021

Dear Minister,

{ONE}

Sincerely,

Ann Lee
Director
River Watch

CC: Ministry of Finance

P.S. We enclose the map of the wells.
""",
        dict(
            date=date(2021, 3, 4), subject="", salutation="Dear Minister,",
            recipients=[recipient("The Honorable Jane Doe", "Minister of Water", "Ministry of Water",
                                  email="office@ministry.example")],
            body=[ONE, "CC: Ministry of Finance", "P.S. We enclose the map of the wells."],
            closing="Sincerely,", cosigners=[("Ann Lee", "Director", "River Watch", "")],
        ),
    ),
    "english, one line per paragraph without blank lines between": (
        f"""Permanent Mission of Kenya to the United Nations
Geneva
4 March 2021
Excellencies,
{ONE} {TWO}
{TWO}
{ONE}
Respectfully,
Water Rights Network
Lake Villages Association
Forum for Open Wells
""",
        dict(
            date=date(2021, 3, 4), subject="", salutation="Excellencies,",
            recipients=[recipient("", "", "Permanent Mission of Kenya to the United Nations", "Geneva")],
            body=[f"{ONE} {TWO}", TWO, ONE], closing="Respectfully,",
            cosigners=[("", "", "Water Rights Network", ""), ("", "", "Lake Villages Association", ""),
                       ("", "", "Forum for Open Wells", "")],
        ),
    ),
    "english, a list and a heading in the body": (
        f"""4 March 2021

Ministry of Water
Nairobi

Dear Minister,

{ONE}

Background

{TWO}

We ask you to:

1. open the wells again;
2. tell the villages when; and
3. pay for the school bus.

Thank you,

River Watch (Kenya)
Lake Group, Uganda
Open Wells Initiative
""",
        dict(
            date=date(2021, 3, 4), subject="", salutation="Dear Minister,",
            recipients=[recipient("", "", "Ministry of Water", "Nairobi")],
            body=[ONE, "## Background", TWO, "We ask you to:",
                  "1. open the wells again; 2. tell the villages when; and 3. pay for the school bus."],
            closing="Thank you,",
            cosigners=[("", "", "River Watch (Kenya)", ""), ("", "", "Lake Group, Uganda", ""),
                       ("", "", "Open Wells Initiative", "")],
        ),
    ),
    "english, windows line ends, hard spaces and curly quotes": (
        f"Ministry of Water\r\nNairobi\r\n\r\n4\u00a0March\u00a02021\r\n\r\nDear\u00a0Minister,\r\n\r\n{ONE} It is “urgent”.\r\n\r\n"
        f"{TWO}\r\n\r\nSincerely,\r\n\r\nAnn Lee,\r\nDirector, River Watch\r\n",
        dict(
            date=date(2021, 3, 4), subject="", salutation="Dear Minister,",
            recipients=[recipient("", "", "Ministry of Water", "Nairobi")],
            body=[f"{ONE} It is “urgent”.", TWO], closing="Sincerely,",
            cosigners=[("Ann Lee", "Director", "River Watch", "")],
        ),
    ),
    "english, page numbers and a form feed within a paragraph": (
        """Ministry of Water
Nairobi

4 March 2021

Dear Minister,

We write to you about the wells of the northern villages, which have
been closed since the spring. The families who live there must walk

2
\fin the heat for three hours, and their children miss school because
of it.

Sincerely,

River Watch
Lake Group
""",
        dict(
            date=date(2021, 3, 4), subject="", salutation="Dear Minister,",
            body=["We write to you about the wells of the northern villages, which have been closed since the spring."
                  " The families who live there must walk in the heat for three hours, and their children miss school"
                  " because of it."],
            closing="Sincerely,", cosigners=[("", "", "River Watch", ""), ("", "", "Lake Group", "")],
        ),
    ),
    "english, indented paragraphs without blank lines": (
        """Ministry of Water
Nairobi

4 March 2021

Dear Minister,

    We write to you about the wells of the northern villages, which
have been closed since the spring. The families who live there must
walk for three hours, and their children miss their school for it.
    We ask you to open them again, and to tell the villages when that
will be.

Sincerely,

River Watch
Lake Group
""",
        dict(
            date=date(2021, 3, 4), subject="", salutation="Dear Minister,",
            body=["We write to you about the wells of the northern villages, which have been closed since the spring."
                  " The families who live there must walk for three hours, and their children miss their school for it.",
                  "We ask you to open them again, and to tell the villages when that will be."],
            closing="Sincerely,", cosigners=[("", "", "River Watch", ""), ("", "", "Lake Group", "")],
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LETTERS)
def test_a_pasted_letter_is_recognised(name):
    source, expected = LETTERS[name]

    imported = imports.read(source.encode())

    letter = imported.letter
    assert imported.date == expected["date"]
    assert letter.language == expected.get("language", "en")
    assert letter.subject == expected["subject"]
    assert letter.salutation == expected["salutation"]
    if "recipients" in expected:
        assert list(letter.recipients) == expected["recipients"]
    assert [flat(block.replace("\\\n", "\n")) for block in text.paragraphs(letter.body)] == expected["body"]
    assert letter.closing == expected["closing"]
    assert names(imported) == expected["cosigners"]
    if "emails" in expected:
        assert [c.email for c in imported.cosigners] == expected["emails"]


@pytest.mark.parametrize("name", LETTERS)
def test_no_word_of_a_pasted_letter_is_lost(name):
    source = LETTERS[name][0]

    missing = lost_words(source, imports.read(source.encode()))

    assert not missing


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
