/** The e-mail providers of a node as it is composed: read from its settings, loaded only where there are some. */

import { resolve } from 'node:path';
import type { Env } from 'copse/internal/base/env.ts';
import { noProviders, type EmailProviders } from '../auth/email-providers.ts';
import { readProviders } from './oidc-settings.ts';
import type { Settings } from './settings.ts';

export interface NodeProviders {
  readonly providers: EmailProviders;
  /** Tells where browsers come back to, as soon as that is known. */
  listening(origin: string): void;
}

export async function openProviders(settings: Settings, env: Env): Promise<NodeProviders> {
  if (settings.oidc === '') return { providers: noProviders, listening() {} };
  const providers = readProviders(resolve(settings.data, settings.oidc), process.env);
  const { OidcProviders } = await import('./oidc-providers.ts');
  let origin = '';
  return {
    providers: new OidcProviders({ providers, env, origin: () => origin }),
    listening(at) {
      origin = at;
    },
  };
}
