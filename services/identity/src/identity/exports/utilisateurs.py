"""Les comptes dans un tableau : ce que la liste de la gestion montre, une ligne chacun."""

import datetime as dt
from typing import Any

from referentiels import communes
from referentiels.territoires import departement_de
from tableurs import Export, Sortie

from identity.domain.gestion import PlaceAuDispositif, libelles_des_roles
from identity.domain.vocabulaire import Droit
from identity.projections import utilisateurs
from identity.projections.utilisateurs import Choix


def exporter(choix: Choix, maintenant: dt.datetime) -> Export:
    """choix : celui de la liste, dans le même ordre."""
    colonnes = (
        Sortie("Nom", lambda r: r.nom or None),
        Sortie("Prénom", lambda r: r.prenom or None),
        Sortie("Courriel", lambda r: r.courriel or None),
        Sortie("Rôles", lambda r: "\n".join(roles(r))),
        Sortie("Dispositif", lambda r: "\n".join(d.libelle for d in utilisateurs.dispositifs_de(r))),
        Sortie("État", lambda r: utilisateurs.etat_de(r, maintenant).libelle),
        Sortie("Employeur", lambda r: r.nom_structure),
        Sortie("SIRET", lambda r: r.siret),
        Sortie("Commune", lambda r: commune(r.code_insee)),
        Sortie("Département", lambda r: departement(r.code_insee)),
        Sortie("Compte ouvert le", lambda r: r.ouvert_le),
        Sortie("Inscription validée le", lambda r: r.inscrit_le),
        Sortie("Dernière connexion le", lambda r: r.connecte_le),
        Sortie("Dernier compte rendu saisi le", lambda r: r.derniere_saisie_le),
        Sortie("Identifiant", lambda r: r.compte_id),
    )
    select = utilisateurs.tous(choix, maintenant).order_by(*utilisateurs.ORDRE)
    return Export(colonnes, select, feuille="Utilisateurs")


def roles(row: Any) -> tuple[str, ...]:
    """Comment on nomme la personne d'une ligne de la liste."""
    return libelles_des_roles(
        droit=Droit(row.droit),
        coordinateur=row.coordinateur_id is not None,
        mediateur=row.mediateur_id is not None,
        conseiller=PlaceAuDispositif.CONSEILLER in utilisateurs.dispositifs_de(row),
    )


def commune(code_insee: str | None) -> str | None:
    """Son nom ; le code lui-même s'il n'est pas connu."""
    trouvee = communes.par_code(code_insee) if code_insee else None
    return trouvee.nom if trouvee else code_insee


def departement(code_insee: str | None) -> str | None:
    return departement_de(code_insee) if code_insee else None
