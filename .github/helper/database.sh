# shellcheck shell=bash
# Sourced by setup.sh. Finds an account that may create databases: root with $DB_ROOT_PASSWORD, else one
# of our own, made through the socket as the system's root and dropped when this script ends.

DB_ADMIN_USER=""
DB_ADMIN_PASSWORD=""
DB_USER_SCOPE=()

run_sql() {
	MYSQL_PWD=$2 "$(db_client)" --host="$(db_host)" --port="$(db_port)" --protocol=tcp --user="$1" \
		--batch --skip-column-names --execute="$3" 2>/dev/null
}

find_db_admin() {
	if [ -n "$DB_ADMIN_USER" ]; then return 0; fi
	local user=${DB_ROOT_USERNAME:-root} password=${DB_ROOT_PASSWORD:-root}
	have mariadb || have mysql || install_packages mariadb-client
	if run_sql "$user" "$password" "select 1" >/dev/null; then
		DB_ADMIN_USER=$user
		DB_ADMIN_PASSWORD=$password
	else
		make_db_admin
	fi
	find_user_scope
}

# One name for each bench, on which one run works at a time: what a killed run left behind is used again.
own_admin() { echo "erp_connect_setup_$(cksum <<<"$BENCH_PATH" | cut -d' ' -f1)"; }

make_db_admin() {
	local name password account
	name=$(own_admin)
	is_local "$(db_host)" || die "MariaDB refused ${DB_ROOT_USERNAME:-root}: set DB_ROOT_PASSWORD, then start again"
	password=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
	AT_EXIT+=(drop_db_admin)
	for account in "'$name'@'localhost'" "'$name'@'127.0.0.1'"; do
		echo "create or replace user $account identified by '$password'; grant all on *.* to $account with grant option;"
	done | as_root "$(db_client)" --protocol=socket --user=root 2>/dev/null ||
		die "MariaDB refused root both by password and by socket: set DB_ROOT_PASSWORD, then start again"
	DB_ADMIN_USER=$name
	DB_ADMIN_PASSWORD=$password
}

drop_db_admin() {
	local name
	name=$(own_admin)
	echo "drop user if exists '$name'@'localhost'; drop user if exists '$name'@'127.0.0.1';" |
		as_root "$(db_client)" --protocol=socket --user=root 2>/dev/null || true
}

# A server that sees us come from elsewhere (a container) needs the site's account open to that place.
# shellcheck disable=SC2034 # DB_USER_SCOPE is used by site.sh
find_user_scope() {
	local seen
	seen=$(run_sql "$DB_ADMIN_USER" "$DB_ADMIN_PASSWORD" "select substring_index(user(), '@', -1)")
	case "$seen" in
	localhost | 127.0.0.1) DB_USER_SCOPE=() ;;
	*) DB_USER_SCOPE=(--mariadb-user-host-login-scope=%) ;;
	esac
}
