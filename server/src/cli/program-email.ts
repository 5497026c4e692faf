/** The commands about e-mail addresses and the devices that sign in with them (SPEC E2, E4-E6). */

import type { Command } from 'commander';
import type * as EmailCommands from './commands/email.ts';
import type { Bind } from './program.ts';

const emails = (): Promise<typeof EmailCommands> => import('./commands/email.ts');

export function addEmailCommands(program: Command, bind: Bind): void {
  const email = program.command('email').description('addresses by which you sign in');
  email
    .command('providers')
    .description('who vouches for addresses on this node')
    .action(bind(async (context) => (await emails()).emailProviders(context)));
  email
    .command('add')
    .description('sign in with an address')
    .argument('<provider>', 'as `email providers` shows it')
    .action(bind(async (context, words) => (await emails()).emailAdd(context, words[0] ?? '')));
  email
    .command('list')
    .description('your addresses and the devices that signed in with them')
    .action(bind(async (context) => (await emails()).emailList(context)));
  email
    .command('forget')
    .description('end what the node states of an address of yours')
    .argument('<email>')
    .action(bind(async (context, words) => (await emails()).emailForget(context, words[0] ?? '')));
  email
    .command('waiting')
    .description('devices that signed in with an address of yours and wait for your keys')
    .action(bind(async (context) => (await emails()).emailWaiting(context)));
  email
    .command('let-in')
    .description('hand your keys to a device that waits, after comparing digits')
    .argument('[id]', 'as `email waiting` shows it')
    .action(bind(async (context, words) => (await emails()).emailLetIn(context, words[0] ?? '')));
  email
    .command('deny')
    .description('send a device away')
    .argument('[id]')
    .action(bind(async (context, words) => (await emails()).emailDeny(context, words[0] ?? '')));
  email
    .command('invite')
    .description('invitations for whoever signs in with an address, sealed to her')
    .argument('<site>')
    .argument('<email>')
    .option('--permissions <list>', 'read,write unless said otherwise')
    .option('--days <number>', 'how long they work; 7 unless said otherwise')
    .action(bind(async (context, words, flags) => (await emails()).emailInvite(context, words, flags)));
  email
    .command('join')
    .description('take up an invitation that is sealed to you')
    .argument('<invitation>')
    .action(bind(async (context, words) => (await emails()).emailJoin(context, words[0] ?? '')));
}
