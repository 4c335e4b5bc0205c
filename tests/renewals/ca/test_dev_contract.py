"""The development CA keeps the contract, for SM2 and for RSA (the `world` fixture runs both)."""

from tests.renewals.ca.contract import ConnectorContract


class TestDevCa(ConnectorContract):
    pass
