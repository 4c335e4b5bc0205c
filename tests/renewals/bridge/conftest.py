from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.gm.certificate import public_key_of
from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.soft_key import load_key
from tests.renewals.bridge.workshop import PIN, SUBJECT, Page, WorkshopCa


@pytest.fixture(scope="session")
def ca() -> WorkshopCa:
    return WorkshopCa()


@pytest.fixture
def desk(tmp_path: Path) -> SoftKeyDesk:
    return SoftKeyDesk(tmp_path / "desk")


def personalise(desk: SoftKeyDesk, ca: WorkshopCa, medium_number: str, algorithm: str = "SM2") -> str:
    """A key with its first certificates, as a customer has it; its serial. Not plugged in."""
    made = desk.provision(medium_number, "测试 Ekey", PIN, algorithm)
    signing, encryption, enveloped = ca.pair(desk.initial_csr(made.serial, SUBJECT))
    desk.install_initial(made.serial, signing.der, encryption.der, enveloped)
    stored = desk.key(made.serial).containers[0]
    assert public_key_of(load_key(stored.encryption_key, algorithm)) == encryption.public_key
    return made.serial


@pytest.fixture
def serial(desk: SoftKeyDesk, ca: WorkshopCa) -> str:
    """An SM2 key, plugged in."""
    serial = personalise(desk, ca, "3888000000000001")
    desk.insert(serial)
    return serial


@pytest.fixture
def other(desk: SoftKeyDesk, ca: WorkshopCa) -> str:
    """Another SM2 key, in the drawer."""
    return personalise(desk, ca, "3888000000000002")


@pytest.fixture
def page(desk: SoftKeyDesk, serial: str) -> Iterator[Page]:
    page = Page(desk)
    yield page
    page.dispatcher.shut_down()
