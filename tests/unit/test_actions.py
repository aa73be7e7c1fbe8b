"""The actions of a history: one row each, known to all that write, read, judge or explain an entry."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.support.cases import each
from workflow import states
from workflow.history import actions
from workflow.history.action import ACTIONS
from workflow.history.audit import COLUMNS, Bound
from workflow.history.audit.told import TELLING
from workflow.verify import replay
from workflow.verify.entries import Entry
from workflow.verify.machines import MOVES, REACHED
from workflow.verify.replay import Replay
from workflow.verify.report import Report

ROOT = Path(__file__).parents[2]
NAME = re.compile(rf"({'|'.join(sorted({name.partition('.')[0] for name in ACTIONS}))})\.[a-z_]+")
DOCS = (ROOT / "docs" / "history.md").read_text()


def spelt(path: Path) -> set[str]:
    """What looks like the name of an action in a module's strings."""
    strings = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return {found for found in strings if isinstance(found, str) and NAME.fullmatch(found)}


@pytest.mark.slow
def test_no_action_is_spelt_but_in_its_row_and_in_the_verifier_which_stands_alone():
    rooms = [
        path
        for path in (ROOT / "workflow").rglob("*.py")
        if path.parent.name not in ("actions", "verify", "pages", "staff") and not path.stem.endswith("columns")
    ]
    found = {path.name: spelt(path) & set(ACTIONS) for path in rooms}

    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.slow
def test_what_the_verifier_spells_are_actions():
    rooms = (ROOT / "workflow" / "verify").glob("*.py")
    files = {"letter.json", "letter.tlog-proof", "signoff.json"}

    assert set().union(*map(spelt, rooms)) - files <= set(ACTIONS)


def test_each_step_of_a_machine_is_an_action():
    steps = {f"{table.subject}.{step.trigger}" for table in states.TABLES for step in table.steps}

    assert steps <= set(ACTIONS)


def test_what_holds_the_tables_names_actions():
    named = {
        name
        for columns in COLUMNS.values()
        for bond in columns.values()
        if isinstance(bond, Bound) and bond.told
        for name in bond.by.split(", ")
    }

    assert named <= set(TELLING) <= set(ACTIONS)


@pytest.mark.parametrize("name", ACTIONS)
def test_the_docs_say_what_an_entry_holds(name):
    """In the row that names the action, or the step of a mail."""
    subject, _, what = name.partition(".")
    names = {f"`{name}`"} | ({f"`.{what}`"} if subject == "delivery" else set())
    rows = [row for row in DOCS.splitlines() if row.startswith("| `")]
    row = next((row for row in rows if any(one in row.split(" | ")[0] for one in names)), "")

    held = [field.name for field in ACTIONS[name].fields() if field.committed is None]
    assert [field for field in held if f"`{field}`" not in row] == []
    assert row


@pytest.mark.parametrize("name", ACTIONS)
def test_the_verifier_knows_each(name):
    known = Replay({}, {}, Report())
    known.invitations["i"] = replay.Invitation()

    known.apply(Entry(1, "l", "2026-11-23T21:00:00.000000Z", name, {"invitation": "i", "lost": False}, None))

    assert not [remark for remark in known.report.remarks if "does not know" in remark]


def test_the_verifier_says_what_it_does_not_know():
    known = Replay({}, {}, Report())

    known.apply(Entry(1, "l", "2026-11-23T21:00:00.000000Z", "letter.shredded", {}, None))

    assert known.report.remarks == [
        "Entry 1 records letter.shredded, which this verifier does not know: take a newer one."
    ]


def test_the_verifiers_machines_are_those_of_the_product():
    assert {step.trigger: (step.sources, step.dest) for step in states.LETTER.steps} == MOVES
    assert {step.trigger: (step.sources, step.dest) for step in states.INVITATION.steps} == REACHED
    assert (Replay({}, {}, Report()).state, replay.Invitation().state) == (
        states.LETTER.initial,
        states.INVITATION.initial,
    )


def test_every_action_comes_up_in_the_lives_whose_entries_are_kept():
    kept = (ROOT / "tests" / "vectors" / "entries.jsonl").read_text().splitlines()

    assert {json.loads(line)["action"] for line in kept} == set(ACTIONS)


@pytest.mark.parametrize("name", ACTIONS)
def test_each_has_a_sentence_that_a_page_can_fill(name):
    said = ACTIONS[name].sentence({"lost": True, "verdict": "ready"})

    filled = said.format(who="A", signed="B", mail="C", names="D", number=1)
    assert filled
    assert not filled.endswith(".")


def test_a_field_with_a_default_is_left_out_while_it_has_that():
    before = actions.InvitationDeclined(invitation="i", digest="d", name="A", reason="")
    shared = actions.InvitationDeclined(invitation="i", digest="d", name="A", reason="", shared=True, code="c")

    assert before.about() == {"invitation": "i", "digest": "d"}
    assert shared.about() == {"invitation": "i", "digest": "d", "shared": True, "code": "c"}
    assert before.committed() == {"name": "A", "reason": ""}


def test_times_and_dates_are_written_as_entries_write_them():
    moment = datetime(2026, 11, 23, 21, 5, tzinfo=UTC)

    assert actions.DispatchScheduled(at=moment, previewed="x").about()["at"] == "2026-11-23T21:05:00.000000Z"
    assert actions.LetterApproved(signed=1, date=date(2026, 11, 23), letterheads=[]).about()["date"] == "2026-11-23"


def test_what_is_committed_to_one_by_one_stands_under_its_own_keys():
    edited = actions.LetterEdited(draft="d", version=2, date=None, recipients=[], addresses={})
    silent = actions.LetterEdited(draft="d", version=2, date=None)

    assert (edited.about()["recipients"], edited.committed()) == ([], {})
    assert ("recipients" in silent.about(), silent.committed()) == (False, None)


@each(
    ("about", "said"),
    [
        ({"stopped_by": "coordinator"}, "Set that {who} gets no reminders"),
        ({"stopped_by": "contact"}, "Set that a contact of {who} gets no reminders"),
        ({"stopped_by": "", "contact": "c"}, "Set that a contact of {who} gets reminders"),
        ({"stopped_by": ""}, "Set that {who} gets reminders"),
    ],
)
def test_the_record_says_whether_reminders_are_on_or_off(about, said):
    assert actions.RemindersSet.sentence(about) == said
