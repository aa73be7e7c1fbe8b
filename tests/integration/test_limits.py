"""How often one may try: counted in the database, for all processes together."""

import time

import pytest
from flask import Flask

from tests.support.browsing import link
from tests.support.factories import open_sign_off, take_in
from workflow.models import RateLimitCounter
from workflow.pages.rate_limits import DatabaseStorage
from wsgi import create_app


@pytest.fixture
def app(settings, database):
    return create_app(settings, database)


@pytest.fixture
def storage(app: Flask):
    with app.app_context():
        yield DatabaseStorage()


def test_tries_are_counted_up_to_the_end_of_the_stretch(storage, monkeypatch):
    assert [storage.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert storage.incr("b", 60, amount=5) == 5
    assert storage.get("a") == 3
    assert storage.get_expiry("a") > time.time()

    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert storage.get("a") == 0
    assert storage.incr("a", 60) == 1


def test_counts_can_be_forgotten(storage):
    storage.incr("a", 60)
    storage.incr("b", 60)
    storage.clear("a")
    assert (storage.get("a"), storage.get("b")) == (0, 1)
    assert storage.reset() == 1
    assert storage.check()


def test_two_processes_count_together(settings, database):
    one, other = create_app(settings, database), create_app(settings, database)
    with one.app_context():
        DatabaseStorage().incr("a", 60)
    with other.app_context():
        assert DatabaseStorage().incr("a", 60) == 2


def test_no_address_is_kept(app, database):
    app.test_client().get("/s/unknown", environ_base={"REMOTE_ADDR": "203.0.113.7"})

    with database.reading() as session:
        keys = [row.key for row in session.query(RateLimitCounter)]
    assert keys
    assert not any("203.0.113.7" in key for key in keys)


def test_who_tries_links_at_random_is_stopped_and_others_are_not(app, database, settings):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    client = app.test_client()

    answers = [client.get(f"/s/{'x' * 42}{number}").status_code for number in range(25)]

    assert answers[:20] == [404] * 20
    assert set(answers[20:]) == {429}
    assert (
        client.get(link(database, settings, letter_id), environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 303
    )


def test_whoever_opens_a_good_link_often_has_no_misses(app, database, settings):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    client = app.test_client()

    answers = {client.get(link(database, settings, letter_id)).status_code for _ in range(30)}

    assert answers == {303}
