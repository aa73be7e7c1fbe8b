"""Several contacts of an organisation: each has a link, whoever answers first answers for it, and all are told."""

from __future__ import annotations

import email
import threading
from concurrent.futures import ThreadPoolExecutor
from email import policy

import pytest
import sqlalchemy as sa

from tests.support.browsing import csrf, signed_in
from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    correct,
    cosigners,
    digest,
    findings,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    standing,
    take_in,
    tell,
    terms,
    words,
)
from workflow import history
from workflow.campaigns import (
    contacts,
    corrections,
    drafts,
    invitations,
    lifecycle,
    lists,
    more_contacts,
    reading_links,
)
from workflow.errors import AnsweredError, InputError, NotFoundError, RefusedError
from workflow.group_commit import GroupCommit
from workflow.imports import cosigner_lists
from workflow.mails import writing
from workflow.models import Invitation, Letter, Link, User
from workflow.signoffs import answers, codes, delegation, readers, requests, review

BEA = ("Bea", "bea@example.org")


def place(database, letter_id, number=0):
    with database.reading() as session:
        return letter_id, session.get_one(Letter, letter_id).invitations[number].id


def beside(database, letter_id, name="Bea", address="bea@example.org", number=0) -> str:
    """One more contact; returns its id."""
    return act(database, more_contacts.add, *place(database, letter_id, number), name, address, ANNA).id


def link_of(database, contact_id) -> str:
    living = (Link.contact_id == contact_id, Link.revoked_at.is_(None), Link.purpose == "answer")
    with database.reading() as session:
        return session.scalars(sa.select(Link.id).where(*living)).one()


def sent_to(database, letter_id, kind):
    return [mail.address for mail in mails(database, letter_id, kind)]


def said(database, mail):
    with database.reading() as session:
        content = writing.write(session, session.merge(mail, load=False))
    return email.message_from_bytes(content, policy=policy.default)


def token_of(database, link_id):
    with database.reading() as session:
        return session.tokens.links(link_id)[0]


def seen(database, letter_id) -> str:
    """What a page of the first organisation says of the answer that it shows."""
    with database.reading() as session:
        return answers.shown_as(session.get_one(Invitation, place(database, letter_id)[1]))


# --- asked ------------------------------------------------------------------------------------------------------------


def test_each_is_asked_with_a_link_of_their_own_and_called_by_their_own_name(database):
    letter_id = take_in(database, 2)
    contact = beside(database, letter_id)
    open_sign_off(database, letter_id)

    asked, one = mails(database, letter_id, "invitation"), place(database, letter_id)[1]
    first, other = sorted((m for m in asked if m.invitation_id == one), key=lambda mail: mail.address)
    assert [first.address, other.address] == ["a@example.org", "bea@example.org"]
    links = [link_ids(database, letter_id)[0], link_of(database, contact)]
    assert links[0] != links[1]
    words = [said(database, mail).get_body(("plain",)).get_content() for mail in (first, other)]
    assert [token_of(database, link) in text for link, text in zip(links, words, strict=True)] == [True, True]
    assert token_of(database, links[0]) not in words[1]
    assert "Dear Person A," in words[0]
    assert "Dear Bea," in words[1]
    assert said(database, other)["To"] == "Bea <bea@example.org>"
    assert findings(database, letter_id) == []


def test_who_is_added_later_is_asked_alone_and_all_of_them_for_each_new_version(database, letter_id):
    beside(database, letter_id)
    assert sent_to(database, letter_id, "invitation").count("bea@example.org") == 1
    assert len(mails(database, letter_id, "invitation")) == 3

    sign(database, letter_id)
    correct(database, letter_id, small=False)

    asked = [
        m.address for m in mails(database, letter_id, "revised") if m.about["digest"] == digest(database, letter_id)
    ]
    assert sorted(asked) == ["a@example.org", "b@example.org", "bea@example.org"]
    assert findings(database, letter_id) == []


def test_an_address_is_written_to_once_and_is_nobodys_twice(database, letter_id):
    beside(database, letter_id)
    for address in ("A@example.org", "BEA@example.org"):
        with pytest.raises(InputError):
            beside(database, letter_id, "X", address)
    where = place(database, letter_id)
    with pytest.raises(InputError):
        act(database, invitations.set_second_contact, *where, "Bea@example.org", ANNA)
    with pytest.raises(InputError):
        act(database, invitations.set_contact, *where, "bea@example.org", ANNA)
    for number in range(8):
        beside(database, letter_id, "", f"more{number}@example.org")
    with pytest.raises(InputError, match="at most 10"):
        beside(database, letter_id, "", "eleven@example.org")
    with database.reading() as session:
        known = contacts.addresses(session, [where[1]])[where[1]]
    assert len(known) == len(set(known)) == 10


def test_a_contact_of_another_organisation_is_nobody_here(database, letter_id):
    contact = beside(database, letter_id)
    elsewhere = place(database, letter_id, 1)

    for do, given in ((more_contacts.correct, BEA), (more_contacts.remove, ())):
        with pytest.raises(NotFoundError):
            act(database, do, *elsewhere, contact, *given, ANNA)


# --- corrected, removed -----------------------------------------------------------------------------------------------


def test_another_address_gets_another_link_and_the_old_one_ends(database, letter_id):
    contact = beside(database, letter_id)
    before, first = link_of(database, contact), link_ids(database, letter_id)[0]
    where = place(database, letter_id)

    act(database, more_contacts.correct, *where, contact, "Beatrice", "bea@example.org", ANNA)
    assert link_of(database, contact) == before
    act(database, more_contacts.correct, *where, contact, "Beatrice", "beatrice@example.org", ANNA)

    assert link_of(database, contact) != before
    assert link_ids(database, letter_id)[0] == first
    with pytest.raises(NotFoundError):
        act(database, answers.sign, before, answer(database, letter_id))
    waiting = [m.address for m in mails(database, letter_id, "invitation") if m.state == "queued"]
    assert "bea@example.org" not in waiting
    assert "beatrice@example.org" in waiting
    assert findings(database, letter_id) == []


def test_the_link_of_whoever_is_removed_dies_and_what_they_answered_stays(database, letter_id):
    contact = beside(database, letter_id)
    link = link_of(database, contact)
    act(database, answers.sign, link, answer(database, letter_id, name="Bea"))

    act(database, more_contacts.remove, *place(database, letter_id), contact, ANNA)

    assert invitation_states(database, letter_id)[0] == "signed"
    with pytest.raises(NotFoundError):
        act(database, answers.retract, link)
    correct(database, letter_id, small=False)
    assert "bea@example.org" not in [m.address for m in mails(database, letter_id, "revised")]
    act(
        database,
        answers.decline,
        link_ids(database, letter_id)[0],
        digest(database, letter_id),
        "No.",
        after=seen(database, letter_id),
    )
    assert findings(database, letter_id) == []


def test_all_links_end_with_the_invitation_and_all_get_new_ones_where_they_may_have_leaked(database, letter_id):
    contact = beside(database, letter_id)
    before = link_of(database, contact)
    act(database, invitations.replace_links, letter_id, ANNA)
    assert link_of(database, contact) != before
    act(database, invitations.set_contact, *place(database, letter_id), "new@example.org", ANNA)
    kept = link_of(database, contact)
    act(database, invitations.resend, *place(database, letter_id), ANNA)
    assert link_of(database, contact) == kept
    act(database, invitations.replace_link, *place(database, letter_id), ANNA)
    assert link_of(database, contact) != kept
    act(database, invitations.revoke, *place(database, letter_id), ANNA)

    with database.reading() as session:
        living = sa.select(Link.id).where(
            Link.invitation_id == place(database, letter_id)[1], Link.revoked_at.is_(None)
        )
        assert session.scalars(living).all() == []
    assert findings(database, letter_id) == []


def test_a_contact_passes_on_their_own_place_alone(database, letter_id):
    contact = beside(database, letter_id)
    link, first = link_of(database, contact), link_ids(database, letter_id)[0]

    act(database, delegation.delegate, link, "Dara", "dara@example.org", sure=True)

    with database.reading() as session:
        invitation = session.get_one(Invitation, place(database, letter_id)[1])
        assert (invitation.email, invitation.signatory) == ("a@example.org", "Person A")
        assert [(one.name, one.email) for one in invitation.others] == [("Dara", "dara@example.org")]
    assert sent_to(database, letter_id, "handed_over") == ["bea@example.org"]
    assert link_ids(database, letter_id)[0] == first
    act(database, delegation.delegate, first, "Ann", "ann@example.org", sure=True)
    act(database, answers.sign, link_of(database, contact), answer(database, letter_id, name="Dara"))
    assert findings(database, letter_id) == []


# --- answering --------------------------------------------------------------------------------------------------------


def test_whoever_answers_first_answers_for_it_and_the_other_is_told_who_and_when(app, database, letter_id):
    contact = beside(database, letter_id)
    first, other = link_ids(database, letter_id)[0], link_of(database, contact)
    act(database, answers.sign, other, answer(database, letter_id, name="Bea"))

    for do, given in (
        (answers.sign, (answer(database, letter_id, name="Person A"),)),
        (answers.decline, (digest(database, letter_id), "No.")),
    ):
        with pytest.raises(AnsweredError, match=r"Bea \(bea@example.org\) has answered"):
            act(database, do, first, *given)

    assert standing(database, letter_id) == [("ORGA", "confirmed")]
    assert sorted(sent_to(database, letter_id, "receipt")) == ["a@example.org", "bea@example.org"]
    client = app.test_client()
    page = client.get(f"/s/{token_of(database, first)}", follow_redirects=True)
    assert "It was answered by Bea (bea@example.org)." in page.text
    assert "how to withdraw" in page.text
    assert findings(database, letter_id) == []


def test_any_of_them_may_withdraw_and_sign_again_and_all_get_each_receipt(database, letter_id):
    contact = beside(database, letter_id)
    first, other = link_ids(database, letter_id)[0], link_of(database, contact)
    act(database, answers.sign, first, answer(database, letter_id))
    shown = seen(database, letter_id)
    act(database, answers.retract, other, "Our board", after=shown)
    act(database, answers.sign, first, answer(database, letter_id, after=seen(database, letter_id)))
    with pytest.raises(AnsweredError, match="has answered for your organisation"):
        act(database, answers.retract, other, "From a page that shows what was withdrawn since", after=shown)

    assert sorted(sent_to(database, letter_id, "receipt")) == 3 * ["a@example.org"] + 3 * ["bea@example.org"]
    assert findings(database, letter_id) == []


@pytest.mark.parametrize("turn", range(6))
def test_of_two_who_answer_differently_at_once_the_first_counts_and_nothing_of_the_other(database, letter_id, turn):
    contact = beside(database, letter_id)
    links = [link_ids(database, letter_id)[0], link_of(database, contact)]
    given, text = answer(database, letter_id), digest(database, letter_id)
    start, commits = threading.Barrier(2, timeout=60), GroupCommit(database)

    def signs():
        start.wait()
        return commits.do(answers.sign_all, (links[turn % 2], given), letter_id)

    def declines():
        start.wait()
        return act(database, answers.decline, links[1 - turn % 2], text, "No.")

    with ThreadPoolExecutor(2) as pool:
        told = [pool.submit(signs), pool.submit(declines)]
        refused = [one.exception() for one in told]

    assert sorted(type(one).__name__ for one in refused) == ["AnsweredError", "NoneType"]
    won = "signed" if refused[0] is None else "declined"
    assert invitation_states(database, letter_id)[0] == won
    answered = [one for one in actions(database, letter_id) if one in ("invitation.sign", "invitation.decline")]
    assert len(answered) == 1
    assert len(standing(database, letter_id)) == (won == "signed")
    assert findings(database, letter_id) == []


def test_a_code_goes_to_whose_link_it_is_and_nobody_uses_up_the_others(database):
    letter_id = take_in(database, 1, code_required=True)
    open_sign_off(database, letter_id)
    contact = beside(database, letter_id)
    first, other = link_ids(database, letter_id)[0], link_of(database, contact)

    for _ in range(5):
        act(database, codes.send_code, other, "browser")
    with pytest.raises(RefusedError, match="five codes"):
        act(database, codes.send_code, other, "browser")
    act(database, codes.send_code, first, "browser")

    assert sent_to(database, letter_id, "code") == 5 * ["bea@example.org"] + ["a@example.org"]


def test_a_link_is_mailed_again_to_whichever_contact_asks_for_it(database, letter_id):
    contact = beside(database, letter_id)
    link = link_of(database, contact)
    with database.reading() as session:
        assert requests.waits(session, "Bea@Example.org")

    assert act(database, requests.mail_again, "bea@example.org") == 1

    assert link_of(database, contact) == link
    assert sent_to(database, letter_id, "sign_off")[-1] == "bea@example.org"


def test_silence_rests_on_the_mail_to_the_first_contact_alone(database):
    letter_id = take_in(database, 1, objection_hours=24)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    beside(database, letter_id)
    correct(database, letter_id)
    told = {m.address: m.about.get("objection_hours") for m in mails(database, letter_id, "revised")}
    assert told == {"a@example.org": 24, "bea@example.org": 24}
    tell(database, letter_id)
    with database.reading() as session:
        record = corrections.read(session, letter_id)
    (consent,) = record.consents.values()
    first = next(m for m in mails(database, letter_id, "revised") if m.address == "a@example.org")
    assert consent.told.about["delivery"] == first.id


# --- colleagues who read ----------------------------------------------------------------------------------------------


def test_a_colleague_reads_by_a_link_that_does_nothing_else(app, database, letter_id):
    first = link_ids(database, letter_id)[0]
    made = act(database, readers.add, first, "Cleo", "cleo@example.org")
    (mail,) = mails(database, letter_id, "to_read")
    assert mail.address == "cleo@example.org"
    assert token_of(database, made.id) in said(database, mail).get_body(("plain",)).get_content()
    client = app.test_client()

    page = client.get(f"/s/{token_of(database, made.id)}", follow_redirects=True)

    assert "A letter for you to read" in page.text
    assert "First paragraph of the letter" in page.text
    assert "<form" not in page.text
    for do, given in (
        (answers.sign, (answer(database, letter_id),)),
        (answers.decline, (digest(database, letter_id), "No.")),
        (answers.retract, ()),
        (review.comment, (digest(database, letter_id), 1, "Words")),
        (requests.ask_for_time, ("A day",)),
        (codes.send_code, ("browser",)),
        (readers.add, ()),
    ):
        with pytest.raises(NotFoundError):
            act(database, do, made.id, *given)
    assert findings(database, letter_id) == []


def test_what_is_said_in_private_is_not_shown_to_whoever_reads(app, database):
    letter_id = take_in(database, 2, comments_shared=True)
    act(database, lifecycle.circulate, letter_id, ANNA)
    first, second = link_ids(database, letter_id)
    act(database, review.comment, first, digest(database, letter_id), 1, "Among ourselves", shared=False)
    act(database, review.comment, second, digest(database, letter_id), 1, "For everybody")
    made = act(database, readers.add, first)

    page = app.test_client().get(f"/s/{token_of(database, made.id)}", follow_redirects=True).text

    assert "For everybody" in page
    assert "Among ourselves" not in page
    assert "Reply" not in page


def test_such_links_are_counted_ended_by_either_side_and_end_with_the_other(app, database, letter_id):
    contact = beside(database, letter_id)
    first, other = link_ids(database, letter_id)[0], link_of(database, contact)
    made = [act(database, readers.add, link) for link in (first, first, other)]
    where = place(database, letter_id)
    staff = signed_in(app, database)
    page = staff.get(f"/letters/{letter_id}/invitations/{where[1]}")
    assert "3 links to read" in page.text
    ended = staff.post(
        f"/letters/{letter_id}/invitations/{where[1]}/readers/{made[0].id}/end", data={"csrf_token": csrf(page)}
    )
    assert ended.status_code == 303
    act(database, readers.end, other, made[1].id)
    act(database, more_contacts.remove, *where, contact, ANNA)

    with database.reading() as session:
        assert reading_links.living(session, where[1]) == []
    for one in made:
        assert app.test_client().get(f"/s/{token_of(database, one.id)}").status_code == 404
    for _ in range(readers.MOST):
        act(database, readers.add, first)
    with pytest.raises(RefusedError, match="End one first"):
        act(database, readers.add, first)
    assert findings(database, letter_id) == []


# --- on the pages -----------------------------------------------------------------------------------------------------


def test_the_page_of_an_organisation_names_the_language_of_emails_in_the_language_of_its_reader(
    app, database, letter_id
):
    address = f"/letters/{letter_id}/invitations/{place(database, letter_id)[1]}"
    page = signed_in(app, database).get(address, headers={"Accept-Language": "es"})
    assert "El idioma de la carta" in page.text
    assert "The letter’s language" not in page.text


def test_a_coordinator_adds_corrects_and_removes_a_contact_on_the_page(app, database, letter_id):
    staff = signed_in(app, database)
    address = f"/letters/{letter_id}/invitations/{place(database, letter_id)[1]}"
    page = staff.get(address)

    def post(where, **fields):
        data = {"csrf_token": csrf(page)} | fields
        return staff.post(f"{address}/contacts{where}", data=data, follow_redirects=True)

    assert "Enter an email address." in post("", name="Bea", email="").text
    assert "already a contact" in post("", name="Bea", email="a@example.org").text
    assert "Contact added." in post("", name="Bea", email="bea@example.org").text
    with database.reading() as session:
        (contact,) = session.get_one(Invitation, place(database, letter_id)[1]).others
    assert 'value="Beatrice"' in post(f"/{contact.id}", name="Beatrice", email="bea@example.org").text
    assert "beatrice" not in post(f"/{contact.id}/remove").text.casefold()


def test_a_co_signer_makes_and_ends_a_link_for_colleagues_on_the_page(app, database, letter_id):
    client = app.test_client()
    page = client.get(f"/s/{token_of(database, link_ids(database, letter_id)[0])}", follow_redirects=True)
    assert "Let colleagues read it" in page.text

    def post(where, **fields):
        return client.post(
            f"{page.request.path}{where}", data={"csrf_token": csrf(page)} | fields, follow_redirects=True
        )

    assert "not an email address" in post("/readers", name="", email="nonsense", sure="y").text
    made = post("/readers", name="Cleo", email="", sure="y")
    assert "The link is ready" in made.text
    with database.reading() as session:
        (link,) = reading_links.living(session, page.request.path.rpartition("/")[2])
    assert f"/s/{token_of(database, link.id)}" in made.text
    assert "That link has ended." in post(f"/readers/{link.id}/end").text


# --- from the directory, and from lists -------------------------------------------------------------------------------


def test_whom_the_directory_names_beside_the_first_is_asked_too_and_so_are_its_four_eyes(app, database):
    first = take_in(database, 1)
    staff = signed_in(app, database)
    with database.reading() as session:
        known = session.get_one(Letter, first).invitations[0].organisation.known_id
    page = staff.get(f"/organisations/{known}")
    typed = {"csrf_token": csrf(page), "contact_name": "Bea", "email": "bea@example.org", "also_asked": "y"}
    assert "Also asked" in staff.post(f"/organisations/{known}/contacts", data=typed, follow_redirects=True).text
    whole = {"csrf_token": csrf(page), "name": "Organisation A", "acronym": "ORGA", "four_eyes": "y"}
    assert staff.post(f"/organisations/{known}", data=whole).status_code == 303

    with database.writing() as session:
        campaign = session.get_one(Letter, first).campaign
        given = {"dated": None, "terms": terms(), "campaign": campaign}
        second = drafts.take_in(session, words(), cosigners(1), ANNA, **given).id
    open_sign_off(database, second)

    assert sorted(sent_to(database, second, "invitation")) == ["a@example.org", "bea@example.org"]
    with database.reading() as session:
        assert session.get_one(Letter, second).invitations[0].four_eyes
    assert findings(database, second) == []


def test_further_addresses_of_a_pasted_list_are_contacts_too(database):
    letter_id = take_in(database, 1)
    pasted = "Organisation\tEmail\nNew Voices\tone@new.example; two@new.example\nNew Voices\tthree@new.example\n"
    draft = lists.Draft(cosigner_lists.read_text(pasted).rows)
    with database.writing() as session:
        session.add(User(id="a" * 32, email="anna@example.org", name="Anna"))
        session.flush()
        lists.keep(session, letter_id, "a" * 32, draft)
    act(database, lists.save, letter_id, history.coordinator("a" * 32), user_id="a" * 32)

    with database.reading() as session:
        added = session.get_one(Letter, letter_id).invitations[1]
        assert added.email == "one@new.example"
        assert [one.email for one in added.others] == ["two@new.example", "three@new.example"]
    assert findings(database, letter_id) == []
