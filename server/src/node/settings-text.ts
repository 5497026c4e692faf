/** The settings for people: as a page of documentation, and as a file to begin with. */

import {
  environmentName,
  FILE_NAMES,
  flagName,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
  type Settings,
} from './settings.ts';

/** The settings as a page of documentation. */
export function describeSettings(): string {
  const rows = SETTING_NAMES.map((name) => {
    const setting: Setting = SETTINGS[name];
    const form = setting.choices?.join(' \\| ') ?? setting.kind;
    const key = FILE_NAMES.includes(name) ? `\`${name}\`` : '';
    return `| ${key} | \`${flagName(name)}\` | \`${environmentName(name)}\` | ${form} | \`${String(setting.initial)}\` | ${setting.doc} |`;
  });
  return [
    '# Settings',
    '',
    'Made from `server/src/node/settings.ts`; `copse config doc` prints it. A flag wins over the environment, the environment over `copse.toml` in the data directory, the file over the default.',
    '',
    '| key in `copse.toml` | flag | environment | form | default | |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** The settings as a commented `copse.toml`. */
export function settingsFile(settings: Settings): string {
  const line = (name: SettingName): string => {
    const value = settings[name];
    const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
    return `# ${SETTINGS[name].doc}\n${value === SETTINGS[name].initial ? '# ' : ''}${name} = ${shown}\n`;
  };
  return FILE_NAMES.map(line).join('\n');
}
