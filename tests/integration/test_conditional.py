"""Signing the text as it would be: what co-signers and coordinators see of it, and what it comes to."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from tests.support.answering import post
from tests.support.browsing import arrived, csrf, invitation_id, read, signed_in
from tests.support.conditional import (
    agree,
    agreed_signoffs,
    asked,
    open_again,
    outcomes,
    shown,
    suggest,
    take_back,
    take_over,
)
from tests.support.evidence import files_of
from tests.support.factories import (
    ANNA,
    act,
    actions,
    findings,
    invitation_states,
    mails,
    sign,
    standing,
)
from tests.support.lived import lived
from workflow.campaigns import comments, conditions, readers, stationery
from workflow.history import one_signoff
from workflow.mails.writing import write
from workflow.models import Code, Delivery, Letter, Signoff
from workflow.verify import verifier


@pytest.fixture
def letter_id(database):
    return lived(database, a_letter)


def a_letter(database):
    return asked(database)


@pytest.fixture
def suggestion(database, letter_id):
    return suggest(database, letter_id)


def test_it_counts_when_exactly_that_text_is_opened_and_is_told(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    agree(database, letter_id, suggestion, 1)
    take_over(database, letter_id, suggestion)
    assert outcomes(database, letter_id) == ["", ""], "a draft is before nobody"
    open_again(database, letter_id)

    assert invitation_states(database, letter_id) == ["signed", "signed", "invited"]
    assert agreed_signoffs(database) == [("ORGA", "Person A", True), ("ORGB", "Person B", True)]
    assert outcomes(database, letter_id) == ["met", "met"]
    assert [m.about["what"] for m in mails(database, letter_id, "receipt")] == ["met", "met"]
    assert [m.address for m in mails(database, letter_id, "revised")] == ["c@example.org"], "who counts is not asked"
    assert actions(database, letter_id).count("invitation.fulfil") == 2
    assert findings(database, letter_id) == []


def test_whoever_had_signed_the_text_of_now_stays_on_by_it(database, letter_id, suggestion):
    sign(database, letter_id, 1)
    agree(database, letter_id, suggestion, 1)
    take_over(database, letter_id, suggestion)
    open_again(database, letter_id)

    assert standing(database, letter_id) == [("ORGB", "confirmed")]
    assert actions(database, letter_id)[-9:].count("invitation.supersede") == 1
    assert findings(database, letter_id) == []


def test_so_many_emails_go_out_as_were_counted_before(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    take_over(database, letter_id, suggestion)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        counted = [readers.number(session, row, act_) for act_ in ("circulate", "open_sign_off")]
    before = len(mails(database, letter_id, "revised"))
    open_again(database, letter_id)

    assert counted == [3, 2]
    assert len(mails(database, letter_id, "revised")) - before == 2


# --- on paper ---------------------------------------------------------------------------------------------------------


def written(database, letter_id, kind, number):
    delivery_id = mails(database, letter_id, kind)[number].id
    with database.reading() as session:
        return write(session, session.get_one(Delivery, delivery_id))


def test_its_emails_prove_what_was_agreed_to_and_that_it_counts(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    agreed = written(database, letter_id, "condition", 0)
    take_over(database, letter_id, suggestion)
    open_again(database, letter_id)
    counts = written(database, letter_id, "receipt", 0)

    report = verifier.verify(files_of(database, letter_id), receipts={"agreed.eml": agreed, "counts.eml": counts})
    assert (report.problems, report.matches) == ([], 2)
    assert any("agreed to before, counts" in fact for fact in report.facts)
    with database.reading() as session:
        signoff = session.scalars(select(Signoff)).one()
        files = one_signoff.files(session, letter_id, signoff.invitation_id, signoff.sequence)
    alone = verifier.verify(files, receipts={"agreed.eml": agreed})
    assert alone.problems == []
    assert any("agreed to before, counts as far as is here" in fact for fact in alone.facts)


# --- on a co-signer's page --------------------------------------------------------------------------------------------


def agreement(client, page, suggestion, **fields):
    """What the form on the page of a suggestion sends."""
    where = f"{page.request.path}/suggestions/{suggestion}"
    would = client.get(where)
    kept = dict(re.findall(r'name="(digest|agreed|objection_hours|after)" value="([^"]*)"', would.text))
    given = {"csrf_token": csrf(would), "name": "Person A", "title": "Director", "authorised": "y"} | kept | fields
    return would, lambda **more: client.post(where, data=given | more, follow_redirects=True)


def test_it_reads_the_whole_text_with_its_change_before_it_agrees(app, database, settings, letter_id, suggestion):
    with database.writing() as session:
        letter = session.get_one(Letter, letter_id)
        letter.place, letter.date = "Brussels", date(2026, 5, 4)
    client, page = arrived(app, database, settings, letter_id)
    assert "Sign with this change" in page.text
    would, send = agreement(client, page, suggestion)
    tree = read(would)
    (paper,) = tree.find_class("paper")
    said = paper.text_content()
    assert [line.text_content() for line in paper][1:3] == ["Brussels, 4 May 2026", "Free the seventeen"]
    assert all(part in said for part in ("Dear Minister,", "First paragraph", "Third paragraph", "Sincerely,"))
    assert paper.xpath(".//del/text()"), "what goes is marked"
    assert "an answer" in "".join(paper.xpath(".//ins/text()"))
    assert shown(database, letter_id, suggestion).digest in would.text

    refused = send(authorised="", name="")
    assert refused.status_code == 400
    assert "Tick the box" in refused.text and "Type the name" in refused.text and "Third paragraph" in refused.text
    assert outcomes(database, letter_id) == []
    done = send()
    assert "We’re emailing you a receipt" in done.text
    assert "You have agreed to sign with a change" in done.text
    assert outcomes(database, letter_id) == [""]

    _, other = arrived(app, database, settings, letter_id, 1)
    assert "1 organisation would sign with this change." in other.text
    assert "You have agreed" not in other.text


def test_it_takes_it_back_while_the_change_is_being_put_in(app, database, settings, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    take_over(database, letter_id, suggestion)
    client, page = arrived(app, database, settings, letter_id)
    assert "This letter is being edited" in page.text and "You have agreed to sign with a change" in page.text
    taken = client.post(page.request.path + "/agreement", data={"csrf_token": csrf(page)}, follow_redirects=True)

    assert "Taken back." in taken.text and "You have agreed" not in taken.text
    assert outcomes(database, letter_id) == ["taken_back"]


def test_it_takes_the_code_where_signing_takes_one(app, database, settings):
    letter_id = asked(database, code_required=True)
    suggestion = suggest(database, letter_id)
    client, page = arrived(app, database, settings, letter_id)
    _, send = agreement(client, page, suggestion)
    for purpose, press in (
        ("agree", send),
        ("take_back", lambda **more: post(client, page, "/agreement", **more)),
    ):
        before = outcomes(database, letter_id)
        assert "6-digit code" in press().text
        with database.reading() as session:
            code = session.scalars(select(Code).where(Code.purpose == purpose)).one()
        assert outcomes(database, letter_id) == before
        press(code=database.tokens.codes(code.id)[0])
    assert outcomes(database, letter_id) == ["taken_back"]
    assert findings(database, letter_id) == []


def test_a_page_that_was_open_while_the_text_changed_agrees_to_nothing(app, database, settings, letter_id, suggestion):
    client, page = arrived(app, database, settings, letter_id)
    other = suggest(database, letter_id, 1, "Second paragraph", "This paragraph")
    _, send = agreement(client, page, suggestion)
    take_over(database, letter_id, other)
    open_again(database, letter_id)

    answer = send()
    assert answer.status_code == 409
    assert "The text has changed since you opened this page" in answer.text
    assert outcomes(database, letter_id) == []


# --- on a coordinator's pages -----------------------------------------------------------------------------------------


def test_a_coordinator_sees_who_would_sign_and_what_accepting_does(app, database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    agree(database, letter_id, suggestion, 1)
    other = suggest(database, letter_id, 2, "Second paragraph", "This paragraph")
    agree(database, letter_id, other, 2)
    anna = signed_in(app, database)
    where = f"/letters/{letter_id}"
    said = " ".join(read(anna.get(f"{where}/comments")).text_content().split())
    assert "2 would sign with this change: ORGA, ORGB" in said
    assert "Accept exactly this and nothing else, and 2 signatures count without another email." in said
    listed = " ".join(read(anna.get(f"{where}/cosigners?show=agreed")).text_content().split())
    assert "Would sign with a change 3" in listed
    assert "3 co-signers" in listed

    for one in (suggestion, other):
        act(database, comments.choose, letter_id, one, ANNA, chosen=True)
    said = " ".join(read(anna.get(f"{where}/comments")).text_content().split())
    assert "3 organisations agreed to sign with a change, but not exactly this text." in said

    act(database, comments.choose, letter_id, other, ANNA, chosen=False)
    take_over(database, letter_id, suggestion)
    for page in (f"{where}/draft", f"{where}/ask?act=open_sign_off", f"{where}/comments"):
        said = " ".join(read(anna.get(page)).text_content().split())
        assert "2 organisations agreed to exactly this text. Their signatures count" in said, page
        assert "1 organisation agreed to sign with a change, but not exactly this text." in said, page
    assert "so that agreement does not count" in anna.get(f"{where}/ask?act=open_sign_off").text, "as it will arrive"
    one = anna.get(f"{where}/invitations/{invitation_id(database, letter_id)}")
    assert "to sign with this change:" in one.text
    take_back(database, letter_id, 1)
    with database.reading() as session:
        assert conditions.numbers(session, [suggestion, other]) == {suggestion: 1, other: 1}


def test_a_withheld_name_is_counted_and_named_to_nobody_else(app, database, settings, letter_id, suggestion):
    with database.reading() as session:
        second = session.get_one(Letter, letter_id).invitations[1].id
    act(database, stationery.set_standing, letter_id, second, stationery.Standing(2, confidential=True), ANNA)
    agree(database, letter_id, suggestion, 1)
    client, page = arrived(app, database, settings, letter_id)

    assert "1 organisation would sign with this change." in page.text
    for one in (page, client.get(f"{page.request.path}/suggestions/{suggestion}")):
        assert not re.search("Organisation B|ORGB|Person B", one.text)
