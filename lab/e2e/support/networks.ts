/**
 * Two networks of one machine (Linux network namespaces): both reach the node, and each other over a wire that can
 * be cut. Needs root and iproute2; otherwise it says why not.
 */

import { spawnSync } from 'node:child_process';

/** Where the node listens: one address in both networks. */
export const NODE_ADDRESS = '10.77.9.1';

export interface Networks extends Disposable {
  /** What is written before a command to run it in one of them. */
  readonly inFirst: readonly string[];
  readonly inSecond: readonly string[];
  cut(): void;
  mend(): void;
}

function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}

/** Why there can be no such networks here, or null. */
export function networksMissing(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'network namespaces need root on Linux';
  const name = `copse-try-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('link', 'add', 'copse-try', 'type', 'veth', 'peer', 'name', 'copse-try-in', 'netns', name);
    ip('netns', 'del', name);
    return null;
  } catch (thrown) {
    spawnSync('ip', ['netns', 'del', name]);
    return `no network namespaces here: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

export function makeNetworks(): Networks {
  const id = process.pid % 100_000;
  const [first, second] = [`copse-a-${id}`, `copse-b-${id}`];
  const undo: (() => void)[] = [];
  const make = (args: readonly string[], back: readonly string[]): void => {
    ip(...args);
    undo.unshift(() => void spawnSync('ip', back));
  };
  const dispose = (): void => {
    for (const each of undo.splice(0)) each();
  };
  try {
    const ofNode = [`${NODE_ADDRESS}/32`, 'dev', 'lo'];
    make(['addr', 'add', ...ofNode], ['addr', 'del', ...ofNode]);
    for (const [n, name] of [first, second].entries()) {
      const [outside, inside, net] = [`co${n}-${id}`, `ci${n}-${id}`, `10.77.${n + 1}`];
      make(['netns', 'add', name], ['netns', 'del', name]);
      make(
        ['link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', name],
        ['link', 'del', outside],
      );
      ip('addr', 'add', `${net}.1/30`, 'dev', outside);
      ip('link', 'set', outside, 'up');
      ip('-n', name, 'addr', 'add', `${net}.2/30`, 'dev', inside);
      ip('-n', name, 'link', 'set', inside, 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
      // The node and nothing else is beyond: no way leads from one network into the other but the wire.
      ip('-n', name, 'route', 'add', `${NODE_ADDRESS}/32`, 'via', `${net}.1`);
    }
    const [left, right] = [`cl-${id}`, `cr-${id}`];
    ip('-n', first, 'link', 'add', left, 'type', 'veth', 'peer', 'name', right, 'netns', second);
    for (const [name, end, address] of [
      [first, left, '10.77.3.1/30'],
      [second, right, '10.77.3.2/30'],
    ] as const) {
      ip('-n', name, 'addr', 'add', address, 'dev', end);
      ip('-n', name, 'link', 'set', end, 'up');
    }
    const way = (act: 'add' | 'del'): void => {
      ip('-n', first, 'route', act, 'blackhole', '10.77.3.2/32');
      ip('-n', second, 'route', act, 'blackhole', '10.77.3.1/32');
    };
    return {
      inFirst: ['ip', 'netns', 'exec', first],
      inSecond: ['ip', 'netns', 'exec', second],
      // Not by taking the interface down, of which its programs would be told: what is sent gets lost on the way.
      cut: () => way('add'),
      mend: () => way('del'),
      [Symbol.dispose]: dispose,
    };
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}
