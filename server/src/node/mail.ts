/**
 * Mails of the node, handed to a mail server of the operator (RFC 6409). Loaded by nodes that send any. A server
 * that is not on this machine is only spoken to over TLS, with its certificate checked.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';

import type { DigestOptions, Mail } from '../auth/digest-desk.ts';
import { isLoopback } from './loopback.ts';
import { isMailAddress } from './mail-address.ts';
import type { Settings } from './settings.ts';

const MAIL_KEY_FILE = 'mail.key';
/** A server that says nothing for so long is not there. */
const SILENCE_MS = 20_000;
/** Of answers that say that it will never be taken (RFC 5321, section 4.2.1); about the sender it is the operator's mistake. */
const NEVER = new Set([550, 551, 553]);

/** Null: this node sends no e-mail. */
export async function openMail({ mail, mailFrom, data }: Settings): Promise<DigestOptions['send'] | null> {
  if (mail === '') return null;
  if (mailFrom === '')
    throw new Fault('config', '`mail` needs `mailFrom`, the address from which mails are.');
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(optionsOf(mail, passwordIn(data)));
  return async (message) => {
    if (!isMailAddress(message.to)) throw new Fault('forbidden', 'an address to which no mail is sent');
    try {
      await transport.sendMail(lettersOf(mailFrom, message));
    } catch (thrown) {
      throw faultOf(thrown);
    }
  };
}

function passwordIn(data: string): string {
  const path = join(data, MAIL_KEY_FILE);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}

function optionsOf(mail: string, pass: string) {
  const { protocol, hostname, port, username } = must(URL.parse(mail), 'an address that was checked');
  const host = hostname.replace(/^\[(.*)\]$/u, '$1');
  const secure = protocol === 'smtps:';
  return {
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !isLoopback(host),
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass } }),
    connectionTimeout: SILENCE_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    dnsTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const;
}

/** One click of any mail program ends it (RFC 8058); no program answers it (RFC 3834). */
function lettersOf(from: string, { to, subject, text, unsubscribe }: Mail) {
  return {
    from,
    // As parts: whatever an address holds, it is one.
    to: { name: '', address: to },
    subject,
    text,
    headers: {
      'List-Unsubscribe': `<${unsubscribe}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Auto-Submitted': 'auto-generated',
    },
  };
}

function faultOf(thrown: unknown): Fault {
  const code = thrown instanceof Error && 'responseCode' in thrown ? Number(thrown.responseCode) : 0;
  const command = thrown instanceof Error && 'command' in thrown ? String(thrown.command) : '';
  const isNever = NEVER.has(code) && command === 'RCPT TO';
  return new Fault(isNever ? 'forbidden' : 'closed', `the mail server: ${code}`, { cause: thrown });
}
