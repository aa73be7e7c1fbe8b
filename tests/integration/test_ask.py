"""Check before sending: whom an act emails, with which words, and that nothing else is sent than what was shown."""

from __future__ import annotations

import email
import email.policy

import pytest
from sqlalchemy import select

from tests.support.browsing import field, invitation_id, read, shown_first, signed_in
from tests.support.factories import (
    ANNA,
    CORRECTED,
    act,
    actions,
    cosigners,
    findings,
    go_on,
    mails,
    open_sign_off,
    sign,
    state,
    take_in,
    words,
)
from workflow.campaigns import drafts, invitations, lifecycle, more_contacts, readers
from workflow.campaigns.readers import ChangedError, Seen
from workflow.mails.samples import NO_LINK
from workflow.mails.writing import gather, write_many
from workflow.models import Delivery, Invitation, Letter, Note
from workflow.pages.staff.ask import TESTS
from wsgi import create_app

NOTE = {"en": "We met in Port Town.\n\nPlease sign <soon> & tell us.", "fr": "À bientôt."}


@pytest.fixture
def app(settings, database):
    return create_app(settings, database)


def whom(database, letter_id, name, **how):
    with database.reading() as session:
        return readers.readers(session, session.get_one(Letter, letter_id), name, **how)


def seen(database, letter_id, name):
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        return Seen(readers.number(session, row, name), readers.mark(row))


def read_in_french(database, letter_id, number=0):
    one = invitation_id(database, letter_id, number)
    act(database, invitations.set_reader, letter_id, one, ANNA, language="fr", timezone="")


def asked(database, letter_id) -> list[str]:
    """To whom mails that wait go."""
    with database.reading() as session:
        found = select(Delivery.address).where(Delivery.letter_id == letter_id, Delivery.is_queued)
        return sorted(session.scalars(found))


# --- to whom ----------------------------------------------------------------------------------------------------------


def test_it_says_to_whom_an_act_will_write_and_the_act_writes_to_them(database):
    letter_id = take_in(database, 4)
    read_in_french(database, letter_id, 1)
    act(database, invitations.revoke, letter_id, invitation_id(database, letter_id, 3), ANNA)

    before = whom(database, letter_id, "circulate")
    act(database, lifecycle.circulate, letter_id, ANNA)

    assert (before.number, dict(before.languages), before.unaddressed) == (3, {"en": 2, "fr": 1}, 0)
    assert [one.email for one in before.listed] == asked(database, letter_id)


def test_each_contact_of_an_organisation_is_counted_and_named(database, app):
    letter_id = take_in(database, 4)
    read_in_french(database, letter_id, 1)
    act(database, more_contacts.add, letter_id, invitation_id(database, letter_id, 1), "Bo", "bo@example.org", ANNA)

    before = whom(database, letter_id, "circulate")
    page = read(signed_in(app, database).get(f"/letters/{letter_id}/ask?act=circulate"))
    act(database, lifecycle.circulate, letter_id, ANNA, seen=seen(database, letter_id, "circulate"))

    assert (before.number, before.organisations, dict(before.languages)) == (5, 4, {"en": 3, "fr": 2})
    assert sorted(one.email for one in before.listed) == asked(database, letter_id)
    shown = " ".join(page.get_element_by_id("readers").getparent().text_content().split())
    assert shown.startswith("5 emails To: ORGA, ORGB, ORGC and 1 more")


def test_who_signed_the_very_text_is_not_asked_again_and_who_signed_another_is(database):
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    act(database, lifecycle.revise, letter_id, "Once more.", ANNA)

    same = whom(database, letter_id, "open_sign_off")
    act(database, drafts.edit, letter_id, words(body=CORRECTED), ANNA, version=1, dated=None)
    other = whom(database, letter_id, "open_sign_off")

    assert [[one.email[0] for one in found.listed] for found in (same, other)] == [["b", "c"], ["a", "b", "c"]]


def test_a_minor_correction_says_whose_signature_carries_over(database):
    letter_id = take_in(database, 2, objection_hours=24)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
    act(database, drafts.edit, letter_id, words(body=CORRECTED), ANNA, version=1, dated=None)

    found = whom(database, letter_id, "open_sign_off", small_correction=True)

    assert [one.invitation.organisation.acronym for one in found.stay] == ["ORGA"]
    assert found.number == 2


def test_links_are_replaced_for_who_has_one_and_the_rest_is_who_has_none(database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    with database.writing() as session:
        row = drafts.locked_letter(session, letter_id)
        invitations.put_on_the_list(session, row, [cosigners(3)[2]], ANNA)

    assert [one.email for one in whom(database, letter_id, "replace_links").listed] == ["b@example.org"]
    assert [one.email for one in whom(database, letter_id, "write_to_rest").listed] == ["c@example.org"]
    act(database, invitations.write_to_rest, letter_id, ANNA, note={"en": "Late, sorry."})
    assert [m.address for m in mails(database, letter_id, "invitation")][-1:] == ["c@example.org"]
    assert whom(database, letter_id, "write_to_rest").number == 0
    assert findings(database, letter_id) == []


# --- the words --------------------------------------------------------------------------------------------------------


def told(database, letter_id) -> dict[str, str]:
    """What the waiting mails of a letter say, by address."""
    with database.reading() as session:
        rows = list(session.scalars(select(Delivery).where(Delivery.letter_id == letter_id, Delivery.is_queued)))
        written = write_many(session, [row.id for row in rows])
        assert [one.error for one in written.values() if one.error] == []
        read = {
            row.address: email.message_from_bytes(written[row.id].content, policy=email.policy.default) for row in rows
        }
        return {address: mail.get_body(("plain",)).get_content() for address, mail in read.items()}


def test_the_words_are_in_each_readers_email_in_its_language_and_on_the_record(database):
    letter_id = take_in(database, 3)
    read_in_french(database, letter_id)

    act(database, lifecycle.circulate, letter_id, ANNA, note=NOTE)

    said = told(database, letter_id)
    assert "À bientôt." in said["a@example.org"]
    assert "Please sign <soon> & tell us." in said["b@example.org"]
    assert "We met" not in said["a@example.org"]
    assert actions(database, letter_id).count("note.added") == 1
    with database.reading() as session:
        assert session.scalars(select(Note)).one().words == NOTE
    assert findings(database, letter_id) == []
    with database.writing() as session:
        session.scalars(select(Note)).one().words = {"en": "We never said that."}
    assert any("notes" in one for one in findings(database, letter_id))


def test_a_later_invitation_has_the_words_that_the_others_had_until_the_next_act(database):
    letter_id = take_in(database, 2)
    act(database, lifecycle.circulate, letter_id, ANNA, note=NOTE)
    act(database, invitations.invite, letter_id, cosigners(3)[2], ANNA)
    later = told(database, letter_id)["c@example.org"]
    act(database, lifecycle.open_sign_off, letter_id, ANNA)

    assert "We met in Port Town." in later
    assert not any("We met" in one for one in told(database, letter_id).values())


def test_words_of_thousands_are_kept_once(database, monkeypatch):
    monkeypatch.setattr("workflow.campaigns.batches.AT_ONCE", 2)
    letter_id = take_in(database, 6)
    act(database, lifecycle.circulate, letter_id, ANNA, note=NOTE)
    go_on(database, letter_id)

    with database.reading() as session:
        rows = list(session.scalars(select(Delivery).where(Delivery.letter_id == letter_id)))
        written = write_many(session, [row.id for row in rows])

    assert len({one.skeleton for one in written.values()}) == 1
    assert all("We met" not in str(one.fills) for one in written.values())
    assert [gather(session, row).asked.note[0] for row in rows] == ["We met in Port Town."] * 6


def test_replaced_links_have_their_own_words_and_the_text_keeps_its_own(database):
    letter_id = take_in(database, 2)
    act(database, lifecycle.circulate, letter_id, ANNA, note=NOTE)
    act(database, invitations.replace_links, letter_id, ANNA, note={"en": "A link leaked."})

    assert all("A link leaked." in one for one in told(database, letter_id).values())
    act(database, invitations.invite, letter_id, cosigners(3)[2], ANNA)
    assert "We met in Port Town." in told(database, letter_id)["c@example.org"]


# --- the number -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["another is asked", "a deadline", "done already"])
def test_nothing_is_sent_where_something_else_would_be_than_was_seen(database, how):
    letter_id = take_in(database, 2)
    checked = seen(database, letter_id, "circulate")
    if how == "another is asked":
        act(database, invitations.invite, letter_id, cosigners(3)[2], ANNA)
    elif how == "a deadline":
        with database.reading() as session:
            deadline = session.get_one(Letter, letter_id).deadline
        act(database, drafts.set_deadline, letter_id, deadline.replace(year=deadline.year + 1), ANNA)
    else:
        act(database, lifecycle.circulate, letter_id, ANNA, seen=checked)
    before = len(asked(database, letter_id))

    with pytest.raises(ChangedError):
        act(database, lifecycle.circulate, letter_id, ANNA, seen=checked)

    assert len(asked(database, letter_id)) == before


def test_links_are_replaced_once_however_often_it_is_pressed(database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    checked = seen(database, letter_id, "replace_links")
    act(database, invitations.replace_links, letter_id, ANNA, seen=checked)

    with pytest.raises(ChangedError):
        act(database, invitations.replace_links, letter_id, ANNA, seen=checked)

    assert actions(database, letter_id).count("link.replaced") == 2


# --- the page ---------------------------------------------------------------------------------------------------------


def test_a_step_that_was_not_checked_is_shown_first(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 2)
    given = {"csrf_token": shown_first(client, letter_id, "circulate")["csrf_token"]}

    answer = client.post(f"/letters/{letter_id}/circulation", data=given)

    assert (answer.status_code, answer.location) == (303, f"/letters/{letter_id}/ask?act=circulate")
    assert state(database, letter_id) == "drafting"


def test_it_is_sent_as_it_was_shown(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 2)
    given = shown_first(client, letter_id, "circulate") | {"note_en": NOTE["en"]}
    kept = client.post(f"/letters/{letter_id}/ask", data=given, follow_redirects=True)
    html = client.get(f"/letters/{letter_id}/ask/sample?act=circulate")

    assert "Send 2 emails" in kept.text
    assert field(kept, "ask", "note_en")[0].strip() == NOTE["en"]
    assert "Please sign &lt;soon&gt; &amp; tell us." in html.text
    assert NO_LINK in html.text
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert asked(database, letter_id) == []
    assert client.post(f"/letters/{letter_id}/circulation", data=given).status_code == 303
    assert all("We met in Port Town." in one for one in told(database, letter_id).values())
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).note_draft == {}


def test_where_the_number_has_changed_the_page_is_shown_again_with_what_was_typed(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 2)
    given = shown_first(client, letter_id, "circulate") | {"note_en": "My own words"}
    act(database, invitations.invite, letter_id, cosigners(3)[2], ANNA)

    again = client.post(f"/letters/{letter_id}/circulation", data=given)

    assert again.status_code == 409
    assert "It is 3 emails now, not 2. Nothing was sent" in again.text
    assert field(again, "ask", "note_en")[0].strip() == "My own words"
    assert asked(database, letter_id) == []
    assert dict(read(again).get_element_by_id("ask").form_values())["number"] == "3"


def test_a_test_goes_to_who_asks_and_counts_for_no_letter(app, database, settings):
    client = signed_in(app, database)
    letter_id = take_in(database, 2)
    read_in_french(database, letter_id)
    given = shown_first(client, letter_id, "circulate") | {"note_fr": "À bientôt.", "language": "fr"}

    for _ in range(TESTS.amount):
        assert client.post(f"/letters/{letter_id}/ask/test", data=given).status_code == 303
    too_many = client.post(f"/letters/{letter_id}/ask/test", data=given)

    assert too_many.status_code == 409
    assert field(too_many, "ask", "note_fr")[0].strip() == "À bientôt."
    with database.reading() as session:
        tests = list(session.scalars(select(Delivery).where(Delivery.kind == "sample")))
        assert {(one.letter_id, one.invitation_id, one.address) for one in tests} == {(None, None, "anna@example.org")}
        assert len(tests) == TESTS.amount
        content = write_many(session, [tests[0].id])[tests[0].id].content
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert mail["Subject"].startswith("[Test] ")
    for kind in ("plain", "html"):
        said = mail.get_body((kind,)).get_content()
        assert "À bientôt." in said
        assert NO_LINK in said
        assert "n’ouvre rien" in said
    assert actions(database, letter_id).count("delivery.queued") == 0
    assert app.test_client().get(f"/s/{NO_LINK}").status_code == 200


def test_a_deadline_is_set_where_there_is_none(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 1, deadline=None)
    page = client.get(f"/letters/{letter_id}/ask?act=circulate")
    given = shown_first(client, letter_id, "circulate")

    wrong = client.post(f"/letters/{letter_id}/ask", data=given | {"deadline": "2020-01-01T10:00", "note_en": "Kept"})
    right = client.post(
        f"/letters/{letter_id}/ask", data=given | {"deadline": "2030-01-01T10:00"}, follow_redirects=True
    )

    assert "No deadline set" in page.text
    assert wrong.status_code == 400
    assert any("in the past" in said for said in field(wrong, "ask", "deadline")[1])
    assert field(wrong, "ask", "note_en")[0].strip() == "Kept"
    assert "1 January 2030" in right.text
    # Once it is before its co-signers, a deadline concerns them: that is shown where it is moved.
    act(database, drafts.set_deadline, letter_id, None, ANNA)
    open_sign_off(database, letter_id)
    given = shown_first(client, letter_id, "remind")
    before = len(mails(database, letter_id, "deadline_moved"))
    refused = client.post(f"/letters/{letter_id}/ask", data=given | {"deadline": "2030-01-01T10:00"})
    assert (refused.status_code, "deadline" in given) == (409, False)
    assert len(mails(database, letter_id, "deadline_moved")) == before


def test_who_has_no_address_is_named_and_leads_to_its_page(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 2)
    with database.writing() as session:
        one = session.get_one(Invitation, invitation_id(database, letter_id))
        one.email = ""

    page = client.get(f"/letters/{letter_id}/ask?act=circulate")

    assert f"/letters/{letter_id}/invitations/{one.id}" in page.text
    assert read(page).xpath("//form[@id='ask']//button[@disabled]")


def test_the_list_leads_to_an_invitation_of_the_rest(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    where = f"/letters/{letter_id}/ask?act=write_to_rest"
    assert where not in client.get(f"/letters/{letter_id}/cosigners").text
    with database.writing() as session:
        row = drafts.locked_letter(session, letter_id)
        invitations.put_on_the_list(session, row, [cosigners(3)[2]], ANNA)

    assert where in client.get(f"/letters/{letter_id}/cosigners").text
    given = shown_first(client, letter_id, "write_to_rest")
    assert client.post(f"/letters/{letter_id}/rest", data=given).status_code == 303
    assert [m.address for m in mails(database, letter_id, "invitation")][-1] == "c@example.org"
