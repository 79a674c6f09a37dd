# privet alone, not root, with nothing to write to. Settings and certificates are mounted into /etc/privet.
ARG BUILD_IMAGE=rust:1-bookworm
ARG FINAL_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
ENV CARGO_HOME=/build/cargo
WORKDIR /build/privet
COPY . .
RUN --mount=type=cache,target=/build/cargo --mount=type=cache,target=/build/privet/target \
    cargo build --release --locked && cp target/release/privet /build/privet-binary

FROM ${FINAL_IMAGE}
COPY --from=build /build/privet-binary /usr/local/bin/privet
# proxy.toml is read from here.
WORKDIR /etc/privet
USER 65532:65532
# Files, ports and system calls that privet does not need are given up, as far as the kernel below can.
ENV PRIVET_SANDBOX=on
EXPOSE 8443
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/usr/local/bin/privet", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/privet"]
