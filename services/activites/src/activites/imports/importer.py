"""Importer des comptes rendus : décider chaque ligne comme une saisie, l'écrire, et dire ce qu'il en est."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, Literal
from uuid import UUID

from events.decider import Refusal, Refusals
from events.store.store import Conflict, Context, Intent, Store, Written
from events.types import Position

from activites.domain.activite import ACTIVITE, EnregistrerActivite
from activites.domain.faits import Contenu
from activites.domain.vocabulaire import MediateurId
from activites.imports.colonnes import Champ
from activites.imports.identifiants import identifier
from activites.imports.ligne import Faute, Lue

type Mode = Literal["essai", "tout_ou_rien", "lignes_justes"]
type Commander = Callable[[Sequence[tuple[UUID, Contenu]]], Awaitable[Sequence[EnregistrerActivite]]]
"""(identifiant, saisie) de chaque ligne -> les commandes, avec ce que la porte sait de plus."""

EXEMPLE = "exemple"
"""Le début de l'identifiant des lignes du modèle : elles ne sont l'activité de personne."""
FAUTES_MAX = 1000
_ENSEMBLE = 500
_CHANGE_AILLEURS = "Cette activité vient de changer ailleurs : renvoyez le fichier."
_CHAMPS: Mapping[str, Champ] = {
    "/lieu_id": Champ.LIEU,
    "/commune/code_insee": Champ.CODE_INSEE,
    "/commune/code_postal": Champ.CODE_POSTAL,
    "/beneficiaire/commune_residence/nom": Champ.RESIDENCE,
    "/beneficiaire/commune_residence/code_postal": Champ.RESIDENCE_CODE_POSTAL,
    "/beneficiaire/commune_residence/code_insee": Champ.RESIDENCE_CODE_INSEE,
    "/autonomie": Champ.NIVEAU,
    "/participants/total": Champ.PARTICIPANTS,
    "/participants/deja_accompagnes": Champ.DEJA_ACCOMPAGNES,
    "/participants/genres": Champ.GENRE,
    "/participants/tranches_age": Champ.TRANCHE_AGE,
    "/participants/statuts": Champ.STATUT,
}
"""Où, dans la ligne, se lit ce que le domaine nomme autrement."""


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


async def importer(
    store: Store[Any],
    lignes: Sequence[Lue],
    mediateur_id: MediateurId,
    commander: Commander,
    titres: Mapping[str, str],
    mode: Mode,
    context: Context,
) -> Bilan:
    """Décide chaque ligne comme une saisie, et l'écrit selon le mode. Le même fichier renvoyé n'écrit rien.

    Tout ou rien : d'abord tout est décidé ; l'écriture vient ensuite, par paquets. Interrompue, elle se
    reprend en renvoyant le fichier.   titres : champ -> colonne du fichier.
    """
    bilan = Bilan(ecrit=mode != "essai", lues=len(lignes))
    gardees = [ligne for ligne in lignes if not ligne.identifiant.lower().startswith(EXEMPLE)]
    bilan.exemples = len(lignes) - len(gardees)
    fautes: dict[int, list[Faute]] = {ligne.numero: list(ligne.fautes) for ligne in gardees}
    identifiees = identifier(gardees, mediateur_id, fautes)
    commandes = await commander([(activite_id, contenu) for _, activite_id, contenu in identifiees])
    ordres = [(ligne, commande) for (ligne, _, _), commande in zip(identifiees, commandes, strict=True)]
    # What has a fault is decided too: the domain may have others to say.
    if mode == "lignes_justes":
        await _essayer(store, [o for o in ordres if fautes[o[0].numero]], fautes)
    else:
        faites = await _essayer(store, ordres, fautes)
        if mode == "essai" or any(fautes.values()):
            bilan.ecrit = False
            bilan.deja_enregistrees = faites
            return _dire(bilan, gardees, fautes, titres)
    justes = [(ligne, commande) for ligne, commande in ordres if not fautes[ligne.numero]]
    for ensemble in batched(justes, _ENSEMBLE):
        intentions = [Intent(ACTIVITE(commande.activite_id), commande) for _, commande in ensemble]
        issues = await store.execute_many(intentions, context)
        for (ligne, _), issue in zip(ensemble, issues, strict=True):
            match issue:
                case Written():
                    bilan.deja_enregistrees += not issue.changed
                    if issue.changed and issue.position is not None:
                        bilan.position = max(bilan.position or issue.position, issue.position)
                case Refusal():
                    fautes[ligne.numero] += _situees(ligne, issue)
                case Conflict():
                    fautes[ligne.numero].append(Faute(None, _CHANGE_AILLEURS))
    return _dire(bilan, gardees, fautes, titres)


def _dire(
    bilan: Bilan, lignes: Sequence[Lue], fautes: Mapping[int, Sequence[Faute]], titres: Mapping[str, str]
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


async def _essayer(
    store: Store[Any],
    ordres: Sequence[tuple[Lue, EnregistrerActivite]],
    fautes: Mapping[int, list[Faute]],
) -> int:
    """Décide sans rien écrire, et range les refus à leur ligne. Combien sont déjà enregistrées."""
    faites = 0
    for ensemble in batched(ordres, _ENSEMBLE):
        etats = await store.states([ACTIVITE(commande.activite_id) for _, commande in ensemble])
        for (ligne, commande), etat in zip(ensemble, etats, strict=True):
            try:
                faites += not ACTIVITE.decide(commande, etat)
            except Refusal as refus:
                siennes = fautes[ligne.numero]
                dites = {une.champ for une in siennes}
                siennes += [une for une in _situees(ligne, refus) if une.champ not in dites]
    return faites


def _situees(ligne: Lue, refus: Refusal) -> list[Faute]:
    seuls = refus.refusals if isinstance(refus, Refusals) else (refus,)
    return [Faute(champ := _champ(un.field), str(un), ligne.citer(champ)) for un in seuls]


def _champ(pointeur: str | None) -> Champ | None:
    """Le champ de la ligne que désigne un pointeur du domaine : lui-même, ou ce qui le contient."""
    chemin = pointeur or ""
    while chemin:
        if chemin in _CHAMPS:
            return _CHAMPS[chemin]
        if chemin[1:] in Champ:
            return Champ(chemin[1:])
        chemin = chemin.rpartition("/")[0]
    return None
