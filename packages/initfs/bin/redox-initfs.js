#!/usr/bin/env node
'use strict';
const { dirname, join } = require('node:path');
const { loadProgram, runProgram } = require('@nx-redox/kit/program');

// The program itself knows no operating system.
const { redox } = loadProgram(join(dirname(require.resolve('@nx-redox/redox/package.json')), 'bin'), 'index');
runProgram(__dirname, 'cli/cli', redox);
