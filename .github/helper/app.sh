# shellcheck shell=bash
# Sourced by setup.sh. Puts this checkout into the bench as the app erp_connect, and keeps it current.
# Never touches a developer's own checkout or clone, unless told so by CI or ERP_CONNECT_REPLACE_APP=1.

may_replace() { [ -n "${CI:-}" ] || [ -n "${ERP_CONNECT_REPLACE_APP:-}" ]; }
app_dir() { echo "$BENCH_PATH/apps/$APP"; }
is_our_copy() { [ -f "$(app_dir)/.copied-by-setup" ]; }
stamp_file() { echo "config/$APP.$1.stamp"; }

ensure_app() {
	need_bench
	place_app
	register_app
	install_app_package
	build_assets
}

# Leaves the right code at apps/erp_connect.
place_app() {
	local target
	target=$(app_dir)
	if [ "$(readlink -f "$target")" = "$(readlink -f "$REPO_DIR")" ]; then
		note "the bench runs this checkout itself"
	elif [ ! -e "$target" ] && [ ! -L "$target" ] || is_our_copy && [ ! -L "$target" ]; then
		copy_app
	elif [ -e "$target" ] && ! may_replace; then
		note "$target is another checkout ($(readlink -f "$target")): left as it is."
		note "Set ERP_CONNECT_REPLACE_APP=1 to put this one in its place."
	else
		move_aside "$target"
		copy_app
	fi
}

# A link is only a name: it goes, its target stays. A clone may hold unpushed work: it is kept.
move_aside() {
	if [ -L "$1" ]; then
		as_bench rm "$1"
	else
		as_bench mkdir -p archived/apps
		as_bench mv "$1" "archived/apps/$APP-$(date +%Y%m%d-%H%M%S)"
	fi
}

# The files of the working tree which git would keep, so that no virtual environment comes along.
list_files() {
	local git=(git -c "safe.directory=*" -C "$REPO_DIR")
	if have git && "${git[@]}" rev-parse --git-dir >/dev/null 2>&1; then
		"${git[@]}" ls-files -z --cached --others --exclude-standard
	else
		(cd "$REPO_DIR" && find . \( -name .git -o -name .venv -o -name node_modules -o -name __pycache__ \) \
			-prune -o \( -type f -o -type l \) -print0)
	fi
}

# Read by us and written by the bench's owner, who need not be able to read this checkout.
copy_app() {
	local list
	say "Copying this checkout to $(app_dir)"
	list=$(mktemp)
	list_files | while IFS= read -r -d '' file; do
		if [ -e "$REPO_DIR/$file" ]; then printf '%s\0' "$file"; fi
	done >"$list"
	as_bench rm -rf "apps/.$APP.new"
	as_bench mkdir "apps/.$APP.new"
	tar -C "$REPO_DIR" --null --files-from="$list" -cf - | as_bench tar -C "apps/.$APP.new" --no-same-owner -xf -
	rm -f "$list"
	as_bench touch "apps/.$APP.new/.copied-by-setup"
	keep_built_assets
	as_bench rm -rf "apps/$APP"
	as_bench mv "apps/.$APP.new" "apps/$APP"
}

# What was built before is still good where the sources are the same; build_assets() sees to that.
keep_built_assets() {
	local dist=$APP/public/dist
	if [ -d "$BENCH_PATH/apps/$APP/$dist" ] && [ -d "$BENCH_PATH/apps/.$APP.new/$APP/public" ]; then
		as_bench mv "apps/$APP/$dist" "apps/.$APP.new/$dist"
	fi
}

register_app() {
	if grep -qx "$APP" "$BENCH_PATH/sites/apps.txt"; then return 0; fi
	as_bench sh -c '[ -z "$(tail -c1 sites/apps.txt)" ] || echo >>sites/apps.txt; echo "$1" >>sites/apps.txt' sh "$APP"
}

# stamp_is NAME VALUE / set_stamp NAME VALUE: remembers in the bench what was last done.
stamp_is() { [ "$(cat "$BENCH_PATH/$(stamp_file "$1")" 2>/dev/null)" = "$2" ]; }
set_stamp() { as_bench sh -c 'echo "$2" >"$1"' sh "$(stamp_file "$1")" "$2"; }

imported_from() {
	as_bench env/bin/python -c "import os, $APP; print(os.path.realpath(os.path.dirname($APP.__file__)))" 2>/dev/null || true
}

install_app_package() {
	local wanted sum
	wanted=$(readlink -f "$(app_dir)")/$APP
	sum=$(cksum <"$(app_dir)/pyproject.toml")
	if stamp_is package "$sum" && [ "$(imported_from)" = "$wanted" ]; then return 0; fi
	say "Installing the app into the environment of the bench"
	advise "see whether the package index is out of reach, then start again"
	bench_install -e "apps/$APP"
	[ "$(imported_from)" = "$wanted" ] ||
		die "the bench imports $APP from '$(imported_from)', not from $wanted: uninstall that one and start again"
	set_stamp package "$sum"
}

build_assets() {
	local public sum
	public=$(app_dir)/$APP/public
	[ -d "$public" ] || return 0
	# Translations are compiled by the build as well.
	sum=$(cd "$public" && { find . ../locale -type f ! -path './dist/*' -exec cksum {} + 2>/dev/null || true; } | sort | cksum)
	if stamp_is assets "$sum" && [ -d "$public/dist" ] && [ -e "$BENCH_PATH/sites/assets/$APP" ]; then return 0; fi
	may_build "$public/dist" || return 0
	say "Building the assets of the app"
	quietly frappe_cmd build --app "$APP"
	set_stamp assets "$sum"
}

# A linked checkout may belong to somebody else than the bench; its build folder is then given to the bench.
may_build() {
	as_bench mkdir -p "$1" 2>/dev/null || true
	if as_bench test -w "$1"; then return 0; fi
	if is_root && mkdir -p "$1" && chown -R "$BENCH_USER" "$1"; then return 0; fi
	note "$BENCH_USER cannot write to $1: the assets of the app are not built"
	return 1
}
