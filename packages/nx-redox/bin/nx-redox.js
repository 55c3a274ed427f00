#!/usr/bin/env node
'use strict';
const { dirname, join } = require('node:path');

const plugin = dirname(require.resolve('@nx-redox/plugin/package.json'));
require('@nx-redox/kit/program').runProgram(join(plugin, 'bin'), 'setup/cli');
