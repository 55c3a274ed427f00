import type { Finding } from './rule';

/** Broken rules as indented text: every violation, then once why the rule matters and what to change. */
export function formatFindings(findings: readonly Finding[], indent = '  '): string {
  const byRule = new Map<string, Finding[]>();
  for (const finding of findings) byRule.set(finding.rule, [...(byRule.get(finding.rule) ?? []), finding]);
  return [...byRule.values()]
    .map((group) => {
      const lines = group.map(({ severity, rule, message }) => `${indent}${severity} ${rule}: ${message}\n`);
      const { reason, fix } = group[0] as Finding;
      return `${lines.join('')}${indent}  why: ${reason}\n${indent}  fix: ${fix}\n`;
    })
    .join('');
}
