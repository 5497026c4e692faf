/** The rows of a list of posts. */

/** Posts that a list holds on the page at once (SPEC U3): about eight screens. */
export const postRowsMax = 80;

export function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, at) => id === other[at]);
}
