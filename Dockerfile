# Albumen as one container: `docker compose up -d` builds it and runs `albumen serve`. See docs/serve.md.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE} AS build
WORKDIR /src
RUN python3 -m venv /opt/albumen
COPY requirements.lock ./
RUN /opt/albumen/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps \
    -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY flows flows
COPY plugins plugins
COPY tasks tasks
RUN /opt/albumen/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM ${BASE}
RUN useradd --uid 1000 --create-home albumen && install -d -o albumen -g albumen -m 700 /data
COPY --from=build /opt/albumen /opt/albumen
# Inside a container the ports listen for all; what of them is published, and to whom, compose.yaml says.
ENV PATH=/opt/albumen/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ALBUMEN_CONFIG=/config/albumen.toml \
    ALBUMEN_DATA_DIR=/data \
    ALBUMEN_SERVE__HOST=0.0.0.0 \
    ALBUMEN_SERVE__HOOKS_HOST=0.0.0.0 \
    ALBUMEN_SERVE__PREFECT_HOST=0.0.0.0
USER albumen
WORKDIR /data
VOLUME /data
EXPOSE 8484 8485 4200
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 CMD ["albumen", "serve", "--check"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["albumen"]
CMD ["serve"]
