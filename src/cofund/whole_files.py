"""Files that are there whole or not at all, also after a crash."""

import errno
import os
from pathlib import Path


def write_whole(path: Path, content: bytes, *, private: bool = False) -> Path:
    """Write to a temporary file, flush it to the disk, rename it, and make the rename durable.

    Args:
        path: its folder is made if it is missing.
        content: all of it.
        private: nobody but its owner can read the file, not even for a moment, nor a folder made for it.

    Raises:
        OSError: nothing was replaced; neither is what is no file, as /dev/stdout.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EEXIST, "is there, and is no file", str(path))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o777)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666)
    with os.fdopen(handle, "wb") as file:
        if private:
            os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path
