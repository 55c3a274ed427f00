/**
 * Edit distance of two words with swaps of neighbours counted once (optimal string alignment).
 * Stops early and returns `limit + 1` when the distance exceeds `limit`.
 */
export function editDistance(a: string, b: string, limit = Infinity): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(previous[column - 1]! + (same ? 0 : 1), previous[column]! + 1, current[column - 1]! + 1);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, beforePrevious[column - 2]! + 1);
      }
      current.push(cost);
      best = Math.min(best, cost);
    }
    if (best > limit) return limit + 1;
    beforePrevious = previous;
    previous = current;
  }
  return Math.min(previous[b.length]!, limit + 1);
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ .]/g, '');
}

/** A bit for each letter or digit in a word. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let at = 0; at < word.length; at++) letters |= 1 << (word.charCodeAt(at) & 31);
  return letters;
}

/** How many letters are in only one of two words: each costs at least one edit there. */
function missingLetters(a: number, b: number): number {
  const count = (bits: number): number => {
    let left = bits;
    let found = 0;
    for (; left !== 0; left &= left - 1) found++;
    return found;
  };
  return Math.max(count(a & ~b), count(b & ~a));
}

/** The candidate that was most likely meant by `word`, or undefined if none is near. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word);
  const letters = lettersOf(wanted);
  let best: string | undefined;
  let bestCost = Infinity;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const other = plain(candidate);
    // One slip in three letters is still a slip; a longer word cut short or drawn out is one too.
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3));
    // Most of thousands of candidates are ruled out by their letters, which is much quicker than the distance.
    const tooFar = missingLetters(letters, lettersOf(other)) > limit;
    let cost = tooFar ? limit + 1 : editDistance(wanted, other, limit);
    if (
      cost > limit &&
      Math.min(wanted.length, other.length) >= 4 &&
      (wanted.startsWith(other) || other.startsWith(wanted))
    ) {
      cost = limit;
    }
    if (cost <= limit && cost < bestCost) {
      best = candidate;
      bestCost = cost;
    }
  }
  return best;
}

/** Advice for a word that is not one of `candidates`: the nearest one, or all of them. */
export function didYouMean(word: string, candidates: readonly string[], what: string): string {
  const near = suggest(word, candidates);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (candidates.length === 0) return `there are no ${what}`;
  if (candidates.length > 30) return `none of the ${candidates.length} ${what} has a name like that`;
  return `${what}: ${candidates.join(', ')}`;
}
