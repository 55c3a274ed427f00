import { describe, expect, it } from 'vitest';
import { refusalIn } from './refusals';

describe('refusalIn', () => {
  it.each([
    ['{"message":"Defining variadic functions is not yet supported by Cranelift","code":null}', 'variadic-definition'],
    ['error: asm! and global_asm! sym operands are not yet supported', 'asm-sym'],
    ['error: 128bit atomics not yet supported', 'atomics-128'],
    ['not implemented: Aarch64AdrGotPage21 is not supported for this file format', 'pe-coff'],
    [
      "error: can't compile for i586-unknown-redox: Support for this target has not been implemented yet",
      'architecture',
    ],
    ['called `Result::unwrap()` on an `Err` value: IncompatibleSignature("__extendhfsf2", …)', 'soft-float'],
  ])('%s', (text, id) => {
    expect(refusalIn(`noise\n${text}\n`)?.id).toBe(id);
  });

  it('knows no other reason', () => {
    expect(refusalIn('error[E0425]: cannot find value `x` in this scope')).toBeUndefined();
    expect(refusalIn("thread 'rustc' panicked at src/base.rs")).toBeUndefined();
  });
});
