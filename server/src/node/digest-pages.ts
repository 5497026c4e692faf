/**
 * The page behind the link of a digest (SPEC I22): a POST ends the digest, from the page or from the button of a
 * mail program (RFC 8058), without signing in. To look at it ends nothing, because programs look at links.
 */

import { DIGEST_PATH } from '../auth/digest-desk.ts';

export interface DigestPagesOptions {
  /** False when the link ends nothing. */
  readonly end: (token: string) => Promise<boolean>;
  /** Headers that every answer of the node carries. */
  readonly headers: Readonly<Record<string, string>>;
}

const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const ASK =
  '<p>Send you no more e-mails about what is new?</p><form method="post"><button>No more</button></form>';

export class DigestPages {
  readonly #options: DigestPagesOptions;

  constructor(options: DigestPagesOptions) {
    this.#options = options;
  }

  static answers(path: string): boolean {
    return path.startsWith(DIGEST_PATH);
  }

  async answer(request: Request, path: string): Promise<Response> {
    const token = path.slice(DIGEST_PATH.length);
    if (!TOKEN.test(token)) return this.#page(404, '<p>This is no link of ours.</p>');
    if (request.method === 'GET' || request.method === 'HEAD') return this.#page(200, ASK);
    if (request.method !== 'POST') return this.#page(405, '<p>Only GET and POST.</p>');
    const isEnded = await this.#options.end(token);
    return isEnded
      ? this.#page(200, '<p>Done: no more e-mails about what is new.</p>')
      : this.#page(
          404,
          '<p>There is nothing to end here: this link is none of ours, or it has ended already.</p>',
        );
  }

  #page(status: number, body: string): Response {
    const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>E-mails about what is new</title>
</head>
<body>
<main>
<h1>E-mails about what is new</h1>
${body}
</main>
</body>
</html>
`;
    const headers = {
      ...this.#options.headers,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': POLICY,
    };
    return new Response(html, { status, headers });
  }
}
