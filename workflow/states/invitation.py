"""The invitation's machine: an organisation is asked, and answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from workflow.errors import CodeNeededError
from workflow.languages import Message, lazy_gettext
from workflow.letter import characters
from workflow.states.letter import CLOSED, GONE_OUT, LETTER, SIGNABLE, WITH_COSIGNERS
from workflow.states.machine import Need, Step, Table

TO_ANSWER = ("invited", "to_confirm", "retracted")
"""The organisation is asked, and has not said yes or no to the text."""

WITHDREW = ("retracted",)
"""It took its signature back: it can sign again, and is not asked anew by each version."""

ASKED = ("invited",)
"""It has not answered."""

SIGNED = ("signed",)
"""It has signed the text that is before it, or one that is being edited."""

TO_CONFIRM = ("to_confirm",)
"""It has signed an earlier text."""

LAPSED = ("lapsed",)
"""It let the deadline pass."""

STANDING = ("signed", "to_confirm")
"""The organisation stands by a sign-off: it counts where it is for the present text."""

LISTED = ("invited", "signed", "to_confirm", "declined", "lapsed", "retracted")
"""It stands in the list of those who are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """What a step of an invitation depends on."""

    letter_state: str = "sign_off"
    digest_shown: str = ""
    """The digest of the text that the person had before their eyes."""
    digest_now: str = ""
    """The digest of the text that is open for sign-off."""
    counts: bool = False
    """Whether there is a sign-off by this organisation for the current text."""
    name: str = ""
    name_before: str = ""
    """Whose name a confirmation must repeat; empty where there is no sign-off to confirm."""
    confirms: bool = False
    """It confirms the organisation's sign-off for an earlier text, and needs no tick."""
    title: str = ""
    authorised: bool = False
    """The tick was set."""
    four_eyes: bool = False
    """One has to propose it, and another to confirm it."""
    confirmed: bool = False
    """Another had proposed what this one signs."""
    past_deadline: bool = False
    late: bool = False
    """The letter was sent, takes late names, and the addendum that carries them has not gone out."""
    lapsed: bool = False
    """The deadline has ended the invitation."""
    on_letter: bool = False
    """The letter that was sent bears its name, whatever became of the signature since."""
    code_missing: bool = False
    """The campaign asks for a code by mail, and none was redeemed."""
    correction: bool = False
    """Sign-off was opened for a small correction, and has been open since."""
    rule_agreed: bool = False
    """The last sign-off by hand was given under the campaign's rule for small corrections."""
    alone: bool = False
    """One person gave that sign-off, and two have to sign for the organisation now."""
    contact_kept: bool = True
    """Nobody else has changed the organisation's contact since that sign-off."""
    small: bool = False
    """The text is a small correction of the very text that was signed by hand."""
    silent: bool = True
    """The organisation has said nothing of this text."""
    told: bool = False
    """Its mail server accepted the mail that told it of this correction, and has not returned it."""
    objections_over: bool = False
    """It has had the hours that it agreed to, from then on."""
    agreed_to: str = ""
    """The digest of the text that it agreed to before the text was there; empty: there is none, or it was ended."""
    by_two: bool = False
    """One proposes its signature and another confirms it, so nobody agrees alone."""
    kept_by_silence: bool = False
    """It was told that its silence counts for the text of now, and may object until its hours are over."""
    stood: bool = False
    """It has given a sign-off, for whichever text, and not taken it back."""


def _letter(facts: InvitationFacts) -> Message:
    return Message(LETTER.labels[facts.letter_state])


@Need
def _open_for_sign_off(facts: InvitationFacts) -> Message | None:
    if facts.letter_state in SIGNABLE or facts.late:
        return None
    return lazy_gettext("The letter is %(state)s, so it cannot be signed now.", state=_letter(facts))


@Need
def _before_deadline(facts: InvitationFacts) -> Message | None:
    over = (facts.past_deadline or facts.lapsed) and not facts.late
    return lazy_gettext("The deadline has passed. Ask the coordinator for more time.") if over else None


@Need
def _time_is_left(facts: InvitationFacts) -> Message | None:
    return lazy_gettext("The deadline has passed. Set a new one, then invite again.") if facts.past_deadline else None


@Need
def _deadline_over(facts: InvitationFacts) -> Message | None:
    return None if facts.past_deadline else lazy_gettext("The deadline has not passed yet.")


@Need
def _silence_is_over(facts: InvitationFacts) -> Message | None:
    return lazy_gettext("Its time to object is not over yet.") if facts.kept_by_silence else None


@Need
def _has_stood(facts: InvitationFacts) -> Message | None:
    return None if facts.stood else lazy_gettext("This organisation has no signature to confirm.")


@Need
def _not_on_the_letter(facts: InvitationFacts) -> Message | None:
    if not facts.on_letter:
        return None
    return lazy_gettext("The letter that was sent bears this name already, so it cannot be signed once more.")


@Need
def _was_sent_off(facts: InvitationFacts) -> Message | None:
    if facts.letter_state in GONE_OUT:
        return None
    return lazy_gettext("The letter is %(state)s, so it has not been sent yet.", state=_letter(facts))


@Need
def _text_is_current(facts: InvitationFacts) -> Message | None:
    if facts.digest_now and facts.digest_shown == facts.digest_now:
        return None
    return lazy_gettext("The text has changed since this page was opened. Read the new text, then decide.")


SIGNATORY_UNNAMED = lazy_gettext("Type the name of the person who signs, as it will be printed.")


@Need
def _signatory_named(facts: InvitationFacts) -> Message | None:
    return None if characters.is_name(facts.name) else SIGNATORY_UNNAMED


@Need
def _name_is_repeated(facts: InvitationFacts) -> Message | None:
    if not (facts.confirms and facts.name_before) or _folded(facts.name) == _folded(facts.name_before):
        return None
    return lazy_gettext("Type the name as it appears on the letter: %(name)s.", name=facts.name_before)


def _folded(name: str) -> str:
    return " ".join(characters.naming(name).casefold().split())


@Need
def _authority_claimed(facts: InvitationFacts) -> Message | None:
    claimed = facts.name_before if facts.confirms else facts.authorised
    return (
        None
        if claimed
        else lazy_gettext("Tick the box to confirm that you are authorised to sign for your organisation.")
    )


@Need
def _confirmed_by_another(facts: InvitationFacts) -> Message | None:
    if not facts.four_eyes or facts.confirmed:
        return None
    return lazy_gettext("Two people sign for your organisation: one proposes, another confirms.")


CODE_MISSING = lazy_gettext("Enter the 6-digit code that we emailed to you.")


@partial(Need, error=CodeNeededError)
def _code_given(facts: InvitationFacts) -> Message | None:
    return CODE_MISSING if facts.code_missing else None


@Need
def _still_answerable(facts: InvitationFacts) -> Message | None:
    if facts.letter_state in WITH_COSIGNERS:
        return None
    return lazy_gettext("The letter is %(state)s, so this answer cannot be changed now.", state=_letter(facts))


@Need
def _not_dispatched(facts: InvitationFacts) -> Message | None:
    if facts.letter_state in CLOSED:
        return lazy_gettext(
            "The letter is %(state)s: a signature can be withdrawn only until the letter is sent.",
            state=_letter(facts),
        )
    return None


@Need
def _sign_off_is_for_another_text(facts: InvitationFacts) -> Message | None:
    return lazy_gettext("The signature is for the current version and still counts.") if facts.counts else None


@Need
def _sign_off_counts(facts: InvitationFacts) -> Message | None:
    if facts.counts:
        return None
    return lazy_gettext("This organisation has not signed the current version.")


@Need
def _opened_as_correction(facts: InvitationFacts) -> Message | None:
    return None if facts.correction else lazy_gettext("This version was not opened as a minor correction.")


@Need
def _rule_was_agreed_to(facts: InvitationFacts) -> Message | None:
    if facts.rule_agreed:
        return None
    return lazy_gettext("This organisation has not agreed to the rule for minor corrections.")


@Need
def _contact_is_the_same(facts: InvitationFacts) -> Message | None:
    return None if facts.contact_kept else lazy_gettext("Its contact was changed after it signed.")


@Need
def _was_signed_by_two(facts: InvitationFacts) -> Message | None:
    if not facts.alone:
        return None
    return lazy_gettext("Two people sign for it now, and one alone has agreed to the rule for minor corrections.")


@Need
def _correction_is_small(facts: InvitationFacts) -> Message | None:
    if facts.small:
        return None
    return lazy_gettext("The change to the version that it signed is not a minor correction.")


@Need
def _was_silent(facts: InvitationFacts) -> Message | None:
    return (
        None
        if facts.silent
        else lazy_gettext(
            "It has said something of this version, or could not object in time, so it is asked to answer."
        )
    )


@Need
def _was_told(facts: InvitationFacts) -> Message | None:
    return None if facts.told else lazy_gettext("The email about the correction has not reached it.")


@Need
def _objections_are_over(facts: InvitationFacts) -> Message | None:
    return None if facts.objections_over else lazy_gettext("Its time to object is not over yet.")


@Need
def _agreed_to_this_text(facts: InvitationFacts) -> Message | None:
    if facts.agreed_to and facts.agreed_to == facts.digest_now:
        return None
    return lazy_gettext("This organisation has not agreed to this text before.")


@Need
def _agrees_alone(facts: InvitationFacts) -> Message | None:
    if not facts.by_two:
        return None
    return lazy_gettext(
        "Your organisation’s signature has to be confirmed by a second person, so you can’t sign with a change that is "
        "not in the letter yet. Ask for the change in a comment."
    )


@Need
def _not_signed_already(facts: InvitationFacts) -> Message | None:
    return lazy_gettext("Your organisation has signed this very text already.") if facts.counts else None


AGREE = Step(
    "agree",
    ("invited", "to_confirm", "retracted", "signed"),
    "",
    (
        _before_deadline,
        _text_is_current,
        _not_signed_already,
        _signatory_named,
        _authority_claimed,
        _agrees_alone,
        _code_given,
    ),
)
"""
To agree to a text as it would be while another is before the co-signers: no step of the machine, for no state changes.

`digest_now` is of the text as it would be; `counts` is whether the organisation stands by that text already.
"""


@Need
def _letter_is_open(facts: InvitationFacts) -> Message | None:
    if facts.letter_state in CLOSED:
        return lazy_gettext("The letter is %(state)s.", state=_letter(facts))
    return None


INVITATION = Table(
    subject="invitation",
    steps=(
        Step(
            "sign",
            ("invited", "to_confirm", "retracted", "declined", "lapsed"),
            "signed",
            (
                _open_for_sign_off,
                _before_deadline,
                _not_on_the_letter,
                _text_is_current,
                _signatory_named,
                _name_is_repeated,
                _authority_claimed,
                _confirmed_by_another,
                _code_given,
            ),
        ),
        Step("decline", ("invited", "to_confirm"), "declined", (_still_answerable, _code_given)),
        Step("supersede", ("signed",), "to_confirm", (_sign_off_is_for_another_text,)),
        Step("restore", ("to_confirm",), "signed", (_sign_off_counts,)),
        Step(
            "stay",
            ("to_confirm",),
            "signed",
            (
                _open_for_sign_off,
                _opened_as_correction,
                _text_is_current,
                _rule_was_agreed_to,
                _contact_is_the_same,
                _was_signed_by_two,
                _correction_is_small,
                _was_silent,
                _was_told,
                _objections_are_over,
            ),
        ),
        Step(
            "fulfil",
            ("invited", "to_confirm", "retracted"),
            "signed",
            (_open_for_sign_off, _before_deadline, _text_is_current, _agreed_to_this_text, _agrees_alone),
        ),
        Step("retract", ("signed",), "retracted", (_not_dispatched, _code_given)),
        Step("retract_late", ("signed",), "retracted", (_was_sent_off, _code_given)),
        Step("lapse", ("invited", "to_confirm"), "lapsed", (_deadline_over, _silence_is_over)),
        Step("revive", ("lapsed",), "to_confirm", (_letter_is_open, _time_is_left, _has_stood)),
        Step("revoke", ("invited", "to_confirm"), "revoked", (_letter_is_open,)),
        Step("reinvite", ("declined", "lapsed", "revoked"), "invited", (_letter_is_open, _time_is_left)),
    ),
    labels={
        "invited": "invited",
        "signed": "signed",
        "to_confirm": "to be confirmed",
        "declined": "declined",
        "lapsed": "lapsed",
        "revoked": "revoked",
        "retracted": "retracted",
    },
)
