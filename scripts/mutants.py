"""Break segkit on purpose, one place at a time, and see whether the tests notice.

    python scripts/mutants.py [--only WORDS] [--within PATH] [--list]

A mutant is a text of the package, what stands there instead, and the tests that should
fail then. It is told by its text alone, which stands once in the whole package: a
module may move without a word here, and a text that is gone is an error that names it.
Each mutant is made in a copy of the tree, so nothing here is touched.

The exit code is 1 if a mutant survives that is not said to do the same as the original.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 180  # a mutant that never ends is noticed as well
ANY = "not old_client and not warehouse and not dbt"
QUICK = f"not slow and {ANY}"  # a test that is named by itself may be slow
_NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", "target", "__pycache__", ".*_cache")


@dataclass(frozen=True)
class Mutant:
    """``old`` stands once in the package. ``same``: why no test can tell it from the original."""

    name: str
    old: str
    new: str
    tests: tuple[str, ...]
    same: str = ""


def m(name: str, old: str, new: str, *tests: str, same: str = "") -> Mutant:
    return Mutant(name, old, new, tests, same)


MUTANTS: tuple[Mutant, ...] = (
    m(
        "experiments: the holdout has the salt of the experiment",
        'HOLDOUT_SALT = "segkit_holdout"',
        'HOLDOUT_SALT = "segkit_fold"',
        "tests/experiments/test_assignment.py",
    ),
    m(
        "experiments: looks share no alpha",
        "np.where(share > 0, p * ALPHA / share, 1.0)",
        "np.where(share > 0, p, 1.0)",
        "tests/experiments/test_balance.py",
    ),
    m(
        "experiments: a policy is valued where it was chosen",
        "np.arange(folds) != fold), weight)",
        "np.ones(folds, bool)), weight)",
        "tests/experiments/test_policy.py",
    ),
    m(
        "experiments: effects are shrunk as they are",
        "found = heterogeneity(effect / there, se / there, axis)",
        "there = np.ones_like(there); found = heterogeneity(effect, se, axis)",
        "tests/experiments/test_by_segment.py",
    ),
    m(
        "experiments: strata do not count by their customers",
        "over_strata(var, 2)",
        "over_strata(var, 1)",
        "tests/experiments/test_arm_moments.py",
    ),
    m(
        "experiments: who is young counts",
        "is_over = f\"a.assigned_at + INTERVAL '{days} days' <= {end}\"",
        'is_over = f"a.assigned_at <= {end}"',
        "tests/experiments/test_customer_rows.py",
    ),
    m(
        "experiments: a covariate of after the assignment",
        'f"CASE WHEN {at} >= {today} THEN {number} END"',
        "number",
        "tests/pipeline/steps/test_experiment_builder.py::"
        "test_assignments_made_elsewhere_are_read_as_well",
    ),
    m(
        "drift: customers of two builds are others",
        "- 2 * shared, 0.0)",
        "- 0 * shared, 0.0)",
        "tests/monitor/drift/test_moments.py::test_the_overlap_is_counted_as_with_rows",
    ),
    m(
        "drift: the calendar is no reason",
        "over = max(test.estimate - max(drifted, 0.0), 0.0)",
        "over = max(test.estimate, 0.0)",
        "tests/monitor/drift/test_against_fit.py::"
        "test_a_share_alarms_for_its_part_outside_of_the_calendar",
    ),
    m(
        "drift: a season in which more buy is another flow",
        "flow.calendar_id or flow.from_id, flow.band, flow.active",
        "flow.calendar_id or flow.from_id, flow.band",
        "tests/monitor/drift/test_flow.py::test_a_season_in_which_more_buy_is_no_other_flow",
    ),
    m(
        "a total of an order counts on each of its lines",
        'distinct = " DISTINCT" if self.is_once else ""',
        'distinct = ""',
        "tests/project/test_order_models.py::test_lines_that_count",
    ),
    m(
        "half of the order numbers begin with C",
        "if 0 < marked < plain and",
        "if 0 < marked and",
        "tests/learn/data/test_line_evidence.py::test_a_c_before_the_number_of_an_invoice",
    ),
    m(
        "customers who stand twice are order lines",
        "_FEW = 1.5",
        "_FEW = 1.0",
        "tests/pipeline/test_try_orders.py::test_what_is_no_order_line_is_not_taken_for_one",
    ),
    m(
        "lines of the day itself are not later",
        'is_later = f"ordered_at >= DATE',
        'is_later = f"ordered_at > DATE',
        "tests/pipeline/test_try_orders.py::test_as_of_a_day_leaves_later_lines_out",
    ),
    m(
        "short rules are no reason",
        "min(equal, key=lambda s: (-s.short_rules, s.cost))",
        "min(equal, key=lambda s: s.cost)",
        "tests/learn/trees/test_fit_surrogate.py::test_of_trees_that_cost_the_same_the_one_with_short_rules",
        "tests/learn/trees/test_fit_surrogate.py::test_short_rules_cost_at_most_half_a_thousandth",
    ),
    m(
        "MIN_JACCARD 1/2",
        "MIN_JACCARD = 1 / 3",
        "MIN_JACCARD = 1 / 2",
        "tests/learn/names/test_identity.py::test_a_third_of_both_together_are_the_same_people",
    ),
    m(
        "MIN_JACCARD 1/4",
        "MIN_JACCARD = 1 / 3",
        "MIN_JACCARD = 1 / 4",
        "tests/learn/names/test_identity.py::test_a_third_of_both_together_are_the_same_people",
    ),
    m(
        "ONE_GROUP 0.3",
        "ONE_GROUP = 0.25",
        "ONE_GROUP = 0.3",
        "tests/learn/clusters/test_judge.py::test_an_even_line_that_is_cut_in_two_is_one_group",
    ),
    m(
        "ONE_GROUP 0.21",
        "ONE_GROUP = 0.25",
        "ONE_GROUP = 0.21",
        "tests/learn/clusters/test_judge.py::test_an_even_line_that_is_cut_in_two_is_one_group",
    ),
    m(
        "STABLE 0.85",
        "STABLE = 0.9 ",
        "STABLE = 0.85 ",
        "tests/learn/clusters/test_judge.py::test_clusters_come_back_from_a_stability_of_nine_tenths_on",
    ),
    m(
        "TIE 0",
        "TIE = 0.005 + 1e-9",
        "TIE = 0.0",
        "tests/learn/trees/test_choose_tree.py::test_a_tie_is_half_a_point_of_the_customers",
    ),
    m(
        "TIE 0.05",
        "TIE = 0.005 + 1e-9",
        "TIE = 0.05",
        "tests/learn/trees/test_choose_tree.py::test_a_tie_is_half_a_point_of_the_customers",
    ),
    m(
        "FAR 0.95",
        "FAR = 0.995",
        "FAR = 0.95",
        "tests/learn/test_quality.py",
    ),
    m(
        "wants_log: never mind how skewed the logarithm is",
        "abs(log_skew) <= max(HEAVY_SKEW, skew / 2)",
        "True",
        "tests/learn/data/test_summary.py::test_a_log_scale_is_for_what_it_makes_less_skewed",
    ),
    m(
        "wants_log: not half as much",
        "max(HEAVY_SKEW, skew / 2)",
        "HEAVY_SKEW",
        "tests/learn/data/test_summary.py::test_a_log_scale_is_for_what_it_makes_less_skewed",
    ),
    m(
        "wants_log: HEAVY_SKEW 3",
        "HEAVY_SKEW = 2.0",
        "HEAVY_SKEW = 3.0",
        "tests/learn/data/test_summary.py::test_a_log_scale_is_for_what_it_makes_less_skewed",
    ),
    m(
        "is_better_in_log: LEANS 0.5",
        "LEANS = 1.0",
        "LEANS = 0.5",
        "tests/learn/data/test_summary.py::test_what_leans_is_better_in_log_if_that_halves_it",
    ),
    m(
        "ONE_IDEA 0.8",
        "ONE_IDEA = 0.9",
        "ONE_IDEA = 0.8",
        "tests/learn/data/test_choose_features.py::test_columns_of_one_idea_share_a_weight",
    ),
    m(
        "DECIDES 0.8",
        "DECIDES = 0.9  # share of what parts",
        "DECIDES = 0.8  # share of what parts",
        "tests/learn/data/test_deciding.py::test_nine_tenths_of_the_difference_decide",
    ),
    m(
        "MAX_NESTING 12",
        "MAX_NESTING = 8",
        "MAX_NESTING = 12",
        "tests/dialects/test_emit.py::test_eight_levels_and_no_more",
    ),
    m(
        "PATIENCE without end",
        "PATIENCE = 20 ",
        "PATIENCE = 10**9 ",
        "tests/learn/trees/test_search.py::test_the_worst_start_of_kicks_is_given_up",
    ),
    m(
        "no penalised starts",
        "PENALTIES[: 1 if len(rows.values) > FEW_ROWS else None]",
        "PENALTIES[:1]",
        "tests/learn/trees/test_fit_surrogate.py::test_even_and_shallow_trees_are_starts",
    ),
    m(
        "no pass down over the sizes",
        "        run.step(leaves, leaves + 1)\n",
        "        pass\n",
        "tests/learn/trees/test_search.py::test_larger_trees_that_lose_a_leaf_are_trees_as_well",
    ),
    m(
        "a level before a segment's name",
        "elif rules.segment(_unquoted(target)) is not None:",
        "elif target not in feature.levels and rules.segment(target):",
        "tests/core/test_rule_changes.py::test_a_segment_that_is_called_like_a_level_is_the_segment",
    ),
    m(
        "fit does not say which stays",
        "    if each.stays:\n",
        "    if not each.stays:\n",
        "tests/cli/test_main.py::test_fit_says_what_to_do_with_the_challenger",
    ),
    m(
        "a challenger stays beside nothing",
        'stays = "" if promote else current.label',
        'stays = ""',
        "tests/pipeline/test_adjust.py::test_no_refit_undoes_it_unasked",
    ),
    m(
        "compile --from without its remark",
        'f"{self.from_} takes the place of {model}: it needs its columns and types"',
        '""',
        "tests/pipeline/test_compile.py::test_another_relation_takes_the_models_place_and_that_is_said",
    ),
    m(
        "SK320 names no version",
        'message = f"{fit.label} of {name} has cuts made by hand, which a refit would undo"',
        'message = f"{name} has cuts made by hand, which a refit would undo"',
        "tests/publish/stored/test_chosen.py",
    ),
    m(
        "SK320 goes back to another version",
        "parent = version_label(fit.parent)\n        without",
        "parent = version_label(fit.version)\n        without",
        "tests/publish/stored/test_chosen.py",
    ),
    m(
        "a number of another column's country",
        "has_groups = sign not in decimals if decimals else looks_like_it",
        "has_groups = looks_like_it",
        "tests/files/test_column_readings.py::test_other_columns_decide",
    ),
    m(
        "a cut with its end in",
        "return value <= cut if self.inclusive else value < cut",
        "return value <= cut",
        "tests/core/test_evaluate.py::test_a_value_against_a_cut",
    ),
    m(
        "an upper end is always in",
        "Below(self.upper, self.upper_closed).holds(value)",
        "Below(self.upper, True).holds(value)",
        "tests/core/test_rules.py::test_each_row_fulfils_one_rule_and_gets_its_code",
    ),
    m(
        "NULL goes nowhere special",
        '        return split.missing == "yes"\n',
        "        return False\n",
        "tests/core/test_evaluate.py::test_a_value_against_a_cut",
    ),
    m(
        "cuts rounded to the wrong side",
        "rounding = ROUND_FLOOR if test.inclusive else ROUND_CEILING",
        "rounding = ROUND_CEILING if test.inclusive else ROUND_FLOOR",
        "tests/dialects/test_spelling.py::test_the_plainest_exact_spelling",
    ),
    m(
        "the end of a grid is not stepped over",
        "return multiple + step if above and multiple == value else multiple",
        "return multiple",
        "tests/core/test_rules.py",
    ),
    m(
        "NULL stays on both sides",
        "null=condition.null and split.missing == side",
        "null=condition.null",
        "tests/core/test_rules.py",
    ),
    m(
        "an open start is closed",
        "_FIRST if band.lower is None else band.start,",
        "_FIRST if band.lower is None else (band.lower, False),",
        "tests/core/test_mece.py::test_overlaps_and_gaps_are_what_counting_says",
    ),
    m(
        "zero is no cut at an end",
        "if lower < 0 <= upper:",
        "if lower < 0 < upper:",
        "tests/core/test_snap.py",
        same="0 is a multiple of every step, so it is found as the first multiple as well",
    ),
    m(
        "even before five",
        "return 0 if digits % 5 == 0 else 1 if digits % 2 == 0 else 2",
        "return 0 if digits % 2 == 0 else 1 if digits % 5 == 0 else 2",
        "tests/core/test_snap.py::test_the_roundest_number_of_a_gap",
    ),
    m(
        "scores closed on the left",
        "Below(cut, inclusive=True), Leaf(code), tree)",
        "Below(cut), Leaf(code), tree)",
        "tests/core/test_edges.py",
    ),
    m(
        "tied edges count once everywhere",
        "return edges if self.skips else tuple(sorted(set(edges)))",
        "return tuple(sorted(set(edges)))",
        "tests/core/test_edges.py",
    ),
    m(
        "edges of a group that nobody is in",
        "found if rows else of_cell[cell[:-1]]",
        "found",
        "tests/publish/stored/test_find_edges.py",
    ),
    m(
        "half bought once",
        "once[name] > n[name] / 2",
        "once[name] >= n[name] / 2",
        "tests/project/buckets/test_rfm_buckets.py",
    ),
    m(
        "an edge that repeats is a score",
        "return tuple(sorted(set(self.edges)))",
        "return tuple(sorted(self.edges))",
        "tests/core/test_edges.py",
    ),
    m(
        "ahead by its middle",
        "self.rival.ahead.low <= 0",
        "self.rival.ahead.value <= 0",
        "tests/core/test_usefulness.py",
    ),
    m(
        "what chance gives on average is something",
        "self.explained.value <= self.random_high",
        "self.explained.value <= self.random",
        "tests/core/test_usefulness.py",
    ),
    m(
        "a rival that equals is no rival",
        "self.rival.ahead.low <= 0",
        "self.rival.ahead.low < 0",
        "tests/core/test_usefulness.py",
    ),
    m(
        "ties by nine digits",
        "DIGITS = 3  # figures equal",
        "DIGITS = 9  # figures equal",
        "tests/core/test_k_criteria.py",
    ),
    m(
        "the median below its own cut",
        'return "yes" if test.holds(feature.median) else "no"',
        'return "yes" if float(test.cut) >= feature.median else "no"',
        "tests/core/test_tree_edits.py::test_null_goes_where_a_median_of_40_would",
    ),
    m(
        "a rule that only NULL reaches is a rule",
        "if rule.code and all(condition.values is not None for condition in rule.conditions)",
        "if rule.code",
        "tests/core/test_tree_edits.py::test_a_rule_for_nobody_but_null_is_no_rule_of_a_segment",
    ),
    m(
        "above means at least",
        'Below(number, inclusive=operator in ("<=", ">"))',
        'Below(number, inclusive=operator in ("<=", ">="))',
        "tests/core/test_rule_changes.py::test_above_is_what_is_not_up_to",
    ),
    m(
        "the first of two with one name",
        "return called[0] if len(called) == 1 else None",
        "return called[0] if called else None",
        "tests/core/test_rulebook.py",
    ),
    m(
        "up to 41 is below 41",
        "Below(test.cut.to_integral_value(ROUND_FLOOR) + 1)",
        "Below(test.cut.to_integral_value(ROUND_FLOOR))",
        "tests/core/test_rulebook.py",
    ),
    m(
        "a rounder number is the same one",
        "return below if below != cut else cut - step",
        "return below",
        "tests/core/test_rulebook.py",
    ),
    m(
        "the last whole number is out",
        "(lower, upper + 1) == (inside.lower, inside.upper)",
        "(lower, upper) == (inside.lower, inside.upper)",
        "tests/core/test_labels.py",
    ),
    m(
        "NULL by the inner test alone",
        'missing = "yes" if "yes" in (split.missing, no.missing) else "no"',
        "missing = no.missing",
        "tests/core/test_simplify.py",
    ),
    m(
        "two rules of three may hold",
        "CASE WHEN {words.true_in('segkit_rules')} > 1 THEN NULL ",
        "CASE WHEN {words.true_in('segkit_rules')} > 2 THEN NULL ",
        "tests/dialects/test_flat.py",
    ),
    m(
        "a score outside the table",
        'f"CASE WHEN {outside} THEN {value_of(cells.missing)} ELSE',
        'f"CASE WHEN FALSE THEN {value_of(cells.missing)} ELSE',
        "tests/dialects/test_flat.py",
    ),
    m(
        "decimals step like integers",
        "return Decimal(1).scaleb(-(self.scale or 0))",
        "return Decimal(1)",
        "tests/core/test_columns.py",
    ),
    m(
        "a code of the gate is none",
        "return codes_of(decision.rest) | {decision.code}",
        "return codes_of(decision.rest)",
        "tests/core/test_case.py",
    ),
    m(
        "a pattern without its last digit",
        "range(int(low), int(high) + 1)",
        "range(int(low), int(high))",
        "tests/core/test_rfm.py",
    ),
    m(
        "holes wherever ranges meet",
        "if low.upper is None or low.upper != high.lower or low.upper_closed or high.lower_closed:",
        "if low.upper is None or low.upper != high.lower:",
        "tests/dialects/test_region_text.py",
    ),
    m(
        "open ends touch",
        "return high.lower == low.upper and (low.upper_closed or high.lower_closed)",
        "return high.lower == low.upper",
        "tests/core/test_regions.py",
    ),
    m(
        "40 to 70 and not 69",
        'f"{start} to {format_threshold(upper - 1, unit)}"',
        'f"{start} to {format_threshold(upper, unit)}"',
        "tests/core/test_english.py",
    ),
    m(
        "depth is the shorter path",
        "lambda _, yes, no: 1 + max(yes, no)",
        "lambda _, yes, no: 1 + min(yes, no)",
        "tests/core/test_tree.py",
    ),
    m(
        "a point before what is open above it",
        "else self.lower), not self.lower_closed",
        "else self.lower), self.lower_closed",
        "tests/core/test_case.py",
    ),
    m(
        "a cut between floats that touch",
        "return cut if lower < float(cut) else high",
        "return cut",
        "tests/learn/trees/test_ranks.py",
    ),
    m(
        "the median at a cut goes left",
        '"yes" if median < float(cut) else "no"',
        '"yes" if median <= float(cut) else "no"',
        "tests/learn/trees/test_ranks.py",
    ),
    m(
        "the last of the best places",
        "first + (end - first - 1) // 2",
        "end - 1",
        "tests/learn/trees/test_ranks.py",
    ),
    m(
        "trees of the clusters that are given",
        "centers = _own_centers(rows) if effort.kicks else []",
        "centers: list[Floats] = []",
        "tests/learn/trees/test_fit_surrogate.py::test_one_tree_for_any_clusters_and_any_seed",
    ),
    m(
        "the first of a coreset are those near the mean",
        "salt, dialect)}, 25, {_HEX})",
        "salt, dialect)}, 1, {_HEX})",
        "tests/learn/data/test_summary.py::test_the_first_of_a_sample_are_a_sample",
    ),
    m(
        "K-Means is searched on the first rows",
        "drawn = weighted.draw([self.weight, self.weight * off], SEARCH_ROWS)",
        "drawn = weighted.Drawn(np.arange(SEARCH_ROWS), np.ones(SEARCH_ROWS))",
        "tests/learn/clusters/test_sweep.py::test_a_few_far_rows_among_many_are_searched",
    ),
    m(
        "splits that have nothing to do with one another",
        "ALIKE = 0.25",
        "ALIKE = 0.0",
        "tests/learn/test_rule_stability.py::test_the_interval_of_four_shares_by_hand",
    ),
    m(
        "published rules no steadier than those of a half",
        "1 - steadier * (1 - mean)",
        "mean",
        "tests/learn/test_rule_stability.py::test_the_interval_of_four_shares_by_hand",
    ),
    m(
        "halves that share everybody",
        "halves = order[:size], order[size : 2 * size]",
        "halves = order[:size], order[:size]",
        "tests/learn/test_rule_stability.py::test_halves_share_nobody_and_have_at_most_5000",
    ),
    m(
        "moved cuts are measured on the sample",
        "    if found := customers.tally(tree):\n        return",
        "    if found := None:\n        return",
        "tests/learn/test_adjusted_fit.py::test_figures_of_a_sample_are_those_of_all_rows",
    ),
    m(
        "no step of Lloyd over all rows",
        "centers = round_array(self.next_centers(np.array(clusters.centers), tree, [*ids]))",
        "centers = round_array(np.array(clusters.centers))",
        "tests/learn/test_weighted.py::test_clusters_and_quality_are_those_of_all_rows",
    ),
    m(
        "levels that gain nothing",
        "np.flatnonzero((sums < 0) & (counts > 0))",
        "np.flatnonzero(sums <= 0)",
        "tests/learn/trees/test_to_rules.py",
    ),
    m(
        "a name for 70 %",
        "HOLDS = 0.8 ",
        "HOLDS = 0.7 ",
        "tests/learn/names/test_choose_statements.py",
    ),
    m(
        "a name that fits half of a sibling",
        "SIBLING = 0.5 ",
        "SIBLING = 0.51 ",
        "tests/learn/names/test_choose_statements.py",
    ),
    m(
        "a cut costs nothing",
        "CUT = 0.1 ",
        "CUT = 0.0 ",
        "tests/learn/names/test_choose_statements.py",
    ),
    m(
        "a word of 70 %",
        "OF_A_WORD = 0.8 ",
        "OF_A_WORD = 0.7 ",
        "tests/learn/names/test_choose_statements.py",
    ),
    m(
        "near-ties are decided",
        "TIE = 0.05 ",
        "TIE = 0.0 ",
        "tests/learn/names/test_choose_statements.py",
    ),
    m(
        "short names of half",
        "SHORT = 0.6 ",
        "SHORT = 0.5 ",
        "tests/learn/names/test_name_segments.py",
    ),
    m(
        "mid with ties",
        "_END = 0.1 ",
        "_END = 0.0 ",
        "tests/learn/names/test_statements.py",
    ),
    m(
        "lapsed after 90 days",
        "RECENT, LAPSED = 90.0, 180.0 ",
        "RECENT, LAPSED = 90.0, 90.0 ",
        "tests/learn/names/test_statement_words.py",
    ),
    m(
        "clusters that agree less are the same groups",
        "SAME = 0.95 ",
        "SAME = 0.9 ",
        "tests/learn/clusters/test_aside.py",
    ),
    m(
        "six clusters of a number are not looked at",
        "ALONE = range(2, 7) ",
        "ALONE = range(2, 6) ",
        "tests/learn/clusters/test_aside.py",
    ),
    m(
        "zeros of several columns are groups by any loss",
        "TOGETHER = 1.5 ",
        "TOGETHER = 0.1 ",
        "tests/learn/clusters/test_by_columns.py",
    ),
    m(
        "a word begins at the middle",
        "if low < number < high), low)",
        "if low < number < high and False), middle)",
        "tests/learn/names/test_statements.py",
    ),
    m(
        "the median is the upper one",
        "return low if low == high else (low + high) / 2",
        "return high",
        "tests/learn/names/test_statements.py",
    ),
    m(
        "twins at 0.999",
        "TWIN = 0.99 ",
        "TWIN = 0.999 ",
        "tests/learn/data/test_choose_features.py",
    ),
    m(
        "nearly all is 95 %",
        "NEARLY_ALL = 0.99 ",
        "NEARLY_ALL = 0.95 ",
        "tests/learn/data/test_choose_features.py",
    ),
    m(
        "cents are ids",
        "high - low < 10 * self.known",
        "high - low < 1000 * self.known",
        "tests/learn/data/test_choose_features.py",
    ),
    m(
        "a gap of two is a sentinel",
        "gap > max(spread, 1.0)",
        "gap > 1.0",
        "tests/learn/data/test_sentinels.py",
    ),
    m(
        "-1 among losses is a sentinel",
        "if ends.low in _LOW and ends.after_low >= 0:",
        "if ends.low in _LOW:",
        "tests/learn/data/test_sentinels.py",
    ),
    m(
        "segments of 20 are large enough",
        "least = max(30.0, ",
        "least = max(20.0, ",
        "tests/learn/test_fit_notes.py",
    ),
    m(
        "a level of one customer is kept",
        "LEAST = 2 ",
        "LEAST = 1 ",
        "tests/learn/data/test_levels.py",
    ),
    m(
        "sixty levels are few",
        "MAX_LEVELS = 50\n",
        "MAX_LEVELS = 60\n",
        "tests/learn/data/test_levels.py",
    ),
    m(
        "a smallest leaf that is the largest",
        "smallest_leaf=round(float(sizes.min()))",
        "smallest_leaf=round(float(sizes.max()))",
        "tests/learn/test_quality.py",
    ),
    m(
        "fidelity by cluster, not by segment",
        "weighted.share(right[found == code], weight[found == code])",
        "weighted.share(right[labels == code], weight[labels == code])",
        "tests/learn/test_quality.py",
    ),
    m(
        "a retired id is given again",
        "first_new = 1 + max(taken, *(segment.code for segment in previous.segments))",
        "first_new = 1 + max(segment.code for segment in previous.segments)",
        "tests/learn/names/test_identity.py::test_an_id_that_an_earlier_fit_gave_is_not_given_again",
    ),
    m(
        "the last own column takes the row",
        "reversed([*zip(columns, codes, strict=True)])",
        "[*zip(columns, codes, strict=True)]",
        "tests/learn/data/test_own_columns.py::test_the_first_column_comes_first",
    ),
    m(
        "an own segment is learned from",
        "known = data.own.places(data.sample) < 0",
        "known = np.ones(len(data.sample.X), dtype=bool)",
        "tests/learn/test_learned.py::test_who_is_in_a_segment_of_its_own_is_not_learned_from",
    ),
    m(
        "an own segment gets another letter at each refit",
        "same = {k + i: previous.own[c] for i, c in enumerate(own) if c in previous.own}",
        "same: dict[int, FittedSegment] = {}",
        "tests/learn/names/test_identity.py::test_an_own_segment_keeps_its_id_whoever_is_in_it",
    ),
    m(
        "size alone orders segments",
        "(-sizes[s], points[s])",
        "-sizes[s]",
        "tests/learn/names/test_identity.py::test_of_segments_of_one_size_that_with_the_lower_centre_is_first",
    ),
    m(
        "a loss at its limit is too much",
        "if loss(path[count], clustering, rows) <= spec.max_loss]",
        "if loss(path[count], clustering, rows) < spec.max_loss]",
        "tests/learn/trees/test_choose_tree.py::test_as_few_leaves_as_hold_the_loss",
    ),
    m(
        "a leaf may hold a row too few",
        "math.ceil(spec.min_share * float(rows.weight.sum()) - 1e-9)",
        "math.floor(spec.min_share * float(rows.weight.sum()))",
        "tests/learn/trees/test_choose_tree.py::test_a_leaf_holds_the_share_that_is_declared",
    ),
    m(
        "held out of too few rows",
        "if total < FOLDS * max(FOLDS, clustering.k):",
        "if total < FOLDS:",
        "tests/learn/test_quality.py::test_held_out_needs_five_rows_a_fold_and_cluster",
    ),
    m(
        "infinite values are learned from",
        'return f"CASE WHEN {dialect.is_finite.format(value)} THEN {value} END"',
        "return value",
        "tests/learn/data/test_summary.py::test_infinite_values_are_missing_in_the_sample",
    ),
    m(
        "a comparison is bounded on the other side",
        "(\"< 'Infinity'\" if negated else \"> '-Infinity'\")",
        "(\"> '-Infinity'\" if negated else \"< 'Infinity'\")",
        "tests/dialects/test_bounded.py",
    ),
    m(
        "a column that is asked whether it is known is only compared",
        "    return frozenset(found - others)\n",
        "    return frozenset(found)\n",
        "tests/dialects/test_bounded.py",
    ),
    m(
        "one part says how sure a share is",
        "    if parts < 2:\n",
        "    if parts < 1:\n",
        "tests/monitor/test_eta_squared.py",
    ),
    m(
        "the robust spread is half",
        "weighted.quantiles(known, weight, (0.25, 0.75))",
        "weighted.quantiles(known, weight, (0.25, 0.5))",
        "tests/learn/data/test_prepare.py",
    ),
    m(
        "the fit forgets its weights",
        "weight=data.sample.weight[learned],",
        "weight=np.ones(len(filled)),",
        "tests/learn/test_weighted.py::test_a_fit_of_weighted_rows_is_that_of_the_rows_repeated",
    ),
    m(
        "identity forgets its weights",
        "[[weight[one & other].sum() for other in there] for one in here]",
        "[[float((one & other).sum()) for other in there] for one in here]",
        "tests/learn/test_weighted.py::test_an_identity_is_kept_by_customers_not_by_rows",
    ),
    m(
        "a silhouette of rows",
        "    return float((value * weight).sum() / weight.sum())",
        "    return float(value.mean())",
        "tests/learn/test_weighted.py::test_the_panel",
    ),
    m(
        "an edge belongs to the bin below",
        'f"CASE WHEN {value} < {double(edges[half])} THEN',
        'f"CASE WHEN {value} <= {double(edges[half])} THEN',
        "tests/learn/data/test_all_rows.py::test_what_lies_below_each_edge",
    ),
    m(
        "a fingerprint without fractions",
        "FRACTION = 2**32",
        "FRACTION = 2**0",
        "tests/learn/data/test_all_rows.py::test_a_fingerprint_sees_every_change_of_a_column_but_not_the_order",
    ),
    m(
        "a tie of doubles goes to the odd one",
        "return middle, _place(x) % 2 == 0",
        "return middle, _place(x) % 2 == 1",
        "tests/core/test_float_splits.py",
    ),
    m(
        "unseen levels go with the listed ones",
        "is_left != others_left))",
        "is_left))",
        "tests/publish/views/test_compile_pipelines.py::test_torture",
    ),
    m(
        "what an imputer fills in stays missing",
        "replace(feature, null=fill, null_is=step.missing_values)",
        "replace(feature, null_is=step.missing_values)",
        "tests/learn/trees/test_sklearn_steps.py",
    ),
    m(
        "one row more than may move",
        ") <= allowed\n        ]",
        ") <= allowed + 1\n        ]",
        "tests/learn/trees/test_short_cuts.py",
    ),
    m(
        "the cheapest change empties a segment",
        "kept = [tree for tree, gone in zip(trees, gone_by, strict=True) if not gone]",
        "kept = list(trees)",
        "tests/learn/test_adjusted_fit.py",
    ),
    m(
        "the adjusted loss is a ratio",
        "cost_of(drawn.scaled, codes, weight) / least - 1 if least > 0",
        "cost_of(drawn.scaled, codes, weight) / least if least > 0",
        "tests/learn/test_adjusted_fit.py",
    ),
    m(
        "a stay that began now goes on",
        'f"DELETE FROM {table} WHERE valid_from >= $1"',
        'f"DELETE FROM {table} WHERE valid_from > $1"',
        "tests/monitor/test_history.py",
    ),
    m(
        "a stay that ended now stays ended",
        "SET valid_to = NULL WHERE valid_to >= $1",
        "SET valid_to = NULL WHERE valid_to > $1",
        "tests/monitor/test_history.py",
    ),
    m(
        "a build at the same time is refused",
        "moment < last and not rewrite",
        "moment <= last and not rewrite",
        "tests/monitor/test_history.py",
    ),
    m(
        "a zone is dropped",
        "return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment",
        "return moment.replace(tzinfo=None) if moment.tzinfo else moment",
        "tests/monitor/test_history.py",
    ),
    m(
        "whoever was there at first has entered",
        "AND stays.since > (SELECT min(valid_from) FROM {history})",
        "AND stays.since >= (SELECT min(valid_from) FROM {history})",
        "tests/monitor/test_audiences.py",
    ),
    m(
        "who left at the moment has not",
        "WHERE stays.left_at >= {moment_sql(utc(moment), engine.dialect)}",
        "WHERE stays.left_at > {moment_sql(utc(moment), engine.dialect)}",
        "tests/monitor/test_audiences.py",
    ),
    m(
        "a lost fit is learned again",
        "if current is None and published and not full_refresh:",
        "if False and published:",
        "tests/publish/stored/test_chosen.py",
    ),
    m(
        "what a person declared free is frozen",
        'return fit.origin == "adjusted" if declared is None else declared',
        'return fit.origin == "adjusted" or bool(declared)',
        "tests/publish/stored/test_chosen.py",
    ),
    m(
        "a number is used twice",
        "version = max(published, *(fit.version for fit in earlier), 0) + 1",
        "version = max(*(fit.version for fit in earlier), 0, 0) + 1",
        "tests/publish/stored/test_chosen.py",
    ),
    m(
        "the version of those who left",
        "FROM {identifier(history, engine.dialect)} WHERE valid_to IS NULL",
        "FROM {identifier(history, engine.dialect)}",
        "tests/publish/stored/test_chosen.py",
    ),
    m(
        "a lift over losses",
        'f"CASE WHEN {overall} > 0 THEN',
        'f"CASE WHEN {overall} <> 0 THEN',
        "tests/publish/views/test_compiled.py",
    ),
    m(
        "a mode among everybody",
        'dialect.share.format(words.mode_count(sql), f"count({sql})")',
        'dialect.share.format(words.mode_count(sql), "count(*)")',
        "tests/publish/views/test_compiled.py",
    ),
    m(
        "infinity is a value",
        'return f"CASE WHEN abs({number}) <= {LARGEST!r} THEN {number} END"',
        "return number",
        "tests/monitor/test_group_sums.py",
    ),
    m(
        "zeros are the first percentile",
        "FILTER (WHERE {m} <> 0)",
        "",
        "tests/monitor/test_group_sums.py",
    ),
    m(
        "two edges may become one",
        "return all(low < high or below == above for (below, above), (low, high) in pairs)",
        "return True",
        "tests/publish/stored/test_find_edges.py",
    ),
    m(
        "edges rounded where somebody moves",
        "tuple(e if m else s for",
        "tuple(s if m else e for",
        "tests/publish/stored/test_find_edges.py",
    ),
    m(
        "edges by their count",
        "max(numbers, default=0) + 1",
        "len(numbers) + 1",
        "tests/publish/stored/test_score_edges.py",
    ),
    m(
        "as many scores as labels is wrong",
        "found.cells.items() if len({*edges}) < len(edges)]",
        "found.cells.items() if len({*edges}) <= len(edges)]",
        "tests/publish/stored/test_score_edges.py",
    ),
    m(
        "crowded from 90 %",
        "CROWDED = 0.95",
        "CROWDED = 0.9",
        "tests/publish/checks/test_check_bucket_data.py",
    ),
    m(
        "crowded at 95 %",
        "count > CROWDED * rows",
        "count >= CROWDED * rows",
        "tests/publish/checks/test_check_bucket_data.py",
    ),
    m(
        "rows of an overlap are counted once",
        "counts[i, j] += count",
        "counts[i, j] += 1",
        "tests/publish/checks/test_check_bucket_data.py",
    ),
    m(
        "only those who move up",
        'f"WHERE {_BEFORE}_order <> {_AFTER}_order',
        'f"WHERE {_BEFORE}_order < {_AFTER}_order',
        "tests/monitor/test_movers.py",
    ),
    m(
        "rows alone prove it",
        "return self.rows_differ == 0 and self.cases_differ == 0",
        "return self.rows_differ == 0",
        "tests/publish/proof/test_parity.py::test_rows_and_edge_cases_prove_it_together",
    ),
    m(
        "a row that the view lost",
        'differs = ["v.k IS NULL", "b.k IS NULL"]',
        'differs = ["b.k IS NULL"]',
        "tests/publish/proof/test_parity.py::test_a_lost_customer_without_a_score_is_missed",
    ),
    m(
        "buckets of another key are rivals",
        "and other.key.casefold() == node.key.casefold()",
        "",
        "tests/monitor/test_useful_customers.py::test_sets_of_the_same_customers_stand_beside",
    ),
    m(
        "a share may grow up to the threshold",
        "fails=column.rose > most)",
        "fails=column.rose >= most)",
        "tests/monitor/test_data_tests.py::test_values_that_are_missing_since_the_fit",
    ),
    m(
        "a warning from two points on",
        "WORTH_A_WARNING = Fraction(2, 100)",
        "WORTH_A_WARNING = Fraction(3, 100)",
        "tests/monitor/test_data_tests.py::test_values_that_are_missing_since_the_fit",
    ),
    m(
        "ids that are written in another way are new people",
        "if ids and not found:",
        "if not ids and not found:",
        "tests/monitor/test_history_key.py::test_ids_of_another_kind_are_refused",
    ),
    m(
        "the worst rival",
        "key=lambda plain: explained[plain] - _WORTH_CROSSING",
        "key=lambda plain: -explained[plain] - _WORTH_CROSSING",
        "tests/monitor/test_usefulness.py::test_the_best_rival_is_named",
    ),
    m(
        "a cross is worth two points",
        "_WORTH_CROSSING = 0.01",
        "_WORTH_CROSSING = 0.02",
        "tests/monitor/test_rivals.py",
    ),
    m("three are crossed", "_CROSSED = 4", "_CROSSED = 3", "tests/monitor/test_rivals.py"),
    m("quartiles at least", "LEAST_BANDS = 5", "LEAST_BANDS = 4", "tests/monitor/test_rivals.py"),
    m(
        "information by the larger entropy",
        "most = (_entropy(here / n) + _entropy(there / n)) / 2",
        "most = max(_entropy(here / n), _entropy(there / n))",
        "tests/learn/test_matching.py",
    ),
    m(
        "an edge is in the upper band",
        'f"CAST({column} > {edge!r} AS INTEGER)"',
        'f"CAST({column} >= {edge!r} AS INTEGER)"',
        "tests/monitor/test_usefulness.py::test_a_value_on_an_edge_is_in_the_lower_band",
    ),
    m(
        "a schema is left out",
        "return schema or MAIN, table",
        "return MAIN, table",
        "tests/publish/test_relations.py",
    ),
    m(
        "where lets in what it does not know",
        "(SELECT * FROM {relation_sql} WHERE ({condition}))",
        "(SELECT * FROM {relation_sql} WHERE coalesce({condition}, TRUE))",
        "tests/publish/test_relations.py",
    ),
    m(
        "any name that is a little alike",
        "difflib.get_close_matches(column, names, n=1, cutoff=0.6)",
        "difflib.get_close_matches(column, names, n=1, cutoff=0.1)",
        "tests/publish/checks/test_check_columns.py",
    ),
    m(
        "one name alone is two alike",
        "elif about.name and counts[about.name] > 1:",
        "elif about.name and counts[about.name] > 0:",
        "tests/pipeline/steps/test_segmentation_builder.py",
    ),
)


class NotFound(Exception):
    """A text does not stand in the package once."""


def find(mutant: Mutant, texts: dict[Path, str]) -> Path:
    """Return the module that has the text.

    Raises
    ------
    NotFound
        If none has it, or it stands in more than one place.
    """
    found = [path for path, text in texts.items() for _ in range(text.count(mutant.old))]
    if len(found) != 1:
        where = ", ".join(sorted({str(path) for path in found})) or "nowhere"
        raise NotFound(
            f"{mutant.name}: its text stands {len(found)} times ({where}):\n{mutant.old}"
        )
    return found[0]


def package_texts(root: Path = ROOT) -> dict[Path, str]:
    """The modules of the package, by their path from ``root``."""
    return {
        path.relative_to(root): path.read_text(encoding="utf-8")
        for path in sorted((root / "segkit").rglob("*.py"))
    }


def run_tests(tree: Path, tests: Sequence[str], seconds: int = SECONDS) -> tuple[str, str]:
    """Return (passed, failed or late; the first failure) of the tests in that tree."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, "-m", _marked(tests), "--tb=no", *tests],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return "late", f"over {seconds} s"
    lines = done.stdout.splitlines()
    failed = next((line for line in lines if line.startswith(("FAILED", "ERROR"))), "")
    if done.returncode not in (0, 1, 2):  # 2: a module that cannot be imported
        raise RuntimeError(f"pytest {' '.join(tests)}:\n{done.stdout}{done.stderr}")
    return ("passed", "") if done.returncode == 0 else ("failed", failed.split(" - ")[0])


def _marked(tests: Sequence[str]) -> str:
    return ANY if any("::" in test for test in tests) else QUICK


def copy_tree(into: Path) -> Path:
    """A copy of what tests read, with the data beside the repository where there are some."""
    tree = into / "segkit"
    shutil.copytree(ROOT, tree, ignore=_NOT_COPIED, symlinks=True)
    if (shared := ROOT.parent / "shared").is_dir():
        (into / "shared").symlink_to(shared.resolve())
    return tree


def try_all(mutants: Sequence[Mutant]) -> list[Mutant]:
    """Print what became of each mutant, and return those that survived."""
    texts = package_texts()
    places = [(mutant, find(mutant, texts)) for mutant in mutants]
    survivors = []
    with tempfile.TemporaryDirectory() as directory:
        tree = copy_tree(Path(directory))
        wanted = sorted({test for mutant in mutants for test in mutant.tests})
        said, failed = run_tests(tree, wanted, 20 * SECONDS)
        if said != "passed":
            raise RuntimeError(f"the tests fail without any mutant: {failed}")
        for mutant, path in places:
            began = time.monotonic()
            (tree / path).write_text(texts[path].replace(mutant.old, mutant.new), "utf-8")
            said, by = run_tests(tree, mutant.tests)
            (tree / path).write_text(texts[path], "utf-8")
            outcome = "survived" if said == "passed" else "killed"
            if said == "passed" and mutant.same:
                by = f"the same: {mutant.same}"
            elif said == "passed":
                survivors.append(mutant)
            seconds = time.monotonic() - began
            print(f"{outcome:8}  {seconds:4.0f} s  {path}: {mutant.name}  {by}", flush=True)
    return survivors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", default="", help="mutants whose name has these words")
    parser.add_argument("--within", default="segkit", help="mutants of these modules")
    parser.add_argument("--list", action="store_true", help="name them, and run nothing")
    given = parser.parse_args()
    texts = package_texts()
    places = {mutant: find(mutant, texts) for mutant in MUTANTS}
    chosen = [
        mutant
        for mutant, path in places.items()
        if given.only in mutant.name and path.as_posix().startswith(given.within)
    ]
    if given.list:
        for mutant in chosen:
            print(f"{places[mutant]}: {mutant.name}")
        return 0
    survivors = try_all(chosen)
    same = sum(bool(mutant.same) for mutant in chosen)
    print(f"{len(chosen)} mutants, {same} of them the same as the original, ", end="")
    print(f"{len(survivors)} survived" + "".join(f"\n  {mutant.name}" for mutant in survivors))
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
