/**
 * Where each file of the web app is inside the single executable, by the path under which it is served.
 * Null here: `scripts/build/executable.ts` puts the real list in this module's place.
 */

export const files: Readonly<Record<string, string>> | null = null;
