"""Whole files, from their bytes to a table."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.text_source import path_literal
from segkit.engines.duckdb.text_tables import load_text
from segkit.errors import ConfigError
from segkit.files.csv_options import CsvOptions, FileOptions
from segkit.files.reading import Asked, in_words
from segkit.files.text_file import TextProblem
from segkit.project.schema.file_words import file_options
from tests.files.generated_columns import Generated, Meaning
from tests.files.generated_files import generate_file
from tests.files.workbook import DAY, workbook


@dataclass(frozen=True)
class Table:
    columns: list[str]
    rows: list[tuple[Any, ...]]
    sentences: list[str]

    def values(self, column: str) -> list[Any]:
        place = [name.rpartition(" ")[0] for name in self.columns].index(column)
        return [row[place] for row in self.rows]


def load(
    folder: Path,
    files: Mapping[str, str | bytes] | str | bytes,
    csv: Sequence[str] = (),
    types: Sequence[str] = (),
) -> Table | Asked:
    if isinstance(files, str | bytes):
        files = {"t.csv": files}
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    options = file_options(csv, types)
    with DuckDBEngine() as engine:
        paths = [folder / name for name in files]
        found = load_text(engine.query, engine.query, paths, "t", options)
        if isinstance(found, Asked):
            assert not engine.exists("main", "t")
            return found
        rows = engine.query("SELECT * FROM t")
        assert found[1] == len(rows)
        columns = [f"{column.name} {column.type.sql}" for column in engine.columns("t")]
        return Table(columns, rows, list(found[0].sentences(options)))


def table(folder: Path, *args: Any, **options: Any) -> Table:
    found = load(folder, *args, **options)
    assert isinstance(found, Table), [in_words(q).message for q in found.questions]
    return found


def column(folder: Path, texts: Sequence[str], **options: Any) -> tuple[str, list[Any]]:
    """The type of a column, and its values."""
    content = "id;x\n" + "".join(f'{n};"{text}"\n' for n, text in enumerate(texts))
    found = table(folder, content, **options)
    return found.columns[1].removeprefix("x "), found.values("x")


@pytest.mark.parametrize(
    ("texts", "type_", "values"),
    [
        ([" $ 1,234.50 ", " $ (34.79)", " $ -   "], "DOUBLE", [1234.5, -34.79, 0]),
        (["1.234,50 €", "-34,79 €", "- €"], "DOUBLE", [1234.5, -34.79, 0]),
        (["1.234,50 kr.", "-7,25 kr."], "DOUBLE", [1234.5, -7.25]),
        (["kr. 1,234.50", "kr. -7.25"], "DOUBLE", [1234.5, -7.25]),
        (["1.234.500 р.", "7 р."], "BIGINT", [1234500, 7]),
        (["1 234,5 %", "7,25 %"], "DOUBLE", [1234.5, 7.25]),
        (["₹12,34,567.50", "₹1,234.00"], "DOUBLE", [1234567.5, 1234]),
        (["\u22125.5", "1.25"], "DOUBLE", [-5.5, 1.25]),
        (["\u22125", "17"], "BIGINT", [-5, 17]),
        (["\u00a05", "7\u202f", "\t8"], "BIGINT", [5, 7, 8]),
        (["45\uff05", "0.2"], "DOUBLE", [0.45, 0.2]),
        (["TRUE", "false", "NA"], "BOOLEAN", [True, False, None]),
        (["2024-3-4", "2024-12-31"], "DATE", [date(2024, 3, 4), date(2024, 12, 31)]),
        (["2024-03-04", "31.12.2024"], "DATE", [date(2024, 3, 4), date(2024, 12, 31)]),
    ],
)
def test_columns(tmp_path: Path, texts: list[str], type_: str, values: list[Any]) -> None:
    assert column(tmp_path, texts) == (type_, values)


def test_days_that_are_none(tmp_path: Path) -> None:
    days = [f"{day:02d}.{month:02d}.2024" for month in range(1, 13) for day in range(1, 29)]
    content = "id;d\n" + "".join(f"{n};{day}\n" for n, day in enumerate([*days, "30.02.2024"]))
    found = table(tmp_path, content)
    assert found.columns[1] == "d DATE" and found.values("d")[-1] is None
    assert found.sentences == [
        "d: 28.12.2024 read as 2024-12-28",
        "d: 1 is '30.02.2024': no day, and missing",
    ]


def test_a_moment_with_a_zone_that_is_none_is_no_crash(tmp_path: Path) -> None:
    texts = [f"2024-01-{day:02d}T10:00:00Z" for day in range(1, 29)] * 5 + ["2024-02-30T10:00:00Z"]
    type_, values = column(tmp_path, texts)
    assert type_ == "TIMESTAMP" and values[-1] is None and None not in values[:-1]


def test_a_time_that_is_none_is_missing_and_said(tmp_path: Path) -> None:
    lines = [f"{n},2024-01-{n % 28 + 1:02d} 10:00" for n in range(200)]
    found = table(tmp_path, "\n".join(["id,t", *lines, "200,2024-01-31 25:61"]) + "\n")
    assert found.columns[1] == "t TIMESTAMP" and found.values("t")[-1] is None
    assert found.sentences == ["t: 1 is '2024-01-31 25:61': no day, and missing"]


def test_more_lines_are_skipped_than_there_are(tmp_path: Path) -> None:
    with pytest.raises(TextProblem, match="no lines are left"):
        load(tmp_path, "id,n\n1,2\n", csv=["skip=9"])


NUMBERS = [str(n % 90) for n in range(140)]
QUESTIONS = [
    (["1,234", "5,678"], ["DOUBLE", "BIGINT"]),
    (["1.234", "5.678"], ["DOUBLE", "BIGINT"]),
    (["01/02/2024", "03/04/2024"], ["DATE", "DATE"]),
    (["14/03/24", "30/12/24"], ["DATE", "DATE"]),
    (["45%", "45", "30"], ["DOUBLE", "BIGINT"]),
    (["1%", "1", "0.5"], ["DOUBLE", "DOUBLE"]),
    (["$5.00", "€6.00"], ["VARCHAR", "DOUBLE"]),
    (["1.1", "1.10"], ["VARCHAR", "DOUBLE"]),
    ([*NUMBERS, *["<5"] * 9], ["BIGINT", "VARCHAR"]),
    ([*NUMBERS, *["<5"] * 5, *["<7"] * 4], ["BIGINT", "VARCHAR"]),
    (["$5.00"] * 20 + ["5.00"] * 20 + ["free"], ["DOUBLE", "VARCHAR"]),
]


@pytest.mark.parametrize(("texts", "types"), QUESTIONS)
def test_each_answer_leads_to_what_it_promises(
    tmp_path: Path, texts: list[str], types: list[str]
) -> None:
    content = "id;x\n" + "".join(f'{n};"{text}"\n' for n, text in enumerate(texts))
    asked = load(tmp_path, content)
    assert isinstance(asked, Asked)
    (question,) = asked.questions
    found = []
    for option, values, meaning in in_words(question).answers:
        ((key, value),) = values.items()
        made = table(tmp_path, content, **{option: [f"{key}={value}"]})
        found.append(made)
        if question.kind == "separator":
            place = texts.index(question.example)
            assert f"{made.values('x')[place]:,}" == meaning
    assert [made.columns[1].removeprefix("x ") for made in found] == types
    assert found[0].rows != found[1].rows


def test_nulls_that_are_said(tmp_path: Path) -> None:
    csv = ["nulls=<5", "nulls=-999", "nulls=x"]
    assert column(tmp_path, ["122", "<5", "-999", "333"], csv=csv) == (
        "BIGINT", [122, None, None, 333],
    )  # fmt: skip
    assert column(tmp_path, ["a", "x", "b"], csv=csv) == ("VARCHAR", ["a", None, "b"])
    assert column(tmp_path, ["true", "x", "false"], csv=csv) == ("BOOLEAN", [True, None, False])
    days = ["2024-01-31", "9999-12-31"]
    assert column(tmp_path, days, csv=["nulls=9999-12-31"])[1] == [date(2024, 1, 31), None]


def test_a_type_that_is_said_changes_no_value_in_silence(tmp_path: Path) -> None:
    with pytest.raises(TextProblem, match="says that x is BIGINT: it has decimals"):
        column(tmp_path, ["1.5", "2"], types=["x=BIGINT"])
    with pytest.raises(TextProblem, match="`types` names `y`, which is no column of it"):
        column(tmp_path, ["1.5", "2"], types=["y=BIGINT"])
    assert column(tmp_path, ["yes", "no", "NA"], types=["x=BOOLEAN"]) == (
        "BOOLEAN", [True, False, None],
    )  # fmt: skip


ROWS = "".join(f"{n},{n * 3 % 17},{n * 1.25:.2f}\n" for n in range(1, 30))


def test_a_header_that_comes_again(tmp_path: Path) -> None:
    found = table(tmp_path, "id,n,spend\n" + ROWS + "id,n,spend\n" + ROWS)
    assert found.columns == ["id BIGINT", "n BIGINT", "spend DOUBLE"] and len(found.rows) == 58
    assert found.sentences == ["the header comes again: left out"]


def test_a_header_that_comes_again_among_texts(tmp_path: Path) -> None:
    found = table(tmp_path, "a,b\nx,y\nv,w\na,b\nx,z\n")
    assert found.rows == [("x", "y"), ("v", "w"), ("x", "z")]


def test_a_total_in_the_midst_is_said(tmp_path: Path) -> None:
    found = table(tmp_path, "a,n\nx,1\ny,2\nSubtotal,3\nz,4\nTotal Wine,7\n")
    assert len(found.rows) == 5
    assert found.sentences == [
        "a line among the rows looks like a total, and is kept as a row: 'Subtotal 3'"
    ]


@pytest.mark.parametrize("end", [",,\n" * 3, ",,\n" * 2000])
def test_blank_rows_at_the_end(tmp_path: Path, end: str) -> None:
    found = table(tmp_path, "id,n,spend\n" + ROWS + end)
    assert len(found.rows) == 29 and found.sentences == []


def test_a_huge_cell(tmp_path: Path) -> None:
    found = table(tmp_path, 'id,t\n1,a\n2,"' + "x" * 300_000 + '"\n')
    assert [len(text) for text in found.values("t")] == [1, 300_000]


def test_a_text_behind_the_beginning(tmp_path: Path) -> None:
    """Decided on 1,000 rows, contradicted by a later one."""
    lines = "".join(f"{n};{n % 7},5\n" for n in range(1500))
    assert table(tmp_path, "id;x\n" + lines + '1500;"1.234,5"\n').values("x")[-1] == 1234.5
    assert table(tmp_path, "id;x\n" + lines + "1500;1.5\n").columns[1] == "x DOUBLE"


def test_encodings(tmp_path: Path) -> None:
    found = table(tmp_path, "id;name\n1;Muñoz\n2;Sørensen\n".encode("cp1252"))
    assert found.values("name") == ["Muñoz", "Sørensen"]
    assert found.sentences == ["not UTF-8: read as cp1252"]


BOOK = workbook(a=[["Report 2024"], [], ["id", "n", "d"], [1, 1.043, (45365, DAY)], [2, 950]])


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("t.csv.gz", gzip.compress(b"id,n\n1,2.5\n2,3\n", mtime=0), ["id BIGINT", "n DOUBLE"]),
        ("t.tsv", "id\tn\n1\t2.5\n2\t3\n", ["id BIGINT", "n DOUBLE"]),
        ("t.json", '[{"id": 1, "n": 1.043}, {"id": 2, "n": 950}]', ["id BIGINT", "n DOUBLE"]),
        ("t.ndjson", '{"1": 1, "2": 2}\n{"1": 3, "2": 4}\n', ["1 BIGINT", "2 BIGINT"]),
        ("t.xlsx", BOOK, ["id BIGINT", "n DOUBLE", "d DATE"]),
    ],
)
def test_kinds(tmp_path: Path, name: str, content: bytes | str, columns: list[str]) -> None:
    found = table(tmp_path, {name: content})
    assert found.columns == columns
    assert len(found.rows) == 2 or name == "t.ndjson"


def test_texts_of_json_are_asked_about(tmp_path: Path) -> None:
    content = '[{"id": "1", "n": "1.043"}, {"id": "2", "n": "950"}]'
    assert isinstance(load(tmp_path, {"t.json": content}), Asked)


def test_files_of_one_shape(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "o1.csv": "id,n\n1,2\n2,3\nTotal,5\n",
        "o2.csv": "id;n\n3;4,5\n5;6,25\n",
        "o3.csv.gz": gzip.compress(b"id,n\n7,8\n"),
        "o4.json": '[{"id": 9, "n": 1}]',
    }
    found = table(tmp_path, files)
    assert found.columns == ["id BIGINT", "n DOUBLE"]
    assert found.rows == [(1, 2), (2, 3), (3, 4.5), (5, 6.25), (7, 8), (9, 1)]


@pytest.mark.parametrize("header", ["id,m", "n,id", "ID,N", "id,n,x", "3,4"])
def test_files_of_other_shapes(tmp_path: Path, header: str) -> None:
    row = ",".join("567"[: header.count(",") + 1]) + "\n"
    files = {"o1.csv": "id,n\n1,2\n", "o2.csv": f"{header}\n{row}"}
    with pytest.raises(TextProblem, match=r"o2\.csv has other columns"):
        load(tmp_path, files)


def test_paths_as_sql() -> None:
    assert path_literal(Path("/a/[b]*?'.csv")) == "'/a/[[]b][*][?]''.csv'"
    assert re.fullmatch(r"'.*'", path_literal(Path("a")))
    assert FileOptions().csv == CsvOptions()


# --- files of twelve countries ----------------------------------------------------------------


def alike(value: Any, meant: Meaning, made: Generated) -> bool:
    if made.kind.startswith(("id", "flag")):  # a whole number gives its text back
        text = None if value is None else str(value)
        return (text or "").lower() == (meant or "") or text == meant
    if isinstance(meant, Decimal):
        return isinstance(value, int | float) and value == pytest.approx(float(meant), rel=1e-12)
    return bool(value == meant)


@pytest.mark.parametrize("seeds", [range(start, start + 15) for start in range(0, 60, 15)])
def test_generated_files(tmp_path: Path, seeds: range) -> None:
    questions = 0
    for seed in seeds:
        made = generate_file(seed)
        found = load(tmp_path, made.content)
        if isinstance(found, Asked):
            questions += 1
            continue
        assert [each.rpartition(" ")[0] for each in found.columns] == list(made.names), seed
        for name, each in zip(made.names, made.columns, strict=True):
            values = found.values(name)
            assert len(values) == len(each.meant), seed
            odd = [p for p in zip(values, each.meant, strict=True) if not alike(*p, each)]
            assert odd == [], (seed, name, each.kind)
    assert questions <= 4


@pytest.mark.parametrize(
    ("word", "type_", "said"),
    [
        ("NA", "x BIGINT", "x: 2,503 are 'NA': missing"),
        ("5+", "x VARCHAR", "x: 2,503 are '5+': no number, so it is taken as text"),
    ],
)
def test_words_are_counted_behind_the_beginning(
    tmp_path: Path, word: str, type_: str, said: str
) -> None:
    """Three of the first thousand are a slip, and say nothing of half of the rest."""
    first = [word if n in (7, 70, 700) else str(n % 8 + 1) for n in range(1000)]
    rest = [word if n % 2 else str(n % 8 + 1) for n in range(5000)]
    lines = (f"{n};{text}" for n, text in enumerate([*first, *rest]))
    found = table(tmp_path, "\n".join(["id;x", *lines]) + "\n")
    assert found.columns[1] == type_ and found.sentences == [said]


def test_levels_behind_the_beginning_are_asked_about(tmp_path: Path) -> None:
    first = [f"{n}" for n in range(1000)]
    rest = ["many" if n < 300 else f"{n}" for n in range(5000)]
    lines = (f"{n};{text}" for n, text in enumerate([*first, *rest]))
    asked = load(tmp_path, "\n".join(["id;x", *lines]) + "\n")
    assert isinstance(asked, Asked) and asked.questions[0].n == 300


DAYS = [f"202401{day:02d}" for day in range(1, 29)]


@pytest.mark.parametrize(
    ("texts", "type_"),
    [
        (DAYS, "DATE"),
        ([*DAYS, "NA"], "DATE"),
        ([*DAYS, "20240199"], "BIGINT"),  # the whole column has to prove it
        ([*DAYS, *DAYS, "7"], "BIGINT"),
        (["20240101"] * 5, "BIGINT"),
        ([*(str(20000101 + n) for n in range(28)), *["20000140"] * 2000], "BIGINT"),
    ],
)
def test_days_as_whole_numbers(tmp_path: Path, texts: list[str], type_: str) -> None:
    found, values = column(tmp_path, texts)
    assert found == type_ and (type_ == "DATE" or values == [int(text) for text in texts])


@pytest.mark.parametrize("word", ["unbekannt", "31.02.2024"])
def test_days_among_other_texts_stay_text_and_it_is_said(tmp_path: Path, word: str) -> None:
    texts = [word if n > 1200 and n % 3 == 0 else f"{n % 28 + 1:02d}.01.2024" for n in range(2000)]
    lines = (f"{n};{text}" for n, text in enumerate(texts))
    found = table(tmp_path, "\n".join(["id;d", *lines]) + "\n")
    assert found.columns[1] == "d VARCHAR" and found.values("d") == texts
    assert found.sentences == [f"d: 266 are '{word}': no day, so it is taken as text"]


def test_spaces_before_quotes(tmp_path: Path) -> None:
    found = table(tmp_path, 'id, name, n\n1, "a, b", 4\n2, "c ""d""", 5\n')
    assert found.columns == ["id BIGINT", "name VARCHAR", "n BIGINT"]
    assert found.rows == [(1, "a, b", 4), (2, 'c "d"', 5)]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["Bób", "Анна", "ann"])
def test_utf_16_without_a_mark(tmp_path: Path, encoding: str, name: str) -> None:
    content = f"id,name\n1,{name}\n2,Zoë\n"
    found = table(tmp_path, content.encode(encoding))
    assert found.rows == [(1, name), (2, "Zoë")]
    assert found.sentences == [f"not UTF-8: read as {encoding}"]


@pytest.mark.parametrize("encoding", ["mac_roman", "cp1252"])
@pytest.mark.parametrize("names", ["Müller Köln Weiß Jäger", "Hélène Besançon Noël", "Muñoz Peña"])
def test_windows_and_mac(tmp_path: Path, encoding: str, names: str) -> None:
    content = "id;name\n" + "".join(f"{n};{name}\n" for n, name in enumerate(names.split()))
    found = table(tmp_path, content.encode(encoding))
    assert " ".join(found.values("name")) == names
    assert found.sentences == [f"not UTF-8: read as {encoding}"]


def test_days_in_two_orders_are_one_question(tmp_path: Path) -> None:
    texts = [*["31/12/2024"] * 1200, *["12/31/2024"] * 20]
    content = "id;d\n" + "".join(f"{n};{text}\n" for n, text in enumerate(texts))
    asked = load(tmp_path, content)
    assert isinstance(asked, Asked)
    words = in_words(asked.questions[0])
    assert words.message == (
        "d: 1,200 have the day first, 20 the month (31/12/2024, 12/31/2024): which are days?"
    )
    found = table(tmp_path, content, csv=["dates=mdy"])
    assert found.values("d").count(date(2024, 12, 31)) == 20
    assert found.sentences == ["d: 1,200 are '31/12/2024': no day, and missing"]
    assert table(tmp_path, content, types=["d=VARCHAR"]).columns[1] == "d VARCHAR"


def test_an_error_names_the_file_of_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "o-1.csv").write_text("id,n\n1,2\n")
    (tmp_path / "o-2.csv").write_text("id,n\n1,2\n3\n4,5\n")
    with DuckDBEngine() as engine, pytest.raises(ConfigError, match=r"o-2\.csv, line 3") as error:
        engine.load_file(tmp_path / "o-*.csv", "t")
    assert error.value.problems[0].labels[0].place.path == "o-2.csv"
