import type { InitWords } from '@nx-redox/kit';

/** What init reads, in all forms that it had: a script until 2025, units since. */
export const init: InitWords = {
  mount: '/scheme/initfs/',
  program: 'bin/init',
  script: 'etc/init.rc',
  units: ['lib/init.d', 'etc/init.d'],
  drivers: ['etc/pcid/initfs.toml', 'lib/pcid.d', 'etc/pcid.d'],
  words: {
    cd: 'builtin',
    echo: 'builtin',
    export: 'variable',
    // Prefixes of a command; "scheme" has the scheme's name in between.
    nowait: 1,
    notify: 1,
    scheme: 2,
    requires_weak: 'builtin',
    run: 'script',
    'run.d': 'scripts',
    stdio: 'builtin',
    switchroot: 'leave',
    unset: 'builtin',
  },
};
