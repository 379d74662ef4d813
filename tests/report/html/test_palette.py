"""Colours that everybody can tell apart, by computation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from segkit.learn.numbers import Floats
from segkit.report.html.palette import (
    COLOURS,
    DARK,
    LIGHT,
    MARKS,
    STEPS,
    Theme,
    chip,
    colour_class,
    contrast,
    ink_on,
    linear,
    mark_path,
    mark_symbols,
    scoped_css,
    shades,
    theme_css,
)

# How those see light who lack the red, the green or the blue cones: Machado, Oliveira and
# Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency",
# at severity 1.
EYES = {
    "all cones": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no blue": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# from light to the cones, and from these to OKLab: Ottosson 2020, "A perceptual color space"
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
JUST_SEEN = 0.02  # a difference that can just be noticed, in OKLab
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def lab(colour: str, eyes: str) -> Floats:
    seen = np.clip(EYES[eyes] @ np.array(linear(colour)), 0, 1)
    found: Floats = TO_LAB @ np.cbrt(TO_CONES @ seen)
    return found


def nearest(colours: tuple[str, ...], eyes: str) -> float:
    places = [lab(colour, eyes) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(places, 2))


@THEMES
@pytest.mark.parametrize("eyes", EYES)
def test_all_pairs_of_segments_stay_apart(theme: Theme, eyes: str) -> None:
    assert nearest(theme.segments, eyes) > 3.4 * JUST_SEEN


def test_colours_that_somebody_mistakes_are_found() -> None:
    red_and_green = ("#c0392b", "#5d7a1f")
    assert nearest(red_and_green, "all cones") > 0.2
    assert nearest(red_and_green, "no green") < 3.4 * JUST_SEEN


@THEMES
def test_marks_are_seen_and_what_stands_on_them_is_read(theme: Theme) -> None:
    for colour in theme.segments:
        assert contrast(colour, theme.paper) >= 3, colour
        assert contrast(colour, ink_on(colour)) >= 4.5, colour
    for ground in (theme.paper, theme.page):
        assert contrast(theme.ink, ground) >= 7
        assert contrast(theme.soft, ground) >= 4.5


@THEMES
def test_numbers_are_read_on_every_shade_and_its_sides_differ_for_all(theme: Theme) -> None:
    found = shades(theme)
    assert found[STEPS // 2] == theme.paper
    for shade in found:
        assert contrast(theme.ink, shade) >= 4.5, shade
    for eyes in EYES:
        assert nearest((found[1], found[-2]), eyes) > 3.4 * JUST_SEEN


def test_a_segment_has_its_colour_and_mark_for_life_and_the_thirteenth_those_of_the_first() -> None:
    assert len(LIGHT.segments) == len(DARK.segments) == COLOURS == len(MARKS) == 12
    assert [colour_class(code) for code in (0, 1, 12, 13)] == ["none", "s0", "s11", "s0"]
    assert len({path for _, path in MARKS}) == len(MARKS)
    assert mark_path(13) == mark_path(1) != mark_path(2)


def test_a_chip_has_the_mark_and_the_letter() -> None:
    assert mark_path(2) in chip(2, "B") and chip(2, "<b>").endswith("&lt;b&gt;</span>")


def test_the_variables_are_there_in_both_themes() -> None:
    css = theme_css()
    for place in range(COLOURS):
        assert css.count(f"--c{place}:#") == 3  # light, dark by the system, dark by choice
        assert f".s{place}{{--c:var(--c{place});--t:var(--t{place})}}" in css
    assert css.count("{") == css.count("}")


def test_the_variables_of_a_scope_leave_the_rest_alone() -> None:
    css = scoped_css("mine", ".fig{color:red}")
    assert css.count("--c0:#") == 4  # each twice: by the system, and by the notebook
    assert ":root" not in css and css.endswith(".fig{color:red}}")
    assert ".mk.s0{marker:url(#mine0)}" in css and 'id="mine0"' in mark_symbols("mine")
    assert css.count("{") == css.count("}")
