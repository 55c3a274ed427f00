import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@nx-redox/kit';
import type { InitfsFormat } from './format';

/**
 * Tells the image format that a checkout of upstream's `base` reads, from its `initfs/src/types.rs`: the format itself
 * has no version number.
 *
 * @param base the checkout's folder
 * @throws {UserError} if the file is missing or is none that has a known format.
 */
export function formatOfSource(base: string): InitfsFormat {
  const file = join(base, 'initfs/src/types.rs');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`cannot tell the image format: ${(error as NodeJS.ErrnoException).code}`, {
      file,
      advice: [
        'name the folder of a checkout of "base", which has initfs/src/types.rs',
        'or give the format by its letter',
      ],
      cause: error,
    });
  }
  return formatOfTypes(text, file);
}

/** As {@link formatOfSource}, for the text of `types.rs`. */
export function formatOfTypes(text: string, file: string): InitfsFormat {
  const header = fieldsOf(text, 'Header');
  const inode = fieldsOf(text, 'InodeHeader');
  // The header alone tells the newest format.
  if (header?.includes('bootstrap_entry') && header.includes('root_inode') && !header.includes('creation_time')) {
    return 'D';
  }
  if (!header?.includes('bootstrap_entry') || !inode) {
    throw new UserError('this file does not define the initfs header', {
      file,
      advice: 'name the types.rs of a "base" from March 2024 or later, or give the format by its letter',
    });
  }
  if (header.includes('root_inode')) {
    throw new UserError('this commit of "base" has a format between C and D that lived for a few commits only', {
      file,
      advice: 'take a commit of 2026-04-25 or later (format D), or one before that day (format C)',
    });
  }
  if (!inode.includes('uid')) return 'C';
  return header.includes('page_size') ? 'B' : 'A';
}

/** Names of the public fields of a Rust struct. */
function fieldsOf(text: string, struct: string): string[] | undefined {
  const body = new RegExp(`pub struct ${struct}\\s*\\{([^}]*)\\}`).exec(text)?.[1];
  return body === undefined ? undefined : [...body.matchAll(/pub\s+(\w+)\s*:/g)].map((match) => match[1] as string);
}
