export { countFindings, type FindingCounts, recipesBelow, sumOfFindings } from './findings';
export { formatLint, lintFolder, lintJson, lintPassed, lintRecipe, type LintFinding } from './lint';
export * from './parse';
export { recipeScript, redoxTarget, scriptVariables, SHELL_MAIN, SHELL_SHARED } from './shell';
export { requireWholeSource } from './whole-source';
export type { LintExecutorOptions } from './executors/lint/options';
export type { ReportExecutorOptions } from './executors/report/options';
