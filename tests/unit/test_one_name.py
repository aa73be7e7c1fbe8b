"""A file about one name, forged by whoever has the key: what it says is held against itself and against the log."""

from __future__ import annotations

import json

import pytest

from tests.support.forging import VKEY, History, checkpoints, sha256
from tests.vectors import rfc6962
from workflow import merkle
from workflow.verify.ed25519 import is_signed
from workflow.verify.one_name import ONE_NAME, check_one_name
from workflow.verify.printed_names import folded_name, name_key, name_keys, names_of

SALT = bytes(range(32))
NAME = "Organisation C"
DOCX = sha256(b"the document that was sent")


def tree_of(*forms):
    keys = name_keys(SALT, map(folded_name, forms))
    return keys, names_of(SALT, keys)


PRINTED, DENIED = tree_of("Organisation A", "Organisation B", NAME), tree_of("Organisation A", "Organisation B")


def told(*renderings, docx=DOCX, after=()):
    """A history in which documents were made for these trees, sent, and made again after that."""
    history = History()
    for _, names in renderings:
        history.add("document.rendered", docx=docx, names=names)
    history.add("letter.dispatch", documents=[DOCX])
    for _, names in after:
        history.add("document.rendered", docx=docx, names=names)
    return history


def proved(history, sequence, size=None):
    entries = history.packed()[: size or len(history.entries)]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    return {
        "entry": entries[sequence].decode(),
        "proof": merkle.format_proof(sequence, merkle.Tree(leaves).path(sequence), checkpoints(entries)[len(entries)]),
    }


def shown(keys):
    """What a file shows of a tree: the leaf of the name, or its neighbours."""
    key = name_key(SALT, folded_name(NAME))
    place = sum(one < key for one in keys)
    around = [place] if key in keys else [at for at in (place - 1, place) if 0 <= at < len(keys)]
    hashes = [merkle.leaf_hash(one) for one in keys]
    leaves = [
        {"index": at, "key": keys[at].hex(), "path": [one.hex() for one in merkle.Tree(hashes).path(at)]}
        for at in around
    ]
    return {"salt": SALT.hex(), "size": len(keys), "root": rfc6962.root_of(hashes).hex(), "leaves": leaves}


def judged(history, documents, dispatch):
    said = {"format": ONE_NAME, "letter": history.letter, "name": NAME, "vkey": VKEY}
    content = json.dumps(said | {"documents": documents, "dispatch": dispatch}).encode()
    return check_one_name(content, [VKEY], is_signed)


@pytest.mark.parametrize(("tree", "says"), [(PRINTED, "stands among"), (DENIED, "does not stand among")])
def test_a_name_that_is_there_and_one_that_is_not_are_shown(tree, says):
    history = told(tree)

    report = judged(history, [proved(history, 0) | shown(tree[0])], proved(history, 1))

    assert report.problems == []
    assert says in report.to_text()


def test_two_accounts_of_one_document_that_contradict_each_other_show_nothing():
    history = told(PRINTED, DENIED)
    documents = [proved(history, 0) | shown(PRINTED[0]), proved(history, 1) | shown(DENIED[0])]

    report = judged(history, documents, proved(history, 2))

    assert "entry 1 is not the one that the document was sent by" in "".join(report.invalid)


def test_a_document_that_was_made_after_the_letter_was_sent_shows_nothing():
    history = told(PRINTED, after=[DENIED])

    report = judged(history, [proved(history, 2) | shown(DENIED[0])], proved(history, 1))

    assert "entry 2 is not the one that the document was sent by" in "".join(report.invalid)


def test_a_document_that_was_not_sent_shows_nothing():
    history = told(DENIED, docx=sha256(b"another"))

    report = judged(history, [proved(history, 0) | shown(DENIED[0])], proved(history, 1))

    assert "it speaks of no document that was sent" in "".join(report.invalid)


def test_proofs_out_of_two_checkpoints_show_nothing():
    history = told(PRINTED)
    history.add("letter.confirm")

    report = judged(history, [proved(history, 0) | shown(PRINTED[0])], proved(history, 1, size=2))

    assert "its proofs lead to different checkpoints" in "".join(report.invalid)


def test_a_look_alike_is_pointed_out():
    history = told(PRINTED)
    look_alike = NAME.replace("a", "а", 1)  # Cyrillic.
    key = name_key(SALT, folded_name(look_alike))
    place = sum(one < key for one in PRINTED[0])
    hashes = [merkle.leaf_hash(one) for one in PRINTED[0]]
    leaves = [
        {"index": at, "key": PRINTED[0][at].hex(), "path": [one.hex() for one in merkle.Tree(hashes).path(at)]}
        for at in (place - 1, place)
        if 0 <= at < len(hashes)
    ]
    said = {"format": ONE_NAME, "letter": history.letter, "name": look_alike, "vkey": VKEY}
    document = proved(history, 0) | shown(PRINTED[0]) | {"leaves": leaves}
    content = json.dumps(said | {"documents": [document], "dispatch": proved(history, 1)}).encode()

    report = check_one_name(content, [VKEY], is_signed)

    assert report.problems == []
    assert any("mixes letters of several scripts" in remark for remark in report.remarks)
