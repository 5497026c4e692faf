/** `copse config`: the settings as documentation, as a file, as a check. */

import type { Given } from '../../node/settings.ts';
import { describeSettings, settingsFile } from '../../node/settings-text.ts';
import { loadSettings } from '../../node/load-settings.ts';
import type { Context } from '../context.ts';

export function configDoc(context: Context): Promise<void> {
  context.output.result(describeSettings().trimEnd(), { markdown: describeSettings() });
  return Promise.resolve();
}

export function configPrint(context: Context, flags: Given): Promise<void> {
  const settings = loadSettings(flags, context.environment);
  context.output.result(settingsFile(settings).trimEnd(), settings);
  return Promise.resolve();
}

export function configCheck(context: Context, flags: Given): Promise<void> {
  const settings = loadSettings(flags, context.environment);
  context.output.result('The settings are valid.', settings);
  return Promise.resolve();
}
