"""What comes after a letter was sent, as a verifier reads it: late names are not the letter’s, one addendum goes."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from tests.support.forging import WORDS, History, findings, person, resigned, sha256
from tests.support.tampering import forged, swap
from workflow import documents
from workflow.documents.writing import phrases
from workflow.letter import text
from workflow.verify import addendum

LATE = "D"
TERMS = ("campaign.terms", {"deadline": None, "minimum": 1, "late_names": True})
DOCX = "c" * 64


def lived(*steps):
    """What is found where a letter lives these steps once it was sent, told and signed by the operator."""

    def change(told, signed):
        told.add("letter.reopen")
        told.invite(LATE)
        told.add(TERMS[0], **TERMS[1])
        told.add("letter.approve", role="coordinator", signed=len(signed))
        told.send(told.render(signed))
        for step in steps:
            step(told, signed)

    return findings(resigned(change))


def sign(late=True, invitation=LATE):
    flag = {"late": True} if late else {}
    return lambda told, signed: told.add(
        "invitation.sign", person(LATE), "cosigner", invitation=invitation, digest=WORDS.digest(), **flag
    )


def lapse(told, signed):
    told.add("invitation.lapse", invitation=LATE)


def last(told, action):
    return max(entry["seq"] for entry in told.entries if entry["action"] == action)


def withdraw(early=False, printed=False):
    def step(told, signed):
        who = ("A", signed[0]) if early else (LATE, last(told, "invitation.sign"))
        told.add(
            "invitation.retract_late", {"reason": ""}, "cosigner", invitation=who[0], signoff=who[1], printed=printed
        )

    return step


def make(early=False, nobody=False):
    def step(told, signed):
        seqs = [] if nobody else [signed[0]] if early else [last(told, "invitation.sign")]
        documents = {"r": {"docx": DOCX, "letter": "e" * 64}}
        told.add("addendum.made", addendum="a", fingerprint="f", documents=documents, signoffs=seqs, letterhead="")

    return step


def send(told, signed):
    told.add("addendum.sent", addendum="a", made=last(told, "addendum.made"))


def close(told, signed):
    told.add("campaign.terms", deadline=None, minimum=1)


def carried(told, signed):
    told.add("delivery.queued", delivery="x", kind="addendum", docx=DOCX, recipient="r")


def delivered(told, signed):
    told.add("addendum.delivered", addendum="a")


MISSING = "is missing"


ASKED = "letters.example.org/genuine"
CODE = "ABCDEFGHJK"


def of_an_addendum(words=WORDS, code="", forge=None, names=(LATE,), shown="ABCD-EFGH-JK", **changes):
    """What is found of a letter whose addendum is as the product makes it, with changes, or forged."""
    told = History()
    told.add("letter.created", role="coordinator", campaign="c", terms={"late_names": True})
    told.invite("A", *names)
    told.add("letter.open_sign_off", role="coordinator", revision=None)
    told.freeze(words)
    signed = [told.sign("A", words)]
    told.add("letter.approve", role="coordinator", signed=1, code=code)
    letter = told.render(signed, words)
    told.send(letter)
    late = []
    for one in names:
        flags = {"invitation": one, "digest": words.digest(), "late": True}
        late.append(told.add("invitation.sign", person(one), "cosigner", **flags))
    printed = documents.PrintJob(words, words.recipients[0], date(2026, 11, 23), ())
    said = {"letter": printed, "dated": date(2026, 12, 1), "sent": date(2026, 11, 24), "docx": letter, "pdf": ""}
    said |= {"code": shown if code else "", "address": ASKED, "withheld": 0}
    said["signatures"] = tuple(text.Signature(**person(one)) for one in names)
    docx = documents.render_docx(documents.addendum_of(documents.Addendum(**(said | changes))))
    docx = forged(forge, docx) if forge else docx
    told.documents[f"{sha256(docx)}.docx"] = docx
    kept = {"r": {"docx": sha256(docx), "letter": letter}}
    told.add("addendum.made", addendum="a", fingerprint="f", documents=kept, signoffs=late, letterhead="")
    return findings(told.files())


@pytest.mark.parametrize("language", ["de", *addendum.ADDENDUM_PHRASES])
def test_an_addendum_in_any_language_says_what_it_must(language):
    words = dataclasses.replace(WORDS, language=language)

    assert of_an_addendum(words, CODE, names=(LATE, "E")) == ""
    assert of_an_addendum(dataclasses.replace(words, subject="")) == ""
    assert [*addendum.ADDENDUM_PHRASES.get(language, ())] in ([], phrases_of(language))


def phrases_of(language):
    """The same sentences of the catalogue that documents are written with."""
    said = phrases.addendum_words(language, subject="{subject}", addressee="{addressee}", date="{date}", sent="{sent}")
    bare = phrases.addendum_words(language, subject="{subject}", addressee="{addressee}", date="", sent="{sent}")
    subject, letter = phrases.addendum_to("{title}", language), phrases.letter_to("{addressee}", language)
    genuine = phrases.genuine_words(language)
    return [subject, said.about, bare.about, said.unchanged, said.signed_since, genuine, letter]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"forge": swap("are unchanged", "have changed")}, "it must say (the text)"),
        ({"forge": swap("Since then", "Never")}, "it must say (the text)"),
        ({"forge": swap("23 November", "22 November")}, "it must say (the salutation)"),
        ({"forge": swap("24 November 2026", "soon, we hope")}, "it must say (the salutation)"),
        ({"forge": swap("Addendum: ", "Correction: ")}, "it must say (the subject)"),
        ({"forge": swap("Person D", "Person X")}, "it must say (names)"),
        ({"docx": "e" * 64}, "it must say (the text)"),
        ({"pdf": "e" * 64}, "it must say (the text)"),
        ({"code": CODE, "shown": "ABCD-EFGH-JX"}, "it must say (the text)"),
        ({"signatures": ()}, "ends before"),
    ],
)
def test_an_addendum_that_says_anything_else_is_found(given, said):
    assert said in of_an_addendum(**given)


@pytest.mark.parametrize("steps", [(sign(),), (sign(), withdraw(), sign()), (withdraw(early=True, printed=True),)])
def test_what_the_product_records_holds(steps):
    assert lived(*steps) == ""


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((sign(late=False),), "does not say that it is late, while the letter was sent"),
        ((close, sign()), "was given to a letter that takes none any more"),
        ((sign(invitation="A"),), "is of an organisation that is on the letter already"),
        ((lapse, sign(late=False)), "while the invitation was lapsed"),
        ((withdraw(early=True),), "does not say truly whether what was sent bears the sign-off"),
        ((sign(), withdraw(printed=True)), "does not say truly whether what was sent bears the sign-off"),
        ((sign(), make(early=True)), "which is no late sign-off"),
        ((sign(), make(early=True)), "leaves out the late sign-off"),
        ((sign(), make(nobody=True)), "prints nobody"),
        ((sign(), make(), withdraw(), send), "which did not stand"),
        ((sign(), make(), send, send), "has sent already"),
        ((sign(), make(), send, make()), "makes an addendum, though"),
        ((sign(), make(), send, sign()), "was given to a letter that takes none any more"),
        ((sign(), make(), carried), "mails the addendum, which had not been sent"),
        ((sign(), make(), send, delivered), "no server accepted the document"),
        ((sign(), make()), MISSING),
    ],
)
def test_what_cannot_have_been_is_found(steps, said):
    assert said in lived(*steps)
