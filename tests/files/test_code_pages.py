import pytest

from segkit.files.code_pages import LATIN, latin_page

TEXTS = [
    ("cp1252", "España Muñoz Peña"), ("cp1252", "Sørensen Åse Kjær"),
    ("cp1252", "São João Conceição"),
    ("cp1252", "Hélène François Zoë"), ("cp1252", "Müller Weiß Größe"), ("cp1252", "Malmö Åland é"),
    ("cp1252", "5 € 3 m² 4°"), ("cp1252", "Þóra Ægir Guðrún"), ("cp1252", "1ª 2º"),
    ("cp1250", "Łódź Kraków Gdańsk"), ("cp1250", "Dvořák Němcová Šťastný"),
    ("cp1250", "Szabó Győző Tömörkény űr"), ("cp1250", "Wałęsa pracujący"),
    ("cp1250", "110,78 zł"), ("cp1252", "3 km³"),
    ("cp1254", "Şükrü Yılmaz Işık Gül Çağrı"),
    ("cp1257", "Rīga Ķekava Liepāja Jūrmala"), ("cp1257", "Šiauliai ąčęėįšųūž"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_letters_of_a_language(page: str, text: str) -> None:
    assert latin_page(f"id;name\n1;{text}\n".encode(page)) == page


def test_the_most_usual_page_first() -> None:
    assert LATIN[0] == "cp1252"
    assert latin_page(b"only ascii") == "cp1252"
