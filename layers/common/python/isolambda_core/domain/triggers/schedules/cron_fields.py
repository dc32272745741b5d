"""The six fields of a cron expression, each read on its own."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DaysOf = Callable[[int, int], Sequence[int]]
"""The days of a month, ascending, by the weekday of its first (1-7 = SUN-SAT) and its length."""


class InvalidExpressionError(ValueError):
    """Not an expression that EventBridge Scheduler takes; ``str(error)`` says where and why."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of numbers between two, some of which have names, in order from the lowest."""

    name: str
    lowest: int
    highest: int
    names: str = ""


MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY_OF_MONTH = Field("day of month", 1, 31)
MONTH = Field("month", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
DAY_OF_WEEK = Field("day of week", 1, 7, "SUN MON TUE WED THU FRI SAT")
YEAR = Field("year", 1970, 2199)

_SUNDAY, _SATURDAY = 1, 7
_VALUE = "[0-9]{1,4}|[A-Z]{3}"
_ITEM = re.compile(rf"(?:\*|({_VALUE})(?:-({_VALUE}))?)(?:/([0-9]{{1,4}}))?")
_NEAREST = re.compile("([0-9]{1,2})W")
_LAST = re.compile(rf"({_VALUE})L")
_NTH = re.compile(rf"({_VALUE})#([1-5])")


def numbers_of(field: Field, text: str) -> Sequence[int]:
    """Return the numbers that a list of values, ranges and steps stands for, ascending.

    Raises:
        InvalidExpressionError: it is none, or leaves the field.
    """
    return sorted({number for item in text.split(",") for number in _range(field, item)})


def days_of_month(text: str) -> DaysOf:
    """Return what a day of month stands for; a month that has no such day has none.

    Raises:
        InvalidExpressionError: it is no day of month.
    """
    if text == "L":
        return lambda _, length: [length]
    if text == "LW":
        return lambda first, length: [_nearest_weekday(length, first, length)]
    if found := _NEAREST.fullmatch(text):
        wanted = _number(DAY_OF_MONTH, found[1])
        return lambda first, length: (
            [_nearest_weekday(wanted, first, length)] if wanted <= length else []
        )
    numbers = numbers_of(DAY_OF_MONTH, text)
    return lambda _, length: [number for number in numbers if number <= length]


def days_of_week(text: str) -> DaysOf:
    """Return what a day of week stands for.

    Raises:
        InvalidExpressionError: it is no day of week.
    """
    if text == "L":
        return days_of_week(str(_SATURDAY))
    if found := _LAST.fullmatch(text):
        such = _number(DAY_OF_WEEK, found[1])
        return lambda first, length: _all_such(such, first, length)[-1:]
    if found := _NTH.fullmatch(text):
        such, nth = _number(DAY_OF_WEEK, found[1]), int(found[2])
        return lambda first, length: _all_such(such, first, length)[nth - 1 : nth]
    if "/" in text:
        raise InvalidExpressionError(f"{DAY_OF_WEEK.name}: EventBridge Scheduler has no steps here")
    numbers = numbers_of(DAY_OF_WEEK, text)
    return lambda first, length: [
        day for day in range(1, length + 1) if _weekday(day, first) in numbers
    ]


def _all_such(weekday: int, first: int, length: int) -> Sequence[int]:
    return range((weekday - first) % 7 + 1, length + 1, 7)


def _weekday(day: int, first: int) -> int:
    return (first + day - 2) % 7 + 1


def _nearest_weekday(day: int, first: int, length: int) -> int:
    # Monday to Friday, and in the same month.
    weekday = _weekday(day, first)
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < length else day - 2
    return day


def _range(field: Field, item: str) -> Sequence[int]:
    found = _ITEM.fullmatch(item)
    if found is None:
        raise InvalidExpressionError(f"{field.name}: cannot read {item!r}")
    start, end, step = found.groups()
    lowest = field.lowest if start is None else _number(field, start)
    highest = field.highest if start is None or step else lowest
    if end:
        highest = _number(field, end)
    if step and not 1 <= int(step) <= field.highest:
        raise InvalidExpressionError(f"{field.name}: a step is 1 to {field.highest}")
    if lowest <= highest:
        return range(lowest, highest + 1, int(step or 1))
    if field is YEAR:
        raise InvalidExpressionError(f"{field.name}: the range {item!r} goes down")
    # 20-2 is from the evening into the night.
    size = field.highest - field.lowest + 1
    around = range(lowest, highest + size + 1, int(step or 1))
    return [(number - field.lowest) % size + field.lowest for number in around]


def _number(field: Field, text: str) -> int:
    names = field.names.split()
    if text in names:
        return field.lowest + names.index(text)
    number = int(text) if text.isdecimal() else -1
    if not field.lowest <= number <= field.highest:
        raise InvalidExpressionError(
            f"{field.name}: {text} is none of {field.lowest} to {field.highest}"
        )
    return number
