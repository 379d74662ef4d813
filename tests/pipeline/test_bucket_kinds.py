"""Rules, quantiles and RFM on columns of every kind, through whole builds."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from segkit.errors import ConfigError
from segkit.pipeline import Options, explain_segmentation, fit_challengers
from segkit.pipeline.compile import compile_node
from segkit.results import BuildResult
from tests.conftest import MakeProject
from tests.pipeline.test_build import T1, build, committed, query

MakeBuckets = Callable[..., Path]
MODEL = """\
{{ config(materialized='table') }}
SELECT
  i AS id,
  i % 90 AS age,
  (i * 7) % 50 AS last_order,
  i / 7.0 AS spend,
  (i / 100.0)::FLOAT AS score,
  (i % 13)::DOUBLE AS rfm_r,
  (i % 40)::VARCHAR AS code,
  i % 3 = 0 AS is_member,
  TIMESTAMPTZ '2026-01-01 00:00:00+00' + INTERVAL (i) DAY AS seen_at
FROM range(200) AS r(i)
"""


@pytest.fixture
def make_buckets(make_project: MakeProject) -> MakeBuckets:
    """Return a function that writes a project of one bucket set ``b`` of the model ``t``."""

    def make(columns: str, model: str = MODEL, head: str = "", more: str = "") -> Path:
        listed = textwrap.indent(textwrap.dedent(columns).strip(), "      ")
        text = f"buckets:\n  - name: b\n    from: t\n    key: id\n{head}    columns:\n{listed}\n"
        return make_project(
            files={
                "sql/buckets.yml": text + more,
                "sql/segments.yml": None,
                "sql/features/customer_features.sql": None,
                "sql/t.sql": model,
            }
        )

    return make


def said(result: BuildResult) -> list[tuple[str, str]]:
    """Code and message of every error."""
    return [(p.code, p.message) for n in result.nodes for p in n.problems if p.severity == "error"]


def counts(project: Path, column: str) -> dict[str, int]:
    return dict(query(project, f"SELECT {column}, count(*) FROM b GROUP BY ALL"))


# a column of the relation may be called like one that the set makes -----------------------------


def test_a_column_may_be_called_like_the_order_of_a_bucket(make_buckets: MakeBuckets) -> None:
    project = make_buckets(
        """
        - {name: last, column: age, edges: [30]}
        - {name: other, column: last_order, edges: [10, 20]}
        - {name: lately, rules: [{label: lately, when: "last_order < 10"}], else: earlier}
        """
    )
    result = build(project)
    assert said(result) == []
    wrong = query(
        project,
        "SELECT count(*) FROM b JOIN t USING (id) WHERE "
        "b.last_order <> 1 + (age >= 30)::INTEGER "
        "OR other_order <> 1 + (t.last_order >= 10)::INTEGER + (t.last_order >= 20)::INTEGER "
        "OR (lately = 'lately') <> (t.last_order < 10)",
    )
    assert wrong == [(0,)]


@pytest.mark.parametrize("recency", ["rfm_r", "age"])
def test_a_column_may_be_called_like_a_score(make_buckets: MakeBuckets, recency: str) -> None:
    """The column is a DOUBLE, so it is read through a guard, and the score is not."""
    project = make_buckets(
        f"""
        - {{name: rfm, rfm: {{recency: {recency}, frequency: last_order, monetary: spend}}}}
        - {{name: part, rules: [{{label: low, when: "rfm_r < 3"}}], else: high}}
        """
    )
    result = build(project)
    assert said(result) == []
    scores = query(project, "SELECT DISTINCT rfm_r FROM b ORDER BY 1")
    assert scores == [(1,), (2,), (3,), (4,), (5,)]
    wrong = "SELECT count(*) FROM b JOIN t USING (id) WHERE (part = 'low') <> (t.rfm_r < 3)"
    assert query(project, wrong) == [(0,)]
    pasted = compile_node(Options(project), "b", expression=True)
    names = ["rfm", "rfm_r", "rfm_f", "rfm_m", "part"]
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        by_hand = connection.execute(f"SELECT {pasted} FROM t ORDER BY t.id").fetchall()
    assert by_hand == query(project, f"SELECT {', '.join(names)} FROM b ORDER BY id")


# conditions that the engine alone can judge -----------------------------------------------------


def test_a_condition_that_fails_on_odd_texts_is_fine_where_the_data_have_none(
    make_buckets: MakeBuckets,
) -> None:
    """The proof tries texts that no data has; a cast of them is an error, not a difference."""
    project = make_buckets(
        """
        - {name: area, rules: [{label: near, when: "CAST(code AS INTEGER) < 10"}], else: far}
        - name: rfm
          rfm:
            recency: age
            frequency: last_order
            monetary: spend
            not_scored: "strptime('20' || lpad(code, 2, '0'), '%Y') < DATE '2005-01-01'"
        """
    )
    result = build(project)
    assert said(result) == []
    assert counts(project, "area") == {"near": 50, "far": 150}
    assert query(project, "SELECT count(*) FROM b WHERE rfm = 'not_scored'") == [(25,)]


def test_a_time_with_a_zone_can_be_asked_for(make_buckets: MakeBuckets) -> None:
    """DuckDB needs pytz to hand such a value to Python, and segkit does not ask for it."""
    when = "seen_at < TIMESTAMPTZ '2026-02-01 00:00:00+00'"
    project = make_buckets(
        f"""
        - {{name: seen, rules: [{{label: early, when: "{when}"}}], else: late}}
        - {{name: ever, rules: [{{label: never, when: seen_at IS NULL}}], else: once}}
        """
    )
    result = build(project)
    assert said(result) == []
    assert counts(project, "seen") == {"early": 31, "late": 169}
    assert counts(project, "ever") == {"once": 200}


def test_rules_too_long_to_prove_are_counted_in_the_data(make_buckets: MakeBuckets) -> None:
    """Both hold for rows that the proof invents, and for none that there are."""
    some, more = (", ".join(map(str, range(n))) for n in (30, 40))
    rules = [
        f"age IN ({some}) AND last_order IN ({some})",
        f"age IN ({more}) AND last_order IN ({more}) AND NOT (age < 30 AND last_order < 30)",
        f"age IN (1, 99) AND last_order IN ({more}) AND age IN ({more}, 99) AND last_order > 40",
    ]
    listed = ", ".join(f'{{label: r{i}, when: "{rule}"}}' for i, rule in enumerate(rules))
    project = make_buckets(f"- {{name: part, rules: [{listed}], else: rest}}")
    result = build(project)
    assert said(result) == []
    assert set(counts(project, "part")) == {"r0", "r1", "rest"}
    path = project / "sql/buckets.yml"
    path.write_text(path.read_text().replace(" AND NOT (age < 30 AND last_order < 30)", ""))
    both = "age < 30 AND last_order < 30"
    ((count,),) = query(project, f"SELECT count(*) FROM t WHERE {both}")
    (problem,) = said(build(project, T1))
    assert problem[0] == "SK201"
    assert f"{count} of 200 rows" in problem[1]


def test_an_aggregate_that_the_parser_does_not_know_is_refused_as_one(
    make_buckets: MakeBuckets,
) -> None:
    for condition in ("fsum(age) > 5", "unnest([age]) > 5"):
        rule = f'{{label: a, when: "{condition}"}}'
        project = make_buckets(f"- {{name: s, rules: [{rule}], else: z}}")
        with pytest.raises(ConfigError) as caught:
            build(project)
        (problem,) = caught.value.problems
        assert problem.code == "SK206"
        assert problem.message.startswith("this condition does not run: ")
        assert problem.place is not None and problem.place.line == 6


# no else ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (("age < 40", "age >= 40"), None),
        (("age <= 40", "age > 40"), None),
        (("age <= 40", "age >= 41"), None),  # no whole number lies between
        (("spend <= 40", "spend >= 41"), "SK202"),
        (("spend < 4", "spend >= 4"), None),
        (("is_member", "NOT is_member"), None),
        (("code = '1'", "code <> '1'"), None),
        (("code IS NULL", "code = '1'", "code NOT IN ('1')"), None),
        (("score < 0.5", "score >= 0.505"), "SK202"),  # 0.502 is in none
        (("seen_at = '2026-01-01'", "seen_at <> '2026-01-01'"), "SK202"),  # a text there, cast here
        (("age % 2 = 0", "age % 2 = 1"), "SK202"),
    ],
)
def test_rules_without_else_leave_nobody_out(
    make_buckets: MakeBuckets, rules: tuple[str, ...], code: str | None
) -> None:
    """Proved, once the types of the columns are known; or refused."""
    listed = ", ".join(f'{{label: r{i}, when: "{rule}"}}' for i, rule in enumerate(rules))
    project = make_buckets(f"- {{name: part, rules: [{listed}]}}")
    if code is None:
        result = build(project)
        assert said(result) == []
        assert set(counts(project, "part")) <= {f"r{i}" for i in range(len(rules))}
        return
    with pytest.raises(ConfigError) as caught:
        build(project)
    assert [p.code for p in caught.value.problems] == [code]


# what is said of the stored edges ----------------------------------------------------------------


def test_the_header_tells_the_edges_of_what_is_there(make_buckets: MakeBuckets) -> None:
    """A score that was taken out stays in the file, so that it comes back as it was."""
    columns = "- {name: q, column: age, quantiles: 4}\n- {name: r, column: spend, quantiles: 3}"
    project = make_buckets(columns)
    assert build(project).ok
    path, view = project / "sql/buckets.yml", project / "warehouse/views/b.sql"
    whole, before = path.read_text(), view.read_text()
    assert [line.split(":")[0] for line in before.splitlines()[2:4]] == ["-- q", "-- r"]
    path.write_text(whole.replace("      - {name: q, column: age, quantiles: 4}\n", ""))
    assert build(project, T1).ok
    header = view.read_text().split("CREATE")[0]
    assert [line.split(":")[0] for line in header.splitlines()] == [
        "-- b",
        "-- every row is in exactly one bucket of each, NULL and non-finite included",
        "-- r",
    ]
    path.write_text(whole)
    assert build(project, T1).ok
    assert view.read_text() == before


def test_a_text_may_be_asked_as_a_flag(make_buckets: MakeBuckets) -> None:
    """The engine casts it, and 'yes' is as TRUE as 'true' then."""
    model = "SELECT i AS id, ['true', 'yes', 'no', NULL][1 + i % 4] AS said FROM range(40) AS r(i)"
    project = make_buckets(
        '- {name: s, rules: [{label: a, when: "said = TRUE"}, {label: b, when: "NOT said"}],'
        " else: z}",
        model,
    )
    result = build(project)
    assert said(result) == []
    assert counts(project, "s") == {"a": 20, "b": 10, "Unknown": 10}


# where -------------------------------------------------------------------------------------------


def test_where_lets_in_only_what_is_true(make_buckets: MakeBuckets) -> None:
    """Not what is unknown. Edges are found among those rows, and rules asked of them alone."""
    columns = """
        - {name: q, column: spend, quantiles: 4}
        - {name: s, rules: [{label: a, when: age + 1 < 30}, {label: b, when: age < 40}], else: z}
    """
    model = MODEL.replace("i % 90 AS age", "nullif(i % 90, 50) AS age")
    project = make_buckets(columns, model, head='    where: "age >= 30"\n')
    result = build(project)
    assert said(result) == []
    inside = "FROM t WHERE age >= 30"
    assert query(project, "SELECT id FROM b ORDER BY 1") == query(
        project, f"SELECT id {inside} ORDER BY 1"
    )
    ((stored,),) = query(project, "SELECT count(*) FROM b WHERE q_order = 1")
    ((least,),) = query(
        project,
        f"SELECT count(*) {inside} AND spend <= "
        f"(SELECT quantile_cont(spend::DOUBLE, 0.25) {inside})",
    )
    assert stored == least > 0
    pasted = compile_node(Options(project), "b", from_relation="elsewhere", as_relation="pasted")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{project / 'warehouse/shop.duckdb'}' AS built (READ_ONLY)")
        connection.execute("CREATE TABLE elsewhere AS FROM built.t ORDER BY hash(id)")
        connection.execute(pasted)
        found = connection.execute("SELECT * FROM pasted ORDER BY id").fetchall()
    assert found == query(project, "SELECT * FROM b ORDER BY id")
    # without it both rules hold for the young
    path = project / "sql/buckets.yml"
    path.write_text(path.read_text().replace('    where: "age >= 30"\n', ""))
    result = build(project, T1)
    assert {code for code, _ in said(result)} == {"SK201"}
    assert query(project, "SELECT count(*) FROM b") == [(len(found),)]


def test_a_changed_where_is_a_changed_definition(make_buckets: MakeBuckets) -> None:
    columns = "- {name: q, column: spend, quantiles: 4}\n- {name: a, column: age, edges: [40]}"
    project = make_buckets(columns, head='    where: "age >= 30"\n')
    assert build(project).ok
    before = committed(project), query(project, "FROM b ORDER BY ALL")
    path = project / "sql/buckets.yml"
    path.write_text(path.read_text().replace("age >= 30", "age >= 20"))
    result = build(project, T1)
    (problem,) = [p for node in result.nodes for p in node.problems]
    assert (problem.code, str(problem.place)) == ("SK310", "sql/buckets.yml:7:27")
    assert problem.notes == ("changed: where: age >= 30 -> age >= 20",)
    assert not result.published
    assert (committed(project), query(project, "FROM b ORDER BY ALL")) == before


# a segmentation of scores ------------------------------------------------------------------------

SEGMENTS = """\
segments:
  - name: by_score
    from: scored
    key: id
    features: [q_order, rfm_r, rfm_f]
    clusters: {k: 3, k_max: 4, seed: 1}
"""


@pytest.mark.slow  # test_scores.py learns segments of scores
def test_segments_of_scores_are_fitted_and_explained(
    make_buckets: MakeBuckets, tmp_path: Path
) -> None:
    project = make_buckets(
        """
        - {name: q, column: spend, quantiles: 4}
        - {name: rfm, rfm: {recency: rfm_r, frequency: last_order, monetary: score}}
        """,
        more=SEGMENTS,
    )
    (project / "sql/scored.sql").write_text(
        "SELECT id, q_order, rfm_r, rfm_f FROM {{ ref('b') }}\n", encoding="utf-8"
    )
    result = build(project)
    assert said(result) == []
    words = explain_segmentation(Options(project), "by_score")
    assert words.rows == 200
    assert sum(segment.row.n for segment in words.segments) == 200
    texts = " ".join(rule for segment in words.segments for rule in segment.rules)
    assert "rfm r" in texts or "rfm f" in texts or "q order" in texts
    # the order of the rows is nothing to the scores, and so nothing to the fit
    before = committed(project)
    path = project / "sql/t.sql"
    path.write_text(path.read_text() + "ORDER BY hash(i)\n", encoding="utf-8")
    (learned,) = fit_challengers(Options(project), ("by_score",), False)
    assert learned.fit.version == 1
    assert build(project, T1).ok
    assert committed(project) == before
