'use strict';
module.exports = require('@nx-redox/kit/program').executors(__dirname);
