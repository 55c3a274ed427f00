import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeConfigImage, planImage, type ConfigImage } from './image';

const OPTIONS: ConfigImage = {
  arch: 'aarch64',
  backend: 'cranelift',
  config: 'config/a.toml',
  packages: { tool: 'dist/{arch}/{backend}/tool/stage' },
  libraries: {},
  bootloader: 'dist/{arch}/{backend}/loader/stage',
  outputPath: 'dist/{arch}/{backend}/a/image',
};

describe('planImage', () => {
  let root: string;
  const write = (file: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text, { mode });
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-installer-'));
    write('config/base.toml', '[general]\nprompt = false\n[packages]\ntool = {}\n');
    write(
      'config/a.toml',
      'include = ["base.toml"]\n[general]\nfilesystem_size = 16\n[users.root]\npassword = ""\nuid = 0\n',
    );
    write('dist/aarch64/cranelift/tool/stage/usr/bin/tool', 'x', 0o755);
    symlinkSync('tool', join(root, 'dist/aarch64/cranelift/tool/stage/usr/bin/other'));
    write('dist/aarch64/cranelift/loader/stage/usr/lib/boot/bootloader.efi', 'MZ');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('installs the stages of the packages, by the config with its includes', async () => {
    const { nodes, disk } = await planImage(root, OPTIONS, String);
    const find = (path: string) => nodes.find((node) => node.path === path);
    expect(find('usr/bin/tool')).toMatchObject({
      kind: 'file',
      mode: 0o755,
      content: [{ source: 'dist/aarch64/cranelift/tool/stage/usr/bin/tool' }],
    });
    expect(find('usr/bin/other')).toMatchObject({ kind: 'symlink', target: 'tool' });
    expect(find('etc/passwd')).toMatchObject({ content: [{ text: 'root;0;1000;root;/home/root;/bin/ion\n' }] });
    expect(disk).toMatchObject({
      sizeMiB: 16,
      bootloader: { efi: 'dist/aarch64/cranelift/loader/stage/usr/lib/boot/bootloader.efi' },
    });
  });

  it('says which package was not built, and what is wrong in the config', async () => {
    rmSync(join(root, 'dist/aarch64/cranelift/tool'), { recursive: true });
    await expect(planImage(root, OPTIONS, String)).rejects.toThrow('package "tool" was not built: ENOENT');
    write('config/a.toml', 'include = ["a.toml"]\n');
    await expect(planImage(root, OPTIONS, String)).rejects.toThrow(
      /config\/a\.toml:1.*config\/a\.toml includes itself/,
    );
  });

  it.each([
    ['a size', '', /does not say how large the disk is/],
    [
      'partitions',
      '[general]\nfilesystem_size = 16\nskip_partitions = true\n',
      /skip_partitions: firmware finds no boot/,
    ],
  ])('refuses a disk without %s', async (_, general, message) => {
    write('config/a.toml', `include = ["base.toml"]\n${general}`);
    await expect(makeConfigImage(root, OPTIONS, String)).rejects.toThrow(message);
  });

  it('refuses a disk that only a BIOS starts', async () => {
    const boot = 'dist/aarch64/cranelift/loader/stage/usr/lib/boot';
    rmSync(join(root, boot), { recursive: true });
    write(`${boot}/bootloader.bios`, 'x');
    await expect(makeConfigImage(root, OPTIONS, String)).rejects.toThrow(/no package installs a boot loader for UEFI/);
  });
});
