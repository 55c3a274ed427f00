import { checkPe } from '@nx-redox/bootcheck';
import { checkElf, type Finding, formatFindings } from '@nx-redox/bootcheck';
import type { Arch, Backend } from '@nx-redox/kit';
import { redox } from '@nx-redox/redox';
import type { BuiltFile } from './built-stage';
import type { BuildKind } from './options';

export interface CheckedFile {
  path: string;
  /** What it is for, which chooses the rules. */
  kind: BuildKind;
  findings: Finding[];
}

const SHARED_LIBRARY = /\.so(\.|$)/;

/**
 * Checks the programs of a stage, with everything that is only worth knowing. The staged file is what boots; its
 * symbols, which some rules need, are in the file as it was linked. Shared libraries are for a loader that the rules
 * do not know, so they are left out.
 */
export function checkStage(
  files: readonly BuiltFile[],
  kind: BuildKind,
  { arch, backend }: { arch: Arch; backend: Backend },
): CheckedFile[] {
  return files.flatMap(({ path, program, pe }) => {
    if (pe !== undefined) return [{ path, kind, findings: checkPe(pe, { machine: arch }) }];
    if (program === undefined || kind === 'bootloader' || SHARED_LIBRARY.test(path)) return [];
    // The build has checked which crates the other backend may compile; the rule only shows them.
    const options = { machine: arch, memory: redox.memory, ...(program.isMixed ? {} : { backend }), info: true };
    const its = program.isBootstrap ? 'bootstrap' : kind;
    const linked = program.linked === undefined ? [] : checkElf(program.linked, its, options);
    // Having its symbols is what the linked file is kept for.
    const named = linked.filter(({ rule }) => rule !== 'stripped');
    const rules = new Set(named.map(({ rule }) => rule));
    const staged = checkElf(program.staged, its, options).filter(({ rule }) => !rules.has(rule));
    return [{ path, kind: its, findings: [...staged, ...named] }];
  });
}

/** The report: each file with what was found, the worst first. */
export function formatChecks(files: readonly CheckedFile[]): string {
  if (files.length === 0) return 'there is no program in the stage\n';
  const order = ['error', 'warning', 'info'];
  return files
    .map(({ path, kind, findings }) => {
      const sorted = [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
      const state = findings.some(({ severity }) => severity !== 'info') ? '' : ' ok';
      return `${path}:${state} (${kind})\n${formatFindings(sorted)}`;
    })
    .join('');
}
