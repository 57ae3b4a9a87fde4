#!/usr/bin/env bash
# The demonstration without a bench: the pure core and the transport, with pip alone.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=venv.sh
source "$HELPER_DIR/venv.sh"

begin
ensure_venv
say "The engine alone"
advise "see the messages above, then start again"
attended "$VENV/bin/python" "$REPO_DIR/demo/engine_demo.py" "$@"
