import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SerialLog } from './serial-log';

it('the log keeps all of a short output and both ends of a long one', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      const log = new SerialLog(16);
      for (const chunk of chunks) log.add(chunk);
      const all = Buffer.concat(chunks);
      const left = all.length - 32;
      const expected =
        left <= 0
          ? all
          : Buffer.concat([
              all.subarray(0, 16),
              Buffer.from(`\n[nx-redox: ${left} bytes left out here]\n`),
              all.subarray(-16),
            ]);
      expect(log.bytes()).toEqual(expected);
    }),
  );
});

it('a flood in single bytes costs no more for each of them', () => {
  // Behind a full tail each byte used to move all that were kept, which made minutes of this.
  const log = new SerialLog(400_000);
  for (let i = 0; i < 1_000_000; i++) log.add(Buffer.of(i & 0xff));
  expect(log.bytes().subarray(-2)).toEqual(Buffer.of(0x3e, 0x3f));
});
