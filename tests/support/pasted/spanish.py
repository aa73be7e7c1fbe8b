"""Letters in Spanish as people paste them, each with what is recognised of it."""

from __future__ import annotations

from datetime import date

from tests.support.pasted.parts import DOS, UNO, recipient

SPANISH = {
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
}  # fmt: skip
