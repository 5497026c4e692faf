/**
 * The content security policy under which the app runs (SPEC N4). The build writes it into the manifest and
 * the node sends it as a header, so the app and its policy never drift apart.
 */

const DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The one policy of `src/kit/dom.ts`; nobody else may make another.
  'trusted-types solid',
] as const;

export const contentSecurityPolicy = DIRECTIVES.join('; ');
