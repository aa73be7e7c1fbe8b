"""
A mailing through relays that lose, limit, delay and refuse, on both databases; `make soak` tries it with 500.

What can be delivered is: each organisation has its mail, and again at most where the dot was out and unanswered; the
office has one letter. And no storm: connections and offers are bounded by what was to be done.
"""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest

from emails.transport import Server
from tests.support.factories import mails
from tests.support.mailings import OFFICE, SIGNED, invited, sent_to_the_office, settled, states_of
from tests.support.relay import Faults, Relay
from tests.support.working import sweep

LONG = "SOAK" in os.environ
COUNT = 500 if LONG else 40


def sends(database, relay: Relay, later, more: bytes = b"") -> str:
    """Send a mailing, the letter to its office and the copies through a relay, to their end; returns the letter."""
    letter_id, server = invited(database, COUNT), Server.parse(relay.url)
    settled(database, letter_id, server, later)
    sent_to_the_office(database, letter_id, more)
    settled(database, letter_id, server, later)
    return letter_id


def owed() -> Counter[str]:
    """What each address gets: the invitation; a receipt and a copy, or the word that it is not on the letter."""
    due = Counter({f"o{n}@example.org": 3 if n < SIGNED else 2 for n in range(COUNT)})
    due[OFFICE] = 1
    return due


def is_owed(relay: Relay) -> None:
    """Each has what it is owed, and once more at most for each dot that was not answered."""
    taken, unanswered = relay.counts.taken, relay.counts.unanswered
    assert not owed() - taken, "somebody lacks a mail"
    assert not (taken - owed()) - unanswered, "somebody has a mail twice without need"
    assert taken[OFFICE] == 1


def test_a_good_relay_gets_each_mail_once_over_few_connections(database, later):
    with Relay() as relay:
        letter_id = sends(database, relay, later)
    assert states_of(database, letter_id) == {"accepted": owed().total()}
    assert relay.counts.taken == owed()
    assert relay.counts.offers == relay.counts.dots == owed().total()
    assert relay.counts.connections <= 20


def test_a_relay_that_takes_twenty_mails_on_a_connection_gets_all_of_them(database, later):
    with Relay(Faults(mails_a_connection=20)) as relay:
        letter_id = sends(database, relay, later)
    assert states_of(database, letter_id) == {"accepted": owed().total()}
    assert relay.counts.taken == owed()
    # Each connection that is used up costs one offer; beside those there are the first of each job.
    assert relay.counts.connections <= COUNT / 20 + 20
    assert relay.counts.offers <= relay.counts.dots + relay.counts.connections


def test_a_relay_that_hangs_up_after_the_dot_gets_a_mail_again_only_where_it_may_be_lost(database, later):
    with Relay(Faults(lost_answers=0.1, lost_mails=0.1)) as relay:
        letter_id, server = invited(database, COUNT), Server.parse(relay.url)
        settled(database, letter_id, server, later)
        relay.faults.lost_answers = relay.faults.lost_mails = 0.0
        sent_to_the_office(database, letter_id)
        settled(database, letter_id, server, later)
    assert states_of(database, letter_id) == {"accepted": owed().total()}
    is_owed(relay)
    lost = relay.counts.unanswered.total()
    assert lost > 0
    assert relay.counts.dots == owed().total() + lost
    assert relay.counts.connections <= lost + 40


@pytest.mark.parametrize("lost", [{"lost_answers": 1.0}, {"lost_mails": 1.0}])
def test_the_office_whose_answer_is_lost_is_never_written_to_again_by_a_machine(database, later, lost):
    with Relay() as relay:
        letter_id, server = invited(database, 3), Server.parse(relay.url)
        settled(database, letter_id, server, later)
        relay.faults = Faults(**lost)
        sent_to_the_office(database, letter_id)
        for _ in range(12):
            sweep(database, server)
            later(hours=1)
    assert mails(database, letter_id, "letter")[0].state == "uncertain"
    assert relay.counts.unanswered[OFFICE] == 1
    assert relay.counts.taken[OFFICE] == (1 if "lost_answers" in lost else 0)


def test_a_relay_that_takes_its_time_gets_each_mail_once(database, later):
    began = time.monotonic()
    with Relay(Faults(seconds=0.2 if LONG else 0.02)) as relay:
        letter_id = sends(database, relay, later)
    assert states_of(database, letter_id) == {"accepted": owed().total()}
    assert relay.counts.taken == owed()
    assert time.monotonic() - began < 600


def test_a_relay_that_refuses_one_in_ten_for_now_gets_all_without_a_storm(database, later):
    with Relay(Faults(refused_every=10)) as relay:
        letter_id = sends(database, relay, later)
    assert states_of(database, letter_id) == {"accepted": owed().total()}
    assert relay.counts.taken == owed()
    assert relay.counts.offers <= 1.5 * owed().total()
    assert relay.counts.connections <= 0.5 * COUNT + 40


def test_a_relay_that_is_overloaded_for_an_hour_is_left_alone_meanwhile(database, later):
    with Relay(Faults(refused_every=1)) as relay:
        letter_id, server = invited(database, COUNT), Server.parse(relay.url)
        for _ in range(4):
            sweep(database, server)
            later(minutes=16)
        offered = relay.counts.offers
        relay.faults.refused_every = 0
        settled(database, letter_id, server, later)
    assert states_of(database, letter_id) == {"accepted": COUNT}
    assert offered <= 4 * 20, "a relay that takes nothing was offered mail after mail"


def test_a_relay_that_takes_no_letter_of_that_size_is_not_offered_it_and_gets_all_others(database, later):
    with Relay(Faults(size=30_000)) as relay:
        letter_id = sends(database, relay, later, os.urandom(60_000))
    [letter] = mails(database, letter_id, "letter")
    assert letter.state == "rejected"
    assert "the mail server takes 30000" in letter.answer
    assert relay.counts.taken == owed() - Counter({OFFICE: 1, **{f"o{n}@example.org": 1 for n in range(SIGNED)}})
    assert relay.counts.offers == relay.counts.dots == relay.counts.taken.total()
