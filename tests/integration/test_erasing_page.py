"""The page on which an admin erases: what goes is shown before, typed again, and done by a job; retention; holds."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.support.browsing import csrf, signed_in
from tests.support.evidence import live
from tests.support.factories import ANNA, act, open_sign_off, sign, take_in
from workflow import erasure
from workflow.campaigns import lifecycle
from workflow.erasure import retention
from workflow.models import Campaign, Erasure, Letter


@pytest.fixture
def ended(database) -> str:
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    act(database, lifecycle.withdraw, letter_id, "No more.", ANNA)
    return letter_id


def send(client, where: str, **fields):
    page = client.get("/admin/erasure")
    return client.post(f"/admin/erasure/{where}", data={"csrf_token": csrf(page), **fields}, follow_redirects=True)


def run(database) -> None:
    with database.reading() as session:
        begun = erasure.unfinished(session)
    for one in begun:
        erasure.go_on(database, one, scrubs=False)


def test_a_person_is_shown_typed_again_and_erased(app, database, ended):
    client = signed_in(app, database, "boss@example.org")
    shown = send(client, "look", wanted="a@example.org").text
    assert "Free the seventeen" in shown
    assert "What stays" in shown

    wrong = send(client, "person", wanted="a@example.org", again="b@example.org", ground="request")
    assert wrong.status_code in (400, 422)
    with database.reading() as session:
        assert session.scalars(sa.select(Erasure)).all() == []
    assert send(client, "person", wanted="a@example.org", again="A@example.org", ground="request").status_code == 200
    run(database)

    assert "Nothing of this address" in send(client, "look", wanted="a@example.org").text
    assert live(database, ended).problems == []


def test_a_letter_is_held_released_and_erased(app, database, ended):
    client = signed_in(app, database, "boss@example.org")
    held = send(client, "hold", letter=ended, reason="A court asks.").text
    assert "A court asks." in held
    refused = send(client, "letter", wanted=ended, again=ended, ground="request")
    assert refused.status_code in (400, 409, 422)
    send(client, f"{ended}/release")
    send(client, "letter", wanted=ended, again=ended, ground="request")
    run(database)

    assert live(database, ended).problems == []
    assert client.get(f"/letters/{ended}").status_code == 200
    assert client.get(f"/letters/{ended}/history").status_code == 200


def test_a_campaign_keeps_its_letters_for_so_many_days(database, ended, later):
    with database.writing() as session:
        session.execute(sa.update(Campaign).values(retention_days=30))
    later(days=29)
    assert retention.begin_due(database, every=0) == 0

    later(days=2)
    act(database, erasure.hold, ended, "A court asks.", ANNA)
    assert retention.begin_due(database, every=0) == 0
    act(database, erasure.release, ended, ANNA)
    assert retention.begin_due(database, every=0) == 1
    run(database)

    assert live(database, ended).problems == []
    with database.reading() as session:
        assert session.get_one(Letter, ended).erased_at is not None
    assert retention.begin_due(database, every=0) == 0
