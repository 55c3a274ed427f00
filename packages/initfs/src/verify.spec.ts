import { describe, expect, it } from 'vitest';
import { redox } from '@nx-redox/redox';
import { equalContents } from './content';
import { findOverlaps } from './overlap';
import { planImage } from './layout';
import { inspectInitfs } from './read';
import { bootstrapElf } from './testing/bootstrap-elf';
import { bootstrap, dir, file } from './testing/trees';
import type { DirNode, InitfsTree, TreeNode } from './tree';
import { verifyInitfs } from './verify';
import { imageBytes } from './write';

const program = () => {
  // A program's segment may begin anywhere, its headers are in it.
  return file(bootstrapElf({ address: 0x400000n }), true);
};
const init = (entries: Record<string, TreeNode> = {}): DirNode => dir({ bin: dir({ init: program(), ...entries }) });
const link = (target: string): TreeNode => ({ kind: 'link', target });

function image(tree: Partial<InitfsTree>): Buffer {
  const full: InitfsTree = { root: init(), bootstrap: bootstrap(), ...tree };
  return imageBytes(
    planImage(full, { format: 'D', layout: 'compact', time: 0n, contentKey: equalContents(full.root) }),
  );
}
const problems = (bytes: Uint8Array) =>
  verifyInitfs(bytes, { dialect: redox }).problems.map(
    ({ severity, code, path, message }) => `${severity} ${code} ${path ?? ''}: ${message}`,
  );
const withFiles = (files: Record<string, TreeNode>) => {
  const root = init({ logd: program(), zerod: program() });
  for (const [path, node] of Object.entries(files)) {
    const parts = path.split('/');
    const name = parts.pop() as string;
    let at = root;
    for (const part of parts) {
      const next = at.entries.get(part) ?? dir({});
      at.entries.set(part, next);
      at = next as DirNode;
    }
    at.entries.set(name, node);
  }
  return problems(image({ root }));
};

describe('verifyInitfs', () => {
  it('finds nothing wrong with a good image, in either layout', () => {
    const root = init({ logd: program(), nulld: program(), first: link('init') });
    root.entries.set('etc', dir({ 'init.rc': file('export PATH /scheme/initfs/bin\nnulld\nnowait logd -v\n') }));
    for (const layout of ['compact', 'compatible'] as const) {
      const plan = planImage({ root, bootstrap: bootstrap() }, { format: 'D', layout, time: 0n });
      expect(problems(imageBytes(plan))).toEqual([]);
    }
  });

  it('finds a wrong entry', () => {
    const bytes = image({});
    bytes.writeBigUInt64LE(0x4000n, 0x1a);
    expect(problems(bytes)).toEqual([
      "error bootstrap-entry : the header says the entry 0x4000, the bootstrap's own is 0x2078",
    ]);
  });

  it('finds a missing bootstrap', () => {
    const bytes = image({});
    bytes.writeBigUInt64LE(0xffffffffffffffffn, 0x1a);
    expect(problems(bytes)[0]).toMatch(
      /^error bootstrap-missing : the header says the entry 0xffffffffffffffff, which means no bootstrap/,
    );
    const wiped = image({});
    wiped.fill(0, 0x1000, 0x1004);
    expect(problems(wiped)[0]).toMatch(/^error bootstrap-missing : there is no ELF file at 4096/);
  });

  it('finds a bootstrap that breaks a rule, and programs that do', () => {
    expect(problems(image({ bootstrap: { bytes: bootstrapElf({ address: 0x5000n }), entry: 0x5078n } }))).toEqual([
      expect.stringMatching(/^error bootstrap-address \(bootstrap\): .*0x5000, not 0x2000/),
    ]);
    const x86 = file(bootstrapElf({ machine: 62, address: 0x400000n }), true);
    expect(problems(image({ root: init({ wrong: x86 }) }))).toEqual([
      'error machine bin/wrong: it is for x86_64, not for aarch64',
    ]);
    const broken = file(Buffer.from('\x7fELF'), true);
    expect(problems(image({ root: init({ broken }) }))).toEqual([expect.stringMatching(/^error elf bin\/broken: /)]);
  });

  it('finds data that overlaps', () => {
    const bytes = image({ root: init({ a: file('a'.repeat(5000)), b: file('b'.repeat(5000)) }) });
    const files = inspectInitfs(bytes).image.ranges.filter((range) => range.kind === 'file');
    const a = files.find((range) => range.path === 'bin/a')!;
    const b = files.find((range) => range.path === 'bin/b')!;
    // Moves b onto the second page of a.
    const table = bytes.readUInt32LE(8);
    for (let at = table; at < bytes.length - 12; at += 12) {
      if (bytes.readUInt32LE(at + 8) === b.offset) bytes.writeUInt32LE(a.offset + 4096, at + 8);
    }
    expect(problems(bytes)).toEqual([
      expect.stringMatching(/^error overlap bin\/b: the data at \d+–\d+ lies on the data at \d+–\d+ of \/bin\/a$/),
    ]);
  });

  it('finds other data in the last page of a file', () => {
    const { image: read } = inspectInitfs(image({}));
    const data = read.ranges.find((range) => range.kind === 'file')!;
    read.ranges.push({ kind: 'name', path: 'x', offset: data.offset + data.size + 1, size: 1 });
    expect(findOverlaps(read)).toMatchObject([{ code: 'page-shared', path: 'bin/init', severity: 'warning' }]);
  });

  it('finds a cut-off end and bytes behind the end', () => {
    expect(problems(image({}).subarray(0, -1))[0]).toMatch(/^error cut-off : .*it is cut off/);
    expect(problems(Buffer.concat([image({}), Buffer.alloc(4096)]))).toEqual([]);
    expect(problems(Buffer.concat([image({}), Buffer.from('x')]))).toEqual([
      expect.stringMatching(/^warning trailing : the file goes on for 1 bytes/),
    ]);
  });

  it('finds links that leave the image or lead nowhere', () => {
    expect(problems(image({ root: init({ out: link('../../etc/passwd') }) }))).toEqual([
      'error link bin/out: the link to "../../etc/passwd" leaves the image',
    ]);
    expect(problems(image({ root: init({ abs: link('/etc/passwd') }) }))[0]).toMatch(/has an absolute target/);
    expect(problems(image({ root: init({ lost: link('nothing') }) }))).toEqual([
      'warning link-dangling bin/lost: the link to "nothing" leads nowhere',
    ]);
    expect(problems(image({ root: init({ a: link('b'), b: link('a') }) }))).toHaveLength(2);
    expect(problems(image({ root: init({ ok: link('../bin/init') }) }))).toEqual([]);
  });

  it('wants bin/init, executable', () => {
    expect(problems(image({ root: dir({}) }))).toEqual([
      'error program bin/init: the bootstrap starts "bin/init", but there is no bin/init in the image',
    ]);
    expect(problems(image({ root: dir({ bin: dir({ init: file('x') }) }) }))[0]).toMatch(
      /but bin\/init is not executable/,
    );
    expect(problems(image({ root: dir({ bin: dir({ init: dir({}) }) }) }))[0]).toMatch(/but bin\/init is a directory/);
  });
});

describe('programs that files of the image name', () => {
  it('are looked for as init does: etc/init.rc', () => {
    const rc = (text: string) => withFiles({ 'etc/init.rc': file(text) });
    expect(
      rc(
        '# comment\n\necho hello world\ncd /\nunset A B\nstdio /scheme/log\nRUST_LOG=info logd\n$SHELL\n/usr/bin/ion\n',
      ),
    ).toEqual([]);
    expect(rc('logd\nrandd x\n')).toEqual([
      'error program bin/randd: etc/init.rc:2 starts "randd", but there is no bin/randd in the image',
    ]);
    expect(
      rc('nowait nope a\nscheme log logd\nscheme null nulld\nnotify gone\n').map((line) => /"(\w+)"/.exec(line)?.[1]),
    ).toEqual(['nope', 'nulld', 'gone']);
    expect(rc('/scheme/initfs/lib/drivers/rtcd\n')).toEqual([
      expect.stringMatching(/^error program lib\/drivers\/rtcd: etc\/init\.rc:1 starts/),
    ]);
    expect(rc('export PATH /scheme/initfs/bin:/scheme/initfs/lib\nnope\n')[0]).toMatch(/no bin\/nope and no lib\/nope/);
    expect(rc('export PATH /usr/bin\nlogin\n')).toEqual([]);
    expect(rc('switchroot /usr /etc\nlogin\n')).toEqual([]);
  });

  it('are looked for in scripts that a script runs', () => {
    const files = {
      'etc/init.rc': file(
        'run /scheme/initfs/etc/more.rc\nrun /scheme/initfs/etc/none.rc\nrun.d /scheme/initfs/etc/d /usr/lib/init.d\n',
      ),
      'etc/more.rc': file('run /scheme/initfs/etc/init.rc\nmissing1\n'),
      'etc/d/10': file('missing2\n'),
    };
    expect(withFiles(files)).toEqual([
      'error config etc/init.rc:2: it runs etc/none.rc, which is not in the image',
      expect.stringMatching(/missing1/),
      expect.stringMatching(/etc\/d\/10:1 starts "missing2"/),
    ]);
  });

  it('are looked for in units', () => {
    const service = (body: string, unit = '') =>
      file(`[unit]\ndescription = "x"\n${unit}\n[service]\n${body}\ntype = "notify"\n`);
    expect(
      withFiles({
        'lib/init.d/00_logd.service': service(
          'cmd = "logd"',
          'requires_weak = ["ramfs@logging.service", "99_none.target"]',
        ),
        'lib/init.d/ramfs@.service': service('cmd = "ramfs"\nargs = ["$INSTANCE"]'),
        'lib/init.d/40_ps2d.service': service('cmd = "ps2d"', 'condition_architecture = ["x86", "x86_64"]'),
        'lib/init.d/40_sd.service': service('cmd = "sdd"', 'condition_board = ["raspi3b"]'),
        'lib/init.d/50_broken.service': file('[unit\n'),
        'lib/init.d/60_nocmd.service': file('[unit]\n[service]\ntype = "oneshot"\n'),
        'lib/init.d/70_none.target': file('x = 1\n'),
        'lib/init.d/90_initfs.target': file('[unit]\nrequires_weak = ["00_logd.service"]\n'),
        'lib/init.d/readme.md': file('hello'),
        'lib/init.d/10_script': file('requires_weak 00_logd.service\nscripted\n'),
      }),
    ).toEqual([
      'error config lib/init.d/00_logd.service: it requires the unit 99_none.target, which is not in the image',
      expect.stringMatching(/^error config lib\/init\.d\/50_broken\.service:\d: it is no TOML: /),
      'error config lib/init.d/60_nocmd.service: the service has no "cmd" in its table [service]',
      'error config lib/init.d/70_none.target: the unit has no table [unit]',
      expect.stringMatching(/^error config lib\/init\.d\/readme\.md: init knows units named/),
      expect.stringMatching(/^error program bin\/scripted: lib\/init\.d\/10_script:2 starts/),
      expect.stringMatching(/^error program bin\/ramfs: lib\/init\.d\/ramfs@\.service starts/),
      expect.stringMatching(/^warning program bin\/sdd: /),
    ]);
  });

  it("are looked for in pcid-spawner's tables; a driver may be missing", () => {
    const drivers = file(
      '[[drivers]]\nname = "NVMe"\ncommand = ["/scheme/initfs/lib/drivers/nvmed"]\n[[drivers]]\nname = "x"\n',
    );
    for (const path of ['etc/pcid/initfs.toml', 'lib/pcid.d/initfs.toml']) {
      expect(withFiles({ [path]: drivers })).toEqual([
        `error config ${path}: a driver has no "command"`,
        `warning program lib/drivers/nvmed: ${path} starts "/scheme/initfs/lib/drivers/nvmed", but there is no lib/drivers/nvmed in the image`,
      ]);
    }
    expect(withFiles({ 'etc/pcid/initfs.toml': drivers, 'lib/drivers/nvmed': program() })).toHaveLength(1);
  });
});
