"""Activité : un accompagnement réalisé par un médiateur, dont il rend compte (CRA individuel ou atelier)."""

import datetime as dt
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, assert_never

from events.decider import Refusal, refuse
from events.stream import Stream
from events.types import ERASED, Personal, Public
from referentiels.territoires import departement_de

from activites.domain.contenu import A_UNE_COMMUNE, Contenu, Participants, fautes, normaliser
from activites.domain.vocabulaire import (
    ActiviteId,
    Autonomie,
    Commune,
    CompteId,
    LieuConnu,
    LieuId,
    Materiel,
    MediateurId,
    NiveauAtelier,
    StructureDeRedirection,
    StructureId,
    Thematique,
    TypeActivite,
    TypeLieu,
)

type TexteLibre = Annotated[str | None, Personal("activite", "activite_id")]
"""Un texte tapé par le médiateur : il peut nommer quelqu'un, donc chiffré sous la clé de l'activité."""


# --- Events: facts, never edited once released ---
@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteDecrite:
    """Tous les champs d'une activité, à un moment (docs/domaine/activites.md §2).

    mediateur_id : à qui est l'activité.   date : jour civil.   duree_minutes : minutes entières, 1 à 1439.
    commune, code_postal, code_insee, departement : où, d'après le lieu ou la commune saisie ; absents à
    distance.   structure_employeuse_id : celle de l'emploi à cette date.   residence_* : commune du
    bénéficiaire d'un individuel.   accompagnements : nombre de participants.   notes : HTML assaini.
    """

    activite_id: ActiviteId
    mediateur_id: MediateurId
    compte_id: CompteId
    type: TypeActivite
    date: dt.date
    duree_minutes: int
    type_lieu: TypeLieu
    lieu_id: LieuId | None = None
    commune: Public | None = None
    code_postal: Public | None = None
    code_insee: Public | None = None
    departement: Public | None = None
    structure_employeuse_id: StructureId
    thematiques: tuple[Thematique, ...]
    precisions_demarche: TexteLibre = None
    materiels: tuple[Materiel, ...] = ()
    autonomie: Autonomie | None = None
    niveau: NiveauAtelier | None = None
    titre_atelier: TexteLibre = None
    oriente_vers_structure: bool | None = None
    structure_de_redirection: StructureDeRedirection | None = None
    participants: Participants
    residence_commune: Public | None = None
    residence_code_postal: Public | None = None
    residence_code_insee: Public | None = None
    accompagnements: int
    notes: TexteLibre = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteEnregistree(ActiviteDecrite):
    """Un médiateur a rendu compte d'un accompagnement."""

    enregistree_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteCorrigee(ActiviteDecrite):
    """Le médiateur a corrigé son compte rendu ; tous les champs sont ceux d'après."""

    corrigee_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiviteSupprimee:
    """Le médiateur a supprimé son compte rendu : il ne compte plus nulle part."""

    activite_id: ActiviteId
    mediateur_id: MediateurId
    compte_id: CompteId
    departement: Public | None = None
    supprimee_le: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TextesEffaces:
    """Les textes libres d'une activité sont effacés, leur clé détruite avec ce fait ; le reste compte."""

    activite_id: ActiviteId
    mediateur_id: MediateurId
    effaces_le: dt.datetime


type Event = ActiviteEnregistree | ActiviteCorrigee | ActiviteSupprimee | TextesEffaces


# --- State: only what decide needs; a state is a type, not a flag ---
@dataclass(frozen=True, slots=True)
class Absente:
    """Rien n'a été enregistré sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class Active:
    """Un compte rendu qui compte. premiere : telle qu'enregistrée ; derniere : telle que corrigée."""

    premiere: ActiviteEnregistree
    derniere: ActiviteEnregistree | ActiviteCorrigee


@dataclass(frozen=True, slots=True)
class Effacee:
    """Un compte rendu qui compte, ses textes libres effacés : il ne se corrige plus."""

    premiere: ActiviteEnregistree
    derniere: ActiviteEnregistree | ActiviteCorrigee


@dataclass(frozen=True, slots=True)
class Supprimee:
    """Un compte rendu retiré par son médiateur."""

    mediateur_id: MediateurId


type State = Absente | Active | Effacee | Supprimee
initial: State = Absente()


def evolve(state: State, event: Event) -> State:
    match event:
        case ActiviteEnregistree():
            return Active(event, event)
        case ActiviteCorrigee():
            return Active(state.premiere, event) if isinstance(state, Active) else state
        case ActiviteSupprimee(mediateur_id=mediateur_id):
            return Supprimee(mediateur_id)
        case TextesEffaces():
            if isinstance(state, Active):
                return Effacee(_sans_textes(state.premiere), _sans_textes(state.derniere))
            return state
        case _:
            assert_never(event)


def auteur(state: State) -> MediateurId | None:
    """Le médiateur qui a rendu compte ; personne tant que rien n'est enregistré."""
    match state:
        case Absente():
            return None
        case Active() | Effacee():
            return state.derniere.mediateur_id
        case Supprimee(mediateur_id=mediateur_id):
            return mediateur_id
        case _:
            assert_never(state)


def _sans_textes[E: ActiviteDecrite](activite: E) -> E:
    """Erased here too: another process may still have the key for a moment."""
    textes = ("precisions_demarche", "titre_atelier", "notes")
    return replace(activite, **{nom: ERASED for nom in textes if getattr(activite, nom) is not None})


# --- Commands and refusals ---
@dataclass(frozen=True, slots=True, kw_only=True)
class EnregistrerActivite:
    """Rendre compte d'un accompagnement.

    emploi : structure employeuse à la date de l'activité (domain/emploi.py).   lieu : ce que la cartographie
    dit du lieu saisi.   aujourd_hui : jour civil du médiateur.   maintenant : instant UTC.
    """

    activite_id: ActiviteId
    par: MediateurId
    compte_id: CompteId
    contenu: Contenu
    emploi: StructureId | None
    lieu: LieuConnu | None = None
    aujourd_hui: dt.date
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrigerActivite:
    """Remplacer tout le contenu d'un compte rendu. Mêmes champs que pour l'enregistrer."""

    activite_id: ActiviteId
    par: MediateurId
    compte_id: CompteId
    contenu: Contenu
    emploi: StructureId | None
    lieu: LieuConnu | None = None
    aujourd_hui: dt.date
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupprimerActivite:
    """Retirer un compte rendu."""

    activite_id: ActiviteId
    par: MediateurId
    compte_id: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EffacerTextes:
    """Effacer les textes libres ; leur clé est détruite dans la même transaction."""

    activite_id: ActiviteId
    maintenant: dt.datetime


type CommandeDeMediateur = EnregistrerActivite | CorrigerActivite | SupprimerActivite
type Command = CommandeDeMediateur | EffacerTextes


class ActiviteInconnue(Refusal):
    """Cette activité n’existe pas."""


class ActiviteDUnAutreMediateur(Refusal):
    """Seul le médiateur qui a enregistré une activité peut la corriger ou la supprimer."""


class ActiviteDejaEnregistree(Refusal):
    """Une activité différente est déjà enregistrée sous cet identifiant."""


class ActiviteDejaSupprimee(Refusal):
    """Cette activité a été supprimée : elle ne peut plus être corrigée."""


class ActiviteEffacee(Refusal):
    """Les textes de cette activité ont été effacés : elle ne peut plus être corrigée."""


class TypeNonModifiable(Refusal):
    """Le type d’une activité ne peut pas changer."""


class AucunEmploi(Refusal):
    """Aucun emploi n’est déclaré : l’activité ne peut pas être rattachée à une structure employeuse."""


class LieuDActiviteInconnu(Refusal):
    """Ce lieu d’activité n’existe pas dans la cartographie."""


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case EnregistrerActivite(), Absente():
            return [ActiviteEnregistree(**_champs(_decrire(command)), enregistree_le=command.maintenant)]
        case EnregistrerActivite(), Active(premiere):
            # A retry of the same recording changes nothing, even after a correction.
            if _meme_saisie(command, premiere):
                return []
            raise ActiviteDejaEnregistree
        case EnregistrerActivite(), Effacee() | Supprimee():
            raise ActiviteDejaEnregistree
        case CorrigerActivite(), Active(_, derniere):
            _reserver_au_proprietaire(command.par, derniere.mediateur_id)
            if command.contenu.type != derniere.type:
                raise TypeNonModifiable(field="/type")
            if _meme_saisie(command, derniere):
                return []
            return [ActiviteCorrigee(**_champs(_decrire(command)), corrigee_le=command.maintenant)]
        case CorrigerActivite(), Effacee(_, derniere):
            _reserver_au_proprietaire(command.par, derniere.mediateur_id)
            raise ActiviteEffacee
        case CorrigerActivite(), Supprimee(mediateur_id):
            _reserver_au_proprietaire(command.par, mediateur_id)
            raise ActiviteDejaSupprimee
        case SupprimerActivite(), Active(_, derniere) | Effacee(_, derniere):
            _reserver_au_proprietaire(command.par, derniere.mediateur_id)
            return [
                ActiviteSupprimee(
                    activite_id=command.activite_id,
                    mediateur_id=command.par,
                    compte_id=command.compte_id,
                    departement=derniere.departement,
                    supprimee_le=command.maintenant,
                )
            ]
        case SupprimerActivite(), Supprimee(mediateur_id):
            _reserver_au_proprietaire(command.par, mediateur_id)
            return []  # a retry changes nothing
        case EffacerTextes(), Active(_, derniere):
            return [
                TextesEffaces(
                    activite_id=command.activite_id,
                    mediateur_id=derniere.mediateur_id,
                    effaces_le=command.maintenant,
                )
            ]
        case EffacerTextes(), Effacee() | Supprimee():
            return []
        case CorrigerActivite() | SupprimerActivite() | EffacerTextes(), Absente():
            raise ActiviteInconnue
        case _:
            assert_never((command, state))


def contenu_de(activite: ActiviteDecrite) -> Contenu:
    """La saisie dont cette activité est venue, sous sa forme canonique."""
    saisie = activite.type_lieu in A_UNE_COMMUNE
    return Contenu(
        type=activite.type,
        date=activite.date,
        duree_minutes=activite.duree_minutes,
        type_lieu=activite.type_lieu,
        lieu_id=activite.lieu_id,
        commune=_commune(activite.commune, activite.code_postal, activite.code_insee) if saisie else None,
        thematiques=activite.thematiques,
        precisions_demarche=activite.precisions_demarche,
        materiels=activite.materiels,
        autonomie=activite.autonomie,
        niveau=activite.niveau,
        titre_atelier=activite.titre_atelier,
        oriente_vers_structure=activite.oriente_vers_structure,
        structure_de_redirection=activite.structure_de_redirection,
        participants=activite.participants,
        residence=_commune(
            activite.residence_commune, activite.residence_code_postal, activite.residence_code_insee
        ),
        notes=activite.notes,
    )


def _decrire(command: EnregistrerActivite | CorrigerActivite) -> ActiviteDecrite:
    contenu = normaliser(command.contenu)
    refuse([*fautes(contenu, command.aujourd_hui), *_lieu_inconnu(contenu, command.lieu)])
    if command.emploi is None:
        raise AucunEmploi
    lieu = _situer(contenu, command.lieu)
    residence = contenu.residence
    return ActiviteDecrite(
        activite_id=command.activite_id,
        mediateur_id=command.par,
        compte_id=command.compte_id,
        type=contenu.type,
        date=contenu.date,
        duree_minutes=contenu.duree_minutes,
        type_lieu=contenu.type_lieu,
        lieu_id=contenu.lieu_id,
        commune=lieu.nom if lieu else None,
        code_postal=lieu.code_postal if lieu else None,
        code_insee=lieu.code_insee if lieu else None,
        departement=lieu.departement if lieu else None,
        structure_employeuse_id=command.emploi,
        thematiques=contenu.thematiques,
        precisions_demarche=contenu.precisions_demarche,
        materiels=contenu.materiels,
        autonomie=contenu.autonomie,
        niveau=contenu.niveau,
        titre_atelier=contenu.titre_atelier,
        oriente_vers_structure=contenu.oriente_vers_structure,
        structure_de_redirection=contenu.structure_de_redirection,
        participants=contenu.participants,
        residence_commune=residence.nom if residence else None,
        residence_code_postal=residence.code_postal if residence else None,
        residence_code_insee=residence.code_insee if residence else None,
        accompagnements=contenu.participants.total,
        notes=contenu.notes,
    )


def _champs(decrite: ActiviteDecrite) -> dict[str, Any]:
    """Les champs communs, dont le constructeur dit ceux qui manquent : un fait n'y ajoute que sa date."""
    return {champ.name: getattr(decrite, champ.name) for champ in fields(decrite)}


@dataclass(frozen=True, slots=True)
class _Endroit:
    nom: str
    code_postal: str
    code_insee: str | None
    departement: str | None


def _situer(contenu: Contenu, lieu: LieuConnu | None) -> _Endroit | None:
    """Où l'activité compte. À distance : la commune de la structure employeuse, inconnue ici (§2.4)."""
    if contenu.commune is not None:
        c = contenu.commune
        return _Endroit(c.nom, c.code_postal, c.code_insee, departement_de(c.code_insee))
    if contenu.lieu_id is None:
        return None
    assert lieu is not None, "vu par _lieu_inconnu"
    departement = lieu.departement or (departement_de(lieu.code_insee) if lieu.code_insee else None)
    return _Endroit(lieu.commune, lieu.code_postal, lieu.code_insee, departement)


def _lieu_inconnu(contenu: Contenu, lieu: LieuConnu | None) -> list[Refusal]:
    if contenu.lieu_id is None or (lieu is not None and lieu.lieu_id == contenu.lieu_id):
        return []
    return [LieuDActiviteInconnu(field="/lieu_id")]


def _meme_saisie(command: EnregistrerActivite | CorrigerActivite, activite: ActiviteDecrite) -> bool:
    """Compare what was typed, not what the edge resolved (employer, place): that may have changed since."""
    return command.par == activite.mediateur_id and normaliser(command.contenu) == contenu_de(activite)


def _reserver_au_proprietaire(par: MediateurId, mediateur_id: MediateurId) -> None:
    if par != mediateur_id:
        raise ActiviteDUnAutreMediateur


def _commune(nom: str | None, code_postal: str | None, code_insee: str | None) -> Commune | None:
    if nom is None or code_postal is None or code_insee is None:
        return None
    return Commune(nom, code_postal, code_insee)


ACTIVITE = Stream("activite", initial, decide, evolve)
