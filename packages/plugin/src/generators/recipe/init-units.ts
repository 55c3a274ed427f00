import { posix } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { tomlString } from '@nx-redox/kit/toml-edit';
import type { ComponentKind } from './init-script';

/** Where init finds units once the root file system is there; it runs them in the order of their names. */
export const UNITS = 'usr/lib/init.d';

/** Between the services that every system needs (00, 10) and what makes a login (30). */
const ORDER = 20;

/** Kinds of components that init starts by a unit. */
export type UnitKind = Exclude<ComponentKind, 'driver'>;

/** @throws {UserError} for a driver: those are in lists that belong to the system's own sources. */
export function requireUnitKind(kind: ComponentKind, file: string): UnitKind {
  if (kind !== 'driver') return kind;
  throw new UserError('init starts no drivers here: a list in the sources of the system says which device has which', {
    file,
    advice: ['--kind=service for a program that finds its device itself', 'patch that list for a driver of its own'],
  });
}

/** Path of a component's program on the root file system. */
export function placeOnRoot(name: string): string {
  return `usr/bin/${name}`;
}

/** The name of a unit file without its number and ending. */
export function unitName(file: string): string {
  return posix
    .basename(file)
    .replace(/^\d+_/, '')
    .replace(/\.(service|target)$/, '');
}

export function unitFile(dir: string, name: string): string {
  return `${dir}/${ORDER}_${name}.service`;
}

/** What a component does, in a line. */
export function describeUnit(name: string, kind: UnitKind): string {
  return kind === 'service' ? `Service ${name}` : `Program ${name}`;
}

/**
 * The unit that starts a component. Init waits for a service until it says that it is ready, and for a program until it
 * has ended. The format is that of base's init (src/unit.rs and src/service.rs there).
 */
export function unitText(name: string, kind: UnitKind): string {
  return [
    '[unit]',
    `description = ${tomlString(describeUnit(name, kind))}`,
    '',
    '[service]',
    `cmd = ${tomlString(name)}`,
    `type = ${tomlString(kind === 'service' ? 'notify' : 'oneshot')}`,
    '',
  ].join('\n');
}
