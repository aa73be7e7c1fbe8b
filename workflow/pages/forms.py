"""The forms: what is read from a request, and what is wrong with it in a sentence."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional, Regexp
from wtforms.widgets import HiddenInput

from workflow.errors import InputError, RefusedError
from workflow.languages import Message, lazy_gettext
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


def line(limit: typed.Limit) -> Typed:
    """Take one line within a limit."""
    return Typed(functools.partial(typed.line, limit=limit))


def block(limit: typed.Limit) -> Typed:
    """Take words of several lines within a limit."""
    return Typed(functools.partial(typed.block, limit=limit))


EMAIL = Typed(typed.address)
NAME = Typed(typed.name)
LINE = line(typed.LINE)
COMMENT = block(typed.COMMENT)
REASON = block(typed.REASON)
NOTE = block(typed.NOTE)


def whole(limit: typed.Limit) -> Typed:
    """Take words as they came, within a limit: the act says what was taken out, or looks for them as they stand."""
    return Typed(functools.partial(typed.whole, limit=limit))


CHOOSE_ANSWER = lazy_gettext("Choose an answer: sign, or not.")
CHOOSE_TIME = lazy_gettext("Choose how much time you need.")


def an_address(form: FlaskForm, field: Any) -> None:
    """Put an email address in its normal form; raises ValidationError in the reader's language, whatever is wrong."""
    try:
        field.data = typed.address((field.data or "").strip())
    except RefusedError as refused:
        raise ValidationError(
            lazy_gettext("That is not an email address. Write it like name@example.org.")
        ) from refused


class OneOf:
    """One of the answers that a page offers; WTForms' own would turn the message into an English string."""

    def __init__(self, *answers: str, why: Message) -> None:
        self._answers = answers
        self._why = why

    def __call__(self, form: FlaskForm, field: Any) -> None:
        """Raises ValidationError for anything else."""
        if field.data not in self._answers:
            raise ValidationError(self._why)


class Given:
    """Something must be there."""

    def __init__(self, why: Message) -> None:
        self._why = why

    def __call__(self, form: FlaskForm, field: Any) -> None:
        """Raises ValidationError where nothing is."""
        if not field.data:
            raise ValidationError(self._why)


class Tick(BooleanField):
    """A box that was ticked on the page: exactly that, and nothing that is taken for it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent."""
        self.data = valuelist == ["y"]


class LogoForm(FlaskForm):
    """An organisation's logo."""

    file = FileField()


class DecisionForm(FlaskForm):
    """An organisation's answer: no choice is made beforehand."""

    digest = HiddenField(validators=[InputRequired()])
    choice = StringField(validators=[OneOf("sign", "confirm", "decline", "misplaced", why=CHOOSE_ANSWER)])
    name = StringField(validators=[NAME, Given(lazy_gettext("Type the name of the person who answers."))])
    title = StringField(validators=[NAME])
    authorised = Tick()
    withheld = Tick()
    printed = Tick()
    objection_hours = IntegerField(widget=HiddenInput(), validators=[Optional()])
    reason = TextAreaField(validators=[REASON])
    reason_shared = Tick()
    after = HiddenField()
    confirmer = StringField(validators=[NAME])
    confirmer_email = StringField(validators=[an_address])

    def validate_authorised(self, field: Tick) -> None:
        """Raises ValidationError without the tick; a confirmation needs none, for it repeats the name."""
        if self.choice.data != "confirm" and not field.data:
            raise ValidationError(lazy_gettext("Tick the box to confirm that you are authorised to answer."))


class AgreementForm(FlaskForm):
    """To sign the text as it would be: the digests of what is before the co-signers and of what was shown."""

    digest = HiddenField(validators=[InputRequired()])
    agreed = HiddenField(validators=[InputRequired()])
    after = HiddenField()
    name = StringField(validators=[NAME, Given(lazy_gettext("Type the name of the person who signs."))])
    title = StringField(validators=[NAME])
    authorised = Tick()
    objection_hours = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def validate_authorised(self, field: Tick) -> None:
        """Raises ValidationError without the tick."""
        if not field.data:
            raise ValidationError(lazy_gettext("Tick the box to confirm that you are authorised to answer."))


class ConfirmationForm(FlaskForm):
    """Confirming what another proposed takes the name of who confirms, and a tick."""

    digest = HiddenField(validators=[InputRequired()])
    name = StringField(validators=[NAME, Given(lazy_gettext("Type your name."))])
    authorised = Tick(
        validators=[
            Given(lazy_gettext("Tick the box to confirm that you are authorised to sign for your organisation."))
        ]
    )
    withheld = Tick()
    objection_hours = IntegerField(widget=HiddenInput(), validators=[Optional()])


class RefusalForm(FlaskForm):
    """Why what was proposed is refused; may be empty."""

    reason = TextAreaField(validators=[REASON])
    sure = Tick(validators=[Given(lazy_gettext("Tick the box to refuse."))])


class RetractionForm(FlaskForm):
    """Taking a sign-off back takes a typed word, so that no software does it by pressing buttons."""

    word = StringField(validators=[NAME])
    reason = TextAreaField(validators=[REASON])
    after = HiddenField()


class LateRetractionForm(RetractionForm):
    """The same once the letter was sent; and whether the recipient is to be told."""

    tell_office = Tick()


class PrintedNameForm(FlaskForm):
    """How the signatory's name and title are printed, corrected."""

    name = StringField(validators=[NAME])
    title = StringField(validators=[NAME])


class CommentForm(FlaskForm):
    """What a co-signer says, and of what: `0` is the whole letter, and nothing is chosen beforehand."""

    digest = HiddenField(validators=[InputRequired()])
    paragraph = StringField(
        validators=[
            InputRequired(lazy_gettext("Select what your comment is about: a paragraph, or the whole letter.")),
            Regexp("[0-9]{1,6}$", message=lazy_gettext("There is no such paragraph.")),
        ]
    )
    words = TextAreaField(validators=[COMMENT, Given(lazy_gettext("Write your comment first."))])
    shared = Tick()

    @property
    def place(self) -> int | None:
        """The paragraph's number, or None for the whole letter."""
        return int(self.paragraph.data or "0") or None


class SuggestionForm(CommentForm):
    """Other words for some of a paragraph."""

    replaces = TextAreaField(validators=[whole(typed.COMMENT)])
    replacement = TextAreaField(validators=[COMMENT])
    words = TextAreaField(validators=[COMMENT])


class ReplyForm(FlaskForm):
    """An answer to a comment."""

    words = TextAreaField(validators=[COMMENT, Given(lazy_gettext("Write your comment first."))])
    shared = Tick()


class VerdictForm(FlaskForm):
    """In review: ready, or changes needed."""

    digest = HiddenField(validators=[InputRequired()])
    verdict = StringField(
        validators=[InputRequired(lazy_gettext("Choose one: ready to sign, or changes needed first."))]
    )


class DelegationForm(FlaskForm):
    """A colleague who answers instead."""

    name = StringField(validators=[NAME, Given(lazy_gettext("Type your colleague’s name."))])
    email = StringField(validators=[an_address, Given(lazy_gettext("Type your colleague’s email address."))])
    sure = Tick(validators=[Given(lazy_gettext("Tick the box to pass the invitation on."))])


class ReaderForm(FlaskForm):
    """Whom a link to read is for; name and address may be empty."""

    name = StringField(validators=[NAME])
    email = StringField(validators=[an_address])
    sure = Tick(validators=[Given(lazy_gettext("Tick the box to make the link."))])


class StopForm(FlaskForm):
    """Whoever wants no more emails; a program that presses every button wants nothing."""

    sure = Tick(validators=[Given(lazy_gettext("Tick the box if you want no more emails."))])


class TwoForm(FlaskForm):
    """Whoever wants two to sign for their organisation."""

    sure = Tick(validators=[Given(lazy_gettext("Tick the box if two people have to sign for your organisation."))])


class DisputeForm(FlaskForm):
    """What is wrong about a change of contact; it may be left out."""

    words = TextAreaField(validators=[REASON])


class TimeForm(FlaskForm):
    """How much more time is asked for."""

    how_long = StringField(validators=[OneOf("1", "2", "7", "other", why=CHOOSE_TIME)])
    words = StringField(validators=[line(typed.REQUEST)])

    def validate_words(self, field: StringField) -> None:
        """Raises ValidationError where neither a period was chosen nor anything said."""
        if self.how_long.data == "other" and not field.data:
            raise ValidationError(lazy_gettext("Say how much time you need."))


Form = TypeVar("Form", bound=FlaskForm)


def checked(form: Form) -> Form:
    """Return a form in which nothing is wrong; raises `InputError` with the first that is wrong in each field."""
    if not form.validate_on_submit():
        raise InputError(**{str(name): problems[0] for name, problems in form.errors.items()})
    return form
