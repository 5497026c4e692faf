/**
 * The public pages of the neighbourhood as text: HTML that needs no script, and Atom. All that people wrote goes
 * through `escaped`, for XML too; only whole http and https addresses become links (SPEC U13, U45).
 */

import { createHash } from 'node:crypto';

export interface ShownPerson {
  /** In hex. */
  readonly key: string;
  readonly name: string;
  readonly about: string;
}

/** A file that is attached; its page gives it out, as far as the node has it. */
export interface ShownFile {
  /** In hex. */
  readonly address: string;
  readonly size: number;
  readonly type: string;
  readonly words: string;
}

export interface ShownPost {
  readonly id: string;
  readonly from: ShownPerson;
  readonly timeMs: number;
  readonly text: string;
  readonly isEdited: boolean;
  readonly files: readonly ShownFile[];
  /** What it answers. */
  readonly answers: string | null;
  /** What it shows of somebody else, where that is here. */
  readonly shared: ShownPost | null;
}

export interface HtmlPage {
  readonly title: string;
  readonly description: string;
  /** With the origin. */
  readonly url: string;
  readonly type: 'article' | 'profile' | 'website';
  readonly feed: string | null;
  readonly body: string;
}

const STYLE = `:root{color-scheme:light dark;--ink:light-dark(#1b231d,#e7ebe4);--soft:light-dark(#586259,#a5afa5);--line:light-dark(#dfe3d8,#2e352f);--link:light-dark(#24573a,#a9ddb8)}
body{margin:0;background:light-dark(#f5f6f1,#131714);color:var(--ink);font:1rem/1.5 ui-sans-serif,system-ui,sans-serif}
main,footer{max-width:40rem;margin:0 auto;padding:1.5rem 1rem}
h1{font:600 1.6rem/1.2 Georgia,serif;overflow-wrap:anywhere}
a{color:var(--link)}
article{padding:1rem 0;border-top:1px solid var(--line)}
article article{margin:.5rem 0;padding:.5rem .75rem;border:1px solid var(--line);border-radius:10px}
.who{margin:0}
.who time,.who a.when,.soft,footer{color:var(--soft);font-size:.875rem}
.text{margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing is loaded, run, sent or framed. */
export const STREET_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** What no XML document may hold: control characters, parts of letters, and two that are none. */
// oxlint-disable-next-line no-control-regex -- these are the characters that are taken out
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

export function escaped(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '');
}

const ADDRESS = /https?:\/\/[^\s<>"'`]+/giu;
/** What ends a sentence does not belong to the address before it. */
const TRAILING = '.,;:!?)]}…»';

/** Text with its whole web addresses as links. */
export function linked(text: string): string {
  let html = '';
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    if (!URL.canParse(address)) continue;
    const shown = escaped(address);
    html += `${escaped(text.slice(at, match.index))}<a href="${shown}" rel="nofollow noopener noreferrer ugc">${shown}</a>`;
    at = match.index + address.length;
  }
  return html + escaped(text.slice(at));
}

/** By hand: an expression would look from every character on to the end of a long row of brackets. */
function trimmed(address: string): string {
  let end = address.length;
  while (end > 0 && TRAILING.includes(address.charAt(end - 1))) end -= 1;
  return address.slice(0, end);
}

/** One line for titles and previews. */
export function lineOf(text: string, max = 200): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  // Half a letter at the cut is taken out with what is escaped.
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

export function callName({ name, key }: ShownPerson): string {
  return name.trim() === '' ? `${key.slice(0, 4)} ${key.slice(4, 8)}` : lineOf(name, 100);
}

export function postHtml(post: ShownPost): string {
  const { id, from, timeMs, text, isEdited, files, answers, shared } = post;
  const edited = isEdited ? ' · edited' : '';
  const above = answers === null ? '' : `<p class="soft"><a href="/p/${answers}">In answer to a post</a></p>`;
  const words = text === '' ? '' : `<p class="text" dir="auto">${linked(text)}</p>`;
  const inner = shared === null ? '' : postHtml({ ...shared, shared: null });
  return `<article>
<p class="who"><a href="/u/${from.key}"><bdi>${escaped(callName(from))}</bdi></a> <a class="when" href="/p/${id}">${timeHtml(timeMs)}</a><span class="soft">${edited}</span></p>
${above}${words}${files.map(fileHtml).join('')}${inner}</article>
`;
}

/** A link alone: nothing is loaded that nobody asks for. */
function fileHtml(file: ShownFile): string {
  return `<p class="soft"><a href="/files/${file.address}" rel="nofollow">${escaped(fileWords(file))}</a></p>`;
}

const KINDS: Readonly<Record<string, string>> = { image: 'Picture', video: 'Film', audio: 'Sound' };

function fileWords({ type, words }: ShownFile): string {
  const kind = KINDS[type.split('/', 1)[0] ?? ''] ?? 'File';
  return words === '' ? kind : `${kind}: ${lineOf(words)}`;
}

function timeHtml(timeMs: number): string {
  const iso = isoOf(timeMs);
  return `<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

/** The last moment that can be written in four digits of a year. */
const LAST_MS = Date.UTC(9999, 11, 31);

function isoOf(timeMs: number): string {
  return new Date(Math.min(timeMs, LAST_MS)).toISOString();
}

export function pageHtml({ title, description, url, type, feed, body }: HtmlPage): string {
  const [name, about, address] = [escaped(lineOf(title)), escaped(lineOf(description)), escaped(url)];
  const atom =
    feed === null ? '' : `\n<link rel="alternate" type="application/atom+xml" href="${escaped(feed)}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<meta name="description" content="${about}">
<meta property="og:title" content="${name}">
<meta property="og:description" content="${about}">
<meta property="og:type" content="${type}">
<meta property="og:url" content="${address}">
<meta property="og:site_name" content="copse">
<link rel="canonical" href="${address}">${atom}
<style>${STYLE}</style>
</head>
<body>
<main>
${body}</main>
<footer>From a copse node. Names are what people call themselves; keys are checked in <a href="/">the app</a>.</footer>
</body>
</html>
`;
}

export interface AtomFeed {
  readonly origin: string;
  readonly person: ShownPerson;
  /** The newest first. */
  readonly posts: readonly ShownPost[];
}

function enclosure(base: string, { address, type, size }: ShownFile): string {
  return `<link rel="enclosure" type="${escaped(type)}" length="${size}" href="${base}/files/${address}"/>\n`;
}

/** RFC 4287. Ids are those of the messages, so that an entry is the same wherever it is read. */
export function atomOf({ origin, person, posts }: AtomFeed): string {
  const base = escaped(origin);
  const name = escaped(callName(person));
  const updated = isoOf(posts[0]?.timeMs ?? 0);
  const entries = posts.map(({ id, timeMs, text, files, shared }) => {
    const inner = shared === null ? '' : `${callName(shared.from)}: ${shared.text}`;
    const words = [text, ...files.map(fileWords), inner].filter((part) => part !== '').join('\n\n');
    return `<entry>
<id>urn:copse:message:${id}</id>
<title>${escaped(lineOf(words, 100))}</title>
<link href="${base}/p/${id}"/>
${files.map((file) => enclosure(base, file)).join('')}<updated>${isoOf(timeMs)}</updated>
<author><name>${name}</name><uri>${base}/u/${person.key}</uri></author>
<content type="text">${escaped(words)}</content>
</entry>
`;
  });
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>urn:copse:posts:${person.key}</id>
<title>${name}</title>
<link rel="self" type="application/atom+xml" href="${base}/u/${person.key}.atom"/>
<link href="${base}/u/${person.key}"/>
<updated>${updated}</updated>
${entries.join('')}</feed>
`;
}
