"""The adb server's list is understood, whatever state a phone is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import PhoneError
from studio.targets.phone.devices import pick
from studio.targets.phone.listing import Phone, parse_listing
from studio.targets.phone.troubles import PhoneGoneError, error_from_adb, trouble_of_state

LISTED = """\
FA7AB1A00001           device usb:1-2.4 product:walleye model:Pixel_2 device:walleye transport_id:3
FA7AB1A00002           unauthorized usb:1-3 transport_id:4
FA7AB1A00003           offline transport_id:5
????????????           no permissions (user in plugdev group; are your udev rules wrong?); \
see [http://developer.android.com/tools/device.html] usb:1-4 transport_id:6
127.0.0.1:21044        device product:walleye model:Pixel_2_XL device:taimen transport_id:12
FA7AB1A00006           recovery usb:2-1 product:walleye model:Pixel_2 device:walleye transport_id:7
FA7AB1A00007\tno permissions
"""
READY, UNAUTHORIZED, OFFLINE, FORBIDDEN, NETWORKED, RECOVERY, BARE = parse_listing(LISTED)


def test_a_ready_phone_is_listed_with_its_names_and_place() -> None:
    assert (READY.serial, READY.state, READY.trouble) == ("FA7AB1A00001", "device", None)
    assert (READY.model, READY.product) == ("Pixel 2", "walleye")
    assert (READY.place, READY.transport) == ("usb:1-2.4", 3)
    assert READY.name == "Pixel 2 (FA7AB1A00001)"


def test_a_phone_on_the_network_has_no_place() -> None:
    assert (NETWORKED.serial, NETWORKED.place) == ("127.0.0.1:21044", "")
    assert NETWORKED.transport == 12


@pytest.mark.parametrize(
    ("phone", "code", "place"),
    [
        (UNAUTHORIZED, "unauthorized", "usb:1-3"),
        (OFFLINE, "offline", ""),
        (FORBIDDEN, "no-permissions", "usb:1-4"),
        (RECOVERY, "not-booted", "usb:2-1"),
        (BARE, "no-permissions", ""),
    ],
)
def test_every_trouble_has_a_remedy(phone: Phone, code: str, place: str) -> None:
    assert phone.trouble is not None
    assert phone.trouble.code == code
    assert phone.trouble.remedy
    assert phone.place == place
    assert phone.name in str(phone.trouble.error(phone.name))


@given(st.text(min_size=1))
def test_an_unheard_of_state_is_a_trouble_too(state: str) -> None:
    trouble = trouble_of_state(state)
    assert (trouble is None) == (state == "device")


@given(st.text())
def test_no_list_makes_the_reader_fail(text: str) -> None:
    parse_listing(text)


_names = st.from_regex(r"[A-Za-z0-9_:.-]{1,30}", fullmatch=True)


@given(
    st.lists(
        st.tuples(_names, st.sampled_from(["device", "offline", "unauthorized", "recovery"])),
        max_size=5,
    )
)
def test_as_many_phones_as_lines(rows: list[tuple[str, str]]) -> None:
    text = "".join(f"{serial:22} {state} transport_id:1\n" for serial, state in rows)
    assert [(phone.serial, phone.state) for phone in parse_listing(text)] == rows


def test_the_only_usable_phone_is_meant() -> None:
    assert pick([UNAUTHORIZED, READY, OFFLINE], None) is READY


@pytest.mark.parametrize("wanted", ["FA7AB1A00001", "Pixel 2", "pixel_2", "PIXEL 2"])
def test_a_phone_is_meant_by_serial_or_model(wanted: str) -> None:
    assert pick([NETWORKED, READY], wanted) is READY


def test_a_code_name_that_two_phones_share_is_not_clear() -> None:
    with pytest.raises(PhoneError, match="not clear") as caught:
        pick([READY, NETWORKED], "walleye")
    assert READY.serial in caught.value.message
    assert NETWORKED.serial in caught.value.message
    assert "--serial" in caught.value.remedy


def test_two_usable_phones_are_not_clear() -> None:
    with pytest.raises(PhoneError, match="not clear"):
        pick([READY, NETWORKED, OFFLINE], None)


def test_no_phone_at_all_tells_how_to_connect_one() -> None:
    for wanted in (None, "FA7"):
        with pytest.raises(PhoneGoneError) as caught:
            pick([], wanted)
        assert "USB debugging" in caught.value.remedy


def test_a_phone_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(PhoneGoneError, match=READY.serial):
        pick([READY, UNAUTHORIZED], "FA7AB1A09999")


def test_the_only_phone_is_in_trouble() -> None:
    with pytest.raises(PhoneError, match="allowed") as caught:
        pick([UNAUTHORIZED], None)
    assert "Allow" in caught.value.remedy
    with pytest.raises(PhoneError, match="does not answer"):
        pick([READY, OFFLINE], OFFLINE.serial)


@pytest.mark.parametrize(
    ("words", "is_gone", "part"),
    [
        ("device 'FA7' not found", True, "not connected"),
        ("no devices/emulators found", True, "not connected"),
        ("device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set", False, "allowed"),
        ("device still authorizing", True, "making up its mind"),
        ("device offline", True, "does not answer"),
        ("insufficient permissions for device: user in plugdev group", False, "USB device"),
        ("closed", True, "not connected"),
        ("unknown host service", False, "unknown host service"),
    ],
)
def test_adbs_words_are_translated(words: str, is_gone: bool, part: str) -> None:
    error = error_from_adb(words, "looking", "FA7")
    assert isinstance(error, PhoneGoneError) == is_gone
    assert part in str(error)
    assert error.remedy
