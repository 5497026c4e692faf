/** `copse serve`: runs a node until it is told to stop, then drains. */

import { base64url, concat } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import type { RunningNode } from '../../node/compose.ts';
import { loadSettings } from '../../node/load-settings.ts';
import { logLines } from '../../node/log-lines.ts';
import { openRole } from '../../node/roles.ts';
import type { Given, Settings } from '../../node/settings.ts';
import { version } from '../../node/version.ts';
import type { Context } from '../context.ts';
import { Signals } from '../signals.ts';

export async function serve(context: Context, flags: Given): Promise<void> {
  const settings = loadSettings(flags, context.environment);
  const env = realEnv(
    logLines({
      level: settings.logLevel,
      format: settings.logFormat,
      wallMs: () => context.env.wallMs(),
      write: (line) => context.output.log(line),
    }),
  );
  const signals = new Signals();
  // Whatever way it ends, the node closes its files.
  await using node = await openRole(settings, env);
  announce(context, settings, node);
  await signals.next();
  env.log('info', 'node.draining', { hint: 'a second signal stops it at once' });
  await Promise.race([node.drain(), signals.next()]);
  signals.ignore();
}

function announce(context: Context, settings: Settings, node: RunningNode): void {
  const setup =
    node.setupSecret === null ? null : `${node.url}/#setup=${base64url(concat(node.key, node.setupSecret))}`;
  const lines = [
    `copse ${version} keeps its data in ${settings.data}`,
    '',
    ...(setup === null
      ? [`  Open  ${node.url}`]
      : [`  Open  ${setup}`, '', '  The link works once: whoever opens it first is the admin of this node.']),
    '',
  ];
  context.output.result(lines.join('\n'), {
    url: node.url,
    setup,
    nodeKey: base64url(node.key),
    version,
    pid: process.pid,
  });
}
