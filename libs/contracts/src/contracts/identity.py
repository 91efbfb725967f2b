"""Ce que le service identity publie : comptes, rôles, emplois, sessions. Jamais un nom ni un courriel."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from events.contract import Contract
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.question import Question


class ComptePrepareV1(Contract):
    """Une équipe a invité une adresse que personne ne portait : le compte attend sa première connexion.

    Sans connexion, PersonneEffaceeV1 suit, six mois plus tard.
    """

    compte_id: UUID
    prepare_le: dt.datetime


class CompteOuvertV1(Contract):
    """Une personne s'est connectée pour la première fois : son compte existe, inscription en cours."""

    compte_id: UUID
    ouvert_le: dt.datetime


class RoleChoisiV1(Contract):
    """La personne a choisi son rôle et accepté les conditions générales d'utilisation.

    mediateur_id, coordinateur_id : celui du rôle choisi est donné, l'autre est absent.
    """

    compte_id: UUID
    role: Literal["mediateur", "coordinateur"]
    mediateur_id: UUID | None = None
    coordinateur_id: UUID | None = None
    choisi_le: dt.datetime


class RoleRetireV1(Contract):
    """La personne n'a plus ce rôle, où elle n'avait rien fait encore.

    mediateur_id, coordinateur_id : celui du rôle retiré est donné, l'autre est absent.
    """

    compte_id: UUID
    role: Literal["mediateur", "coordinateur"]
    mediateur_id: UUID | None = None
    coordinateur_id: UUID | None = None
    retire_le: dt.datetime


class LieuxChoisisV1(Contract):
    """Tous les lieux de la cartographie où la personne dit exercer, dans l'ordre de son choix."""

    compte_id: UUID
    lieux: list[UUID]
    choisis_le: dt.datetime


class EmploiDeclareV1(Contract):
    """Une personne a déclaré un emploi.

    structure_id : dérivé du SIRET, le même partout (uuid5).   siret : 14 chiffres de la structure employeuse.
    debut, fin_prevue : jours civils, bornes comprises ; fin_prevue absente = sans terme connu.
    code_insee : commune de la structure ; absent, elle n'est pas connue.   source : qui le dit.
    temporaire : le dispositif connaît la structure et pas le contrat, debut est le jour où il l'a dit.
    """

    emploi_id: UUID
    compte_id: UUID
    structure_id: UUID
    siret: str
    debut: dt.date
    fin_prevue: dt.date | None = None
    declare_le: dt.datetime
    code_insee: str | None = None
    type_contrat: (
        Literal["cdi", "cdd", "contrat_de_projet", "contrat_aide", "alternance", "titulaire", "autre"] | None
    ) = None
    source: Literal["declaration", "dispositif"] = "declaration"
    temporaire: bool = False


class EmploiCorrigeV1(Contract):
    """L'emploi était mal connu, ou reprend : tout ce qui en était dit est remplacé, une fin d'avant oubliée.

    Se lit comme EmploiDeclareV1 : s'il a commencé, ou s'il est terminé, les faits qui le disent suivent.
    """

    emploi_id: UUID
    compte_id: UUID
    structure_id: UUID
    siret: str
    debut: dt.date
    fin_prevue: dt.date | None = None
    corrige_le: dt.datetime
    code_insee: str | None = None
    type_contrat: (
        Literal["cdi", "cdd", "contrat_de_projet", "contrat_aide", "alternance", "titulaire", "autre"] | None
    ) = None
    source: Literal["declaration", "dispositif"]
    temporaire: bool


class EmploiCommenceV1(Contract):
    """Le premier jour de l'emploi est arrivé."""

    emploi_id: UUID
    compte_id: UUID
    debut: dt.date


class ContratTermineV1(Contract):
    """L'emploi est terminé. fin : dernier jour travaillé."""

    emploi_id: UUID
    compte_id: UUID
    fin: dt.date
    motif: Literal["terme", "rupture", "erreur"]
    constate_le: dt.datetime


class FinDeContratApprocheeV1(Contract):
    """Le terme prévu de l'emploi est à moins de trois mois, puis d'un mois. fin : dernier jour prévu."""

    emploi_id: UUID
    compte_id: UUID
    seuil: Literal["trois_mois", "un_mois"]
    fin: dt.date
    constate_le: dt.datetime


class EmploiEffaceV1(Contract):
    """L'emploi d'une personne effacée : ce qui le montrait ne le montre plus."""

    emploi_id: UUID
    compte_id: UUID
    efface_le: dt.datetime


class ReconnaissanceDemandeeV1(Contract):
    """La personne se dit conseillère numérique, la source du dispositif ne la connaît pas encore."""

    compte_id: UUID
    demandee_le: dt.datetime


class ConseillerNumeriqueReconnuV1(Contract):
    """La personne est conseillère numérique depuis effet, compris.

    Ses activités depuis ce jour comptent dans le dispositif. Quand elle l'est déjà sans fin connue, effet
    corrige le premier jour de cette période.
    """

    compte_id: UUID
    effet: dt.date
    reconnu_le: dt.datetime


class ConseillerNumeriqueTermineV1(Contract):
    """La personne n'est plus conseillère numérique après fin, dernier jour de la période en cours.

    Une fin qui précède le premier jour dit que la période n'a pas eu lieu.
    """

    compte_id: UUID
    fin: dt.date
    constate_le: dt.datetime


class CoordinateurDuDispositifReconnuV1(Contract):
    """La source du dispositif dit la personne conseillère et coordinatrice."""

    compte_id: UUID
    reconnu_le: dt.datetime


class CoordinateurHorsDispositifV1(Contract):
    """La source ne la dit plus coordinatrice du dispositif. Un rôle de coordinateur tenu le reste."""

    compte_id: UUID
    constate_le: dt.datetime


class PersonneModifieeV1(Contract):
    """Le nom affiché de la personne a changé : ce qui a été lu par `identity.personnes` est périmé."""

    compte_id: UUID


class CompteFermeV1(Contract):
    """La personne a fermé son compte : elle quitte ses équipes, rien ne la montre plus.

    effacement_le : quand elle sera effacée, si elle ne le rouvre pas.
    """

    compte_id: UUID
    ferme_le: dt.datetime
    effacement_le: dt.datetime


class CompteRouvertV1(Contract):
    """La personne a rouvert son compte à temps. Elle ne revient pas dans les équipes quittées."""

    compte_id: UUID
    rouvert_le: dt.datetime


class CompteSuspenduV1(Contract):
    """Le compte n'ouvre plus rien : qui travaille pour lui sans lui cesse, jusqu'à ce que ce soit levé."""

    compte_id: UUID
    suspendu_le: dt.datetime


class SuspensionLeveeV1(Contract):
    """La suspension du compte est levée."""

    compte_id: UUID
    levee_le: dt.datetime


class ComptesRapprochesV1(Contract):
    """Deux comptes sont à la même personne. compte_id : celui qui reste.   renvoye : celui qui y mène.

    mediateur_id, coordinateur_id : sous lesquels la personne sert désormais.   mediateur_renvoye,
    coordinateur_renvoye : ceux du compte renvoyé ; les mêmes, quand l'autre n'avait pas ce rôle. Ce qui est
    enregistré sous eux le reste, et se lit comme à la personne tant que le rapprochement n'est pas défait.
    """

    rapprochement_id: UUID
    compte_id: UUID
    renvoye: UUID
    rapproches_le: dt.datetime
    mediateur_id: UUID | None = None
    coordinateur_id: UUID | None = None
    mediateur_renvoye: UUID | None = None
    coordinateur_renvoye: UUID | None = None


class RapprochementAnnuleV1(Contract):
    """Le rapprochement est défait : ce sont de nouveau deux comptes.

    Chacun reprend ce qui est enregistré sous ses identifiants, ce qui l'a été entre-temps compris.
    """

    rapprochement_id: UUID
    compte_id: UUID
    renvoye: UUID
    annule_le: dt.datetime


class PersonneEffaceeV1(Contract):
    """La personne est effacée : chaque service détruit ses clés d'elle et oublie ce qui la désigne."""

    compte_id: UUID
    effacee_le: dt.datetime


class SessionRevoqueeV1(Contract):
    """Une session est close. Les jetons de cette session ne valent plus, même non expirés."""

    sid: UUID
    compte_id: UUID
    revoquee_le: dt.datetime


# --- Question ---


NOMS_A_LA_FOIS = 500
"""Autant que d'une demande."""


class DemandePersonnes(BaseModel):
    """Des comptes dont on veut le nom affiché, 500 au plus."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] = Field(max_length=NOMS_A_LA_FOIS)


NOM_LE_PLUS_LONG = 200
"""En caractères : 500 noms tiennent dans un message."""


class NomsPersonnes(BaseModel):
    """Le nom affiché de chaque compte : « Prénom Nom », 200 caractères au plus. Inconnu, il est absent.

    prenoms : ce qui, dans ce nom, est le prénom ; absents d'une réponse ancienne.
    """

    personnes: dict[UUID, Annotated[str, StringConstraints(max_length=NOM_LE_PLUS_LONG)]] = Field(
        max_length=NOMS_A_LA_FOIS
    )
    prenoms: dict[UUID, Annotated[str, StringConstraints(max_length=NOM_LE_PLUS_LONG)]] = Field(
        max_length=NOMS_A_LA_FOIS, default_factory=dict
    )


PERSONNES = Question("identity", "personnes", DemandePersonnes, NomsPersonnes)


class DemandeAdresse(BaseModel):
    """Une adresse électronique, dont on demande si elle est celle de ce compte."""

    model_config = ConfigDict(extra="forbid")

    compte_id: UUID
    courriel: str = Field(max_length=254)


class AdresseReconnue(BaseModel):
    """Oui ou non, et rien d'autre : aucune adresse n'est dite à qui ne l'a pas déjà."""

    sienne: bool


ADRESSE = Question("identity", "adresse", DemandeAdresse, AdresseReconnue)


STRUCTURES_A_LA_FOIS = 50


class DemandeStructures(BaseModel):
    """Des structures, 50 au plus, dont cette personne veut lire le nom."""

    model_config = ConfigDict(extra="forbid")

    compte_id: UUID
    ids: list[UUID] = Field(max_length=STRUCTURES_A_LA_FOIS)


class NomsStructures(BaseModel):
    """Celles qui emploient ou employèrent cette personne, comme elle les nomme ; les autres sont absentes.

    À un administrateur, toutes, comme les nomme le dernier emploi.
    """

    noms: dict[UUID, Annotated[str, StringConstraints(max_length=NOM_LE_PLUS_LONG)]] = Field(
        max_length=STRUCTURES_A_LA_FOIS
    )


STRUCTURES = Question("identity", "structures", DemandeStructures, NomsStructures)


class DemandeInscrits(BaseModel):
    """Combien de personnes sont inscrites en ce moment."""

    model_config = ConfigDict(extra="forbid")


class Inscrits(BaseModel):
    """Comptes qui ont un rôle et ont accepté les conditions, ni fermés ni supprimés. Des nombres seulement.

    mediateurs : qui accompagnent, sans être conseillers numériques aujourd'hui.   conseillers : qui
    accompagnent, et le sont.   coordinateurs : qui coordonnent ; l'un des deux autres aussi, peut-être.
    """

    mediateurs: Annotated[int, Field(ge=0)]
    conseillers: Annotated[int, Field(ge=0)]
    coordinateurs: Annotated[int, Field(ge=0)]


INSCRITS = Question("identity", "inscrits", DemandeInscrits, Inscrits)
