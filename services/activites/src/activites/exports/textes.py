"""Les notes, du HTML choisi (`api/textes.py`), en texte pour une cellule."""

from html.parser import HTMLParser


def en_texte(html: str | None) -> str | None:
    """Une ligne par paragraphe ou élément de liste ; un lien garde son adresse, entre parenthèses."""
    if html is None:
        return None
    lecteur = _Lecteur()
    lecteur.feed(html)
    lecteur.close()
    lignes = "".join(lecteur.morceaux).split("\n")
    return "\n".join(ligne.strip() for ligne in lignes).strip() or None


class _Lecteur(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.morceaux: list[str] = []
        self._adresse = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        match tag:
            case "br":
                self.morceaux.append("\n")
            case "li":
                self.morceaux.append("- ")
            case "a":
                self._adresse = dict(attrs).get("href") or ""
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li"):
            self.morceaux.append("\n")
        elif tag == "a" and self._adresse and self.morceaux[-1:] != [self._adresse]:
            self.morceaux.append(f" ({self._adresse})")

    def handle_data(self, data: str) -> None:
        self.morceaux.append(data)
