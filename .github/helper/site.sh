# shellcheck shell=bash
# Sourced by setup.sh. Makes, refreshes and drops scratch sites. A site whose name does not begin with
# one of the scratch prefixes is never dropped.

is_scratch() { case "$1" in test-* | demo-* | scratch-*) true ;; *) false ;; esac }

need_scratch() {
	is_scratch "$1" || die "site $1 exists and is not a scratch site (test-*, demo-*, scratch-*): it is left alone"
}

# make_site NAME: a fresh site with ERPNext, this app and a company.
make_site() {
	local name=$1
	find_db_admin
	if [ -d "$BENCH_PATH/sites/$name" ]; then
		need_scratch "$name"
		remove_site "$name"
	fi
	say "Making the site $name (a minute or two)"
	frappe_cmd new-site "$name" "${DB_USER_SCOPE[@]}" --db-root-username "$DB_ADMIN_USER" \
		--db-root-password "$DB_ADMIN_PASSWORD" --admin-password "${ADMIN_PASSWORD:-admin}" </dev/null
	frappe_cmd --site "$name" install-app erpnext </dev/null
	frappe_cmd --site "$name" install-app "$APP" </dev/null
	frappe_cmd --site "$name" set-config allow_tests 1
	complete_setup "$name"
	note "site $name is ready"
}

# keep_site NAME: the site as it is, brought up to date; made when there is none.
keep_site() {
	if site_exists "$1"; then
		say "Migrating the site $1"
		frappe_cmd --site "$1" migrate </dev/null
	else
		make_site "$1"
	fi
}

# twin_site NAME SOURCE: a second site with the content of the first, for tests that need another system.
twin_site() {
	local name=$1 source=$2 folder
	find_db_admin
	if [ -d "$BENCH_PATH/sites/$name" ]; then
		need_scratch "$name"
		remove_site "$name"
	fi
	say "Making the site $name as a copy of $source"
	folder=$(as_bench mktemp -d "/tmp/$APP-twin.XXXXXX")
	frappe_cmd --site "$source" backup --ignore-backup-conf --backup-path-db "$folder/site.sql.gz" \
		--backup-path-conf "$folder/site_config.json" </dev/null >/dev/null
	frappe_cmd new-site "$name" "${DB_USER_SCOPE[@]}" --db-root-username "$DB_ADMIN_USER" \
		--db-root-password "$DB_ADMIN_PASSWORD" --admin-password "${ADMIN_PASSWORD:-admin}" \
		--source-sql "$folder/site.sql.gz" </dev/null
	as_bench rm -rf "$folder"
	frappe_cmd --site "$name" set-config allow_tests 1
	note "site $name is ready"
}

# The answers of ERPNext's setup wizard, so that there is a company to work with.
complete_setup() {
	say "Setting up a company"
	as_user "$BENCH_PATH/sites" "$BENCH_PATH/env/bin/python" - "$1" <"$HELPER_DIR/complete_setup.py"
}

drop_site() {
	[ -d "$BENCH_PATH/sites/$1" ] || return 0
	need_scratch "$1"
	find_db_admin
	remove_site "$1"
}

remove_site() {
	say "Dropping the site $1"
	as_bench mkdir -p "archived/$APP"
	frappe_cmd drop-site "$1" --force --no-backup --archived-sites-path "$BENCH_PATH/archived/$APP" \
		--db-root-username "$DB_ADMIN_USER" --db-root-password "$DB_ADMIN_PASSWORD" </dev/null
	# Frappe moves the folder of a dropped site away; a scratch site holds nothing to keep.
	as_bench rm -rf "archived/$APP" "sites/$1"
	as_bench rmdir archived 2>/dev/null || true
}
