/**
 * make's flags without a job server in file descriptors: node hands only the standard streams on, and every rustc would
 * warn that it cannot reach it. One in a named pipe (make 4.4) stays.
 */
export function withoutDescriptors(flags: string): string {
  return flags.replaceAll(/ ?--jobserver-(?:auth|fds)=-?\d+,-?\d+/g, '');
}
