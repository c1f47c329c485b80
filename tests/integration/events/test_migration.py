from fintwin.db import migrate


def test_the_queue_goes_and_comes_back(database, admin):
    left = "SELECT count(*) FROM pg_class WHERE relname LIKE 'procrastinate%' OR relname IN ('outbox', 'dead_letter')"
    types = "SELECT count(*) FROM pg_type WHERE typname LIKE '%procrastinate%'"
    [(before,)] = admin(types)
    migrate.downgrade(database.admin_url, to="0001")
    assert admin(left) == [(0,)]
    assert admin(types) == [(0,)]
    migrate.upgrade(database.admin_url)
    assert admin(types) == [(before,)]
