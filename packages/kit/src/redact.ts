/** Names of query parameters whose values are secrets. */
const SECRET_NAME = /token|secret|password|passwd|signature|credential|apikey|api_key|auth|^(?:key|sig)$/i;
const PARAMETER = /([?&;]([\w.-]+)=)[^&;\s'"#]+/g;

const SCHEME = /[a-z][a-z0-9+.-]*$/i;
const MAX_SCHEME = 32;
/** What comes before the host of a URL; behind it the path begins, or the URL is over. */
const AUTHORITY = /[^\s/?#'"<>]*/y;

/**
 * Replaces the user, and the password, of each URL in a text. Texts are from outside and may be long: each part is
 * looked at once.
 *
 * @param replace gets the scheme and what stands before the `@`, and gives what stands there instead, `@` included
 */
function replaceUsers(text: string, replace: (scheme: string, user: string) => string): string {
  let result = '';
  let done = 0;
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const scheme = SCHEME.exec(text.slice(Math.max(done, at - MAX_SCHEME), at))?.[0];
    if (scheme === undefined) continue;
    const start = at + 3;
    AUTHORITY.lastIndex = start;
    const authority = AUTHORITY.exec(text)![0];
    // A password may hold an `@` of its own, so the last one counts.
    const end = authority.lastIndexOf('@');
    if (end < 0) continue;
    result += text.slice(done, start) + replace(scheme, authority.slice(0, end));
    done = start + end + 1;
  }
  return result + text.slice(done);
}

const isSsh = (scheme: string) => /^(git\+)?ssh$/i.test(scheme);

/**
 * Takes passwords and tokens out of all URLs in a text, for messages. The user of an ssh URL is a name, not a secret,
 * and stays.
 */
export function redact(text: string): string {
  return replaceUsers(text, (scheme, user) => (isSsh(scheme) && !user.includes(':') ? `${user}@` : '***@')).replace(
    PARAMETER,
    (whole, name: string, key: string) => (SECRET_NAME.test(key) ? `${name}***` : whole),
  );
}

/** A URL without user and password: what may be written into files. */
export function withoutCredentials(url: string): string {
  return replaceUsers(url, (scheme, user) => (isSsh(scheme) ? `${user.split(':', 1)[0]}@` : ''));
}
