"""DOMException: its class is there before code touches it, and stays the platform's own."""

from tests.unit.executor.platform.evaluating import Run


def test_its_property_has_a_value_before_code_touches_it(run: Run) -> None:
    found = run(
        "const { value, ...others } = Object.getOwnPropertyDescriptor(globalThis, 'DOMException');"
        "return [typeof value, others]"
    )

    assert found == ["function", {"writable": True, "enumerable": False, "configurable": True}]


def test_its_members_look_as_those_of_an_interface(run: Run) -> None:
    found = run(
        "const look = ({ value, get, set, ...others }) => ({ ...others, value, get: typeof get });"
        "const { prototype } = DOMException, of = Object.getOwnPropertyDescriptor;"
        "return [look(of(prototype, 'code')), look(of(prototype, 'DATA_CLONE_ERR')),"
        " look(of(DOMException, 'INDEX_SIZE_ERR')), Object.prototype.toString.call(prototype)]"
    )

    constant = {"writable": False, "enumerable": True, "configurable": False, "get": "undefined"}
    assert found == [
        {"enumerable": True, "configurable": True, "get": "function"},
        {**constant, "value": 25},
        {**constant, "value": 1},
        "[object DOMException]",
    ]


def test_it_has_the_code_of_its_name(run: Run) -> None:
    found = run(
        "return ['AbortError', 'DataCloneError', 'toString', 'Mine']"
        ".map((name) => new DOMException('', name).code)"
    )

    assert found == [20, 25, 0, 0]


def test_what_is_no_exception_has_none_of_its_members(run: Run) -> None:
    found = run(
        "return ['name', 'message', 'code'].map((name) => {"
        "  try { DOMException.prototype[name] } catch (error) { return error.constructor.name }"
        "})"
    )

    assert found == ["TypeError"] * 3


def test_a_clone_is_one_though_the_class_was_all_that_code_touched(run: Run) -> None:
    found = run(
        "const error = new DOMException('gone', 'AbortError'), clone = structuredClone(error);"
        "return [clone instanceof DOMException, clone.name, clone.message, clone.code,"
        " clone.stack === error.stack]"
    )

    assert found == [True, "AbortError", "gone", 20, True]


def test_the_platform_throws_its_own_though_code_has_put_another_there(run: Run) -> None:
    found = run(
        "const Own = DOMException;"
        "globalThis.DOMException = class { constructor() { throw 'another' } };"
        "Object.prototype.get = () => 'inherited';"
        "const { reason } = AbortSignal.abort();"
        "delete Object.prototype.get;"
        "return [reason instanceof Own, reason.name, reason.code]"
    )

    assert found == [True, "AbortError", 20]


def test_code_may_delete_it(run: Run) -> None:
    assert run("return [delete globalThis.DOMException, typeof DOMException]") == [
        True,
        "undefined",
    ]
