"""Letters as people paste them (tests/letters): each is read as a careful reader reads it, and no worse than before."""

from __future__ import annotations

import pytest

from tests.bench import reading

CASES = [(name, path) for name, folder in reading.SETS.items() for path in sorted(folder.glob("*.txt"))]


def test_there_are_letters_to_read():
    assert sum(name == "known" for name, _ in CASES) >= 36


@pytest.mark.slow
@pytest.mark.parametrize(("name", "path"), CASES, ids=[path.stem for _, path in CASES])
def test_no_part_that_was_right_becomes_wrong(name, path):
    accepted = reading.committed()[name]["missed"].get(path.stem, [])

    assert set(reading.misread(path)) <= set(accepted)


@pytest.mark.slow
@pytest.mark.parametrize("name", reading.SETS)
def test_the_score_does_not_fall_below_its_floor(name):
    letters = sum(name == other for other, _ in CASES)

    share = reading.shares(reading.missed(reading.SETS[name]), letters)["all"] if letters else 100

    assert share >= reading.committed()[name]["floor"]


def test_a_part_that_is_misread_is_seen(tmp_path):
    letter = CASES[0][1]
    source = letter.read_text("utf-8").replace("Dear", "Hello there")
    (tmp_path / letter.name).write_text(source, "utf-8")
    (tmp_path / letter.name).with_suffix(".json").write_bytes(letter.with_suffix(".json").read_bytes())

    wrong = reading.missed(tmp_path)

    assert "salutation" in wrong[letter.stem]
    assert reading.shares(wrong, 1)["all"] < 100
