"""Les colonnes d'un fichier de bénéficiaires : celles de notre export, sous tous leurs noms."""

from collections.abc import Mapping

from referentiels.nomenclature import Nomenclature

from activites.imports.colonnes import attendu


class ChampDeFiche(Nomenclature):
    """Ce qu'une colonne peut donner d'un bénéficiaire. Libellés : les titres de notre export."""

    NOM = "nom", "Nom"
    PRENOM = "prenom", "Prénom"
    ANNEE = "annee_naissance", "Année de naissance", "Quatre chiffres : 1957."
    COMMUNE = "commune", "Nom de la commune", "Avec son code postal, ou son code INSEE."
    CODE_INSEE = "code_insee", "Code INSEE"
    CODE_POSTAL = "code_postal", "Code postal"
    TELEPHONE = "telephone", "N° de téléphone", "France ou Luxembourg."
    COURRIEL = "courriel", "E-mail"
    GENRE = "genre", "Genre", "Féminin, masculin ou non communiqué ; F, M ou N ; Mme ou M."
    STATUT = "statut_social", "Statut", "Retraité, sans emploi, en emploi ou scolarisé."
    ADRESSE = "adresse", "Adresse", "Numéro et rue ; il faut aussi la commune."
    NOTES = "notes", "Notes supplémentaires", "Ni santé ni mot de passe."


_AUTRES: Mapping[Nomenclature, tuple[str, ...]] = {
    ChampDeFiche.NOM: ("Nom de famille", "Nom du bénéficiaire", "Nom d’usage"),
    ChampDeFiche.PRENOM: ("Prénoms", "Prénom du bénéficiaire"),
    ChampDeFiche.ANNEE: ("Naissance", "Année", "Né en", "Né(e) en"),
    ChampDeFiche.COMMUNE: ("Commune", "Ville", "Commune de résidence"),
    ChampDeFiche.CODE_INSEE: ("INSEE", "Code commune"),
    ChampDeFiche.CODE_POSTAL: ("CP",),
    ChampDeFiche.TELEPHONE: ("Téléphone", "Numéro de téléphone", "Tél", "Portable", "Mobile"),
    ChampDeFiche.COURRIEL: ("Courriel", "Mail", "Adresse e-mail", "Email"),
    ChampDeFiche.GENRE: ("Sexe", "Civilité"),
    ChampDeFiche.STATUT: ("Statut social", "Situation", "Statut du bénéficiaire"),
    ChampDeFiche.ADRESSE: ("Adresse postale", "Rue"),
    ChampDeFiche.NOTES: ("Notes", "Commentaire", "Commentaires", "Observations", "Remarques"),
}
FICHES = attendu(ChampDeFiche, frozenset({ChampDeFiche.NOM, ChampDeFiche.PRENOM}), _AUTRES)
