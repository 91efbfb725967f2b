"""Les notes mises en forme, réécrites : l'API les a assainies, mais aucune de ses balises n'est recopiée."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_EN_LIGNE = frozenset({"b", "strong", "i", "em", "u"})
_LISTES = frozenset({"ul", "ol"})
_TUES = frozenset({"script", "style"})
"""What they hold is no text, even when they are never closed."""
_PROFONDEUR = 20
_LIEN = "a"
_ADRESSE_MAX = 2000
_HOTE = re.compile(r"[a-z0-9_.-]+", re.ASCII)
"""Once it is in ASCII: a browser decodes any other, and goes elsewhere than it reads."""
_SENS = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
"""What turns the text that follows it, even an address of ours."""


def mis_en_forme(html: str) -> Markup:
    """Ses paragraphes, listes, gras et liens ; d'une autre balise, le texte seul. Toujours bien fermé.

    Un lien dit où il mène : son adresse le suit, si elle n'est pas ce que l'on y lit.
    """
    reecriture = _Reecriture()
    reecriture.feed(html)
    reecriture.close()
    return reecriture.fini()


def _adresse(attrs: list[tuple[str, str | None]]) -> str | None:
    """Where this link goes on the Web; None for anything else, and for what would read as another address.

    A host beyond ASCII is in punycode: some of its letters are drawn as others.
    """
    lue = (dict(reversed(attrs)).get("href") or "").strip()
    if len(lue) > _ADRESSE_MAX or not lue.isprintable() or any(c in lue for c in " \\\"'<>`"):
        return None
    try:
        parties = urlsplit(lue)
        if parties.scheme not in ("http", "https") or not parties.hostname or "@" in parties.netloc:
            return None
        hote = parties.hostname.encode("idna").decode()
        port = f":{parties.port}" if parties.port else ""
    except ValueError:
        return None
    if _HOTE.fullmatch(hote) is None:
        return None
    return lue if parties.netloc.isascii() else parties._replace(netloc=hote + port).geturl()


class _Reecriture(HTMLParser):
    """Writes its own tags, without any attribute but the address of a link, and every text escaped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._ecrit: list[str] = []
        self._ouvertes: list[str] = []
        self._tue = False
        self._vers = ""
        self._lu: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tue = tag in _TUES
        if tag == "br":
            self._placer()
            self._ecrit.append("<br>")
        elif tag == "li" and _LISTES.intersection(self._ouvertes):
            self._fermer(_LISTES)
            self._ouvrir("li")
        elif tag in _LISTES or tag in ("p", "li"):
            self._fermer(_LISTES | {"li"})
            if self._en_liste:
                self._ouvrir("li")
            self._ouvrir("p" if tag == "li" else tag)
        elif tag in _EN_LIGNE:
            self._placer()
            self._ouvrir(tag)
        elif tag == _LIEN and _LIEN not in self._ouvertes and (vers := _adresse(attrs)):
            self._placer()
            self._vers, self._lu = vers, []
            self._ouvrir(_LIEN, f' href="{escape(vers)}" rel="noopener noreferrer nofollow"')

    def handle_endtag(self, tag: str) -> None:
        self._tue = False
        if tag in self._ouvertes:
            self._fermer(frozenset({tag}))
            self._refermer()

    def handle_data(self, data: str) -> None:
        if self._tue or (not data.strip() and (not self._ouvertes or self._en_liste)):
            return
        self._placer()
        droit = data.translate(_SENS)
        self._lu.append(droit)
        self._ecrit.append(str(escape(droit)))

    def fini(self) -> Markup:
        self._fermer(frozenset())
        return Markup("".join(self._ecrit))  # noqa: S704 - our tags, and what escape() gave

    @property
    def _en_liste(self) -> bool:
        return bool(self._ouvertes) and self._ouvertes[-1] in _LISTES

    def _placer(self) -> None:
        """A text stands in a paragraph, or in an item of its list."""
        if not self._ouvertes or self._en_liste:
            self._ouvrir("li" if self._en_liste else "p")

    def _ouvrir(self, tag: str, attributs: str = "") -> None:
        # What stands in a list stays in it, however deep.
        if tag in ("p", "li") or len(self._ouvertes) < _PROFONDEUR:
            self._ecrit.append(f"<{tag}{attributs}>")
            self._ouvertes.append(tag)

    def _fermer(self, jusqu_a: frozenset[str]) -> None:
        while self._ouvertes and self._ouvertes[-1] not in jusqu_a:
            self._refermer()

    def _refermer(self) -> None:
        fermee = self._ouvertes.pop()
        lu = "".join(self._lu).strip()
        if fermee == _LIEN and not lu:
            self._ecrit.append(str(escape(self._vers)))
        self._ecrit.append(f"</{fermee}>")
        if fermee == _LIEN and lu and lu != self._vers:
            self._ecrit.append(f" (<bdi>{escape(self._vers)}</bdi>)")
