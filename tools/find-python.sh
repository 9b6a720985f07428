#!/bin/sh
# Prints the newest Python >= 3.11 that can make a virtual environment, or says on stderr why there is none.
#
#   find-python.sh              the newest
#   find-python.sh --all        one per minor version, newest first
#   find-python.sh PYTHON       that one, if it will do
set -eu

# One line, "3.12 /path/to/python ok": the version, the interpreter itself (not a shim), and whether venv works.
PROBE='
import sys
if sys.version_info >= (3, 11):
    try:
        import ensurepip, venv
        works = "ok"
    except ImportError:
        works = "no-ensurepip"
    print("%d.%d %s %s" % (sys.version_info[0], sys.version_info[1], works, sys.executable))
'

candidates() {
    for version in 3.13 3.12 3.11; do
        command -v "python$version" || true
        # Installed by pyenv, but not switched on in this directory.
        for python in "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$version".*/bin/"python$version"; do
            if [ -x "$python" ]; then echo "$python"; fi
        done
    done
    command -v python3 || true
}

unusable=""
seen=" "
wanted=${1:-}
case $wanted in
    "" | --all) list=$(candidates) ;;
    *) list=$(command -v "$wanted" || echo "$wanted") ;;
esac

# One candidate a line: a path may contain blanks.
while IFS= read -r python; do
    # A pyenv shim of a version that is not switched on fails; a candidate that does not start is none.
    found=$("$python" -c "$PROBE" 2>/dev/null </dev/null) || continue
    [ -n "$found" ] || continue
    version=${found%% *}
    rest=${found#* }
    works=${rest%% *}
    path=${rest#* }
    if [ "$works" != ok ]; then
        unusable="$unusable $path"
        continue
    fi
    case $seen in *" $version "*) continue ;; esac
    seen="$seen$version "
    echo "$path"
    [ "$wanted" = --all ] || exit 0
done <<EOF
$list
EOF

[ "$seen" = " " ] || exit 0
if [ -n "$unusable" ]; then
    echo "This Python cannot make virtual environments (it has no ensurepip):$unusable" >&2
    echo "Install its venv package (Debian, Ubuntu: apt-get install python3-venv), or name another: make PYTHON=..." >&2
elif [ -n "$wanted" ] && [ "$wanted" != --all ]; then
    echo "'$wanted' is not a Python 3.11 or newer; name another: make PYTHON=..." >&2
else
    echo "No Python 3.11 or newer found (looked for python3.13, python3.12, python3.11, python3)." >&2
    echo "Install one, or name it: make PYTHON=/path/to/python" >&2
fi
exit 1
