"""Tables of the installation itself."""

from datetime import datetime

from sqlalchemy import CheckConstraint, SmallInteger
from sqlmodel import Field, SQLModel

from fintwin.db.tables import instant


class Installation(SQLModel, table=True):
    """One row: the names of this database's roles, so that clones and restores find them."""

    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"server_default": "1"})
    owner_role: str
    app_role: str
    system_role: str
    created_at: datetime = instant()
