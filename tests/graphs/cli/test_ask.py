"""``seamless ask`` and ``seamless chat``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
DRESSES = "Find blue dresses under $80"


def lines_of(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_answer_is_printed_with_its_sources(run_seeded: Run) -> None:
    result = run_seeded("ask", DRESSES, "-v")
    assert result.exit_code == 0, result.stderr
    assert "] product:F" in result.stdout
    assert "intent  product_inquiry" in result.stdout
    assert "time    total" in result.stdout


def test_json_is_one_object_with_the_whole_reply(run_seeded: Run) -> None:
    reply = json.loads(run_seeded("ask", DRESSES, "--json").stdout)
    assert {"answer", "citations", "guardrail", "intent", "lobes", "products", "timings"} <= set(reply)


def test_a_named_conversation_goes_on_for_its_customer_only(run_seeded: Run) -> None:
    def products(query: str, customer: str) -> list[str]:
        result = run_seeded("ask", query, "--thread", "t", "--customer", customer, "--json")
        shown: list[str] = json.loads(result.stdout)["products"]
        return shown

    shown = products(DRESSES, "C0001")
    assert products("How much is the first one?", "C0002") != shown[:1]
    assert products("How much is the first one?", "C0001") == shown[:1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("hello", "--customer", "C9999"), "Unknown customer 'C9999'"),
        (("x" * 100_000,), "100,000 characters"),
        ((" ",), "empty"),
        (("dresses over $80 and under $50",), "80"),
        (("invalid \udcff byte",), "not valid UTF-8"),
        (("hello", "--jurisdiction", "Mars"), "SEAMLESS_JURISDICTION"),
        (("hello", "--thread", "\udcff"), "name is not valid"),
    ],
)
def test_what_cannot_be_asked_is_refused(run_seeded: Run, arguments: tuple[str, ...], told: str) -> None:
    result = run_seeded("ask", *arguments)
    assert result.exit_code == 1
    assert told in result.stderr
    assert "→" in result.stderr
    assert "Traceback" not in result.stderr


def test_json_lines_are_answered_in_order_and_bad_ones_do_not_stop_the_rest(run_seeded: Run) -> None:
    stdin = b"\n".join(
        [
            json.dumps({"id": "a", "query": DRESSES}).encode(),
            b'{"id": "b", "query": "\xff"}',
            b"nonsense",
            json.dumps({"id": "c"}).encode(),
            json.dumps({"id": "d", "query": ""}).encode(),
            json.dumps({"id": "e", "query": "x" * 100_000}).encode(),
            json.dumps({"id": "f", "query": "hello", "customer": "C9999"}).encode(),
            json.dumps({"id": "g", "query": "dresses over $80 and under $50"}).encode(),
            json.dumps({"id": 8, "query": "How many points do I have?", "customer": "C0001"}).encode(),
        ]
    )
    result = run_seeded("ask", "--jsonl", stdin=stdin)
    assert result.exit_code == 0, result.stderr
    lines = lines_of(result)
    assert [line["id"] for line in lines] == ["a", None, None, "c", "d", "e", "f", "g", 8]
    assert [set(line) == {"id", "error"} for line in lines] == [False, *[True] * 7, False]
    fields = {"id", "answer", "citations", "lobes", "intent", "guardrail", "timings"}
    assert set(lines[0]) == set(lines[-1]) == fields
    assert "Lines that could not be answered: 7." in result.stderr


def test_chat_over_a_pipe(run_seeded: Run) -> None:
    stdin = f"{DRESSES}\n/why\nHow much is the first one?\n/new\n/why\n\n/help\n\n/quit\nnever read\n".encode()
    result = run_seeded("chat", stdin=stdin)
    assert result.exit_code == 0, result.stderr
    assert "1. " in result.stdout
    assert "] product:F" in result.stdout
    assert "The last answer rests on no source." in result.stdout
    assert "/quit ends" in result.stderr


def test_chat_goes_on_after_a_line_that_cannot_be_answered(run_seeded: Run) -> None:
    result = run_seeded("chat", stdin=b"caf\xe9\ndresses over $80 and under $50\n" + DRESSES.encode())
    assert result.exit_code == 0
    assert result.stderr.count("Error:") == 2
    assert "1. " in result.stdout


def test_a_chat_is_kept_and_gone_on_with(run_seeded: Run) -> None:
    run_seeded("chat", "--thread", "t", stdin=DRESSES.encode())
    first = run_seeded("chat", "--thread", "t", stdin=b"How much is the first one?").stdout
    assert "$" in first


def test_chat_refuses_an_unknown_customer(run_seeded: Run) -> None:
    result = run_seeded("chat", "--customer", "C9999", stdin=b"hello")
    assert result.exit_code == 1
    assert "Unknown customer" in result.stderr


@pytest.mark.parametrize(
    ("name", "rebuild"), [("shop.db", "seamless shop seed --force"), ("index", "index build --force")]
)
def test_a_damaged_shop_or_index_is_named_and_never_overwritten(
    run: Run, seeded_home: Path, tmp_path: Path, name: str, rebuild: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for entry in ("shop.db", "index"):
        (home / entry).symlink_to(seeded_home / entry)
    if name == "shop.db":
        damaged = home / name
        damaged.unlink()
        damaged.write_bytes(b"this is no database" * 500)
    else:
        damaged = _copied_index(home, seeded_home) / "manifest.json"
        damaged.write_bytes(damaged.read_bytes()[:-40])
    before = damaged.read_bytes()
    result = run("ask", "hello", home=home, checkpoint_url="none")
    assert result.exit_code == 1
    assert str(damaged) in result.stderr
    assert rebuild in result.stderr
    assert damaged.read_bytes() == before


def _copied_index(home: Path, seeded_home: Path) -> Path:
    folder = home / "index"
    folder.unlink()
    folder.mkdir()
    for entry in (seeded_home / "index").iterdir():
        if entry.is_dir():
            (folder / entry.name).symlink_to(entry)
        else:
            (folder / entry.name).write_bytes(entry.read_bytes())
    return folder


def test_damaged_conversations_are_named_and_kept(run_seeded: Run, tmp_path: Path) -> None:
    (tmp_path / "threads.db").write_bytes(b"this is no database" * 500)
    result = run_seeded("ask", "hello", "--thread", "t")
    assert result.exit_code == 1
    assert "threads.db" in result.stderr
    assert (tmp_path / "threads.db").read_bytes().startswith(b"this is no database")
