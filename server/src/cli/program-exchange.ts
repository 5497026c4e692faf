/** The table of the commands about people of any node (SPEC Z88); their module is loaded when one of them runs. */

import type { Command } from 'commander';
import type * as ExchangeCommands from './commands/exchange.ts';
import type { Bind } from './program.ts';

const WHO = 'key of a user, or a name that somebody has claimed among `people`';

const commands = (): Promise<typeof ExchangeCommands> => import('./commands/exchange.ts');

export function addExchangeCommands(program: Command, bind: Bind): void {
  program
    .command('address')
    .description('where you publish and where mentions find you, for people on other nodes')
    .option('--publish <address...>', 'nodes where you publish, as wss://copse.example#KEY')
    .option('--reach <address...>', 'nodes where you want to be reached')
    .action(bind(async (context, _words, flags) => (await commands()).address(context, flags)));
  program
    .command('nodes')
    .description('other nodes with which yours exchanges messages, and what came of it')
    .action(bind(async (context) => (await commands()).nodes(context)));
  program
    .command('who-is')
    .description('what somebody says of herself, and what those say of her whom you follow')
    .argument('<who>', WHO)
    .action(bind(async (context, words) => (await commands()).whoIs(context, words[0] ?? '')));
  program
    .command('vouch')
    .description('say who somebody is, for those who follow you')
    .argument('<who>', WHO)
    .option('--name <name>', 'what you call her')
    .option('--notes <words>', 'anything else')
    .option('--at <address...>', 'nodes where she publishes')
    .option('--digits <digits>', 'those that she reads out to you, as `copse who-is` shows them')
    .option('--doubt', 'you hold the key for somebody else’s')
    .action(bind(async (context, words, flags) => (await commands()).vouch(context, words[0] ?? '', flags)));
}
