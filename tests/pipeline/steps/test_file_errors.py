"""Where an error of the database is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import ConfigError, EngineError, Label, Place, Problem
from segkit.pipeline.steps.file_errors import advice_on, at_model, at_source
from segkit.project.nodes import ForeignRelation, Model, Seed, Source

PLACE = Place("segkit.yml", 4, 9)
FILE = Place("customers.csv", 3, 1)


def model(sql: str) -> Model:
    return Model(
        "m", Place("sql/m.sql", 1, 1), sql, sql.replace("{{ x }}", "xxxx_yyyy"), "view", ()
    )


def test_an_error_points_into_the_models_file() -> None:
    """The engine points into the rendered text, where a macro has made the line longer."""
    made = model("SELECT {{ x }}, nme\nFROM t")
    column = made.sql.index("nme") + 1
    problem = Problem("SK404", 'Referenced column "nme" not found')
    found = at_model(made, EngineError(problem, made.sql, (1, column)))
    (at,) = found.problems
    assert at.place == Place("sql/m.sql", 1, made.raw_sql.index("nme") + 1, 3)
    assert at.help == "the database says so: `segkit compile m` prints the whole SQL"
    assert (found.sql, found.position) == (made.sql, (1, column))


def test_what_an_error_says_already_stays() -> None:
    own = Problem("SK403", "no", (Label(FILE),), help="do this")
    assert at_model(model("SELECT 1"), EngineError(own)).problems == (own,)
    (at,) = at_model(model("SELECT 1"), EngineError(Problem("SK403", "no"))).problems
    assert at.place == Place("sql/m.sql", 1, 1)


def test_an_error_of_a_file_is_shown_there_and_where_it_is_declared() -> None:
    inside = Source("crm.c", "crm", "c", PLACE, path=Path("/shop/data/customers.csv"))
    problem = Problem("SK106", "line 3 has too few values", (Label(FILE),))
    found = at_source(inside, ConfigError(problem), Path("/shop"))
    assert isinstance(found, ConfigError)
    assert [str(label.place) for label in found.problems[0].labels] == [
        "data/customers.csv:3:1",
        "segkit.yml:4:9",
    ]
    outside = at_source(inside, EngineError(problem), Path("/other"))
    assert isinstance(outside, EngineError)
    assert outside.problems[0].labels[0].place.path == "/shop/data/customers.csv"
    without = at_source(inside, EngineError(Problem("SK106", "gone")), Path("/shop"))
    assert without.problems[0].labels == (Label(PLACE),)


def test_a_seed_is_its_own_declaration() -> None:
    seed = Seed("customers", Path("/shop/s.csv"), Place("warehouse/seeds/s.csv"))
    found = at_source(seed, ConfigError(Problem("SK106", "no", (Label(FILE),))), Path("/shop"))
    assert [str(label.place) for label in found.problems[0].labels] == ["warehouse/seeds/s.csv:3:1"]


def test_a_relation_of_another_database() -> None:
    """A name that is not there is wrong where it is read, a file where it is declared."""
    read = Place("sql/m.sql", 2, 6)
    foreign = ForeignRelation(Path("/x.duckdb"), "main", "t")
    there = Source("dbt.t", None, "t", PLACE, foreign=foreign, read_at=read)
    gone = at_source(there, ConfigError(Problem("SK101", "no table t")), Path("/shop"))
    broken = at_source(there, EngineError(Problem("SK106", "no database")), Path("/shop"))
    assert [label.place for label in gone.problems[0].labels] == [read, PLACE]
    assert [(label.place, label.text) for label in broken.problems[0].labels] == [
        (PLACE, "declared here"),
        (read, "read here"),
    ]


SQL = "SELECT id,\n  \"north\" AS region, 'it''s' AS t\nFROM x"


@pytest.mark.parametrize(
    ("message", "line", "column", "advice"),
    [
        ('Referenced column "north" not found', 2, 3, "write it in single quotes: 'north'"),
        ('Referenced column "id" not found', 1, 8, "`segkit compile m` prints the whole SQL"),
        ('syntax error at or near "{"', 1, 1, "Jinja needs two braces"),
        ("Table with name x does not exist", 3, 6, "is read by ref('...') or source("),
        ("Could not convert string 'a'", 1, 1, "TRY_CAST(... AS ...) makes NULL"),
        ("something new", 1, 1, "`segkit compile m` prints the whole SQL"),
    ],
)
def test_the_next_step(message: str, line: int, column: int, advice: str) -> None:
    assert advice in advice_on(message, "m", Place("sql/m.sql", line, column), SQL)
