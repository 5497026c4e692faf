/**
 * The content security policy of the web app (SPEC N4): no inline code, no foreign code, no framing, and
 * no markup from text but through the one Trusted Types policy of `web/src/kit/dom.ts`. It
 * connects to other nodes too, which keep a share of somebody's recovery: each tells its key before a socket
 * is opened.
 */

export const contentSecurityPolicy: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self' http: https: ws: wss:",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types solid',
].join('; ');

/**
 * Of the one script that runs WebAssembly: the worker with the messages of a browser. It has no page to show, loads
 * the program of SQLite from here, and connects to the node. The page that starts it may not run any.
 */
export const wasmSecurityPolicy: string = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self' http: https: ws: wss:",
].join('; ');
