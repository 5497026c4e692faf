/** What every command gets: where to speak, which identity and node to use. */

import { homedir } from 'node:os';
import { join } from 'node:path';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import type { Output } from './output.ts';
import { Passphrase } from './passphrase.ts';

export interface GlobalFlags {
  readonly json?: boolean;
  readonly home?: string;
  readonly node?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Context {
  readonly output: Output;
  readonly env: Env;
  readonly environment: Environment;
  /** Directory of this person's identity. */
  readonly home: string;
  /** Address of the node given for this call, or null. */
  readonly node: string | null;
  /** Of locked keys. */
  readonly passphrase: Passphrase;
}

export function makeContext(flags: GlobalFlags, output: Output, environment: Environment): Context {
  return {
    output,
    env: realEnv(),
    environment,
    home: flags.home ?? environment['COPSE_HOME'] ?? join(homedir(), '.copse'),
    node: flags.node ?? environment['COPSE_NODE'] ?? null,
    passphrase: new Passphrase(environment),
  };
}
