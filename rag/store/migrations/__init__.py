"""Upgrades of the database of a home (Alembic), one numbered revision a change of tables, the same on SQLite
and PostgreSQL.

How to change the tables:

1. Change ``rag/store/tables.py`` or ``rag/store/people/tables.py``: they say how a new home is made.
2. ``python -m rag.store.migrations "Add a table of orders"`` writes
   ``versions/r0004_add_a_table_of_orders.py`` with the difference from the revisions so far. Read it: a
   column without a default for the rows that exist, a type that only one database has, a table that is only
   renamed. Data is moved with ``op.execute``; a revision names its columns itself and never imports the
   tables, which change later.
3. ``pytest tests/conformance/test_migrations.py``: the revisions and the tables must give the same schema on
   both databases, and the stored homes in ``tests/data/homes`` must come up with their rows.

A revision is never edited once released, and has no way back: the file of the home is copied before an
upgrade (``backups``). On SQLite a table is altered by ``op.batch_alter_table``. Two revisions of one number,
or two that follow the same one, fail the tests: number anew.
"""
