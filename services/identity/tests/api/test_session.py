"""The life of a session: expiry with a moved clock, ten at most, rotation, CSRF, logout, closing another."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

SESSION = "__Host-coop_session"


async def statut(navigateur: Any) -> int:
    return (await navigateur.demander("GET", "/auth/session")).status_code


async def test_sans_session_personne_n_est_connecte(navigateur: Any) -> None:
    assert await statut(navigateur) == 401
    for faux in ("", "x", "a" * 43, "a" * 5000):
        navigateur.siens[SESSION] = faux
        assert await statut(navigateur) == 401


async def test_une_session_inactive_deux_heures_expire(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    for _ in range(3):
        plateforme.heure.avancer(minutes=119)
        assert await statut(navigateur) == 200
    plateforme.heure.avancer(minutes=121)
    assert await statut(navigateur) == 401


async def test_une_session_active_expire_apres_douze_heures(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    for _ in range(11):
        plateforme.heure.avancer(hours=1)
        assert await statut(navigateur) == 200
    plateforme.heure.avancer(minutes=61)
    assert await statut(navigateur) == 401


async def test_la_onzieme_session_ferme_la_plus_ancienne(plateforme: Any, nouveau_navigateur: Any) -> None:
    personne = plateforme.personne()
    navigateurs = [nouveau_navigateur() for _ in range(11)]
    for navigateur in navigateurs:
        await navigateur.se_connecter(personne)
        plateforme.heure.avancer(minutes=2)
        plateforme.faux.clock.offset_s += 120
    assert [await statut(n) for n in navigateurs] == [401] + [200] * 10
    ouvertes = (await navigateurs[-1].demander("GET", "/auth/sessions")).json()
    assert len(ouvertes) == 10


async def test_quinze_connexions_a_la_fois_laissent_dix_sessions(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne = plateforme.personne()
    await nouveau_navigateur().se_connecter(personne)
    navigateurs = [nouveau_navigateur() for _ in range(15)]
    retours = [await navigateur.aller_au_retour(personne) for navigateur in navigateurs]
    arrivees = await asyncio.gather(*(n.finir(r) for n, r in zip(navigateurs, retours, strict=True)))
    assert {arrivee.status_code for arrivee in arrivees} == {303}
    assert [await statut(n) for n in navigateurs].count(200) == 10


async def test_se_reconnecter_change_d_identifiant_et_ferme_l_ancienne(
    plateforme: Any, navigateur: Any
) -> None:
    personne = plateforme.personne()
    await navigateur.se_connecter(personne)
    avant = navigateur.siens[SESSION]
    await navigateur.se_connecter(personne)
    assert navigateur.siens[SESSION] != avant
    navigateur.siens[SESSION] = avant
    assert await statut(navigateur) == 401


async def test_un_cookie_pose_avant_la_connexion_ne_devient_pas_une_session(
    plateforme: Any, navigateur: Any
) -> None:
    retour = await navigateur.aller_au_retour(plateforme.personne())
    navigateur.siens[SESSION] = "plante-par-un-voleur"
    await navigateur.finir(retour)
    assert navigateur.siens[SESSION] != "plante-par-un-voleur"


async def test_je_vois_et_je_ferme_mes_sessions_et_elles_seules(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne, autre = plateforme.personne(), plateforme.personne()
    ici, ailleurs, chez_un_autre = (nouveau_navigateur() for _ in range(3))
    for navigateur, qui in ((ici, personne), (ailleurs, personne), (chez_un_autre, autre)):
        await navigateur.se_connecter(qui)
    miennes = (await ici.demander("GET", "/auth/sessions")).json()
    assert [s["actuelle"] for s in miennes].count(True) == 1
    [la_bas] = [s["id"] for s in miennes if not s["actuelle"]]
    etrangere = (await chez_un_autre.moi())["session_id"]
    for inconnue in (etrangere, str(uuid4())):
        refus = await ici.ecrire("DELETE", f"/auth/sessions/{inconnue}")
        assert (refus.status_code, refus.json()["type"]) == (404, "/problemes/SessionInconnue")
    assert (await ici.ecrire("DELETE", f"/auth/sessions/{la_bas}")).status_code == 204
    assert [await statut(n) for n in (ici, ailleurs, chez_un_autre)] == [200, 401, 200]
    faits = [type(r.event).__name__ for r in await plateforme.store.load(f"session-{la_bas}")]
    assert faits == ["SessionOuverte", "SessionRevoquee"]


@pytest.mark.parametrize(
    ("entetes", "statut_attendu", "probleme"),
    [
        ({"X-CSRF-Token": "{csrf}"}, 403, "OrigineRefusee"),
        ({"Origin": "{base}"}, 403, "JetonCsrfRefuse"),
        ({"Origin": "{base}", "X-CSRF-Token": "{csrf}x"}, 403, "JetonCsrfRefuse"),
        ({"Origin": "{base}", "X-CSRF-Token": "é"}, 403, "JetonCsrfRefuse"),
        ({"Origin": "http://evil.example", "X-CSRF-Token": "{csrf}"}, 403, "OrigineRefusee"),
        ({"Origin": "{base}.evil.example", "X-CSRF-Token": "{csrf}"}, 403, "OrigineRefusee"),
        ({"Origin": "null", "X-CSRF-Token": "{csrf}"}, 403, "OrigineRefusee"),
        ({"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": "{csrf}"}, 403, "OrigineRefusee"),
        ({"Sec-Fetch-Site": "same-site", "X-CSRF-Token": "{csrf}"}, 403, "OrigineRefusee"),
        (
            {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": "{csrf}"},
            403,
            "OrigineRefusee",
        ),
        ({"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": "{csrf}"}, 200, None),
        ({"Origin": "{base}", "X-CSRF-Token": "{csrf}"}, 200, None),
    ],
)
async def test_une_ecriture_demande_le_jeton_de_la_session_et_la_bonne_origine(
    plateforme: Any, navigateur: Any, entetes: dict[str, str], statut_attendu: int, probleme: str | None
) -> None:
    await navigateur.se_connecter(plateforme.personne())
    csrf = (await navigateur.moi())["csrf"]
    remplis = {n: v.format(csrf=csrf, base=navigateur.base).encode() for n, v in entetes.items()}
    for method, url in (("GET", "/auth/verifier?audience=activites"), ("POST", "/auth/deconnexion")):
        reponse = await navigateur.demander(method, url, headers={**remplis, "X-Forwarded-Method": "POST"})
        assert reponse.status_code == statut_attendu, reponse.text
        if probleme is not None:
            assert reponse.json()["type"] == f"/problemes/{probleme}"


async def test_le_refus_d_une_demande_nomme_l_adresse_demandee(plateforme: Any, navigateur: Any) -> None:
    """Not the question that the gateway asks about it."""
    demande = {"X-Forwarded-Uri": "/equipes/%C3%A9t%C3%A9?du=2026-01-01", "X-Forwarded-Method": "POST"}
    for statut_attendu in (401, 403):
        refus = await navigateur.demander("GET", "/auth/verifier?audience=equipes", headers=demande)
        assert (refus.status_code, refus.json()["instance"]) == (statut_attendu, "/equipes/été")
        await navigateur.se_connecter(plateforme.personne())


async def test_le_jeton_csrf_d_une_autre_session_ne_vaut_rien(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    ici, ailleurs = nouveau_navigateur(), nouveau_navigateur()
    for navigateur in (ici, ailleurs):
        await navigateur.se_connecter(plateforme.personne())
    vole = (await ailleurs.moi())["csrf"]
    refus = await ici.demander(
        "POST", "/auth/deconnexion", headers={"Origin": ici.base, "X-CSRF-Token": vole}
    )
    assert refus.status_code == 403


async def test_la_deconnexion_n_accepte_ni_get_ni_formulaire(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    assert (await navigateur.demander("GET", "/auth/deconnexion")).status_code == 405
    formulaire = await navigateur.demander("POST", "/auth/deconnexion", data={"csrf": "x"})
    assert formulaire.status_code == 415
    assert await statut(navigateur) == 200


async def test_a8_se_deconnecter_ferme_ici_puis_chez_proconnect(plateforme: Any, navigateur: Any) -> None:
    personne = plateforme.personne()
    await navigateur.se_connecter(personne)
    ancien = navigateur.siens[SESSION]
    # ProConnect remembers its session: coming back would be one click.
    assert (await navigateur.aller_au_retour(personne)).is_redirect
    sortie = await navigateur.ecrire("POST", "/auth/deconnexion", {})
    assert sortie.status_code == 200
    assert SESSION not in navigateur.siens
    url = sortie.json()["url"]
    assert url.startswith(f"{plateforme.settings.proconnect_issuer}/session/end?id_token_hint=")
    retour = await navigateur.suivre(await navigateur.demander("GET", url), "/auth/deconnexion/retour")
    accueil = await navigateur.finir(retour)
    assert (accueil.status_code, accueil.headers["location"]) == (303, "/")
    assert accueil.headers["clear-site-data"] == '"cache", "storage"'
    navigateur.siens[SESSION] = ancien
    assert await statut(navigateur) == 401
    depart = await navigateur.demander("GET", "/auth/connexion")
    assert "Email professionnel" in (await navigateur.suivre(depart)).text


async def test_un_retour_de_deconnexion_force_n_efface_rien(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    for suite in ("", "?state=" + "a" * 43):
        retour = await navigateur.demander("GET", f"/auth/deconnexion/retour{suite}")
        assert (retour.status_code, retour.headers["location"]) == (303, "/")
        assert "clear-site-data" not in retour.headers
    assert await statut(navigateur) == 200


async def test_se_deconnecter_sans_session_ne_fait_rien(navigateur: Any) -> None:
    reponse = await navigateur.demander("POST", "/auth/deconnexion", headers={"Origin": navigateur.base})
    assert (reponse.status_code, reponse.json()) == (200, {"url": "/"})
    assert "set-cookie" not in reponse.headers


@pytest.mark.parametrize(
    "entetes",
    [{}, {"Origin": "https://ailleurs.exemple.fr"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_le_formulaire_vide_d_un_autre_site_ne_deconnecte_personne(
    navigateur: Any, entetes: dict[str, str]
) -> None:
    """The browser sends no cookie with it (SameSite): an answer that drops one would sign out too."""
    for accept in ("*/*", "text/html"):
        reponse = await navigateur.demander(
            "POST", "/auth/deconnexion", headers={**entetes, "Accept": accept}
        )
        assert (reponse.status_code, reponse.json()["type"]) == (403, "/problemes/OrigineRefusee")
        assert "set-cookie" not in reponse.headers


async def test_une_session_fermee_ne_donne_plus_de_jeton(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    await navigateur.jeton()
    opaque = navigateur.siens[SESSION]
    await navigateur.ecrire("POST", "/auth/deconnexion", {})
    navigateur.siens[SESSION] = opaque
    verdict = await navigateur.demander(
        "GET", "/auth/verifier?audience=identity", headers={"X-Forwarded-Method": "GET"}
    )
    assert verdict.status_code == 401
    assert "authorization" not in verdict.headers


async def test_le_menage_oublie_les_sessions_finies_depuis_un_jour(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    session_id = UUID((await navigateur.moi())["session_id"])
    await plateforme.acces.registre.purge()
    assert await plateforme.acces.registre.id_token(session_id) is not None
    plateforme.heure.avancer(hours=40)
    await plateforme.acces.registre.purge()
    await plateforme.acces.transactions.purge()
    assert await plateforme.acces.registre.id_token(session_id) is None
    assert await plateforme.compter("transactions_connexion") == 0
