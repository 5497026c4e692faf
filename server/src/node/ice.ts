/**
 * How devices may reach each other directly, from the settings of the node (SPEC V14). TURN servers know no devices:
 * a device gets a name with its end and a password made of it ("A REST API for access to TURN services", draft-uberti
 * of 2013, as coturn and others have it).
 */

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Ice } from 'copse/internal/api/lead.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId } from 'copse/internal/base/ids.ts';
import { iceServersMax } from 'copse/internal/base/limits-direct.ts';

/** RFC 7064 and RFC 7065. */
const SERVER =
  /^(stuns?:[\w.-]+(:\d{1,5})?|turns?:[\w.-]+(:\d{1,5})?(\?transport=(udp|tcp))?|(stuns?|turns?):\[[\da-f:]+\](:\d{1,5})?)$/i;
const SECONDS_PER_DAY = 86_400;
const URL_CHARS_MAX = 256;

/** The servers of the setting `iceServers`, or null when one of them is none. */
export function iceServerUrls(text: string): readonly string[] | null {
  const urls = text
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');
  const isGood = urls.every((url) => SERVER.test(url) && url.length <= URL_CHARS_MAX);
  return isGood && urls.length <= iceServersMax ? urls : null;
}

export interface IceSettings {
  readonly data: string;
  readonly direct: Ice['policy'];
  readonly iceServers: string;
  readonly turnSecret: string;
}

export function openIce(settings: IceSettings, env: Env): (device: DeviceId) => Ice {
  const { direct: policy, iceServers, turnSecret } = settings;
  const urls = iceServerUrls(iceServers) ?? [];
  const secret = turnSecret === '' ? null : readSecret(resolve(settings.data, turnSecret));
  if (policy === 'relay' && !urls.some(isTurn)) {
    throw new Fault('config', '`direct = "relay"` needs a TURN server in `iceServers`.');
  }
  return (device) => ({
    policy,
    servers: urls.map((url) => {
      if (secret === null || !isTurn(url)) return { url, username: '', credential: '' };
      const endS = Math.floor(env.wallMs() / 1000) + SECONDS_PER_DAY;
      const username = `${endS}:${device}`;
      return { url, username, credential: createHmac('sha1', secret).update(username).digest('base64') };
    }),
  });
}

export function isTurn(url: string): boolean {
  return /^turns?:/i.test(url);
}

function readSecret(path: string): string {
  try {
    const secret = readFileSync(path, 'utf8').trim();
    if (secret !== '') return secret;
  } catch (cause) {
    throw new Fault('config', `The file of \`turnSecret\`, ${path}, cannot be read.`, { cause });
  }
  throw new Fault('config', `The file of \`turnSecret\`, ${path}, is empty.`);
}
