# Sourced by scripts/run and scripts/test: brings a machine and this clone to the point where Earmark can run.
# Every step does only what is missing, says what it does, and may be repeated. Needs Debian 12 or later, Ubuntu 24.04
# or later, or Raspberry Pi OS of the same age, and root or sudo for what apt has to install.
# The caller sets STEPS, the number of all its steps, and runs with `set -euo pipefail` in the clone's top folder.
# shellcheck shell=bash

# What running needs. pjsua2's own build tools are scripts/build-pjsua2's business; the libraries here are those that its
# wheel, perhaps taken from a cache, is linked to.
readonly RUN_PACKAGES=(
  python3 python3-venv python3-dev gcc libc6-dev libasound2-dev
  tzdata util-linux libopus0 libsrtp2-1 libspeex1 libspeexdsp1 libgsm1 libsamplerate0 libuuid1
  rclone
)
readonly VENV_PYTHON=.venv/bin/python

STEP=0
STEPS=${STEPS:-4}

say() { printf '%s\n' "$*"; }
note() { printf '      %s\n' "$*"; }
step() {
  STEP=$((STEP + 1))
  printf '[%d/%d %4ds] %s\n' "$STEP" "$STEPS" "$SECONDS" "$*"
}
die() { # die WHAT [WHAT TO DO]
  printf '\n%s: %s\n' "$(basename "$0")" "$1" >&2
  [ -z "${2:-}" ] || printf '  What to do: %s\n' "$2" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

apt_install() { # apt_install PACKAGE… (what is missing of it)
  local package missing=() log
  command -v dpkg-query >/dev/null || die "This is not a Debian, Ubuntu or Raspberry Pi OS machine." \
    "Use one of these (a virtual machine or container will do)."
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  if [ ${#missing[@]} -eq 0 ]; then
    note "all ${#} packages are there"
    return
  fi
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
    die "These packages are missing and need root: ${missing[*]}" "Run as root: apt-get install ${missing[*]}"
  note "installing ${missing[*]}"
  log=$(mktemp)
  apt_get install "${missing[@]}" >"$log" 2>&1 || {
    note "asking the mirror for newer package lists first"
    apt_get update >"$log" 2>&1 && apt_get install "${missing[@]}" >>"$log" 2>&1
  } || {
    tail -n 15 "$log" >&2
    [[ " ${missing[*]} " != *" chromium "* ]] || apt-cache show chromium >/dev/null 2>&1 ||
      note "This distribution has no package chromium: install Google Chrome, or set EARMARK_CHROMIUM to a Chromium."
    die "apt could not install: ${missing[*]}" "See apt's own words above; check the network and that the disk has room."
  }
  rm -f "$log"
}

apt_get() { # waits for another apt, asks nothing
  local command=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y --no-install-recommends "$command" "$@"
}

install_packages() { # install_packages PACKAGE…
  step "Debian packages"
  apt_install "$@"
}

# ---- the Python environment -------------------------------------------------------------------------------------

choose_python() { # the machine's own, or EARMARK_PYTHON
  local python=${EARMARK_PYTHON:-python3}
  command -v "$python" >/dev/null || die "No Python at '$python'." "Install python3, or set EARMARK_PYTHON."
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$("$python" -V) is too old; Earmark needs Python 3.11 or later." "Set EARMARK_PYTHON to a newer one."
  printf '%s\n' "$python"
}

pip() { "$VENV_PYTHON" -m pip --disable-pip-version-check --quiet "$@"; }

install_locked() { # install_locked KIND: runtime or test. Every file is checked against the hash in the lock.
  pip install --require-hashes -r requirements/build.txt
  if [ "$1" = test ]; then pip install --require-hashes --use-pep517 --no-build-isolation -r requirements/test-build.txt; fi
  pip install --require-hashes --use-pep517 --no-build-isolation -r "requirements/$1.txt"
  pip install --no-deps --no-build-isolation --editable .
}

prepare_python() { # prepare_python KIND
  local kind=$1 python lock stamp
  step "Python environment in .venv"
  python=$(choose_python)
  if ! "$VENV_PYTHON" -c 'import sys' 2>/dev/null; then
    "$python" -m venv --clear .venv || die "$("$python" -V) cannot make a virtual environment." "apt-get install python3-venv"
  fi
  lock=$(cat pyproject.toml requirements/*.txt | sha256sum | cut -c1-16)
  stamp=.venv/earmark-$kind-$lock-$("$VENV_PYTHON" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
  if [ -e "$stamp" ]; then
    note "already as locked in requirements/$kind.txt"
    return
  fi
  note "$("$VENV_PYTHON" -V): installing the $(grep -c '==' "requirements/$kind.txt") packages locked in requirements/$kind.txt"
  install_locked "$kind" || die "pip could not install what requirements/$kind.txt locks." \
    "See pip's words above; check that this machine reaches its package index."
  rm -f .venv/earmark-"$kind"-*
  touch "$stamp"
}

prepare_pjsua2() {
  step "pjsua2, the SIP library (built from source once, then kept in a cache)"
  scripts/build-pjsua2 --install --python "$VENV_PYTHON" 2>&1 | sed -u 's/^/      /' ||
    die "pjsua2 could not be built." "See the words above; the whole log is named there."
}

prepare_native() {
  step "The recorder port in C"
  "$VENV_PYTHON" -m firmware.native.build 2>&1 | sed -u 's/^/      /' ||
    die "The recorder port could not be compiled." "See the compiler's words above."
}
