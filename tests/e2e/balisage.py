"""Ce qu'un valideur de HTML reproche à une page : ce qui n'est pas fermé, ou n'a pas le droit d'être là."""

from html.parser import HTMLParser

_VIDES = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_TITRES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCS = _TITRES | frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "details",
            "dialog",
            "div",
            "dl",
            "fieldset",
            "figure",
        ),
        *("footer", "form", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul"),
    )
)
_PHRASES = _TITRES | frozenset(
    ("p", "span", "strong", "em", "b", "i", "small", "abbr", "time", "label", "button", "legend", "summary")
)
"""Ce qui ne contient que ce qui va dans du texte ; un lien, ce que contient son parent."""
_TITRABLES = frozenset(("summary", "legend"))
"""Une question ou un repli peut s'y dire par un titre."""
_ENFANTS = {
    "ul": {"li", "template"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "tr": {"td", "th"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "select": {"option", "optgroup", "hr"},
    "datalist": {"option"},
}
_PARENTS = {"li": {"ul", "ol"}, "dt": {"dl", "div"}, "dd": {"dl", "div"}, "tr": {"thead", "tbody", "table"}}
_SEULS = {"a": {"a", "button"}, "button": {"a", "button"}, "form": {"form"}, "label": {"label"}}
"""Ce dans quoi ceux-ci ne vont jamais, si loin que ce soit."""


class _Lecteur(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fautes: list[str] = []
        self.ouverts: list[str] = []
        self._svg = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        noms = [nom for nom, _ in attrs]
        if len(noms) != len(set(noms)):
            self._dire(f"<{tag}> dit deux fois un attribut")
        self._svg += tag == "svg"
        if not self._svg:
            self._a_sa_place(tag)
        if tag not in _VIDES:
            self.ouverts.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._svg:
            return
        self.handle_starttag(tag, attrs)
        if tag not in _VIDES:
            self._dire(f"<{tag}/> n'est pas fermé par sa barre")

    def handle_endtag(self, tag: str) -> None:
        self._svg -= tag == "svg"
        if self.ouverts and self.ouverts[-1] == tag:
            self.ouverts.pop()
        else:
            self._dire(f"</{tag}> ne ferme rien")

    def _a_sa_place(self, tag: str) -> None:
        parent = self.ouverts[-1] if self.ouverts else "html"
        porteur = next((un for un in reversed(self.ouverts) if un != "a"), "html")
        if tag in _BLOCS and porteur in _PHRASES and not (porteur in _TITRABLES and tag in _TITRES):
            self._dire(f"<{tag}> dans <{porteur}>")
        if parent in _ENFANTS and tag not in _ENFANTS[parent]:
            self._dire(f"<{tag}> dans <{parent}>")
        if tag in _PARENTS and parent not in {"template", *_PARENTS[tag]}:
            self._dire(f"<{tag}> hors de sa liste, dans <{parent}>")
        if not _SEULS.get(tag, set[str]()).isdisjoint(self.ouverts):
            self._dire(f"<{tag}> dans un autre")

    def _dire(self, faute: str) -> None:
        ligne, _ = self.getpos()
        self.fautes.append(f"balisage, ligne {ligne} : {faute}")


def balisage(html: str) -> list[str]:
    """Une phrase par faute."""
    lecteur = _Lecteur()
    lecteur.feed(html)
    lecteur.close()
    return [*lecteur.fautes, *(f"balisage : <{tag}> n'est pas fermé" for tag in lecteur.ouverts)]
