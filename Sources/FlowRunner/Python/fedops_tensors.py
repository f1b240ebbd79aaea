"""Models as safetensors files: https://huggingface.co/docs/safetensors, read and written with NumPy alone."""

import io
import json
import math
import mmap
import os
import struct

import numpy as np

from fedops_failures import StageError

SIZES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1,
    "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}  # fmt: skip
NUMPY = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
NAMES = {np.dtype(text): name for name, text in NUMPY.items()}
HEADER_LIMIT = 100 << 20
PIECE = 8 << 20


class Tensor:
    """A dtype, a shape, and the bytes as a flat array of uint8, little-endian."""

    __slots__ = ("dtype", "shape", "data")

    def __init__(self, dtype, shape, data):
        self.dtype = dtype
        self.shape = tuple(int(size) for size in shape)
        self.data = data

    @classmethod
    def of(cls, array, name):
        array = np.asarray(array)
        if array.dtype.name == "bfloat16":  # of ml_dtypes, which JAX brings
            return cls("BF16", array.shape, flat(array))
        dtype = NAMES.get(array.dtype.newbyteorder("<"))
        if dtype is None:
            raise StageError(
                "{} has the dtype {}, which a model file can't hold; allowed are floats, integers and "
                "bool".format(name, array.dtype)
            )
        return cls(dtype, array.shape, flat(array.astype(array.dtype.newbyteorder("<"), copy=False)))

    @property
    def nbytes(self):
        return math.prod(self.shape) * SIZES[self.dtype]

    def into(self, buffer):
        """Copies the bytes into `buffer`, a flat array of uint8 of as many bytes."""
        np.copyto(buffer, self.data)

    def array(self, like):
        """A copy as an array of NumPy, with the dtype object of `like`, which has the same dtype."""
        return self.data.copy().view(like.dtype.newbyteorder("<") if self.dtype in NUMPY else like.dtype).reshape(
            self.shape
        )

    def zeros(self):
        return Tensor(self.dtype, self.shape, np.zeros_like(self.data))


class StoredTensor(Tensor):
    """A tensor in a file. It costs no memory before it is asked for its bytes."""

    __slots__ = ("_file", "_begin")

    def __init__(self, dtype, shape, file, begin):
        self.dtype = dtype
        self.shape = tuple(shape)
        self._file, self._begin = file, begin

    @property
    def data(self):
        """The mapped file, from the tensor's first byte to its last."""
        if self._file.mapped is None:
            self._file.mapped = np.frombuffer(
                mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8
            )
        return self._file.mapped[self._begin : self._begin + self.nbytes]

    def into(self, buffer):
        """Read straight into place: pages of a mapping would count as this process's memory beside the model's own."""
        view, done = memoryview(buffer), 0
        while done < len(view):
            count = os.preadv(self._file.fileno(), [view[done : done + PIECE]], self._begin + done)
            if count == 0:
                raise StageError("{} became shorter while it was read".format(os.path.basename(self._file.name)))
            done += count


class File(io.FileIO):
    """Closed when the last tensor in it is gone."""

    mapped = None


def flat(array):
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def write(path, tensors, metadata=None, durable=False):
    """Writes the tensors, wide elements first so that each is aligned, else in their order. Appears as a whole.

    The header comes first, then one tensor after the other: of tensors that make their bytes when asked, no two are in
    memory at once. With `durable` the bytes are on the disk before the file has its name.
    """
    names = sorted(tensors, key=lambda name: -SIZES[tensors[name].dtype])
    header, offset = {"__metadata__": metadata} if metadata else {}, 0
    for name in names:
        tensor = tensors[name]
        header[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + tensor.nbytes],
        }
        offset += tensor.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    part = path + ".part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for name in names:
            file.write(tensors[name].data.data)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    os.replace(part, path)


def read(path):
    """The tensors by name, whose bytes stay in the file until they are asked for."""
    return open_file(path)[0]


def open_file(path):
    """The tensors by name, and the file's own metadata: texts by texts."""
    file = File(path)
    size = os.fstat(file.fileno()).st_size
    if size < 8:
        raise StageError("{} is no safetensors file: it has {} bytes".format(os.path.basename(path), size))
    length = struct.unpack("<Q", os.pread(file.fileno(), 8, 0))[0]
    if length > min(HEADER_LIMIT, size - 8):
        raise StageError("{} is no safetensors file: its header has no end".format(os.path.basename(path)))
    try:
        header = json.loads(os.pread(file.fileno(), length, 8))
    except ValueError:
        raise StageError("{} is no safetensors file: its header is no JSON".format(os.path.basename(path))) from None
    metadata = header.pop("__metadata__", {})
    tensors, body = {}, size - 8 - length
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        count = math.prod(entry["shape"])
        if not 0 <= begin <= end <= body or end - begin != count * SIZES.get(entry["dtype"], 0):
            raise StageError("{}: tensor {} lies outside of the file".format(os.path.basename(path), name))
        tensors[name] = StoredTensor(entry["dtype"], entry["shape"], file, 8 + length + begin)
    return tensors, metadata


def metadata(path, key):
    """The JSON object that stands under a key of the file's metadata; an empty one where there is none."""
    return json.loads(open_file(path)[1].get(key, "{}"))


def differences(found, wanted, local=()):
    """How the tensors in `found` differ from those in `wanted` by name, shape and dtype, one text each. `local` are the
    names that stay on the node."""
    texts = []
    for name in wanted:
        if name in local:
            texts.append("{} is shared there, and share keeps it on the node here".format(name))
        elif name not in found:
            texts.append("{} is missing".format(name))
    for name, tensor in found.items():
        other = wanted.get(name)
        if other is None:
            texts.append("{} is new".format(name))
        elif tensor.shape != other.shape:
            texts.append("{} has shape {}, not {}".format(name, list(tensor.shape), list(other.shape)))
        elif tensor.dtype != other.dtype:
            texts.append("{} has dtype {}, not {}".format(name, tensor.dtype, other.dtype))
    return texts
