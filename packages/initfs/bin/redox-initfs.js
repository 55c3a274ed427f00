#!/usr/bin/env node
'use strict';
require('@nx-redox/kit/program').runProgram(__dirname, 'cli/cli');
