"""Des fiches fusionnées, séparées, corrigées au hasard, et ce qu'elles disent, recompté des seuls faits."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args
from uuid import UUID

from activites.app import DESCRIPTION
from activites.domain import activite, beneficiaire
from activites.domain.activite import CorrigerActivite, EnregistrerActivite
from activites.domain.beneficiaire_commandes import (
    AccueillirDouble,
    AnnulerFusion,
    CorrigerFiche,
    EffacerBeneficiaire,
    EnregistrerBeneficiaire,
    FusionnerVers,
    SeparerDouble,
)
from activites.domain.beneficiaire_etat import Fusionne, Suivi
from activites.domain.beneficiaire_faits import (
    TEXTES,
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    ChampDeFiche,
    CoordonneesCorrigees,
    DoubleAccueilli,
    DoubleSepare,
    Fiche,
    FusionAnnulee,
    NomCorrige,
    NotesCorrigees,
    SituationCorrigee,
    TextesApportes,
)
from activites.domain.beneficiaire_regles import normaliser
from activites.domain.faits import ActiviteCorrigee, ActiviteEnregistree, Participants
from activites.domain.separation import sans_elle, suivi_de
from activites.domain.vocabulaire import ActiviteId, BeneficiaireId, Commune, Genre, StatutSocial
from events.decider import fold
from events.types import ERASED
from hypothesis import strategies as st

from .exemples import ATELIER, AUJOURD_HUI, DIJON, MEDIATHEQUE, MOI, MON_COMPTE, STRUCTURE

LYON = Commune("Lyon 1er Arrondissement", "69001", "69381")
QUI = [BeneficiaireId(UUID(int=0xB00 + n)) for n in range(5)]
QUAND = [ActiviteId(UUID(int=0xA00 + n)) for n in range(4)]
type Fait = Any
type Ecrit = tuple[BeneficiaireId, str, str]


@dataclass
class Cahier:
    """Les flux d'un médiateur. faits : tous, dans l'ordre.   heure : celle du geste, propre à chacun.

    ecrits : les textes qu'il a lui-même écrits, chacun dans quelle fiche.
    """

    faits: list[Fait] = field(default_factory=list[Fait])
    etats: dict[Any, Any] = field(default_factory=dict[Any, Any])
    ecrits: set[Ecrit] = field(default_factory=set[Ecrit])
    heure: dt.datetime = dt.datetime(2026, 7, 1, 8, tzinfo=dt.UTC)

    def _faire(self, de: Any, qui: UUID, commande: Any) -> None:
        etat = self.etats.get(qui, de.initial)
        for fait in de.decide(commande, etat):
            etat = de.evolve(etat, fait)
            self.faits.append(fait)
        self.etats[qui] = etat

    def _geste(self, un: BeneficiaireId, *, jour: bool = False) -> dict[str, Any]:
        geste = {"beneficiaire_id": un, "par": MOI, "maintenant": self.heure}
        return geste | ({"aujourd_hui": AUJOURD_HUI} if jour else {})

    def personnes(self) -> list[BeneficiaireId]:
        return [un for un in QUI if isinstance(self.etats.get(un), Suivi)]

    def doubles(self) -> list[BeneficiaireId]:
        return [un for un in QUI if isinstance(self.etats.get(un), Fusionne)]

    def personne(self, un: BeneficiaireId) -> BeneficiaireId:
        while isinstance(etat := self.etats[un], Fusionne):
            un = etat.vers
        return un

    def dit(self, un: BeneficiaireId) -> Fiche:
        suivi = suivi_de(self.etats[un])
        assert suivi is not None
        return suivi.derniere

    def suivre(self, un: BeneficiaireId, fiche: Fiche) -> None:
        self.heure += dt.timedelta(minutes=1)
        self._noter(un, fiche, TEXTES)
        commande = EnregistrerBeneficiaire(**self._geste(un, jour=True), fiche=fiche, compte_id=MON_COMPTE)
        self._faire(beneficiaire, un, commande)

    def ecrire(self, un: BeneficiaireId, **champs: Any) -> None:
        self.heure += dt.timedelta(minutes=1)
        fiche = replace(avant := self.dit(un), **champs)
        changes = [nom for nom in champs if getattr(fiche, nom) != getattr(avant, nom)]
        # In another town, it is another address.
        self._noter(un, fiche, [*changes, "adresse"] if "commune" in changes else changes)
        self._faire(beneficiaire, un, CorrigerFiche(**self._geste(un, jour=True), fiche=fiche))

    def _noter(self, un: BeneficiaireId, fiche: Fiche, champs: Iterable[str]) -> None:
        self.ecrits |= {(un, nom, str(getattr(fiche, nom))) for nom in champs}

    def effacer(self, un: BeneficiaireId) -> None:
        """Avec ses doubles ; ensuite, les états sont ceux que le journal permet encore de lire."""
        self.heure += dt.timedelta(minutes=1)
        sans = list(sans_elle(un, self.etats))
        for elle in sorted(Registre.de(self.faits).sous(un)):
            effacer = EffacerBeneficiaire(beneficiaire_id=elle, maintenant=self.heure)
            self._faire(beneficiaire, elle, effacer)
        for vers, doubles in sans:
            separer = SeparerDouble(**self._geste(vers), de=un, doubles=doubles)
            self._faire(beneficiaire, vers, separer)
        restes = relus(self.faits)
        for qui in QUI:
            siens = (f for f in restes if getattr(f, "beneficiaire_id", None) == qui)
            self.etats[qui] = fold(beneficiaire, siens)

    def fusionner(
        self,
        un: BeneficiaireId,
        vers: BeneficiaireId,
        *prendre: ChampDeFiche,
        laisser: Sequence[ChampDeFiche] = (),
    ) -> None:
        self.heure += dt.timedelta(minutes=1)
        source = suivi_de(self.etats[un])
        assert source is not None
        choix: dict[str, Any] = {"prendre": prendre, "laisser": tuple(laisser)}
        self._faire(beneficiaire, un, FusionnerVers(**self._geste(un), vers=vers, **choix))
        accueillir = AccueillirDouble(**self._geste(vers), de=un, source=source.dite, **choix)
        self._faire(beneficiaire, vers, accueillir)

    def separer(self, un: BeneficiaireId) -> None:
        self.heure += dt.timedelta(minutes=1)
        sans = list(sans_elle(un, self.etats))
        self._faire(beneficiaire, un, AnnulerFusion(**self._geste(un)))
        for vers, doubles in sans:
            separer = SeparerDouble(**self._geste(vers), de=un, doubles=doubles)
            self._faire(beneficiaire, vers, separer)

    def rendre_compte(self, quand: ActiviteId, suivis: Sequence[BeneficiaireId], jour: int) -> None:
        """Enregistre, ou corrige : qui y était se dit sous la personne que l'on voit aujourd'hui."""
        self.heure += dt.timedelta(minutes=1)
        contenu = replace(
            ATELIER,
            date=dt.date(2026, 6, jour),
            suivis=tuple(suivis),
            participants=Participants(0 if suivis else 1),
        )
        etat = self.etats.get(quand, activite.initial)
        communs: dict[str, Any] = {
            "activite_id": quand,
            "par": MOI,
            "compte_id": MON_COMPTE,
            "contenu": contenu,
            "emploi": STRUCTURE,
            "lieu": MEDIATHEQUE,
            "lieux_siens": frozenset({MEDIATHEQUE.lieu_id}),
            "suivis": frozenset(QUI),
            "aujourd_hui": AUJOURD_HUI,
            "maintenant": self.heure,
        }
        if isinstance(etat, activite.Active):
            personnes = {un: self.personne(un) for un in etat.derniere.suivis}
            self._faire(activite, quand, CorrigerActivite(**communs, personnes=personnes))
        else:
            self._faire(activite, quand, EnregistrerActivite(**communs))


@st.composite
def fiches(draw: st.DrawFn) -> Fiche:
    ou = draw(st.sampled_from([None, DIJON, LYON]))
    return normaliser(
        Fiche(
            prenom=f"P{draw(st.integers(1, 9))}",
            nom="Berger",
            telephone=draw(st.sampled_from([None, "+33411111111", "+33422222222"])),
            pas_de_telephone=draw(st.booleans()),
            courriel=draw(st.sampled_from([None, "a@exemple.fr", "b@exemple.fr"])),
            adresse=draw(st.sampled_from([None, "1 rue Neuve", "2 rue Haute"])) if ou else None,
            commune=ou,
            annee_naissance=draw(st.sampled_from([None, 1950, 2001])),
            genre=draw(st.sampled_from([None, *Genre])),
            statut_social=draw(st.sampled_from([None, *StatutSocial])),
            notes=draw(st.sampled_from([None, *(f"<p>{n}</p>" for n in range(6))])),
        )
    )


@st.composite
def cahiers(draw: st.DrawFn) -> Cahier:
    """Ce qu'un médiateur a pu faire de cinq fiches et de quatre ateliers."""
    cahier = Cahier()
    for un in QUI:
        cahier.suivre(un, draw(fiches()))
    for geste in draw(st.lists(st.sampled_from("fffssecc"), max_size=22)):
        seules, doubles = cahier.personnes(), cahier.doubles()
        match geste:
            case "f" if len(seules) > 1:
                un, vers = draw(st.permutations(seules))[:2]
                choisis = draw(st.lists(st.sampled_from(get_args(ChampDeFiche)), unique=True, max_size=6))
                combien = draw(st.integers(0, len(choisis)))
                laisses, double, fiche = choisis[combien:], cahier.dit(un), cahier.dit(vers)
                pris = prenables(double, fiche, choisis[:combien], laisses)
                cahier.fusionner(un, vers, *pris, laisser=laisses)
            case "s" if doubles:
                cahier.separer(draw(st.sampled_from(doubles)))
            case "e":
                un, autre = draw(st.sampled_from(seules)), draw(fiches())
                tus = draw(st.sets(st.sampled_from(_CHAMPS)))
                ecrits = {nom: getattr(cahier.dit(un) if nom in tus else autre, nom) for nom in _CHAMPS}
                if ecrits["commune"] or not ecrits["adresse"]:
                    cahier.ecrire(un, **ecrits)
            case "c":
                presents = draw(st.lists(st.sampled_from(seules), unique=True, max_size=3))
                cahier.rendre_compte(draw(st.sampled_from(QUAND)), presents, draw(st.integers(1, 20)))
            case _:
                pass
    return cahier


def prenables(
    double: Fiche, fiche: Fiche, champs: Sequence[ChampDeFiche], laisses: Sequence[ChampDeFiche]
) -> list[ChampDeFiche]:
    """Tous ; mais la rue du double, seule, dans sa commune seulement."""
    ailleurs = fiche.commune != double.commune if fiche.commune else "commune" in laisses
    seule = double.adresse and ailleurs and "commune" not in champs
    return [nom for nom in champs if not (nom == "adresse" and seule)]


_CHAMPS = [nom for nom in Fiche.__dataclass_fields__ if nom != "prenom"]


# --- Le même registre, des seuls faits ---
type Dit = dict[str, Any]


def scelles(faits: Iterable[Fait]) -> set[Ecrit]:
    """Chaque texte gardé dans ces faits, et de qui est la clé qui l'ouvre."""
    return {
        (BeneficiaireId(secret.person), nom, dit)
        for f in faits
        for secret in DESCRIPTION.codec.encode(f).secrets
        if secret.kind == "beneficiaire"
        for nom, dit in secret.fields.items()
        if dit
    }


def relus(faits: Sequence[Fait]) -> list[Fait]:
    """Les mêmes, tels qu'ils se lisent une fois détruites les clés de ceux qui sont effacés."""
    codec = DESCRIPTION.codec
    detruites = {f.beneficiaire_id for f in faits if isinstance(f, BeneficiaireEfface)}
    lus: list[Fait] = []
    for f in faits:
        ecrit = codec.encode(f)
        textes = {
            nom: ERASED if secret.person in detruites else dit
            for secret in ecrit.secrets
            for nom, dit in secret.fields.items()
        }
        lus.append(codec.decode(ecrit.type, ecrit.schema_version, ecrit.data, textes))
    return lus


def dites(faits: Iterable[Fait]) -> dict[BeneficiaireId, Dit]:
    """Ce que dit chaque fiche : ce que le médiateur a écrit, et ce qu'apportent les fusions qui tiennent.

    Tout est relu comme si les fusions défaites n'avaient jamais été.
    """
    faits = list(faits)
    lues = [(f, getattr(f, "corrige_le", None)) for f in faits]
    mecaniques = {
        (f.beneficiaire_id, getattr(f, "accueilli_le", None) or getattr(f, "separe_le", None))
        for f in faits
        if isinstance(f, DoubleAccueilli | DoubleSepare)
    }
    tenues: dict[BeneficiaireId, int] = {}
    for rang, f in enumerate(faits):
        if isinstance(f, BeneficiaireFusionne):
            tenues[f.beneficiaire_id] = rang
        elif isinstance(f, FusionAnnulee | BeneficiaireEfface):
            tenues.pop(f.beneficiaire_id, None)
    montrees: dict[BeneficiaireId, Dit] = {}
    disent: dict[BeneficiaireId, Dit] = {}
    for rang, (f, le) in enumerate(lues):
        match f:
            case BeneficiaireEnregistre():
                montrees[f.beneficiaire_id] = _enregistree(f)
                disent[f.beneficiaire_id] = dict(montrees[f.beneficiaire_id])
            case TextesApportes():
                montrees[f.beneficiaire_id] |= f.lus
            case NomCorrige() | CoordonneesCorrigees() | SituationCorrigee() | NotesCorrigees():
                avant = montrees[f.beneficiaire_id]
                apres = avant | _corrigee(f)
                ecrits = {nom for nom in apres if apres[nom] != avant[nom]}
                for deux in ({"telephone", "pas_de_telephone"}, {"adresse", "commune"}):
                    ecrits |= deux if ecrits & deux else set()
                montrees[f.beneficiaire_id] = apres
                if (f.beneficiaire_id, le) not in mecaniques:
                    disent[f.beneficiaire_id] |= {nom: apres[nom] for nom in ecrits}
            case BeneficiaireFusionne() if tenues.get(f.beneficiaire_id) == rang:
                _completer(disent[f.vers], disent[f.beneficiaire_id], f)
            case _:
                pass
    return disent


def _enregistree(f: BeneficiaireEnregistre) -> Dit:
    return {"prenom": f.prenom, "nom": f.nom} | _coordonnees(f) | _situation(f) | {"notes": f.notes}


def _corrigee(f: Fait) -> Dit:
    tus = getattr(f, "tus", ())
    return {nom: dit for nom, dit in _ecrite(f).items() if nom not in tus}


def _ecrite(f: Fait) -> Dit:
    match f:
        case NomCorrige():
            return {"prenom": f.prenom, "nom": f.nom}
        case CoordonneesCorrigees():
            return _coordonnees(f)
        case SituationCorrigee():
            return _situation(f)
        case _:
            return {"notes": f.notes}


def _coordonnees(f: Fait) -> Dit:
    return {nom: getattr(f, nom) for nom in ("telephone", "pas_de_telephone", "courriel", "adresse")}


def _situation(f: Fait) -> Dit:
    commune = f.commune and Commune(f.commune, f.code_postal, f.code_insee)
    return {
        "annee_naissance": f.ne_en,
        "commune": commune,
        "genre": f.genre,
        "statut_social": f.statut_social,
    }


def _completer(fiche: Dit, double: Dit, f: BeneficiaireFusionne) -> None:
    """Ce qui est choisi, ou manque et n'est pas laissé, vient du double ; une rue, dans sa commune."""
    choisis = {nom for nom in f.pris if double[nom]} | {*f.vides}
    apporte = {nom: type(dit)() if isinstance(dit, bool) else None for nom, dit in double.items()}
    apporte |= {nom: dit for nom, dit in double.items() if nom not in f.laisses}
    if fiche["commune"] != double["commune"] and "adresse" in f.vides and not double["adresse"]:
        fiche["adresse"] = None
    if "commune" in choisis and fiche["commune"] != double["commune"]:
        fiche |= {"commune": double["commune"], "adresse": apporte["adresse"]}
    if (fiche["commune"] or apporte["commune"]) == double["commune"] and (
        "adresse" in choisis or not fiche["adresse"]
    ):
        fiche["adresse"] = apporte["adresse"]
    if "pas_de_telephone" in choisis:
        fiche["pas_de_telephone"] = False
        fiche["telephone"] = None if double["pas_de_telephone"] else fiche["telephone"]
    for nom in {*fiche} - {"adresse", "pas_de_telephone"}:
        fiche[nom] = double[nom] if nom in choisis else fiche[nom] or apporte[nom]
    absent = fiche["pas_de_telephone"] or apporte["pas_de_telephone"]
    fiche["pas_de_telephone"] = absent and not fiche["telephone"]


@dataclass
class Registre:
    """Qui était où, sous quelle fiche, et quelle fiche est dans quelle autre."""

    vers: dict[BeneficiaireId, BeneficiaireId] = field(default_factory=dict[BeneficiaireId, BeneficiaireId])
    venus: dict[ActiviteId, ActiviteEnregistree | ActiviteCorrigee] = field(
        default_factory=dict[ActiviteId, ActiviteEnregistree | ActiviteCorrigee]
    )

    @classmethod
    def de(cls, faits: Iterable[Fait]) -> "Registre":
        registre = cls()
        for f in faits:
            match f:
                case ActiviteEnregistree() | ActiviteCorrigee():
                    registre.venus[f.activite_id] = f
                case BeneficiaireFusionne():
                    registre.vers[f.beneficiaire_id] = f.vers
                case FusionAnnulee():
                    del registre.vers[f.beneficiaire_id]
                case _:
                    pass
        return registre

    def personne(self, un: BeneficiaireId) -> BeneficiaireId:
        while un in self.vers:
            un = self.vers[un]
        return un

    def sous(self, un: BeneficiaireId) -> set[BeneficiaireId]:
        """Une fiche, et celles qui y mènent."""
        return {un} | {f for g in QUI if self.vers.get(g) == un for f in self.sous(g)}

    def accompagnements(self, fiches: set[BeneficiaireId]) -> list[ActiviteId]:
        """Les plus anciens d'abord."""
        siens = [a for a in self.venus.values() if fiches & {*a.suivis}]
        return [a.activite_id for a in sorted(siens, key=lambda a: (a.date, a.activite_id))]
