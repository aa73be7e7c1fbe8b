"""The evidence of one sign-off carries time stamps; and says of a document that somebody has what can be said of it."""

from __future__ import annotations

import json
import re

import pytest

from tests.attacks.test_keys_kept import command
from tests.integration.test_evidence_standing import another_head, stamping, witnessed
from tests.integration.test_one_signoff import check, of_one, said
from tests.support import factories
from tests.support.evidence import files_of
from tests.support.keys import read_anew
from tests.support.sent_letters import deliver, open_letter, render, sign
from workflow import history
from workflow.campaigns import dispatch, lifecycle
from workflow.database import Database
from workflow.history import common
from workflow.verify import InputError, verify
from workflow.verify.der import read_certificates

__all__ = ["stamping"]

OLDER = "checkpoints/consistency.jsonl"


@pytest.fixture
def stamped(database, stamping):
    """A letter with a stamp over its first sign-off, and one over its end; the files of the first sign-off."""
    letter_id = open_letter(database)
    sign(database, letter_id, 0)
    common.sequence(database)
    witnessed(database, "timestamp", lambda text: stamping.stamp(text.encode()))
    for number in (1, 2):
        sign(database, letter_id, number)
    factories.act(database, lifecycle.approve, letter_id, factories.ANNA)
    render(database, letter_id)
    factories.act(database, dispatch.dispatch, letter_id, factories.fingerprint(database, letter_id), factories.ANNA)
    deliver(database, letter_id)
    another_head(database)
    witnessed(database, "timestamp", lambda text: stamping.stamp(text.encode()))
    another_head(database)
    return letter_id, of_one(database, letter_id), read_certificates(stamping.path("root").read_bytes())


def test_the_stamps_over_its_answers_and_over_all_of_it_are_checked(database, stamped):
    letter_id, files, certificates = stamped
    key = history.vkey(database.settings)

    assert len([name for name in files if name.endswith(".tsr")]) == 2
    documents = {name: one for name, one in files_of(database, letter_id).items() if name.endswith(".docx")}
    documents = {name: one for name, one in documents.items() if name.startswith("documents/")}
    report = verify(files, key, received=documents, certificates=certificates)

    assert (report.problems, len(documents)) == ([], 1)
    assert "it is the one of entry" in report.to_text() and "what else is printed in documents/" in report.to_text()
    assert report.verdict.startswith("VALID for one signature alone, with time stamp (Stamps of Port Town, 20")
    assert sum("Time stamp by Stamps of Port Town: at 20" in fact for fact in report.facts) == 2
    bare = check(database, files)
    assert bare.verdict == "VALID for one signature alone, signed by the operator only"
    assert any("2 of 2 time stamps: its signature was not checked" in what for what in bare.unchecked)
    with pytest.raises(InputError, match="does not belong in evidence of a whole letter"):
        verify({name: content for name, content in files.items() if name != "signoff.json"}, key)


def test_stamps_and_older_checkpoints_that_do_not_belong_are_found(database, stamped):
    letter_id, files, _ = stamped
    stamp = min((name for name in files if name.endswith(".tsr")), key=lambda name: int(name[7:-4]))
    older = min((name for name in files if re.fullmatch(r"checkpoints/\d+.txt", name)), key=lambda n: int(n[12:-4]))
    line = json.loads(files[OLDER])
    swapped = json.dumps({**line, "path": line["path"][::-1]}, separators=(",", ":")).encode() + b"\n"
    other = of_one(database, open_letter(database))

    def without(*names):
        return said(check(database, {name: content for name, content in files.items() if name not in names}))

    assert len(line["path"]) > 1 and files[OLDER].count(b"\n") == 1
    assert "nothing shows that checkpoints/" in without(OLDER)
    assert f"{OLDER}, line 1: it does not show that" in said(check(database, {**files, OLDER: swapped}))
    assert f"{OLDER}, line 2: it is of no older" in said(check(database, {**files, OLDER: files[OLDER] * 2}))
    assert f"{OLDER} is cut off" in said(check(database, {**files, OLDER: files[OLDER][:-1]}))
    assert "it proves no checkpoint of this letter" in without(older)
    assert "the time stamp that belongs to it is missing" in without(stamp)
    newest = max((name for name in files if name.endswith(".tsr")), key=lambda name: int(name[7:-4]))
    assert "is the time stamp of something else" in said(check(database, {**files, stamp: files[newest]}))
    strange = {name: content for name, content in other.items() if re.fullmatch(r"checkpoints/\d+.txt", name)}
    assert "is of another log" in said(check(database, files | strange))


def test_no_stamp_over_what_an_earlier_key_signed_goes_along(database, settings, stamping):
    """The entries that say how keys follow are not all in it, so nothing could tell who signed such a checkpoint."""
    letter_id = open_letter(database)
    sign(database, letter_id, 0)
    common.sequence(database)
    witnessed(database, "timestamp", lambda text: stamping.stamp(text.encode()))
    before = of_one(database, letter_id)
    command(settings, "keys", "replace", "history")
    read_anew()
    opened = Database(settings)
    sign(opened, letter_id, 1)
    common.sequence(opened)
    size = witnessed(opened, "timestamp", lambda text: stamping.stamp(text.encode()))

    after = of_one(opened, letter_id)

    assert [name for name in before if name.endswith(".tsr")] != [name for name in after if name.endswith(".tsr")]
    assert [name for name in after if name.endswith(".tsr")] == [f"stamps/{size}.tsr"]
    certificates = read_certificates(stamping.path("root").read_bytes())
    report = verify(after, history.vkey(settings), certificates=certificates)
    assert (report.problems, len(report.stamps)) == ([], 1)
    opened.close()
