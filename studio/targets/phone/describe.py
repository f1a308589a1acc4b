"""Asking a phone what it is, in one command, and whether it will do."""

from __future__ import annotations

from collections.abc import Mapping

from studio.targets.phone.adb import AdbPhone, parse_properties
from studio.targets.phone.listing import PhoneDetails
from studio.targets.phone.paths import ROOT
from studio.targets.phone.troubles import PhoneTrouble

NEEDED_ABI = "arm64-v8a"
OLDEST_API_LEVEL = 26
OLDEST_ANDROID = "8"
# The bundle, a model and a short clip; pushing looks closer.
LEAST_FREE_BYTES = 48 << 20
LAB_PROPERTY = "ro.jejunet.lab"

_PARENT = ROOT.rpartition("/")[0]
_MARK = "--jejunet--"
# Shell builtins where possible: a process more on the phone is a moment more until the first frame.
_COMMAND = f"""getprop
echo {_MARK}
uname -r
echo {_MARK}
for c in /sys/devices/system/cpu/cpu[0-9]*; do
  v=; {{ read -r v < $c/cpufreq/cpuinfo_max_freq; }} 2>/dev/null
  echo "${{c##*cpu}} $v"
done
echo {_MARK}
df -kP {_PARENT} 2>/dev/null || df -k {_PARENT} 2>/dev/null || df {_PARENT}
echo {_MARK}
[ -w {_PARENT} ] && echo writable
"""


def describe(phone: AdbPhone, timeout_seconds: float = 5.0) -> PhoneDetails:
    """Ask a phone what it is.

    Raises:
        PhoneError: it does not answer, or adb refuses.
    """
    result = phone.shell(_COMMAND, timeout_seconds, "asking the phone what it is")
    return parse_description(result.out)


def parse_description(text: str) -> PhoneDetails:
    """Read the answer; what is missing in it is left empty."""
    parts = [part.strip("\n") for part in text.replace("\r", "").split(f"{_MARK}\n")]
    properties_text, kernel, cpus_text, space, writable = [*parts, "", "", "", "", ""][:5]
    properties = parse_properties(properties_text)
    clocks = _clocks(cpus_text)
    level = properties.get("ro.build.version.sdk", "")
    abi = properties.get("ro.product.cpu.abi", "")
    abis = properties.get("ro.product.cpu.abilist", "") or abi
    return PhoneDetails(
        model=properties.get("ro.product.model", ""),
        product=properties.get("ro.product.name", "") or properties.get("ro.product.device", ""),
        android=properties.get("ro.build.version.release", ""),
        api_level=int(level) if level.isdigit() else 0,
        abi=abi,
        abis=tuple(filter(None, abis.split(","))),
        kernel=kernel.strip(),
        cpus=len(clocks),
        clusters=clusters_of(clocks),
        is_lab=properties.get(LAB_PROPERTY) == "1",
        free_bytes=parse_free_bytes(space),
        can_write=writable.strip() == "writable",
    )


def trouble_of(details: PhoneDetails) -> PhoneTrouble | None:
    """Why a phone that answers will not do all the same; None when it will."""
    if details.api_level and details.api_level < OLDEST_API_LEVEL:
        return PhoneTrouble(
            "too-old",
            f"it has Android {details.android}",
            f"Use a phone with Android {OLDEST_ANDROID} or newer.",
        )
    if details.abis and NEEDED_ABI not in details.abis:
        return PhoneTrouble(
            "wrong-abi",
            f"its processor or system is {details.abi}, and the runner is made for {NEEDED_ABI}",
            "Use a phone with a 64-bit ARM processor and system.",
        )
    if not details.can_write:
        return PhoneTrouble(
            "unwritable",
            f"nothing may be written to {_PARENT}",
            "Restart the phone; if that does not help, ask whoever manages it.",
        )
    if details.free_bytes is not None and details.free_bytes < LEAST_FREE_BYTES:
        return PhoneTrouble(
            "no-space",
            f"only {details.free_bytes / 2**20:.0f} MiB of its storage are free",
            f"Free {LEAST_FREE_BYTES >> 20} MiB on the phone; `jejunet clean-phone` removes "
            "what we put there.",
        )
    return None


def clusters_of(clocks_khz: Mapping[int, int]) -> tuple[tuple[int, ...], ...]:
    """Group CPUs by their highest clock.

    Args:
        clocks_khz: by CPU; 0 where it is not known.

    Returns:
        Slow ones first; empty when no clock is known.
    """
    known = sorted({clock for clock in clocks_khz.values() if clock})
    return tuple(
        tuple(sorted(cpu for cpu, clock in clocks_khz.items() if clock == speed)) for speed in known
    )


def parse_free_bytes(text: str) -> int | None:
    """Read what `df -k` prints for one folder.

    Args:
        text: a heading, then the file system's name, size, used and free kibibytes.
    """
    words = text.split("\n", 1)[-1].split()
    # A long name may have pushed the numbers to a line of their own; the name has no blanks.
    numbers = [word for word in words[1:4] if word.isdigit()]
    return int(numbers[2]) * 1024 if len(numbers) == 3 else None


def _clocks(text: str) -> dict[int, int]:
    clocks = {}
    for line in text.splitlines():
        cpu, _, clock = line.partition(" ")
        if cpu.isdigit():
            clocks[int(cpu)] = int(clock) if clock.strip().isdigit() else 0
    return clocks
