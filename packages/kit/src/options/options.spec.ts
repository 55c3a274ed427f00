import { describe, expect, it, vi } from 'vitest';
import { formatError } from '../user-error';
import { backend, executor, executorOptions, flag, parseOptions, target, text, texts, toNxSchema, z } from './index';

const schema = executorOptions(
  { title: 'Dig', description: 'Digs a hole.' },
  {
    ...target,
    backend,
    place: text('Where.'),
    tools: texts('By what.'),
    deep: flag('More than a metre.'),
    depth: z.int().min(1).max(9).default(2).describe('In metres.'),
    stages: z.array(z.strictObject({ name: z.string().regex(/^[a-z]+$/, 'no name') })).default([]),
  },
);
const good = { arch: 'aarch64', backend: 'llvm', place: 'garden' } as const;

describe('the schema for Nx', () => {
  it('says what may be written, in the words of people', () => {
    expect(toNxSchema(schema)).toEqual({
      $schema: 'https://json-schema.org/schema',
      version: 2,
      title: 'Dig',
      description: 'Digs a hole.',
      cli: 'nx',
      type: 'object',
      properties: {
        arch: {
          type: 'string',
          enum: ['aarch64', 'x86_64'],
          description: 'Architecture of the system; fills {arch} in paths.',
        },
        refused: {
          type: 'string',
          description: 'Why this cannot run: the task fails and says it.',
          'x-priority': 'internal',
        },
        backend: {
          type: 'string',
          enum: ['cranelift', 'llvm'],
          description: 'Code generation backend; fills {backend} in paths.',
        },
        place: { type: 'string', description: 'Where.' },
        tools: { type: 'array', items: { type: 'string' }, default: [], description: 'By what.' },
        deep: { type: 'boolean', default: false, description: 'More than a metre.' },
        depth: { type: 'integer', minimum: 1, maximum: 9, default: 2, description: 'In metres.' },
        stages: {
          type: 'array',
          default: [],
          items: {
            type: 'object',
            properties: { name: { type: 'string', pattern: '^[a-z]+$' } },
            required: ['name'],
            additionalProperties: false,
          },
        },
      },
      required: ['arch', 'backend', 'place'],
      additionalProperties: false,
    });
  });

  it('has no bounds that nobody wrote', () => {
    const { properties } = toNxSchema(executorOptions({ title: 'a', description: 'b' }, { n: z.int() }));
    expect(properties).toEqual({ n: { type: 'integer' } });
  });
});

describe('options', () => {
  it('get their defaults', () => {
    expect(parseOptions(schema, good, 'a:dig')).toEqual({ ...good, tools: [], deep: false, depth: 2, stages: [] });
  });

  it.each([
    [{ backend: 'gcc' }, 'a:dig: option backend is "gcc"\n  → use one of: cranelift, llvm'],
    [{ place: undefined }, 'a:dig: option place is missing'],
    [{ dept: 3 }, 'a:dig: there is no option dept\n  → did you mean "depth"?'],
    [{ stages: [{ name: 'a' }, { name: 'B' }] }, 'a:dig: option stages[1].name is "B": no name'],
    [{ stages: [{ name: 'a', x: 1 }] }, 'a:dig: option stages[0] has no "x"\n  → leave it out'],
    [{ tools: 'spade' }, 'a:dig: option tools is "spade": Invalid input: expected array, received string'],
    [{ depth: 10 }, 'a:dig: option depth is 10: Too big: expected number to be <=9'],
  ])('that do not fit are named: %o', (wrong, message) => {
    const parse = () => parseOptions(schema, { ...good, ...wrong }, 'a:dig');
    expect(parse).toThrow(expect.objectContaining({ name: 'UserError' }));
    try {
      parse();
    } catch (error) {
      expect(formatError(error)).toBe(message);
    }
  });
});

describe('an executor', () => {
  const dig = executor(schema, async ({ depth }, { root }) => root === '/w' && depth < 5);
  const context = { root: '/w', projectName: 'garden', targetName: 'dig' };
  const said = async (options: object) => {
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      return { ...(await dig({ ...good, ...options }, context)), text: err.mock.calls.join('') };
    } finally {
      err.mockRestore();
    }
  };

  it('gets what was checked', async () => {
    expect(await said({})).toEqual({ success: true, text: '' });
    expect(await said({ depth: 6 })).toEqual({ success: false, text: '' });
  });

  it('names its target when an option does not fit, and says why it cannot run', async () => {
    expect(await said({ depth: 0 })).toMatchObject({
      success: false,
      text: expect.stringMatching(/^\ngarden:dig: option depth/),
    });
    expect(await said({ refused: 'the ground is frozen' })).toEqual({
      success: false,
      text: '\nthe ground is frozen\n',
    });
  });
});
