"""The start-up self-test names the vector that fails."""

import pytest

from portal.gm import SelfTestFailed, libcrypto, selftest


def test_the_standards_vectors_come_out():
    selftest.run()


@pytest.mark.parametrize("vector", list(selftest._VECTORS))
def test_each_vector_can_fail_and_is_named(monkeypatch, vector):
    monkeypatch.setitem(selftest._VECTORS, vector, lambda: False)

    with pytest.raises(SelfTestFailed, match=vector.replace(".", r"\.")):
        selftest.run()


def test_a_library_that_accepts_every_signature_is_found_out(monkeypatch):
    monkeypatch.setattr(libcrypto, "verify", lambda *_: True)

    with pytest.raises(SelfTestFailed, match="refusal"):
        selftest.run()


def test_a_wrong_hash_is_found_out(monkeypatch):
    monkeypatch.setattr(selftest, "sm3", lambda _data: bytes(32))

    with pytest.raises(SelfTestFailed, match="GB/T 32905"):
        selftest.run()
