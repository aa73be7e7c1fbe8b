"""Who has shown nothing can have nothing done: no file read, no document made, no lock of the database taken."""

import contextlib
import gc
import io
import resource
import time

import pytest
from PIL import Image

from tests.attacks.test_routes import ROUTES, STAFF
from tests.support.browsing import arrived, csrf, invitation_id, signed_in
from tests.support.factories import ANNA, act
from workflow import accounts, documents, imports
from workflow.campaigns import invitations
from workflow.database import Database
from workflow.documents import normalise, printer
from workflow.documents.pictures import drawing
from workflow.errors import PictureError
from workflow.history import evidence
from workflow.models import Letter
from workflow.pages import genuine, threshold

WORST_SVG = b"<!---->" * 40 + b"x"
FOR_STRANGERS = {"account.send", "account.enter", "account.leave", "cosigner.mail_again", "ledger.ask"}
"""What a stranger may send something to."""

FOR_EVERYBODY = (
    FOR_STRANGERS
    | {"static", "account.ask", "account.knock", "cosigner.arrive", "cosigner.delegated"}
    | {"visiting.arrive", "ledger.arrive", "joining.arrive", "ledger.show", "ledger.download"}
    | {"verifying.show", "genuine.show", "genuine.compare", "genuine.one_name"}
)
"""And what a stranger may open; any other address has to be somebody's."""


def nobody(app, database, settings, letter_id):
    return app.test_client()


def holder_of_an_ended_link(app, database, settings, letter_id):
    client, _ = arrived(app, database, settings, letter_id)
    act(database, invitations.revoke, letter_id, invitation_id(database, letter_id), ANNA)
    return client


def holder_of_another_link(app, database, settings, letter_id):
    return arrived(app, database, settings, letter_id, 1)[0]


def staff_of_another_letter(app, database, settings, letter_id):
    return signed_in(app, database, "other@example.org", admin=False)


STRANGERS = [nobody, holder_of_an_ended_link, holder_of_another_link, staff_of_another_letter]


def routes(app, database, letter_id):
    """Every address and method of the app, filled with ids that exist, as (endpoint, method, path)."""
    known = {"letter_id": letter_id, "invitation_id": invitation_id(database, letter_id), "kind": "pdf"}
    known |= {"number": 1, "sequence": 1, "what": "digest"}
    for rule in app.url_map.iter_rules():
        values = {name: known.get(name, "x") for name in rule.arguments}
        if "index" in values:
            values["index"] = 0
        if rule.endpoint == "cosigner.picture":
            values["kind"] = "logo"
        path = rule.build(values)[1]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield rule.endpoint, method, path


@pytest.fixture
def entered(monkeypatch):
    """What was read, made or locked, by name."""
    names = []

    def watch(owner, name):
        whole = getattr(owner, name)

        def watched(*given, **more):
            names.append(name)
            return whole(*given, **more)

        monkeypatch.setattr(owner, name, watched)

    for owner, name in (
        (Database, "writing"),
        (Database, "relaxed"),
        (documents, "normalise"),
        (documents, "render_docx"),
        (printer, "render_pdf"),
        (documents, "compile_letterhead"),
        (documents, "render_redline"),
        (imports, "read"),
        (evidence, "verify"),
        (evidence, "bundle"),
    ):
        watch(owner, name)
    return names


@pytest.mark.parametrize("who", STRANGERS, ids=lambda who: who.__name__)
def test_no_address_does_anything_for_a_stranger(app, database, settings, letter_id, entered, who):
    client = who(app, database, settings, letter_id)
    token = csrf(client.get("/s/nonsense"))
    entered.clear()

    for endpoint, method, path in routes(app, database, letter_id):
        if endpoint in FOR_EVERYBODY or endpoint.startswith(("health.", "mailbox.")) or is_theirs(endpoint, who):
            continue
        answer, spent = timed(client, method, path, token)
        if spent >= 1:
            # A machine that was busy with something else is quick the second time.
            answer, spent = timed(client, method, path, token)

        sent_to_sign_in = answer.status_code == 303 and answer.location == "/sign-in" and method == "GET"
        assert answer.status_code == 404 or sent_to_sign_in, (method, path, answer.status_code)
        assert spent < 1, (method, path)
    assert entered == []


def timed(client, method, path, token):
    """The answer, and the seconds of this thread; what is collected meanwhile was not asked for by the stranger."""
    sent = {"csrf_token": token, "file": (io.BytesIO(WORST_SVG), "x.svg"), "choice": "sign", "words": "x"}
    gc.disable()
    try:
        began = time.thread_time()
        answer = client.open(path, method=method, **({"data": sent} if method == "POST" else {}))
        return answer, time.thread_time() - began
    finally:
        gc.enable()


def is_theirs(endpoint, who):
    """Whether every member of staff may do it, as the matrix of routes says."""
    return who is staff_of_another_letter and ROUTES[endpoint] == STAFF and endpoint != "account.end"


class Counted(io.BytesIO):
    """A body that knows how much of it was read."""

    def __init__(self, content):
        super().__init__(content)
        self.taken = 0

    def read(self, size=-1):
        got = super().read(size)
        self.taken += len(got)
        return got

    def readinto(self, buffer):
        got = super().readinto(buffer)
        self.taken += got
        return got


@pytest.mark.parametrize("who", STRANGERS, ids=lambda who: who.__name__)
def test_little_of_what_a_stranger_sends_is_read(app, database, settings, letter_id, who):
    client = who(app, database, settings, letter_id)
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.svg"\r\n\r\n'
    body = start + b"x" * 1_000_000 + b"\r\n--b--\r\n"

    for endpoint, method, path in routes(app, database, letter_id):
        if method != "POST" or is_theirs(endpoint, who) or endpoint in genuine.UPLOAD_LIMITS:
            continue
        sent = Counted(body)
        answer = client.post(
            path, input_stream=sent, content_length=len(body), content_type="multipart/form-data; boundary=b"
        )

        assert answer.status_code in (404, 413), (path, answer.status_code)
        assert sent.taken == 0 or endpoint in FOR_STRANGERS, path
        assert sent.taken <= threshold.STRANGERS, path


def test_an_auditor_has_no_file_read_on_a_letter_that_the_auditor_may_only_read(app, database, letter_id, entered):
    client = signed_in(app, database, "auditor@example.org", admin=False)
    with database.writing() as session:
        row = session.get_one(Letter, letter_id)
        accounts.join(session, row.campaign_id, accounts.user(session, "auditor@example.org"), "auditor")
    token = csrf(client.get(f"/letters/{letter_id}"))
    entered.clear()

    for where in ("letterheads", f"invitations/{invitation_id(database, letter_id)}/logo"):
        sent = {"csrf_token": token, "file": (io.BytesIO(WORST_SVG), "x.svg")}
        assert client.post(f"/letters/{letter_id}/{where}", data=sent).status_code == 404
    assert entered == []


def test_whoever_guesses_a_link_to_sign_in_takes_no_lock(app, database, entered):
    client = app.test_client()
    token = csrf(client.get("/sign-in"))

    answers = [client.post(f"/sign-in/{'x' * 43}", data={"csrf_token": token}).status_code for _ in range(22)]

    assert answers == [404] * 20 + [429] * 2
    assert "writing" not in entered
    assert entered.count("relaxed") == 20


# --- what an upload may cost, even one that somebody with a link sends ----------------------------------------------

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 1200 800">{}</svg>'
)


def filtered(step):
    rect = '<rect width="1200" height="800" fill="red" filter="url(#f)"/>'
    return SVG.format(f'<filter id="f">{step}</filter>{rect}').encode()


def uses():
    groups = '<g id="a0"><rect width="1" height="1"/></g>'
    for n in range(1, 10):
        groups += f'<g id="a{n}">' + f'<use xlink:href="#a{n - 1}"/>' * 10 + "</g>"
    return SVG.format(groups + '<use xlink:href="#a9"/>').encode()


def many_scans():
    """A progressive JPEG of 25 million pixels whose last scan comes again and again."""
    kept = io.BytesIO()
    Image.new("RGB", (5000, 5000), "red").save(kept, "JPEG", progressive=True)
    picture = kept.getvalue()
    last = picture.rindex(b"\xff\xda")
    return picture[:last] + picture[last:-2] * 20_000 + b"\xff\xd9"


def wide_png():
    kept = io.BytesIO()
    Image.frombytes("RGBA", (4000, 2500), bytes(range(250)) * 64 * 2500).save(kept, "PNG")
    return kept.getvalue()


WORST = {
    "comments": lambda: WORST_SVG,
    "many comments": lambda: b"<!---->" * 700_000,
    "declarations": lambda: b"<?xml " * 800_000,
    "blanks": lambda: b" " * 4_900_000,
    "links": lambda: b"<svg " + b"href" * 1_200_000,
    "a million elements": lambda: SVG.format("<a/>" * 1_200_000).encode(),
    "turbulence": lambda: filtered('<feTurbulence baseFrequency=".5" numOctaves="20"/>'),
    "morphology": lambda: filtered('<feMorphology operator="dilate" radius="50"/>'),
    "many blurs": lambda: filtered('<feGaussianBlur stdDeviation="300"/>' * 30),
    "layers": lambda: SVG.format('<rect width="1200" height="800" opacity=".5"/>' * 13_000).encode(),
    "uses of uses": uses,
    "scans": many_scans,
    "ten million pixels": wide_png,
}


@pytest.mark.parametrize("kind", WORST)
def test_the_worst_picture_costs_the_service_little_and_a_second_of_a_process_of_its_own(kind):
    upload = WORST[kind]()
    own, beside = processor_time()

    with contextlib.suppress(PictureError):
        normalise(upload, "x")

    own_after, beside_after = processor_time()
    assert own_after - own < 0.5
    assert beside_after - beside < drawing.SECONDS + 0.3


def processor_time():
    ours, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return ours.ru_utime + ours.ru_stime, children.ru_utime + children.ru_stime


@pytest.mark.parametrize("kind", ["turbulence", "morphology", "many blurs", "a million elements"])
def test_what_is_known_to_be_costly_is_not_even_begun(kind, monkeypatch):
    monkeypatch.setattr(drawing, "drawn", lambda upload: pytest.fail("it was drawn"))

    with pytest.raises(PictureError, match="too intricate"):
        normalise(WORST[kind](), "x")


def test_a_plain_shadow_and_a_size_in_millimetres_are_drawn():
    circle = '<circle cx="600" cy="400" r="300" fill="#a33" filter="url(#f)"/>'
    shadow = '<filter id="f"><feDropShadow dx="4" dy="4" stdDeviation="3"/></filter>'
    drawing_in_millimetres = SVG.format(shadow + circle).replace("<svg ", '<svg width="120mm" height="80mm" ')

    assert normalise(drawing_in_millimetres.encode(), "x").width > 500
