"""
The last signatures of many letters at once, on both databases: none stuck, none double, none lost.

For each letter four signers press twice at the same moment, in two processes of which each signs together, while one
of them takes it back, the coordinator revises the text, and approves as soon as it may. The suite does 60 letters on
each database, `make soak` does 1,200.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from emails.transport import Outcome
from tests.support import mailing
from tests.support.factories import (
    ANNA,
    BODY,
    act,
    answer,
    approved,
    dispatched,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    state,
    take_in,
    words,
)
from workflow.campaigns import dispatch, drafts, lifecycle, printing
from workflow.errors import ConflictError, RefusedError
from workflow.group_commit import GroupCommit
from workflow.history import evidence
from workflow.models import Delivery, Letter, Signoff
from workflow.signoffs import answers

LETTERS = 20 * int(os.environ.get("SOAK", "1"))
SIGNERS = 4


def pressing(process, letter_id, link, given):
    """One press of a signer; what it was told: the sign-off's text, or that it was refused."""
    try:
        return process.do(answers.sign_all, (link, given), letter_id).digest
    except RefusedError:
        return None


def quietly(database, *what, **named):
    try:
        act(database, *what, **named)
    except (RefusedError, ConflictError):
        return False
    return True


def revising(database, letter_id):
    if quietly(database, lifecycle.revise, letter_id, "A slip.", ANNA):
        quietly(database, drafts.edit, letter_id, words(body=BODY + " More."), ANNA, version=1, dated=None)
        quietly(database, lifecycle.open_sign_off, letter_id, ANNA)


@pytest.fixture
def crowd():
    with ThreadPoolExecutor(2 * SIGNERS + 2) as pool:
        yield pool


def storm(database, crowd, letter_id, number):
    """Everything at once; returns what each press was told."""
    links, given = link_ids(database, letter_id), answer(database, letter_id)
    start = threading.Barrier(2 * SIGNERS + 2, timeout=120)

    def at_once(work, *arguments):
        start.wait()
        return work(*arguments)

    processes = [GroupCommit(database) for _ in range(2)]
    presses = [
        crowd.submit(at_once, pressing, process, letter_id, link, given) for link in links for process in processes
    ]
    other = revising if number % 3 == 0 else quietly
    extra = (letter_id,) if number % 3 == 0 else (lifecycle.approve, letter_id, ANNA)
    coordinator = crowd.submit(at_once, other, database, *extra)
    undecided = crowd.submit(at_once, quietly, database, answers.retract, links[number % SIGNERS])
    coordinator.result()
    undecided.result()
    return given, [press.result() for press in presses]


def test_last_signatures_at_once_leave_no_letter_stuck_and_no_name_double_or_lost(database, crowd):
    for number in range(LETTERS):
        letter_id = take_in(database, SIGNERS, required=SIGNERS)
        open_sign_off(database, letter_id)

        given, told = storm(database, crowd, letter_id, number)

        with database.reading() as session:
            row = session.get_one(Letter, letter_id)
            found = session.query(Signoff).join(Signoff.invitation).filter_by(letter_id=letter_id).all()
            receipts = session.query(Delivery).filter_by(letter_id=letter_id, kind="receipt").all()
            report = evidence.verify(session, letter_id)
            for n, invitation in enumerate(row.invitations):
                if any(told[2 * n : 2 * n + 2]):
                    assert [s for s in invitation.signoffs if s.digest == given.digest], "a sign-off was lost"
        standing = [(s.invitation_id, s.digest) for s in found if s.retracted_at is None]
        assert len(standing) == len(set(standing)), "a name is there twice"
        assert len([r for r in receipts if r.about["what"] == "signed"]) == len(found)
        assert report.problems == []

        # Not stuck: whoever has not signed the text of now does, and the letter is approved.
        if state(database, letter_id) == "sign_off":
            for link, one in zip(link_ids(database, letter_id), invitation_states(database, letter_id), strict=True):
                if one != "signed":
                    act(database, answers.sign, link, answer(database, letter_id))
            act(database, lifecycle.approve, letter_id, ANNA)
        assert state(database, letter_id) == "approved"
        assert invitation_states(database, letter_id) == ["signed"] * SIGNERS


def test_a_retraction_and_the_dispatch_at_once_never_send_a_name_that_was_taken_back(database, crowd):
    for _ in range(LETTERS // 10):
        letter_id = approved(database, 2)
        with database.reading() as session:
            row = session.get_one(Letter, letter_id)
            made_for, recipient = printing.fingerprint(row), row.recipients[0].id
        act(
            database,
            printing.keep_rendering,
            letter_id,
            recipient,
            made_for=made_for,
            docx=b"PK" + letter_id.encode(),
            pdf=None,
        )
        start = threading.Barrier(2, timeout=120)

        def at_once(*what, start=start):
            start.wait()
            return quietly(database, *what)

        sent = crowd.submit(at_once, dispatch.dispatch, letter_id, made_for, ANNA)
        back = crowd.submit(at_once, answers.retract, link_ids(database, letter_id)[0])

        assert sent.result() != back.result(), "exactly one of the two comes first"
        assert (state(database, letter_id) == "sending") == sent.result()


def test_a_refused_letter_goes_to_one_other_address_and_the_second_coordinator_is_told(database):
    letter_id = dispatched(database)
    for lease in mailing.claim_all(database, letter_id):
        act(database, mailing.mark, lease)
        act(database, mailing.report, lease, Outcome("rejected", 550, "no such mailbox"))
    refused = mails(database, letter_id, "letter")[0]
    act(database, dispatch.readdress, letter_id, refused.id, "one@example.org", ANNA)

    with pytest.raises(RefusedError, match="already sent it to another address"):
        act(database, dispatch.readdress, letter_id, refused.id, "other@example.org", ANNA)

    letters = {mail.address: mail.state for mail in mails(database, letter_id, "letter")}
    assert letters == {"office@example.org": "rejected", "one@example.org": "queued"}
