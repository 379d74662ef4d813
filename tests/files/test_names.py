import pytest

from segkit.files.names import code_by_name, is_code_name, names_problem, words


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("customer_id", "an id"), ("customerId", "an id"), ("ID", "an id"), ("uuid", "an id"),
        ("user_uuid", "an id"), ("key", "an id"), ("ZipCode", "a code"), ("id_count", None),
        ("zip_code", "a code"), ("PLZ", "a code"), ("phone", "a code"),
        ("paid", None), ("cap", "a code"), ("credit_cap", None),
        ("idle_days", None), ("id_of_visits", None), ("orders", None),
    ],
)  # fmt: skip
def test_ids_and_codes(name: str, what: str | None) -> None:
    assert code_by_name(name) == what
    assert is_code_name(name) == (what is not None)


def test_words_of_a_name() -> None:
    assert words("totalSpend EUR") == ["total", "spend", "eur"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "A"], "stand twice: a, A"),
        (["straße", "STRASSE"], "stand twice: straße, STRASSE"),
        (["a\x07"], "a control character in the column name 'a\\x07'"),
    ],
)
def test_names_that_cannot_be(names: list[str], message: str) -> None:
    problem = names_problem(names, 3)
    assert problem is not None and message in problem.message and problem.line == 3


def test_names_that_can_be() -> None:
    assert names_problem(["a", "b c", "ä", "[x]"]) is None
