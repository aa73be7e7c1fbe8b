"""A campaign's page at two hundred letters against five, each with ten co-signers: read again, and after an entry."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from config.settings import Settings
from tests.bench.figures import in_turn, record, timed
from tests.support.browsing import signed_in
from tests.support.factories import ANNA, act, open_sign_off, terms, words
from workflow.campaigns import batches, campaign, drafts, lifecycle
from workflow.campaigns.campaign import Setting
from workflow.database import Database
from workflow.letter import text
from workflow.models import Campaign, Letter, now
from wsgi import create_app

FEW, MANY = 5, 200
COSIGNERS = 10
RUNS = 25


def measure() -> None:
    """Measure the page as it is read again, and as it is read first after a letter's history has grown."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(instance=Path(folder))
        database = Database(settings)
        database.migrate()
        app = create_app(settings, database)
        few, many = (_campaign(database, count) for count in (FEW, MANY))
        client = signed_in(app, database)
        pages = {
            str(count): functools.partial(client.get, f"/campaigns/{one}") for count, one in ((5, few), (200, many))
        }
        for page in pages.values():
            assert page().status_code == 200
        taken = in_turn({name: functools.partial(timed, page) for name, page in pages.items()}, RUNS)
        record("campaign_page/200_letters/vs_5", taken["200"], taken["5"], "ms", RUNS)
        grown = {
            name: functools.partial(_after_an_entry, database, one, pages[name])
            for name, one in (("5", few), ("200", many))
        }
        taken = in_turn(grown, RUNS)
        record("campaign_page/200_letters/vs_5/grown", taken["200"], taken["5"], "ms", RUNS)
        database.close()


def _campaign(database: Database, count: int) -> str:
    """Return a campaign with so many letters: of five, one is in draft, one in review, and three are open to sign."""
    with database.writing() as session:
        begun = campaign.begin(session, Setting(terms(name=f"{count} letters"))).id
    asked = [
        text.Cosigner(f"Organisation {n}", f"O{n}", f"Person {n}", "Chair", f"o{n}@x.org") for n in range(COSIGNERS)
    ]
    for number in range(count):
        due = terms(deadline=now() + timedelta(days=1 + number % 60))
        with database.writing() as session:
            joined, said = session.get_one(Campaign, begun), words(subject=f"Letter {number}")
            one = drafts.take_in(session, said, asked, ANNA, dated=None, terms=due, campaign=joined).id
        if number % 5 == 1:
            act(database, lifecycle.circulate, one, ANNA)
        elif number % 5 > 1:
            open_sign_off(database, one)
        while act(database, batches.piece, one, 500):
            pass
    return begun


def _after_an_entry(database: Database, campaign_id: str, page: Callable[[], object]) -> float:
    """Time the page right after the terms of one letter were set."""
    with database.reading() as session:
        newest = select(Letter.id).where(Letter.campaign_id == campaign_id).order_by(Letter.created_at.desc())
        letter_id = session.scalars(newest.limit(1)).one()
    act(database, drafts.set_terms, letter_id, terms(), ANNA)
    return timed(page)
