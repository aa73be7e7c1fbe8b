"""Nobody is printed who did not agree: whatever is done to a signature that was given to a text as it would be."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from tests.support.conditional import (
    NEW,
    OLD,
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
from tests.support.evidence import check as checked
from tests.support.evidence import entries_of, files_of, find, rewritten, said
from tests.support.factories import (
    ANNA,
    BODY,
    act,
    answer,
    digest,
    findings,
    invitation_states,
    link_ids,
    mails,
    sign,
    standing,
    state,
    take_in,
    terms,
    words,
)
from tests.support.lived import lived
from workflow.campaigns import comments, conditions, drafts, invitations, lifecycle, more_contacts
from workflow.errors import ConflictError, NotFoundError, RefusedError, SupersededError
from workflow.history import audit
from workflow.models import ConditionalSignoff, Invitation, Letter, Link
from workflow.signoffs import answers, conditional, delegation
from workflow.transaction import lock_letter

AGREED = BODY.replace(OLD, NEW)


@pytest.fixture
def letter_id(database):
    return lived(database, a_letter)


def a_letter(database):
    return asked(database)


@pytest.fixture
def suggestion(database, letter_id):
    return suggest(database, letter_id)


def opened_with(database, letter_id, body, **changes) -> None:
    """The coordinator writes another text by hand, and opens it."""
    if state(database, letter_id) != "drafting":
        act(database, lifecycle.revise, letter_id, "Otherwise.", ANNA)
    with database.reading() as session:
        version = session.get_one(Letter, letter_id).version
    act(database, drafts.edit, letter_id, words(body=body, **changes), ANNA, version=version, dated=None)
    open_again(database, letter_id)


def nobody(database, letter_id) -> None:
    assert agreed_signoffs(database) == []
    assert standing(database, letter_id) == []
    assert findings(database, letter_id) == []


# --- another text -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (AGREED.replace("thanks", "our thanks"), {}),
        (f"{AGREED}\n\nMore.", {}),
        (AGREED.replace("answer", "answer "), {"closing": "Yours,"}),
        (AGREED, {"salutation": "Dear Ministers,"}),
        (AGREED, {"subject": "Free the eighteen"}),
        (BODY, {}),
    ],
)
def test_another_text_never_counts_and_it_is_asked_as_everybody(database, letter_id, suggestion, body, changes):
    agree(database, letter_id, suggestion)
    opened_with(database, letter_id, body, **changes)

    assert outcomes(database, letter_id) == ["missed"]
    assert invitation_states(database, letter_id)[0] == "invited"
    asked_again = [*mails(database, letter_id, "revised"), *mails(database, letter_id, "sign_off")]
    assert [m.about.get("missed") for m in asked_again if m.address == "a@example.org"] == [True]
    assert {m.about.get("missed") for m in asked_again if m.address != "a@example.org"} == {None}
    nobody(database, letter_id)
    # Even where that very text comes later: what was missed is over.
    opened_with(database, letter_id, AGREED)
    nobody(database, letter_id)


def test_once_another_text_has_come_the_very_text_that_was_agreed_to_comes_too_late(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    opened_with(database, letter_id, f"{BODY}\n\nMore.")
    opened_with(database, letter_id, AGREED)

    assert outcomes(database, letter_id) == ["missed"]
    nobody(database, letter_id)


def test_the_same_text_counts_whichever_way_it_came_about(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    opened_with(database, letter_id, AGREED)

    assert agreed_signoffs(database) == [("ORGA", "Person A", True)]
    assert findings(database, letter_id) == []


def test_two_suggestions_together_are_what_nobody_agreed_to(database, letter_id, suggestion):
    other = suggest(database, letter_id, 1, "Second paragraph", "This paragraph")
    agree(database, letter_id, suggestion)
    agree(database, letter_id, other, 1)
    for one in (suggestion, other):
        act(database, comments.choose, letter_id, one, ANNA, chosen=True)
    act(database, comments.accept_chosen, letter_id, "Both.", ANNA)
    open_again(database, letter_id)

    assert outcomes(database, letter_id) == ["missed", "missed"]
    nobody(database, letter_id)


def test_one_has_one_agreement_at_a_time(database, letter_id, suggestion):
    other = suggest(database, letter_id, 0, "Second paragraph", "This paragraph")
    first = agree(database, letter_id, suggestion)

    assert agree(database, letter_id, suggestion).id == first.id, "pressed twice"
    with pytest.raises(RefusedError, match="already agreed"):
        agree(database, letter_id, other)
    take_back(database, letter_id)
    agree(database, letter_id, other)
    take_over(database, letter_id, suggestion)
    open_again(database, letter_id)
    assert outcomes(database, letter_id) == ["taken_back", "missed"]
    nobody(database, letter_id)


# --- what was not shown -----------------------------------------------------------------------------------------------


def test_it_agrees_to_what_it_was_shown_and_to_nothing_else(database, letter_id, suggestion):
    other = suggest(database, letter_id, 1, "Second paragraph", "This paragraph")
    for forged in (digest(database, letter_id), "0" * 64, shown(database, letter_id, other).digest):
        with pytest.raises(RefusedError, match="text has changed"):
            agree(database, letter_id, suggestion, agreed=forged)
    with pytest.raises(SupersededError):
        agree(database, letter_id, suggestion, digest="0" * 64)
    for left_out in ({"authorised": False}, {"name": " "}):
        with pytest.raises(RefusedError):
            agree(database, letter_id, suggestion, **left_out)
    assert outcomes(database, letter_id) == []


def test_a_suggestion_of_another_letter_or_of_somebody_who_does_not_share_it_is_none(database, letter_id, suggestion):
    elsewhere = asked(database)
    foreign = suggest(database, elsewhere)
    alone = asked(database, comments_shared=False)
    unshared = suggest(database, alone, 1)
    for where, forged in ((letter_id, foreign), (letter_id, "f" * 32), (alone, unshared)):
        link, given = link_ids(database, where)[0], answer(database, where)
        with pytest.raises(RefusedError, match="no such suggestion"):
            act(database, conditional.agree, link, forged, "0" * 64, given)
    act(database, comments.dismiss, letter_id, suggestion, ANNA)
    with pytest.raises(RefusedError, match="already accepted or dismissed"):
        agree(database, letter_id, suggestion, agreed="0" * 64)


def test_where_two_have_to_agree_one_does_not_alone(database):
    letter_id = asked(database)
    suggestion = suggest(database, letter_id)
    agree(database, letter_id, suggestion)
    with database.writing() as session:
        lock_letter(session, letter_id)
        session.execute(sa.update(Letter).where(Letter.id == letter_id).values(four_eyes=True))
    with pytest.raises(RefusedError, match="second person"):
        agree(database, letter_id, suggestion, 1)
    take_over(database, letter_id, suggestion)
    open_again(database, letter_id)

    assert outcomes(database, letter_id) == ["missed"], "it was wanted since"
    assert agreed_signoffs(database) == []


# --- what ends it -----------------------------------------------------------------------------------------------------


def hands_over(database, letter_id):
    act(database, delegation.delegate, link_ids(database, letter_id)[0], "Nina", "nina@example.org", sure=True)


def of_one(act_on):
    def do(database, letter_id):
        with database.reading() as session:
            invitation = session.get_one(Letter, letter_id).invitations[0].id
        act_on(database, letter_id, invitation)

    return do


ENDINGS = {
    "taken back": (take_back, "taken_back"),
    "signed as it is": (lambda db, letter: sign(db, letter, 0), "ended"),
    "declined": (
        lambda db, letter: act(db, answers.decline, link_ids(db, letter)[0], digest(db, letter), "No."),
        "ended",
    ),
    "passed on": (hands_over, "ended"),
    "another contact": (
        of_one(lambda db, letter, one: act(db, invitations.set_contact, letter, one, "x@example.org", ANNA)),
        "ended",
    ),
    "revoked": (of_one(lambda db, letter, one: act(db, invitations.revoke, letter, one, ANNA)), "ended"),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_what_ended_it_ended_it(database, letter_id, suggestion, how):
    end, outcome = ENDINGS[how]
    agree(database, letter_id, suggestion)
    end(database, letter_id)
    assert outcomes(database, letter_id) == [outcome]
    take_over(database, letter_id, suggestion)
    open_again(database, letter_id)

    assert agreed_signoffs(database) == []
    assert findings(database, letter_id) == []


def test_it_ends_with_the_contact_who_gave_it_and_a_link_to_read_gives_none(database, letter_id, suggestion):
    with database.reading() as session:
        one = session.get_one(Letter, letter_id).invitations[0].id
    other = act(database, more_contacts.add, letter_id, one, "Bo", "bo@example.org", ANNA)
    with database.reading() as session:
        link = session.get_one(Invitation, one).link_of(other.id).id
    agreed, given = shown(database, letter_id, suggestion).digest, answer(database, letter_id)
    act(database, conditional.agree, link, suggestion, agreed, given)
    assert {m.address for m in mails(database, letter_id, "condition")} == {"a@example.org", "bo@example.org"}
    act(database, more_contacts.remove, letter_id, one, other.id, ANNA)

    assert outcomes(database, letter_id) == ["ended"]
    with pytest.raises(NotFoundError):
        act(database, conditional.agree, link, suggestion, agreed, given)
    with database.writing() as session:
        session.execute(sa.update(Link).where(Link.id == link).values(purpose="read", revoked_at=None))
    for try_it in (
        lambda: act(database, conditional.agree, link, suggestion, agreed, given),
        lambda: act(database, conditional.take_back, link),
    ):
        with pytest.raises(NotFoundError):
            try_it()


def test_a_dismissed_suggestion_ends_it_and_whoever_agreed_is_told_once(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    agree(database, letter_id, suggestion, 1)
    act(database, comments.dismiss, letter_id, suggestion, ANNA)

    told = [(m.address, m.about["what"]) for m in mails(database, letter_id, "condition")][2:]
    assert told == [("a@example.org", "dismissed"), ("b@example.org", "dismissed")]
    assert mails(database, letter_id, "reply") == [], "who suggested it is told by the same mail"
    opened_with(database, letter_id, AGREED)
    assert outcomes(database, letter_id) == ["missed", "missed"]
    nobody(database, letter_id)


def test_a_cancelled_letter_leaves_nothing_open(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    act(database, lifecycle.withdraw, letter_id, "No more.", ANNA)

    assert outcomes(database, letter_id) == ["ended"]
    with pytest.raises(RefusedError):
        take_back(database, letter_id)


def test_silence_makes_none_count_and_whoever_lapsed_is_asked(database, suggestion, letter_id, later):
    """A minor correction that misses it: nobody stays by silence, for nothing was signed."""
    agree(database, letter_id, suggestion)
    act(database, drafts.set_terms, letter_id, terms(objection_hours=1), ANNA)
    opened_with(database, letter_id, BODY.replace("something", "a word"))
    later(days=8)
    act(database, answers.lapse, letter_id, 10)

    assert invitation_states(database, letter_id) == ["lapsed"] * 3
    nobody(database, letter_id)


def test_a_deadline_that_passes_keeps_it_from_counting(database, letter_id, suggestion, later):
    """Whoever lapsed is asked no more; whom a later deadline asks again goes on to agree, for nobody took that back."""
    agree(database, letter_id, suggestion)
    agree(database, letter_id, suggestion, 1)
    later(days=8)
    act(database, answers.lapse, letter_id, 10)
    take_over(database, letter_id, suggestion)
    act(database, drafts.set_terms, letter_id, terms(deadline=None), ANNA)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert conditions.outlook(session, row, row.text().digest()).missing == ()
    act(database, lifecycle.withdraw, letter_id, "No more.", ANNA)

    assert outcomes(database, letter_id) == ["ended", "ended"]
    nobody(database, letter_id)


def test_review_alone_signs_nothing(database):
    letter_id = take_in(database, 2)
    act(database, lifecycle.circulate, letter_id, ANNA)
    suggestion = suggest(database, letter_id)
    agree(database, letter_id, suggestion)
    take_over(database, letter_id, suggestion)
    act(database, lifecycle.circulate, letter_id, ANNA)
    assert (outcomes(database, letter_id), agreed_signoffs(database)) == ([""], [])
    open_again(database, letter_id)

    assert agreed_signoffs(database) == [("ORGA", "Person A", True)]
    assert findings(database, letter_id) == []


def test_a_code_is_asked_for_to_agree_and_to_take_back(database):
    letter_id = asked(database, code_required=True)
    suggestion = suggest(database, letter_id)
    with pytest.raises(RefusedError, match="6-digit code"):
        agree(database, letter_id, suggestion)
    with pytest.raises(RefusedError, match="6-digit code"):
        agree(database, letter_id, suggestion, code="f" * 32)
    assert outcomes(database, letter_id) == []


# --- at once ----------------------------------------------------------------------------------------------------------


def test_taken_back_and_opened_at_once_is_one_or_the_other(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    take_over(database, letter_id, suggestion)
    link, done = link_ids(database, letter_id)[0], []

    def run(do):
        try:
            do()
        except (RefusedError, ConflictError) as refused:
            done.append(refused)

    doing = (
        lambda: act(database, conditional.take_back, link),
        lambda: act(database, lifecycle.open_sign_off, letter_id, ANNA),
    )
    threads = [threading.Thread(target=run, args=(do,)) for do in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert done == []
    (outcome,) = outcomes(database, letter_id)
    assert (outcome, len(agreed_signoffs(database))) in (("taken_back", 0), ("met", 1))
    assert findings(database, letter_id) == []


# --- the database, and the evidence -----------------------------------------------------------------------------------


def compared(database, letter_id) -> list[str]:
    with database.reading() as session:
        return audit.compare(session, session.get_one(Letter, letter_id), audit.read_log(session, letter_id)).invalid


@pytest.mark.parametrize("column", ["digest", "invitation_id", "outcome", "name", "base"])
def test_an_agreement_that_is_changed_in_the_database_is_found(database, letter_id, suggestion, column):
    agree(database, letter_id, suggestion)
    with database.writing() as session:
        second = session.get_one(Letter, letter_id).invitations[1].id
        other = {"invitation_id": second, "outcome": "met", "name": "Another"}.get(column, "0" * 64)
        session.execute(sa.update(ConditionalSignoff).values({column: other}))

    assert any(f": {column} is not the one" in found for found in compared(database, letter_id))


def test_an_agreement_that_nobody_gave_counts_in_no_evidence(database, letter_id, suggestion):
    """A row that was made by hand becomes a signature; tables and verifier both say that nobody agreed."""
    with database.writing() as session:
        row = session.get_one(Letter, letter_id)
        link = row.invitations[1].link.id
        made = {"base": row.revision.digest, "digest": words(body=AGREED).digest(), "name": "Person B", "sequence": 3}
        session.add(
            ConditionalSignoff(invitation_id=row.invitations[1].id, comment_id=suggestion, link_id=link, **made)
        )
    assert any("no entry of the history made a row" in found for found in compared(database, letter_id))
    take_over(database, letter_id, suggestion)
    open_again(database, letter_id)

    assert any(
        "by an agreement of that organisation that there never was" in one for one in findings(database, letter_id)
    )


def test_an_agreement_that_was_opened_again_by_hand_counts_in_no_evidence(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    take_back(database, letter_id)
    with database.writing() as session:
        session.execute(sa.update(ConditionalSignoff).values(outcome="", ended_at=None))
    take_over(database, letter_id, suggestion)
    open_again(database, letter_id)

    assert any("which had ended before" in found for found in findings(database, letter_id))


FORGED = {
    "to another text": ("condition.agreed", {"agreed": "0" * 64}, "was to another text"),
    "of another": ("invitation.fulfil", {"follows": 1}, "there never was"),
    "under another rule": ("invitation.fulfil", {"objection_hours": 999}, "another rule for minor corrections"),
    "no such suggestion": ("condition.agreed", {"comment": "0" * 32}, "no such suggestion"),
    "no authority": ("condition.agreed", {"authority_ticked": False}, "authority to sign was not claimed"),
    "of a text that was not there": ("condition.agreed", {"digest": "0" * 64}, "another text before it"),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_history_that_was_rewritten_is_found_out(database, letter_id, suggestion, how):
    agree(database, letter_id, suggestion)
    take_over(database, letter_id, suggestion)
    open_again(database, letter_id)
    files = files_of(database, letter_id)
    action, change, why = FORGED[how]
    entries = entries_of(files)
    entries[find(files, action)]["about"] |= change

    assert why in said(checked(database, rewritten(database, files, entries)))


@pytest.mark.parametrize("ended_by", ["another text", "the suggestion was dismissed"])
def test_a_history_that_is_silent_on_how_it_was_missed_is_found_out(database, letter_id, suggestion, ended_by):
    """Another text was opened, or the suggestion dismissed: it does not count for the one that comes later."""
    agree(database, letter_id, suggestion)
    if ended_by == "another text":
        opened_with(database, letter_id, f"{BODY}\n\nMore.")
    else:
        act(database, comments.dismiss, letter_id, suggestion, ANNA)
    opened_with(database, letter_id, AGREED)
    files = files_of(database, letter_id)
    entries = entries_of(files)
    given = entries[find(files, "condition.agreed")]
    silent = {"action": "time.granted", "about": {"invitation": given["about"]["invitation"]}}
    entries[find(files, "condition.ended")] |= silent
    counts = {"digest": given["about"]["agreed"], "basis": "agreed_before", "follows": given["seq"]}
    counts |= {"invitation": given["about"]["invitation"]}
    entries[-1] |= {"action": "invitation.fulfil", "about": counts}

    assert "which had ended before" in said(checked(database, rewritten(database, files, entries)))


def test_an_approval_that_passes_over_whoever_agreed_is_found_out(database, letter_id, suggestion):
    agree(database, letter_id, suggestion)
    take_over(database, letter_id, suggestion)
    with database.writing() as session:
        session.execute(sa.update(ConditionalSignoff).values(outcome="missed"))
    open_again(database, letter_id)
    sign(database, letter_id, 1)
    act(database, lifecycle.approve, letter_id, ANNA)

    assert any("without the organisation that agreed to this very text" in one for one in findings(database, letter_id))


def test_the_index_lets_one_be_open_for_each_organisation(database, letter_id, suggestion):
    made = agree(database, letter_id, suggestion)
    with pytest.raises(sa.exc.IntegrityError), database.writing() as session:
        row = session.get_one(Invitation, made.invitation_id)
        copied = {name: getattr(made, name) for name in ("base", "digest", "name", "link_id", "sequence", "comment_id")}
        session.add(ConditionalSignoff(invitation_id=row.id, **copied))
