/** The table of the commands of `copse notify` (SPEC I7, I8, I15, I20); their module is loaded when one of them runs. */

import type { Command } from 'commander';
import type * as NotifyCommands from './commands/notify.ts';
import type { Bind } from './program.ts';

const commands = (): Promise<typeof NotifyCommands> => import('./commands/notify.ts');
const SITE = 'title or id of a site, or `neighbourhood`';
const FOR = '--for <duration>';

export function addNotifyCommands(program: Command, bind: Bind): void {
  const notify = program.command('notify').description('how this device hears of news while you are away');
  notify
    .command('list')
    .description('where this device is reached, and what it hears of each site')
    .action(bind(async (context) => (await commands()).list(context)));
  notify
    .command('level')
    .description('what this device hears of a site, or of the neighbourhood')
    .argument('<site>', SITE)
    .argument('<level>', 'all, mentions or none')
    .action(
      bind(async (context, words) => (await commands()).level(context, words[0] ?? '', words[1] ?? '')),
    );
  notify
    .command('mute')
    .description('nothing of a site')
    .argument('<site>', SITE)
    .option(FOR, 'as 90m, 8h or 2d; until it is changed unless said otherwise')
    .action(bind(async (context, words, flags) => (await commands()).mute(context, words[0] ?? '', flags)));
  notify
    .command('unmute')
    .description('everything of a site for a while; without one its level counts again')
    .argument('<site>', SITE)
    .option(FOR, 'as 90m, 8h or 2d')
    .action(bind(async (context, words, flags) => (await commands()).unmute(context, words[0] ?? '', flags)));
  notify
    .command('quiet')
    .description('hours in which none of your devices is notified')
    .argument('[hours]', 'as 22:00-7:00, or `off`; shows them when they are not given')
    .option('--zone <name>', 'time zone, as Europe/Lisbon; that of this machine unless said otherwise')
    .option('--days <list>', 'on which they begin, as mon,tue; every day unless said otherwise')
    .option('--mentions', 'who mentions you is heard nevertheless')
    .action(bind(async (context, words, flags) => (await commands()).quiet(context, words[0], flags)));
  notify
    .command('digest')
    .description('what waits, by e-mail, when you have looked at none of your devices for a while')
    .argument('[address]', 'one with which you have signed in, or `off`; shows it when it is not given')
    .option('--after <hours>', 'for how many hours you have not looked; 8 unless said otherwise')
    .action(bind(async (context, words, flags) => (await commands()).digest(context, words[0], flags)));
  addAddressCommands(notify, bind);
  addLetterCommands(notify, bind);
}

function addAddressCommands(notify: Command, bind: Bind): void {
  notify
    .command('subscribe')
    .description('reach this device at a push service, as UnifiedPush or your own')
    .requiredOption('--url <address>', 'where messages go (RFC 8030)')
    .requiredOption('--p256dh <key>', 'key of the receiver in base64url (RFC 8291)')
    .requiredOption('--auth <secret>', 'its secret in base64url (RFC 8291)')
    .action(bind(async (context, _words, flags) => (await commands()).subscribe(context, flags)));
  notify
    .command('unsubscribe')
    .description('this device hears nothing any more, and its levels are forgotten')
    .action(bind(async (context) => (await commands()).unsubscribe(context)));
  notify
    .command('test')
    .description('send a notification to this device now')
    .action(bind(async (context) => (await commands()).test(context)));
  notify
    .command('history')
    .description('what was sent to your devices, and why something was not')
    .action(bind(async (context) => (await commands()).history(context)));
}

function addLetterCommands(notify: Command, bind: Bind): void {
  notify
    .command('letters')
    .description('for an admin of the node: what could not be delivered to any device, and why')
    .action(bind(async (context) => (await commands()).letters(context)));
  notify
    .command('replay')
    .description('for an admin of the node: try again what could not be delivered')
    .argument('<letter>', 'a number of `copse notify letters`, or `all`')
    .action(bind(async (context, words) => (await commands()).replay(context, words[0] ?? '')));
}
