/** The table of the commands of the doorstep (SPEC Z70 to Z77); their module is loaded when one of them runs. */

import type { Command } from 'commander';
import type * as StrangerCommands from './commands/strangers.ts';
import type { Bind } from './program.ts';

const commands = (): Promise<typeof StrangerCommands> => import('./commands/strangers.ts');
const OF_NODE = ['--of-node', 'what was asked of the node, for its admins'] as const;

export function addStrangerCommands(program: Command, bind: Bind): void {
  program
    .command('knock')
    .description('leave a message with somebody at a node where you have no account, by working for it')
    .argument('<url>', 'address of the node')
    .argument('<who>', 'her key, or `node` to ask its admins for an account')
    .argument('<text>')
    .option('--days <days>', 'how long it waits, 7 unless said otherwise; less costs less')
    .option('--bits <bits>', 'work so much at most, 26 unless said otherwise')
    .action(bind(async (context, words, flags) => (await commands()).knock(context, words, flags)));
  addRequests(program, bind);
  addReach(program, bind);
  addReports(program, bind);
}

function addRequests(program: Command, bind: Bind): void {
  const requests = program
    .command('requests')
    .description('who knocks, those who worked most first')
    .option(...OF_NODE)
    .action(bind(async (context, _words, flags) => (await commands()).requests(context, flags)));
  for (const [act, what] of [
    ['accept', 'it is a message like others, and she may write to you for a month'],
    ['decline', 'it is gone, and does not come again'],
  ] as const)
    requests
      .command(act)
      .description(what)
      .argument('<id>', 'its first characters')
      .option(...OF_NODE)
      .action(
        bind(async (context, [id = ''], flags) => (await commands()).answer(context, id, { ...flags, act })),
      );
}

function addReach(program: Command, bind: Bind): void {
  const reach = program
    .command('reach')
    .description('who may knock at your door')
    .argument('[who]', 'everybody, friends (of your friends), members or nobody')
    .action(bind(async (context, [who]) => (await commands()).reach(context, who)));
  reach
    .command('away')
    .description('keep somebody away')
    .argument('<key>')
    .action(bind(async (context, [who = '']) => (await commands()).keepAway(context, who, 'keepAway')));
  reach
    .command('near')
    .description('no longer keep somebody away')
    .argument('<key>')
    .action(bind(async (context, [who = '']) => (await commands()).keepAway(context, who, 'letNear')));
}

function addReports(program: Command, bind: Bind): void {
  program
    .command('report')
    .description('tell the admins of your node of somebody')
    .argument('<key>')
    .argument('<why>')
    .option('--message <id>', 'one of hers, as it is here or waits for you')
    .action(bind(async (context, words, flags) => (await commands()).report(context, words, flags)));
  const reports = program
    .command('reports')
    .description('what was reported; for admins')
    .action(bind(async (context) => (await commands()).reports(context)));
  reports
    .command('settle')
    .description('a report is dealt with')
    .argument('<number>')
    .action(bind(async (context, [number = '']) => (await commands()).settle(context, number)));
  reports
    .command('take-away')
    .description('take the post of a report away from the node, for good; it is dealt with then')
    .argument('<number>')
    .action(bind(async (context, [number = '']) => (await commands()).takeAway(context, number)));
}
