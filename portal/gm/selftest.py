"""Known answers from the standards, to be run once at start: a wrong build of a library is
cheaper to find there than in a customer's certificate."""

from __future__ import annotations

from collections.abc import Callable

from portal.gm import der
from portal.gm.errors import GmError, InvalidSignature, SelfTestFailed
from portal.gm.sm2 import DEFAULT_ID, SM2PrivateKey
from portal.gm.sm3 import hmac_sm3, sm3
from portal.gm.sm4 import sm4_ecb_decrypt, sm4_ecb_encrypt, sm4_gcm_decrypt, sm4_gcm_encrypt

# GB/T 32918.5-2017 Annex A: signature with the recommended curve.
_D = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
_X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
_Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
_MESSAGE = b"message digest"
_R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
_S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
# GB/T 32918.5-2017 Annex C: encryption with the same key.
_C1X = 0x04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73
_C1Y = 0xE858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0
_C3 = bytes.fromhex("59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766")
_C2 = bytes.fromhex("21886CA989CA9C7D58087307CA93092D651EFA")
_PLAINTEXT = b"encryption standard"
# GB/T 32907-2016 Annex A, example 1 (the key is the plaintext).
_SM4_KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
_SM4_CIPHER = bytes.fromhex("681EDF34D206965E86B3E94F536E4246")
# RFC 8998 Appendix A.1.
_GCM_NONCE = bytes.fromhex("00001234567800000000ABCD")
_GCM_AAD = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
_GCM_PLAIN = bytes.fromhex("AA" * 8 + "BB" * 8 + "CC" * 8 + "DD" * 8 + "EE" * 8 + "FF" * 8 + "EE" * 8 + "AA" * 8)
_GCM_CIPHER = bytes.fromhex(
    "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    "83DE3541E4C2B58177E065A9BF7B62EC"
)


def run() -> None:
    """Raises SelfTestFailed with the vector's name; takes a few milliseconds."""
    for name, works in _VECTORS.items():
        try:
            good = works()
        except (GmError, ValueError) as error:
            raise SelfTestFailed(f"{name}: {error}") from error
        if not good:
            raise SelfTestFailed(name)


def _sm3_one_block() -> bool:
    return sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def _sm3_two_blocks() -> bool:
    return sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def _hmac_sm3() -> bool:
    """Against the definition (GB/T 15852.2 §7, RFC 2104), spelled out with SM3 itself."""
    key = _SM4_KEY + bytes(48)
    inner = sm3(bytes(b ^ 0x36 for b in key) + _MESSAGE)
    return hmac_sm3(_SM4_KEY, _MESSAGE) == sm3(bytes(b ^ 0x5C for b in key) + inner)


def _sm4_block() -> bool:
    return sm4_ecb_encrypt(_SM4_KEY, _SM4_KEY) == _SM4_CIPHER and sm4_ecb_decrypt(_SM4_KEY, _SM4_CIPHER) == _SM4_KEY


def _sm4_gcm() -> bool:
    return (
        sm4_gcm_encrypt(_SM4_KEY, _GCM_NONCE, _GCM_PLAIN, _GCM_AAD) == _GCM_CIPHER
        and sm4_gcm_decrypt(_SM4_KEY, _GCM_NONCE, _GCM_CIPHER, _GCM_AAD) == _GCM_PLAIN
    )


def _sm2_public_key() -> bool:
    return SM2PrivateKey.from_scalar(_D).public_key.point == bytes.fromhex("04" + _X + _Y)


def _sm2_verify() -> bool:
    signature = der.sequence(der.integer(_R), der.integer(_S))
    SM2PrivateKey.from_scalar(_D).public_key.verify(signature, _MESSAGE, distid=DEFAULT_ID)
    return True


def _sm2_refuses() -> bool:
    """The same signature with one bit of s turned, and under the empty ID of OpenSSL's default."""
    key = SM2PrivateKey.from_scalar(_D).public_key
    for s, distid in ((_S ^ 1, DEFAULT_ID), (_S, b"")):
        try:
            key.verify(der.sequence(der.integer(_R), der.integer(s)), _MESSAGE, distid=distid)
        except InvalidSignature:
            continue
        return False
    return True


def _sm2_sign() -> bool:
    """Signing draws a nonce, so its answer is not known: it is verified instead (pairwise test)."""
    key = SM2PrivateKey.from_scalar(_D)
    key.public_key.verify(key.sign(_MESSAGE), _MESSAGE)
    return True


def _sm2_decrypt() -> bool:
    parts = (der.integer(_C1X), der.integer(_C1Y), der.octet_string(_C3), der.octet_string(_C2))
    return SM2PrivateKey.from_scalar(_D).decrypt(der.sequence(*parts)) == _PLAINTEXT


_VECTORS: dict[str, Callable[[], bool]] = {
    "GB/T 32905 SM3, one block": _sm3_one_block,
    "GB/T 32905 SM3, two blocks": _sm3_two_blocks,
    "GB/T 15852.2 HMAC-SM3": _hmac_sm3,
    "GB/T 32907 SM4": _sm4_block,
    "RFC 8998 SM4-GCM": _sm4_gcm,
    "GB/T 32918.5 SM2 public key": _sm2_public_key,
    "GB/T 32918.5 SM2 verification": _sm2_verify,
    "GB/T 32918.5 SM2 refusal": _sm2_refuses,
    "GB/T 32918.5 SM2 signature": _sm2_sign,
    "GB/T 32918.5 SM2 decryption": _sm2_decrypt,
}
