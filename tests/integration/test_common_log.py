"""One log over all letters: what is appended to it, what is signed, and what is refused."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from tests.support.factories import open_sign_off, take_in
from tests.vectors import rfc6962
from workflow import history, merkle
from workflow.history import common
from workflow.models import Checkpoint, CommonCheckpoint, CommonEntry
from workflow.verify.notes import checkpoint_of, open_note, read_key, read_proof
from workflow.verify.tree import is_included


@pytest.fixture
def letters(database):
    """Three letters, of which two are sequenced, the first twice."""
    first, second = take_in(database), take_in(database)
    common.sequence(database)
    open_sign_off(database, first)
    common.sequence(database)
    return [first, second, take_in(database)]


def rows(database, model):
    with database.reading() as session:
        return list(session.scalars(sa.select(model).order_by(*model.__table__.primary_key.columns)))


def judged(note: str, vkey: str):
    """What somebody outside reads in a head, under a key that they know."""
    signatures = open_note(note)
    signatures.check(read_key(vkey), merkle.is_signed)
    return checkpoint_of("", signatures)


def test_the_newest_checkpoint_of_each_letter_that_grew_is_appended_as_a_hash_and_a_head_is_signed(database, letters):
    entries = rows(database, CommonEntry)
    with database.reading() as session:
        note, vkey = common.newest(session), common.vkey_of(session)
        of = {(row.letter_id, row.size): row.note for row in session.scalars(sa.select(Checkpoint))}
    head = judged(note, vkey)

    assert [row.letter_id for row in entries] == [*sorted(letters[:2]), letters[0]]
    for row in entries:
        text = of[row.letter_id, row.size].partition("\n\n")[0] + "\n"
        assert row.entry == hashlib.sha256(text.encode()).digest()
    assert head.origin == vkey.partition("+")[0] == f"{database.settings.host}/log"
    assert (head.size, head.root) == (3, rfc6962.root_of([merkle.leaf_hash(row.entry) for row in entries]))
    assert [row.size for row in rows(database, CommonCheckpoint)] == [2, 3]
    assert common.sequence(database) == 1
    assert common.sequence(database) == 0


def test_a_letter_is_proved_under_the_newest_head(database, letters):
    with database.reading() as session:
        assert common.proof(session, letters[2]) is None
        for letter_id in letters[:2]:
            found = common.proof(session, letter_id)
            index, path, note = read_proof(found.proof)
            head = judged(note, common.vkey_of(session))
            text = found.checkpoint.partition("\n\n")[0] + "\n"
            leaf = merkle.leaf_hash(hashlib.sha256(text.encode()).digest())
            assert is_included(index, head.size, leaf, path, head.root)
            assert judged(found.checkpoint, history.vkey_of(session, letter_id)).size == found.size
