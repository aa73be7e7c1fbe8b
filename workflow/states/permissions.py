"""
Which act is allowed in which states: the fourth table. Acts ask it before they begin, pages before they offer.

What leads from state to state is a step of a machine; here is what people do besides, and what the program does for
them. Whether the act may be done by this person, and with what was typed, is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflow.errors import RefusedError
from workflow.languages import Message, Words, lazy_gettext
from workflow.states.invitation import AGREE, INVITATION, LAPSED, TO_ANSWER
from workflow.states.letter import BEFORE_APPROVAL, CHANGEABLE, FROZEN, GONE_OUT, LETTER, WITH_COSIGNERS

_CLOSED = lazy_gettext("The letter is %(state)s.")
_ANSWERED = lazy_gettext("This invitation is %(state)s.")


@dataclass(frozen=True, slots=True)
class Act:
    """One row: the states of the letter, and of the invitation where it is about one, in which an act is allowed."""

    letter: tuple[str, ...]
    invitation: tuple[str, ...] = INVITATION.states
    closed: Message = _CLOSED
    """Why not, in any other state of the letter."""
    answered: Message = _ANSWERED
    """Why not, in any other state of the invitation."""
    instead: Mapping[str, Message] = field(default_factory=dict)
    """What is said in place of `closed` in one state of the letter."""


_NOT_OPEN = lazy_gettext("The letter is %(state)s, so it cannot be signed now.")
_NOT_IN_REVIEW = lazy_gettext("The letter is not in review now, so comments are closed.")

ACTS: Mapping[str, Act] = {
    # A coordinator's.
    "edit": Act(("drafting",), closed=lazy_gettext("The letter is %(state)s. Take it back to draft first.")),
    "address_recipient": Act(CHANGEABLE),
    "readdress": Act(("sending", "sent")),
    "write_again": Act((*CHANGEABLE, "sending", "sent")),
    "set_terms": Act(CHANGEABLE),
    "invite": Act(BEFORE_APPROVAL),
    "correct": Act(BEFORE_APPROVAL),
    "open_call": Act(
        WITH_COSIGNERS,
        closed=lazy_gettext("The letter is %(state)s. Send it for review, or ask for signatures first."),
    ),
    "close_call": Act(CHANGEABLE),
    "answer_request": Act(CHANGEABLE),
    "write_to": Act(WITH_COSIGNERS, TO_ANSWER),
    "replace_links": Act(FROZEN),
    "write_to_rest": Act(WITH_COSIGNERS),
    "remind": Act(
        WITH_COSIGNERS, closed=lazy_gettext("The letter is %(state)s, so nobody is asked for an answer now.")
    ),
    "write_note": Act(CHANGEABLE),
    "cover": Act(CHANGEABLE),
    "set_contact": Act(CHANGEABLE),
    "set_reader": Act(CHANGEABLE),
    "set_reminders": Act(CHANGEABLE),
    "revoke": Act(CHANGEABLE, INVITATION.sources("revoke")),
    "reinvite": Act(CHANGEABLE, INVITATION.sources("reinvite")),
    "answer_comment": Act(CHANGEABLE),
    "answer_time": Act(CHANGEABLE),
    "give_time": Act(BEFORE_APPROVAL, (*TO_ANSWER, *LAPSED)),
    "decide_deadline": Act(WITH_COSIGNERS),
    "settle_suggestion": Act(BEFORE_APPROVAL, closed=lazy_gettext("The letter’s text can’t be changed any more.")),
    "lay_out": Act(CHANGEABLE),
    "rename_organisation": Act(BEFORE_APPROVAL),
    "change_letterhead": Act(
        BEFORE_APPROVAL,
        instead={
            "approved": lazy_gettext(
                "The letter was approved on its letterhead. Reopen it for signature to use another."
            ),
        },
    ),
    "keep_reply": Act(
        GONE_OUT, closed=lazy_gettext("The letter is %(state)s. A reply can be kept once the letter was sent.")
    ),
    "add_names": Act(
        ("sent",),
        closed=lazy_gettext("The letter is %(state)s. Names can be added once it was sent, if its rules say so."),
    ),
    "erase": Act(
        ("sent", "withdrawn"),
        closed=lazy_gettext("The letter is %(state)s. Only a letter that was sent or cancelled can be erased."),
    ),
    # A co-signer's.
    "review": Act(WITH_COSIGNERS, closed=_NOT_IN_REVIEW),
    "agree": Act(
        WITH_COSIGNERS,
        AGREE.sources,
        closed=lazy_gettext("The letter is %(state)s, so you can’t sign with a change now."),
        answered=lazy_gettext("Your invitation is %(state)s, so you can’t sign with a change now."),
    ),
    "take_back": Act(CHANGEABLE, closed=lazy_gettext("The letter is %(state)s: it’s too late to take this back.")),
    "delegate": Act(
        WITH_COSIGNERS,
        TO_ANSWER,
        closed=_NOT_IN_REVIEW,
        answered=lazy_gettext("Only an invitation that waits for an answer can be passed on."),
    ),
    "ask_for_time": Act(
        WITH_COSIGNERS,
        (*TO_ANSWER, "lapsed"),
        closed=_NOT_IN_REVIEW,
        answered=lazy_gettext("You have answered already, so there is no need for more time."),
    ),
    "end_proposal": Act(("sign_off", "sent"), closed=_NOT_OPEN),
    "ask_for_two": Act(WITH_COSIGNERS, closed=_NOT_IN_REVIEW),
    "let_read": Act(FROZEN, closed=_NOT_IN_REVIEW),
    "stop_writing": Act((*CHANGEABLE, "sending", "sent")),
    "give_logo": Act(WITH_COSIGNERS, closed=_NOT_IN_REVIEW),
    "correct_name": Act(
        CHANGEABLE,
        ("signed",),
        closed=lazy_gettext("The letter has been closed, so the name can’t be corrected any more."),
        answered=lazy_gettext("There is no signature whose name could be corrected."),
    ),
    "give_signature": Act(
        WITH_COSIGNERS,
        ("signed",),
        closed=_NOT_IN_REVIEW,
        answered=lazy_gettext("Sign first; then add the image of your signature."),
    ),
    # The program's own.
    "render": Act(("approved",)),
}


def may(act: str, letter: str, invitation: str | None = None) -> bool:
    """Whether an act is allowed while the letter, and the invitation that it is about, are in these states."""
    row = ACTS[act]
    return letter in row.letter and (invitation is None or invitation in row.invitation)


def allowed(letter: str, invitation: str | None = None) -> frozenset[str]:
    """Return every act that is allowed in these states: what a page may offer."""
    return frozenset(act for act in ACTS if may(act, letter, invitation))


def why_not(act: str, letter: str, invitation: str | None = None) -> tuple[Words, ...]:
    """Return why an act is not allowed in these states, in sentences; empty when it is."""
    row = ACTS[act]
    if letter not in row.letter:
        return (_said(row.instead.get(letter, row.closed), LETTER.labels[letter]),)
    if invitation is not None and invitation not in row.invitation:
        return (_said(row.answered, INVITATION.labels[invitation]),)
    return ()


def check(act: str, letter: str, invitation: str | None = None) -> None:
    """Raise `RefusedError` unless an act is allowed in these states."""
    why = why_not(act, letter, invitation)
    if why:
        raise RefusedError(*why)


def _said(why: Message, state: str) -> Message:
    """Return a sentence with the state in it, where it names one."""
    return lazy_gettext(why.id, state=Message(state)) if "%(state)s" in why.id else why
