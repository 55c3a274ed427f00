#!/usr/bin/env node
// After npm packed a package: its folder is as it was.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { removeBundles } from '../bundle/bundle.mjs';
import { ownLicence, removeTemplates, setPlatform } from './packed-form.mjs';

const folder = process.cwd();
if (!ownLicence(folder)) rmSync(join(folder, 'LICENSE'), { force: true });
removeTemplates(folder);
removeBundles(join(folder, 'dist'));
setPlatform(folder);
