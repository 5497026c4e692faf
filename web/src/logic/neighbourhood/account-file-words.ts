/** What became of an account that was brought from a file, in words. */

import type { ImportReport } from '../../model/sdk-account-file.ts';
import { plural } from '../numbers.ts';

/** Reasons that are spelt out. */
const REASONS_MAX = 5;

export function reportLines(report: ImportReport): readonly string[] {
  const { messages, pins, files, filesMissing, refusals } = report;
  const known = messages.known + pins.known + files.known;
  const refused = messages.refused + pins.refused + files.refused;
  const taken = [plural(messages.taken, 'message'), plural(files.taken, 'file')].join(' and ');
  const lines = [`${taken} came${known === 0 ? '' : `; ${known} were here already`}.`];
  if (filesMissing > 0)
    lines.push(`${plural(filesMissing, 'file')} it only names: their bytes are not in it.`);
  if (refused > 0) lines.push(`${refused} were refused:`);
  for (const { record, why } of refusals.slice(0, REASONS_MAX)) lines.push(`record ${record}: ${why}`);
  return lines;
}
