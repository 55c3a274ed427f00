import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, beforeEach, afterEach } from 'vitest';
import { imageTool } from '../tool';
import { bootableWorkspace } from './boot-parts';

const WORKSPACE = resolve(__dirname, '../../../..');

/**
 * Builds the program that writes disks, once for all tests of a file. A machine without cargo or the network skips them, but
 * for CI, where they fail.
 */
export function withImageTool(): () => string {
  let tool: string | undefined;
  let reason = '';
  beforeAll(async () => {
    try {
      tool = await imageTool(WORKSPACE);
    } catch (error) {
      reason = `disks cannot be written on this machine: ${(error as Error).message}`;
      if (process.env['CI'] || !/cannot be fetched|cannot run cargo/.test(reason)) throw error;
    }
  }, 600_000);
  beforeEach((context) => {
    if (!tool) context.skip(reason);
  });
  return () => tool!;
}

/** Makes workspaces that are gone after each test. */
export function withWorkspaces(): () => string {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const root = mkdtempSync(join(tmpdir(), 'nx-redox-image-'));
    folders.push(root);
    bootableWorkspace(root);
    return root;
  };
}

/** Bytes that do not compress. */
export function noise(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at < size; at++) bytes[at] = (state = Math.imul(state, 1103515245) + 12345) >>> 16;
  return bytes;
}
