"""``isolambda receipts``: what is fetched, and what is verified without a server."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from isolambda_core.adapters.receipt_signer import Ed25519ReceiptSigner
from isolambda_core.domain.limits import MIB, RECEIPT_CHARACTERS
from isolambda_local.secrets.installation_secret import FileSecret
from tests.unit.cli.fake_api import FakeApi, data, refusal
from tests.unit.cli.installations import isolambda

SIGNER = Ed25519ReceiptSigner(FileSecret(b"the secret of an installation..."))
OTHER = Ed25519ReceiptSigner(FileSecret(b"the secret of another one......."))
FUNCTION, EXECUTION = "f" * 32, "1" * 32
SOURCE, INPUT = "return call;\n", b'{"name":"Zo\xc3\xab"}'
JWKS = "/.well-known/jwks.json"


def sha256(given: bytes) -> str:
    return hashlib.sha256(given).hexdigest()


def digest_of(*files: tuple[str, str]) -> str:
    lines = [f"{sha256(text.encode())}  {name}\n" for name, text in files]
    return sha256("".join(lines).encode())


def claims(**fields: Any) -> dict[str, Any]:
    known = {
        "iss": "isolambda",
        "execution_id": EXECUTION,
        "account_id": "a" * 32,
        "function_id": FUNCTION,
        "version": "3",
        "created_ms": 1_800_000_000_123,
        "ended_ms": 1_800_000_000_456,
        "outcome": "ok",
        "source_sha256": digest_of(("function.js", SOURCE)),
        "input_sha256": sha256(INPUT),
        "result_sha256": sha256(b"[1,2]"),
        "usage": {"wall_ms": 1.5, "cpu_ms": 1.25, "memory_mb": 2.0, "cold": True, "fetches": 0},
    }
    return {**known, **fields}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a receipt, and the keys that verify it."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, claims())
    (tmp_path / "jwks.json").write_text(json.dumps(SIGNER.key_set()))
    return tmp_path


def write(folder: Path, said: dict[str, Any]) -> None:
    (folder / "receipt").write_text(SIGNER.sign(said) + "\n")


def verify(*words: str) -> Any:
    return isolambda("receipts", "verify", "receipt", "--jwks", "jwks.json", *words)


def test_a_receipt_is_printed_as_it_is(fake: FakeApi) -> None:
    receipt = SIGNER.sign(claims())
    path = f"functions/{FUNCTION}/executions/{EXECUTION}/receipt"
    fake.handlers |= {
        f"GET functions/{FUNCTION}": data({"id": FUNCTION, "name": "f"}),
        f"GET {path}": data({"receipt": receipt}),
    }

    assert isolambda("receipts", "fetch", FUNCTION, EXECUTION).stdout == f"{receipt}\n"


def test_why_there_is_no_receipt_is_said(fake: FakeApi) -> None:
    path = f"functions/{FUNCTION}/executions/{EXECUTION}/receipt"
    why = "the execution has not ended"
    fake.handlers |= {
        f"GET functions/{FUNCTION}": data({"id": FUNCTION, "name": "f"}),
        f"GET {path}": refusal(409, {"message": why}),
    }

    result = isolambda("receipts", "fetch", FUNCTION, EXECUTION)

    assert result.exit_code == 1
    assert why in result.stderr


@pytest.mark.usefixtures("folder")
def test_a_receipt_is_verified_without_a_server(fake: FakeApi) -> None:
    result = verify()

    assert result.exit_code == 0
    shown = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert (shown["execution_id"], shown["ended"]) == (EXECUTION, "2027-01-15T08:00:00.456Z")
    assert shown["usage"].startswith("wall_ms 1.5, cpu_ms 1.25")
    assert fake.requests == []


@pytest.mark.usefixtures("folder")
def test_json_has_the_claims_as_they_were_signed() -> None:
    printed = json.loads(verify("--json").stdout)

    assert (printed["claims"], printed["checked"]) == (claims(), [])


def test_a_receipt_comes_by_stdin(folder: Path) -> None:
    receipt = (folder / "receipt").read_text()

    result = isolambda("receipts", "verify", "-", "--jwks", "jwks.json", stdin=receipt)

    assert result.exit_code == 0


@pytest.mark.usefixtures("folder")
def test_the_keys_are_those_of_the_server_by_default_and_no_key_is_sent_for_them(
    fake: FakeApi,
) -> None:
    fake.handlers |= {f"GET {JWKS}": httpx2.Response(200, json=SIGNER.key_set())}

    results = [
        isolambda("receipts", "verify", "receipt"),
        isolambda("receipts", "verify", "receipt", "--jwks", f"https://other.example{JWKS}"),
        isolambda("receipts", "verify", "receipt", "--jwks", f"http://127.0.0.1:1{JWKS}"),
    ]

    assert [each.exit_code for each in results] == [0, 0, 0]
    assert all("x-auth-token" not in each.headers for each in fake.requests)


@pytest.mark.usefixtures("folder")
def test_keys_that_anything_on_the_way_could_replace_are_not_asked_for(fake: FakeApi) -> None:
    result = isolambda("receipts", "verify", "receipt", "--jwks", f"http://other.example{JWKS}")

    assert result.exit_code == 1
    assert "https alone" in result.stderr
    assert fake.requests == []


def test_a_receipt_of_another_installation_fails(folder: Path) -> None:
    (folder / "receipt").write_text(OTHER.sign(claims()))

    result = verify()

    assert result.exit_code == 1
    assert "signed by a key that is none of these" in result.stderr
    assert result.stdout == ""


def test_a_receipt_that_is_far_too_long_fails_and_is_not_read(folder: Path) -> None:
    (folder / "receipt").write_bytes(b"a" * 2**20)

    result = verify()

    assert result.exit_code == 1
    assert f"longer than {RECEIPT_CHARACTERS} characters" in result.stderr


@pytest.mark.parametrize("given", [b"", b"\xff\xfe", b"\x1b[2J", b"a.b", b"..", b"{}"], ids=repr)
def test_what_is_no_receipt_fails_in_one_line(folder: Path, given: bytes) -> None:
    (folder / "receipt").write_bytes(given)

    result = verify()

    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--input", INPUT.decode()),
        ("--input", f"{INPUT.decode()}\n"),
        ("--input", '{ "name": "Zo\\u00eb" }'),
        ("--result", "[1, 2]"),
    ],
)
def test_an_input_and_a_result_are_compared_however_they_are_spaced(
    folder: Path, option: str, text: str
) -> None:
    (folder / "given").write_text(text)

    result = verify(option, "given")

    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1].split()[-1] == option.removeprefix("--")


@pytest.mark.parametrize("option", ["--input", "--result", "--source"])
def test_another_input_result_or_source_fails(folder: Path, option: str) -> None:
    (folder / "given").write_text("[3]")

    result = verify(option, "given")

    assert result.exit_code == 1
    assert f"is not the {option.removeprefix('--')}" in result.stderr


NUMBERS = ("1e-7", "0.000001", "1e+21", "100000000000000000000", "-0.1", "1.5e+300", "5e-324", "0")
"""As JavaScript writes them; Python writes the first and others differently."""


@pytest.mark.parametrize(
    "respaced", [lambda text: text.replace(",", " ,\n"), lambda text: json.dumps(json.loads(text))]
)
def test_a_result_has_its_numbers_however_they_are_written(
    folder: Path, respaced: Callable[[str], str]
) -> None:
    recorded = (
        f'{{"deep":{"[" * 400}{"]" * 400},"a b":[{",".join(NUMBERS)},"\\ud800","\u2028 \u00e9"]}}'
    )
    write(folder, claims(result_sha256=sha256(recorded.encode())))
    (folder / "given").write_text(respaced(recorded))

    assert verify("--result", "given").exit_code == 0

    (folder / "given").write_text(respaced(recorded.replace("1e-7", "2e-7")))
    assert verify("--result", "given").exit_code == 1


@pytest.mark.parametrize("given", ["[1 2]", "[1,2", "[1,2]]", "[1,2]\n[1,2]"])
def test_what_is_no_json_is_no_result(folder: Path, given: str) -> None:
    write(folder, claims(result_sha256=sha256(b"[12]")))
    (folder / "given").write_text(given)

    assert verify("--result", "given").exit_code == 1


def test_what_differs_is_told_by_the_digests(folder: Path) -> None:
    (folder / "given").write_text("[3]")

    told = verify("--result", "given").stderr

    assert f"its SHA-256 is {sha256(b'[3]')[:12]}…" in told
    assert f"the receipt has that of {sha256(b'[1,2]')[:12]}…" in told


def test_a_file_that_is_longer_than_anything_recorded_is_not_taken_for_its_beginning(
    folder: Path,
) -> None:
    (folder / "given").write_bytes(b"[1,2]" + b" " * 16 * MIB)

    told = verify("--result", "given")

    assert (told.exit_code, f"is longer than {16 * MIB} bytes" in told.stderr) == (1, True)


def test_bytes_that_are_no_text_are_not_the_source_that_has_a_sign_in_their_place(
    folder: Path,
) -> None:
    write(folder, claims(source_sha256=digest_of(("function.js", "return '\ufffd'"))))
    (folder / "given.js").write_bytes(b"return '\xff'")

    assert verify("--source", "given.js").exit_code == 1


def test_a_document_with_a_file_that_is_no_text_is_another_one(folder: Path) -> None:
    document = {"function_js": SOURCE, "files": {"b.js": 1}}
    (folder / "function.json").write_text(json.dumps(document))

    assert verify("--source", "function.json").exit_code == 1


def test_no_result_is_that_of_an_execution_without_one(folder: Path) -> None:
    write(folder, claims(result_sha256=None))
    (folder / "given").write_text("null")

    assert "the receipt has no result" in verify("--result", "given").stderr


def test_a_source_is_one_file_or_the_document_of_a_function(folder: Path) -> None:
    (folder / "hello.js").write_text(SOURCE)
    (folder / "function.json").write_text(json.dumps({"data": {"function_js": SOURCE}}))

    assert verify("--source", "hello.js").exit_code == 0
    assert verify("--source", "function.json").exit_code == 0


def test_a_source_of_files_is_the_document_with_the_entry_first(folder: Path) -> None:
    files = {"b.js": "export const b = 2;", "a.json": "[1]"}
    document = {"function_js": SOURCE, "files": files, "language_pack": "typescript"}
    (folder / "function.json").write_text(json.dumps(document))
    entry = ("function.ts", SOURCE)
    write(folder, claims(source_sha256=digest_of(entry, *sorted(files.items()))))

    assert verify("--source", "function.json").exit_code == 0
    (folder / "function.json").write_text(json.dumps({**document, "language_pack": "javascript"}))
    assert verify("--source", "function.json").exit_code == 1


def test_what_an_installation_signs_steers_no_terminal(folder: Path) -> None:
    write(folder, claims(iss="\x1b[2J", ended_ms=10**30, usage={"\x1b[2J": "\x1b[2J"}))

    result = verify()

    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
