"""Where two sign, nobody is printed whom one alone signed for: at once, by another's link, and by a change of rule."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.browsing import csrf, invitation_id
from tests.support.conditional import agree, agreed_signoffs, asked, open_again, outcomes, suggest, take_over
from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    digest,
    findings,
    invitation_states,
    link_ids,
    open_sign_off,
    standing,
    take_in,
)
from workflow.campaigns import four_eyes as rule
from workflow.campaigns import lifecycle, more_contacts
from workflow.errors import AnsweredError, NotFoundError, RefusedError
from workflow.models import Link
from workflow.signoffs import answers, delegation, four_eyes, readers
from workflow.signoffs.four_eyes import Confirmer

DORA = Confirmer("Dora", "dora@example.org")


@pytest.fixture
def proposed(database):
    """A letter on which two sign for each of two organisations, both proposed; returns it and the links to confirm."""
    letter_id = take_in(database, 2, four_eyes=True)
    open_sign_off(database, letter_id)
    first, second = link_ids(database, letter_id)
    return letter_id, propose(database, letter_id, first), propose(database, letter_id, second)


def propose(database, letter_id, link):
    given = answer(database, letter_id, name="Dora")
    return act(database, four_eyes.propose, link, given, DORA).confirming_link_id


def confirm(database, letter_id, link):
    return act(database, four_eyes.confirm, link, answer(database, letter_id, name="Dora"))


def test_a_link_to_confirm_confirms_for_its_own_organisation_alone(app, database, proposed):
    letter_id, first, second = proposed
    client = app.test_client()
    with database.reading() as session:
        token = session.tokens.links(second)[0]
    page = client.get(f"/s/{token}", follow_redirects=True)
    fields = {"csrf_token": csrf(page), "digest": digest(database, letter_id), "name": "Dora", "authorised": "y"}
    for where in ("confirmation", "refusal", "four-eyes", "answer"):
        other = f"/review/{invitation_id(database, letter_id, 0)}/{where}"
        assert client.post(other, data=fields | {"sure": "y", "choice": "sign"}).status_code == 404
    act(database, four_eyes.withdraw, link_ids(database, letter_id)[0])
    with pytest.raises(NotFoundError):
        confirm(database, letter_id, first)
    confirm(database, letter_id, second)

    assert invitation_states(database, letter_id) == ["invited", "signed"]
    assert findings(database, letter_id) == []


def test_a_link_to_read_neither_proposes_confirms_nor_sets_who_signs(database, proposed):
    letter_id, _, _ = proposed
    reads = act(database, readers.add, link_ids(database, letter_id)[0]).id
    text, given = digest(database, letter_id), answer(database, letter_id, name="Dora")
    for do, said in (
        (four_eyes.propose, (given, DORA)),
        (four_eyes.confirm, (given,)),
        (four_eyes.refuse, ("No.",)),
        (four_eyes.withdraw, ()),
        (four_eyes.ask_for_two, ()),
        (answers.sign, (given,)),
        (answers.decline, (text, "No.")),
        (readers.add, ()),
    ):
        with pytest.raises(NotFoundError):
            act(database, do, reads, *said)
    assert standing(database, letter_id) == []


def passed_on(database, letter_id):
    act(database, delegation.delegate, link_ids(database, letter_id)[0], "Nina", "nina@example.org", sure=True)


def withdrawn(database, letter_id):
    act(database, four_eyes.withdraw, link_ids(database, letter_id)[0])


def revised(database, letter_id):
    act(database, lifecycle.revise, letter_id, "Otherwise.", ANNA)


@pytest.mark.parametrize("ends", [passed_on, withdrawn, revised])
@pytest.mark.parametrize("turn", range(3))
def test_confirmed_and_ended_at_once_is_one_or_the_other(database, proposed, ends, turn):
    letter_id, link, _ = proposed
    start, both = threading.Barrier(2, timeout=60), [confirm, ends]

    def run(do):
        start.wait()
        given = (link,) if do is confirm else ()
        try:
            do(database, letter_id, *given)
        except (RefusedError, NotFoundError, AnsweredError) as refused:
            return refused
        return None

    with ThreadPoolExecutor(2) as pool:
        assert None in list(pool.map(run, both if turn % 2 else both[::-1]))

    signed = actions(database, letter_id).count("invitation.sign")
    if signed and ends is not revised:
        assert standing(database, letter_id) == [("ORGA", "confirmed")]
    if not signed:
        with pytest.raises((NotFoundError, RefusedError)):
            confirm(database, letter_id, link)
        assert standing(database, letter_id) == []
    assert findings(database, letter_id) == []


def test_two_contacts_who_propose_and_decline_at_once_leave_one_answer(database, proposed):
    letter_id, _, _ = proposed
    withdrawn(database, letter_id)
    first = (letter_id, invitation_id(database, letter_id, 0))
    bea = act(database, more_contacts.add, *first, "Bea", "bea@example.org", ANNA).id
    with database.reading() as session:
        hers = session.query(Link).filter_by(contact_id=bea, purpose="answer").one().id
    links, start = [link_ids(database, letter_id)[0], hers], threading.Barrier(2, timeout=60)

    def proposes():
        start.wait()
        return propose(database, letter_id, links[0])

    def declines():
        start.wait()
        return act(database, answers.decline, links[1], digest(database, letter_id), "No.")

    with ThreadPoolExecutor(2) as pool:
        told = [one.exception() for one in [pool.submit(proposes), pool.submit(declines)]]
    assert told[1] is None, "what is only proposed keeps nobody from saying no"
    assert told[0] is None or isinstance(told[0], AnsweredError)
    assert invitation_states(database, letter_id)[0] == "declined"
    with database.reading() as session:
        assert rule.open_one(session, first[1]) is None
    assert findings(database, letter_id) == []


def test_whoever_asks_for_two_ends_what_one_alone_had_agreed_to(database):
    letter_id = asked(database)
    suggestion = suggest(database, letter_id)
    agree(database, letter_id, suggestion)
    act(database, four_eyes.ask_for_two, link_ids(database, letter_id)[0])
    take_over(database, letter_id, suggestion)
    open_again(database, letter_id)

    assert outcomes(database, letter_id) == ["ended"]
    assert agreed_signoffs(database) == []
    assert standing(database, letter_id) == []
    assert findings(database, letter_id) == []
