/** What a process runs, by the setting `role`. */

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';

import { composeAuth } from './compose-auth.ts';
import { composeTail } from './compose-tail.ts';
import { composeNode, type RunningNode } from './compose.ts';
import type { Settings } from './settings.ts';

export async function openRole(settings: Settings, env: Env): Promise<RunningNode> {
  refuseUnfit(settings);
  switch (settings.role) {
    case 'all':
      return composeNode(settings, env);
    case 'auth':
      return composeAuth(settings, env);
    case 'tail':
      return composeTail(settings, env);
  }
}

/** What does not go together is refused, rather than not done. */
function refuseUnfit(settings: Settings): void {
  const { role, journal, auth, cold, streams, retainDays, retainBytes, retainCount } = settings;
  const refuse = (what: string): never => {
    throw new Fault('config', what);
  };
  if (role !== 'tail' && journal !== '') refuse('`journal` is for a process with `role = "tail"`.');
  if (role !== 'tail' && auth !== '') refuse('`auth` is for a process with `role = "tail"`.');
  if (role === 'all') return;
  if (role === 'tail' && auth === '') refuse('`role = "tail"` needs `auth`, the origin of the node.');
  if (streams !== 'off')
    refuse(`\`streams\` does not go with \`role = "${role}"\`: it needs a tail beside it.`);
  if (cold !== '') refuse(`\`cold\` does not go with \`role = "${role}"\`: entries stay where they are.`);
  if (retainDays + retainBytes + retainCount > 0) {
    refuse(`\`retain…\` does not go with \`role = "${role}"\`: a shared journal is kept whole.`);
  }
}
