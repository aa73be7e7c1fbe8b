"""What comes after a letter was sent, as a verifier reads it: late names are not the letter’s, one addendum goes."""

from __future__ import annotations

import pytest

from tests.support.forging import WORDS, findings, person, resigned

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
        ((sign(), make(), send, sign()), "was given to a letter that takes none any more"),
        ((sign(), make(), carried), "mails the addendum, which had not been sent"),
        ((sign(), make(), send, delivered), "no server accepted the document"),
        ((sign(), make()), MISSING),
    ],
)
def test_what_cannot_have_been_is_found(steps, said):
    assert said in lived(*steps)
