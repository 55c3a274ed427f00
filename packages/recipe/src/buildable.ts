import type { Recipe } from './recipe';
import type { Report } from './rules';

/** Templates and sources that the executors of this version know. */
const BUILDABLE_TEMPLATES: readonly string[] = ['none', 'cargo'];
const BUILDABLE_SOURCES: readonly string[] = ['path'];

/** Reports what a valid recipe asks for and this version cannot do, so that nothing is built in another way than it says. */
export function reportUnbuildable(recipe: Recipe, report: Report): void {
  const { build, source } = recipe;
  if (build === undefined) return;
  if (!BUILDABLE_TEMPLATES.includes(build.template)) {
    report({
      severity: 'error',
      path: ['build', 'template'],
      at: 'value',
      message: `this version of nx-redox cannot build template "${build.template}"`,
      advice: [`it builds: ${BUILDABLE_TEMPLATES.join(', ')}`],
    });
  }
  if (source !== undefined && !BUILDABLE_SOURCES.includes(source.kind)) {
    report({
      severity: 'error',
      path: ['source'],
      at: 'key',
      message: `this version of nx-redox cannot fetch a ${source.kind} source`,
      advice: ['put the source into the workspace and name its folder: [source] path = "…"'],
    });
  }
  if (source === undefined && build.template === 'cargo') {
    report({
      severity: 'error',
      path: ['source'],
      at: 'table',
      message: 'there is no [source], although the recipe is built with cargo',
      advice: ['[source] with path = "." for a crate in the folder of the recipe'],
    });
  }
}
