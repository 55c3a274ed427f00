import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The system that new ones are made from. */
const TEMPLATE = 'mini';

/** A file of the template. */
export interface TemplateFile {
  /** Relative to the system's folder, with `/`. */
  path: string;
  content: Buffer;
}

/** The folder of the template: the published package has a copy of what is in the repository. */
function templateFolder(): string {
  const own = join(__dirname, '..', '..', '..');
  const packed = join(own, 'templates', TEMPLATE);
  return existsSync(packed) ? packed : join(own, '..', '..', 'recipes', TEMPLATE);
}

/** All files of the template but what builds leave there, sorted. */
export function templateFiles(root = templateFolder()): TemplateFile[] {
  const files: TemplateFile[] = [];
  const visit = (dir: string): void => {
    for (const entry of readdirSync(join(root, dir), { withFileTypes: true })) {
      const path = posix.join(dir, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'target') visit(path);
      } else if (entry.name !== '.gitignore') {
        files.push({ path, content: readFileSync(join(root, path)) });
      }
    }
  };
  visit('');
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The same file in a system of another name. */
export function renamed({ path, content }: TemplateFile, name: string): string | Buffer {
  const replace = (...changes: [RegExp, string][]) =>
    changes.reduce((text, [from, to]) => text.replaceAll(from, to), content.toString('utf8'));
  if (path === 'system.toml') {
    return replace([/^name = "mini"$/gm, `name = "${name}"`], [/^# mini: /gm, `# ${name}: `]);
  }
  if (path === 'README.md') {
    return replace(
      [/^# mini$/gm, `# ${name}`],
      [/nx run mini:/g, `nx run ${name}:`],
      [/, written from scratch for this repository \(MIT\)/g, ', made from the template of nx-redox (MIT)'],
    );
  }
  return content;
}
