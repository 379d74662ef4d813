from __future__ import annotations

import re
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import Place
from segkit.project.yaml.marks import MAX_BYTES, MAX_DEPTH, Document, Entry, parse_yaml

TEXT = """\
segments:
  - name: shoppers   # a comment
    features:
      - age
      - {column: income, "unit": 'k$'}
"""


def parsed(text: str) -> Document:
    document, problems = parse_yaml(text, "x.yml")
    assert problems == ()
    assert document is not None
    return document


def test_data_and_places() -> None:
    document = parsed(TEXT)
    assert document.data == {
        "segments": [{"name": "shoppers", "features": ["age", {"column": "income", "unit": "k$"}]}]
    }
    root, at = Entry(document), ("segments", 0, "features", 1)
    assert root.key_place(*at, "column") == Place("x.yml", 5, 10, 6)
    assert root.place(*at, "column") == Place("x.yml", 5, 18, 6)
    assert root.key_place(*at, "unit") == Place("x.yml", 5, 26, 6)
    assert root.place(*at, "unit") == Place("x.yml", 5, 34, 4)
    assert root.place(*at) == Place("x.yml", 5, 9, 1)
    assert root.place("segments", 0) == Place("x.yml", 2, 5, 4)
    # what is not in the file stands where its holder does
    assert root.place(*at, "scale") == root.place(*at)


def test_scalars_keep_their_text() -> None:
    document = parsed("edges: [0.10, 1e3, 25, -7, 5., .5]\nx: [true, ~, null, '1', \"\"]\n")
    assert document.data["edges"] == [0.1, 1000.0, 25, -7, 5.0, 0.5]
    assert Entry(document, ("edges",)).written(0) == "0.10"
    assert document.data["x"] == [True, None, None, "1", ""]


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "Yes",
        "on",
        "OFF",
        "012",
        "-007",
        "0x1F",
        "0o17",
        "0b1",
        "1_000",
        "12:30",
        "1:02:03",
        "2026-01-01",
        "2026-1-1",
        "2026-01-01 10:00:00",
        "2026-01-01T10:00:00Z",
        ".inf",
        "-.Inf",
        ".NaN",
    ],
)
def test_what_yaml_reads_otherwise_is_refused(text: str) -> None:
    document, problems = parse_yaml(f"key: {text}\n", "x.yml")
    assert [problem.code for problem in problems] == ["SK005"]
    assert problems[0].place == Place("x.yml", 1, 6, len(text))
    assert f'"{text}"' in (problems[0].help or "")
    # quotes are the way out
    assert parsed(f'key: "{text}"\n').data == {"key": text}
    assert document is not None


@pytest.mark.parametrize("text", ["<25", "25-35", "55+", "$5", "a: b", "y", "n", "a#b", "1.2.3"])
def test_texts_that_are_not_traps(text: str) -> None:
    quoted = f'"{text}"' if ": " in text else text
    assert parsed(f"key: {quoted}\n").data == {"key": text}


def test_keys_are_text() -> None:
    assert parsed("no: 1\n012: 2\n1.5: 3\n").data == {"no": 1, "012": 2, "1.5": 3}


def test_duplicate_keys_show_both_places() -> None:
    document, problems = parse_yaml("a: 1\nb: {c: 1, c: 2}\na: 3\n", "x.yml")
    assert document is not None
    assert [p.code for p in problems] == ["SK006", "SK006"]
    assert [label.place.line for label in problems[1].labels] == [1, 3]
    assert [label.place.column for label in problems[0].labels] == [5, 11]


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\n",
        "a: *x\n",
        "a: {<<: {b: 1}}\n",
        "a: !!str 1\n",
        "a: !x {}\n",
        "a: 1\n---\nb: 2\n",
        "? [a]\n: 1\n",
        "[" * (MAX_DEPTH + 1),
        "#" * (MAX_BYTES + 1),
        "a: !!python/object/apply:os.system ['true']\n",
    ],
)
def test_refused(text: str) -> None:
    _, problems = parse_yaml(text, "x.yml")
    assert "SK009" in [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ('a: "\\ud800"\n', "SK009", 4),
        ('"\\udfff": 1\n', "SK009", 1),
        ('[a, "x\\udc80"]\n', "SK009", 5),
        ('a: "\\UFFFFFFFF"\n', "SK001", 1),
        (f"%YAML {'9' * 5000}.1\n---\na: 1\n", "SK001", 1),
    ],
)
def test_no_character_and_no_version_is_refused_at_its_place(
    text: str, code: str, column: int
) -> None:
    _, (problem,) = parse_yaml(text, "x.yml")
    (label,) = problem.labels
    assert (problem.code, label.place.line, label.place.column) == (code, 1, column)


def test_numbers_of_any_length_are_read_at_once() -> None:
    """What is too large for a float is refused where its use is known."""
    start = time.process_time()
    read = parsed(f"[1e99999999999999999999999, {'9' * 5000}, 0.{'9' * 10000}]\n").data
    assert read == [float("inf"), "9" * 5000, 1.0]
    assert time.process_time() - start < 1


def test_an_alias_bomb_is_refused_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    document, problems = parse_yaml(bomb, "x.yml")
    assert {problem.code for problem in problems} == {"SK009"}
    assert document is not None


def test_deep_but_allowed() -> None:
    depth = MAX_DEPTH
    assert parsed("[" * depth + "]" * depth).data is not None


@given(st.text(alphabet=" \n\t-:{}[]\"'#&*!|>%@`,?abN01.~<", max_size=40))
def test_any_text_is_read_or_explained(text: str) -> None:
    document, problems = parse_yaml(text, "x.yml")
    lines = text.split("\n")
    for problem in problems:
        for label in problem.labels:
            assert label.place.line is None or 1 <= label.place.line <= len(lines) + 1
            assert label.place.column is None or label.place.column >= 1
        assert problem.message
    assert document is not None or problems


SCALARS = st.one_of(
    st.integers(),
    st.text(max_size=12),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
)
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(min_size=1, max_size=8), DATA, max_size=4), st.booleans())
def test_agrees_with_yaml_on_data_that_is_clear(data: dict[str, object], flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=False)
    if "!!" in text or "? " in text or "&id" in text:
        return
    if re.search(r"\d[eE][-+]?\d", text):  # 1e5 is a text to YAML 1.1, and a number to people
        return
    document, problems = parse_yaml(text, "x.yml")
    if not problems:
        assert document is not None
        assert document.data == data
