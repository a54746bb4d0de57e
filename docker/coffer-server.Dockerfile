# A node of Coffer, and coffer-ctl to look after it. The context is the repository: docker build -f docker/coffer-server.Dockerfile . (docs/docker.md)

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
RUN make --old-file=prepare dist/coffer-server dist/coffer-ctl
RUN mkdir /data

FROM debian:trixie-slim AS runtime
RUN apt-get update && apt-get install --yes --no-install-recommends libssl3t64 libstdc++6 && rm -rf /var/lib/apt/lists/*

FROM ${RUNTIME_IMAGE}
COPY --from=build /source/dist /opt/coffer
COPY --from=build --chown=10001:10001 /data /var/lib/coffer
# The server makes its directory in the volume itself, so that its mode is 0700 whatever that of the volume is.
# Nothing is to read the memory of this process: no debugger, no profiler, no dump. Without them it writes nothing to /tmp either.
ENV PATH=/opt/coffer:$PATH \
    COFFER_DATA=/var/lib/coffer/data \
    COFFER_LISTEN=0.0.0.0:9187 \
    DOTNET_EnableDiagnostics=0
USER 10001:10001
VOLUME /var/lib/coffer
EXPOSE 9187
STOPSIGNAL SIGTERM
# Whether the node answers, and not whether it is ready: some supervisors start anew what is not healthy, which would bring no database back, and would
# take their coffers from the clients that the node goes on serving meanwhile.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 CMD ["/opt/coffer/coffer-ctl", "coffer", "status"]
ENTRYPOINT ["/opt/coffer/coffer-server"]
