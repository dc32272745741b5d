"""A meter holds memory back from one execution to the next, and leaves some to report in."""

import mmap
import os
import resource
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from isolambda_core.domain.limits import MIB
from isolambda_executor import metering
from isolambda_executor.metering import Meter

_HELD = 40 * MIB
_NEEDED = 64 * MIB


@pytest.fixture
def meter() -> Iterator[Meter]:
    """Return a meter that is started, and holds ``_HELD`` bytes back."""
    meter = Meter(os.open("/proc", os.O_PATH))
    meter.start()
    meter.hold_memory_back(meter._data + _NEEDED + _HELD, _NEEDED)
    yield meter
    meter.release_memory()


def test_what_is_more_than_an_execution_needs_is_held_back(meter: Meter) -> None:
    held = meter.held_bytes
    meter.look()

    assert held == _HELD
    assert meter.held_bytes == _HELD


@pytest.mark.parametrize(("more", "changes"), [(0, 0), (MIB // 2, 0), (-MIB // 2, 0), (8 * MIB, 1)])
def test_the_next_execution_finds_it_held_unless_it_needs_another_size(
    meter: Meter, monkeypatch: pytest.MonkeyPatch, more: int, changes: int
) -> None:
    sizes: list[int] = []

    def make_writable(_address: int, size: int) -> bool:
        sizes.append(size)
        return True

    monkeypatch.setattr(metering, "make_writable", make_writable)

    meter.start()
    without = meter._data - meter.held_bytes
    meter.hold_memory_back(without + _NEEDED + _HELD + more, _NEEDED)

    assert sizes == [_HELD + more] * changes


@pytest.mark.parametrize(("faults", "restarts"), [(7, 0), (8, 1)])
def test_memory_is_measured_anew_only_if_it_has_changed_since_that_was_prepared(
    meter: Meter, monkeypatch: pytest.MonkeyPatch, faults: int, restarts: int
) -> None:
    usage = SimpleNamespace(ru_utime=1.0, ru_stime=1.0, ru_minflt=7)
    monkeypatch.setattr(resource, "getrusage", lambda _: usage)
    meter.prepare()
    looked = []
    monkeypatch.setattr(meter, "look", lambda: looked.append(1))

    usage.ru_minflt = faults
    meter.start()

    assert len(looked) == restarts


@pytest.mark.parametrize(("bytes_", "held"), [(MIB, _HELD), (16 * MIB, 0)])
def test_an_execution_that_took_much_leaves_memory_to_report_in(
    meter: Meter, bytes_: int, held: int
) -> None:
    meter.start()
    with mmap.mmap(-1, bytes_, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as taken:
        taken[:] = bytes(bytes_)
        usage = meter.stop(cold=False)

    assert usage.memory_mb >= bytes_ / MIB
    assert meter.held_bytes == held


def test_memory_held_back_since_the_last_look_is_not_counted_as_data_that_is_used(
    meter: Meter,
) -> None:
    used = meter._data - meter.held_bytes

    meter.release_memory()

    assert meter._data == used
    meter.look()
    assert abs(meter._data - used) < MIB


def test_a_process_without_a_page_fault_is_not_looked_at_again(
    meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    monkeypatch.setattr(resource, "getrusage", lambda _who: usage)
    meter.start()
    looked: list[int] = []
    monkeypatch.setattr(meter, "look", lambda: looked.append(1))

    meter.start()
    meter.stop(cold=False)

    assert not looked
