"""
What mail scanners do with a link, again and again: none of it decides anything, and the link still works for a person.

Each run: HEAD and OPTIONS, five GETs with everything that the page loads, and a Chromium that runs scripts, presses
every button and submits every form, as it stands and with `test` in every field.
"""

import os
import re
import urllib.error
import urllib.request

import pytest

from tests.support.browsing import link
from tests.support.factories import ANNA, act, actions, answer, invitation_states, link_ids, sign, take_in
from workflow.campaigns import lifecycle
from workflow.signoffs import answers as signoff_answers

pytestmark = pytest.mark.browser
RUNS = 1 if not os.environ.get("SOAK") else 25
"""In each phase, on each of the two databases."""

SUBMIT = """async ([typed]) => {
  const answers = [];
  for (const form of document.forms) {
    for (const field of form.querySelectorAll("input, textarea")) {
      if (typed && (field.type === "text" || field.tagName === "TEXTAREA")) field.value = "test";
      if (typed && field.type === "email") field.value = "test@example.com";
    }
    for (const button of form.querySelectorAll("button")) {
      const data = new FormData(form, button);
      const multipart = form.enctype === "multipart/form-data";
      const body = multipart ? data : new URLSearchParams(data);
      answers.push((await fetch(form.action, {method: form.method, body})).status);
    }
  }
  return answers;
}"""


def fetch(url, method="GET", number=0):
    request = urllib.request.Request(url, method=method, headers={"X-Forwarded-For": f"198.51.100.{number}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answered:
            return answered.status, answered.geturl(), answered.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, url, ""


def scan(service, address, chromium, number):
    """One scanner's visit; returns how many forms were sent with which answers."""
    for method in ("HEAD", "OPTIONS", "GET", "GET", "GET", "GET", "GET"):
        status, landed, page = fetch(address, method, number)
        assert status in (200, 303, 404), (method, status)
        for loaded in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
            assert fetch(service + loaded, number=number)[0] == 200
        for followed in re.findall(r'href="(/review/[^"#]+)"', page)[:4]:
            fetch(service + followed.replace("&amp;", "&"), number=number)
        assert landed.startswith(service)
    context = chromium.new_context(extra_http_headers={"X-Forwarded-For": f"198.51.100.{number}"})
    page = context.new_page()
    page.goto(address)
    buttons = page.get_by_role("button").count()
    for button in range(buttons):
        page.get_by_role("button").nth(button).click()
        page.goto(address, wait_until="domcontentloaded")
    assert buttons >= 4
    answers = [status for typed in (False, True) for status in page.evaluate(SUBMIT, [typed])]
    context.close()
    return answers


@pytest.mark.parametrize("phase", ["in_review", "sign_off", "to_confirm"])
def test_scanners_decide_nothing_and_the_link_still_works(service, database, settings, chromium, phase):
    letter_id = take_in(database, RUNS, code_required=phase == "in_review")
    act(database, lifecycle.circulate if phase == "in_review" else lifecycle.open_sign_off, letter_id, ANNA)
    if phase == "to_confirm":
        for number in range(RUNS):
            sign(database, letter_id, number)
        act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
        with database.writing() as session:
            from workflow.models import Letter

            session.get_one(Letter, letter_id).body += "\n\nMore."
        act(database, lifecycle.open_sign_off, letter_id, ANNA)
    before, links = actions(database, letter_id), link_ids(database, letter_id)

    for number in range(RUNS):
        answers = scan(service, service + link(database, settings, letter_id, number), chromium, number + 1)
        assert len(answers) >= 10
        assert 429 not in answers, "the forms were turned away before they were read"

    assert set(invitation_states(database, letter_id)) == {"to_confirm" if phase == "to_confirm" else "invited"}
    assert link_ids(database, letter_id) == links
    assert actions(database, letter_id) == before
    if phase != "in_review":
        for number in range(RUNS):
            act(database, signoff_answers.sign, links[number], answer(database, letter_id))
        assert set(invitation_states(database, letter_id)) == {"signed"}
