import { formatDiagnostic } from '@nx-redox/kit/toml';
import { countFindings, type FindingCounts, sumOfFindings } from '@nx-redox/recipe';
import type { DoctorFinding, DoctorReport } from './examine';
import type { Fix } from './fix';
import { pinCommand } from './pins';
import { VERSION_RULES } from './table';

/** How many findings of each rule and severity there are. */
export function doctorCounts({ findings }: Pick<DoctorReport, 'findings'>): FindingCounts<keyof typeof VERSION_RULES> {
  return countFindings(VERSION_RULES, findings);
}

function formatFinding({ rule, why, message, ...finding }: DoctorFinding): string {
  return formatDiagnostic({ ...finding, message: `${message} [${rule}]`, advice: [why, ...finding.advice] });
}

/** The report for a reader: each finding with its place, how it shows and what to do, and a line with the sums. */
export function formatDoctor(report: DoctorReport): string {
  const { kernel, notFetched } = report;
  return [
    ...report.findings.map(formatFinding),
    ...(report.findings.length === 0 ? [] : ['']),
    ...(notFetched.length === 0 ? [] : [`not fetched, so not looked at: ${notFetched.join(', ')}`]),
    ...(kernel === undefined
      ? []
      : [
          kernel.syscall === undefined
            ? `calls were not compared: ${kernel.dir} has no source here that tells its redox_syscall`
            : `calls were compared with ${kernel.dir}, which has redox_syscall ${kernel.syscall}`,
        ]),
    sumOfFindings(report.recipes, doctorCounts(report)),
  ].join('\n');
}

/** What was fixed in one recipe, and what its reader has to do. */
export function formatFix({ recipe, patch, pins, replaced, said }: Fix): string {
  const head =
    patch !== undefined
      ? `${patch} was written and added to ${recipe}/recipe.toml`
      : replaced.length > 0
        ? `${recipe}/recipe.toml was changed`
        : `${recipe}: nothing was written`;
  const done = [
    ...pins.map(pinCommand),
    ...replaced.map(({ crate, by }) => `${crate} is that of ${by.recipe}: [nx.patch]`),
  ];
  const advice = said.map((text) => `  → ${text.replaceAll('\n', '\n    ')}`);
  return [head, ...done.map((text) => `  ${text}`), ...advice].join('\n');
}

/** The report for programs; the format only grows. */
export function doctorJson(report: DoctorReport, fixes?: readonly Fix[]): string {
  const findings = report.findings.map(({ rule, severity, recipe, file, line, column, message, why, advice, fix }) => ({
    rule,
    severity,
    recipe,
    file,
    line,
    column,
    message,
    why,
    advice,
    ...(fix === undefined ? {} : { fix }),
  }));
  const { recipes, notFetched, kernel } = report;
  return JSON.stringify(
    {
      schema: 1,
      recipes,
      ...doctorCounts(report),
      kernel,
      notFetched,
      findings,
      fixes: fixes?.map(({ recipe, patch, pins, replaced, said }) => ({ recipe, patch, pins, replaced, said })),
    },
    null,
    2,
  );
}
