# What a developer does here, by name. The work itself is in .github/helper/.

HELPER := .github/helper
.DEFAULT_GOAL := help
.PHONY: help test test-unit test-bench lint format setup demo demo-engine bench pictures translations clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

test: ## Stage 1 (pip only), then stage 2 (on each bench there is; left out loudly where there is none)
	@bash $(HELPER)/test.sh unit bench

test-unit: ## Stage 1 only: lint, static checks, the pure core and the transport
	@bash $(HELPER)/test.sh unit

test-bench: ## Stage 2 only: on a real ERPNext test site of each bench; makes a bench where there is none
	@ERP_CONNECT_REQUIRE_BENCH=1 bash $(HELPER)/test.sh bench

lint: ## Lint and check the format
	@bash $(HELPER)/test.sh lint

format: ## Format the code and apply the safe fixes
	@bash $(HELPER)/test.sh format

setup: ## A bench with ERPNext and this app: finds one, or makes one
	@bash $(HELPER)/setup.sh bench services app

demo: ## A running demo site that exchanges real documents with a local receiver
	@bash $(HELPER)/demo.sh

demo-engine: ## The engine alone, without a bench: map, sign and deliver sample documents
	@bash $(HELPER)/engine_demo.sh

translations: ## Bring the files of translations up to date (on a bench of Frappe 16)
	@bash $(HELPER)/translations.sh

bench: ## Measure deliveries and the cost of a save, on one bench
	@bash $(HELPER)/benchmarks.sh

pictures: ## Take the pictures of README and docs anew, with Chromium on a site of made-up data
	@bash $(HELPER)/pictures.sh

clean: ## Remove the virtual environment and the test results
	@rm -rf .venv .test-results .pytest_cache .ruff_cache .hypothesis
