/**
 * The place of a new component's boot stage: behind the stage of the nearest program that init starts before it, or
 * before that of the next one after it. Programs without a stage are passed over; if none has one, the place is behind
 * init's own stage, or before the last.
 *
 * @param stages names of the stages, which are those of the programs, in order.
 * @param before names of the programs that init starts before it, the nearest first.
 * @param after names of those that it starts after it, the nearest first.
 */
export function stagePlace(stages: readonly string[], before: readonly string[], after: readonly string[]): number {
  const init = stages.indexOf('init');
  return placeBeside(stages, before, after) ?? (init >= 0 ? init + 1 : Math.max(0, stages.length - 1));
}

/**
 * The same for a component that init starts from the root file system: if no other program there has a stage, the place
 * is before a session is begun, or at the end.
 */
export function stagePlaceOnRoot(
  stages: readonly { name: string; send?: string }[],
  before: readonly string[],
  after: readonly string[],
): number {
  const session = stages.findIndex(({ send }) => send !== undefined);
  const names = stages.map(({ name }) => name);
  return placeBeside(names, before, after) ?? (session >= 0 ? session : stages.length);
}

function placeBeside(
  stages: readonly string[],
  before: readonly string[],
  after: readonly string[],
): number | undefined {
  const earlier = before.find((name) => stages.includes(name));
  if (earlier !== undefined) return stages.indexOf(earlier) + 1;
  const later = after.find((name) => stages.includes(name));
  return later === undefined ? undefined : stages.indexOf(later);
}

/** A pattern that finds a text at the start of a line, or behind the time that a log puts in front of it. */
export function markerPattern(marker: string): string {
  return `(^|\\] )${marker.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}`;
}
