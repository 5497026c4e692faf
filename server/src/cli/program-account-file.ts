/** `copse account` (SPEC Z103): an account as one file, out of a node and into one. */

import type { Command } from 'commander';
import type * as AccountFileCommands from './commands/account-file.ts';
import type { Bind } from './program.ts';

const commands = (): Promise<typeof AccountFileCommands> => import('./commands/account-file.ts');

export function addAccountFileCommands(program: Command, bind: Bind): void {
  const group = program.command('account').description('your account as one file, to keep or to take along');
  group
    .command('export')
    .description('write an account into a new file; with --json as text, a line for each record')
    .argument('<file>')
    .option('--files', 'the bytes of its own files too, not only their addresses')
    .option('--user <who>', 'the account of somebody else, as far as you may see it: a key or a claimed name')
    .action(bind(async (context, [file = ''], flags) => (await commands()).exportFile(context, file, flags)));
  group
    .command('import')
    .description('bring such a file to this node; again to go on, what is there stays as it is')
    .argument('<file>')
    .option('--anybody', 'also the account of another key: its messages count for yours')
    .action(bind(async (context, [file = ''], flags) => (await commands()).importFile(context, file, flags)));
}
