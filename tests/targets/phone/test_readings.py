"""What Android prints is read right on every version, and never trusted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    zone_celsius,
    zone_temperatures,
)

BATTERY_8 = """Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Max charging current: 500000
  Max charging voltage: 5000000
  Charge counter: 2448000
  status: 2
  health: 2
  present: true
  level: 87
  scale: 100
  voltage: 4236
  temperature: 281
  technology: Li-ion
"""
BATTERY_11_UNPLUGGED = """Current Battery Service state:
  (UPDATES STOPPED -- use 'reset' to restart)
  AC powered: false
  USB powered: false
  Wireless powered: false
  Max charging current: 0
  Max charging voltage: 0
  Charge counter: 1203000
  status: 3
  health: 2
  present: true
  level: 42
  scale: 100
  voltage: 3790
  temperature: -35
  technology: Li-ion
"""
HARDWARE_9 = """****** Dump of HardwarePropertiesManagerService ******
CPU temperatures: [34.2, 35.0, 36.1, 34.8, 37.0, 36.4, 35.9, 36.6]
CPU throttling temperatures: [95.0, 95.0, 95.0, 95.0, 95.0, 95.0, 95.0, 95.0]
CPU shutdown temperatures: [115.0, 115.0]
CPU vr throttling temperatures: [-3.4028235E38, -3.4028235E38]
GPU temperatures: [33.5]
GPU throttling temperatures: [-3.4028235E38]
Battery temperatures: [28.1]
Battery shutdown temperatures: [60.0]
Skin temperatures: [30.912]
Skin throttling temperatures: [40.0]
Fan speed: []

Cpu usage of core: 0, active = 1051870, total = 3207600
Cpu usage of core: 1, active = 1037910, total = 3206900
"""
HARDWARE_DENIED = """****** Dump of HardwarePropertiesManagerService ******
CPU temperatures: []
GPU temperatures: []
Battery temperatures: []
Skin temperatures: []
Fan speed: []

"""
THERMAL_10 = """IsStatusOverride: false
ThermalEventListeners:
\tcallbacks: 1
\tkilled: false
\tbroadcasts count: -1
ThermalStatusListeners:
\tcallbacks: 2
\tkilled: false
\tbroadcasts count: -1
Thermal Status: 2
Cached temperatures:
\tTemperature{mValue=41.5, mType=3, mName=skin-old, mStatus=2}
HAL Ready: true
HAL connection:
\tThermalHAL 1.0 connected: yes
Current temperatures from HAL:
\tTemperature{mValue=37.6, mType=0, mName=CPU0, mStatus=0}
\tTemperature{mValue=-3.4028235E38, mType=0, mName=CPU1, mStatus=0}
\tTemperature{mValue=NaN, mType=1, mName=GPU, mStatus=0}
\tTemperature{mValue=28.0, mType=2, mName=battery, mStatus=0}
\tTemperature{mValue=40.912, mType=3, mName=skin, mStatus=2}
Current cooling devices from HAL:
\tCoolingDevice{mValue=0, mType=2, mName=thermal-cpufreq-0}
"""
THERMAL_11_ONLY_CACHED = """IsStatusOverride: false
Thermal Status: 0
Cached temperatures:
\tTemperature{mValue=30.7, mType=3, mName=quiet_therm, mStatus=0}
\tTemperature{mValue=27.5, mType=2, mName=battery, mStatus=0}
HAL Ready: false
"""
MISSING = "Can't find service: thermalservice\n"
STAT = "cpu  47053 3560 58426 369900 2310 0 290 10 7 3"
PROCESS = "4242 (ld-linux a) b) S 1 4242 4242 0 -1 4194560 5 0 0 0 310 25 0 0 20 0 5 0 9000 1 2"


def test_a_battery_on_the_cable_is_charging_though_it_may_be_full() -> None:
    assert parse_battery(BATTERY_8) == Battery(percent=87.0, celsius=28.1, is_charging=True)
    full = BATTERY_8.replace("status: 2", "status: 5").replace("level: 87", "level: 100")
    assert parse_battery(full) == Battery(percent=100.0, celsius=28.1, is_charging=True)


def test_a_battery_in_the_cold_off_the_cable() -> None:
    expected = Battery(percent=42.0, celsius=-3.5, is_charging=False)
    assert parse_battery(BATTERY_11_UNPLUGGED) == expected


def test_a_battery_counts_in_its_own_scale() -> None:
    assert parse_battery("  level: 43\n  scale: 50\n").percent == 86.0


@pytest.mark.parametrize("text", ["", MISSING, "  level: \n  temperature: warm\n  scale: 0"])
def test_a_battery_that_tells_nothing(text: str) -> None:
    assert parse_battery(text) == Battery()


def test_hardware_properties_without_their_limits() -> None:
    found = parse_hardware_properties(HARDWARE_9)
    assert len(found) == 11
    assert (found["CPU 0"], found["CPU 7"]) == (34.2, 36.6)
    assert (found["GPU"], found["Battery"], found["Skin"]) == (33.5, 28.1, 30.912)


@pytest.mark.parametrize("text", ["", HARDWARE_DENIED, "Can't find service: hardware_properties"])
def test_hardware_properties_that_are_denied(text: str) -> None:
    assert parse_hardware_properties(text) == {}


def test_the_thermal_service_tells_what_the_hardware_says_now() -> None:
    found, status = parse_thermal_service(THERMAL_10)
    assert found == {"CPU0": 37.6, "battery": 28.0, "skin": 40.912}
    assert status == 2


def test_the_thermal_service_without_hardware_tells_what_it_heard_last() -> None:
    found, status = parse_thermal_service(THERMAL_11_ONLY_CACHED)
    assert found == {"quiet_therm": 30.7, "battery": 27.5}
    assert status == 0


@pytest.mark.parametrize("text", ["", MISSING, "Thermal Status: 99"])
def test_no_thermal_service(text: str) -> None:
    assert parse_thermal_service(text) == ({}, None)


def test_cpu_times_count_waiting_for_disks_as_idle_and_guests_once() -> None:
    assert parse_cpu_times(STAT) == CpuTimes(
        busy=47053 + 3560 + 58426 + 290 + 10, total=47053 + 3560 + 58426 + 369900 + 2310 + 290 + 10
    )


@pytest.mark.parametrize("line", ["", "cpu", "cpu0 1 2 3 4", "cpu 1 2 x 4", "cpu 1 2 3"])
def test_no_cpu_times(line: str) -> None:
    assert parse_cpu_times(line) is None


def test_a_process_whose_name_has_brackets_and_blanks() -> None:
    assert parse_process_ticks(PROCESS) == 335


@pytest.mark.parametrize("line", ["", "1 (a) S 1", PROCESS.replace("310", "x")])
def test_no_process(line: str) -> None:
    assert parse_process_ticks(line) is None


def test_the_runners_work_is_not_that_of_others() -> None:
    before, now = CpuTimes(100, 1000), CpuTimes(500, 1800)
    assert busy_percent(before, now) == 50.0
    assert others_percent((before, 10), (now, 330)) == 10.0


def test_the_first_reading_tells_no_share() -> None:
    assert busy_percent(None, CpuTimes(1, 2)) is None
    assert others_percent((None, None), (CpuTimes(1, 2), 1)) is None


@given(
    st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
)
def test_shares_are_percentages_whatever_the_counters_do(
    before: tuple[int, int], now: tuple[int, int], ticks: int, now_ticks: int
) -> None:
    times = [CpuTimes(busy, busy + idle) for busy, idle in (before, now)]
    for share in (
        busy_percent(*times),
        others_percent((times[0], ticks), (times[1], now_ticks)),
    ):
        assert share is None or 0.0 <= share <= 100.0


def test_available_memory() -> None:
    assert parse_available_bytes("MemAvailable:    1204 kB") == 1204 * 1024
    assert parse_available_bytes("MemAvailable:") is None


@pytest.mark.parametrize(
    ("text", "celsius"),
    [
        ("342", 34.2),  # tsens of a Pixel 2 counts tenths
        ("28100", 28.1),  # its battery thousandths
        ("31", 31.0),  # back_therm degrees
        ("95000\n", 95.0),
        ("-5000", -5.0),
        ("1049", 104.9),  # a hot core
        ("0", None),
        ("-40", None),
        ("-273000", None),
        ("2147483647", None),
        ("", None),
        ("warm", None),
        ("9" * 400, None),
    ],
)
def test_zones_are_read_in_their_own_scale(text: str, celsius: float | None) -> None:
    assert zone_celsius(text) == celsius


@given(st.floats(16.0, 120.0))
def test_tenths_and_thousandths_mean_the_same(celsius: float) -> None:
    tenths, thousandths = zone_celsius(f"{celsius * 10:.0f}"), zone_celsius(f"{celsius * 1000:.0f}")
    assert tenths is not None
    assert thousandths is not None
    assert tenths == pytest.approx(thousandths, abs=0.051)


def test_zones_that_are_off_are_left_out() -> None:
    zones = {"tsens_tz_sensor1": "342", "bms": "", "pa_therm0": "-274", "battery": "28100"}
    assert zone_temperatures(zones) == {"tsens_tz_sensor1": 34.2, "battery": 28.1}


@pytest.mark.parametrize(
    "parse",
    [
        parse_battery,
        parse_hardware_properties,
        parse_thermal_service,
        parse_cpu_times,
        parse_process_ticks,
        parse_available_bytes,
        zone_celsius,
    ],
)
@given(data=st.data())
def test_no_text_makes_a_reader_fail(parse: Callable[[str], object], data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from([BATTERY_8, HARDWARE_9, THERMAL_10, STAT, PROCESS, MISSING])
        | st.text(max_size=200)
    )
    start = data.draw(st.integers(0, len(whole)))
    parse(whole[start:] + data.draw(st.text(max_size=20)) + whole[:start])
