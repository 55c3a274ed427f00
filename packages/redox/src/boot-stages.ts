import type { Arch, BootStage } from '@nx-redox/kit';
import { redox } from './dialect';

/** Who logs in; without a password none is asked for. */
export interface Login {
  user: string;
  password?: string;
}

/** What a shell prints when {@link PROBE} is typed; the typed line, which comes back too, does not hold it. */
const ANSWER = 'nx-redox-shell';
const PROBE = 'echo nx-redox"-shell"';

/**
 * The stages of a boot: those that every system has on this architecture and, if somebody logs in, `login` to `shell`.
 * The last one is reached when the shell has run a command.
 *
 * @param method `direct`: QEMU loads the kernel itself, so neither firmware nor a boot loader shows
 */
export function bootStages(arch: Arch, method: 'direct' | 'uefi' | 'bios', login?: Login): BootStage[] {
  const { stages, login: words } = redox;
  const start = stages
    .filter(({ architectures, disk, name }) => {
      if (architectures !== undefined && !architectures.includes(arch)) return false;
      // A BIOS says nothing on the serial line.
      return !disk || method === 'uefi' || (method === 'bios' && name !== 'firmware');
    })
    .map(({ name, pattern, timeout }) => ({ name, pattern, timeout }));
  if (login === undefined) return start;
  const { user, password } = login;
  const { enter } = words;
  return [
    ...start,
    { name: 'login', pattern: words.user, timeout: 120, send: user + enter },
    ...(password === undefined || password === ''
      ? []
      : [{ name: 'password', pattern: words.password, timeout: 60, send: password + enter }]),
    { name: 'session', pattern: words.prompt, timeout: 60, send: PROBE + enter },
    { name: 'shell', pattern: ANSWER, timeout: 60 },
  ];
}
