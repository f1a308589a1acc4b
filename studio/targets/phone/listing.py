"""The phones that the adb server knows, as it lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from studio.targets.phone.troubles import PhoneTrouble, trouble_of_state

_STATE = r"no permissions.*?(?=\s+(?:usb|transport_id|product):|$)|\S+"
_LINE = re.compile(rf"^(?P<serial>\S+)\s+(?P<state>{_STATE})(?P<rest>.*)$")
_FIELD = re.compile(r"(?:^|\s)(?P<name>product|model|device|transport_id):(?P<value>\S*)")
_PLACE = re.compile(r"^\s*(?P<place>(?!(?:product|model|device|transport_id):)\S+)")


@dataclass(frozen=True, slots=True)
class PhoneDetails:
    """What a phone tells about itself.

    Attributes:
        model: as on its box, such as `Pixel 2`.
        product: code name, such as `walleye`.
        android: version, such as `11`.
        api_level: such as 30; 0 where it does not tell.
        abi: that it prefers, such as `arm64-v8a`.
        abis: all that it can run.
        kernel: release.
        cpus: how many.
        clusters: CPUs that share a highest clock, slow ones first; empty where it does not tell.
        is_lab: whether it says of itself that it is emulated.
        free_bytes: where our files go; None where it does not tell.
        can_write: whether our files can be written there.
    """

    model: str
    product: str
    android: str
    api_level: int
    abi: str
    abis: tuple[str, ...]
    kernel: str
    cpus: int
    clusters: tuple[tuple[int, ...], ...]
    is_lab: bool
    free_bytes: int | None
    can_write: bool = True


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that adb knows.

    Attributes:
        serial: by which adb knows it.
        state: in adb's words, such as `device` (ready), `unauthorized` or `offline`.
        model: such as `Pixel 2`; empty while it is not ready.
        product: code name, such as `walleye`; empty while it is not ready.
        place: of the cable, such as `usb:1-2`; empty for a phone on the network.
        transport: a number that is new each time it is plugged in.
        trouble: why it cannot be used; None when it can, as far as is known.
        details: what it told about itself; None before it was asked.
    """

    serial: str
    state: str
    model: str = ""
    product: str = ""
    place: str = ""
    transport: int = 0
    trouble: PhoneTrouble | None = None
    details: PhoneDetails | None = None

    @property
    def name(self) -> str:
        """As shown to the user: the model and the serial."""
        return f"{self.model} ({self.serial})" if self.model else self.serial

    def told(self, details: PhoneDetails, trouble: PhoneTrouble | None) -> Phone:
        """The same phone after it was asked."""
        return replace(self, details=details, trouble=trouble, model=details.model or self.model)

    def in_trouble(self, trouble: PhoneTrouble) -> Phone:
        """The same phone, which cannot be used."""
        return replace(self, trouble=trouble)


def parse_listing(text: str) -> list[Phone]:
    """Read the adb server's long list.

    Args:
        text: lines such as `HT7 device usb:1-2 product:walleye model:Pixel_2 transport_id:3`.

    Returns:
        The phones in the server's order.
    """
    phones = []
    for line in text.splitlines():
        match = _LINE.match(line.strip())
        if match is None:
            continue
        rest = match["rest"]
        fields = {field["name"]: field["value"] for field in _FIELD.finditer(rest)}
        place = _PLACE.match(rest)
        number = fields.get("transport_id", "")
        phones.append(
            Phone(
                serial=match["serial"],
                state=match["state"],
                model=fields.get("model", "").replace("_", " "),
                product=fields.get("product", ""),
                place=place["place"] if place else "",
                transport=int(number) if number.isdigit() else 0,
                trouble=trouble_of_state(match["state"]),
            )
        )
    return phones
