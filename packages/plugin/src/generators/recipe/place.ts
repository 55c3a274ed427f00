import { posix } from 'node:path';
import { insertTable } from '@nx-redox/kit/toml-edit';
import { markerPattern, stagePlace, stagePlaceOnRoot } from './boot-stages';
import type { Changes } from './crate';
import { addStart, placeInInitfs, type ComponentKind } from './init-script';
import { placeOnRoot, requireUnitKind, unitFile, unitName, unitText } from './init-units';
import type { RecipeGeneratorOptions } from './options';
import type { StartPlace, SystemFiles } from './system-files';
import { markerOf } from './templates';

/** Seconds from the stage before until the component is ready; generous, for busy machines without KVM. */
const STAGE_TIMEOUT = { script: 10, units: 30 } as const;

/** The files that say where the program of a new component is, how it is started, and that the boot has to show it. */
export function planPlace(system: SystemFiles, options: RecipeGeneratorOptions, kind: ComponentKind): Changes {
  const { start } = system;
  return start.by === 'script' ? planInInitfs(system, start, options, kind) : planOnRoot(system, start, options, kind);
}

/** Puts the program into the initfs, where init's script starts it. */
function planInInitfs(
  system: SystemFiles,
  start: Extract<StartPlace, { by: 'script' }>,
  options: RecipeGeneratorOptions,
  kind: ComponentKind,
): Changes {
  const { name } = options;
  const started = addStart(start.text, name, kind);
  const names = system.stages.map((stage) => stage.name);
  return {
    [system.initfs.file]: addToManifest(system, name, kind, options.package ?? name),
    [start.file]: started.text,
    [system.file]: addStage(system, system.text, stagePlace(names, started.before, started.after), options),
  };
}

/** Puts the program on the root file system, with a unit that starts it. */
function planOnRoot(
  system: SystemFiles,
  start: Extract<StartPlace, { by: 'units' }>,
  options: RecipeGeneratorOptions,
  kind: ComponentKind,
): Changes {
  const { name } = options;
  const entry = { from: `${name}:usr/bin/${options.package ?? name}`, to: placeOnRoot(name) };
  const text = insertTable(system.text, system.file, ['image', 'files'], system.rootFiles.length, entry);
  const unit = unitFile(start.dir, name);
  const isEarlier = (file: string) => file < posix.basename(unit);
  const units = start.units.toSorted();
  const place = stagePlaceOnRoot(
    system.stages,
    units.filter(isEarlier).map(unitName).reverse(),
    units.filter((file) => !isEarlier(file)).map(unitName),
  );
  return {
    [unit]: unitText(name, requireUnitKind(kind, system.file)),
    [system.file]: addStage(system, text, place, options),
  };
}

function addStage(system: SystemFiles, text: string, at: number, options: RecipeGeneratorOptions): string {
  const { name, marker = markerOf(name) } = options;
  const stage = { name, pattern: markerPattern(marker), timeout: STAGE_TIMEOUT[system.start.by] };
  return insertTable(text, system.file, ['stage'], at, stage);
}

/** Adds the program to the manifest of the initfs, behind the last file of the same folder. */
function addToManifest({ initfs }: SystemFiles, name: string, kind: ComponentKind, bin: string): string {
  const to = placeInInitfs(name, kind);
  const files = initfs.recipe.nx.initfs?.files ?? [];
  const last = files.findLastIndex((file) => posix.dirname(file.to) === posix.dirname(to));
  const entry = { from: `${name}:usr/bin/${bin}`, to };
  return insertTable(initfs.text, initfs.file, ['nx', 'initfs', 'files'], last >= 0 ? last + 1 : files.length, entry);
}
