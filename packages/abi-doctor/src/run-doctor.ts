import type { SourceTask } from '@nx-redox/sources';
import { examine, type DoctorOptions } from './examine';
import { fixVersions, type Fix } from './fix';
import { doctorCounts, doctorJson, formatDoctor, formatFix } from './report';

export interface RunDoctorOptions extends DoctorOptions {
  /** Write what can be fixed as patches of the recipes. */
  fix?: boolean;
  /** The report as JSON. */
  json?: boolean;
}

/** Examines recipes, fixes them if asked to, and says so. `passed`: no error is left that was not fixed. */
export async function runDoctor(
  workspaceRoot: string,
  folders: readonly string[],
  { fix = false, json = false, ...options }: RunDoctorOptions = {},
  task?: SourceTask,
): Promise<{ text: string; passed: boolean }> {
  const report = await examine(workspaceRoot, folders, options);
  const fixes: Fix[] = fix ? await fixVersions(workspaceRoot, report, task) : [];
  const fixed = new Set(fixes.flatMap((done) => done.fixed));
  const text = json
    ? doctorJson(report, fix ? fixes : undefined)
    : [formatDoctor(report), ...fixes.map(formatFix)].join('\n');
  const left = report.findings.filter((finding) => !fixed.has(finding));
  return { text, passed: doctorCounts({ findings: left }).errors === 0 };
}
