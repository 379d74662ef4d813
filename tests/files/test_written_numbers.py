import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.files.shapes import shape_of
from segkit.files.written_numbers import CURRENCIES, is_dash, read_shape


def read(text: str) -> tuple[tuple[str, ...], tuple[str, ...], str] | None:
    found = read_shape(shape_of(text))
    return None if found is None else (found.groups, found.separators, found.minus)


@pytest.mark.parametrize(
    ("text", "groups", "separators", "minus"),
    [
        ("12", ("99",), (), ""),
        ("-12", ("99",), (), "before"),
        ("12-", ("99",), (), "after"),
        ("\u221212", ("99",), (), "sign"),
        ("(12)", ("99",), (), "around"),
        ("$ (12)", ("99",), (), "around"),  # as Excel writes in accounts
        ("($12)", ("99",), (), "around"),
        ("-$12", ("99",), (), "before"),
        ("$-12", ("99",), (), "before"),
        ("1.234,5", ("9", "999", "9"), (".", ","), ""),
        ("1\u202f234", ("9", "999"), (" ",), ""),
        ("1\u2019234", ("9", "999"), ("'",), ""),
        (".5", ("", "9"), (".",), ""),
        ("2.", ("9", ""), (".",), ""),
        ("12 %", ("99",), (), ""),
        ("12\uff05", ("99",), (), ""),
    ],
)
def test_numbers(
    text: str, groups: tuple[str, ...], separators: tuple[str, ...], minus: str
) -> None:
    assert read(text) == (groups, separators, minus)


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "$", "%", "5+", "<5", "1..2", "1. 2.", "--5", "-5-", "(-5)", "(5", "5)", "+-5",
        "5 $ €", "5%%", "1e", "1e5555", "0x10", "1_000", "5G", "kg 5", "5 kgs", "٣", "1/2",
        "12kk", "12m", "12 b", "k", "M5",
    ],
)  # fmt: skip
def test_what_is_no_number(text: str) -> None:
    assert read_shape(shape_of(text)) is None


@pytest.mark.parametrize(
    ("texts", "currency"),
    [
        (("5 €", "EUR 5", "€5"), "€"),
        (("$5", "5 USD", "US$ 5"), "$"),
        (("Rs. 5", "₹5", "INR 5"), "₹"),
        (("R$ 5", "5 BRL"), "R$"),
        (("5 kr", "kr. 5"), "kr"),
        (("CHF 5", "Fr. 5"), "Fr."),
        (("5 kg", "5kg", "5 KG"), "kg"),
        (("1 day", "3 days", "2d"), "days"),
        (("5 h", "5 Stunden", "5hrs"), "h"),
    ],
)
def test_signs_of_one_money(texts: tuple[str, ...], currency: str) -> None:
    found = [read_shape(shape_of(text)) for text in texts]
    assert {None if number is None else number.currency for number in found} == {currency}


@given(st.sampled_from(CURRENCIES), st.booleans(), st.sampled_from(["", " ", "\u00a0"]))
def test_money_stands_on_either_side(sign: str, is_before: bool, space: str) -> None:
    number = read_shape(f"{sign}{space}9" if is_before else f"9{space}{sign}")
    assert number is not None and number.currency_text == sign and number.groups == ("9",)


@given(st.floats(allow_nan=False))
def test_what_python_prints_is_a_plain_number(value: float) -> None:
    number = read_shape(shape_of(repr(value)))
    assert number is not None
    assert number.is_plain or number.is_float


@pytest.mark.parametrize(
    ("text", "is_code"), [("007", True), ("0", False), ("0.5", False), ("70", False)]
)
def test_zeros_in_front(text: str, is_code: bool) -> None:
    number = read_shape(shape_of(text))
    assert number is not None and number.has_code_zero == is_code


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("-", True), ("\u2014", True), ("$ -", True), ("- €", True), ("$-", True), ("-5", False),
     ("$", False), ("", False), ("--", False), ("CHF", False)],
)  # fmt: skip
def test_dashes(text: str, is_one: bool) -> None:
    assert is_dash(text) == is_one


@pytest.mark.parametrize(
    ("text", "power", "currency"),
    [
        ("12k", "k", ""),
        ("$2.9K", "K", "$"),
        ("-€1.2m", "m", "€"),  # of money a million; 12m may be metres
        ("1,2 Mio. €", "Mio.", "€"),
        ("(3.5 bn USD)", "bn", "$"),
        ("40 Tsd.", "Tsd.", ""),
        ("5 kr", "", "kr"),
        ("5 kg", "", "kg"),
    ],
)
def test_words_for_thousands_and_millions(text: str, power: str, currency: str) -> None:
    found = read_shape(shape_of(text))
    assert found is not None
    assert (found.power, found.currency) == (power, currency)
    assert found.is_plain is (not power and not currency)
