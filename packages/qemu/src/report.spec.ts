import { describe, expect, it } from 'vitest';
import { junit, type BootReport } from './report';

const report: BootReport = {
  schema: 1,
  system: 'mini',
  arch: 'aarch64',
  backend: 'cranelift',
  method: 'direct',
  verdict: 'timeout',
  headline: 'logd panicked at src/main.rs:1:2: <no> toaster',
  cause: 'stage "b" did <not> come & that\u0000 is bad',
  stages: [
    { name: 'a', reached: true, seconds: 0.5, line: 'x' },
    { name: 'b', reached: false },
    { name: 'c', reached: false },
  ],
  seconds: 3,
  exitCode: null,
  lastLines: ['one', ']]> \ud800'],
  deaths: [],
  exceptions: [],
  trace: [],
  machine: null,
  messages: [],
  notes: [],
  command: ['qemu'],
  qemuVersion: null,
};

describe('junit.xml', () => {
  it('has a case for each stage and for the end', () => {
    expect(junit(report)).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites tests="4" failures="1" skipped="2" time="3.000">',
        '  <testsuite name="mini.aarch64.cranelift" tests="4" failures="1" skipped="2" time="3.000">',
        '    <testcase classname="mini.aarch64.cranelift" name="a" time="0.500"></testcase>',
        '    <testcase classname="mini.aarch64.cranelift" name="b" time="0.000">' +
          '<failure type="timeout" message="logd panicked at src/main.rs:1:2: &lt;no&gt; toaster">' +
          'logd panicked at src/main.rs:1:2: &lt;no&gt; toaster',

        'stage &quot;b&quot; did &lt;not&gt; come &amp; that\ufffd is bad',
        '',
        'one',
        ']]&gt; \ufffd</failure></testcase>',
        '    <testcase classname="mini.aarch64.cranelift" name="c" time="0.000"><skipped/></testcase>',
        '    <testcase classname="mini.aarch64.cranelift" name="end" time="2.500"><skipped/></testcase>',
        '  </testsuite>',
        '</testsuites>',
        '',
      ].join('\n'),
    );
  });

  it('fails at the end if all stages came', () => {
    const bad = { ...report, verdict: 'failed' as const, stages: report.stages.slice(0, 1) };
    expect(junit(bad)).toMatch(/failures="1" skipped="0"[^]*name="end" time="2.500"><failure type="failed"/);
    expect(junit({ ...bad, verdict: 'passed' })).not.toMatch(/failure type|skipped\/>/);
  });
});
