"""The one MetaData. Tables live with the folder that owns them and register here."""

from sqlalchemy import DateTime, MetaData, Uuid

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = Uuid(as_uuid=False)  # ids are text in Python: an attempt's id is a channel id and a file name too
Moment = DateTime(timezone=True)

__all__ = ["Id", "Moment", "metadata"]
