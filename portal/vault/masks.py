"""What may be shown of a personal value. Pure.

Everything that isn't plainly of the expected form is hidden wholly rather than half.
"""

from collections.abc import Callable

HIDDEN = "••••••"


def mask_phone(value: str) -> str:
    """19900001234 → 199****1234; +8619900001234 likewise."""
    digits = value.strip().removeprefix("+86").replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) < 7:
        return HIDDEN
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"{digits[:1]}****{digits[-2:]}"


def mask_id_number(value: str) -> str:
    """11010519491231002X → 1****************X: the first and the last character."""
    text = value.strip()
    return f"{text[0]}{'*' * (len(text) - 2)}{text[-1]}" if len(text) >= 6 else HIDDEN


def mask_name(value: str) -> str:
    """王小明 → 王**; 王明 → 王*; 一个字 → *."""
    text = value.strip()
    return f"{text[0]}{'*' * min(len(text) - 1, 3)}" if len(text) > 1 else "*" * len(text) or HIDDEN


def mask_email(value: str) -> str:
    """someone@example.com → s***@example.com."""
    local, at, domain = value.strip().rpartition("@")
    return f"{local[0]}***@{domain}" if at and local and domain else HIDDEN


def mask_account(value: str) -> str:
    """A bank account: its last four digits."""
    digits = value.replace(" ", "")
    return f"**** {digits[-4:]}" if len(digits) >= 8 else HIDDEN


def mask_address(value: str) -> str:
    """深圳市福田区测试路 1 号 → 深圳市福田区****: not more than the district."""
    text = "".join(value.split())
    return f"{text[:6]}****" if len(text) >= 8 else HIDDEN


def mask_text(_value: str) -> str:
    return HIDDEN


MASKS: dict[str, Callable[[str], str]] = {
    "phone": mask_phone,
    "id_number": mask_id_number,
    "name": mask_name,
    "email": mask_email,
    "account": mask_account,
    "text": mask_text,
}


def mask_for(field_name: str) -> str:
    """The mask that a field's name suggests: "display_name" → "name", "handler_phone" → "phone"."""
    endings = {"mobile": "phone", "phone": "phone", "id_number": "id_number", "name": "name", "email": "email"}
    return next((mask for ending, mask in endings.items() if field_name.endswith(ending)), "text")
