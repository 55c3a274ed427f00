'use strict';
require('@nx-redox/kit/program').runProgram(__dirname, 'cookbook/mark-edited');
