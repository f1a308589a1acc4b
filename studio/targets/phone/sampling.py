"""What to ask a phone about its condition, and what the answers add up to; knows no cable.

One shell waits on the phone; each line that it is sent makes it read what is wanted, mostly
without starting a process. It ends with its standard input, and so with the cable.
"""

from __future__ import annotations

from collections.abc import Sequence

from studio.runs.phone_events import PhoneSample
from studio.targets.phone.readings import (
    Battery,
    CpuTimes,
    busy_percent,
    others_percent,
    parse_available_bytes,
    parse_battery,
    parse_cpu_times,
    parse_hardware_properties,
    parse_process_ticks,
    parse_thermal_service,
    zone_temperatures,
)

END = "@end"
_HAS_ZONES = "@zones"
_DUMP, _DONE = "@dump ", "@done"
_MOST_SENSORS = 32
_MOST_CPUS = 256
# dumpsys starts a process and wakes a service; these change slowly.
_TEMPERATURES_EVERY = 2
_BATTERY_EVERY = 5

# Letters of a request: z zones, h hardware_properties, t thermalservice, b battery.
SCRIPT = r"""
zones=
for z in /sys/class/thermal/thermal_zone*; do
  v=; { read -r v < $z/temp; } 2>/dev/null
  [ -n "$v" ] && zones="$zones $z"
done
[ -n "$zones" ] && echo @zones
echo @end
while read -r want pid; do
  for c in /sys/devices/system/cpu/cpu[0-9]*; do
    v=; { read -r v < $c/cpufreq/scaling_cur_freq; } 2>/dev/null
    echo "clock ${c##*cpu} $v"
  done
  v=; { read -r v < /proc/stat; } 2>/dev/null; echo "times $v"
  { while read -r v; do case $v in MemAvailable*) echo "memory $v"; break;; esac; done \
    < /proc/meminfo; } 2>/dev/null
  if [ -n "$pid" ]; then v=; { read -r v < /proc/$pid/stat; } 2>/dev/null; echo "process $v"; fi
  case $want in *z*) for z in $zones; do
    n=; { read -r n < $z/type; } 2>/dev/null
    v=; { read -r v < $z/temp; } 2>/dev/null
    echo "zone $v ${n:-${z##*/}}"
  done;; esac
  case $want in *h*) echo "@dump hardware"; dumpsys -t 3 hardware_properties 2>&1; echo @done;; esac
  case $want in *t*) echo "@dump thermal"; dumpsys -t 3 thermalservice 2>&1; echo @done;; esac
  case $want in *b*) echo "@dump battery"; dumpsys -t 3 battery 2>&1; echo @done;; esac
  echo @end
done
"""


class Questions:
    """Which sources to ask next. One that has nothing to tell is not asked again.

    Args:
        greeting: lines that the script prints first.
    """

    def __init__(self, greeting: Sequence[str]) -> None:
        self._sources = "zt" if _HAS_ZONES in greeting else "th"
        self._count = 0
        self._clocks: tuple[int, ...] = ()
        self._temperatures: dict[str, float] = {}
        self._status: int | None = None
        self._battery: Battery | None = Battery()
        self._times: CpuTimes | None = None
        self._ticks: int | None = None
        self._pid: int | None = None

    def request(self, runner_pid: int | None) -> bytes:
        """The next line for the script.

        Args:
            runner_pid: of the runner, if it runs.
        """
        wanted = "-"
        if self._count % _TEMPERATURES_EVERY == 0:
            wanted += self._sources
        if self._count % _BATTERY_EVERY == 0 and self._battery is not None:
            wanted += "b"
        self._count += 1
        if runner_pid != self._pid:
            self._ticks = None  # those of another process
            self._pid = runner_pid
        return f"{wanted} {runner_pid or ''}\n".encode()

    def sample(self, lines: Sequence[str]) -> PhoneSample:
        """Read the script's answer.

        Args:
            lines: up to `END`, without it.
        """
        plain, dumps = _parts(lines)
        clocks: dict[int, int] = {}
        zones: dict[str, str] = {}
        times = ticks = memory = None
        for line in plain:
            key, _, rest = line.partition(" ")
            if key == "clock":
                cpu, _, clock = rest.partition(" ")
                if cpu.isdigit() and int(cpu) < _MOST_CPUS:
                    clocks[int(cpu)] = int(clock) if clock.strip().isdigit() else 0
            elif key == "times":
                times = parse_cpu_times(rest)
            elif key == "process":
                ticks = parse_process_ticks(rest)
            elif key == "memory":
                memory = parse_available_bytes(rest)
            elif key == "zone":
                value, _, name = rest.partition(" ")
                if len(zones) < _MOST_SENSORS:
                    zones[_unused(name, zones)] = value
        self._take_temperatures(zones, dumps)
        if self._battery is not None and "battery" in dumps:
            battery = parse_battery(dumps["battery"])
            self._battery = None if battery == Battery() else battery
        battery = self._battery or Battery()
        now = (times, ticks)
        before = (self._times, self._ticks)
        self._times, self._ticks = now
        return PhoneSample(
            clocks_khz=_in_order(clocks),
            temperatures_celsius=dict(self._temperatures),
            battery_percent=battery.percent,
            battery_celsius=battery.celsius,
            is_charging=battery.is_charging,
            memory_available_bytes=memory,
            busy_percent=busy_percent(before[0], times),
            others_busy_percent=others_percent(before, now),
            thermal_status=self._status,
        )

    def _take_temperatures(self, zones: dict[str, str], dumps: dict[str, str]) -> None:
        by_source: dict[str, dict[str, float]] = {}
        if zones:
            by_source["z"] = zone_temperatures(zones)
        if "thermal" in dumps:
            by_source["t"], self._status = parse_thermal_service(dumps["thermal"])
        if "hardware" in dumps:
            by_source["h"] = parse_hardware_properties(dumps["hardware"])
        if not by_source:
            return
        told = [source for source in "zth" if by_source.get(source)]
        self._temperatures = by_source[told[0]] if told else {}
        if "z" in by_source and "z" not in told:
            self._sources = "th"  # zones that are all off; the services may know more
            return
        keeps_status = self._status is not None
        self._sources = "".join(
            source
            for source in self._sources
            if source in told[:1] or (source == "t" and keeps_status)
        )


def _parts(lines: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Plain lines, and the dumps by name."""
    plain: list[str] = []
    dumps: dict[str, list[str]] = {}
    dump: list[str] | None = None
    for line in lines:
        if line == _DONE:
            dump = None
        elif dump is not None:
            dump.append(line)
        elif line.startswith(_DUMP):
            dump = dumps.setdefault(line.removeprefix(_DUMP), [])
        else:
            plain.append(line)
    return plain, {name: "\n".join(content) for name, content in dumps.items()}


def _in_order(clocks: dict[int, int]) -> tuple[int, ...]:
    """By CPU; empty when none tells."""
    if not any(clocks.values()):
        return ()
    return tuple(clocks.get(cpu, 0) for cpu in range(max(clocks) + 1))


def _unused(name: str, taken: dict[str, str]) -> str:
    number, unused = 2, name
    while unused in taken:
        number, unused = number + 1, f"{name} {number}"
    return unused
