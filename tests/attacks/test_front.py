"""What a client says of itself: its address, its scheme, its host, the page that a form came from."""

import pytest

from config.settings import Settings
from tests.support.browsing import arrived, csrf, invitation_id, link, signed_in, whole_answer
from tests.support.factories import invitation_states, mails, open_sign_off, take_in
from tests.support.working import sweep
from workflow import accounts, jobs
from workflow.group_commit import GroupCommit
from wsgi import create_app

PUBLIC = "https://letters.example.org"


def guesses(app, count=30, **headers):
    """The answers to links that are made up, each with the headers of its number."""
    client = app.test_client()
    given = [{name: value.format(number) for name, value in headers.items()} for number in range(count)]
    return [client.get(f"/s/{'x' * 42}{n % 10}", headers=head).status_code for n, head in enumerate(given)]


# --- addresses -----------------------------------------------------------------------------------------------------


def test_without_a_proxy_nobody_chooses_the_address_that_tries_are_counted_by(settings, database):
    app = create_app(settings, database)

    assert 429 in guesses(app, **{"X-Forwarded-For": "198.51.100.{}", "Forwarded": "for=198.51.100.{}"})


def test_behind_a_proxy_the_address_counts_that_the_proxy_saw(settings, database):
    app = create_app(settings.model_copy(update={"proxies": 1}), database)

    assert 429 in guesses(app, **{"X-Forwarded-For": "10.0.0.{}, 198.51.100.7"})
    assert guesses(app, 1, **{"X-Forwarded-For": "198.51.100.7, 198.51.100.8"}) == [404]


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_link_in_a_mail_never_holds_the_host_or_scheme_of_a_request(settings, database, proxies):
    app = create_app(settings.model_copy(update={"proxies": proxies}), database)
    client = app.test_client()
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript", "X-Forwarded-Prefix": "/evil"}

    page = client.get("/", headers=forged)

    assert page.location == "/sign-in"
    assert "evil" not in client.get("/sign-in", headers=forged).text


# --- the local mailbox ---------------------------------------------------------------------------------------------


def mailbox(tmp_path, **changes):
    """What /mailbox answers a browser on this machine, where these settings hold."""
    given = {"instance": tmp_path, "public_url": "http://127.0.0.1:5000", "smtp_url": ""} | changes
    return create_app(Settings(**given)).test_client()


PAGES = ("/mailbox", "/mailbox/1", "/mailbox/1/html", "/mailbox/1/attachments/0")


@pytest.mark.parametrize(
    ("url", "smtp", "there"),
    [
        ("http://127.0.0.1:5000", "", True),
        ("http://localhost", "", True),
        ("http://[::1]:5000", "", True),
        ("http://127.0.0.1:5000", "smtp://127.0.0.1", False),
        (PUBLIC, "", False),
        ("http://letters.example.org", "", False),
        ("http://127.0.0.1.example.org", "", False),
    ],
)
def test_the_mailbox_is_there_on_a_laptop_without_a_mail_server_and_nowhere_else(tmp_path, url, smtp, there):
    client = mailbox(tmp_path, public_url=url, smtp_url=smtp)

    assert client.get("/mailbox").status_code == (200 if there else 404)
    rules = [rule.rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith("/mailbox")]
    assert len(rules) == (len(PAGES) if there else 0)


@pytest.fixture(scope="module", params=[0, 1, 2])
def behind(request, tmp_path_factory):
    """A browser of an instance that is told of so many proxies."""
    folder = tmp_path_factory.mktemp("behind")
    (folder / "mailbox").mkdir()
    return mailbox(folder, proxies=request.param)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "asked",
    [
        {"REMOTE_ADDR": "203.0.113.7"},
        {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1, 127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "203.0.113.7"},
        {"HTTP_VIA": "1.1 proxy"},
        {"HTTP_X_FORWARDED_HOST": "letters.example.org"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
    ],
)
def test_the_mailbox_answers_nobody_who_came_through_a_proxy_or_from_elsewhere(behind, page, asked):
    assert behind.get(page, environ_base=asked).status_code == 404
    assert behind.get("/mailbox").status_code == 200


def test_a_name_that_is_pointed_at_this_machine_does_not_open_the_mailbox(tmp_path):
    assert mailbox(tmp_path).get("/mailbox", headers={"Host": "rebound.example"}).status_code == 400


# --- mails without a mail server -----------------------------------------------------------------------------------


def test_a_mail_that_nobody_could_get_waits_and_does_not_count_as_accepted(settings, database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)

    jobs.deliver(database, letter_id, None, "worker")
    sweep(database, None, "worker")

    assert {mail.state for mail in mails(database, letter_id, "invitation")} == {"queued"}


def test_the_worker_opens_a_local_mailbox_only_where_people_are_on_this_machine(settings, database, monkeypatch):
    monkeypatch.setattr("workflow.jobs.worker._launch", lambda database, owner: None)
    database.settings = settings.model_copy(update={"public_url": PUBLIC})

    worker = jobs.start(database, "web", GroupCommit(database))
    worker.stop()

    assert (worker.sender.sends, worker.mailbox) == (False, None)
    assert not database.settings.mailbox.exists()


def said_by_the_doctor(tmp_path, **changes):
    app = create_app(Settings(instance=tmp_path, **changes))
    return app.test_cli_runner().invoke(args=["doctor"])


def test_the_doctor_calls_an_address_without_a_mail_server_or_without_its_proxy_something_to_mend(tmp_path):
    found = said_by_the_doctor(tmp_path, public_url=PUBLIC)
    assert found.exit_code == 1
    assert "error    No mail server is set, so every email waits" in found.output
    assert "error    UNDERSIGNED_PROXIES is 0" in found.output

    whole = said_by_the_doctor(tmp_path, public_url=PUBLIC, proxies=1, smtp_url="smtp://mail.example.org")
    assert "PROXIES is 0" not in whole.output
    assert "No mail server" not in whole.output

    laptop = said_by_the_doctor(tmp_path)
    assert "note     No mail server is set: emails stay here, at /mailbox" in laptop.output


# --- from which page a form came -----------------------------------------------------------------------------------

OWN = "http://127.0.0.1:5000"
ELSEWHERE = (
    {"Origin": "https://evil.example"},
    {"Origin": "https://127.0.0.1:5000"},
    {"Origin": "http://127.0.0.1:5000.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OWN},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
)
OURS = (
    {},
    {"Origin": OWN},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": OWN},
    {"Origin": "http://localhost:5000", "Host": "localhost:5000"},
)


def test_the_right_token_from_another_site_changes_nothing(settings, database):
    app = create_app(settings, database)
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    client, page = arrived(app, database, settings, letter_id)
    where, given = f"/review/{invitation_id(database, letter_id)}/answer", whole_answer(database, letter_id, page)

    for headers in ELSEWHERE:
        refused = client.post(where, data=given, headers={"Accept-Language": "fr", **headers})
        assert refused.status_code == 403, headers
        assert "Ce formulaire a été envoyé depuis un autre site" in refused.text
    assert invitation_states(database, letter_id) == ["invited"]
    # A browser from before 2023 says `null` of our own page, and nothing else.
    assert client.post(where, data=given, headers={"Origin": "null"}).status_code == 303
    assert invitation_states(database, letter_id) == ["signed"]


def test_staff_act_from_our_own_pages_alone(settings, database):
    app = create_app(settings, database)
    client = signed_in(app, database)
    where = f"/letters/{take_in(database, 1)}"
    token = csrf(client.get(where))

    for headers in (*ELSEWHERE, {"Origin": "null"}):
        for method in (client.post, client.put, client.delete, client.patch):
            assert method(f"{where}/circulation", data={"csrf_token": token}, headers=headers).status_code == 403
    for headers in OURS:
        page = client.post("/sign-in", data={"csrf_token": token, "email": "x@example.org"}, headers=headers)
        assert page.status_code == 200, headers


@pytest.mark.parametrize(
    ("url", "origin", "status"),
    [
        (PUBLIC, PUBLIC, 400),
        (PUBLIC + ":443/", PUBLIC, 400),
        (PUBLIC + ":8443", PUBLIC + ":8443", 400),
        (PUBLIC + ":8443", PUBLIC, 403),
        (PUBLIC, "http://letters.example.org", 403),
        (PUBLIC, "http://127.0.0.1", 403),
        ("http://10.0.0.5:5000", "null", 400),
    ],
)
def test_a_form_comes_from_the_public_address(tmp_path, url, origin, status):
    """400: from the right page, but without its token. Over plain http browsers say no more than `null`."""
    client = create_app(Settings(instance=tmp_path, public_url=url)).test_client()
    host = "127.0.0.1" if origin == "http://127.0.0.1" else Settings(public_url=url).host

    assert client.post("/sign-out", headers={"Origin": origin, "Host": host}).status_code == status


@pytest.mark.browser
def test_a_browser_signs_in_and_signs_and_another_sites_form_is_refused(service, database, settings, chromium):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    with database.writing() as session:
        sign_in = accounts.sign_in_link(session, accounts.user(session, "anna@example.org", "Anna", admin=True))
    context = chromium.new_context()
    page = context.new_page()
    page.goto(service + link(database, settings, letter_id))
    where = page.url
    token = page.locator("input[name=csrf_token]").first.get_attribute("value")

    form = f'<form method="post" action="{where}/more-time"><input name="csrf_token" value="{token}"></form>'
    context.route("http://evil.example/**", lambda asked: asked.fulfill(body=form, content_type="text/html"))
    page.goto("http://evil.example/")
    with page.expect_navigation() as sent:
        page.evaluate("document.forms[0].submit()")
    assert sent.value.status == 403

    page.goto(where)
    page.get_by_label("We sign this letter").check()
    page.get_by_label("Your name, as it will be printed").fill("Person A")
    page.get_by_label("I am authorised to answer for Organisation A").check()
    page.get_by_role("button", name="Sign the letter").click()
    page.get_by_role("heading", name="Thank you. Organisation A has signed.").wait_for()
    assert invitation_states(database, letter_id) == ["signed"]

    page.goto(sign_in)
    page.get_by_role("button", name="Sign in").click()
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Where you are signed in").click()
    page.get_by_text("This browser").wait_for()
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    context.close()
