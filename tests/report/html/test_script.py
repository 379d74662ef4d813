"""The whole page in a browser: what moves, who can reach it, and that nothing leaves the file."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from segkit.core.columns import ColumnType, Kind, parse_type
from segkit.core.evaluate import evaluate
from segkit.core.number_format import ENGLISH, NumberFormat
from segkit.core.tree import Below, OneOf, splits
from segkit.report.html.script import PARTS, page_script
from segkit.report.html.whole_page import render_page
from segkit.report.page_metric import ranked
from segkit.survey.page_data import ProjectReport, SegmentationReport
from tests.report.html.browser import DESK, PHONE, Browser, Missing, axe_source
from tests.report.html.reports import CASES, EVIL, project

pytestmark = pytest.mark.browser


def other(report: SegmentationReport, name: str) -> SegmentationReport:
    """The report under another name, as a second one of a page."""
    return replace(report, result=replace(report.result, name=name))


@pytest.fixture(scope="module")
def pages(example: ProjectReport) -> dict[str, str]:
    both = (example.segmentations[0], other(CASES["mixed"](), "second"))
    return {
        "example": render_page(example),
        "both": render_page(replace(example, segmentations=both)),
        **{name: render_page(project(made())) for name, made in CASES.items()},
    }


WORDS = [*CASES, "example", "both"]


@pytest.mark.parametrize("name", WORDS)
def test_no_request_leaves_the_file_and_the_console_is_silent(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    browser.show(pages[name])
    for box in ("details.cube", ".what-if details"):
        browser.run("for (const e of document.querySelectorAll(arguments[0])) e.open = true", box)
    browser.run("for (const b of document.querySelectorAll('[data-pick]')) b.click()")
    assert browser.errors() == []
    assert browser.requests() == []
    assert browser.run("return document.querySelector('[role=tab]').textContent")


@pytest.mark.parametrize("width, dark", [(DESK, False), (DESK, True), (PHONE, False)])
@pytest.mark.parametrize("name", ["example", "twelve", "evil"])
def test_axe_finds_nothing(
    browser: Browser, pages: dict[str, str], name: str, width: int, dark: bool
) -> None:
    try:
        axe_source()
    except Missing as missing:
        pytest.skip(str(missing))
    browser.show(pages[name], width=width, dark=dark)
    browser.run("for (const e of document.querySelectorAll('details')) e.open = true")
    browser.run(MOVE_FIRST)
    assert browser.axe() == []


MOVE_FIRST = """
const slider = document.querySelector('.cut [type=range]');
if (slider) {
  slider.value = Number(slider.value) + 1;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
}
"""


@pytest.mark.parametrize("name", WORDS)
def test_nothing_makes_a_phone_scroll_sideways(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    browser.show(pages[name], width=PHONE)
    browser.run(MOVE_FIRST)
    assert browser.sideways() == []
    browser.show(pages[name], width=DESK)
    assert browser.sideways() == []


def test_customers_are_read_on_a_phone_without_scrolling_sideways(
    browser: Browser, pages: dict[str, str]
) -> None:
    browser.show(pages["example"], width=PHONE)
    too_wide = browser.run(
        "return [...document.querySelectorAll('.people .scroll')]"
        ".filter((box) => box.scrollWidth > box.clientWidth).length"
    )
    assert too_wide == 0
    label = "return getComputedStyle(document.querySelector('.people td.n'), '::before').content"
    assert "Days since last order" in browser.run(label)


def test_the_keyboard_reaches_everything(browser: Browser, pages: dict[str, str]) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.show(pages["example"])
    browser.run(MOVE_FIRST)
    wanted = browser.run(
        "return [...document.querySelectorAll('a[href], button, input, select, summary, canvas,"
        " [tabindex]')].filter((e) => e.checkVisibility() && e.tabIndex >= 0)"
        ".map((e, place) => (e.dataset.place = place))"
    )
    missed = {str(place) for place in wanted}
    assert len(missed) > 40
    for _ in range(2 * len(wanted)):  # a browser stops at more places than these
        browser.press(Keys.TAB)
        missed.discard(browser.run("return document.activeElement.dataset.place"))
    assert missed == set()


# the filter --------------------------------------------------------------------------------------

DIMMED = """
// how much of it can be seen, through all that it lies in
const seen = (e) => (e ? Number(getComputedStyle(e).opacity) * seen(e.parentElement) : 1);
const figure = (e) => e.closest('svg, table, .shares, .card')?.getAttribute('class') ?? '';
return [...document.querySelectorAll('.segmentation [data-s]')].map((e) => [
  e.dataset.s.split(' ').includes(arguments[0]), seen(e) < 0.2, figure(e)]);
"""


def test_the_share_bar_highlights_in_every_figure(browser: Browser, pages: dict[str, str]) -> None:
    browser.show(pages["example"])
    browser.click("[data-pick=C]")
    found = browser.run(DIMMED, "C")
    assert all(belongs != dim for belongs, dim, _ in found)
    figures = {where for _, _, where in found}
    for name in ("tree", "snake", "cross", "shares", "card", "heat", "pair"):
        assert any(name in where for where in figures), (name, figures)
    pressed = (
        "return [...document.querySelectorAll('[aria-pressed=true]')].map((e) => e.dataset.pick)"
    )
    assert browser.run(pressed) == ["C"]
    assert browser.text(".said").startswith("C 7+ orders, total spend under $878")
    assert browser.run("return location.hash") == "#segment=C"
    browser.click("[data-pick=C]")
    assert not any(dim for _, dim, _ in browser.run(DIMMED, "C"))
    assert browser.run("return location.hash") == ""


def test_escape_shows_all_again(browser: Browser, pages: dict[str, str]) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.show(pages["example"])
    browser.click("[data-pick=B]")
    browser.press(Keys.ESCAPE)
    assert not any(dim for _, dim, _ in browser.run(DIMMED, "B"))
    assert browser.text(".said") == ""


def test_a_link_to_a_segment_stays(browser: Browser, pages: dict[str, str]) -> None:
    browser.show(pages["example"], "#segment=E")
    assert all(belongs != dim for belongs, dim, _ in browser.run(DIMMED, "E"))
    card = browser.run(
        "const r = document.getElementById('shopper_segments-E').getBoundingClientRect();"
        "return r.top >= 0 && r.bottom <= innerHeight"
    )
    assert card
    browser.run("location.hash = '#segment=A'")
    assert all(belongs != dim for belongs, dim, _ in browser.run(DIMMED, "A"))
    browser.show(pages["example"], "#segment=NOBODY")
    assert not any(dim for _, dim, _ in browser.run(DIMMED, "A"))
    assert browser.errors() == []


SAID = "return [location.hash, document.querySelector('.result [role=status]').textContent]"


def test_a_link_to_a_moved_cut_stays(browser: Browser, pages: dict[str, str]) -> None:
    browser.show(pages["example"])
    assert browser.run("return document.querySelector('.nearest').checkVisibility()")
    browser.run(MOVE_FIRST)
    assert not browser.run("return document.querySelector('.nearest').checkVisibility()")
    browser.click("[data-pick=C]")
    time.sleep(0.4)  # the address follows when the hand rests
    fragment, said = browser.run(SAID)
    # on a busy machine the hand has rested before the segment is pressed
    assert sorted(fragment[1:].split("&")) == ["cut=orders+%3C+7+-%3E+8", "segment=C"]
    assert "31 customers move" in said
    browser.show(pages["example"], fragment)
    assert browser.run(SAID) == [fragment, said]
    assert browser.run("return document.querySelector('[data-pick=C]').ariaPressed") == "true"
    browser.click(".cmd button:last-child")
    time.sleep(0.4)
    assert browser.run("return location.hash") == "#segment=C"
    for wrong in ("#cut=orders+<+6+->+8", "#cut=orders+<+7+->+x", "#cut=%E0%A4%A", "#cut="):
        browser.show(pages["example"], wrong)
        assert browser.run(SAID)[1].startswith("Nothing is moved")
        assert browser.errors() == []
    browser.show(pages["both"], "#cut=second.feature_2+<+38.7+->+40")
    moved = "return [...document.querySelectorAll('.cut.moved')].map((e) => e.id)"
    (found,) = browser.run(moved)
    assert found.startswith("second-cut-")


def test_of_two_segmentations_one_is_filtered(browser: Browser, pages: dict[str, str]) -> None:
    browser.show(pages["both"], "#segment=second.B")
    dims = "return document.querySelectorAll(`[data-name=${arguments[0]}] .dim`).length"
    assert browser.run(dims, "shopper_segments") == 0 < browser.run(dims, "second")
    browser.click(".segmentation [data-pick=A]")
    assert browser.run("return location.hash") == "#segment=shopper_segments.A"


# which segment is this customer? -----------------------------------------------------------------

SET = """
const rows = [...document.querySelectorAll('.customer [data-feature]')];
return arguments[0].map((values) => {
  rows.forEach((row, place) => {
    const value = values[place];
    const select = row.querySelector('select');
    if (select) {
      const by = { unknown: '[data-unknown]', new: '[data-new]' }[value[0]];
      const isAsked = (option) => (by ? option.matches(by) : option.value === value[1]);
      [...select.options].find(isAsked).selected = true;
    } else {
      const field = row.querySelector('[type=number]');
      field.value = value[0] === 'unknown' ? 7 : value[1];
      field.dispatchEvent(new Event('input', { bubbles: true }));
      row.querySelector('[type=checkbox]').checked = value[0] === 'unknown';
    }
  });
  document.querySelector('.customer').dispatchEvent(new Event('input'));
  return Number(document.querySelector('.customer output').dataset.code);
});
"""


def settings(report: SegmentationReport, n: int) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Random customers as they are set on the page, and as a row; many sit on a cut or near it."""
    draw = random.Random(5)
    tests: dict[str, list[Any]] = {}
    for split in splits(report.result.fit.tree):
        tests.setdefault(split.column, []).append(split.test)
    for _ in range(n):
        shown: list[Any] = []
        row: dict[str, Any] = {}
        for survey in report.survey.features:
            column = survey.feature.column
            if column not in tests:
                continue
            here = tests[column]
            if draw.random() < 0.15:
                row[column] = None
                shown.append(["unknown"])
            elif survey.feature.is_category:
                named = {level for t in here if isinstance(t, OneOf) for level in t.levels}
                level = draw.choice(sorted({*survey.feature.levels, *named} - {""}))
                is_new = draw.random() < 0.1
                row[column] = "\0" if is_new else level
                shown.append(["new"] if is_new else ["level", level])
            else:
                type_ = parse_type("BIGINT" if column in report.integers else survey.feature.type)
                text = _number(draw, survey.everyone.quantiles, here, type_)
                row[column] = _typed(text, type_)
                shown.append(["number", text])
        yield shown, row


def _number(draw: random.Random, seen: Any, tests: list[Any], type_: ColumnType) -> str:
    cuts = [test.cut for test in tests if isinstance(test, Below)]
    if cuts and draw.random() < 0.6:
        step = type_.step or Decimal(1).scaleb(draw.randint(-12, -1))
        value = draw.choice(cuts) + draw.choice((-1, 0, 1)) * step
    else:
        value = Decimal(f"{draw.uniform(seen[0], seen[-1]):.4f}")
    return f"{value if type_.step is None else value.quantize(type_.step):f}"


def _typed(text: str, type_: ColumnType) -> Any:
    if type_.kind is Kind.INTEGER:
        return int(text)
    return Decimal(text) if type_.kind is Kind.DECIMAL else float(text)


@pytest.mark.parametrize("name", ["example", "mixed", "own", "categories", "twelve"])
def test_500_settings_end_in_the_segment_of_the_rules(
    browser: Browser, pages: dict[str, str], example: ProjectReport, name: str
) -> None:
    report = example.segmentations[0] if name == "example" else CASES[name]()
    made = list(settings(report, 500))
    browser.show(pages[name])
    said = browser.run(SET, [shown for shown, _ in made])
    expected = [evaluate(report.result.fit.tree, row) for _, row in made]
    assert said == expected
    assert len(set(expected)) > 1
    assert browser.errors() == []


LIT = """
const lit = (part) => [...document.querySelectorAll(`${part} .on`)];
return [
  lit('.tree').filter((e) => e.tagName === 'g' && !e.dataset.cut).map((e) => e.dataset.s ?? ''),
  lit('.tree').filter((e) => e.matches('g')).length,
  lit('.outline').filter((e) => !e.querySelector('li')).length,
];
"""


def test_the_way_of_a_customer_is_lit_in_the_tree(browser: Browser, pages: dict[str, str]) -> None:
    browser.show(pages["example"])
    assert browser.run(LIT) == [[], 0, 0], "nobody was asked for"
    browser.run(SET, [[["number", "5"], ["number", "3"], ["number", "100"]]])
    ids, boxes, leaves = browser.run(LIT)
    # known, orders, total spend, days, and the leaf
    assert ids[-1] == "D" and boxes == 5 and leaves == 1
    browser.run(SET, [[["unknown"], ["number", "3"], ["number", "100"]]])
    assert browser.run(LIT)[0][-1] == "F" and browser.run(LIT)[1] == 2
    browser.click("[data-pick=C]")
    assert browser.run(LIT) == [[], 0, 0]
    assert browser.run("return document.querySelector('.tree [data-cut=\"2\"].dim') !== null")


PRESS = """
const rows = [...document.querySelectorAll('[data-values]')];
return rows.map((row) => {
  row.querySelector('button').click();
  const own = row.closest('[data-s]').dataset.s;
  const output = document.querySelector('.customer output');
  const lit = [...document.querySelectorAll('.tree g.on')].at(-1);
  const top = document.querySelector('#rules').getBoundingClientRect().top;
  return [own, output.textContent[0], lit.dataset.s, 0 <= top && top < innerHeight];
});
"""


@pytest.mark.parametrize("name", ["example", "mixed", "missing"])
def test_a_customer_of_the_tables_is_pressed_and_their_way_is_lit(
    browser: Browser, pages: dict[str, str], example: ProjectReport, name: str
) -> None:
    report = example.segmentations[0] if name == "example" else CASES[name]()
    browser.show(pages[name])
    found = browser.run(PRESS)
    tree, features = report.result.fit.tree, [f.feature.column for f in report.survey.features]
    ids = {segment.code: segment.id for segment in report.result.fit.segments}
    shown = [
        ids[evaluate(tree, dict(zip(features, each.values, strict=False)))]
        for text in ranked(report)
        for each in report.survey.examples.get(text.row.id, ())
    ]
    assert shown and [each[1:] for each in found] == [[id_, id_, True] for id_ in shown]
    assert [each[0] for each in found] == shown  # whose table it is
    assert browser.errors() == []


def test_decimals_are_compared_as_they_are_written(
    browser: Browser, pages: dict[str, str], example: ProjectReport
) -> None:
    tree = example.segmentations[0].result.fit.tree
    browser.show(pages["example"])
    texts = ("322", "321.999999999999999999", "322.000000000000000001", "3.22e2", "32199e-2")
    said = browser.run(SET, [[["number", "10"], ["number", "3"], ["number", t]] for t in texts])
    rows = ({"recency_days": 10, "orders": 3, "total_spend": Decimal(t)} for t in texts)
    assert said == [evaluate(tree, row) for row in rows]
    assert said[0] != said[1], "though they are one float"


SLIDE = """
const row = document.querySelectorAll('.customer [data-feature]')[2];
const [slider, field] = row.querySelectorAll('[type=range], [type=number]');
const move = (element, value) => {
  element.value = value;
  element.dispatchEvent(new Event('input', { bubbles: true }));
};
const values = [0, 500, 1000].map((place) => { move(slider, place); return Number(field.value); });
move(field, values[1]);
return [...values, Number(slider.value)];
"""


def test_500_settings_end_in_the_segment_of_the_published_sql(
    browser: Browser, pages: dict[str, str], example: ProjectReport
) -> None:
    report = example.segmentations[0]
    made = list(settings(report, 500))
    browser.show(pages["example"])
    said = browser.run(SET, [shown for shown, _ in made])
    columns = list(made[0][1])
    types = {f.feature.column: f.feature.type for f in report.survey.features}
    with duckdb.connect() as memory:
        listed = ", ".join(f"{column} {types[column]}" for column in columns)
        memory.execute(f"CREATE TABLE customer_features (customer_id INTEGER, {listed})")
        marks = ", ".join("?" * (len(columns) + 1))
        for place, (_, row) in enumerate(made):
            values = [place, *row.values()]
            memory.execute(f"INSERT INTO customer_features VALUES ({marks})", values)
        memory.execute(report.sql["DuckDB"])
        found = memory.execute("SELECT segment_order FROM shopper_segments ORDER BY customer_id")
        assert said == [order for (order,) in found.fetchall()]


def test_a_slider_sets_the_number_and_a_number_the_slider(
    browser: Browser, pages: dict[str, str]
) -> None:
    browser.show(pages["example"])
    found = browser.run(SLIDE)
    low, middle, high, place = found
    assert low == 0 and middle < high / 50, "a log scale has most room for small numbers"
    assert abs(place - 500) <= 3


# reading -----------------------------------------------------------------------------------------


def test_the_theme_is_chosen_and_kept(browser: Browser, pages: dict[str, str]) -> None:
    theme = (
        "return [document.documentElement.dataset.theme ?? 'auto',"
        " getComputedStyle(document.body).backgroundColor]"
    )
    browser.show(pages["example"])
    browser.run("localStorage.clear()")
    browser.show(pages["example"])
    automatic = browser.run(theme)
    for expected in ("light", "dark"):
        browser.click("button.theme")
        chosen = browser.run(theme)
        assert chosen[0] == expected
        assert browser.text("button.theme") == f"Theme: {expected}"
    assert chosen[1] != automatic[1]
    browser.show(pages["example"])
    assert browser.run(theme) == chosen
    browser.click("button.theme")
    assert browser.run(theme) == automatic


def test_copying_works_from_a_file_and_falls_back_to_a_selection(
    browser: Browser, pages: dict[str, str], example: ProjectReport
) -> None:
    sql = next(iter(example.segmentations[0].sql.values()))
    browser.show(pages["example"])
    browser.command("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]})
    browser.click(".tabs section:not([hidden]) .copy")
    clipboard = "navigator.clipboard.readText().then(arguments[0], arguments[0])"
    assert browser.driver.execute_async_script(clipboard) == sql
    assert browser.text(".tabs section:not([hidden]) .copy") == "Copied"
    browser.show(pages["example"])
    browser.run(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('no'));"
        "document.execCommand = () => false"
    )
    browser.click(".tabs section:not([hidden]) .copy")
    assert browser.run("return getSelection().toString().trim()") == sql.strip()
    assert browser.text(".tabs section:not([hidden]) .copy").startswith("Selected")


def test_tabs_are_walked_with_arrows(browser: Browser, pages: dict[str, str]) -> None:
    from selenium.webdriver.common.keys import Keys

    shown = (
        "return [document.activeElement.textContent, "
        "[...document.querySelectorAll('[role=tabpanel]')].filter((e) => !e.hidden)"
        ".map((e) => e.getAttribute('aria-label'))]"
    )
    browser.show(pages["example"])
    browser.click("[role=tab]")
    names = browser.run(
        "return [...document.querySelectorAll('[role=tab]')].map((e) => e.textContent)"
    )
    for key, place in (
        (Keys.ARROW_RIGHT, 1),
        (Keys.ARROW_LEFT, 0),
        (Keys.ARROW_LEFT, -1),
        (Keys.HOME, 0),
    ):
        browser.press(key)
        assert browser.run(shown) == [names[place], [names[place]]]


def test_a_cut_is_moved_on_the_tree(browser: Browser, pages: dict[str, str]) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser.show(pages["example"])
    rule = "return getComputedStyle(document.querySelector('.rule'), '::before').content"
    assert browser.run(rule) == "none"
    browser.run("document.querySelector('[data-cut=\"0\"]').focus()")
    browser.press(Keys.ARROW_RIGHT)
    assert browser.text(".cut [data-cut-value]") == "8"
    assert browser.run(rule) == '"As published: "'  # its words are those of the fit
    assert browser.text(".tree-note").startswith("orders < 7 → 8: 31 customers move (0.8%)")
    assert browser.text(".tree-note").endswith(" Customers in the drawing are as published.")
    box = browser.driver.find_element("css selector", '[data-cut="0"] rect')
    browser.run("arguments[0].scrollIntoView({block: 'center'})", box)
    ActionChains(browser.driver).drag_and_drop_by_offset(box, -8, 0).perform()
    assert browser.text(".cut [data-cut-value]") == "6"
    value = browser.run(
        "return document.querySelector('[data-cut=\"0\"]').getAttribute('aria-valuetext')"
    )
    assert value == "6"


def test_each_handle_on_the_tree_is_its_own_cut(
    browser: Browser, pages: dict[str, str], example: ProjectReport
) -> None:
    browser.show(pages["example"])
    handles = browser.run(
        "return [...document.querySelectorAll('.tree [data-cut]')].map((handle) => ["
        "[...handle.querySelectorAll('text')].map((text) => text.textContent).join(' '),"
        "`${handle.ariaLabel} ${handle.ariaValueText}`])"
    )
    assert len(handles) >= len(example.segmentations[0].survey.cuts)
    assert [seen for seen, _ in handles] == [said for _, said in handles]


def test_the_cube_turns_by_keys_and_by_dragging(browser: Browser, pages: dict[str, str]) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser.show(pages["example"])
    browser.click("details.cube summary")
    browser.run("document.querySelector('.cube canvas').scrollIntoView({block: 'center'})")
    # it is drawn when a frame has shown how wide it is
    browser.driver.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")
    picture = "return document.querySelector('.cube canvas').toDataURL()"
    pictures = [browser.run(picture)]
    browser.run("document.querySelector('.cube canvas').focus()")
    browser.press(Keys.ARROW_LEFT)
    pictures.append(browser.run(picture))
    canvas = browser.driver.find_element("css selector", ".cube canvas")
    ActionChains(browser.driver).drag_and_drop_by_offset(canvas, 60, 20).perform()
    pictures.append(browser.run(picture))
    browser.run("document.querySelector('[data-pick=A]').click()")
    pictures.append(browser.run(picture))
    assert len(set(pictures)) == 4
    assert len(pictures[0]) > 10_000, "it is not empty"


def test_the_cube_begins_as_its_image(browser: Browser, pages: dict[str, str]) -> None:
    """Before anybody turns it, the canvas shows what stands there without scripts."""
    plain = re.sub(r"<script>.*</script>", "", pages["example"], flags=re.DOTALL)
    found = []
    for html, drawn in ((plain, "svg"), (pages["example"], "canvas")):
        browser.show(html)
        browser.run("document.querySelector('details.cube').open = true")
        picture = browser.driver.find_element("css selector", f".turn {drawn}")
        browser.run("arguments[0].scrollIntoView({block: 'center'})", picture)
        found.append(picture.screenshot_as_base64)
    different = browser.driver.execute_async_script(DIFFERENT, *found)
    assert 0 < different < 0.02, "of the pixels: those at the rim of a letter or a mark"


DIFFERENT = """
const [first, second, done] = arguments;
const pixels = async (data) => {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  return pen.getImageData(0, 0, image.width, image.height);
};
Promise.all([pixels(first), pixels(second)]).then(([a, b]) => {
  if (a.width !== b.width || a.height !== b.height) return done(1);
  let different = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    const far = [0, 1, 2].some((n) => Math.abs(a.data[i + n] - b.data[i + n]) > 100);
    different += far;
  }
  return done(4 * different / a.data.length);
});
"""


# without scripts, on paper, and with evil names --------------------------------------------------


@pytest.mark.parametrize("name", ["example", "twelve"])
def test_it_can_be_read_without_scripts(
    browser: Browser, pages: dict[str, str], example: ProjectReport, name: str
) -> None:
    report = example.segmentations[0] if name == "example" else CASES[name]()
    plain = re.sub(r"<script>.*</script>", "", pages[name], flags=re.DOTALL)
    assert plain != pages[name]
    browser.show(plain)
    shown = browser.run("return document.body.innerText")
    for sql in report.sql.values():
        assert sql.strip().split("\n")[-1].strip() in shown
    assert "Copy" not in shown and "Which segment is this customer?" not in shown
    assert browser.run("return !!document.querySelector('details.cube svg, .cuts polygon')")
    for row in report.result.segments:
        assert row.name in shown


def test_it_prints_on_a4(browser: Browser, pages: dict[str, str]) -> None:
    browser.show(pages["example"])
    browser.media("print")
    browser.size(718)  # 210 mm less margins of 1 cm
    assert browser.sideways() == []
    printed = browser.pdf()
    assert printed.startswith(b"%PDF")
    counts = [int(n) for n in re.findall(rb"/Type /Pages.*?/Count (\d+)", printed, re.DOTALL)]
    assert counts and max(counts) <= 16


def test_evil_names_stay_text(browser: Browser, pages: dict[str, str]) -> None:
    browser.show(pages["evil"])
    browser.run(MOVE_FIRST)
    browser.run("document.querySelector('[data-pick]').click()")
    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert EVIL in browser.text(".said")
    assert EVIL in browser.text(".customer output")
    assert EVIL in browser.text(".customer .because")
    assert browser.errors() == []


def test_the_parts_are_one_scope_and_end_nowhere_else() -> None:
    text = str(page_script())
    assert text.count("</script") == text.count("<script") == 1
    assert "'use strict'" in text and len(PARTS) == 8
    assert not re.search(r"\b(eval|innerHTML|outerHTML|insertAdjacentHTML|fetch|XMLHttp)\b", text)


_TEXTS = """
const texts = [];
for (const box of document.querySelectorAll('.what-if .results, .customer .because')) {
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode.data);
}
return texts.join('\\n');
"""


def test_a_moved_cut_is_told_in_the_numbers_of_the_project(
    browser: Browser, example: ProjectReport
) -> None:
    def told(numbers: NumberFormat) -> str:
        browser.show(render_page(replace(example, numbers=numbers)))
        browser.run(MOVE_FIRST)
        return str(browser.run(_TEXTS))  # a line each: two numbers beside each other are two

    def german(found: re.Match[str]) -> str:
        sign, symbol, digits = found.groups()
        said = digits.translate({ord(","): ".", ord("."): ","})
        return f"{sign}{said}\N{NO-BREAK SPACE}$" if symbol else sign + said

    english = told(ENGLISH)
    numbers = re.compile(r"(-?)([$]?)(\d+(?:,\d{3})*(?:\.\d+)?)")
    assert re.search(r"\$\d", english) and re.search(r"\d\.\d%", english)
    assert told(NumberFormat(".", ",", "after")) == numbers.sub(german, english)


PAINTED = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def test_something_is_seen_soon_on_a_slow_machine(browser: Browser, pages: dict[str, str]) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser.command("Emulation.setCPUThrottlingRate", {"rate": 4})
    try:
        browser.show(pages["example"])
        WebDriverWait(browser.driver, 20).until(lambda _: browser.run(PAINTED))
        first = browser.run(PAINTED)
    finally:
        browser.command("Emulation.setCPUThrottlingRate", {"rate": 1})
    assert first <= 1500  # ms; 600 are wanted, and seen where nobody else is at work
