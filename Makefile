# One entry for everything; each target installs what it needs (python3 >= 3.11, make and a shell are enough).
SHELL := /bin/sh
PY := .venv/bin/python
MEDIATEURS ?= 20
CRA ?= 2000
GRAINE ?= 1
export PYTHONUNBUFFERED = 1
# Every process that starts would compile the services again: 0.6 s of processor each.
export PYTHONDONTWRITEBYTECODE =
# The first start is counted from here, downloads included.
export COOP_DEBUT := $(shell date +%s)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo stop clean test check format events migration docs bench bench-moteur bench-reconstruction bench-redemarrage bench-tableurs bench-identite bench-activites bench-statistiques bench-portail captures aspect chaos fuzz mutations images-seches lock lieux

help: ## Cette aide
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup:
	@python3 deploy/bootstrap.py runtime

setup-dev:
	@python3 deploy/bootstrap.py dev

run: setup ## Démarre la plateforme, fait le parcours principal une fois, reste allumée (Ctrl-C pour arrêter)
	@$(PY) -m embedded run

demo: setup ## Même chose sans interaction, puis s'arrête ; MEDIATEURS=200 CRA=20000 pour grandir
	@$(PY) -m embedded demo --mediateurs $(MEDIATEURS) --cra $(CRA) --graine $(GRAINE)

lieux: setup ## Importe les lieux de data/lieux dans la plateforme allumée
	@$(PY) -m embedded lieux

stop: ## Arrête une plateforme restée allumée
	@test ! -x $(PY) || $(PY) -m embedded stop

clean: stop ## Efface les données et les environnements locaux (.local, .venv)
	rm -rf .local .venv services/identity/tests/second_avis/node_modules tests/e2e/portail/npm/node_modules

test: setup-dev ## Tous les tests, sur de vrais serveurs
	@$(PY) -m pytest -n 3 --dist loadscope --no-loadscope-reorder

check: setup-dev ## Format, lint, types, architecture, contrats, documentation
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m pyright
	@.venv/bin/lint-imports
	@$(PY) -m contracts.publish --check
	@$(PY) -m documentation --check

format: setup-dev ## Met en forme et corrige ce qui peut l'être
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

events: setup-dev ## Contrats publics : schémas, catalogue, AsyncAPI
	@$(PY) -m contracts.publish --write

migration: setup-dev ## Écrit la migration d'une table changée : SERVICE=activites NOM="le niveau en liste"
	@$(PY) -m documentation.migration "$(SERVICE)" "$(NOM)"

docs: events ## Ce que le code écrit : contrats, OpenAPI (docs/api), droits, fiches des services
	@$(PY) -m documentation --write

bench: MEDIATEURS = 200
bench: CRA = 20000
bench: setup ## Mesure démarrages, mémoire, délais et pertes ; écrit bench/plateforme-<CRA>.json
	@$(PY) -m embedded bench --mediateurs $(MEDIATEURS) --cra $(CRA) --graine $(GRAINE)

bench-moteur: setup-dev ## Le moteur face à ses références (docs/moteur.md §6) ; RAPIDE=1 : une minute ; LIGNES=append,relais
	@PYTHONPATH=bench $(PY) -m moteur

bench-reconstruction: setup-dev ## Refait une table depuis EVENEMENTS=5000000 faits pendant que le service répond (35 min)
	@PYTHONPATH=bench $(PY) -m grand_journal

bench-redemarrage: setup ## Tue chaque service et compte jusqu'à sa première réponse ; écrit bench/redemarrage.json (15 min)
	@PYTHONPATH=bench $(PY) -m redemarrage

bench-tableurs: setup-dev ## Écrit et relit 200 000 lignes dans chaque format ; écrit bench/tableurs.json
	@PYTHONPATH=bench $(PY) -m tableaux

bench-identite: setup-dev ## Le dispositif repris pour 10 000 comptes, connexions, forwardAuth à 500/s ; écrit bench/identity.json ; LIGNES=…, COMPTES=200 pour essayer
	@PYTHONPATH=bench:tests/e2e $(PY) -m identite_mesure

bench-activites: setup-dev ## POST durable, liste parmi 3 millions de CRA, export, import de 10 000 lignes ; écrit bench/activites.json ; LIGNES=…, CRA=60000 pour essayer
	@PYTHONPATH=bench $(PY) -m activites_mesure

bench-statistiques: setup-dev ## Les chiffres face au SQL direct sur 3 millions de CRA ; écrit bench/statistiques.json ; ACTIVITES=50000 MEDIATEURS=300 pour essayer
	@PYTHONPATH=bench $(PY) -m statistiques_mesure

bench-portail: setup-dev ## Temps, poids et gestes des pages du portail ; écrit bench/portail.json
	@PYTHONPATH=bench:tests/e2e $(PY) -m portail_mesure

captures: setup-dev ## Les pages telles qu'on les voit ; écrit docs/captures/
	@PYTHONPATH=tests/e2e $(PY) -m captures

aspect: setup-dev ## Vingt-cinq pages à trois tailles, comparées à leurs références (make captures les refait)
	@PYTHONPATH=tests/e2e $(PY) -m album

fuzz: setup-dev ## Demandes tirées de la description OpenAPI, sur la plateforme entière ; COOP_TIRAGES=<n>
	@COOP_TIRAGES=$(or $(COOP_TIRAGES),50) $(PY) -m pytest tests/e2e/test_description.py --timeout 1200

SCENARIOS ?= 10
chaos: setup-dev ## Pannes au hasard sous la charge, puis les comptes ; GRAINE=<n> SCENARIOS=<k>
	@$(PY) -m chaos --graine $(if $(filter file,$(origin GRAINE)),hasard,$(GRAINE)) --scenarios $(SCENARIOS)

mutations: setup-dev ## Casse le moteur de chaque façon connue : un essai doit le voir ; M=relais : celles de ce nom
	@PYTHONPATH=libs/events/tests $(PY) -m mutations $(M)

images-seches: setup ## Installe chaque service seul, comme dans son image, et l'essaie
	@$(PY) deploy/images_seches.py

lock: setup-dev ## Recalcule les verrous de requirements/
	@sh deploy/lock.sh
