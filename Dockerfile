# The image of `webspaces serve`. Nothing in it needs BuildKit.

FROM node:24-bookworm-slim AS build
# A mirror of the npm registry, where there is one: --build-arg NPM_CONFIG_REGISTRY=…
ARG NPM_CONFIG_REGISTRY
WORKDIR /build
COPY . .
# ssh2 uses a native addon where one has been compiled, and Node's own crypto otherwise: no compiler is needed here.
RUN npm ci --ignore-scripts --no-audit --no-fund \
  && npx tsc -b packages/operator \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf packages/*/src packages/*/*.tsbuildinfo packages/*/tsconfig.json

FROM node:24-bookworm-slim
# git serves the repositories. tini is process 1, which has to reap what git leaves behind when a push is cut off.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git tini \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
COPY --from=build /build/node_modules /opt/webspaces/node_modules
COPY --from=build /build/packages /opt/webspaces/packages
RUN ln -s /opt/webspaces/packages/operator/bin/webspaces.js /usr/local/bin/webspaces
# The user `node`, by number: a cluster can only tell of a number that it is not root.
USER 1000:1000
EXPOSE 2222 8080
ENTRYPOINT ["tini", "--", "webspaces"]
CMD ["serve"]
