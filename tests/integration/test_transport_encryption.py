"""Certificates, STARTTLS and passwords: nothing is said in the clear that must not be."""

from __future__ import annotations

import base64
import socket
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from emails.transport import Server
from tests.support.failing_mail_server import (
    IMPATIENT,
    IN_TIME,
    LONG,
    Answer,
    Authority,
    Make,
    drop,
    hang,
    outcome_of,
    shown,
    to,
)

OFFERING = {"EHLO": b"250-faulty.test\r\n250-STARTTLS\r\n250 SIZE 1000000\r\n", "STARTTLS": b"220 go\r\n"}


def test_a_mail_goes_encrypted_where_the_certificate_holds(faulty: Make, authority: Authority) -> None:
    context = authority.context("127.0.0.1")
    starttls, smtps = faulty(OFFERING, context=context), faulty(context=context, tls=True)
    trusting = {"authorities": authority.file}
    assert outcome_of(to(starttls, starttls="require", **trusting)).verdict == "accepted"
    assert outcome_of(to(starttls, starttls="auto", **trusting)).verdict == "accepted"
    assert outcome_of(to(smtps, tls=True, **trusting), LONG).verdict == "accepted"
    assert starttls.verbs()[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]


@pytest.mark.parametrize("subject", ["mail.elsewhere.test", "127.0.0.1"])
def test_a_wrong_certificate_is_an_alarm_and_nothing_is_sent_in_the_clear(
    faulty: Make, authority: Authority, subject: str
) -> None:
    context = authority.context(subject)
    trusted = {"authorities": authority.file} if subject != "127.0.0.1" else {}
    starttls, smtps = faulty(OFFERING, context=context), faulty(context=context, tls=True)
    outcomes = [
        outcome_of(to(starttls, starttls="require", **trusted)),
        outcome_of(to(starttls, starttls="auto", **trusted)),
        outcome_of(to(smtps, tls=True, **trusted)),
    ]
    assert [outcome.verdict for outcome in outcomes] == ["sender_refused"] * 3
    assert all("certificate" in outcome.text and "Nothing was sent" in outcome.text for outcome in outcomes)
    assert set(starttls.verbs()) == {"EHLO", "STARTTLS"}


def test_a_server_that_hides_starttls_gets_nothing(faulty: Make) -> None:
    server = faulty()
    outcome = outcome_of(to(server, starttls="require"))
    assert outcome.verdict == "sender_refused"
    assert "STARTTLS" in outcome.text
    assert server.verbs() == ["EHLO"]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(b"454 4.7.0 not now\r\n", "deferred"), (b"501 no\r\n", "sender_refused"), (drop, "deferred"), (hang, "deferred")],
)
def test_a_refused_starttls_is_never_followed_by_a_mail(faulty: Make, answer: Answer, verdict: str) -> None:
    server = faulty({**OFFERING, "STARTTLS": answer})
    waits = IMPATIENT if answer is hang else IN_TIME
    assert outcome_of(to(server, starttls="auto", **waits)).verdict == verdict
    assert server.verbs() == ["EHLO", "STARTTLS"]


def test_words_slipped_in_before_the_encryption_are_not_believed(faulty: Make, authority: Authority) -> None:
    server = faulty({**OFFERING, "STARTTLS": b"220 go\r\n250 SIZE 1\r\n"}, context=authority.context("127.0.0.1"))
    outcome = outcome_of(to(server, starttls="require", authorities=authority.file))
    assert outcome.verdict == "deferred"
    assert "in between" in outcome.text


def test_a_server_that_speaks_no_tls_on_its_tls_port_is_an_alarm(faulty: Make) -> None:
    assert outcome_of(to(faulty(), tls=True)).verdict == "sender_refused"
    assert outcome_of(to(faulty({"banner": drop}), tls=True)).verdict in ("sender_refused", "deferred")


SECRET = {"user": "letters", "password": "pässwörd :/@"}


@pytest.mark.parametrize(
    ("script", "verdict", "code"),
    [
        ({"AUTH": b"535 5.7.8 wrong\r\n"}, "sender_refused", 535),
        ({"AUTH": b"534 5.7.9 too weak\r\n"}, "sender_refused", 534),
        ({"AUTH": b"454 4.7.0 try later\r\n"}, "deferred", 454),
        ({"AUTH": b"504 5.5.4 unknown\r\n"}, "sender_refused", 504),
        ({"AUTH": drop}, "deferred", None),
        ({"EHLO": b"250-faulty.test\r\n250 AUTH GSSAPI\r\n"}, "sender_refused", None),
        ({"EHLO": b"250 faulty.test\r\n"}, "sender_refused", None),
    ],
    ids=shown,
)
def test_a_refused_login_refuses_the_sender_and_no_address_suffers_for_it(
    faulty: Make, script: dict, verdict: str, code: int | None
) -> None:
    server = faulty({"EHLO": b"250-faulty.test\r\n250 AUTH PLAIN LOGIN\r\n", **script})
    outcome = outcome_of(to(server, **SECRET))
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert "MAIL" not in server.verbs()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_both_ways_to_sign_in_say_the_password_in_any_letters() -> None:
    seen: list[tuple[str, bytes, bytes]] = []

    def authenticator(server, session, envelope, mechanism, data) -> AuthResult:
        seen.append((mechanism, data.login, data.password))
        return AuthResult(success=data.password.decode() == SECRET["password"], handled=False)

    for excluded, mechanism in ((["LOGIN"], "PLAIN"), (["PLAIN"], "LOGIN")):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        server = Controller(
            object(), hostname="127.0.0.1", port=port, authenticator=authenticator,
            auth_required=True, auth_require_tls=False, auth_exclude_mechanism=excluded,
        )  # fmt: skip
        server.start()
        ours = Server("127.0.0.1", port, starttls="never", answer_timeout=5.0, **SECRET)
        assert outcome_of(ours).verdict == "accepted"
        assert outcome_of(replace(ours, password="wrong")).verdict == "sender_refused"
        assert outcome_of(replace(ours, user="", password="")).verdict == "sender_refused"
        server.stop()
        assert seen[-2:] == [
            (mechanism, b"letters", SECRET["password"].encode()),
            (mechanism, b"letters", b"wrong"),
        ]


def test_a_password_is_never_said_in_the_clear_to_another_machine(faulty: Make) -> None:
    server = faulty({"EHLO": b"250-faulty.test\r\n250 AUTH PLAIN LOGIN\r\n"})
    # "127.1" is this machine, but is not written as such: so it counts as another one.
    outcome = outcome_of(to(server, host="127.1", starttls="auto", **SECRET))
    assert outcome.verdict == "sender_refused"
    assert server.verbs() == ["EHLO"]
    with pytest.raises(ValueError, match="in the clear"):
        Server.parse("smtp://letters:secret@mail.example.org?starttls=never")


def test_a_secret_is_in_no_repr_and_no_outcome(faulty: Make) -> None:
    server = faulty({"EHLO": b"250-faulty.test\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 5.7.8 wrong\r\n"})
    ours = to(server, user="letters", password="hush-hush")
    outcome = outcome_of(ours)
    encoded = base64.b64encode(b"hush-hush").decode()
    for said in (repr(ours), str(ours), repr(outcome)):
        assert "hush-hush" not in said and encoded not in said
