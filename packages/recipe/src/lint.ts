import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Diagnostic, formatDiagnostic, TomlDocument } from '@nx-redox/kit/toml';
import { countFindings, recipesBelow, sumOfFindings } from './findings';
import { parseRecipe, type Recipe } from './recipe';

/** What lint looks for, with what it means. */
const LINT_RULES = {
  unreadable: 'The file is no TOML, or says something that the format does not allow.',
  'unknown-key': 'A key that nothing reads.',
  unpinned: 'A git source without a full commit: another day gives another source.',
  unverified: 'An archive without its BLAKE3 hash: whatever the server sends is taken.',
  'plain-http': 'A source that comes over a connection which anyone on the way can change.',
} as const;
type LintRule = keyof typeof LINT_RULES;

export interface LintFinding extends Diagnostic {
  rule: LintRule;
}

/** What lint found in a set of recipes. */
export interface LintReport {
  recipes: number;
  findings: LintFinding[];
}

const FULL_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

function sourceFindings({ source }: Recipe, document: TomlDocument, locked: boolean): LintFinding[] {
  const findings: LintFinding[] = [];
  const warn = (rule: LintRule, key: string, severity: Diagnostic['severity'], message: string, advice: string[]) => {
    const found = document.report({ severity, path: ['source', key], at: 'value', message, advice });
    if (found !== undefined) findings.push({ ...found, rule });
  };
  if (source?.kind !== 'git' && source?.kind !== 'tar') return findings;
  // What a lock or a hash says about the content holds whatever way the content came.
  const pinned = source.kind === 'git' ? FULL_COMMIT.test(source.rev ?? '') : source.blake3 !== undefined;
  const url = source.kind === 'git' ? source.git : source.tar;
  if (source.kind === 'git' && !pinned && !locked) {
    const what = source.rev === undefined ? source.branch : source.rev;
    warn(
      'unpinned',
      source.rev === undefined ? (source.branch === undefined ? 'git' : 'branch') : 'rev',
      'warning',
      what === undefined
        ? 'the source is whatever the default branch holds on the day of the build'
        : `"${what}" can mean another commit tomorrow`,
      ['rev = "…" with the full commit, 40 hexadecimal digits; or a recipe.lock beside the recipe'],
    );
  }
  if (source.kind === 'tar' && !pinned && !locked) {
    warn('unverified', 'tar', 'warning', 'the archive has no hash that it is checked against', [
      'blake3 = "…": 64 hexadecimal digits, as b3sum prints them; or a recipe.lock beside the recipe',
    ]);
  }
  const scheme = /^(http|ftp|git):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    warn(
      'plain-http',
      source.kind,
      pinned || locked ? 'warning' : 'error',
      pinned || locked
        ? `the source comes over ${scheme}://, which anyone on the way can read and disturb`
        : `the source comes over ${scheme}:// and is not checked: anyone on the way can replace it`,
      [`https:// instead of ${scheme}://`],
    );
  }
  return findings;
}

/** Checks the text of one recipe.toml. `locked`: a recipe.lock beside it says which source is meant. */
export function lintRecipe(text: string, file: string, locked = false): LintFinding[] {
  const { recipe, diagnostics } = parseRecipe(text, file);
  return [
    ...diagnostics.map((diagnostic): LintFinding => ({
      ...diagnostic,
      rule: diagnostic.unknownKey ? 'unknown-key' : 'unreadable',
    })),
    ...(recipe === undefined ? [] : sourceFindings(recipe, new TomlDocument(text, file), locked)),
  ];
}

/**
 * Checks one recipe, or all below a folder. Nothing is fetched, and nothing but the recipes is read.
 * @param folder of the recipe.toml, or above the recipes; relative to the workspace root.
 * @throws {UserError} if there is no recipe at all: an empty report would look like a good one.
 */
export function lintFolder(workspaceRoot: string, folder: string): LintReport {
  const files = recipesBelow(workspaceRoot, folder);
  const findings = files.flatMap((file) => {
    let text: string;
    try {
      text = readFileSync(join(workspaceRoot, file), 'utf8');
    } catch (error) {
      const message = `cannot be read (${(error as NodeJS.ErrnoException).code})`;
      return [{ rule: 'unreadable', severity: 'error', message, file, advice: [] } satisfies LintFinding];
    }
    return lintRecipe(text, file, existsSync(join(workspaceRoot, posix.dirname(file), 'recipe.lock')));
  });
  return { recipes: files.length, findings };
}

const lintCounts = ({ findings }: LintReport) => countFindings(LINT_RULES, findings);

/** True if nothing was found that counts: errors always do, warnings if `strict`. */
export function lintPassed(report: LintReport, strict: boolean): boolean {
  const { errors, warnings } = lintCounts(report);
  return errors === 0 && (!strict || warnings === 0);
}

/** The report for a reader: each finding with its place and advice, and a line with the sums. */
export function formatLint(report: LintReport): string {
  const findings = report.findings.map((finding) => {
    const [first, ...rest] = formatDiagnostic(finding).split('\n');
    return [`${first} [${finding.rule}]`, ...rest].join('\n');
  });
  const sum = sumOfFindings(report.recipes, lintCounts(report));
  return [...findings, ...(findings.length === 0 ? [] : ['']), sum].join('\n');
}

/** The report for programs; the format only grows. */
export function lintJson(report: LintReport): string {
  const findings = report.findings.map(({ rule, severity, file, line, column, message, advice }) => ({
    rule,
    severity,
    file,
    line,
    column,
    message,
    advice,
  }));
  return JSON.stringify({ schema: 1, recipes: report.recipes, ...lintCounts(report), findings }, null, 2);
}
