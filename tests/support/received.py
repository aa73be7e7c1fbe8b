"""Evidence whose document as sent is put together by hand."""

import datetime

from tests.support.forging import History, person, sha256
from workflow import documents
from workflow.documents import PrintJob
from workflow.letter import text

BODY = """\
We do not support the ministry and we support the union.

Release the nineteen, not the guards. It costs $40, or 5% of what you have: see [why](https://example.org/why).

1. Free them.
2. Tell us when.

| who | what |
|---|---|
| Ana | fish |
| Bo | rice |

As we said[^1], the *law* is clear.

- one
  - two

> They are free.

    code 10

[^1]: In our first letter of 2019.
"""
LETTER = text.Letter(
    language="en",
    subject="Free the nineteen",
    recipients=(text.Recipient("Jane Doe", "Minister", "Ministry of Justice", ("1 High Street", "Port Town")),),
    salutation="Dear Minister,",
    body=BODY,
    closing="Sincerely,",
)
DATE = datetime.date(2026, 11, 23)
PLAIN = documents.built_in("plain")


def evidence(
    docx,
    letter=LETTER,
    people=("A", "B"),
    withheld=0,
    letterhead=None,
    approved_on=None,
    tell=None,
    called=person,
    chosen=True,
    alone=(),
    **about,
):
    """
    The evidence of a letter whose document is this one, as an operator would sign it.

    `called` tells who is who; those who are `alone` sign in their own name.
    """
    told = History()
    told.add("letter.created", campaign="c", draft=letter.digest())
    everybody = [*people, *(f"W{number}" for number in range(withheld))]
    told.invite(*(one for one in everybody if one not in alone))
    for one in alone:
        told.add("invitation.created", {"organisation": called(one)["name"]}, invitation=one, individual=True)
    told.add("letter.open_sign_off", revision=None)
    told.freeze(letter)
    paper = about.setdefault("paper", ["plain", "automatic"])
    if chosen:
        told.add("paper.chosen", letterhead=paper[0], layout="automatic", ordering="agreed")
    signed = []
    for one in everybody:
        if one not in people:
            told.add("invitation.placed", invitation=one, position=1, founder=False, confidential=True)
        signed.append(told.add("invitation.sign", called(one), "cosigner", invitation=one, digest=letter.digest()))
        if one not in people:
            del told.openings[signed[-1]]
    if tell is not None:
        tell(told, signed)
    facts = {"docx": sha256(docx), "pdf": None, "recipient": "r", "digest": letter.digest(), "signoffs": signed}
    approval = {"signed": sum(one not in alone for one in everybody)}
    if letterhead is not None:
        facts["letterhead"] = sha256(letterhead)
        approval["letterheads"] = [sha256(approved_on or letterhead)]
    told.add("letter.approve", **approval)
    told.documents[f"{sha256(docx)}.docx"] = docx
    told.add("document.rendered", **(facts | about))
    files = told.files()
    if letterhead is not None:
        files[f"letterheads/{sha256(letterhead)}.docx"] = letterhead
    return files


def signatures(people=("A", "B")):
    return tuple(text.Signature(**person(one)) for one in people)


def rendered(letter=LETTER, people=("A", "B"), letterhead=PLAIN, **other):
    return documents.render_docx(PrintJob(letter, letter.recipients[0], DATE, signatures(people), **other), letterhead)
