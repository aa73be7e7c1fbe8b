"""
What a single line looks like: prose, a person, a function, an institution, a postal line, a salutation, a closing.

Each question looks at one line only; where in the letter it stands is for others to weigh.
"""

from __future__ import annotations

import re

from workflow.imports.words import (
    COUNTRIES,
    FUNCTIONS,
    ORGANISATIONS,
    POSTAL,
    PROSE,
    TITLES,
    is_country,
    plain,
    words_of,
)

EMAIL = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_HONORIFIC = (
    r"(?:(?:the\s+)?(?:right\s+|rt\.?\s+|most\s+)?hon(?:ou?rable|\.|(?=\s))(?!\s+members)|(?:his|her|"
    r"their)\s+(?:royal\s+)?"
    r"(?:excellency|excellencies|highness|majesty)|h\.?\s?e\.?(?=\s|$)|s\.?\s?e\.?(?=\s|$)|son\s+excellence|"
    r"su\s+excelencia|s\.?\s?e\.?\s?m(?:me)?\.?(?=\s)|me(?=\s[a-z]+\s[a-z]+$)|maitre(?=\s)|d\.(?=\s)|"
    r"d\.a\.(?=\s)|sen\.(?=\s)|rep\.(?=\s)|excm[oa]s?\.?|excelentisim[oa]s?|ilm[oa]s?\.?|ilustrisim[oa]s?|ilustre|"
    r"(?:mr|mrs|ms|mx|dr|dra|prof|sr|sra|srta|mme|mmes|mlle|sir|lic|ing|dn|dna|hble|mgr|amb|gen|rev|st)\.?(?=\s|$)|"
    r"m\.(?=\s|$)|messrs\.?|monsieur|madame|mademoiselle|messieurs|mesdames|senora?(?:es|s)?(?=\s|$)|"
    r"don(?=\s)|dona(?=\s)|professor(?=\s)|doctora?(?=\s)|lord|dame|honorable|honourable|"
    r"ambassador(?=\s[A-Za-z]+\s?[A-Za-z.]*$)|"
    r"senator(?=\s)|congress(?:wo)?man(?=\s)|representative(?=\s[a-z]+\s[a-z]+$))"
)
HONORIFIC = re.compile(rf"^(?:{_HONORIFIC}[\s,]*)+")
_SALUTATION = re.compile(
    r"^(?:dear\b|(?:your|his|her)\s+(?:excellenc(?:y|ies)|highness|majesty|honou?r)\b|excellenc(?:y|ies|e|es)\b|"
    r"to\s+whom\s+it\s+may\s+concern|honou?rable\b|the\s+honou?rable\b|hon\.|greetings|"
    r"(?:monsieur|madame|mesdames|messieurs|mademoiselle)\b|chers?\b|cheres?\b|"
    r"estimad[oa]s?\b|apreciad[oa]s?\b|querid[oa]s?\b|respetad[oa]s?\b|distinguid[oa]s?\b|honorables?\b|"
    r"excelentisim[oa]s?\b|excm[oa]s?\b|ilustrisim[oa]s?\b|senor(?:a|es|as)?\b|excelencias?\b|su\s+excelencia\b|"
    r"vuestra\s+excelencia|muy\s+senor(?:a|es|as)?\b|(?:de\s+)?(?:nuestra|mi)\s+(?:mayor\s+|"
    r"mas\s+alta\s+)?consideracion|"
    r"a\s+quien(?:es)?\s+(?:corresponda|pueda)|a\s+qui\s+de\s+droit|sir\b|sirs\b|madam\b|ladies\b|gentlemen\b|"
    r"mr\.?\s+\w+|madam\s+\w+|reciban?\s+un\s+cordial\s+saludo)"
)
_STRONG = re.compile(
    r"^(?:dear|estimad|apreciad|querid|respetad|distinguid|muy senor|(?:de )?nuestra|to whom|a quien|cher|"
    r"a qui de droit|your)"
)
_CLOSING = re.compile(
    r"^(?:(?:yours|very)\b.*|.{0,30}\bsincerely(?: yours)?|respectfully(?: (?:submitted|yours))?|"
    r"(?:most |very )?(?:faithfully|truly|cordially|gratefully|warmly)(?: yours)?|(?:with )?(?:our )?(?:best|"
    r"kind|kindest|warm|"
    r"warmest|sincere|cordial|high|highest)\b.{0,30}\b(?:regards|wishes|greetings|respect|esteem|consideration)|"
    r"regards|in solidarity|with (?:respect|"
    r"gratitude|thanks|appreciation|solidarity).{0,20}|"
    r"thank(?:ing)? you(?: (?:very much|in (?:advance|anticipation)|again))?|many thanks|"
    r"cordialement|(?:bien )?(?:respectueusement|cordialement|sincerement|fraternellement)(?: (?:votre|votres|"
    r"vos|a vous))?|bien a vous|sinceres salutations|(?:avec )?(?:nos |mes )?(?:sentiments|"
    r"salutations) (?:distingue|respectueu|cordia|militant|solidair|devoue|les meilleur)\w*|(?:avec )?(?:nos|"
    r"mes)? ?(?:meilleures|"
    r"sinceres|respectueuses) salutations.{0,20}|salutations (?:distinguees|respectueuses|cordiales)|en solidarite|"
    r"(?:muy |le |les |lo )?(?:atentamente|cordialmente|respetuosamente|sinceramente|"
    r"fraternalmente)(?: (?:suyos|suyo|le saludan?))?|"
    r"(?:le|les|los|la|se|nos|lo|te) ?(?:saludan?|saludamos|despedimos|despiden?)\b.{0,60}|"
    r"(?:con )?(?:un |unos |nuestros? |mis? )?(?:mas )?(?:cordial|atento|respetuoso|afectuoso|fraterno|"
    r"solidario)(?:es|s)? saludos?|saludos(?: \w+){0,2}|con (?:respeto|solidaridad|nuestro respeto)|"
    r"(?:reciban?|acepten?) .{0,60}(?:saludos?|consideracion)|en solidaridad|(?:de usted(?:es)?|"
    r"quedamos de usted(?:es)?).{0,40}|"
    r"signed,|signed in solidarity|on behalf of (?:the|our) (?:coalition|undersigned).{0,20}|gracias|"
    r"merci)[\s,.:;!]*$"
)
_CLOSING_SENTENCE = re.compile(
    r"^(?:(?:veuillez|veuillent|daignez|recevez|agreez|croyez)\b.*(?:agreer|recevoir|croire|accepter|salutation|"
    r"consideration|"
    r"sentiment|expression|assurance|respect)|"
    r".*\b(?:vous|te) (?:prions|prie|prient|demandons|demande|"
    r"remercions d'avance et vous prions)\b.{0,60}\b(?:agreer|croire|"
    r"recevoir|accepter|trouver)\b.*|"
    r".*\b(?:vous (?:adressons|presentons|assurons|renouvelons|saluons|transmettons|"
    r"exprimons))\b.*(?:salutations|consideration|"
    r"respect|sentiments|devouement).*|"
    r"(?:avec l'expression|avec l'assurance|dans cette attente|dans l'attente|dans l'espoir)\b.*(?:salutations|"
    r"consideration|sentiments|"
    r"respect).*|"
    r"sin (?:otro|mas)\b.{0,200}|"
    r"(?:agradeciendo|agradecemos|quedamos|aprovechamos|a la espera|en espera|esperando|reciban?|"
    r"hacemos propicia|le reiteramos|"
    r"le expresamos|les reiteramos|le agradecemos|con la seguridad|en la confianza|seguros|confiando)\b.*"
    r"(?:saluda|saludo|saludos|atentamente|despedimos|consideracion|cordialmente|estima|quedamos de usted)|"
    r"(?:le|les) (?:saludan?|saludamos)\b.*|"
    r"(?:please )?accept\b.*(?:assurance|consideration|regards|esteem|respect)|"
    r"(?:we|i) (?:remain|have the honou?r to be),? (?:sir|madam|your|with|dear)\b.*)"
)
_HEADING = re.compile(
    r"\b(?:undersigned|signator(?:y|ies)|signed|co-?signed|cosigned|endorsed|endors(?:ers|ing)|signataires?|"
    r"signe(?:e|s|es)?|soussigne(?:e|s|es)?|cosignataires?|"
    r"firmantes?|firman|firmado|firmas|firma|suscriben|suscribimos|suscritas?|suscritos?|abajo firmantes|adherentes|"
    r"adhieren|signing|signatures?|supporting organi[sz]ations|"
    r"on behalf of|au nom de|en nombre de|co-?signatories|members of the coalition)\b"
)
_GROUPS = frozenset(
    """organizations organisations organizaciones organization organisation individuals individual associations
    networks groups ngos ngo ongs ong institutions particuliers personnes personas experts expertos academics
    academicos personnalites personalidades personalities academics officials partners members membres miembros
    signatories representatives coalitions unions redes reseaux
    """.split()  # noqa: SIM905
)
_OF_GROUPS = frozenset(
    """civil society state public private faith-based grassroots community elected international internationals
    national regional local other and or the of in from their personal capacity human rights supporting
    participating following list individually et y e o les las los le la de des del societe civile sociedad
    internationales internacionales nationales nacionales regionales locales locals autres otras a titre
    individuel titulo adhesion our nos nuestras non-governmental governmental gubernamentales joint co academic
    """.split()  # noqa: SIM905
)
TAIL = re.compile(
    r"^(?:c\.?\s?c\.?\s?p?\.?\s*[:.\-–]|cc\b|bcc\b|c/c\b|copy to\b|copies? (?:to|a|aux?)\b|copie\s*:|"
    r"copia\s*(?:a|:)|con copia|ccp\b|copy furnished|copies furnished|ampliations?\b|"
    r"documentacion adjunta|se adjuntan?\b|adj\.|pour (?:soutenir|signer)|"
    r"to (?:add your|sign on)|para (?:adherir|firmar|sumar)|"
    r"encl(?:osures?|\.)?\b\s*[:(.\d]?|enc\.|attachments?\b\s*[:(]?|annex(?:es)?\s*:|p\.?\s?j\.?\s*[:.]|"
    r"pieces? jointes?|"
    r"anexos?\b\s*[:(]?|adjuntos?\b\s*[:(]|annexes?\b\s*:|(?:\w+ )?contact(?:s|o|os)?(?: \w+){0,2}\s*:|"
    r"(?:for|pour|para)\s+(?:more|further|any|plus|tout|mas|media|mayor)\b|media contacts?|press contacts?|"
    r"https?://)"
)
_NOTE = re.compile(
    r"^(?:p\.\s?p?\.?\s?s\.|ps\s*[:.\-–]|p\.\s?d\.|pd\s*[:.\-–]|post\s?scriptum|notes?\s*:|notas?\s*:|"
    r"references?\s*:|\[\d+\]|"
    r"\(\d+\)\s|\d+\s*https?:|[¹²³⁴⁵]|\*{1,3}\s?[a-z])"
)
PARTICLES = frozenset(
    [
        "de",
        "del",
        "della",
        "di",
        "da",
        "do",
        "dos",
        "la",
        "las",
        "le",
        "los",
        "van",
        "von",
        "der",
        "den",
        "ten",
        "bin",
        "ibn",
        "al",
        "el",
        "y",
        "e",
        "ben",
        "abu",
    ]
)
_PHONE = re.compile(r"^(?:tel|telephone|phone|fax|mobile|cell|telefono|tfno|ph)\b|^\+?[\d\s().-]{8,}$")
_SENDER = re.compile(r"https?://|www\.|\b(?:tel|telephone|phone|fax|tfno|telefono)\b\s*[.:]|^\+\d|@")


def is_prose(line: str) -> bool:
    """Tell whether a line is running text, by its small words; a name of an organisation has none of them."""
    words = words_of(line)
    if len(words) < 5:
        return False
    telling = sum(word in PROSE for word in words)
    small = sum(word[:1].islower() for word in re.findall(r"[^\W\d_]\w*", line)) / max(1, len(words))
    if small < 0.45:
        return False
    ends = line.rstrip("\"”»’')")[-1:] in (".", "?", "!")
    return (
        telling >= 2 or (telling >= 1 and (ends or len(words) >= 9)) or (ends and len(words) >= 8) or len(words) >= 18
    )


def is_running_list(line: str) -> bool:
    """Tell whether a line holds several short names between semicolons or commas."""
    parts = [part.strip() for part in re.split(r";|,", line) if part.strip()]
    capitals = sum(part[:1].isupper() or part.startswith(("and ", "et ", "y ")) for part in parts)
    return len(parts) >= 4 and capitals >= 0.8 * len(parts) and not line.endswith(("?", "!"))


def is_salutation(line: str) -> bool:
    """Tell whether a line can greet the addressee: it opens with a form of address and is short."""
    folded = plain(line)
    if not _SALUTATION.match(folded) or len(line) > 160:
        return False
    return line.rstrip()[-1] in ",:;!" or bool(_STRONG.match(folded)) or len(line.split()) <= 3


def is_strong_salutation(line: str) -> bool:
    """Tell whether a line opens as no address line does: Dear, Estimado ..."""
    return bool(_STRONG.match(plain(line)))


def is_closing(line: str) -> bool:
    """Tell whether a line is a short formula of closing."""
    return len(line.split()) <= 10 and bool(_CLOSING.match(plain(line).replace("'", "'").strip()))


def is_closing_sentence(sentence: str) -> bool:
    """Tell whether a whole paragraph is a sentence of closing, as French and Spanish letters have."""
    return len(sentence.split()) <= 60 and bool(_CLOSING_SENTENCE.match(plain(sentence)))


def is_signatories_heading(line: str) -> bool:
    """Tell whether a line announces the signatories (or a group of them)."""
    folded = plain(line).strip(" *_-–—")
    words = words_of(folded)
    group = bool(_GROUPS & set(words)) and all(w in _GROUPS or w in _OF_GROUPS or is_country(w) for w in words)
    if len(words) > 14 or not (
        _HEADING.search(folded) or group or (line.rstrip().endswith(":") and _GROUPS & set(words))
    ):
        return False
    return group or line.rstrip().endswith((":", ",")) or len(words) <= 6


def opens_signatories(line: str) -> bool:
    """Tell whether a line announces the signatories, alone or with their names behind a colon."""
    head, colon, after = line.partition(":")
    return is_signatories_heading(line) or bool(colon and after.strip() and is_signatories_heading(head + ":"))


def is_tail(line: str) -> bool:
    """Tell whether a line opens what stands below the signatories: copies, enclosures, a postscript, notes."""
    return bool(TAIL.match(plain(line)))


def is_note(line: str) -> bool:
    """Tell whether a line opens a note that belongs to the text: a postscript, a footnote."""
    return bool(_NOTE.match(plain(line))) or bool(re.match(r"[¹²³⁴-⁹]", line))


def is_org(phrase: str) -> bool:
    """Tell whether a phrase names an institution or organisation."""
    words = words_of(phrase)
    return any(word in ORGANISATIONS for word in words) or is_acronym(phrase.strip(" .,()")) or has_acronym(phrase)


def has_acronym(phrase: str) -> bool:
    """Tell whether a phrase ends with an acronym in brackets."""
    bracket = re.search(r"\(([^()]+)\)\s*$", phrase)
    return bool(bracket and is_acronym(bracket[1]))


def is_acronym(phrase: str) -> bool:
    """Tell whether a phrase has the shape of an acronym: one word with two capitals or more, no country."""
    capitals = sum(c.isupper() for c in phrase)
    shape = re.fullmatch(r"[^\W_][\w&./'’+-]{1,19}", phrase)
    return bool(shape) and capitals >= 2 and capitals * 3 >= len(phrase) and not is_country(phrase)


def is_title(phrase: str) -> bool:
    """Tell whether a phrase is a person's function: its word stands first, or last, and no institution before it."""
    words = words_of(phrase)
    first = next((i for i, word in enumerate(words) if is_function(word)), None)
    if first is None or len(words) > 18:
        return False
    institution = next((i for i, word in enumerate(words) if word in ORGANISATIONS and not is_function(word)), 99)
    if first < institution and (first <= 3 or first == len(words) - 1):
        return True
    return first == len(words) - 1 and len(words) <= 5 and not _LINKS & set(words)


_LINKS = frozenset(["the", "of", "for", "de", "du", "del", "des", "la"])


def is_function(word: str) -> bool:
    """Tell whether a word names a function (director, ministre)."""
    return word in FUNCTIONS or (("-" in word) and any(part in FUNCTIONS for part in word.split("-")))


def is_person(phrase: str) -> bool:
    """Tell whether a phrase has the shape of a personal name: two to five names, no institution, no function."""
    folded = plain(phrase)
    polite = HONORIFIC.match(folded)
    bare = phrase[polite.end() :].strip(" ,") if polite and len(folded) == len(phrase) else phrase.strip(" ,")
    words = bare.split()
    if polite and 1 <= len(words) <= 6 and not is_org(bare) and not is_title(bare) and bare[0].isupper():
        return not any(word in TITLES for word in words_of(bare))
    if not 2 <= len(words) <= 6 or re.search(r"[\d@/:;?!“”\"&]", bare):
        return False
    if is_org(bare) or any(word in TITLES for word in words_of(bare)) or is_country(bare):
        return False
    return all(_is_name(word) for word in words) and words[0][0].isupper()


def _is_name(word: str) -> bool:
    bare = word.strip(".,()’'")
    return bool(bare) and (bare[0].isupper() or plain(bare) in PARTICLES or bool(re.match(r"[a-z]+[-'’][A-Z]", bare)))


def is_postal(line: str) -> bool:
    """Tell whether a line belongs to a postal address."""
    words = words_of(line)
    if re.search(r"\d", line) and len(words) <= 12:
        return True
    return (any(word in POSTAL for word in words) and len(words) <= 10) or is_place(line)


def is_place(line: str) -> bool:
    """Tell whether a line is a country, or a town with its country or state."""
    parts = [part.strip() for part in line.strip(" .").split(",")]
    if is_org(parts[0]):
        return False
    return is_country(line) or (
        len(parts) == 2 and (is_country(parts[1]) or bool(re.fullmatch(r"[A-Z]{2}|D\.?C\.?", parts[1])))
    )


def is_phone(line: str) -> bool:
    """Tell whether a line is a telephone number."""
    return bool(_PHONE.match(plain(line)))


def shows_sender(line: str) -> bool:
    """Tell whether a line is typical of a sender's letterhead: telephone, web address."""
    return bool(_SENDER.search(plain(line)))


def is_american(line: str) -> bool:
    """Tell whether a postal line is of the United States: a state with a ZIP code, or the country."""
    return (
        bool(re.search(r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b|\bD\.?C\.?\b|\bUSA\b|\bU\.S\.|United States", line))
        or line == "US"
    )


def known_place(word: str) -> bool:
    """Tell whether one word is a country's name."""
    return plain(word) in COUNTRIES
