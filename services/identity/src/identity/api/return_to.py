"""`return_to`: where to go after the sign-in; a local path, or home (docs/domaine/proconnect.md §12)."""

import re
from urllib.parse import unquote

HOME = "/"
_LONGEST = 512
_ASCII_PRINTABLE = re.compile(r"[\x21-\x7e]+", re.ASCII)


def safe(return_to: str | None) -> str:
    """The path itself when it is one of ours: a single leading slash, nothing that a browser could read
    as a host, no control character, raw or encoded (once or several times). Else `/`.
    """
    if return_to is None or len(return_to) > _LONGEST or not _ASCII_PRINTABLE.fullmatch(return_to):
        return HOME
    decoded = return_to
    for _ in range(4):
        if not decoded.startswith("/") or decoded[1:2] in ("/", "\\") or "\\" in decoded.partition("?")[0]:
            return HOME
        if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in decoded):
            return HOME
        again = unquote(decoded)
        if again == decoded:
            return return_to
        decoded = again
    return HOME
