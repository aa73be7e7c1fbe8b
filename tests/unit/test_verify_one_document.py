"""A document that somebody received, against the evidence of one sign-off: its bytes, and its words."""

import json

import pytest
import rfc8785

from tests.attacks.test_documents_read import SEEN, WORDS
from tests.support.forging import LETTER, VKEY, checkpoints, sha256
from tests.support.received import PLAIN, evidence, rendered
from tests.support.tampering import both, forged, own, run_of, swap
from workflow import documents, merkle
from workflow.verify import verify

OWN = ("letter.", "revision.", "document.")


def of_one(docx, sent=True, invitation="A", **given):
    """The evidence of one organisation of a letter whose document is this one, sent, as its operator would sign it."""
    whole = evidence(docx, **given)
    told = [whole[name] for name in sorted(whole) if name.startswith("entries/")]
    if sent:
        last = json.loads(told[-1])
        about = {"documents": [sha256(docx)]}
        told.append(rfc8785.dumps(last | {"seq": len(told), "action": "letter.dispatch", "about": about}))
    tree, note = merkle.Tree([merkle.leaf_hash(one) for one in told]), checkpoints(told)[len(told)]
    kept = [
        seq
        for seq, entry in enumerate(map(json.loads, told))
        if entry["action"].startswith(OWN) or entry["about"].get("invitation") == invitation
    ]
    said = {"invitation": invitation, "letter": LETTER, "signoff": None, "vkey": VKEY}
    found = {
        "signoff.json": rfc8785.dumps(said),
        "entries.jsonl": b"".join(told[seq] + b"\n" for seq in kept),
        f"checkpoints/{len(told)}.txt": note.encode(),
        "revisions/1.json": whole["revisions/1.json"],
    }
    return found | {f"proofs/{seq}.tlog-proof": merkle.format_proof(seq, tree.path(seq), note).encode() for seq in kept}


def judged(docx, **given):
    return verify(of_one(docx, **given), VKEY, received={"letter.docx": docx})


@pytest.mark.parametrize(
    ("letterhead", "other"),
    [
        (PLAIN, {}),
        (documents.built_in("many"), {}),
        (own(), {"letterhead": documents.blank(own())}),
        (own(header="Registered in 1948"), {"letterhead": documents.blank(own(header="Registered in 1948"))}),
    ],
    ids=["plain", "many", "of its own", "with a header"],
)
def test_the_letter_that_was_sent_is_known_and_says_what_was_signed(letterhead, other):
    docx = rendered(letterhead=letterhead)

    report = judged(docx, **other)

    assert (report.problems, report.exit_code) == ([], 0)
    assert report.verdict == "VALID for one signature alone, signed by the operator only"
    assert any(fact.startswith("Document letter.docx: it is the one of entry ") for fact in report.facts)
    assert "what else is printed in letter.docx" in report.to_text()


def test_a_letter_with_a_table_around_its_places_says_what_was_signed():
    """A letterhead may set anything in cells; none of it is here to compare with."""
    cell = "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>"

    def change(parts):
        xml = parts["word/document.xml"]
        begin = xml.index("<w:p>", xml.index("<w:body>"))
        end = xml.index("</w:p>", xml.index("Port Town")) + len("</w:p>")
        parts["word/document.xml"] = xml[:begin] + cell.format(xml[begin:end]) + xml[end:]

    report = judged(forged(change))

    assert report.problems == []


REMARKS = judged(rendered()).remarks
"""The date and the names, which are for a person to look at; whatever stands there otherwise is told there too."""


@pytest.mark.parametrize("case", [*WORDS, *list(SEEN)[::6]])
def test_a_document_that_says_something_else_is_invalid_or_pointed_out(case):
    report = judged(forged({**WORDS, **SEEN}[case]))

    assert report.invalid or report.remarks != REMARKS, case


def test_words_that_are_hidden_or_of_another_addressee_are_found():
    for change, sentence in (
        (run_of("do not support", "<w:vanish/>"), "holds words that are"),
        (swap("Jane Doe", "John Doe"), "where recipient must stand"),
        (swap("Dear Minister", "Dear all"), "where salutation must stand"),
        (swap("Sincerely", "Never"), "where closing must stand"),
        (both(swap("Free the nineteen", "Keep the nineteen")), "where subject must stand"),
    ):
        assert sentence in " ".join(judged(forged(change)).invalid), sentence


def test_what_no_entry_names_or_sends_is_not_judged_and_never_valid():
    docx, other = rendered(), forged(swap("$40", "$41"))

    strange = verify(of_one(docx), VKEY, received={"other.docx": other})
    unsent = judged(docx, sent=False)

    assert (strange.exit_code, unsent.exit_code) == (3, 3)
    assert f"The document other.docx is named by no entry here (its SHA-256 is {sha256(other)})" in strange.unusable[0]
    assert "and no entry here sends it" in unsent.unusable[0]
    broken = of_one(docx)
    broken["entries.jsonl"] = broken["entries.jsonl"].replace(b"cosigner", b"operator")
    assert (
        "the documents that were given: the entries do not hold"
        in verify(broken, VKEY, received={"letter.docx": docx}).to_text()
    )


def test_of_a_pdf_and_of_a_text_that_is_not_here_it_is_said_that_no_word_was_read():
    docx, pdf = rendered(), b"%PDF-1.7"
    files = of_one(docx, pdf=sha256(pdf))

    assert (
        "what is printed in letter.pdf: its bytes are on record"
        in verify(files, VKEY, received={"letter.pdf": pdf}).to_text()
    )
    none = of_one(docx, invitation="C")
    del none["revisions/1.json"]
    assert "the text that it is of is not here" in verify(none, VKEY, received={"letter.docx": docx}).to_text()
