/**
 * Modules that the client loads when it first needs them. A seed must not wait for the real disk, which takes
 * another time each time: here they are loaded before the first one (SPEC X1).
 */

await Promise.all([
  import('copse/internal/client/site-acts.ts'),
  import('copse/internal/client/key-care.ts'),
  import('copse/internal/client/facet-tunnel.ts'),
  import('copse/internal/client/node-watch.ts'),
  import('copse/internal/client/rights-desk.ts'),
  import('copse/internal/client/user-keys.ts'),
]);
