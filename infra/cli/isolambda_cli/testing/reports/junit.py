"""JUnit's XML, as servers that build read it."""

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from isolambda_cli.testing.results import CaseResult, Failure, FileResult, Verdict

_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, or discourages: control characters, which a terminal obeys."""


def junit(results: Iterable[FileResult]) -> Iterator[str]:
    """Yield the document, once all results are there: a test suite for each file."""
    root = Element("testsuites", name="isolambda test")
    for result in results:
        root.append(_suite(result))
    indent(root)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield tostring(root, "unicode")


def _suite(result: FileResult) -> Element:
    cases = [*(_of_file(result.file, each) for each in result.failures), *result.cases]
    failed = sum(case.verdict is Verdict.FAILED for case in cases)
    skipped = sum(case.verdict in (Verdict.SKIPPED, Verdict.TODO) for case in cases)
    suite = Element(
        "testsuite",
        name=_text(result.file),
        tests=str(len(cases)),
        failures=str(failed),
        errors="0",
        skipped=str(skipped),
        time=_seconds(result.ms),
    )
    for case in cases:
        suite.append(_case(result.file, case))
    return suite


def _of_file(file: str, failure: Failure) -> CaseResult:
    return CaseResult(file, Verdict.FAILED, failure=failure)


def _case(file: str, case: CaseResult) -> Element:
    element = Element(
        "testcase", classname=_text(file), name=_text(case.name), time=_seconds(case.ms)
    )
    if case.verdict in (Verdict.SKIPPED, Verdict.TODO):
        SubElement(element, "skipped", message=str(case.verdict))
    if case.failure is not None:
        element.append(_failure(case.failure))
    if case.lines:
        output = SubElement(element, "system-out")
        output.text = _text("\n".join(f"{line.level}: {line.text}" for line in case.lines))
    return element


def _failure(failure: Failure) -> Element:
    place = "" if failure.place is None else f"\n{failure.place}"
    source = "" if failure.source is None else f"\n{failure.source}"
    first = failure.message.partition("\n")[0]
    element = Element("failure", type=_text(failure.name), message=_text(first))
    element.text = _text(f"{failure.name}: {failure.message}{place}{source}")
    return element


def _text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _seconds(ms: float) -> str:
    return f"{ms / 1e3:.3f}"
