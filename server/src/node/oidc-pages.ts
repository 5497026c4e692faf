/**
 * The page to which a provider sends a browser back (SPEC E2): it shows the digits that finish the sign-in on
 * the device that began it, or why there are none. Static, without script, forgotten by every cache.
 */

import type { EmailFailure } from 'copse/internal/api/email.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { providerUrlBytesMax } from 'copse/internal/base/limits.ts';
import type { EmailDesk, Returned } from '../auth/email-desk.ts';

const PREFIX = '/oidc/return/';
/** A style of its own, allowed by its hash: the page stands alone, whatever app is built in. */
const STYLE = `:root{color-scheme:light dark;font:1.125rem/1.6 system-ui,sans-serif}
body{max-width:34rem;margin:12vh auto;padding:0 1.5rem}
h1{font-size:1.5rem;line-height:1.3}
output{display:block;margin:1.5rem 0;font:600 2.5rem/1.2 ui-monospace,monospace;letter-spacing:.08em}`;

const WORDS: Readonly<Record<EmailFailure, string>> = {
  denied: 'The sign-in was cancelled at your provider.',
  unverified:
    'Your provider says that it has not verified this e-mail address. Verify it there, then try again.',
  mismatch: 'What came back does not belong to a sign-in that was begun here. Begin again on your device.',
  unreachable: 'Your provider does not answer. Try again in a moment.',
  expired: 'This sign-in is over or was used already. Begin again on your device.',
  wrongCode: 'The digits were wrong too often. Begin again on your device.',
  refused: 'The node could not take this sign-in. Try again later.',
};

export interface OidcPagesOptions {
  readonly desk: Pick<EmailDesk, 'returned'>;
  readonly env: Env;
  /** Headers that every answer of the node carries. */
  readonly headers: Readonly<Record<string, string>>;
}

export class OidcPages {
  readonly #options: OidcPagesOptions;

  constructor(options: OidcPagesOptions) {
    this.#options = options;
  }

  static answers(path: string): boolean {
    return path.startsWith(PREFIX);
  }

  async answer(request: Request, path: string): Promise<Response> {
    // A HEAD, as previews of links send it, must not use up what is there once.
    if (request.method !== 'GET') return this.#page(405, 'Only GET.', '');
    if (request.url.length > 2 * providerUrlBytesMax) return this.#page(414, 'The address is too long.', '');
    return this.#show(await this.#returned(path.slice(PREFIX.length), new URL(request.url)));
  }

  async #returned(provider: string, url: URL): Promise<Returned> {
    try {
      return await this.#options.desk.returned(provider, url);
    } catch (thrown) {
      this.#options.env.log('error', 'oidc.return', { fault: asFault(thrown).code });
      return { kind: 'failed', reason: 'refused' };
    }
  }

  #show(returned: Returned): Response {
    if (returned.kind === 'failed')
      return this.#page(400, 'You are not signed in.', paragraph(WORDS[returned.reason]));
    const digits = `${returned.code.slice(0, 3)} ${returned.code.slice(3)}`;
    const body = [
      paragraph(
        `You are ${returned.email}. To finish, enter these digits on the device “${returned.deviceName}”:`,
      ),
      `<output aria-label="Digits">${digits}</output>`,
      paragraph('Then you can close this window.'),
      paragraph('If you have not begun this yourself, close it now and tell nobody the digits.'),
    ].join('\n');
    return this.#page(200, 'One more step', body);
  }

  #page(status: number, title: string, body: string): Response {
    const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;
    return new Response(html, {
      status,
      headers: {
        ...this.#options.headers,
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      },
    });
  }
}

const STYLE_HASH = `sha256-${new Bun.CryptoHasher('sha256').update(STYLE).digest('base64')}`;

function paragraph(text: string): string {
  return `<p>${escaped(text)}</p>`;
}

/** Text stays text: an address or a name of a device is whatever somebody typed. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (sign) => `&#${sign.codePointAt(0)};`);
}
