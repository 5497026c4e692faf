/** The table of the commands of `copse file` (SPEC Z45); their module is loaded when one of them runs. */

import type { Command } from 'commander';
import type * as GetCommands from './commands/file-get.ts';
import type * as FileCommands from './commands/files.ts';
import type { Bind } from './program.ts';

const commands = (): Promise<typeof FileCommands> => import('./commands/files.ts');
const getting = (): Promise<typeof GetCommands> => import('./commands/file-get.ts');

export function addFileCommands(program: Command, bind: Bind): void {
  const file = program.command('file').description('files on your node, by their addresses');
  file
    .command('put')
    .description('upload a file; done again, an upload that broke off goes on')
    .argument('<path>')
    .option('--name <name>', 'what it is called in your list; the name of the file unless said otherwise')
    .option('--type <type>', 'content type; by the end of the name unless said otherwise')
    .option('--grant <text>', 'by a grant of a user of the node, on her account')
    .action(bind(async (context, words, flags) => (await commands()).put(context, words[0] ?? '', flags)));
  file
    .command('get')
    .description('download a file, every part checked against its address; done again, it goes on')
    .argument('<address>')
    .argument('[path]', 'where to; standard output unless it is given')
    .option('--from <url>', 'another node that has it; your own hosts it from then on, until room is needed')
    .option('--no-host', 'with --from: your own node does not host it')
    .action(bind(async (context, words, flags) => (await getting()).get(context, words, flags)));
  file
    .command('host')
    .description('have your node host a file of another one, until room is needed')
    .argument('<address>')
    .requiredOption('--from <url>', 'the node that has it')
    .action(
      bind(async (context, [address = ''], flags: { readonly from?: string }) =>
        (await getting()).host(context, address, flags.from ?? ''),
      ),
    );
  file
    .command('list')
    .description('what your account holds, the newest first')
    .action(bind(async (context) => (await commands()).list(context)));
  for (const [name, description] of [
    ['pin', 'keep a file that you only host'],
    ['unpin', 'let it go when room is needed'],
    ['drop', 'hold a file no more'],
  ] as const)
    file
      .command(name)
      .description(description)
      .argument('<address>')
      .action(bind(async (context, words) => (await commands()).change(context, name, words[0] ?? '')));
  file
    .command('usage')
    .description('how many bytes your account has, and how many it may have')
    .action(bind(async (context) => (await commands()).usage(context)));
  file
    .command('grant')
    .description('let a friend upload to your node, on your account; prints what she needs')
    .argument('<key>', 'of the friend, in base64url')
    .option('--bytes <count>', 'how many bytes; 100 MiB unless said otherwise')
    .option('--days <count>', 'for how long; 7 unless said otherwise')
    .action(bind(async (context, words, flags) => (await commands()).grant(context, words[0] ?? '', flags)));
}
