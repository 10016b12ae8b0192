# syntax=docker/dockerfile:1
# Daymark on one machine, as docs/self-host.md runs it: the program and the theme. The content is mounted at /srv/content,
# everything that must be kept is in /data, and the site as it was last built is in /site-built.
FROM rust:1.95 AS builder
WORKDIR /daymark
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/daymark/target \
    cargo build --release --locked -p generator \
    && cp target/release/generator /usr/local/bin/generator

FROM debian:stable-slim
# Webhooks are sent over TLS.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
# The user has the same number everywhere, so that you can give it a folder of the machine: `chown 10001 folder`.
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin daymark \
    && install -d -o daymark -g daymark -m 700 /data /site-built
COPY --from=builder /usr/local/bin/generator /usr/local/bin/generator
COPY site /srv/site

WORKDIR /srv
USER daymark
VOLUME ["/data", "/site-built"]
EXPOSE 8787
ENTRYPOINT ["generator"]
CMD ["serve", "--production", "--host", "0.0.0.0", "--data", "/data", "--output", "/site-built"]
# There is no curl here, but Bash can do enough HTTP.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/8787 && printf 'GET /api/health HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -t 3 line <&3 && [[ $line == *' 200 '* ]]"]
