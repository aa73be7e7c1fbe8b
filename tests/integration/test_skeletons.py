"""A co-signer's page that is filled in is the page that would be rendered for it, byte for byte."""

from datetime import date

import pytest
from flask import render_template

from tests.support.browsing import arrived
from tests.support.factories import (
    ANNA,
    act,
    answer,
    correct,
    digest,
    link_ids,
    open_sign_off,
    sign,
    tell,
    terms,
    words,
)
from workflow.campaigns import drafts, lifecycle
from workflow.letter import text
from workflow.pages.cosigner import review as pages
from workflow.pages.skeletons import filled_in
from workflow.signoffs import answers, review

ASKED = [
    text.Cosigner("Organisation <A> & Söhne", "ORGA", "Person A", "Director", "a@example.org"),
    text.Cosigner("منظمة ب", "", "", "", "b@example.org"),
    text.Cosigner("Organisation C (ORGC)", "ORGC", "شخص", "", "c@example.org"),
    text.Cosigner("Organisation D", "ORGD", "Person D", "O'Director \\1", "d@example.org"),
]


LANGUAGES = ("en", "ar", "fr")


def drafted(database, **changes):
    def taken_in(session):
        return drafts.take_in(session, words(), ASKED, ANNA, dated=date(2026, 11, 24), terms=terms(**changes)).id

    return act(database, taken_in)


def in_review(database):
    letter_id = drafted(database, comments_shared=True)
    act(database, lifecycle.circulate, letter_id, ANNA)
    for link in link_ids(database, letter_id)[:2]:
        act(database, review.comment, link, digest(database, letter_id), 2, "Say <when>.")
    act(database, review.give_verdict, link_ids(database, letter_id)[0], digest(database, letter_id), "ready")
    return letter_id


def open_(database):
    letter_id = drafted(database, objection_hours=48)
    open_sign_off(database, letter_id)
    return letter_id


def answered(database):
    letter_id = open_(database)
    links, given = link_ids(database, letter_id), answer(database, letter_id)
    sign(database, letter_id, 0)
    act(database, answers.sign, links[1], answer(database, letter_id, name="س", withheld=True))
    act(database, answers.decline, links[2], given.digest, "Not <ours>.", shared=True)
    return letter_id


def corrected(database):
    letter_id = answered(database)
    tell(database, letter_id)
    correct(database, letter_id)
    tell(database, letter_id)
    return letter_id


def revised(database):
    letter_id = answered(database)
    act(database, lifecycle.revise, letter_id, "A slip: {0} %s.", ANNA)
    return letter_id


def approved(database):
    letter_id = answered(database)
    act(database, lifecycle.approve, letter_id, ANNA)
    return letter_id


@pytest.mark.parametrize("stage", [in_review, open_, answered, corrected, revised, approved])
def test_what_is_filled_in_is_what_would_be_rendered(app, database, settings, stage, monkeypatch):
    compared = []

    def both(template, page, own):
        filled, rendered = filled_in(template, page, own), render_template(template, page=page, own=own)
        compared.append(filled == rendered)
        return filled

    monkeypatch.setattr(pages, "filled_in", both)
    letter_id = stage(database)

    for number, asked in enumerate(ASKED):
        client, first = arrived(app, database, settings, letter_id, number)
        address = first.request.path
        others = [one.email for one in ASKED if one is not asked]
        for language in LANGUAGES:
            page = client.get(address + f"?language={language}", follow_redirects=True)
            client.get(address + "?since=1")
            assert page.status_code == 200 and f'lang="{language}"' in page.text
            assert not any(other in page.text for other in others)
    assert compared and all(compared)
    assert len(compared) == (1 + 2 * len(LANGUAGES)) * len(ASKED)
