"""The fourth table, and that the four are the one place where it is said what may be done in which state."""

import ast
import functools
import re
from pathlib import Path

import pytest

from workflow.errors import CodeNeededError, RefusedError
from workflow.history import actions
from workflow.models import Delivery, Invitation, Letter
from workflow.pages.cosigner.view import InvitationState
from workflow.signoffs.opened import OpenedInvitation, OpenedLetter
from workflow.states import DELIVERY, INVITATION, LETTER, InvitationFacts, check, fire, may
from workflow.states.permissions import ACTS, allowed, why_not

ROOT = Path(__file__).parents[2]
TABLES = ("workflow/states/", "workflow/models/", "workflow/verify/")
"""Where a state may be named: the rules; the properties of the tables' rows; the verifier, which ships alone."""

NOT_FIRED = {"bounce": "no mail that came back is read yet; the verifier counts on the step for silence"}
COMPARED = re.compile(
    r"""\.state\s*(?:[!=]=|(?:not\s+)?in\s*[(\[{])  # row.state == "sent"
        |\bstate\s+(?:not\s+)?in\s*[(\[{]         # state in ("sent", ...)
        |\.state\.(?:in_|not_in|is_)\(             # Letter.state.in_(...)
    """,
    re.VERBOSE,
)


@functools.cache
def sources():
    found = [
        *(ROOT / "workflow").rglob("*.py"),
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "templates").rglob("*.txt"),
    ]
    named = [(str(path.relative_to(ROOT)), path.read_text()) for path in found]
    return [(name, text) for name, text in named if not name.startswith(TABLES)]


@functools.cache
def calls():
    """Every call in the program: what is called, and the words among its arguments."""
    found = []
    for name, text in sources():
        if name.endswith(".py"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call):
                    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    said = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                    found.append((called, [words for words in said if isinstance(words, str)]))
    return found


def test_no_state_is_compared_outside_of_the_tables():
    lines = ((name, line.strip()) for name, text in sources() for line in text.splitlines())
    found = [f"{name}: {line}" for name, line in lines if COMPARED.search(line)]

    assert not found


@pytest.mark.slow
def test_every_act_that_is_asked_for_is_in_the_table_and_every_act_of_the_table_is_asked_for():
    by_code = {said[0] for called, said in calls() if called in ("may", "check", "why_not") and said}
    by_pages = {act for _, text in sources() for act in re.findall(r'"(\w+)" in (?:\w+\.)*(?:allowed|may)\b', text)}

    assert by_pages <= set(ACTS)
    assert by_code | (by_pages & set(INVITATION.triggers)) == set(ACTS)


def test_every_trigger_is_fired_by_the_program():
    written = {
        name for file, text in sources() for name in re.findall(r"\bactions\.(\w+)", text) if "history/" not in file
    }
    fired = {getattr(kind, "NAME", "") for name, kind in vars(actions).items() if name in written}

    for table in (LETTER, INVITATION, DELIVERY):
        assert {step for step in table.triggers if f"{table.subject}.{step}" not in fired} <= set(NOT_FIRED)


def test_what_a_page_asks_of_a_row_is_something_that_the_row_knows():
    opened = {"letter": (OpenedLetter,), "invitation": (OpenedInvitation, InvitationState)}
    for who, model in (("letter", Letter), ("invitation", Invitation), ("i", Invitation), ("delivery", Delivery)):
        for name, text in sources():
            for asked in re.findall(rf"\b{who}\.((?:is|has)_\w+)", text):
                is_known = any(hasattr(one, asked) or asked in one.__annotations__ for one in opened.get(who, ()))
                assert hasattr(model, asked) or is_known, f"{name} asks {who}.{asked}"


@pytest.mark.parametrize("name", ACTS)
def test_every_act_is_allowed_in_states_that_there_are_and_refused_in_words_elsewhere(name):
    act = ACTS[name]
    assert set(act.letter) <= set(LETTER.states)
    assert set(act.invitation) <= set(INVITATION.states)

    for letter in LETTER.states:
        for invitation in (None, *INVITATION.states):
            assert bool(why_not(name, letter, invitation)) is not may(name, letter, invitation)
            assert all(str(why).endswith(".") and "%" not in str(why) for why in why_not(name, letter, invitation))


def test_a_refusal_names_the_state_that_it_is_for():
    with pytest.raises(RefusedError, match=r"^The letter is sent\. Take it back to draft first\.$"):
        check("edit", "sent")
    with pytest.raises(RefusedError, match=r"approved on its letterhead"):
        check("change_letterhead", "approved")
    with pytest.raises(RefusedError, match=r"^The letter is withdrawn\.$"):
        check("change_letterhead", "withdrawn")
    with pytest.raises(RefusedError, match=r"^This invitation is signed\.$"):
        check("revoke", "sign_off", "signed")


def test_a_letter_that_is_closed_offers_nothing_but_another_address_for_what_was_refused_and_its_end():
    mail = {"stop_writing", "write_again"}
    assert allowed("sending") == {"readdress", "keep_reply"} | mail
    assert allowed("sent") == {"readdress", "keep_reply", "erase", "add_names", "end_proposal"} | mail
    assert allowed("withdrawn") == {"erase"}


def test_where_nothing_but_the_code_is_missing_it_is_asked_for():
    asked = InvitationFacts(digest_shown="a", digest_now="a", name="Ann", authorised=True, code_missing=True)
    with pytest.raises(CodeNeededError):
        fire(INVITATION, "invited", "sign", asked)

    nameless = InvitationFacts(digest_shown="a", digest_now="a", authorised=True, code_missing=True)
    with pytest.raises(RefusedError) as refused:
        fire(INVITATION, "invited", "sign", nameless)
    assert type(refused.value) is RefusedError
    assert len(refused.value.reasons) == 2
