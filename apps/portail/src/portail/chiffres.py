"""La question que pose une page de statistiques : dans son adresse, et nulle part ailleurs."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlencode

from portail.affichage import jour_ecrit, jours, pluriel
from portail.annuaire import DEPARTEMENTS
from portail.filtres import Actif, Dit, connu, identifiants, retirables, valeurs

PERIODES = {"30j": "30 jours", "12m": "12 mois", "annee": "Cette année", "libre": "Autre période"}
DISPOSITIF = {"": "Tout", "1": "Conseiller numérique", "0": "Hors dispositif"}
COMPARER = ("", "precedente", "annee_precedente")
PAS = ("", "jour", "semaine", "mois", "trimestre", "annee")
DEPUIS = ("", "toujours")
DEMARCHES = {"": "Toutes", "1": "Des démarches administratives", "0": "Pas de démarche"}
SOURCES = ("", "v1", "v2")
STATUT_AU = ("", "aujourd_hui")
PROPOSES = 100
"""Ce que l'API propose de chaque liste, au plus."""
RDV = {"": "Toutes", "1": "Sur rendez-vous", "0": "Sans rendez-vous"}
_CODES = {
    "types": "type",
    "thematiques": "thematiques",
    "types_lieu": "type_lieu",
    "materiels": "materiels",
}
_COMPTES = {
    "communes": ("commune", "communes"),
    "lieux": ("lieu d’activité", "lieux d’activité"),
    "structures_employeuses": ("employeur", "employeurs"),
    "tags": ("étiquette", "étiquettes"),
    "mediateurs": ("médiateur", "médiateurs"),
}
_OUI_NON = {"conseiller_numerique": DISPOSITIF, "demarches_administratives": DEMARCHES, "rdv": RDV}
_SEULS: Mapping[str, Callable[[str], str]] = {
    "conseiller_numerique_au": lambda lu: f"Conseiller numérique : {lu.lower()}",
    "source": lambda lu: f"Saisies sur {lu}",
    "depuis": lambda lu: lu,
}
_IDENTIFIANTS = ("lieu", "employeur", "tag", "membre", "beneficiaire")
_TRIMESTRE = dt.timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Question:
    """Ce que la personne a choisi ; vide, tout. D'un filtre à une valeur, celles que la page ne propose pas
    ne la quittent pas ; d'un filtre à plusieurs, l'API les refuse, et la page dit lequel.

    sujet, canal, materiel, departement : codes.   lieu, employeur, tag, membre, beneficiaire : identifiants.
    insee : codes de communes.   commune : l'écrit, séparé par des virgules.
    conseiller_numerique_au : quel jour en décide, quand cela choisit.
    """

    periode: str = "12m"
    du: str = ""
    au: str = ""
    types: tuple[str, ...] = ()
    conseiller_numerique: str = ""
    conseiller_numerique_au: str = ""
    sujet: tuple[str, ...] = ()
    canal: tuple[str, ...] = ()
    materiel: tuple[str, ...] = ()
    demarches: str = ""
    rdv: str = ""
    lieu: tuple[str, ...] = ()
    employeur: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    membre: tuple[str, ...] = ()
    beneficiaire: tuple[str, ...] = ()
    source: str = ""
    insee: tuple[str, ...] = ()
    commune: str = ""
    departement: tuple[str, ...] = ()
    depuis: str = ""
    pas: str = ""
    comparer: str = ""

    def propre(self) -> "Question":
        """Sans ce que la page ne propose pas, ni les dates d'une période qui n'en a pas besoin."""
        libre = self.periode == "libre"
        return replace(
            self,
            periode=self.periode if self.periode in PERIODES else "12m",
            du=self.du if libre else "",
            au=self.au if libre else "",
            conseiller_numerique=(dispositif := connu(self.conseiller_numerique, DISPOSITIF)),
            conseiller_numerique_au=dispositif and connu(self.conseiller_numerique_au, STATUT_AU),
            source=connu(self.source, SOURCES),
            demarches=connu(self.demarches, DEMARCHES),
            rdv=connu(self.rdv, RDV),
            **{nom: identifiants(getattr(self, nom)) for nom in _IDENTIFIANTS},
            **{nom: valeurs(getattr(self, nom)) for nom in ("types", "sujet", "canal", "materiel", "insee")},
            depuis=connu(self.depuis, DEPUIS),
            pas=connu(self.pas, PAS),
            comparer=connu(self.comparer, COMPARER),
            commune=self.commune.strip(),
            departement=valeurs(un.strip().upper() for un in self.departement),
        )

    def bornes(self, aujourd_hui: dt.date) -> tuple[str, str]:
        """Premier et dernier jour de la période choisie."""
        match self.periode:
            case "30j":
                debut = aujourd_hui - dt.timedelta(days=29)
            case "annee":
                debut = aujourd_hui.replace(month=1, day=1)
            case "libre":
                return self.du, self.au or aujourd_hui.isoformat()
            case _:
                rang = aujourd_hui.year * 12 + aujourd_hui.month - 1 - 11
                debut = dt.date(rang // 12, rang % 12 + 1, 1)
        return debut.isoformat(), aujourd_hui.isoformat()

    def pour_l_api(
        self, aujourd_hui: dt.date, communes: Sequence[str], *, equipe: str = "", membre: str = ""
    ) -> dict[str, Any]:
        """Les paramètres des chiffres, de leur export et de leur partage. communes : codes de l'écrit.

        equipe, membre : ceux de la page ; vide, tous ceux que l'on voit, ou celui que l'on a choisi.
        """
        debut, fin = self.bornes(aujourd_hui)
        return {
            "du": debut,
            # Up to now, said by no date: it is already tomorrow for who works in Nouméa.
            "au": fin if self.periode == "libre" or self.comparer else "",
            "types": list(self.types),
            "conseiller_numerique": self.conseiller_numerique,
            "conseiller_numerique_au": self.conseiller_numerique_au,
            "demarches_administratives": self.demarches,
            "rdv": self.rdv,
            "thematiques": list(self.sujet),
            "types_lieu": list(self.canal),
            "materiels": list(self.materiel),
            "lieux": list(self.lieu),
            "structures_employeuses": list(self.employeur),
            "tags": list(self.tag),
            "beneficiaires": list(self.beneficiaire),
            "source": self.source,
            "communes": [*self.insee, *communes],
            "departements": list(self.departement),
            "depuis": self.depuis,
            "pas": self.pas or pas_de(debut, fin),
            "comparer": self.comparer,
            "equipe": equipe,
            "mediateurs": [membre] if membre else list(self.membre),
        }

    def adresse(self, page: str, **autres: str) -> str:
        """De la page qui la montre. page : son chemin."""
        return f"{page}?{urlencode([*self.choisis(), *autres.items()])}"

    def choisis(self) -> list[tuple[str, str]]:
        """Ce qui n'est pas le défaut, et la période, pour une adresse ou des champs cachés."""
        defaut = type(self)()
        lus: list[tuple[str, str]] = []
        for champ in fields(self):
            valeur = getattr(self, champ.name)
            if valeur != getattr(defaut, champ.name) or champ.name == "periode":
                lus += [(champ.name, v) for v in ([valeur] if isinstance(valeur, str) else valeur)]
        return lus

    def actifs(self, noms: "Noms", page: str) -> list[Actif]:
        """Chaque filtre du repli par ses mots, et l'adresse de la page sans lui."""
        choix = noms.choix
        dits = {
            "conseiller_numerique_au": Dit("", _dites(noms.statut_au, "conseiller_numerique_au")),
            "sujet": Dit("Sujet", noms.sujets),
            "canal": Dit("Où", noms.canaux),
            "materiel": Dit("Matériel", noms.materiels),
            "demarches": Dit("", DEMARCHES),
            "rdv": Dit("", RDV),
            "lieu": Dit("Lieu", choix.lieux, "Un lieu"),
            "employeur": Dit("Employeur", choix.employeurs, "Un employeur"),
            "tag": Dit("Étiquette", choix.etiquettes, "Une étiquette"),
            "membre": Dit("Membre", choix.membres, "Un membre"),
            "beneficiaire": Dit("Personne suivie", choix.beneficiaires, "Une des personnes suivies"),
            "source": Dit("", _dites(noms.sources, "source")),
            "insee": Dit("Commune", choix.communes, "Une commune"),
            "commune": Dit("Commune", {}),
            "departement": Dit("Département", DEPARTEMENTS),
            "depuis": Dit("", noms.depuis),
        }
        return retirables(self, dits, lambda champ, reste: replace(self, **{champ: reste}).adresse(page))

    def en_mots(self, aujourd_hui: dt.date) -> str:
        """La période, pour un titre ou un partage."""
        debut, fin = self.bornes(aujourd_hui)
        return jours(debut, fin).capitalize() if debut else f"Jusqu’au {jour_ecrit(fin)}"


@dataclass(frozen=True, slots=True)
class Choix:
    """Ce que les filtres proposent : identifiant ou code -> nom ; ce qui ne se nomme pas ne se propose pas.

    beneficiaires : les siens, que lui seul connaît.   v1 : il y en a.
    premier, dernier : jours où il y a des activités ; vides sans elles, ou sans réponse.
    """

    lieux: Mapping[str, str] = field(default_factory=dict[str, str])
    employeurs: Mapping[str, str] = field(default_factory=dict[str, str])
    departements: Mapping[str, str] = field(default_factory=dict[str, str])
    communes: Mapping[str, str] = field(default_factory=dict[str, str])
    etiquettes: Mapping[str, str] = field(default_factory=dict[str, str])
    membres: Mapping[str, str] = field(default_factory=dict[str, str])
    beneficiaires: Mapping[str, str] = field(default_factory=dict[str, str])
    v1: bool = False
    premier: str = ""
    dernier: str = ""


def choix_lus(lus: Mapping[str, Any] | None, beneficiaires: Mapping[str, str]) -> Choix:
    """lus : /statistiques/choix ; None quand rien ne répond."""
    if lus is None:
        return Choix(beneficiaires=beneficiaires)
    lieux = {un["lieu_id"]: " · ".join(m for m in (un["nom"], un["commune"]) if m) for un in lus["lieux"]}
    membres = {m["mediateur_id"]: f"{m['prenom'] or ''} {m['nom'] or ''}".strip() for m in lus["mediateurs"]}
    return Choix(
        lieux={un: nom for un, nom in lieux.items() if nom},
        employeurs={
            un["structure_id"]: nom for un in lus["structures_employeuses"] if (nom := _employeur(un))
        },
        departements={un["code"]: f"{un['libelle']} ({un['code']})" for un in lus["departements"]},
        communes={un["code_insee"]: _ecrite(un["libelle"]) for un in lus["communes"]},
        etiquettes={une["tag_id"]: une["nom"] for une in lus["etiquettes"]},
        membres=dict(
            sorted(((un, nom) for un, nom in membres.items() if nom), key=lambda m: m[1].casefold())
        ),
        beneficiaires=beneficiaires,
        v1=lus["v1"],
        premier=lus["premier_jour"] or "",
        dernier=lus["dernier_jour"] or "",
    )


def _employeur(structure: Mapping[str, Any]) -> str:
    """Son nom, quand on l'a écrit soi-même ; de l'employeur d'un autre, son SIRET."""
    siret = structure["siret"] or ""
    return structure["nom"] or (siret and f"SIRET {siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}")


def _ecrite(libelle: str) -> str:
    """« Dijon · 21000 » comme un champ la lirait : « Dijon (21000) »."""
    nom, _, postal = libelle.partition(" · ")
    return f"{nom} ({postal})" if postal else nom


@dataclass(frozen=True, slots=True)
class Noms:
    """Ce que veulent dire les codes choisis. statut_au : quel jour décide de qui est conseiller numérique."""

    choix: Choix
    sujets: Mapping[str, str]
    canaux: Mapping[str, str]
    materiels: Mapping[str, str]
    depuis: Mapping[str, str]
    sources: Mapping[str, str]
    statut_au: Mapping[str, str]


def dits(
    filtres: Mapping[str, Any],
    termes: Mapping[str, Sequence[Mapping[str, str]]],
    equipes: Mapping[str, str] | None = None,
) -> list[str]:
    """Les filtres d'un lien, en mots. filtres : comme l'API les redit.   termes : ses nomenclatures.

    equipes : nom par identifiant, de celles que l'on peut nommer.   Ce qui désigne quelqu'un se compte.
    """
    mots: list[str] = []
    if equipe := filtres.get("equipe"):
        nom = (equipes or {}).get(equipe)
        mots.append(f"L’équipe « {nom} »" if nom else "Une équipe")
    for champ, codes in _CODES.items():
        mots += [t["libelle"] for t in termes[codes] if t["code"] in filtres.get(champ, ())]
    mots += [DEPARTEMENTS.get(code, f"Département {code}") for code in filtres.get("departements", ())]
    for champ, (un, des) in _COMPTES.items():
        if combien := filtres.get(champ):
            mots.append(pluriel(combien if isinstance(combien, int) else len(combien), un, des))
    for champ, choix in _OUI_NON.items():
        if champ in filtres:
            mots.append(choix["1" if filtres[champ] else "0"])
    for champ, dire in _SEULS.items():
        mots += [dire(t["libelle"]) for t in termes[champ] if t["code"] == filtres.get(champ)]
    return mots


def _dites(noms: Mapping[str, str], champ: str) -> dict[str, str]:
    """Ces mots, comme un filtre les dit."""
    return {code: _SEULS[champ](mots) for code, mots in noms.items()}


def pas_de(debut: str, fin: str) -> str:
    """Par semaine pour un trimestre au plus, par mois au-delà ou sans début."""
    try:
        jours = dt.date.fromisoformat(fin) - dt.date.fromisoformat(debut)
    except ValueError:
        return "mois"
    return "semaine" if jours <= _TRIMESTRE else "mois"
