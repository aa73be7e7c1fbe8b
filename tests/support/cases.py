"""Cases that are tried one after the other on what was made once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest


def each(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """
    Like `pytest.mark.parametrize`, for cases that leave all as it was: none needs a database of its own.

    Each that fails is told with what it was given, and the others are tried all the same.
    """
    named = (names,) if isinstance(names, str) else names
    given = [dict(zip(named, (case,) if isinstance(names, str) else case, strict=True)) for case in cases]
    assert given

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def trying(subtests: pytest.Subtests, **fixtures: Any) -> None:
            for case in given:
                with subtests.test(" ".join(f"{name}={value!r}"[:200] for name, value in case.items())):
                    test(**fixtures, **case)

        signature = inspect.signature(test)
        fixtures = [one for name, one in signature.parameters.items() if name not in named]
        subtests = inspect.Parameter("subtests", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        trying.__signature__ = signature.replace(parameters=[subtests, *fixtures])  # type: ignore[attr-defined]
        return trying

    return decorated
