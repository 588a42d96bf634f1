"""How many rows a client's data has, in whatever form PyTorch's users keep them.

A tensor's or array's rows are along its first dimension; a mapping, a tuple or a list of them holds the columns of the
same rows. A data set counts its items, a loader the rows of its data set. Where the items are whole batches (the loader
does not put them together, or gives out the items of a list as they are), the rows in them are counted.
"""

from collections.abc import Callable, Iterable, Mapping, Sized
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, SubsetRandomSampler

from cofund.training.returned import WrongAnswer


def rows_of(data: Any, batches: Callable[[], Iterable[Any]] | None = None) -> int:
    """Rows of a client's data.

    Args:
        data: of the client.
        batches: a pass over it, to see whether its items are whole batches.

    Raises:
        WrongAnswer: they cannot be counted.
    """
    if isinstance(data, DataLoader):
        return _rows_of_loader(data)
    if _holds_columns(data):
        return _same(data)
    passed = None if batches is None or _is_column(data) else batches()
    if isinstance(passed, DataLoader) and passed.batch_sampler is None:
        return _rows_of_loader(passed)
    if isinstance(data, list | tuple) and passed is not None and _gives_out(passed, data):
        return sum(_rows_of_batch(batch) for batch in data)
    return _length(data)


def _is_column(value: Any) -> bool:
    return isinstance(value, torch.Tensor | np.ndarray) and value.ndim > 0


def _holds_columns(data: Any) -> bool:
    """Whether these are columns, not rows; a list of many arrays that are all alike is taken for rows."""
    if isinstance(data, Mapping):
        return True
    if not isinstance(data, list | tuple) or not any(_is_column(each) for each in data):
        return isinstance(data, tuple) and len(data) > 0 and all(isinstance(each, list) for each in data)
    if isinstance(data, tuple):
        return True
    kinds = {(each.dtype, each.shape[1:]) if _is_column(each) else type(each) for each in data}
    alike = len({len(each) if _is_column(each) else None for each in data}) == 1
    return alike and (len(data) == 2 or len(kinds) > 1)


def _same(data: Any) -> int:
    """The rows of columns, which must have equally many; what is no column, such as a name, does not count."""
    found = set()
    for column in data.values() if isinstance(data, Mapping) else data:
        if _is_column(column) or isinstance(column, list):
            found.add(len(column))
        elif _holds_columns(column):
            found.add(_same(column))
    if len(found) != 1:
        said = f"columns of {' and '.join(map(str, sorted(found)))} rows" if found else "there is no column"
        raise WrongAnswer(f"The rows cannot be counted: {said}; samples= of torch_task can.")
    return int(found.pop())


def _rows_of_loader(loader: "DataLoader[Any]") -> int:
    if loader.batch_sampler is None:  # every item is a batch
        return sum(_rows_of_batch(batch) for batch in loader)
    if isinstance(loader.sampler, SubsetRandomSampler):
        return len(loader.sampler)
    return _length(loader.dataset)


def _gives_out(passed: Iterable[Any], items: Iterable[Any]) -> bool:
    """Whether the first batch of a pass is one of the items itself."""
    first = next(iter(passed), None)
    return any(first is item for item in items)


def _rows_of_batch(batch: Any) -> int:
    return _same(batch) if isinstance(batch, Mapping | tuple | list) else _length(batch)


def _length(data: Any) -> int:
    if not isinstance(data, Sized):
        kind = "data set" if isinstance(data, Dataset) else type(data).__name__
        raise WrongAnswer(f"The rows of a {kind} without a length cannot be counted; samples= of torch_task can.")
    try:
        return len(data)
    except TypeError as error:
        raise WrongAnswer(f"The rows cannot be counted: {error}; samples= of torch_task can.") from error
