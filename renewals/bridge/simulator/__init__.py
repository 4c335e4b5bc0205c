"""A bridge for development and tests: soft keys in a folder, the contract's whole protocol.

Its keys lie unencrypted on the disk. It is a stand-in for a driver and a USB key, and refuses
production.

soft_key → store → faults → desk (all a key can do) → pins → operations → dispatch (JSON-RPC,
InProcessBridge) → server (aiohttp) with its own pages.
"""

from renewals.bridge.simulator.desk import ProvisionedKey, SoftKeyDesk
from renewals.bridge.simulator.dispatch import Dispatcher, InProcessBridge, Session
from renewals.bridge.simulator.faults import Faults
from renewals.bridge.simulator.pins import PinDesk

__all__ = ["Dispatcher", "Faults", "InProcessBridge", "PinDesk", "ProvisionedKey", "Session", "SoftKeyDesk"]
