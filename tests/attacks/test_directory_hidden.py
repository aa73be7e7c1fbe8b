"""
The directory tells nobody what they may not see: not by search, count, look-alike, merge, removal, or by an address.

Two coalitions with nobody in common; somebody who works for both; an auditor; an organisation whose name is withheld.
"""

from __future__ import annotations

import pytest

from tests.integration.test_directory import FIDH, campaign, letter, matched, member
from tests.support.browsing import csrf, signed_in
from tests.support.factories import ANNA, act
from workflow import accounts, history
from workflow.campaigns import directory, stationery
from workflow.campaigns.directory import editing, merging
from workflow.errors import NotFoundError
from workflow.letter import text
from workflow.models import Contact, KnownOrganisation, Letter, Organisation, User

SECRET = text.Cosigner(
    "Quetzalcoatlus Support Network", "QSN", "Safe Person", "", "safe@quetzal.example", country="Atlantis"
)


@pytest.fixture
def coalitions(database):
    """Two campaigns, each with a coordinator; in the first stands an organisation whose name is withheld."""
    first, second = member(database, "first"), member(database, "second")
    mine, theirs = campaign(database, first), campaign(database, second)
    hidden = letter(database, mine, SECRET, text.Cosigner("Open House"))
    letter(database, theirs, FIDH)
    with database.reading() as session:
        invitation = session.get_one(Letter, hidden).invitations[0].id
    act(
        database,
        stationery.set_standing,
        hidden,
        invitation,
        stationery.Standing(1, "Atlantis", confidential=True),
        ANNA,
    )
    return first, second, mine, theirs, hidden


def join(database, campaign_id, who, role):
    with database.writing() as session:
        accounts.join(session, campaign_id, session.get_one(User, who.id), role)


def known_id(database, name=SECRET.organisation):
    with database.reading() as session:
        return session.query(KnownOrganisation).filter_by(name=name, merged_into=None).one().id


LISTS = (
    "/organisations",
    "/organisations?q=quetzalcoatlus",
    "/organisations?q=safe",
    "/organisations?country=Atlantis",
    "/organisations?show=duplicates",
    "/organisations?show=reached&order=country",
)


def seen(client, pages=LISTS):
    return "\n".join(client.get(page, follow_redirects=True).text for page in pages)


def test_another_coalition_and_an_auditor_learn_nothing(app, database, coalitions):
    _, second, mine, theirs, hidden = coalitions
    secret = known_id(database)
    auditor = member(database, "auditor")
    join(database, mine, auditor, "auditor")
    before = {
        name: seen(signed_in(app, database, f"{name}@example.org", admin=False)) for name in ("second", "auditor")
    }

    for name in ("second", "auditor"):
        client = signed_in(app, database, f"{name}@example.org", admin=False)
        for word in ("Support Network", "QSN", "safe@quetzal", "Safe Person", '<option value="Atlantis"'):
            assert word not in before[name], (name, word)
        for address in ("", "/merge", "/logo.png"):
            assert client.get(f"/organisations/{secret}{address}").status_code == 404
        token = csrf(client.get("/organisations"))
        for address in ("", "/remove", "/contacts", "/logo/remove", "/merge"):
            form = {"csrf_token": token, "name": "Taken", "contact_name": "X", "stays": secret, "with": secret}
            assert client.post(f"/organisations/{secret}{address}", data=form).status_code == 404
    assert known_id(database) == secret
    reads = signed_in(app, database, "auditor@example.org", admin=False)
    assert "Open House" in seen(reads)
    assert "1 organisation<" in reads.get("/organisations").text
    assert "open@" not in seen(reads)
    assert reads.get(f"/organisations?campaign={theirs}").status_code == 404
    assert reads.get("/organisations/new").status_code == 404


def test_who_reads_only_sees_no_contact_and_changes_nothing(app, database, coalitions):
    _, _, mine, _, _ = coalitions
    auditor = member(database, "auditor")
    join(database, mine, auditor, "auditor")
    letter(database, mine, text.Cosigner("Open House", "", "Olga", "", "olga@open.example"))
    client, shown = signed_in(app, database, "auditor@example.org", admin=False), known_id(database, "Open House")

    page = client.get(f"/organisations/{shown}")

    assert page.status_code == 200
    assert "olga" not in (page.text + seen(client, ("/organisations", "/organisations?q=open"))).lower()
    assert "Nothing matches" in client.get("/organisations?q=olga").text
    for address in ("", "/remove", "/contacts", "/logo/remove", "/merge"):
        data = {"csrf_token": csrf(page), "name": "Taken", "contact_name": "X", "stays": shown}
        assert client.post(f"/organisations/{shown}{address}", data=data).status_code == 404
    with database.reading() as session:
        assert directory.as_cosigners(session, session.get_one(User, auditor.id), [shown]) == []
    assert client.get(f"/organisations/onto?id={shown}", follow_redirects=True).request.path == "/organisations"
    data = {"csrf_token": csrf(page), "letter": coalitions[4], f"known-{shown}": "y"}
    assert client.post("/organisations/onto", data=data).status_code in (303, 400)
    data = {"csrf_token": csrf(page), "name": "New", "campaign": mine}
    assert client.post("/organisations", data=data).status_code == 404


def test_what_is_typed_elsewhere_is_compared_with_nothing_of_it(database, coalitions):
    _, second, _, theirs, _ = coalitions

    for typed in (
        SECRET,
        text.Cosigner("Quetzalcoatlus Suport Network"),
        text.Cosigner("X", "QSN", "", "", SECRET.email),
    ):
        for who in (None, second):
            (found,) = matched(database, theirs, typed, who=who)
            assert (found.how, found.known) == ("new", None)
    letter(database, theirs, SECRET, actor=history.coordinator(second.id))
    with database.reading() as session:
        assert session.query(KnownOrganisation).filter_by(name=SECRET.organisation).count() == 2
        assert directory.as_cosigners(session, second, [known_id_of(session, theirs)])[0].known
        assert directory.as_cosigners(session, second, [known_id_of(session, coalitions[2])]) == []


def known_id_of(session, campaign_id):
    return session.query(KnownOrganisation).filter_by(name=SECRET.organisation, campaign_id=campaign_id).one().id


@pytest.fixture
def shared(database, coalitions):
    """One who works for both took the organisation from the directory to a letter of the second campaign."""
    _, _, mine, theirs, _ = coalitions
    both = member(database, "both")
    for one in (mine, theirs):
        join(database, one, both, "coordinator")
    with database.reading() as session:
        chosen = directory.as_cosigners(session, both, [known_id(database)])
    letter(database, theirs, *chosen, actor=history.coordinator(both.id))
    return both


def test_where_else_it_stands_is_not_told(app, database, coalitions, shared):
    client = signed_in(app, database, "second@example.org", admin=False)

    page = client.get(f"/organisations/{known_id(database)}")

    assert page.status_code == 200
    assert page.text.count("Free the seventeen") == 1
    assert coalitions[4] not in page.text
    assert "1 letter" in client.get("/organisations?q=quetzal").text


def test_taken_off_by_one_coalition_it_stays_with_the_other(database, coalitions, shared):
    first, second, mine, theirs, hidden = coalitions
    secret = known_id(database)
    with database.writing() as session:
        # It is in the second coalition's directory, and on a letter of the first alone.
        session.get_one(KnownOrganisation, secret).campaign_id = theirs
        for one in session.query(Organisation).filter_by(known_id=secret):
            if one.id != session.get_one(Letter, hidden).invitations[0].organisation_id:
                one.known_id = None

    with database.writing() as session:
        editing.remove(session, session.get_one(User, second.id), secret)

    with database.reading() as session:
        assert session.scalars(directory.seen_by(session, first).where(KnownOrganisation.id == secret)).one()
        assert session.query(Contact).filter_by(organisation_id=secret).count() == 1
        with pytest.raises(NotFoundError):
            directory.one(session, second, secret)


def test_merged_by_one_coalition_it_stays_what_it_was_to_the_other(database, coalitions, shared):
    first, second, mine, theirs, hidden = coalitions
    secret, into = known_id(database), known_id(database, FIDH.organisation)
    with pytest.raises(NotFoundError), database.writing() as session:
        merging.merge(session, session.get_one(User, first.id), secret, [into])

    with database.writing() as session:
        merging.merge(session, session.get_one(User, second.id), into, [secret])

    with database.reading() as session:
        names = {one.name for one in session.scalars(directory.seen_by(session, first))}
        assert names == {SECRET.organisation, "Open House"}
        assert session.get_one(Letter, hidden).invitations[0].organisation.known_id == secret
        assert [one.name for one in session.scalars(directory.seen_by(session, second))] == [FIDH.organisation]
        assert len(directory.one(session, first, secret).contacts) == 1
        with pytest.raises(NotFoundError):
            directory.one(session, second, secret)


def test_an_admin_who_types_a_name_shares_nothing(database, coalitions):
    admin = member(database, "admin", admin=True)
    *_, theirs, _ = coalitions

    letter(database, theirs, SECRET, actor=history.coordinator(admin.id))

    assert matched(database, theirs, SECRET, who=admin)[0].known.campaign_id == theirs
    with database.reading() as session:
        assert session.query(KnownOrganisation).filter_by(name=SECRET.organisation).count() == 2
