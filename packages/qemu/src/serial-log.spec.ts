import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SerialLog } from './serial-log';

it('the log keeps all of a short output and both ends of a long one', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 12 })), (chunks) => {
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
