"""What the planner believes of the tables, after many rows were written at once."""

from sqlalchemy import text
from sqlmodel import Session


def count_tables(session: Session) -> int:
    """Have the planner count the tables that have grown a good deal since it counted them last; how many it were.

    For the end of a unit of work that filled books, and for the worker: the server itself looks once a minute, and until
    then plans as if a table were nearly empty. The tables stay locked against other counting, and nothing else, until
    the unit of work ends.
    """
    return int(session.connection().scalar(text("SELECT tables_counted()")) or 0)
