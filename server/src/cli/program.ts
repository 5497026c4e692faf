/**
 * The commands, their flags and their help. Each command's module is loaded when it runs, so that
 * `serve` starts without the client and the client without the node.
 */

import { Command, CommanderError, Option } from 'commander';
import { assert } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { environmentName, flagName, SETTING_NAMES, SETTINGS } from '../node/settings.ts';
import { version } from '../node/version.ts';
import type * as KeyCommands from './commands/keys.ts';
import type * as PeopleCommands from './commands/people.ts';
import type * as SiteCommands from './commands/sites.ts';
import { makeContext, type Context, type Environment, type GlobalFlags } from './context.ts';
import { addDeviceCommands } from './program-devices.ts';
import { addRecoveryCommands } from './recovery-commands.ts';
import { addAccountFileCommands } from './program-account-file.ts';
import { addAccountsCommands } from './program-accounts.ts';
import { addRightsCommands } from './program-rights.ts';
import { EXIT_CODES, output, sayFault, type ExitName, type Streams } from './output.ts';
import { addDocumentCommands } from './program-documents.ts';
import { addEmailCommands } from './program-email.ts';
import { addExchangeCommands } from './program-exchange.ts';
import { addFileCommands } from './program-files.ts';
import { addLogCommands } from './program-logs.ts';
import { addNamesCommands } from './program-names.ts';
import { addNotifyCommands } from './program-notify.ts';
import { addStrangerCommands } from './program-strangers.ts';
import { addPeerCommands } from './program-peer.ts';

/** A command that found something wrong, and has said so, answers how the program ends. */
type Action = (
  context: Context,
  words: readonly string[],
  flags: Readonly<Record<string, unknown>>,
) => Promise<ExitName | void>;

const DETAILS = `
Exit codes:
${Object.entries(EXIT_CODES)
  .map(([name, code]) => `  ${code}  ${name}`)
  .join('\n')}

Examples:
  copse serve                                 run a node on http://127.0.0.1:7070
  copse login http://127.0.0.1:7070           make an account on it
  copse site found "Our garden" --log chat    make a site
  copse write "Our garden" chat hello         append to its log
  copse tail "Our garden" chat --follow       watch it
`;

/** Runs one command line; answers the exit code. */
export async function run(
  words: readonly string[],
  streams: Streams,
  environment: Environment = process.env,
): Promise<number> {
  // Mistakes are told as JSON too, also those that are found before the flag is read.
  const end = words.indexOf('--');
  const json = words.slice(0, end < 0 ? words.length : end).includes('--json');
  let exit: ExitName = 'done';
  const onEnd = (name: ExitName): void => {
    exit = name;
  };
  const program = build({ streams, environment, json, onEnd });
  try {
    await addCompletion(program, words);
    await program.parseAsync([...words], { from: 'user' });
    return EXIT_CODES[exit];
  } catch (thrown) {
    if (thrown instanceof CommanderError) return commanderEnd(thrown, json, streams);
    return sayFault(thrown, json, streams);
  }
}

/** The library's command is loaded only when a shell asks; help lists it always. */
async function addCompletion(program: Command, words: readonly string[]): Promise<void> {
  if (words.includes(COMPLETE)) {
    const { default: tab } = await import('@bomb.sh/tab/commander');
    tab(program);
  } else
    program
      .command(COMPLETE)
      .argument('<shell>')
      .description('print shell completion for bash, zsh, fish or powershell');
}

const COMPLETE = 'complete';

/** A key in base64url, or its beginning as lists show it, taken for an option: one in 64 begins so. */
const DASHED_KEY = /'(-[\w-]{42}|-[\w-]{7})'/u;

/** Commander has already written its sentence; programs get it as JSON. */
function commanderEnd(error: CommanderError, json: boolean, streams: Streams): number {
  if (error.exitCode === 0) return EXIT_CODES.done;
  const [, key] = DASHED_KEY.exec(error.message) ?? [];
  if (key !== undefined)
    return sayFault(
      new Fault(
        'usage',
        `No option is called ${key}. A key that begins so stands behind \`--\`: … -- ${key}`,
      ),
      json,
      streams,
    );
  if (json) return sayFault(new Fault('usage', error.message), true, streams);
  return EXIT_CODES.usage;
}

interface Surroundings {
  readonly streams: Streams;
  readonly environment: Environment;
  readonly json: boolean;
  readonly onEnd: (name: ExitName) => void;
}

function build({ streams, environment, json, onEnd }: Surroundings): Command {
  const program = new Command('copse')
    .description('One program to own the place where your people write together.')
    .version(version)
    .option('--json', 'print JSON for programs')
    .option('--home <dir>', 'directory of your identity (COPSE_HOME)')
    .option('--node <url>', 'node to use (COPSE_NODE)')
    .showSuggestionAfterError()
    .showHelpAfterError('(copse help tells more)')
    .addHelpText('after', DETAILS)
    .exitOverride()
    .configureOutput({
      writeOut: streams.out,
      writeErr: (text) => {
        if (!json) streams.err(text);
      },
    });
  const bind =
    (action: Action) =>
    async (...given: readonly unknown[]) => {
      const command = given.at(-1);
      assert(command instanceof Command, 'the last argument of an action is its command');
      const globals: GlobalFlags = program.opts();
      const context = makeContext(globals, output(globals.json === true, streams), environment);
      onEnd((await action(context, command.args, command.opts())) ?? 'done');
    };
  addNodeCommands(program, bind);
  addPeopleCommands(program, bind);
  addSiteCommands(program, bind);
  addLogCommands(program, bind);
  addDocumentCommands(program, bind);
  addLeadCommand(program, bind);
  addNamesCommands(program, bind);
  addEmailCommands(program, bind);
  addExchangeCommands(program, bind);
  addRecoveryCommands(program, bind);
  addDeviceCommands(program, bind);
  addNotifyCommands(program, bind);
  addStrangerCommands(program, bind);
  addPeerCommands(program, bind);
  addFileCommands(program, bind);
  addRightsCommands(program, bind);
  addAccountsCommands(program, bind);
  addAccountFileCommands(program, bind);
  return program;
}

export type Bind = (action: Action) => (...given: readonly unknown[]) => Promise<void>;

function addSettings(command: Command): Command {
  for (const name of SETTING_NAMES) {
    const setting = SETTINGS[name];
    const value = setting.kind === 'boolean' ? '[value]' : '<value>';
    const flag = new Option(`${flagName(name)} ${value}`, `${setting.doc} (${environmentName(name)})`);
    command.addOption(flag);
  }
  return command;
}

function addNodeCommands(program: Command, bind: Bind): void {
  addSettings(program.command('serve').description('run a node')).action(
    bind(async (context, _words, flags) => (await import('./commands/serve.ts')).serve(context, flags)),
  );
  const config = program.command('config').description('show and check settings');
  config
    .command('doc')
    .description('print every setting with its names')
    .action(bind(async (context) => (await import('./commands/config.ts')).configDoc(context)));
  addSettings(config.command('print').description('print the settings in force as copse.toml')).action(
    bind(async (context, _words, flags) =>
      (await import('./commands/config.ts')).configPrint(context, flags),
    ),
  );
  addSettings(config.command('check').description('say whether the settings are valid')).action(
    bind(async (context, _words, flags) =>
      (await import('./commands/config.ts')).configCheck(context, flags),
    ),
  );
  addSettings(
    program.command('doctor').description('say what is wrong with a node and its data, and what to do'),
  ).action(
    bind(async (context, _words, flags) => (await import('./commands/doctor.ts')).doctor(context, flags)),
  );
  addSettings(
    program
      .command('backup')
      .description('copy the data of a node, also while it runs')
      .argument('<directory>', 'where to; made by the command'),
  ).action(
    bind(async (context, words, flags) =>
      (await import('./commands/backup.ts')).backup(context, words[0] ?? '', flags),
    ),
  );
  addSettings(
    program
      .command('restore')
      .description('verify a backup and put it into an empty data directory')
      .argument('<directory>', 'the backup'),
  ).action(
    bind(async (context, words, flags) =>
      (await import('./commands/backup.ts')).restore(context, words[0] ?? '', flags),
    ),
  );
  addImportCommand(program, bind);
}

function addImportCommand(program: Command, bind: Bind): void {
  addSettings(
    program
      .command('import')
      .description('bring chat of elsewhere into the neighbourhood of a node that does not run')
      .argument('<file>', 'one JSON object a line: id, time, from, text, mentions, replies; may end in .gz')
      .option('--format <name>', 'its form: ndjson', 'ndjson')
      .option('--source <name>', 'where the names in it are from; that of the file unless said otherwise')
      .option(
        '--with-accounts',
        'let its authors in as users of the node, out of the accounts that you may make',
      ),
  ).action(
    bind(async (context, words, flags) =>
      (await import('./commands/import.ts')).importFile(context, words[0] ?? '', flags),
    ),
  );
}

/** Loaded when one of its commands runs. */
const people = (): Promise<typeof PeopleCommands> => import('./commands/people.ts');
const keys = (): Promise<typeof KeyCommands> => import('./commands/keys.ts');
const sites = (): Promise<typeof SiteCommands> => import('./commands/sites.ts');

function addPeopleCommands(program: Command, bind: Bind): void {
  program
    .command('login')
    .description('make an account on a node, or bring yours to this device')
    .argument('[url]', 'address of the node, the link that it printed, or one to an account')
    .option('--name <name>', 'your name, when the account is new')
    .option('--device-name <name>', 'how your list of devices calls this one')
    .option('--phrase-file <file>', 'file with your 24 words; - for standard input')
    .option('--passphrase', 'lock the keys with a passphrase, which is asked for')
    .option('--email <provider>', 'sign in with an e-mail provider of the node')
    .option('--new', 'with --email: a new account, although another device could let you in')
    .action(bind(async (context, words, flags) => (await people()).login(context, words[0], flags)));
  program
    .command('whoami')
    .description('who you are on the node')
    .option('--phrase', 'also your 24 words: whoever reads them is you')
    .action(bind(async (context, _words, flags) => (await people()).whoami(context, flags)));
  program
    .command('devices')
    .description('your devices')
    .action(bind(async (context) => (await people()).devices(context)));
}

function addSiteCommands(program: Command, bind: Bind): void {
  const site = program.command('site').description('sites you are a member of');
  site
    .command('list')
    .description('list them')
    .action(bind(async (context) => (await sites()).siteList(context)));
  site
    .command('found')
    .description('make one')
    .argument('<title>')
    .option('--log <name...>', 'logs that members see at once')
    .action(bind(async (context, words, flags) => (await sites()).siteFound(context, words[0] ?? '', flags)));
  site
    .command('members')
    .description('who is a member')
    .argument('<site>')
    .action(bind(async (context, words) => (await sites()).siteMembers(context, words[0] ?? '')));
  site
    .command('key')
    .description('its key epoch, and whether the next one waits for somebody who can make it')
    .argument('<site>')
    .action(bind(async (context, words) => (await keys()).siteKey(context, words[0] ?? '')));
  site
    .command('rekey')
    .description('make its next key: who has left cannot read what is written from then on')
    .argument('<site>')
    .option(
      '--history <on|off>',
      'whether newcomers read what was before them; as it is unless said otherwise',
    )
    .option('--force', 'also without the newest key, when no admin who was given it is there')
    .option('--follow', 'make none, but follow one that an admin made without the one before')
    .action(bind(async (context, words, flags) => (await keys()).siteRekey(context, words[0] ?? '', flags)));
  site
    .command('rename')
    .description('give it another title')
    .argument('<site>')
    .argument('<title>')
    .action(
      bind(async (context, words) => (await sites()).siteRename(context, words[0] ?? '', words[1] ?? '')),
    );
  site
    .command('add-log')
    .description('list another log')
    .argument('<site>')
    .argument('<log>')
    .action(
      bind(async (context, words) => (await sites()).siteAddLog(context, words[0] ?? '', words[1] ?? '')),
    );
  site
    .command('leave')
    .description('end your membership')
    .argument('<site>')
    .action(bind(async (context, words) => (await sites()).siteLeave(context, words[0] ?? '')));
  addInvitationCommands(program, site, bind);
}

function addInvitationCommands(program: Command, site: Command, bind: Bind): void {
  site
    .command('invitations')
    .description('its invitations')
    .argument('<site>')
    .action(bind(async (context, words) => (await sites()).invitations(context, words[0] ?? '')));
  site
    .command('withdraw')
    .description('end an open invitation')
    .argument('<site>')
    .argument('<id>', 'as `site invitations` shows it')
    .action(
      bind(async (context, words) => (await sites()).withdraw(context, words[0] ?? '', words[1] ?? '')),
    );
  program
    .command('invite')
    .description('make a link that admits one person')
    .argument('<site>')
    .option('--permissions <list>', 'read,write unless said otherwise')
    .option('--days <number>', 'how long the link works; 7 unless said otherwise')
    .option('--qr', 'also as a picture for the camera of a phone')
    .action(bind(async (context, words, flags) => (await sites()).invite(context, words[0] ?? '', flags)));
  program
    .command('join')
    .description('take up an invitation')
    .argument('<link>')
    .option('--name <name>', 'your name, when this makes your account')
    .action(bind(async (context, words, flags) => (await sites()).join(context, words[0] ?? '', flags)));
}

function addLeadCommand(program: Command, bind: Bind): void {
  program
    .command('lead')
    .description('lead a log until stopped: decide what becomes of what others append')
    .argument('<site>')
    .argument('<log>')
    .argument('[module]', 'its default export makes the sequencer; without one everything is taken')
    .option(
      '--rule <name>',
      'a ready rule instead: json (patches of one document) or map (the last writer wins)',
    )
    .action(
      bind(async (context, words, flags: { readonly rule?: string }) =>
        (await import('./commands/lead.ts')).lead(context, [words[0] ?? '', words[1] ?? ''], {
          module: words[2],
          rule: flags.rule,
        }),
      ),
    );
}
