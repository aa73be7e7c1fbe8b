"""Erasing a person and a letter: what goes is gone, the log holds, verifiers say what was erased, and nothing more."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.support.evidence import check, files_of, live
from tests.support.factories import ANNA, act, open_sign_off, sign, take_in
from tests.support.lived import lived
from tests.support.whole_lives import whole_life
from workflow import documents, erasure
from workflow.campaigns import lifecycle
from workflow.errors import RefusedError
from workflow.history import evidence
from workflow.models import Disclosure, Erasure, Letter


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch):
    monkeypatch.setattr(documents, "libreoffice", lambda: None)


def a_life(database) -> str:
    return lived(database, life_without_pdf)


def life_without_pdf(database) -> str:
    return whole_life(database)


def erase(database, address: str, **within) -> Erasure:
    begun = act(database, erasure.begin_person, address, "request", ANNA, **within).id
    return erasure.go_on(database, begun)


def erase_letter(database, letter_id: str) -> Erasure:
    begun = act(database, erasure.begin_letter, letter_id, "retention", ANNA).id
    return erasure.go_on(database, begun)


def opened(database, letter_id: str) -> str:
    with database.reading() as session:
        return repr(session.scalars(sa.select(Disclosure.payload).where(Disclosure.letter_id == letter_id)).all())


def test_a_person_is_gone_and_the_log_says_so(database):
    letter_id = a_life(database)
    assert "'a@example.org'" in opened(database, letter_id)

    done = erase(database, "A@example.org")

    assert done.done["openings"] > 3
    assert "'a@example.org'" not in opened(database, letter_id)
    report = live(database, letter_id)
    assert report.problems == []
    assert any("Erased: somebody’s personal data" in fact for fact in report.facts)
    outside = check(database, files_of(database, letter_id))
    assert outside.problems == []
    assert not any("no entry says" in remark for remark in [*outside.remarks, *report.remarks])


@pytest.mark.parametrize("address", ["b@example.org", "other@example.org", "second@example.org", "joe@ministry.example",
                                     "copy@example.org", "reader@example.org", "ben@example.org"])  # fmt: skip
def test_whoever_it_is(database, address):
    letter_id = a_life(database)
    with database.writing() as session:
        session.execute(sa.text("UPDATE users SET deactivated_at = created_at WHERE email = 'ben@example.org'"))

    erase(database, address)

    assert f"'{address}'" not in opened(database, letter_id)
    assert live(database, letter_id).problems == []
    assert check(database, files_of(database, letter_id)).problems == []


def test_a_whole_letter_is_gone_and_the_log_says_so(database):
    letter_id = a_life(database)

    erase_letter(database, letter_id)

    report = live(database, letter_id)
    assert report.problems == []
    assert any("Erased: the whole letter" in fact for fact in report.facts)
    assert check(database, files_of(database, letter_id)).problems == []
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).title == "[erased]"
        assert session.scalars(sa.select(Disclosure)).all() == []


def test_a_letter_that_is_not_over_is_left_to_whom_it_asks(database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    with pytest.raises(RefusedError):
        act(database, erasure.begin_letter, letter_id, "request", ANNA)

    assert erase(database, "a@example.org").done["left"] == {letter_id: "open"}
    act(database, lifecycle.withdraw, letter_id, "No more.", ANNA)
    assert "left" not in erase(database, "a@example.org").done


def test_a_letter_under_a_legal_hold_is_not_touched(database):
    letter_id = a_life(database)
    act(database, erasure.hold, letter_id, "A court asks.", ANNA)
    before = opened(database, letter_id)

    assert erase(database, "a@example.org").done["left"] == {letter_id: "hold"}
    with pytest.raises(RefusedError, match="A court asks"):
        act(database, erasure.begin_letter, letter_id, "request", ANNA)
    assert opened(database, letter_id) == before
    assert live(database, letter_id).problems == []
    act(database, erasure.release, letter_id, ANNA)
    erase_letter(database, letter_id)
    with database.reading() as session:
        assert evidence.verify(session, letter_id).problems == []
