"""Bénéficiaire : une personne qu'un médiateur suit d'un accompagnement à l'autre. Lui seul la connaît."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, assert_never

from events.decider import refuse
from events.named import fields_of, named
from events.stream import Stream

from activites.domain.beneficiaire_faits import (
    Annote,
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    BeneficiairesDistingues,
    ChampDeFiche,
    Choisi,
    CoordonneesCorrigees,
    Correction,
    DoubleAccueilli,
    DoubleSepare,
    Event,
    Fiche,
    FusionAnnulee,
    Joignable,
    NomCorrige,
    Nomme,
    NotesCorrigees,
    SituationCorrigee,
    Situe,
    TextesApportes,
)
from activites.domain.beneficiaire_refus import (
    BeneficiaireDejaEfface,
    BeneficiaireDejaEnregistre,
    BeneficiaireDUnAutreMediateur,
    BeneficiaireInconnu,
    DestinationInconnue,
    FusionAvecSoi,
    FusionDejaFaite,
)
from activites.domain.beneficiaire_regles import fautes, normaliser, tranche_age
from activites.domain.fiche_composee import (
    SANS_CHOIX,
    Choix,
    Composee,
    Couche,
    Dites,
    Double,
    accueillir,
    changes,
    choisir,
    composer,
    dite,
    ecrite,
    fautes_du_choix,
    sans,
)
from activites.domain.vocabulaire import BeneficiaireId, CompteId, MediateurId


# --- State: only what decide needs; a state is a type, not a flag ---
@dataclass(frozen=True, slots=True)
class Absent:
    """Personne n'est enregistré sous cet identifiant."""


@dataclass(frozen=True, slots=True)
class Suivi:
    """Une personne suivie. premiere : sa fiche telle qu'enregistrée ; derniere : telle que corrigée.

    couches : ce qui a fait l'une de l'autre.   empruntes : `Composee`.
    attendus : les champs que va changer un double, venu ou parti.
    """

    mediateur_id: MediateurId
    premiere: Fiche
    derniere: Fiche
    enregistre_le: dt.datetime
    corrige_le: dt.datetime | None = None
    distincts: frozenset[BeneficiaireId] = frozenset()
    couches: tuple[Couche, ...] = ()
    empruntes: Mapping[str, BeneficiaireId] = field(default_factory=dict[str, BeneficiaireId])
    attendus: frozenset[str] = frozenset()

    @property
    def dite(self) -> Composee:
        """Ce qu'elle dit, et d'après qui."""
        return Composee(self.derniere, self.empruntes)

    @property
    def doubles(self) -> tuple[BeneficiaireId, ...]:
        """Les fiches qui ont rejoint celle-ci, dans l'ordre."""
        return tuple(couche.de for couche in self.couches if isinstance(couche, Double))

    def sans(self, de: BeneficiaireId, doubles: Dites) -> Composee:
        """Ce qu'elle dirait sans ce double. doubles : ce que disent les autres."""
        return composer(self.premiere, sans(self.couches, de), doubles)


@dataclass(frozen=True, slots=True)
class Fusionne:
    """Une fiche en double : la personne est une autre. avant : ce qu'elle redevient si l'on s'est trompé."""

    avant: Suivi
    vers: BeneficiaireId
    choix: Choix = SANS_CHOIX

    @property
    def mediateur_id(self) -> MediateurId:
        return self.avant.mediateur_id


@dataclass(frozen=True, slots=True)
class Efface:
    """Une personne dont on ne sait plus qui elle était."""

    mediateur_id: MediateurId


type State = Absent | Suivi | Fusionne | Efface
initial: State = Absent()


def evolve(state: State, event: Event) -> State:
    match event, state:
        case BeneficiaireEnregistre(), _:
            fiche = Fiche(**(_nom(event) | _coordonnees(event) | _situation(event)), notes=event.notes)
            return Suivi(event.mediateur_id, fiche, fiche, event.enregistre_le)
        case BeneficiaireEfface(mediateur_id=mediateur_id), _:
            return Efface(mediateur_id)
        case NomCorrige() | CoordonneesCorrigees() | SituationCorrigee() | NotesCorrigees(), Suivi():
            return _corrige(state, event)
        case TextesApportes(), Suivi():
            return _complete(state, event)
        case DoubleAccueilli(de=de, completes=completes), Suivi(couches=couches):
            couches = (*sans(couches, de), Double(de, _choix(event)))
            return replace(state, couches=couches, attendus=frozenset(completes))
        case DoubleSepare(de=de, rendus=rendus), Suivi(couches=couches):
            return replace(state, couches=sans(couches, de), attendus=frozenset(rendus))
        case (
            NomCorrige()
            | CoordonneesCorrigees()
            | SituationCorrigee()
            | NotesCorrigees()
            | TextesApportes()
            | DoubleSepare(),
            Fusionne(avant),
        ):
            # What a file in double of this one had given is given back here too.
            devenue = evolve(avant, event)
            return replace(state, avant=devenue) if isinstance(devenue, Suivi) else state
        case BeneficiaireFusionne(vers=vers), Suivi():
            return Fusionne(state, vers, _choix(event))
        case FusionAnnulee(), Fusionne(avant):
            return avant
        case BeneficiairesDistingues(autre=autre), Suivi():
            return replace(state, distincts=state.distincts | {autre})
        case _, _:
            return state


def mediateur(state: State) -> MediateurId | None:
    """Celui qui le suit, ou l'a suivi ; personne tant que rien n'est enregistré."""
    return None if isinstance(state, Absent) else state.mediateur_id


def _corrige(suivi: Suivi, event: Correction) -> Suivi:
    match event:
        case NomCorrige():
            champs = _nom(event)
        case CoordonneesCorrigees():
            champs = _coordonnees(event)
        case SituationCorrigee():
            champs = _situation(event)
        case NotesCorrigees():
            champs = {"notes": event.notes}
    tus = () if isinstance(event, NotesCorrigees) else event.tus
    apres = suivi.dite.avec({nom: dit for nom, dit in champs.items() if nom not in tus}, {})
    # A text of a double is written when it becomes the file's own, whatever it says: it may be erased since.
    touches = {*changes(suivi.dite, apres)}
    return replace(
        suivi,
        derniere=apres.fiche,
        empruntes=apres.empruntes,
        corrige_le=event.corrige_le,
        couches=dite(suivi.couches, apres.fiche, touches - suivi.attendus),
        attendus=suivi.attendus - touches,
    )


def _complete(suivi: Suivi, event: TextesApportes) -> Suivi:
    """Ce qui est effacé depuis ne se dit plus : reste ce que la fiche disait avant."""
    return replace(
        suivi,
        derniere=replace(suivi.derniere, **event.lus),
        empruntes={**suivi.empruntes, **dict.fromkeys(event.noms, event.de)},
        corrige_le=event.apportes_le,
        attendus=suivi.attendus - {*event.noms},
    )


def _choix(event: Choisi) -> Choix:
    return Choix(**named(fields_of(Choisi), event))


def _nom(event: Nomme) -> dict[str, Any]:
    return named(fields_of(Nomme), event)


def _coordonnees(event: Joignable) -> dict[str, Any]:
    return named(fields_of(Joignable), event)


def _situation(event: Situe) -> dict[str, Any]:
    return {
        "annee_naissance": event.ne_en,
        "commune": event.residence,
        "genre": event.genre,
        "statut_social": event.statut_social,
    }


_DECRIT = frozenset(("annee_naissance", "genre", "statut_social", "commune"))
DISTINCTS_MAX = 200
"""Beyond, the pair is proposed again: nobody has as many namesakes."""


# --- Commands ---
@dataclass(frozen=True, slots=True, kw_only=True)
class _Ecrire:
    """aujourd_hui : jour civil du médiateur.   maintenant : instant UTC."""

    beneficiaire_id: BeneficiaireId
    par: MediateurId
    fiche: Fiche
    aujourd_hui: dt.date
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnregistrerBeneficiaire(_Ecrire):
    """Suivre une personne."""

    compte_id: CompteId


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrigerFiche(_Ecrire):
    """Remplacer toute la fiche ; chaque chose qui change est un fait à elle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffacerBeneficiaire:
    """Ne plus savoir qui il est ; sa clé est détruite dans la même transaction."""

    beneficiaire_id: BeneficiaireId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rapprocher:
    """maintenant : instant UTC."""

    beneficiaire_id: BeneficiaireId
    par: MediateurId
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionnerVers(_Rapprocher):
    """Dire que cette personne est une autre, qui l'accueille : les deux vont ensemble, ou aucune.

    prendre : les champs où celle-ci l'emporte sur l'autre, vides compris.   laisser : ceux où l'autre ne
    prend rien de celle-ci.
    """

    vers: BeneficiaireId
    prendre: tuple[ChampDeFiche, ...] = ()
    laisser: tuple[ChampDeFiche, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccueillirDouble(_Rapprocher):
    """Le pendant de `FusionnerVers`, sur la destination : elle prend du double ce qu'elle n'a pas.

    source : la fiche du double, de.   prendre, laisser : ceux de `FusionnerVers`.
    Un fait de chaque côté : deux fusions croisées ne passent pas ensemble.
    """

    de: BeneficiaireId
    source: Composee
    prendre: tuple[ChampDeFiche, ...] = ()
    laisser: tuple[ChampDeFiche, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulerFusion(_Rapprocher):
    """Revenir sur une fusion : cette personne redevient elle-même."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparerDouble(_Rapprocher):
    """Le pendant d'`AnnulerFusion`, sur chaque fiche où de se retrouvait : elle dit ce qu'elle dirait sans.

    doubles : ce que disent, sans de, ceux de cette fiche qui le sont encore.
    """

    de: BeneficiaireId
    doubles: Dites


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinguer(_Rapprocher):
    """Dire que deux fiches qui se ressemblent ne sont pas la même personne."""

    autre: BeneficiaireId


type Ecriture = EnregistrerBeneficiaire | CorrigerFiche | EffacerBeneficiaire
type Rapprochement = FusionnerVers | AccueillirDouble | AnnulerFusion | SeparerDouble | Distinguer
type Command = Ecriture | Rapprochement


def decide(command: Command, state: State) -> list[Event]:
    match command:
        case EnregistrerBeneficiaire() | CorrigerFiche() | EffacerBeneficiaire():
            return _ecrire(command, state)
        case _:
            return _rapprocher(command, state)


def _ecrire(command: Ecriture, state: State) -> list[Event]:
    match command, state:
        case EnregistrerBeneficiaire(), Absent():
            fiche = _valable(command)
            return [
                BeneficiaireEnregistre(
                    **_designe(command.beneficiaire_id, command.par),
                    **named(fields_of(Nomme), fiche),
                    **named(fields_of(Joignable), fiche),
                    **_situe(fiche, command.aujourd_hui.year),
                    notes=fiche.notes,
                    compte_id=command.compte_id,
                    enregistre_le=command.maintenant,
                )
            ]
        case EnregistrerBeneficiaire(), (
            Suivi(mediateur_id, premiere) | Fusionne(Suivi(mediateur_id, premiere))
        ):
            # A retry of the same recording changes nothing, even after a correction or a merge.
            if command.par == mediateur_id and normaliser(command.fiche) == premiere:
                return []
            raise BeneficiaireDejaEnregistre
        case EnregistrerBeneficiaire(), Efface() if state.mediateur_id == command.par:
            raise BeneficiaireDejaEfface("Elle l’a été sous cet identifiant : il ne sert plus.")
        case EnregistrerBeneficiaire(), Efface():
            raise BeneficiaireDejaEnregistre
        case CorrigerFiche(), Suivi(mediateur_id) as suivi:
            if command.par != mediateur_id:
                raise BeneficiaireDUnAutreMediateur
            return list(_corrections(command, suivi, ecrite(suivi.dite, _valable(command))))
        case EffacerBeneficiaire(), Suivi() | Fusionne():
            designe = _designe(command.beneficiaire_id, state.mediateur_id)
            return [BeneficiaireEfface(**designe, efface_le=command.maintenant)]
        case EffacerBeneficiaire(), Efface():
            return []  # a retry changes nothing
        case CorrigerFiche() | EffacerBeneficiaire(), Absent() | Efface() | Fusionne():
            raise BeneficiaireInconnu
        case _:
            assert_never((command, state))


def _rapprocher(command: Rapprochement, state: State) -> list[Event]:
    if isinstance(state, Absent | Efface) or state.mediateur_id != command.par:
        raise (
            DestinationInconnue(field="/vers")
            if isinstance(command, AccueillirDouble)
            else BeneficiaireInconnu
        )
    designe = _designe(command.beneficiaire_id, command.par)
    match command, state:
        case FusionnerVers(vers=vers, prendre=prendre, laisser=laisser), Suivi(derniere=derniere):
            if vers == command.beneficiaire_id:
                raise FusionAvecSoi(field="/vers")
            designe |= asdict(choisir(derniere, prendre, laisser))
            return [BeneficiaireFusionne(**designe, vers=vers, fusionne_le=command.maintenant)]
        case FusionnerVers(vers=vers, prendre=prendre, laisser=laisser), Fusionne() if state.vers == vers:
            if not state.choix.est(prendre, laisser):
                raise FusionDejaFaite(field="/prendre")
            return []  # a retry changes nothing
        case AccueillirDouble(de=de, prendre=prendre, laisser=laisser), Suivi() as suivi:
            refuse(fautes_du_choix(suivi.derniere, command.source.fiche, prendre, laisser))
            choix = choisir(command.source.fiche, prendre, laisser)
            apres = accueillir(suivi.dite, de, command.source, choix)
            accueilli = DoubleAccueilli(
                **designe,
                de=de,
                **asdict(choix),
                completes=changes(suivi.dite, apres),
                accueilli_le=command.maintenant,
            )
            return [accueilli, *_apports(command, suivi.dite, apres), *_corrections(command, suivi, apres)]
        case AccueillirDouble(), Fusionne():
            raise DestinationInconnue(field="/vers")
        case AnnulerFusion(), Fusionne(vers=vers):
            return [FusionAnnulee(**designe, vers=vers, annulee_le=command.maintenant)]
        case AnnulerFusion(), Suivi():
            return []  # a retry changes nothing
        case SeparerDouble(de=de), Suivi() | Fusionne():
            suivi = state.avant if isinstance(state, Fusionne) else state
            apres = suivi.sans(de, command.doubles)
            separe = DoubleSepare(
                **designe, de=de, rendus=changes(suivi.dite, apres), separe_le=command.maintenant
            )
            return [separe, *_apports(command, suivi.dite, apres), *_corrections(command, suivi, apres)]
        case Distinguer(autre=autre), Suivi(distincts=distincts):
            if autre in distincts or len(distincts) >= DISTINCTS_MAX:
                return []
            return [BeneficiairesDistingues(**designe, autre=autre, distingues_le=command.maintenant)]
        case FusionnerVers() | Distinguer(), Fusionne():
            raise BeneficiaireInconnu
        case _:
            assert_never((command, state))


def _valable(command: _Ecrire) -> Fiche:
    """La fiche sous sa forme canonique. Lève tous les refus de la saisie."""
    fiche = normaliser(command.fiche)
    refuse(fautes(fiche, command.aujourd_hui))
    return fiche


def _corrections(
    command: CorrigerFiche | AccueillirDouble | SeparerDouble, suivi: Suivi, apres: Composee
) -> Iterator[Event]:
    """Ce que la fiche dit d'elle-même : les textes empruntés restent sous la clé de qui les a dits."""
    fiche, autres = apres.fiche, changes(suivi.dite, apres)
    touches = {nom for nom in autres if nom not in apres.empruntes}
    communs = _designe(command.beneficiaire_id, command.par) | {"corrige_le": command.maintenant}
    if not touches.isdisjoint(fields_of(Nomme)):
        yield NomCorrige(**communs, **_siens(named(fields_of(Nomme), fiche), apres, ""))
    if not touches.isdisjoint(fields_of(Joignable)):
        yield CoordonneesCorrigees(**communs, **_siens(named(fields_of(Joignable), fiche), apres))
    # In clear beside the year, the age group changes with it, whoever says it.
    if not _DECRIT.isdisjoint(autres):
        yield SituationCorrigee(**communs, **_siens(_situe(fiche, suivi.enregistre_le.year), apres))
    if "notes" in touches:
        yield NotesCorrigees(**communs, **named(fields_of(Annote), fiche))


def _siens(dits: dict[str, Any], apres: Composee, rien: str | None = None) -> dict[str, Any]:
    """Les mêmes champs d'un fait, sans les textes empruntés, qui sont tus. rien : ce qu'il en dit."""
    tus = tuple(nom for nom in dits if nom in apres.empruntes)
    return {**dits, **dict.fromkeys(tus, rien), "tus": tus}


def _apports(
    command: AccueillirDouble | SeparerDouble, avant: Composee, apres: Composee
) -> Iterator[TextesApportes]:
    """Ce que la fiche emprunte désormais, un fait par fiche qui l'a dit."""
    nouveaux = [nom for nom in changes(avant, apres) if nom in apres.empruntes]
    for de in dict.fromkeys(apres.empruntes[nom] for nom in nouveaux):
        dits = _designe(command.beneficiaire_id, command.par)
        dits |= {nom: str(getattr(apres.fiche, nom)) for nom in nouveaux if apres.empruntes[nom] == de}
        yield TextesApportes(**dits, de=de, apportes_le=command.maintenant)


def _designe(beneficiaire_id: BeneficiaireId, mediateur_id: MediateurId) -> dict[str, Any]:
    return {"beneficiaire_id": beneficiaire_id, "mediateur_id": mediateur_id}


def _situe(fiche: Fiche, ouverte_en: int) -> dict[str, Any]:
    """Les champs de `Situe`. ouverte_en : l'année où la fiche a été ouverte."""
    commune, annee = fiche.commune, fiche.annee_naissance
    return {
        "annee_naissance": str(annee) if annee is not None else None,
        "tranche_age": tranche_age(annee, ouverte_en),
        "genre": fiche.genre,
        "statut_social": fiche.statut_social,
        "commune": commune.nom if commune else None,
        "code_postal": commune.code_postal if commune else None,
        "code_insee": commune.code_insee if commune else None,
    }


BENEFICIAIRE = Stream("beneficiaire", initial, decide, evolve)
