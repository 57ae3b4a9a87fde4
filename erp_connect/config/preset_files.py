"""The presets of this site: those of this app and those other apps add by the hook `erp_connect_presets`.

The hook lists places: a package (`my_app.presets`), or a folder inside the app (`data/presets`). In it, each system
has a folder with a `preset.json`; a lone `name.json` is read as well. Of two presets with one name the one of the app
installed last counts. A file that cannot be used is logged and left out: it must not take the others along.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import frappe

from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.presets.batches import Batches
from erp_connect.core.presets.extending import extended
from erp_connect.core.presets.preset import Preset
from erp_connect.core.presets.reading import read_preset

HOOK = "erp_connect_presets"
OWN = Path(__file__).resolve().parents[1] / "presets"
FILE = "preset.json"
EXAMPLES = "fixtures"


def load_all() -> dict[str, Preset]:
	"""All presets by name, sorted by title, each with what it extends."""
	return {name: preset for name, (_, preset) in _with_files().items()}


def _with_files() -> dict[str, tuple[Path, Preset]]:
	files = tuple((file, file.stat().st_mtime_ns) for file in _files())
	return _read_all(frappe.local.site, files)


def load(name: str) -> Preset:
	"""Raises `ConfigurationError` when there is no preset of this name."""
	presets = load_all()
	if name not in presets:
		raise ConfigurationError(
			"There is no preset {preset}. Choose one of: {known}.",
			code="unknown_preset",
			preset=name,
			known=Whole(", ".join(presets) or "-"),
		)
	return presets[name]


def of_account(doc) -> Preset | None:
	"""The preset of the system that an Integration Settings names. None where there is none."""
	return load_all().get(doc.system or "")


def batches_of(account: str) -> Batches | None:
	"""How the system of an account takes batches that are worked off later, as its preset says; None where it does not."""
	preset = load_all().get(frappe.db.get_value("Integration Settings", account, "system") or "")
	return preset.batches if preset else None


def example(system: str, names: Iterable[str]) -> Any:
	"""The first example of a record that the preset of a system has by one of these names; None where it has none.

	names: such as `order`; a plural is read as its singular, too.
	"""
	wanted = [name for given in names for name in (given, given.removesuffix("s"))]
	file, _ = _with_files().get(system, (None, None))
	if file is None or file.name != FILE:
		return None
	for name in wanted:
		# A name is what a person wrote, so it is looked for among the files, and never made a path.
		for known in (file.parent / EXAMPLES).glob("*.json"):
			if known.stem == name:
				return json.loads(known.read_text(encoding="utf-8"))
	return None


def schemes() -> dict[str, Mapping[str, Any]]:
	"""How webhooks of known systems are proved, by the name that the field of the account holds."""
	return {
		name: scheme
		for preset in load_all().values()
		if preset.webhooks
		for name, scheme in preset.webhooks.schemes.items()
	}


@lru_cache(maxsize=64)
def _read_all(site: str, files: tuple[tuple[Path, int], ...]) -> dict[str, tuple[Path, Preset]]:
	"""The presets in files as they were at these times, each with its file. What is left out is logged once for a site and process."""
	found = dict(_read_each(path for path, _ in files))
	whole = {}
	for name, (file, preset) in found.items():
		try:
			whole[name] = (file, extended(preset, lambda base: found[base][1] if base in found else None))
		except ConfigurationError as error:
			_left_out(file, error)
	return dict(sorted(whole.items(), key=lambda item: item[1][1].title.casefold()))


def _read_each(files: Iterable[Path]) -> Iterator[tuple[str, tuple[Path, Preset]]]:
	for file in files:
		try:
			preset = read_preset(file.read_text(encoding="utf-8"), _short(file))
		except (ConfigurationError, OSError, UnicodeDecodeError) as error:
			_left_out(file, error)
			continue
		yield preset.name, (file, preset)


def _left_out(file: Path, error: Exception) -> None:
	frappe.log_error(title=f"ERP Connect: preset {_short(file)} left out", message=f"{file}\n{error}")


def _short(file: Path) -> str:
	return f"{file.parent.name}/{file.name}" if file.name == FILE else file.name


def _files() -> Iterator[Path]:
	for folder in (OWN, *_folders_of_others()):
		yield from sorted([*folder.glob("*.json"), *folder.glob(f"*/{FILE}")])


def _folders_of_others() -> Iterator[Path]:
	for app in frappe.get_installed_apps():
		for place in frappe.get_hooks(HOOK, app_name=app):
			yield from _folders(app, place)


def _folders(app: str, place: str) -> list[Path]:
	if "/" in place:
		return [Path(frappe.get_app_path(app)) / place]
	try:
		spec = find_spec(place)
	except ModuleNotFoundError:
		spec = None
	if spec is None or not spec.submodule_search_locations:
		frappe.log_error(title=f"ERP Connect: presets of {app} not found", message=f"{HOOK}: {place}")
		return []
	return [Path(location) for location in spec.submodule_search_locations]
