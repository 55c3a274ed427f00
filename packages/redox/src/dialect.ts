import type { Dialect } from '@nx-redox/kit';
import { failures, login, stages } from './boot';
import { guest } from './guest';
import { init } from './init';
import { machines } from './machines';

/** Redox OS. */
export const redox: Dialect = {
  name: 'Redox',
  // The kernel maps the initfs image at the second page; the image has the bootstrap behind a header of one page.
  memory: { image: 0x1000, bootstrap: 0x2000 },
  init,
  guest,
  stages,
  failures,
  login,
  machines,
  targets: { aarch64: 'aarch64-unknown-redox', x86_64: 'x86_64-unknown-redox' },
};
