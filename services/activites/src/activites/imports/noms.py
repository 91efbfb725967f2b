"""Les étiquettes et les personnes suivies qu'un fichier nomme, comme on les nomme : « Marie Dupont »."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from events.postgres.database import Database
from referentiels.cles import cle

from activites.domain.place import Place
from activites.domain.refus import FichierIllisible
from activites.domain.vocabulaire import BeneficiaireId, TagId
from activites.imports.valeurs import Incomprise
from activites.projections import beneficiaires_suivis, tags

NOMS_MAX = 200
"""Dans une cellule."""
CELLULE_MAX = 5_000
"""Caractères d'une cellule de noms."""
NOMS_DU_FICHIER_MAX = 50_000
"""Les textes différents d'une colonne qui pourraient être un nom, entiers ou coupés."""
ANONYME = cle("Bénéficiaire anonyme")
"""Comme notre export nomme qui n'est pas suivi : une cellule qui ne nomme personne."""
_TROP_DE_NOMS = f"Plus de {NOMS_MAX} noms dans une cellule"
_SEPARATEURS = (re.compile(r"[\n\r]+"), re.compile(r"[;|]+"), re.compile(r","))
"""Du plus sûr au moins : un nom peut contenir les derniers."""


@dataclass(frozen=True, slots=True)
class Noms[Id: UUID]:
    """Ce que des noms désignent. aucun, plusieurs : ce qui se dit d'un nom que nul ne porte, ou plusieurs.

    par_cle : clé du nom -> chacun de ceux qui le portent, sous l'identifiant que la ligne en garde.
    """

    aucun: str
    plusieurs: str
    par_cle: dict[str, dict[UUID, Id]] = field(default_factory=dict[str, dict[UUID, Id]])

    def connait(self, texte: str) -> bool:
        return cle(texte) in self.par_cle

    def trouver(self, texte: str) -> Id:
        """Raises Incomprise, qui ne dit rien de qui porte ce nom."""
        porteurs = self.par_cle.get(cle(texte), {})
        if not porteurs:
            raise Incomprise(self.aucun)
        if len(porteurs) > 1:
            raise Incomprise(self.plusieurs)
        return next(iter(porteurs.values()))


def separer(texte: str, connu: Callable[[str], bool]) -> list[str]:
    """Les noms d'une cellule : une ligne, un point-virgule, une barre ou une virgule les séparent.

    Un nom connu qui en contient n'est pas coupé : « Dupont, Marie ». Raises Incomprise.
    """
    if demesure := _demesure(texte):
        raise Incomprise(demesure)
    noms = [nom for nom in _couper(texte, connu, _SEPARATEURS) if cle(nom) != ANONYME]
    if len(noms) > NOMS_MAX:
        raise Incomprise(_TROP_DE_NOMS)
    return noms


def _demesure(texte: str) -> str | None:
    """What is said of a cell that is refused before being cut, whomever it names."""
    if len(texte) > CELLULE_MAX:
        return f"Plus de {CELLULE_MAX} caractères dans une cellule"
    # « Dupont, Marie » holds one of them itself.
    coupures = max(texte.count("\n"), texte.count("\r")) + sum(map(texte.count, ";|,"))
    return _TROP_DE_NOMS if coupures > 2 * NOMS_MAX else None


def _couper(texte: str, connu: Callable[[str], bool], separateurs: Sequence[re.Pattern[str]]) -> list[str]:
    propre = texte.strip()
    if not propre or not separateurs or connu(propre):
        return [propre] if propre else []
    return [nom for partie in separateurs[0].split(propre) for nom in _couper(partie, connu, separateurs[1:])]


def ecrits(texte: str) -> tuple[str, ...]:
    """Les clés des noms d'une cellule, coupée à tout séparateur : les mêmes, qui que l'on connaisse.

    D'une cellule démesurée, qui est une faute : elle-même.
    """
    if _demesure(texte):
        return (texte,)
    morceaux = [texte]
    for separateur in _SEPARATEURS:
        morceaux = [morceau for partie in morceaux for morceau in separateur.split(partie)]
    return tuple(sorted({_cle(morceau) for morceau in morceaux} - {"", ANONYME}))


def un_par_ligne(texte: str) -> list[str]:
    """Les clés des noms d'une cellule que notre export écrit, dans l'ordre."""
    return [_cle(nom) for nom in texte.splitlines() if nom.strip()]


def _cle(nom: str) -> str:
    # What has neither letter nor digit is not nothing.
    return cle(nom) or nom.strip()


def _possibles(textes: Iterable[str]) -> set[str]:
    """Les clés de tout ce qui pourrait être un nom, coupé plus ou moins.

    Raises FichierIllisible, s'il y en a plus de NOMS_DU_FICHIER_MAX.
    """
    morceaux = set[str]()
    for texte in textes:
        if _demesure(texte):
            continue
        parties = [texte]
        for separateur in (*_SEPARATEURS, None):
            # What is cut into more names than a cell may hold is refused, whatever they are.
            morceaux.update(partie.strip() for partie in parties[: NOMS_MAX + 1])
            if separateur is not None:
                parties = [morceau for partie in parties for morceau in separateur.split(partie)]
        if len(morceaux) > NOMS_DU_FICHIER_MAX:
            raise FichierIllisible(
                "Une colonne de ce fichier contient trop de noms différents : importez-le en plusieurs fois."
            )
    return {cle(morceau) for morceau in morceaux} - {"", ANONYME}


def etiquettes(par_cle: dict[str, dict[UUID, TagId]] | None = None) -> Noms[TagId]:
    return Noms(
        "Aucune étiquette que vous voyez ne porte ce nom : créez-la d’abord",
        "Plusieurs étiquettes que vous voyez portent ce nom : renommez l’une d’elles, ou fusionnez-les",
        par_cle or {},
    )


def suivis(par_cle: dict[str, dict[UUID, BeneficiaireId]] | None = None) -> Noms[BeneficiaireId]:
    return Noms(
        "Vous ne suivez personne de ce nom : écrivez « Prénom Nom », ou ajoutez d’abord sa fiche",
        "Vous suivez plusieurs personnes de ce nom : saisissez ce compte rendu à la main",
        par_cle or {},
    )


async def etiquettes_de(database: Database, place: Place, textes: Iterable[str]) -> Noms[TagId]:
    """De celles que l'on voit d'ici, celles que nomment ces cellules. Raises FichierIllisible."""
    trouvees = dict[str, dict[UUID, TagId]]()
    if cles := await asyncio.to_thread(_possibles, textes):
        async with database.engine.connect() as connection:
            for row in await connection.execute(tags.nommees(place, cles)):
                trouvees.setdefault(row.cle, {})[row.tag_id] = TagId(row.tag_id)
    return etiquettes(trouvees)


async def suivis_de(
    database: Database, mediateurs: Sequence[UUID], textes: Iterable[str]
) -> Noms[BeneficiaireId]:
    """De ceux que l'on suit, ceux que nomment ces cellules : « Prénom Nom » ou « Nom Prénom ».

    Une personne de plusieurs fiches se garde sous la première qui porte ce nom : le même fichier, renvoyé
    après une fusion, dit la même chose.   mediateurs : les siens.   Raises FichierIllisible.
    """
    trouves = dict[str, dict[UUID, BeneficiaireId]]()
    if cles := await asyncio.to_thread(_possibles, textes):
        async with database.engine.connect() as connection:
            for row in await connection.execute(beneficiaires_suivis.nommes(mediateurs, cles)):
                fiche = BeneficiaireId(row.beneficiaire_id)
                for nom in {row.par_nom, row.par_prenom} & cles:
                    trouves.setdefault(nom, {}).setdefault(row.personne, fiche)
    return suivis(trouves)
