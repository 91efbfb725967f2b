"""Des histoires au hasard, et leurs chiffres recomptés un par un, sans SQL."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson
from activites.domain.beneficiaire_faits import (
    BeneficiaireEfface,
    BeneficiaireEnregistre,
    BeneficiaireFusionne,
    FusionAnnulee,
    SituationCorrigee,
)
from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteDecrite,
    ActiviteEnregistree,
    ActiviteRestauree,
    ActiviteSupprimee,
    Participants,
)
from activites.domain.vocabulaire import (
    ActiviteId,
    BeneficiaireId,
    CompteId,
    Genre,
    LieuId,
    Materiel,
    MediateurId,
    StatutSocial,
    StructureId,
    TagId,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from activites.statistiques.comptes import compter
from activites.statistiques.fichier import Event, FichierStatistiques
from activites.statistiques.filtres import Filtres
from events.codec import Codec
from events.projection.filemodel import Fact
from events.types import Position
from hypothesis import strategies as st

CODEC: Codec[Any] = Codec(Event)
LE = dt.datetime(2026, 3, 15, 9, tzinfo=dt.UTC)
JOUR = dt.date(2026, 3, 1)


def un(sorte: int, rang: int) -> UUID:
    return UUID(int=sorte << 64 | rang)


MEDIATEURS = [MediateurId(un(1, n)) for n in range(3)]
ACTIVITES = [ActiviteId(un(2, n)) for n in range(6)]
FICHES = [BeneficiaireId(un(3, n)) for n in range(4)]
LIEUX = [LieuId(un(4, n)) for n in range(2)]
STRUCTURES = [StructureId(un(5, n)) for n in range(2)]
TAGS = [TagId(un(6, n)) for n in range(3)]
COMMUNES = ["21231", "75111", "75056", None]


def mediateur_de(rang: int) -> MediateurId:
    return MEDIATEURS[rang % 3]


def a_lui(rang: int) -> list[BeneficiaireId]:
    """Les fiches du médiateur de cette activité : la première et la dernière sont du même."""
    return [f for n, f in enumerate(FICHES) if n % 3 == rang % 3]


@st.composite
def contenus(draw: st.DrawFn, rang: int) -> dict[str, Any]:
    suivis = draw(st.lists(st.sampled_from(a_lui(rang)), unique=True, max_size=2))
    individuel = len(suivis) < 2 and draw(st.booleans())
    anonymes = (0 if suivis else 1) if individuel else draw(st.integers(0 if suivis else 1, 4))

    def repartition(nomenclature: Any) -> dict[Any, int]:
        return {draw(st.sampled_from(list(nomenclature)[:-1])): draw(st.integers(0, anonymes))}

    code = draw(st.sampled_from(COMMUNES))
    return {
        "type": TypeActivite.INDIVIDUEL if individuel else TypeActivite.COLLECTIF,
        "date": JOUR + dt.timedelta(days=draw(st.integers(0, 9))),
        "duree_minutes": draw(st.sampled_from([1, 29, 30, 60, 119, 120])),
        "type_lieu": draw(st.sampled_from(TypeLieu)),
        "lieu_id": draw(st.sampled_from([None, *LIEUX])),
        "code_insee": code,
        "departement": code and code[:2],
        "structure_employeuse_id": draw(st.sampled_from(STRUCTURES)),
        "thematiques": tuple(draw(st.lists(st.sampled_from(Thematique), unique=True, max_size=3))),
        "materiels": tuple(draw(st.lists(st.sampled_from(Materiel), unique=True, max_size=2))),
        "tags": tuple(draw(st.lists(st.sampled_from(TAGS), unique=True, max_size=2))),
        "suivis": tuple(suivis),
        "residence_code_insee": None if suivis else draw(st.sampled_from(COMMUNES)),
        "participants": Participants(
            anonymes,
            draw(st.integers(0, anonymes)),
            repartition(Genre),
            repartition(TrancheAge),
            repartition(StatutSocial),
        ),
        "accompagnements": anonymes + len(suivis),
        "sur_rendez_vous": draw(st.booleans()),
    }


SITUATIONS = st.fixed_dictionaries(
    {
        "genre": st.sampled_from([None, *Genre]),
        "tranche_age": st.sampled_from(TrancheAge),
        "statut_social": st.sampled_from([None, *StatutSocial]),
        "code_insee": st.sampled_from(COMMUNES),
    }
)


@st.composite
def histoires(draw: st.DrawFn) -> list[Event]:
    """Ce que le domaine peut écrire de quelques activités et de quelques fiches."""
    vues: dict[ActiviteId, ActiviteDecrite] = {}
    retirees: dict[ActiviteId, ActiviteDecrite] = {}
    fiches: dict[BeneficiaireId, BeneficiaireId | None] = {}
    effacees: set[BeneficiaireId] = set()
    faits: list[Event] = []
    for geste in draw(st.lists(st.sampled_from("eeecsrdddfnx"), max_size=24)):
        rang = draw(st.integers(0, len(ACTIVITES) - 1))
        activite_id, qui = ACTIVITES[rang], mediateur_de(rang)
        commun: dict[str, Any] = {"activite_id": activite_id, "mediateur_id": qui, "compte_id": CompteId(qui)}
        n = draw(st.integers(0, len(FICHES) - 1))
        fiche, sien = FICHES[n], mediateur_de(n)
        match geste:
            case "e" if activite_id not in vues and activite_id not in retirees:
                v1 = draw(st.sampled_from([None, "cra-1"]))
                vues[activite_id] = ActiviteEnregistree(
                    **commun, **draw(contenus(rang)), enregistree_le=LE, v1_cra_id=v1
                )
                faits.append(vues[activite_id])  # type: ignore[arg-type]
            case "c" if activite_id in vues:
                vues[activite_id] = ActiviteCorrigee(**commun, **draw(contenus(rang)), corrigee_le=LE)
                faits.append(vues[activite_id])  # type: ignore[arg-type]
            case "s" if activite_id in vues:
                retirees[activite_id] = vues.pop(activite_id)
                faits.append(ActiviteSupprimee(**commun, supprimee_le=LE))
            case "r" if activite_id in retirees:
                avant = orjson.loads(CODEC.encode(retirees.pop(activite_id)).data)  # type: ignore[arg-type]
                for nom in ("enregistree_le", "corrigee_le", "v1_cra_id", "restauree_le"):
                    avant.pop(nom, None)
                champs = avant | {"enregistree_le": LE, "corrigee_le": None, "restauree_le": LE}
                rendue = CODEC.decode("ActiviteRestauree", 1, orjson.dumps(champs))
                vues[activite_id] = rendue
                faits.append(rendue)
            case "d" if fiche not in effacees and fiches.get(fiche) is None:
                dit = draw(SITUATIONS)
                situe: dict[str, Any] = {"beneficiaire_id": fiche, "mediateur_id": sien} | dit
                if fiche in fiches:
                    faits.append(SituationCorrigee(**situe, corrige_le=LE))
                else:
                    fiches[fiche] = None
                    faits.append(
                        BeneficiaireEnregistre(
                            **situe, prenom="Paul", nom="Nez", compte_id=CompteId(sien), enregistre_le=LE
                        )
                    )
            case "f" if n == 3 and {FICHES[0], FICHES[3]} <= fiches.keys() - effacees and not fiches[fiche]:
                if fiches[FICHES[0]] is None:
                    fiches[fiche] = FICHES[0]
                    faits.append(
                        BeneficiaireFusionne(
                            beneficiaire_id=fiche, mediateur_id=sien, vers=FICHES[0], fusionne_le=LE
                        )
                    )
            case "n" if fiches.get(fiche) is not None and fiche not in effacees:
                vers = fiches[fiche]
                assert vers is not None
                fiches[fiche] = None
                faits.append(
                    FusionAnnulee(beneficiaire_id=fiche, mediateur_id=sien, vers=vers, annulee_le=LE)
                )
            case "x" if fiche in fiches and fiche not in effacees:
                effacees.add(fiche)
                faits.append(BeneficiaireEfface(beneficiaire_id=fiche, mediateur_id=sien, efface_le=LE))
            case _:
                pass
    return faits


# --- Le même compte, à la main ---
@dataclass
class Fiche:
    situation: BeneficiaireEnregistre | SituationCorrigee
    vers: BeneficiaireId | None = None
    efface: bool = False


@dataclass
class Registre:
    """Ce que disent les faits, un par un."""

    activites: dict[ActiviteId, ActiviteDecrite] = field(default_factory=dict[ActiviteId, ActiviteDecrite])
    v1: set[ActiviteId] = field(default_factory=set[ActiviteId])
    fiches: dict[BeneficiaireId, Fiche] = field(default_factory=dict[BeneficiaireId, Fiche])

    def lire(self, fait: Event) -> None:
        match fait:
            case ActiviteEnregistree() | ActiviteCorrigee() | ActiviteRestauree():
                self.activites[fait.activite_id] = fait
                if isinstance(fait, ActiviteEnregistree) and fait.v1_cra_id is not None:
                    self.v1.add(fait.activite_id)
            case ActiviteSupprimee():
                self.activites.pop(fait.activite_id, None)
            case BeneficiaireEnregistre() | SituationCorrigee():
                avant = self.fiches.get(fait.beneficiaire_id)
                self.fiches[fait.beneficiaire_id] = (
                    replace(avant, situation=fait) if avant is not None else Fiche(fait)
                )
            case BeneficiaireFusionne():
                self.fiches[fait.beneficiaire_id].vers = fait.vers
            case FusionAnnulee():
                self.fiches[fait.beneficiaire_id].vers = None
            case BeneficiaireEfface():
                self.fiches[fait.beneficiaire_id].efface = True

    def personne(self, fiche: BeneficiaireId) -> BeneficiaireId:
        while (connue := self.fiches.get(fiche)) is not None and connue.vers is not None:
            fiche = connue.vers
        return fiche

    def retient(self, f: Filtres, a: ActiviteDecrite) -> bool:
        """Une activité, tous les filtres à la fois."""
        dedans = f.perimetres is None or any(
            p.mediateur_id == a.mediateur_id
            and (p.depuis is None or p.depuis <= a.date)
            and (p.jusqu_au is None or a.date <= p.jusqu_au)
            for p in f.perimetres
        )
        voulues = {self.personne(BeneficiaireId(b)) for b in f.beneficiaires}
        demarche = Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES in a.thematiques
        conseiller = f.dispositif is not None and any(
            p.mediateur_id == a.mediateur_id and p.debut <= a.date and (p.fin is None or a.date <= p.fin)
            for p in f.dispositif.periodes
        )
        return (
            dedans
            and (f.du is None or f.du <= a.date)
            and (f.au is None or a.date <= f.au)
            and (not f.types or a.type in f.types)
            and (not f.communes or a.code_insee in f.communes)
            and (not f.departements or a.departement in f.departements)
            and (not f.lieux or a.lieu_id in f.lieux)
            and (not f.structures or a.structure_employeuse_id in f.structures)
            and (not f.thematiques or not set(f.thematiques).isdisjoint(a.thematiques))
            and (not f.canaux or a.type_lieu in f.canaux)
            and (not f.materiels or not set(f.materiels).isdisjoint(a.materiels))
            and (f.tags is None or not set(f.tags).isdisjoint(a.tags))
            and (not voulues or not voulues.isdisjoint(map(self.personne, a.suivis)))
            and (f.demarches is None or f.demarches == demarche)
            and (f.v1 is None or f.v1 == (a.activite_id in self.v1))
            and (f.rdv is None or f.rdv == a.sur_rendez_vous)
            and (f.dispositif is None or f.dispositif.dedans == conseiller)
        )

    def chiffres(self, f: Filtres) -> dict[str, Any]:
        """Chaque nombre, par sa définition (docs/domaine/statistiques.md §1, §2)."""
        retenues = [a for a in self.activites.values() if self.retient(f, a)]
        premieres: dict[BeneficiaireId, tuple[dt.date, ActiviteId]] = {}
        for a in self.activites.values():
            for qui in map(self.personne, a.suivis):
                premieres[qui] = min(
                    premieres.get(qui, (dt.date.max, a.activite_id)), (a.date, a.activite_id)
                )
        suivis = {self.personne(b) for a in retenues for b in a.suivis}
        anonymes = sum(a.participants.total for a in retenues)
        effaces = {b for b in suivis if (x := self.fiches.get(b)) is not None and x.efface}
        ici = {a.activite_id for a in retenues}
        nouveaux = sum(a.participants.total - a.participants.deja_accompagnes for a in retenues)
        nouveaux += sum(1 for b in suivis if premieres[b][1] in ici)
        situations = [x.situation if (x := self.fiches.get(b)) is not None else None for b in suivis]

        def repartition(champ: str, anonyme: str) -> Counter[str]:
            dites: Counter[str] = Counter()
            for a in retenues:
                for code, nombre in getattr(a.participants, anonyme).items():
                    dites[code.value] += nombre
            dites.update(v.value for s in situations if s and (v := getattr(s, champ)) is not None)
            del dites["non_communique"]
            return +dites

        def par(valeurs: Callable[[ActiviteDecrite], Iterable[Any]]) -> Counter[Any]:
            comptes: Counter[Any] = Counter()
            for a in retenues:
                for valeur in valeurs(a):
                    comptes[valeur] += a.accompagnements
            return comptes

        residences = Counter(
            {c: sum(a.participants.total for a in retenues if a.residence_code_insee == c) for c in COMMUNES}
        )
        residences.update(s.code_insee if s else None for s in situations)
        return {
            "activites": len(retenues),
            "individuels": sum(a.type == TypeActivite.INDIVIDUEL for a in retenues),
            "accompagnements": sum(a.accompagnements for a in retenues),
            "suivis": len(suivis - effaces),
            "anonymes": anonymes + len(effaces),
            "nouveaux": nouveaux,
            "genres": repartition("genre", "genres"),
            "tranches_age": repartition("tranche_age", "tranches_age"),
            "statuts": repartition("statut_social", "statuts"),
            "jours": par(lambda a: [a.date]),
            "canaux": par(lambda a: [a.type_lieu.value]),
            "lieux": par(lambda a: [a.lieu_id]),
            "communes": par(lambda a: [a.code_insee]),
            "thematiques": par(lambda a: [t.value for t in a.thematiques]),
            "materiels": par(lambda a: [m.value for m in a.materiels]),
            "durees": par(lambda a: [_duree(a.duree_minutes)]),
            "residences": +residences,
            "tags": par(lambda a: [frozenset(a.tags)] if a.tags else []),
        }


def _duree(minutes: int) -> str:
    return next(
        code for borne, code in ((30, "30"), (60, "60"), (120, "120"), (9999, "more")) if minutes < borne
    )


def prendre(fichier: FichierStatistiques, faits: list[Event], numero: int) -> int:
    """Un lot ; le numéro du dernier fait."""
    lus = [
        Fact(Position(1, numero + rang), ecrit.type, ecrit.data.decode())
        for rang, ecrit in enumerate(map(CODEC.encode, faits), 1)
    ]
    fichier.take(lus, Position(1, numero + len(lus)))
    return numero + len(lus)


def comptes_de(fichier: FichierStatistiques, filtres: Filtres) -> dict[str, Any]:
    """Ce que compte le fichier, sous les noms du registre."""
    with fichier.lire() as lecture:
        c = compter(lecture, filtres)

    def present(comptes: dict[Any, int]) -> dict[Any, int]:
        return {valeur: nombre for valeur, nombre in comptes.items() if nombre}

    def repartition(nom: str) -> dict[str, int]:
        debut = f"{nom}:"
        return present({k.removeprefix(debut): v for k, v in c.n.items() if k.startswith(debut)})

    noms = ("activites", "individuels", "accompagnements", "anonymes", "nouveaux")
    return {nom: c.n[nom] for nom in noms} | {
        "suivis": c.n.get("suivis", 0),
        "genres": repartition("genres"),
        "tranches_age": repartition("tranches_age"),
        "statuts": repartition("statuts"),
        "jours": {jour: nombre for jour, (nombre, _) in c.par_jour.items()},
        "canaux": c.par.get("type_lieu", {}),
        "lieux": c.par.get("lieu_id", {}),
        "communes": c.par.get("code_insee", {}),
        "thematiques": c.par.get("thematiques", {}),
        "materiels": c.par.get("materiels", {}),
        "durees": c.par.get("duree", {}),
        "residences": present(c.residences),
        "tags": _reunis(c.tags),
    }


def _reunis(tags: dict[tuple[UUID, ...], int]) -> dict[frozenset[UUID], int]:
    reunis: dict[frozenset[UUID], int] = {}
    for poses, nombre in tags.items():
        reunis[frozenset(poses)] = reunis.get(frozenset(poses), 0) + nombre
    return reunis
