"""The media that the simulator imitates: what their chips make, and which driver reads them.

Names are those of the rule packs (`key_model`). A medium of another name is nothing in particular: it makes everything.
"""

from typing import Final, NamedTuple

ALGORITHMS: Final = ("SM2", "RSA2048")


class KeyModel(NamedTuple):
    algorithms: tuple[str, ...]  # the first is what a new medium is made with
    driver_version: str  # of the driver that the simulated computer has for it
    capacity: int = 8  # containers


FILES: Final = "文件证书"  # the store of .pfx files, no medium (file_store.py)
ANY: Final = KeyModel(ALGORITHMS, "3.2.0.0")
MODELS: Final[dict[str, KeyModel]] = {
    "ePass3000GM": KeyModel(("SM2",), "1.1.23.616"),
    "ePass3003": KeyModel(("RSA2048",), "1.1.16.1220"),
    "诚信飞天3003": KeyModel(("RSA2048",), "1.1.16.1220"),
    "SZCA-SM2 Ukey": KeyModel(("SM2", "RSA2048"), "4.0.2.0"),
    FILES: KeyModel(("RSA2048",), "0"),
    "NETCA Key": KeyModel(("SM2", "RSA2048"), "4.7.6.0"),
}


def model_of(name: str) -> KeyModel:
    return MODELS.get(name, ANY)
