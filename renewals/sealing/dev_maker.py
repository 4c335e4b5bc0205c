"""The built-in seal maker for development: a key of its own per algorithm, certified by the development CA.

Its key rests under the CA's storage key; it refuses production, as that CA does.
"""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes

from portal.gm import Certificate, DecryptionFailed, PrivateKey, hkdf_sm3, sm3, sm4_gcm_decrypt, sm4_gcm_encrypt, x509
from renewals.ca.base import Algorithm, CaUnavailable
from renewals.ca.dev import DevCa
from renewals.ca.dev_authority import ISSUING_UNTIL, key_from_der, key_to_der, new_key
from renewals.sealing.errors import SealError, SealMakerUnavailable
from renewals.sealing.maker import SealOrder
from renewals.sealing.seal_data import Seal, make

SINCE = datetime(2015, 1, 2, tzinfo=UTC)  # demo seals carry past dates
NAME = "Certhall 开发制章系统"


class DevSealMakerInProduction(SealError):
    """The development seal maker was configured for production: configure the real one."""

    code = "seal.dev_in_production"


class DevSealMaker:
    """A ``SealMaker`` over one folder beside the development CA. ``key``: at least 16 secret bytes."""

    def __init__(self, folder: Path, key: bytes, ca: DevCa, *, production: bool) -> None:
        if production:
            raise DevSealMakerInProduction
        self._folder, self._ca = folder, ca
        self._key = hkdf_sm3(key, b"certhall development seal maker: private keys at rest", 16)

    def make(self, order: SealOrder) -> bytes:
        """The seal's number and times come from the order, so that asking again differs in the signature alone."""
        key, certificate = self._own(order.algorithm)
        seal = Seal(
            es_id=sm3(order.request_id.encode()).hex()[:32].upper(),
            kind=order.kind,
            name=order.name,
            certificates=(order.certificate_der,),
            created_at=order.valid_from,
            valid_from=order.valid_from,
            valid_until=order.valid_until,
            picture=order.picture,
        )
        return make(seal, key=key, maker=certificate)

    def trust(self, algorithm: Algorithm) -> tuple[bytes, ...]:
        return self._ca.chain(algorithm)

    def _own(self, algorithm: Algorithm) -> tuple[PrivateKey, Certificate]:
        key = self._private_key(algorithm)
        try:
            issued = self._ca.issue_initial(
                f"seal-maker-{algorithm}",
                subject_der=x509.build_name([("C", "CN"), ("O", NAME), ("CN", f"{NAME} {algorithm}")]),
                public_key=x509.public_key_of(key),
                not_before=SINCE,
                not_after=ISSUING_UNTIL,
                want_encryption=False,
            )
        except CaUnavailable as error:
            raise SealMakerUnavailable from error
        return key, Certificate.from_der(issued.signing_certificate_der)

    def _private_key(self, algorithm: Algorithm) -> PrivateKey:
        """Made on first use; of several processes the first wins."""
        path = self._folder / f"seal-maker-{algorithm}.key"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            nonce = token_bytes(12)
            sealed = nonce + sm4_gcm_encrypt(self._key, nonce, key_to_der(new_key(algorithm)), algorithm.encode())
            fresh = path.with_name(f".making-{token_bytes(8).hex()}")
            fresh.touch(mode=0o600)
            fresh.write_bytes(sealed)
            with suppress(FileExistsError):
                path.hardlink_to(fresh)
            fresh.unlink()
        stored = path.read_bytes()
        try:
            return key_from_der(algorithm, sm4_gcm_decrypt(self._key, stored[:12], stored[12:], algorithm.encode()))
        except DecryptionFailed as error:
            raise SealError(detail="the seal maker's folder was made under another key") from error
