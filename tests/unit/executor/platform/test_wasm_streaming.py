"""WebAssembly compiles the module of a response, as its Web API says."""

import pytest

from tests.unit.executor.platform.evaluating import Run

_MODULE = """
    const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    const responseOf = (body, type = 'application/wasm', status = 200) =>
        new Response(body, { status, headers: { 'content-type': type } });
"""


@pytest.mark.parametrize(
    "source",
    [
        "responseOf(bytes)",
        "Promise.resolve(responseOf(bytes))",
        "responseOf(bytes, 'Application/WASM')",
        "responseOf(new Response(bytes).body)",
        "fetch(URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' })))",
    ],
)
def test_the_module_of_a_response_is_compiled(source: str, run: Run) -> None:
    seen = run(
        f"{_MODULE}"
        f"const module = await WebAssembly.compileStreaming({source});"
        f"const made = await WebAssembly.instantiateStreaming({source}, {{}});"
        "return [module instanceof WebAssembly.Module, Object.keys(made)]",
        "webassembly",
    )

    assert seen == [True, ["module", "instance"]]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("bytes", "not a Response"),
        ("undefined", "not a Response"),
        ("Object.create(Response.prototype)", "not a Response"),
        ("Promise.reject(new TypeError('mine'))", "mine"),
        ("responseOf(bytes, 'application/wasm', 404)", "status 404"),
        ("responseOf(bytes, 'text/plain')", "not application/wasm"),
        ("responseOf(bytes, 'application/wasm;a=b')", "not application/wasm"),
        ("(() => { const it = responseOf(bytes); it.text(); return it })()", "read before"),
        ("responseOf(bytes.subarray(1))", "CompileError"),
    ],
)
@pytest.mark.parametrize("method", ["compileStreaming", "instantiateStreaming"])
def test_what_is_no_module_rejects(source: str, why: str, method: str, run: Run) -> None:
    message = run(
        f"{_MODULE} return WebAssembly.{method}({source}).catch((error) => `${{error}}`)",
        "webassembly",
    )

    assert why in message
    assert message.startswith(("TypeError", "CompileError"))
