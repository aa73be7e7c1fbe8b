"""Whoever holds a letter checks it: chosen or dropped, with scripts and without, on a phone, in four languages."""

from __future__ import annotations

import pytest

from tests.integration.test_genuine import changed, code_of, docx_of, sent
from tests.journeys.test_for_everyone import settings as settings
from tests.support.everyone import faults, narrow
from workflow.letter import code as codes

pytestmark = pytest.mark.browser
DROP = """
(bytes) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "letter.docx"));
  const zone = document.getElementById("drop");
  zone.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true }));
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}
"""


@pytest.fixture
def letter(database):
    letter_id = sent(database, withheld=1)
    return code_of(database, letter_id), docx_of(database, letter_id)


@pytest.fixture
def phone(chromium):
    context = narrow(chromium, locale="en")
    yield context.new_page()
    context.close()


def file(content: bytes) -> dict:
    return {"name": "letter.docx", "mimeType": "application/octet-stream", "buffer": content}


def verdict(page) -> str:
    return page.locator("main .note h2").first.inner_text()


def test_of_a_chosen_file_only_the_fingerprint_is_sent(service, letter, phone):
    sent_bytes = []
    phone.on("request", lambda request: sent_bytes.append(request.post_data_buffer or b""))
    phone.goto(f"{service}/genuine")
    phone.set_input_files("#file", file(letter[1]))
    phone.wait_for_url("**sha256=*")

    assert verdict(phone) == "Genuine: this very file was sent"
    assert not any(sent_bytes)


def test_one_that_is_dropped_and_was_changed_goes_to_the_server_only_when_that_is_wished(service, letter, phone):
    posted = []
    phone.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    phone.goto(f"{service}/genuine")
    phone.evaluate(DROP, list(changed(letter[1], "Jane Doe", "Joe Roe")))
    phone.wait_for_selector("#not-known:not([hidden])")
    assert posted == []
    phone.click("#not-known button")
    phone.wait_for_selector("ins")

    assert verdict(phone) == "Not what was sent: other words"
    assert (phone.inner_text("ins"), phone.inner_text("del")) == ("Joe Roe", "Jane Doe") or "Joe" in phone.inner_text(
        "ins"
    )
    assert len(posted) == 1


def test_without_scripts_the_file_is_uploaded(service, letter, chromium):
    context = chromium.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    for content, said in (
        (letter[1], "Genuine: this very file was sent"),
        (changed(letter[1], "Dear", "Dear"), "The words are those of the letter"),
    ):
        page.goto(f"{service}/genuine")
        page.set_input_files("#file", file(content))
        page.click("text=Check the file")
        assert verdict(page) == said
    context.close()


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("es", "ltr"), ("ar", "rtl")])
def test_its_pages_are_for_everyone(service, letter, phone, language, direction):
    code = codes.shown(letter[0])
    for where in ("", f"/{code}", f"?code={code}&name=Organisation%20B", "/ABCD-EFGH-JK", f"?sha256={'0' * 64}"):
        glue = "&" if "?" in where else "?"
        phone.goto(f"{service}/genuine{where}{glue}language={language}")
        assert phone.get_attribute("html", "dir") == direction
        assert phone.evaluate("document.documentElement.scrollWidth") <= 320, where
        assert faults(phone) == [], where
