"""What can stand between the studio and a phone, in words."""

from __future__ import annotations

from dataclasses import dataclass

from studio.errors import PhoneError

CONNECT_REMEDY = (
    "Connect a phone with a USB data cable and switch on USB debugging: Settings, System, "
    "Developer options. Those appear after seven taps on the build number in About phone."
)
_REPLUG = "Unplug the cable, plug it in again, and unlock the phone."
_START_ANDROID = "Start Android on it: hold the power button for ten seconds, or `adb reboot`."


class PhoneGoneError(PhoneError):
    """The phone, its cable or adb went away; all may be well once it is back."""


class PhoneTimeoutError(PhoneError):
    """The phone is there and does not answer in time."""


@dataclass(frozen=True, slots=True)
class PhoneTrouble:
    """Why a phone cannot be used, and what to do.

    Attributes:
        code: `unauthorized`, `authorizing`, `offline`, `no-permissions`, `not-booted`,
            `wrong-abi`, `no-space`, `unwritable`, `too-old`, `silent` or `unknown`.
        message: what is the matter.
        remedy: what to do about it.
        details: adb's own words.
    """

    code: str
    message: str
    remedy: str
    details: str = ""

    def error(self, name: str) -> PhoneError:
        """As an exception.

        Args:
            name: of the phone, as the user knows it.
        """
        message = f"The phone {name} cannot be used: {self.message}."
        # Nothing but time or a hand on the cable is needed for these.
        kind = PhoneGoneError if self.code in ("offline", "authorizing") else PhoneError
        return kind(message, remedy=self.remedy, details=self.details)


def trouble_of_state(state: str) -> PhoneTrouble | None:
    """What is the matter with a phone in one of adb's states.

    Args:
        state: as adb lists it, such as `device` or `unauthorized`.

    Returns:
        None for a phone that is ready.
    """
    if state == "device":
        return None
    if state.startswith("no permissions"):
        return PhoneTrouble(
            "no-permissions",
            "this computer's user may not open its USB device",
            "On Linux install the udev rules for Android (on Debian and Ubuntu the package "
            "android-sdk-platform-tools-common), add yourself to the group plugdev, log in "
            "again and replug the phone.",
            state,
        )
    known = _STATES.get(state)
    if known is None:
        return PhoneTrouble("unknown", f"adb calls its state “{state}”", _REPLUG, state)
    return PhoneTrouble(*known, state)


def error_from_adb(words: str, doing: str, serial: str | None) -> PhoneError:
    """Put adb's refusal into words.

    Args:
        words: that the adb server or daemon answered.
        doing: what was being done, such as `listing the phones`.
        serial: of the phone, if one was meant.
    """
    name = serial or "on the cable"
    lower = words.lower()
    if ("not found" in lower and "device" in lower) or "no devices" in lower:
        return gone_error(doing, serial, words)
    if "unauthorized" in lower:
        return _trouble("unauthorized").error(name)
    if "authorizing" in lower or "connecting" in lower:
        return _trouble("authorizing").error(name)
    if "offline" in lower:
        return _trouble("offline").error(name)
    if "permissions" in lower:
        trouble = trouble_of_state("no permissions")
        assert trouble is not None
        return trouble.error(name)
    if lower.strip() in ("closed", "error: closed", "protocol fault", ""):
        return gone_error(doing, serial, words)
    return PhoneError(
        f"adb refused {doing}: {' '.join(words.split())}.", remedy=_REPLUG, details=words
    )


def gone_error(doing: str, serial: str | None, details: str = "") -> PhoneGoneError:
    """The phone vanished."""
    name = f"The phone {serial}" if serial else "The phone"
    return PhoneGoneError(
        f"{name} is not connected any more; it went away while {doing}.",
        remedy="Plug it in again.",
        details=details,
    )


def server_gone_error(doing: str, details: str = "") -> PhoneGoneError:
    """The adb server died."""
    return PhoneGoneError(
        f"The adb server, which speaks to the phones, ended while {doing}.",
        remedy="Try again: it is started anew.",
        details=details,
    )


def timeout_error(doing: str, serial: str | None, seconds: float) -> PhoneTimeoutError:
    """The phone, or the server, is silent."""
    name = f"The phone {serial}" if serial else "The adb server"
    return PhoneTimeoutError(
        f"{name} did not answer within {seconds:.3g} s while {doing}.",
        remedy=_REPLUG if serial else "Run `adb kill-server` and try again.",
    )


def _trouble(state: str) -> PhoneTrouble:
    return PhoneTrouble(*_STATES[state], state)


_STATES: dict[str, tuple[str, str, str]] = {
    "unauthorized": (
        "unauthorized",
        "it has not allowed this computer to debug it",
        "Unlock the phone and tap Allow in the question about USB debugging. If none comes, "
        "choose Revoke USB debugging authorizations in its developer options and replug it.",
    ),
    "authorizing": (
        "authorizing",
        "it is just making up its mind about this computer",
        "Wait a moment, and unlock the phone.",
    ),
    "connecting": (
        "authorizing",
        "it is just being connected",
        "Wait a moment, and unlock the phone.",
    ),
    "offline": ("offline", "it is plugged in and does not answer", _REPLUG),
    "detached": ("offline", "adb was told to let go of it", "Run `adb attach`, or replug it."),
    "recovery": ("not-booted", "it is in recovery mode", _START_ANDROID),
    "rescue": ("not-booted", "it is in rescue mode", _START_ANDROID),
    "sideload": ("not-booted", "it waits for an update (sideload)", _START_ANDROID),
    "bootloader": ("not-booted", "it is in its bootloader", _START_ANDROID),
    "host": ("unknown", "it is no phone", "Connect a phone."),
}
