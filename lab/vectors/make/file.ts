/** A file of vectors as text: JSON with one vector on a line, so that a change shows in a diff as what it is. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type Vector = { readonly name: string } & { readonly [name: string]: Json };

export interface VectorFile {
  /** In `lab/vectors`. */
  readonly path: string;
  readonly about: string;
  /** What decodes and encodes as stated. */
  readonly valid: readonly Vector[];
  /** What is refused as stated. */
  readonly invalid: readonly Vector[];
}

/** The bytes of a vector, in hex as they stand there. */
export function bytesText(vector: Vector): string {
  const { bytes } = vector;
  if (typeof bytes !== 'string') throw new Error(`${vector.name} states no bytes`);
  return bytes;
}

export function fileText(file: VectorFile): string {
  const { path, about, valid, invalid } = file;
  for (const vectors of [valid, invalid]) {
    const names = vectors.map((vector) => vector.name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new Error(`${path} has two vectors named ${twice}`);
  }
  return `{\n"about": ${JSON.stringify(about)},\n"valid": ${lines(valid)},\n"invalid": ${lines(invalid)}\n}\n`;
}

function lines(vectors: readonly Vector[]): string {
  if (vectors.length === 0) return '[]';
  return `[\n${vectors.map((vector) => JSON.stringify(vector)).join(',\n')}\n]`;
}
