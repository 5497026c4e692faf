/** One case of a public suite in a form that crosses to Node and Chromium as JSON. */

export type Suite = 'ed25519' | 'cctv' | 'x25519' | 'hmac' | 'hkdf' | 'aes-gcm' | 'bip39';

export interface Case {
  readonly suite: Suite;
  readonly name: string;
  /** What the suite says of it; for CCTV what our rule makes of its flags. */
  readonly result: 'valid' | 'invalid' | 'acceptable';
  /** Byte strings in hex; texts for `bip39`. */
  readonly fields: Readonly<Record<string, string>>;
  /** Output length for HKDF, tag length for HMAC; 0 otherwise. */
  readonly size: number;
}

export type Answers = Omit<Report, 'runtime'>;

export interface Report {
  /** Name and version of what answered. */
  readonly runtime: string;
  readonly passed: number;
  /** One line for each case that failed. */
  readonly failures: readonly string[];
  /** Names of the CCTV vectors that were accepted, in order. */
  readonly accepted: readonly string[];
}

export function isCases(value: unknown): value is readonly Case[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item: unknown) => isRecord(item) && isRecord(item['fields']) && 'suite' in item)
  );
}

export function isReport(value: unknown): value is Report {
  return (
    isRecord(value) &&
    typeof value['runtime'] === 'string' &&
    typeof value['passed'] === 'number' &&
    Array.isArray(value['failures']) &&
    Array.isArray(value['accepted'])
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
