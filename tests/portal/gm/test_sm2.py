"""SM2 keys, signatures and encryption, and everything that must be refused."""

import pickle
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.gm import DecryptionFailed, InvalidKey, InvalidSignature, MalformedDer, SM2PrivateKey, SM2PublicKey, der
from portal.gm.sm2 import N, P

SCALAR = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
KEY = SM2PrivateKey.from_scalar(SCALAR)
MESSAGE = b"message digest"
CIPHERTEXT = KEY.public_key.encrypt(b"0123456789abcdef")
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA

scalars = st.integers(1, N - 2).map(lambda number: number.to_bytes(32, "big"))
relaxed = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def signature(r, s):
    return der.sequence(der.integer(r), der.integer(s))


def test_vector_of_gb_t_32918_5_for_the_key():
    assert KEY.public_key.point.hex().upper() == (
        "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )


def test_vector_of_gb_t_32918_5_for_the_signature():
    KEY.public_key.verify(signature(R, S), MESSAGE)


@relaxed
@given(scalar=scalars, message=st.binary(max_size=300), distid=st.binary(min_size=1, max_size=40))
def test_what_a_key_signs_verifies(scalar, message, distid):
    key = SM2PrivateKey.from_scalar(scalar)

    key.public_key.verify(key.sign(message, distid=distid), message, distid=distid)


@relaxed
@given(scalar=scalars, plaintext=st.binary(min_size=17, max_size=300))
def test_what_is_encrypted_opens(scalar, plaintext):
    key = SM2PrivateKey.from_scalar(scalar)

    assert key.decrypt(key.public_key.encrypt(plaintext)) == plaintext


@relaxed
@given(scalar=scalars)
def test_keys_round_trip_through_their_der(scalar):
    key = SM2PrivateKey.from_scalar(scalar)

    assert SM2PrivateKey.from_pkcs8_der(key.to_pkcs8_der()).to_scalar() == scalar
    assert SM2PublicKey.from_spki_der(key.public_key.to_spki_der()) == key.public_key


def test_generated_keys_differ():
    assert SM2PrivateKey.generate().public_key != SM2PrivateKey.generate().public_key


@pytest.mark.parametrize("distid", [b"", b"1234567812345679", b"alice"])
def test_a_signature_under_another_id_is_refused(distid):
    with pytest.raises(InvalidSignature):
        KEY.public_key.verify(signature(R, S), MESSAGE, distid=distid)
    with pytest.raises(InvalidSignature):
        KEY.public_key.verify(KEY.sign(MESSAGE, distid=distid), MESSAGE)


def test_another_message_or_key_is_refused():
    with pytest.raises(InvalidSignature):
        KEY.public_key.verify(signature(R, S), MESSAGE + b".")
    with pytest.raises(InvalidSignature):
        SM2PrivateKey.generate().public_key.verify(signature(R, S), MESSAGE)


@pytest.mark.parametrize(
    ("r", "s"), [(0, S), (R, 0), (R + N, S), (R, S + N), (N, S), (R, N), (-R, S), (R, -S), (0, 0), (R, N - S), (S, R)]
)
def test_numbers_out_of_range_or_changed_are_refused(r, s):
    with pytest.raises(InvalidSignature):
        KEY.public_key.verify(signature(r, s), MESSAGE)


def _integer_with_zero(number):
    return der.encode(der.INTEGER, b"\x00\x00" + number.to_bytes(32, "big"))


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        b"\x30\x00",
        R.to_bytes(32, "big") + S.to_bytes(32, "big"),
        signature(R, S) + b"\x00",
        signature(R, S)[:-1],
        der.sequence(der.integer(R)),
        der.sequence(der.integer(R), der.integer(S), der.null()),
        der.sequence(_integer_with_zero(R), der.integer(S)),
        der.sequence(der.integer(R), der.encode(der.INTEGER, S.to_bytes(32, "big"))),
        b"\x30\x81" + signature(R, S)[1:],
        b"\x30\x80" + signature(R, S)[2:] + b"\x00\x00",
        der.encode(der.SET, signature(R, S)[2:]),
    ],
    ids=lambda data: data[:6].hex() or "empty",
)
def test_anything_but_strict_der_is_refused(malformed):
    with pytest.raises(InvalidSignature):
        KEY.public_key.verify(malformed, MESSAGE)


@relaxed
@given(bit=st.integers(0, len(signature(R, S)) * 8 - 1))
def test_a_flipped_bit_anywhere_is_refused(bit):
    changed = bytearray(signature(R, S))
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(InvalidSignature):
        KEY.public_key.verify(bytes(changed), MESSAGE)


@pytest.mark.parametrize("scalar", [0, N - 1, N, 2**256 - 1])
def test_scalars_out_of_range_are_refused(scalar):
    with pytest.raises(InvalidKey):
        SM2PrivateKey.from_scalar(scalar.to_bytes(32, "big"))


def test_scalars_at_the_edges_are_taken():
    for scalar in (1, N - 2):
        key = SM2PrivateKey.from_scalar(scalar.to_bytes(32, "big"))
        key.public_key.verify(key.sign(MESSAGE), MESSAGE)


def _point(x, y):
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


GX = int.from_bytes(KEY.public_key.point[1:33], "big")
GY = int.from_bytes(KEY.public_key.point[33:], "big")


@pytest.mark.parametrize(
    "point",
    [
        _point(GX, GY ^ 1),
        _point(0, 0),
        _point(P, GY),
        _point(GX, P),
        b"\x04" + KEY.public_key.point[1:33],
        b"\x02" + KEY.public_key.point[1:33],
        b"\x06" + KEY.public_key.point[1:],
        KEY.public_key.point[1:],
        b"\x00",
        b"",
    ],
    ids=lambda point: f"{len(point)}-{point[:3].hex()}",
)
def test_points_off_the_curve_or_in_another_form_are_refused(point):
    with pytest.raises(InvalidKey):
        SM2PublicKey.from_point(point)


def test_a_key_of_another_curve_is_refused():
    p256 = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7"))

    with pytest.raises(InvalidKey, match="curve"):
        SM2PublicKey.from_spki_der(der.sequence(p256, der.bit_string(KEY.public_key.point)))


def test_a_spki_with_bytes_left_over_is_refused():
    with pytest.raises(MalformedDer):
        SM2PublicKey.from_spki_der(KEY.public_key.to_spki_der() + b"\x00")


def test_pkcs8_with_anothers_public_key_is_refused():
    other = SM2PrivateKey.generate().public_key.point
    forged = KEY.to_pkcs8_der().replace(KEY.public_key.point, other)

    with pytest.raises(InvalidKey, match="not the private key's"):
        SM2PrivateKey.from_pkcs8_der(forged)


@relaxed
@given(data=st.data())
def test_a_changed_ciphertext_does_not_open(data):
    ciphertext = bytearray(CIPHERTEXT)
    bit = data.draw(st.integers(0, len(ciphertext) * 8 - 1))
    ciphertext[bit // 8] ^= 1 << bit % 8

    with pytest.raises(DecryptionFailed):
        KEY.decrypt(bytes(ciphertext))


def test_a_ciphertext_for_another_key_does_not_open():
    with pytest.raises(DecryptionFailed):
        SM2PrivateKey.generate().decrypt(KEY.public_key.encrypt(b"0123456789abcdef"))


def test_a_ciphertext_with_a_point_off_the_curve_is_refused():
    """Invalid-curve attack: the point would leak the key bit by bit."""
    forged = der.sequence(der.integer(GX), der.integer(GY ^ 1), der.octet_string(bytes(32)), der.octet_string(b"x"))

    with pytest.raises(DecryptionFailed, match="curve"):
        KEY.decrypt(forged)


def test_a_private_key_does_not_show_itself():
    assert SCALAR.hex() not in repr(KEY)
    with pytest.raises(TypeError):
        pickle.dumps(KEY)


def test_threads_may_share_a_key():
    failures = []

    def work():
        try:
            for number in range(50):
                message = str(number).encode()
                KEY.public_key.verify(KEY.sign(message), message)
        except Exception as error:  # noqa: BLE001 told to the main thread
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
