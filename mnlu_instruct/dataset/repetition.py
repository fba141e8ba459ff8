"""Instances that come more than once in a data set: each time under an id of its own."""

from collections.abc import Iterator

import msgspec

from mnlu_instruct.types import Instance


def repeated(instance: Instance, times: int) -> Iterator[Instance]:
    """The instance as so many rows: itself, then again as `…~2`, `…~3`, whose labels another order is drawn for."""
    yield instance
    for number in range(2, times + 1):
        yield msgspec.structs.replace(instance, id=f"{instance.id}~{number}")


def first(instance: Instance) -> Instance:
    """The instance that one is a repetition of; itself, if of none."""
    name, mark, number = instance.id.rpartition("~")
    return msgspec.structs.replace(instance, id=name) if mark and number.isdigit() else instance
