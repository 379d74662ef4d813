"""Which Latin code page a text is of, four of Windows and one of the Mac: by its letters.

One byte is an ñ in Spain and an ń in Poland; nothing but the other letters tells them apart.
"""

from __future__ import annotations

import re

# The letters beside a to z of the languages that write by each page; the most usual page first.
_LETTERS = {
    "cp1252": (
        "äöüß", "àâæçèéêëîïôùûüÿœ", "áéíñóúüªº", "àáâãçéêíóôõúüªº", "àèéìíîòóù", "åäöé", "æøåé",
        "áèéëïóöü", "áðéíóúýþæö",
    ),
    "cp1250": (
        "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű", "áäčďéíĺľňóôŕšťúýž", "čćđšž", "ăâîşţ",
    ),
    "cp1254": ("çğıiöşüâîû",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
}  # fmt: skip
_LETTERS["mac_roman"] = _LETTERS["cp1252"]
LATIN = tuple(_LETTERS)
_CAPITAL = re.compile("(?<=[a-z])[À-ÖØ-ÞŒŠŽŸ]")  # within a word: hÈl
_OTHER = re.compile(r"[^\x00-\x7f]")
# a word has no sign in it, and nothing but a metre is raised: z³ is zł
_INSIDE = re.compile(r"(?<=[a-z])[^\x00-\x7f](?=[a-z])|(?<=[a-ln-z])[¹³]")


def latin_page(data: bytes) -> str | None:
    """Return the page by which the fewest letters are foreign to a language of that page.

    >>> latin_page("Muñoz".encode("cp1252")), latin_page("Łódź".encode("cp1250"))
    ('cp1252', 'cp1250')
    """
    foreign: dict[str, int] = {}
    for page, languages in _LETTERS.items():
        try:
            written = data.decode(page)
        except UnicodeDecodeError:
            continue
        text = written.lower()
        found = [c for c in _OTHER.findall(text) if c.isalpha()]
        found += [c for c in _INSIDE.findall(text) if not c.isalpha()]
        found += _CAPITAL.findall(written)
        foreign[page] = min(sum(c not in letters for c in found) for letters in languages)
    return min(foreign, key=foreign.__getitem__, default=None)
