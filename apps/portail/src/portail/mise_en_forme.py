"""Les notes mises en forme, réécrites : l'API les a assainies, mais aucune de ses balises n'est recopiée."""

from html.parser import HTMLParser

from markupsafe import Markup, escape

_EN_LIGNE = frozenset({"b", "strong", "i", "em", "u"})
_LISTES = frozenset({"ul", "ol"})
_TUES = frozenset({"script", "style"})
"""What they hold is no text, even when they are never closed."""
_PROFONDEUR = 20


def mis_en_forme(html: str) -> Markup:
    """Ses paragraphes, ses listes, ses gras ; d'une autre balise, le texte seul. Toujours bien fermé."""
    reecriture = _Reecriture()
    reecriture.feed(html)
    reecriture.close()
    return reecriture.fini()


class _Reecriture(HTMLParser):
    """Writes its own tags, without any attribute, and every text escaped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._ecrit: list[str] = []
        self._ouvertes: list[str] = []
        self._tue = False

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

    def handle_endtag(self, tag: str) -> None:
        self._tue = False
        if tag in self._ouvertes:
            self._fermer(frozenset({tag}))
            self._ecrit.append(f"</{self._ouvertes.pop()}>")

    def handle_data(self, data: str) -> None:
        if self._tue or (not data.strip() and (not self._ouvertes or self._en_liste)):
            return
        self._placer()
        self._ecrit.append(str(escape(data)))

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

    def _ouvrir(self, tag: str) -> None:
        # What stands in a list stays in it, however deep.
        if tag in ("p", "li") or len(self._ouvertes) < _PROFONDEUR:
            self._ecrit.append(f"<{tag}>")
            self._ouvertes.append(tag)

    def _fermer(self, jusqu_a: frozenset[str]) -> None:
        while self._ouvertes and self._ouvertes[-1] not in jusqu_a:
            self._ecrit.append(f"</{self._ouvertes.pop()}>")
