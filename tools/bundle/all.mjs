#!/usr/bin/env node
// Bundles what is compiled of the packages in a folder: `all.mjs FOLDER`.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { bundle } from './bundle.mjs';

const [folder] = process.argv.slice(2);
const compiled = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'dist')));
await Promise.all(compiled.map((name) => bundle(join(folder, name), join(folder, name, 'dist'))));
