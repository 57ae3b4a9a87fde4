// Contents of requests and answers as people read them: JSON and XML indented, forms one value a line.

import { code_block, pretty } from "../shared/html";

const INDENT = "  ";

/** A block of code of a content; what is none of these kinds stays as it is. */
export function content_block(text) {
	return code_block(readable(text));
}

export function readable(text) {
	if (typeof text !== "string") return pretty(text);
	const trimmed = text.trim();
	if (/^<[?!\w]/.test(trimmed)) return indented_xml(trimmed);
	if (/^[\w.[\]%-]+=[^\s]*$/.test(trimmed)) return form(trimmed);
	return pretty(text);
}

/** XML with each element on a line of its own. Texts stay beside their tags; what is no XML stays as it is. */
function indented_xml(text) {
	const pieces = text.match(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[^>]*>|[^<]+/g) || [];
	const lines = [];
	let depth = 0;
	let beside = false;
	for (const piece of pieces) {
		if (!piece.trim()) continue;
		const closing = piece.startsWith("</");
		const opening = /^<[\w]/.test(piece) && !piece.endsWith("/>");
		const markup = piece.startsWith("<") && !piece.startsWith("<![CDATA[");
		if (closing) depth = Math.max(0, depth - 1);
		if (!markup || (closing && beside)) lines[Math.max(0, lines.length - 1)] = (lines.at(-1) ?? "") + piece.trim();
		else lines.push(INDENT.repeat(depth) + piece);
		beside = opening || !markup;
		if (opening) depth += 1;
	}
	return lines.join("\n");
}

function form(text) {
	return text
		.split("&")
		.map((pair) => pair.split("=").map(decoded).join(" = "))
		.join("\n");
}

function decoded(part) {
	try {
		return decodeURIComponent(part.replaceAll("+", " "));
	} catch {
		return part;
	}
}
