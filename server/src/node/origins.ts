/** Which web pages may open a connection: those of the node's own origin and those that the operator names. */

import { isLoopback } from './loopback.ts';
import { originList, type Settings } from './settings.ts';

/** The address that people open. */
export function publicUrl(settings: Pick<Settings, 'url' | 'host'>, port: number): string {
  return settings.url === '' ? `http://${inUrl(settings.host)}:${port}` : settings.url;
}

/** An IPv6 address stands in brackets. */
function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The rule for a page's origin. On this machine `localhost` and the loopback addresses are one place. */
export function originRule(
  settings: Pick<Settings, 'url' | 'host' | 'origins'>,
  port: number,
): (origin: string) => boolean {
  const named = originList(settings.origins);
  if (named.includes('*')) return () => true;
  const allowed = new Set([...ownOrigins(settings, port), ...named]);
  return (origin) => allowed.has(origin);
}

/** The origins by which a node is known, the public one first. */
export function ownOrigins(settings: Pick<Settings, 'url' | 'host'>, port: number): readonly string[] {
  const near = ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}`);
  const own = publicUrl(settings, port);
  return isLoopback(settings.host) ? [own, ...near.filter((origin) => origin !== own)] : [own];
}
