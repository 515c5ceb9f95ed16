# shellcheck shell=bash
# Sourced by start and test: brings a fresh clone on a bare machine to where it can run, and says what it does.

root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
node="$root/node_modules/node/bin/node"

say() { printf '%s\n' "keystead: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

# Installs Debian packages whose programs are missing, when it may; otherwise says which. Arguments: program=package …
# Gives 1 when something is still missing.
want_programs() {
  local pair package missing=() failed=()
  for pair in "$@"; do
    if ! PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%=*}" >/dev/null; then missing+=("${pair#*=}"); fi
  done
  if ((${#missing[@]} == 0)); then return 0; fi
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "Installing system packages: ${missing[*]}"
    apt-get update -qq >&2 || true
    if apt_install "${missing[@]}"; then return 0; fi
    # One that this system does not have must not keep the others away.
    for package in "${missing[@]}"; do apt_install "$package" || failed+=("$package"); done
    if ((${#failed[@]} == 0)); then return 0; fi
    say "They could not be installed: ${failed[*]}"
    return 1
  fi
  say "Missing system packages; an administrator installs them with: apt-get install ${missing[*]}"
  return 1
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2; }

# Node >= 20 and npm start us; everything after npm ci runs on the Node 24 that comes as a package.
install_packages() {
  command -v npm >/dev/null || fail "npm is missing. Install Node.js 20 or newer (with npm), then start again."
  local major
  major="$(node -p 'process.versions.node.split(".")[0]')"
  ((major >= 20)) || fail "Node.js $major is too old to install the packages. Install Node.js 20 or newer."
  if [[ -x "$node" ]] && node "$root/scripts/packages-current.mjs"; then return 0; fi
  # pkcs11js is compiled on the machine it runs on.
  want_programs python3=python3 make=make g++=g++ || say "Going on without them: npm may not be able to compile its native packages."
  say "Installing npm packages (npm ci)"
  (cd "$root" && npm ci --no-audit --no-fund) >&2 || fail "npm could not install the packages; its own words stand above."
  [[ -x "$node" ]] || fail "npm did not install Node 24 (package “node”). Check that npm may run its install script, then start again."
}

# Builds when a source is newer than the last build that ended well.
build_console() {
  local stamp="$root/out/.built" before
  local sources=("$root"/src-shared "$root"/src-main "$root"/src-renderer "$root"/electron.vite.config.ts "$root"/package-lock.json)
  if [[ -f "$stamp" && -f "$root/out/renderer/index.html" && -z "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ]]; then
    return 0
  fi
  say "Building the console"
  before="$(date +%s)"
  (cd "$root" && "$node" node_modules/electron-vite/bin/electron-vite.js build --logLevel warn) >&2 || fail "The console could not be built."
  # As of before the build: what was saved meanwhile counts as newer.
  touch -d "@$before" "$stamp"
}
