"""Importer un fichier : décider chaque ligne comme une saisie, l'écrire, et dire ce qu'il en est."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, Literal
from uuid import UUID

from events.decider import Refusal, Refusals
from events.store.store import Conflict, Context, Intent, SomeRefused, Store, Written
from events.stream import Stream
from events.types import Position

from activites.domain.vocabulaire import Nomenclature
from activites.imports.lecture import Faute, Lue

type Mode = Literal["essai", "tout_ou_rien", "lignes_justes"]
type Identifiee[X] = tuple[Lue[X], UUID, X]
"""Une ligne, l'identifiant de ce qu'elle devient, ce qu'elle dit."""
type Identifier[X] = Callable[[Sequence[Lue[X]], Mapping[int, list[Faute]]], list[Identifiee[X]]]
"""(lignes, fautes par numéro, à compléter) -> celles dont on peut décider."""
type Commander[X, C] = Callable[[Sequence[tuple[UUID, X]]], Awaitable[Sequence[C]]]
"""(identifiant, saisie) de chaque ligne -> les commandes, avec ce que la porte sait de plus."""


@dataclass(frozen=True, slots=True)
class Sorte[X, C]:
    """Ce que deviennent les lignes d'un fichier.

    flux : celui de chacune.   champ : où se lit, dans la ligne, ce que désigne un pointeur du domaine.
    exemple : une ligne du modèle.   deja : des refus qui disent que c'était fait.   ailleurs : ce qu'on dit
    d'une ligne qui change pendant ce temps.   sienne : si un état est celui d'une chose de qui importe.
    """

    flux: Stream[Any, Any, Any]
    identifier: Identifier[X]
    commander: Commander[X, C]
    champ: Callable[[str | None], Nomenclature | None]
    exemple: Callable[[Lue[X]], bool]
    ailleurs: str
    deja: tuple[type[Refusal], ...] = ()
    sienne: Callable[[Any], bool] = lambda _: False


FAUTES_MAX = 1000
_ENSEMBLE = 500


@dataclass(frozen=True, slots=True)
class FauteDite:
    """Une faute à sa place. colonne : telle que le fichier la nomme ; vide, la ligne entière."""

    ligne: int
    colonne: str
    valeur: str
    message: str


@dataclass(slots=True)
class Bilan:
    """lues = enregistrees + deja_enregistrees + refusees + exemples.

    ecrit : faux d'un essai, et d'un « tout ou rien » dont une ligne est à corriger ; enregistrees compte
    alors celles qui le seraient.   fautes : les premières ; fautes_en_tout les compte toutes.
    """

    ecrit: bool
    lues: int = 0
    enregistrees: int = 0
    deja_enregistrees: int = 0
    refusees: int = 0
    exemples: int = 0
    fautes: list[FauteDite] = field(default_factory=list[FauteDite])
    fautes_en_tout: int = 0
    position: Position | None = None


async def importer[X, C](
    store: Store[Any],
    lignes: Sequence[Lue[X]],
    sorte: Sorte[X, C],
    titres: Mapping[str, str],
    mode: Mode,
    context: Context,
) -> Bilan:
    """Décide chaque ligne comme une saisie, et l'écrit selon le mode. Le même fichier renvoyé n'écrit rien.

    Tout ou rien : une seule transaction, toutes les lignes ou aucune, même si le service s'arrête.
    Lignes justes : par paquets ; interrompue, l'écriture se reprend en renvoyant le fichier.
    titres : champ -> colonne du fichier.
    """
    bilan = Bilan(ecrit=mode != "essai", lues=len(lignes))
    gardees = [ligne for ligne in lignes if not sorte.exemple(ligne)]
    bilan.exemples = len(lignes) - len(gardees)
    fautes: dict[int, list[Faute]] = {ligne.numero: list(ligne.fautes) for ligne in gardees}
    identifiees = sorte.identifier(gardees, fautes)
    renvoyees = await _renvoyees(store, sorte, identifiees)
    fautes |= {numero: [] for numero in renvoyees}
    identifiees = [une for une in identifiees if une[0].numero not in renvoyees]
    bilan.deja_enregistrees = len(renvoyees)
    commandes = await sorte.commander([(un, contenu) for _, un, contenu in identifiees])
    ordres = [
        (ligne, Intent(sorte.flux(un), commande))
        for (ligne, un, _), commande in zip(identifiees, commandes, strict=True)
    ]
    # What has a fault is decided too: the domain may have others to say.
    if mode == "lignes_justes":
        await _essayer(store, sorte, [o for o in ordres if fautes[o[0].numero]], fautes)
    else:
        faites = await _essayer(store, sorte, ordres, fautes)
        if mode == "essai" or any(fautes.values()):
            bilan.ecrit = False
            bilan.deja_enregistrees += len(faites)
            return _dire(bilan, gardees, fautes, titres)
        ordres = [ordre for ordre in ordres if ordre[0].numero not in faites]
        bilan.deja_enregistrees += len(faites)
    justes = [ordre for ordre in ordres if not fautes[ordre[0].numero]]
    if mode == "tout_ou_rien":
        await _ecrire_tout(store, sorte, justes, fautes, bilan, context)
    else:
        await _ecrire_les_justes(store, sorte, justes, fautes, bilan, context)
    return _dire(bilan, gardees, fautes, titres)


async def _renvoyees[X, C](
    store: Store[Any], sorte: Sorte[X, C], identifiees: Sequence[Identifiee[X]]
) -> set[int]:
    """De celles qui nomment, celles qu'un envoi précédent a enregistrées : qui y était ne se cherche plus.

    Une fiche renommée, une étiquette supprimée ou un homonyme arrivé depuis n'y change rien.
    """
    trouvees = set[int]()
    for ensemble in batched((une for une in identifiees if une[0].empreinte and une[0].nomme), _ENSEMBLE):
        etats = await store.states([sorte.flux(un) for _, un, _ in ensemble])
        trouvees |= {
            ligne.numero for (ligne, _, _), etat in zip(ensemble, etats, strict=True) if sorte.sienne(etat)
        }
    return trouvees


type _Ordre[X, C] = tuple[Lue[X], Intent[C, Any, Any]]


async def _ecrire_tout[X, C](
    store: Store[Any],
    sorte: Sorte[X, C],
    ordres: Sequence[_Ordre[X, C]],
    fautes: Mapping[int, list[Faute]],
    bilan: Bilan,
    context: Context,
) -> None:
    """Toutes, ou aucune. Ce qui a changé depuis l'essai se dit à sa ligne, et rien n'est écrit."""
    try:
        for issue in await store.execute_whole([intention for _, intention in ordres], context):
            _compter(bilan, issue)
    except SomeRefused as refusees:
        bilan.ecrit = False
        for rang, refus in refusees.refusals.items():
            ligne = ordres[rang][0]
            fautes[ligne.numero].extend(_situees(sorte, ligne, refus))
    except Conflict:
        bilan.ecrit = False
        for ligne, _ in ordres:
            fautes[ligne.numero].append(Faute(None, sorte.ailleurs))


async def _ecrire_les_justes[X, C](
    store: Store[Any],
    sorte: Sorte[X, C],
    ordres: Sequence[_Ordre[X, C]],
    fautes: Mapping[int, list[Faute]],
    bilan: Bilan,
    context: Context,
) -> None:
    for ensemble in batched(ordres, _ENSEMBLE):
        issues = await store.execute_many([intention for _, intention in ensemble], context)
        for (ligne, _), issue in zip(ensemble, issues, strict=True):
            match issue:
                case Written():
                    _compter(bilan, issue)
                case Refusal() if isinstance(issue, sorte.deja):
                    bilan.deja_enregistrees += 1
                case Refusal():
                    fautes[ligne.numero].extend(_situees(sorte, ligne, issue))
                case Conflict():
                    fautes[ligne.numero].append(Faute(None, sorte.ailleurs))


def _compter(bilan: Bilan, issue: Written) -> None:
    bilan.deja_enregistrees += not issue.changed
    if issue.changed and issue.position is not None:
        bilan.position = max(bilan.position or issue.position, issue.position)


def _dire[X](
    bilan: Bilan, lignes: Sequence[Lue[X]], fautes: Mapping[int, Sequence[Faute]], titres: Mapping[str, str]
) -> Bilan:
    for ligne in lignes:
        siennes = fautes[ligne.numero]
        bilan.refusees += bool(siennes)
        bilan.fautes_en_tout += len(siennes)
        bilan.fautes += [
            FauteDite(ligne.numero, titres.get(une.champ, une.champ.libelle) if une.champ else "",
                      une.valeur, une.message)
            for une in siennes[: FAUTES_MAX - len(bilan.fautes)]
        ]  # fmt: skip
    bilan.enregistrees = len(lignes) - bilan.refusees - bilan.deja_enregistrees
    return bilan


async def _essayer[X, C](
    store: Store[Any],
    sorte: Sorte[X, C],
    ordres: Sequence[_Ordre[X, C]],
    fautes: Mapping[int, list[Faute]],
) -> set[int]:
    """Décide sans rien écrire, et range les refus à leur ligne. Lesquelles sont déjà enregistrées."""
    faites: set[int] = set()
    for ensemble in batched(ordres, _ENSEMBLE):
        etats = await store.states([intention.on for _, intention in ensemble])
        for (ligne, intention), etat in zip(ensemble, etats, strict=True):
            try:
                if not sorte.flux.decide(intention.command, etat):
                    faites.add(ligne.numero)
            except Refusal as refus:
                if isinstance(refus, sorte.deja):
                    faites.add(ligne.numero)
                    continue
                siennes = fautes[ligne.numero]
                dites = {une.champ for une in siennes}
                siennes += [une for une in _situees(sorte, ligne, refus) if une.champ not in dites]
    return faites


def _situees[X, C](sorte: Sorte[X, C], ligne: Lue[X], refus: Refusal) -> list[Faute]:
    seuls = refus.refusals if isinstance(refus, Refusals) else (refus,)
    return [Faute(champ := sorte.champ(un.field), str(un), ligne.citer(champ)) for un in seuls]


def lire_champ(
    pointeur: str | None, autrement: Mapping[str, Nomenclature], champs: type[Nomenclature]
) -> Nomenclature | None:
    """Le champ de la ligne que désigne un pointeur du domaine : lui-même, ou ce qui le contient.

    autrement : où se lit ce que le domaine nomme d'un autre nom.
    """
    chemin = pointeur or ""
    while chemin:
        if chemin in autrement:
            return autrement[chemin]
        if chemin[1:] in champs:
            return champs(chemin[1:])
        chemin = chemin.rpartition("/")[0]
    return None
