"""Sign-offs that arrive at the same moment: one transaction, and each has its own answer."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    take_in,
)
from workflow import group_commit
from workflow.campaigns import lifecycle
from workflow.errors import NotFoundError, RefusedError, SupersededError
from workflow.group_commit import GroupCommit
from workflow.history import evidence
from workflow.signoffs import answers as signoff_answers
from workflow.signoffs import review


@pytest.fixture
def letter(database):
    letter_id = take_in(database, 5)
    open_sign_off(database, letter_id)
    return letter_id


@pytest.fixture
def signing(database):
    return GroupCommit(database)


def at_once(signing, answers, sign_all=signoff_answers.sign_all):
    """Press for all of them while another has the turn, so that they are served together; returns what each met."""

    def press(letter, link, given):
        try:
            return signing.do(sign_all, (link, given), letter)
        except BaseException as error:
            return error

    with ThreadPoolExecutor(len(answers)) as pool:
        with signing._turn:
            pressed = [pool.submit(press, *one) for one in answers]
            while len(signing._queue) < len(answers):
                time.sleep(0.001)
        wait(pressed, 60)
    return [one.result(0) for one in pressed]


def commits(database):
    """Count the transactions that write from now on."""
    counted = []
    sa.event.listen(database.engine, "commit", lambda connection: counted.append(connection))
    return counted


def test_those_who_wait_are_recorded_in_one_transaction(database, settings, letter, signing):
    before = len(actions(database, letter))
    counted = commits(database)

    found = at_once(signing, [(letter, link, answer(database, letter)) for link in link_ids(database, letter)])

    assert len({signoff.id for signoff in found}) == 5
    assert invitation_states(database, letter) == ["signed"] * 5
    assert actions(database, letter)[before:] == ["invitation.sign", "delivery.queued"] * 5
    assert len(mails(database, letter, "receipt")) == 5
    assert len(counted) == 1
    with database.reading() as session:
        assert evidence.verify(session, letter).exit_code == 0


def test_one_who_presses_twice_at_once_signs_once(database, letter, signing):
    link = link_ids(database, letter)[0]

    found = at_once(signing, [(letter, link, answer(database, letter))] * 4)

    assert len({signoff.id for signoff in found}) == 1
    assert actions(database, letter).count("invitation.sign") == 1


def test_one_who_is_refused_holds_nobody_up(database, settings, letter, signing):
    links, given = link_ids(database, letter), answer(database, letter)
    nameless = answer(database, letter, name="")
    older = answer(database, letter)
    act(database, lifecycle.revise, letter, "A slip.", ANNA)
    act(database, lifecycle.open_sign_off, letter, ANNA)
    given = answer(database, letter)
    older = signoff_answers.Answer(digest="0" * 64, name=older.name, title=older.title, authorised=True)

    found = at_once(
        signing,
        [
            (letter, links[0], given),
            (letter, links[1], older),
            (letter, links[2], nameless),
            (letter, links[3], given),
            (letter, "x", given),
        ],
    )

    assert isinstance(found[1], SupersededError)
    assert isinstance(found[2], RefusedError) and "name" in str(found[2])
    assert isinstance(found[4], NotFoundError)
    assert invitation_states(database, letter) == ["signed", "invited", "invited", "signed", "invited"]
    assert actions(database, letter).count("invitation.sign") == 2
    with database.reading() as session:
        assert evidence.verify(session, letter).exit_code == 0


def test_letters_that_wait_together_keep_their_own_logs(database, settings, letter, signing):
    other = take_in(database, 2)
    open_sign_off(database, other)
    answers = [(each, link, answer(database, each)) for each in (letter, other) for link in link_ids(database, each)]

    at_once(signing, answers[::-1])

    for each, count in ((letter, 5), (other, 2)):
        assert invitation_states(database, each) == ["signed"] * count
        with database.reading() as session:
            assert evidence.verify(session, each).exit_code == 0


@pytest.mark.parametrize("error", [SystemExit(1), OperationalError("COMMIT", {}, Exception("gone"))])
def test_when_the_process_ends_or_the_database_is_gone_nobody_has_signed_and_nobody_hangs(
    database, letter, signing, error
):
    def failing(session, answers):
        signoff_answers.sign_all(session, answers[:1])
        raise error

    found = at_once(signing, [(letter, link, answer(database, letter)) for link in link_ids(database, letter)], failing)

    assert found == [error] * 5
    assert invitation_states(database, letter) == ["invited"] * 5
    first = (link_ids(database, letter)[0], answer(database, letter))
    assert signing.do(signoff_answers.sign_all, first, letter).name == "Person A"


def test_no_more_wait_for_one_transaction_than_it_may_take(database, letter, signing, monkeypatch):
    monkeypatch.setattr(group_commit, "MOST", 2)
    counted = commits(database)

    at_once(signing, [(letter, link, answer(database, letter)) for link in link_ids(database, letter)])

    assert invitation_states(database, letter) == ["signed"] * 5
    assert len(counted) == 3


def test_writers_of_one_process_wait_for_each_other_without_errors(database, letter):
    links, given = link_ids(database, letter), answer(database, letter)
    start, errors = threading.Barrier(5), []
    before = len(actions(database, letter))

    def comment(link):
        start.wait(60)
        try:
            for _ in range(10):
                act(database, review.comment, link, given.digest, None, "A word.")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=comment, args=(link,)) for link in links]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert not any(thread.is_alive() for thread in threads)
    assert not errors
    assert len(actions(database, letter)) == before + 50
