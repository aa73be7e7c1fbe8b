"""Letters in French as people paste them, each with what is recognised of it."""

from __future__ import annotations

from datetime import date

from tests.support.pasted.parts import DEUX, UN, recipient

FRENCH = {
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
}  # fmt: skip
