"""Letters as people paste them, in three languages, each with what is recognised of it."""

from tests.support.pasted.english import ENGLISH
from tests.support.pasted.french import FRENCH
from tests.support.pasted.spanish import SPANISH

LETTERS = ENGLISH | FRENCH | SPANISH
