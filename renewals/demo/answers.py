"""What the demo's customers fill in."""

from stdnum.cn import ric

from renewals.demo.people import CUSTOMERS
from renewals.models import Certificate


def answers(mobile: str, certificate: Certificate, *, years: str = "1", identity_mobile: str = "") -> dict[str, str]:
    """An application of this customer. Region 990101 is no place, so the ID number is nobody's."""
    body = f"990101199{int(mobile[-2:]) % 10}0307{int(mobile[-3:]):03d}"
    return {
        "term_years": years,
        "representative_name": CUSTOMERS[mobile],
        "representative_id_kind": "id_card",
        "representative_id_number": body + ric.calc_check_digit(body + "0"),
        "representative_mobile": identity_mobile or mobile,
        "representative_email": "handler@example.cn",
        "invoice_kind": "ordinary",
        "invoice_title": certificate.holder_name,
        "invoice_tax_number": certificate.holder_code,
    }


def organisation_answers(
    mobile: str, certificate: Certificate, *, legal: str = "沈若川", **more: str
) -> dict[str, str]:
    """The same for an expired certificate, which is also asked who the holder is (RULES C6)."""
    return answers(mobile, certificate, **more) | {
        "organisation_name": certificate.holder_name,
        "organisation_code": certificate.holder_code,
        "legal_representative": legal,
    }
