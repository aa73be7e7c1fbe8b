"""The sorted tree of printed names: what is in it and what is not can be shown, and nothing else."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.vectors import rfc6962
from workflow import merkle
from workflow.verify.printed_names import (
    Leaf,
    folded_name,
    is_printed,
    name_forms,
    name_key,
    name_keys,
    names_commitment,
    names_of,
)
from workflow.verify.report import VerificationError

SALT = bytes(range(32))


@dataclasses.dataclass
class Names:
    """A tree of names with what an entry says of it."""

    keys: list[bytes]

    def __post_init__(self) -> None:
        self.hashes = [merkle.leaf_hash(key) for key in self.keys]
        self.root = rfc6962.root_of(self.hashes) if self.hashes else hashlib.sha256(b"").digest()
        self.names = names_of(SALT, self.keys)

    def leaf(self, index: int) -> Leaf:
        return Leaf(index, self.keys[index], merkle.Tree(self.hashes).path(index))

    def shown(self, *indices: int) -> list[Leaf]:
        return [self.leaf(index) for index in indices if 0 <= index < len(self.keys)]

    def has(self, wanted: str, leaves: list[Leaf], **other) -> bool:
        said = {"names": self.names, "salt": SALT, "size": len(self.keys), "root": self.root, **other}
        return is_printed(said["names"], said["salt"], said["size"], said["root"], leaves, wanted)


def tree(size: int) -> Names:
    return Names(name_keys(SALT, {f"name{number}" for number in range(size)}))


def place_of(names: Names, wanted: str) -> int:
    """How many keys come before the one that is looked for."""
    return sum(key < name_key(SALT, wanted) for key in names.keys)


@pytest.mark.parametrize("size", range(65))
def test_in_trees_of_every_size_each_name_is_there_and_each_other_is_not(size):
    names = tree(size)
    there = {f"name{number}" for number in range(size)}

    for wanted in there:
        assert names.has(wanted, names.shown(place_of(names, wanted)))
    for wanted in (f"other{number}" for number in range(40)):
        after = place_of(names, wanted)
        assert not names.has(wanted, names.shown(after - 1, after))


@pytest.mark.parametrize("size", range(1, 18))
def test_no_other_pair_of_leaves_shows_that_a_name_is_absent(size):
    """Neighbours that are not next to each other, the wrong edge, one alone, the wrong order, a name that is there."""
    names = tree(size)
    for wanted in (*(f"other{number}" for number in range(12)), *(f"name{number}" for number in range(size))):
        at = place_of(names, wanted)
        right = [index for index in (at - 1, at) if 0 <= index < size]
        for one in range(-1, size):
            for other in range(-1, size):
                leaves = names.shown(one, other)
                if [leaf.number for leaf in leaves] == right and not wanted.startswith("name"):
                    continue
                if [leaf.key for leaf in leaves] == [name_key(SALT, wanted)]:
                    continue
                with pytest.raises(VerificationError):
                    names.has(wanted, leaves)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_what_is_forged_is_refused(size):
    names, other = tree(size), tree(size + 1)
    wanted = "other"
    at = place_of(names, wanted)
    leaves = names.shown(at - 1, at)
    moved = [leaf._replace(number=leaf.number + 1) for leaf in leaves]
    cut = [leaf._replace(path=[*leaf.path, bytes(32)]) for leaf in leaves]
    renamed = [leaf._replace(key=hashlib.sha256(leaf.key).digest()) for leaf in leaves]
    of_other = other.shown(place_of(other, wanted) - 1, place_of(other, wanted))

    for forged in (moved, cut, renamed, of_other, [*leaves, *leaves], []):
        with pytest.raises(VerificationError):
            names.has(wanted, forged)
    for said in (
        {"salt": hashlib.sha256(SALT).digest()},
        {"salt": b""},
        {"size": size + 1},
        {"size": -1},
        {"root": other.root},
        {"names": other.names},
        {"size": other.keys and len(other.keys), "root": other.root},
    ):
        with pytest.raises(VerificationError):
            names.has(wanted, leaves, **said)


def test_an_empty_tree_has_no_name_and_no_other_root():
    names = tree(0)

    assert names.names == names_commitment(SALT, 0, hashlib.sha256(b"").digest())
    assert not names.has("fidh", [])
    with pytest.raises(VerificationError):
        names.has("fidh", tree(1).shown(0))


@given(st.sets(st.text("abcdefgh", min_size=1, max_size=3), max_size=64), st.text("abcdefghi", min_size=1, max_size=3))
@example({"a"}, "a")
def test_whatever_is_printed_and_asked_for_the_answer_is_right(forms, wanted):
    names = Names(name_keys(SALT, forms))
    at = place_of(names, wanted)
    leaves = names.shown(at) if wanted in forms else names.shown(at - 1, at)

    assert names.has(wanted, leaves) is (wanted in forms)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Médecins sans Frontières", "medecins  SANS-frontieres"),
        ("M.S.F.", "msf"),
        ("Straße & Söhne", "STRASSE SOHNE"),
        ("Ελληνικός Σύνδεσμος", "ΕΛΛΗΝΙΚΟΣ ΣΥΝΔΕΣΜΟΣ"),
        ("Łódź Ø Æ", "lodz o ae"),
        ("İstanbul Derneği", "ISTANBUL DERNEGI"),
        ("المنظّمة العربيّة لحقوق الإنسان", "المنظمه العربيه لحقوق الانسان"),
        ("سازمان‌های ایرانی", "سازمانهاي ايراني"),
        ("Ａｍｎｅｓｔｙ", "amnesty"),
        ("a\u200bb\u2011c", "abc"),
    ],
)
def test_a_name_is_found_however_it_is_typed(one, other):
    assert folded_name(one) == folded_name(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("กิน", "กัน"), ("អង្គការ", "អង្គករ"), ("Group 1", "Group 2"), ("Амнистия", "Амнистии")]
)
def test_names_that_differ_in_a_letter_are_two(one, other):
    assert folded_name(one) != folded_name(other)


@given(st.text())
def test_what_is_folded_stays_as_it_is(name):
    assert folded_name(folded_name(name)) == folded_name(name)


def test_an_organisation_is_found_by_its_name_its_acronym_and_as_it_is_printed():
    name = "International Federation for Human Rights"

    assert name_forms(name, "FIDH") == {
        folded_name(name),
        "fidh",
        folded_name(f"{name} (FIDH)"),
    }
    assert name_forms("Amnesty", "") == {"amnesty"}
    assert name_forms("", "A.I.") == {"ai"}
