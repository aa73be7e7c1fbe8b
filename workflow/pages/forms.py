"""The forms: what is read from a request, and what is wrong with it in a sentence."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp
from wtforms.widgets import HiddenInput

from workflow.errors import RefusedError
from workflow.languages import Message, Words, lazy_gettext
from workflow.letter import typed


class Typed:
    """What was typed, in the form in which it is kept (`workflow.letter.typed`)."""

    def __init__(self, kept: Callable[[str], str]) -> None:
        self._kept = kept

    def __call__(self, form: FlaskForm, field: Any) -> None:
        """Put that form into the field; raises ValidationError with what to do."""
        try:
            field.data = self._kept(field.data or "")
        except RefusedError as refused:
            raise ValidationError(refused.reasons[0]) from refused


def _line(limit: typed.Limit) -> Typed:
    return Typed(functools.partial(typed.line, limit=limit))


def _block(limit: typed.Limit) -> Typed:
    return Typed(functools.partial(typed.block, limit=limit))


EMAIL = Typed(typed.address)
NAME = Typed(typed.name)
LINE = _line(typed.LINE)
COMMENT = _block(typed.COMMENT)
REASON = _block(typed.REASON)


def _whole(limit: typed.Limit) -> Typed:
    """Not cleaned yet: the act says what was taken out, or looks for the words as they stand."""
    return Typed(functools.partial(typed.whole, limit=limit))


CHOOSE_ANSWER = lazy_gettext("Choose one: we sign, or we do not sign.")
CHOOSE_TIME = lazy_gettext("Choose how much time you need.")


class OneOf:
    """One of the answers that a page offers; WTForms' own would turn the message into an English string."""

    def __init__(self, *answers: str, why: Message) -> None:
        self._answers = answers
        self._why = why

    def __call__(self, form: FlaskForm, field: Any) -> None:
        """Raises ValidationError for anything else."""
        if field.data not in self._answers:
            raise ValidationError(self._why)


class Tick(BooleanField):
    """A box that was ticked on the page: exactly that, and nothing that is taken for it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent."""
        self.data = valuelist == ["y"]


class SignInForm(FlaskForm):
    """Who wants to sign in."""

    email = StringField("Your email address", [InputRequired("Type your email address."), EMAIL])


class ImportForm(FlaskForm):
    """A letter to take in: a file or pasted text."""

    file = FileField("A file (.txt, or .md with front matter)")
    pasted = TextAreaField("Or paste the letter here")


class LetterForm(FlaskForm):
    """The draft. Recipients are fields of the same names, numbered."""

    version = IntegerField(validators=[InputRequired()])
    subject = StringField("Subject", [_whole(typed.LINE)])
    place = StringField("Place before the date", [_whole(typed.PLACE)])
    date = DateField("Date of the letter", [Optional()])
    language = StringField("Language", [InputRequired("Say in which language it is written, like en."), LINE])
    salutation = StringField("Salutation", [_whole(typed.LINE)])
    body = TextAreaField("Text", [_whole(typed.BODY)])
    closing = StringField("Closing", [_whole(typed.LINE)])


class TermsForm(FlaskForm):
    """A campaign's terms."""

    deadline = DateTimeLocalField("Deadline", [Optional()])
    timezone = StringField("Time zone", [InputRequired("Name a time zone, like Europe/Paris."), LINE])
    minimum = IntegerField("How many must sign at least", [InputRequired("Give a number."), NumberRange(1, 100_000)])
    comments_shared = Tick("Co-signers read each other's comments")
    code_required = Tick("Signing takes a code that is mailed to the invited address")
    objection_hours = IntegerField(
        "Hours to object to a small correction (0: every change is signed again)", [Optional(), NumberRange(0, 720)]
    )


class CosignerForm(FlaskForm):
    """An organisation to invite."""

    organisation = StringField("Organisation", [InputRequired("Name the organisation."), LINE])
    acronym = StringField("Acronym", [LINE])
    signatory = StringField("Who signs", [LINE])
    title = StringField("Title", [LINE])
    email = StringField("Contact's email", [Optional(), EMAIL])
    required = Tick("The letter does not go without it")


class PaperForm(FlaskForm):
    """How a letter is printed; what can be chosen is for the act to say."""

    letterhead = StringField()
    layout = StringField()
    ordering = StringField()


class LetterheadForm(FlaskForm):
    """A letterhead to check and keep."""

    name = StringField("Its name", [_line(typed.LETTERHEAD)])
    file = FileField("The file (.docx)")


class LogoForm(FlaskForm):
    """An organisation's logo."""

    file = FileField("Logo (PNG, JPEG or SVG)")


class StandingForm(FlaskForm):
    """Where a co-signer stands below the letter, and how it is named."""

    position = IntegerField(
        "Place in the list", [InputRequired("Give its place in the list."), NumberRange(1, 100_000)]
    )
    country = StringField("Country", [LINE])
    founder = Tick("A founder")
    confidential = Tick("Withhold its name")


class EmailForm(FlaskForm):
    """One address."""

    email = StringField("Email address", [InputRequired("Type the email address."), EMAIL])


class ReaderForm(FlaskForm):
    """The language that a co-signer is written to in, and where its clock runs."""

    language = StringField("Language", [LINE])
    timezone = StringField("Time zone", [LINE])


class ReasonForm(FlaskForm):
    """Why: it goes on the record."""

    reason = TextAreaField("Reason", [REASON])


class DispatchForm(FlaskForm):
    """The last look before the letter goes out."""

    fingerprint = HiddenField(validators=[InputRequired()])
    looked = Tick("I have looked at the document as it will be sent")
    at = DateTimeLocalField("Send at (empty: now)", [Optional()])


class DecisionForm(FlaskForm):
    """An organisation's answer: no choice is made beforehand."""

    digest = HiddenField(validators=[InputRequired()])
    choice = StringField(validators=[OneOf("sign", "confirm", "decline", "misplaced", why=CHOOSE_ANSWER)])
    name = StringField(validators=[NAME])
    title = StringField(validators=[NAME])
    authorised = Tick()
    withheld = Tick()
    printed = Tick()
    objection_hours = IntegerField(widget=HiddenInput(), validators=[Optional()])
    reason = TextAreaField(validators=[REASON])
    reason_shared = Tick()


class RetractionForm(FlaskForm):
    """Taking a sign-off back takes a typed word, so that no software does it by pressing buttons."""

    word = StringField(validators=[NAME])
    reason = TextAreaField(validators=[REASON])


class CommentForm(FlaskForm):
    """What a co-signer says, and of what: `0` is the whole letter, and nothing is chosen beforehand."""

    digest = HiddenField(validators=[InputRequired()])
    paragraph = StringField(
        validators=[
            InputRequired(lazy_gettext("Choose what your comment is about: a paragraph, or the whole letter.")),
            Regexp("[0-9]{1,6}$", message=lazy_gettext("There is no such paragraph.")),
        ]
    )
    words = TextAreaField(validators=[COMMENT])
    shared = Tick()

    @property
    def place(self) -> int | None:
        """The paragraph's number, or None for the whole letter."""
        return int(self.paragraph.data or "0") or None


class SuggestionForm(CommentForm):
    """Other words for some of a paragraph."""

    replaces = TextAreaField(validators=[_whole(typed.COMMENT)])
    replacement = TextAreaField(validators=[COMMENT])


class ReplyForm(FlaskForm):
    """An answer to a comment."""

    words = TextAreaField(validators=[COMMENT])
    shared = Tick()


class VerdictForm(FlaskForm):
    """In review: ready, or changes needed."""

    digest = HiddenField(validators=[InputRequired()])
    verdict = StringField(validators=[InputRequired(lazy_gettext("Choose one: ready to sign, or changes needed."))])


class HandOverForm(FlaskForm):
    """A colleague who answers instead."""

    name = StringField(validators=[NAME])
    email = StringField(validators=[_line(typed.LINE)])
    sure = Tick()


class TimeForm(FlaskForm):
    """How much more time is asked for."""

    how_long = StringField(validators=[OneOf("1", "2", "7", "other", why=CHOOSE_TIME)])
    words = StringField(validators=[_line(typed.REQUEST)])


def problems_of(form: FlaskForm) -> list[Words]:
    """Return everything that is wrong with a form, in sentences."""
    return [problem for found in form.errors.values() for problem in found]
