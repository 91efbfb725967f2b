"""What leaves the service: public contracts, and the names that the others may ask for."""

from typing import TYPE_CHECKING, assert_never

from contracts.identity import (
    ADRESSE,
    INSCRITS,
    NOM_LE_PLUS_LONG,
    PERSONNES,
    STRUCTURES,
    AdresseReconnue,
    CompteFermeV1,
    CompteOuvertV1,
    ComptePrepareV1,
    CompteRouvertV1,
    ComptesRapprochesV1,
    CompteSuspenduV1,
    ConseillerNumeriqueReconnuV1,
    ConseillerNumeriqueTermineV1,
    ContratTermineV1,
    CoordinateurDuDispositifReconnuV1,
    CoordinateurHorsDispositifV1,
    DemandeAdresse,
    DemandeInscrits,
    DemandePersonnes,
    DemandeStructures,
    EmploiCommenceV1,
    EmploiCorrigeV1,
    EmploiDeclareV1,
    EmploiEffaceV1,
    FinDeContratApprocheeV1,
    Inscrits,
    LieuxChoisisV1,
    NomsPersonnes,
    NomsStructures,
    PersonneEffaceeV1,
    PersonneModifieeV1,
    RapprochementAnnuleV1,
    ReconnaissanceDemandeeV1,
    RoleChoisiV1,
    RoleRetireV1,
    SessionRevoqueeV1,
    SuspensionLeveeV1,
)
from events.contract import Contract
from events.postgres.database import Database
from events.store.store import Store
from process.clock import Clock
from pydantic import Json
from referentiels.courriels import CourrielIllisible, normaliser
from referentiels.territoires import PARIS

from identity.connexion.adresses import au_bout, titulaire
from identity.connexion.chiffre import Empreintes
from identity.domain import (
    acces,
    annonce,
    client,
    compte,
    demandes,
    fiche,
    inscription,
    intervention,
    maintenance,
    preuve,
    prise_de_poste,
    rapprochement,
    reconnaissance,
    session,
    usurpation,
)
from identity.domain import emploi_faits as emploi
from identity.domain.evenements import Event
from identity.domain.vocabulaire import CompteId
from identity.projections import comptes, emplois, utilisateurs

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

_NAMES = frozenset({compte.Champ.PRENOM, compte.Champ.NOM})


def to_contract(event: Event) -> Contract | None:
    """The public form of an event; None keeps it private."""
    match event:
        case compte.ComptePrepare():
            return ComptePrepareV1.of(event)
        case compte.CompteOuvert():
            return CompteOuvertV1.of(event)
        case compte.IdentitePersonneModifiee():
            if _NAMES.isdisjoint(event.champs):
                return None
            return PersonneModifieeV1.of(event)
        case compte.RoleChoisi():
            return RoleChoisiV1.of(event)
        case compte.RoleRetire():
            return RoleRetireV1.of(event)
        case emploi.EmploiDeclare():
            return EmploiDeclareV1.of(event)
        case emploi.EmploiCorrige():
            return EmploiCorrigeV1.of(event)
        case emploi.FinDeContratApprochee():
            return FinDeContratApprocheeV1.of(event)
        case emploi.EmploiCommence():
            return EmploiCommenceV1.of(event)
        case emploi.ContratTermine():
            return ContratTermineV1.of(event)
        case emploi.EmploiEfface():
            return EmploiEffaceV1.of(event)
        case compte.CompteEfface():
            return PersonneEffaceeV1.of(event, effacee_le=event.efface_le)
        case session.SessionRevoquee():
            return SessionRevoqueeV1.of(event, sid=event.session_id)
        case compte.CompteFerme():
            return CompteFermeV1.of(event)
        case compte.CompteRouvert():
            return CompteRouvertV1.of(event)
        case demandes.LimitationDemandee() | demandes.LimitationLevee():
            return PersonneModifieeV1.of(event)
        case demandes.DonneesExportees() | demandes.RectificationDemandee() | demandes.RectificationTraitee():
            return None
        case rapprochement.ComptesRapproches():
            return ComptesRapprochesV1.of(event)
        case rapprochement.RapprochementAnnule():
            return RapprochementAnnuleV1.of(event)
        case compte.IdentiteLiee() | compte.IdentiteRetiree() | compte.CguAcceptees():
            return None
        case compte.SiretEcarte() | compte.RolesApportes() | compte.RolesRendus():
            return None
        case (
            compte.CourrielAjoute() | compte.CourrielRetire() | compte.CompteRenvoye() | compte.RenvoiAnnule()
        ):
            return None
        case preuve.CodeDemande() | preuve.CodeRefuse() | preuve.BoiteProuvee() | session.SessionOuverte():
            return None
        case rapprochement.RapprochementOuvert() | rapprochement.RapprochementConfie():
            return None
        case rapprochement.RapprochementAtteste() | rapprochement.RapprochementEcarte():
            return None
        case annonce.AnnoncePubliee() | annonce.AnnonceRetiree():
            return None
        case maintenance.MaintenanceCommencee() | maintenance.MaintenanceTerminee():
            return None
        case intervention.InterventionFaite():
            return None
        case usurpation.UsurpationCommencee() | usurpation.UsurpationTerminee():
            return None
        case acces.CompteSuspendu():
            return CompteSuspenduV1.of(event)
        case acces.SuspensionLevee():
            return SuspensionLeveeV1.of(event)
        case acces.DroitDonne() | acces.DroitRetire():
            return None
        case fiche.CompetencesDeclarees() | fiche.AccordDonne() | fiche.AccordRetire():
            return None
        case reconnaissance.ReconnaissanceDemandee():
            return ReconnaissanceDemandeeV1.of(event)
        case reconnaissance.ConseillerNumeriqueReconnu():
            return ConseillerNumeriqueReconnuV1.of(event)
        case reconnaissance.ConseillerNumeriqueTermine():
            return ConseillerNumeriqueTermineV1.of(event)
        case reconnaissance.CoordinateurDuDispositifReconnu():
            return CoordinateurDuDispositifReconnuV1.of(event)
        case reconnaissance.CoordinateurHorsDispositif():
            return CoordinateurHorsDispositifV1.of(event)
        case (
            reconnaissance.FicheDuDispositifReprise()
            | reconnaissance.DoublonSignale()
            | reconnaissance.EmploisRepris()
            | reconnaissance.ReconnaissanceEffacee()
        ):
            return None
        case (
            prise_de_poste.EtapeFranchie()
            | prise_de_poste.EtapeRetiree()
            | prise_de_poste.PriseDePosteEffacee()
        ):
            return None
        case (
            client.ClientCree()
            | client.DroitsDuClientChanges()
            | client.SecretEmis()
            | client.SecretRetire()
            | client.ClesDuClientEnregistrees()
            | client.ClientSuspendu()
            | client.ClientRepris()
        ):
            return None
        case inscription.LieuxChoisis():
            return LieuxChoisisV1.of(event)
        case (
            inscription.ProfilChoisi()
            | inscription.InformationsConfirmees()
            | inscription.EmployeurConfirme()
            | inscription.EmployeurVerifie()
            | inscription.InscriptionValidee()
            | inscription.RappelEnvoye()
        ):
            return None
        case _:
            assert_never(event)


# --- Names and addresses, asked over NATS request-reply ---


class Personnes:
    """Answers `identity.personnes`. The instances of the service share the questions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_on(self, edge: "NatsBroker") -> None:
        """To be called before the edge starts."""
        edge.subscriber(PERSONNES.subject, PERSONNES.service, title=PERSONNES.subject)(self.noms)

    async def noms(self, demande: Json[DemandePersonnes]) -> NomsPersonnes:
        """The names of these accounts; unknown ones are absent."""
        async with self._database.engine.connect() as connection:
            rows = (await connection.execute(comptes.noms(demande.ids))).all()
        return NomsPersonnes(
            personnes={row.compte_id: f"{row.prenom} {row.nom}"[:NOM_LE_PLUS_LONG] for row in rows},
            prenoms={row.compte_id: row.prenom[:NOM_LE_PLUS_LONG] for row in rows},
        )


class Structures:
    """Answers `identity.structures`. Each writes the name of their employer, and reads it; an
    administrateur, whom every emploi opens to, all of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answer_on(self, edge: "NatsBroker") -> None:
        """To be called before the edge starts."""
        edge.subscriber(STRUCTURES.subject, STRUCTURES.service, title=STRUCTURES.subject)(self.noms)

    async def noms(self, demande: Json[DemandeStructures]) -> NomsStructures:
        """The names of those where the person is, or was, employed; the others are absent."""
        qui = demande.compte_id
        choix = emplois.employeurs(qui, demande.ids, utilisateurs.administre(qui))
        async with self._database.engine.connect() as connection:
            rows = (await connection.execute(choix)).all()
        return NomsStructures(noms={row.structure_id: row.nom_structure[:NOM_LE_PLUS_LONG] for row in rows})


class Inscriptions:
    """Answers `identity.inscrits`: three numbers, of nobody in particular."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def answer_on(self, edge: "NatsBroker") -> None:
        """To be called before the edge starts."""
        edge.subscriber(INSCRITS.subject, INSCRITS.service, title=INSCRITS.subject)(self.combien)

    async def combien(self, demande: Json[DemandeInscrits]) -> Inscrits:
        """How many hold each role, as of today in Paris."""
        async with self._database.engine.connect() as connection:
            row = (await connection.execute(utilisateurs.inscrits(self._clock.today(PARIS)))).one()
        return Inscrits(
            mediateurs=row.mediateurs, conseillers=row.conseillers, coordinateurs=row.coordinateurs
        )


class Adresses:
    """Answers `identity.adresse`. An address is in no question but that of who already has it."""

    def __init__(self, store: Store[Event], empreintes: Empreintes) -> None:
        self._store = store
        self._empreintes = empreintes

    def answer_on(self, edge: "NatsBroker") -> None:
        """To be called before the edge starts."""
        edge.subscriber(ADRESSE.subject, ADRESSE.service, title=ADRESSE.subject)(self.sienne)

    async def sienne(self, demande: Json[DemandeAdresse]) -> AdresseReconnue:
        """Whether this address leads to that account, itself or the one that it was brought to."""
        try:
            claim = self._empreintes.courriel(normaliser(demande.courriel))
        except CourrielIllisible:
            return AdresseReconnue(sienne=False)
        qui = await titulaire(self._store, claim)
        return AdresseReconnue(
            sienne=qui is not None and qui == await au_bout(self._store, CompteId(demande.compte_id))
        )
