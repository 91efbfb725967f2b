"""Bénéficiaire : une personne qu'un médiateur suit d'un accompagnement à l'autre. Lui seul la connaît."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, assert_never

from events.decider import refuse
from events.named import fields_of, named
from events.stream import Stream

from activites.domain.beneficiaire_commandes import (
    AccueillirDouble,
    AnnulerFusion,
    Command,
    CorrigerFiche,
    Distinguer,
    Ecrire,
    Ecriture,
    EffacerBeneficiaire,
    EnregistrerBeneficiaire,
    FusionnerVers,
    Rapprochement,
    SeparerDouble,
)
from activites.domain.beneficiaire_etat import Absent, Efface, Fusionne, State, Suivi, evolve, initial
from activites.domain.beneficiaire_faits import (
    Annote,
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    BeneficiairesDistingues,
    CoordonneesCorrigees,
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
from activites.domain.fiche_composee import Composee, accueillir, changes, choisir, ecrite, fautes_du_choix
from activites.domain.vocabulaire import BeneficiaireId, MediateurId

_DECRIT = frozenset(("annee_naissance", "genre", "statut_social", "commune"))
DISTINCTS_MAX = 200
"""Beyond, the pair is proposed again: nobody has as many namesakes."""


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


def _valable(command: Ecrire) -> Fiche:
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
