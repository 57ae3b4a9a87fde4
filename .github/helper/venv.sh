# shellcheck shell=bash
# Sourced by the scripts that work without a bench, after lib.sh: the virtual environment .venv.

VENV=$REPO_DIR/.venv

python_for_venv() {
	local python=${PYTHON:-python3}
	have "$python" || die "no $python here: install Python 3.10 or newer, or set PYTHON, then start again"
	"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
		die "$python is older than 3.10: set PYTHON to a newer one, then start again"
	echo "$python"
}

# Everything that needs no bench: the app's engine, the test tools, the linter.
ensure_venv() {
	local python sum
	sum=$(cksum <"$REPO_DIR/pyproject.toml")
	if [ "$(cat "$VENV/.stamp" 2>/dev/null)" = "$sum" ] && "$VENV/bin/python" -c 'import pytest' 2>/dev/null; then
		return 0
	fi
	python=$(python_for_venv)
	say "Making the virtual environment .venv"
	advise "install python3-venv where it is missing, or see whether the package index is out of reach; then start again"
	quietly "$python" -m venv --clear "$VENV"
	quietly "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --editable "${REPO_DIR}[test]"
	echo "$sum" >"$VENV/.stamp"
}
