/** The table of the commands of `copse device`; their module is loaded when one of them runs. */

import type { Command } from 'commander';
import type * as DeviceCommands from './commands/devices.ts';
import type { Bind } from './program.ts';

const commands = (): Promise<typeof DeviceCommands> => import('./commands/devices.ts');

export function addDeviceCommands(program: Command, bind: Bind): void {
  program
    .command('lock')
    .description('lock the keys of this device with a passphrase, which is asked for; or change it')
    .action(bind(async (context) => (await import('./commands/lock.ts')).lock(context)));
  program
    .command('unlock')
    .description('take the lock away')
    .action(bind(async (context) => (await import('./commands/lock.ts')).unlock(context)));
  const device = program
    .command('device')
    .description('your devices: let new ones in, name them, revoke them');
  device
    .command('add')
    .description('make this a device of yours: another one takes the picture or types the code')
    .argument('[url]', 'address of the node')
    .option('--device-name <name>', 'how your list of devices calls this one')
    .action(bind(async (context, words, flags) => (await commands()).add(context, words[0], flags)));
  device
    .command('approve')
    .description('let a device in that shows this code, or whose picture says this link')
    .argument('<code or link>')
    .option('--digits <digits>', 'the six digits that it shows; asked for when they are not given')
    .action(
      bind(async (context, words, flags) => (await commands()).approve(context, words[0] ?? '', flags)),
    );
  device
    .command('list')
    .description('your devices and when each was last seen')
    .action(bind(async (context) => (await commands()).list(context)));
  device
    .command('rename')
    .description('give a device another name')
    .argument('<device>', 'its name or id, or how the id begins')
    .argument('<name>')
    .action(
      bind(async (context, words) => (await commands()).rename(context, words[0] ?? '', words[1] ?? '')),
    );
  device
    .command('revoke')
    .description('shut a device out for good; says first what that does, and asks')
    .argument('<device>', 'its name or id, or how the id begins')
    .option('--preview', 'only say what it would do')
    .option('--yes', 'do not ask')
    .action(bind(async (context, words, flags) => (await commands()).revoke(context, words[0] ?? '', flags)));
}
