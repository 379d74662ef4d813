"""Other rules on the same customers, held against what a database counts."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from segkit.cli.main import main
from segkit.core.tree import Below, splits
from segkit.errors import ConfigError, Problem
from segkit.monitor.rule_moves import RuleDiff
from segkit.pipeline import Options, adjust_rules, diff_rules, fit_challengers, run_build
from segkit.pipeline.fit import use_version
from segkit.publish.stored.fits import fit_path, read_fit
from tests.conftest import BUCKETS_YML, SEGMENTS_YML, T1, build_first, write_project
from tests.project.test_revision import commit, git

QUANTILES = "      - {name: spend_third, column: spend, quantiles: 3}\n"
AUTO = SEGMENTS_YML.replace("k: 4, k_max: 5", "k: auto, k_max: 5")
READS = "SELECT segment_id, count(*) AS n FROM {{ ref('shopper_segments') }} GROUP BY segment_id"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """v0001 is published and committed; v0002 has a segment less."""
    project = write_project(
        tmp_path_factory.mktemp("diffs") / "shop",
        None,
        {
            "sql/segments.yml": AUTO,
            "sql/buckets.yml": BUCKETS_YML + QUANTILES,
            "sql/sizes.sql": READS,
            "sql/tests/small.sql": "SELECT * FROM {{ ref('sizes') }} WHERE n < 3",
            ".gitignore": "target/\nwarehouse/*.duckdb\n",
        },
    )
    assert build_first(project).ok
    git(project, "init", "-q", "-b", "main")
    commit(project, "one")
    fit_challengers(Options(project), ("shopper_segments",), promote=False, k=3)
    return project


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "shop"))


def diff(project: Path, name: str | None = "shopper_segments", **more: object) -> RuleDiff:
    (found,) = diff_rules(Options(project), name, warn=fail_of, **more)  # type: ignore[arg-type]
    return found


def fail_of(problem: Problem) -> None:
    raise AssertionError(problem.message)


def pairs(project: Path, one: int, other: int, name: str = "shopper_segments") -> Counter:
    """Customers by both fits, and the metric, by the library's own predictions."""
    import segkit

    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT * FROM customer_features").df()
    directory = project / "warehouse/fits"
    ids = [segkit.load_fit(fit_path(directory, name, v)).predict(rows) for v in (one, other)]
    return Counter(zip(*ids, strict=True))


def test_two_fits_are_what_both_say_of_each_customer(project: Path) -> None:
    found = diff(project, versions=(1, 2))
    counted = pairs(project, 1, 2)
    (column,) = found.columns
    assert {(flow.before, flow.after): flow.n for flow in column.flows} == counted
    assert column.moved == sum(n for (a, b), n in counted.items() if a != b) > 10
    assert column.rows == 240 and column.share == column.moved / 240
    assert (found.before, found.after, column.reason) == ("v0001", "v0002", "rules")
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        total = connection.execute("SELECT sum(spend) FROM customer_features").fetchone()
    assert total and sum(f.sums["spend"] for f in column.flows) == pytest.approx(total[0])
    moved = sum(flow.sums["spend"] for flow in column.moving)
    assert column.share_of("spend") == pytest.approx(moved / total[0])
    after = [word for word in column.wordings if word.rules[1]]
    assert len(after) == 3 and len(column.wordings) == 4
    assert found.readers == (("model", "sizes"), ("test", "small"))
    assert found.resample is None, "another number of segments is no resample"


def test_what_is_published_and_the_next_fit(project: Path) -> None:
    assert (diff(project).before, diff(project).after) == ("v0001", "v0002")
    use_version(Options(project), "shopper_segments", 2)
    assert (diff(project).before, diff(project).after) == ("v0001", "v0002")
    assert run_build(Options(project, as_of=T1)).ok
    found = diff(project, None)
    assert (found.before, found.after, found.columns[0].moved) == ("v0002", "v0002", 0)
    assert diff(project, versions=(1,)).after == "v0002", "the current one stands for the other"


def test_the_lineage_is_that_of_the_fit(project: Path) -> None:
    fit = read_fit(fit_path(project / "warehouse/fits", "shopper_segments", 2))
    found = diff(project, versions=(1, 2))
    assert fit.lineage.segments == found.descents
    assert fit.lineage.replaced == 1
    assert fit.lineage.agrees == pytest.approx(1 - found.columns[0].share, abs=1e-8)


def test_against_a_revision(project: Path) -> None:
    """Written and stored edges, a rule, a new column and a new set; nothing of it is built."""
    use_version(Options(project), "shopper_segments", 2)
    path = project / "sql/buckets.yml"
    text = path.read_text().replace("[25, 35, 55]", "[25, 40, 55]")
    path.write_text(text + "      - {name: age_half, column: age, edges: [40]}\n")
    (project / "sql/more.yml").write_text(BUCKETS_YML.replace("customer_buckets", "others"))
    model = project / "sql/features/customer_features.sql"
    model.write_text(model.read_text().replace("  age,", "  age, -- in years"))
    state = git(project, "status", "--porcelain")
    found = {d.name: d for d in diff_rules(Options(project), None, against="main", warn=fail_of)}
    assert git(project, "status", "--porcelain") == state, "nothing is checked out"
    assert set(found) == {"customer_buckets", "others", "shopper_segments"}
    assert found["others"].untold == "new" and found["others"].what == "main"
    segments = found["shopper_segments"]
    assert (segments.before, segments.after) == ("main v0001", "v0002")
    assert segments.models == ("customer_features",)
    assert segments.columns[0].moved == diff(project, versions=(1, 2)).columns[0].moved
    buckets = {column.name.split(".")[1]: column for column in found["customer_buckets"].columns}
    assert list(buckets) == ["age_band", "income_band", "spend_third"]
    assert found["customer_buckets"].changes[0].startswith("columns: age_band, income_band, ")
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        sql = "SELECT count(*), sum(spend) FROM customer_features WHERE age >= 35 AND age < 40"
        count = connection.execute(sql).fetchone()
    band = buckets["age_band"]
    assert band.changes == ("edges: 25, 35, 55 -> 25, 40, 55",)
    crossed = [flow for flow in band.flows if (flow.before, flow.after) == ("35-55", "25-40")]
    assert count and sum(flow.n for flow in crossed) == count[0]
    assert found["customer_buckets"].metrics == ("spend",)
    assert buckets["income_band"].moved == 0
    assert {flow.before: flow.after for flow in buckets["income_band"].flows}[
        "Unknown"
    ] == "Unknown"


def test_stored_edges_are_a_reason_of_their_own(project: Path) -> None:
    data = project / "data/customers.csv"
    head, *lines = data.read_text().splitlines()
    lines = [line for line in lines if float(line.split(",")[3]) > 60]
    data.write_text("\n".join([head, *lines, ""]))
    options = Options(project, select=("+customer_buckets",), refresh_edges=True, as_of=T1)
    assert run_build(options).ok
    found = diff(project, "customer_buckets", against="main")
    third = found.columns[-1]
    assert (third.reason, third.changes[0].split(":")[0]) == ("edges", "spend_third")
    assert found.columns[0].reason == "rules"
    assert 0 < third.moved == sum(f.n for f in third.flows if f.before != f.after)
    two = diff(project, "customer_buckets", versions=(1, 2)).columns[-1]
    assert (two.flows, two.reason) == (third.flows, "edges")


def test_who_is_let_in_by_one_side_alone(project: Path) -> None:
    path = project / "sql/buckets.yml"
    path.write_text(
        path.read_text().replace("key: customer_id", 'key: customer_id\n    where: "age < 50"')
    )
    band = diff(project, "customer_buckets", against="main").columns[0]
    left = sum(flow.n for flow in band.flows if flow.after == "")
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        older = connection.execute("SELECT count(*) FROM customer_features WHERE age >= 50")
        assert older.fetchone() == (left,)
    assert band.rows == 240 and band.moved == left


def test_a_where_that_no_fit_has_waits_here_too(project: Path) -> None:
    before = diff(project, versions=(1, 2))
    path = project / "sql/segments.yml"
    where = 'key: customer_id\n    where: "age < 50"'
    path.write_text(path.read_text().replace("key: customer_id", where))
    said: list[Problem] = []
    (found,) = diff_rules(Options(project), "shopper_segments", versions=(1, 2), warn=said.append)
    assert found.columns == before.columns and found.columns[0].rows == 240
    assert said[0].notes == ("changed: where: nothing -> age < 50",)


@pytest.mark.parametrize(
    ("old", "new", "why", "what"),
    [
        ("from: customer_features", "from: crm.customers", "relation", "customer_features"),
        ("key: customer_id", "key: income", "key", "customer_id"),
    ],
)
def test_what_cannot_be_told(project: Path, old: str, new: str, why: str, what: str) -> None:
    path = project / "sql/buckets.yml"
    path.write_text(path.read_text().replace(old, new))
    found = diff(project, "customer_buckets", against="main")
    assert (found.untold, found.what, found.columns) == (why, what, ())


def test_a_column_that_is_gone_and_one_that_was_dropped(project: Path) -> None:
    model = project / "sql/features/customer_features.sql"
    model.write_text(model.read_text().replace("  income,\n", ""))
    path = project / "sql/buckets.yml"
    lines = [line for line in path.read_text().splitlines() if "income" not in line]
    path.write_text("\n".join([*lines, ""]))
    found = diff(project, "customer_buckets", against="main")
    assert (found.untold, found.what) == ("columns", "income")
    path.unlink()
    gone = diff(project, "customer_buckets", against="main")
    assert (gone.untold, gone.what) == ("gone", "main")


def test_a_cut_by_hand_is_no_resample(project: Path) -> None:
    fit = read_fit(fit_path(project / "warehouse/fits", "shopper_segments", 1))
    cut = next(s for s in splits(fit.tree) if isinstance(s.test, Below) and s.column == "age")
    assert isinstance(cut.test, Below)
    change = f"age < {cut.test.cut} -> {cut.test.cut + 2}"
    adjust_rules(Options(project), None, [change], save=True)
    assert diff(project, versions=(1, 3)).resample is None


def refused(call: Callable[[], object]) -> Problem:
    with pytest.raises(ConfigError) as caught:
        call()
    return caught.value.problems[0]


def test_what_is_refused(project: Path) -> None:
    gone = refused(lambda: diff(project, versions=(1, 7)))
    assert (gone.code, gone.message) == ("SK311", "shopper_segments has no v0007")
    buckets = refused(lambda: diff(project, "customer_buckets"))
    assert buckets.code == "SK702" and "--against HEAD customer_buckets" in (buckets.help or "")
    assert refused(lambda: diff(project, "sizes")).code == "SK101"


def test_a_definition_that_no_fit_has_yet_is_said(project: Path) -> None:
    path = project / "sql/segments.yml"
    path.write_text(path.read_text().replace("    features:\n      - age\n", "    features:\n"))
    said: list[Problem] = []
    diff_rules(Options(project), "shopper_segments", against="main", warn=said.append)
    assert [(problem.code, problem.severity) for problem in said] == [("SK310", "warning")]


def run(project: Path, *words: str) -> int:
    return main(["diff", *words, "--project-dir", str(project)])


def test_fail_on(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    share = diff(project).columns[0].share
    assert run(project, "--fail-on", f"moved={share + 0.001:.4f}") == 0
    assert "shopper_segments within" in capsys.readouterr().out
    limits = ("--fail-on", "moved=1%", "--fail-on", "moved.spend=0.1%")
    assert run(project, "shopper_segments", *limits, "-o", "json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    judged = answer["result"]["fail_on"]
    assert [(each["limit"], each["is_hit"]) for each in judged] == [
        ("moved=1%", True),
        ("moved.spend=0.1%", True),
    ]
    assert judged[0]["share"] == answer["result"]["nodes"][0]["columns"][0]["share"] == share
    assert run(project, "--fail-on", "moved.income=1%") == 2
    assert "metrics: spend" in capsys.readouterr().err


def test_no_customer_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [line.split(",")[0] for line in (project / "data/customers.csv").read_text().split()[1:]]
    for output in ("md", "json", "table"):
        assert run(project, "--against", "main", "-o", output) == 0
        out = capsys.readouterr().out
        assert out and not {*ids} & {*re.findall(r"\w+", out)}
