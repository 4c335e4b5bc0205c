"""CSRResponse (GM/T 0092): ours round trips, and both ways of tagging are read."""

import pytest

from portal.gm import CsrResponse, MalformedCertificate, SM2PrivateKey, der, envelope
from tests.portal.gm.hierarchy import hierarchy

MADE = hierarchy("SM2")
ENVELOPED = envelope.seal(MADE.leaf_key.public_key, SM2PrivateKey.generate())


def test_round_trip():
    full = CsrResponse((MADE.leaf,), ENVELOPED, (MADE.issuing,))
    plain = CsrResponse((MADE.leaf,))

    assert CsrResponse.from_der(full.to_der()) == full
    assert CsrResponse.from_der(plain.to_der()) == plain


@pytest.mark.parametrize("key_tag", ["explicit", "implicit"])
@pytest.mark.parametrize("set_tag", ["explicit", "implicit"])
def test_both_ways_of_tagging_are_read(key_tag, set_tag):
    inside = der.read_one(ENVELOPED)._data
    data = der.sequence(
        der.encode(der.SET, MADE.leaf.der),
        der.encode(0xA0, ENVELOPED if key_tag == "explicit" else inside),
        der.encode(0xA1, der.encode(der.SET, MADE.issuing.der) if set_tag == "explicit" else MADE.issuing.der),
    )

    assert CsrResponse.from_der(data) == CsrResponse((MADE.leaf,), ENVELOPED, (MADE.issuing,))


@pytest.mark.parametrize(
    "data", [b"", der.sequence(), der.sequence(der.encode(der.SET, b"")), der.sequence(der.null())]
)
def test_rubbish_is_refused(data):
    with pytest.raises(MalformedCertificate):
        CsrResponse.from_der(data)
