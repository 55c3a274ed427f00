#!/usr/bin/env node
// `npm run reference`: writes each schema.json and the pages of docs/reference on executors and generators anew.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generate, ROOT } from './generate.mjs';

const files = await generate();
for (const kind of ['executors', 'generators'])
  rmSync(join(ROOT, 'docs/reference', kind), { recursive: true, force: true });
for (const [path, text] of files) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}
