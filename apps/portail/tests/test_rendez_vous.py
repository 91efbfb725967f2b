"""Les rendez-vous parmi les activités : chacun un jour, sur une seule page de la liste."""

import datetime as dt
from typing import Any

import pytest
from portail.filtres import Filtres
from portail.rendez_vous import (
    PAR_COTE,
    DUnePersonne,
    Lus,
    Meles,
    fenetre,
    montres,
    par_journees,
    par_semaines,
)
from portail.rendu import Rendu
from starlette.requests import Request

COMPTE = {"etat": "lie", "lu_le": None}
MAINTENANT = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
STATUTS = {
    "unknown": "À venir",
    "seen": "Honoré",
    "noshow": "Absence",
    "excused": "Excusé",
    "revoked": "Annulé",
}


def _rdv(debut: str, statut: str = "unknown") -> dict[str, Any]:
    return {"debut": debut, "statut": statut, "participants": [], "a_rendre": True}


@pytest.mark.parametrize(
    ("rdv", "jour", "mots", "gestes"),
    [
        (_rdv("2026-11-29T09:00:00Z"), "2026-11-29", "Passé", {"seen", "noshow", "excused", "revoked"}),
        (_rdv("2026-11-29T23:30:00Z"), "2026-11-30", "À venir", {"excused", "revoked"}),
        (_rdv("2026-11-28T09:00:00Z", "noshow"), "2026-11-28", "Absence", {"seen", "excused", "revoked"}),
    ],
)
def test_un_rendez_vous_a_venir_ne_peut_qu_etre_annule(
    rdv: dict[str, Any], jour: str, mots: str, gestes: set[str]
) -> None:
    [lu] = montres([rdv], STATUTS, "Europe/Paris", MAINTENANT)
    assert (lu["jour"], lu["mots"], lu["gestes"].keys()) == (jour, mots, gestes)


def _jours(activites: list[str], rdvs: list[str], **ou: bool) -> list[tuple[str, int, int]]:
    lus = par_journees([{"date": jour} for jour in activites], [{"jour": jour} for jour in rdvs], **ou)
    return [(jour, len(du_jour), len(les_rdv)) for jour, du_jour, les_rdv in lus]


def test_un_jour_de_rendez_vous_se_glisse_entre_les_jours_d_activites() -> None:
    attendu = [("12", 0, 1), ("11", 2, 0), ("10", 1, 1), ("08", 0, 1)]
    activites, rdvs = ["11", "11", "10"], ["08", "10", "12"]
    assert _jours(activites, rdvs, recentes=True, avant=False, apres=False) == attendu
    assert _jours(activites[::-1], rdvs, recentes=False, avant=False, apres=False) == attendu[::-1]
    assert _jours([], ["08"], recentes=True, avant=False, apres=False) == [("08", 0, 1)]


def test_la_liste_se_lit_par_jour_ou_par_semaine() -> None:
    une = {"id": "a", "date": "2026-11-24", "duree_minutes": 45, "type": "individuel", "accompagnements": 1}
    une |= {"titre_atelier": None, "sujets": ["E-mail"], "ou": "À distance", "etiquettes": []}
    jours = par_journees([une], [], recentes=True, avant=False, apres=False)
    noms = ("en_retard", "faute", "actifs", "suivante", "precedente", "rdvs_d_avant", "rdvs_d_apres")
    page: dict[str, Any] = dict.fromkeys(noms) | {"activites": [une], "jours": jours, "total": 1}
    page |= {"accompagnements": 3, "filtres": Filtres(), "meles": Meles(), "export": "", "n": {"format": []}}
    par_jour = _rendue("activites/resultats.html", vue="jour", semaines=(), **page)
    assert "1 activité, 3 accompagnements" in par_jour
    assert '<h2 id="j-2026-11-24">' in par_jour
    par_semaine = _rendue("activites/resultats.html", vue="semaine", semaines=par_semaines(jours), **page)
    assert '<time datetime="2026-11-23">lundi 23 novembre 2026</time> au' in par_semaine
    assert '<h3 id="j-2026-11-24">' in par_semaine


def test_une_semaine_va_du_lundi_au_dimanche_et_compte_ce_qu_elle_montre() -> None:
    activites = [{"date": jour, "duree_minutes": 45} for jour in ("2026-11-30", "2026-11-29", "2026-11-23")]
    rdv = {"jour": "2026-11-24"}
    jours = par_journees(activites, [rdv], recentes=True, avant=False, apres=False)
    assert [(s.lundi, s.dimanche, len(s.jours), s.activites, s.minutes) for s in par_semaines(jours)] == [
        ("2026-11-30", "2026-12-06", 1, 1, 45),
        ("2026-11-23", "2026-11-29", 3, 2, 90),
    ]


@pytest.mark.parametrize("recentes", [True, False])
def test_sur_plusieurs_pages_chaque_rendez_vous_est_une_fois(recentes: bool) -> None:
    pages = [["12", "10"], ["10", "09"], ["09", "07"]]
    rdvs = ["05", "07", "08", "09", "10", "11", "13"]
    if not recentes:
        pages = [page[::-1] for page in pages[::-1]]
    vus = [
        jour
        for rang, page in enumerate(pages)
        for jour, _, combien in _jours(page, rdvs, recentes=recentes, avant=rang > 0, apres=rang < 2)
        for _ in range(combien)
    ]
    assert sorted(vus) == rdvs


@pytest.mark.parametrize(
    "choisis",
    [
        Filtres(),
        Filtres(du="2026-11-01", au="2026-11-30"),
        Filtres(rdvs=("seen",)),
        Filtres(du="2026-11-01", rdv="1", rdvs=("seen", "noshow")),
    ],
)
def test_une_periode_et_des_etats_se_disent_aussi_des_rendez_vous(choisis: Filtres) -> None:
    assert choisis.avec_les_rdv


@pytest.mark.parametrize(
    "autre",
    [
        {"beneficiaire": ("une-personne",)},
        {"types": ("collectif",)},
        {"sujet": ("un-sujet",)},
        {"lieu": ("un-lieu",)},
        {"commune": "Dijon"},
        {"tag": ("une-etiquette",)},
        {"departement": ("21",)},
        {"employeur": ("un-employeur",)},
        {"dispositif": "1"},
        {"demarches": "0"},
        {"source": "v1"},
    ],
)
def test_filtrer_sur_une_personne_ne_montre_pas_les_rendez_vous_des_autres(autre: dict[str, Any]) -> None:
    assert not Filtres(rdvs=("seen",), **autre).avec_les_rdv
    assert not Filtres(**autre).avec_les_rdv


@pytest.mark.parametrize("recentes", [True, False])
def test_trop_nombreux_les_rendez_vous_sont_ceux_des_jours_de_la_page(recentes: bool) -> None:
    """Ceux que `par_journees` en garderait : la première page va au-delà de ses activités, du côté où rien
    ne la précède."""
    page = ["2026-11-12", "2026-11-10"] if recentes else ["2026-11-10", "2026-11-12"]

    def lue(du: str, au: str, *, avant: bool, apres: bool) -> tuple[str, str]:
        return fenetre(page, du, au, recentes=recentes, avant=avant, apres=apres)

    assert lue("", "", avant=True, apres=True) == ("2026-11-10", "2026-11-12")
    assert lue("2026-11-11", "2026-11-11", avant=True, apres=True) == ("2026-11-11", "2026-11-11")
    premiere = ("2026-11-10", "") if recentes else ("", "2026-11-12")
    assert lue("", "", avant=False, apres=True) == premiere
    assert lue("2026-01-01", "", avant=False, apres=False) == ("2026-01-01", "")
    assert fenetre([], "", "", recentes=recentes, avant=True, apres=True) == ("", "")


def _rendue(gabarit: str, **contexte: Any) -> str:
    ici = Request({"type": "http", "method": "GET", "path": "/ici", "headers": [], "query_string": b""})
    qui: dict[str, Any] = {
        "csrf": "jeton",
        "fuseau": "Europe/Paris",
        "roles": ["mediateur"],
        "compte_id": "c",
    }
    qui |= {"nom": "N", "prenom": "P", "droit": None, "usurpation": None}
    qui |= {"expire_dans": 3600, "inactive_dans": 3600}
    return bytes(Rendu().page(ici, gabarit, moi=qui, message=None, partage=False, **contexte).body).decode()


@pytest.mark.parametrize(
    ("filtres", "meles", "dit"),
    [
        (Filtres(lieu=("l",), rdvs=("seen",)), Meles(), "Ces filtres ne s’appliquent pas aux rendez-vous"),
        (Filtres(), Meles(muets=True), "Vos rendez-vous ne répondent pas"),
        (Filtres(rdvs=("seen",)), Meles(autres=2), "2 autres rendez-vous de ces jours ne tiennent pas ici"),
        (Filtres(rdvs=("seen",)), Meles(relies=False), '<a href="/espace/rdv">le relier</a>'),
    ],
)
def test_la_liste_dit_quels_rendez_vous_lui_manquent(filtres: Filtres, meles: Meles, dit: str) -> None:
    noms = ("en_retard", "faute", "actifs", "suivante", "precedente", "rdvs_d_avant", "rdvs_d_apres")
    rien: dict[str, Any] = dict.fromkeys(noms) | {"semaines": (), "accompagnements": 0}
    page = {"activites": [], "jours": [], "vue": "jour", "total": 0, **rien}
    assert dit in _rendue("activites/resultats.html", filtres=filtres, meles=meles, **page)
    assert dit not in _rendue("activites/resultats.html", filtres=Filtres(), meles=Meles(), **page)


def test_au_dela_de_cent_comptes_rendus_a_faire_la_page_dit_combien_et_les_atteint() -> None:
    rdv = _rdv("2026-11-28T09:00:00Z") | {"id": 7, "duree_minutes": 30, "titre": "", "collectif": False}
    [un] = montres([rdv | {"lieu": None, "activite_id": None}], STATUTS, "Europe/Paris", MAINTENANT)

    def page(attente: Lus, **suites: str) -> str:
        jour: dict[str, Any] = dict.fromkeys(("jour", "aujourd_hui", "veille", "lendemain"), "2026-11-29")
        jour |= {"rdvs": (), "en_attente": attente.rdvs, "attente_muette": False, "faute": "", "rdv_id": None}
        pages = {"du_jour": Lus((), 0, COMPTE), "apres": attente}
        jour |= {"pages": pages, "suites": {"du_jour": "", "apres": "", **suites}, "maintenant": MAINTENANT}
        return _rendue("rdv/page.html", compte=COMPTE, **jour)

    tous = page(Lus([un], 1, COMPTE))
    assert "en tout" not in tous
    assert "Rendez-vous suivants" not in tous
    premiers = page(Lus([un] * 100, 142, COMPTE, suivant="suite-1"))
    assert "100 sur cette page, 142 en tout" in premiers
    assert 'href="/espace/rdv?jour=2026-11-29&amp;apres=suite-1#t-attente" rel="next"' in premiers
    derniers = page(Lus([], 142, COMPTE, precedent="avant"), apres="suite-1")
    assert "Ceux de cette page sont dans la journée ci-dessus." in derniers
    assert 'rel="prev"' in derniers
    assert '<input type="hidden" name="apres" value="suite-1">' in page(Lus([un], 1, COMPTE), apres="suite-1")


def test_la_fiche_d_une_personne_dit_pourquoi_ses_rendez_vous_n_y_sont_pas() -> None:
    personne: dict[str, Any] = dict.fromkeys(
        ("prenom", "nom", "telephone", "pas_de_telephone", "courriel", "commune", "annee_naissance", "genre")
    )
    personne |= {"id": "p", "accompagnements": 0, "statut_social": None, "notes": None}
    personne |= {"enregistre_le": "2026-11-29T09:00:00Z", "corrige_le": None}
    histoire: dict[str, Any] = {"activites": [], "en_retard": False, "noms": {}}

    def fiche(rdvs: DUnePersonne | None) -> str:
        return _rendue("beneficiaires/fiche.html", b=personne, rdvs=rdvs, par_cote=PAR_COTE, **histoire)

    aucun = "Aucun rendez-vous connu"
    assert aucun in fiche(DUnePersonne("lie", {"À venir": [], "Passés": []}))
    rompue = fiche(DUnePersonne("rompu", {"À venir": [], "Passés": []}))
    assert aucun not in rompue
    assert '<a href="/espace/rdv">Relier votre compte</a>' in rompue
    assert "Cette partie ne répond pas" in fiche(DUnePersonne("muet", {}))
    assert "Ses rendez-vous" not in fiche(None)
    rdv = _rdv("2026-11-28T09:00:00Z") | {"id": 1, "duree_minutes": 30, "titre": "", "collectif": False}
    [un] = montres([rdv], STATUTS, "Europe/Paris", MAINTENANT)
    assert "les 20 plus proches" in fiche(DUnePersonne("lie", {"À venir": [], "Passés": [un] * 20}))
    assert "les 20 plus proches" not in fiche(DUnePersonne("lie", {"À venir": [un] * 9, "Passés": [un] * 9}))
