"""The verifier against what an operator tells otherwise of who signed, and of what was printed and sent."""

import io
import zipfile

import pytest

from tests.support.forging import LIFE, VKEY, WORDS, findings, other_words, person, resigned, sha256, verify, zipped
from workflow.documents import PrintJob, render_docx

pytestmark = pytest.mark.slow


def test_a_sign_off_printed_that_never_was_is_named():
    def change(told, signed):
        told.render([*signed, 4], printed=[person("A"), person("B"), person("X")])

    assert "prints a sign-off that never was: entry 4 is no sign-off" in findings(resigned(change))


def test_a_sign_off_printed_from_the_future_is_named():
    def change(told, signed):
        told.render([*signed, 40], printed=[person("A"), person("B"), person("X")])

    assert "prints a sign-off that never was: entry 40 is no sign-off before it" in findings(resigned(change))


def test_a_sign_off_printed_after_it_was_retracted_is_named():
    found = findings(resigned(lambda told, signed: told.render([*signed, 9])))

    assert (
        "prints the sign-off in entry 9 (Person C, Organisation C), which did not stand any more (retract, entry 10)"
        in found
    )


def replaced(told, words):
    """Put another text before the co-signers."""
    told.add("letter.revise", reason="r")
    told.add("letter.open_sign_off")
    told.freeze(words)


def test_a_sign_off_that_was_retracted_does_not_come_back_with_its_text():
    def change(told, signed):
        replaced(told, other_words())
        told.sign("C", other_words())
        told.add("letter.revise", reason="r")
        told.add("letter.open_sign_off")
        told.add("revision.frozen", number=1, digest=WORDS.digest())
        told.add("invitation.restore", invitation="C", digest=WORDS.digest())
        told.add("letter.approve")
        told.render([*signed, 9])

    assert "prints the sign-off in entry 9 (Person C, Organisation C), which did not stand" in findings(
        resigned(change)
    )


def test_the_document_of_an_older_text_is_not_sent_even_where_nobody_signed_either():
    def change(told, signed):
        for letter in "AB":
            told.add("invitation.retract", invitation=letter, digest=WORDS.digest())
        docx = told.render([])
        replaced(told, other_words())
        told.add("letter.approve")
        told.send(docx)

    assert "the text or its sign-offs have changed since" in findings(resigned(change))


@pytest.mark.parametrize("trigger", ["decline", "revoke"])
def test_a_sign_off_printed_after_it_was_not_confirmed_is_named(trigger):
    def change(told, signed):
        told.add("invitation.supersede", invitation="B", digest=WORDS.digest())
        told.add(f"invitation.{trigger}", invitation="B")
        told.render(signed)

    assert f"entry 8 (Person B, Organisation B), which did not stand any more ({trigger}, entry 13)" in findings(
        resigned(change)
    )


def test_a_sign_off_printed_below_another_text_is_named():
    def change(told, signed):
        other = other_words()
        told.add("letter.reopen")
        told.add("letter.revise")
        told.add("letter.open_sign_off")
        told.freeze(other)
        told.add("letter.approve")
        told.render(signed, other)

    found = findings(resigned(change))

    assert (
        f"the sign-off in entry 7 (Person A, Organisation A), which was given for another text, {WORDS.digest()[:12]}"
        in found
    )


def test_a_sign_off_that_counted_and_was_left_out_is_named():
    found = findings(resigned(lambda told, signed: told.render(signed[:1])))

    assert "leaves out the sign-off in entry 8 (Person B, Organisation B)" in found


def test_a_sign_off_that_is_printed_twice_is_named():
    assert "prints one sign-off twice" in findings(resigned(lambda told, signed: told.render([*signed, signed[0]])))


def test_a_sign_off_for_a_text_that_was_not_before_the_co_signers_is_named():
    def change(told, signed):
        told.add("letter.reopen")
        told.add("invitation.sign", person("C"), invitation="C", digest="ab" * 32)

    assert f"is for text abababababab; before the co-signers was {WORDS.digest()[:12]}" in findings(resigned(change))


def test_a_sign_off_while_sign_off_was_closed_is_named():
    found = findings(resigned(lambda told, signed: told.sign("C")))

    assert "Entry 12 records invitation.sign while the letter was approved" in found


def test_a_sign_off_of_an_organisation_that_was_never_invited_is_named():
    def change(told, signed):
        told.add("letter.reopen")
        told.sign("Z")

    assert "Entry 13 (invitation.sign) is about an invitation that was never created" in findings(resigned(change))


def test_a_document_that_does_not_print_a_name_is_named():
    def change(told, signed):
        told.render(signed, printed=[person("A"), person("B") | {"name": "Person Bc"}])

    assert "says 'Person Bc Director Organisation B' where it must say (names)" in findings(resigned(change))


def test_a_name_that_nobody_signed_is_named():
    def change(told, signed):
        told.render(signed, printed=[person("A"), person("B"), person("A") | {"name": "Mallory Forger"}])

    assert "says more than was signed: 'Mallory Forger Director Organisation A'" in findings(resigned(change))


def test_a_document_with_other_words_than_were_signed_is_named():
    def change(told, signed):
        told.render(signed, other_words(WORDS.body.replace("urge", "ask")), digest=WORDS.digest())

    assert "paragraph 9 says 'We ask you to [link]act[link' where it must say (the text) 'We urge you" in findings(
        resigned(change)
    )


def test_a_changed_document_is_named():
    name = next(name for name in LIFE if name.startswith("documents/"))

    assert f"{name} was changed" in findings(LIFE | {name: LIFE[name] + b"\0"})


def test_a_missing_document_is_named():
    name = next(name for name in LIFE if name.startswith("documents/"))

    found = findings({other: content for other, content in LIFE.items() if other != name})

    assert f"The document {name.partition('/')[2]}, made in entry 12, is missing" in found


def test_a_document_that_the_log_does_not_name_is_named():
    stranger = render_docx(PrintJob(WORDS, WORDS.recipients[0], None, ()))

    assert "is not a document of this letter" in findings(LIFE | {f"documents/{sha256(stranger)}.docx": stranger})


def findings_of_document(docx):
    """What is found of a letter whose document is this one."""

    def change(told, signed):
        told.render(signed, docx=sha256(docx))
        told.documents = {f"{sha256(docx)}.docx": docx}

    report = verify(resigned(change), VKEY)
    return " ".join([*report.invalid, *report.remarks])


def repacked(change):
    """The document of a whole life with its parts changed: a function takes them by name and may change them."""
    docx = next(content for name, content in LIFE.items() if name.startswith("documents/"))
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    return zipped(parts)


@pytest.mark.parametrize(
    "docx",
    [
        b"",
        b"PK\3\4",
        repacked(lambda parts: parts.pop("word/document.xml")),
        repacked(lambda parts: parts.pop("_rels/.rels")),
        repacked(lambda parts: parts.update({"word/document.xml": b"<w"})),
        repacked(lambda parts: parts.update({"word/document.xml": b"\xff"})),
        repacked(lambda parts: parts.update({"Word/Document.xml": parts["word/document.xml"]})),
        repacked(lambda parts: parts.update({"word/document.xml": b" " * 33 * 1024 * 1024})),
    ],
    ids=range(8),
)
def test_a_document_that_cannot_be_read_for_certain_is_named(docx):
    assert "is not a Word document that can be read" in findings_of_document(docx)


def test_a_document_that_declares_entities_is_not_parsed():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'

    docx = repacked(lambda parts: parts.update({"word/document.xml": bomb}))

    assert "it declares a document type" in findings_of_document(docx)


def test_a_document_whose_words_stand_in_a_part_that_word_does_not_open_is_named():
    def change(parts):
        parts["word/shown.xml"] = parts["word/document.xml"].replace(b"now", b"never")
        parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"word/document.xml", b"word/shown.xml")

    assert "Word would open another part of it" in findings_of_document(repacked(change))


def test_a_document_that_was_sent_without_having_been_made_is_named():
    def change(told, signed):
        told.render(signed)
        told.send("f" * 64)

    assert "sends the document ffffffffffff, which was never rendered" in findings(resigned(change))


def test_a_document_that_was_sent_after_a_sign_off_was_retracted_is_named():
    def change(told, signed):
        docx = told.render(signed)
        told.add("invitation.retract", invitation="B", digest=WORDS.digest())
        told.add("letter.reopen")
        told.add("letter.approve")
        told.send(docx)

    assert "the text or its sign-offs have changed since" in findings(resigned(change))


def test_a_mail_to_the_office_with_another_document_than_was_dispatched_is_named():
    def change(told, signed):
        told.send(told.render(signed))
        told.add("delivery.queued", delivery="e", kind="letter", docx="e" * 64)

    assert "Entry 19 mails the document eeeeeeeeeeee, which was not dispatched" in findings(resigned(change))


def test_a_mail_to_the_office_before_the_dispatch_is_named():
    def change(told, signed):
        docx = told.render(signed)
        told.add("delivery.queued", delivery="e", kind="letter", docx=docx)

    assert "which was not dispatched" in findings(resigned(change))


def test_a_letter_that_is_called_sent_though_no_server_accepted_it_is_named():
    def change(told, signed):
        docx = told.render(signed)
        told.add("letter.dispatch", documents=[docx])
        told.add("delivery.queued", delivery="d", kind="letter", docx=docx)
        told.add("letter.confirm")

    assert "Entry 15 says that the letter was sent; no server accepted the document" in findings(resigned(change))


def test_a_document_in_somebodys_hands_is_known_or_is_not():
    docx = next(content for name, content in LIFE.items() if name.startswith("documents/"))

    report = verify(LIFE, VKEY, received={"office.docx": docx})

    assert report.exit_code == 0
    assert any("office.docx: it is the one of entry 12, which was sent" in fact for fact in report.facts)
    assert "office.docx is not a document of this letter" in findings(LIFE, received={"office.docx": docx + b"\0"})


def test_a_document_that_was_made_but_never_sent_is_known_as_such():
    files = resigned(lambda told, signed: told.render(signed))
    docx = next(content for name, content in files.items() if name.startswith("documents/"))

    assert "draft.docx was made, but never sent" in findings(files, received={"draft.docx": docx})
