"""A server with logins that may build or only read, and a small project that is published."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import pytest

from tests.engines.postgres.shop import (
    SMALL,
    SOURCE,
    YAML,
    Server,
    build,
    renew_role,
)
from tests.warehouses.fixtures import OpenWarehouse


@pytest.fixture(scope="module")
def server(open_warehouse: OpenWarehouse) -> Server:
    connection = open_warehouse("postgres").connection  # type: ignore[attr-defined]
    for role in ("builder", "reader", "stranger"):
        renew_role(connection, role)
    connection.execute("GRANT CREATE ON DATABASE postgres TO builder")
    return Server(connection, connection.info.host)


@pytest.fixture
def url(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    found = server.url("builder")
    monkeypatch.setenv("SHOP_PG_URL", found)
    return found


@pytest.fixture
def reader_url(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a login that may only SELECT, for tests that build nothing."""
    monkeypatch.setenv("SHOP_PG_URL", server.url())
    return server.url()


@pytest.fixture
def small(server: Server, url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A project of 200 customers whose source is a file; published once."""
    schema = f"s{crc32(request.node.name.encode())}"
    directory = tmp_path / schema
    for name, text in {"segkit.yml": YAML + SOURCE, **SMALL}.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("SCHEMA", schema), encoding="utf-8")
    assert build(directory).published
    return directory
