/** Loaded before everything else in a process that is to have a planted bug. */

await import('../sim/mutants/preload.ts');
// A node refuses settings that it does not know.
delete process.env['COPSE_MUTANT'];
