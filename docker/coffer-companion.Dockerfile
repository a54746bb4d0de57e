# coffer-companion, over files of the directory that is mounted on /work, as the user whom these belong to. The context is the repository: docker build -f docker/coffer-companion.Dockerfile . (docs/docker.md)

# Microsoft's image dotnet/sdk:10.0, under the name by which whoever builds can pull it: from Microsoft's registry or from a mirror. There is no default,
# because no name without a registry in it stands for that image.
ARG SDK_IMAGE
# What the program runs on. Another image may be given, with a shell or without, that has glibc 2.34 or newer, libstdc++ and OpenSSL 3; Alpine has musl.
ARG RUNTIME_IMAGE=runtime

FROM ${SDK_IMAGE} AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc make zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY .editorconfig Directory.Build.props Directory.Packages.props Makefile global.json ./
COPY cluster-config cluster-config/
COPY src src/
# Without 'prepare', which installs what the tests need.
RUN make --old-file=prepare dist/coffer-companion

FROM debian:trixie-slim AS runtime
RUN apt-get update && apt-get install --yes --no-install-recommends libssl3t64 libstdc++6 && rm -rf /var/lib/apt/lists/*

FROM ${RUNTIME_IMAGE}
COPY --from=build /source/dist /opt/coffer
ENV PATH=/opt/coffer:$PATH
WORKDIR /work
USER 10001:10001
STOPSIGNAL SIGTERM
# It does what it is told and ends.
HEALTHCHECK NONE
ENTRYPOINT ["/opt/coffer/coffer-companion"]
