"""SPF as RFC 7208 has it: the test suite of its authors, asked over DNS of this machine."""

from __future__ import annotations

import contextlib
import ipaddress
from pathlib import Path

import hypothesis
import pytest
import yaml

from emails.published.names import Names, NotAskedError
from emails.published.spf import check
from emails.published.spf_record import SpfSyntaxError, expanded, parse
from tests.support.dns_server import DnsServer

SUITE = Path(__file__).parents[1] / "vectors" / "spf" / "rfc7208-tests.yml"
SCENARIOS = list(yaml.safe_load_all(SUITE.read_text()))


def records(given) -> list:
    """The records of a name; where no TXT is given, what stands as SPF (a type that is no more) is one."""
    found = [("TIMEOUT", "") if one == "TIMEOUT" else next(iter(one.items())) for one in given]
    has_texts = any(kind == "TXT" for kind, _ in found)
    as_texts = [("TXT", words) for kind, words in found if kind == "SPF" and not has_texts]
    rest = [(kind, words) for kind, words in found if kind != "SPF" and words != "NONE"]
    return [(kind, " ".join(map(str, words)) if kind == "MX" else words) for kind, words in rest + as_texts]


@pytest.fixture(scope="module")
def server():
    with DnsServer() as running:
        yield running


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[one["description"] for one in SCENARIOS])
def test_the_suite_of_rfc_7208(server, scenario):
    server.put({name: records(given) for name, given in scenario["zonedata"].items()})
    names, wrong = Names(server.address, seconds=0.2), {}
    for name, case in scenario["tests"].items():
        verdict = check(names, ipaddress.ip_address(case["host"]), case["mailfrom"], case["helo"])
        expected = case["result"] if isinstance(case["result"], list) else [case["result"]]
        if verdict.result not in expected:
            wrong[name] = (verdict.result, expected, verdict.why)
    assert wrong == {}


WORDS = [
    "v=spf1",
    "all",
    "include:",
    "a",
    "mx",
    "ip4:",
    "ip6:",
    "exists:",
    "ptr",
    "redirect=",
    "exp=",
    "%{",
    "}",
    "i",
    "d",
    "r",
]
WORDS += [
    "9" * 5000,
    "/",
    "//",
    "24",
    ".",
    "-",
    "~",
    "?",
    "+",
    "%",
    "%%",
    "_",
    "=",
    ":",
    "fe80::1%eth0",
    "é",
    " ",
    "example.org",
]


@hypothesis.given(hypothesis.strategies.lists(hypothesis.strategies.sampled_from(WORDS), max_size=12))
def test_no_record_that_somebody_publishes_ends_the_doctor(words):
    with contextlib.suppress(SpfSyntaxError):
        record = parse("v=spf1 " + "".join(words))
        known = dict.fromkeys("slodihp", "a.b-c@d") | {"v": "ip6"}
        assert all(len(expanded(term.domain, known)) <= 253 or "." not in term.domain for term in record.terms)


def test_what_is_long_is_asked_for_over_tcp_and_silence_is_not_absence(server):
    server.put({"long.example.org": [("TXT", ["x" * 250] * 9)], "ill.example.org": [("SERVFAIL", "")]})
    names = Names(server.address, seconds=0.2)
    assert names.texts("long.example.org") == ["x" * 250 * 9]
    assert names.texts("nobody.example.org") == []
    with pytest.raises(NotAskedError, match="TXT of ill.example.org: it can’t say just now"):
        names.texts("ill.example.org")
    with pytest.raises(ValueError, match="like 192.0.2.53"):
        Names("dns.example.org")
