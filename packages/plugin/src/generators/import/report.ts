import { posix } from 'node:path';
import { formatError } from '@nx-redox/kit';
import { type Diagnostic, formatDiagnostic } from '@nx-redox/kit/toml';
import { type LintFinding, lintRecipe } from '@nx-redox/recipe';
import { parseDependency, parseRecipe, type Recipe } from '@nx-redox/recipe/parse';
import type { UpdatedRecipe } from '@nx-redox/sources';
import type { Collected, Skipped } from './collect';
import type { Origin } from './origin';

export const REPORT_FILE = 'import-report.json';

/** What an import took, and what the user should know of it. Paths are relative to the workspace root. */
export interface ImportReport {
  schema: 1;
  from: string;
  commit?: string;
  directory: string;
  /** Number of recipes that were copied, readable or not. */
  recipes: number;
  files: number;
  /** Number of readable recipes for each template and each kind of source. */
  templates: Record<string, number>;
  sources: Record<string, number>;
  /** Recipes that cannot be used as they are; they were copied all the same. */
  unreadable: Diagnostic[];
  warnings: Diagnostic[];
  /** Dependencies that no imported recipe has the name of. */
  unknownDependencies: { recipe: string; dependency: string }[];
  duplicates: { name: string; directories: string[] }[];
  /** Recipes whose source may be another one tomorrow: nothing names a commit or a hash, and no lock file is beside them. */
  unpinned: { recipe: string; reason: string }[];
  /** What was left behind. */
  skipped: Skipped[];
  /** Lock files that were written after the recipes were copied, and why others were not. */
  locks?: { written: number; failed: { recipe: string; reason: string }[] };
}

/** The report when locks were written: what they pin is pinned now. */
export function withLocks(report: ImportReport, updated: readonly UpdatedRecipe[]): ImportReport {
  const written = new Set(updated.flatMap(({ recipe, done }) => (done === 'failed' ? [] : recipe)));
  // Mistakes in a recipe.toml have a place of their own in the report.
  const unreadable = new Set(report.unreadable.map(({ file }) => posix.dirname(file)));
  const failed = updated.filter(({ recipe, done }) => done === 'failed' && !unreadable.has(recipe));
  return {
    ...report,
    unpinned: report.unpinned.filter(({ recipe }) => !written.has(recipe)),
    locks: {
      written: written.size,
      failed: failed.map(({ recipe, error }) => ({ recipe, reason: formatError(error) })),
    },
  };
}

/** What became of the lock files, for a reader. */
export function describeLocks({ locks, directory }: ImportReport, project: string | undefined): string {
  const { written = 0, failed = [] } = locks ?? {};
  const once = project === undefined ? '' : `; nx run ${project}:update-locks --missing tries them once more`;
  return [
    `lock files written to ${directory}: ${written}`,
    ...(failed.length === 0
      ? []
      : [
          `${failed.length} sources could not be fetched, and have no lock${once}`,
          ...some(failed, ({ reason }) => reason),
        ]),
  ].join('\n');
}

/** Judges the collected recipes; a bad one is a line of the report and nothing worse. */
export function reportOf({ recipes, files, skipped }: Collected, origin: Origin, directory: string): ImportReport {
  const at = (path: string) => posix.join(directory, path);
  const contents = new Map(files.map((file) => [file.path, file.content]));
  const report: ImportReport = {
    schema: 1,
    from: origin.from,
    ...(origin.commit === undefined ? {} : { commit: origin.commit }),
    directory,
    recipes: recipes.length,
    files: files.length,
    templates: {},
    sources: {},
    unreadable: [],
    warnings: [],
    unknownDependencies: [],
    duplicates: [],
    unpinned: [],
    skipped: skipped.map(({ path, reason }) => ({ path, reason })),
  };
  const byName = new Map<string, string[]>();
  for (const dir of recipes) byName.set(posix.basename(dir), [...(byName.get(posix.basename(dir)) ?? []), dir]);
  for (const [name, dirs] of byName) {
    if (dirs.length > 1) report.duplicates.push({ name, directories: dirs.map(at) });
  }
  for (const dir of recipes) {
    const content = contents.get(posix.join(dir, 'recipe.toml'));
    if (content === undefined) continue;
    const [text, file] = [content.toString('utf8'), at(posix.join(dir, 'recipe.toml'))];
    const { recipe, diagnostics } = parseRecipe(text, file);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    report.unreadable.push(...errors);
    report.warnings.push(...diagnostics.filter(({ severity }) => severity === 'warning'));
    if (recipe === undefined || errors.length > 0) continue;
    count(report.templates, recipe.build?.template ?? 'none');
    count(report.sources, recipe.source?.kind ?? 'none');
    const reason = whyUnpinned(lintRecipe(text, file, contents.has(posix.join(dir, 'recipe.lock'))));
    if (reason !== undefined) report.unpinned.push({ recipe: at(dir), reason });
    for (const dependency of dependenciesOf(recipe)) {
      if (!byName.has(parseDependency(dependency).recipe))
        report.unknownDependencies.push({ recipe: at(dir), dependency });
    }
  }
  return report;
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function dependenciesOf({ build, package: packageTable }: Recipe): Set<string> {
  return new Set([
    ...(build?.dependencies ?? []),
    ...(build?.['dev-dependencies'] ?? []),
    ...(packageTable.dependencies ?? []),
  ]);
}

/** What lint says of a source that may be another one tomorrow. */
function whyUnpinned(findings: readonly LintFinding[]): string | undefined {
  return findings.find(({ rule }) => rule === 'unpinned' || rule === 'unverified')?.message;
}

/** How many single findings of a kind the text shows. */
const SHOWN = 10;

/** The first items of a list. */
function some<T>(items: readonly T[], format: (item: T) => string): string[] {
  return [
    ...items.slice(0, SHOWN).map((item) => `  ${format(item).replaceAll('\n', '\n  ')}`),
    ...(items.length > SHOWN ? [`  … and ${items.length - SHOWN} more`] : []),
  ];
}

/** The report for a reader. */
export function describeReport(report: ImportReport): string {
  const counts = (table: Record<string, number>) =>
    Object.entries(table)
      .sort((a, b) => b[1] - a[1])
      .map(([key, number]) => `${key} ${number}`)
      .join(', ');
  const counted = <T>(title: string, items: readonly T[], format: (item: T) => string) =>
    items.length === 0 ? [] : [`${title}: ${items.length}`, ...some(items, format)];
  return [
    `${report.recipes} recipes with ${report.files} files copied from ${report.from} to ${report.directory}`,
    `templates: ${counts(report.templates) || 'none'}`,
    `sources: ${counts(report.sources) || 'none'}`,
    ...counted('left behind', report.skipped, ({ path, reason }) => `${path}: ${reason}`),
    ...counted('mistakes in recipes', report.unreadable, formatDiagnostic),
    ...counted('warnings', report.warnings, formatDiagnostic),
    ...counted(
      'dependencies that are not there',
      report.unknownDependencies,
      ({ recipe, dependency }) => `${dependency}, of ${recipe}`,
    ),
    ...counted(
      'names of more than one recipe',
      report.duplicates,
      ({ name, directories }) => `${name}: ${directories.join(', ')}`,
    ),
    ...counted(
      'sources that are not pinned, and have no lock',
      report.unpinned,
      ({ recipe, reason }) => `${recipe}: ${reason}`,
    ),
    `All of this is in ${report.directory}/${REPORT_FILE}.`,
  ].join('\n');
}
