#!/usr/bin/env bash
# Brings the template of translations and the languages' files up to date with the sources, on a bench of Frappe 16: only
# there the words that Frappe and ERPNext translate themselves are left out.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=app.sh
source "$HELPER_DIR/app.sh"

main() {
	begin
	take_lock
	attended bash "$HELPER_DIR/setup.sh" bench services app
	# lib.sh looked before there was a bench, perhaps: its owner is known for certain only now.
	BENCH_USER=$(find_bench_user)
	[ "$(version_at "$BENCH_PATH" | cut -d. -f1)" -ge 16 ] || die "translations are made on a bench of Frappe 16: set BENCH_PATH"
	# Frappe asks git which folders to leave out, and a copy of this checkout has none.
	if [ ! -e "$(app_dir)/.git" ]; then as_bench git init -q "apps/$APP"; fi
	say "Collecting the texts"
	frappe_cmd generate-pot-file --app "$APP"
	frappe_cmd update-po-files --app "$APP"
	take_back
	note "empty msgstr are what is left to translate: grep -B2 '^msgstr \"\"' $APP/locale/*.po"
}

# A bench works on a copy of this checkout, or on the checkout itself.
take_back() {
	local made
	made=$(readlink -f "$(app_dir)/$APP/locale")
	if [ "$made" != "$(readlink -f "$REPO_DIR/$APP/locale")" ]; then cp "$made"/*.po* "$REPO_DIR/$APP/locale/"; fi
}

main
