import { formatError, UserError } from '@nx-redox/kit';
import { withoutDescriptors } from './job-server';
import { cargoPage } from './pages/cargo';
import { cbindgenPage } from './pages/cbindgen';
import { cxxPage } from './pages/cxx';
import { redoxerPage } from './pages/redoxer';
import { runtimePage } from './pages/runtime';
import { rustcPage } from './pages/rustc';
import { rustupPage } from './pages/rustup';
import { type FrontSettings, readSettings } from './settings';

type Page = (settings: FrontSettings, argv: readonly string[]) => Promise<number>;

/** What a program in front does, by its name. */
const PAGES: Readonly<Record<string, Page>> = {
  cargo: cargoPage,
  cbindgen: cbindgenPage,
  'c++': async (settings) => cxxPage(settings),
  redoxer: redoxerPage,
  runtime: runtimePage,
  rustc: rustcPage,
  rustup: rustupPage,
};

async function main([settings, program, ...argv]: readonly string[]): Promise<number> {
  const page = PAGES[program ?? ''];
  if (settings === undefined || page === undefined) throw new UserError(`there is no program ${program} in front`);
  for (const name of ['MAKEFLAGS', 'MFLAGS', 'CARGO_MAKEFLAGS']) {
    const flags = process.env[name];
    if (flags !== undefined) process.env[name] = withoutDescriptors(flags);
  }
  return page(readSettings(settings), argv);
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`error: ${formatError(error)}\n`);
    process.exitCode = 1;
  },
);
