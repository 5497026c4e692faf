/** Figures of the neighbourhood: latencies of many calls, and values that are measured once. */

import { quantile, type Figure } from '../figure.ts';

const BARE = { cpuPerOp: null, rivals: {}, rssMb: null } as const;

/** Milliseconds at the median and at the 99th percentile. */
export function latencies(
  name: string,
  ms: readonly number[],
  part: Partial<Figure> = {},
): readonly Figure[] {
  const spread = [Math.min(...ms), Math.max(...ms)] as const;
  return [0.5, 0.99].map((q) => ({
    ...BARE,
    name: `${name}, p${q * 100}`,
    unit: 'ms',
    value: quantile(ms, q),
    spread,
    ...part,
  }));
}

export function once(name: string, unit: string, value: number, part: Partial<Figure> = {}): Figure {
  return { ...BARE, name, unit, value, spread: [value, value], ...part };
}

/** A number that the node tells at `/metrics`. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^copse_${name} (\\d+)$`, 'm').exec(text)?.[1]);
}
