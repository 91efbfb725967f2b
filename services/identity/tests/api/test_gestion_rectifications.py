"""Les rectifications demandées : la personne demande, un administrateur répond, la personne lit."""

from typing import Any
from uuid import UUID, uuid4

from events.store.store import Context
from identity.domain.vocabulaire import Droit
from identity.erasure import effacer

BASE = "/comptes/gestion/rectifications"
OUI = {"acceptee": True, "raison": "Le début de votre emploi est corrigé."}


async def demandee(plateforme: Any, navigateur: Any, texte: str) -> str:
    """Signed in; the account, which has just asked."""
    plateforme.app.state.verifier.keys_changed()
    await navigateur.se_connecter(plateforme.personne())
    assert (
        await navigateur.passer("POST", "/comptes/moi/rectification", {"texte": texte})
    ).status_code == 204
    await plateforme.rattraper("rectifications")
    await plateforme.rattraper("comptes")
    return (await navigateur.moi())["compte_id"]


async def siennes(lecteur: Any, compte_id: str, question: str = "") -> list[dict[str, Any]]:
    page = await lecteur.passer("GET", f"{BASE}?limite=200{question}")
    assert page.status_code == 200, page.text
    return [d for d in page.json()["elements"] if d["compte_id"] == compte_id]


async def test_une_demande_se_lit_recoit_sa_reponse_et_la_personne_la_lit(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    texte = "Mon emploi commence en septembre."
    compte_id, admin = await demandee(plateforme, navigateur, texte), gestionnaires[Droit.ADMIN]
    [une] = await siennes(gestionnaires[Droit.SUPPORT], compte_id)
    ici = f"{BASE}/{une['rectification_id']}"
    lue = (await gestionnaires[Droit.SUPPORT].passer("GET", ici)).json()
    assert (lue["texte"], lue["acceptee"], lue["reponse"]) == (texte, None, None)
    refus = await admin.passer("POST", f"{ici}/reponse", {"acceptee": False, "raison": " "})
    assert (refus.status_code, refus.json()["erreurs"][0]["pointeur"]) == (422, "/raison")
    assert (await admin.passer("POST", f"{ici}/reponse", OUI)).status_code == 204
    deja = await admin.passer("POST", f"{ici}/reponse", OUI)
    assert (deja.status_code, deja.json()["type"]) == (409, "/problemes/RectificationDejaTraitee")
    await plateforme.rattraper("rectifications")
    assert await siennes(admin, compte_id) == []
    [traitee] = await siennes(admin, compte_id, "&traitees=true")
    assert traitee["acceptee"] is True
    [mienne] = (await navigateur.passer("GET", "/comptes/moi/demandes")).json()["rectifications"]
    assert (mienne["texte"], mienne["acceptee"], mienne["reponse"]) == (texte, True, OUI["raison"])


async def test_les_mots_de_la_personne_ne_sont_dans_aucune_table_et_partent_avec_elle(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id = await demandee(plateforme, navigateur, "Zuldravine s’écrit avec un z.")
    async with plateforme.database.raw() as connection:
        for table in ("rectifications", "events"):
            trouve: Any = await connection.fetchval(
                f"select count(*) from {table} t where t::text like '%Zuldravine%'"
            )
            assert trouve == 0, table
    [une] = await siennes(gestionnaires[Droit.ADMIN], compte_id)
    contexte = Context("essai", "essai")
    await effacer(plateforme.store, "compte", UUID(compte_id), "essai", contexte, plateforme.heure.lire())
    await plateforme.rattraper("comptes")
    assert await siennes(gestionnaires[Droit.ADMIN], compte_id) == []
    for rectification_id in (une["rectification_id"], uuid4()):
        refus = await gestionnaires[Droit.ADMIN].passer("POST", f"{BASE}/{rectification_id}/reponse", OUI)
        assert (refus.status_code, refus.json()["type"]) == (404, "/problemes/RectificationInconnue")
