/** A part of all versions: from `since`, if that is there, up to and without `until`. */
export interface Span {
  since?: string;
  until?: string;
}

const VERSION = /^(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

function parts(version: string): [number, number, number, number] {
  const [, major, minor, patch, pre] = VERSION.exec(version) ?? [];
  // A pre-release comes before its release; one against the other does not matter here.
  return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0), pre === undefined ? 0 : -1];
}

/** Negative, 0 or positive, as a comparison for `sort`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  return left.map((part, index) => part - right[index]!).find((difference) => difference !== 0) ?? 0;
}

export function isWithin(version: string, { since, until }: Span): boolean {
  return (
    (since === undefined || compareVersions(version, since) >= 0) &&
    (until === undefined || compareVersions(version, until) < 0)
  );
}

/** The part of a version that cargo lets no requirement with a caret pass: `0.7` of 0.7.3, `1` of 1.2.3. */
export function compatibilityOf(version: string): string {
  const [major, minor, patch] = parts(version);
  if (major > 0) return `${major}`;
  return minor > 0 ? `0.${minor}` : `0.0.${patch}`;
}

/** True if a requirement such as `"0.7.1"` may be met by both. */
export function areCompatible(a: string, b: string): boolean {
  return compatibilityOf(a) === compatibilityOf(b);
}
