/** Which addresses text may lead to (SPEC U13): whole http and https ones, and nothing that runs. */

const LENGTH_MAX = 2_000;

/** The address as a browser understands it, or null when it is none that may be followed. */
export function safeLink(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed.length > LENGTH_MAX || !/^https?:\/\//iu.test(trimmed) || !URL.canParse(trimmed)) return null;
  const { href, protocol } = new URL(trimmed);
  return protocol === 'http:' || protocol === 'https:' ? href : null;
}

/** What somebody types as an address: without a scheme it is one of the web. */
export function typedLink(text: string): string | null {
  const trimmed = text.trim();
  if (/^[a-z][a-z\d+.-]*:/iu.test(trimmed) && !/^[^:]+:\d/u.test(trimmed)) return safeLink(trimmed);
  return /^[^\s/]+\.[^\s]+$/u.test(trimmed) ? safeLink(`https://${trimmed}`) : null;
}
