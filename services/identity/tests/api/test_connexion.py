"""Sign-in from end to end, against the real faux ProConnect."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from events.store.store import Context
from identity.api.refus import CODES
from identity.connexion.sessions.jetons import load_compte
from identity.connexion.sessions.transactions import UNFINISHED_AT_MOST
from identity.domain import compte
from identity.domain.vocabulaire import CompteId
from process import logs
from structlog.testing import capture_logs

SESSION = "__Host-coop_session"
DIRECT = Context("test", "requete-de-test")


def parametres(response: Any) -> dict[str, str]:
    return {n: v[0] for n, v in parse_qs(urlsplit(response.headers["location"]).query).items()}


def est_refuse(response: Any) -> str:
    """It leads to the portail's page on this refusal. The reason that its address names."""
    assert response.status_code == 303
    adresse = urlsplit(response.headers["location"])
    page, _, raison = adresse.path.rpartition("/")
    assert (adresse.netloc, page) == ("", "/aide/connexion")
    assert raison in CODES
    # Nothing else: neither who, nor what ProConnect said.
    assert parse_qs(adresse.query) == {"numero": [response.headers["x-request-id"]]}
    assert response.headers["referrer-policy"] == "no-referrer"
    return raison


def est_admis(response: Any) -> None:
    assert response.status_code == 303
    assert not response.headers["location"].startswith("/aide/")
    # The address that it comes from has the code.
    assert response.headers["referrer-policy"] == "no-referrer"


async def test_a2_une_personne_inconnue_se_connecte_et_a_un_compte(plateforme: Any, navigateur: Any) -> None:
    personne = plateforme.personne(given_name="Léa Rose", email="Lea.ROSE@ville.exemple.fr")
    arrivee = await navigateur.se_connecter(personne, "/espace?de=ici")
    assert arrivee.status_code == 303
    assert arrivee.headers["location"] == "/espace?de=ici"
    moi = await navigateur.moi()
    assert (moi["prenom"], moi["nom"], moi["courriel"]) == (
        "Léa Rose",
        "Martin",
        "lea.rose@ville.exemple.fr",
    )
    assert (moi["roles"], moi["inscription"], moi["siret"]) == ([], "profil", "13002603200016")
    assert await plateforme.faits(moi["compte_id"]) == ["CompteOuvert", "IdentiteLiee"]


async def test_a5_une_salariee_d_association_entre_sans_role_d_agent_public(
    plateforme: Any, navigateur: Any
) -> None:
    personne = plateforme.personne()
    plateforme.changer(personne, claims={"roles": [], "organization_label": "Association d’exemple"})
    est_admis(await navigateur.se_connecter(personne))
    assert (await navigateur.moi())["inscription"] == "profil"


async def test_la_demande_suit_la_regle_de_proconnect(plateforme: Any, navigateur: Any) -> None:
    depart = await navigateur.demander("GET", "/auth/connexion")
    demande = parametres(depart)
    assert set(demande) == {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "claims",
        "code_challenge",
        "code_challenge_method",
    }
    assert len(demande["state"]) == len(demande["nonce"]) == len(demande["code_challenge"]) == 43
    assert demande["claims"] == '{"id_token":{"acr":null,"amr":null}}'
    [cookie] = navigateur.poses
    assert re.fullmatch(
        r"__Host-coop_tx=[0-9a-f]{16}[\w-]{43}; HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure", cookie
    )


async def test_le_cookie_de_session_est_protege_et_la_table_n_en_garde_que_l_empreinte(
    plateforme: Any, navigateur: Any
) -> None:
    await navigateur.se_connecter(plateforme.personne())
    cookie = next(c for c in navigateur.poses if c.startswith("__Host-coop_session="))
    assert re.fullmatch(r"__Host-coop_session=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", cookie)
    valeur = navigateur.siens["__Host-coop_session"]
    async with plateforme.database.raw() as connection:
        tables = ("sessions", "transactions_connexion", "events")
        dump = [str(r) for t in tables for r in await connection.fetch(f"select t::text from {t} t")]
    assert not any(valeur in line for line in dump)
    assert "__Host-coop_tx" not in navigateur.siens


async def test_la_seconde_connexion_ouvre_le_meme_compte(plateforme: Any, nouveau_navigateur: Any) -> None:
    personne = plateforme.personne()
    comptes: list[str] = []
    for _ in range(2):
        navigateur = nouveau_navigateur()
        await navigateur.se_connecter(personne)
        comptes.append((await navigateur.moi())["compte_id"])
    assert comptes[0] == comptes[1]
    assert await plateforme.faits(comptes[0]) == ["CompteOuvert", "IdentiteLiee"]


async def test_des_premieres_connexions_simultanees_donnent_un_seul_compte(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne = plateforme.personne()
    navigateurs = [nouveau_navigateur() for _ in range(6)]
    retours = [await n.aller_au_retour(personne) for n in navigateurs]
    arrivees = await asyncio.gather(*(n.finir(r) for n, r in zip(navigateurs, retours, strict=True)))
    assert [a.status_code for a in arrivees] == [303] * 6
    assert len({(await n.moi())["compte_id"] for n in navigateurs}) == 1


async def test_e1_e7_un_nom_et_un_courriel_qui_changent_sont_repris_avec_leur_histoire(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne = plateforme.personne()
    avant = nouveau_navigateur()
    await avant.se_connecter(personne)
    compte_id = (await avant.moi())["compte_id"]
    nouvelle = plateforme.changer(personne, usual_name="Durand", email=f"durand.{personne.email}")
    apres = nouveau_navigateur()
    await apres.se_connecter(nouvelle)
    moi = await apres.moi()
    assert (moi["compte_id"], moi["nom"], moi["courriel"]) == (compte_id, "Durand", nouvelle.email)
    faits = [r.event for r in await plateforme.store.load(f"compte-{compte_id}")]
    assert [type(f).__name__ for f in faits] == ["CompteOuvert", "IdentiteLiee", "IdentitePersonneModifiee"]
    assert faits[0].courriel == personne.email
    assert faits[2].champs == (compte.Champ.NOM, compte.Champ.COURRIEL)
    # The old address is free again: its next holder gets an account of their own.
    autre = nouveau_navigateur()
    await autre.se_connecter(plateforme.personne(email=personne.email))
    assert (await autre.moi())["compte_id"] != compte_id


async def test_a1_un_compte_prepare_sans_identite_est_lie_par_son_courriel(
    plateforme: Any, navigateur: Any
) -> None:
    personne = plateforme.personne()
    compte_id = CompteId(uuid4())
    prepare = compte.CompteOuvert(compte_id, "LEA", "M", personne.email, None, None, plateforme.heure.lire())
    claim = plateforme.acces.empreintes.courriel(personne.email)
    await plateforme.store.append(f"compte-{compte_id}", 0, [prepare], DIRECT, claims=[claim])
    await navigateur.se_connecter(personne.model_copy(update={"email": personne.email.upper()}))
    moi = await navigateur.moi()
    assert (moi["compte_id"], moi["prenom"], moi["nom"]) == (str(compte_id), "Léa", "Martin")
    assert await plateforme.faits(compte_id) == ["CompteOuvert", "IdentiteLiee", "IdentitePersonneModifiee"]


@pytest.mark.parametrize("adresse", ["@conseiller-numerique.fr", "@Ain.Conseiller-Numerique.FR"])
async def test_a6_une_adresse_supprimee_est_refusee_sans_compte_et_propose_de_sortir(
    plateforme: Any, navigateur: Any, adresse: str
) -> None:
    personne = plateforme.personne()
    plateforme.changer(personne, claims={"email": f"Lea{adresse}."})
    avant = await plateforme.compter("events")
    assert est_refuse(await navigateur.se_connecter(personne)) == "adresse-supprimee"
    assert await plateforme.compter("events") == avant
    assert "__Host-coop_session" not in navigateur.siens
    # The way out leads through ProConnect and back to the welcome page; the next sign-in asks again.
    depart = await navigateur.demander("GET", "/auth/deconnexion/proconnect")
    assert "session/end" in depart.headers["location"]
    assert "id_token" not in depart.headers["location"]
    sortie = await navigateur.demander("GET", depart.headers["location"])
    retour = await navigateur.finir(await navigateur.suivre(sortie, "/auth/deconnexion/retour"))
    assert (retour.status_code, retour.headers["location"]) == (303, "/")
    assert not (await navigateur.aller_au_retour(plateforme.personne())).headers["location"].startswith("/")


PANNES_DE_JETON = [
    "hmac_public_key",
    "hmac_secret",
    "alg_none",
    "other_alg",
    "foreign_key",
    "key_in_header",
    "oversized_header",
    "wrong_aud",
    "wrong_iss",
    "expired",
    "clock_ahead",
    "clock_behind",
]


@pytest.mark.parametrize("cible", ["id_token", "userinfo"])
@pytest.mark.parametrize("mode", PANNES_DE_JETON)
async def test_un_jeton_contrefait_n_ouvre_ni_session_ni_compte(
    plateforme: Any, navigateur: Any, mode: str, cible: Any
) -> None:
    plateforme.panne(mode, cible)
    await _refuse(plateforme, navigateur)


@pytest.mark.parametrize(
    "mode",
    [
        "wrong_nonce",
        "sub_swapped",
        "userinfo_json",
        "userinfo_html",
        "userinfo_500",
        "token_html",
        "token_500",
        "iss_missing",
        "iss_forged",
    ],
)
async def test_une_reponse_anormale_finit_sur_sa_page_d_aide(
    plateforme: Any, navigateur: Any, mode: str
) -> None:
    plateforme.panne(mode)
    await _refuse(plateforme, navigateur)


@pytest.mark.parametrize("annonce", [True, False], ids=["annonce", "tu"])
async def test_un_emetteur_repete_est_refuse(plateforme: Any, navigateur: Any, annonce: bool) -> None:
    """Also when the provider does not say that it sends one: of two, the forged one must be seen."""
    proconnect = plateforme.acces.proconnect
    await proconnect.load()
    connu = proconnect._provider._value
    proconnect._provider._value = replace(connu, sends_iss=annonce)
    try:
        retour = await navigateur.aller_au_retour(plateforme.personne())
        bon = plateforme.settings.proconnect_issuer
        for repetes in (f"&iss={bon}", "&iss=https://ailleurs.exemple.fr"):
            page = await navigateur.demander("GET", retour.headers["location"] + repetes)
            est_refuse(page)
        assert SESSION not in navigateur.siens
    finally:
        proconnect._provider._value = connu


async def test_une_adresse_ne_commence_pas_sans_fin_des_connexions(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    async def commencer(adresse: str) -> Any:
        return await nouveau_navigateur().demander("GET", "/auth/connexion", headers={"X-Real-Ip": adresse})

    lignes = await plateforme.compter("transactions_connexion")
    for _ in range(UNFINISHED_AT_MOST):
        # Of one subscriber: the last 64 bits are theirs to choose.
        est_admis(await commencer(f"2001:db8:1:2::{uuid4().int % 65536:x}"))
    for _ in range(3):
        refus = await commencer("2001:db8:1:2:ffff::1")
        assert est_refuse(refus) == "trop"
        assert "set-cookie" not in refus.headers
    assert await plateforme.compter("transactions_connexion") == lignes + UNFINISHED_AT_MOST
    est_admis(await commencer("2001:db8:1:3::1"))
    plateforme.heure.avancer(minutes=11)
    est_admis(await commencer("2001:db8:1:2::1"))


@pytest.mark.parametrize("mode", ["token_timeout", "userinfo_timeout"])
async def test_un_proconnect_muet_finit_sur_sa_page_d_aide(
    plateforme: Any, navigateur: Any, mode: str
) -> None:
    plateforme.panne(mode, delay_s=4)
    plateforme.impatiente()
    assert await _refuse(plateforme, navigateur) == "injoignable"


async def _refuse(plateforme: Any, navigateur: Any) -> str:
    avant = await plateforme.compter("events"), await plateforme.compter("sessions")
    raison = est_refuse(await navigateur.se_connecter(plateforme.personne()))
    assert (await plateforme.compter("events"), await plateforme.compter("sessions")) == avant
    assert not navigateur.siens.keys() - {"__Host-coop_tx"}
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 401
    return raison


@pytest.mark.parametrize("claim", ["given_name", "usual_name", "email"])
@pytest.mark.parametrize("valeur", [None, "", 7])
async def test_un_renseignement_indispensable_qui_manque_finit_sur_sa_page_d_aide(
    plateforme: Any, navigateur: Any, claim: str, valeur: object
) -> None:
    personne = plateforme.personne()
    plateforme.changer(personne, claims={claim: valeur})
    est_refuse(await navigateur.se_connecter(personne))
    assert "__Host-coop_session" not in navigateur.siens


async def test_un_siret_et_un_telephone_douteux_n_empechent_pas_d_entrer(
    plateforme: Any, navigateur: Any
) -> None:
    personne = plateforme.personne()
    faux = {"siret": "13002603200017", "phone_number": "appeler l'accueil", "inconnu": [1]}
    plateforme.changer(personne, claims=faux)
    est_admis(await navigateur.se_connecter(personne))
    assert (await navigateur.moi())["siret"] is None


async def test_une_cle_renouvelee_est_relue(plateforme: Any, nouveau_navigateur: Any) -> None:
    await nouveau_navigateur().se_connecter(plateforme.personne())
    # The least delay between two reads is over.
    plateforme.acces.proconnect._keys._next = 0.0
    plateforme.panne("keys_rotated_overlap")
    est_admis(await nouveau_navigateur().se_connecter(plateforme.personne()))


def vieillir(garde: Any, secondes: float) -> None:
    """As if what is kept had been read so long ago."""
    garde._read_at -= secondes
    garde._next = 0.0


@pytest.mark.parametrize("mode", ["jwks_html", "jwks_500", "jwks_timeout"])
async def test_les_cles_injoignables_gardent_les_dernieres_connues(
    plateforme: Any, nouveau_navigateur: Any, mode: str
) -> None:
    await nouveau_navigateur().se_connecter(plateforme.personne())
    cles = plateforme.acces.proconnect._keys
    vieillir(cles, 601)
    plateforme.panne(mode)
    for _ in range(3):
        est_admis(await nouveau_navigateur().se_connecter(plateforme.personne()))
        # Nobody waited for a silent provider: its one question is still open.
        assert mode != "jwks_timeout" or cles._reading is not None
    await cles.close()
    cles._reading = None


async def test_une_description_injoignable_garde_la_derniere_connue(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    decouverte = plateforme.acces.proconnect._provider
    vieillir(decouverte, 86_401)
    lue: Any = decouverte._read
    silence = asyncio.Event()
    decouverte._read = silence.wait
    try:
        for _ in range(3):
            est_admis(await nouveau_navigateur().se_connecter(plateforme.personne()))
            assert decouverte._reading is not None
    finally:
        decouverte._read = lue
        await decouverte.close()
        decouverte._reading = None


async def test_des_cles_que_plus_rien_ne_confirme_ne_sont_plus_crues(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    await nouveau_navigateur().se_connecter(plateforme.personne())
    cles = plateforme.acces.proconnect._keys
    vieillir(cles, 3_601)
    plateforme.panne("jwks_500")
    assert est_refuse(await nouveau_navigateur().se_connecter(plateforme.personne())) == "injoignable"
    # And the failure is remembered: nothing more is asked for a while, even of a provider that is back.
    plateforme.panne("none")
    assert est_refuse(await nouveau_navigateur().se_connecter(plateforme.personne())) == "injoignable"
    cles._next = 0.0
    est_admis(await nouveau_navigateur().se_connecter(plateforme.personne()))


@pytest.fixture
def journal() -> Iterator[list[Any]]:
    """What the service logs, informations too."""
    logs.configure("tests", "INFO")
    with capture_logs() as lignes:
        yield lignes
    logs.configure("tests", "WARNING")


async def test_a4_un_retour_rejoue_n_ouvre_rien(
    plateforme: Any, nouveau_navigateur: Any, journal: list[Any]
) -> None:
    navigateur, personne = nouveau_navigateur(), plateforme.personne()
    retour = await navigateur.aller_au_retour(personne)
    marque = dict(navigateur.siens)
    await navigateur.finir(retour)
    # With the session: home.  Without it, even with the old marker: help page.
    encore = await navigateur.finir(retour)
    assert (encore.status_code, encore.headers["location"]) == (303, "/")
    voleur = nouveau_navigateur()
    voleur.siens.update(marque)
    journal.clear()
    assert est_refuse(await voleur.finir(retour)) == "expiree"
    assert "__Host-coop_session" not in voleur.siens
    [tente] = [ligne for ligne in journal if ligne["event"] == "signin_refused"]
    assert personne.email not in str(tente)


async def test_le_code_d_un_autre_navigateur_n_ouvre_rien(plateforme: Any, nouveau_navigateur: Any) -> None:
    retour = await nouveau_navigateur().aller_au_retour(plateforme.personne())
    victime = nouveau_navigateur()
    est_refuse(await victime.finir(retour))
    await victime.demander("GET", "/auth/connexion")
    est_refuse(await victime.finir(retour))
    assert "__Host-coop_session" not in victime.siens


async def test_un_state_faux_est_refuse_et_ne_gache_pas_la_connexion_en_cours(
    plateforme: Any, navigateur: Any
) -> None:
    retour = await navigateur.aller_au_retour(plateforme.personne())
    for faux in ("", "?code=x", "?code=x&state=" + "a" * 43, "?error=access_denied", "?state=a&state=b"):
        est_refuse(await navigateur.demander("GET", f"/auth/retour{faux}"))
    est_admis(await navigateur.finir(retour))


async def test_deux_onglets_le_plus_recent_gagne(plateforme: Any, navigateur: Any) -> None:
    personne = plateforme.personne()
    ancien = await navigateur.aller_au_retour(personne)
    recent = await navigateur.aller_au_retour(personne)
    est_admis(await navigateur.finir(recent))
    encore = await navigateur.finir(ancien)
    assert (encore.status_code, encore.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "erreur", ["access_denied", "login_required", "server_error", "<script>alert(1)</script>"]
)
async def test_a4_une_erreur_de_proconnect_finit_sur_sa_page_d_aide(
    plateforme: Any, navigateur: Any, erreur: str, journal: list[Any]
) -> None:
    avant = await plateforme.compter("events")
    depart = await navigateur.demander("GET", "/auth/connexion")
    page = await navigateur.demander(
        "GET",
        "/auth/retour",
        params={"error": erreur, "error_description": "x" * 500, "state": parametres(depart)["state"]},
    )
    attendue = {"access_denied": "abandon", "server_error": "panne"}
    assert est_refuse(page) == attendue.get(erreur, "refus")
    assert "__Host-coop_session" not in navigateur.siens
    assert await plateforme.compter("events") == avant
    # The attempt is told to the operators: a word of ours, never what came in the address.
    [tente] = [ligne for ligne in journal if ligne["event"] == "signin_refused"]
    assert (tente["reason"], tente["detail"]) == (
        "provider_error",
        erreur if erreur in attendue or erreur == "login_required" else "other",
    )
    assert "x" * 500 not in str(journal)
    assert "<script>" not in str(journal)
    # The transaction was used up; the mark stays, for the other tabs.
    encore = await navigateur.demander("GET", "/auth/retour", params=parametres(depart) | {"code": "x"})
    assert est_refuse(encore) == "expiree"


async def test_a3_abandonner_chez_proconnect_ne_cree_rien(plateforme: Any, navigateur: Any) -> None:
    avant = [await plateforme.compter(table) for table in ("events", "claims", "sessions")]
    depart = await navigateur.demander("GET", "/auth/connexion")
    page = await navigateur.suivre(depart)
    retour = await navigateur.repondre(page, {"email": "", "annuler": "1"})
    # Its page of the portail says how long the moderation of ProConnect takes.
    assert est_refuse(await navigateur.finir(retour)) == "abandon"
    assert "__Host-coop_session" not in navigateur.siens
    assert [await plateforme.compter(table) for table in ("events", "claims", "sessions")] == avant


async def test_la_transaction_expire_en_dix_minutes(plateforme: Any, navigateur: Any) -> None:
    retour = await navigateur.aller_au_retour(plateforme.personne())
    plateforme.heure.avancer(minutes=11)
    est_refuse(await navigateur.finir(retour))


async def test_un_return_to_hostile_mene_a_l_accueil(plateforme: Any, navigateur: Any) -> None:
    arrivee = await navigateur.se_connecter(plateforme.personne(), "//evil.example/")
    assert arrivee.headers["location"] == "/"


async def test_aucune_donnee_personnelle_dans_le_journal_en_clair(plateforme: Any, navigateur: Any) -> None:
    personne = plateforme.personne(given_name="Canarie", usual_name="Jaunet", phone_number="+33639989999")
    await navigateur.se_connecter(personne)
    compte_id = (await navigateur.moi())["compte_id"]
    state = await load_compte(plateforme.store, CompteId(compte_id))
    assert isinstance(state, compte.EnInscription)
    [identite] = state.identites
    async with plateforme.database.raw() as connection:
        dump = str(await connection.fetch("select t::text from events t")) + str(
            await connection.fetch("select t::text from claims t")
        )
    for canari in ("Canarie", "Jaunet", "639989999", personne.email, identite.sub):
        assert canari not in dump


async def test_deux_onglets_finissent_leur_connexion_le_premier_parti_aussi(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne = plateforme.personne()
    for premier, second in ((0, 1), (1, 0)):
        navigateur = nouveau_navigateur()
        onglets = [await navigateur.aller_au_retour(personne) for _ in range(2)]
        arrivee = await navigateur.finir(onglets[premier])
        est_admis(arrivee)
        moi = await navigateur.moi()
        est_admis(await navigateur.finir(onglets[second]))
        assert (await navigateur.moi())["compte_id"] == moi["compte_id"]


async def test_un_onglet_qui_echoue_n_emporte_pas_l_autre(plateforme: Any, navigateur: Any) -> None:
    personne = plateforme.personne()
    perdu, bon = [await navigateur.aller_au_retour(personne) for _ in range(2)]
    faux = re.sub(r"code=[^&]+", "code=faux", perdu.headers["location"])
    assert est_refuse(await navigateur.demander("GET", faux)) == "inverifiable"
    est_admis(await navigateur.finir(bon))


async def test_partir_d_un_autre_nom_de_la_machine_ramene_a_l_origine(
    plateforme: Any, navigateur: Any
) -> None:
    depart = await navigateur.demander(
        "GET", "/auth/connexion?return_to=/espace", headers={"Host": "127.0.0.1:1"}
    )
    assert depart.status_code == 303
    origine = plateforme.settings.public_url
    assert depart.headers["location"] == f"{origine}/auth/connexion?return_to=%2Fespace"
    assert "set-cookie" not in depart.headers


@pytest.mark.parametrize(
    ("erreur", "raison"),
    [
        ("server_error", "panne"),
        ("temporarily_unavailable", "panne"),
        ("access_denied", "abandon"),
        ("invalid_scope", "refus"),
    ],
)
async def test_une_panne_passagere_de_proconnect_invite_a_reessayer(
    plateforme: Any, navigateur: Any, erreur: str, raison: str
) -> None:
    retour = await navigateur.aller_au_retour(plateforme.personne())
    adresse = retour.headers["location"]
    etat = re.search(r"state=[^&]+", adresse)
    assert etat is not None
    page = await navigateur.demander("GET", f"{adresse.partition('?')[0]}?error={erreur}&{etat[0]}")
    assert est_refuse(page) == raison
