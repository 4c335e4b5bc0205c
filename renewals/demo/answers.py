"""What the demo's customers fill in."""

from stdnum.cn import ric

from portal.tenants.models import ServicePoint
from renewals.demo.people import CUSTOMERS
from renewals.models import Certificate
from renewals.steps import contacts


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


def all_answers(mobile: str, certificate: Certificate, business: str) -> dict[str, str]:
    """Something for every field that a programme may ask for; by post, without a seal, a lost key, a new name."""
    name = CUSTOMERS[mobile]
    address = "广东省深圳市南山区示例路 1 号 测试大厦 6 楼"
    point = ServicePoint.objects.order_by("id").first()
    person = {"name": name, "mobile": mobile, "phone": "", "email": "handler@example.cn", "kind": "business"}
    renamed = {"organisation_name": f"{certificate.holder_name}（新）"} if business == "subject_change" else {}
    return organisation_answers(mobile, certificate) | {
        **renamed,
        "certificate_user_name": name,
        "business_department": "证书管理室",
        "representative_address": address,
        "contacts": contacts.text_of([person]),
        "collection": "mail",
        "collection_address": address,
        "service_point": point.public_id if point else "",
        "recipient_name": name,
        "recipient_mobile": mobile,
        "recipient_address": address,
        "seal": "no",
        "replacement_reason": "lost" if business == "replacement" else "",
        "remark": "",
    }
