"""A co-signer's forms, posted."""

import re

from tests.support.browsing import csrf


def post(client, page, where, **fields):
    kept = dict(re.findall(r'name="(digest|shared|objection_hours)" value="(\w+)"', page.text))
    data = {"csrf_token": csrf(page)} | kept | fields
    return client.post(page.request.path + where, data=data, follow_redirects=True)
