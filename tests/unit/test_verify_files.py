"""The verifier as people run it: any file changed or left out, archives that lie, the one file and its exit status."""

import ast
import io
import json
import random
import subprocess
import sys
import time
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.forging import (
    LETTER,
    LIFE,
    STANDALONE,
    VKEY,
    WORDS,
    History,
    a_life,
    evidence,
    forked,
    person,
    receipt_mail,
    resigned,
    until_approved,
    verify,
    zipped,
)
from workflow import merkle
from workflow import verify as verifier
from workflow.verify import InputError
from workflow.verify.bundle import read_evidence
from workflow.verify.standalone import PARTS, standalone

pytestmark = pytest.mark.slow

FOLDER = Path(verifier.__file__).parent

INFORMATIONAL = ("README.txt", "verify.py", "letter.json", "servers.json")

# --- the whole bundle -----------------------------------------------------------------------------------------------


def test_any_one_byte_changed_in_any_file_that_counts_is_found():
    chance = random.Random(6962)
    names = sorted(name for name in LIFE if name not in INFORMATIONAL)
    for name in names:
        for _ in range(3):
            content = bytearray(LIFE[name])
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            assert verify(LIFE | {name: bytes(content)}, VKEY).exit_code == 1, (name, bytes(content))


def test_any_one_file_that_counts_left_out_is_found_except_what_may_be_withheld():
    for name in LIFE:
        left = {other: content for other, content in LIFE.items() if other != name}
        may_be_left_out = name in INFORMATIONAL or name.startswith("disclosures/")
        may_be_left_out |= name.startswith("checkpoints/") and name != "checkpoints/19.txt"

        assert verify(left, VKEY).exit_code == (0 if may_be_left_out else 1) or name == "checkpoints/19.txt", name


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["invitation", "digest"]), inner),
    max_leaves=5,
)
ABOUT = st.dictionaries(
    st.sampled_from(["invitation", "digest", "number", "docx", "pdf", "signoffs", "documents", "delivery", "kind"]),
    ANY_JSON,
)
ACTION = st.sampled_from(
    ["invitation.created", "invitation.sign", "invitation.retract", "revision.frozen", "document.rendered"]
    + ["letter.dispatch", "letter.confirm", "delivery.queued", "delivery.accept", "no.sign_off", "", ".", "is.current"]
)


@settings(deadline=None)
@given(st.lists(st.tuples(ACTION, ABOUT), min_size=1, max_size=12))
def test_whatever_an_operator_signs_gets_a_verdict(told):
    history = History()
    for action, about in told:
        history.add(action, **about)

    assert verify(history.files(), VKEY).exit_code in (0, 1)


@settings(deadline=None)
@given(st.sampled_from(sorted(LIFE)), st.binary(max_size=300))
def test_whatever_a_file_holds_gets_a_verdict(name, content):
    assert verify(LIFE | {name: content}, VKEY).exit_code in (0, 1)


@pytest.mark.parametrize(
    "name",
    ["entries/x.json", "../entries/000000.json", "/etc/passwd", "entries/1.json ", "letter.docx", "entries\\1.json"],
)
def test_a_file_that_does_not_belong_there_makes_the_evidence_unusable(name):
    with pytest.raises(InputError, match="does not belong"):
        verify(LIFE | {name: b""}, VKEY)


def test_one_entry_under_two_names_makes_the_evidence_unusable():
    with pytest.raises(InputError, match="twice"):
        verify(LIFE | {"entries/8.json": LIFE["entries/000008.json"]}, VKEY)


def test_a_key_that_is_not_whole_is_refused():
    for vkey in (VKEY[:-2], VKEY[1:], VKEY.replace("+", "-"), "", "x"):
        with pytest.raises(InputError, match="not a whole verifier key"):
            verify(LIFE, vkey)


def test_without_any_key_nothing_can_be_checked():
    with pytest.raises(InputError, match="give it with --vkey"):
        verify({name: content for name, content in LIFE.items() if name != "letter.json"})


def test_the_report_cannot_move_the_cursor_or_turn_a_line_around():
    def change(told, signed):
        told.add("letter.reopen")
        told.add("invitation.sign", person("C") | {"name": "\x1b[2JVALID\u202e"}, invitation="C", digest=WORDS.digest())

    shown = verify(resigned(change), VKEY).to_text()

    assert "?[2JVALID?" in shown and "\x1b" not in shown and "\u202e" not in shown


def test_twice_as_many_entries_with_all_their_checkpoints_take_about_twice_the_work():
    assert checking(2000) < 3 * checking(1000)


def checking(entries: int) -> float:
    """Seconds for the check of a letter with so many entries, with quick signatures; the lesser of two."""
    told, _ = until_approved()
    told.add("letter.reopen")
    for number in range(entries // 20):
        told.invite(f"X{number}")
        told.sign(f"X{number}")
    while len(told.entries) < entries:
        told.add("invitation.reader", invitation="A", language="fr", timezone="")
    files = evidence(told.packed(), told.texts, {}, told.openings)
    spent = []
    for _ in range(2):
        started = time.process_time()
        assert verify(files, VKEY, is_signed=merkle.is_signed).exit_code == 0
        spent.append(time.process_time() - started)
    return min(spent)


# --- files and the command line -------------------------------------------------------------------------------------


@pytest.fixture
def bundle(tmp_path):
    path = tmp_path / "evidence.zip"
    path.write_bytes(zipped(LIFE))
    return path


def run(*arguments, cwd=None, script=None):
    """Run verify.py as an auditor does: alone, without this project, without site packages."""
    script = script or Path(cwd) / "verify.py"
    if not script.exists():
        script.write_bytes(STANDALONE)
    command = [sys.executable, "-I", "-S", str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=cwd)


def test_the_one_file_checks_a_zip_with_a_receipt_and_a_document(bundle, tmp_path):
    receipt, office = tmp_path / "receipt.eml", tmp_path / "office.docx"
    receipt.write_bytes(receipt_mail(a_life(), 8))
    office.write_bytes(next(content for name, content in LIFE.items() if name.startswith("documents/")))

    done = run(bundle, "--vkey", VKEY, "--receipt", receipt, "--document", office, "--letter", LETTER, cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "VALID, matching 1 outside head\n" in done.stdout
    assert "office.docx: it is the one of entry 12, which was sent" in done.stdout


def test_the_one_file_checks_the_folder_that_it_was_unpacked_to(bundle, tmp_path):
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "unpacked")

    done = run(cwd=tmp_path / "unpacked")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "VALID, signed by the operator only (key not checked)\n" in done.stdout


def test_the_exit_status_tells_valid_invalid_diverged_and_unusable_apart(bundle, tmp_path):
    changed = json.loads(LIFE["entries/000003.json"]) | {"at": "2025-11-23T21:00:03.000000Z"}
    (tmp_path / "changed.zip").write_bytes(zipped(LIFE | {"entries/000003.json": rfc8785.dumps(changed)}))
    (tmp_path / "other.eml").write_bytes(receipt_mail(forked(), 9))
    (tmp_path / "noise.eml").write_bytes(b"noise")

    statuses = [
        run(*arguments, cwd=tmp_path).returncode
        for arguments in (
            [bundle, "--vkey", VKEY],
            ["changed.zip", "--vkey", VKEY],
            [bundle, "--vkey", VKEY, "--receipt", "other.eml"],
            [bundle, "--vkey", VKEY, "--receipt", "noise.eml"],
            [bundle, "--vkey", VKEY, "--receipt", "missing.eml"],
            [bundle, "--vkey", "nonsense"],
            [bundle, "--nonsense"],
            ["missing.zip"],
            [],
        )
    ]

    assert statuses == [0, 1, 2, 3, 3, 3, 3, 3, 3]


def test_no_part_of_the_one_file_takes_a_name_of_another():
    names = [name for part in PARTS for name in set(bound(ast.parse((FOLDER / f"{part}.py").read_text())))]

    assert [name for name, count in Counter(names).items() if count > 1] == []


def bound(tree):
    """The names that a module gives to its own functions, classes and values."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        targets = node.targets if isinstance(node, ast.Assign) else []
        yield from (one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))


def test_the_one_file_is_the_same_every_time():
    assert standalone() == standalone()


def with_members(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def encrypted():
    content = bytearray(zipped({"entries/000000.json": b"x"}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cannot be read"),
        (b"PK", "cannot be read"),
        (zipped(LIFE)[:-100], "cannot be read"),
        (with_members([("entries/000000.json", b"a"), ("entries/000000.json", b"b")]), "two files of one name"),
        (zipped({"entries/000000.json": b"a" * 70000}), "more bytes than"),
        (zipped({"../../etc/cron.d/x": b"a"}), "does not belong"),
        (zipped({"notes.txt": b"a"}), "does not belong"),
        (zipped({"README.txt": b"a"}), "no entries"),
        (encrypted(), "encrypted"),
    ],
    ids=range(9),
)
def test_a_zip_that_is_not_evidence_is_refused_with_a_sentence(tmp_path, content, sentence):
    (tmp_path / "x.zip").write_bytes(content)

    with pytest.raises(InputError, match=sentence):
        verify(read_evidence(tmp_path / "x.zip"), VKEY)


def test_a_failure_of_the_verifier_itself_is_no_verdict(bundle, tmp_path):
    broken = STANDALONE.replace(b"    bundle = sort_out(files)\n", b"    bundle = None\n")
    (tmp_path / "verify.py").write_bytes(broken)

    done = run(bundle, "--vkey", VKEY, cwd=tmp_path)

    assert broken != STANDALONE
    assert (done.returncode, done.stderr) == (3, "")
    assert "this verifier failed on what it was given" in done.stdout


def test_a_zip_that_unpacks_to_gigabytes_is_refused_at_once(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("README.txt", "w") as file,
    ):
        for _ in range(200):
            file.write(bytes(1024 * 1024))
    started = time.process_time()

    with pytest.raises(InputError, match="more bytes than"):
        read_evidence(tmp_path / "x.zip")
    assert time.process_time() - started < 2


def test_a_folder_is_read_without_what_does_not_belong_to_the_evidence(tmp_path):
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "000000.json").write_bytes(b"{}")
    (tmp_path / "receipt.eml").write_bytes(b"mine")

    assert read_evidence(tmp_path) == {"entries/000000.json": b"{}"}
