import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { runtimeFor } from '../runtime/runtime';
import { type FrontSettings, placesOf } from '../settings';
import { prepareSysroot } from '../targets/sysroot';
import { readTarget } from '../targets/target';

/** Makes what the C compiler links in the place of GCC's libraries, when a program of C is linked first. */
export async function runtimePage(settings: FrontSettings): Promise<number> {
  const target = readTarget(settings.gnuTarget, process.cwd(), settings.rust.location.rustcLlvm, {});
  const sysroot = await prepareSysroot(settings, target, { std: false, mem: false });
  const { runtime } = placesOf(settings.dir);
  const folder = await runtimeFor(settings, sysroot);
  if (existsSync(runtime)) return 0;
  // Left by a toolchain that is gone.
  rmSync(runtime, { force: true });
  try {
    symlinkSync(folder, runtime);
  } catch (error) {
    // Another compiler beside this one was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return 0;
}
