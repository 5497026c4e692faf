/** The commands about the people of a node (SPEC Z19): who let whom in, and how many more one may. */

import type { Command } from 'commander';
import type * as AccountCommands from './commands/accounts.ts';
import type { Bind } from './program.ts';

const accounts = (): Promise<typeof AccountCommands> => import('./commands/accounts.ts');
const WHO = 'name, id or key, or their beginning, of somebody below you';

export function addAccountsCommands(program: Command, bind: Bind): void {
  const group = program.command('accounts').description('the people of a node, and who let whom in');
  group
    .command('list')
    .description('you, and whom you let in')
    .action(bind(async (context) => (await accounts()).list(context)));
  group
    .command('tree')
    .description('everybody below you; for the admin everybody')
    .option('--count <number>', 'so many at most; 500 unless said otherwise')
    .action(bind(async (context, _words, flags) => (await accounts()).tree(context, flags)));
  group
    .command('invite')
    .description('make a link that lets one person in, as a user of the node')
    .argument('<name>', 'what she is called in the tree')
    .option('--quota <number>', 'how many she may let in herself, of yours; none unless said otherwise')
    .option('--bytes <number>', 'how many bytes she may publish; as many as you unless said otherwise')
    .option('--days <number>', 'how long the link works; 7 unless said otherwise, 30 at most')
    .option('--qr', 'also as a picture for the camera of a phone')
    .action(bind(async (context, words, flags) => (await accounts()).invite(context, words[0] ?? '', flags)));
  group
    .command('give')
    .description('let somebody let more people in, in your place')
    .argument('<who>', 'also anybody else by her key')
    .argument('<count>')
    .action(bind(async (context, words) => (await accounts()).give(context, words)));
  group
    .command('take')
    .description('take back what you gave and is unused')
    .argument('<who>', 'also anybody else by her key')
    .argument('<count>')
    .action(bind(async (context, words) => (await accounts()).take(context, words)));
  group
    .command('rename')
    .description('call somebody something else in the tree')
    .argument('<who>', WHO)
    .argument('<name>')
    .action(bind(async (context, words) => (await accounts()).rename(context, words)));
  group
    .command('replace-key')
    .description(
      'give your account to the key of 24 new words, which are written into a new file; again, it goes on',
    )
    .argument('<file>')
    .action(
      bind(async (context, [file = '']) =>
        (await import('./commands/replace-key.ts')).replaceKey(context, file),
      ),
    );
  addRemovalCommands(group, bind);
}

function addRemovalCommands(group: Command, bind: Bind): void {
  group
    .command('remove')
    .description('end an account, with its devices and sessions; for seven days it can be restored')
    .argument('<who>', WHO)
    .option('--all', 'everybody below too; without it they hang below you')
    .option('--hide', 'what they wrote is hidden')
    .option('--reason <text>', 'for those concerned')
    .option('--preview', 'only say who would fall')
    .action(bind(async (context, words, flags) => (await accounts()).remove(context, words[0] ?? '', flags)));
  group
    .command('restore')
    .description('bring back what you, or somebody below you, removed in the last seven days')
    .argument('<who>', WHO)
    .action(bind(async (context, words) => (await accounts()).restore(context, words[0] ?? '')));
  group
    .command('audit')
    .description('who did what to whom, as far as it concerns you, the newest first')
    .option('--before <number>', 'only what came before')
    .action(bind(async (context, _words, flags) => (await accounts()).audit(context, flags)));
}
