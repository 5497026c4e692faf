/** Posts that a list holds on the page at once (SPEC U3): about eight screens. */
export const postRowsMax = 80;
