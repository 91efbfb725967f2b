import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from events.decider import Refusal
from events.testing import Scenario
from hypothesis import given
from hypothesis import strategies as st
from identity.domain import client
from identity.domain.client import (
    AucunePortee,
    ChangerDroitsDuClient,
    ClesDuClientEnregistrees,
    ClientACles,
    ClientCree,
    ClientDejaCree,
    ClientInconnu,
    ClientRepris,
    ClientSuspendu,
    CreerClient,
    DroitsDuClientChanges,
    EmettreSecret,
    EnregistrerClesDuClient,
    FinDuClientAvantDebut,
    NominatifSansConvention,
    NominatifSansFin,
    ReprendreClient,
    RetirerSecret,
    SecretDejaEmis,
    SecretEmis,
    SecretInconnu,
    SecretRetire,
    SuspendreClient,
    TropDeSecrets,
    en_vigueur,
)
from identity.domain.vocabulaire import ClientId, CompteId, MotifSuspensionClient, Portee, SecretId

ID = ClientId(UUID(int=10))
ADMIN, AUTRE = CompteId(UUID(int=1)), CompteId(UUID(int=2))
QUAND = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
PLUS_TARD = QUAND + dt.timedelta(hours=1)
DEBUT, FIN = dt.date(2026, 9, 1), dt.date(2027, 8, 31)
LIEUX = (Portee.LIEUX,)

CREER = CreerClient(ID, "Carte du Nord", LIEUX, DEBUT, None, None, ADMIN, QUAND)
CREE = ClientCree(ID, "Carte du Nord", LIEUX, DEBUT, None, None, ADMIN, QUAND)


def emettre(numero: int) -> EmettreSecret:
    return EmettreSecret(SecretId(UUID(int=numero)), f"empreinte {numero}", ADMIN, QUAND)


def emis(numero: int) -> SecretEmis:
    return SecretEmis(ID, SecretId(UUID(int=numero)), f"empreinte {numero}", ADMIN, QUAND)


def retirer(numero: int) -> RetirerSecret:
    return RetirerSecret(SecretId(UUID(int=numero)), ADMIN, QUAND)


def retire(numero: int) -> SecretRetire:
    return SecretRetire(ID, SecretId(UUID(int=numero)), ADMIN, QUAND)


def test_un_client_est_admis_ses_portees_dans_leur_ordre_et_sans_doublon() -> None:
    Scenario(client).when(CREER).then(CREE)
    melees = (Portee.STRUCTURES, Portee.STATISTIQUES, Portee.STRUCTURES)
    Scenario(client).when(replace(CREER, portees=melees)).then(
        replace(CREE, portees=(Portee.STATISTIQUES, Portee.STRUCTURES))
    )


def test_repeter_la_creation_ne_change_rien_et_une_autre_est_refusee() -> None:
    Scenario(client).given(CREE).when(replace(CREER, par=AUTRE, maintenant=PLUS_TARD)).then()
    Scenario(client).given(CREE).when(replace(CREER, nom="Autre")).refused(ClientDejaCree)


@pytest.mark.parametrize(
    ("change", "refus"),
    [
        ({"portees": ()}, AucunePortee),
        ({"fin": DEBUT - dt.timedelta(days=1)}, FinDuClientAvantDebut),
        ({"portees": (Portee.UTILISATEURS,), "convention": "C-12"}, NominatifSansFin),
        ({"portees": (Portee.UTILISATEURS,), "fin": FIN}, NominatifSansConvention),
        ({"portees": (Portee.UTILISATEURS,), "fin": FIN, "convention": ""}, NominatifSansConvention),
    ],
)
def test_ce_qui_manque_a_un_client_se_dit_a_la_creation_et_au_changement_de_ses_droits(
    change: dict[str, object], refus: type[Refusal]
) -> None:
    Scenario(client).when(replace(CREER, **change)).refused(refus)
    droits = ChangerDroitsDuClient(LIEUX, None, None, ADMIN, QUAND)
    Scenario(client).given(CREE).when(replace(droits, **change)).refused(refus)


def test_lire_des_personnes_demande_une_convention_et_une_fin() -> None:
    nominatif = {"portees": (Portee.UTILISATEURS,), "fin": FIN, "convention": "C-12"}
    Scenario(client).when(replace(CREER, **nominatif)).then(replace(CREE, **nominatif))


def test_changer_les_droits_redit_tout_et_le_meme_changement_ne_dit_rien() -> None:
    changer = ChangerDroitsDuClient((Portee.STATISTIQUES,), FIN, None, AUTRE, PLUS_TARD)
    changes = DroitsDuClientChanges(ID, (Portee.STATISTIQUES,), FIN, None, AUTRE, PLUS_TARD)
    Scenario(client).given(CREE).when(changer).then(changes)
    Scenario(client).given(CREE, changes).when(replace(changer, par=ADMIN)).then()


def test_deux_secrets_vivants_au_plus() -> None:
    Scenario(client).given(CREE).when(emettre(1)).then(emis(1))
    Scenario(client).given(CREE, emis(1)).when(emettre(2)).then(emis(2))
    Scenario(client).given(CREE, emis(1), emis(2)).when(emettre(3)).refused(TropDeSecrets)
    Scenario(client).given(CREE, emis(1), emis(2), retire(1)).when(emettre(3)).then(emis(3))


def test_un_secret_ne_s_emet_qu_une_fois_meme_retire() -> None:
    Scenario(client).given(CREE, emis(1)).when(emettre(1)).refused(SecretDejaEmis)
    Scenario(client).given(CREE, emis(1), retire(1)).when(emettre(1)).refused(SecretDejaEmis)


def test_retirer_un_secret_se_repete_sans_effet() -> None:
    Scenario(client).given(CREE, emis(1)).when(retirer(1)).then(retire(1))
    Scenario(client).given(CREE, emis(1), retire(1)).when(retirer(1)).then()
    Scenario(client).given(CREE, emis(1)).when(retirer(2)).refused(SecretInconnu)


def test_un_client_a_cles_n_a_pas_de_secret() -> None:
    enregistrer = EnregistrerClesDuClient("{}", ("a",), ADMIN, QUAND)
    enregistrees = ClesDuClientEnregistrees(ID, "{}", ("a",), ADMIN, QUAND)
    Scenario(client).given(CREE, emis(1), emis(2)).when(enregistrer).then(retire(1), retire(2), enregistrees)
    Scenario(client).given(CREE, enregistrees).when(enregistrer).then()
    Scenario(client).given(CREE, enregistrees).when(emettre(3)).refused(ClientACles)


def test_une_suspension_dit_son_motif_et_se_leve() -> None:
    suspendre = SuspendreClient(MotifSuspensionClient.USAGE_ANORMAL, ADMIN, QUAND)
    suspendu = ClientSuspendu(ID, MotifSuspensionClient.USAGE_ANORMAL, ADMIN, QUAND)
    reprendre, repris = ReprendreClient(ADMIN, PLUS_TARD), ClientRepris(ID, ADMIN, PLUS_TARD)
    Scenario(client).given(CREE).when(suspendre).then(suspendu)
    Scenario(client).given(CREE, suspendu).when(suspendre).then()
    Scenario(client).given(CREE, suspendu).when(reprendre).then(repris)
    Scenario(client).given(CREE).when(reprendre).then()


@pytest.mark.parametrize(
    "command",
    [
        ChangerDroitsDuClient(LIEUX, None, None, ADMIN, QUAND),
        emettre(1),
        retirer(1),
        EnregistrerClesDuClient("{}", ("a",), ADMIN, QUAND),
        SuspendreClient(MotifSuspensionClient.DEMANDE, ADMIN, QUAND),
        ReprendreClient(ADMIN, QUAND),
    ],
    ids=lambda c: type(c).__name__,
)
def test_rien_ne_se_fait_d_un_client_inconnu(command: client.Command) -> None:
    Scenario(client).when(command).refused(ClientInconnu)


def test_un_client_agit_entre_ses_jours_bornes_comprises_sauf_suspendu() -> None:
    admis = client.evolve(client.initial, replace(CREE, fin=dt.date(2026, 9, 3)))
    # Paris is two hours ahead: its first of September starts on the 31st of August at 22:00 UTC.
    a = {
        dt.datetime(2026, 8, 31, 21, 59, tzinfo=dt.UTC): False,
        dt.datetime(2026, 8, 31, 22, 0, tzinfo=dt.UTC): True,
        dt.datetime(2026, 9, 3, 21, 59, tzinfo=dt.UTC): True,
        dt.datetime(2026, 9, 3, 22, 0, tzinfo=dt.UTC): False,
    }
    assert {quand: en_vigueur(admis, quand) for quand in a} == a
    suspendu = client.evolve(admis, ClientSuspendu(ID, MotifSuspensionClient.DEMANDE, ADMIN, QUAND))
    assert not en_vigueur(suspendu, QUAND)
    assert not en_vigueur(client.initial, QUAND)
    assert en_vigueur(client.evolve(suspendu, ClientRepris(ID, ADMIN, QUAND)), QUAND)


COMMANDES = st.one_of(
    st.just(CREER),
    st.integers(1, 4).map(emettre),
    st.integers(1, 4).map(retirer),
    st.sampled_from(["{}", "[]"]).map(lambda jwks: EnregistrerClesDuClient(jwks, (), ADMIN, QUAND)),
    st.sampled_from(MotifSuspensionClient).map(lambda motif: SuspendreClient(motif, ADMIN, QUAND)),
    st.just(ReprendreClient(ADMIN, QUAND)),
)


@given(st.lists(COMMANDES, max_size=30))
def test_quelle_que_soit_la_suite_un_client_garde_ses_regles(commandes: list[client.Command]) -> None:
    state = client.initial
    for command in commandes:
        try:
            for fait in client.decide(command, state):
                state = client.evolve(state, fait)
        except Refusal:
            continue
        if isinstance(state, client.Admis):
            assert len(state.secrets) <= client.SECRETS_VIVANTS
            assert {s.secret_id for s in state.secrets} <= state.emis
            assert not (state.secrets and state.jwks)
