"""A programme is data: the code that everybody runs names none (issue 4: never an ``if programme == …``)."""

import re

from renewals.programmes import shipped_packs
from tests.structure.source import files, name, strings, text

# Demo data and named walks are about these programmes; commands name one in their help.
_ABOUT_THEM = ("renewals/demo/", "renewals/walking/scenarios.py", "renewals/management/commands/")
PACKS = shipped_packs()
NAMED = re.compile("|".join(re.escape(pack.slug) for pack in PACKS))
TENANTS = {pack.tenant for pack in PACKS}


def test_no_code_names_a_programme_or_its_tenant() -> None:
    named = [
        (file, value)
        for file, value in strings()
        if (NAMED.search(value) or value in TENANTS) and not file.startswith(_ABOUT_THEM)
    ]
    assert named == []


def test_no_page_names_a_programme() -> None:
    pages = files(".html", ".js", under=("templates", "static"))
    assert [name(page) for page in pages if NAMED.search(text(page))] == []
