"""Messages between the caller and the child process: a JSON header, then raw arrays.

Nothing is ever unpickled: a renderer that a hostile file has taken over can send wrong numbers, but
cannot make the caller run code. A message is the length of its header (4 bytes, big endian), the
header, and the bytes of the arrays that the header's `arrays` names, in that order.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np

MAX_HEADER = 4_000_000
DTYPES = ("uint8", "uint32", "int32", "float32")
# What is said once the process that had a file open is gone.
CLOSED = {"closed": True}


def write_message(
    stream: BinaryIO, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None
) -> None:
    """Write one message; arrays are sent row by row, whatever their memory order."""
    arrays = arrays or {}
    shapes = [[name, array.dtype.name, list(array.shape)] for name, array in arrays.items()]
    # ASCII keeps the surrogates that stand for undecodable bytes in file names.
    text = json.dumps({**header, "arrays": shapes}, ensure_ascii=True).encode("ascii")
    stream.write(struct.pack(">I", len(text)))
    stream.write(text)
    for array in arrays.values():
        if array.size:
            stream.write(np.ascontiguousarray(array).data.cast("B"))
    stream.flush()


def read_message(
    read_into: Callable[[memoryview], None], max_bytes: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read one message.

    Args:
        read_into: fills the whole buffer that it is given, or raises EOFError.
        max_bytes: of all arrays together.

    Raises:
        EOFError: the other side is gone.
        ValueError: the message is not one of ours.
    """
    size = bytearray(4)
    read_into(memoryview(size))
    (length,) = struct.unpack(">I", size)
    if length > MAX_HEADER:
        raise ValueError("header too long")
    text = bytearray(length)
    read_into(memoryview(text))
    header = json.loads(text)
    if not isinstance(header, dict):
        raise ValueError("header is no object")
    arrays: dict[str, np.ndarray] = {}
    left = max_bytes
    for name, dtype, shape in header.pop("arrays"):
        if dtype not in DTYPES or any(not isinstance(n, int) or n < 0 for n in shape):
            raise ValueError(f"array {name!r} of an unknown kind")
        left -= math.prod(shape) * np.dtype(dtype).itemsize
        if left < 0:
            raise ValueError("arrays too large")
        array = np.empty(shape, dtype)
        if array.size:
            read_into(array.data.cast("B"))
        arrays[name] = array
    return header, arrays
