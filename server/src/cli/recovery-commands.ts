/** The table of the commands of `copse recovery`; their module is loaded when one of them runs. */

import type { Command } from 'commander';
import type { Context } from './context.ts';
import type { ExitName } from './output.ts';
import type * as Recovery from './recovery.ts';

type Action = (
  context: Context,
  words: readonly string[],
  flags: Readonly<Record<string, unknown>>,
) => Promise<ExitName | void>;
type Bind = (action: Action) => (...given: readonly unknown[]) => Promise<void>;

const commands = (): Promise<typeof Recovery> => import('./recovery.ts');

export function addRecoveryCommands(program: Command, bind: Bind): void {
  const recovery = program
    .command('recovery')
    .description('a PIN and the nodes of friends bring you back when every device is lost');
  addOwnCommands(recovery, bind);
  addResetCommands(recovery, bind);
}

function addOwnCommands(recovery: Command, bind: Bind): void {
  recovery
    .command('set-up')
    .description('make realms of two nodes or more, or renew them; asks for a PIN')
    .argument('<realm...>', 'address of a node where you have an account, or a link of `recovery grant`')
    .option('--threshold <number>', 'so many realms bring you back; more than half unless said otherwise')
    .option('--tries <number>', 'wrong PINs after which a realm destroys its share; 10 unless said otherwise')
    .action(bind(async (context, words, flags) => (await commands()).setUp(context, words, flags)));
  recovery
    .command('status')
    .description('what each realm says')
    .argument('[code]')
    .action(bind(async (context, words) => (await commands()).status(context, words[0])));
  recovery
    .command('recover')
    .description('come back with your code and your PIN, which is asked for')
    .argument('<code>')
    .option('--realm <url...>', 'where realms are now, when they have moved')
    .action(
      bind(async (context, words, flags) => (await commands()).recover(context, words[0] ?? '', flags)),
    );
  recovery
    .command('remove')
    .description('make the realms forget')
    .argument('[code]')
    .action(bind(async (context, words) => (await commands()).remove(context, words[0])));
  recovery
    .command('grant')
    .description('a link by which a friend makes this node one of her realms')
    .action(bind(async (context) => (await commands()).grant(context)));
}

function addResetCommands(recovery: Command, bind: Bind): void {
  recovery
    .command('reset-request')
    .description('ask the admin of a node to put a new key in the place of your lost one')
    .argument('<user>', 'your id there')
    .option('--words <text>', 'what the admin is to know')
    .action(
      bind(async (context, words, flags) => (await commands()).resetRequest(context, words[0] ?? '', flags)),
    );
  recovery
    .command('reset-state')
    .description('what has become of a request')
    .argument('<request>')
    .action(bind(async (context, words) => (await commands()).resetStateOf(context, words[0] ?? '')));
  recovery
    .command('reset-approve')
    .description('as an admin: list the requests, or approve one')
    .argument('[request]')
    .option('--code <code>', 'which the person has told you')
    .option('--refuse', 'refuse it instead')
    .action(bind(async (context, words, flags) => (await commands()).resetApprove(context, words[0], flags)));
  recovery
    .command('pending')
    .description('who waits to be let into a site again; without one, where you wait')
    .argument('[site]')
    .action(bind(async (context, words) => (await commands()).pending(context, words[0])));
  recovery
    .command('readmit')
    .description('let somebody into a site again')
    .argument('<site>')
    .argument('<user>')
    .argument('<code>', 'which the person has told you')
    .action(bind(async (context, words) => (await commands()).readmit(context, words)));
  recovery
    .command('rejoin')
    .description('join the sites whose admins have let you in again')
    .action(bind(async (context) => (await commands()).rejoin(context)));
}
