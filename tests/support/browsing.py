"""People who use the pages: links, forms, signing in."""

import re

import lxml.html

from tests.support.factories import (
    digest,
)
from workflow import accounts, sessions
from workflow.models import Letter

TOKEN = re.compile(r"csrf_token\" value=\"([^\"]+)")


def link(database, settings, letter_id, number=0):
    with database.reading() as session:
        living = session.get_one(Letter, letter_id).invitations[number].link
        return f"/s/{session.tokens.links(living.id)[0]}"


def invitation_id(database, letter_id, number=0):
    with database.reading() as session:
        return session.get_one(Letter, letter_id).invitations[number].id


def csrf(page):
    return TOKEN.search(page.text)[1]


def read(page):
    """The page as a tree, to be asked by XPath."""
    return lxml.html.document_fromstring(page.text)


def shown_first(client, letter_id, act, **asked):
    """What the page on which an act is checked sends along with it."""
    page = client.get(f"/letters/{letter_id}/ask", query_string={"act": act, **asked})
    assert page.status_code == 200, page.status
    return dict(read(page).get_element_by_id("ask").form_values())


def field(page, form, name):
    """A field of a form that comes back: what it holds, and what is said of it."""
    tree = read(page)
    found = tree.get_element_by_id(f"{form}-{name}")
    said = [tree.get_element_by_id(one).text_content() for one in (found.get("aria-describedby") or "").split()]
    return (found.text if found.tag == "textarea" else found.get("value")), said


def arrived(app, database, settings, letter_id, number=0):
    """A browser that has followed its link: (client, page)."""
    client = app.test_client()
    page = client.get(link(database, settings, letter_id, number), follow_redirects=True)
    assert page.status_code == 200
    return client, page


def whole_answer(database, letter_id, page, **changes):
    fields = {"csrf_token": csrf(page), "digest": digest(database, letter_id), "choice": "sign", "name": "Person A"}
    return fields | {"title": "Director", "authorised": "y"} | changes


def signed_in(app, database, email="anna@example.org", admin=True):
    """A browser in which a member of staff is signed in; how that comes about is `test_accounts`' to try."""
    client = app.test_client()
    with database.writing() as session:
        user = accounts.user(session, email, "Anna", admin=admin)
        begun = sessions.begin(session, user, "127.0.0.1", client.environ_base["HTTP_USER_AGENT"])
        session_id = begun.id
    with client.session_transaction() as cookie:
        cookie.permanent = True
        cookie.update({"_user_id": session_id, "_fresh": True})
    return client
