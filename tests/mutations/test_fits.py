"""Fits, edges, baselines and `current`, damaged at random: refused in a sentence, or harmless."""

from __future__ import annotations

import io
import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import segkit
from segkit.cli.main import main
from segkit.errors import SegkitError
from segkit.publish.stored.edge_files import read_edges
from segkit.publish.stored.fits import read_fit
from segkit.publish.stored.json_files import CHECKSUM, checksum, dump, sealed
from tests.conftest import build_first, write_csv

SEGKIT_YML = """\
name: shop
segments:
  - name: shoppers
    from: data/customers.csv
    key: customer_id
    features: [age, {column: income, scale: log}, {column: region, kind: category}, vip]
    clusters: {k: 4, k_max: 5}
    metrics: [spend]
buckets:
  - name: bands
    from: data/customers.csv
    key: customer_id
    columns:
      - {name: q, column: spend, quantiles: 4}
      - {name: rfm, rfm: {recency: age, frequency: income, monetary: spend}, names: grid}
"""
HEADER = ("customer_id", "age", "income", "region", "vip", "spend")
FIT, BASELINE = "shoppers/v0001.json", "shoppers/v0001.baseline.json"
EDGES = "bands/v0001.json"
CURRENT = ("shoppers/current", "bands/current")
# a file of JSON as often as it has something to damage
FILES = (FIT,) * 10 + (BASELINE,) * 3 + (EDGES,) * 4 + CURRENT
SECONDS = 10  # of a processor: the machine may be busy with other things
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 7, 0.0, -0.5, 1.5, 1e-320, 1e308, 2**31, 2**63, 10**29, "", " ",
    "A", "B", "Z", "AA", "a", "unassigned", "yes", "no", "age", "region", "north", "true", "NaN",
    "Infinity", "1e999", "1e9999999", "-0", "0", "42", "1,5", "abc", "category", "log", "adjusted",
    "\x00", "\n", "\x1b[31m", "'; DROP TABLE x; --", '"', "]]", "Größe", "😀", "x" * 5000, "\ud800",
    [], {}, [[]], [{}], [None], [1], ["a"], {"segment": "A"}, {"column": "age"}, {"a": {"b": []}},
)  # fmt: skip
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("build", "--as-of", "2026-02-01"),
    ("build", "--locked", "--as-of", "2026-02-01"),
    ("build", "--refresh-edges", "-s", "bands", "--as-of", "2026-02-01"),
    ("explain", "shoppers"),
    ("explain", "shoppers", "--id", "7"),
    ("compile", "shoppers"),
    ("compile", "shoppers", "--dialect", "snowflake"),
    ("compile", "bands"),
    ("compile", "bands", "--dialect", "postgres", "--check"),
    ("diff", "shoppers", "bands.q"),
    ("adjust", "shoppers", "age < 40 -> 30"),
    ("adjust", "shoppers", "age < 40 -> 28", "--save"),
    ("fit", "shoppers"),
    ("fit", "shoppers", "--use", "v0001"),
    ("fit", "bands", "--use", "v0001"),
)


def customers() -> list[tuple[Any, ...]]:
    draw = random.Random(5)
    groups = ((25, 30, "north"), (55, 30, "south"), (28, 90, "south"), (60, 95, "west"))
    rows = []
    for i in range(80):
        age, income, region = groups[i % 4]
        known = None if i % 19 == 3 else round(draw.gauss(income, 5), 1)
        rows.append((i + 1, round(draw.gauss(age, 3)), known, region, i % 3 == 0, i * 1.5 + age))
    return rows


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("template") / "shop"
    write_csv(directory / "data/customers.csv", customers(), HEADER)
    (directory / "segkit.yml").write_text(SEGKIT_YML, encoding="utf-8")
    assert build_first(directory).ok
    return directory


def places_of(data: Any) -> list[tuple[Any, Any]]:
    """(container, key) of every value in the data."""
    found: list[tuple[Any, Any]] = []
    todo = [data]
    while todo:
        value = todo.pop()
        keys = list(value) if isinstance(value, dict) else range(len(value))
        found += [(value, key) for key in keys]
        todo += [value[key] for key in keys if isinstance(value[key], dict | list)]
    return found


def swap_structure(draw: random.Random, data: Any) -> None:
    """One change somewhere in the data."""
    container, key = draw.choice(places_of(data))
    old = container[key]
    change = draw.randrange(7)
    if change == 0:
        del container[key]
    elif change == 1 and isinstance(old, int | float) and not isinstance(old, bool):
        container[key] = draw.choice(
            (old + 1, old - 1, -old, old * 2, old * 1000, old / 3, old + 0.5)
        )
    elif change == 2 and isinstance(old, str):
        container[key] = draw.choice(
            (old + "0", old[1:], old * 2, old.upper(), f"-{old}", f"{old}'")
        )
    elif change == 3 and isinstance(container, dict):
        container[draw.choice(("extra", "id", "x.y", key + "s"))] = container.pop(key)
    elif change == 4 and isinstance(container, list):
        container.insert(draw.randrange(len(container) + 1), json.loads(json.dumps(old)))
    elif change == 5:
        container[key] = json.loads(json.dumps(draw.choice(places_of(data))[0]))
    else:
        container[key] = json.loads(json.dumps(draw.choice(STRANGE)))


def damage_bytes(draw: random.Random, data: bytes) -> bytes:
    at, end = sorted(draw.randrange(len(data) + 1) for _ in range(2))
    end = min(end, at + 40)
    number = draw.choice(
        (b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"\\ud800", b"01", b"{", b"]")
    )
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :],
        lambda: data[:at] + data[end:],
        lambda: data[:at] + data[at:end] * 2 + data[end:],
        lambda: data[:at],
        lambda: data[:at] + draw.randbytes(6) + data[at:],
        lambda: data[:at] + number + data[at:],
        lambda: data.replace(b": 1", b": " + number, 1),
        lambda: data.replace(b"\n", b"\r\n"),
        lambda: b"\xef\xbb\xbf" + data,
        lambda: data.decode().encode("utf-16"),
        lambda: b"",
        lambda: draw.randbytes(200),
        lambda: data.replace(b'"name"', b'"name": "x", "name"', 1),
        lambda: data.replace(b'"tree": {', b'"tree": ' + b'{"yes": ' * 10_000 + b"{", 1),
        lambda: b"[" * 10_000 + b"]" * 10_000,
        lambda: json.dumps(json.loads(data), sort_keys=True).encode() if data[:1] == b"{" else data,
        lambda: data + b" " * 17_000_000,
    )
    return draw.choice(ways)()


def damage(draw: random.Random, path: Path) -> bool:
    """Damage the file; True if its checksum was made to agree with the damage."""
    if path.name == "current":
        strange = draw.choice(("v0002", "v1", "v00001", "v0000", "V0001", "../x", "v٠٠٠١", "\x00"))
        how = draw.randrange(5)
        if how == 0:
            path.unlink()
            path.mkdir()
        elif how == 1:
            path.unlink()
        else:
            path.write_bytes(damage_bytes(draw, path.read_bytes()) if how < 4 else strange.encode())
        return False
    if draw.random() < 0.1:
        path.unlink()
        path.mkdir() if draw.random() < 0.5 else None
        return False
    if draw.random() < 0.4:
        path.write_bytes(damage_bytes(draw, path.read_bytes()))
        return False
    data = json.loads(path.read_bytes())
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        if data:
            swap_structure(draw, data)
    is_sealed = draw.random() < 0.8  # together with the bytes, half of all
    text = json.dumps(data, indent=1)
    path.write_text(dump_anyhow(data) if is_sealed else text, encoding="utf-8")
    return is_sealed


def dump_anyhow(data: dict[str, Any]) -> str:
    try:
        return dump(sealed(data)).encode("utf-8").decode()
    except UnicodeEncodeError:
        return json.dumps(sealed(data))


def run(words: tuple[str, ...], project: Path) -> tuple[int, str]:
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = main(["--project-dir", str(project), *words])
    return code, said.getvalue()


def use_library(project: Path) -> tuple[int, str]:
    try:
        fit = segkit.load_fit(project / "warehouse/fits" / FIT)
        frame = pd.read_csv(project / "data/customers.csv", nrows=5)
        assert len(fit.predict(frame)) == 5
        return 0, fit.to_sql("snowflake", "crm.customers", "customer_id")
    except SegkitError as error:
        return 1, str(error)


def is_unnoticed(path: Path, before: dict[str, Any]) -> bool:
    """True if the file says something else under its old checksum, and is read all the same."""
    try:
        (read_edges if "bands" in str(path) else read_fit)(path.with_name("v0001.json"))
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (SegkitError, OSError):
        return False
    return data.get(CHECKSUM) == before[CHECKSUM] and checksum(data) != before[CHECKSUM]


def check(seed: int, template: Path, directory: Path, commands: tuple[tuple[str, ...], ...]) -> str:
    """Damage one file, run one command, and return what came of it.

    An edit under the old checksum is never read. What is taken says the same in another
    layout, or is no file that the command reads, or agrees with itself in all that the
    command relies on, its checksum made anew by somebody who knew how.
    """
    draw = random.Random(seed)
    project = directory / "shop"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(template, project)
    path = project / "warehouse/fits" / draw.choice(FILES)
    before = {} if path.name == "current" else json.loads(path.read_bytes())
    is_sealed = damage(draw, path)
    words = draw.choice((*commands, ()))
    if before and path.is_file() and not is_sealed:
        assert not is_unnoticed(path, before), seed
    began = time.process_time()
    code, said = run(words, project) if words else use_library(project)
    seconds = time.process_time() - began
    assert code in (0, 1, 2), (seed, words, code, said)
    assert "SK901" not in said and "Traceback" not in said, (seed, words, said)
    assert seconds < SECONDS, (seed, words, seconds)
    kind = "checksum made anew" if is_sealed else "checksum as it was, or gone"
    if code == 0:
        return f"taken ({kind})"
    return f"refused ({kind})" if "SK312" in said else f"another error: {words} {said}"


@pytest.mark.slow
def test_fifteen_damaged_files(template: Path, tmp_path: Path) -> None:
    quick = tuple(words for words in COMMANDS if words[0] in ("explain", "fit"))
    came = Counter(check(seed, template, tmp_path, quick)[:7] for seed in range(15))
    assert came["refused"] >= 4, came


@pytest.mark.slow
@pytest.mark.long
def test_a_thousand_damaged_files(template: Path, tmp_path: Path) -> None:
    came = Counter(check(seed, template, tmp_path, COMMANDS)[:7] for seed in range(1000, 2000))
    assert came["refused"] >= 400, came
