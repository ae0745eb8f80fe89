"""What is shown of a clear value to whoever has not asked for it: 张*, 138****1234, an identity number's last four."""

from __future__ import annotations

from collections.abc import Callable, Mapping

STAR = "*"
HIDDEN = "****"
END = 4
HEAD = 3
PHONE = 11


def name(text: str) -> str:
    """The family name's first character: 张*; of a name in letters the first letter."""
    return text[0] + STAR if text else ""


def mobile(text: str) -> str:
    """First three and last four of a number that is long enough; else the last two at most."""
    digits = "".join(each for each in text if each.isdigit())
    if len(digits) >= PHONE:
        return digits[:HEAD] + HIDDEN + digits[-END:]
    return HIDDEN + (digits[-2:] if len(digits) > END else "")


def id_number(text: str) -> str:
    """The last four characters of what has at least eight."""
    return HIDDEN + (text[-END:] if len(text) >= 2 * END else "")


def email(text: str) -> str:
    """The first letter and the domain."""
    user, at, domain = text.rpartition("@")
    return f"{user[:1]}{HIDDEN}@{domain}" if at and len(user) > 1 else HIDDEN


def address(text: str) -> str:
    """Province and city, that is the first six characters of an address that goes on beyond twelve."""
    return text[:6] + HIDDEN if len(text) > 12 else HIDDEN


MASKS: Mapping[str, Callable[[str], str]] = {
    "name": name, "mobile": mobile, "id_number": id_number, "email": email, "address": address,
}  # fmt: skip


def masked(values: Mapping[str, str]) -> dict[str, str]:
    """Every value as it may be shown."""
    return {field: MASKS[field](value) for field, value in values.items() if field in MASKS and value}
