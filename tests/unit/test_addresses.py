"""Email addresses: which are taken, in which form, and how they stand in a head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from emails import addresses
from emails.addresses import check_address
from emails.errors import AddressError, HeaderError
from tests.support.writing import HEAD, made


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("jane.doe+letters@example.org", "jane.doe+letters@example.org"),
        ("  Jane@EXAMPLE.org\t", "Jane@example.org"),
        ("a@mail.coalition.test", "a@mail.coalition.test"),
        ("post@xn--strae-oqa.example", "post@straße.example"),
        ("josé@example.org", "josé@example.org"),
        ("l" * 64 + "@example.org", "l" * 64 + "@example.org"),
    ],
)
def test_an_address_is_returned_in_its_normal_form(written: str, normal: str) -> None:
    assert check_address(written) == normal


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "nobody",
        "a@b",
        "a@@example.org",
        "a b@example.org",
        "good@example.org, evil@e.test",
        "group:a@example.org;",
        "Jane <jane@example.org>",
        "a@example.org\n",
        "a@example.org\r\nBcc: x@e.test",
        "a\0@example.org",
        "a\u202e@example.org",
        "a\u200b@example.org",
        '"a b"@example.org',
        "a@[127.0.0.1]",
        "a@localhost",
        ".a@example.org",
        "a..b@example.org",
        "l" * 65 + "@example.org",
        "é" * 33 + "@example.org",
        "a@" + "x." * 130 + "org",
    ],
)
def test_what_is_no_address_is_refused_with_what_to_do(wrong: str) -> None:
    with pytest.raises(AddressError, match=r"^[A-Z“].{20,}\.$") as refused:
        check_address(wrong)
    assert isinstance(refused.value, HeaderError)
    assert len(str(refused.value)) < 400


def test_a_domain_beyond_ascii_stands_in_the_head_as_dns_has_it(templates: Path) -> None:
    content = made(templates, head=replace(HEAD, recipient="post@straße.example"))
    assert b'To: "John F. Kerry" <post@xn--strae-oqa.example>\r\n' in content


def test_letters_beyond_ascii_before_the_at_stand_in_the_head_as_they_are(templates: Path) -> None:
    content = made(templates, head=replace(HEAD, recipient="josé@example.org"))
    assert "<josé@example.org>\r\n".encode() in content


LABELS = st.text("ab0-A_é", min_size=1, max_size=8) | st.sampled_from(["x" * 63, "x" * 64, "xn--p1ai", "a--b"])
ENDS = st.sampled_from(["org", "test", "local", "localhost", "arpa", "onion", "invalid", "xn--p1ai", "c", "co1", "ORG"])
LOCAL = st.text("aZ0._+-é", min_size=1, max_size=8) | st.sampled_from(["l" * 64, "l" * 65, "a.b-c_d+e"])


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(local=LOCAL, labels=st.lists(LABELS, max_size=2), end=ENDS)
def test_an_address_that_needs_no_second_look_is_one_that_passes_it(local: str, labels: list[str], end: str) -> None:
    written = f"{local}@{'.'.join([*labels, end])}"
    if addresses._is_usual(written):
        checked = validate_email(written, check_deliverability=False, test_environment=True)
        assert checked.normalized == written


@pytest.mark.parametrize(
    "written", ["jane.doe+letters@example.org", "a-b@x-1.coalition.test", "l" * 64 + "@example.org"]
)
def test_most_addresses_need_no_second_look(written: str) -> None:
    assert addresses._is_usual(written)
