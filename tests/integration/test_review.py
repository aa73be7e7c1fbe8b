"""Review: comments, suggestions, replies, verdicts, on both databases; who may read what."""

import pytest

from tests.support.factories import (
    ANNA,
    BODY,
    act,
    actions,
    digest,
    link_ids,
    mails,
    open_sign_off,
    state,
    take_in,
    words,
)
from workflow import accounts, history
from workflow.campaigns import comments, drafts, lifecycle, stationery
from workflow.errors import RefusedError
from workflow.languages import lazy_gettext
from workflow.models import Letter
from workflow.signoffs import review


@pytest.fixture(params=[False, True], ids=["private", "shared"])
def shared(request):
    return request.param


@pytest.fixture
def in_review(database, shared):
    letter_id = take_in(database, 3, comments_shared=shared)
    act(database, lifecycle.circulate, letter_id, ANNA)
    return letter_id


def said(database, letter_id, number=0):
    """What one co-signer reads: who, words, replies."""
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[number]
        return [
            (t.who, t.comment.words, [(who, r.words) for who, r in t.replies])
            for t in review.threads(session, invitation).shown
        ]


def comment(database, letter_id, number=0, paragraph=2, words="Say by when."):
    return act(
        database, review.comment, link_ids(database, letter_id)[number], digest(database, letter_id), paragraph, words
    )


def suggest(database, letter_id, number=0, paragraph=2, old="asks for something", new="asks for an answer"):
    link, shown = link_ids(database, letter_id)[number], digest(database, letter_id)
    return act(
        database,
        review.suggest,
        link,
        review.Suggestion(digest=shown, paragraph=paragraph, replaces=old, replacement=new),
    )


def user(database):
    with database.writing() as session:
        return accounts.user(session, "anna@example.org", "Anna").id


def test_comments_are_read_by_those_that_the_campaign_allows(database, in_review, shared):
    comment(database, in_review, 0)

    assert said(database, in_review, 0) == [("ORGA", "Say by when.", [])]
    assert said(database, in_review, 1) == ([("ORGA", "Say by when.", [])] if shared else [])


def test_the_name_of_a_confidential_organisation_is_not_said_with_its_comment(database, in_review, shared):
    with database.reading() as session:
        who = session.get_one(Letter, in_review).invitations[0].id
    act(database, stationery.set_standing, in_review, who, stationery.Standing(1, confidential=True), ANNA)
    comment(database, in_review, 0)

    assert "Organisation A" not in str(said(database, in_review, 1))
    assert "ORGA" not in str(said(database, in_review, 1))
    if shared:
        assert said(database, in_review, 1)[0][0] == lazy_gettext("An organisation, name withheld")
    assert said(database, in_review, 0)[0][0] == "ORGA"


def test_replies_stand_below_what_they_answer(database, in_review, shared):
    first = comment(database, in_review, 0)
    act(database, review.reply, link_ids(database, in_review)[0], first.id, "By May, say.")
    act(database, comments.answer, in_review, first.id, "Good.", history.coordinator(user(database)))

    assert said(database, in_review, 0) == [("ORGA", "Say by when.", [("ORGA", "By May, say."), ("Anna", "Good.")])]


def test_what_one_may_not_read_one_cannot_answer(database, in_review, shared):
    first = comment(database, in_review, 0)
    link = link_ids(database, in_review)[1]

    if shared:
        act(database, review.reply, link, first.id, "We agree.")
        assert said(database, in_review, 0)[0][2] == [("ORGB", "We agree.")]
    else:
        with pytest.raises(RefusedError, match="no such comment"):
            act(database, review.reply, link, first.id, "We agree.")


def test_a_coordinators_answer_goes_by_mail(database, in_review):
    first = comment(database, in_review, 0)
    act(database, comments.answer, in_review, first.id, "Good.", history.coordinator(user(database)))

    assert [m.address for m in mails(database, in_review, "reply")] == ["a@example.org"]


@pytest.mark.parametrize(("paragraph", "words", "why"), [(9, "x", "no such paragraph"), (None, "  ", "Write your")])
def test_an_empty_or_misplaced_comment_is_refused(database, in_review, paragraph, words, why):
    with pytest.raises(RefusedError, match=why):
        comment(database, in_review, paragraph=paragraph, words=words)


def test_a_suggestion_is_taken_over_with_one_press_and_the_letter_goes_back_to_drafting(database, in_review):
    made = suggest(database, in_review)

    act(database, comments.accept, in_review, made.id, ANNA)

    assert state(database, in_review) == "drafting"
    with database.reading() as session:
        row = session.get_one(Letter, in_review)
        assert row.body == BODY.replace("asks for something", "asks for an answer")
        assert row.version == 2
    assert [m.about["what"] for m in mails(database, in_review, "reply")] == ["accepted"]
    assert "suggestion.accepted" in actions(database, in_review)


def test_two_suggestions_go_into_one_draft(database, in_review):
    first, second = suggest(database, in_review), suggest(database, in_review, 1, 3, "with thanks", "with many thanks")

    act(database, comments.accept, in_review, first.id, ANNA)
    act(database, comments.accept, in_review, second.id, ANNA)

    with database.reading() as session:
        assert "many thanks" in session.get_one(Letter, in_review).body


def choose(database, letter_id, *suggestions):
    for made in suggestions:
        act(database, comments.choose, letter_id, made.id, ANNA, chosen=True)


def test_suggestions_are_chosen_while_the_letter_stays_and_go_into_one_version_together(database, in_review, shared):
    first, second = suggest(database, in_review), suggest(database, in_review, 1, 3, "with thanks", "with many thanks")
    left_out = suggest(database, in_review, 2, 1, "First", "Opening")
    choose(database, in_review, first, second, left_out)
    act(database, comments.choose, in_review, left_out.id, ANNA, chosen=False)
    assert state(database, in_review) == "in_review"
    assert mails(database, in_review, "reply") == []
    with database.reading() as session:
        made = comments.all_applied(session.get_one(Letter, in_review))
        reason = comments.neutral_reason(session.get_one(Letter, in_review), comments.chosen_of(session, in_review))
    # What somebody wrote to the coordinator alone is told to nobody else.
    assert ("Organisation A" in reason or "ORGA" in reason) == shared

    assert act(database, comments.accept_chosen, in_review, "Clearer words.", ANNA, made) == 2

    assert state(database, in_review) == "drafting"
    assert actions(database, in_review).count("letter.revise") == 1
    assert actions(database, in_review).count("suggestion.accepted") == 2
    with database.reading() as session:
        row = session.get_one(Letter, in_review)
        both = BODY.replace("asks for something", "asks for an answer").replace("with thanks", "with many thanks")
        assert (row.body, row.reason, row.version) == (both, "Clearer words.", 3)
    assert len(mails(database, in_review, "reply")) == 2
    with pytest.raises(RefusedError, match="Choose at least one"):
        act(database, comments.accept_chosen, in_review, "Again.", ANNA)


def test_suggestions_that_contradict_each_other_change_nothing_and_say_which_does_not_fit(database, in_review):
    first, second = suggest(database, in_review), suggest(database, in_review, 1, 2, "asks for something", "begs")
    choose(database, in_review, first, second)

    with pytest.raises(RefusedError, match="paragraph 2: These words are no longer in the draft"):
        act(database, comments.accept_chosen, in_review, "Clearer words.", ANNA)

    assert state(database, in_review) == "in_review"
    with database.reading() as session:
        assert session.get_one(Letter, in_review).body == BODY
        assert len(comments.chosen_of(session, in_review)) == 2


def test_a_suggestion_for_words_that_are_gone_leaves_everything_as_it_was(database, in_review):
    made = suggest(database, in_review)
    act(database, lifecycle.revise, in_review, "New words.", ANNA)
    act(database, drafts.edit, in_review, words(body="All is new."), ANNA, version=1, dated=None)

    with pytest.raises(RefusedError, match="no longer in the draft"):
        act(database, comments.accept, in_review, made.id, ANNA)

    with database.reading() as session:
        assert session.get_one(Letter, in_review).body == "All is new."


def test_a_suggestion_that_moved_to_another_paragraph_is_found(database, in_review):
    made = suggest(database, in_review)
    act(database, lifecycle.revise, in_review, "New words.", ANNA)
    act(database, drafts.edit, in_review, words(body="Before all.\n\n" + BODY), ANNA, version=1, dated=None)

    act(database, comments.accept, in_review, made.id, ANNA)

    with database.reading() as session:
        assert "asks for an answer" in session.get_one(Letter, in_review).body


def test_a_settled_suggestion_stays_settled(database, in_review):
    made = suggest(database, in_review)
    act(database, comments.dismiss, in_review, made.id, ANNA)

    with pytest.raises(RefusedError, match="already accepted or dismissed"):
        act(database, comments.accept, in_review, made.id, ANNA)
    assert state(database, in_review) == "in_review"
    assert [m.about["what"] for m in mails(database, in_review, "reply")] == ["dismissed"]


@pytest.mark.parametrize(
    ("paragraph", "old", "new", "why"),
    [
        (None, "asks", "begs", "Select the paragraph"),
        (1, "asks for something", "x", "not in that paragraph"),
        (2, "", "x", "Paste the current wording"),
    ],
)
def test_a_suggestion_that_cannot_be_taken_over_is_refused_at_once(database, in_review, paragraph, old, new, why):
    with pytest.raises(RefusedError, match=why):
        suggest(database, in_review, 0, paragraph, old, new)


def test_accepting_in_sign_off_stops_sign_off_and_asks_signatories_again(database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    made = suggest(database, letter_id)

    act(database, comments.accept, letter_id, made.id, ANNA)
    open_sign_off(database, letter_id)

    with database.reading() as session:
        assert session.get_one(Letter, letter_id).revision_number == 2
    assert len(mails(database, letter_id, "revised")) == 2


def test_the_history_holds_no_words_of_a_comment(database, in_review):
    from workflow.models import LogEntry

    comment(database, in_review, words="Canary words.")
    suggest(database, in_review, new="canary answer")

    with database.reading() as session:
        entries = b"".join(row.entry for row in session.query(LogEntry).filter_by(letter_id=in_review))
    assert b"anary" not in entries


def test_of_very_many_comments_the_newest_are_read_and_the_older_ones_can_be(database, in_review, shared, monkeypatch):
    monkeypatch.setattr(review, "MOST_THREADS", 2)
    for number in (0, 1, 2, 0):
        comment(database, in_review, number, words=f"Said by {number}.")

    with database.reading() as session:
        reader = session.get_one(Letter, in_review).invitations[0]
        newest = review.threads(session, reader)
        older = review.threads(session, reader, newest.older) if newest.older else None
        nobody = review.threads(session, reader, "0" * 32)

    said_now = [thread.comment.words for thread in newest.shown]
    assert said_now == (["Said by 2.", "Said by 0."] if shared else ["Said by 0.", "Said by 0."])
    assert (older is not None) == shared
    if older is not None:
        assert [thread.comment.words for thread in older.shown] == ["Said by 0.", "Said by 1."]
        assert older.older == ""
    assert nobody == newest
