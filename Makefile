# Verbs only; what they do is in crates/devstack and in the compose files.
.DEFAULT_GOAL := help
.PHONY: help dev dev-logs dev-down demo migrate test test-browser check footprint bench bench-up bench-down sizing curves chaos chaos-ingest fuzz-api local-db prod prod-logs prod-down migrate-prod backup-prod restore-prod build nextest

SHELL := /bin/bash
TARGET := $(or $(CARGO_TARGET_DIR),target)
DEVSTACK := $(TARGET)/debug/devstack

# With a Docker engine, everything runs in containers; without one, as child processes of devstack.
HAS_DOCKER := docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1
export DEV_UID := $(shell id -u)
export DEV_GID := $(shell id -g)
export REVISION := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
COMPOSE_DEV := docker compose --env-file .dev/env $(if $(wildcard .env),--env-file .env) --profile dev
# Compose wants every value of its file even for the one service that makes them.
COMPOSE_SETUP := $(foreach key,DB_PASSWORD REDIS_PASSWORD BETTER_AUTH_SECRET JWT_SECRET ENCRYPTION_KEY OPERATOR_TOKENS,$(key)=none) docker compose --profile setup
COMPOSE_PROD := docker compose --env-file .env.prod -f docker-compose.yml -f docker-compose.prod.yml

TOOLCHAIN := { command -v cargo >/dev/null || { echo "Rust is needed; see https://rustup.rs"; exit 1; }; } && \
  { command -v cc >/dev/null || { echo "a C compiler is needed; run: sudo apt-get install -y gcc libc6-dev"; exit 1; }; }
BUILD := $(TOOLCHAIN) && cargo build --workspace --bins --locked

help:
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

dev: ## everything on this machine, at https://localhost
	@if $(HAS_DOCKER); then \
	  mkdir -p -m 700 .dev && touch .dev/env && chmod 600 .dev/env && \
	  $(COMPOSE_SETUP) run --rm --build setup && $(COMPOSE_DEV) up --build; \
	else \
	  $(BUILD) && exec $(DEVSTACK) up; \
	fi

dev-logs: ## follow the logs of all processes
	@if $(HAS_DOCKER); then $(COMPOSE_DEV) logs -f --tail 40; else exec $(DEVSTACK) logs -f; fi

dev-down: ## stop everything
	@if $(HAS_DOCKER) && [ -f .dev/env ]; then $(COMPOSE_DEV) down; fi
	@if [ -x $(DEVSTACK) ]; then exec $(DEVSTACK) down; fi

demo: build ## the whole story against a running `make dev`
	@exec $(DEVSTACK) demo

local-db: build ## Postgres and Redis only
	@exec $(DEVSTACK) local-db

migrate: build ## apply the migrations to the development database
	@exec $(DEVSTACK) migrate

# One cargo command builds the tests and the programs they start: another one with other features would build most of the
# tree again. The runner comes last, so that its summary is the last word.
test: nextest ## every test, with a throwaway Postgres and Redis
	cargo nextest run --workspace --locked --no-run
	$(DEVSTACK) payloads
	$(DEVSTACK) test-tools
	cargo test --workspace --locked --doc --quiet
	$(DEVSTACK) with-services -- cargo nextest run --workspace --locked

test-browser: build ## the console's whole story in Chromium, each page for everybody's use: SCREENSHOT=FILE keeps the picture of README.md
	@exec $(DEVSTACK) test-browser $(if $(SCREENSHOT),--screenshot $(SCREENSHOT))

check: ## format, lints, and the two rules about dependencies
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@if cargo tree --workspace --locked -e no-dev -i ring --depth 1 --prefix none 2>/dev/null | grep -vE '^(ring|rustls|rustls-webpki) v'; then \
	  echo "ring may only be compiled into rustls, where anthropic-sdk-rs switches it on: aws-lc-rs is the one cryptography library"; exit 1; fi
	@for other in $$(cargo tree --workspace --locked -e no-dev --duplicates --depth 0 --prefix none | sed -n 's/^reqwest v\(0\.12[^ ]*\).*/\1/p'); do \
	  if cargo tree --workspace --locked -e no-dev -i reqwest@$$other --depth 1 --prefix none | grep -vE '^(reqwest|anthropic-sdk-rs) v'; then \
	    echo "only anthropic-sdk-rs may bring a reqwest of its own: outbound's rules hold for the other one"; exit 1; fi; done

footprint: build ## start-up time and idle memory of the release builds
	cargo build --release --locked -p auth -p connectors --bins
	@exec $(DEVSTACK) footprint

# One selection of packages for all of it: another one would build most of the tree again. The scenarios come last, so that their
# lines are the last word; what they need goes down however they end.
BENCH := cargo bench --locked -p auth -p connectors
bench: build ## the inner parts, four things in depth, and each kind of request beside its ceilings (release build)
	@$(DEVSTACK) payloads
	$(BENCH) --bench parts --bench storm --bench vend --bench ingest --bench sync --bench scenarios --no-run
	@$(BENCH) --bench parts
	@$(DEVSTACK) with-services --durable -- $(BENCH) --bench storm --bench vend --bench ingest --bench sync
	@$(DEVSTACK) bench up && \
	  BENCH_TARGET=$(CURDIR)/.dev/bench/target.json OCTOKIT_EXAMPLES=$(CURDIR)/.dev/payloads/index.json $(BENCH) --bench scenarios; \
	  status=$$?; > /dev/null $(DEVSTACK) bench down; exit $$status

bench-up: build ## both services in the background for a load from elsewhere, which bench/target.json describes (release build)
	cargo build --release --locked -p auth -p connectors --bins
	@exec $(DEVSTACK) bench up

bench-down: ## stop them
	@exec $(DEVSTACK) bench down

sizing: build ## what one of each thing costs, and what so many tenants come to: the tables of docs/operate.md (release build)
	@$(DEVSTACK) payloads
	cargo bench --locked -p connectors --bench sizing --no-run
	@$(DEVSTACK) with-services --durable -- cargo bench --locked -p connectors --bench sizing

curves: build ## how each thing grows with the size of its table, backlog or number, and the pictures of docs/curves.md: half an hour (release build)
	@$(DEVSTACK) payloads
	cargo bench --locked -p connectors --bench curves --no-run
	@$(DEVSTACK) with-services --durable -- cargo bench --locked -p connectors --bench curves

chaos-ingest: build ## webhooks under load while services and database are killed; every one is accounted for
	@$(DEVSTACK) payloads
	@exec $(DEVSTACK) chaos-ingest

chaos: build ## Redis and Postgres killed, hanging, slow, read-only, failing over, under load; and clocks, keys and an absent auth service
	@$(DEVSTACK) payloads
	@$(DEVSTACK) chaos
	$(DEVSTACK) with-services -- cargo nextest run --workspace --locked -E 'test(/^stories::(outages|start_and_drain)::/)'

fuzz-api: nextest ## ten minutes of requests that the OpenAPI document suggests, as four callers; each answer has to be in it
	cargo nextest run --workspace --locked --no-run
	$(DEVSTACK) payloads
	$(DEVSTACK) test-tools
	FUZZ_SECONDS=$${FUZZ_SECONDS:-150} $(DEVSTACK) with-services -- cargo nextest run --workspace --locked --no-capture -E 'test(nobody_finds_an_answer)'

prod: .env.prod ## production with Docker, on DOMAIN
	$(COMPOSE_PROD) up --build --detach --wait

prod-logs: .env.prod ## follow production's logs
	$(COMPOSE_PROD) logs -f --tail 100

prod-down: .env.prod ## stop production; its data stays
	$(COMPOSE_PROD) down

migrate-prod: .env.prod ## apply the migrations to production's database
	$(COMPOSE_PROD) run --rm --build migrate

backup-prod: .env.prod ## take a backup of production's database now, and list what there is
	$(COMPOSE_PROD) run --rm backup once
	$(COMPOSE_PROD) run --rm --no-deps backup list

# The services come up again whether it succeeded or not: where it did not, nothing was changed.
restore-prod: .env.prod ## put a backup in the place of production's database: FILE=NAME, as backup-prod lists them
	@[ -n "$(FILE)" ] || { echo "which one? make restore-prod FILE=NAME, with a NAME of these:"; $(COMPOSE_PROD) run --rm --no-deps backup list; exit 1; }
	$(COMPOSE_PROD) stop auth connectors
	$(COMPOSE_PROD) run --rm backup restore "$(FILE)"; status=$$?; $(COMPOSE_PROD) up --detach --wait && exit $$status

.env.prod:
	@echo "production's values are missing: copy .env.prod.example to .env.prod and fill it in"; exit 1

build:
	@$(BUILD)

nextest:
	@$(TOOLCHAIN)
	@command -v cargo-nextest >/dev/null || cargo install --locked cargo-nextest
