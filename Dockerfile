# The bot, the packages that requirements.lock names, and nothing else. It runs without root rights and writes only to
# /data, where its settings (.env), its database and your terms/ are, and to /tmp. compose.yaml shows how to run it.

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/producer-bot
COPY requirements.lock ./
RUN /opt/producer-bot/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock
COPY . ./
RUN /opt/producer-bot/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /opt/producer-bot /opt/producer-bot
RUN install --directory --mode=700 --owner=1000 --group=1000 /data
WORKDIR /data
VOLUME /data
USER 1000:1000
ENV PATH=/opt/producer-bot/bin:$PATH
ENV HOST=0.0.0.0
ENV PORT=8080
EXPOSE 8080
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=5)"]
ENTRYPOINT ["producer-bot"]
CMD ["run"]
