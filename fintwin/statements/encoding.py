"""Bytes of a bank file to text: certain marks first, a guess last."""

import codecs
import re

from fintwin.kernel.errors import Invalid

KNOWN = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "iso8859-15": "Latin-9",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1257": "Windows-1257",
    "cp850": "DOS-850",
    "mac_roman": "Mac Roman",
    "shift_jis": "Shift JIS",
    "gb18030": "GB 18030",
}
"""Encodings that may be chosen, and their names for people."""

_GUESSED = [name for name in KNOWN if not name.startswith("utf")]
_SAMPLE = 32_768
_WESTERN = re.compile("[äöüßéèêëáàâçñóòôõíìîïúùûåøæœšžÿ°€£§«»’‘“”–—…·•´®©ºª¿¡]", re.IGNORECASE)


def decoded(data: bytes, *, encoding: str = "", hint: str = "") -> tuple[str, str]:
    """The text of a file and the name of its encoding (a key of `KNOWN`).

    A byte order mark decides, then valid UTF-8 (whatever a header claims), then the hint of the file's own header,
    then charset-normalizer over the lines that are not plain ASCII, then Windows-1252. A chosen encoding is used as
    it is; bytes it does not have become U+FFFD.

    Raises:
        Invalid: the chosen encoding is not one of `KNOWN` (code `unknown_encoding`).
    """
    if encoding:
        if encoding not in KNOWN:
            raise Invalid("Choose one of the encodings offered.", code="unknown_encoding", field="encoding")
        return data.decode(encoding, errors="replace").removeprefix("\ufeff"), encoding
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(name, errors="replace"), name
    head = data[:2048]
    if len(head) >= 8 and head[1::2].count(0) > len(head) // 3:
        return data.decode("utf-16-le", errors="replace"), "utf-16-le"
    if len(head) >= 8 and head[0::2].count(0) > len(head) // 3:
        return data.decode("utf-16-be", errors="replace"), "utf-16-be"
    return _likeliest(data, hint)


def _likeliest(data: bytes, hint: str) -> tuple[str, str]:
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        name = hint if hint in KNOWN else _guess(data)
    try:
        return data.decode(name), name
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def _guess(data: bytes) -> str:
    """The likeliest of `KNOWN` for text that is not UTF-8; Windows-1252 wherever it reads as western words."""
    telling = b"\n".join(line for line in data[: 64 * _SAMPLE].splitlines() if not line.isascii())[:_SAMPLE]
    beyond = [char for char in telling.decode("cp1252", errors="replace") if ord(char) > 127]
    if sum(map(bool, map(_WESTERN.fullmatch, beyond))) >= 0.95 * len(beyond):
        return "cp1252"
    # Few files come this far, and web and worker would each hold 3 MB for them from the start.
    from charset_normalizer import from_bytes

    best = from_bytes(telling, cp_isolation=_GUESSED).best()
    name = best.encoding.replace("_", "-").replace("mac-roman", "mac_roman") if best else "cp1252"
    name = {"iso8859-1": "cp1252", "latin-1": "cp1252", "shift-jis": "shift_jis"}.get(name, name)
    return name if name in KNOWN else "cp1252"
