# shellcheck shell=bash
# Sourced by setup.sh. Makes, refreshes and drops scratch sites. A site whose name does not begin with
# one of the scratch prefixes is never dropped. A site counts as made only when its making came to the end.

is_scratch() { case "$1" in test-* | demo-* | scratch-*) true ;; *) false ;; esac }

need_scratch() {
	is_scratch "$1" || die "site $1 exists and is not a scratch site (test-*, demo-*, scratch-*): it is left alone"
}

site_present() { [ -e "$BENCH_PATH/sites/$1" ]; }

# There from the first step of the making to after the last. Beside the site's folder, because Frappe makes
# a site only where there is no such folder. No mark means nothing to a site of an older release: see site_fault.
site_mark() { echo "config/$APP.making-$1"; }
marked() { [ -e "$BENCH_PATH/$(site_mark "$1")" ]; }
set_mark() { as_bench touch "$(site_mark "$1")"; }
clear_mark() { as_bench rm -f "$(site_mark "$1")"; }

# make_site NAME: a fresh site with ERPNext, this app and a company.
make_site() {
	local name=$1
	clear_the_way "$name"
	say "Making the site $name (a minute or two)"
	advise "see the reason there and start again: the site is then made anew"
	set_mark "$name"
	new_site "$name"
	quietly frappe_cmd --site "$name" install-app erpnext
	quietly frappe_cmd --site "$name" install-app "$APP"
	quietly frappe_cmd --site "$name" set-config allow_tests 1
	quietly on_site complete_setup.py "$name"
	clear_mark "$name"
	note "site $name is ready"
}

# keep_site NAME: the site as it is, brought up to date; made when there is none, or only a part of one.
keep_site() {
	local name=$1 fault
	if site_present "$name"; then
		fault=$(site_fault "$name")
		if [ -z "$fault" ]; then
			migrate_site "$name"
			return
		fi
		is_scratch "$name" || die "the site $name is not whole ($fault), and not a scratch site: repair it, or drop it by" \
			"'bench drop-site $name --force', then start again"
		note "the site $name is not whole ($fault): it is made anew"
	fi
	make_site "$name"
}

migrate_site() {
	say "Migrating the site $1"
	advise "see the reason there, put it right and start again"
	if is_scratch "$1"; then
		advise "see the reason there and start again; 'BENCH_PATH=$BENCH_PATH bash .github/helper/setup.sh drop $1' before that gives a new site"
	fi
	quietly frappe_cmd --site "$1" migrate
}

# twin_site NAME SOURCE: a second site with the content of the first, for tests that need another system.
twin_site() {
	local name=$1 source=$2
	clear_the_way "$name"
	say "Making the site $name as a copy of $source"
	advise "see the reason there and start again: the site is then made anew"
	TWIN_FOLDER=$(as_bench mktemp -d "/tmp/$APP-twin.XXXXXX")
	AT_EXIT+=(drop_twin_folder)
	quietly frappe_cmd --site "$source" backup --ignore-backup-conf --backup-path-db "$TWIN_FOLDER/site.sql.gz" \
		--backup-path-conf "$TWIN_FOLDER/site_config.json"
	set_mark "$name"
	new_site "$name" --source-sql "$TWIN_FOLDER/site.sql.gz"
	drop_twin_folder
	quietly frappe_cmd --site "$name" set-config allow_tests 1
	# A copy is held until somebody confirms it: this one was made on purpose, to exchange with the first.
	quietly frappe_cmd --site "$name" execute "$APP.store.installation.confirm"
	clear_mark "$name"
	note "site $name is ready"
}

# add_app NAME APP: an app that is in the bench, on a scratch site.
add_app() {
	is_scratch "$1" || die "$1 is not a scratch site (test-*, demo-*, scratch-*): install $2 there by 'bench --site $1 install-app $2'"
	say "Installing $2 on the site $1"
	advise "see the reason there and start again"
	quietly frappe_cmd --site "$1" install-app "$2"
}

drop_twin_folder() { as_bench rm -rf "$TWIN_FOLDER"; }

new_site() {
	local name=$1
	shift
	quietly frappe_cmd new-site "$name" --db-name "$(database_name "$name")" "${DB_USER_SCOPE[@]}" \
		--db-root-username "$DB_ADMIN_USER" --db-root-password "$DB_ADMIN_PASSWORD" \
		--admin-password "${ADMIN_PASSWORD:-admin}" "$@"
}

# database_name SITE: the same in every run, so that what a killed run left is found, and another one for the
# site of this name in another bench. (It is Frappe 15's rule; 16 by itself takes a random name.)
database_name() {
	python3 -c '
import hashlib, os, sys

print("_" + hashlib.sha1(os.path.realpath(sys.argv[1]).encode()).hexdigest()[:16])
' "$BENCH_PATH/sites/$1"
}

# on_site SCRIPT SITE: one of the Python scripts beside this one, which the owner of the bench may be unable to read.
on_site() { as_user "$BENCH_PATH/sites" "$BENCH_PATH/env/bin/python" - "$2" <"$HELPER_DIR/$1"; }

# site_fault NAME: what is missing from the site; nothing where it is whole.
site_fault() {
	local said
	if marked "$1"; then
		echo "its making was broken off"
	elif said=$(on_site site_fault.py "$1" 2>/dev/null); then
		tail -n 1 <<<"$said" | grep -vx whole || true
	else
		echo "Frappe cannot open it"
	fi
}

drop_site() {
	site_present "$1" || marked "$1" || return 0
	clear_the_way "$1"
	clear_mark "$1"
}

# clear_the_way NAME: afterwards there is neither a folder nor a database for a site of that name.
clear_the_way() {
	find_db_admin
	if site_present "$1"; then
		need_scratch "$1"
		say "Dropping the site $1"
		on_site forget_jobs.py "$1" || note "the jobs of $1 stay queued"
		drop_database "$(config_of "$1" db_name)" "$(config_of "$1" db_user)" "$1"
	fi
	if is_scratch "$1"; then
		# A run that was killed can have left a database without a folder.
		drop_database "$(database_name "$1")" "" "$1"
		as_bench rm -rf "sites/$1"
	fi
}

config_of() { as_bench cat "sites/$1/site_config.json" 2>/dev/null | json_value "$2" ""; }

# drop_database NAME USER SITE: not by Frappe's drop-site, which needs a site that can be opened.
drop_database() {
	local name=$1 user=${2:-$1} other
	[[ "$name$user" =~ ^[A-Za-z0-9_-]+$ ]] || return 0
	other=$(other_site_with "$name" "$3")
	[ -z "$other" ] || die "the sites $3 and $other have the same database $name: remove $3 by hand, then start again"
	admin_sql "drop database if exists \`$name\`"
	admin_sql "select concat('drop user ', quote(user), '@', quote(host), ';') from mysql.user where user = '$user'" |
		while read -r statement; do admin_sql "$statement"; done
}

admin_sql() {
	run_sql "$DB_ADMIN_USER" "$DB_ADMIN_PASSWORD" "$1" ||
		die "MariaDB refused '${1%% *}' to $DB_ADMIN_USER: see the log of MariaDB, or set DB_ROOT_PASSWORD, then start again"
}

other_site_with() {
	local config other
	for config in "$BENCH_PATH"/sites/*/site_config.json; do
		other=$(basename "$(dirname "$config")")
		if [ "$other" != "$2" ] && [ "$(config_of "$other" db_name)" = "$1" ]; then
			echo "$other"
			return
		fi
	done
}
