/** How this program starts itself again: from source, from the package, or as the single executable. */

/** The command line of a child that runs `copse` with these arguments. */
export function selfCommand(...args: readonly string[]): string[] {
  const isExecutable = Bun.main.startsWith('/$bunfs/') || Bun.main.includes('~BUN');
  return isExecutable ? [process.execPath, ...args] : [process.execPath, Bun.main, ...args];
}
