// The review desk: what waits on the left, the one that is chosen with its ways out on the right, all by keyboard.

import { call } from "../shared/events";
import { html, muted } from "../shared/html";
import { show_detail } from "./detail";
import { add_keys } from "./keys";
import { key_of, list_html, of_kind } from "./list";

/** The desk on a page of Frappe. Returns what the page calls: `reload`. */
export function review_desk(page) {
	const desk = { page, items: [], kind: "", chosen: null };
	page.main.html(
		String(html`<div class="row mx-0 pt-3 erp-connect-review">
			<div class="col-md-5 mb-3" data-part="list"></div>
			<div class="col-md-7" data-part="detail" aria-live="polite"></div>
		</div>`)
	);
	desk.part = (name) => page.main.find(`[data-part="${name}"]`);
	desk.reload = () => reload(desk);
	desk.move = (steps) => move(desk, steps);
	desk.press = (action) => desk.part("detail").find(`[data-key="${action}"]:visible`).first().trigger("click");
	page.set_secondary_action(__("Refresh"), desk.reload, { icon: "refresh" });
	add_keys(desk);
	return desk;
}

/** What waits now. What is decided is gone; then the next one of the list is chosen. */
async function reload(desk) {
	const place = Math.max(0, shown(desk).findIndex((item) => key_of(item) === desk.chosen));
	const { events, differences, more } = await call("review.items");
	desk.items = [...events, ...differences.map((row) => ({ ...row, held_as: "difference" }))];
	desk.more = more;
	const still = shown(desk).some((item) => key_of(item) === desk.chosen);
	choose(desk, still ? desk.chosen : key_of(shown(desk)[Math.min(place, shown(desk).length - 1)]), false);
}

function shown(desk) {
	return of_kind(desk.items, desk.kind);
}

function move(desk, steps) {
	const items = shown(desk);
	const place = items.findIndex((item) => key_of(item) === desk.chosen);
	const next = items[Math.min(items.length - 1, Math.max(0, place + steps))];
	if (next) choose(desk, key_of(next), true);
}

function choose(desk, key, focus) {
	desk.chosen = key;
	const $list = desk.part("list");
	$list.html(String(list_html(desk)));
	$list.find("[data-item]").on("click", ({ currentTarget }) => choose(desk, currentTarget.dataset.item, true));
	$list.find("[data-kind]").on("click", ({ currentTarget }) => {
		desk.kind = currentTarget.dataset.kind;
		choose(desk, key_of(shown(desk)[0]), false);
	});
	if (focus) $list.find("[aria-selected=true]").trigger("focus");
	const item = desk.items.find((one) => key_of(one) === key);
	if (item) show_detail(desk, item);
	else desk.part("detail").html(String(muted(__("Nothing waits for a decision."))));
}
