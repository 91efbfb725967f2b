"""L'histoire d'un compte : chaque fait en une phrase, et pas un de moins (pyright nomme l'oublié)."""

from collections.abc import Callable
from typing import assert_never

from referentiels.dates import en_lettres

from identity.domain import acces, compte, emploi, preuve, session
from identity.domain.evenements import Event
from identity.domain.vocabulaire import CompteId, MotifRevocation

type Nommer = Callable[[CompteId | None], str]
"""Qui a agi, comme le lecteur a le droit de le lire. None : l'exploitant de la plateforme."""

_CHAMPS = {
    compte.Champ.PRENOM: "prénom",
    compte.Champ.NOM: "nom",
    compte.Champ.COURRIEL: "courriel",
    compte.Champ.TELEPHONE: "téléphone",
    compte.Champ.SIRET: "SIRET",
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
}


def phrase(event: Event, nommer: Nommer) -> str:
    """Ce qui s'est passé, pour qui a le droit de lire les données de cette personne."""
    match event:
        case compte.CompteOuvert():
            return f"Compte ouvert : {event.prenom} {event.nom}, {event.courriel}."
        case compte.IdentiteLiee():
            return f"Identité ProConnect liée (émetteur {event.emetteur})."
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
        case compte.CguAcceptees():
            return f"Conditions d’utilisation acceptées, version {event.version}."
        case compte.RoleChoisi():
            return f"Rôle choisi : {event.role.libelle.lower()}."
        case compte.CompteEfface():
            return "Compte effacé : ses données personnelles sont détruites."
        case emploi.EmploiDeclare():
            fin = f", fin prévue le {en_lettres(event.fin_prevue)}" if event.fin_prevue else ""
            return (
                f"Emploi déclaré : {event.nom_structure} (SIRET {event.siret}), à partir du "
                f"{en_lettres(event.debut)}{fin}."
            )
        case emploi.EmploiCommence():
            return f"Premier jour d’un emploi : {en_lettres(event.debut)}."
        case emploi.ContratTermine():
            return f"Emploi terminé le {en_lettres(event.fin)} ({event.motif.libelle.lower()})."
        case emploi.EmploiEfface():
            return "Emploi effacé avec le compte."
        case session.SessionOuverte():
            niveau = f", niveau {event.acr}" if event.acr else ""
            return f"Connexion{niveau}."
        case session.SessionRevoquee():
            return f"Session fermée {_FERMEE[event.motif]}."
        case acces.DroitDonne():
            return f"Droit donné par {nommer(event.par)} : {event.droit.libelle.lower()}. {_raison(event)}"
        case acces.DroitRetire():
            return f"Droit retiré par {nommer(event.par)} : {event.droit.libelle.lower()}. {_raison(event)}"
        case acces.CompteSuspendu():
            return f"Compte suspendu par {nommer(event.par)}. {_raison(event)}"
        case acces.SuspensionLevee():
            return f"Suspension levée par {nommer(event.par)}. {_raison(event)}"
        case _:
            assert_never(event)


def auteur(event: Event) -> CompteId | None:
    """Le compte que la phrase nomme, s'il y en a un."""
    match event:
        case acces.DroitDonne() | acces.DroitRetire() | acces.CompteSuspendu() | acces.SuspensionLevee():
            return event.par
        case _:
            return None


def _repris(event: compte.IdentitePersonneModifiee) -> str:
    valeurs = ((_CHAMPS[champ], getattr(event, champ.value)) for champ in event.champs)
    return ", ".join(f"{nom} {valeur or 'retiré'}" for nom, valeur in valeurs)


def _raison(event: acces.Event) -> str:
    return f"Raison : {event.raison}"
