"""
The mails that leave: each is a module here, with its words in a folder of templates/emails.

A module says what its mail is (`registry.mail`), what its templates are given (a dataclass), how that is gathered
from a delivery's ids, and how one is queued. All modules are found by themselves: to add a mail is to add its module
and its folder.
"""

import importlib
import pkgutil

for _found in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_found.name}")
