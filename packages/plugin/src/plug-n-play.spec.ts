import { expect, it } from 'vitest';
import { refusePlugNPlay } from './plug-n-play';

it("refuses Yarn's Plug'n'Play with what to do, and nothing else", () => {
  expect(() => refusePlugNPlay()).not.toThrow();
  expect(() => refusePlugNPlay({ node: '22.0.0', pnp: '3' })).toThrow(/nodeLinker: node-modules/);
});
