/** The version of this program, one for all packages. */

import core from '../../package.json' with { type: 'json' };

export const version: string = core.version;
