"""Orders of numbers, each carried out once: the same order again is answered as it was the first time."""

from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.errors import Conflict
from api.numbers.tables import number_orders

AnswerOf = TypeVar("AnswerOf", bound=BaseModel)


async def begin(
    connection: AsyncConnection, who: Person, kind: str, asked: dict[str, Any], of: type[AnswerOf]
) -> AnswerOf | None:
    """Begins an order, in the request's transaction; its answer when it was carried out before.

    Waits for the same order that is being carried out now. Raises Conflict `request_reused` when another order has
    this id.
    """
    order_id = asked["request_id"]
    row = {"id": order_id, "kind": kind, "by": who.id, "asked": asked}
    made = insert(number_orders).values(row).on_conflict_do_nothing().returning(number_orders.c.id)
    if (await connection.execute(made)).first() is not None:
        return None
    held = (await connection.execute(select(number_orders).where(number_orders.c.id == order_id))).one()
    if (held.kind, held.by, held.asked) != (kind, who.id, asked):
        raise Conflict("request_reused", "Another order has this request_id.")
    return of.model_validate(held.answer)


async def end(connection: AsyncConnection, order_id: str, answer: BaseModel) -> None:
    """Keeps what was answered."""
    kept = update(number_orders).where(number_orders.c.id == order_id)
    await connection.execute(kept.values(answer=answer.model_dump(mode="json")))
