/** Names of query parameters whose values are secrets. */
const SECRET_PARAMETER =
  /([?&;](?:[\w.-]*(?:token|secret|password|passwd|signature|credential|apikey|api_key|auth)[\w.-]*|key|sig)=)[^&;\s'"#]+/gi;

/** The part of a URL before the host; a password may hold an `@` of its own, so the last one counts. */
const USER_INFO = /\b([a-z][a-z0-9+.-]*):\/\/([^\s/?#'"<>]*)@/gi;

/**
 * Takes passwords and tokens out of all URLs in a text, for messages. The user of an ssh URL is a name, not a secret,
 * and stays.
 */
export function redact(text: string): string {
  return text
    .replace(USER_INFO, (whole, scheme: string, user: string) =>
      /^(git\+)?ssh$/i.test(scheme) && !user.includes(':') ? whole : `${scheme}://***@`,
    )
    .replace(SECRET_PARAMETER, '$1***');
}

/** A URL without user and password: what may be written into files. */
export function withoutCredentials(url: string): string {
  return url.replace(USER_INFO, (whole, scheme: string, user: string) => {
    if (/^(git\+)?ssh$/i.test(scheme)) return `${scheme}://${user.split(':', 1)[0]}@`;
    return whole.slice(0, whole.length - user.length - 1);
  });
}
