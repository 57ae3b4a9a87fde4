/** The words for one, or those for another number of something. Both are translated already. */
export function counted(count, one, many) {
	return count === 1 ? one : many;
}
