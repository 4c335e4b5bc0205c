"""Every error code and every reason of a refusal has its sentence."""

import re
from pathlib import Path

from renewals import ca
from renewals.ca import base, dev, dev_store, registry
from renewals.ca_words import REASONS, WORDS


def codes():
    for module in (base, dev, dev_store, registry):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, base.CaError):
                yield value.code


def test_every_error_is_worded():
    assert set(codes()) == set(WORDS)


def test_every_reason_is_worded_and_documented():
    used = set()
    for source in Path(ca.__file__).parent.glob("dev*.py"):
        used |= set(re.findall(r'Refusal\(\s*"([a-z_]+)"', source.read_text("utf-8")))

    assert used | {"other"} == set(REASONS)
    assert all(reason in (base.Rejected.__doc__ or "") for reason in REASONS)
