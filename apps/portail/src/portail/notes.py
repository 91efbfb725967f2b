"""Les notes : un texte que l'on retouche dans un champ, et la mise en forme de ce que l'on n'a pas touché."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html import escape

from portail.affichage import en_texte
from portail.formulaires import Saisie

NOTES_HTML = "notes_html"
"""Control of the notes as they were opened: with their markup."""
_HTML_MAX = 40_000
"""Characters, twice what the API keeps of notes: beyond, these are not notes that it gave."""
_COMPARAISONS_MAX = 10_000
"""Lines changed before times lines changed after: beyond, their formatting is lost."""
_BORD = re.compile(r"<(/?)(?:p|ul|ol)>")

type _Bloc = tuple[str, list[str]]
"""Un paragraphe ou une liste, et les lignes de texte qu'on en lit."""


def en_html(texte: str) -> str:
    """Ce que l'on tape dans un champ de texte, pour l'API qui garde du HTML : un paragraphe par ligne."""
    return "".join(f"<p>{escape(ligne)}</p>" for ligne in _lignes(texte))


def notes_relues(html: str | None) -> list[tuple[str, str]]:
    """Les contrôles qui montrent des notes : leur texte, et à côté ce qu'un champ de texte ne montre pas."""
    return [("notes", en_texte(html)), (NOTES_HTML, html)] if html else []


def notes_lues(saisie: Saisie) -> str:
    """Les notes, pour l'API qui les assainit. Ce que l'on n'a pas touché garde ses gras, ses liens."""
    ecrites, d_origine = _lignes(saisie.un("notes")), saisie.un(NOTES_HTML)
    if not d_origine or len(d_origine) > _HTML_MAX:
        return en_html("\n".join(ecrites))
    if _lignes(en_texte(d_origine)) == ecrites:
        return d_origine
    return _mises_en_forme(ecrites, list(_blocs(d_origine)))


def _lignes(texte: str) -> list[str]:
    return [ligne for ligne in texte.splitlines() if ligne.strip()]


def _blocs(html: str) -> Iterator[_Bloc]:
    """Ceux du premier niveau, dans leur ordre, en une lecture. Ce qui n'est dans aucun s'arrête là."""
    dedans, debut, fin = 0, 0, 0
    for bord in _BORD.finditer(html):
        if not bord[1]:
            if not dedans and html[fin : bord.start()].strip():
                return
            debut, dedans = (debut if dedans else bord.start()), dedans + 1
        elif dedans:
            dedans -= 1
            if not dedans:
                fin = bord.end()
                yield html[debut:fin], _lignes(en_texte(html[debut:fin]))


def _mises_en_forme(lignes: Sequence[str], blocs: Sequence[_Bloc]) -> str:
    """Ces lignes, où un bloc d'origine reste tel quel si toutes les siennes y sont."""
    ou = _retrouvees([ligne for _, siennes in blocs for ligne in siennes], lignes)
    gardes, debut = dict[int, tuple[str, int]](), 0
    for html, siennes in blocs:
        places = [ou.get(debut + i, -1) for i in range(len(siennes))]
        if places and places[0] >= 0 and places == [*range(places[0], places[0] + len(places))]:
            gardes[places[0]] = (html, len(places))
        debut += len(siennes)
    suite, rang = list[str](), 0
    while rang < len(lignes):
        html, combien = gardes.get(rang) or (en_html(lignes[rang]), 1)
        suite.append(html)
        rang += combien
    return "".join(suite)


def _retrouvees(avant: Sequence[str], apres: Sequence[str]) -> dict[int, int]:
    """Rang d'une ligne d'avant -> le sien après. Début et fin communs d'abord : on touche à un endroit."""
    n = min(len(avant), len(apres))
    tete = next((i for i in range(n) if avant[i] != apres[i]), n)
    queue = next((i for i in range(n - tete) if avant[-1 - i] != apres[-1 - i]), n - tete)
    ou = {i: i for i in range(tete)} | {len(avant) - i: len(apres) - i for i in range(1, queue + 1)}
    a, b = avant[tete : len(avant) - queue], apres[tete : len(apres) - queue]
    if len(a) * len(b) <= _COMPARAISONS_MAX:
        paires = SequenceMatcher(a=a, b=b, autojunk=False).get_matching_blocks()
        ou |= {tete + p.a + i: tete + p.b + i for p in paires for i in range(p.size)}
    return ou
