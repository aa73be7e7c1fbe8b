"""A letter comes in: letter files, plain text as people paste it in three languages, and what is refused."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from workflow import imports
from workflow.errors import IncomingError
from workflow.imports import ImportedLetter
from workflow.imports.markup import escaped
from workflow.letter import text

SEED = Path(__file__).parents[3] / "shared/letters/phnom-penh-2016.txt"

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
        {
            "date": date(2021, 3, 4), "subject": "Closed wells in the north", "salutation": "Dear Minister Doe,",
            "recipients": [recipient("The Honorable Jane A. Doe", "Minister of Water", "Ministry of Water and Forests",
                                  "12 River Street", "Nairobi", "Kenya")],
            "body": [ONE, TWO], "closing": "Yours faithfully,",
            "cosigners": [("Mary Wanjiru", "Executive Director", "Water Rights Network", "WRN"),
                       ("Peter Otieno", "Chair", "Lake Villages Association", "")],
        },
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
        {
            "date": date(2019, 1, 24), "subject": "Water for the northern villages",
            "salutation": "Dear Secretary Smith and Administrator Brown:",
            "recipients": [
                recipient("The Honorable John Smith", "Secretary of State", "U.S. Department of State",
                          "2201 C Street NW", "Washington, DC 20520"),
                recipient("The Honorable Ann Brown", "Administrator", "U.S. Agency for International Development",
                          "1300 Pennsylvania Avenue NW", "Washington, DC 20523"),
            ],
            "body": [ONE, TWO], "closing": "Sincerely,",
            "cosigners": [("", "", "Human Rights Watch", ""), ("", "", "Amnesty International", ""),
                       ("", "", "Odhikar (Bangladesh)", ""), ("", "", "Front Line Defenders", ""),
                       ("", "", "Cambodian Center for Human Rights", "CCHR")],
        },
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
        {
            "date": date(2016, 1, 24), "subject": "", "salutation": "Your Excellency,",
            "recipients": [recipient("His Excellency Paul Kone", "President of the Republic", "",
                                  "Palace of the Nation", "Abidjan")],
            "body": [ONE, TWO], "closing": "Respectfully submitted,",
            "cosigners": [("Ann Lee", "Director", "River Watch", ""), ("Omar Diallo", "President", "Union of Fishers", "UF"),  # noqa: E501
                       ("Li Wei", "", "Open Water Forum", "")],
        },
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
        {
            "date": date(2014, 5, 5), "subject": "Water", "salutation": "To whom it may concern:",
            "recipients": [recipient("", "", "Office of the Governor", "1 State Road", "Lagos, Nigeria")],
            "body": ["We write to you about the wells of the northern villages, which have been closed since the spring."  # noqa: E501
                  " The families who live there must walk for three hours.",
                  "We ask you to open them again, and to tell the villages when that will be."],
            "closing": "Best regards,",
            "cosigners": [("", "", "Human Rights Centre", ""), ("", "", "Lagos Water Group", ""), ("", "", "SERAP", "")],  # noqa: E501
        },
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
        {
            "date": date(2016, 1, 24), "subject": "", "salutation": "Dear Sir or Madam,",
            "recipients": [recipient("", "", "Ministry of Justice", "Dhaka")],
            "body": [ONE, TWO], "closing": "",
            "cosigners": [("", "", "Asian Legal Resource Centre", ""), ("", "", "Odhikar", ""),
                       ("", "", "Bangladesh Water Forum", ""), ("", "", "Right to Food Network", ""),
                       ("", "", "Greenpeace", "")],
        },
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
        {
            "date": date(2020, 9, 3), "subject": "", "salutation": "Dear Commissioner Field,",
            "recipients": [recipient("Ms. Grace Field", "Commissioner for Water", "European Commission", "1049 Brussels",  # noqa: E501
                                  "Belgium")],
            "body": [ONE, TWO], "closing": "Yours sincerely,",
            "cosigners": [("Anna Berg", "Director", "Open Wells", ""), ("Carlo Conti", "President", "Acqua Foundation", "AF"),  # noqa: E501
                       ("Eva Dahl", "Secretary General", "Nordic Water Forum", ""),
                       ("Finn Eide", "Chair", "Fjord Alliance", "")],
        },
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
        {
            "date": date(2016, 1, 24), "subject": "", "salutation": "Dear Mr. Horvat,",
            "recipients": [recipient("Mr. Ivan Horvat", "Minister of the Interior", "Ministry of the Interior",
                                  "Main Square 3, 10000 Zagreb", email="minister@interior.example")],
            "body": [ONE, TWO], "closing": "In solidarity,",
            "cosigners": [("Ana Kovač", "", "Zagreb Water Initiative", ""), ("Luka Babić", "", "Centre for Peace Studies", "")],  # noqa: E501
            "emails": ["ana@water.example", ""],
        },
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
        {
            "date": date(2018, 12, 10), "subject": "", "salutation": "Your Excellency,",
            "recipients": [recipient("H.E. Mr. Sok Chan", "Prime Minister", "Office of the Council of Ministers",
                                  "Phnom Penh, Cambodia")],
            "body": [ONE, TWO], "closing": "Sincerely yours,",
            "cosigners": [("Ny Sokha", "President", "Cambodian Human Rights and Development Association", "ADHOC"),
                       ("Am Sam Ath", "Director of Monitoring", "LICADHO", "")],
        },
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
        {
            "language": "fr", "date": date(2021, 3, 3), "subject": "Fermeture des puits du nord", "salutation": "Madame la Ministre,",  # noqa: E501
            "recipients": [recipient("Madame Claire Fontaine", "Ministre de l'Environnement",
                                  "Ministère de l'Environnement", "246 boulevard Saint-Germain", "75007 Paris")],
            "body": [UN, DEUX],
            "closing": "Veuillez agréer, Madame la Ministre, l'expression de notre haute considération.",
            "cosigners": [("", "", "Ligue des droits de l'Homme", "LDH"), ("", "", "Association des villages du nord", ""),  # noqa: E501
                       ("", "", "Réseau Eau et Vie (Togo)", "")],
        },
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
        {
            "language": "fr", "date": date(2021, 2, 1), "subject": "", "salutation": "Monsieur le Président,",
            "recipients": [recipient("S.E. M. Alassane Traoré", "Président de la République", "", "Palais présidentiel",
                                  "Bamako, Mali")],
            "body": [UN, DEUX],
            "closing": "Nous vous prions d'agréer, Monsieur le Président, l'assurance de notre profond respect.",
            "cosigners": [("Aminata Keïta", "Présidente", "Association malienne des droits de l'homme", "AMDH"),
                       ("Jean-Pierre Dupont", "Secrétaire général", "Union des pêcheurs", "")],
        },
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
        {
            "language": "fr", "date": date(2021, 10, 12), "subject": "", "salutation": "Madame, Monsieur,",
            "recipients": [recipient("Monsieur Luc Martin", "Directeur général", "Agence de l'eau", "Rue de la Loi 16",
                                  "1000 Bruxelles")],
            "body": [UN, DEUX], "closing": "Cordialement,",
            "cosigners": [("Sophie Bernard", "directrice", "Maison de l'eau", ""),
                       ("Marc Petit", "", "Collectif des riverains", "")],
        },
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
        {
            "language": "fr", "date": date(2016, 1, 24), "subject": "", "salutation": "Monsieur le Premier ministre,",
            "body": [UN, DEUX], "closing": "Respectueusement,",
            "cosigners": [("", "", "Ligue des droits de l'Homme", ""), ("", "", "Secours populaire", ""),
                       ("", "", "Amis de la Terre", ""), ("", "", "CCFD-Terre Solidaire", "")],
        },
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
        {
            "language": "es", "date": date(2020, 5, 5), "subject": "Pozos cerrados en el norte", "salutation": "Excelentísimo Señor:",  # noqa: E501
            "recipients": [recipient("Excmo. Sr. Pedro Gómez", "Presidente del Gobierno", "", "Palacio de la Moncloa",
                                  "28071 Madrid")],
            "body": [UNO, DOS], "closing": "Atentamente,",
            "cosigners": [("", "", "Amnistía Internacional", ""), ("", "", "Red de Agua", "REDA"),
                       ("", "", "Asociación de Vecinos del Norte", ""),
                       ("", "", "Centro de Estudios Legales y Sociales, Argentina", "CELS")],
        },
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
        {
            "language": "es", "date": date(2022, 8, 7), "subject": "Pozos del norte", "salutation": "Estimada señora Ministra:",  # noqa: E501
            "recipients": [recipient("Señora María López", "Ministra de Justicia", "Ministerio de Justicia",
                                  "Calle 53 No. 13-27", "Bogotá, Colombia")],
            "body": [UNO, DOS], "closing": "Sin otro particular, le saludan atentamente,",
            "cosigners": [("Carlos Ruiz", "Director Ejecutivo", "Corporación Agua Viva", ""),
                       ("Lucía Fernández", "Secretaria General", "Federación de Aldeas", "FEDAL")],
        },
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
        {
            "language": "es", "date": date(2021, 6, 15), "subject": "", "salutation": "De nuestra mayor consideración:",
            "recipients": [recipient("Señor Juan Pérez", "Relator Especial sobre el derecho al agua", "Naciones Unidas",
                                  "Ginebra, Suiza")],
            "body": [UNO, DOS],
            "closing": "Sin otro particular, aprovechamos la oportunidad para saludarle con nuestra más alta consideración y"  # noqa: E501
                    " estima.",
            "cosigners": [("Ana Torres", "Coordinadora", "Mesa del Agua", ""),
                       ("Luis Vega", "Presidente", "Unión de Pescadores", "")],
        },
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
        {
            "date": date(2021, 3, 3), "subject": "", "salutation": "Dear Secretary of State,",
            "recipients": [recipient("Rt Hon Jane Doe MP", "Secretary of State for Water", "Department for Water",
                                  "London SW1A 2AA")],
            "body": [ONE, TWO],
            "closing": "Yours sincerely,",
            "cosigners": [("Mary Smith", "Director", "Water Rights Network", "")],
        },
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
        {
            "date": date(2021, 3, 4), "subject": "", "salutation": "Dear Minister,",
            "recipients": [recipient("The Honorable Jane Doe", "Minister of Water", "Ministry of Water",
                                  email="office@ministry.example")],
            "body": [ONE, "P.S. We enclose the map of the wells."],
            "closing": "Sincerely,", "cosigners": [("Ann Lee", "Director", "River Watch", "")],
        },
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
        {
            "date": date(2021, 3, 4), "subject": "", "salutation": "Excellencies,",
            "recipients": [recipient("", "", "Permanent Mission of Kenya to the United Nations", "Geneva")],
            "body": [f"{ONE} {TWO}", TWO, ONE], "closing": "Respectfully,",
            "cosigners": [("", "", "Water Rights Network", ""), ("", "", "Lake Villages Association", ""),
                       ("", "", "Forum for Open Wells", "")],
        },
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
        {
            "date": date(2021, 3, 4), "subject": "", "salutation": "Dear Minister,",
            "recipients": [recipient("", "", "Ministry of Water", "Nairobi")],
            "body": [ONE, "## Background", TWO, "We ask you to:",
                  "1. open the wells again; 2. tell the villages when; and 3. pay for the school bus."],
            "closing": "Thank you,",
            "cosigners": [("", "", "River Watch (Kenya)", ""), ("", "", "Lake Group, Uganda", ""),
                       ("", "", "Open Wells Initiative", "")],
        },
    ),
    "english, windows line ends, hard spaces and curly quotes": (
        f"Ministry of Water\r\nNairobi\r\n\r\n4\u00a0March\u00a02021\r\n\r\nDear\u00a0Minister,\r\n\r\n{ONE} It is “urgent”.\r\n\r\n"  # noqa: E501
        f"{TWO}\r\n\r\nSincerely,\r\n\r\nAnn Lee,\r\nDirector, River Watch\r\n",
        {
            "date": date(2021, 3, 4), "subject": "", "salutation": "Dear Minister,",
            "recipients": [recipient("", "", "Ministry of Water", "Nairobi")],
            "body": [f"{ONE} It is “urgent”.", TWO], "closing": "Sincerely,",
            "cosigners": [("Ann Lee", "Director", "River Watch", "")],
        },
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
        {
            "date": date(2021, 3, 4), "subject": "", "salutation": "Dear Minister,",
            "body": ["We write to you about the wells of the northern villages, which have been closed since the spring."  # noqa: E501
                  " The families who live there must walk in the heat for three hours, and their children miss school"
                  " because of it."],
            "closing": "Sincerely,", "cosigners": [("", "", "River Watch", ""), ("", "", "Lake Group", "")],
        },
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
        {
            "date": date(2021, 3, 4), "subject": "", "salutation": "Dear Minister,",
            "body": ["We write to you about the wells of the northern villages, which have been closed since the spring."  # noqa: E501
                  " The families who live there must walk for three hours, and their children miss their school for it.",  # noqa: E501
                  "We ask you to open them again, and to tell the villages when that will be."],
            "closing": "Sincerely,", "cosigners": [("", "", "River Watch", ""), ("", "", "Lake Group", "")],
        },
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


# --- the real letter -----------------------------------------------------------------------------------------------


@pytest.fixture
def seed():
    if not SEED.exists():
        pytest.skip("The reference letter is not on this machine.")
    return imports.read(SEED.read_bytes(), SEED.name)


def test_the_reference_letter_is_recognised_whole(seed):
    assert seed.letter.recipients == (
        recipient("John F. Kerry", "Secretary of State", "Department of State",
                  "2201 C Street NW", "Washington, DC 20520", "US"),
    )  # fmt: skip
    assert seed.date == date(2016, 1, 24)
    assert (seed.letter.salutation, seed.letter.closing) == ("Dear Mr. Secretary,", "Sincerely,")
    assert [(c.signatory, c.title, c.acronym) for c in seed.cosigners] == [
        ("Karim Lahidji", "President", "FIDH"),
        ("Thun Saray", "President", "ADHOC"),
        ("Naly Pilorge", "Director", "LICADHO"),
        ("Evelyn Balais-Serrano", "Executive Director", "FORUM-ASIA"),
        ("Chak Sopheap", "Executive Director", "CCHR"),
    ]
    assert seed.cosigners[0].organisation == "International Federation for Human Rights"


def test_every_paragraph_of_the_reference_letter_is_whole_and_in_order(seed):
    ends = [(block.split()[:2], block.split()[-1]) for block in text.paragraphs(seed.letter.body)]

    assert ends == [
        (["On", "the"], "freedoms."), (["In", "November"], "movement."), (["In", "October"], "Assembly."),
        (["We", "urge"], "imprisoned."), (["During", "the"], "protestors."), (["We", "urge"], "officials."),
        (["Finally,", "we"], "forces."), (["Repression,", "human"], "Penh."), (["We", "thank"], "matter."),
    ]  # fmt: skip
    assert "outside the National Assembly" in seed.letter.body
    assert "dual Cambodian-US citizenship" in seed.letter.body
    assert "trumped-up charges" in seed.letter.body


def test_no_word_of_the_reference_letter_is_lost(seed):
    assert not lost_words(SEED.read_text(), seed)


def test_the_reference_letter_asks_for_the_addresses_it_lacks(seed):
    assert any("John F. Kerry" in sentence for sentence in seed.unsure)
    assert any("FIDH" in sentence and "CCHR" in sentence for sentence in seed.unsure)


# --- dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("24 January 2016", date(2016, 1, 24)), ("January 24, 2016", date(2016, 1, 24)),
        ("24th of January 2016", date(2016, 1, 24)), ("Sunday, January 24th, 2016", date(2016, 1, 24)),
        ("Washington, DC, 24 January 2016", date(2016, 1, 24)), ("24/01/2016", date(2016, 1, 24)),
        ("24.1.2016", date(2016, 1, 24)), ("2016-01-24", date(2016, 1, 24)), ("01/24/2016", date(2016, 1, 24)),
        ("Date: 24 Jan. 2016", date(2016, 1, 24)), ("24-Jan-2016", date(2016, 1, 24)),
        ("1er février 2021", date(2021, 2, 1)), ("Paris, le 3 mars 2021", date(2021, 3, 3)),
        ("Fait à Lomé, le 15 août 2019", date(2019, 8, 15)), ("mardi 14 juil. 2020", date(2020, 7, 14)),
        ("Madrid, 5 de mayo de 2020", date(2020, 5, 5)), ("Lima, 03 de abril del 2018", date(2018, 4, 3)),
        ("martes, 1º de septiembre de 2020", date(2020, 9, 1)), ("5. May 2016", date(2016, 5, 5)),
        ("Bogotá D.C., 7 de agosto de 2022", date(2022, 8, 7)), ("Sept. 3rd 2020", date(2020, 9, 3)),
    ],
)  # fmt: skip
def test_a_date_in_any_usual_form_is_read(line, day):
    assert dated(line) == day


def dated(line):
    return dated_in(line).date


def dated_in(line):
    """A letter with this line where its date stands."""
    source = f"Ministry of Water\nNairobi\n\n{line}\n\nDear Minister,\n\n{ONE}\n\nSincerely,\n\nRiver Watch\n"
    return imports.read_plain_text(source)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("Geneva, 3 March 2026", "Geneva"), ("Genève, le 3 mars 2026", "Genève"),
        ("Fait à Lomé, le 15 août 2019", "Lomé"), ("Washington, DC, Sunday, January 24th, 2016", "Washington, DC"),
        ("03.03.2026, Geneva", "Geneva"),
        ("En Valencia, a 4 de febrero de 2026", "Valencia"), ("Bogotá D. C., 12 de marzo de 2025", "Bogotá D. C."),
        ("Montréal, le jeudi 14 novembre 2024", "Montréal"), ("Wednesday 14th May 2025", ""), ("Date: 08.01.2024", ""),
        ("Le mardi 22 avril 2025", ""), ("24 January 2016", ""), ("2016-01-24", ""),
    ],
)  # fmt: skip
def test_the_place_of_a_dateline_is_kept(line, place):
    assert dated_in(line).place == place


@pytest.mark.parametrize("line", ["31 February 2016", "5 May", "room 12, 3 floors", "", "99/99/2016", "1 2 3"])
def test_what_is_no_day_is_no_date(line):
    assert dated(line) is None


def test_a_sentence_with_a_date_in_it_is_not_the_letters_date():
    assert dated("The wells of the north were closed on 3 March 2020 by order of the office.") is None


def test_an_ambiguous_date_is_read_day_first_and_said():
    imported = imports.read_plain_text(
        f"Ministry of Water\nNairobi\n\n03/04/2020\n\nDear Minister,\n\n{ONE}\n\nSincerely,\n"
    )

    assert imported.date == date(2020, 4, 3)
    assert any("03/04/2020" in sentence for sentence in imported.unsure)


def test_an_ambiguous_date_to_an_american_office_is_read_month_first():
    source = (
        f"Department of Water\n1 C Street\nWashington, DC 20520\n\n03/04/2020\n\nDear Sir,\n\n{ONE}\n\nSincerely,\n"
    )

    assert imports.read_plain_text(source).date == date(2020, 3, 4)


# --- letters put together by chance --------------------------------------------------------------------------------

SENTENCES = st.sampled_from(
    [
        ONE,
        TWO,
        "We are told that nothing has been decided, although the rains are near.",
        "It is our view that the law must be kept by those who made it.",
        "Nobody in the four villages was asked before the gates were locked and the guards were posted.",
        "The price that is asked at the river has doubled, and the old cannot pay it.",
    ]
)
PARAGRAPHS = st.lists(st.lists(SENTENCES, min_size=1, max_size=4).map(" ".join), min_size=2, max_size=5)
PEOPLE = st.lists(st.sampled_from(["Ann Lee", "Omar Diallo", "Mary O'Brien", "Juan Pérez", "Li Wei"]), unique=True)
ORGANISATIONS = [
    "River Watch Network",
    "Union of Fishers (UF)",
    "Centre for Open Wells",
    "Lake Association",
    "Agua Foundation",
]
DATES = st.dates(date(1990, 1, 1), date(2035, 12, 31))
DATE_FORMS = st.sampled_from(["%d %B %Y", "%B %d, %Y", "Geneva, %d %B %Y", "%Y-%m-%d", "%A, %d %b %Y"])


def signatures(form: str, people: list[str]) -> str:
    pairs = list(zip(people, ORGANISATIONS, strict=False))
    blocks = {
        "lines": "\n\n".join(f"{person}\nExecutive Director\n{organisation}" for person, organisation in pairs),
        "comma": "\n".join(f"{person}, Director, {organisation}" for person, organisation in pairs),
        "two": "\n\n".join(f"{person}\nPresident, {organisation}" for person, organisation in pairs),
        "spread": "\n\n\n".join(f"{person}\n\nPresident, {organisation}" for person, organisation in pairs),
        "list": "\n".join(f"- {organisation}" for _, organisation in pairs),
    }
    return blocks[form]


@pytest.mark.slow
@given(PARAGRAPHS, PEOPLE.filter(lambda p: len(p) >= 2), DATES, DATE_FORMS, st.integers(45, 100), st.booleans(),
       st.sampled_from(["lines", "comma", "two", "spread", "list"]), st.booleans())  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_letter_put_together_by_chance_is_recognised(paragraphs, people, day, form, width, wrapped, signing, above):
    dated = day.strftime(form)
    office = "Jane Doe\nMinister of Water\nMinistry of Water\n12 River Street\nNairobi, Kenya"
    head = f"{dated}\n\n{office}" if above else f"{office}\n\n{dated}"
    body = "\n\n".join(fill(p, width) if wrapped else p for p in paragraphs)
    assume(not wrapped or re.search(r"[a-z,]\n[a-z]", body))
    source = f"{head}\n\nDear Minister,\n\n{body}\n\nYours sincerely,\n\n{signatures(signing, people)}\n"

    imported = imports.read_plain_text(source)

    assert imported.date == day
    assert imported.letter.recipients == (
        recipient("Jane Doe", "Minister of Water", "Ministry of Water", "12 River Street", "Nairobi, Kenya"),
    )
    assert text.paragraphs(imported.letter.body) == paragraphs
    assert [c.signatory for c in imported.cosigners] == ([""] * len(people) if signing == "list" else people)
    assert [c.organisation for c in imported.cosigners] == [
        organisation.removesuffix(" (UF)") for _, organisation in zip(people, ORGANISATIONS, strict=False)
    ]
    assert not lost_words(source, imported)


def fill(paragraph: str, width: int) -> str:
    import textwrap

    return textwrap.fill(paragraph, width, break_long_words=False, break_on_hyphens=False)


@pytest.mark.slow
@given(PARAGRAPHS, st.integers(60, 100))
@settings(max_examples=60, deadline=None)
def test_lines_with_a_blank_line_after_each_are_joined_and_no_word_moves(paragraphs, width):
    body = "\n\n".join(line for p in paragraphs for line in fill(p, width).split("\n"))
    source = f"Ministry of Water\n\nNairobi\n\n\n4 March 2021\n\n\nDear Minister,\n\n{body}\n\nSincerely,\n\n\nLake Network\n"  # noqa: E501

    imported = imports.read_plain_text(source)

    assert flat(" ".join(text.paragraphs(imported.letter.body))) == flat(" ".join(paragraphs))
    sentence_ends = sum(p.count(". ") + 1 for p in paragraphs)
    assert len(text.paragraphs(imported.letter.body)) <= sentence_ends


@pytest.mark.slow
@given(st.text(alphabet="ab Z*_`<>[]()#+-=~&;:!|\\.1\"'{}^$@/", min_size=1, max_size=60))
@settings(max_examples=400, deadline=None)
def test_plain_words_read_the_same_after_they_became_markdown(words):
    said = flat(words)

    assert flat(text.to_plain(escaped(said), 10_000)) == said


WORDS = st.lists(
    st.one_of(
        st.sampled_from(["Dear Minister,", "Sincerely,", "Re: wells", "4 March 2021", "", "- one", "1. two", "cc: us", "\f2",  # noqa: E501
                         "To:", "The Honorable", "Jane Doe", "Director, Lake Network (LN)", "Ministry of Water", ONE, "§ 4"]),  # noqa: E501
        st.text(st.characters(exclude_categories=("Cs", "Cf")), max_size=80),
    ),
    max_size=30,
)  # fmt: skip


@pytest.mark.slow
@given(WORDS)
@settings(max_examples=300, deadline=None)
def test_whatever_is_pasted_no_word_is_lost(lines):
    source = "\n".join(lines)
    try:
        imported = imports.read_plain_text(source)
    except IncomingError:
        return
    assert not {word for word in lost_words(source, imported) if word.isascii() and word.isalpha()}


@pytest.mark.slow
@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_letter_or_a_refusal(data):
    try:
        assert isinstance(imports.read(data), ImportedLetter)
    except IncomingError as refused:
        assert str(refused).endswith((".", "text."))


@pytest.mark.slow
@given(st.text(alphabet="abc:-[]{}&*!|>'\"\n #,?%@`0123456789~", max_size=120))
@settings(max_examples=400, deadline=None)
def test_any_front_matter_is_a_letter_or_a_refusal(front):
    try:
        imports.read(f"---\n{front}\n---\nText.\n".encode())
    except IncomingError as refused:
        assert str(refused)


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", [ONE, "- " + ONE, "Jane Doe, Director, Lake Network", "(((((((((((((((((((", "a" * 500]
)
@pytest.mark.parametrize("ending", ["\n", "\n\n", " "])
def test_twice_as_long_a_text_takes_about_twice_the_work(line, ending):
    def calls(length: int) -> int:
        made = 0

        def count(frame, event, argument):
            nonlocal made
            made += 1

        lines = (line + ending) * (length // (len(line) + len(ending)))
        sys.setprofile(count)
        try:
            imports.read_plain_text(f"Dear Minister,\n\n{ONE}\n\n{lines}\nSincerely,\n")
        finally:
            sys.setprofile(None)
        return made

    calls(10_000)  # fills what is kept between letters
    assert calls(60_000) < 2.5 * calls(30_000)


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"), (b" \n\n\t ", "empty"), (b"PK\x03\x04rest", "save it as .docx"), (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Word"), (b"{\\rtf1 x}", "rich text"), (b"abc\x00def", "not text"),
        (b"\xff\xfe\x00", "UTF-16"), (b"x" * 4_000_001, "4 MB"), (b"<html><body>x", "web page"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_with_what_to_do(data, words):
    with pytest.raises(IncomingError) as refused:
        imports.read(data, "letter.docx")

    assert words.casefold() in str(refused.value).casefold()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_common_encodings_are_read(encoding):
    source = LETTERS["spanish, Excmo. Sr., place and date, organisations under a heading"][0]

    imported = imports.read(source.encode(encoding))

    assert imported.letter.salutation == "Excelentísimo Señor:"
    assert not any("Windows-1252" in sentence for sentence in imported.unsure)


def test_windows_text_is_read_and_said():
    source = LETTERS["spanish, Excmo. Sr., place and date, organisations under a heading"][0].replace("•", "-")

    imported = imports.read(source.encode("cp1252"))

    assert imported.letter.salutation == "Excelentísimo Señor:"
    assert "Windows-1252" in imported.unsure[0]


@pytest.mark.parametrize("front", ["", "---\nsubject: x\n---\n\n"])
def test_a_text_that_is_too_hard_to_set_is_refused_with_the_reason(front):
    with pytest.raises(IncomingError) as refused:
        imports.read((front + f"Dear Sir,\n\n{ONE}\n\n" + "[^1]: a\n\n" * 2_000 + "*a" * 2_400).encode())

    assert "The letter cannot be taken in. " in str(refused.value)


# --- letter files --------------------------------------------------------------------------------------------------

FILE = """---
subject: "Wells: the north"
place: Nairobi
date: 2021-03-04
language: en
campaign: Wells
deadline: 2021-03-01 18:00
timezone: Africa/Nairobi
minimum: 2
recipients:
  - name: Jane Doe
    title: Minister of Water
    office: Ministry of Water
    address: [12 River Street, Nairobi]
    email: office@ministry.example
salutation: Dear Minister,
closing: Yours sincerely,
cosigners:
  - {organisation: Lake Network, acronym: LN, signatory: Ann Lee, title: Director, email: ann@lake.example, required: true}
  - {organisation: River Watch, contact: river@watch.example}
---

We write about **the wells**.

They are closed.
"""  # noqa: E501


def test_a_letter_file_gives_every_field():
    imported = imports.read(FILE.encode(), "letter.md")

    assert imported.letter == text.Letter(
        "en", "Wells: the north",
        (recipient("Jane Doe", "Minister of Water", "Ministry of Water", "12 River Street", "Nairobi",
                   email="office@ministry.example"),),
        "Dear Minister,", "We write about **the wells**.\n\nThey are closed.", "Yours sincerely,",
    )  # fmt: skip
    assert (imported.place, imported.date) == ("Nairobi", date(2021, 3, 4))
    assert imported.deadline == datetime(2021, 3, 1, 15, 0, tzinfo=UTC)
    assert (imported.campaign, imported.timezone, imported.minimum) == ("Wells", "Africa/Nairobi", 2)
    assert imported.cosigners == (
        text.Cosigner("Lake Network", "LN", "Ann Lee", "Director", "ann@lake.example", True),
        text.Cosigner("River Watch", email="river@watch.example"),
    )
    assert imported.unsure == ()


def test_a_single_recipient_and_a_block_address_are_taken():
    source = (
        "---\nsubject: s\nrecipient:\n  office: Ministry\n  address: |\n    12 River Street\n    Nairobi\n---\nText.\n"
    )

    imported = imports.read_letter_file(source)

    assert imported.letter.recipients == (recipient("", "", "Ministry", "12 River Street", "Nairobi"),)
    assert any("Ministry" in sentence for sentence in imported.unsure)


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("subjekt: x", "subjekt"), ("subject: [a]", "subject"), ("date: tomorrow", "2016-01-24"), ("date: 2016-02-31", "Put the value"),  # noqa: E501
        ("minimum: none", "minimum"), ("minimum: 0", "minimum"), ("timezone: Mars", "Europe/Paris"), ("deadline: soon", "deadline"),  # noqa: E501
        ("recipients: {a: b}", "list"), ("recipients:\n  - Jane", "fields"), ("recipients:\n  - email: a@b.example", "neither"),  # noqa: E501
        ("recipients:\n  - {name: J, email: nobody}", "not an email address"),
        ('recipients:\n  - {name: J, email: "a@b.example\\nBcc: c@d.example"}', "line break"),
        ("cosigners:\n  - {signatory: J}", "organisation"), ("cosigners:\n  - {organisation: A, required: maybe}", "true or false"),  # noqa: E501
        ("cosigners:\n  - {organisation: A}\n  - {organisation: a}", "co-signer 2"),
        ("cosigners:\n  - {organisation: A, email: a@b.example}\n  - {organisation: B, email: A@b.example}", "co-signer 2"),  # noqa: E501
        ("subject: a: b", "Line 2"), ("subject: x\nsubject: y", "Line 3"), ("a: &a 1\nb: *a", "anchor"), ("- a", "no fields"),  # noqa: E501
        ("subject: 'x", "cannot be read"), ("language: English!", "language"), ("recipient: {name: a}\nrecipients: []", "both"),  # noqa: E501
        ("subject: !!python/object:os.system x", "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_front_matter_is_refused_with_what_to_do(front, words):
    with pytest.raises(IncomingError) as refused:
        imports.read_letter_file(f"---\n{front}\n---\nText.\n")

    assert words in str(refused.value)


@pytest.mark.parametrize("source", ["---\nsubject: x\n", "---\nsubject: x\n---\n\n", "---"])
def test_a_letter_file_without_an_end_or_a_body_is_refused(source):
    with pytest.raises(IncomingError):
        imports.read_letter_file(source)


LINE = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20).map(text.clean_line)
COSIGNERS = st.lists(
    st.builds(text.Cosigner, LINE.filter(bool), st.just(""), LINE, LINE, st.just(""), st.booleans()),
    max_size=4, unique_by=lambda c: c.organisation.casefold(),
).map(tuple)  # fmt: skip
RECIPIENTS = st.lists(
    st.builds(text.Recipient, LINE.filter(bool), LINE, LINE, st.lists(LINE.filter(bool), max_size=3).map(tuple),
              st.sampled_from(["", "office@ministry.example"])),
    max_size=3,
).map(tuple)  # fmt: skip
BODY = st.lists(LINE.filter(bool), min_size=1, max_size=5).map("\n\n".join).map(text.clean_block)


@pytest.mark.slow
@given(LINE, RECIPIENTS, LINE, BODY, LINE, COSIGNERS, st.none() | DATES,
       st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), st.integers(1, 50))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_a_letter_file_reads_back_as_it_was_written(
    subject, people, salutation, body, closing, signers, day, until, minimum
):
    letter = text.Letter("fr", subject, people, salutation, body, closing)
    deadline = until.replace(tzinfo=UTC) if until else None
    given_letter = ImportedLetter(
        letter, day, signers, deadline=deadline, timezone="Europe/Paris", minimum=minimum, place=closing[:60].strip()
    )

    again = imports.read_letter_file(imports.write_letter_file(given_letter))

    assert (again.letter, again.date, again.cosigners) == (letter, day, signers)
    assert again.place == given_letter.place
    assert (again.deadline, again.timezone, again.minimum) == (deadline, "Europe/Paris", minimum)


# --- contacts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_organisations():
    return imports.read_plain_text(
        LETTERS["english, date below the address, blocks of name, title and organisation"][0]
    )


def test_contacts_are_given_by_acronym_or_name_in_any_case(two_organisations):
    contacts = {"wrn": "mary@water.example", "LAKE villages association": "peter@lake.example"}

    imported = imports.with_contacts(two_organisations, contacts, ["office@water.example"])

    assert [c.email for c in imported.cosigners] == ["mary@water.example", "peter@lake.example"]
    assert imported.letter.recipients[0].email == "office@water.example"
    assert not any("address" in sentence for sentence in imported.unsure)


def test_contacts_that_are_still_missing_are_named(two_organisations):
    imported = imports.with_contacts(two_organisations, {"WRN": "mary@water.example"}, [])

    missing = [sentence for sentence in imported.unsure if "contact address" in sentence]
    assert len(missing) == 1
    assert "Lake Villages Association" in missing[0] and "WRN" not in missing[0]


@pytest.mark.parametrize(
    ("contacts", "emails", "words"),
    [
        ({"XYZ": "a@b.example"}, [], "WRN"),
        ({"WRN": "nobody"}, [], "not an email address"),
        ({"WRN": "a@b.example\nBcc: x@y.example"}, [], "line break"),
        ({"WRN": "a@b.example", "Lake Villages Association": "A@b.example"}, [], "stands at co-signer 1"),
        ({}, ["a@b.example", "c@d.example"], "1 recipient"),
        ({}, ["nobody"], "recipient 1"),
    ],
)
def test_wrong_contacts_are_refused_in_words(two_organisations, contacts, emails, words):
    with pytest.raises(IncomingError) as refused:
        imports.with_contacts(two_organisations, contacts, emails)

    assert words in str(refused.value)


def test_ranks_brackets_and_several_names_on_a_line_are_read():
    source = (
        "Ginebra, 3 de marzo de 2019\n\nEmbajador Coly Seck, Presidente del Consejo de Derechos Humanos\nNaciones Unidas\n\n"  # noqa: E501
        f"Excelencia:\n\n{UNO}\n\nReciba un atento saludo,\n\nFirman:\nAna López, Directora del Centro de Derechos Humanos\n"  # noqa: E501
        "José Ruiz (Red Agua)\nAmnistía Internacional México; Artículo 19\n"
    )

    imported = imports.read_plain_text(source)

    assert imported.letter.recipients == (
        recipient("Embajador Coly Seck", "Presidente del Consejo de Derechos Humanos", "Naciones Unidas"),
    )
    assert names(imported) == [
        ("Ana López", "Directora", "Centro de Derechos Humanos", ""),
        ("José Ruiz", "", "Red Agua", ""),
        ("", "", "Amnistía Internacional México", ""),
        ("", "", "Artículo 19", ""),
    ]


def test_a_letter_out_of_a_forwarded_mail_loses_its_marks():
    plain = (
        "Jane Doe\nMinister of Justice\nMinistry of Justice\n\n24 January 2016\n\nDear Minister,\n\n"
        "We write to you about a matter\nthat cannot wait.\n\nSincerely,\n\nJohn Smith\nDirector, Rights Watch (RW)\n"
    )
    quoted = "".join(f"> {line}\n" if line else ">\n" for line in plain.splitlines())

    assert imports.read(quoted.encode()) == imports.read(plain.encode())
