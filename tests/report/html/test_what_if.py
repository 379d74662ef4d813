"""Moved cuts: what the page says is what `adjust` does and what is counted customer by customer."""

from __future__ import annotations

import random
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.core.evaluate import evaluate
from segkit.core.tree import Below, Leaf, Split, Tree, columns, fold
from segkit.pipeline import Options
from segkit.pipeline.adjust import adjust_rules
from segkit.report.html.what_if import sliders, sql_tabs, what_if
from segkit.survey.page_data import Cell, CutSurvey, ProjectReport, SegmentationReport, State, Total
from segkit.survey.privacy import Rows, without_rows
from tests.conftest import T0
from tests.report.html.bare_page import bare_page
from tests.report.html.browser import Browser
from tests.report.html.reports import CASES, EVIL

COLUMNS = ("recency_days", "orders", "total_spend")
METRIC = "spend_next_90d"

# moves cuts one after the other and reads what the page then says
DRAG = """
const texts = (row) => [...row.cells].map((cell) => cell.textContent);
const read = (table) => [...table.tBodies[0].rows].map(texts);
return arguments[0].map(([which, value]) => {
  const row = document.querySelectorAll('.cut')[which];
  const field = row.querySelector('[type=number]');
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  const tables = [...document.querySelectorAll('.result table')].map(read);
  return {
    status: document.querySelector('.headline').textContent,
    note: document.querySelector('.result .note')?.textContent,
    warned: [...document.querySelectorAll('.result .warn')].map((p) => p.textContent),
    flows: tables.length > 1 ? tables[0] : [],
    segments: tables.at(-1),
    costs: document.querySelector('.found > p:not([class])')?.textContent,
    command: document.querySelector('.cmd code')?.textContent,
  };
});
"""


@dataclass(frozen=True)
class Customer:
    row: dict[str, Any]
    metric: float
    code: int


@pytest.fixture(scope="module")
def customers(example_project: Path, example: ProjectReport) -> list[Customer]:
    """All of the example's, with the segment that the published view says."""
    listed = ", ".join(COLUMNS)
    with duckdb.connect(str(example_project / "warehouse/shop.duckdb"), read_only=True) as file:
        found = file.execute(
            f"SELECT segment_order, {METRIC}, {', '.join(f'v.{c}' for c in COLUMNS)} "
            "FROM shopper_segments AS v JOIN customer_features USING (customer_id)"
        ).fetchall()
    assert len(found) == 4128, listed
    return [Customer(dict(zip(COLUMNS, rest, strict=True)), float(m), c) for c, m, *rest in found]


@dataclass(frozen=True)
class Counted:
    """What happens with a cut at a value, customer by customer."""

    flows: Counter[tuple[int, int]]
    money: Counter[tuple[int, int]]
    n: Counter[int]

    @property
    def moved(self) -> int:
        return sum(self.flows.values())


def counted(
    report: SegmentationReport, customers: Sequence[Customer], cut: CutSurvey, value: Decimal
) -> Counted:
    tree = moved_tree(report, cut, value)
    flows: Counter[tuple[int, int]] = Counter()
    money: Counter[tuple[int, int]] = Counter()
    n: Counter[int] = Counter()
    for customer in customers:
        code = evaluate(tree, customer.row)
        n[code] += 1
        if code != customer.code:
            flows[customer.code, code] += 1
            money[customer.code, code] += customer.metric  # type: ignore[assignment]
    return Counted(flows, money, n)


def moved_tree(report: SegmentationReport, cut: CutSurvey, value: Decimal) -> Tree:
    """The tree as `adjust` changes it: who has no value goes to the side of the median."""
    was = Below(cut.edges[cut.now], cut.is_inclusive)
    whole = value.to_integral_value(ROUND_CEILING) if cut.column in report.integers else value
    test = Below(whole, cut.is_inclusive)
    median = next(f.median for f in report.result.fit.features if f.column == cut.column)

    def of_split(split: Split, yes: Tree, no: Tree) -> Tree:
        if (split.column, split.test) != (cut.column, was):
            return replace(split, yes=yes, no=no)
        return Split(cut.column, test, yes, no, "yes" if test.holds(median) else "no")

    return fold(report.result.fit.tree, lambda leaf: leaf, of_split)


def places(report: SegmentationReport, draw: random.Random) -> Iterator[tuple[int, Decimal, bool]]:
    """50 places on an edge and 50 between two: which cut, where, and whether it is on one."""
    cuts = {n: cut for n, cut in enumerate(report.survey.cuts) if len(cut.edges) > 2}
    for turn in range(100):
        which, cut = draw.choice(list(cuts.items()))
        place = draw.choice([p for p in range(1, len(cut.edges)) if p != cut.now])
        low, high = cut.edges[place - 1 : place + 1]
        between = low + (high - low) * Decimal(draw.randint(1, 99)) / 100
        if cut.column == "total_spend":
            between = between.quantize(Decimal("0.01"))
        is_on = turn % 2 == 0
        value = high if is_on else between
        yield which, value, is_on or value in (low, high)


def figures(text: str) -> tuple[float, float]:
    """The range that a cell or a sentence names: ``$1,930``, ``12 to 34``."""
    found = [
        float(each.replace(",", ""))
        for each in re.findall(r"-?[\d,]*\.?\d+", text.replace("-$", "-"))
    ]
    return found[0], found[-1]


@pytest.mark.browser
@pytest.mark.parametrize("rows", [Rows.sample, Rows.none])
def test_100_moved_cuts_are_what_is_counted_customer_by_customer(
    browser: Browser, example: ProjectReport, customers: list[Customer], rows: Rows
) -> None:
    report = example.segmentations[0]
    report = without_rows(report) if rows is Rows.none else report
    ids = {segment.code: segment.id for segment in report.result.fit.segments}
    browser.show(bare_page(report))
    asked = list(places(report, random.Random(17)))
    said = browser.run(DRAG, [[which, f"{value:f}"] for which, value, _ in asked])
    wide = 0
    for (which, value, is_on), page in zip(asked, said, strict=True):
        cut = report.survey.cuts[which]
        truth = counted(report, customers, cut, value)
        of = f"{cut.said} -> {value}: {page}"
        if truth.moved or page["status"] != "Nobody moves.":
            least, most = figures(page["status"].split(" move")[0])
            assert least <= truth.moved <= most, of
            assert not (is_on or cut.is_exact) or least == most, of
            wide += least < most
        flows = {tuple(row[0].split(" → ")): row[1:] for row in page["flows"]}
        for (was, now), n in truth.flows.items():
            count, money, _ = flows.pop((ids[was], ids[now]))
            least, most = figures(count)
            assert least <= n <= most, of
            low, high = figures(money)
            room = 0.51 if abs(truth.money[was, now]) >= 100 else 0.06
            assert low - room <= truth.money[was, now] <= high + room, of
        assert all(figures(count)[0] == 0 for count, *_ in flows.values()), of
        for row, segment in zip(page["segments"], report.result.segments, strict=True):
            least, most = figures(row[1].split(" → ")[-1])
            assert least <= truth.n[segment.order] <= most, of
        is_exact = page["note"].startswith("Exact")
        assert is_exact or not (is_on or cut.is_exact), of
    assert wide > 20, "half of them lie between two edges"
    assert browser.errors() == []


@pytest.mark.slow
@pytest.mark.browser
def test_the_command_of_the_page_does_what_the_page_says(
    browser: Browser, example: ProjectReport, example_project: Path
) -> None:
    report = example.segmentations[0]
    browser.show(bare_page(report))
    asked = [[0, "8"], [1, "330"], [2, "38"], [4, "2500.5"]]
    exact = 0
    for page in browser.run(DRAG, asked):
        verb, name, text = shlex.split(page["command"])[1:]
        assert (verb, name) == ("adjust", "shopper_segments")
        done = adjust_rules(Options(example_project, as_of=T0), name, [text], save=False)
        least, most = figures(page["status"].split(" move")[0])
        assert least <= done.moves.moved <= most
        if page["note"].startswith("Exact"):
            exact += 1
            assert f" {done.after.quality.loss:.1%};" in page["costs"].replace("→", "")
            explained = done.after.usefulness[0].explained
            assert (
                explained is not None and f" {explained.value:.1%} of the variance" in page["costs"]
            )
            moved = {
                f"{f.before} → {f.after}": f.n for f in done.moves.flows if f.before != f.after
            }
            assert moved == {row[0]: int(row[1].replace(",", "")) for row in page["flows"]}
    assert exact >= 2


def one_cut(**changes: Any) -> SegmentationReport:
    """Two segments at one cut: 40 customers with 1, 50 with 2, 10 with 3, and a few without."""
    made = CASES["two"]()
    fit = made.result.fit
    column = made.survey.features[0].feature.column
    edges = tuple(map(Decimal, ("1", "2", "3")))
    cut = CutSurvey(
        column=column,
        said=f"{column} < 2",
        edges=edges,
        now=1,
        is_exact=True,
        is_inclusive=False,
        cells=(
            Cell(1, 1, 2, 40, (400.0,), (-100.0,)),
            Cell(2, 1, 2, 50, (50.0,), (0.0,)),
            Cell(3, 1, 2, 10, (10.0,), (-90.0,)),
        ),
        states=tuple(State(0.01 * n, 90 + n, (0.1 * n,)) for n in range(3)),
    )
    cut = replace(cut, **changes)
    test = Below(edges[1], cut.is_inclusive)
    rows = [replace(row, n=n) for row, n in zip(made.result.segments, (40, 60), strict=True)]
    texts = [replace(text, row=row) for text, row in zip(made.texts, rows, strict=True)]
    return replace(
        made,
        result=replace(
            made.result,
            rows=100,
            unassigned=0,
            segments=tuple(rows),
            fit=replace(fit, tree=Split(column, test, Leaf(1), Leaf(2))),
        ),
        texts=tuple(texts),
        survey=replace(made.survey, cuts=(cut,)),
    )


def drag(browser: Browser, report: SegmentationReport, *values: float) -> list[dict[str, Any]]:
    browser.show(bare_page(report))
    found = browser.run(DRAG, [[0, str(value)] for value in values])
    assert browser.errors() == []
    return list(found)


@pytest.mark.browser
def test_where_each_value_has_an_edge_all_between_is_exact(browser: Browser) -> None:
    under, up_to = one_cut(), one_cut(is_inclusive=True, said="x <= 2", cells=(
        Cell(0, 1, 2, 40, (0.0,), (0.0,)),
        Cell(1, 1, 2, 50, (0.0,), (0.0,)),
        Cell(2, 1, 2, 10, (0.0,), (0.0,)),
    ))  # fmt: skip
    one, two = drag(browser, under, 1.5, 2.5)
    assert one["status"] == "Nobody moves."  # those with 1 stay under it
    assert two["status"].startswith("50 customers move (50.0%)")
    one, two = drag(browser, up_to, 1.5, 2.5)
    assert one["status"].startswith("50 customers move (50.0%)")
    assert two["status"] == "Nobody moves."  # those with 3 are still over it


@pytest.mark.browser
def test_of_whole_numbers_a_cut_between_two_is_at_one_of_them(browser: Browser) -> None:
    under = one_cut(is_exact=False)
    column = under.survey.cuts[0].column
    (page,) = drag(browser, replace(under, integers=frozenset({column})), 2.5)
    assert page["status"].startswith("50 customers move")  # under 2.5 is under 3
    up_to = one_cut(is_exact=False, is_inclusive=True)
    (page,) = drag(browser, replace(up_to, integers=frozenset({column})), 2.5)
    assert page["status"] == "Nobody moves."  # up to 2.5 is up to 2


@pytest.mark.browser
def test_who_has_no_value_makes_a_gap_with_the_median_in_it_uncertain(browser: Browser) -> None:
    report = one_cut()
    feature = report.survey.features[0]
    fit = report.result.fit
    told = replace(feature.feature, median=2.4)
    missing = replace(feature.everyone, missing=5)
    survey = replace(feature, feature=told, everyone=missing)
    report = replace(
        report,
        result=replace(report.result, fit=replace(fit, features=(told,))),
        survey=replace(report.survey, features=(survey,)),
    )
    inside, outside = drag(browser, report, 2.2, 1.5)
    assert inside["status"].startswith("Between 0 and 50 customers move")
    assert inside["note"].startswith("Not exact: customers were counted at")
    assert outside["status"] == "Nobody moves."


@pytest.mark.browser
def test_money_between_two_edges_counts_who_loses_and_who_brings_it(browser: Browser) -> None:
    (page,) = drag(browser, one_cut(is_exact=False), 2.5)
    assert page["status"].startswith("Between 0 and 50 customers move (0.0% to 50.0%)")
    (page,) = drag(browser, one_cut(is_exact=False, cells=(
        Cell(2, 1, 2, 50, (700.0,), (-300.0,)),
    )), 2.5)  # fmt: skip
    assert "with -$300 to $700 of" in page["status"]


@pytest.mark.browser
def test_beyond_the_edges_nothing_is_claimed(browser: Browser) -> None:
    for page in drag(browser, one_cut(), 0.5, 3.5):
        assert page["status"].startswith("Counted are cuts from ")
        assert page["flows"] == [] and page["segments"] is None
        assert "segkit adjust" in page["command"]


@pytest.mark.browser
def test_a_segment_left_with_nobody_or_with_few_is_said(browser: Browser) -> None:
    report = one_cut(cells=(Cell(1, 1, 2, 40, (0.0,), (0.0,)), Cell(2, 1, 2, 58, (0.0,), (0.0,))))
    definition = {**report.result.fit.definition, "rules": {"min_share": 0.05}}
    fit = replace(report.result.fit, definition=definition)
    report = replace(report, result=replace(report.result, fit=fit))
    nobody, few = drag(browser, report, 1, 3)
    a, b = (f"{row.id} {row.name}" for row in report.result.segments)
    assert nobody["warned"] == [f"Nobody would be left in {a}: the build would refuse."]
    assert few["warned"] == [
        f"{b} would have 2.0% of the customers, less than the 5.0% that are declared as the "
        "least (min_share): the build would warn."
    ]


@pytest.mark.browser
def test_a_cut_that_loses_more_than_was_allowed_is_said(browser: Browser) -> None:
    report = one_cut()
    definition = {**report.result.fit.definition, "rules": {"max_loss": 0.015}}
    fit = replace(report.result.fit, definition=definition)
    report = replace(report, result=replace(report.result, fit=fit))
    less, more = drag(browser, report, 1, 3)
    said = "Loss would be above the 1.5% that these rules were allowed (max_loss)."
    assert said not in less["warned"]
    assert more["warned"] == [said]
    row = "return [...document.querySelectorAll('.nearest tbody tr')].map((r) => r.textContent)"
    fewer, further = browser.run(row)  # the ready-made table marks the same
    assert "0.0%" in fewer and " over" not in fewer and "2.0% over" in further
    browser.run(DRAG, [[0, "2"]])
    note = browser.run("return document.querySelector('.nearest .note').textContent")
    assert note == "over: above the 1.5% that were allowed (max_loss)."


@pytest.mark.browser
def test_where_too_much_is_lost_already_it_is_about_more_than_today(browser: Browser) -> None:
    """What is seen to be the same is not told to be worse."""
    report = one_cut()
    fit = replace(report.result.fit, definition={"rules": {"max_loss": 0.005}})
    (cut,) = report.survey.cuts
    said = "Loss would be above the 0.5% that these rules were allowed (max_loss), and above now."
    for loss, warned in ((0.0104, []), (0.0106, [said])):
        states = tuple(
            replace(state, loss=loss) if place == 2 else state
            for place, state in enumerate(cut.states)
        )
        survey = replace(report.survey, cuts=(replace(cut, states=states),))
        made = replace(report, survey=survey, result=replace(report.result, fit=fit))
        (shown,) = drag(browser, made, 3)
        assert shown["warned"] == warned
        assert ("<b> over</b>" in str(what_if(made))) is bool(warned)


@pytest.mark.browser
def test_nobody_has_nothing_whatever_sums_leave(browser: Browser) -> None:
    """0.1 and 0.2 less 0.3 is no 0: a segment without customers has no share of the money."""
    cells = (Cell(1, 1, 2, 15, (0.1,), (0.0,)), Cell(1, 1, 2, 25, (0.2,), (0.0,)))
    report = one_cut(cells=cells)
    sums = dict(zip(("A", "B"), (Total(40, 0.3), Total(60, 800.0)), strict=True))
    report = replace(report, survey=replace(report.survey, totals={"spend_next": sums}))
    (page,) = drag(browser, report, 1)
    (kept,) = drag(browser, replace(report, survey=replace(report.survey, cuts=(
        replace(report.survey.cuts[0], cells=(*cells[:1], replace(cells[1], n=24))),
    ))), 1)  # fmt: skip
    for each in (page, kept):
        assert each["segments"][0][3].endswith("→ 0.0%"), each["segments"]
    assert page["segments"][0][1] == "40 → 0"


@pytest.mark.parametrize(
    ("which", "says"),
    [
        (0, "A, B, D | B, C, E"),
        (1, "A, B, D | B, with orders under 7"),
        (3, "B | A, with days since last order 42 or more, orders under 7, total spend under $322"),
        (4, "B, C | E, with orders 7 or more"),
        (5, "C | B, with orders 7 or more, total spend under $2,130"),
    ],
)
def test_what_each_cut_tells_apart_is_said(example: ProjectReport, which: int, says: str) -> None:
    rows = str(what_if(example.segmentations[0])).split("<li ")[1:]
    name = f"shopper_segments-cut-{which}-apart"
    assert f'<span id="{name}">{says}</span>' in rows[which]
    assert rows[which].count(f'aria-describedby="{name}"') == 2


def test_of_many_segments_at_a_cut_there_is_a_number() -> None:
    shown = str(what_if(CASES["twelve"]()))
    assert re.search(r"<span id=[^>]*>(\d+ segments|[A-L](, [A-L]){0,3}) \| ", shown)
    for said in re.findall(r'class="told">.*?<span id=[^>]*>(.*?)</span>', shown):
        assert all(side.count(", ") < 4 for side in said.partition(", with")[0].split(" | ")), said


@pytest.mark.browser
@pytest.mark.parametrize("column", ["x", 'a "b', "it's $5", "a < b", "a`b\\c!"])
def test_the_command_is_one_word_of_a_shell_whatever_the_column(
    browser: Browser, column: str
) -> None:
    said = f'"{column}" < 2' if "<" in column else f"{column} < 2"
    (page,) = drag(browser, one_cut(said=said), 3)
    assert shlex.split(page["command"]) == ["segkit", "adjust", "shopper_segments", f"{said} -> 3"]


@pytest.mark.browser
def test_of_several_metrics_one_is_chosen(browser: Browser) -> None:
    report = one_cut(
        cells=(Cell(2, 1, 2, 50, (500.0, 7.0), (0.0, -1.0)),),
        states=tuple(State(0.01, 90, (0.1, 0.2)) for _ in range(3)),
    )
    totals = next(iter(report.survey.totals.values()))
    words = {"a": ("Spend", "$"), "b": ("Visits", "")}
    survey = replace(report.survey, metrics=("a", "b"), totals={"a": totals, "b": totals})
    report = replace(report, result=replace(report.result, words=words), survey=survey)
    (page,) = drag(browser, report, 3)
    assert page["status"] == "50 customers move (50.0%), with $500 of spend."
    browser.run(
        "const select = document.querySelector('.metric select'); select.value = '1';"
        "select.dispatchEvent(new Event('input', { bubbles: true }))"
    )
    assert browser.text(".headline") == "50 customers move (50.0%), with 6 of visits."


def test_the_hill_is_as_high_as_customers_are_many() -> None:
    cells = (Cell(1, 1, 2, 40), Cell(2, 1, 2, 10))
    assert 'points="0,50 0,0 1,50 2,38 2,50"' in what_if(one_cut(cells=cells))


@pytest.mark.browser
def test_one_cut_at_a_time_and_back(browser: Browser, example: ProjectReport) -> None:
    browser.show(bare_page(example.segmentations[0]))
    browser.run(DRAG, [[0, "8"], [1, "400"]])
    rows = "return [...document.querySelectorAll('.cut')].map((row) => row.className)"
    assert browser.run(rows)[:3] == ["cut resting", "cut moved", "cut resting"]
    first = "return document.querySelector('.cut [type=number]').value"
    assert browser.run(first) == "7"
    browser.run("document.activeElement.blur()")
    browser.click(".cmd button:last-child")
    assert set(browser.run(rows)) == {"cut"}
    assert browser.text(".headline").startswith("Nothing is moved")


@pytest.mark.browser
def test_a_click_that_ends_the_typing_copies_the_command(
    browser: Browser, example: ProjectReport
) -> None:
    browser.show(bare_page(example.segmentations[0]))
    browser.command("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]})
    browser.click(".cut [type=number]")
    browser.run("document.activeElement.select()")
    browser.press("12")
    browser.click(".cmd button")
    clipboard = "navigator.clipboard.readText().then(arguments[0], arguments[0])"
    copied = browser.driver.execute_async_script(clipboard)
    assert copied == 'segkit adjust shopper_segments "orders < 7 -> 12"'


@pytest.mark.browser
def test_keys_move_a_cut_from_edge_to_edge(browser: Browser, example: ProjectReport) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.show(bare_page(example.segmentations[0]))
    browser.run("document.querySelector('.cut [type=range]').focus()")
    browser.press(Keys.ARROW_RIGHT)
    assert browser.text(".cut [data-cut-value]") == "8"
    assert browser.text(".headline").startswith("31 customers move (0.8%), with $3,052 of")
    slider = "return document.querySelector('.cut [type=range]').getAttribute('aria-valuetext')"
    assert browser.run(slider) == "8"


# without a script --------------------------------------------------------------------------------


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags[tag] += 1

    def handle_data(self, data: str) -> None:
        self.text += f"{data}\n"


def read(markup: object) -> Texts:
    texts = Texts()
    texts.feed(str(markup))
    return texts


@pytest.mark.parametrize("case", CASES)
def test_every_report_is_drawn_and_stays_text(case: str) -> None:
    report = CASES[case]()
    for markup in (what_if(report), sliders(report), sql_tabs(report)):
        found = read(markup)
        assert found.tags["img"] == found.tags["script"] == 0
    drawn = read(what_if(report))
    assert drawn.tags["polygon"] == len(report.survey.cuts)
    fields = read(sliders(report))
    assert fields.tags["fieldset"] + fields.tags["select"] == len(columns(report.result.fit.tree))
    if case == "evil":
        assert EVIL in fields.text


def test_only_features_that_decide_are_asked() -> None:
    report = CASES["twelve"]()
    text = read(sliders(report)).text
    assert "No rule asks the 26 other features." in text
    assert "other feature" not in read(sliders(CASES["two"]())).text


def test_rules_without_a_number_say_that_no_cut_moves() -> None:
    report = CASES["categories"]()
    assert not report.survey.cuts
    assert "there is no cut to move" in read(what_if(report)).text


def test_all_sql_is_there() -> None:
    report = CASES["plain"]()
    text = read(sql_tabs(report)).text
    assert all(title in text and sql in text for title, sql in report.sql.items())
    assert report.sql
