#!/bin/sh
# Makes the virtual environment DIRECTORY with PYTHON, or with the newest suitable one. Leaves it alone if it fits.
#
#   make-venv.sh DIRECTORY [PYTHON]
set -eu

directory=$1
base=$(sh "$(dirname "$0")/find-python.sh" ${2:+"$2"})
version_of() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])'; }

if [ -e "$directory/.created" ] && [ "$(version_of "$directory/bin/python" 2>/dev/null)" = "$(version_of "$base")" ]; then
    exit 0
fi
echo "Making $directory with $base ($(version_of "$base"))"
# --clear: an interrupted attempt or another version may have left something there.
"$base" -m venv --clear "$directory"
touch "$directory/.created"
