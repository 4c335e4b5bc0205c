"""Certificates to import: really signed, by an authority that nobody else knows, and the rows that speak of them."""

import base64
import csv
import io
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from portal.gm import SM2PrivateKey, x509
from renewals.importing.columns import HEADINGS, label

CREDIT_CODE = "91440300MA5DEM011A"
ENDS = datetime(2027, 3, 5, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shenzhen
BEGINS = datetime(2022, 3, 6, tzinfo=UTC)


@cache
def certificate(serial: int = 0x51A7, *, algorithm: str = "sm2", ends: datetime = ENDS) -> str:
    """PEM; the same for the same arguments."""
    key: Any = (
        SM2PrivateKey.generate()
        if algorithm == "sm2"
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    return x509.build_certificate(
        issuer_key=SM2PrivateKey.generate(),
        issuer_subject_der=x509.build_name([("C", "CN"), ("CN", "Test CA")]),
        subject_der=x509.build_name([("C", "CN"), ("O", "深圳市测试证券股份有限公司"), ("CN", f"H{serial:05d}")]),
        public_key=x509.public_key_of(key),
        serial=serial,
        not_before=BEGINS,
        not_after=ends,
    ).pem


def row(serial: int = 0x51A7, /, **more: str) -> dict[str, str]:
    """A good row: field → text; "" takes a field out."""
    cells = {
        "programme": "cgn-sm2",
        "holder_name": "深圳市测试证券股份有限公司",
        "holder_code": CREDIT_CODE,
        "certificate": certificate(serial),
        "medium_number": f"3888{serial:012d}",
        "key_model": "SZCA-SM2 Ukey",
    } | more
    return {field: text for field, text in cells.items() if text}


def bare(pem: str) -> str:
    """DER in base64, on one line."""
    return base64.b64encode(base64.b64decode("".join(pem.splitlines()[1:-1]))).decode()


def csv_of(*rows: dict[str, str], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    fields = [field for field in HEADINGS if any(field in cells for cells in rows)]
    text = io.StringIO()
    out = csv.writer(text, delimiter=delimiter)
    out.writerow([label(field) for field in fields])
    out.writerows([[cells.get(field, "") for field in fields] for cells in rows])
    return text.getvalue().encode(encoding)
