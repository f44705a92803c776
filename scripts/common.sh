# Shared by the scripts of this folder: what has to be there before anything can be built. Sourced, not run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit 1

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then ACCENT=$'\e[36m' PLAIN=$'\e[0m'; else ACCENT='' PLAIN=''; fi

BUILD_PACKAGES=(
  ca-certificates pkg-config libevent-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev libpq-dev libhiredis-dev
  libyaml-dev
)

done_line() { printf '  %s✔%s %-12s %s\n' "$ACCENT" "$PLAIN" "$1" "$2"; }

fail() {
  printf '  ✘ %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '    %s\n' "$line" >&2; done
  exit 1
}

# Swift 6.2 or newer on the PATH.
need_toolchain() {
  command -v swift >/dev/null ||
    fail "There is no Swift toolchain on the PATH." \
      "Install Swift 6.2 or newer from https://www.swift.org/install/linux/, then run this again."
  local version
  version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | grep -oE '[0-9]+\.[0-9]+')
  [ "$(printf '%s\n6.2\n' "$version" | sort -V | head -1)" = 6.2 ] ||
    fail "Swift $version is too old: 6.2 or newer is needed." "Install a newer one from https://www.swift.org/install/linux/."
  done_line toolchain "Swift $version"
}

# Debian packages by name; installs what is missing.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null ||
      fail "These packages are missing and this is no Debian or Ubuntu: ${missing[*]}" "Install them, then run this again."
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
      command -v sudo >/dev/null && sudo -n true 2>/dev/null && sudo=(sudo -n)
      [ ${#sudo[@]} -gt 0 ] ||
        fail "These packages are missing and you are not root: ${missing[*]}" \
          "Run: sudo apt-get install ${missing[*]}" "Then run this again."
    fi
    local log
    log=$(mktemp)
    { "${sudo[@]}" apt-get update -qq &&
      "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
      >"$log" 2>&1 || { tail -20 "$log" >&2; rm -f "$log"; fail "These packages could not be installed: ${missing[*]}"; }
    rm -f "$log"
  fi
  done_line packages "$(($# - ${#missing[@]})) present, ${#missing[@]} installed${missing[0]:+ (${missing[*]})}"
}

# Builds with a line of progress; the whole output is shown only when it fails. Prints how long it took.
build() {
  local configuration=$1 log started pid last
  shift
  log=$(mktemp)
  started=$SECONDS
  swift build -c "$configuration" "$@" >"$log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    if [ -t 1 ]; then
      last=$(tail -c 300 "$log" | tr '\r' '\n' | grep -oE '^\[[0-9]+/[0-9]+\][^/]*' | tail -1 | cut -c1-70)
      printf '\r    build        %-72s' "${last:-starting} $((SECONDS - started)) s"
    fi
    sleep 1
  done
  if [ -t 1 ]; then printf '\r%90s\r' ''; fi
  if ! wait "$pid"; then
    grep -E 'error|warning' "$log" | sort -u | head -40 >&2
    tail -5 "$log" >&2
    rm -f "$log"
    fail "The build failed."
  fi
  rm -f "$log"
  local took=$((SECONDS - started))
  done_line build "$configuration, $((took / 60)) min $((took % 60)) s"
}
