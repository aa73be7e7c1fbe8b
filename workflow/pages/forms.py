"""The forms: what is read from a request, and what is wrong with it in a sentence."""

from __future__ import annotations

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
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional

from emails.message import UnsafeHeader, check_address
from workflow.languages import sentence

LONG = Length(max=200_000, message="At most 200,000 characters.")
LINE = Length(max=500, message="At most 500 characters.")


class Email:
    """An address that mail can be sent to, in its normal form."""

    def __call__(self, form: FlaskForm, field: Any) -> None:
        """Put the normal form into the field; raises ValidationError with what to do."""
        if not field.data:
            return
        try:
            field.data = check_address(field.data)
        except UnsafeHeader as error:
            raise ValidationError(str(error)) from error


class SignInForm(FlaskForm):
    """Who wants to sign in."""

    email = StringField("Your email address", [InputRequired("Type your email address."), Email()])


class ImportForm(FlaskForm):
    """A letter to take in: a file or pasted text."""

    file = FileField("A file (.txt, or .md with front matter)")
    pasted = TextAreaField("Or paste the letter here", [Optional(), LONG])


class LetterForm(FlaskForm):
    """The draft. Recipients are fields of the same names, numbered."""

    version = IntegerField(validators=[InputRequired()])
    subject = StringField("Subject", [Optional(), LINE])
    date = DateField("Date of the letter", [Optional()])
    language = StringField("Language", [InputRequired("Say in which language it is written, like en."), Length(max=16)])
    salutation = StringField("Salutation", [Optional(), LINE])
    body = TextAreaField("Text", [Optional(), LONG])
    closing = StringField("Closing", [Optional(), LINE])


class TermsForm(FlaskForm):
    """A campaign's terms."""

    deadline = DateTimeLocalField("Deadline", [Optional()])
    timezone = StringField("Time zone", [InputRequired("Name a time zone, like Europe/Paris.")])
    minimum = IntegerField("How many must sign at least", [InputRequired("Give a number."), NumberRange(1, 100_000)])
    comments_shared = BooleanField("Co-signers read each other's comments")
    code_required = BooleanField("Signing takes a code that is mailed to the invited address")
    objection_hours = IntegerField(
        "Hours to object to a small correction (0: every change is signed again)", [Optional(), NumberRange(0, 720)]
    )


class CosignerForm(FlaskForm):
    """An organisation to invite."""

    organisation = StringField("Organisation", [InputRequired("Name the organisation."), LINE])
    acronym = StringField("Acronym", [Optional(), LINE])
    signatory = StringField("Who signs", [Optional(), LINE])
    title = StringField("Title", [Optional(), LINE])
    email = StringField("Contact's email", [Optional(), Email()])
    required = BooleanField("The letter does not go without it")


class PaperForm(FlaskForm):
    """How a letter is printed; what can be chosen is for the act to say."""

    letterhead = StringField()
    layout = StringField()
    ordering = StringField()


class LetterheadForm(FlaskForm):
    """A letterhead to check and keep."""

    name = StringField("Its name", [Optional(), LINE])
    file = FileField("The file (.docx)")


class LogoForm(FlaskForm):
    """An organisation's logo."""

    file = FileField("Logo (PNG, JPEG or SVG)")


class StandingForm(FlaskForm):
    """Where a co-signer stands below the letter, and how it is named."""

    position = IntegerField(
        "Place in the list", [InputRequired("Give its place in the list."), NumberRange(1, 100_000)]
    )
    country = StringField("Country", [Optional(), LINE])
    founder = BooleanField("A founder")
    confidential = BooleanField("Withhold its name")


class EmailForm(FlaskForm):
    """One address."""

    email = StringField("Email address", [InputRequired("Type the email address."), Email()])


class ReaderForm(FlaskForm):
    """The language that a co-signer is written to in, and where its clock runs."""

    language = StringField("Language", [Optional(), Length(max=16)])
    timezone = StringField("Time zone", [Optional(), Length(max=64)])


class ReasonForm(FlaskForm):
    """Why: it goes on the record."""

    reason = TextAreaField("Reason", [Optional(), LONG])


class DispatchForm(FlaskForm):
    """The last look before the letter goes out."""

    fingerprint = HiddenField(validators=[InputRequired()])
    looked = BooleanField("I have looked at the document as it will be sent")
    at = DateTimeLocalField("Send at (empty: now)", [Optional()])


class DecisionForm(FlaskForm):
    """An organisation's answer: no choice is made beforehand."""

    digest = HiddenField(validators=[InputRequired()])
    choice = StringField(
        validators=[
            InputRequired(sentence("Choose one: we sign, or we do not sign.")),
            AnyOf(
                ("sign", "confirm", "decline", "misplaced"), message=sentence("Choose one: we sign, or we do not sign.")
            ),
        ],
    )
    name = StringField(validators=[Optional()])
    title = StringField(validators=[Optional()])
    authorised = BooleanField()
    withheld = BooleanField()
    code = StringField(validators=[Optional()])
    reason = TextAreaField(validators=[Optional()])
    reason_shared = BooleanField()


class RetractionForm(FlaskForm):
    """Taking a sign-off back takes a typed word, so that no software does it by pressing buttons."""

    word = StringField(validators=[Optional()])
    reason = TextAreaField(validators=[Optional()])


class CommentForm(FlaskForm):
    """What a co-signer says, and of what: `0` is the whole letter, and nothing is chosen beforehand."""

    digest = HiddenField(validators=[InputRequired()])
    paragraph = StringField(
        validators=[InputRequired(sentence("Choose what your comment is about: a paragraph, or the whole letter."))]
    )
    words = TextAreaField(validators=[Optional()])

    @property
    def place(self) -> int | None:
        """The paragraph's number, or None for the whole letter."""
        chosen = self.paragraph.data or "0"
        number = int(chosen[:9]) if chosen.isascii() and chosen.isdigit() else 0
        return number or None


class SuggestionForm(CommentForm):
    """Other words for some of a paragraph."""

    replaces = TextAreaField(validators=[Optional()])
    replacement = TextAreaField(validators=[Optional()])


class ReplyForm(FlaskForm):
    """An answer to a comment."""

    words = TextAreaField(validators=[Optional()])


class VerdictForm(FlaskForm):
    """In review: ready, or changes needed."""

    digest = HiddenField(validators=[InputRequired()])
    verdict = StringField(validators=[InputRequired(sentence("Choose one: ready to sign, or changes needed."))])


class HandOverForm(FlaskForm):
    """A colleague who answers instead."""

    name = StringField(validators=[Optional()])
    email = StringField(validators=[Optional()])
    sure = BooleanField()


class TimeForm(FlaskForm):
    """How much more time is asked for."""

    how_long = StringField(validators=[InputRequired(sentence("Choose how much time you need."))])
    words = StringField(validators=[Optional()])


def problems_of(form: FlaskForm) -> list[str]:
    """Return everything that is wrong with a form, in sentences."""
    return [problem for found in form.errors.values() for problem in found]
