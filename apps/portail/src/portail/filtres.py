"""Les filtres des activités, listées ou comptées : dans l'adresse, et nulle part ailleurs."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, ClassVar, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query
from pydantic import StringConstraints
from web.limits import VALUES_MAX

from portail.affichage import jour_ecrit
from portail.annuaire import DEPARTEMENTS
from portail.passerelle import Passerelle, Refus
from portail.suivis import nom, nommes

TRIS = {"recentes": "Les plus récentes d’abord", "anciennes": "Les plus anciennes d’abord"}
TRIS_DU_TABLEAU = {
    "longues": "Les plus longues d’abord (tableau)",
    "courtes": "Les plus courtes d’abord (tableau)",
    "ateliers": "Les ateliers d’abord (tableau)",
    "individuels": "Les individuels d’abord (tableau)",
    "lieux": "Par lieu, de A à Z (tableau)",
    "lieux_inverse": "Par lieu, de Z à A (tableau)",
}
"""Les autres : un jour, une semaine ne se lisent que dans l'ordre des dates."""
_COLONNES = {
    "Jour": ("anciennes", "recentes"),
    "Activité": ("ateliers", "individuels"),
    "Où": ("lieux", "lieux_inverse"),
    "Durée": ("courtes", "longues"),
}
"""Celles qui trient : ce qui la range en montant, et en descendant."""
VUES = {"jour": "Par jour", "semaine": "Par semaine", "tableau": "Tableau"}
DISPOSITIF = {"1": "Comme conseiller numérique", "0": "Hors du dispositif Conseiller numérique"}
DEMARCHES = {"1": "Avec une démarche administrative", "0": "Sans démarche administrative"}
RDV = {"1": "Sur rendez-vous", "0": "Sans rendez-vous"}
SOURCES = {"v1": "Espace Coop (V1)", "v2": "La Coop de la médiation numérique"}
_PROPOSES = 50
UNE_A_UNE_MAX = 10
"""Communes écrites, personnes à nommer : chacune se demande à l'API, toutes en même temps."""
_COMMUNES_LUES = 50
"""Tout ce que l'API en donne à la fois : aucun code postal n'en a autant."""
_PARAMETRES = {
    "du": "Premier jour",
    "au": "Dernier jour",
    "types": "Type",
    "thematiques": "Sujets",
    "types_lieu": "Où",
    "materiels": "Matériel",
    "lieux": "Lieux",
    "communes": "Communes",
    "departements": "Départements",
    "tags": "Étiquettes",
    "mediateurs": "Membres",
    "beneficiaires": "Personnes suivies",
    "structures_employeuses": "Employeurs",
}
"""Ce que l'API nomme, comme la page le nomme ; du reste, la page n'envoie que ce qu'elle propose."""
Plusieurs = Annotated[
    list[Annotated[str, StringConstraints(max_length=60)]] | None, Query(max_length=VALUES_MAX)
]
"""Les valeurs d'un filtre : son nom, répété dans l'adresse."""


def valeurs(lues: Iterable[str] | None) -> tuple[str, ...]:
    """Chacune une fois ; vide, rien n'est choisi."""
    return tuple(dict.fromkeys(lue for lue in lues or () if lue))


def identifiants(lus: Iterable[str] | None) -> tuple[str, ...]:
    """De même, sans ce qui n'est pas un UUID."""
    return valeurs(_identifiant(lu) for lu in lus or ())


def _identifiant(lu: str) -> str:
    try:
        return str(UUID(lu))
    except ValueError:
        return ""


def ecrites(communes: str) -> tuple[str, ...]:
    """Chacune de celles qu'un champ sépare par des virgules."""
    return valeurs(une.strip() for une in communes.replace(";", ",").split(","))


def connu(valeur: str, choix: Collection[str]) -> str:
    """D'un filtre à une valeur ; vide, si la page ne la propose pas."""
    return valeur if valeur in choix else ""


def reproches(refus: Refus) -> str:
    """Ce que l'API refuse, et de quel filtre."""
    return " ".join(
        f"{_PARAMETRES[ou]} : {dit[:1].lower()}{dit[1:]}" if ou in _PARAMETRES else dit
        for ou, dit in refus.fautes().items()
    )


def une_a_une(champ: str, choisies: str | tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
    """Chaque valeur d'un filtre, et ce qu'il en reste sans elle."""
    if isinstance(choisies, str):
        dites = ecrites(choisies) if champ == "commune" else valeurs([choisies])
        return {une: ", ".join(autre for autre in dites if autre != une) for une in dites}
    return {une: tuple(autre for autre in choisies if autre != une) for une in choisies}


class Dit(NamedTuple):
    """Comment se dit un filtre. mots : par valeur.   defaut : d'une valeur sans mots.   filtre : vide quand
    les mots suffisent."""

    filtre: str
    mots: Mapping[str, str]
    defaut: str = ""


class Actif(NamedTuple):
    """Une valeur choisie. sans : l'adresse de la page sans elle."""

    mots: str
    sans: str
    filtre: str = ""


def retirables(
    choisis: object, dits: Mapping[str, Dit], sans: Callable[[str, str | tuple[str, ...]], str]
) -> list[Actif]:
    """Chaque valeur choisie. dits : par champ.   sans : l'adresse de la page, d'un champ et de ce qu'il en
    reste."""
    return [
        Actif(dit.mots.get(une) or dit.defaut or une, sans(champ, reste), dit.filtre)
        for champ, dit in dits.items()
        for une, reste in une_a_une(champ, getattr(choisis, champ)).items()
    ]


def en_phrase(actifs: Iterable[Actif]) -> str:
    """« Sujet : E-mail ou Bureautique ; lieu : Antenne » : une valeur suffit, de chaque filtre."""
    par_filtre: dict[str, list[str]] = {}
    for un in actifs:
        par_filtre.setdefault(un.filtre or un.mots, []).append(un.mots)
    dits = [
        mots[0] if filtre == mots[0] else f"{filtre} : {' ou '.join(mots)}"
        for filtre, mots in par_filtre.items()
    ]
    return " ; ".join(dit[:1].lower() + dit[1:] if rang else dit for rang, dit in enumerate(dits))


@dataclass(frozen=True, slots=True)
class Proposes:
    """Ce qu'un filtre propose : identifiant -> nom. Une partie qui ne répond pas ne propose rien."""

    lieux: Mapping[str, str] = field(default_factory=dict[str, str])
    etiquettes: Mapping[str, str] = field(default_factory=dict[str, str])
    beneficiaires: Mapping[str, str] = field(default_factory=dict[str, str])
    employeurs: Mapping[str, str] = field(default_factory=dict[str, str])
    etats: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Tri:
    """Ce qu'un titre de colonne propose. vers : le tableau rangé ainsi.   mots : comment.   ordre :
    `aria-sort` ; vide, le tableau est rangé par une autre colonne."""

    vers: str
    mots: str
    ordre: str


@dataclass(frozen=True, slots=True)
class Filtres:
    """Ce que la personne a choisi ; vide, tout. sujet, departement : codes.   lieu, tag, beneficiaire,
    employeur : identifiants.   commune : l'écrit, séparé par des virgules.   dispositif, demarches, rdv :
    1, 0.   source : v1, v2.   rdvs : états des rendez-vous mêlés à la liste ; vide, ceux qui restent à
    rendre."""

    PAGE: ClassVar[str] = "/espace/activites"
    TYPES: ClassVar[Mapping[str, str]] = {"individuel": "Individuels", "collectif": "Ateliers"}

    du: str = ""
    au: str = ""
    types: tuple[str, ...] = ()
    sujet: tuple[str, ...] = ()
    lieu: tuple[str, ...] = ()
    commune: str = ""
    tag: tuple[str, ...] = ()
    departement: tuple[str, ...] = ()
    beneficiaire: tuple[str, ...] = ()
    employeur: tuple[str, ...] = ()
    dispositif: str = ""
    demarches: str = ""
    source: str = ""
    rdv: str = ""
    rdvs: tuple[str, ...] = ()

    @property
    def choisis(self) -> bool:
        return self != type(self)()

    @property
    def autres(self) -> bool:
        """L'un de ceux qui sont sous « Autres filtres »."""
        return replace(self, du="", au="", types=()).choisis

    @property
    def avec_les_rdv(self) -> bool:
        """La liste par jour y mêle des rendez-vous : d'eux, on ne sait que leur jour et leur état. Un autre
        choix les écarte, sauf « Sur rendez-vous » quand des états sont choisis."""
        reste = replace(self, du="", au="")
        return (replace(reste, rdv="", rdvs=()) if self.rdvs else reste) == type(self)()

    def pour_l_api(self, communes: Sequence[str]) -> dict[str, Any]:
        """Les paramètres de la liste et de l'export. communes : codes de celles qui sont écrites."""
        return {
            "du": self.du,
            "au": self.au,
            "types": list(self.types),
            "thematiques": list(self.sujet),
            "lieux": list(self.lieu),
            "communes": list(communes),
            "tags": list(self.tag),
            "departements": list(self.departement),
            "beneficiaires": list(self.beneficiaire),
            "structures_employeuses": list(self.employeur),
            "conseiller_numerique": self.dispositif,
            "demarches_administratives": self.demarches,
            "source": self.source,
            "rdv": self.rdv,
        }

    def export(self, communes: Sequence[str], **autres: str | None) -> str:
        choisis = self.pour_l_api(communes) | autres
        return urlencode([(nom, v) for nom, v in choisis.items() if v], doseq=True)

    def adresse(self, **suite: str | None) -> str:
        """De la page qui les montre."""
        choisis = [(f.name, v) for f in fields(self) if (v := getattr(self, f.name))]
        choisis += [(un, v) for un, v in suite.items() if v]
        return f"{self.PAGE}?{urlencode(choisis, doseq=True)}" if choisis else self.PAGE

    def tries(self, tri: str) -> dict[str, "Tri"]:
        """Les colonnes qui trient le tableau, par leur titre. tri : le sien, maintenant."""
        trouves: dict[str, Tri] = {}
        for titre, (montant, descendant) in _COLONNES.items():
            # Dates and durations are asked for the greatest first.
            d_abord = descendant if titre in ("Jour", "Durée") else montant
            suivant = {montant: descendant, descendant: montant}.get(tri, d_abord)
            ordre = {montant: "ascending", descendant: "descending"}.get(tri, "")
            mots = (TRIS | TRIS_DU_TABLEAU)[suivant].removesuffix(" (tableau)")
            vers = self.adresse(vue="tableau", tri="" if suivant == "recentes" else suivant)
            trouves[titre] = Tri(f"{vers}#resultats", mots[0].lower() + mots[1:], ordre)
        return trouves

    def actifs(self, sujets: Mapping[str, str], proposes: Proposes, **suite: str) -> list[Actif]:
        """Chacun par ses mots, et l'adresse de la page sans lui."""
        dits = {
            "du": Dit("", {self.du: f"Depuis le {jour_ecrit(self.du)}"}),
            "au": Dit("", {self.au: f"Jusqu’au {jour_ecrit(self.au)}"}),
            "types": Dit("Type", self.TYPES),
            "sujet": Dit("Sujet", sujets),
            "lieu": Dit("Lieu", proposes.lieux, "Un lieu"),
            "commune": Dit("Commune", {}),
            "tag": Dit("Étiquette", proposes.etiquettes, "Une étiquette"),
            "departement": Dit("Département", DEPARTEMENTS),
            "beneficiaire": Dit("Bénéficiaire", proposes.beneficiaires, "Un de mes bénéficiaires"),
            "employeur": Dit("Employeur", proposes.employeurs, "Un employeur"),
            "dispositif": Dit("", DISPOSITIF),
            "demarches": Dit("", DEMARCHES),
            "source": Dit("Saisies sur", SOURCES),
            "rdv": Dit("", RDV),
            "rdvs": Dit("", {etat: f"Rendez-vous : {nom}" for etat, nom in proposes.etats.items()}),
        }
        return retirables(self, dits, lambda champ, reste: replace(self, **{champ: reste}).adresse(**suite))


async def proposes(
    api: Passerelle, filtres: Filtres, habitudes: Mapping[str, Any] | None, *, entiers: bool
) -> Proposes:
    """Ce que l'on peut choisir ; pour nommer un choix fait, cela seul. entiers : la page a ses filtres."""

    async def employeurs() -> dict[str, str]:
        lus = await api.lire_si_possible("/comptes/moi/emplois") if entiers or filtres.employeur else None
        return {str(e["structure_id"]): str(e["nom_structure"]) for e in lus} if lus else {}

    eux, ceux_ci = await asyncio.gather(
        siens_nommes(api, filtres.beneficiaire, entiers=entiers), employeurs()
    )
    lieux = {str(un["id"]): f"{un['nom']} · {un['commune']}" for un in (habitudes or {}).get("lieux", ())}
    etiquettes = {str(une["id"]): str(une["nom"]) for une in (habitudes or {}).get("etiquettes", ())}
    return Proposes(lieux, etiquettes, eux, ceux_ci)


async def siens_nommes(api: Passerelle, choisis: Sequence[str], *, entiers: bool) -> dict[str, str]:
    """Les derniers suivis, par leur nom, et ceux qui sont choisis. entiers : sinon, eux seuls."""
    lues = await api.lire_si_possible("/beneficiaires", tri="recents", limite=_PROPOSES) if entiers else None
    noms = nommes(lues["elements"]) if lues else {}
    absents = [un for un in choisis if un not in noms][:UNE_A_UNE_MAX]
    lus = await asyncio.gather(*(api.lire_si_possible(f"/beneficiaires/{un}") for un in absents))
    return noms | {un: nom(lu) for un, lu in zip(absents, lus, strict=True) if lu}


def sujets_groupes(termes: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, dict[str, str]]:
    """Libellé par code, des deux listes de thématiques. termes : les nomenclatures de l'API."""
    administratives = {t["code"] for t in termes["thematiques_administratives"]}
    groupes: dict[str, dict[str, str]] = {"Médiation numérique": {}, "Démarches administratives": {}}
    numeriques, demarches = groupes.values()
    for t in termes["thematiques"]:
        (demarches if t["code"] in administratives else numeriques)[t["code"]] = t["libelle"]
    return groupes


class FiltresDeCoordination(Filtres):
    """Les mêmes, d'une liste d'activités de coordination : une période et des types."""

    PAGE: ClassVar[str] = "/espace/coordinations"
    TYPES: ClassVar[Mapping[str, str]] = {
        "animation": "Animations",
        "evenement": "Évènements",
        "partenariat": "Partenariats",
    }


class FiltresDuBilan(FiltresDeCoordination):
    """Les mêmes, de ces activités comptées."""

    PAGE: ClassVar[str] = "/espace/statistiques/coordination"


@dataclass(frozen=True, slots=True)
class CommunesLues:
    """codes : INSEE de ce qui est écrit.   faute : ce qu'il faut dire, à la place de résultats ; ou rien."""

    codes: tuple[str, ...] = ()
    faute: str = ""


async def plusieurs_communes(api: Passerelle, ecrit: str) -> CommunesLues:
    """Ce que désignent toutes celles d'un champ."""
    dites = ecrites(ecrit)
    if len(dites) > UNE_A_UNE_MAX:
        return CommunesLues(faute=f"Au plus {UNE_A_UNE_MAX} communes à la fois : retirez-en.")
    lues = await asyncio.gather(*(communes_lues(api, une) for une in dites))
    if fautes := [une.faute for une in lues if une.faute]:
        return CommunesLues(faute=" ".join(fautes))
    return CommunesLues(valeurs(code for une in lues for code in une.codes))


async def communes_lues(api: Passerelle, ecrit: str) -> CommunesLues:
    """Ce que désigne un nom, « Lyon (69003) », un code INSEE, ou un code postal et toutes ses communes."""
    cherche, _, postal = ecrit.strip().removesuffix(")").partition(" (")
    if not cherche:
        return CommunesLues()
    trouvees = (await api.lire("/carte/communes", q=ecrit.strip(), limite=_COMMUNES_LUES)).corps["elements"]
    exactes = [
        c
        for c in trouvees
        if cherche in (c["code_insee"], c["code_postal"])
        or (cherche.casefold() == c["nom"].casefold() and postal in ("", c["code_postal"]))
    ]
    retenues = exactes or trouvees
    if cherche.isdecimal() and len(trouvees) >= _COMMUNES_LUES:
        faute = f"Trop de communes répondent à « {cherche} » : écrivez le code postal entier, ou leurs noms."
        return CommunesLues(faute=faute)
    if len(retenues) > 1 and not cherche.isdecimal():
        return CommunesLues(faute=f"Plusieurs communes répondent à « {cherche} » : ajoutez le code postal.")
    if not retenues:
        return CommunesLues(faute=f"Aucune commune ne répond à « {cherche} ».")
    return CommunesLues(tuple(c["code_insee"] for c in retenues))
