# shellcheck shell=bash
# Sourced by setup.sh. What the tests on a bench need besides: Python packages in its environment, a browser with
# its driver, and wkhtmltopdf, with which Frappe makes PDF.

PYTHON_TOOLS=(pytest hypothesis responses standardwebhooks trustme selenium paytmchecksum pycryptodome graphql-core)
# What these are imported as, where that is another name.
declare -A MODULES=([pycryptodome]=Crypto [graphql-core]=graphql)

ensure_test_tools() {
	need_bench
	ensure_python_tools
	ensure_program chromium chromium chromium-browser google-chrome google-chrome-stable
	ensure_program chromium-driver chromedriver
	ensure_program wkhtmltopdf wkhtmltopdf
}

ensure_python_tools() {
	local imports tool
	imports=$(for tool in "${PYTHON_TOOLS[@]}"; do printf '%s, ' "${MODULES[$tool]:-$tool}"; done)
	if as_bench env/bin/python -c "import ${imports%, }" 2>/dev/null; then return 0; fi
	say "Installing the test tools into the environment of the bench"
	advise "see whether the package index is out of reach, then start again"
	bench_install "${PYTHON_TOOLS[@]}"
}

# ensure_program PACKAGE PROGRAMS...: where none of them is there and it cannot be had without asking anybody
# anything, the tests that need it are skipped. Never a failure here: those tests say so, too.
ensure_program() {
	local package=$1 program
	shift
	for program in "$@"; do
		if have "$program"; then return 0; fi
	done
	say "Installing $package"
	if ! is_root && ! sudo -n true 2>/dev/null; then
		note "not without root: install $package by hand, or the tests that need it are skipped"
	elif ! try_packages "$package"; then
		note "$package cannot be installed here: the tests that need it are skipped"
	fi
}
