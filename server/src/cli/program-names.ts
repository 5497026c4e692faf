/** The commands about names and the log of a node, their flags and their help. */

import type { Command } from 'commander';
import type * as AuditCommands from './commands/audit.ts';
import type * as NameCommands from './commands/names.ts';
import type { Bind } from './program.ts';

/** Loaded when one of its commands runs. */
const names = (): Promise<typeof NameCommands> => import('./commands/names.ts');
const audits = (): Promise<typeof AuditCommands> => import('./commands/audit.ts');

export function addNamesCommands(program: Command, bind: Bind): void {
  program
    .command('claim')
    .description('claim a name for you: first come, for good')
    .argument('<namespace>', 'lower-case words, such as people')
    .argument('<name>')
    .action(bind(async (context, [space = '', name = '']) => (await names()).claim(context, space, name)));
  program
    .command('names')
    .description('your names, those of a user, or whose a name is')
    .argument('[namespace]')
    .argument('[name]')
    .option('--user <key>', 'key of another user')
    .action(bind(async (context, words, flags) => (await names()).listNames(context, words, flags)));
  program
    .command('keys-of')
    .description('which users and devices sign in with an e-mail address')
    .argument('<email>')
    .action(bind(async (context, [email = '']) => (await names()).keysOf(context, email)));
  program
    .command('notices')
    .description('what the node has stated about you that this device did not cause')
    .action(bind(async (context) => (await names()).notices(context)));
  program
    .command('verify')
    .description('check the key of a member: what the log says of it, and digits to compare with her')
    .argument('<site>')
    .argument('<who>', 'name, id or key of a member')
    .option('--digits <digits>', 'those that she has told you')
    .action(
      bind(async (context, words, { digits }) =>
        (await import('./commands/trust.ts')).verifyPerson(
          context,
          words,
          typeof digits === 'string' ? digits : undefined,
        ),
      ),
    );
  addLogOfNode(program, bind);
}

function addLogOfNode(program: Command, bind: Bind): void {
  program
    .command('audit')
    .description('check the public log of a node: every leaf, every tile, the signed root')
    .argument('[url]', 'address of the node')
    .option(
      '--from <file>',
      'a checkpoint seen before: also check that the log contains it, and read only what is new',
    )
    .option('--full', 'read everything, also with --from')
    .option('--save <file>', 'write the checkpoint there, for the next --from')
    .option('--node-key <key>', 'key that the node must have; otherwise the one it says')
    .option('--cosigner <key...>', 'whose cosignatures count, as NAME+ID+KEY')
    .action(bind(async (context, [url], flags) => (await audits()).audit(context, url, flags)));
  program
    .command('cosign')
    .description('witness the log of a node: check that it only grew since the last time, and sign that')
    .argument('[url]', 'address of the node; without it your cosigner key is shown')
    .option('--name <name>', 'of your cosigner, when it is made')
    .option('--node-key <key>', 'key that the node must have; otherwise the one it says')
    .option('--every <minutes>', 'again and again, until it is stopped or the log contradicts itself')
    .action(bind(async (context, [url], flags) => (await audits()).cosign(context, url, flags)));
  const node = program.command('node').description('the key with which your node signs what it states');
  node
    .command('key')
    .description('show it, and whether it counts')
    .action(bind(async (context) => (await names()).nodeKey(context)));
  node
    .command('revoke-key')
    .description('say for good, in the log of the node, that its key is not to be trusted; for the admin')
    .argument('<key>', 'its first characters')
    .option('--successor <key>', 'key of the node that takes its place')
    .action(bind(async (context, [word = ''], flags) => (await names()).revokeNodeKey(context, word, flags)));
  const cosigners = program.command('cosigners').description('whose cosignatures your node takes');
  cosigners
    .command('list')
    .description('list them')
    .action(bind(async (context) => (await names()).listCosigners(context)));
  cosigners
    .command('add')
    .description('take those of one more; for the admin')
    .argument('<key>', 'as `copse cosign` shows it')
    .action(bind(async (context, [word = '']) => (await names()).setCosigner(context, word, 'add')));
  cosigners
    .command('remove')
    .description('take no more of one; for the admin')
    .argument('<key>')
    .action(bind(async (context, [word = '']) => (await names()).setCosigner(context, word, 'remove')));
}
