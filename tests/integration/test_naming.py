"""A printed name is put right by whoever bears it, without a new sign-off: who signed never changes."""

import pytest
import sqlalchemy as sa

from tests.support.cases import each
from tests.support.evidence import check, entries_of, files_of, find, rewritten, said
from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    digest,
    findings,
    invitation_states,
    link_ids,
    mails,
    make_documents,
    open_sign_off,
    sign,
    take_in,
)
from workflow.campaigns import dispatch, lifecycle, printing, renaming
from workflow.campaigns.roster import roster
from workflow.errors import CodeNeededError, InputError, RefusedError
from workflow.models import Disclosure, Document, Invitation, Letter, Membership, User
from workflow.names import names
from workflow.signoffs import answers, codes, naming
from workflow.verify.persons import same_person


@pytest.fixture
def signed(database):
    letter_id = take_in(database, 2)
    with database.writing() as session:
        campaign_id = session.get_one(Letter, letter_id).campaign_id
        session.add(User(id="a" * 32, email="anna@example.org", name="Anna"))
        session.flush()
        session.add(Membership(campaign_id=campaign_id, user_id="a" * 32, role="coordinator"))
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    act(database, answers.sign, link_ids(database, letter_id)[1], answer(database, letter_id, name="Ulla B"))
    return letter_id


def correct(database, letter_id, name, title="Director", number=0, **more):
    return act(database, naming.correct, link_ids(database, letter_id)[number], name, title, **more)


def printed(database, letter_id):
    """What stands below the letter, on paper and on the pages of co-signers."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        on_paper = [one.printed().lines for one in roster(session, row).printed]
        assert [one.lines for one in names(session, row).signatures] == on_paper
        return on_paper


def invitation_id(database, letter_id, number=0):
    with database.reading() as session:
        return session.get_one(Letter, letter_id).invitations[number].id


# --- by whoever signed ------------------------------------------------------------------------------------------------


def test_a_correction_prints_the_new_name_and_leaves_what_was_signed(database, signed):
    before = digest(database, signed)
    signoff = correct(database, signed, "Persón A", "Executive Director")

    assert printed(database, signed)[0] == ("Persón A", "Executive Director", "Organisation A")
    assert invitation_states(database, signed) == ["signed", "signed"]
    assert actions(database, signed).count("invitation.sign") == 2 and signoff.digest == before
    assert [m.about["what"] for m in mails(database, signed, "receipt")] == ["signed", "signed", "corrected"]
    assert [m.about["what"] for m in mails(database, signed, "notice")][-1:] == ["corrected"]
    assert findings(database, signed) == []
    correct(database, signed, "Persón A", "Executive Director")
    assert actions(database, signed).count("signoff.corrected") == 1, "what is not new is no entry"


def test_a_correction_never_makes_it_another_person_not_even_in_small_steps(database, signed):
    for name in ("Peter A", "Person B", "", "P", "Somebody Else"):
        with pytest.raises(InputError):
            correct(database, signed, name)
    correct(database, signed, "Persson A")
    with pytest.raises(InputError, match="another person"):
        correct(database, signed, "Perssson Ab")
    correct(database, signed, "Person Alice")
    correct(database, signed, "Person A")
    assert printed(database, signed)[0][0] == "Person A"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("Jon Smith", "John Smith", True),
        ("J. Smith", "John Smith", True),
        ("maria garcia", "María García López", True),
        ("Berg, Anna", "Dr Anna Berg-Müller", True),
        ("كريم الاحمدي", "كريم الأحمدي", True),
        ("Karim", "Karin", True),
        ("Anna Berg", "Peter Berg", False),
        ("Anna Berg", "Anna Müller", False),
        ("K", "Karim Lahidji", False),
        ("A B", "Adam Brown", False),
        ("Li Wei", "Li Na", False),
        ("王小明", "王大明", False),
        ("Anna Berg", "", False),
        ("Anna", "Anna and " + "others " * 20, False),
    ],
)
def test_what_counts_as_the_same_person(before, after, same):
    assert same_person(before, after) is same_person(after, before) is same
    assert not before or same_person(before, before)


def test_where_a_code_is_asked_for_a_correction_takes_one(database):
    letter_id = take_in(database, 1, code_required=True)
    open_sign_off(database, letter_id)
    link = link_ids(database, letter_id)[0]
    act(database, answers.sign, link, answer(database, letter_id, code=redeemed(database, link, "sign")))

    for code in ("", redeemed(database, link, "sign")):
        with pytest.raises(CodeNeededError):
            correct(database, letter_id, "Persson A", code=code)
    correct(database, letter_id, "Persson A", code=redeemed(database, link, "correct"))
    assert printed(database, letter_id)[0][0] == "Persson A"


def redeemed(database, link, purpose):
    code = act(database, codes.send_code, link, "browser", purpose)
    return act(database, codes.redeem, link, "browser", database.tokens.codes(code.id)[0], purpose)


def test_an_approved_letter_is_printed_anew_and_only_the_new_document_is_sent(database, signed):
    act(database, lifecycle.approve, signed, ANNA)
    assert "Person A" in make_documents(database, signed)
    with database.reading() as session:
        old = printing.fingerprint(session.get_one(Letter, signed))
    correct(database, signed, "Persson A")
    with pytest.raises(RefusedError):
        act(database, dispatch.dispatch, signed, old, ANNA)
    said_now = make_documents(database, signed)
    assert "Persson A" in said_now and "Person A" not in said_now
    with database.reading() as session:
        new = printing.fingerprint(session.get_one(Letter, signed))
    act(database, dispatch.dispatch, signed, new, ANNA)
    files = files_of(database, signed)
    report = check(database, files)
    assert report.problems == []
    assert any("as entry" in fact and "corrected it" in fact for fact in report.facts)
    with pytest.raises(RefusedError, match="closed"):
        correct(database, signed, "Person A")
    # Had the older document gone out, or the correction been another's or none, the verifier would say so.
    at = find(files, "signoff.corrected")
    entries = entries_of(files)
    without = [entry for entry in entries if entry["seq"] != at]
    assert "must say (names)" in said(check(database, rewritten(database, files, without)))
    entries[at]["actor"] = {"role": "coordinator", "id": "anna"}
    assert "only whoever signed" in said(check(database, rewritten(database, files, entries)))
    entries = entries_of(files)
    sent = find(files, "letter.dispatch")
    entries[sent]["about"]["documents"] = [entries[find(files, "document.rendered")]["about"]["docx"]]
    assert "have changed since" in said(check(database, rewritten(database, files, entries)))


def test_a_name_that_was_erased_is_held_against_the_one_that_is_printed(database, signed):
    with database.writing() as session:
        session.execute(sa.delete(Disclosure).where(Disclosure.letter_id == signed))
    with pytest.raises(InputError):
        correct(database, signed, "Somebody Else")
    correct(database, signed, "Persson A")
    assert findings(database, signed) == []


# --- by the coordinator -----------------------------------------------------------------------------------------------


def test_an_organisations_name_is_corrected_with_its_being_told(database, signed):
    first = invitation_id(database, signed)
    act(database, renaming.rename, signed, first, "Organisation A of Rivers", "OAR", ANNA)

    assert printed(database, signed)[0] == ("Person A", "Director", "Organisation A of Rivers (OAR)")
    (mail,) = mails(database, signed, "renamed")
    assert (mail.address, mail.about["before"], mail.about["now"]) == (
        "a@example.org", "Organisation A", "Organisation A of Rivers (OAR)",
    )  # fmt: skip
    assert invitation_states(database, signed) == ["signed", "signed"] and findings(database, signed) == []
    act(database, renaming.rename, signed, first, "Organisation A of Rivers", "OAR", ANNA)
    assert actions(database, signed).count("organisation.renamed") == 1
    act(database, lifecycle.approve, signed, ANNA)
    make_documents(database, signed)
    files = files_of(database, signed)
    report = check(database, files)
    assert report.problems == [] and any("its organisation" in fact for fact in report.facts)
    # The new name may be printed only after the entry that corrects it, and only until the letter is approved.
    entries, at = entries_of(files), find(files, "organisation.renamed")
    without = [entry for entry in entries if entry["seq"] != at]
    assert "must say (names)" in said(check(database, rewritten(database, files, without)))
    late = entries.index(next(entry for entry in entries if entry["action"] == "letter.approve")) + 1
    moved = [*entries[:at], *entries[at + 1 : late], entries[at], *entries[late:]]
    assert "corrects the name of an organisation once" in said(check(database, rewritten(database, files, moved)))
    with pytest.raises(RefusedError):
        act(database, renaming.rename, signed, first, "Organisation A", "", ANNA)


@each("name", ["", " ", "\u200b", "Organisation B", "ORGANISATION B"])
def test_a_name_that_says_nothing_or_is_anothers_is_refused(database, signed, name):
    with pytest.raises(InputError):
        act(database, renaming.rename, signed, invitation_id(database, signed), name, "", ANNA)
    assert printed(database, signed)[0][2] == "Organisation A"


def test_nobody_is_told_who_was_not_asked_yet(database):
    letter_id = take_in(database, 1)
    act(database, renaming.rename, letter_id, invitation_id(database, letter_id), "Organisation Ä", "OÄ", ANNA)

    assert mails(database, letter_id, "renamed") == []
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    assert printed(database, letter_id)[0][2] == "Organisation Ä (OÄ)" and findings(database, letter_id) == []


def test_a_sign_off_after_the_correction_is_for_the_new_name(database, signed):
    second = invitation_id(database, signed, 1)
    act(database, answers.retract, link_ids(database, signed)[1])
    act(database, renaming.rename, signed, second, "Organisation Bee", "", ANNA)
    sign(database, signed, 1)
    act(database, lifecycle.approve, signed, ANNA)
    make_documents(database, signed)

    report = check(database, files_of(database, signed))
    assert report.problems == [] and not any("corrected it" in fact for fact in report.facts)
    with database.reading() as session:
        assert session.get_one(Invitation, second).organisation.folded == "organisation bee"
        assert session.scalar(sa.select(sa.func.count()).select_from(Document)) >= 2
