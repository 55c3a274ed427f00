import { describe, expect, it } from 'vitest';
import { derivedGuid } from './guid';

describe('GUIDs', () => {
  it('follow from purpose and content, and say that they are of version 8', () => {
    expect(derivedGuid('disk', 'a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(['disk', 'EFI'].flatMap((what) => ['a', 'b'].map((id) => derivedGuid(what, id)))).size).toBe(4);
    expect(derivedGuid('disk', 'a')).toBe(derivedGuid('disk', 'a'));
  });
});
