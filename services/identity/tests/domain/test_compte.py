import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from events.decider import Refusal, fold
from events.testing import Scenario
from identity.domain import compte
from identity.domain.compte import (
    AjouterCourriel,
    Champ,
    ChoisirRole,
    CompteOuvert,
    CourrielAjoute,
    CourrielRetire,
    Identite,
    IdentiteLiee,
    IdentitePersonneModifiee,
    LierIdentite,
    OuvrirCompte,
    Personne,
    ReprendrePersonne,
    RetirerCourriel,
    RoleChoisi,
)
from identity.domain.vocabulaire import CompteId, CoordinateurId, MediateurId, RapprochementId, Role

ICI = CompteId(UUID(int=1))
MEDIATEUR = MediateurId(UUID(int=2))
COORDINATEUR = CoordinateurId(UUID(int=3))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
LEA = Personne("Léa", "Martin", "lea@ville.fr", "+33639980001", "13002603200016")
SUB = Identite("https://federation.test/api/v2", "sub-lea")

OUVERT = CompteOuvert(ICI, LEA.prenom, LEA.nom, LEA.courriel, LEA.telephone, LEA.siret, QUAND)
LIEE = IdentiteLiee(ICI, SUB.emetteur, SUB.sub, QUAND)
CGU = compte.CguAcceptees(ICI, "2026-06", QUAND)
MEDIATRICE = RoleChoisi(ICI, Role.MEDIATEUR, MEDIATEUR, None, QUAND)
COORDINATRICE = RoleChoisi(ICI, Role.COORDINATEUR, None, COORDINATEUR, QUAND)

DEVENIR_MEDIATRICE = ChoisirRole(Role.MEDIATEUR, MEDIATEUR, None, True, "2026-06", QUAND)
DEVENIR_COORDINATRICE = ChoisirRole(Role.COORDINATEUR, None, COORDINATEUR, True, "2026-06", QUAND)


RENDRE = compte.RetirerMediation(a_saisi=False, membre=False, maintenant=QUAND)
LES_DEUX = (COORDINATRICE, MEDIATRICE)


def modifiee(personne: Personne, *champs: Champ) -> IdentitePersonneModifiee:
    p = personne
    return IdentitePersonneModifiee(ICI, champs, p.prenom, p.nom, p.courriel, p.telephone, p.siret, QUAND)


def test_une_personne_inconnue_ouvre_un_compte_lie_a_son_identite() -> None:
    Scenario(compte).when(OuvrirCompte(ICI, LEA, SUB, QUAND)).then(OUVERT, LIEE)


def test_ouvrir_deux_fois_le_meme_compte_ne_change_rien() -> None:
    Scenario(compte).given(OUVERT, LIEE).when(OuvrirCompte(ICI, LEA, SUB, QUAND)).then()


def test_le_compte_d_un_autre_ne_s_ouvre_pas() -> None:
    autre = OuvrirCompte(ICI, LEA, Identite(SUB.emetteur, "autre"), QUAND)
    Scenario(compte).given(OUVERT, LIEE).when(autre).refused(compte.CompteDejaOuvert)


def test_un_compte_prepare_se_lie_et_prend_les_noms_de_proconnect() -> None:
    prepare = replace(OUVERT, prenom="LEA", nom="MARTIN")
    Scenario(compte).given(prepare).when(LierIdentite(LEA, SUB, QUAND)).then(
        LIEE, modifiee(LEA, Champ.PRENOM, Champ.NOM)
    )


def test_un_compte_qui_a_une_identite_ne_se_lie_pas_a_une_autre_par_son_courriel() -> None:
    autre = LierIdentite(LEA, Identite(SUB.emetteur, "autre"), QUAND)
    Scenario(compte).given(OUVERT, LIEE).when(autre).refused(compte.IdentiteDejaLiee)


def test_lier_deux_fois_la_meme_identite_ne_change_rien() -> None:
    Scenario(compte).given(OUVERT, LIEE).when(LierIdentite(LEA, SUB, QUAND)).then()


@pytest.mark.parametrize(
    ("apres", "champ"),
    [
        (replace(LEA, prenom="Léa-Rose"), Champ.PRENOM),
        (replace(LEA, nom="Durand"), Champ.NOM),
        (replace(LEA, courriel="lea.durand@ville.fr"), Champ.COURRIEL),
        (replace(LEA, telephone="+33639980009"), Champ.TELEPHONE),
        (replace(LEA, siret="35600000000048"), Champ.SIRET),
    ],
)
def test_ce_qui_change_chez_proconnect_est_repris(apres: Personne, champ: Champ) -> None:
    Scenario(compte).given(OUVERT, LIEE).when(ReprendrePersonne(apres, QUAND)).then(modifiee(apres, champ))


def test_une_connexion_sans_changement_n_ecrit_rien() -> None:
    Scenario(compte).given(OUVERT, LIEE).when(ReprendrePersonne(LEA, QUAND)).then()


def test_un_telephone_que_proconnect_ne_donne_plus_est_garde() -> None:
    sans = replace(LEA, telephone=None, siret=None)
    Scenario(compte).given(OUVERT, LIEE).when(ReprendrePersonne(sans, QUAND)).then()


def test_un_compte_inconnu_ne_fait_rien() -> None:
    for command in (DEVENIR_MEDIATRICE, ReprendrePersonne(LEA, QUAND), LierIdentite(LEA, SUB, QUAND)):
        Scenario(compte).when(command).refused(compte.CompteInconnu)


def test_le_choix_du_role_accepte_les_cgu_et_garde_leur_version() -> None:
    Scenario(compte).given(OUVERT, LIEE).when(DEVENIR_MEDIATRICE).then(CGU, MEDIATRICE)


def test_sans_les_cgu_pas_de_role() -> None:
    sans = replace(DEVENIR_MEDIATRICE, cgu_acceptees=False)
    [refus] = Scenario(compte).given(OUVERT, LIEE).when(sans).refused(compte.CguNonAcceptees)
    assert refus.field == "/cgu_acceptees"


def test_choisir_deux_fois_le_meme_role_ne_change_rien() -> None:
    Scenario(compte).given(OUVERT, LIEE, CGU, MEDIATRICE).when(DEVENIR_MEDIATRICE).then()


def test_un_role_deja_choisi_ne_change_pas_d_identifiant() -> None:
    autre = replace(DEVENIR_MEDIATRICE, mediateur_id=MediateurId(UUID(int=99)))
    Scenario(compte).given(OUVERT, LIEE, CGU, MEDIATRICE).when(autre).refused(compte.RoleDejaChoisi)


def test_une_mediatrice_ne_se_nomme_pas_coordinatrice_elle_meme() -> None:
    Scenario(compte).given(OUVERT, LIEE, CGU, MEDIATRICE).when(DEVENIR_COORDINATRICE).refused(
        compte.RoleDejaChoisi
    )


def test_une_coordinatrice_ajoute_la_mediation_et_garde_les_deux_roles() -> None:
    Scenario(compte).given(OUVERT, LIEE, CGU, COORDINATRICE).when(DEVENIR_MEDIATRICE).then(MEDIATRICE)
    state = compte.initial
    for event in (OUVERT, LIEE, CGU, COORDINATRICE, MEDIATRICE):
        state = compte.evolve(state, event)
    assert compte.roles(state) == (Role.MEDIATEUR, Role.COORDINATEUR)


def test_une_nouvelle_version_des_cgu_est_acceptee_a_nouveau() -> None:
    nouvelle = replace(DEVENIR_MEDIATRICE, version_cgu="2027-01")
    Scenario(compte).given(OUVERT, LIEE, CGU, COORDINATRICE).when(nouvelle).then(
        replace(CGU, version="2027-01"), MEDIATRICE
    )


AJOUTEE = CourrielAjoute(ICI, "lea@ailleurs.fr", QUAND)


def test_une_adresse_s_ajoute_une_fois_et_se_retire() -> None:
    ajouter, retirer = AjouterCourriel("lea@ailleurs.fr", QUAND), RetirerCourriel("lea@ailleurs.fr", QUAND)
    retiree = CourrielRetire(ICI, "lea@ailleurs.fr", QUAND)
    Scenario(compte).given(OUVERT, LIEE).when(ajouter).then(AJOUTEE)
    Scenario(compte).given(OUVERT, LIEE, AJOUTEE).when(ajouter).then()
    Scenario(compte).given(OUVERT, LIEE, AJOUTEE).when(retirer).then(retiree)
    Scenario(compte).given(OUVERT, LIEE, AJOUTEE, retiree).when(retirer).then()


def test_l_adresse_de_proconnect_ne_se_retire_pas() -> None:
    Scenario(compte).given(OUVERT, LIEE).when(RetirerCourriel(LEA.courriel, QUAND)).refused(
        compte.CourrielPrincipal
    )


def test_un_compte_porte_cinq_adresses_au_plus() -> None:
    autres = [replace(AJOUTEE, courriel=f"lea{n}@ailleurs.fr") for n in range(4)]
    Scenario(compte).given(OUVERT, LIEE, *autres[:3]).when(AjouterCourriel(autres[3].courriel, QUAND)).then(
        autres[3]
    )
    Scenario(compte).given(OUVERT, LIEE, *autres).when(AjouterCourriel("de@trop.fr", QUAND)).refused(
        compte.TropDeCourriels
    )


def test_e1_une_adresse_deja_a_elle_echange_sa_place_avec_celle_de_proconnect() -> None:
    apres = replace(LEA, courriel="lea@ailleurs.fr")
    Scenario(compte).given(OUVERT, LIEE, AJOUTEE).when(ReprendrePersonne(apres, QUAND)).then(
        CourrielRetire(ICI, "lea@ailleurs.fr", QUAND),
        modifiee(apres, Champ.COURRIEL),
        CourrielAjoute(ICI, LEA.courriel, QUAND),
    )


def test_f1_un_compte_ferme_attend_trente_jours_et_f2_se_rouvre() -> None:
    terme = QUAND + dt.timedelta(days=30)
    ferme = compte.CompteFerme(ICI, QUAND, terme)
    rouvert = compte.CompteRouvert(ICI, QUAND)
    fermer, rouvrir = compte.FermerCompte(QUAND), compte.RouvrirCompte(QUAND)
    histoire = (OUVERT, LIEE, CGU, MEDIATRICE)
    Scenario(compte).given(*histoire).when(fermer).then(ferme)
    Scenario(compte).given(*histoire, ferme).when(fermer).then()
    Scenario(compte).given(*histoire, ferme).when(rouvrir).then(rouvert)
    Scenario(compte).given(*histoire, ferme, rouvert).when(rouvrir).then()
    # Meanwhile it has no role, and nothing happens to it.
    assert compte.roles(fold(compte, (*histoire, ferme))) == ()
    assert compte.roles(fold(compte, (*histoire, ferme, rouvert))) == (Role.MEDIATEUR,)
    Scenario(compte).given(*histoire, ferme).when(ReprendrePersonne(replace(LEA, nom="X"), QUAND)).then()
    Scenario(compte).given(*histoire, ferme).when(DEVENIR_MEDIATRICE).refused(compte.CompteEstFerme)
    Scenario(compte).given(*histoire, ferme).when(compte.EffacerCompte(QUAND)).then(
        compte.CompteEfface(ICI, QUAND)
    )


@pytest.mark.parametrize(
    ("faits", "commande", "refus"),
    [
        ((MEDIATRICE,), RENDRE, (compte.DernierRole,)),
        ((), RENDRE, (compte.DernierRole,)),
        (LES_DEUX, replace(RENDRE, a_saisi=True), (compte.MediationUtilisee,)),
        (LES_DEUX, replace(RENDRE, membre=True), (compte.MembreDUneEquipe,)),
        (
            LES_DEUX,
            replace(RENDRE, a_saisi=True, membre=True),
            (compte.MediationUtilisee, compte.MembreDUneEquipe),
        ),
    ],
)
def test_la_mediation_ne_se_rend_ni_seule_ni_utilisee(
    faits: tuple[compte.Event, ...], commande: compte.Command, refus: tuple[type[Refusal], ...]
) -> None:
    Scenario(compte).given(OUVERT, LIEE, CGU, *faits).when(commande).refused(*refus)


def test_une_coordinatrice_rend_la_mediation_et_peut_la_reprendre() -> None:
    rendue = compte.RoleRetire(ICI, Role.MEDIATEUR, MEDIATEUR, None, QUAND)
    Scenario(compte).given(OUVERT, LIEE, CGU, *LES_DEUX).when(RENDRE).then(rendue)
    Scenario(compte).given(OUVERT, LIEE, CGU, *LES_DEUX, rendue).when(RENDRE).then()
    Scenario(compte).given(OUVERT, LIEE, CGU, *LES_DEUX, rendue).when(DEVENIR_MEDIATRICE).then(MEDIATRICE)
    state = fold(compte, (OUVERT, LIEE, CGU, *LES_DEUX, rendue))
    assert compte.roles(state) == (Role.COORDINATEUR,)


def test_e3_un_role_qui_manque_est_apporte_puis_rendu() -> None:
    apporter = compte.RecevoirRoles(MediateurId(UUID(int=9)), COORDINATEUR, QUAND)
    rendre = compte.RendreRoles(MediateurId(UUID(int=9)), COORDINATEUR, QUAND)
    apportes = compte.RolesApportes(ICI, None, COORDINATEUR, QUAND)
    Scenario(compte).given(OUVERT, LIEE, MEDIATRICE).when(apporter).then(apportes)
    Scenario(compte).given(OUVERT, LIEE, MEDIATRICE, apportes).when(apporter).then()
    # The role that it had stays, the other's goes back.
    rendus = compte.RolesRendus(ICI, None, COORDINATEUR, QUAND)
    Scenario(compte).given(OUVERT, LIEE, MEDIATRICE, apportes).when(rendre).then(rendus)
    Scenario(compte).given(OUVERT, LIEE, MEDIATRICE, apportes, rendus).when(rendre).then()
    apres = fold(compte, [OUVERT, LIEE, MEDIATRICE, apportes, rendus])
    assert compte.roles(apres) == (Role.MEDIATEUR,)
    Scenario(compte).given(OUVERT, LIEE).when(apporter).then()


def test_e3_defaire_un_autre_rapprochement_ne_rend_pas_le_compte() -> None:
    le_sien, un_autre = RapprochementId(UUID(int=20)), RapprochementId(UUID(int=21))
    ailleurs = CompteId(UUID(int=8))
    renvoye = compte.CompteRenvoye(ICI, ailleurs, le_sien, QUAND)
    annule = compte.RenvoiAnnule(ICI, le_sien, QUAND)
    Scenario(compte).given(OUVERT, renvoye).when(compte.AnnulerRenvoi(un_autre, QUAND)).then()
    Scenario(compte).given(OUVERT, renvoye).when(compte.AnnulerRenvoi(le_sien, QUAND)).then(annule)
    Scenario(compte).given(OUVERT, renvoye, annule).when(compte.AnnulerRenvoi(le_sien, QUAND)).then()
