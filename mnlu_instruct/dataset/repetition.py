"""Repeated instances of a data set, each repetition with its own id."""

from collections.abc import Iterator

import msgspec

from mnlu_instruct.types import Instance


def repeated(instance: Instance, times: int) -> Iterator[Instance]:
    """The instance, then its repetitions with ids `…~2`, `…~3`, each of which gets another order of labels."""
    yield instance
    for number in range(2, times + 1):
        yield msgspec.structs.replace(instance, id=f"{instance.id}~{number}")


def first(instance: Instance) -> Instance:
    """The original of a repetition; the instance itself if it is not one."""
    name, mark, number = instance.id.rpartition("~")
    return msgspec.structs.replace(instance, id=name) if mark and number.isdigit() else instance
