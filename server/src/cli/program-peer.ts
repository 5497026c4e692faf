/** The commands of the neighbourhood (SPEC Z62), their flags and their help; loaded when one of them runs. */

import type { Command } from 'commander';
import type * as PeerCommands from './commands/peer.ts';
import type * as PostCommands from './commands/posts.ts';
import type * as QuietCommands from './commands/quiet.ts';
import type { Bind } from './program.ts';

const people = (): Promise<typeof PeerCommands> => import('./commands/peer.ts');
const posts = (): Promise<typeof PostCommands> => import('./commands/posts.ts');
const quiet = (): Promise<typeof QuietCommands> => import('./commands/quiet.ts');
const WHO = 'key of a user, or a name that somebody has claimed among `people`';

/** Of an option that is given several times. */
const all = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addPeerCommands(program: Command, bind: Bind): void {
  program
    .command('post')
    .description(
      'post to your followers, answer or share something; standard input when there is nothing else',
    )
    .argument('[text...]')
    .option('--to <id>', 'what it answers')
    .option('--share <id>', 'what of somebody it shows your followers')
    .option('--mention <who>', `${WHO}; may be given again, as all of these`, all)
    .option('--tag <tag>', 'under which it is found; #words of the text are tags anyway', all)
    .option('--attach <path>', 'a file, which your node has from then on', all)
    .option('--alt <words>', 'what a file shows, for who cannot see it; in the order of the files', all)
    .action(bind(async (context, words, flags) => (await posts()).post(context, words, flags)));
  addLists(program, bind);
  addActs(program, bind);
  addPeople(program, bind);
  addQuiet(program, bind);
}

function addLists(program: Command, bind: Bind): void {
  const page = (name: string, about: string): Command =>
    program
      .command(name)
      .description(about)
      .option('--more <cursor>', 'the rest of a list, as it says itself');
  const live = (name: string, about: string): Command =>
    page(name, about)
      .option('--follow', 'also what comes, until the command is ended')
      .option('--count <number>', 'with --follow: end after so many');
  live('feed', 'what those have posted whom you follow, and you')
    .option('--of <who>', `what one has posted: ${WHO}`)
    .action(bind(async (context, _words, flags) => (await posts()).feed(context, flags)));
  live('inbox', 'what mentions you, answers you, or shares what you have posted').action(
    bind(async (context, _words, flags) => (await posts()).inbox(context, flags)),
  );
  page('thread', 'a post and all answers in its thread')
    .argument('<id>')
    .option('--blocked', 'also of those whom you block')
    .action(bind(async (context, [id = ''], flags) => (await posts()).thread(context, id, flags)));
  page('find', 'posts with all of these words, or with a #tag')
    .argument('<words...>')
    .option('--blocked', 'also of those whom you block')
    .action(bind(async (context, words, flags) => (await posts()).find(context, words, flags)));
}

function addActs(program: Command, bind: Bind): void {
  program
    .command('edit')
    .description(
      'other words in place of those of a post of yours; its files, and tags beside the words, stay',
    )
    .argument('<id>')
    .argument('<text...>')
    .action(bind(async (context, [id = '', ...text]) => (await posts()).edit(context, id, text)));
  program
    .command('take-back')
    .description('take back posts of yours; what others have copied stays with them')
    .argument('<id...>')
    .action(bind(async (context, ids) => (await posts()).takeBack(context, ids)));
  program
    .command('react')
    .description('answer a post with a picture; without one, take back those that you gave it')
    .argument('<id>')
    .argument('[picture]', 'as 👍')
    .action(bind(async (context, [id = '', picture]) => (await posts()).react(context, id, picture)));
  for (const [name, description, pinned] of [
    ['pin', 'keep a post of yours whatever else makes room', true],
    ['unpin', 'let it make room like others', false],
  ] as const)
    program
      .command(name)
      .description(description)
      .argument('<id>')
      .action(bind(async (context, [id = '']) => (await posts()).pin(context, id, pinned)));
}

function addPeople(program: Command, bind: Bind): void {
  program
    .command('follow')
    .description('follow somebody; lists whom you follow when nobody is named')
    .argument('[who]', `${WHO}; behind @ her node, as wss://copse.example#KEY`)
    .option('--moved', 'follow those, too, as whom people go on whom you follow')
    .action(bind(async (context, [who], flags) => (await people()).follow(context, who, flags)));
  program
    .command('unfollow')
    .description('follow somebody no longer')
    .argument('<who>', WHO)
    .action(bind(async (context, [who = '']) => (await people()).unfollow(context, who)));
  program
    .command('profile')
    .description('what somebody says of herself; with a name or words, what you do')
    .argument('[who]', WHO)
    .option('--name <name>', 'what you are called')
    .option('--about <words>', 'about yourself')
    .action(bind(async (context, [who], flags) => (await people()).profile(context, who, flags)));
  program
    .command('usage')
    .description('how much of your room for messages you use; `copse file usage` for files')
    .action(bind(async (context) => (await people()).usage(context)));
}

function addQuiet(program: Command, bind: Bind): void {
  for (const [name, description, how] of [
    ['mute', 'leave somebody out of your feed and inbox, on all of your devices', 'muted'],
    ['block', 'see what somebody posts nowhere unless you ask, on all of your devices', 'blocked'],
  ] as const)
    program
      .command(name)
      .description(`${description}; lists them when nobody is named`)
      .argument('[who]', WHO)
      .action(bind(async (context, [who]) => (await quiet()).mute(context, who, how)));
  program
    .command('hear')
    .description('neither mute nor block somebody any more')
    .argument('<who>', WHO)
    .action(bind(async (context, [who = '']) => (await quiet()).hear(context, who)));
}
