"""Deux comptes d'une même personne : prouvés par une boîte, réunis, et défaits (scénarios E2 à E6, E9)."""

import io
import zipfile
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.identity import ComptesRapprochesV1
from events.store.store import Context
from identity.connexion.rapprochement import Resultat
from identity.courriels import comptes_rapproches, rapprochement_defait
from identity.domain import compte, rapprochement
from identity.domain.acces import ACCES, ChangerDroit, LeverSuspension, Suspendre
from identity.domain.compte import COMPTE
from identity.domain.emploi import EMPLOI
from identity.domain.rapprochement import identifiant
from identity.domain.vocabulaire import CompteId, Droit, Role
from identity.erasure import effacer
from identity.messaging import to_contract
from referentiels.dates import en_lettres
from referentiels.territoires import jour_civil

SESSION = "__Host-coop_session"
RAPPROCHER = "/inscription/rapprochement"
COURRIELS = "/comptes/moi/courriels"
SUPPORT, SECOND, ADMIN, SECOND_ADMIN = (CompteId(uuid4()) for _ in range(4))
CONTEXT = Context("support", "demande-7")


async def entrer(plateforme: Any, navigateur: Any, **champs: Any) -> Any:
    """The person, and where their sign-in led."""
    personne = plateforme.personne(**champs)
    navigateur.arrivee = (await navigateur.se_connecter(personne)).headers["location"]
    return personne


async def inscrire(navigateur: Any, role: str = "mediateur") -> None:
    await navigateur.recevoir_le_role(role)


async def compte_de(navigateur: Any) -> CompteId:
    return CompteId(UUID((await navigateur.moi())["compte_id"]))


async def prouver(plateforme: Any, navigateur: Any, adresse: str) -> Any:
    """Ask for a code there, and give it back."""
    corps = {"id": str(uuid4()), "courriel": adresse}
    assert (await navigateur.passer("POST", COURRIELS, corps)).status_code == 202
    code = {"code": await plateforme.code(adresse)}
    reponse = await navigateur.passer("POST", f"{COURRIELS}/{corps['id']}/code", code)
    assert reponse.status_code == 200, reponse.text
    return reponse.json()["resultat"]


async def employer(navigateur: Any) -> str:
    """An emploi, always the same employer and first day. Its identifier."""
    corps = {"id": str(uuid4()), "siret": "13002603200016", "nom": "Ville", "debut": "2025-09-01"}
    assert (await navigateur.passer("POST", "/comptes/moi/emplois", corps)).status_code == 201
    return corps["id"]


async def etat(plateforme: Any, compte_id: CompteId) -> Any:
    return (await plateforme.store.state(COMPTE(compte_id)))[0]


async def deux_comptes(plateforme: Any, nouveau_navigateur: Any, **champs: Any) -> Any:
    """Léa's former account, a médiatrice's, and the one that her new address has just opened."""
    avant, apres = nouveau_navigateur(), nouveau_navigateur()
    ancienne = await entrer(plateforme, avant)
    await inscrire(avant)
    return avant, apres, ancienne, await entrer(plateforme, apres, **champs)


async def test_e3_un_code_a_l_ancienne_adresse_retrouve_le_compte_et_ses_roles(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, nouvelle = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    cookie = apres.siens[SESSION]
    assert await prouver(plateforme, apres, ancienne.email) == "rapproche"
    moi = await apres.moi()
    assert (moi["compte_id"], moi["roles"]) == (str(garde), ["mediateur"])
    assert apres.siens[SESSION] != cookie
    # Both addresses and both identities lead to it, and the account left behind forwards.
    mes = (await apres.passer("GET", COURRIELS)).json()
    assert (mes["principal"], mes["autres"]) == (ancienne.email, [nouvelle.email])
    assert isinstance(await etat(plateforme, renvoye), compte.Renvoye)
    assert (await plateforme.faits(garde))[-2:] == ["IdentiteLiee", "CourrielAjoute"]
    identites = (await apres.passer("GET", "/comptes/moi/identites")).json()
    assert [i["actuelle"] for i in identites] == [False, True]
    apres.siens[SESSION] = cookie
    assert (await apres.demander("GET", "/auth/session")).status_code == 401


async def test_e3_rapprocher_deux_fois_ne_change_rien_et_ce_qui_manque_est_repris(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, _ = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    await prouver(plateforme, apres, ancienne.email)
    faits = [await plateforme.faits(c) for c in (garde, renvoye)]
    await plateforme.suivre("suites_de_rapprochement")
    assert [await plateforme.faits(c) for c in (garde, renvoye)] == faits


async def test_e3_un_rapprochement_se_defait_pendant_trente_jours(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, nouvelle = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    await prouver(plateforme, apres, ancienne.email)
    rid = identifiant(garde, renvoye)
    plateforme.heure.avancer(days=29)
    for _ in range(2):
        await plateforme.acces.rapprochements.annuler(rid, SUPPORT, "erreur", CONTEXT, administre=False)
    assert isinstance(await etat(plateforme, renvoye), compte.EnInscription)
    assert await plateforme.acces.rapprochements.titulaire(nouvelle.email) == renvoye
    reste = await etat(plateforme, garde)
    assert (len(reste.identites), reste.secondaires) == (1, frozenset())
    plateforme.faux.clock.offset_s = plateforme.heure.decalage.total_seconds()
    retour = nouveau_navigateur()
    await retour.se_connecter(nouvelle)
    assert await compte_de(retour) == renvoye


async def test_e3_apres_trente_jours_il_ne_se_defait_plus(plateforme: Any, nouveau_navigateur: Any) -> None:
    avant, apres, ancienne, _ = await deux_comptes(plateforme, nouveau_navigateur)
    rid = identifiant(await compte_de(avant), await compte_de(apres))
    await prouver(plateforme, apres, ancienne.email)
    plateforme.heure.avancer(days=31)
    with pytest.raises(rapprochement.RapprochementDefinitif):
        await plateforme.acces.rapprochements.annuler(rid, SUPPORT, "trop tard", CONTEXT, administre=False)


async def test_e3_deux_comptes_qui_servent_n_en_font_qu_un_et_se_separent(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    """The old account forwards to the one that asks, which keeps its session and gets the other's role."""
    avant, apres = nouveau_navigateur(), nouveau_navigateur()
    ancienne, _ = await entrer(plateforme, avant), await entrer(plateforme, apres)
    await inscrire(avant, "coordinateur")
    await inscrire(apres)
    renvoye, garde = await compte_de(avant), await compte_de(apres)
    cookie, sien = apres.siens[SESSION], (await etat(plateforme, renvoye)).coordinateur_id
    emploi = await employer(avant)
    assert await prouver(plateforme, apres, ancienne.email) == "rapproche"
    assert apres.siens[SESSION] == cookie
    plateforme.heure.avancer(seconds=16)
    assert (await apres.moi())["roles"] == ["mediateur", "coordinateur"]
    for projection in ("comptes", "utilisateurs", "comptes_rapproches", "emplois"):
        await plateforme.rattraper(projection)
    assert (await apres.passer("GET", "/comptes/moi")).json()["coordinateur_id"] == str(sien)
    [lu] = (await apres.passer("GET", "/comptes/moi/emplois")).json()
    assert lu["emploi_id"] == emploi
    fin = {"fin": str(plateforme.heure.lire().date()), "motif": "rupture"}
    fini = await apres.passer("POST", f"/comptes/moi/emplois/{emploi}/fin", fin)
    assert fini.status_code == 204, fini.text

    rid = identifiant(garde, renvoye)
    await plateforme.acces.rapprochements.annuler(rid, SUPPORT, "erreur", CONTEXT, administre=False)
    separes = [await etat(plateforme, qui) for qui in (garde, renvoye)]
    assert [compte.roles(un) for un in separes] == [(Role.MEDIATEUR,), (Role.COORDINATEUR,)]
    assert separes[1].coordinateur_id == sien
    await plateforme.rattraper("comptes")
    retour = nouveau_navigateur()
    plateforme.faux.clock.offset_s = plateforme.heure.decalage.total_seconds()
    await retour.se_connecter(ancienne)
    assert await compte_de(retour) == renvoye
    await plateforme.rattraper("emplois")
    # What ended meanwhile has ended, in the account that declared it.
    [rendu] = (await retour.passer("GET", "/comptes/moi/emplois")).json()
    assert (rendu["emploi_id"], rendu["fin"]) == (emploi, fin["fin"])


async def test_e3_les_deux_memes_roles_se_lisent_sous_celui_qui_reste(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, _ = await deux_comptes(plateforme, nouveau_navigateur)
    await inscrire(apres)
    tenus = [(await etat(plateforme, await compte_de(n))).mediateur_id for n in (apres, avant)]
    garde, renvoye = await compte_de(apres), await compte_de(avant)
    await prouver(plateforme, apres, ancienne.email)
    assert (await etat(plateforme, garde)).mediateur_id == tenus[0]
    dossier, _ = await plateforme.store.state(rapprochement.RAPPROCHEMENT(identifiant(garde, renvoye)))
    contrat = to_contract(dossier.fait)
    assert isinstance(contrat, ComptesRapprochesV1)
    assert [contrat.mediateur_id, contrat.mediateur_renvoye] == tenus
    assert (contrat.coordinateur_id, contrat.coordinateur_renvoye) == (None, None)


async def test_e3_un_emploi_dit_par_les_deux_comptes_ne_se_lit_qu_une_fois(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, _ = await deux_comptes(plateforme, nouveau_navigateur)
    await inscrire(apres)
    autre, sien = await employer(avant), await employer(apres)
    await prouver(plateforme, apres, ancienne.email)
    for projection in ("comptes_rapproches", "emplois"):
        await plateforme.rattraper(projection)
    emplois = (await apres.passer("GET", "/comptes/moi/emplois")).json()
    assert [emploi["emploi_id"] for emploi in emplois] == [sien]
    fin = {"fin": str(plateforme.heure.lire().date()), "motif": "rupture"}
    await apres.passer("POST", f"/comptes/moi/emplois/{sien}/fin", fin)
    finis = [(await plateforme.store.state(EMPLOI(UUID(un))))[0] for un in (sien, autre)]
    assert [type(fini).__name__ for fini in finis] == ["Termine", "Termine"]


async def test_e3_le_dernier_rapprochement_d_un_compte_se_defait_d_abord(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    premiere, apres, ancienne, _ = await deux_comptes(plateforme, nouveau_navigateur)
    await inscrire(apres)
    seconde = nouveau_navigateur()
    autre = await entrer(plateforme, seconde)
    garde, un, deux = [await compte_de(n) for n in (apres, premiere, seconde)]
    await prouver(plateforme, apres, ancienne.email)
    plateforme.heure.avancer(minutes=1)
    await prouver(plateforme, apres, autre.email)
    rapprochements = plateforme.acces.rapprochements
    with pytest.raises(rapprochement.RapprochementRecouvert):
        await rapprochements.annuler(identifiant(garde, un), SUPPORT, "x", CONTEXT, administre=False)
    for qui in (deux, un):
        await rapprochements.annuler(identifiant(garde, qui), SUPPORT, "x", CONTEXT, administre=False)
    assert isinstance(await etat(plateforme, un), compte.Inscrit)


async def test_e3_les_deux_adresses_sont_prevenues_du_rapprochement_et_de_sa_fin(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, nouvelle = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    await prouver(plateforme, apres, ancienne.email)
    for _ in range(2):
        await plateforme.suivre("rapprochements_dits")
    for adresse, autre in ((ancienne.email, nouvelle.email), (nouvelle.email, ancienne.email)):
        [dit] = [m for m in plateforme.recus(adresse) if m["Subject"] == comptes_rapproches.OBJET]
        assert autre not in dit.as_string()
    limite = plateforme.heure.lire() + rapprochement.ANNULABLE
    assert en_lettres(jour_civil(limite, plateforme.settings.timezone)) in plateforme.dernier(nouvelle.email)
    rid = identifiant(garde, renvoye)
    await plateforme.acces.rapprochements.annuler(rid, SUPPORT, "secrete", CONTEXT, administre=False)
    await plateforme.suivre("rapprochements_dits")
    for adresse in (ancienne.email, nouvelle.email):
        assert plateforme.recus(adresse)[-1]["Subject"] == rapprochement_defait.OBJET
        assert "secrete" not in plateforme.dernier(adresse)


async def test_e5_une_seule_boite_pour_deux_comptes_n_est_prevenue_qu_une_fois(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne, avant, apres = plateforme.personne(), nouveau_navigateur(), nouveau_navigateur()
    await avant.se_connecter(personne)
    await inscrire(avant)
    plateforme.changer(
        personne, identifiants={idp: {"uid": f"recree-{personne.id}"} for idp in personne.identifiants}
    )
    await apres.se_connecter(personne)
    assert await prouver(plateforme, apres, personne.email) == "rapproche"
    await plateforme.suivre("rapprochements_dits")
    objets = [m["Subject"] for m in plateforme.recus(personne.email)]
    assert objets.count(comptes_rapproches.OBJET) == 1


async def test_e3_le_compte_qui_a_un_role_est_celui_qui_reste(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    vide, active = nouveau_navigateur(), nouveau_navigateur()
    oubliee = await entrer(plateforme, vide)
    await entrer(plateforme, active)
    await inscrire(active)
    cookie, garde = active.siens[SESSION], await compte_de(active)
    assert await prouver(plateforme, active, oubliee.email) == "rapproche"
    assert await compte_de(active) == garde
    assert active.siens[SESSION] == cookie
    assert (await vide.demander("GET", "/auth/session")).status_code == 401
    await vide.se_connecter(oubliee)
    assert await compte_de(vide) == garde


async def test_e2_un_nouveau_courriel_pris_par_un_autre_compte_ouvre_un_dossier(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    hugo, lea = plateforme.personne(given_name="Hugo"), plateforme.personne()
    for personne in (hugo, lea):
        await nouveau_navigateur().se_connecter(personne)
    # Hugo's address, as userinfo gives it, becomes Léa's.
    plateforme.changer(hugo, claims={"email": lea.email}, given_name="Ugo")
    navigateur = nouveau_navigateur()
    arrivee = await navigateur.se_connecter(hugo)
    assert arrivee.headers["location"] == RAPPROCHER
    moi = await navigateur.moi()
    assert (moi["prenom"], moi["courriel"]) == ("Ugo", hugo.email)
    await plateforme.rattraper("rapprochements")
    [dossier] = (await navigateur.passer("GET", "/comptes/moi/rapprochements")).json()
    assert (dossier["origine"], dossier["etat"]) == ("courriel_change", "ouvert")
    # Said once: the next sign-in leads where it was going.
    assert (await navigateur.se_connecter(hugo)).headers["location"] == "/espace"


async def test_e5_le_meme_courriel_sous_une_nouvelle_identite_demande_un_code_a_cette_boite(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne, avant, apres = plateforme.personne(), nouveau_navigateur(), nouveau_navigateur()
    await avant.se_connecter(personne)
    await inscrire(avant)
    # The account is made again at ProConnect Identité: same address, new `sub`.
    plateforme.changer(
        personne, identifiants={idp: {"uid": f"recree-{personne.id}"} for idp in personne.identifiants}
    )
    assert (await apres.se_connecter(personne)).headers["location"] == RAPPROCHER
    garde = await compte_de(avant)
    assert await compte_de(apres) != garde
    assert (await apres.moi())["roles"] == []
    assert await prouver(plateforme, apres, personne.email) == "rapproche"
    assert await compte_de(apres) == garde
    assert (await apres.se_connecter(personne)).headers["location"] == "/espace"
    assert await compte_de(apres) == garde


async def test_e5_une_boite_reprise_par_un_successeur_va_au_support(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    personne, avant, apres = plateforme.personne(), nouveau_navigateur(), nouveau_navigateur()
    await avant.se_connecter(personne)
    await inscrire(avant)
    plateforme.changer(
        personne,
        identifiants={idp: {"uid": f"autre-{personne.id}"} for idp in personne.identifiants},
        given_name="Karim",
        usual_name="Benali",
    )
    await apres.se_connecter(personne)
    successeur, predecesseur = await compte_de(apres), await compte_de(avant)
    assert await prouver(plateforme, apres, personne.email) == "confie"
    assert await compte_de(apres) == successeur
    assert await plateforme.acces.rapprochements.titulaire(personne.email) == predecesseur
    # The support says that they are two persons, and a code no longer changes that.
    rid = identifiant(successeur, predecesseur)
    await plateforme.acces.rapprochements.ecarter(rid, SUPPORT, "deux personnes", CONTEXT, administre=False)
    await plateforme.rattraper("rapprochements")
    assert (await apres.passer("GET", "/comptes/moi/rapprochements")).json() == []
    plateforme.heure.avancer(hours=1)
    assert await prouver(plateforme, apres, personne.email) == "confie"


async def test_e3_une_boite_partagee_ne_suffit_pas(plateforme: Any, nouveau_navigateur: Any) -> None:
    avant, apres = nouveau_navigateur(), nouveau_navigateur()
    adresse = f"Contact@{uuid4().hex[:12]}.exemple.fr"
    await entrer(plateforme, avant, email=adresse)
    await entrer(plateforme, apres)
    assert await prouver(plateforme, apres, adresse.lower()) == "confie"


async def test_e4_le_support_atteste_et_un_compte_coordinateur_demande_deux_personnes(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    for role, attendus in (("mediateur", ["rapproche"]), ("coordinateur", ["confie", "confie", "rapproche"])):
        avant, apres = nouveau_navigateur(), nouveau_navigateur()
        await entrer(plateforme, avant)
        await inscrire(avant, role)
        await entrer(plateforme, apres)
        garde, renvoye = await compte_de(avant), await compte_de(apres)
        qui = [SUPPORT, SUPPORT, SECOND]
        recus = [
            await attester(plateforme, renvoye, garde, par) for par, _ in zip(qui, attendus, strict=False)
        ]
        assert recus == attendus
        assert isinstance(await etat(plateforme, renvoye), compte.Renvoye)


async def test_e4_personne_n_atteste_pour_soi(plateforme: Any, nouveau_navigateur: Any) -> None:
    avant, apres, *_ = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    for soi in (garde, renvoye):
        with pytest.raises(rapprochement.AttestationDeSoi):
            await attester(plateforme, renvoye, garde, soi)


async def test_e6_un_compte_qui_administre_ne_se_lie_ni_par_courriel_ni_par_code(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, _ = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    droit = ChangerDroit(garde, Droit.SUPPORT, None, "essai", plateforme.heure.lire())
    await plateforme.store.execute(ACCES(garde), droit, CONTEXT)
    assert await prouver(plateforme, apres, ancienne.email) == "confie"
    with pytest.raises(rapprochement.RapprochementReserve):
        await attester(plateforme, renvoye, garde)
    # Another administrator does it, a second confirms; one who does not administer any more does not count.
    for par in (ADMIN, SECOND_ADMIN):
        await plateforme.donner(par, Droit.ADMIN)
    rapprochements = plateforme.acces.rapprochements
    recus = [
        (await rapprochements.attester(renvoye, garde, par, "vue", CONTEXT, administre=True)).resultat
        for par in (SECOND, ADMIN, SECOND_ADMIN)
    ]
    assert recus == ["confie", "confie", "rapproche"]


async def test_e6_un_compte_d_administration_prepare_ne_s_ouvre_pas_par_son_courriel(
    plateforme: Any, navigateur: Any
) -> None:
    personne, compte_id = plateforme.personne(), CompteId(uuid4())
    prepare = compte.CompteOuvert(compte_id, "Léa", "M", personne.email, None, None, plateforme.heure.lire())
    claim = plateforme.acces.empreintes.courriel(personne.email)
    await plateforme.store.append(COMPTE(compte_id), 0, [prepare], CONTEXT, claims=[claim])
    droit = ChangerDroit(compte_id, Droit.ADMIN, None, "essai", plateforme.heure.lire())
    await plateforme.store.execute(ACCES(compte_id), droit, CONTEXT)
    assert (await navigateur.se_connecter(personne)).headers["location"] == RAPPROCHER
    assert await compte_de(navigateur) != compte_id
    assert await plateforme.faits(compte_id) == ["CompteOuvert"]


async def test_e9_deux_identites_ouvrent_le_meme_compte_et_la_derniere_ne_se_retire_pas(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, nouvelle = await deux_comptes(plateforme, nouveau_navigateur)
    await prouver(plateforme, apres, ancienne.email)
    garde = await compte_de(avant)
    for personne in (ancienne, nouvelle):
        ailleurs = nouveau_navigateur()
        await ailleurs.se_connecter(personne)
        assert await compte_de(ailleurs) == garde
        assert (await ailleurs.moi())["courriel"] == ancienne.email
    identites = (await avant.passer("GET", "/comptes/moi/identites")).json()
    [elle, autre] = [i["id"] for i in identites]
    retrait = f"/comptes/moi/identites/{autre}"
    assert (await avant.passer("DELETE", retrait)).status_code == 204
    # The sessions that it opened are closed, the others stay; and it leads to an account of its own.
    statuts = [(await n.demander("GET", "/auth/session")).status_code for n in (avant, apres, ailleurs)]
    assert statuts == [200, 401, 401]
    assert (await avant.passer("DELETE", retrait)).status_code == 404
    derniere = await avant.passer("DELETE", f"/comptes/moi/identites/{elle}")
    assert (derniere.status_code, derniere.json()["type"]) == (409, "/problemes/DerniereIdentite")
    seule = nouveau_navigateur()
    await seule.se_connecter(nouvelle)
    assert await compte_de(seule) != garde


async def test_un_compte_efface_emporte_ceux_qui_y_menent(plateforme: Any, nouveau_navigateur: Any) -> None:
    avant, apres, ancienne, nouvelle = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    await prouver(plateforme, apres, ancienne.email)
    await effacer(plateforme.store, "compte", garde, "demande", CONTEXT, plateforme.heure.lire())
    assert isinstance(await etat(plateforme, renvoye), compte.Efface)
    for personne in (ancienne, nouvelle):
        revenue = nouveau_navigateur()
        assert (await revenue.se_connecter(personne)).headers["location"] == "/espace"
        assert await compte_de(revenue) not in (garde, renvoye)


async def rapprocher_en_administrant(plateforme: Any, un: CompteId, autre: CompteId) -> Resultat:
    rapprochements = plateforme.acces.rapprochements
    suite = await rapprochements.attester(un, autre, SUPPORT, "vue ensemble", CONTEXT, administre=True)
    return suite.resultat


async def attester(plateforme: Any, un: CompteId, autre: CompteId, par: CompteId = SUPPORT) -> Resultat:
    rapprochements = plateforme.acces.rapprochements
    suite = await rapprochements.attester(un, autre, par, "vue ensemble", CONTEXT, administre=False)
    return suite.resultat


async def test_e6_le_support_ne_defait_pas_ce_que_deux_administrateurs_ont_fait(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, *_ = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    await plateforme.donner(garde, Droit.SUPPORT)
    rapprochements = plateforme.acces.rapprochements
    for par in (ADMIN, SECOND_ADMIN):
        await plateforme.donner(par, Droit.ADMIN)
        await rapprochements.attester(renvoye, garde, par, "vue", CONTEXT, administre=True)
    rid = rapprochement.identifiant(renvoye, garde)
    with pytest.raises(rapprochement.RapprochementReserve):
        await rapprochements.annuler(rid, SUPPORT, "seul", CONTEXT, administre=False)
    await rapprochements.annuler(rid, SUPPORT, "erreur", CONTEXT, administre=True)
    assert isinstance(await etat(plateforme, renvoye), compte.EnInscription)


async def test_defaire_ne_laisse_pas_un_compte_sans_identite_a_qui_aura_son_adresse(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, _ = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    await prouver(plateforme, apres, ancienne.email)
    identites = plateforme.acces.identites
    [sienne, _] = await identites.de(garde)
    await identites.retirer(garde, sienne.id, CONTEXT)
    with pytest.raises(compte.DerniereIdentite):
        await plateforme.acces.rapprochements.annuler(
            rapprochement.identifiant(renvoye, garde), SUPPORT, "erreur", CONTEXT, administre=False
        )
    assert isinstance(await etat(plateforme, renvoye), compte.Renvoye)


async def test_attester_encore_ne_rend_pas_ce_qui_a_ete_retire_depuis(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, nouvelle = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    await prouver(plateforme, apres, ancienne.email)
    identites = plateforme.acces.identites
    venue = (await identites.de(garde))[1]
    await identites.retirer(garde, venue.id, CONTEXT)
    assert await attester(plateforme, renvoye, garde) == "rapproche"
    assert len(await identites.de(garde)) == 1
    # Alone again, the account would lead to nothing but its address: it is not given back either.
    with pytest.raises(compte.DerniereIdentite):
        await plateforme.acces.rapprochements.annuler(
            rapprochement.identifiant(renvoye, garde), SUPPORT, "erreur", CONTEXT, administre=False
        )
    seule = nouveau_navigateur()
    await seule.se_connecter(nouvelle)
    assert await compte_de(seule) not in (garde, renvoye)


async def test_un_compte_suspendu_ne_se_rapproche_pas_et_qui_renvoie_ne_recoit_plus_de_droit(
    plateforme: Any, nouveau_navigateur: Any, gestionnaires: Any
) -> None:
    avant, apres, ancienne, _ = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    maintenant = plateforme.heure.lire()
    await plateforme.store.execute(ACCES(renvoye), Suspendre(renvoye, SUPPORT, "essai", maintenant), CONTEXT)
    with pytest.raises(rapprochement.RapprochementImpossible):
        await attester(plateforme, renvoye, garde)
    await plateforme.store.execute(
        ACCES(renvoye), LeverSuspension(renvoye, SUPPORT, "essai", maintenant), CONTEXT
    )
    assert await prouver(plateforme, apres, ancienne.email) == "rapproche"
    for chemin, corps in (("droit", {"droit": "support"}), ("suspension", {}), ("suspension/fin", {})):
        methode = "PUT" if chemin == "droit" else "POST"
        gestion = f"/comptes/gestion/utilisateurs/{renvoye}/{chemin}"
        refus = await gestionnaires[Droit.ADMIN].passer(methode, gestion, {**corps, "raison": "essai"})
        assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/CompteQuiRenvoie")


async def test_retirer_l_adresse_d_un_compte_rapproche_la_rend_a_tous(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, ancienne, nouvelle = await deux_comptes(plateforme, nouveau_navigateur)
    garde = await compte_de(avant)
    await prouver(plateforme, apres, ancienne.email)
    revenue = nouveau_navigateur()
    await revenue.se_connecter(ancienne)
    retrait = await revenue.passer("POST", "/comptes/moi/courriels/retrait", {"courriel": nouvelle.email})
    assert retrait.status_code == 204, retrait.text
    assert await plateforme.acces.rapprochements.titulaire(nouvelle.email) is None
    assert nouvelle.email not in compte.adresses(await etat(plateforme, garde))


async def test_une_attestation_refusee_ne_laisse_pas_de_dossier(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, *_ = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    await plateforme.donner(renvoye, Droit.SUPPORT)
    with pytest.raises(rapprochement.RapprochementImpossible):
        await rapprocher_en_administrant(plateforme, renvoye, garde)
    dossier = rapprochement.RAPPROCHEMENT(identifiant(renvoye, garde))
    assert await plateforme.store.load(dossier) == []


async def test_e3_ce_qui_est_dit_sous_l_autre_compte_se_lit_encore_sous_celui_qui_reste(
    plateforme: Any, nouveau_navigateur: Any, gestionnaires: Any
) -> None:
    avant, apres, ancienne, _ = await deux_comptes(plateforme, nouveau_navigateur)
    emploi_id = await employer(apres)
    dite = await apres.passer("POST", "/comptes/moi/rectification", {"texte": "Nom de jeune fille."})
    assert dite.status_code == 204, dite.text
    assert (await apres.passer("PUT", "/comptes/moi/limitation", {"limitation": True})).status_code == 204
    await prouver(plateforme, apres, ancienne.email)
    await plateforme.rattraper("rapprochements")
    demandes = (await avant.passer("GET", "/comptes/moi/demandes")).json()
    assert [une["texte"] for une in demandes["rectifications"]] == ["Nom de jeune fille."]
    # Asked under the other, it holds here, and is lifted here.
    assert demandes["limitation"] is True
    assert (await avant.passer("PUT", "/comptes/moi/limitation", {"limitation": False})).status_code == 204
    assert (await avant.passer("GET", "/comptes/moi/demandes")).json()["limitation"] is False
    histoire = (await avant.passer("GET", "/comptes/moi/histoire")).json()["elements"]
    assert "RectificationDemandee" in [fait["fait"] for fait in histoire]
    archive = await avant.passer("GET", "/comptes/moi/archive/export")
    assert b"Nom de jeune fille." in zipfile.ZipFile(io.BytesIO(archive.content)).read("donnees.json")
    sienne = f"/comptes/gestion/utilisateurs/{await compte_de(avant)}/emplois/{emploi_id}/retrait"
    retrait = await gestionnaires[Droit.ADMIN].passer("POST", sienne, {"raison": "Jamais employée là."})
    assert retrait.status_code == 204, retrait.text


async def test_l_autre_compte_ne_lit_pas_pourquoi_ce_n_est_pas_lui(
    plateforme: Any, nouveau_navigateur: Any
) -> None:
    avant, apres, *_ = await deux_comptes(plateforme, nouveau_navigateur)
    garde, renvoye = await compte_de(avant), await compte_de(apres)
    rapprochements, rid = plateforme.acces.rapprochements, identifiant(renvoye, garde)
    await rapprochements.ouvrir(renvoye, garde, rapprochement.Origine.DECLARATION, CONTEXT)
    await rapprochements.ecarter(rid, SUPPORT, "Un homonyme de Dole.", CONTEXT, administre=False)
    await plateforme.rattraper("rapprochements")
    for navigateur, lit in ((apres, True), (avant, False)):
        histoire = (await navigateur.passer("GET", "/comptes/moi/histoire")).text
        archive = await navigateur.passer("GET", "/comptes/moi/archive/export")
        page = zipfile.ZipFile(io.BytesIO(archive.content)).read("a-lire.html").decode()
        assert [("homonyme de Dole" in texte) for texte in (histoire, page)] == [lit, lit]
