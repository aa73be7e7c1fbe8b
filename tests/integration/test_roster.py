"""Who counts, and how many: one statement or two at any size, and the same as one by one."""

import dataclasses
import hashlib

import pytest
import rfc8785
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.support import factories
from tests.support.factories import ANNA, act, answer, approved, correct, link_ids, open_sign_off, sign, take_in
from workflow.campaigns import drafts, invitations, lifecycle, printing, stationery
from workflow.campaigns import tally as tallies
from workflow.campaigns.roster import Roster, Signed, roster
from workflow.campaigns.stationery import Choice, Standing
from workflow.campaigns.tally import Tally, tally
from workflow.letter import text
from workflow.models import Letter, now
from workflow.signoffs import answers, review

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_digests = st.none() | st.sampled_from(["a" * 64, "b" * 64])


@given(
    st.lists(
        st.builds(
            Signed,
            *[_texts, st.just("i"), st.integers(0, 9), _texts, _texts, st.just(now()), st.just("confirmed"), _digests],
            *[_texts, _texts, _texts, _digests, st.integers(1, 9), st.booleans(), st.booleans()],
        ),
        max_size=4,
    )
)
def test_what_is_kept_of_the_names_is_canonical_json(signed):
    """Fingerprints that were made one by one, of whatever names, still hold."""
    found = Roster(tuple(signed))
    printed = [s for s in signed if not s.confidential]
    content = [[s.id, *dataclasses.astuple(s.printed())[:5], s.logo_sha256, s.image_sha256] for s in printed]

    assert found.canonical == rfc8785.dumps(content)
    assert found.withheld == len(signed) - len(printed)


def as_before(session, row):
    """The fingerprint as it was issued, through every object."""
    signoffs = [
        signoff
        for invitation in sorted(row.invitations, key=lambda i: (not i.founder, i.position))
        if invitation.has_signed and (signoff := invitation.signoff_for(row.revision.digest))
    ]
    printed = [s for s in signoffs if not s.invitation.confidential]
    content = {
        "revision": row.revision.digest,
        "date": row.date.isoformat() if row.date else "",
        **({"place": row.place} if row.place else {}),
        "paper": [row.letterhead, row.layout],
        "withheld": len(signoffs) - len(printed),
        "signoffs": [
            [s.id, *dataclasses.astuple(s.printed())[:5], s.invitation.organisation.logo_sha256, s.image_sha256]
            for s in printed
        ],
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


@pytest.mark.parametrize("place", ["", "Geneva"])
def test_a_fingerprint_is_the_one_that_was_issued(database, place):
    letter_id = act(
        database,
        lambda session: (
            drafts.take_in(
                session,
                factories.words(),
                factories.cosigners(4),
                ANNA,
                dated=None,
                terms=factories.terms(),
                place=place,
            ).id
        ),
    )
    with_room = Choice("plain", "automatic", "agreed", room_to_sign=True)
    act(database, stationery.choose, letter_id, with_room, ANNA)
    open_sign_off(database, letter_id)
    for number in range(3):
        sign(database, letter_id, number)
    with database.reading() as session:
        ids = [invitation.id for invitation in session.get_one(Letter, letter_id).invitations]
    act(database, stationery.set_standing, letter_id, ids[2], Standing(3, "Kenya", founder=True), ANNA)
    act(database, stationery.set_standing, letter_id, ids[1], Standing(2, confidential=True), ANNA)

    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert printing.fingerprint(row) == as_before(session, row)
        assert [one.label for one in roster(session, row).printed] == ["ORGC", "ORGA"]


def test_an_act_sees_what_it_has_changed_and_a_refused_one_leaves_nothing_behind(database):
    letter_id = approved(database, 2)

    def names(session):
        return [one.name for one in roster(session, session.get_one(Letter, letter_id)).counting]

    with database.reading() as session:
        assert len(names(session)) == 2
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        answers.retract(session, link_ids(database, letter_id)[0])
        assert len(names(session)) == 1
        raise ZeroDivisionError
    with database.reading() as session:
        assert len(names(session)) == 2
    act(database, answers.retract, link_ids(database, letter_id)[0])
    with database.reading() as session:
        assert len(names(session)) == 1


def test_an_act_that_has_only_locked_takes_what_is_kept(database):
    letter_id = approved(database, 2)
    with database.reading() as session:
        kept = roster(session, session.get_one(Letter, letter_id))
    with database.writing() as session:
        row = printing.locked_letter(session, letter_id)
        assert roster(session, row) is kept
        row.ordering = "alphabet"
        assert roster(session, row) is not kept


def test_a_tally_counts_each_as_it_stands_in_one_statement(database):
    letter_id = take_in(database, 8, required=3, minimum=1)
    open_sign_off(database, letter_id)
    links = link_ids(database, letter_id)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        ids = [invitation.id for invitation in row.invitations]
        digest = row.revision.digest
    sign(database, letter_id, 0)
    act(database, answers.sign, links[1], answer(database, letter_id, withheld=True))
    act(database, answers.decline, links[2], digest, "No.")
    act(database, invitations.revoke, letter_id, ids[3], ANNA)
    act(database, review.give_verdict, links[4], digest, "ready")
    act(database, invitations.invite, letter_id, text.Cosigner("Organisation Z"), ANNA)

    with database.reading() as session:
        row, seen = session.get_one(Letter, letter_id), []
        sa.event.listen(session.connection(), "before_cursor_execute", lambda *given: seen.append(given[2]))
        counted = tally(session, row)
        assert len(seen) == 1
        assert tallies.missing(session, row, counted.missing) == ("ORGC",)
        assert tallies.unaddressed(session, row, counted.unaddressed) == ("Organisation Z",)
    assert counted == Tally(
        listed=8, invited=5, signed=2, withheld=1, declined=1, replied=3, silent=4, missing=1, unaddressed=1
    )

    with database.reading() as session:
        added = session.get_one(Letter, letter_id).invitations[-1].id
    act(database, invitations.revoke, letter_id, added, ANNA)
    correct(database, letter_id, small=False)
    with database.reading() as session:
        counted = tally(session, session.get_one(Letter, letter_id))
    assert (counted.listed, counted.signed, counted.to_confirm, counted.missing) == (7, 0, 2, 3)
    assert counted.withheld == 0


def test_a_sentence_with_thousands_of_names_says_the_first_few_and_how_many_more(database):
    letter_id = take_in(database, 26, required=26)
    act(database, invitations.invite, letter_id, text.Cosigner("Organisation Z2", email="z2@example.org"), ANNA)
    open_sign_off(database, letter_id)

    with database.reading() as session:
        known = lifecycle.facts(session, session.get_one(Letter, letter_id))

    assert known.missing == ("ORGA", "ORGB", "ORGC", "ORGD", "ORGE", "21 others")
