"""Une adresse de plus, prouvée par un code : qui la déclare doit en ouvrir la boîte."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from identity.connexion.codes import AT_MOST
from identity.domain.preuve import ESSAIS

COURRIELS = "/comptes/moi/courriels"


@pytest.fixture
async def lea(plateforme: Any, navigateur: Any) -> Any:
    # An earlier test may have had the signing keys made again: those it knows are read anew.
    plateforme.app.state.verifier.keys_changed()
    await navigateur.se_connecter(plateforme.personne())
    return navigateur


def adresse() -> str:
    return f"{uuid4().hex[:12]}@ailleurs.exemple.fr"


async def demander(qui: Any, courriel: str, preuve_id: str | None = None) -> Any:
    return await qui.passer("POST", COURRIELS, {"id": preuve_id or str(uuid4()), "courriel": courriel})


async def rendre(qui: Any, preuve_id: str, code: str) -> Any:
    return await qui.passer("POST", f"{COURRIELS}/{preuve_id}/code", {"code": code})


async def ajouter(plateforme: Any, qui: Any, courriel: str) -> None:
    """Asked for, received, given back."""
    demande = await demander(qui, courriel)
    assert demande.status_code == 202, demande.text
    reponse = await rendre(qui, demande.json()["id"], await plateforme.code(courriel))
    assert reponse.status_code == 200, reponse.text


async def mes_courriels(qui: Any) -> dict[str, Any]:
    return (await qui.passer("GET", COURRIELS)).json()


def probleme(reponse: Any, statut: int = 422) -> tuple[str, list[str]]:
    assert reponse.status_code == statut, reponse.text
    corps = reponse.json()
    return corps["type"].rpartition("/")[2], [e["pointeur"] for e in corps.get("erreurs", [])]


async def test_une_autre_adresse_prouvee_par_son_code_trouve_aussi_le_compte(
    plateforme: Any, lea: Any
) -> None:
    seconde = adresse()
    demande = await demander(lea, f" {seconde.upper()} ")
    assert demande.status_code == 202
    code = await plateforme.code(seconde)
    [message] = plateforme.recus(seconde)
    assert (await lea.moi())["prenom"] not in message.as_string()
    assert "aide@coop.exemple.fr" in plateforme.dernier(seconde)
    assert await mes_courriels(lea) == {"principal": (await lea.moi())["courriel"], "autres": []}
    reponse = await rendre(lea, demande.json()["id"], code)
    assert (reponse.status_code, reponse.json()) == (200, {"resultat": "ajoute"})
    assert (await mes_courriels(lea))["autres"] == [seconde]
    compte_id = (await lea.moi())["compte_id"]
    for trouve in (seconde, (await lea.moi())["courriel"]):
        claim = plateforme.acces.empreintes.courriel(trouve)
        assert await plateforme.store.holder(claim) == f"compte-{compte_id}"
    # Given back twice, or asked for twice, it changes nothing.
    assert (await rendre(lea, demande.json()["id"], code.replace(" ", ""))).status_code == 200
    assert (await plateforme.faits(compte_id)).count("CourrielAjoute") == 1


async def test_une_adresse_retiree_ne_trouve_plus_le_compte_et_celle_de_proconnect_ne_se_retire_pas(
    plateforme: Any, lea: Any
) -> None:
    seconde = adresse()
    await ajouter(plateforme, lea, seconde)
    for _ in range(2):
        retrait = await lea.passer("POST", f"{COURRIELS}/retrait", {"courriel": seconde})
        assert retrait.status_code == 204
    assert (await mes_courriels(lea))["autres"] == []
    assert await plateforme.store.holder(plateforme.acces.empreintes.courriel(seconde)) is None
    principal = (await lea.moi())["courriel"]
    refus = await lea.passer("POST", f"{COURRIELS}/retrait", {"courriel": principal})
    assert probleme(refus) == ("CourrielPrincipal", ["/courriel"])


async def test_e1_l_adresse_ajoutee_qui_devient_celle_de_proconnect_echange_sa_place(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne, seconde, lea = plateforme.personne(), adresse(), nouveau_navigateur()
    await lea.se_connecter(personne)
    await ajouter(plateforme, lea, seconde)
    plateforme.changer(personne, claims={"email": seconde})
    apres = nouveau_navigateur()
    await apres.se_connecter(personne)
    assert (await apres.moi())["compte_id"] == (await lea.moi())["compte_id"]
    assert await mes_courriels(apres) == {"principal": seconde, "autres": [personne.email]}


async def test_d10_un_code_faux_se_compte_et_le_bon_ne_vaut_plus_apres_cinq(
    plateforme: Any, lea: Any
) -> None:
    seconde = adresse()
    preuve_id = (await demander(lea, seconde)).json()["id"]
    code = await plateforme.code(seconde)
    faux = str((int(code[-1]) + 1) % 10)
    for reste in range(ESSAIS - 1, 0, -1):
        refus = await rendre(lea, preuve_id, code[:-1] + faux)
        assert probleme(refus) == ("CodeFaux", ["/code"])
        assert f"{reste} essai" in refus.text
    assert probleme(await rendre(lea, preuve_id, code[:-1] + faux)) == ("CodePerime", ["/code"])
    assert probleme(await rendre(lea, preuve_id, code)) == ("CodePerime", ["/code"])
    assert (await mes_courriels(lea))["autres"] == []


async def test_d10_un_code_perime_ou_d_un_autre_compte_ne_vaut_rien(
    plateforme: Any, lea: Any, nouveau_navigateur: Any
) -> None:
    seconde, voleur = adresse(), nouveau_navigateur()
    await voleur.se_connecter(plateforme.personne())
    preuve_id = (await demander(lea, seconde)).json()["id"]
    code = await plateforme.code(seconde)
    for inconnue in (preuve_id, str(uuid4())):
        assert probleme(await rendre(voleur, inconnue, code), 404)[0] == "CodeInconnu"
    assert probleme(await demander(voleur, seconde, preuve_id), 409)[0] == "CodeDejaDemande"
    plateforme.heure.avancer(minutes=11)
    assert probleme(await rendre(lea, preuve_id, code)) == ("CodePerime", ["/code"])
    # The order that comes late sends nothing: what it would say is no longer true.
    await demander(lea, (tardive := adresse()))
    plateforme.heure.avancer(minutes=11)
    await plateforme.suivre("codes")
    assert plateforme.recus(tardive) == []


async def test_d10_ni_un_compte_ni_une_boite_n_en_recoivent_sans_fin(
    plateforme: Any, lea: Any, nouveau_navigateur: Any
) -> None:
    inondee = adresse()
    envois = [demander(lea, inondee) for _ in range(AT_MOST + 3)]
    statuts = sorted(r.status_code for r in await asyncio.gather(*envois))
    assert statuts == [202] * AT_MOST + [429] * 3
    # Neither another mailbox from this account, nor this mailbox from another account.
    refus = await demander(lea, adresse())
    assert (refus.status_code, refus.headers["retry-after"]) == (429, "3600")
    autre = nouveau_navigateur()
    await autre.se_connecter(plateforme.personne())
    assert (await demander(autre, inondee)).status_code == 429
    assert (await demander(autre, adresse())).status_code == 202
    plateforme.heure.avancer(minutes=61)
    assert (await demander(lea, inondee)).status_code == 202
    assert await plateforme.acces.codes.purge() > 0


async def test_l_adresse_d_un_autre_compte_reste_la_sienne_meme_a_qui_ouvre_sa_boite(
    plateforme: Any, lea: Any, nouveau_navigateur: Any
) -> None:
    autre = nouveau_navigateur()
    await autre.se_connecter(plateforme.personne())
    sienne = (await autre.moi())["courriel"]
    demande = await demander(lea, sienne)
    # Nothing says that it is known, until the mailbox is opened.
    assert demande.status_code == 202, demande.text
    code = await plateforme.code(sienne)
    for _ in range(2):
        pris = await rendre(lea, demande.json()["id"], code)
        assert probleme(pris, 409) == ("CourrielDUnAutreCompte", ["/code"])
    retrait = await lea.passer("POST", f"{COURRIELS}/retrait", {"courriel": sienne})
    assert retrait.status_code == 204, retrait.text
    assert (await mes_courriels(lea))["autres"] == []
    holder = await plateforme.store.holder(plateforme.acces.empreintes.courriel(sienne))
    assert holder == f"compte-{(await autre.moi())['compte_id']}"


async def test_une_adresse_refusee_ne_recoit_rien(plateforme: Any, lea: Any) -> None:
    principal = (await lea.moi())["courriel"]
    attendus = {
        principal: "CourrielDejaAjoute",
        "lea@a..b": "CourrielIllisible",
        "lea@ain.conseiller-numerique.fr": "AdresseSupprimee",
    }
    for courriel, nom in attendus.items():
        assert probleme(await demander(lea, courriel)) == (nom, ["/courriel"])
    await plateforme.suivre("codes")
    assert plateforme.recus(principal) == []


async def test_ni_le_code_ni_l_adresse_ne_sont_en_clair_dans_la_base(plateforme: Any, lea: Any) -> None:
    seconde = adresse()
    await demander(lea, seconde)
    code = await plateforme.code(seconde)
    async with plateforme.database.raw() as connection:
        tables = ("events", "claims", "orders", "envois_de_code")
        lignes = [str(r) for t in tables for r in await connection.fetch(f"select t::text from {t} t")]
    for canari in (seconde, code, code.replace(" ", "")):
        assert not any(canari in ligne for ligne in lignes)
