"""Fonts are cut once for all test runs: they hold nothing of anybody's."""

import pytest
from django.conf import settings

from renewals.request_form.fonts import FontChain


@pytest.fixture(scope="session")
def fonts() -> FontChain:
    return FontChain(settings.CERTHALL.font_dir)
