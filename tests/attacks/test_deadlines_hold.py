"""Deadlines moved, given and extended at any moment: nobody lapses before theirs, nobody revives for nothing."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from datetime import timedelta

from tests.support.browsing import invitation_id
from tests.support.factories import (
    ANNA,
    BODY,
    act,
    actions,
    answer,
    findings,
    invitation_states,
    link_ids,
    open_sign_off,
    take_in,
    words,
)
from workflow import jobs
from workflow.campaigns import deadlines, drafts, lifecycle
from workflow.errors import RefusedError
from workflow.models import Letter, now
from workflow.signoffs import answers

LIVES = {"sqlite": 3, "postgresql": 2}
ASKED = 4


def known(database, letter_id):
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        signed = [any(one.retracted_at is None for one in i.signoffs) for i in row.invitations]
        counts = [i.signoff_for(row.revision.digest) is not None for i in row.invitations]
        own = [i.deadline for i in row.invitations]
        rules = (row.at_deadline, row.extend_days, row.extended)
        return row.state, row.deadline, own, rules, signed, counts


def expected(database, letter_id, before):
    """What each stands as once the time of now has come to all of them."""
    state, deadline, own, (brings, days, extended), signed, counts = known(database, letter_id)
    closes = brings == "close" or (brings == "extend" and (extended or not days))
    stands = []
    for number, was in enumerate(before):
        due = None if deadline is None else max(deadline, own[number] or deadline)
        over = due is not None and due <= now()
        if was == "lapsed" and not over:
            was = "invited" if not signed[number] else "signed" if counts[number] else "to_confirm"
        if was in ("invited", "to_confirm") and over and closes and state == "sign_off":
            was = "lapsed"
        stands.append(was)
    return stands


def quietly(database, *what):
    try:
        act(database, *what)
    except RefusedError:
        return False
    return True


def live(database, later, seed):
    """One letter, thirty moments; at each, time goes on, or somebody does something."""
    chance = random.Random(seed)
    letter_id = take_in(database, ASKED)
    open_sign_off(database, letter_id)
    for _ in range(30):
        number = chance.randrange(ASKED)
        ahead = now() + timedelta(days=chance.randrange(1, 9))
        before = invitation_states(database, letter_id)
        what = chance.choice(("move", "move", "none", "own", "rules", "sign", "sign", "revise", *["time"] * 4))
        if what in ("move", "none"):
            quietly(database, drafts.set_deadline, letter_id, ahead if what == "move" else None, ANNA)
            assert invitation_states(database, letter_id) == expected(database, letter_id, before)
        elif what == "own":
            given = quietly(
                database, deadlines.give, letter_id, invitation_id(database, letter_id, number), ahead, ANNA
            )
            revived = before[number] == "lapsed" and given
            assert (invitation_states(database, letter_id)[number] != "lapsed") or not revived
        elif what == "rules":
            with database.reading() as session:
                terms = drafts.terms_of(session.get_one(Letter, letter_id))
            brings = chance.choice(("close", "close", "close", "ask", "extend"))
            terms = dataclasses.replace(terms, at_deadline=brings, extend_days=2 if brings == "extend" else 0)
            quietly(database, drafts.set_terms, letter_id, terms, ANNA)
        elif what == "sign":
            _, deadline, own, (brings, days, extended), *_ = known(database, letter_id)
            signed = quietly(database, answers.sign, link_ids(database, letter_id)[number], said(database, letter_id))
            due = deadline and max(deadline, own[number] or deadline)
            closes = brings == "close" or (brings == "extend" and (extended or not days))
            assert not (signed and before[number] != "signed" and closes and due and due <= now())
            assert not (signed and before[number] == "lapsed")
        elif what == "revise":
            revised(database, letter_id, chance)
        else:
            later(days=chance.randrange(1, 6))
            jobs.keep_time(database, lambda: True)
            assert invitation_states(database, letter_id) == expected(database, letter_id, before)
    assert findings(database, letter_id) == []
    return letter_id


def said(database, letter_id):
    return answer(database, letter_id, name="Person A")


def revised(database, letter_id, chance):
    act(database, lifecycle.revise, letter_id, "Better.", ANNA)
    with database.reading() as session:
        version = session.get_one(Letter, letter_id).version
    body = BODY + "\n\nMore." * chance.randrange(3)
    act(database, drafts.edit, letter_id, words(body=body), ANNA, version=version, dated=None)
    if not quietly(database, lifecycle.open_sign_off, letter_id, ANNA):
        act(database, drafts.set_deadline, letter_id, now() + timedelta(days=3), ANNA)
        act(database, lifecycle.open_sign_off, letter_id, ANNA)


def test_nobody_lapses_before_their_deadline_or_revives_for_nothing(database, later):
    told = Counter()
    for seed in range(LIVES[database.engine.dialect.name]):
        told.update(actions(database, live(database, later, seed)))

    steps = ("invitation.lapse", "invitation.revive", "invitation.reinvite", "invitation.deadline")
    assert all(told[step] for step in steps), told
