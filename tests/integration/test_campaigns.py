"""What a coordinator does, on both databases."""

from datetime import timedelta

import pytest

from tests.support import mailing
from tests.support.factories import (
    ANNA,
    BODY,
    act,
    actions,
    approved,
    digest,
    dispatched,
    fingerprint,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    state,
    take_in,
    with_documents,
    words,
)
from workflow import deliveries, history
from workflow.campaigns import dispatch, drafts, lifecycle, printing
from workflow.campaigns import invitations as campaign_invitations
from workflow.campaigns.roster import roster
from workflow.errors import ConflictError, NotLockedError, RefusedError
from workflow.models import Delivery, Letter, now
from workflow.signoffs import answers, links


def test_a_letter_that_was_taken_in_is_in_drafting_with_its_cosigners(database):
    letter_id = take_in(database, 3)

    assert state(database, letter_id) == "drafting"
    assert invitation_states(database, letter_id) == ["invited"] * 3
    assert actions(database, letter_id) == ["letter.created", *["invitation.created"] * 3]


def test_circulating_mails_every_cosigner_once(database):
    letter_id = take_in(database, 3)

    act(database, lifecycle.circulate, letter_id, ANNA)

    assert state(database, letter_id) == "in_review"
    assert [m.address for m in mails(database, letter_id, "invitation")] == [
        "a@example.org",
        "b@example.org",
        "c@example.org",
    ]


def test_circulating_without_a_text_a_recipient_or_a_cosigner_says_all_that_is_missing(database):
    letter_id = take_in(database, 0, letter=words(body="", recipients=()))

    with pytest.raises(RefusedError) as refused:
        act(database, lifecycle.circulate, letter_id, ANNA)

    assert len(refused.value.reasons) == 3
    assert state(database, letter_id) == "drafting"


def test_opening_sign_off_after_review_asks_again_with_another_mail(database):
    letter_id = take_in(database, 1)
    act(database, lifecycle.circulate, letter_id, ANNA)

    open_sign_off(database, letter_id)

    assert len(mails(database, letter_id, "invitation")) == 1
    assert len(mails(database, letter_id, "sign_off")) == 1


def edited(database, letter_id, body):
    with database.reading() as session:
        version = session.get_one(Letter, letter_id).version
    act(database, drafts.edit, letter_id, words(body=body), ANNA, version=version, dated=None)


def test_a_revised_text_asks_who_has_signed_to_confirm(database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)

    act(database, lifecycle.revise, letter_id, "A typo.", ANNA)
    edited(database, letter_id, BODY + " More.")
    open_sign_off(database, letter_id)

    assert invitation_states(database, letter_id) == ["to_confirm", "invited"]
    assert len(mails(database, letter_id, "revised")) == 2
    with database.reading() as session:
        assert roster(session, session.get_one(Letter, letter_id)).counting == ()


def test_going_back_to_the_identical_text_makes_the_old_sign_offs_count_again(database):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    for body in (BODY + " More.", BODY):
        act(database, lifecycle.revise, letter_id, "Changed our mind.", ANNA)
        edited(database, letter_id, body)
        open_sign_off(database, letter_id)

    assert invitation_states(database, letter_id) == ["signed"]
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert (len(roster(session, row).counting), row.revision.number, len(row.revisions)) == (1, 1, 2)


def test_revising_without_a_reason_is_refused(database):
    letter_id = take_in(database)
    open_sign_off(database, letter_id)

    with pytest.raises(RefusedError, match="Enter a reason"):
        act(database, lifecycle.revise, letter_id, "  ", ANNA)


def test_an_edit_that_somebody_else_has_overtaken_is_refused(database):
    letter_id = take_in(database)
    act(database, drafts.edit, letter_id, words(body="Mine."), ANNA, version=1, dated=None)

    with pytest.raises(ConflictError):
        act(database, drafts.edit, letter_id, words(body="Theirs."), ANNA, version=1, dated=None)


def test_a_text_that_is_before_the_cosigners_cannot_be_edited(database):
    letter_id = take_in(database)
    open_sign_off(database, letter_id)

    with pytest.raises(RefusedError, match="Take it back to draft"):
        act(database, drafts.edit, letter_id, words(body="Other."), ANNA, version=1, dated=None)


def test_approval_waits_for_required_organisations_and_the_minimum(database):
    letter_id = take_in(database, 3, required=2, minimum=3)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)

    with pytest.raises(RefusedError) as refused:
        act(database, lifecycle.approve, letter_id, ANNA)

    assert tuple(map(str, refused.value.reasons)) == (
        "ORGB must sign before you can close signing.",
        "At least 3 signatures are needed; 1 so far.",
    )


def test_a_retraction_reopens_an_approved_letter(database):
    letter_id = approved(database, 2)

    act(database, answers.retract, link_ids(database, letter_id)[0])

    assert state(database, letter_id) == "sign_off"
    assert "letter.reopen" in actions(database, letter_id)


def test_dispatch_needs_documents_that_were_looked_at(database):
    letter_id = approved(database)
    with pytest.raises(RefusedError, match="ready yet"):
        act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)

    other = with_documents(database)
    with pytest.raises(RefusedError, match="Open the document"):
        act(database, dispatch.dispatch, other, "", ANNA)


def test_dispatch_queues_one_letter_for_each_office_with_the_stored_documents(database):
    letter_id = dispatched(database)

    sent = mails(database, letter_id, "letter")
    assert [(m.address, m.state) for m in sent] == [("office@example.org", "queued")]
    assert sent[0].about["docx"] is not None
    assert state(database, letter_id) == "sending"


def test_a_letter_is_never_dispatched_twice(database):
    letter_id = dispatched(database)

    with pytest.raises(RefusedError):
        act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)

    assert len(mails(database, letter_id, "letter")) == 1


def test_a_dispatch_set_ahead_waits_and_a_retraction_takes_it_off(database):
    letter_id = with_documents(database)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA, now() + timedelta(hours=1))
    assert state(database, letter_id) == "approved"

    act(database, answers.retract, link_ids(database, letter_id)[0])

    with database.reading() as session:
        assert session.get_one(Letter, letter_id).dispatch_at is None


def outcome(verdict, code=250):
    from emails.transport import Outcome

    return Outcome(verdict, code, "2.0.0 ok", "dot")


def delivered(database, letter_id, verdict="accepted"):
    leases = mailing.claim_all(database, letter_id)
    for lease in leases:
        act(database, mailing.mark, lease)
        act(database, mailing.report, lease, outcome(verdict))


def test_a_letter_is_sent_when_every_office_has_accepted_and_signatories_get_a_copy(database):
    letter_id = dispatched(database, 2)
    delivered(database, letter_id)

    assert act(database, dispatch.confirm, letter_id) is True

    assert state(database, letter_id) == "sent"
    assert {m.address for m in mails(database, letter_id, "copy")} == {"a@example.org", "b@example.org"}
    act(database, dispatch.confirm, letter_id)
    assert len(mails(database, letter_id, "copy")) == 2


def test_an_uncertain_letter_is_sent_again_by_a_person_only(database):
    letter_id = dispatched(database)
    delivered(database, letter_id, "uncertain")
    office = mails(database, letter_id, "letter")[0]
    assert office.state == "uncertain"
    with database.writing() as session:
        session.get_one(Delivery, office.id).next_at = now()

    with pytest.raises(RefusedError, match="Only a person"):
        act(database, deliveries.repeat, office.id, letter_id)
    act(database, dispatch.send_again, letter_id, office.id, ANNA)

    again = mails(database, letter_id, "letter")
    assert [(m.state, m.message_id) for m in again] == [("queued", office.message_id)]


def test_an_uncertain_letter_that_arrived_closes_the_matter(database):
    letter_id = dispatched(database)
    delivered(database, letter_id, "uncertain")

    act(database, dispatch.settle_as_sent, letter_id, mails(database, letter_id, "letter")[0].id, ANNA)

    assert state(database, letter_id) == "sent"


def test_a_refused_letter_goes_to_another_address_and_then_counts(database):
    letter_id = dispatched(database)
    delivered(database, letter_id, "rejected")
    refused = mails(database, letter_id, "letter")[0]

    act(database, dispatch.readdress, letter_id, refused.id, "desk@example.org", ANNA)
    delivered(database, letter_id)
    act(database, dispatch.confirm, letter_id)

    assert state(database, letter_id) == "sent"
    with pytest.raises(RefusedError):
        act(database, dispatch.readdress, letter_id, refused.id, "third@example.org", ANNA)


def test_withdrawing_cancels_what_has_not_left(database):
    letter_id = take_in(database)
    open_sign_off(database, letter_id)

    act(database, lifecycle.withdraw, letter_id, "Overtaken by events.", ANNA)

    assert {m.state for m in mails(database, letter_id, "invitation")} == {"cancelled"}
    assert state(database, letter_id) == "withdrawn"


def test_a_new_link_ends_the_old_one(database):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    old = link_ids(database, letter_id)[0]
    with database.reading() as session:
        invitation_id = session.get_one(Letter, letter_id).invitations[0].id

    act(database, campaign_invitations.replace_link, letter_id, invitation_id, ANNA)

    assert link_ids(database, letter_id)[0] != old
    with database.reading() as session:
        assert links.living_link(session, old, invitation_id) is None


def test_when_a_link_has_leaked_all_end_and_who_has_not_answered_gets_a_new_one(database):
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    old = link_ids(database, letter_id)
    with database.reading() as session:
        invitations = [invitation.id for invitation in session.get_one(Letter, letter_id).invitations]
    act(database, campaign_invitations.revoke, letter_id, invitations[2], ANNA)

    assert act(database, campaign_invitations.replace_links, letter_id, ANNA) == 2

    with database.reading() as session:
        assert not any(links.living_link(session, *pair) for pair in zip(old, invitations, strict=True))
        assert session.get_one(Letter, letter_id).invitations[0].link is not None
    assert [mail.address for mail in mails(database, letter_id, "invitation")][3:] == ["b@example.org"]
    assert invitation_states(database, letter_id) == ["signed", "invited", "revoked"]
    assert actions(database, letter_id).count("link.replaced") == 2


def test_the_database_holds_no_token(database, settings):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    with database.reading() as session:
        link = session.get_one(Letter, letter_id).invitations[0].link
        token = session.tokens.links(link.id)[0]
        assert links.find_link(session, token).id == link.id
        assert len(token) == 43
        stored = [
            value for row in session.execute(__import__("sqlalchemy").text("SELECT * FROM links")) for value in row
        ]

    assert token not in stored


def test_nothing_of_a_letter_changes_without_its_lock(database):
    letter_id = take_in(database)

    with pytest.raises(NotLockedError), database.writing() as session:
        history.append(session, letter_id, ANNA, history.actions.LetterSent())


def test_the_document_prints_exactly_the_sign_offs_that_count_in_the_agreed_order(database):
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    for number in (2, 0):
        sign(database, letter_id, number)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        printed = [s.organisation for s in printing.paper(row, row.recipients[0]).signatures]

    assert printed == ["Organisation A", "Organisation C"]
    assert digest(database, letter_id) == words().digest()


def test_a_letter_is_not_opened_with_a_deadline_that_has_passed(database):
    letter_id = take_in(database, 1, deadline=now() - timedelta(minutes=1))

    with pytest.raises(RefusedError, match="Set a new one first"):
        open_sign_off(database, letter_id)
