# The image of the API and the worker; docker-compose.yml says which is which.

FROM python:3.11-slim AS build
WORKDIR /srv/banyan
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
# Before the code, so that a change of the code does not install everything again.
COPY requirements.lock ./
RUN pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY cypher cypher
COPY migrations migrations
# Editable: the statements and migrations are read from beside the package.
RUN pip install --no-deps --no-build-isolation --editable .

FROM python:3.11-slim
RUN groupadd --system --gid 10001 banyan \
 && useradd --system --uid 10001 --gid banyan --home-dir /data --no-create-home banyan \
 && install --directory --owner banyan --group banyan /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/banyan /srv/banyan
WORKDIR /srv/banyan
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BANYAN_DATA_DIR=/data \
    BANYAN_HOST=0.0.0.0 \
    BANYAN_PORT=8000
USER banyan
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['BANYAN_PORT']}/livez\", timeout=3)"]
CMD ["banyan", "serve"]
