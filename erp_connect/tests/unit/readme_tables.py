"""The tables of docs/systems.md as README shows them.

python -m erp_connect.tests.unit.readme_tables     writes them into README.md
"""

from __future__ import annotations

from pathlib import Path

REPO = Path(__file__).parents[3]
README, SYSTEMS = REPO / "README.md", REPO / "docs" / "systems.md"
BEGIN, END = "<!-- made from docs/systems.md: begin -->", "<!-- made from docs/systems.md: end -->"


def tables(systems: str) -> str:
	"""The headings and tables of the page, without the reasons below them; one level deeper."""
	lines = [line for line in systems.splitlines() if line.startswith(("## ", "|"))]
	found: list[str] = []
	for line in lines:
		found += ["", f"#{line}", ""] if line.startswith("## ") else [line]
	return "\n".join(found).strip()


def readme(text: str, systems: str) -> str:
	"""README with the tables as docs/systems.md has them now."""
	before, _, rest = text.partition(BEGIN)
	_, _, after = rest.partition(END)
	return f"{before}{BEGIN}\n\n{tables(systems)}\n\n{END}{after}"


def write() -> None:
	systems = SYSTEMS.read_text(encoding="utf-8")
	README.write_text(readme(README.read_text(encoding="utf-8"), systems), encoding="utf-8")


if __name__ == "__main__":
	write()
