"""The common log at its public address, read by a client that knows only RFC 6962 and c2sp.org/tlog-tiles."""

from __future__ import annotations

import random

import pytest

from tests.support.common_log import Built, Reader, root_by_path, roots_by_consistency, sha256
from workflow.history import common
from workflow.history.common import tiles
from workflow.history.common.tiles import Tile
from wsgi import create_app


@pytest.fixture
def asked(settings, database):
    """Ask for an address of the log, as anybody may."""
    client = create_app(settings, database).test_client()
    return lambda path, **given: client.get(f"/log{path}", **given)


def body(asked):
    def get(path):
        answer = asked(path)
        assert answer.status_code == 200, path
        return answer.data

    return get


def check(reader: Reader, entries: list[bytes], older: dict[int, bytes], some) -> None:
    """Everything that a client can recompute: root, entries, inclusion, and consistency with what it saw before."""
    assert reader.is_the_checkpoints()
    for index in some(range(reader.size)):
        leaf = sha256(b"\0" + entries[index])
        assert root_by_path(leaf, index, reader.size, reader.path(index)) == reader.root
    for old in some(sorted(older)):
        proof = reader.continues(old)
        assert roots_by_consistency(old, reader.size, older[old], proof) == (older[old], reader.root)


def test_every_tree_up_to_64_entries_can_be_recomputed_from_its_tiles(database, asked):
    built, older = Built(database), {}
    chance = random.Random(6962)
    for size in range(1, 65):
        built.grow(size)
        reader = Reader(body(asked))
        assert reader.size == size
        assert reader.entries() == built.entries
        check(reader, built.entries, older, lambda all_: chance.sample(list(all_), min(len(all_), 4)))
        older[size] = reader.root
        with database.reading() as session:
            for old in {1, size // 2 or 1, size - 1 or 1, size}:
                assert common.consistency(session, old, size) == reader.continues(old)


def test_trees_around_full_tiles_can_be_recomputed(database, asked):
    built, older = Built(database), {}
    chance = random.Random(256)
    for size in (255, 256, 257, 513, 65_536, 65_537):
        built.grow(size)
        reader = Reader(body(asked))
        check(reader, built.entries, older, lambda all_: chance.sample(list(all_), min(len(all_), 3)))
        older[size] = reader.root
        with database.reading() as session:
            for old in chance.sample(list(older), min(len(older), 4)):
                assert common.consistency(session, old, size) == reader.continues(old)
        if size < 1000:
            assert reader.entries() == built.entries
    assert len(reader.get("/tile/2/000.p/1")) == 32
    assert len(reader.get("/tile/0/255")) == 8192
    assert reader.get("/tile/entries/256.p/1") == b"\0\x20" + built.entries[65_536]


def test_what_is_there_may_be_kept_for_good_and_the_checkpoint_for_a_moment(database, asked):
    assert asked("/checkpoint").status_code == 404
    Built(database).grow(300)
    head, full, partial = asked("/checkpoint"), asked("/tile/0/000"), asked("/tile/entries/001.p/44")

    assert head.content_type == "text/plain; charset=utf-8"
    assert full.content_type == partial.content_type == "application/octet-stream"
    assert head.headers["Cache-Control"] == "public, max-age=2"
    assert full.headers["Cache-Control"] == partial.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for path, answer in (("/checkpoint", head), ("/tile/0/000", full)):
        again = asked(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]
    assert "Set-Cookie" not in head.headers


NOT_THERE = (
    "/tile/0/001",  # Not full.
    "/tile/0/001.p/45",  # Wider than the tree.
    "/tile/0/000.p/256",
    "/tile/0/000.p/0",
    "/tile/0/000.p/07",
    "/tile/0/000.p/-1",
    "/tile/0/000.p/",
    "/tile/0/0",
    "/tile/0/00",
    "/tile/0/x000/000",
    "/tile/0/x001/067",
    "/tile/00/000",
    "/tile/64/000",
    "/tile/2/000.p/1",
    "/tile/63/000",
    "/tile/data/000",
    "/tile/entries/002",
    "/tile/entries/001.p/45",
    "/tile/-1/000",
    "/tile/0/٠٠٠",
    "/tile/0/" + "x999/" * 100 + "999",
    "/tile/0/x999/x999/x999/x999/x999/x999/999",
    "/tile/",
    "/tile/0",
)


def test_what_is_not_in_the_tree_or_not_spelt_as_it_must_be_is_not_there(database, asked):
    Built(database).grow(300)

    for path in NOT_THERE:
        answer = asked(path)
        assert answer.status_code == 404, path
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_tile_narrower_than_the_tree_stays_there(database, asked):
    """A client that saw an older checkpoint asks for the tile as it was then."""
    built = Built(database)
    built.grow(10)
    before = asked("/tile/0/000.p/10").data
    built.grow(300)

    assert asked("/tile/0/000.p/10").data == before == asked("/tile/0/000").data[:320]


def test_nothing_is_served_that_no_head_was_signed_over(database, asked, monkeypatch):
    built = Built(database)
    built.grow(5)
    monkeypatch.setattr("tests.support.common_log.signer.sign", lambda database: "")
    built.grow(9)

    assert asked("/tile/0/000.p/5").status_code == 200
    assert asked("/tile/0/000.p/6").status_code == asked("/tile/entries/000.p/9").status_code == 404


@pytest.mark.parametrize(
    ("number", "path"),
    [(0, "000"), (67, "067"), (1067, "x001/067"), (1_234_067, "x001/x234/067"), (999_999, "x999/999")],
)
def test_a_tile_is_named_by_threes_of_digits(number, path):
    for of, level in (("0", 0), ("7", 7), ("entries", None)):
        for width, ending in ((256, ""), (1, ".p/1"), (255, ".p/255")):
            assert Tile(level, number, width).name == f"{of}/{path}{ending}"
            assert Tile.named(f"{of}/{path}{ending}") == Tile(level, number, width)
    assert tiles.WIDTH == 256
