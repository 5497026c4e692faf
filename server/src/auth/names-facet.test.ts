/** The facet of names over each of the links (SPEC W10). */

import { directLink, encodedLink } from '../../../lab/suites/auth-stage.ts';
import { namesSuite } from '../../../lab/suites/names.suite.ts';

namesSuite(directLink);
namesSuite(encodedLink);
