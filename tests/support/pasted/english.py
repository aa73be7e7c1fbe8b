"""Letters in English as people paste them, each with what is recognised of it."""

from __future__ import annotations

from datetime import date

from tests.support.pasted.parts import ONE, TWO, recipient

ENGLISH = {
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
