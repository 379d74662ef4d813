"""Every number that a page says is one of the JSON of the results, or worked out from it as listed.

Each section has a list of its own: its figures, and what is derived from them (``_of_...``). What
the JSON says in words (rules, names, warnings) may stand on the page word for word. Ticks of axes
are no results, and SQL has its own tests.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from html.parser import HTMLParser
from itertools import accumulate
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from segkit.core.english import format_statistic, format_threshold
from segkit.core.snap import rounder
from segkit.core.usefulness import Estimate
from segkit.report import experiment, page_findings, page_metric, page_title
from segkit.report.examples import value_text
from segkit.report.glossary import GLOSSARY
from segkit.report.html import brief, cards, people, rounder_cuts, sections, telling, what_if
from segkit.report.html.figures import (
    bucket_bars,
    crosstab,
    lift_bars,
    range_bars,
    share_bar,
    tree_drawing,
)
from segkit.report.html.whole_page import render_page
from segkit.report.page_metric import short_amount
from segkit.report.render_json import plain
from segkit.report.text import figure, percent
from segkit.report.usefulness import as_shown, caps, fine_percent, interval_of, points
from segkit.survey.page_data import SPREAD_AT, ProjectReport
from segkit.survey.privacy import Rows, shown_with
from tests.report.html.reports import CASES, project
from tests.report.turned import turned

Json = Mapping[str, Any]
NUMBER = re.compile(
    r"[-+]?[$€£]?(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?(?:(?:bn|[kM])\b)?%?"
)
AXES = {"k", "pair", "snake", "loss", "cube"}  # figures with texts that are numbers alone
TICK = r"[-+]?[$€£]?[\d.,]+[%kM]?( sd| days)?"
CONSTANT = ("9 in 10 from", "in 3D", *GLOSSARY.values())


class _Texts(HTMLParser):
    """The texts that are seen, by section."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, set[str], str]] = []
        self.found: dict[str, list[str]] = defaultdict(list)
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("meta", "input"):
            self.open.append((tag, set((given.get("class") or "").split()), given.get("id") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        tags = {tag for tag, _, _ in self.open}
        if tags & {"script", "style", "pre"} or not re.search(r"\d", data):
            return
        of_axis = any("fig" in looks and looks & AXES for _, looks, _ in self.open)
        if of_axis and re.fullmatch(rf"{TICK}( to {TICK})?", data):
            return
        named = [id_ for tag, _, id_ in self.open if tag == "section" and id_]
        self.found[named[0].split("-")[0] if named else "head"].append(data)


def texts(value: Any) -> Iterator[str]:
    """All words of the results."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key != "sql":
                yield from (*texts(key), *texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def strangers(report: ProjectReport) -> dict[str, list[str]]:
    """What is said with numbers that are not in the JSON, by section."""
    data = json.loads(json.dumps(plain(report), allow_nan=False))
    words = {text.lower().strip(".") for text in texts(data) if re.search(r"[^\W\d]", text)}
    words |= {text.lower().strip(".") for text in CONSTANT}
    ordered = sorted((w for w in words if re.search(r"\d", w)), key=len, reverse=True)
    found: dict[str, list[str]] = {}
    page = render_page(report)
    listed = [column.count("<li><b>") for column in re.findall('<ul class="facts">.*?</ul>', page)]
    for section, said in _Texts(page).found.items():
        sources = data["bucket_sets"] if section == "buckets" else data["segmentations"]
        days = [report.as_of, report.data_day or report.as_of] if section == "head" else []
        allowed = {f"{part}" for day in days for part in (day.day, day.year)}
        if section == "head":  # how many findings hold, of how many: both are listed below
            allowed |= {f"{listed[0]}", f"{sum(listed[:2])}"}
            allowed |= {f"{n}" for n in range(2, listed[1])}  # doubts that are not told by name
        for source in sources:
            for text in SHOWN[section](source) if section in SHOWN else ():
                allowed |= set(NUMBER.findall(text))
        for text in said:
            rest = without(text.lower(), ordered, text)
            if [number for number in NUMBER.findall(rest) if number not in allowed]:
                found.setdefault(section, []).append(f"{text!r}: {rest!r}")
    return found


def without(lowered: str, words: Iterable[str], text: str) -> str:
    """The text without what the results say in words; nothing of one that is a part of these."""
    part = lowered.removesuffix("…").strip()  # of a name in lines, or one that is cut off
    if part[:1].isalpha() and any(part in word for word in words):
        return ""
    rest = text
    for word in words:
        if word in rest.lower():
            at = rest.lower().index(word)
            rest = rest[:at] + rest[at + len(word) :]
    return rest


# what each section has, from the JSON alone ------------------------------------------------------


def unit_of(s: Json, column: str) -> str:
    return str(s["result"]["words"].get(column, ("", ""))[1])


def number(value: float, unit: str) -> str:
    return format_threshold(Decimal(repr(value)), unit)


def money(s: Json) -> tuple[str, dict[str, Json]] | None:
    """The metric that is shared out, with its totals."""
    for metric in s["survey"]["metrics"]:
        totals = s["survey"]["totals"][metric]
        sums = [each["sum"] for each in totals.values()]
        if sum(sums) > 0 and min(sums) >= 0:
            return metric, totals
    return None


def _of_segments(s: Json) -> Iterator[str]:
    """Customers of each, their share, and what part of the metric they have."""
    rows = s["result"]["segments"]
    yield from (f"{row['n']:,} {percent(row['share'])}" for row in rows)
    yield percent(1 - sum(row["share"] for row in rows))
    if found := money(s):
        metric, totals = found
        whole = {key: sum(each[key] for each in totals.values()) for key in ("known", "sum")}
        yield short_amount(whole["sum"], unit_of(s, metric))
        yield short_amount(whole["sum"] / max(whole["known"], 1), unit_of(s, metric))
        for each in totals.values():
            yield short_amount(each["sum"], unit_of(s, metric))
            yield percent(each["sum"] / whole["sum"])
            if each["none"] is not None:
                yield percent(each["none"] / max(each["known"], 1))
            if each["known"]:
                mean = each["sum"] / each["known"]
                yield short_amount(mean, unit_of(s, metric))
                yield f"{mean / (whole['sum'] / whole['known']):.2g}"


def _of_groups(s: Json) -> Iterator[str]:
    """The top segments together, and those that have little: of customers, of the metric."""
    if not (found := money(s)):
        sizes = sorted((row["share"] for row in s["result"]["segments"]), reverse=True)
        yield f"{len(sizes[6:])} {percent(sum(sizes[6:]))}"
        return
    sums = {id_: each["sum"] for id_, each in found[1].items()}
    shares = {row["id"]: row["share"] for row in s["result"]["segments"]}
    whole = sum(sums.values())
    ranked = sorted(sums, key=lambda id_: -sums[id_])
    none = [each["none"] for each in found[1].values()]
    if None not in none:
        yield percent(sum(none) / sum(each["known"] for each in found[1].values()))
    rest = ranked[6:]  # those who have no room on the first screen, together
    yield f"{len(rest)} {percent(sum(shares[id_] for id_ in rest))}"
    yield percent(sum(sums[id_] for id_ in rest) / whole)
    yield short_amount(sum(sums[id_] for id_ in rest), unit_of(s, found[0]))
    for digits in (0, 1):  # one where rounded parts add up to another whole
        for each in (shares, {id_: sums[id_] / whole for id_ in sums}):
            parts = accumulate(each[id_] for id_ in ranked)
            yield from (percent(part, digits) for part in parts)
    low = [id_ for id_ in sums if sums[id_] / whole < 0.5 * shares[id_]]
    yield str(len(low))
    rich = [id_ for id_ in sums if sums[id_] / whole > shares[id_]]
    for of in (shares, {id_: sums[id_] / whole for id_ in sums}):
        for told in (low, rich):
            yield from (percent(sum(of[id_] for id_ in told), digits) for digits in (0, 1))


def _of_worth(s: Json) -> Iterator[str]:
    for each in s["result"]["usefulness"]:
        yield caps(each["low_cap"], each["high_cap"], unit_of(s, each["metric"]))
        yield fine_percent(each["random"])
        yield from _estimate(each["explained"])
        if rival := each["rival"]:
            yield from _estimate(rival["explained"])
            shares = [side["explained"]["value"] for side in (each, rival)]
            digits, ahead = as_shown(*shares, Estimate(**rival["ahead"]))
            yield points(ahead, digits)
            yield from (percent(share, digits) for share in shares)


def _estimate(found: Json | None) -> Iterator[str]:
    if found:
        yield percent(found["value"])
        yield interval_of(Estimate(**found))


def _of_doubt(s: Json) -> Iterator[str]:
    """Quality, stability, who is near a line, and what is missing."""
    result, fit = s["result"], s["result"]["fit"]
    quality, rows = fit["quality"], result["segments"]
    yield f"{quality['loss']:.1%} {percent(quality['fidelity'])} {percent(1 - quality['loss'])}"
    for cut in s["survey"]["cuts"][:1]:
        yield f"{cut['states'][cut['now']]['loss'] or 0:.1%}"
    yield f"{fit['definition'].get('rules', {}).get('max_loss', 0.05) * 100:g}%"
    yield percent(quality["fidelity_held_out"] or 0)
    yield f"{fit['definition'].get('rules', {}).get('min_share', 0.01) * 100:g}%"
    yield from _of_rules(s)
    if stability := fit["stability"]:
        yield from (percent(stability[key]) for key in ("mean", "low", "high"))
        yield f"{stability['customers']:,}"
        yield from map(percent, stability["by_segment"].values())
    near = sum(row["near_a_line"] or 0 for row in rows)
    yield f"{near:,} {percent(near / result['rows'])}"
    yield from (percent((row["near_a_line"] or 0) / max(row["n"], 1)) for row in rows)
    for feature in s["survey"]["features"]:
        everyone = feature["everyone"]
        missing = everyone["missing"]
        yield f"{missing:,} {percent(missing / (missing + everyone['known']))}"
    below = [[t["sum"] for t in of.values()] for of in s["survey"]["totals"].values()]
    for metric, sums in zip(s["survey"]["metrics"], below, strict=True):
        yield f"{sum(each < 0 for each in sums)} {short_amount(min(sums), unit_of(s, metric))}"
    yield f"{result['unassigned']:,} {percent(result['unassigned'] / result['rows'])}"
    yield f"{result['rows'] - result['unassigned']:,}"


def _of_rules(s: Json) -> Iterator[str]:
    fit = s["result"]["fit"]
    yield " ".join(str(fit["quality"][key]) for key in ("leaves", "depth", "short_rules"))
    yield str(fit["k"])


def _of_choice(s: Json) -> Iterator[str]:
    """The number of clusters, those that come next, and what was compared."""
    fit = s["result"]["fit"]
    yield " ".join(map(str, (fit["k"], *fit["alternatives"])))
    for fact in fit["reason"]:
        value = fact["value"] if isinstance(fact["value"], list) else [fact["value"]]
        yield " ".join(map(str, (fact["n"], *value)))


def head(s: Json) -> Iterator[str]:
    for part in (_of_segments, _of_groups, _of_worth, _of_doubt, _of_choice):
        yield from part(s)
    yield f"{s['result']['rows']:,} {len(s['result']['segments'])}"
    yield from (text for each in s["experiments"] for text in _of_verdict(each["readout"] or {}))


def who(s: Json) -> Iterator[str]:
    yield from _of_segments(s)
    for row in s["result"]["segments"]:
        yield f"{row['near_a_line'] or 0:,}"
        if truth := row["truth"]:
            yield f"{percent(truth['members'])} {percent(truth['others'])}"
    if stability := s["result"]["fit"]["stability"]:
        yield from map(percent, stability["by_segment"].values())
    yield from _of_spreads(s, (1, 3, 5))


def _of_spreads(s: Json, places: Iterable[int] = (SPREAD_AT.index(0.5),)) -> Iterator[str]:
    """Quantiles of features in each segment, the shares of levels, and how many more these are."""
    for feature in s["survey"]["features"]:
        for spread in (feature["everyone"], *feature["segments"].values()):
            levels = spread["levels"]
            yield from (percent(n / spread["known"]) for n in levels.values())
            yield from (f"{len(levels) - most} more" for most in (1, 2, 3))
            if spread["quantiles"]:
                unit = feature["feature"]["unit"]
                yield from (format_statistic(spread["quantiles"][at], unit) for at in places)


def what_if_(s: Json) -> Iterator[str]:
    fit = s["result"]["fit"]
    yield f"{fit['definition'].get('rules', {}).get('max_loss', 0.05) * 100:.3g}%"
    cuts, units = s["survey"]["cuts"], s["result"]["words"]
    yield f"{len(cuts)} {s['result']['rows']:,}"
    for cut in cuts:
        edges, unit, now = cut["edges"], units[cut["column"]][1], cut["now"]
        last = len(edges) - 1
        ticks = {now, last // 2, *(last * part // 4 for part in range(5))}
        moved = [_moved(cut, place) for place in range(last + 1)]
        is_whole = cut["column"] in s["integers"]
        tried = {float(each) for each in rounder(Decimal(repr(edges[now])), int(is_whole))}
        yield from (f"{state['loss']:.1%}" for state in cut["states"] if state["loss"] is not None)
        for side in (range(now - 1, -1, -1), range(now + 1, last + 1)):
            known = ([p] for p in side if edges[p] in tried)
            if place := next(known, next(([p] for p in side if moved[p][0]), None)):
                ticks |= set(place)
                flows, total = moved[place[0]]
                yield from (f"{n:,}" for n in (sum(flows.values()), *flows.values()))
                if s["survey"]["metrics"]:
                    yield format_statistic(total, unit_of(s, s["survey"]["metrics"][0]))
        yield from (number(edges[place], unit) for place in ticks)
        yield from (np.format_float_positional(edges[p], trim="-") for p in ticks)  # in a command


def _moved(cut: Json, place: int) -> tuple[Counter[tuple[int, int]], float]:
    """Who moves from where to where with the cut at an edge, with how much of the first metric."""
    flows: Counter[tuple[int, int]] = Counter()
    total = 0.0
    for cell in cut["cells"]:
        if (cell["bin"] <= cut["now"]) != (cell["bin"] <= place):
            pair = (cell["below"], cell["above"])
            flows[pair if cell["bin"] <= cut["now"] else pair[::-1]] += cell["n"]
            total += sum(cell["gains"][:1]) + sum(cell["losses"][:1])
    return flows, total


def rules(s: Json) -> Iterator[str]:
    """A leaf, and a node: neighbouring leaves together."""
    leaves = s["survey"]["leaves"]
    ends = Counter(leaf["code"] for leaf in leaves if leaf["code"])
    yield " ".join(map(str, (ends.total(), len(ends), *ends.values())))
    for place in range(len(leaves)):
        yield from (f"{n:,}" for n in accumulate(leaf["n"] for leaf in leaves[place:]))
    for leaf in leaves:
        yield percent(leaf["clusters"].get(str(leaf["code"]), 0) / max(leaf["n"], 1))
    for cut in s["survey"]["cuts"]:
        yield number(cut["edges"][cut["now"]], unit_of(s, cut["column"]))
    yield from _of_rules(s)
    yield " ".join(str(n) for n in range(1, len(s["survey"]["features"]) + 1))  # asked, or not


def differ(s: Json) -> Iterator[str]:
    yield from _of_spreads(s)
    for feature in s["survey"]["features"]:
        places = [x["place"] for x in feature["segments"].values() if x["place"] is not None]
        if places:
            yield f"{max(places) - min(places):.1f}"


def map_(s: Json) -> Iterator[str]:
    dots = s["survey"]["dots"]
    odd = sum(dot["cluster"] not in (None, dot["code"]) for dot in dots)
    yield f"{len(dots)} {odd}"
    for place, feature in enumerate(s["survey"]["features"]):
        unit, known = feature["feature"]["unit"], [dot["values"][place] for dot in dots]
        ends = sorted(value for value in known if isinstance(value, int | float)) or [0.0]
        cuts = [c for c in s["survey"]["cuts"] if c["column"] == feature["feature"]["column"]]
        for end in (0.0, ends[0], ends[-1], *(c["edges"][c["now"]] for c in cuts)):
            yield f"{format_statistic(end, unit)} {number(end, unit)}"


def trust(s: Json) -> Iterator[str]:
    fit, leaves = s["result"]["fit"], s["survey"]["leaves"]
    yield from _of_choice(s)
    yield " ".join(str(point["k"]) for point in fit["sweep"])
    yield f"{fit['quality']['leaves']} {fit['quality']['loss'] * 100:.1f}%"
    for point in fit["quality"]["curve"]:
        yield f"{point['leaves']} {point['loss'] * 100:.1f}%"
    yield f"{fit['definition'].get('rules', {}).get('max_loss', 0.05) * 100:g}%"
    counts: Counter[tuple[int, int]] = Counter()
    for leaf in leaves:
        for cluster, n in leaf["clusters"].items():
            counts[int(cluster), leaf["code"]] += n
    yield from (f"{n:,}" for n in counts.values())
    for cluster in {cluster for cluster, _ in counts}:
        whole = sum(n for (of, _), n in counts.items() if of == cluster)
        yield percent(counts[cluster, cluster] / whole)
    total = sum(leaf["n"] for leaf in leaves if leaf["clusters"])
    elsewhere = total - sum(n for (cluster, code), n in counts.items() if cluster == code)
    yield f"{elsewhere:,} {total:,} {percent(elsewhere / max(total, 1))}"


def people_(s: Json) -> Iterator[str]:
    columns = [*(f["feature"]["column"] for f in s["survey"]["features"]), *s["survey"]["metrics"]]
    yield f"{people.ON_PAPER} {len(columns)}"
    for example in (each for some in s["survey"]["examples"].values() for each in some):
        yield example["id"]
        yield from (
            value_text(value, unit_of(s, column))
            for column, value in zip(columns, example["values"], strict=True)
        )
        if example["change"]:
            yield number(abs(example["change"]), unit_of(s, example["column"]))


def changed(s: Json) -> Iterator[str]:
    found, drift = s["result"]["changes"], s["result"]["drift"]
    flows, reasons = found["flows"], Counter[str]()
    for flow in flows:
        reasons[flow["reason"] or ""] += flow["n"]
    moved = sum(n for reason, n in reasons.items() if reason not in ("", "joined", "left"))
    before = sum(flow["n"] for flow in flows if flow["from_id"])
    yield f"{found['since'][:10]} {found['until'][:10]} {moved:,} {percent(moved / before)}"
    yield " ".join(f"{n:,}" for n in reasons.values()) + f" {sum(found['kept'].values()):,}"
    for side in ("from_id", "to_id"):
        total = sum(flow["n"] for flow in flows if flow[side])
        for id_ in {flow[side] for flow in flows}:
            n = sum(flow["n"] for flow in flows if flow[side] == id_)
            yield f"{n:,} {percent(n / total)}"
    yield from (f"{flow['n']:,}" for flow in flows)
    for check in drift["checks"]:
        yield f"{abs(check['estimate']) * 100:.1f} {abs(check['estimate']):.2f}"
    for each in drift["mix_and_rate"]:
        yield " ".join(figure(each[of], decimals=2) for of in ("before", "now"))
        for part in each["parts"]:
            yield " ".join(figure(part[of], sign=True, decimals=2) for of in ("mix", "rate"))


def experiments(s: Json) -> Iterator[str]:
    for each in s["experiments"]:
        yield f"{each['start']} {each['end']}"
        if found := each["readout"]:
            yield from _of_readout(found)
        if plan := each["planned"]:
            yield f"{plan['available']:,} {plan['at_n']:,} {plan['arrivals']:,.1f}"
            yield f"{plan['mean']:,.2f} {plan['sd']:,.2f} {plan['mde']:+.1%}"
            yield " ".join(f"{end:.0%}" for end in plan["mde_difference"])
            for row in plan["needed"]:
                yield f"{row['lift']:+.0%} {row['n']:,} {row['days']}"
            for row in plan["segments"]:
                yield f"{row['n']:,} {row['mean']:,.2f} {row['mde']:+.1%}"
            yield from (f"{caution['value']:,.0f}" for caution in plan["cautions"])
    yield from ("80%", "5%")  # power and level, which plans and q are of
    yield from (f"{'+' if tick > 0 else ''}{percent(tick)}" for tick in lift_bars._TICKS)


def _of_readout(found: Json) -> Iterator[str]:
    yield f"{found['n']:,} {found['assigned']:,} {found['planned_n']:,} {found['ends']}"
    yield str(len(found["balance"]))
    yield from _of_verdict(found)
    for metric in found["metrics"]:
        yield f"{len(metric['groups']) - 1} {metric['cap'] or 0:,.2f} {metric['margin'] or 0:.1%}"
        yield str(metric["left_out"])
        for each in metric["differs"]:
            yield f"{each['q']:.1f} {_p(each['p'])} {each['i2']:.0%} {each['tau']:,.2f}"
        for arm in (arm for group in metric["groups"] for arm in group["arms"]):
            yield f"{arm['n']:,} {_p(arm['q'] or 0)}"
            yield from (f"{arm[of]:+.1%}" for of in _LIFTS if arm[of] is not None)
            figures = [arm[of] for of in ("mean", "effect", "shrunk") if arm[of] is not None]
            digits = (2 if abs(x) >= 1 else 4 for x in figures)
            yield from (f"{x:,.{d}f} {x:+,.{d}f}" for x, d in zip(figures, digits, strict=True))


def _of_verdict(found: Json) -> Iterator[str]:
    """What is doubtful of the arms, or what the policy is worth."""
    for check in found.get("balance", ()):
        yield " ".join((_p(check["p"]), *(f"{n:,}" for n in check["counts"].values())))
    if policy := found.get("policy"):
        yield " ".join(f"{policy[of]:+,.2f}" for of in ("gain", "low", "high"))


_LIFTS = ("lift", "lift_low", "lift_high")


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def origin(s: Json) -> Iterator[str]:
    yield f"{s['result']['fit']['sample']:,} {s['result']['fit']['rows']:,}"


def buckets(found: Json) -> Iterator[str]:
    yield f"{found['rows']:,}"
    for bucket in (each for column in found["columns"] for each in column["buckets"]):
        yield f"{bucket['label']} {bucket['n']:,} {percent(bucket['n'] / found['rows'])}"


SHOWN: Mapping[str, Callable[[Json], Iterator[str]]] = {
    "head": head,
    "who": who,
    "changed": changed,
    "experiments": experiments,
    "what": what_if_,
    "rules": rules,
    "differ": differ,
    "map": map_,
    "trust": trust,
    "people": people_,
    "origin": origin,
    "buckets": buckets,
}


@pytest.mark.parametrize(
    ("case", "rows"),
    [*((case, Rows.sample) for case in CASES), ("plain", Rows.none), ("twelve", Rows.full)],
)
def test_every_number_is_in_the_json(case: str, rows: Rows) -> None:
    assert strangers(shown_with(project(CASES[case]()), rows)) == {}


@pytest.mark.parametrize("good", [True, False])
def test_every_number_of_a_finding_is_in_the_json(good: bool) -> None:
    assert strangers(project(turned(good))) == {}


@pytest.mark.slow
def test_every_number_of_the_example_is_in_the_json(example: ProjectReport) -> None:
    assert strangers(example) == {}


WRONG = (
    (page_title, "count_of", "head"),
    (brief, "short_amount", "head"),
    (page_metric, "percent", "head"),
    (page_findings, "count_of", "head"),
    (share_bar, "percent", "head"),
    (cards, "percent", "who"),
    (cards, "count_of", "who"),
    (range_bars, "format_statistic", "who"),
    (what_if, "format_threshold", "what"),
    (rounder_cuts, "format_threshold", "what"),
    (rounder_cuts, "format_statistic", "what"),
    (tree_drawing, "count_of", "rules"),
    (telling, "format_statistic", "differ"),
    (sections, "count_of", "map"),
    (crosstab, "percent", "trust"),
    (people, "value_text", "people"),
    (bucket_bars, "percent", "buckets"),
    (lift_bars, "share_text", "experiments"),
    (experiment, "grouped", "experiments"),
)


@pytest.mark.parametrize(
    ("module", "name", "section"), WRONG, ids=lambda each: getattr(each, "__name__", each)
)
def test_a_wrong_number_is_found(
    module: ModuleType, name: str, section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(module, name)

    def wrong(value: Any, *more: Any) -> Any:
        if isinstance(value, Decimal):
            return right(value * Decimal("1.13") + 1, *more)
        return right(value + 7 if isinstance(value, int) else value * 1.13 + 0.01, *more)

    monkeypatch.setattr(module, name, wrong)
    case = "mixed" if section == "experiments" else "plain"
    assert section in strangers(project(CASES[case]()))
