"""Earlier encryption keys on a new medium: old files still open (RULES P8)."""

import base64
from typing import Any

import pytest

from portal.gm import Certificate, PrivateKey
from portal.gm.certificate import public_key_of
from renewals.bridge.protocol import BridgeFault, ErrorCode
from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.soft_key import dump_key, generate
from tests.renewals.bridge.workshop import PIN, SUBJECT, TXN, Page, Rekey, WorkshopCa, b64, seal

Old = tuple[PrivateKey, Certificate]


class NewMedium(Rekey):
    """A blank medium at the hall's desk: nothing is replaced on it."""

    def __init__(self, desk: SoftKeyDesk, ca: WorkshopCa, algorithm: str) -> None:
        blank = desk.provision("3888000000000009", "空白介质", PIN, algorithm)
        desk.insert(blank.serial)
        self.desk, self.ca, self.serial, self.txn, self.algorithm = desk, ca, blank.serial, TXN, algorithm
        self.page, self.pair = Page(desk, protocol=3), None

    def gen_csr(self, **more: Any) -> Any:
        wanted = {"keySerial": self.serial, "txn": TXN, "algorithm": self.algorithm, "subject": b64(SUBJECT)}
        result = self.page.call("key.genCsr", **wanted, **more)
        self.pair = self.ca.pair(base64.b64decode(result["csr"]))
        return result

    def earlier(self) -> Old:
        private = generate(self.algorithm)
        return private, self.ca.certificate(public_key_of(private), usage="keyEncipherment")

    def import_history(self, *keys: Old, signing: Certificate | None = None) -> Any:
        given = [
            {"certificate": b64(certificate.der), "envelopedKey": b64(seal(signing or self.issued[0], private))}
            for private, certificate in keys
        ]
        return self.page.call("cert.importHistory", keySerial=self.serial, txn=TXN, keys=given)

    def history(self) -> list[tuple[bytes, bytes]]:
        return [
            (each.encryption_certificate, each.encryption_key)
            for each in self.desk.key(self.serial).containers
            if each.state == "history"
        ]


@pytest.mark.parametrize("algorithm", ["SM2", "RSA2048"])
def test_the_earlier_keys_lie_beside_the_new_one(desk: SoftKeyDesk, ca: WorkshopCa, algorithm: str) -> None:
    """RULES P8."""
    made = NewMedium(desk, ca, algorithm)
    made.gen_csr(historyContainers=2)
    made.import_sign()
    made.import_enc()
    keys = made.earlier(), made.earlier()
    told = made.import_history(*keys)
    made.verify()

    assert told["fingerprints"] == [certificate.fingerprint_sm3.hex() for _, certificate in keys]
    assert made.history() == [(certificate.der, dump_key(private)) for private, certificate in keys]
    listed = made.page.call("cert.list", keySerial=made.serial)["certificates"]
    assert sorted((each["usage"], each["state"]) for each in listed) == [
        ("encryption", "current"),
        ("encryption", "history"),
        ("encryption", "history"),
        ("signing", "current"),
    ]


def test_asked_again_nothing_is_there_twice(desk: SoftKeyDesk, ca: WorkshopCa) -> None:
    made = NewMedium(desk, ca, "SM2")
    made.gen_csr()
    made.import_sign()
    key = made.earlier()
    made.import_history(key)
    with desk.editing(made.serial) as stored:  # a bridge that forgot its answer
        stored.replies.clear()
    made.import_history(key)
    assert len(made.history()) == 1


def test_space_is_looked_at_before_the_new_key_is_made(desk: SoftKeyDesk, ca: WorkshopCa) -> None:
    """RULES P8: container space is checked first."""
    made = NewMedium(desk, ca, "SM2")
    with desk.editing(made.serial) as stored:
        stored.capacity = 3  # the blank one's own, the new one, one earlier
    before = desk.key(made.serial)
    with pytest.raises(BridgeFault) as refused:
        made.gen_csr(historyContainers=2)
    assert refused.value.code is ErrorCode.CONTAINER_FULL
    assert made.page.stages() == ["check"]
    assert desk.key(made.serial) == before
    assert made.gen_csr(historyContainers=1)


def test_what_does_not_fit_is_not_half_there(desk: SoftKeyDesk, ca: WorkshopCa) -> None:
    made = NewMedium(desk, ca, "SM2")
    made.gen_csr()
    made.import_sign()
    with desk.editing(made.serial) as stored:
        stored.capacity = 3
    before = desk.key(made.serial)
    with pytest.raises(BridgeFault) as refused:
        made.import_history(made.earlier(), made.earlier())
    assert refused.value.code is ErrorCode.CONTAINER_FULL
    assert desk.key(made.serial) == before


def test_a_key_sealed_for_another_medium_is_not_taken(desk: SoftKeyDesk, ca: WorkshopCa) -> None:
    made = NewMedium(desk, ca, "SM2")
    made.gen_csr()
    with pytest.raises(BridgeFault) as early:
        made.import_history(made.earlier())
    assert early.value.code is ErrorCode.CERT_NOT_FOUND
    made.import_sign()
    before = desk.key(made.serial)
    stranger = ca.certificate(public_key_of(generate("SM2")))
    with pytest.raises(BridgeFault) as refused:
        made.import_history(made.earlier(), signing=stranger)
    assert refused.value.code is ErrorCode.ENVELOPE_INVALID
    private, certificate = made.earlier()
    with pytest.raises(BridgeFault) as mismatch:
        made.import_history((generate("SM2"), certificate))
    assert mismatch.value.code is ErrorCode.CERT_KEY_MISMATCH
    assert private
    assert desk.key(made.serial) == before
