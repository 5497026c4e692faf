/**
 * Fuzzing of decoders (SPEC W4): whatever the bytes are, a decoder answers a value or a fault with one of
 * its codes, the same for a view into a larger array, and in a time that its input justifies.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import { Chance } from '../sim/chance.ts';
import { embedded, randomBytes, tampered } from './inputs.ts';

export interface Decoder {
  readonly name: string;
  /** Codes that it may answer besides `malformed` and `tooLarge`. */
  readonly codes?: readonly FaultCode[];
  /** Bytes that it accepts. */
  sample(chance: Chance): Uint8Array | Promise<Uint8Array>;
  /** Decodes; throws a plain error when a promise about the value is broken. */
  decode(bytes: Uint8Array): unknown;
}

export interface Finding {
  readonly decoder: string;
  readonly seed: number;
  readonly input: string;
  readonly what: string;
}

/** A decoder that takes longer than this for a few hundred bytes does more than decode them. */
const MS_MAX = 250;
const INPUT_SHOWN = 400;

/** Fuzzes one decoder with `count` inputs from a seed; answers the first finding, or null. */
export async function fuzz(decoder: Decoder, seed: number, count: number): Promise<Finding | null> {
  const chance = new Chance(seed);
  for (let i = 0; i < count; i++) {
    const sample = await decoder.sample(chance);
    const isValid = i === 0 || chance.often(0.05);
    const bytes = isValid ? sample : spoilt(sample, chance);
    const what = await flaw(decoder, { bytes, isValid }, chance);
    if (what !== null) {
      return { decoder: decoder.name, seed, input: hex(bytes).slice(0, INPUT_SHOWN), what };
    }
  }
  return null;
}

function spoilt(sample: Uint8Array, chance: Chance): Uint8Array {
  if (chance.often(0.15)) return randomBytes(chance);
  if (chance.often(0.15)) return sample.subarray(0, chance.between(0, sample.length));
  return tampered(sample, chance);
}

async function flaw(
  decoder: Decoder,
  input: { readonly bytes: Uint8Array; readonly isValid: boolean },
  chance: Chance,
): Promise<string | null> {
  const startMs = performance.now();
  const outcome = await outcomeOf(decoder, input.bytes.slice());
  const ms = performance.now() - startMs;
  if (outcome.kind === 'broken') return outcome.what;
  if (input.isValid && outcome.kind !== 'value') return `a valid input is refused: ${outcome.code}`;
  if (ms > MS_MAX && input.bytes.length < 1000) return `it took ${ms.toFixed(0)} ms`;
  const again = await outcomeOf(decoder, embedded(input.bytes, chance));
  if (again.kind === 'broken') return `as a view: ${again.what}`;
  const isSame = again.kind === outcome.kind && codeOf(again) === codeOf(outcome);
  return isSame ? null : `as a view it is ${codeOf(again)} and not ${codeOf(outcome)}`;
}

type Outcome =
  | { readonly kind: 'value' }
  | { readonly kind: 'fault'; readonly code: FaultCode }
  | { readonly kind: 'broken'; readonly what: string };

function codeOf(outcome: Outcome): string {
  return outcome.kind === 'fault' ? outcome.code : outcome.kind;
}

async function outcomeOf(decoder: Decoder, bytes: Uint8Array): Promise<Outcome> {
  try {
    await decoder.decode(bytes);
    return { kind: 'value' };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) return { kind: 'broken', what: textOf(thrown) };
    const { code } = thrown;
    if (code === 'malformed' || code === 'tooLarge' || decoder.codes?.includes(code) === true) {
      return { kind: 'fault', code };
    }
    return { kind: 'broken', what: `an undeclared fault: ${textOf(thrown)}` };
  }
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
