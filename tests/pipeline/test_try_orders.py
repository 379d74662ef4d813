"""Lines of orders become one row a customer: of many shapes, as pandas has it, and it is said."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from segkit.engines.open import open_bench
from segkit.errors import ConfigError, DataError
from segkit.files.csv_options import CsvOptions, FileOptions
from segkit.pipeline import Options, run_build, try_data
from segkit.pipeline.try_orders import OrderLines, find_order_lines, make_customers
from tests.conftest import write_csv

RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail.parquet"
FIRST = date(2025, 1, 1)


def lines(n: int = 400, customers: int = 40) -> pd.DataFrame:
    """What was bought: customer, order, day, pieces, price; about three lines an order."""
    draw = random.Random(7)
    rows: list[tuple[Any, ...]] = []
    order = 1000
    while len(rows) < n:
        order += 1
        customer = int(draw.paretovariate(0.8)) % customers
        day = FIRST + timedelta(days=draw.randrange(360))
        for _ in range(draw.randrange(1, 5)):
            price = round(draw.lognormvariate(2, 1), 2)
            rows.append((customer, order, day, draw.randrange(1, 9), price))
    return pd.DataFrame(rows, columns=["customer", "order", "day", "pieces", "price"])


def by_hand(frame: pd.DataFrame, as_of: date | None = None) -> dict[str, tuple[int, int, float]]:
    """Of columns customer, order, day, amount: days since the last order, orders, spend."""
    until = as_of or frame["day"].max() + timedelta(days=1)
    frame = frame[frame["day"] < until]
    return {
        str(customer): (
            (until - mine["day"].max()).days,
            mine["order"].nunique(),
            round(float(mine["amount"].sum()), 2),
        )
        for customer, mine in frame.groupby("customer")
    }


def found(
    path: Path, key: str | None = None, as_of: datetime | None = None, **csv: Any
) -> tuple[OrderLines | None, dict[str, tuple[int, int, float]]]:
    """What `try` takes the file for, and the customers that it makes of it."""
    options = FileOptions(CsvOptions(**csv))
    with open_bench() as engine:
        read = engine.load_file(path, "data", options).reading is not None
        made = find_order_lines(engine, "data", "t", key, None if read else options.csv, as_of)
        if made is None:
            return None, {}
        make_customers(engine, made, "customers")
        rows = engine.query("SELECT customer_id, recency_days, orders, total_spend FROM customers")
    return made, {str(who): (days, n, round(float(spent), 2)) for who, days, n, spent in rows}


def said(path: Path, **given: Any) -> str:
    made, _ = found(path, **given)
    assert made is not None
    return "\n".join(made.said)


def csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    write_csv(path, rows, header)
    return path


def parquet(path: Path, frame: pd.DataFrame) -> Path:
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute(f"COPY frame TO '{path}' (FORMAT parquet)")
    return path


# --- shapes of lines -----------------------------------------------------------------------------


def test_names_for_ids_as_in_german(tmp_path: Path) -> None:
    frame = lines()
    frame["customer"] = [f"Kunde {c}" for c in frame["customer"]]
    text = "Kundenname;Bestellnummer;Bestelldatum;Lieferdatum;Artikel;Menge;Einzelpreis\n"
    for who, order, day, pieces, price in frame.itertuples(index=False):
        price_ = f"{price:,.2f}".translate(str.maketrans(",.", ".,"))
        later = day + timedelta(days=4)
        text += f"{who};{order};{day:%d.%m.%Y};{later:%d.%m.%Y};Tasse;{pieces};{price_}\n"
    (tmp_path / "umsatz.csv").write_text(text, "utf-8")
    made, customers = found(tmp_path / "umsatz.csv")
    assert made is not None and customers == by_hand(
        frame.assign(amount=frame["pieces"] * frame["price"])
    )
    assert made.said[0] == (
        f"order lines: {len(frame)} of {len(customers)} customers; customer Kundenname, "
        "order Bestellnummer, date Bestelldatum, amount Menge x Einzelpreis"
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_us_dates_as_texts(tmp_path: Path, kind: str) -> None:
    frame = lines()
    frame["amount"] = frame["price"]
    texts = pd.DataFrame(
        {
            "ORDERNUMBER": frame["order"].astype(str),
            "SALES": frame["price"].map("${:,.2f}".format),
            "ORDERDATE": [f"{d.month}/{d.day}/{d.year} 0:00" for d in frame["day"]],
            "CUSTOMERNAME": frame["customer"].map("Shop {}".format),
        }
    )
    frame["customer"] = texts["CUSTOMERNAME"]
    path = tmp_path / f"sales.{kind}"
    if kind == "csv":
        csv(path, list(texts), texts.to_numpy().tolist())
    else:
        parquet(path, texts)
    made, customers = found(path)
    assert made is not None and customers == by_hand(frame)
    assert made.as_of == frame["day"].max() + timedelta(days=1)
    assert "date ORDERDATE, amount SALES" in made.said[0]


def test_a_price_without_a_quantity(tmp_path: Path) -> None:
    frame = lines()
    rows = frame[["order", "customer", "day", "price"]].to_numpy().tolist()
    path = csv(tmp_path / "t.csv", ("receipt_no", "client_id", "purchased_at", "price"), rows)
    made, customers = found(path)
    assert made is not None and customers == by_hand(frame.assign(amount=frame["price"]))
    assert "order receipt_no, date purchased_at, amount price" in made.said[0]


@pytest.mark.parametrize("has_id", [True, False])
def test_one_line_an_order(tmp_path: Path, has_id: bool) -> None:
    frame = lines().drop_duplicates("order").assign(amount=lambda f: f["price"])
    header, columns = ("user_id", "date", "total"), ["customer", "day", "price"]
    if has_id:
        header, columns = ("order_id", *header), ["order", *columns]
    path = csv(tmp_path / "t.csv", header, frame[columns].to_numpy().tolist())
    made, customers = found(path)
    frame["order"] = frame["order"] if has_id else frame["day"]
    assert made is not None and customers == by_hand(frame)
    assert any(each.startswith("no order id: ") for each in made.said) is not has_id


def test_the_total_of_an_order_on_each_of_its_lines(tmp_path: Path) -> None:
    frame = lines()
    frame["total"] = frame.groupby("order")["price"].transform("sum").round(2)
    rows = frame[["order", "customer", "day", "total"]].to_numpy().tolist()
    path = csv(tmp_path / "t.csv", ("order_id", "customer_id", "order_date", "order_total"), rows)
    made, customers = found(path)
    assert made is not None
    assert customers == by_hand(frame.drop_duplicates("order").assign(amount=lambda f: f["total"]))
    assert "order_total is the same on all lines of an order: counted once an order" in made.said


def test_as_of_a_day_leaves_later_lines_out(tmp_path: Path) -> None:
    frame = lines().assign(amount=lambda f: f["price"])
    rows = frame[["order", "customer", "day", "price"]].to_numpy().tolist()
    path = csv(tmp_path / "t.csv", ("order_id", "customer_id", "order_date", "sales"), rows)
    day = sorted(frame["day"])[len(frame) // 2]  # some were bought on it
    made, customers = found(path, as_of=datetime(day.year, day.month, day.day, 12))
    assert made is not None and customers == by_hand(frame, day)
    later = int((frame["day"] >= day).sum())
    new = frame["customer"].nunique() - len(customers)
    assert made.said[-3:] == (
        f"{later} lines of {day} and later left out",
        f"{new} customers without a purchase left out",
        f"as of {day}",
    )


# --- lines that are no purchases -----------------------------------------------------------------

HEADER = ("order_id", "customer_id", "order_date", "amount", "status")


def mixed() -> list[list[Any]]:
    return [
        ["1", "a", "2025-01-05", 10, "shipped"],
        ["1", "a", "2025-01-05", 2.5, "shipped"],
        ["2", "a", "2025-02-05", 99, "Cancelled"],
        ["3", "a", "2025-02-06", -4, "shipped"],
        ["4", "a", "2025-02-07", 0, "shipped"],
        ["5", None, "2025-02-08", 7, "shipped"],
        ["6", "b", "2025-03-01", 20, "shipped"],
        ["7", "b", None, 5, "shipped"],
        ["8", "b", "2025-03-01", None, "shipped"],
        [None, "b", "2025-03-01", 6, "shipped"],
    ]


def test_every_line_that_is_left_out_is_said(tmp_path: Path) -> None:
    path = csv(tmp_path / "t.csv", HEADER, mixed())
    made, customers = found(path)
    assert made is not None
    assert customers == {"a": (56, 1, 12.5), "b": (1, 1, 20.0)}
    assert made.said[1:] == (
        "1 line without customer_id left out; likewise order_id (1), order_date (1), amount (1)",
        "1 line of cancellations (status is Cancelled) left out, not taken off the amount",
        "1 line with a negative amount left out, not taken off the amount",
        "1 line for nothing (amount 0) left out",
        "as of 2025-03-02: the day after the last order",
    )


def test_of_a_log_of_events_purchases_count(tmp_path: Path) -> None:
    kinds = ["view", "view", "cart", "purchase"]
    rows = [("2025-01-05", i // 4 % 9, kinds[i % 4], 10 + i) for i in range(80)]
    header = ("event_time", "user_id", "event_type", "price")
    made, customers = found(csv(tmp_path / "t.csv", header, rows))
    assert made is not None and made.said[-2] == (
        "60 lines of other events (event_type is not purchase) left out"
    )
    bought = [row for row in rows if row[2] == "purchase"]
    assert sum(total for *_, total in customers.values()) == sum(row[3] for row in bought)
    assert "AND is_bought" in made.models.orders_sql("lines")


def test_a_flag_and_a_c_before_the_number_are_cancellations(tmp_path: Path) -> None:
    rows = [(f"{'C' if i % 9 == 0 else ''}{500 + i}", i % 6, "2025-01-05", 3, i % 7 == 0)
            for i in range(60)]  # fmt: skip
    header = ("invoice", "customer_id", "date", "amount", "is_cancelled")
    made, customers = found(csv(tmp_path / "t.csv", header, rows))
    kept = [row for row in rows if not row[0].startswith("C") and not row[4]]
    assert made is not None and sum(n for _, n, _ in customers.values()) == len(kept)
    assert "(invoice begins with C, is_cancelled)" in made.said[1]


def test_ids_that_all_begin_with_c_are_no_cancellations(tmp_path: Path) -> None:
    rows = [(f"C{500 + i}", i % 6, "2025-01-05", 3) for i in range(60)]
    header = ("invoice", "customer_id", "date", "amount")
    assert "cancel" not in said(csv(tmp_path / "t.csv", header, rows))


def test_what_pandas_writes_of_numbers_with_gaps(tmp_path: Path) -> None:
    frame = lines().assign(amount=lambda f: f["price"])
    table = pd.DataFrame(
        {
            "CustomerID": [None if c == 3 else float(c) for c in frame["customer"]],
            "InvoiceNo": frame["order"],
            "InvoiceDate": pd.to_datetime(frame["day"]),
            "Amount": [float("nan") if i == 7 else x for i, x in enumerate(frame["price"])],
        }
    )
    _, customers = found(parquet(tmp_path / "t.parquet", table))
    assert customers == by_hand(frame.drop(7)[lambda f: f["customer"] != 3])


# --- questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "row", "code", "words"),
    [
        (("customer_id", "order_id", "sales"), lambda i: (i % 9, i, i / 4), "SK305",
         "(customer customer_id, order order_id, amount sales), but no column is the date"),
        (("customer_id", "order_id", "order_date"), lambda i: (i % 9, i, FIRST), "SK305",
         "(customer customer_id, order order_id, date order_date), but no column is the amount"),
        (("order_id", "name", "order_date", "sales"), lambda i: (i, f"n{i % 9}", FIRST, i / 4),
         "SK321", "(order order_id, date order_date, amount sales): which column is the customer?"),
        (("customer_id", "order_id", "order_date", "amount", "currency"),
         lambda i: (i % 9, i, FIRST, i / 4, "EUR" if i % 2 else "USD"), "SK305",
         "several kinds of money (currency: EUR, USD)"),
    ],
)  # fmt: skip
def test_one_question_where_something_is_missing(
    tmp_path: Path, header: Sequence[str], row: Any, code: str, words: str
) -> None:
    path = csv(tmp_path / "t.csv", header, [row(i) for i in range(60)])
    with pytest.raises(ConfigError) as raised:
        found(path)
    (problem,) = raised.value.problems
    assert problem.code == code and words in problem.message and problem.help


def test_texts_that_could_be_it_are_named(tmp_path: Path) -> None:
    rows = [(i % 9, i, "soon" if i % 2 else "2025-01-02", i / 4) for i in range(60)]
    path = csv(tmp_path / "t.csv", ("customer_id", "order_id", "order_date", "sales"), rows)
    with pytest.raises(ConfigError) as raised:
        found(path)
    assert "--type order_date=DATE" in (raised.value.problems[0].help or "")


def test_the_key_says_which_column_is_the_customer(tmp_path: Path) -> None:
    rows = [(i, f"n{i % 9}", FIRST, i / 4 + 1) for i in range(60)]
    path = csv(tmp_path / "t.csv", ("order_id", "name", "order_date", "sales"), rows)
    made, customers = found(path, key="NAME")
    assert made is not None and len(customers) == 9
    assert found(path, key="order_id") == (None, {})  # a row each: customers as before


def test_of_two_columns_of_customers_the_other_is_named(tmp_path: Path) -> None:
    rows = [(i, i % 9, i % 7, FIRST, i / 4 + 1) for i in range(60)]
    header = ("order_id", "customer_id", "buyer_id", "order_date", "sales")
    path = csv(tmp_path / "t.csv", header, rows)
    made, customers = found(path)
    assert made is not None and len(customers) == 9
    assert "--key buyer_id takes that for the customer" in made.said
    made, customers = found(path, key="buyer_id")
    assert made is not None and len(customers) == 7
    assert not any("--key" in said for said in made.said)


def test_days_that_could_be_both_are_asked_about(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        [(i % 9, i, f"0{i % 8 + 1}/0{i % 9 + 1}/2025", i / 4 + 1) for i in range(60)],
        columns=["customer_id", "order_id", "order_date", "sales"],
    )
    path = parquet(tmp_path / "t.parquet", frame)
    with pytest.raises(ConfigError) as raised:
        found(path)
    (problem,) = raised.value.problems
    assert problem.code == "SK108" and "--csv dates=dmy" in (problem.help or "")
    for order, format_ in (("dmy", "%d/%m/%Y"), ("mdy", "%m/%d/%Y")):
        made, _ = found(path, dates=order)
        last = pd.to_datetime(frame["order_date"], format=format_).max().date()
        assert made is not None and made.as_of == last + timedelta(days=1)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (("customer_id", "last_order_date", "orders", "total"), lambda i: (i, FIRST, i % 7, i / 4)),
        (("id", "created_at", "amount"), lambda i: (i, FIRST, i / 4)),
        (("customer_id", "month", "income"), lambda i: (i % 9, FIRST, i / 4)),
        # some customers stand twice
        (("customer_id", "day", "amount"), lambda i: (i if i else 1, FIRST, i / 4)),
    ],
)
def test_what_is_no_order_line_is_not_taken_for_one(
    tmp_path: Path, header: Sequence[str], row: Any
) -> None:
    assert found(csv(tmp_path / "t.csv", header, [row(i) for i in range(60)])) == (None, {})


def test_lines_of_which_none_is_a_purchase(tmp_path: Path) -> None:
    rows = [(i, i % 9, FIRST, -1.5) for i in range(60)]
    path = csv(tmp_path / "t.csv", ("order_id", "customer_id", "order_date", "sales"), rows)
    with pytest.raises(DataError, match="60 lines with a negative amount"):
        found(path)


# --- from the file to the project ----------------------------------------------------------------


@pytest.mark.slow  # what is written is in tests/project/test_order_models.py
def test_the_saved_project_builds_to_the_same_segments(tmp_path: Path) -> None:
    frame = lines(900, 120).assign(amount=lambda f: f["pieces"] * f["price"])
    rows = frame[["order", "customer", "day", "pieces", "price"]].to_numpy().tolist()
    header = ("order_id", "customer_id", "order_date", "quantity", "unit_price")
    path = csv(tmp_path / "Our Orders.csv", header, rows)
    trial = try_data(Options(), str(path), k=3, save=tmp_path / "shop")
    assert trial.saved is not None and trial.result.rows == frame["customer"].nunique()
    assert trial.result.assumptions[0].startswith("order lines: ")
    files = {p.relative_to(trial.saved).as_posix() for p in (trial.saved / "sql").iterdir()}
    assert files == {
        "sql/our_orders_orders.sql", "sql/our_orders_customers.sql", "sql/segments.yml",
    }  # fmt: skip
    before = segments(trial.saved)
    assert {who: row[:3] for who, row in before.items()} == by_hand(frame)
    for path in sorted((trial.saved / "warehouse").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert run_build(Options(trial.saved)).ok and segments(trial.saved) == before
    # the day is the project's to say
    day = date(2025, 7, 1)
    assert run_build(Options(trial.saved, vars={"as_of": f"{day}"})).ok
    assert {who: row[:3] for who, row in segments(trial.saved).items()} == by_hand(frame, day)


def segments(project: Path) -> dict[str, tuple[Any, ...]]:
    with duckdb.connect(str(project / "warehouse/our_orders.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT customer_id, recency_days, orders, total_spend, segment_id "
            "FROM our_orders_segments"
        ).fetchall()
    return {str(who): (days, n, float(spend), segment) for who, days, n, spend, segment in rows}


@pytest.mark.slow
@pytest.mark.skipif(
    not RETAIL.is_file(), reason="online_retail.parquet is not beside the repository"
)
def test_online_retail_as_pandas_has_it() -> None:
    with duckdb.connect() as connection:
        frame = connection.execute(f"FROM '{RETAIL}'").df()
    frame["day"] = pd.to_datetime(frame["InvoiceDate"]).dt.date
    frame["amount"] = frame["Quantity"].astype(int) * frame["UnitPrice"].astype(float)
    frame = frame.rename(columns={"CustomerID": "customer", "InvoiceNo": "order"})
    is_bought = ~frame["order"].str.startswith("C") & (frame["amount"] > 0)
    made, customers = found(RETAIL)
    assert made is not None and made.said == (
        "order lines: 541,909 of 4,372 customers; customer CustomerID, order InvoiceNo, "
        "date InvoiceDate, amount Quantity x UnitPrice",
        "135,080 lines without CustomerID left out",
        "8,905 lines of cancellations (InvoiceNo begins with C) left out, not taken off the amount",
        "40 lines for nothing (amount 0) left out",
        "34 customers without a purchase left out",
        "as of 2011-12-10: the day after the last order",
    )
    assert len(customers) == 4338
    assert customers == by_hand(frame[frame["customer"].notna() & is_bought])
