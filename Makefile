# Everything is built in one configuration: what is tested and measured is what is published.
CONFIGURATION := Release
ARCHITECTURE := $(if $(filter aarch64,$(shell uname -m)),arm64,x64)
RID := linux-$(ARCHITECTURE)

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

# Its own tree of intermediate files: a publish for one platform and a build of the solution restore differently. The analyzers' warnings are that build's to tell.
PUBLISH := dotnet publish -c $(CONFIGURATION) -r $(RID) --artifacts-path artifacts -v q -p:DebugType=none -p:CopyOutputSymbolsToPublishDirectory=false -p:RunAnalyzers=false
SOURCES := $(shell find src cluster-config -type f \( -name '*.cs' -o -name '*.csproj' -o -name '*.conf' \) -not -path '*/obj/*' -not -path '*/bin/*' 2>/dev/null) \
	Directory.Build.props Directory.Packages.props global.json
PROGRAMS := dist/coffer-server dist/coffer-client dist/coffer-companion dist/coffer-ctl

.DEFAULT_GOAL := help
.PHONY: help prepare build test demo cluster publish bench scale faults soak format

help: ## show these lines
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | while IFS='	' read -r name words; do printf '  make %-9s %s\n' "$$name" "$$words"; done

prepare:
	@tests/prepare

build: prepare ## compile everything
	@dotnet build Coffer.sln -c $(CONFIGURATION) -v q

test: publish ## run the format check and all tests, as the CI does
	@CONFIGURATION=$(CONFIGURATION) tests/run

demo: publish ## from a definition to a program that finds its secrets, on this machine
	@tests/demo

cluster: publish ## three nodes over TLS on a PostgreSQL of their own, on this machine, until Ctrl-C
	@tests/cluster

publish: prepare $(PROGRAMS) ## put the programs into dist/, ready to run from any directory

bench: publish ## measure the server, one core serving and the other one asking, large loads, two nodes, and the client's start
	@CONFIGURATION=$(CONFIGURATION) tests/bench
	@CONFIGURATION=$(CONFIGURATION) tests/bench-loads
	@CONFIGURATION=$(CONFIGURATION) tests/bench-cluster
	@tests/bench-client

scale: ## simulate how shards move and entities start cold: SCALE='--nodes 100 --shards 1024'
	@dotnet run -c $(CONFIGURATION) --project tests/Coffer.Scale -- $(SCALE)

faults: publish ## have each fault of docs/operations.md happen to a cluster: seven minutes
	@dotnet build tests/Coffer.Cluster.Tests/Coffer.Cluster.Tests.csproj -c $(CONFIGURATION) -v q
	@tests/Coffer.Cluster.Tests/bin/$(CONFIGURATION)/net10.0/Coffer.Cluster.Tests -noColor -noLogo -showLiveOutput -class Coffer.Cluster.Tests.Faults.FaultSpecs

soak: publish ## have faults happen to a cluster at random: TIME=30m, and SEED=… to repeat one
	@CONFIGURATION=$(CONFIGURATION) tests/soak $(or $(TIME),10m) $(SEED)

format: ## bring the code into the form that the tests check
	@dotnet format Coffer.sln

# One after the other: they share projects, and each build uses all cores.
.NOTPARALLEL:

dist/coffer-server: PROJECT := Coffer.Server
# Each assembly by itself: all of the framework compiled anew as one takes minutes and 2 GB, and starts no sooner.
dist/coffer-server: OPTIONS := --self-contained -p:PublishReadyToRun=true -p:PublishReadyToRunComposite=false -p:PublishSingleFile=true
dist/coffer-client: PROJECT := Coffer.Client.Cli
dist/coffer-companion: PROJECT := Coffer.Companion
dist/coffer-ctl: PROJECT := Coffer.Control

# A program takes its own room and those it is built from; the libraries beside it are the same for all.
$(PROGRAMS): dist/%: $(SOURCES) Makefile | prepare
	@echo "publishing $*"
	@rm -rf artifacts/publish/$(PROJECT)
	@$(PUBLISH) $(OPTIONS) src/$(PROJECT)/$(PROJECT).csproj -o artifacts/publish/$(PROJECT)
	@mkdir -p dist
	@cd artifacts/publish/$(PROJECT) && for library in $$(ls | grep '\.so$$'); do install -m 755 "$$library" "$(CURDIR)/dist/.$$library.new" && mv "$(CURDIR)/dist/.$$library.new" "$(CURDIR)/dist/$$library"; done
	@install -m 755 artifacts/publish/$(PROJECT)/$* dist/.$*.new && mv dist/.$*.new $@
