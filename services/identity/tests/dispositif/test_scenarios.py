"""Les scénarios C1 à C11, de la connexion à ce que l'API montre, devant une source qui répond en HTTP."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.identity import ConseillerNumeriqueTermineV1
from events.store.store import Context
from faux_proconnect.dispositif import ADRESSE, Panne, contrat, fiche_simple, structure
from identity import jobs
from identity.dispositif import reprise
from identity.dispositif.source import SourceMuette
from identity.dispositif.suivi import Issue
from identity.domain.vocabulaire import CompteId
from identity.erasure import effacer
from identity.messaging import to_contract
from process.clock import Clock

MOI = "/comptes/moi/reconnaissance"
SIRET, AUTRE_SIRET = "13002603200016", "35600000009075"
CONTEXTE = Context("essai", "essai")
_ids = iter(range(1_000, 1_000_000))


def nouvelle_fiche(*structures: dict[str, Any], **champs: Any) -> dict[str, Any]:
    return fiche_simple(next(_ids), *structures, **champs)


class Personne:
    """Someone of the federation and of the source, with a browser."""

    def __init__(self, plateforme: Any, navigateur: Any) -> None:
        self.plateforme, self.navigateur = plateforme, navigateur
        self.federation = plateforme.personne()

    async def se_connecter(self) -> None:
        """Signed in; what follows from it is done."""
        reponse = await self.navigateur.se_connecter(self.federation)
        assert (reponse.status_code, reponse.headers["location"]) == (303, "/espace")
        await self.plateforme.suivre("reprises")
        await self.plateforme.rattraper("emplois")

    async def choisir(self, quoi: str = "mediateur") -> None:
        await self.navigateur.recevoir_le_role(quoi)

    def connue(self, fiche: dict[str, Any]) -> None:
        self.plateforme.source.fiches[self.federation.email] = fiche

    async def id(self) -> UUID:
        return UUID((await self.navigateur.moi())["compte_id"])

    async def lire(self, chemin: str = MOI) -> Any:
        reponse = await self.navigateur.passer("GET", chemin)
        assert reponse.status_code == 200, reponse.text
        return reponse.json()

    async def verifier(self) -> Any:
        """« Vérifier à nouveau », a minute later."""
        self.plateforme.heure.avancer(minutes=2)
        reponse = await self.navigateur.passer("POST", f"{MOI}/verification")
        assert reponse.status_code == 200, reponse.text
        await self.plateforme.rattraper("emplois")
        return reponse.json()

    async def emplois(self) -> list[dict[str, Any]]:
        return await self.lire("/comptes/moi/emplois")

    async def faits(self) -> list[str]:
        flux = await self.plateforme.store.load(f"reconnaissance-{await self.id()}")
        return [type(r.event).__name__ for r in flux]


@pytest.fixture
def personne(plateforme: Any, nouveau_navigateur: Any) -> Any:
    return lambda: Personne(plateforme, nouveau_navigateur())


@pytest.fixture
def lea(personne: Any) -> Personne:
    return personne()


async def test_c1_un_conseiller_connu_est_reconnu_sans_choix_avec_ses_emplois(lea: Personne) -> None:
    lea.connue(nouvelle_fiche(structure(contrat("2025-03-01", "2027-02-28"), nom="Ville de Léa")))
    await lea.se_connecter()
    lue = await lea.lire()
    assert (lue["etat"], lue["issue"]) == ("reconnue", "connue")
    assert lue["periodes"] == [{"debut": "2025-03-01", "fin": None}]
    [emploi] = await lea.emplois()
    assert (emploi["nom_structure"], emploi["siret"], emploi["debut"]) == (
        "Ville de Léa",
        SIRET,
        "2025-03-01",
    )
    assert (emploi["source"], emploi["contrat"]) == ("dispositif", "CDD - Durée 24 mois")
    assert (emploi["principal"], emploi["temporaire"]) == (True, False)
    # Signing in again, and asking again, change nothing.
    avant = await lea.faits()
    await lea.verifier()
    assert await lea.faits() == avant


async def test_c2_conseiller_et_coordinateur_la_source_dit_aussi_s_il_a_des_lieux(lea: Personne) -> None:
    lea.connue(nouvelle_fiche(structure(contrat("2025-03-01")), is_coordinateur=True, lieux_activite=[{}]))
    await lea.se_connecter()
    lue = await lea.lire()
    assert (lue["etat"], lue["coordinateur_du_dispositif"], lue["a_des_lieux"]) == ("reconnue", True, True)


async def test_c3_absent_de_la_source_un_mediateur_garde_ses_emplois(lea: Personne) -> None:
    await lea.se_connecter()
    await lea.choisir()
    corps = {"id": str(uuid4()), "siret": AUTRE_SIRET, "nom": "Association", "debut": "2026-01-05"}
    assert (await lea.navigateur.passer("POST", "/comptes/moi/emplois", corps)).status_code == 201
    lue = await lea.verifier()
    assert (lue["etat"], lue["issue"]) == ("aucune", "inconnue")
    [emploi] = await lea.emplois()
    assert (emploi["source"], emploi["fin"]) == ("declaration", None)
    assert await lea.faits() == []


async def test_c4_se_dire_conseiller_sans_etre_connu_demande_la_reconnaissance(lea: Personne) -> None:
    await lea.se_connecter()
    await lea.choisir()
    for _ in range(2):
        assert (await lea.navigateur.passer("POST", MOI)).status_code == 204
    lue = await lea.lire()
    assert (lue["etat"], lue["issue"]) == ("demandee", "inconnue")
    assert lue["demandee_le"] is not None
    assert await lea.faits() == ["ReconnaissanceDemandee"]


async def test_c5_reconnu_plus_tard_a_la_demande_depuis_le_debut_du_contrat(lea: Personne) -> None:
    await lea.se_connecter()
    await lea.choisir()
    await lea.navigateur.passer("POST", MOI)
    lea.connue(nouvelle_fiche(structure(contrat("2025-03-01"))))
    lue = await lea.verifier()
    assert (lue["etat"], lue["periodes"]) == ("reconnue", [{"debut": "2025-03-01", "fin": None}])
    assert (await lea.faits())[0] == "ReconnaissanceDemandee"


async def test_c5_un_courriel_change_fait_interroger_la_source_avec_les_deux(
    plateforme: Any, lea: Personne, nouveau_navigateur: Any
) -> None:
    await lea.se_connecter()
    lea.connue(nouvelle_fiche(structure(contrat("2025-03-01"))))
    ancien = lea.federation.email
    lea.federation = plateforme.changer(lea.federation, email=f"{uuid4().hex[:12]}@ville.exemple.fr")
    plateforme.source.demandes.clear()
    lea.navigateur = nouveau_navigateur()
    await lea.se_connecter()
    assert plateforme.source.demandes == [lea.federation.email, ancien]
    assert (await lea.lire())["etat"] == "reconnue"


@pytest.mark.parametrize(
    ("panne", "issue"),
    [
        (Panne.INDISPONIBLE, "muette"),
        (Panne.MUETTE, "muette"),
        (Panne.TRONQUEE, "aberrante"),
        (Panne.HTML, "aberrante"),
        (Panne.AUTRE_PERSONNE, "aberrante"),
    ],
)
async def test_c6_c8_une_source_en_panne_ou_qui_parle_d_un_autre_ne_change_rien(
    plateforme: Any, lea: Personne, panne: Panne, issue: str
) -> None:
    lea.connue(nouvelle_fiche(structure(contrat("2025-03-01")), is_coordinateur=True))
    await lea.se_connecter()
    avant, emplois = await lea.faits(), await lea.emplois()
    plateforme.source.panne = panne
    # Signing in neither waits nor fails.
    await lea.se_connecter()
    lue = await lea.verifier()
    assert (lue["etat"], lue["coordinateur_du_dispositif"], lue["issue"]) == ("reconnue", True, issue)
    plateforme.source.panne = Panne.AUCUNE
    plateforme.source.fiches.clear()
    lue = await lea.verifier()
    assert (lue["etat"], lue["issue"]) == ("reconnue", "inconnue")
    assert (await lea.faits(), await lea.emplois()) == (avant, emplois)


async def test_c7_deux_comptes_d_une_meme_fiche_un_seul_est_reconnu(personne: Any) -> None:
    lea, double = personne(), personne()
    fiche = nouvelle_fiche(structure(contrat("2025-03-01")))
    for qui in (lea, double):
        qui.connue(fiche)
        await qui.se_connecter()
    assert (await lea.lire())["etat"] == "reconnue"
    lue = await double.lire()
    assert (lue["etat"], lue["issue"], lue["periodes"]) == ("doublon", "doublon", [])
    assert await double.emplois() == []
    assert await double.faits() == ["DoublonSignale"]
    await double.verifier()
    assert await double.faits() == ["DoublonSignale"]


async def test_c7_la_fiche_d_un_compte_efface_redevient_libre(plateforme: Any, personne: Any) -> None:
    lea, seconde = personne(), personne()
    fiche = nouvelle_fiche(structure(contrat("2025-03-01")))
    lea.connue(fiche)
    await lea.se_connecter()
    compte_id = await lea.id()
    await effacer(plateforme.store, "compte", compte_id, "demande", CONTEXTE, plateforme.heure.lire())
    etat = await plateforme.store.load(f"reconnaissance-{compte_id}")
    assert type(etat[-1].event).__name__ == "ReconnaissanceEffacee"
    assert await plateforme.acces.dispositif.reprendre(CompteId(compte_id), CONTEXTE) is None
    seconde.connue(fiche)
    await seconde.se_connecter()
    assert (await seconde.lire())["etat"] == "reconnue"


async def test_c9_n_etre_plus_conseiller_clot_la_periode_l_emploi_et_laisse_le_role(
    plateforme: Any, lea: Personne
) -> None:
    fiche = nouvelle_fiche(structure(contrat("2025-03-01", "2027-02-28")))
    lea.connue(fiche)
    await lea.se_connecter()
    await lea.choisir()
    # Her activités and her bénéficiaires are those of this identifier.
    mediateur_id = (await lea.navigateur.moi())["mediateur_id"]
    assert mediateur_id is not None
    rompu = structure(contrat("2025-03-01", "2027-02-28", "2026-06-30"))
    lea.connue({**fiche, "is_conseiller_numerique": False, "structures_employeuses": [rompu]})
    lue = await lea.verifier()
    assert (lue["etat"], lue["periodes"]) == ("terminee", [{"debut": "2025-03-01", "fin": "2026-06-30"}])
    [emploi] = await lea.emplois()
    assert (emploi["fin"], emploi["motif_fin"]) == ("2026-06-30", "rupture")
    moi = await lea.navigateur.moi()
    assert (moi["roles"], moi["mediateur_id"]) == (["mediateur"], mediateur_id)
    # What the figures of the dispositif are bounded by: the other services hear of that day.
    histoire = await plateforme.store.load(f"reconnaissance-{await lea.id()}")
    publies = [contrat_publie for r in histoire if (contrat_publie := to_contract(r.event)) is not None]
    dernier = publies[-1]
    assert isinstance(dernier, ConseillerNumeriqueTermineV1)
    assert dernier.fin.isoformat() == "2026-06-30"
    # From now on our data counts: the source may say what it wants of the emplois.
    lea.connue({**fiche, "is_conseiller_numerique": False, "structures_employeuses": []})
    await lea.verifier()
    assert await lea.emplois() == [emploi]


async def test_c9_un_contrat_prolonge_en_retard_ne_fait_rien_perdre(plateforme: Any, lea: Personne) -> None:
    hier = (Clock(plateforme.heure.lire).today() - dt.timedelta(days=1)).isoformat()
    lea.connue(nouvelle_fiche(structure(contrat("2025-03-01", hier))))
    await lea.se_connecter()
    await jobs.echeances(plateforme.outils)
    await lea.verifier()
    assert (await lea.lire())["etat"] == "reconnue"
    [emploi] = await lea.emplois()
    assert (emploi["fin_prevue"], emploi["fin"]) == (hier, None)


async def test_c10_un_nouveau_contrat_ailleurs_fait_deux_periodes_et_deux_emplois(lea: Personne) -> None:
    ancien = structure(contrat("2025-03-01", None, "2026-05-31"))
    fiche = nouvelle_fiche(ancien)
    lea.connue({**fiche, "is_conseiller_numerique": True})
    await lea.se_connecter()
    nouveau = structure(contrat("2026-09-01"), siret=AUTRE_SIRET, nom="Association")
    lea.connue({**fiche, "structures_employeuses": [ancien, nouveau]})
    lue = await lea.verifier()
    assert lue["periodes"] == [
        {"debut": "2025-03-01", "fin": "2026-05-31"},
        {"debut": "2026-09-01", "fin": None},
    ]
    assert [(e["siret"], e["fin"]) for e in await lea.emplois()] == [
        (AUTRE_SIRET, None),
        (SIRET, "2026-05-31"),
    ]


async def test_c2_un_mediateur_inscrit_que_la_source_dit_coordinateur_le_devient_une_fois(
    lea: Personne,
) -> None:
    await lea.se_connecter()
    await lea.choisir()
    fiche = nouvelle_fiche(structure(contrat("2025-03-01")))
    lea.connue({**fiche, "is_coordinateur": True})
    await lea.verifier()
    moi = await lea.navigateur.moi()
    assert moi["roles"] == ["mediateur", "coordinateur"]
    await lea.verifier()
    assert (await lea.navigateur.moi())["coordinateur_id"] == moi["coordinateur_id"]


async def test_c11_un_coordinateur_dont_la_source_ne_dit_plus_rien_garde_son_role(lea: Personne) -> None:
    fiche = nouvelle_fiche(structure(contrat("2025-03-01")), is_coordinateur=True)
    lea.connue(fiche)
    await lea.se_connecter()
    await lea.choisir("coordinateur")
    lea.connue({**fiche, "is_coordinateur": False})
    assert (await lea.verifier())["coordinateur_du_dispositif"] is False
    assert (await lea.navigateur.moi())["roles"] == ["coordinateur"]
    assert (await lea.faits())[-1] == "CoordinateurHorsDispositif"


async def test_les_emplois_suivent_la_source_close_rouverte_temporaire_incomplete(lea: Personne) -> None:
    sans_adresse = {**ADRESSE, "nom_voie": None}
    inconnue = structure(contrat("2025-03-01"), siret=AUTRE_SIRET, adresse=sans_adresse)
    fiche = nouvelle_fiche(structure(), inconnue)
    lea.connue(fiche)
    await lea.se_connecter()
    # A structure without contract: a temporary emploi. One whose address is not whole: none is made.
    [emploi] = await lea.emplois()
    assert (emploi["siret"], emploi["temporaire"], emploi["contrat"]) == (SIRET, True, None)
    date = structure(contrat("2026-02-01"))
    lea.connue({**fiche, "structures_employeuses": [date]})
    await lea.verifier()
    vus = {e["temporaire"]: (e["debut"], e["motif_fin"]) for e in await lea.emplois()}
    assert vus[False] == ("2026-02-01", None)
    assert vus[True][1] == "erreur"
    lea.connue({**fiche, "structures_employeuses": [structure(contrat("2026-03-01"), siret=AUTRE_SIRET)]})
    await lea.verifier()
    assert [e["motif_fin"] for e in await lea.emplois() if e["debut"] == "2026-02-01"] == ["terme"]
    lea.connue({**fiche, "structures_employeuses": [date]})
    await lea.verifier()
    assert [e["fin"] for e in await lea.emplois() if e["debut"] == "2026-02-01"] == [None]
    # Nothing readable: what is there stays.
    avant = await lea.emplois()
    lea.connue({**fiche, "structures_employeuses": [structure(contrat("2026-02-01"), siret="x"), None]})
    await lea.verifier()
    assert await lea.emplois() == avant


async def test_un_emploi_declare_au_meme_siret_sert_quand_l_adresse_manque(lea: Personne) -> None:
    await lea.se_connecter()
    corps = {"id": str(uuid4()), "siret": SIRET, "nom": "Déclarée", "debut": "2026-01-05"}
    await lea.navigateur.passer("POST", "/comptes/moi/emplois", corps)
    await lea.plateforme.rattraper("emplois")
    lea.connue(nouvelle_fiche(structure(contrat("2026-01-10"), adresse=None)))
    await lea.verifier()
    [emploi] = await lea.emplois()
    assert (emploi["emploi_id"], emploi["debut"], emploi["source"]) == (
        corps["id"],
        "2026-01-10",
        "dispositif",
    )
    refus = await lea.navigateur.passer(
        "PUT", f"/comptes/moi/emplois/{corps['id']}", {k: v for k, v in corps.items() if k != "id"}
    )
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/EmploiDuDispositif")


async def test_verifier_a_nouveau_passe_une_fois_par_minute(lea: Personne) -> None:
    await lea.se_connecter()
    lea.plateforme.source.demandes.clear()
    reponses = [await lea.navigateur.passer("POST", f"{MOI}/verification") for _ in range(2)]
    assert [r.status_code for r in reponses] == [200, 429]
    assert reponses[1].headers["retry-after"] == "60"
    assert lea.plateforme.source.demandes == [lea.federation.email]


async def test_la_nuit_reprend_chaque_inscrit_une_fois(
    plateforme: Any, personne: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reprise, "PAGE", 2)
    gens = [personne() for _ in range(3)]
    for qui in gens:
        await qui.se_connecter()
        await qui.choisir()
    pas_inscrite = personne()
    await pas_inscrite.se_connecter()
    for qui in (*gens, pas_inscrite):
        qui.connue(nouvelle_fiche(structure(contrat("2025-03-01"))))
    await plateforme.rattraper("comptes")
    plateforme.heure.avancer(days=2)
    plateforme.source.demandes.clear()
    assert (await jobs.dispositif(plateforme.outils)).done >= 3
    demandees = [e for e in plateforme.source.demandes if e in plateforme.source.fiches]
    assert sorted(demandees) == sorted(qui.federation.email for qui in gens)
    plateforme.source.demandes.clear()
    await jobs.dispositif(plateforme.outils)
    assert plateforme.source.demandes == []
    plateforme.heure.decalage = dt.timedelta()
    assert [(await qui.lire())["etat"] for qui in gens] == ["reconnue"] * 3


async def test_c6_une_source_muette_arrete_le_passage_qui_reprend_ou_il_en_etait(
    plateforme: Any, lea: Personne
) -> None:
    await lea.se_connecter()
    await lea.choisir()
    await plateforme.rattraper("comptes")
    plateforme.heure.avancer(days=2)
    plateforme.source.panne = Panne.INDISPONIBLE
    with pytest.raises(SourceMuette):
        await jobs.dispositif(plateforme.outils)
    plateforme.source.panne = Panne.AUCUNE
    lea.connue(nouvelle_fiche(structure(contrat("2025-03-01"))))
    # Silent a moment ago: asked again ten minutes later.
    plateforme.heure.avancer(minutes=11)
    await jobs.dispositif(plateforme.outils)
    verification = await plateforme.acces.dispositif.suivi.de(await lea_id(plateforme, lea))
    assert verification.issue is Issue.CONNUE


async def lea_id(plateforme: Any, lea: Personne) -> UUID:
    """Two days later her session is over: by her claim."""
    prise = plateforme.acces.empreintes.courriel(lea.federation.email)
    flux = await plateforme.store.holder(prise)
    return UUID(flux.removeprefix("compte-"))
