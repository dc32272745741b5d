"""A command that is started without some of its standard streams."""

import io
import sys

import pytest

from isolambda_cli.author.run import InputError, read_input
from isolambda_cli.progress import working
from isolambda_cli.secret_options import secret_value
from isolambda_cli.standard_streams import hidden_input, is_terminal


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
def test_a_closed_stream_is_no_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, name, None)

    assert not is_terminal(getattr(sys, name))
    with working():
        pass


def test_a_closed_input_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    assert hidden_input("API key", 10) == b""


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_value_of_a_secret_is_without_the_end_of_its_line(
    end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, b" a value \n of two lines" + end)

    assert secret_value() == " a value \n of two lines"


def test_a_value_that_is_not_utf_8_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, b"\xff")

    with pytest.raises(SystemExit):
        secret_value()
    assert capsys.readouterr().err == "isolambda: the value is not UTF-8\n"


def test_a_closed_input_is_no_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(InputError, match="stdin is not JSON"):
        read_input("-")
