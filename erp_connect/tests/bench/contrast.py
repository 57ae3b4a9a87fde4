"""How well the texts of a page can be read: the contrast between each and what lies behind it."""

from __future__ import annotations

# At least this, for texts of an ordinary size: https://www.w3.org/TR/WCAG22/#contrast-minimum
LEAST = 4.5
DARK = "document.documentElement.setAttribute('data-theme', 'dark')"
# Texts of the app's own parts, and code wherever it stands, whose contrast is less than the argument. Pills and buttons have
# Frappe's colours. Luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
HARD_TO_READ = """
const numbers = (colour) => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
const parts = (colour) => {
	const [r, g, b, a = 1] = numbers(colour);
	return colour.startsWith("color(") ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
};
const over = (front, back) => {
	const a = front[3] + back[3] * (1 - front[3]);
	const mixed = [0, 1, 2].map((i) => (front[i] * front[3] + back[i] * back[3] * (1 - front[3])) / (a || 1));
	return [...mixed, a];
};
const behind = (element) => {
	let colour = [0, 0, 0, 0];
	for (let one = element; one && colour[3] < 1; one = one.parentElement)
		colour = over(colour, parts(getComputedStyle(one).backgroundColor));
	return over(colour, [255, 255, 255, 1]);
};
const luminance = (colour) => {
	const [r, g, b] = colour.map((value) => value / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (element) => {
	const back = behind(element);
	const [less, more] = [luminance(over(parts(getComputedStyle(element).color), back)), luminance(back)].sort((x, y) => x - y);
	return (more + 0.05) / (less + 0.05);
};
const own = "[class*=erp-connect], .modal.show, code, pre";
const skipped = ".indicator-pill, .btn, .tooltip-content, .hidden, [disabled]";
return [...document.querySelectorAll("body *")]
	.filter((element) => element.closest(own) && !element.closest(skipped) && element.getClientRects().length)
	.filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
	.map((element) => [contrast(element).toFixed(2), element.tagName, element.className, element.textContent.trim().slice(0, 60)])
	.filter(([found]) => found < arguments[0]);
"""
