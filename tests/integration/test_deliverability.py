"""`flask doctor --mail`: what DNS says of our sender, asked of a DNS server of this machine, and the test itself."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from config.settings import Settings
from emails import mailbox
from emails.dkim import DkimKey
from emails.mailbox import LocalMailbox
from emails.published import names
from tests.support.dns_server import DnsServer
from tests.support.failing_mail_server import FaultyServer
from wsgi import create_app

RELAY = "198.51.100.7"


def pem(key) -> bytes:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form)


@pytest.fixture(scope="module")
def dns():
    with DnsServer() as server:
        yield server


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The private keys of two kinds, as files."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "rsa.pem").write_bytes(pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    (folder / "ed25519.pem").write_bytes(pem(ed25519.Ed25519PrivateKey.generate()))
    return folder


@pytest.fixture
def office(tmp_path):
    with LocalMailbox(tmp_path / "received") as server:
        yield server


def record_of(keys, kind="rsa", domain="league.example") -> str:
    return DkimKey(domain, "undersigned", (keys / f"{kind}.pem").read_bytes()).record


def whole(keys, kind="rsa") -> dict:
    """What a domain publishes that has done everything right."""
    record = record_of(keys, kind)
    return {
        "league.example": [("TXT", f"v=spf1 ip4:{RELAY} -all"), ("TXT", "other=x"), ("MX", "10 mx.league.example")],
        "mx.league.example": [("A", "198.51.100.9")],
        "undersigned._domainkey.league.example": [("TXT", [record[:200], record[200:]])],
        "_dmarc.league.example": [("TXT", "v=DMARC1; p=reject; rua=mailto:postmaster@league.example")],
        "7.100.51.198.in-addr.arpa": [("PTR", "out.league.example")],
        "out.league.example": [("A", RELAY)],
    }  # fmt: skip


class Doctor:
    """Runs the command against a zone; keeps what it said."""

    def __init__(self, tmp_path, dns, keys, office) -> None:
        self.dns, self.keys = dns, keys
        self.settings = Settings(
            instance=tmp_path / "instance",
            public_url="https://letters.league.example",
            proxies=1,
            smtp_url=office.url,
            mail_from="letters@league.example",
            dkim_domain="league.example",
            dkim_key_file=keys / "rsa.pem",
        )
        self.zone = whole(keys)

    def __call__(self, *more: str, address="joe@reader.example", **settings) -> tuple[int, str]:
        self.dns.put(self.zone)
        runner = create_app(self.settings.model_copy(update=settings)).test_cli_runner()
        done = runner.invoke(args=["doctor", "--mail", address, "--dns", self.dns.address, *more])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output


@pytest.fixture
def doctor(tmp_path, dns, keys, office):
    return Doctor(tmp_path, dns, keys, office)


FROM = ("--sends-from", RELAY)


def lines(output: str, level: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(f"{level} ")]


def test_what_is_right_is_said_to_be_right_and_the_test_arrives(doctor, tmp_path):
    code, said = doctor(*FROM)

    assert (code, lines(said, "error"), lines(said, "unknown")) == (0, [], [])
    for words in (
        f"SPF of league.example lets {RELAY} send (ip4:{RELAY})",
        "leads to 0 of at most 10 questions",
        "DKIM at undersigned._domainkey.league.example is the key that signs.",
        "DMARC of league.example asks for reject",
        "DMARC is met by DKIM (of league.example) and SPF (of league.example).",
        "Mail to league.example goes to mx.league.example.",
        f"{RELAY} is called out.league.example, which leads back to it.",
        "It takes mail for that address.",
        "took the test for joe@reader.example: 250",
    ):
        assert words in said, words
    (mail,) = mailbox.received(tmp_path / "received")
    assert mail.subject == "A test of the emails of https://letters.league.example"
    assert list(mail.recipients) == ["joe@reader.example"]
    assert b"DKIM-Signature:" in mail.raw
    assert not doctor.settings.instance.joinpath("undersigned.db").exists()


def test_nothing_published_is_told_with_each_record_to_publish_to_the_letter(doctor, keys):
    doctor.zone = {}
    code, said = doctor(*FROM)

    assert code == 1
    for record in (
        f'Publish: league.example. TXT "v=spf1 ip4:{RELAY} -all"',
        'Publish: _dmarc.league.example. TXT "v=DMARC1; p=none; rua=mailto:postmaster@league.example"',
        "Publish: league.example. MX 10 letters.league.example.",
    ):
        assert record in said, record
    _, laptop = doctor(*FROM, public_url="http://127.0.0.1:5000")
    assert "Publish: league.example. MX 10 mail.league.example." in laptop
    published = next(line for line in said.splitlines() if "Publish: undersigned._domainkey" in line)
    assert "".join(published.partition("TXT ")[2].split('" "')).strip('"') == record_of(keys)
    assert "has no name that leads back to it" in said
    doctor.zone = {"league.example": [("TXT", f"v=spf1 ip4:{RELAY} -all")]}
    assert "has no SPF record" not in doctor(*FROM)[1]


@pytest.mark.parametrize("nothing", ["TIMEOUT", "SERVFAIL"])
def test_a_dns_that_does_not_answer_is_not_a_record_that_is_wrong(doctor, monkeypatch, nothing):
    monkeypatch.setattr(names.Names.__init__, "__defaults__", ("", 0.2))
    doctor.zone |= {name: [(nothing, "")] for name in doctor.zone}
    code, said = doctor(*FROM)
    assert (code, lines(said, "error")) == (3, [])
    assert len(lines(said, "unknown")) >= 5
    assert "Publish" not in said
    assert "took the test" in said


SPF = [
    ("two", [("TXT", "v=spf1 mx -all"), ("TXT", "v=spf1 include:x.example ~all")], "has 2 SPF records",
     f'"v=spf1 include:x.example mx ip4:{RELAY} -all"'),
    ("not ours", [("TXT", "v=spf1 mx -all")], f"not let {RELAY} send: fail (-all)", f'"v=spf1 mx ip4:{RELAY} -all"'),
    ("slip", [("TXT", "v=spf1 ipv4:198.51.100.7 -all")], "“ipv4:198.51.100.7” is not understood", ""),
    ("anybody", [("TXT", f"v=spf1 ip4:{RELAY} +all")], "lets anybody send (+all)", ""),
    ("nobody there", [("TXT", f"v=spf1 include:no.example ip4:{RELAY} -all")], "“include:no.example” leads to no", ""),
    ("too many", [("TXT", f"v=spf1 ip4:{RELAY} {' '.join(f'a:mx.league.example/{n}' for n in range(20, 31))} -all")],
     "leads to more than 10 questions to DNS", ""),
]  # fmt: skip


@pytest.mark.parametrize(("records", "words", "publish"), [one[1:] for one in SPF], ids=[one[0] for one in SPF])
def test_spf_that_does_not_let_us_send_or_cannot_be_used(doctor, records, words, publish):
    doctor.zone["league.example"] = [*records, ("MX", "10 mx.league.example")]
    code, said = doctor(*FROM)
    assert code == 1
    assert words in said
    assert publish in said
    assert len(lines(said, "error")) == 1, said


def test_where_the_relay_sends_from_is_known_from_its_name_or_asked_for(doctor, office):
    code, said = doctor()
    assert (code, lines(said, "error")) == (0, [])
    assert "say from which address it sends, with --sends-from" in said
    doctor.zone["smtp.provider.example"] = [("A", "8.8.8.8")]
    server = "smtp://smtp.provider.example:2525?starttls=never"
    code, said = doctor(smtp_url=server, smtp_timeout=0.2)
    assert "SPF of league.example does not name 8.8.8.8, where the mail server is: fail." in said
    assert any("the test" in line for line in lines(said, "error"))


DKIM = [
    ("another key", lambda keys: record_of(keys)[:-8] + "AAAAAAAA", "public key of another key"),
    ("another kind", lambda keys: record_of(keys, "ed25519"), "a key of the kind ed25519, and rsa signs"),
    ("revoked", lambda keys: "v=DKIM1; k=rsa; p=", "revoked"),
    ("sha1", lambda keys: record_of(keys) + "; h=sha1", "does not allow sha256"),
    ("no email", lambda keys: record_of(keys) + "; s=tlsrpt", "does not allow email"),
    ("nonsense", lambda keys: "hello", "cannot be read"),
    ("version last", lambda keys: record_of(keys).removeprefix("v=DKIM1; ") + "; v=DKIM1", "does not begin with"),
]


@pytest.mark.parametrize(("record", "words"), [one[1:] for one in DKIM], ids=[one[0] for one in DKIM])
def test_a_dkim_record_that_is_not_that_of_our_key(doctor, keys, record, words):
    doctor.zone["undersigned._domainkey.league.example"] = [("TXT", [record(keys)[:200], record(keys)[200:]])]
    code, said = doctor(*FROM)
    assert code == 1
    assert words in said
    assert "DMARC is met by SPF (of league.example)." in said


def test_a_dkim_record_may_have_blanks_say_less_and_be_of_either_kind(doctor, keys):
    record = record_of(keys, "ed25519")
    doctor.zone["undersigned._domainkey.league.example"] = [
        ("TXT", record.replace("p=", "t=s; s=email; h=sha1 : sha256; p= "))
    ]
    assert doctor(*FROM, dkim_key_file=keys / "ed25519.pem")[0] == 0
    doctor.zone["undersigned._domainkey.league.example"] = [("TXT", record.replace("v=DKIM1; ", "") + "; t=y")]
    assert "it is a test (t=y)" in doctor(*FROM, dkim_key_file=keys / "ed25519.pem")[1]


ORG = "_dmarc.league.example"
DMARC = [
    ("of the organisation", "letters@news.league.example", {ORG: "v=DMARC1; p=none"}, 0, "asks for none"),
    ("strict", "letters@news.league.example", {ORG: "v=DMARC1; p=none; adkim=s; aspf=r"}, 0,
     "DMARC is met by SPF (of news.league.example)"),
    ("public suffix", "letters@a.league.example", {ORG: "v=DMARC1; p=none; psd=y"}, 1, "has no DMARC record"),
    ("misspelt", "letters@league.example", {ORG: "v=DMARC1; p=block"}, 1, "p=block is none of"),
    ("empty", "letters@league.example", {"_dmarc.league.example": "v=DMARC1"}, 1, "p= is missing"),
    ("other", "letters@league.example", {ORG: "v=spf1 -all"}, 1, "has no DMARC record"),
]  # fmt: skip


@pytest.mark.parametrize(("sender", "zone", "code", "words"), [one[1:] for one in DMARC], ids=[one[0] for one in DMARC])
def test_dmarc_is_that_of_the_organisation_and_wants_one_proof_of_the_sender(doctor, sender, zone, code, words):
    domain = sender.partition("@")[2]
    doctor.zone[domain] = [("TXT", f"v=spf1 ip4:{RELAY} -all"), ("MX", "10 mx.league.example")]
    doctor.zone |= {name: [("TXT", text)] for name, text in zone.items()}
    ended, said = doctor(*FROM, mail_from=sender)
    assert words in said, said
    assert ended == code


def test_a_sender_that_nothing_proves_and_to_whom_nothing_comes_back(doctor):
    doctor.zone["other.example"] = [("TXT", f"v=spf1 ip4:{RELAY} -all"), ("MX", "0 .")]
    doctor.zone["_dmarc.other.example"] = [("TXT", "v=DMARC1; p=quarantine; aspf=s")]
    code, said = doctor(*FROM, mail_from="letters@other.example")
    assert code == 1
    assert "DMARC is met by SPF (of other.example)." in said
    assert "Mail to other.example goes nowhere" in said
    doctor.zone["other.example"][0] = ("TXT", "v=spf1 ?all")
    assert (
        "Neither SPF (of other.example) nor DKIM is known to prove other.example"
        in doctor(*FROM, mail_from="letters@other.example")[1]
    )


def test_what_the_mail_server_refuses_is_said_in_its_words(doctor):
    server = FaultyServer({"RCPT": b"550 5.1.1 No such mailbox here\r\n"})
    code, said = doctor(*FROM, smtp_url=f"smtp://127.0.0.1:{server.port}?starttls=never")
    server.stop()
    assert code == 1
    assert "refused the test for joe@reader.example: 550 5.1.1 No such mailbox here" in said
    assert "It takes mail from our sender." in said


def test_what_cannot_be_asked_is_a_usage_error(doctor):
    for more, address in ((("--sends-from", "everywhere"), "joe@reader.example"), ((), "no address")):
        code, said = doctor(*more, address=address)
        assert code == 2
        assert "Error: " in said
    assert "no mail server is set" in doctor(*FROM, smtp_url="")[1].lower()


def test_spf_is_asked_of_where_mail_comes_back_to_and_answers_must_arrive_too(doctor, tmp_path):
    both = {"bounces": "bounces@back.league.example", "replies": "reply@answers.league.example"}
    code, said = doctor(*FROM, **both)
    assert code == 1
    assert "back.league.example has no SPF record" in said
    for domain in ("back.league.example", "answers.league.example"):
        assert f"Mail to {domain} goes nowhere" in said
    doctor.zone["back.league.example"] = doctor.zone["league.example"]
    doctor.zone["answers.league.example"] = [("MX", "10 mx.league.example")]
    code, said = doctor(*FROM, **both)
    assert code == 0, said
    assert "DMARC is met by DKIM (of league.example) and SPF (of back.league.example)." in said
    assert {mail.sender for mail in mailbox.received(tmp_path / "received")} == {"bounces@back.league.example"}
