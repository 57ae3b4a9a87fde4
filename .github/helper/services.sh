# shellcheck shell=bash
# Sourced by setup.sh. Sees to it that MariaDB and Redis answer; installs and starts what is missing.
# Never changes the root account of a database, never stops anything.

is_local() { case "$1" in localhost | 127.* | ::1) true ;; *) false ;; esac }

# Installs packages by the package manager of the machine; names are Debian's.
install_packages() {
	say "Installing $*"
	advise "install these packages by hand ($*), then start again"
	try_packages "$@"
}

# try_packages NAMES...: fails where they cannot be installed. What installing starts must not hold the lock.
try_packages() {
	if have apt-get; then
		quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
			quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" 9>&-
	elif have dnf; then
		# shellcheck disable=SC2046 # one word per package
		quietly as_root dnf install -y $(dnf_names "$@") 9>&-
	else
		return 1
	fi
}

dnf_names() {
	local name
	for name in "$@"; do
		case "$name" in
		redis-server) echo redis ;;
		mariadb-client) echo mariadb ;;
		python3-dev) echo python3-devel ;;
		python3-venv) ;;
		build-essential) echo "gcc gcc-c++ make" ;;
		libffi-dev) echo libffi-devel ;;
		libssl-dev) echo openssl-devel ;;
		libmariadb-dev) echo mariadb-connector-c-devel ;;
		pkg-config) echo pkgconf-pkg-config ;;
		chromium-driver) echo chromedriver ;;
		*) echo "$name" ;;
		esac
	done
}

# start_service NAME: through systemd, else the init script. What it starts must not hold our output open.
start_service() {
	if [ -d /run/systemd/system ]; then
		as_root systemctl start "$1" 9>&-
	elif [ -x "/etc/init.d/$1" ]; then
		as_root service "$1" start </dev/null >/dev/null 2>&1 9>&-
	else
		return 1
	fi
}

db_host() { conf db_host 127.0.0.1; }
db_port() { conf db_port 3306; }
db_answers() { port_answers "$(db_host)" "$(db_port)"; }
db_client() { if have mariadb; then echo mariadb; else echo mysql; fi; }

ensure_mariadb() {
	if db_answers; then return 0; fi
	is_local "$(db_host)" || die "no MariaDB answers at $(db_host):$(db_port): start it, or correct db_host in sites/common_site_config.json"
	if ! have mariadbd && ! have mysqld && ! [ -x /usr/sbin/mariadbd ]; then install_mariadb; fi
	if ! db_answers; then
		say "Starting MariaDB"
		start_service mariadb || start_service mysql || start_mariadb_directly
	fi
	wait_for 60 "MariaDB at $(db_host):$(db_port)" db_answers
}

install_mariadb() {
	local folder=/etc/mysql/mariadb.conf.d
	install_packages mariadb-server mariadb-client
	[ -d "$folder" ] || folder=/etc/my.cnf.d
	# The character set that Frappe's documentation asks for, in a file of its own.
	as_root tee "$folder/99-frappe.cnf" >/dev/null <<-'CNF'
		[mysqld]
		character-set-server = utf8mb4
		collation-server = utf8mb4_unicode_ci

		[mysql]
		default-character-set = utf8mb4
	CNF
	if [ -d /run/systemd/system ]; then as_root systemctl restart mariadb; fi
}

start_mariadb_directly() {
	local program
	program=$(command -v mariadbd-safe || command -v mysqld_safe) ||
		die "MariaDB is installed but there is no way to start it: start it by hand, then start again"
	# Two steps away from this script, so that it stays when the script is ended with all its children.
	(
		exec 9>&-
		as_root setsid "$program" --user=mysql </dev/null >/dev/null 2>&1 &
	)
}

# redis_place KEY: "host port" of redis_cache or redis_queue.
redis_place() {
	local address
	address=$(conf "$1" "$2")
	address=${address#*://}
	address=${address##*@}
	address=${address%%/*}
	echo "${address%%:*} ${address##*:}"
}

ensure_redis() {
	ensure_one_redis redis_cache redis://127.0.0.1:13000
	ensure_one_redis redis_queue redis://127.0.0.1:11000
}

ensure_one_redis() {
	local name=$1 host port
	read -r host port < <(redis_place "$1" "$2")
	if port_answers "$host" "$port"; then return 0; fi
	is_local "$host" || die "no Redis answers at $host:$port: start it, or correct $name in sites/common_site_config.json"
	have redis-server || install_packages redis-server
	[ -f "$BENCH_PATH/config/$name.conf" ] || quietly bench_cli setup redis
	say "Starting $name"
	as_bench mkdir -p config/pids
	as_bench redis-server "config/$name.conf" --daemonize yes </dev/null >/dev/null 2>&1 9>&-
	wait_for 30 "Redis at $host:$port" port_answers "$host" "$port"
}

ensure_services() {
	need_bench
	ensure_mariadb
	ensure_redis
	note "MariaDB and Redis answer"
}
