from __future__ import annotations

from dataclasses import replace

from segkit.core.fact_english import reason_sentence, sentences
from segkit.core.facts import Fact
from segkit.core.fit import SweepPoint, Verdict
from segkit.learn.clusters.choose_k import Choice, Wanted, choose_k
from segkit.learn.clusters.gaps import Found
from segkit.learn.clusters.judge import Judgement
from tests.learn.clusters.test_judge import CLOUD, PANEL

NO_GAPS = "no gaps between clusters of any k from 2 to 6: customers differ by degrees; "


def judgement(k: int | None = None, verdict: Verdict = "degrees") -> Judgement:
    return Judgement(CLOUD if k is None else PANEL, Found(k, verdict))


AUTO = Wanted()


def chosen(judged: Judgement, wanted: Wanted = AUTO) -> Choice:
    choice = choose_k(wanted, judged, 0.01, lambda k: 0.2)
    assert choice is not None
    return choice


def test_what_was_found_is_taken() -> None:
    choice = chosen(judgement(3, "apart"))
    assert (choice.k, choice.verdict, choice.alternatives) == (3, "apart", (2, 4))
    assert reason_sentence(choice.reason) == (
        "k = 3 stands out of 2 to 6: there is a gap at every border between its clusters; "
        "2 may be as stable; next best 4"
    )


def test_only_gaps_at_every_border_stand_out() -> None:
    said = {
        "shape": "groups have gaps between them, but they are not round",
        "overlap": "groups that run into each other",
        "columns": "buckets do this",
    }
    verdicts: tuple[Verdict, ...] = ("shape", "overlap", "columns")
    for verdict in verdicts:
        choice = chosen(judgement(3, verdict))
        assert (choice.k, choice.verdict) == (3, verdict)
        sentence = reason_sentence(choice.reason)
        assert said[verdict] in sentence
        assert "stand" not in sentence


def test_columns_by_which_groups_that_k_means_cuts_would_be_apart_are_said() -> None:
    choice = chosen(replace(judgement(3, "shape"), telling=("orders", "spend")))
    assert reason_sentence(choice.reason) == (
        "k = 3 of 2 to 6: so many groups have gaps between them, but they are not round, and "
        "K-Means cuts through some; by orders, spend alone there is a gap at every border; "
        "2 may be as stable; next best 4"
    )


def test_without_gaps_the_knee_decides_and_it_is_said() -> None:
    choice = chosen(judgement())
    assert (choice.k, choice.verdict, choice.alternatives) == (4, "degrees", (3, 5))
    assert reason_sentence(choice.reason) == (
        f"{NO_GAPS}k = 4 is the knee of the log-inertia; 3, 5 may be as stable"
    )


def test_an_early_knee_gives_way_to_the_most_segments_that_come_back() -> None:
    early = tuple(replace(p, inertia=300.0 - p.k) if p.k > 1 else p for p in CLOUD)
    stable = tuple(replace(p, stability=0.85, smallest_share=0.06) if p.k > 3 else p for p in early)
    choice = chosen(Judgement(stable, Found(None, "degrees")))
    assert (choice.k, choice.alternatives) == (6, (4, 5))
    assert "k = 6 is the most of 4 to 7 whose segments hold 5% and come back" in reason_sentence(
        choice.reason
    )
    shares = {6: 0.049, 5: 0.05}
    smaller = choose_k(AUTO, Judgement(stable, Found(None, "degrees")), 0.01, shares.get)
    assert smaller is not None and smaller.k == 5  # the published segments count, too
    nothing = chosen(Judgement(early, Found(None, "degrees")))
    assert nothing.k == 2


def test_small_segments_are_passed_over_and_it_is_said() -> None:
    shares = {2: 0.3, 3: 0.005, 4: None, 5: 0.02, 6: 0.001}
    choice = choose_k(AUTO, judgement(3, "apart"), 0.01, shares.get)
    assert choice is not None
    assert (choice.k, choice.verdict, choice.warnings) == (2, "degrees", ())
    assert reason_sentence(choice.reason).startswith(
        "k = 2, the next to the 3 groups that were found, "
        "of those whose segments all hold 1% of the customers (not so: 3)"
    )
    by_knee = choose_k(AUTO, judgement(), 0.01, {2: 0.3, 3: 0.2, 4: None, 5: 0.001}.get)
    assert by_knee is not None
    assert by_knee.k == 3
    assert "no tree of so few leaves has a rule for each segment of k = 4" in reason_sentence(
        by_knee.reason
    )


def test_if_all_are_small_the_first_is_taken_with_a_warning() -> None:
    shares = {2: 0.01, 3: None, 4: 0.02, 5: 0.02}
    choice = choose_k(AUTO, judgement(3, "apart"), 0.1, shares.get)
    assert choice is not None
    assert choice.k == 2
    assert ", but a small segment" in reason_sentence(choice.reason)
    assert "smallest segment holds 1%" in sentences(choice.warnings)[0]


def test_no_tree_at_all() -> None:
    assert choose_k(AUTO, judgement(), 0.01, lambda k: None) is None
    assert choose_k(Wanted(3), judgement(), 0.01, lambda k: None) is None


def test_a_declared_k_is_kept_and_warns_if_small() -> None:
    choice = chosen(judgement(3, "apart"), Wanted(4))
    assert (choice.k, choice.verdict, choice.warnings) == (4, "degrees", ())
    assert reason_sentence(choice.reason) == (
        "k = 4 as declared; 3 stand out, a gap at every border"
    )
    assert chosen(judgement(4, "overlap"), Wanted(4)).verdict == "overlap"
    small = choose_k(Wanted(4), judgement(), 0.01, lambda k: 0.001)
    assert small is not None and small.warnings


def test_who_asks_for_a_k_is_said() -> None:
    kept = Wanted(4, Fact("kept", n=4, value="v0002"))
    said = reason_sentence(chosen(judgement(), kept).reason)
    assert said == (
        "k = 4 as in v0002, which it would replace; no gaps, customers differ by degrees"
    )


def test_nothing_to_compare() -> None:
    none = (SweepPoint(1, 1.0), SweepPoint(2, 0.0))  # a cluster for each row
    choice = chosen(Judgement(none, Found(None, "degrees")))
    assert (choice.k, reason_sentence(choice.reason)) == (
        2,
        "k = 2: too few customers to compare others",
    )
    only = chosen(Judgement(PANEL[:2], Found(None, "degrees")))
    assert (only.k, reason_sentence(only.reason)) == (
        2,
        "k = 2: there is no other to compare it with",
    )
