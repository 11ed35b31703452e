# One image for the five services, the console, the stand-ins around them and the liudai command.
ARG PYTHON_IMAGE=python:3.13-slim

# The console's pages; Node comes as a Python package, locked by its hash, so that no other image is needed.
FROM ${PYTHON_IMAGE} AS pages
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG NPM_CONFIG_REGISTRY
WORKDIR /src
COPY scripts/console scripts/
COPY docs/openapi docs/openapi/
COPY services/console/web services/console/web/
RUN scripts/console build

FROM ${PYTHON_IMAGE} AS packages
# Optional: an index of your own, its certificates by PIP_CERT's usual means. Unset, pip's own settings hold.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
RUN python3 -m venv /opt/venv
COPY requirements-runtime.lock /tmp/
RUN /opt/venv/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check --require-hashes --only-binary :all: \
        -r /tmp/requirements-runtime.lock \
    && /opt/venv/bin/pip uninstall --yes --quiet --disable-pip-version-check pip
RUN printf '#!/opt/venv/bin/python\nfrom services.operations.cli import main\n\nmain()\n' >/opt/venv/bin/liudai \
    && chmod 755 /opt/venv/bin/liudai
# The root file system is read-only at run time: the byte code is made here or never.
COPY services /app/services
COPY shared /app/shared
RUN rm -rf /app/services/console/web
COPY --from=pages /src/services/console/static /app/services/console/static
RUN /opt/venv/bin/python -m compileall -q -j 0 /opt/venv/lib /app

# What challengers are scored with besides: for the one container that does (`risk-shadow`), never in those that serve.
FROM packages AS training
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
COPY requirements-training.lock /tmp/
RUN python3 -m pip install --no-cache-dir --no-compile --disable-pip-version-check --require-hashes --only-binary :all: \
        --prefix /opt/training -r /tmp/requirements-training.lock \
    && cp -a /opt/training/lib/python3.*/site-packages/. /opt/venv/lib/python3.*/site-packages/ \
    && rm -rf /opt/training

FROM ${PYTHON_IMAGE} AS run
# What statements are printed with: layout, font subsets (a page in a third of a second, not twenty), Chinese glyphs.
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 liudai \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/liudai --shell /usr/sbin/nologin liudai \
    && install -d -o 10001 -g 10001 -m 700 /var/lib/liudai
COPY --from=packages /opt/venv /opt/venv
COPY --from=packages /app /app
COPY LICENSE /app/
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["liudai", "--help"]

FROM run AS shadow
COPY --from=training /opt/venv /opt/venv
CMD ["python", "-m", "services.risk.shadow"]

# The default: without it, for the five services, the console, the stand-ins and the command.
FROM run
