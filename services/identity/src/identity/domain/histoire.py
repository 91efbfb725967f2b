"""L'histoire d'un compte : chaque fait en une phrase, et pas un de moins (pyright nomme l'oublié)."""

from collections.abc import Callable
from typing import assert_never

from referentiels.dates import en_lettres

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
from identity.domain.vocabulaire import CompteId, MotifRevocation, Rappel, Role

type Nommer = Callable[[CompteId | None], str]
"""Qui a agi, comme le lecteur a le droit de le lire. None : l'exploitant de la plateforme."""

_CHAMPS = {
    compte.Champ.PRENOM: "prénom",
    compte.Champ.NOM: "nom",
    compte.Champ.COURRIEL: "courriel",
    compte.Champ.TELEPHONE: "téléphone",
    compte.Champ.SIRET: "SIRET",
}
_RAPPELS = {
    Rappel.J7: "rappel à 7 jours",
    Rappel.J30: "rappel à 30 jours",
    Rappel.J60: "rappel à 60 jours",
    Rappel.AVERTISSEMENT: "avertissement avant suppression",
}
_FERMEE = {
    MotifRevocation.DECONNEXION: "par la personne, qui s’est déconnectée",
    MotifRevocation.FERMEE_PAR_LA_PERSONNE: "par la personne, depuis une autre session",
    MotifRevocation.REMPLACEE: "et remplacée par une autre",
    MotifRevocation.PLAFOND: "car dix autres étaient ouvertes",
    MotifRevocation.EFFACEMENT: "avec l’effacement du compte",
    MotifRevocation.SUSPENSION: "par la suspension du compte",
    MotifRevocation.DROIT_CHANGE: "par un changement de droit",
    MotifRevocation.FERMEE_PAR_LA_GESTION: "par la gestion",
    MotifRevocation.RAPPROCHEMENT: "par le rapprochement de deux comptes",
    MotifRevocation.IDENTITE_RETIREE: "avec l’identité qui l’avait ouverte",
    MotifRevocation.FERMETURE: "par la fermeture du compte",
    MotifRevocation.FIN_D_USURPATION: "à la fin de la lecture du compte",
}


def phrase(event: Event, nommer: Nommer) -> str:
    """Ce qui s'est passé, pour qui a le droit de lire les données de cette personne."""
    match event:
        case compte.ComptePrepare():
            return f"Compte préparé pour {event.courriel}, qu’une équipe a invitée."
        case compte.CompteOuvert():
            return f"Compte ouvert : {event.prenom} {event.nom}, {event.courriel}."
        case compte.IdentiteLiee():
            return f"Identité ProConnect liée (émetteur {event.emetteur})."
        case compte.IdentiteRetiree():
            return f"Identité ProConnect retirée (émetteur {event.emetteur})."
        case compte.CompteRenvoye():
            return "Ce compte renvoie désormais à un autre de la même personne."
        case compte.RenvoiAnnule():
            return "Ce compte ne renvoie plus à un autre."
        case compte.IdentitePersonneModifiee():
            return f"Repris de ProConnect : {_repris(event)}."
        case compte.CourrielAjoute():
            return f"Adresse ajoutée : {event.courriel}."
        case compte.CourrielRetire():
            return f"Adresse retirée : {event.courriel}."
        case preuve.CodeDemande():
            return f"Code envoyé à {event.courriel}, pour prouver que cette boîte est la sienne."
        case preuve.CodeRefuse():
            return "Code rendu faux."
        case preuve.BoiteProuvee():
            return "Code rendu juste : la boîte est la sienne."
        case compte.CompteFerme():
            effacement = en_lettres(event.effacement_le.date())
            return f"Compte fermé : effacé le {effacement} s’il le reste."
        case compte.CompteRouvert():
            return "Compte rouvert."
        case demandes.DonneesExportees():
            return "Ses données téléchargées par la personne."
        case demandes.RectificationDemandee():
            return f"Rectification demandée : {event.texte}"
        case demandes.RectificationTraitee():
            issue = "acceptée" if event.acceptee else "refusée"
            return f"Rectification {issue} par {nommer(event.par)}. Réponse : {event.reponse}"
        case demandes.LimitationDemandee():
            return "Limitation demandée : son nom ne se lit plus ailleurs."
        case demandes.LimitationLevee():
            return "Limitation levée : son nom se lit de nouveau."
        case rapprochement.RapprochementOuvert():
            return f"Un autre compte est peut-être à la même personne. {event.origine.aide}"
        case rapprochement.RapprochementConfie():
            return f"Rapprochement confié au support : {event.obstacle.libelle.lower()}."
        case rapprochement.RapprochementAtteste():
            return f"Rapprochement attesté par {nommer(event.par)}. Raison : {event.raison}"
        case rapprochement.RapprochementEcarte():
            return f"Rapprochement écarté par {nommer(event.par)}. Raison : {event.raison}"
        case rapprochement.ComptesRapproches():
            return "Deux comptes de la même personne n’en font plus qu’un."
        case rapprochement.RapprochementAnnule():
            return f"Rapprochement défait par {nommer(event.par)}. Raison : {event.raison}"
        case compte.CguAcceptees():
            return f"Conditions d’utilisation acceptées, version {event.version}."
        case compte.RoleChoisi():
            return f"Rôle choisi : {event.role.libelle.lower()}."
        case compte.RoleRetire():
            return f"Rôle retiré : {event.role.libelle.lower()}."
        case inscription.ProfilChoisi():
            return f"Inscription, profil : {event.profil.libelle.lower()} ({event.origine.libelle.lower()})."
        case inscription.InformationsConfirmees():
            return (
                f"Inscription, informations confirmées{f' : {event.profession}' if event.profession else ''}."
            )
        case inscription.EmployeurConfirme():
            return (
                f"Inscription, structure employeuse : {event.nom_structure}, {event.adresse} "
                f"(SIRET {event.siret}), {event.verification.libelle.lower()}."
            )
        case inscription.EmployeurVerifie():
            return f"Annuaire des entreprises, SIRET {event.siret} : {event.verification.libelle.lower()}."
        case inscription.LieuxChoisis():
            nombre = len(event.lieux)
            return f"Lieux d’activité : {nombre} {'choisis' if nombre > 1 else 'choisi'}."
        case inscription.InscriptionValidee():
            return "Inscription validée."
        case inscription.RappelEnvoye():
            return f"Message envoyé : {_RAPPELS[event.rappel]}."
        case compte.CompteEfface():
            return "Compte effacé : ses données personnelles sont détruites."
        case compte.RolesApportes():
            return f"Avec l’autre compte de la personne, {_roles(event)}."
        case compte.RolesRendus():
            return f"Rendu à l’autre compte : {_roles(event)}."
        case compte.SiretEcarte():
            return f"L’établissement que donne ProConnect (SIRET {event.siret}) n’est pas son employeur."
        case emploi.EmploiDeclare():
            return f"Emploi {_emploi(event)}"
        case emploi.EmploiCorrige():
            return f"Emploi corrigé, {_emploi(event)}"
        case emploi.FinDeContratApprochee():
            return f"Fin de contrat annoncée : le {en_lettres(event.fin)}, {event.seuil.libelle.lower()}."
        case emploi.EmploiCommence():
            return f"Premier jour d’un emploi : {en_lettres(event.debut)}."
        case emploi.ContratTermine():
            return f"Emploi terminé le {en_lettres(event.fin)} ({event.motif.libelle.lower()})."
        case emploi.EmploiEfface():
            return "Emploi effacé avec le compte."
        case fiche.CompetencesDeclarees():
            dites = ", ".join(c.libelle for c in event.competences) or "aucune"
            return f"Compétences déclarées : {dites}."
        case fiche.AccordDonne():
            return f"Accepte de montrer : {event.montrable.libelle.lower()}."
        case fiche.AccordRetire():
            return f"N’accepte plus de montrer : {event.montrable.libelle.lower()}."
        case reconnaissance.ReconnaissanceDemandee():
            return "Reconnaissance demandée comme conseiller numérique."
        case reconnaissance.FicheDuDispositifReprise():
            return f"Connu de la source du dispositif, fiche {event.dataspace_id}."
        case reconnaissance.DoublonSignale():
            return "La fiche du dispositif est déjà celle d’un autre compte."
        case reconnaissance.ConseillerNumeriqueReconnu():
            return f"Conseiller numérique depuis le {en_lettres(event.effet)}."
        case reconnaissance.ConseillerNumeriqueTermine():
            return f"Conseiller numérique jusqu’au {en_lettres(event.fin)}."
        case reconnaissance.CoordinateurDuDispositifReconnu():
            return "Coordinateur du dispositif."
        case reconnaissance.CoordinateurHorsDispositif():
            return "Coordinateur hors dispositif."
        case reconnaissance.EmploisRepris():
            return f"Contrats connus de la source du dispositif : {len(event.emplois)}."
        case reconnaissance.ReconnaissanceEffacee() | prise_de_poste.PriseDePosteEffacee():
            return "Ce que le dispositif savait est effacé avec le compte."
        case prise_de_poste.EtapeFranchie():
            qui = event.source.libelle.lower()
            return f"Prise de poste, « {event.etape.libelle} » : le {en_lettres(event.le)} ({qui})."
        case prise_de_poste.EtapeRetiree():
            return f"Prise de poste, « {event.etape.libelle} » : retiré."
        case client.ClientCree():
            return f"Client de machine « {event.nom} » créé."
        case client.DroitsDuClientChanges():
            return "Droits du client de machine changés."
        case client.SecretEmis():
            return "Secret donné au client de machine."
        case client.SecretRetire():
            return "Secret du client de machine retiré."
        case client.ClesDuClientEnregistrees():
            return "Clés du client de machine enregistrées."
        case client.ClientSuspendu():
            return f"Client de machine suspendu : {event.motif.libelle.lower()}."
        case client.ClientRepris():
            return "Suspension du client de machine levée."
        case session.SessionOuverte():
            if event.usurpateur is not None:
                return "Session ouverte pour voir la plateforme comme cette personne."
            niveau = f", niveau {event.acr}" if event.acr else ""
            return f"Connexion{niveau}."
        case session.SessionRevoquee():
            return f"Session fermée {_FERMEE[event.motif]}."
        case usurpation.UsurpationCommencee():
            return f"Compte vu par {nommer(event.usurpateur)}, 30 minutes au plus. {_raison(event)}"
        case usurpation.UsurpationTerminee():
            return f"Compte vu par {nommer(event.usurpateur)} : c’est fini."
        case acces.DroitDonne():
            return f"Droit donné par {nommer(event.par)} : {event.droit.libelle.lower()}. {_raison(event)}"
        case acces.DroitRetire():
            return f"Droit retiré par {nommer(event.par)} : {event.droit.libelle.lower()}. {_raison(event)}"
        case acces.CompteSuspendu():
            return f"Compte suspendu par {nommer(event.par)}. {_raison(event)}"
        case acces.SuspensionLevee():
            return f"Suspension levée par {nommer(event.par)}. {_raison(event)}"
        case intervention.InterventionFaite():
            return f"{event.geste.libelle} par {nommer(event.par)}. {_raison(event)}"
        case annonce.AnnoncePubliee():
            return f"Annonce publiée : {event.texte}"
        case annonce.AnnonceRetiree():
            return "Annonce retirée."
        case maintenance.MaintenanceCommencee():
            return f"Maintenance commencée : {event.message}"
        case maintenance.MaintenanceTerminee():
            return "Maintenance terminée."
        case _:
            assert_never(event)


def auteur(event: Event) -> CompteId | None:
    """Le compte que la phrase nomme, s'il y en a un."""
    match event:
        case acces.DroitDonne() | acces.DroitRetire() | acces.CompteSuspendu() | acces.SuspensionLevee():
            return event.par
        case rapprochement.RapprochementAtteste() | rapprochement.RapprochementEcarte():
            return event.par
        case rapprochement.RapprochementAnnule():
            return event.par
        case intervention.InterventionFaite() | demandes.RectificationTraitee():
            return event.par
        case usurpation.UsurpationCommencee() | usurpation.UsurpationTerminee():
            return event.usurpateur
        case _:
            return None


def _repris(event: compte.IdentitePersonneModifiee) -> str:
    valeurs = ((_CHAMPS[champ], getattr(event, champ.value)) for champ in event.champs)
    return ", ".join(f"{nom} {valeur or 'retiré'}" for nom, valeur in valeurs)


def _roles(event: compte.RolesApportes | compte.RolesRendus) -> str:
    dits = ((Role.MEDIATEUR, event.mediateur_id), (Role.COORDINATEUR, event.coordinateur_id))
    return " et ".join(role.libelle.lower() for role, identifiant in dits if identifiant is not None)


def _emploi(event: emploi.EmploiDeclare | emploi.EmploiCorrige) -> str:
    fin = f", fin prévue le {en_lettres(event.fin_prevue)}" if event.fin_prevue else ""
    structure = f"{event.nom_structure} (SIRET {event.siret})"
    return f"{event.source.libelle.lower()} : {structure}, à partir du {en_lettres(event.debut)}{fin}."


def _raison(event: acces.Event | usurpation.UsurpationCommencee | intervention.InterventionFaite) -> str:
    return f"Raison : {event.raison}"
