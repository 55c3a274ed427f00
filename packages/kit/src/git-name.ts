/** Characters that HFS+ does not see in names (git's own list: is_hfs_dotgit). */
const UNSEEN = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
/**
 * What Windows takes for `.git`: blanks and dots at the end do not count, a colon begins the name of a stream, and
 * `git~1` and `gi7eba~1` are its short names (git's is_ntfs_dotgit).
 */
const ON_WINDOWS = /^(?:\.git[ .]*(?::.*)?|git~\d|gi7eba~\d)[ .]*$/is;

/**
 * True for one part of a path that some file system takes for `.git`, where git keeps its settings and hooks: a file
 * that a source brings there could run programs.
 */
export function isGitName(part: string): boolean {
  // Nearly all names end here.
  if (part.length < 4 || (part[0] !== '.' && !/^[g\u200c-\u206f\ufeff]/i.test(part))) return false;
  return ON_WINDOWS.test(part.replace(UNSEEN, ''));
}

/** True if one of the parts of a path is {@link isGitName}; backslashes part it too. */
export function hasGitName(path: string): boolean {
  return path.split(/[/\\]/).some(isGitName);
}

export const GIT_FILES = "is among git's own files, which no source may bring or change";
