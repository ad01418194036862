SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help run dev test test-unit test-integration coverage check bench soak logs clean

help: ## Show what there is
	@printf '\033[1mFairlead\033[0m, a safe REST and WebSocket API in front of Docker Engines\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[36mmake %-18s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nStart with \033[36mmake run\033[0m. Settings: .env.example\n'

run: ## Set up what is missing and serve on 127.0.0.1:3000
	@exec scripts/run.sh

dev: ## Serve from the sources and restart at every change
	@scripts/prepare.sh
	@[ -n "$$DOCKER_HOST" ] || scripts/bed/up.sh
	@exec npm run --silent dev

test: ## Run every test against real components, which are set up first
	@scripts/test.sh

test-unit: ## Run the tests that need nothing but Node.js
	@scripts/prepare.sh
	@npm run --silent test:unit

test-integration: ## Run the tests that need Engines, a database, a browser
	@scripts/prepare.sh --build
	@npm run --silent test:integration

coverage: ## Run every test and report line coverage (coverage/index.html)
	@scripts/test.sh --coverage

check: ## Format, lint, types, imports, dead code, OpenAPI document
	@scripts/prepare.sh
	@scripts/check.sh

bench: ## Measure against the raw Engine and write docs/performance.md
	@scripts/prepare.sh --build
	@scripts/bed/up.sh --engine26 --postgres
	@npm run --silent bench

soak: ## Run the server under load and faults for a long time
	@scripts/prepare.sh --build
	@scripts/bed/up.sh --engine26 --postgres
	@npm run --silent soak

logs: ## Follow the log of the last `make run`
	@log=$${FAIRLEAD_DATA_DIR:-data}/log/fairlead.log; \
	if [ -f "$$log" ]; then exec tail -n 100 -F "$$log"; else echo "There is no $$log yet: start the server with make run"; exit 1; fi

clean: ## Delete what was built and measured (not data/, not node_modules/)
	rm -rf dist coverage .cache
