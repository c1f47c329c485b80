"""Zip archives of bank files: opened within bounds, whatever their directory claims."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from fintwin.kernel.errors import Invalid

MARK = b"PK\x03\x04"
MOST_FILES = 1_000
LARGEST_MEMBER = 96 * 1024 * 1024
LARGEST_WHOLE = 256 * 1024 * 1024
"""Bytes of one file, and of all files together, once they are unpacked."""

_CHUNK = 1024 * 1024
_WORKBOOK = ("[Content_Types].xml", "xl/", "mimetype", "Index/")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive, unpacked."""

    name: str
    data: bytes


def is_archive(data: bytes) -> bool:
    """Whether the bytes begin as a zip archive does."""
    return data.startswith((MARK, b"PK\x05\x06"))


def members(data: bytes) -> Iterator[Member]:
    """The files of an archive by name, one in memory at a time; folders and what systems add are passed over.

    Sizes are counted while unpacking, since a directory may lie about them. An archive in the archive is not opened.

    Raises:
        Invalid: no readable archive (`archive_broken`), a spreadsheet (`not_a_statement`), too much in it
            (`archive_too_large`), locked by a password (`archive_locked`), an archive inside (`archive_nested`).
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
        raise _broken("The archive") from None
    with archive:
        entries = archive.infolist()
        if any(entry.filename.startswith(_WORKBOOK) for entry in entries[:50]):
            sentence = "it is a spreadsheet. Export the transactions as CSV or OFX."
            raise Invalid(sentence, code="not_a_statement", field="file")
        files = [entry for entry in entries if not entry.is_dir() and not _of_system(entry.filename)]
        if len(files) > MOST_FILES:
            raise Invalid(f"it holds more than {MOST_FILES:,} files.", code="archive_too_large", field="file")
        left = LARGEST_WHOLE
        for entry in sorted(files, key=lambda one: one.filename):
            unpacked = _unpacked(archive, entry, most=min(LARGEST_MEMBER, left))
            left -= len(unpacked)
            name = "".join(char for char in entry.filename.rpartition("/")[2] if char.isprintable())[:100]
            if is_archive(unpacked):
                sentence = f"“{name}” is an archive in the archive. Unpack it first."
                raise Invalid(sentence, code="archive_nested", field="file")
            yield Member(name, unpacked)


def _of_system(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, most: int) -> bytes:
    if entry.flag_bits & 1:
        raise Invalid("it is locked by a password. Unpack it first.", code="archive_locked", field="file")
    parts: list[bytes] = []
    size = 0
    try:
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > most:
                    sentence = f"it unpacks to more than {LARGEST_MEMBER // 1024 // 1024} MB in one file, or"
                    sentence += f" {LARGEST_WHOLE // 1024 // 1024} MB in all. Send its files in parts."
                    raise Invalid(sentence, code="archive_too_large", field="file")
                parts.append(chunk)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise _broken(f"“{entry.filename[-60:]}”") from None
    return b"".join(parts)


def _broken(what: str) -> Invalid:
    return Invalid(f"{what} cannot be unpacked: it is damaged or cut off.", code="archive_broken", field="file")
