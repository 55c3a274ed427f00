import { expect, it } from 'vitest';
import { problemsIn } from './problem-matcher';

it('the page about editors has matchers for a compiler, a boot and recipes, which take nothing else', async () => {
  const output = [
    '\x1b[1merror[E0308]\x1b[0m: mismatched types',
    '  --> recipes/mini/logd/src/main.rs:25:18',
    'failed: logd panicked at recipes/mini/logd/src/main.rs:25:38: boom',
    'recipes/mini/logd/recipe.toml:3:1: unknown key "templat" in [build]',
    '  → did you mean "template"?',
    'failed: stage "logd" did not come within 20 s: no stage after nulld',
    'error: could not compile `logd`',
    '✓ kernel       0.20 s  kernel::arch::aarch64::start:INFO -- starting at 1:2:3: x',
  ].join('\n');
  expect(await problemsIn(output)).toEqual([
    { file: 'recipes/mini/logd/src/main.rs', line: 25, message: 'mismatched types', severity: 'error' },
    {
      file: 'recipes/mini/logd/src/main.rs',
      line: 25,
      message: 'logd panicked at recipes/mini/logd/src/main.rs:25:38: boom',
    },
    { file: 'recipes/mini/logd/recipe.toml', line: 3, message: 'unknown key "templat" in [build]' },
  ]);
});
