"""Which columns make a table one of order lines: decided on their names and types."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache

from segkit.core.columns import Column, Kind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


IDS = _words("id ids key uuid guid number no nr code ref nummer numero número numéro")
PEOPLE = _words(
    """
    customer customers client clients user users member members account accounts shopper shoppers
    subscriber subscribers person persons people household households contact contacts buyer buyers
    guest guests patient patients donor donors visitor visitors company cust custs kunde kunden
    käufer kaeufer besteller klant koper klient kund cliente clientes acheteur comprador
    """
)
# of people as well, and no id
NO_ID = _words(
    "zip postal post postcode phone telephone mobile fax tax vat country city type group"
)
_MOST_LIKELY = re.findall(
    r"\w+",
    """
    amount betrag montant importe importo sales sale revenue turnover umsatz total gesamt summe
    subtotal spend spent paid payment value wert valor monto net gross dollars usd eur euro euros
    gbp
    """,
)
_AMOUNTS = frozenset(_MOST_LIKELY)
_PRICES = _words("price prices preis prix precio prezzo preço preco prijs")
_QUANTITIES = _words(
    """
    quantity qty quantité quantite cantidad quantità menge anzahl stück stueck stückzahl pieces
    units aantal
    """
)
_OF_ALL = _words("total line extended gesamt order sum")  # a price of these is an amount
_NO_AMOUNT = _words(
    """
    id code rate percent pct tax vat mwst discount rabatt shipping freight fee cost costs profit
    margin avg average mean balance limit budget cumulative running lifetime list msrp points count
    rank previous credit debt type method currency
    """
)
_ORDERS = _words(
    """
    order orders invoice transaction transactions txn receipt basket purchase bill ticket sale sales
    bestell bestellung bestellungs auftrag auftrags rechnung rechnungs beleg commande facture pedido
    factura ordine fattura
    """
)
_BOUGHT = _ORDERS | _words("ordered purchased bought sold kauf buchungs")
_DAYS = _words("date day datum datetime timestamp time tag fecha at on ts created posted when")
_OTHER_DAYS = _words(
    """
    birth born dob birthday signup sign joined join registered registration since first last next
    due ship shipped shipping deliver delivered delivery required returned return updated modified
    expiry expires estimated approved cancelled geburts liefer versand end
    """
)
_STATES = _words("status state type kind")
_CANCELLED = _words(
    "cancelled canceled cancellation refunded refund returned void voided storno storniert"
)
_EVENTS = _words("event action activity")
_MONEY = _words("currency waehrung währung devise moneda valuta")
_DISCOUNTS = _words("discount discounts rabatt")
_BESIDE = _words("line item product each unit einzel name detail is was")
_ALL = _BESIDE | IDS | PEOPLE | NO_ID | _AMOUNTS | _PRICES | _QUANTITIES | _OF_ALL | _NO_AMOUNT
_ALL |= _BOUGHT | _DAYS | _OTHER_DAYS | _STATES | _CANCELLED | _EVENTS | _MONEY | _DISCOUNTS
_LONGEST_FIRST = sorted(_ALL, key=lambda word: (-len(word), word))


@dataclass(frozen=True)
class LineRoles:
    """Columns by what they say of a line; None, or empty, where there is none of that.

    ``amounts``: one column, or a quantity and a price. ``others`` could be the date or the
    amount as well, and are not taken; ``discounts`` are not taken off. ``event`` says what
    happened, where lines are not of orders alone.
    """

    customer: str | None
    order: str | None = None
    date: str | None = None
    amounts: tuple[str, ...] = ()
    state: str | None = None
    is_cancelled: str | None = None
    event: str | None = None
    currency: str | None = None
    others: tuple[str, ...] = ()
    discounts: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return self.date is not None and bool(self.amounts)


@cache
def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a column's name, also where nothing stands between them.

    >>> name_words("InvoiceNo"), name_words("QUANTITYORDERED"), name_words("Rechnungsdatum")
    (('invoice', 'no'), ('quantity', 'ordered'), ('rechnungs', 'datum'))
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    words = [word for word in re.split(r"[\W_]+", spaced) if word]
    return tuple(part for word in words for part in _parts(word) or (word,))


def _parts(word: str) -> tuple[str, ...]:
    """Known words that the word is made of, one after the other; none if it is not."""
    for known in _LONGEST_FIRST:
        if word == known:
            return (known,)
        if word.startswith(known) and (rest := _parts(word[len(known) :])):
            return (known, *rest)
    return ()


def may_be_day(name: str) -> bool:
    """True for a column that is the day of an order by its name."""
    words = set(name_words(name))
    return bool(words & (_DAYS | _BOUGHT)) and not words & (_OTHER_DAYS | _NO_AMOUNT | IDS)


def may_be_number(name: str) -> bool:
    """True for a column that is an amount, a price or a quantity by its name."""
    return _meaning(set(name_words(name)))[0] != ""


def find_roles(columns: Sequence[Column], customer: str | None) -> LineRoles:
    """Return what the columns are, if each row is a line of an order.

    ``columns``: with the types that their values have: DATE also where days are written as texts.
    ``customer``: the column of the customer, which is nothing else.
    """
    others = [column for column in columns if column.name != customer]
    days = _best_days(others)
    amounts, rest = _amounts([column for column in others if column.type.is_numeric])
    return LineRoles(
        customer,
        order=_first(others, _is_order),
        date=days[0] if days else None,
        amounts=amounts,
        state=_first(others, _is_state),
        is_cancelled=_first(others, _is_flag),
        event=_first(others, _is_event),
        currency=_first(others, lambda column: _says(column, _MONEY)),
        others=(*days[1:], *rest),
        discounts=tuple(column.name for column in others if _says(column, _DISCOUNTS)),
    )


def _first(columns: Sequence[Column], is_it: Callable[[Column], bool]) -> str | None:
    return next((column.name for column in columns if is_it(column)), None)


def _says(column: Column, words: Collection[str]) -> bool:
    return not set(name_words(column.name)).isdisjoint(words)


def _is_order(column: Column) -> bool:
    """True for order_id, InvoiceNo, order, Bestellnummer; not for order_line_id or orders."""
    if column.type.kind not in (Kind.INTEGER, Kind.TEXT, Kind.DOUBLE, Kind.OTHER):
        return False
    *first, last = name_words(column.name) or ("",)
    if first:
        return last in IDS and set(first) <= _ORDERS
    return last in _ORDERS - {"orders", "transactions", "sale", "sales"}


def _day_rank(column: Column) -> int | None:
    """How much a column of days is that of the order: 0 most; None if it is of something else."""
    if column.type.kind not in (Kind.DATE, Kind.TIMESTAMP):
        return None
    words = set(name_words(column.name))
    if words & _OTHER_DAYS:
        return None
    return 0 if words & _BOUGHT else 1 if words & _DAYS else 2


def _best_days(columns: Sequence[Column]) -> list[str]:
    ranks = {c.name: rank for c in columns if (rank := _day_rank(c)) is not None}
    return [name for name, rank in ranks.items() if rank == min(ranks.values())]


def _is_state(column: Column) -> bool:
    words = set(name_words(column.name))
    return column.type.kind is Kind.TEXT and bool(words & _STATES) and words <= _STATES | _ORDERS


def _is_event(column: Column) -> bool:
    """True for event, event_type, action_name; not for event_id."""
    words = set(name_words(column.name))
    kinds = {"type", "kind", "name"}
    return column.type.kind is Kind.TEXT and bool(words & _EVENTS) and words <= _EVENTS | kinds


def _is_flag(column: Column) -> bool:
    """True for is_cancelled, refunded; not for refunded_amount."""
    words = set(name_words(column.name))
    is_flag = column.type.kind is Kind.BOOLEAN or column.type.kind is Kind.INTEGER
    return is_flag and bool(words & _CANCELLED) and words <= _CANCELLED | _ORDERS | _BESIDE


def _amounts(numbers: Sequence[Column]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that a line's amount is made of, and those that could be it as well."""
    found: dict[str, list[tuple[int, int]]] = {"amount": [], "price": [], "quantity": []}
    for place, column in enumerate(numbers):
        meaning, rank = _meaning(set(name_words(column.name)))
        found.get(meaning, []).append((rank, place))
    ordered = {key: [numbers[place] for _, place in sorted(some)] for key, some in found.items()}
    amounts, prices, quantities = ordered.values()
    if prices and not quantities and amounts and _is_count(amounts[0]):
        amounts, quantities = [], amounts[:1]
    of_line = amounts or prices
    if not of_line:
        return (), ()
    pieces = [] if amounts else quantities[:1]
    rest = tuple(column.name for column in of_line[1:])
    return tuple(column.name for column in (*pieces, of_line[0])), rest


def _meaning(words: set[str]) -> tuple[str, int]:
    """What a number is by its name, and of amounts how likely that of a line: 0 most."""
    if words & _NO_AMOUNT:
        return "", 0
    if words & _QUANTITIES:
        return "quantity", 0
    if words & _PRICES:
        return ("amount", 0) if words & _OF_ALL else ("price", 0)
    ranks = [rank for rank, word in enumerate(_MOST_LIKELY, 1) if word in words]
    return ("amount", ranks[0]) if ranks else ("", 0)


def _is_count(amount: Column) -> bool:
    """True for an amount that is of pieces, beside a price: a whole number, called nothing else."""
    return amount.type.kind is Kind.INTEGER and name_words(amount.name) == ("amount",)
