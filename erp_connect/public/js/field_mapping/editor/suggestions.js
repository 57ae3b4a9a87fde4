// Fields of both sides whose names say the same.

// Names for one thing, as shops and ERPNext have them: the first stands for all.
const ALIKE = [
	["email", "emailid", "emailaddress", "contactemail"],
	["phone", "mobile", "mobileno", "phoneno", "phonenumber", "telephone", "contactmobile"],
	["postcode", "pincode", "zip", "zipcode", "postalcode"],
	["line1", "addressline1", "address1", "street", "street1"],
	["line2", "addressline2", "address2", "street2"],
	["sku", "itemcode", "articlenumber", "productcode"],
	["quantity", "qty"],
	["price", "rate", "unitprice"],
	["total", "grandtotal", "totalprice", "amounttotal"],
	["taxid", "vatid", "vatnumber", "taxnumber"],
	["date", "transactiondate", "createdat", "orderdate", "datecreated"],
	["number", "pono", "ordernumber", "reference"],
	["group", "category"],
	["enabled", "active"],
];
const STANDS_FOR = new Map(ALIKE.flatMap((names) => names.map((name) => [name, names[0]])));
// They are of the document itself, and never what a record says.
const NEVER = ["owner", "creation", "modified", "modified_by", "docstatus", "doctype", "idx"];

/** Pairs {source, target} of which neither is mapped yet; each field and each path once, the surest first. */
export function suggested(fields, paths, rows, doctype) {
	const used = new Set(rows.flatMap(({ source, target }) => [`here ${source}`, `there ${target}`]));
	const pairs = [];
	for (const field of fields)
		for (const { path } of paths) {
			const score = NEVER.includes(field.value) ? 0 : likeness(field.value, path, doctype);
			if (score) pairs.push({ source: field.value, target: path, score });
		}
	pairs.sort((one, other) => other.score - one.score);
	return pairs.filter(({ source, target }) => {
		const [here, there] = [`here ${source}`, `there ${target}`];
		if (used.has(here) || used.has(there)) return false;
		used.add(here).add(there);
		return true;
	});
}

/** How surely two names mean the same: 0 for not at all. */
function likeness(field, path, doctype) {
	if (lists(field) !== lists(path)) return 0;
	const [here, there] = [words(field), words(path)];
	if (here.join(".") === there.join(".")) return 3;
	const [one, other] = [here.at(-1), there.at(-1)];
	const own = plain(doctype);
	const alike = one === other || one === own + other || other === own + one;
	if (!alike) return 0;
	// Deep inside a record the same name is often of something else: name of a country, say.
	return 2 / (1 + Math.abs(here.length - there.length));
}

const lists = (path) => path.split("[]").length;
const words = (path) => path.split(".").map((part) => STANDS_FOR.get(plain(part)) || plain(part));
const plain = (text) => (text || "").toLowerCase().replace(/[^a-z0-9]/g, "");
