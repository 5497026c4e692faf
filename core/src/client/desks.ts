/** What an application asks of `Copse` now and then; each of it is loaded when it is asked for (SPEC S8). */

import type { Attention } from './attention.ts';
import type { AtRest } from './at-rest.ts';
import type { Accounts } from './accounts.ts';
import type { Copse } from './copse.ts';
import type { DeviceDesk } from './device-desk.ts';
import type { Emails } from './email.ts';
import type { FaceLine } from './face.ts';
import type { Carry } from './facet-tunnel.ts';
import type { Files } from './files.ts';
import type { HomeRemote } from './home-api.ts';
import type { Names } from './names.ts';
import type { Notifications } from './notifications.ts';
import type { RecoveryTools } from './recovery-realms.ts';

/** Every desk is made of the same: it costs less in what is loaded at once. */
export interface DeskParts {
  readonly copse: Copse;
  readonly tools: RecoveryTools;
  readonly line: FaceLine;
  readonly home: () => Promise<HomeRemote>;
}

/** What each name opens. */
export interface DeskByName {
  readonly accounts: Accounts;
  readonly atRest: AtRest;
  readonly attention: Attention;
  readonly deviceDesk: DeviceDesk;
  readonly emails: Emails;
  readonly files: Files;
  readonly names: Names;
  readonly notifications: Notifications;
}

type Openers = { readonly [Name in keyof DeskByName]: (parts: DeskParts) => Promise<DeskByName[Name]> };

export const desks: Openers = {
  accounts: async ({ copse, tools, home }) =>
    (await import('./accounts-self.ts')).accountsOf(copse, tools, passing(home)),
  atRest: async ({ tools, home }) => {
    const { AtRest: Lock } = await import('./at-rest.ts');
    return new Lock(tools, home);
  },
  attention: async ({ line, home }) => {
    const { Attention: Loaded } = await import('./attention.ts');
    return new Loaded(line, passing(home));
  },
  deviceDesk: async ({ copse, tools, home }) =>
    (await import('./device-self.ts')).deskOf(tools, copse.node.key, home),
  emails: async ({ copse, tools, home }) => (await import('./email-self.ts')).emailsOf(copse, tools, home),
  files: async ({ copse, tools }) => (await import('./files.ts')).filesOf(copse, tools),
  names: async ({ home }) => {
    const { Names: Loaded } = await import('./names.ts');
    return new Loaded(async (request) => (await home()).passNames(request), passing(home));
  },
  notifications: async ({ tools, home }) => {
    const { Notifications: Loaded } = await import('./notifications.ts');
    return new Loaded(tools.env, passing(home));
  },
};

function passing(home: () => Promise<HomeRemote>): Carry {
  return async (request) => (await home()).passFacet(request);
}
