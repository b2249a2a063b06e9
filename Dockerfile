# syntax=docker/dockerfile:1
# One build, three images. `auth` and `connectors` are production's, each with one program and nothing that could start
# another; `tools` is development's (sandbox, devstack). The two services are compiled together, so the second image costs
# one layer. For both architectures: docker buildx build --platform linux/amd64,linux/arm64 --target auth .

# What the services run on: the C library, the system's certificates, time zones, and no shell. Not musl: its allocator is slow
# under many threads, and this C library is the one of the build (Debian 12). Distroless names no versions; whoever wants the
# same bytes again gives its digest (BASE=gcr.io/distroless/cc-debian12@sha256:…).
ARG BASE=gcr.io/distroless/cc-debian12:nonroot

# The compiler runs on the machine's own architecture and builds for the wanted one: under emulation it would take hours.
# `slim` has all that is needed: gcc and the C library. The cryptography (aws-lc) is C and wants neither cmake nor Go.
FROM --platform=$BUILDPLATFORM rust:1.95.0-slim-bookworm AS toolchain
WORKDIR /src
RUN cargo install --locked cargo-chef@0.1.78

FROM toolchain AS for-amd64
ENV TRIPLE=x86_64-unknown-linux-gnu OTHER_GCC=gcc-x86-64-linux-gnu OTHER_LIBC=libc6-dev-amd64-cross \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc

FROM toolchain AS for-arm64
ENV TRIPLE=aarch64-unknown-linux-gnu OTHER_GCC=gcc-aarch64-linux-gnu OTHER_LIBC=libc6-dev-arm64-cross \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc

# What the dependencies are, without our own code: a change of ours leaves this file, and with it the layer after it, alone.
FROM toolchain AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

# hadolint ignore=DL3006
FROM for-$TARGETARCH AS build
ARG BUILDARCH TARGETARCH
# Nothing to do where the architectures are the same: Debian's gcc carries the long name as well.
# hadolint ignore=DL3008
RUN if [ "$BUILDARCH" != "$TARGETARCH" ]; then \
      rustup target add "$TRIPLE" && apt-get update && \
      apt-get install -y --no-install-recommends "$OTHER_GCC" "$OTHER_LIBC" && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=plan /src/recipe.json /src/
# The dependencies, in a layer of their own. `--target` always, because cook clears its stand-ins away only where it is told.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    cargo chef cook --release --locked --target "$TRIPLE" --package auth --package connectors --recipe-path recipe.json
COPY . /src/
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    cargo build --release --locked --target "$TRIPLE" --package auth --package connectors --bins && \
    mkdir /out && cp "target/$TRIPLE/release/auth" "target/$TRIPLE/release/connectors" /out/

FROM build AS build-tools
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    cargo build --release --locked --target "$TRIPLE" --package sandbox --package devstack --bins && \
    cp "target/$TRIPLE/release/sandbox" "target/$TRIPLE/release/devstack" /out/

# hadolint ignore=DL3006
FROM $BASE AS runtime
ARG REVISION=unknown
LABEL org.opencontainers.image.vendor="Connectors" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="$REVISION"
# By number, so that an orchestrator can tell that it is not root. Nothing is written to the file system.
USER 65532:65532

FROM runtime AS tools
LABEL org.opencontainers.image.title="connectors-tools"
COPY --from=build-tools /out/sandbox /out/devstack /usr/local/bin/

FROM runtime AS auth
LABEL org.opencontainers.image.title="connectors-auth"
COPY --from=build /out/auth /usr/local/bin/
ENV HOST=0.0.0.0 PORT=5001
EXPOSE 5001
# Without a shell the program asks itself: /health/ready on its own port.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["auth", "health"]
ENTRYPOINT ["auth"]
CMD ["serve"]

FROM runtime AS connectors
LABEL org.opencontainers.image.title="connectors"
COPY --from=build /out/connectors /usr/local/bin/
ENV HOST=0.0.0.0 PORT=5002
EXPOSE 5002
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["connectors", "health"]
ENTRYPOINT ["connectors"]
CMD ["serve"]
