"""Les filtres d'une liste d'activités : dans l'adresse, et nulle part ailleurs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from portail.affichage import jour_ecrit
from portail.annuaire import DEPARTEMENTS
from portail.passerelle import Passerelle
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
    employeur : identifiants.   commune : l'écrit.   dispositif, demarches, rdv : 1, 0.   source : v1, v2.
    rdvs : états des rendez-vous mêlés à la liste ; vide, ceux qui restent à rendre."""

    PAGE: ClassVar[str] = "/espace/activites"
    TYPES: ClassVar[Mapping[str, str]] = {"individuel": "Individuels", "collectif": "Ateliers"}

    du: str = ""
    au: str = ""
    types: tuple[str, ...] = ()
    sujet: str = ""
    lieu: str = ""
    commune: str = ""
    tag: str = ""
    departement: str = ""
    beneficiaire: str = ""
    employeur: str = ""
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
        """Les paramètres de la liste et de l'export. communes : codes de celle qui est écrite."""
        return {
            "du": self.du,
            "au": self.au,
            "types": list(self.types),
            "thematiques": self.sujet,
            "lieux": self.lieu,
            "communes": list(communes),
            "tags": self.tag,
            "departements": self.departement,
            "beneficiaires": self.beneficiaire,
            "structures_employeuses": self.employeur,
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

    def actifs(self, sujets: Mapping[str, str], proposes: Proposes, **suite: str) -> list[tuple[str, str]]:
        """Chacun par ses mots, et l'adresse de la page sans lui."""
        sans: list[tuple[str, Filtres]] = []
        if self.du:
            sans.append((f"Depuis le {jour_ecrit(self.du)}", replace(self, du="")))
        if self.au:
            sans.append((f"Jusqu’au {jour_ecrit(self.au)}", replace(self, au="")))
        for type_ in self.types:
            autres = tuple(t for t in self.types if t != type_)
            sans.append((self.TYPES.get(type_, type_), replace(self, types=autres)))
        seuls: dict[str, tuple[Mapping[str, str], str]] = {
            "sujet": (sujets, self.sujet),
            "lieu": (proposes.lieux, "Un lieu"),
            "commune": ({}, self.commune),
            "tag": (proposes.etiquettes, "Une étiquette"),
            "departement": (DEPARTEMENTS, self.departement),
            "beneficiaire": (proposes.beneficiaires, "Un de mes bénéficiaires"),
            "employeur": (proposes.employeurs, "Un employeur"),
            "dispositif": (DISPOSITIF, self.dispositif),
            "demarches": (DEMARCHES, self.demarches),
            "source": (SOURCES, self.source),
            "rdv": (RDV, self.rdv),
        }
        for champ, (mots, defaut) in seuls.items():
            if valeur := getattr(self, champ):
                sans.append((mots.get(valeur, defaut), replace(self, **{champ: ""})))
        for etat in self.rdvs:
            autres = tuple(e for e in self.rdvs if e != etat)
            sans.append((f"Rendez-vous : {proposes.etats.get(etat, etat)}", replace(self, rdvs=autres)))
        return [(mots, filtres.adresse(**suite)) for mots, filtres in sans]


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


async def siens_nommes(api: Passerelle, choisi: str, *, entiers: bool) -> dict[str, str]:
    """Les derniers suivis, par leur nom, et celui qui est choisi. entiers : sinon, lui seul."""
    lues = await api.lire_si_possible("/beneficiaires", tri="recents", limite=_PROPOSES) if entiers else None
    noms = nommes(lues["elements"]) if lues else {}
    if choisi and choisi not in noms and (lue := await api.lire_si_possible(f"/beneficiaires/{choisi}")):
        noms[choisi] = nom(lue)
    return noms


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
    """codes : INSEE de ce qui est écrit.   faute : ce qu'il faut dire, ou rien."""

    codes: tuple[str, ...] = ()
    faute: str = ""


async def communes_lues(api: Passerelle, ecrit: str) -> CommunesLues:
    """Ce que désigne un nom, « Lyon (69003) », un code INSEE, ou un code postal et toutes ses communes."""
    cherche, _, postal = ecrit.strip().removesuffix(")").partition(" (")
    if not cherche:
        return CommunesLues()
    trouvees = (await api.lire("/carte/communes", q=ecrit.strip(), limite=20)).corps["elements"]
    exactes = [
        c
        for c in trouvees
        if cherche in (c["code_insee"], c["code_postal"])
        or (cherche.casefold() == c["nom"].casefold() and postal in ("", c["code_postal"]))
    ]
    retenues = exactes or trouvees
    if len(retenues) > 1 and not cherche.isdecimal():
        return CommunesLues(faute=f"Plusieurs communes répondent à « {cherche} » : ajoutez le code postal.")
    if not retenues:
        return CommunesLues(faute=f"Aucune commune ne répond à « {cherche} ».")
    return CommunesLues(tuple(c["code_insee"] for c in retenues))
