"""A log is never forked by a key that was lost, changed or replaced, nor by another public host."""

from __future__ import annotations

import json

import pytest
import rfc8785
import sqlalchemy as sa

from tests.support.evidence import covering, entries_of, files_of, find, receipts_of
from tests.support.factories import ANNA, act, open_sign_off, sign, take_in
from tests.support.keys import key, put, read_anew
from tests.vectors import rfc6962
from workflow import history, keys, merkle, verify
from workflow.campaigns import invitations, lifecycle
from workflow.database import Database
from workflow.errors import WrongKeyError
from workflow.history import evidence
from workflow.models import InstanceKey, Letter, LogHead
from wsgi import create_app


def command(settings, *words: str, code: int = 0) -> str:
    """Run `flask …` in a process that has just started."""
    read_anew()
    done = create_app(settings).test_cli_runner().invoke(args=list(words))
    assert done.exit_code == code, done.output
    return done.output


def signed_letter(database) -> str:
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    return letter_id


def live(database, letter_id: str) -> verify.Report:
    with database.reading() as session:
        return evidence.verify(session, letter_id)


@pytest.mark.parametrize("name", ["history", "secret"])
@pytest.mark.parametrize("content", [None, "ab" * 32])
def test_a_key_that_is_lost_or_another_stops_everything_and_is_not_made_anew(database, settings, name, content):
    letter_id = signed_letter(database)
    before = files_of(database, letter_id)
    put(settings, name, content)
    started_again = Database(settings)

    with pytest.raises(WrongKeyError, match=f"flask keys replace {name} --lost"), started_again.writing():
        pass
    app = create_app(settings)
    pages = [app.test_client().get(path) for path in ("/healthz", "/letters", "/sign-in", "/s/unknown")]
    assert [page.status_code for page in pages] == [503] * 4
    assert pages[0].headers["Retry-After"]
    assert app.test_client().get("/static/style.css", buffered=True).status_code == 200
    assert name in command(settings, "user", "anna@example.org", code=2)
    assert key(settings, name).exists() == (content is not None)
    assert files_of(database, letter_id) == before
    started_again.close()


@pytest.mark.parametrize("name", ["history", "secret"])
@pytest.mark.parametrize("content", ["", "\xff" * 20, "folder"])
def test_a_key_file_that_holds_no_key_is_said_and_is_a_lost_key(database, settings, name, content):
    letter_id = signed_letter(database)
    put(settings, name, content)
    if content == "folder":
        key(settings, name).unlink()
        key(settings, name).mkdir()

    assert "contains no key" in command(settings, "letter", "list", code=2)
    assert f"flask keys replace {name} --lost" in command(settings, "keys", "replace", name, code=2)
    command(settings, "keys", "replace", name, "--lost")
    read_anew()
    assert live(Database(settings), letter_id).ok


@pytest.mark.parametrize("content", [None, "ab" * 32])
def test_a_database_from_before_keys_were_on_record_is_taken_over_by_its_own_key_alone(database, settings, content):
    letter_id = signed_letter(database)
    with database.engine.begin() as connection:
        connection.execute(sa.delete(InstanceKey))
        connection.execute(sa.update(LogHead).values(vkey=""))
    mine = key(settings, "history").read_text()

    put(settings, "history", content)
    with pytest.raises(WrongKeyError):
        Database(settings).prepare()
    key(settings, "history").write_text(mine)
    read_anew()
    Database(settings).prepare()

    with database.reading() as session:
        assert session.get_one(LogHead, letter_id).vkey == history.vkey(settings)
        assert sorted(row.name for row in session.query(InstanceKey)) == ["history", "secret"]


def test_a_secret_that_did_not_make_the_links_is_not_taken_over(database, settings):
    signed_letter(database)
    with database.engine.begin() as connection:
        connection.execute(sa.delete(InstanceKey))
    put(settings, "secret", "cd" * 32)

    with pytest.raises(WrongKeyError, match="links were made with"):
        Database(settings).prepare()


def test_another_public_host_goes_on_with_the_same_log(database, settings):
    letter_id = signed_letter(database)
    moved = Database(settings.model_copy(update={"public_url": "https://letters.example.net"}))

    sign(moved, letter_id, 1)
    begun = take_in(moved)

    assert live(moved, letter_id).verdict == "VALID, signed by the operator only"
    files, receipts = files_of(moved, letter_id), receipts_of(moved, letter_id)
    assert verify.verify(files, history.vkey(settings), receipts).verdict == "VALID, matching 2 outside heads"
    assert json.loads(files["letter.json"])["origin"] == f"127.0.0.1/letters/{letter_id}"
    assert json.loads(files_of(moved, begun)["letter.json"])["origin"] == f"letters.example.net/letters/{begun}"
    moved.close()


# --- a new key, on the record ---------------------------------------------------------------------------------------


def replaced(database, settings, *words: str) -> tuple[str, str, Database]:
    """A letter signed under the old key and then under the new one: its id, the old key, the database opened anew."""
    letter_id = signed_letter(database)
    old = history.vkey(settings)
    if words:
        put(settings, "history", None)
    assert "say so: 1." in command(settings, "keys", "replace", "history", *words)
    read_anew()
    opened = Database(settings)
    sign(opened, letter_id, 1)
    return letter_id, old, opened


def test_a_new_key_is_handed_over_to_by_the_old_one(database, settings):
    letter_id, old, opened = replaced(database, settings)
    new = history.vkey(settings)
    files, receipts = files_of(opened, letter_id), receipts_of(opened, letter_id)

    assert old != new
    assert live(opened, letter_id).verdict == "VALID, signed by the operator only"
    for trusted in (old, new, [old, new]):
        report = verify.verify(files, trusted, receipts)
        assert report.verdict == "VALID, matching 2 outside heads", report.problems
    changed = entries_of(files)[find(files, "key.changed")]["about"]
    assert changed == {"from": old, "to": new, "lost": False}
    assert [
        vkey in mail.replace(b"=\r\n", b"").replace(b"=3D", b"=").decode("utf-8", "replace")
        for vkey, mail in zip((old, new), receipts, strict=True)
    ] == [True, True]
    stranger = merkle.verifier_key("127.0.0.1", b"\x07" * 32)
    assert verify.verify(files, stranger).exit_code == 1
    assert "since" in command(settings, "keys", "show")
    opened.close()


def test_a_process_that_still_has_the_old_key_writes_nothing_more(database, settings):
    letter_id = signed_letter(database)
    old_process = Database(settings.model_copy(update={"history_key": settings.history_seed().hex()}))
    sign(old_process, letter_id, 1)
    command(settings, "keys", "replace", "history")

    for what in (lambda: sign(old_process, letter_id, 2), lambda: take_in(old_process)):
        with pytest.raises(WrongKeyError):
            what()
    read_anew()
    assert live(Database(settings), letter_id).ok
    old_process.close()


def test_a_key_that_was_lost_is_replaced_and_the_record_says_so(database, settings):
    letter_id, old, opened = replaced(database, settings, "--lost")
    new = history.vkey(settings)
    files, receipts = files_of(opened, letter_id), receipts_of(opened, letter_id)

    report = live(opened, letter_id)
    assert report.ok
    assert any("said to be lost" in remark for remark in report.remarks)
    with_both = verify.verify(files, [old, new], receipts)
    assert with_both.verdict == "VALID, matching 2 outside heads", with_both.problems
    with_old = verify.verify(files, old)
    assert with_old.exit_code == 3
    assert "never named" in with_old.problems[0]
    opened.close()


@pytest.mark.parametrize("name", ["history", "secret"])
def test_keys_that_are_set_in_the_environment_are_replaced_again_and_again(database, settings, name):
    letter_id = signed_letter(database)
    known = settings.model_copy(update={f"{name}_key": key(settings, name).read_text()})
    key(settings, name).unlink()
    for _ in range(3):
        command(known, "keys", "replace", name)
        new = (settings.keys / f"{name}.key.new").read_text()
        assert "It is in" in command(known, "letter", "list", code=2)
        known = settings.model_copy(update={f"{name}_key": new})

    opened = Database(known)
    sign(opened, letter_id, 1)
    assert live(opened, letter_id).verdict == "VALID, signed by the operator only"
    with opened.reading() as session:
        assert [row.until is None for row in session.query(InstanceKey).filter_by(name=name)].count(True) == 1
    opened.close()


def test_a_key_in_use_takes_no_place(database, settings):
    signed_letter(database)
    with pytest.raises(WrongKeyError, match="only a new one"), database.changing_keys() as session:
        keys.succeed(session, "history", settings.history_seed().hex())


def test_whoever_has_the_old_key_must_use_it_and_whoever_has_not_must_say_so(database, settings):
    signed_letter(database)
    assert "leave out --lost" in command(settings, "keys", "replace", "history", "--lost", code=2)

    put(settings, "history", None)
    assert "--lost" in command(settings, "keys", "replace", "history", code=2)
    assert not key(settings, "history").exists()


def test_a_replacement_that_was_cut_off_says_where_the_new_key_lies(database, settings):
    signed_letter(database)
    old = key(settings, "history").read_text()
    command(settings, "keys", "replace", "history")
    key(settings, "history").rename(settings.keys / "history.key.new")
    key(settings, "history").write_text(old)

    assert "is not lost" in command(settings, "keys", "replace", "history", "--lost", code=2)
    assert f"mv {settings.keys / 'history.key.new'}" in command(settings, "letter", "list", code=2)


def test_a_lost_secret_is_replaced_and_the_record_says_so(database, settings):
    letter_id = signed_letter(database)
    put(settings, "secret", None)
    command(settings, "keys", "replace", "secret", "--lost")
    read_anew()
    opened = Database(settings)

    act(opened, lifecycle.withdraw, letter_id, "Enough", ANNA)

    assert live(opened, letter_id).ok
    assert find(files_of(opened, letter_id), "secret.changed")
    opened.close()


def test_a_link_that_is_made_under_the_new_secret_is_held_to_it(database, settings):
    letter_id = signed_letter(database)
    put(settings, "secret", None)
    command(settings, "keys", "replace", "secret", "--lost")
    read_anew()
    opened = Database(settings)
    act(opened, invitations.replace_links, letter_id, ANNA)
    assert live(opened, letter_id).ok

    with opened.writing() as session:
        made = session.get_one(Letter, letter_id).invitations[0].link
        made.token_hash = "0" * 64

    assert f"links {made.id}: token_hash" in "".join(live(opened, letter_id).problems)
    opened.close()


def forged(files: dict[str, bytes], mine: bytes, lost: bool) -> dict[str, bytes]:
    """The log as somebody continues it who has no key but an own one: a change of the key, signed by that alone."""
    kept = covering(files, 0)
    signed = int(kept[12:-4])
    entries = entries_of(files)[:signed]
    letter_id, made = entries[0]["letter"], {kept: files[kept]}
    old = json.loads(files["letter.json"])["vkey"]
    about = {"from": old, "to": merkle.verifier_key("127.0.0.1", mine), "lost": lost}
    entries.append({**entries[-1], "seq": signed, "action": "key.changed", "about": about})
    entries[-1].pop("commitment", None)
    leaves = []
    for seq, entry in enumerate(entries):
        made[f"entries/{seq:06}.json"] = rfc8785.dumps(entry)
        leaves.append(merkle.leaf_hash(made[f"entries/{seq:06}.json"]))
    log = merkle.Checkpoint(f"127.0.0.1/letters/{letter_id}", signed + 1, rfc6962.root_of(leaves))
    made[f"checkpoints/{signed + 1}.txt"] = merkle.sign_note(log.to_text(), "127.0.0.1", mine).encode()
    return made


def test_a_change_of_the_key_that_the_old_key_did_not_sign_does_not_hold(database):
    letter_id = take_in(database)
    files, mine = files_of(database, letter_id), b"\x07" * 32
    theirs, thief = history.vkey(database.settings), merkle.verifier_key("127.0.0.1", b"\x07" * 32)

    assert verify.verify(forged(files, mine, False), theirs).exit_code == 1
    assert verify.verify(forged(files, mine, False), thief).exit_code == 1
    assert verify.verify(forged(files, mine, True), theirs).exit_code == 3
    kept = forged(files, mine, True)
    del kept[covering(files, 0)]
    assert "is not shown to hold" in " ".join(verify.verify(kept, [theirs, thief]).problems)


def test_a_receipt_of_the_old_key_contradicts_a_log_that_was_rewritten_under_a_new_one(database, settings):
    letter_id = signed_letter(database)
    files, receipts, mine = files_of(database, letter_id), receipts_of(database, letter_id), b"\x07" * 32
    keys = [history.vkey(settings), merkle.verifier_key("127.0.0.1", mine)]

    report = verify.verify(forged(files, mine, True), keys, receipts)

    assert report.exit_code in (1, 2), report.to_text()


def test_a_checkpoint_under_a_key_that_no_entry_names_is_a_fork(database, settings):
    letter_id = signed_letter(database)
    files = files_of(database, letter_id)
    size = len(entries_of(files))
    log = files[f"checkpoints/{size}.txt"].decode().partition("\n\n")[0] + "\n"
    files[f"checkpoints/{size}.txt"] = merkle.sign_note(log, "127.0.0.1", b"\x07" * 32).encode()

    report = verify.verify(files, [history.vkey(settings), merkle.verifier_key("127.0.0.1", b"\x07" * 32)])

    assert report.exit_code == 1


def test_more_keys_may_be_given_than_a_log_has(database, settings):
    files = files_of(database, signed_letter(database))
    stranger, own = merkle.verifier_key("127.0.0.1", b"\x07" * 32), history.vkey(settings)

    assert verify.verify(files, [stranger, own]).verdict == "VALID, signed by the operator only"


def test_a_log_that_changes_its_key_without_end_is_not_read(database):
    files = files_of(database, take_in(database))
    made = forged(files, b"\x07" * 32, False)
    change = entries_of(made)[-1]
    more = range(change["seq"] + 1, 200)
    made |= {f"entries/{seq:06}.json": rfc8785.dumps({**change, "seq": seq}) for seq in more}

    with pytest.raises(verify.InputError, match="changes its key"):
        verify.verify(made, history.vkey(database.settings))


def test_links_work_on_after_a_new_history_key(database, settings):
    letter_id, _, opened = replaced(database, settings)
    with opened.reading() as session:
        token = session.tokens.links(session.get_one(Letter, letter_id).invitations[2].link.id)[0]

    assert create_app(settings, opened).test_client().get(f"/s/{token}").status_code == 303
    opened.close()
