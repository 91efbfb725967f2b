"""Les textes des pages (`contenus/*.md`), lus et rendus une fois, au démarrage."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from referentiels.cles import cle

DOSSIER = Path(__file__).parent / "contenus"
_INFO = re.compile(r"([a-z-]+) : (.+)")
_INSECABLE = re.compile(r"(?<=«) | (?=[?!;»])")
"""L'espace qu'un retour à la ligne ne coupe pas."""
_ANCRE = re.compile(r"(.+) \{#([a-z0-9-]+)\}")


@dataclass(frozen=True, slots=True)
class Section:
    """Ce qui suit un titre de deuxième rang. titres : (ancre, titre) du troisième."""

    ancre: str
    titre: str
    html: Markup
    titres: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Texte:
    """Une page. infos : les lignes « nom : valeur » avant le titre.   chapeau : avant la première section."""

    nom: str
    titre: str
    infos: Mapping[str, str]
    chapeau: Markup
    sections: tuple[Section, ...]

    def section(self, ancre: str) -> Section | None:
        """Celle de cette ancre."""
        return next((section for section in self.sections if section.ancre == ancre), None)


def lire(chemin: Path) -> Texte:
    """Un fichier. Raises ValueError s'il n'a pas de titre."""
    infos, corps = _infos(_INSECABLE.sub("\u00a0", chemin.read_text(encoding="utf-8")))
    jetons = _MARKDOWN.parse(corps)
    _nommer(jetons)
    _mettre_en_tableaux(jetons)
    titre, *groupes = _couper(jetons)
    if titre[0].tag != "h1":
        raise ValueError(f"{chemin.name} : le texte commence par son titre")
    sections = tuple(
        Section(
            str(groupe[0].attrs["id"]),
            groupe[1].content,
            _rendre(groupe[3:]),
            tuple(
                (str(jeton.attrs["id"]), texte.content)
                for jeton, texte in pairwise(groupe)
                if jeton.type == "heading_open" and jeton.tag == "h3"
            ),
        )
        for groupe in groupes
    )
    return Texte(chemin.stem, titre[1].content, infos, _rendre(titre[3:]), sections)


def tous(dossier: Path = DOSSIER) -> dict[str, Texte]:
    """Les pages de ce dossier, par nom de fichier, dans leur ordre."""
    return {chemin.stem: lire(chemin) for chemin in sorted(dossier.glob("*.md"))}


def outils() -> dict[str, Texte]:
    """Les outils, par le nom que porte leur adresse, dans l'ordre de leurs fichiers (`03-pix-orga`)."""
    return {nom.partition("-")[2]: texte for nom, texte in tous(DOSSIER / "outils").items()}


# --- Markdown ---
def _renderer() -> MarkdownIt:
    """Sans HTML : un texte ne peut rien mettre dans la page que du texte."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("table_open", _ouvrir_tableau)
    markdown.add_render_rule("table_close", _fermer_tableau)
    return markdown


def _ouvrir_tableau(_: object, jetons: Sequence[Token], rang: int, *autres: object) -> str:
    nom = Markup.escape(jetons[rang].meta["nom"])
    titre = f'<caption class="sr">{nom}</caption>'
    return f'<div class="defile" tabindex="0" role="region" aria-label="Tableau : {nom}"><table>{titre}\n'


def _fermer_tableau(*_: object) -> str:
    return "</table></div>\n"


def _infos(texte: str) -> tuple[dict[str, str], str]:
    infos: dict[str, str] = {}
    lignes = texte.splitlines()
    while lignes and (lue := _INFO.fullmatch(lignes[0])):
        infos[lue[1]] = lue[2]
        del lignes[0]
    return infos, "\n".join(lignes)


def _nommer(jetons: Sequence[Token]) -> None:
    """L'ancre de chaque titre : `## Titre {#ancre}`, ou son texte."""
    for jeton, texte in pairwise(jetons):
        if jeton.type == "heading_open":
            dite = _ANCRE.fullmatch(texte.content)
            if dite and texte.children:
                texte.content = dite[1]
                dernier = texte.children[-1]
                dernier.content = dernier.content.removesuffix(f" {{#{dite[2]}}}")
            jeton.attrs["id"] = dite[2] if dite else "-".join(cle(texte.content).split())


def _mettre_en_tableaux(jetons: Sequence[Token]) -> None:
    """Ce qu'un lecteur d'écran attend d'un tableau : un nom, et de chaque ligne et colonne son titre."""
    nom, corps, premiere = "", False, False
    for rang, jeton in enumerate(jetons):
        match jeton.type:
            case "heading_open":
                nom = jetons[rang + 1].content
            case "table_open":
                jeton.meta["nom"] = nom
            case "thead_open" | "tbody_open":
                corps = jeton.type == "tbody_open"
            case "tr_open":
                premiere = corps
            case "th_open":
                jeton.attrs["scope"] = "col"
            case "td_open" if premiere:
                jeton.tag, jeton.attrs["scope"] = "th", "row"
            case "td_close" if premiere:
                jeton.tag, premiere = "th", False
            case _:
                pass


def _couper(jetons: Sequence[Token]) -> list[list[Token]]:
    """Un groupe par titre de premier ou de deuxième rang, qu'il commence."""
    groupes: list[list[Token]] = []
    for jeton in jetons:
        if (jeton.type == "heading_open" and jeton.tag in ("h1", "h2")) or not groupes:
            groupes.append([])
        groupes[-1].append(jeton)
    return groupes


def _rendre(jetons: Sequence[Token]) -> Markup:
    # Ours, from files of the package, by a renderer that passes no HTML through.
    return Markup(_MARKDOWN.renderer.render(jetons, _MARKDOWN.options, {}))  # noqa: S704


_MARKDOWN = _renderer()
