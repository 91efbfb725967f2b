"""Un compte fermé, rouvert, effacé ; un an sans connexion ; mes données (scénarios F1 à F3)."""

import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest
from contracts.identity import DemandePersonnes
from events.store.store import Context
from events.types import ERASED
from identity.domain.acces import ACCES, ChangerDroit
from identity.domain.compte import COMPTE, Efface, Ferme
from identity.domain.vocabulaire import CompteId, Droit
from identity.erasure import effacer
from identity.messaging import Personnes
from identity.reactions.inactivites import CHAQUE, PREAVIS, UN_AN

SESSION = "__Host-coop_session"
CONTEXT = Context("exploitant", "demande-9")


@pytest.fixture
async def lea(plateforme: Any, navigateur: Any) -> Any:
    """A médiatrice, signed in."""
    navigateur.personne = plateforme.personne()
    await navigateur.se_connecter(navigateur.personne)
    await navigateur.recevoir_le_role()
    navigateur.compte_id = CompteId(UUID((await navigateur.moi())["compte_id"]))
    return navigateur


async def fermer(navigateur: Any) -> None:
    assert (await navigateur.passer("POST", "/comptes/moi/fermeture")).status_code == 204


async def plus_tard(plateforme: Any, **duree: float) -> None:
    """Both clocks move: ours and the provider's."""
    plateforme.heure.avancer(**duree)
    plateforme.faux.clock.offset_s = plateforme.heure.decalage.total_seconds()
    await plateforme.acces.keys.ensure()
    plateforme.app.state.verifier.keys_changed()


async def nommees(plateforme: Any, compte_id: CompteId) -> dict[UUID, str]:
    """What identity answers to whoever asks the name of this account."""
    await plateforme.rattraper("comptes")
    return (await Personnes(plateforme.database).noms(DemandePersonnes(ids=[compte_id]))).personnes


async def cles(plateforme: Any, compte_id: CompteId) -> int:
    async with plateforme.database.raw() as connection:
        return await connection.fetchval(
            "select count(*) from coffre.cles where person = $1 and wrapped is not null", compte_id
        )


async def test_f1_fermer_son_compte_ferme_ses_sessions_et_l_efface_apres_trente_jours(
    plateforme: Any, lea: Any, nouveau_navigateur: Any
) -> None:
    ailleurs = nouveau_navigateur()
    await ailleurs.se_connecter(lea.personne)
    assert await nommees(plateforme, lea.compte_id) == {lea.compte_id: "Léa Martin"}
    await fermer(lea)
    assert SESSION not in lea.siens
    assert (await ailleurs.demander("GET", "/auth/session")).status_code == 401
    assert isinstance((await plateforme.store.state(COMPTE(lea.compte_id)))[0], Ferme)
    await plateforme.suivre("fermetures")
    await plus_tard(plateforme, days=29)
    await plateforme.suivre("fermetures")
    assert (await plateforme.faits(lea.compte_id))[-1] == "CompteFerme"
    assert await cles(plateforme, lea.compte_id) == 1
    await plus_tard(plateforme, days=2)
    await plateforme.suivre("fermetures")
    assert isinstance((await plateforme.store.state(COMPTE(lea.compte_id)))[0], Efface)
    # The key is gone, and what she said with it; her activités stay, and nobody can name their author.
    assert await cles(plateforme, lea.compte_id) == 0
    ouvert = (await plateforme.store.load(COMPTE(lea.compte_id)))[0].event
    assert (ouvert.nom, ouvert.courriel) == (ERASED, ERASED)
    assert await nommees(plateforme, lea.compte_id) == {}
    # F2, too late: a new account, empty.
    revenue = nouveau_navigateur()
    await revenue.se_connecter(lea.personne)
    moi = await revenue.moi()
    assert moi["compte_id"] != str(lea.compte_id)
    assert (moi["roles"], moi["effacement_le"]) == ([], None)


async def test_f2_se_reconnecter_a_temps_propose_de_rouvrir(
    plateforme: Any, lea: Any, nouveau_navigateur: Any
) -> None:
    await fermer(lea)
    await plus_tard(plateforme, days=20)
    revenue = nouveau_navigateur()
    await revenue.se_connecter(lea.personne)
    moi = await revenue.moi()
    assert (moi["compte_id"], moi["roles"]) == (str(lea.compte_id), [])
    assert moi["effacement_le"] is not None
    # Until then nothing else opens, here or in the other services.
    for audience in ("activites", "equipes", "cartographie"):
        verdict = await revenue.demander("GET", f"/auth/verifier?audience={audience}")
        assert verdict.status_code in (401, 403)
    assert (await revenue.passer("POST", "/comptes/moi/reouverture")).status_code == 204
    moi = await revenue.moi()
    assert (moi["roles"], moi["effacement_le"]) == (["mediateur"], None)
    await revenue.jeton(audience="activites")
    await plateforme.suivre("fermetures")
    await plus_tard(plateforme, days=40)
    await plateforme.suivre("fermetures")
    assert (await plateforme.faits(lea.compte_id))[-1] == "CompteRouvert"


async def test_un_compte_d_administration_ne_se_ferme_pas_ainsi(plateforme: Any, lea: Any) -> None:
    droit = ChangerDroit(lea.compte_id, Droit.SUPPORT, None, "essai", plateforme.heure.lire())
    await plateforme.store.execute(ACCES(lea.compte_id), droit, CONTEXT)
    refus = await lea.passer("POST", "/comptes/moi/fermeture")
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/CompteQuiAdministre")


async def test_f3_un_an_sans_connexion_previent_puis_efface(plateforme: Any, lea: Any) -> None:
    await plateforme.rattraper("utilisateurs")
    await plateforme.suivre("inactivites")
    await plus_tard(plateforme, days=(CHAQUE + UN_AN - PREAVIS).days + 1)
    await plateforme.suivre("inactivites")
    [message] = plateforme.recus(lea.personne.email)
    assert "sera bientôt effacé" in message["Subject"]
    assert not isinstance((await plateforme.store.state(COMPTE(lea.compte_id)))[0], Efface)
    await plus_tard(plateforme, days=PREAVIS.days)
    await plateforme.suivre("inactivites")
    assert isinstance((await plateforme.store.state(COMPTE(lea.compte_id)))[0], Efface)


async def test_f3_qui_revient_dans_l_annee_n_est_ni_prevenue_ni_effacee(
    plateforme: Any, lea: Any, nouveau_navigateur: Any
) -> None:
    await plateforme.suivre("inactivites")
    await plus_tard(plateforme, days=300)
    await nouveau_navigateur().se_connecter(lea.personne)
    await plateforme.rattraper("utilisateurs")
    await plus_tard(plateforme, days=120)
    await plateforme.suivre("inactivites")
    assert plateforme.recus(lea.personne.email) == []
    assert not isinstance((await plateforme.store.state(COMPTE(lea.compte_id)))[0], Efface)


async def test_f2_qui_rouvre_au_dernier_instant_n_est_pas_efface(plateforme: Any, lea: Any) -> None:
    store, maintenant = plateforme.store, plateforme.heure.lire()
    await effacer(store, "compte", lea.compte_id, "fermeture", CONTEXT, maintenant, seulement=Ferme)
    assert (await lea.moi())["compte_id"] == str(lea.compte_id)
    assert not isinstance((await store.state(COMPTE(lea.compte_id)))[0], Efface)


async def test_mes_donnees_se_telechargent_lisibles_et_en_json(plateforme: Any, lea: Any) -> None:
    await plateforme.rattraper("comptes")
    reponse = await lea.passer("GET", "/comptes/moi/archive/export")
    assert (reponse.status_code, reponse.headers["content-type"]) == (200, "application/zip")
    assert reponse.headers["cache-control"] == "no-store"
    archive = zipfile.ZipFile(io.BytesIO(reponse.content))
    donnees = json.loads(archive.read("donnees.json"))
    page = archive.read("a-lire.html").decode()
    noms = [fait["fait"] for fait in donnees["faits"]]
    assert {"CompteOuvert", "RoleChoisi", "DonneesExportees"} <= set(noms)
    for dit in (lea.personne.email, "Compte ouvert", "<h1>Mes données sur La Coop</h1>"):
        assert dit in page
    assert donnees["faits"][0]["donnees"]["courriel"] == lea.personne.email
    assert "<script" not in page
    for _ in range(4):
        assert (await lea.passer("GET", "/comptes/moi/archive/export")).status_code == 200
    assert (await lea.passer("GET", "/comptes/moi/archive/export")).status_code == 429


async def test_un_nom_hostile_reste_un_texte_dans_la_page(plateforme: Any, nouveau_navigateur: Any) -> None:
    navigateur = nouveau_navigateur()
    await navigateur.se_connecter(plateforme.personne(usual_name="<script>alert(1)</script>"))
    reponse = await navigateur.passer("GET", "/comptes/moi/archive/export")
    page = zipfile.ZipFile(io.BytesIO(reponse.content)).read("a-lire.html").decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


async def test_une_rectification_et_une_limitation_sont_des_faits(plateforme: Any, lea: Any) -> None:
    texte = {"texte": "Mon nom s’écrit autrement."}
    assert (await lea.passer("POST", "/comptes/moi/rectification", texte)).status_code == 204
    personnes = Personnes(plateforme.database)
    demande = DemandePersonnes(ids=[lea.compte_id])
    await plateforme.rattraper("comptes")
    assert (await personnes.noms(demande)).personnes == {lea.compte_id: "Léa Martin"}
    for limitation, attendu in ((True, {}), (False, {lea.compte_id: "Léa Martin"})):
        corps = {"limitation": limitation}
        assert (await lea.passer("PUT", "/comptes/moi/limitation", corps)).status_code == 204
        assert (await lea.passer("GET", "/comptes/moi/demandes")).json()["limitation"] is limitation
        await plateforme.rattraper("limitations")
        assert (await personnes.noms(demande)).personnes == attendu
    faits = [type(r.event).__name__ for r in await plateforme.store.load(f"demandes-{lea.compte_id}")]
    assert faits == ["RectificationDemandee", "LimitationDemandee", "LimitationLevee"]
