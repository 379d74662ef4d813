from __future__ import annotations

from collections.abc import Collection

import pytest

from segkit.files.date_columns import Days, EitherDay, decide_days, proven_order, study_days
from segkit.files.number_study import MISSING
from segkit.files.shapes import count_shapes
from segkit.files.text_values import day_value

MONTHS = {  # the 3rd of March and the 14th of December 2024
    "en_GB": ("3 March 2024", "14 December 2024"),
    "en_US": ("March 3, 2024", "December 14, 2024"),
    "en_US short": ("Mar 3rd, 2024", "Dec. 14th, 2024"),
    "oracle": ("03-MAR-24", "14-DEC-24"),
    "rfc": ("Sun, 3 Mar 2024", "Sat, 14 Dec 2024"),
    "de": ("3. März 2024", "14. Dezember 2024"),
    "de short": ("03. Mär 2024", "14. Dez. 2024"),
    "fr": ("3 mars 2024", "14 décembre 2024"),
    "fr short": ("3 mars 2024", "14 déc. 2024"),
    "es": ("3 de marzo de 2024", "14 de diciembre de 2024"),
    "it": ("3 marzo 2024", "14 dicembre 2024"),
    "pt": ("3 de março de 2024", "14 de dezembro de 2024"),
    "nl": ("3 maart 2024", "14 december 2024"),
    "sv": ("3 mars 2024", "14 december 2024"),
    "no": ("3. mars 2024", "14. desember 2024"),
    "pl": ("3 marca 2024", "14 grudnia 2024"),
    "cs": ("3. března 2024", "14. prosince 2024"),
    "tr": ("3 Mart 2024", "14 Aralık 2024"),
    "fi": ("3. maaliskuuta 2024", "14. joulukuuta 2024"),
    "ja": ("2024年3月3日", "2024年12月14日"),
    "ko": ("2024년 3월 3일", "2024년 12월 14일"),
    "iso": ("2024-03-03", "2024-12-14"),
    "one digit": ("2024-3-3", "2024-12-14"),
    "slashes": ("2024/3/3", "2024/12/14"),
    "compact": ("20240303", "20241214"),
    "two ways": ("2024-03-03", "14.12.2024"),
}


def look(
    texts: Collection[str], orders: Collection[str] = (), mostly: float = 0.9
) -> Days | EitherDay | None:
    return decide_days(count_shapes(texts), MISSING, mostly, orders)


@pytest.mark.parametrize("texts", MONTHS.values(), ids=MONTHS)
def test_days_of_many_countries(texts: tuple[str, str]) -> None:
    found = look(texts)
    assert isinstance(found, Days), texts
    assert [f"{day_value(text, found.form):%d.%m.%Y}" for text in texts] == [
        "03.03.2024",
        "14.12.2024",
    ]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-14 10:05", "2024-03-14 10:05:00"),
        ("2024-03-14T10:05:07.25", "2024-03-14 10:05:07.250000"),
        ("2024-03-14T10:05:00Z", "2024-03-14 10:05:00"),
        ("2024-03-14 10:05:00 UTC", "2024-03-14 10:05:00"),
        ("2024-03-14 10:05:00+02", "2024-03-14 08:05:00"),
        ("2024-03-14T10:05:00-05:00", "2024-03-14 15:05:00"),
        ("14.03.2024 10:05 +0200", "2024-03-14 08:05:00"),
        ("14.03.2024, 10:05 Uhr", "2024-03-14 10:05:00"),
        ("3/14/2024 1:05 PM", "2024-03-14 13:05:00"),
        ("3/14/2024 12:00 AM", "2024-03-14 00:00:00"),
        ("14/3/2024 1:05:09pm", "2024-03-14 13:05:09"),
        ("14.03.2024 10:05:01,5", "2024-03-14 10:05:01.500000"),
    ],
)
def test_moments(text: str, moment: str) -> None:
    found = look([text])
    assert isinstance(found, Days) and found.form.has_time
    assert str(day_value(text, found.form)) == moment


@pytest.mark.parametrize(
    "texts",
    [
        ("1.2.3", "1.10.3"), ("10.2.3.4",), ("3/14", "12/31"), ("10:00",), ("March 2024",),
        ("2024-03",), ("31.13.2024",), ("32.12.2024",), ("1.5", "2.5"), ("5 Apples 2024",),
        ("14.03.2024 10:00 +0200", "14.03.2024 10:00"),  # DuckDB mixes them up
        ("18991231", "20240101"), ("555 12 1234",),
    ],
)  # fmt: skip
def test_no_days(texts: tuple[str, ...]) -> None:
    assert look(texts) is None


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (("01/02/2024", "03/04/2024"), ("dmy", "mdy")),
        (("31/12/2024", "12-31-2024"), ("dmy", "mdy")),
        (("14/03/24", "31/12/24"), ("ymd", "dmy")),
    ],
)
def test_a_question_of_order(texts: tuple[str, ...], orders: tuple[str, ...]) -> None:
    found = look(texts)
    assert isinstance(found, EitherDay) and found.orders == orders
    for order in orders:
        answered = look(texts, [order], mostly=0.5)
        assert isinstance(answered, Days) and answered.form.order == order


def test_an_order_that_the_column_shows() -> None:
    assert proven_order(study_days(count_shapes(["31/01/2024", "02/02/2024"]), ())[0]) == "dmy"
    assert proven_order(study_days(count_shapes(["01/31/2024"]), ())[0]) == "mdy"
    assert proven_order(study_days(count_shapes(["01/02/2024"]), ())[0]) is None
    many = [f"{day:02d}/07/{year}" for day in range(1, 32) for year in (23, 24)]
    assert isinstance(found := look(many), Days) and found.form.order == "dmy"


def test_zeros_are_nothing() -> None:
    found = look(["0000-00-00"] + ["2024-01-31"] * 3)
    assert isinstance(found, Days)
    assert [shape.text for shape in found.missing] == ["0999-99-90"] or found.missing
