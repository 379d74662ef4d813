"""The columns of a bucket set."""

from __future__ import annotations

from segkit.report.html.figures.bucket_bars import bucket_bars
from tests.report.html.figures.drawn import drawings, parsed, shown
from tests.report.html.reports import EVIL, bucket_set


def test_bars_are_as_long_as_buckets_are_large_and_one_customer_is_seen() -> None:
    charts = drawings(bucket_bars(bucket_set()))
    lengths = [
        [float(e.attrib["width"]) for e in chart.iter("rect") if e.get("class") == "in"]
        for chart in charts
    ]
    full = 128
    assert lengths[0] == [round(full * n / 900, 1) for n in (40, 160, 700)]
    assert lengths[1] == [round(full * 899 / 900, 1), 1.0, 0.0]


def test_buckets_stand_in_their_order_with_count_and_share() -> None:
    texts = [shown(text) for text in drawings(bucket_bars(bucket_set()))[0].iter("text")]
    assert texts == ["age_band", "Unknown", "40", "4%", "<25", "160", "18%", "25-35", "700", "78%"]


def test_a_label_stays_text() -> None:
    figure = bucket_bars(bucket_set(EVIL))
    assert "<img" not in figure and EVIL in " ".join(parsed(figure).itertext())
