"""Real databases to run SQL text on. No mocks.

A test that takes the fixture ``warehouse`` runs once on each of them and is marked
``warehouse`` by that::

    def test_what_we_wrote(warehouse: Warehouse) -> None:
        warehouse.load("customers", {"age": "INTEGER"}, [(41,), (None,)])
        assert warehouse.query("SELECT count(age) FROM customers") == [(1,)]

Each module of tests starts with an empty database. ``.ci/warehouses`` installs what is
missing and runs them all.
"""
