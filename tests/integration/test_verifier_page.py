"""The verifier as a page, in a real browser and from a file: it says what `verify` says, to the last byte."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.attacks.test_documents_read import SEEN
from tests.attacks.test_documents_read import WORDS as SAID
from tests.support.agreeing import Case, differences, opened
from tests.support.everyone import checkable, faults
from tests.support.forging import SEED, VKEY, Common, History, checkpoints, zipped
from tests.support.pieces import PIECES
from tests.support.received import PLAIN, evidence, rendered
from tests.support.tampering import forged, own
from workflow import documents, merkle, verify
from workflow.verify import bundle, composing, corrections, links, names, page, persons, printed_names, silence
from workflow.verify.report import InputError, VerificationError
from workflow.verify.standalone import PARTS

ISSUED = Path(__file__).parent.parent / "vectors" / "issued"
SOAK = int(os.environ.get("SOAK", "1"))
FILES_OF_CASES = (
    "tests/unit/test_verify.py",
    "tests/unit/test_verify_signoffs.py",
    "tests/unit/test_verify_receipts.py",
    "tests/unit/test_verify_files.py",
    "tests/unit/test_verify_parts.py",
    "tests/unit/test_verify_layout.py",
    "tests/unit/test_verify_mails.py",
    "tests/unit/test_verify_afterwards.py",
    "tests/unit/test_verify_deadlines.py",
    "tests/unit/test_verify_outside.py",
    "tests/unit/test_verify_one_document.py",
    "tests/attacks/test_bundles.py",
    "tests/attacks/test_documents_emphasis.py",
    "tests/attacks/test_documents_read.py",
    "tests/attacks/test_documents_read_any.py",
    "tests/attacks/test_documents_read_more.py",
    "tests/attacks/test_documents_read_names.py",
    "tests/attacks/test_conditional_holds.py",
    "tests/attacks/test_consent_crossed.py",
    "tests/attacks/test_silence_holds.py",
    "tests/integration/test_evidence.py",
    "tests/integration/test_evidence_live.py",
    "tests/integration/test_evidence_tampered.py",
    "tests/integration/test_evidence_standing.py",
    "tests/integration/test_issued.py",
    "tests/integration/test_one_signoff.py",
    "tests/integration/test_one_signoff_stamped.py",
    "tests/integration/test_witnesses.py",
)


@pytest.fixture(scope="module")
def tab(chromium, tmp_path_factory):
    """The page, from a file, without a network."""
    tab = opened(chromium, tmp_path_factory.mktemp("stick"))
    yield tab
    tab.context.close()


def lived():
    """A life in today's layout, with a head of the log over all letters; and heads as others hold them."""
    told = History()
    told.add("letter.created", role="coordinator", campaign="c", date="2026-11-23")
    told.invite("A", "B")
    told.add("letter.open_sign_off", role="coordinator", revision=None)
    told.freeze()
    signed = [told.sign(letter) for letter in "AB"]
    told.add("letter.approve", role="coordinator", signed=2)
    told.send(told.render(signed))
    files = told.files()
    lines = [files.pop(name) for name in sorted(files) if name.startswith("entries/")]
    opened_ones = {int(name[12:-5]): json.loads(files.pop(name)) for name in sorted(files) if "disclosures/" in name}
    files["entries.jsonl"] = b"".join(line + b"\n" for line in lines)
    files["disclosures.jsonl"] = b"".join(
        bundle.canonical({**opening, "seq": seq}) + b"\n" for seq, opening in opened_ones.items()
    )
    kept = {f"checkpoints/{size}.txt" for size in (len(lines), len(lines) - 3, 5)}
    files = {name: content for name, content in files.items() if "checkpoints/" not in name or name in kept}
    newest = checkpoints(lines)[len(lines)]
    common = Common().grown(3).with_checkpoint(newest).grown(4)
    files |= common.evidence(3, old=(5, 6))
    return files, lines, common


def test_the_page_says_what_the_verifier_says(tab):
    files, lines, common = lived()
    issued = dict(bundle.read_evidence(ISSUED / "evidence.zip"))
    mails = {path.name: path.read_bytes() for path in sorted(ISSUED.glob("*.eml"))}
    receipts = {"proof.tlog-proof": (ISSUED / "proof.tlog-proof").read_bytes(), **mails}
    vkey = json.loads((ISSUED / "issued.json").read_text())["vkey"]
    other = merkle.sign_note(merkle.Checkpoint(common.name, 5, b"x" * 32).to_text(), common.name, SEED)
    heads = {"older": common.note(5).encode(), "another": common.note(4).encode(), "forged": other.encode()}
    cases = [
        Case(issued, name="issued"),
        Case(issued, [vkey], receipts, {"a": b"%PDF", **{n: c for n, c in issued.items() if "documents/" in n}}),
        Case(files, [VKEY], heads, name="heads"),
        Case(files, letter="another", name="another letter"),
        Case({**files, "entries/000000.json": lines[0]}, [VKEY], name="two layouts"),
        Case({**files, "entries.jsonl": files["entries.jsonl"][:-1]}, [VKEY], name="cut off"),
        Case({**files, "evil/../x": b""}, [VKEY], name="what does not belong"),
        Case(files, ["nothing"], name="no key"),
        Case(files, [VKEY], witnesses=["w+00000000+BA=="], name="no witness"),
    ]
    for number, (name, change) in enumerate({**SAID, **SEEN}.items()):
        if SOAK > 1 or number % 8 == 0:
            cases.append(Case(evidence(forged(change), letterhead=documents.blank(PLAIN)), [VKEY], name=name))
    cases.append(Case(evidence(rendered(letterhead=own()), letterhead=documents.blank(own())), [VKEY], name="own"))
    cases.append(Case(evidence(rendered(), withheld=2), [VKEY], name="older evidence, withheld"))

    assert differences(tab, cases) == []


def test_the_page_says_the_same_of_whatever_was_changed(tab):
    chosen = random.Random(13)
    files, _, common = lived()
    docx = rendered()
    cases = []
    for number in range(70 * SOAK):
        found = dict(files)
        name = chosen.choice([name for name in files if name != "verify.py"])
        content = bytearray(found[name])
        for _ in range(chosen.choice([1, 1, 3])):
            content[chosen.randrange(len(content))] = chosen.choice([*b'"{}[]\n\0 9a<>=&', chosen.randrange(256)])
        found[name] = bytes(content[: chosen.choice([len(content)] * 3 + [chosen.randrange(len(content))])])
        cases.append(Case(found, [VKEY], {"head": common.note(5).encode()}, name=f"{number} {name}"))
    for number in range(25 * SOAK):
        cases.append(Case(evidence(changed(docx, chosen)), [VKEY], name=f"document {number}"))

    assert differences(tab, cases) == []


def changed(docx: bytes, chosen: random.Random) -> bytes:
    """A document in which some bytes of a part, or of the archive itself, are others."""
    with zipfile.ZipFile(BytesIO(docx)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if chosen.random() < 0.3:
        content = bytearray(docx)
        content[chosen.randrange(len(content))] = chosen.randrange(256)
        return bytes(content)
    name = chosen.choice([name for name in parts if name.endswith((".xml", ".rels"))])
    content = bytearray(parts[name])
    at = chosen.randrange(len(content))
    content[at : at + chosen.randrange(4)] = chosen.choice(
        [
            b"",
            b"<",
            b"&#x41;",
            b"&amp;",
            b"<!--x-->",
            b"<![CDATA[y]]>",
            b"]]>",
            b"\xff",
            b"<?x?>",
            b' a="1"',
            b"/",
            b"\r",
        ]
    )
    return zipped({**parts, name: bytes(content)})


def test_a_damaged_archive_is_refused_by_both(tab, tmp_path):
    files, _, _ = lived()
    whole, chosen = zipped(files), random.Random(7)
    archives = [whole, b"", b"PK", whole[:-30], b"before" + whole, whole + b"behind", whole[: len(whole) // 2]]
    for _ in range(40 * SOAK):
        content = bytearray(whole)
        at = chosen.choice([chosen.randrange(len(content)), len(content) - 1 - chosen.randrange(600)])
        content[at] ^= 1 << chosen.randrange(8)
        archives.append(bytes(content))
    cases = [Case(zipped=archive, vkeys=[VKEY]) for archive in archives]
    there = tab.evaluate("ask => (" + ASK_FOR_STATUS + ")(ask)", [case.as_json() for case in cases])
    path = tmp_path / "evidence.zip"
    for archive, found in zip(archives, there, strict=True):
        path.write_bytes(archive)
        try:
            report = verify.verify(bundle.read_evidence(path), VKEY)
        except InputError:
            assert found["status"] == 3, found
        else:
            assert found == {"text": report.to_text(), "status": report.exit_code}


ASK_FOR_STATUS = """
cases => cases.map(({zipped, vkeys}) => {
  const bytes = Uint8Array.from(atob(zipped), character => character.charCodeAt(0));
  const {text, status} = undersigned.check(["evidence.zip", bytes], {vkeys});
  return {text, status};
})
"""


def test_what_the_page_has_of_its_own_does_as_pythons(tab):
    """What a language brings along differs in small things: each is held against the other."""
    chosen = random.Random(1)
    bodies = ["".join(chosen.choices(PIECES, k=chosen.randrange(1, 40))) for _ in range(600 * SOAK)]
    pairs = [(body, mended(body, chosen)) for body in bodies]
    people = [
        *[("Ana María Soto", "Ana Maria Soto"), ("J. Doe", "Jane Doe"), ("Straße", "STRASSE"), ("Ἀθηνᾶ", "αθηνα")],
        *[("ᏣᎳᎩ", "ꮳꮃꭹ"), ("İlker Şen", "ilker sen"), ("Doe", "Roe"), ("ﬁn Ana", "fin Ana"), ("王小明", "王小名")],
    ]
    times = [
        "2026-11-23T21:00:00.000001Z",
        "2026-02-29T00:00:00.0Z",
        "9999-12-31T23:00:00.5Z",
        "x",
        "٢٠٢٦-1-1T1:1:1.1Z",
    ]
    addresses = [
        "https://bücher.example/é?q=ü#%41",
        "HTTP://xn--bcher-kva.example/%C3%A9",
        "javascript:x",
        "a b",
        "//é:8/",
    ]
    texts = ["it's", "\"'", "\u202e\u00a0\u0301\U0001f600\n\t\x00", "é\\", "\ufeff\u2028"]

    def composed(body):
        made = composing.compose(body)
        lines = [made.lines, *made.footnotes, made.notes]
        return [[laid_open(one) for one in many] for many in lines]

    def laid_open(line):
        *said, targets, style, pieces = line
        return [*said, list(map(list, targets)), style, list(map(list, pieces))]

    here = {
        "composed": list(map(composed, bodies)),
        "small": [corrections.is_small({"body": one}, {"body": other}) for one, other in pairs],
        "same": [persons.same_person(one, other) for one, other in people],
        "mailboxes": [[persons.same_mailbox(one, other) for other in MAILBOXES] for one in MAILBOXES],
        "folded": [printed_names.folded_name(name) for pair in people for name in pair],
        "later": [silence.later(at, hours) for at in times for hours in (0, 1, 48, 10**9)],
        "written": [links.written(one) for one in addresses],
        "readable": [links.readable(one) for one in addresses],
        "repr": list(map(repr, texts)),
        "cleaned": [names.cleaned(one) for one in texts],
    }
    there = tab.evaluate(ASK_FOR_PARTS, {"bodies": bodies, "pairs": pairs, "people": people, "times": times,
                                         "addresses": addresses, "texts": texts, "mailboxes": MAILBOXES})  # fmt: skip

    for name, found in here.items():
        assert there[name] == found, name


MAILBOXES = (
    *("ann@example.org", "ANN+Board@Example.org", "a.nn@example.org", "+ann@example.org", "+bea@example.org"),
    *(
        "ann.b+x@gmail.com",
        "Annb@GoogleMail.com",
        "annb@example.com",
        "straße@example.org",
        "STRASSE@example.org",
        "ann",
    ),
    *("@example.org", "", "ann@bö.example", "ann@xn--b-ska.example", "a+b@c@example.org"),
)


ASK_FOR_PARTS = """
({bodies, pairs, people, times, addresses, texts, mailboxes}) => {
  const u = undersigned;
  const pieces = ({words, style, bold, italic}) => [words, style, bold, italic];
  const lines = one => [one.words, one.label, one.cells, one.targets, one.style, one.pieces.map(pieces)];
  const composed = body => {
    const made = u.compose(body);
    return [made.lines, ...made.footnotes, made.notes].map(many => many.map(lines));
  };
  const text = body => new Map([["body", body]]);
  return {
    composed: bodies.map(composed),
    small: pairs.map(([one, other]) => u.is_small(text(one), text(other))),
    same: people.map(([one, other]) => u.same_person(one, other)),
    mailboxes: mailboxes.map(one => mailboxes.map(other => u.same_mailbox(one, other))),
    folded: people.flat().map(u.folded_name),
    later: times.flatMap(at => [0, 1, 48, 1e9].map(hours => u.later(at, hours))),
    written: addresses.map(u.written),
    readable: addresses.map(u.readable),
    repr: texts.map(u.repr),
    cleaned: texts.map(u.cleaned),
  };
}
"""


def mended(body, chosen):
    at = chosen.randrange(len(body))
    return body[:at] + "".join(chosen.choices(PIECES, k=chosen.randrange(3))) + body[at + chosen.randrange(3) :]


SPELLINGS = [
    *[b"{}", b'{"a":1}', b'{"a":1,"a":2}', b'{"b":1,"a":2}', b'{"a": 1}', b"[1.0]", b"[-0]", b"[1e3]", b"[01]"],
    *[b"[-1]", b"[9007199254740991]", b"[9007199254740992]", b"[99999999999999999999]", b"[NaN]", b'["\\u001f"]'],
    *[b'["\\u001F"]', b'["\\/"]', b'["\\ud800"]', b'["\xed\xa0\x80"]', b'["\xc3\xa9"]', b'["\\u00e9"]', b'["\x7f"]'],
    *[b'["\n"]', b"null", b"\xef\xbb\xbf{}", b"", b"[", b'{"\xf0\x9f\x98\x80":1,"\xef\xbf\xbd":2}'],
    *[b'{"\xef\xbf\xbd":2,"\xf0\x9f\x98\x80":1}', b'{"__proto__":1}', b"[" * 10_000],
]


@pytest.mark.parametrize("content", SPELLINGS, ids=range(len(SPELLINGS)))
def test_json_is_canonical_for_both_or_for_neither(tab, content):
    try:
        found = bundle.canonical(bundle.read_json(content)).decode()
    except VerificationError:
        found = None
    assert tab.evaluate(ASK_FOR_JSON, list(content)) == found


ASK_FOR_JSON = """
bytes => {
  try {
    const value = undersigned.read_json(new Uint8Array(bytes));
    return new TextDecoder("utf-8", {ignoreBOM: true}).decode(undersigned.canonical(value));
  } catch {
    return null;
  }
}
"""


def test_somebody_checks_evidence_with_a_keyboard_and_nothing_leaves_the_page(chromium, tmp_path):
    (tmp_path / "verify.html").write_bytes(page.standalone())
    files, lines, common = lived()
    (tmp_path / "evidence.zip").write_bytes(zipped(files))
    (tmp_path / "head.txt").write_text(common.note(5))
    context = chromium.new_context(offline=True)
    tab, asked = context.new_page(), []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: asked.append(str(error)))
    tab.goto((tmp_path / "verify.html").as_uri())

    tab.get_by_label("Choose a file").set_input_files(tmp_path / "evidence.zip")
    tab.get_by_label("Choose receipts").set_input_files([tmp_path / "head.txt", tmp_path / "head.txt"])
    tab.get_by_label("Key", exact=True).fill(f"{VKEY}\n")
    tab.get_by_role("button", name="Check").press("Enter")
    tab.get_by_role("heading", name="matching 1 outside head").wait_for()

    report = verify.verify(files, VKEY, {"head.txt": common.note(5).encode()})
    assert report.verdict == "VALID, matching 1 outside head"
    assert tab.locator("#report").text_content() == report.to_text()
    assert re.search(r"^\d+ signatures were checked twice", tab.locator("#twice").inner_text())
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    assert tab.evaluate("fetch('https://example.org/').then(() => 'sent', () => 'refused')") == "refused"

    (tmp_path / "other.zip").write_bytes(
        zipped({**files, "entries.jsonl": files["entries.jsonl"].replace(b"cosigner", b"operator", 1)})
    )
    tab.get_by_label("Choose a file").set_input_files(tmp_path / "other.zip")
    tab.get_by_role("button", name="Check").press("Enter")
    tab.locator("#word", has_text="INVALID").wait_for()
    context.close()


def test_the_page_allows_itself_its_own_scripts_alone_and_is_the_same_every_time():
    whole = page.standalone().decode()
    assert page.standalone.__wrapped__().decode() == whole
    assert f'content="{page.policy()}"' in whole and "default-src 'none'" in page.policy()
    assert "connect-src" not in page.policy() and "unsafe" not in page.policy()
    assert not re.search(r"\bsrc=\"|\bhref=\"[^#]|\bon[a-z]+=\"|style=\"|fetch\(|XMLHttpRequest|\bimport\(", whole)
    assert whole.count("</script") == 2


def test_each_part_of_the_page_has_its_python_beside_it():

    assert set(page.PARTS) == set(PARTS) - {"standalone"}
    for part in set(PARTS) - {"command"}:
        of_python = re.findall(r"^(?:def|class) (\w+)", (page.FOLDER.parent / f"{part}.py").read_text(), re.M)
        of_the_page = re.findall(r"^(?:function\*?|class) (\w+)", (page.FOLDER / f"{part}.js").read_text(), re.M)
        assert len(set(of_python) - set(of_the_page)) <= len(of_python) // 2, part


@pytest.mark.skipif(SOAK == 1, reason="takes minutes: make soak")
def test_every_case_that_any_test_gives_the_verifier_is_told_alike():
    words = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.agreeing", "-p", "no:xdist", *FILES_OF_CASES]
    done = subprocess.run(words, capture_output=True, text=True, cwd=Path(__file__).parent.parent.parent, check=False)
    assert "0 of them told otherwise" in done.stdout, done.stdout[-5000:]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_service_gives_the_page_to_everybody_with_its_own_policy(service, chromium):
    for width in (320, 1280):
        context = checkable(chromium.new_context(viewport={"width": width, "height": 900}))
        tab, said = context.new_page(), []
        tab.on("console", lambda message, said=said: said.append(message.text))
        answer = tab.goto(f"{service}/verify.html")
        assert answer.body() == page.standalone()
        assert answer.headers["content-security-policy"] == f"{page.policy()}; frame-ancestors 'none'"
        assert answer.headers["cache-control"] == "public, max-age=300"
        tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert faults(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        tab.get_by_label("Choose a file").set_input_files(ISSUED / "evidence.zip")
        tab.get_by_role("button", name="Check").click()
        tab.locator("#word", has_text="VALID").wait_for()
        assert said == []
        context.close()
