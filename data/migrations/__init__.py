"""Schema revisions, run by Alembic. A new database is made from `data.tables` and stamped; only an old one walks
through these. Each is frozen: it names its own columns and never imports `data.tables`."""
