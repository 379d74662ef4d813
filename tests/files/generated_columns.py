"""Columns as people write them in twelve countries, with what they mean."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

Meaning = Decimal | date | str | None


@dataclass(frozen=True)
class Country:
    name: str
    decimal: str
    thousands: str
    currency: str  # {} is the amount
    day: str
    yes_no: tuple[str, str]
    by_two: bool = False  # 12,34,567


COUNTRIES = (
    Country("en_US", ".", ",", "${}", "%m/%d/%Y", ("yes", "no")),
    Country("en_GB", ".", ",", "£{}", "%d/%m/%Y", ("Y", "N")),
    Country("en_IN", ".", ",", "₹{}", "%d-%m-%Y", ("Yes", "No"), by_two=True),
    Country("de_DE", ",", ".", "{} €", "%d.%m.%Y", ("ja", "nein")),
    Country("de_CH", ".", "'", "CHF {}", "%d.%m.%Y", ("Ja", "Nein")),
    Country("fr_FR", ",", "\u202f", "{} €", "%d/%m/%Y", ("oui", "non")),
    Country("es_ES", ",", ".", "{} €", "%d/%m/%Y", ("sí", "no")),
    Country("it_IT", ",", ".", "€ {}", "%d/%m/%Y", ("vero", "falso")),
    Country("pt_BR", ",", ".", "R$ {}", "%d/%m/%Y", ("sim", "não")),
    Country("sv_SE", ",", "\u00a0", "{} kr", "%Y-%m-%d", ("ja", "nej")),
    Country("pl_PL", ",", " ", "{} zł", "%d.%m.%Y", ("tak", "nie")),
    Country("ja_JP", ".", ",", "¥{}", "%Y/%m/%d", ("true", "false")),
)
NOTHING = ("", "", "NA", "n/a", "-", "NULL", "#N/A", "?", "None")
NEGATIVES: Sequence[Callable[[str], str]] = (
    lambda text: f"-{text}",
    lambda text: f"({text})",
    lambda text: f"{text}-",
    lambda text: f"\u2212{text}",
)


@dataclass(frozen=True)
class Generated:
    """``texts`` and what each means; ``kind`` for people."""

    kind: str
    name: str
    texts: tuple[str, ...]
    meant: tuple[Meaning, ...]


def grouped(digits: str, country: Country) -> str:
    head, tail = digits[:-3], digits[-3:]
    step = 2 if country.by_two else 3
    parts: list[str] = []
    while head:
        parts.insert(0, head[-step:])
        head = head[:-step]
    return country.thousands.join([*parts, tail])


def written(value: Decimal, country: Country, *, groups: bool) -> str:
    """The amount without its sign."""
    whole, _, decimals = f"{abs(value)}".partition(".")
    text = grouped(whole, country) if groups else whole
    return f"{text}{country.decimal}{decimals}" if decimals else text


def numbers(rng: random.Random, country: Country, n: int) -> Generated:
    places = rng.choice([0, 0, 1, 2, 2, 3])
    center, spread = rng.uniform(-1, 8), rng.choice([0.3, 1, 2])
    trimmed = places and rng.random() < 0.3
    values = []
    for _ in range(n):
        value = Decimal(f"{rng.lognormvariate(center, spread):.{places}f}")
        if trimmed:
            value = value.normalize()
            value = value.quantize(Decimal(1)) if value == value.to_integral() else value
        values.append(value)
    if rng.random() < 0.3:
        values = [value if rng.random() < 0.8 else -value for value in values]
    groups = rng.random() < 0.6
    negative = rng.choice(NEGATIVES)
    money = country.currency if rng.random() < 0.4 else "{}"
    texts = []
    for value in values:
        text = money.format(written(value, country, groups=groups))
        texts.append(negative(text) if value < 0 else text)
    return Generated("money" if money != "{}" else "number", "amount", tuple(texts), tuple(values))


def percents(rng: random.Random, country: Country, n: int) -> Generated:
    places = rng.choice([0, 1])
    values = [Decimal(f"{rng.uniform(0, 100):.{places}f}") for _ in range(n)]
    sign = rng.choice(["%", " %"])
    texts = tuple(f"{written(value, country, groups=False)}{sign}" for value in values)
    return Generated("percent", "discount", texts, tuple(values))


def days(rng: random.Random, country: Country, n: int) -> Generated:
    first = date(2023, 1, 1)
    values = [first + timedelta(days=rng.randint(0, 700)) for _ in range(n)]
    form = rng.choice([country.day, country.day, country.day.replace("%Y", "%y"), "%Y-%m-%d"])
    return Generated("day", "ordered", tuple(v.strftime(form) for v in values), tuple(values))


def ids(rng: random.Random, country: Country, n: int) -> Generated:
    kind = rng.choice(["padded", "letters", "long", "hex", "points", "plus", "plain"])
    made = {
        "padded": lambda i: f"{i:05d}",
        "letters": lambda i: f"C{i}",
        "long": lambda i: f"{10**19 + i * 7}",
        "hex": lambda i: f"{i + 100}E{i % 10}",
        "points": lambda i: f"{i // 40}.{i % 40}",
        "plus": lambda i: f"+4917{i:06d}",
        "plain": lambda i: f"{i + 1}",
    }[kind]
    texts = tuple(made(i) for i in range(n))
    return Generated(f"id {kind}", "customer_id", texts, texts)


def flags(rng: random.Random, country: Country, n: int) -> Generated:
    pair = rng.choice([country.yes_no, ("1", "0"), ("true", "false"), ("X", "")])
    texts = tuple(rng.choice(pair) for _ in range(n))
    return Generated("flag", "newsletter", texts, texts)


KINDS = (numbers, numbers, numbers, percents, days, ids, flags)


def generate(seed: int) -> Generated:
    """One column of one country; a third of them have words for nothing among the values."""
    rng = random.Random(seed)
    country = rng.choice(COUNTRIES)
    made = rng.choice(KINDS)(rng, country, rng.choice([20, 60, 200]))
    if made.kind in ("flag",) or made.kind.startswith("id") or rng.random() > 0.35:
        return made
    # among amounts in parentheses a dash is zero
    in_accounts = any(text.startswith("(") for text in made.texts)
    word = rng.choice([word for word in NOTHING if word != "-" or not in_accounts])
    pairs = [
        (word, None) if rng.random() < 0.1 else pair
        for pair in zip(made.texts, made.meant, strict=True)
    ]
    texts, meant = zip(*pairs, strict=True)
    return Generated(f"{made.kind} {country.name} dirty", made.name, texts, meant)
