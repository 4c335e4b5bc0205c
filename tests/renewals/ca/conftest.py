import shutil

import pytest

from renewals.ca import DevCa
from tests.renewals.ca.world import STORAGE_KEY, Clock, World


@pytest.fixture(scope="session")
def ca_template(tmp_path_factory):
    """A development CA whose authorities are made: tests start from a copy of it."""
    folder = tmp_path_factory.mktemp("ca-template")
    ca = DevCa(folder, STORAGE_KEY, production=False)
    ca.chain("SM2")
    ca.chain("RSA")
    return folder


@pytest.fixture
def ca_folder(ca_template, tmp_path):
    return shutil.copytree(ca_template, tmp_path / "ca")


@pytest.fixture(params=["SM2", "RSA"])
def world(request, ca_folder):
    clock = Clock()
    ca = DevCa(ca_folder, STORAGE_KEY, production=False, clock=clock)
    return World(ca, ca, clock, request.param)


@pytest.fixture
def sm2_world(ca_folder):
    clock = Clock()
    ca = DevCa(ca_folder, STORAGE_KEY, production=False, clock=clock)
    return World(ca, ca, clock, "SM2")
