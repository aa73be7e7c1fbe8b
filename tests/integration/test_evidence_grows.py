"""The check of everything, of few co-signers and of many: what it takes grows as they do, and no faster."""

from __future__ import annotations

import cProfile
import gc
import pstats

import pytest

from tests.support.factories import ANNA, act, digest, link_ids, open_sign_off, terms, words
from workflow.campaigns import drafts
from workflow.history import evidence
from workflow.jobs.batches import batch
from workflow.letter import text
from workflow.signoffs import answers
from workflow.signoffs.answers import Answer

FEW, MANY = 40, 160


def all_signed(database, count: int) -> str:
    asked = [
        text.Cosigner(f"Organisation {n}", f"O{n}", f"Person {n}", "Director", f"p{n}@example.org", False)
        for n in range(count)
    ]
    with database.writing() as session:
        letter_id = drafts.take_in(session, words(), asked, ANNA, dated=None, terms=terms()).id
    open_sign_off(database, letter_id)
    batch(database, letter_id)
    given = Answer(
        digest=digest(database, letter_id), name="Person", title="Director", authorised=True, objection_hours=0
    )
    act(database, answers.sign_all, [(link_id, given) for link_id in link_ids(database, letter_id)])
    return letter_id


def calls(database, letter_id: str) -> dict[tuple, int]:
    """How often each function is called: unlike the time it takes, the same on a busy machine."""
    with database.reading() as session:
        profile = cProfile.Profile()
        # What is collected meanwhile calls functions of its own, whenever that is.
        gc.collect()
        gc.disable()
        try:
            report = profile.runcall(evidence.verify, session, letter_id)
        finally:
            gc.enable()
    assert report.ok, report.problems
    return {function: counted[1] for function, counted in pstats.Stats(profile).stats.items()}


@pytest.mark.slow
def test_no_part_of_the_check_of_everything_grows_faster_than_the_cosigners(database):
    calls(database, all_signed(database, 2))
    few, many = (calls(database, all_signed(database, count)) for count in (FEW, MANY))

    # Half as much again for what grows with the height of the tree.
    allowed = 1.5 * MANY / FEW
    assert {function: count for function, count in many.items() if count > 100 + allowed * few.get(function, 0)} == {}
