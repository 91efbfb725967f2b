"""Activité : un accompagnement réalisé par un médiateur, dont il rend compte (CRA individuel ou atelier)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from events.decider import Refusal, refuse
from events.named import fields_of, named
from events.stream import Stream
from events.types import ERASED
from referentiels.territoires import departement_de

from activites.domain.beneficiaire_refus import BeneficiaireNonSuivi
from activites.domain.communes import du_referentiel
from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteDecrite,
    ActiviteEnregistree,
    ActiviteRestauree,
    ActiviteSupprimee,
    Contenu,
    Event,
    Rattachement,
    TextesEffaces,
    contenu_de,
    normaliser,
)
from activites.domain.pose import avec_les_invisibles, sous_leurs_fiches, tags_refuses
from activites.domain.refus import (
    ActiviteDejaEnregistree,
    ActiviteDejaSupprimee,
    ActiviteDUnAutreMediateur,
    ActiviteEffacee,
    ActiviteInconnue,
    AucunEmploi,
    LieuDActiviteInconnu,
    LieuDUnAutre,
    SuppressionDefinitive,
    ThematiqueManquante,
    TypeNonModifiable,
)
from activites.domain.regles import fautes
from activites.domain.vocabulaire import (
    ActiviteId,
    BeneficiaireId,
    CompteId,
    LieuConnu,
    LieuId,
    MediateurId,
    StructureId,
    TagId,
    TypeActivite,
    TypeLieu,
)


# --- State: only what decide needs; a state is a type, not a flag ---
@dataclass(frozen=True, slots=True)
class Absente:
    """Rien n'a été enregistré sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class _Comptee:
    """premiere : l'activité telle qu'enregistrée ; derniere : telle que corrigée."""

    premiere: ActiviteEnregistree
    derniere: ActiviteEnregistree | ActiviteCorrigee

    @property
    def enregistree_le(self) -> dt.datetime:
        return self.premiere.enregistree_le

    @property
    def corrigee_le(self) -> dt.datetime | None:
        return self.derniere.corrigee_le if isinstance(self.derniere, ActiviteCorrigee) else None


@dataclass(frozen=True, slots=True)
class Active(_Comptee):
    """Un compte rendu qui compte."""


@dataclass(frozen=True, slots=True)
class Effacee(_Comptee):
    """Un compte rendu qui compte, ses textes libres effacés : il ne se corrige plus."""


@dataclass(frozen=True, slots=True)
class Supprimee:
    """Un compte rendu retiré par son médiateur. avant : ce qu'il redevient s'il revient sur son geste."""

    avant: Active | Effacee
    supprimee_le: dt.datetime

    @property
    def mediateur_id(self) -> MediateurId:
        return self.avant.derniere.mediateur_id


@dataclass(frozen=True, slots=True)
class Auteur:
    """Qui a rendu compte, et son compte d'alors : ce qui suit sur l'activité reste à ceux-là."""

    mediateur_id: MediateurId
    compte_id: CompteId


type State = Absente | Active | Effacee | Supprimee
initial: State = Absente()

REPENTIR = dt.timedelta(days=30)
"""Le temps de revenir sur une suppression ; au-delà, les textes sont détruits."""
TEXTES = ("precisions_demarche", "titre_atelier", "notes")


def evolve(state: State, event: Event) -> State:
    match event:
        case ActiviteEnregistree():
            return Active(event, event)
        case ActiviteCorrigee():
            return Active(state.premiere, event) if isinstance(state, Active) else state
        case ActiviteSupprimee(supprimee_le=supprimee_le):
            return Supprimee(state, supprimee_le) if isinstance(state, Active | Effacee) else state
        case ActiviteRestauree():
            return state.avant if isinstance(state, Supprimee) else state
        case TextesEffaces():
            match state:
                case Active():
                    return _effacee(state)
                case Supprimee(Active() as avant, supprimee_le):
                    return Supprimee(_effacee(avant), supprimee_le)
                case _:
                    return state
        case _:
            assert_never(event)


def auteur(state: State) -> Auteur | None:
    """Le médiateur qui a rendu compte ; personne tant que rien n'est enregistré."""
    match state:
        case Absente():
            return None
        case Active(derniere=derniere) | Effacee(derniere=derniere):
            return Auteur(derniere.mediateur_id, derniere.compte_id)
        case Supprimee(avant):
            return Auteur(avant.derniere.mediateur_id, avant.derniere.compte_id)
        case _:
            assert_never(state)


def _effacee(active: Active) -> Effacee:
    return Effacee(_sans_textes(active.premiere), _sans_textes(active.derniere))


def _sans_textes[E: ActiviteDecrite](activite: E) -> E:
    """Erased here too: another process may still have the key for a moment."""
    return replace(activite, **{nom: ERASED for nom in TEXTES if getattr(activite, nom) is not None})


# --- Commands ---
@dataclass(frozen=True, slots=True, kw_only=True)
class _RendreCompte:
    """emploi : structure employeuse à la date de l'activité.   employeur_insee : commune de celle-ci, si elle
    est connue.   lieu : ce que la cartographie dit du lieu saisi.   lieux_siens : de ceux qui sont saisis,
    les lieux où ce médiateur exerce, ou a exercé.   suivis : ceux de la saisie qu'il suit.   tags_visibles :
    de celles qui sont saisies, ou que le compte rendu porte, les étiquettes qu'il voit.   sur_rendez_vous :
    c'est celui d'un de ses rendez-vous ; corrigé, il le reste.   aujourd_hui : jour civil du médiateur.
    maintenant : instant UTC.
    """

    activite_id: ActiviteId
    par: MediateurId
    compte_id: CompteId
    contenu: Contenu
    emploi: StructureId | None
    employeur_insee: str | None = None
    lieu: LieuConnu | None = None
    lieux_siens: frozenset[LieuId] = frozenset()
    suivis: frozenset[BeneficiaireId] = frozenset()
    tags_visibles: frozenset[TagId] = frozenset()
    sur_rendez_vous: bool = False
    aujourd_hui: dt.date
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnregistrerActivite(_RendreCompte):
    """Rendre compte d'un accompagnement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprendreCraV1(_RendreCompte):
    """Reprendre un compte rendu de la V1 : il peut n'avoir aucune thématique, et oriente sans le dire.

    maintenant : quand il y fut enregistré.   structure_id, permanence_id : ses identifiants d'alors.
    """

    cra_id: str
    structure_id: str | None = None
    permanence_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrigerActivite(_RendreCompte):
    """Remplacer tout le contenu d'un compte rendu.

    personnes : de chaque fiche en double de ceux qui y étaient, la personne où elle est.
    """

    personnes: Mapping[BeneficiaireId, BeneficiaireId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupprimerActivite:
    """Retirer un compte rendu."""

    activite_id: ActiviteId
    par: MediateurId
    compte_id: CompteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RestaurerActivite:
    """Revenir sur une suppression."""

    activite_id: ActiviteId
    par: MediateurId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OublierActivite:
    """Le temps de revenir sur la suppression est passé : effacer les textes, s'il l'est bien."""

    activite_id: ActiviteId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EffacerTextes:
    """Effacer les textes libres ; leur clé est détruite dans la même transaction."""

    activite_id: ActiviteId
    maintenant: dt.datetime


type CommandeDeMediateur = EnregistrerActivite | CorrigerActivite | SupprimerActivite | RestaurerActivite
type Command = CommandeDeMediateur | ReprendreCraV1 | OublierActivite | EffacerTextes


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case EnregistrerActivite(), Absente():
            return [ActiviteEnregistree(**_decrire(command), enregistree_le=command.maintenant)]
        case ReprendreCraV1(), Absente():
            return [
                ActiviteEnregistree(
                    **_decrire(command),
                    enregistree_le=command.maintenant,
                    v1_cra_id=command.cra_id,
                    v1_structure_id=command.structure_id,
                    v1_permanence_id=command.permanence_id,
                )
            ]
        case ReprendreCraV1(), _:
            # Whatever became of it since, it is here: its identifier is that of this CRA alone.
            return []
        case EnregistrerActivite(), Active(premiere, derniere):
            # A retry of the same recording changes nothing, even after a correction; nor what it says now.
            if _meme_saisie(command, premiere) or _meme_saisie(command, derniere):
                return []
            raise ActiviteDejaEnregistree
        case EnregistrerActivite(), Supprimee() if state.mediateur_id == command.par:
            raise ActiviteDejaSupprimee("Elle a été supprimée sous cet identifiant : il ne sert plus.")
        case EnregistrerActivite(), Effacee() | Supprimee():
            raise ActiviteDejaEnregistree
        case CorrigerActivite(), Active(_, derniere):
            _reserver_au_proprietaire(command.par, derniere.mediateur_id)
            if command.contenu.type != derniere.type:
                raise TypeNonModifiable(field="/type")
            if _meme_saisie(_sans_oter(command, derniere), derniere):
                return []
            # Who was there stays so, even erased since: nobody knows them, and they still count.
            champs = _decrire(command, derniere)
            return [ActiviteCorrigee(**champs, corrigee_le=command.maintenant)]
        case CorrigerActivite(), Effacee(_, derniere):
            _reserver_au_proprietaire(command.par, derniere.mediateur_id)
            raise ActiviteEffacee
        case CorrigerActivite(), Supprimee():
            _reserver_au_proprietaire(command.par, state.mediateur_id)
            raise ActiviteDejaSupprimee
        case SupprimerActivite(), Active(_, derniere) | Effacee(_, derniere):
            _reserver_au_proprietaire(command.par, derniere.mediateur_id)
            return [
                ActiviteSupprimee(
                    activite_id=command.activite_id,
                    mediateur_id=command.par,
                    compte_id=command.compte_id,
                    departement=derniere.departement,
                    type=derniere.type,
                    date=derniere.date,
                    supprimee_le=command.maintenant,
                )
            ]
        case SupprimerActivite(), Supprimee():
            _reserver_au_proprietaire(command.par, state.mediateur_id)
            return []  # a retry changes nothing
        case RestaurerActivite(), Supprimee(avant, supprimee_le):
            _reserver_au_proprietaire(command.par, state.mediateur_id)
            if command.maintenant >= supprimee_le + REPENTIR:
                raise SuppressionDefinitive
            return [_restauree(avant, command.maintenant)]
        case RestaurerActivite(), Active(_, derniere) | Effacee(_, derniere):
            _reserver_au_proprietaire(command.par, derniere.mediateur_id)
            return []  # a retry changes nothing
        case OublierActivite(), Supprimee(Active() as avant, supprimee_le):
            if command.maintenant < supprimee_le + REPENTIR:
                return []
            return [_textes_effaces(avant, command.maintenant)]
        case EffacerTextes(), Active() as active:
            return [_textes_effaces(active, command.maintenant)]
        case EffacerTextes(), Supprimee(Active() as avant):
            return [_textes_effaces(avant, command.maintenant)]
        case OublierActivite(), Active() | Effacee() | Supprimee():
            return []
        case EffacerTextes(), Effacee() | Supprimee():
            return []
        case _, Absente():
            raise ActiviteInconnue
        case _:
            assert_never((command, state))


def _restauree(avant: Active | Effacee, maintenant: dt.datetime) -> ActiviteRestauree:
    sans = dict.fromkeys(TEXTES) if isinstance(avant, Effacee) else {}
    champs = named(fields_of(ActiviteDecrite), avant.derniere, **sans)
    return ActiviteRestauree(
        **champs,
        enregistree_le=avant.enregistree_le,
        corrigee_le=avant.corrigee_le,
        restauree_le=maintenant,
    )


def _textes_effaces(active: Active, maintenant: dt.datetime) -> TextesEffaces:
    derniere = active.derniere
    return TextesEffaces(
        activite_id=derniere.activite_id, mediateur_id=derniere.mediateur_id, effaces_le=maintenant
    )


def _decrire(command: _RendreCompte, avant: ActiviteDecrite | None = None) -> dict[str, Any]:
    """Les champs d'`ActiviteDecrite` : un fait n'y ajoute que sa date. Lève tous les refus de la saisie.

    avant : l'activité que l'on corrige.
    """
    contenu = normaliser(command.contenu)
    suivis, tags = (frozenset(avant.suivis), avant.tags) if avant is not None else (frozenset[Any](), ())
    enfreintes = [
        *fautes(contenu, command.aujourd_hui),
        *_lieu_refuse(contenu, command, avant),
        *_suivis_inconnus(contenu, command.suivis | suivis),
        *tags_refuses(command.contenu.tags, command.tags_visibles, tags),
    ]
    if isinstance(command, CorrigerActivite) and avant is not None:
        contenu = replace(contenu, **_gardes(command, contenu, avant))
    if isinstance(command, ReprendreCraV1):
        contenu = replace(contenu, structure_de_redirection=command.contenu.structure_de_redirection)
        enfreintes = [faute for faute in enfreintes if not isinstance(faute, ThematiqueManquante)]
    if command.emploi is None:
        # Said first: a lieu that one adds to one's own for this would be added for nothing.
        refuse(faute for faute in enfreintes if not isinstance(faute, LieuDUnAutre))
        raise AucunEmploi
    refuse(enfreintes)
    lieu = _situer(contenu, command)
    residence = contenu.residence
    rattachement = Rattachement(
        activite_id=command.activite_id,
        mediateur_id=command.par,
        compte_id=command.compte_id,
        commune=lieu.nom if lieu else None,
        code_postal=lieu.code_postal if lieu else None,
        code_insee=lieu.code_insee if lieu else None,
        departement=lieu.departement if lieu else None,
        structure_employeuse_id=command.emploi,
        residence_commune=residence.nom if residence else None,
        residence_code_postal=residence.code_postal if residence else None,
        residence_code_insee=residence.code_insee if residence else None,
        accompagnements=contenu.participants.total + len(contenu.suivis),
        # Those of before this was said are told of by who corrects them, while the rendez-vous is known.
        sur_rendez_vous=command.sur_rendez_vous or (avant is not None and avant.sur_rendez_vous),
    )
    return named(fields_of(ActiviteDecrite), rattachement, contenu)


@dataclass(frozen=True, slots=True)
class _Endroit:
    nom: str
    code_postal: str
    code_insee: str | None
    departement: str | None


def _situer(contenu: Contenu, command: _RendreCompte) -> _Endroit | None:
    """Où l'activité compte ; à distance, dans la commune de l'employeur, si elle est connue."""
    c, lieu = contenu.commune, command.lieu
    if contenu.type_lieu == TypeLieu.A_DISTANCE and command.employeur_insee is not None:
        c = du_referentiel(command.employeur_insee)
    if c is not None:
        return _Endroit(c.nom, c.code_postal, c.code_insee, departement_de(c.code_insee))
    if contenu.lieu_id is None:
        return None
    assert lieu is not None, "vu par _lieu_refuse"
    departement = lieu.departement or (departement_de(lieu.code_insee) if lieu.code_insee else None)
    return _Endroit(lieu.commune, lieu.code_postal, lieu.code_insee, departement)


def _lieu_refuse(contenu: Contenu, command: _RendreCompte, avant: ActiviteDecrite | None) -> list[Refusal]:
    """A correction keeps the place that was there. What comes from the V1 says where it was, whoever's."""
    lieu_id, lieu = contenu.lieu_id, command.lieu
    if lieu_id is None:
        return []
    if lieu is None or lieu.lieu_id != lieu_id:
        return [LieuDActiviteInconnu(field="/lieu_id")]
    garde = avant is not None and avant.lieu_id == lieu_id
    if garde or lieu_id in command.lieux_siens or isinstance(command, ReprendreCraV1):
        return []
    return [LieuDUnAutre(field="/lieu_id")]


def _suivis_inconnus(contenu: Contenu, connus: frozenset[BeneficiaireId]) -> list[Refusal]:
    """Somebody else's bénéficiaire is refused as one that does not exist."""
    individuel = contenu.type == TypeActivite.INDIVIDUEL
    return [
        BeneficiaireNonSuivi(field="/beneficiaire/id" if individuel else f"/suivis/{rang}")
        for rang, suivi in enumerate(contenu.suivis)
        if suivi not in connus
    ]


def _sans_oter(command: CorrigerActivite, derniere: ActiviteDecrite) -> CorrigerActivite:
    """La même saisie, avec ce que son auteur n'a pu ôter."""
    return replace(command, contenu=replace(command.contenu, **_gardes(command, command.contenu, derniere)))


def _gardes(command: CorrigerActivite, contenu: Contenu, derniere: ActiviteDecrite) -> dict[str, Any]:
    """Les étiquettes que l'auteur ne voit plus ; qui y était, sous la fiche d'alors."""
    return {
        "tags": avec_les_invisibles(contenu.tags, command.tags_visibles, derniere.tags),
        "suivis": sous_leurs_fiches(contenu.suivis, derniere.suivis, command.personnes),
    }


def _meme_saisie(command: _RendreCompte, activite: ActiviteDecrite) -> bool:
    """Compare what was typed, not what the edge resolved (employer, place): that may have changed since."""
    return command.par == activite.mediateur_id and normaliser(command.contenu) == contenu_de(activite)


def _reserver_au_proprietaire(par: MediateurId, mediateur_id: MediateurId) -> None:
    if par != mediateur_id:
        raise ActiviteDUnAutreMediateur


ACTIVITE = Stream("activite", initial, decide, evolve)
