"""Inscription : les réponses d'une personne qui arrive, étape par étape, jusqu'à leur validation.

Règles : docs/domaine/identite.md §3, docs/domaine/scenarios-identite.md A9 et B7. Valider ne donne rien ici :
le rôle est un fait du compte, l'emploi a son flux, et les trois s'écrivent ensemble (api/inscription.py).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, assert_never

from events.decider import Refusal, refuse
from events.stream import Stream
from events.types import Personal, Public
from referentiels.territoires import fuseau_de, jour_civil

from identity.domain import emploi
from identity.domain.vocabulaire import (
    CompteId,
    EmploiId,
    Etape,
    LieuId,
    Profil,
    Rappel,
    Role,
    Situation,
    SourceDuFait,
    StructureId,
    TypeContrat,
    Verification,
)

type Texte = Annotated[str, Personal("compte", "compte_id")]

# --- Événements ---


@dataclass(frozen=True, slots=True)
class ProfilChoisi:
    """La personne a dit son profil, ou la source du dispositif l'a reconnue. Le dernier vaut.

    version_cgu : celle qu'elle a acceptée en même temps ; absente, elle l'acceptera au récapitulatif.
    mediateur_aussi : la source connaît au coordinateur du dispositif des lieux où il exerce.
    """

    compte_id: CompteId
    profil: Profil
    version_cgu: Public | None
    choisi_le: dt.datetime
    origine: SourceDuFait = SourceDuFait.DECLARATION
    mediateur_aussi: bool = False


@dataclass(frozen=True, slots=True)
class InformationsConfirmees:
    """La personne a relu ce que ProConnect dit d'elle. profession : telle qu'elle la nomme."""

    compte_id: CompteId
    profession: Texte | None
    confirmees_le: dt.datetime


@dataclass(frozen=True, slots=True)
class EmployeurConfirme:
    """La personne a dit qui l'emploie. emploi_id : de l'emploi que la validation déclarera.

    structure_id : dérivé du SIRET, le même partout.   code_insee : commune de la structure.
    """

    compte_id: CompteId
    emploi_id: EmploiId
    structure_id: StructureId
    siret: Public
    nom_structure: Texte
    adresse: Texte
    code_insee: Public | None
    debut: dt.date
    fin_prevue: dt.date | None
    verification: Verification
    confirme_le: dt.datetime
    origine: SourceDuFait = SourceDuFait.DECLARATION
    type_contrat: TypeContrat | None = None


@dataclass(frozen=True, slots=True)
class EmployeurVerifie:
    """L'annuaire des entreprises a fini par répondre sur l'employeur confirmé."""

    compte_id: CompteId
    siret: Public
    verification: Verification
    verifie_le: dt.datetime


@dataclass(frozen=True, slots=True)
class LieuxChoisis:
    """Les lieux de la cartographie où la personne exerce, dans l'ordre de son choix."""

    compte_id: CompteId
    lieux: tuple[LieuId, ...]
    choisis_le: dt.datetime
    origine: SourceDuFait = SourceDuFait.DECLARATION


@dataclass(frozen=True, slots=True)
class InscriptionValidee:
    """La personne a relu et validé son inscription : elle a le rôle de son profil."""

    compte_id: CompteId
    profil: Profil
    validee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class RappelEnvoye:
    """Un message de rappel est parti.

    depuis : ouverture du compte, ou validation de l'inscription, selon la situation.
    """

    compte_id: CompteId
    situation: Situation
    rappel: Rappel
    depuis: dt.datetime
    envoye_le: dt.datetime


type Event = (
    ProfilChoisi
    | InformationsConfirmees
    | EmployeurConfirme
    | EmployeurVerifie
    | LieuxChoisis
    | InscriptionValidee
    | RappelEnvoye
)


# --- État ---

type Envois = frozenset[tuple[Situation, Rappel]]


@dataclass(frozen=True, slots=True)
class EnCours:
    """Ce qui est répondu jusqu'ici ; rien, tant que la personne n'a pas commencé."""

    profil: ProfilChoisi | None = None
    informations: InformationsConfirmees | None = None
    employeur: EmployeurConfirme | None = None
    lieux: LieuxChoisis | None = None
    rappels: Envois = frozenset()


@dataclass(frozen=True, slots=True)
class Validee:
    """L'inscription est finie : ses réponses ne changent plus ici."""

    reponses: EnCours
    validee: InscriptionValidee


type State = EnCours | Validee
initial: State = EnCours()


def evolve(state: State, event: Event) -> State:
    match state:
        case Validee():
            return replace(state, reponses=_repondre(state.reponses, event))
        case EnCours():
            reponses = _repondre(state, event)
            return Validee(reponses, event) if isinstance(event, InscriptionValidee) else reponses
        case _:
            assert_never(state)


def _repondre(reponses: EnCours, event: Event) -> EnCours:
    match event:
        case ProfilChoisi():
            return replace(reponses, profil=event)
        case InformationsConfirmees():
            return replace(reponses, informations=event)
        case EmployeurConfirme():
            return replace(reponses, employeur=event)
        case EmployeurVerifie():
            employeur = reponses.employeur
            if employeur is None or employeur.siret != event.siret:
                return reponses
            return replace(reponses, employeur=replace(employeur, verification=event.verification))
        case LieuxChoisis():
            return replace(reponses, lieux=event)
        case RappelEnvoye():
            return replace(reponses, rappels=reponses.rappels | {(event.situation, event.rappel)})
        case InscriptionValidee():
            return reponses
        case _:
            assert_never(event)


# --- Le parcours ---

_MEDIATION = (Etape.PROFIL, Etape.INFORMATIONS, Etape.EMPLOYEUR, Etape.LIEUX, Etape.RECAPITULATIF)
_COORDINATION = (Etape.PROFIL, Etape.EMPLOYEUR, Etape.RECAPITULATIF)
PARCOURS: Mapping[Profil, tuple[Etape, ...]] = {
    Profil.MEDIATEUR: _MEDIATION,
    Profil.CONSEILLER_NUMERIQUE: _MEDIATION,
    Profil.COORDINATEUR_DISPOSITIF: _COORDINATION,
    Profil.COORDINATEUR_HORS_DISPOSITIF: _COORDINATION,
}


def etapes(reponses: EnCours) -> tuple[Etape, ...]:
    """Les étapes de cette personne : celles de son profil, sans ce que le dispositif a déjà donné."""
    if reponses.profil is None:
        return _MEDIATION
    prises = (
        (Etape.PROFIL, reponses.profil),
        (Etape.EMPLOYEUR, reponses.employeur),
        (Etape.LIEUX, reponses.lieux),
    )
    donnees = {etape for etape, r in prises if r is not None and r.origine is SourceDuFait.DISPOSITIF}
    if {Etape.EMPLOYEUR, Etape.LIEUX} <= donnees:
        # Whom the source knows whole only reads the summary (docs/domaine/identite.md §3).
        donnees.add(Etape.INFORMATIONS)
    return tuple(etape for etape in PARCOURS[reponses.profil.profil] if etape not in donnees)


def roles(profil: ProfilChoisi) -> tuple[Role, ...]:
    """Ceux que la validation donne ; le premier est celui du profil."""
    sien = profil.profil.role
    return (sien, Role.MEDIATEUR) if profil.mediateur_aussi and sien is not Role.MEDIATEUR else (sien,)


def etape_courante(reponses: EnCours) -> Etape:
    """La première étape sans réponse ; le récapitulatif quand il ne reste que lui."""
    return next((e for e in etapes(reponses) if _manque(reponses, e)), Etape.RECAPITULATIF)


def _manque(reponses: EnCours, etape: Etape) -> bool:
    match etape:
        case Etape.PROFIL:
            return reponses.profil is None
        case Etape.INFORMATIONS:
            return reponses.informations is None
        case Etape.EMPLOYEUR:
            return reponses.employeur is None
        case Etape.LIEUX:
            return reponses.lieux is None
        case Etape.RECAPITULATIF:
            return False
        case _:
            assert_never(etape)


# --- Commandes et refus ---

LIEUX_MAX = 50


@dataclass(frozen=True, slots=True)
class ChoisirProfil:
    """Dire son profil. version_cgu : celle qui est acceptée ; None quand la source du dispositif parle."""

    compte_id: CompteId
    profil: Profil
    version_cgu: str | None
    maintenant: dt.datetime
    origine: SourceDuFait = SourceDuFait.DECLARATION
    mediateur_aussi: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmerInformations:
    """Confirmer qui l'on est, et dire sa profession."""

    compte_id: CompteId
    profession: str | None
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ConfirmerEmployeur:
    """Dire qui l'on a pour employeur. emploi : ce qui sera déclaré.   verification : ce qu'en dit
    l'annuaire des entreprises."""

    emploi: emploi.DeclarerEmploi
    adresse: str
    verification: Verification
    origine: SourceDuFait = SourceDuFait.DECLARATION


@dataclass(frozen=True, slots=True)
class VerifierEmployeur:
    """Noter ce que l'annuaire dit enfin de ce SIRET."""

    compte_id: CompteId
    siret: str
    verification: Verification
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ChoisirLieux:
    """Dire où l'on exerce. connus : ceux de la cartographie parmi ces lieux."""

    compte_id: CompteId
    lieux: tuple[LieuId, ...]
    connus: frozenset[LieuId]
    maintenant: dt.datetime
    origine: SourceDuFait = SourceDuFait.DECLARATION


@dataclass(frozen=True, slots=True)
class ChangerLieux:
    """Une fois inscrit, dire que l'on exerce ailleurs : aucun lieu, peut-être. connus : de même."""

    compte_id: CompteId
    lieux: tuple[LieuId, ...]
    connus: frozenset[LieuId]
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class ValiderInscription:
    """Finir. cgu : la version que la personne a acceptée, ici ou avec son profil ; None si aucune."""

    compte_id: CompteId
    cgu: str | None
    maintenant: dt.datetime


@dataclass(frozen=True, slots=True)
class NoterRappel:
    """Noter qu'un rappel est parti."""

    compte_id: CompteId
    situation: Situation
    rappel: Rappel
    depuis: dt.datetime
    maintenant: dt.datetime


type Command = (
    ChoisirProfil
    | ConfirmerInformations
    | ConfirmerEmployeur
    | VerifierEmployeur
    | ChoisirLieux
    | ChangerLieux
    | ValiderInscription
    | NoterRappel
)


class InscriptionDejaValidee(Refusal):
    """Votre inscription est déjà validée."""


class InscriptionInachevee(Refusal):
    """Votre inscription n’est pas finie : c’est en la validant que l’on reçoit son rôle."""


class ProfilManquant(Refusal):
    """Il manque l’étape « Votre profil » : choisissez-le d’abord."""


class InformationsManquantes(Refusal):
    """Il manque l’étape « Vos informations » : confirmez-les d’abord."""


class EmployeurManquant(Refusal):
    """Il manque l’étape « Votre structure employeuse » : renseignez-la d’abord."""


class LieuxManquants(Refusal):
    """Veuillez renseigner au moins un lieu d’activité."""


class CguAAccepter(Refusal):
    """Pour continuer, vous devez accepter les conditions générales d’utilisation."""


class EtapeHorsParcours(Refusal):
    """Cette étape n’est pas de celles de votre profil."""


class EtablissementFerme(Refusal):
    """L’annuaire des entreprises dit cet établissement fermé : il ne peut pas être votre employeur actuel."""


class LieuDActiviteInconnu(Refusal):
    """Ce lieu d’activité n’existe pas dans la cartographie."""


class LieuRepete(Refusal):
    """Ce lieu est choisi deux fois."""


class TropDeLieux(Refusal):
    """Cinquante lieux d’activité au plus."""


_MANQUES: Mapping[Etape, type[Refusal]] = {
    Etape.PROFIL: ProfilManquant,
    Etape.INFORMATIONS: InformationsManquantes,
    Etape.EMPLOYEUR: EmployeurManquant,
    Etape.LIEUX: LieuxManquants,
}


def decide(command: Command, state: State) -> list[Event]:
    match command, state:
        case NoterRappel(), _:
            return _noter(command, state.reponses if isinstance(state, Validee) else state)
        case VerifierEmployeur(), _:
            return _verifier(command, state.reponses if isinstance(state, Validee) else state)
        case ChangerLieux(), _:
            return _changer_les_lieux(command, state.reponses if isinstance(state, Validee) else state)
        case ValiderInscription(), Validee():
            return []
        case (
            ChoisirProfil() | ConfirmerInformations() | ConfirmerEmployeur() | ChoisirLieux(),
            Validee(reponses),
        ):
            # The same answers sent again find nothing to change; others come too late.
            if _repondu(command, reponses):
                raise InscriptionDejaValidee
            return []
        case ValiderInscription(), EnCours():
            return _valider(command, state)
        case ChoisirProfil() | ConfirmerInformations() | ConfirmerEmployeur() | ChoisirLieux(), EnCours():
            return _repondu(command, state)
        case _:
            assert_never((command, state))


def _repondu(
    command: ChoisirProfil | ConfirmerInformations | ConfirmerEmployeur | ChoisirLieux, reponses: EnCours
) -> list[Event]:
    """L'étape et sa réponse ; rien quand elle est la même."""
    match command:
        case ChoisirProfil():
            return _choisir_le_profil(command, reponses)
        case ConfirmerInformations():
            _atteindre(Etape.INFORMATIONS, reponses)
            event = InformationsConfirmees(command.compte_id, command.profession, command.maintenant)
            avant = reponses.informations
            meme = avant is not None and replace(avant, confirmees_le=event.confirmees_le) == event
            return [] if meme else [event]
        case ConfirmerEmployeur():
            return _employer(command, reponses)
        case ChoisirLieux():
            return _choisir_les_lieux(command, reponses)
        case _:
            assert_never(command)


def _choisir_le_profil(command: ChoisirProfil, reponses: EnCours) -> list[Event]:
    avant = reponses.profil
    if command.origine is SourceDuFait.DECLARATION and Etape.PROFIL not in etapes(reponses):
        raise EtapeHorsParcours
    event = ProfilChoisi(
        command.compte_id,
        command.profil,
        # The source accepts nothing for the person, and takes nothing of it back.
        command.version_cgu or (avant.version_cgu if avant else None),
        command.maintenant,
        command.origine,
        command.mediateur_aussi,
    )
    meme = avant is not None and replace(avant, choisi_le=event.choisi_le) == event
    return [] if meme else [event]


def _atteindre(etape: Etape, reponses: EnCours) -> None:
    """Refuse de sauter une étape, en nommant celle qui manque, et celle qui n'est pas du parcours."""
    siennes = etapes(reponses)
    for avant in siennes:
        if avant is etape:
            return
        if _manque(reponses, avant):
            raise _MANQUES[avant]
    raise EtapeHorsParcours


def _employer(command: ConfirmerEmployeur, reponses: EnCours) -> list[Event]:
    if command.origine is SourceDuFait.DECLARATION:
        _atteindre(Etape.EMPLOYEUR, reponses)
    [declare, *_] = emploi.decide(command.emploi, emploi.initial)
    assert isinstance(declare, emploi.EmploiDeclare)
    # Of a place that has closed one may have been an employee, not be one today.
    aujourd_hui = jour_civil(command.emploi.maintenant, fuseau_de(declare.code_insee))
    passe = declare.fin_prevue is not None and declare.fin_prevue < aujourd_hui
    if command.verification is Verification.FERME and not passe:
        raise EtablissementFerme(field="/siret")
    avant = reponses.employeur
    verification = command.verification
    if command.origine is SourceDuFait.DISPOSITIF and avant is not None and avant.siret == declare.siret:
        # The source says nothing of it: what the directory answered meanwhile stays.
        verification = avant.verification
    event = EmployeurConfirme(
        declare.compte_id,
        declare.emploi_id,
        declare.structure_id,
        declare.siret,
        declare.nom_structure,
        command.adresse,
        declare.code_insee,
        declare.debut,
        declare.fin_prevue,
        verification,
        command.emploi.maintenant,
        command.origine,
        declare.type_contrat,
    )
    if (
        avant is not None
        and replace(avant, emploi_id=event.emploi_id, confirme_le=event.confirme_le) == event
    ):
        return []
    return [event]


def _choisir_les_lieux(command: ChoisirLieux, reponses: EnCours) -> list[Event]:
    if command.origine is SourceDuFait.DECLARATION:
        _atteindre(Etape.LIEUX, reponses)
    elif reponses.lieux is not None:
        # Taken from the source once: what is known here stays.
        return []
    if not command.lieux:
        raise LieuxManquants(field="/lieux")
    _admettre(command.lieux, command.connus)
    event = LieuxChoisis(command.compte_id, command.lieux, command.maintenant, command.origine)
    avant = reponses.lieux
    meme = avant is not None and replace(avant, choisis_le=event.choisis_le) == event
    return [] if meme else [event]


def _changer_les_lieux(command: ChangerLieux, reponses: EnCours) -> list[Event]:
    _admettre(command.lieux, command.connus)
    if command.lieux == (reponses.lieux.lieux if reponses.lieux else ()):
        return []
    return [LieuxChoisis(command.compte_id, command.lieux, command.maintenant)]


def _admettre(lieux: tuple[LieuId, ...], connus: frozenset[LieuId]) -> None:
    """Lève TropDeLieux, ou chaque faute : un lieu inconnu, un lieu répété."""
    if len(lieux) > LIEUX_MAX:
        raise TropDeLieux(field="/lieux")
    fautes: list[Refusal] = []
    for rang, lieu_id in enumerate(lieux):
        if lieu_id not in connus:
            fautes.append(LieuDActiviteInconnu(field=f"/lieux/{rang}"))
        elif lieu_id in lieux[:rang]:
            fautes.append(LieuRepete(field=f"/lieux/{rang}"))
    refuse(fautes)


def _valider(command: ValiderInscription, reponses: EnCours) -> list[Event]:
    manques: list[Refusal] = [_MANQUES[e]() for e in etapes(reponses) if _manque(reponses, e)]
    if command.cgu is None:
        manques.append(CguAAccepter(field="/cgu_acceptees"))
    refuse(manques)
    assert reponses.profil is not None, "sans profil, une étape manque"
    return [InscriptionValidee(command.compte_id, reponses.profil.profil, command.maintenant)]


def _verifier(command: VerifierEmployeur, reponses: EnCours) -> list[Event]:
    employeur = reponses.employeur
    if employeur is None or employeur.verification is not Verification.A_VERIFIER:
        return []
    if employeur.siret != command.siret or command.verification is Verification.A_VERIFIER:
        return []
    return [EmployeurVerifie(command.compte_id, command.siret, command.verification, command.maintenant)]


def _noter(command: NoterRappel, reponses: EnCours) -> list[Event]:
    if (command.situation, command.rappel) in reponses.rappels:
        return []
    return [
        RappelEnvoye(command.compte_id, command.situation, command.rappel, command.depuis, command.maintenant)
    ]


INSCRIPTION = Stream("inscription", initial, decide, evolve)
